"""What is ready in Kibana, as `kibana.yml` has it: data views, saved searches, dashboards with their panels, rules, and the questions
that panels answer. `pipeline.kibana` makes Kibana's saved objects of it.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

from pydantic import Field, model_validator

from pipeline.rules import Id, Name, Rules

# Kibana's grid has no more.
COLUMNS = 48

Kind = Annotated[str, Field(pattern=r"^[a-z]+$")]  # of documents, as in config/index/
FieldName = Annotated[str, Field(pattern=r"^[a-z_]+(\.[a-z_]+)*$")]
Query = Annotated[str, Field(min_length=1)]  # in KQL


class Show(StrEnum):
    """What a panel looks like."""

    BARS = "bars"  # stacked by the second group; upright over time, else lying
    HEAT = "heat"  # of two groups: the first across, the second down
    TABLE = "table"
    NUMBER = "number"
    SEARCH = "search"


class Operation(StrEnum):
    """Lens's names of what is measured; `percentile` is the 95th."""

    COUNT = "count"
    UNIQUE_COUNT = "unique_count"
    MEDIAN = "median"
    PERCENTILE = "percentile"
    MIN = "min"
    MAX = "max"
    SUM = "sum"


class View(Rules):
    """A data view: the documents of one kind. `only` holds for every search and panel on it."""

    title: Name
    time: FieldName | None = None  # by which the time picker chooses; where there is none, all documents always show
    only: Query | None = None


class Group(Rules):
    """One of Lens's buckets: the values of a field, the most frequent ones, or spans of time."""

    terms: FieldName | None = None
    date_histogram: FieldName | None = None
    size: Annotated[int, Field(ge=1, le=1000)] = 9

    @property
    def field(self) -> str:
        return self.terms or self.date_histogram or ""

    @model_validator(mode="after")
    def _is_one_of_them(self) -> "Group":
        if (self.terms is None) == (self.date_histogram is None):
            raise ValueError("is either `terms` or `date_histogram`")
        return self


class Measure(Rules):
    """What is counted in each group: one operation with its field; `count` has what its figures are called."""

    count: Name | None = None
    unique_count: FieldName | None = None
    median: FieldName | None = None
    percentile: FieldName | None = None
    min: FieldName | None = None
    max: FieldName | None = None
    sum: FieldName | None = None

    @property
    def operation(self) -> Operation:
        return next(each for each in Operation if getattr(self, each) is not None)

    @property
    def field(self) -> str | None:
        """None where documents are counted."""
        return None if self.count else str(getattr(self, self.operation))

    @model_validator(mode="after")
    def _is_one_of_them(self) -> "Measure":
        if sum(getattr(self, each) is not None for each in Operation) != 1:
            raise ValueError(f"is one of {', '.join(Operation)}")
        return self


class Panel(Rules):
    title: Name
    show: Show
    answers: Id | None = None  # a question
    search: Id | None = None
    view: Kind | None = None
    only: Query | None = None
    by: tuple[Group, ...] = ()
    of: tuple[Measure, ...] = ()
    at: tuple[int, int, int, int]

    @model_validator(mode="after")
    def _has_what_it_shows(self) -> "Panel":
        groups = {Show.BARS: (1, 2), Show.HEAT: (2, 2), Show.TABLE: (1, 9), Show.NUMBER: (0, 0), Show.SEARCH: (0, 0)}[self.show]
        if not groups[0] <= len(self.by) <= groups[1]:
            raise ValueError(f"{self.show} has {groups[0]} to {groups[1]} groups in `by`")
        if (self.show is Show.SEARCH) != (self.search is not None):
            raise ValueError("`search` goes with `show: search`, and with nothing else")
        if (self.show is Show.SEARCH) != (self.view is None) or (self.show is Show.SEARCH) == bool(self.of):
            raise ValueError("a panel has `view` and `of`, or it shows a search")
        if self.show not in {Show.TABLE, Show.SEARCH} and len(self.of) != 1:
            raise ValueError(f"{self.show} has one measure in `of`")
        x, y, width, height = self.at
        if min(x, y) < 0 or min(width, height) < 1 or x + width > COLUMNS:
            raise ValueError(f"does not lie within {COLUMNS} columns")
        return self


class Control(Rules):
    """A list of values above a dashboard, to choose from."""

    view: Kind
    field: FieldName


class Dashboard(Rules):
    title: Name
    says: Name
    controls: tuple[Control, ...] = ()
    panels: Annotated[dict[Id, Panel], Field(min_length=1)]


class SavedSearch(Rules):
    title: Name
    says: Name
    view: Kind
    only: Query | None = None
    columns: Annotated[tuple[FieldName, ...], Field(min_length=1)]
    sort: FieldName  # the newest first


class Formats(Rules):
    """Fields whose values are shown otherwise than their type says."""

    page: tuple[FieldName, ...] = ()  # an address, opened
    statement: tuple[FieldName, ...] = ()  # a statement's id: opens its sentence
    article: tuple[FieldName, ...] = ()
    hours: tuple[FieldName, ...] = ()
    share: tuple[FieldName, ...] = ()
    claim: tuple[FieldName, ...] = ()  # a family's id, shown as its title
    party: tuple[FieldName, ...] = ()  # a side's code, shown as its name


class KibanaRule(Rules):
    """One of Kibana's own alerting rules: it fires on documents that come in and that `only` is true of."""

    title: Name
    view: Kind
    only: Query


class KibanaRules(Rules):
    """`kibana.yml`."""

    questions: dict[Id, Name]
    labels: dict[FieldName, Name]
    formats: Formats
    views: dict[Kind, View]
    searches: dict[Id, SavedSearch]
    dashboards: dict[Id, Dashboard]
    rules: dict[Id, KibanaRule]

    @property
    def panels(self) -> Iterator[tuple[str, str, Panel]]:
        """Dashboard, id and panel."""
        for name, dashboard in self.dashboards.items():
            for id_, panel in dashboard.panels.items():
                yield name, id_, panel

    @property
    def fields(self) -> Iterator[tuple[str, str]]:
        """View and field of all that searches, panels and controls name outside of their queries."""
        for kind, view in self.views.items():
            yield from ((kind, view.time),) if view.time else ()
        for search in self.searches.values():
            yield from ((search.view, field) for field in (*search.columns, search.sort))
        for dashboard in self.dashboards.values():
            yield from ((control.view, control.field) for control in dashboard.controls)
        for _, _, panel in self.panels:
            named = [group.field for group in panel.by] + [measure.field for measure in panel.of if measure.field]
            yield from ((str(panel.view), field) for field in named)

    def answering(self, question: str) -> tuple[str, str, Panel]:
        """The panel that answers a question."""
        return next(each for each in self.panels if each[2].answers == question)

    def query(self, view: str, only: str | None) -> str:
        """What holds on a view, and what is asked for beside it."""
        parts = [each for each in (self.views[view].only, only) if each]
        return parts[0] if len(parts) == 1 else " AND ".join(f"({part})" for part in parts)

    def query_of(self, block: "Panel | SavedSearch") -> str:
        """Of a panel that shows a search: the search's."""
        while isinstance(block, Panel) and block.search:
            block = self.searches[block.search]
        return self.query(str(block.view), block.only)

    @model_validator(mode="after")
    def _names_what_there_is(self) -> "KibanaRules":
        panels = [panel for _, _, panel in self.panels]
        controls = [control for dashboard in self.dashboards.values() for control in dashboard.controls]
        views = {panel.view for panel in panels if panel.view} | {control.view for control in controls}
        views |= {search.view for search in self.searches.values()} | {rule.view for rule in self.rules.values()}
        if strangers := sorted(views - self.views.keys()):
            raise ValueError(f"no such view: {', '.join(strangers)}")
        if strangers := sorted({panel.search for panel in panels if panel.search} - self.searches.keys()):
            raise ValueError(f"no such search: {', '.join(strangers)}")
        answers = [panel.answers for panel in panels if panel.answers]
        if strangers := sorted(set(answers) ^ self.questions.keys()):
            raise ValueError(f"questions without a panel, or panels without their question: {', '.join(strangers)}")
        if twice := sorted({each for each in answers if answers.count(each) > 1}):
            raise ValueError(f"questions with two panels: {', '.join(twice)}")
        return self
