"""What to make of a topic's sources after they were asked: what works, what does not and why, whose voices are missing. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from enum import StrEnum
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from pipeline.documents import iso
from pipeline.source_looks import Look
from pipeline.source_rules import Feed, Outlet
from pipeline.source_troubles import Cause, Trouble, Weight, step_of

_TEMPLATES = Environment(loader=PackageLoader("pipeline"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
# What must be changed comes before what may pass.
_ON_THE_WAY = frozenset({Cause.NAME, Cause.CONNECTION, Cause.SLOW, Cause.PROXY})
# Of so many sources that are all out of reach, none is to blame.
FEW = 3
_ORDER = (Weight.MEND, Weight.RETRY, Weight.NOTE)


class State(StrEnum):
    WORKS = "works"
    PART = "works in part"  # of an outlet: one of its feeds does, or the feed does and its pages do not
    MEND = "to mend"
    AWAY = "not now"
    UNASKED = "not asked yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One feed: what it showed, None where it did not answer, and all that is wrong with it."""

    outlet: Outlet
    feed: Feed
    look: Look | None
    troubles: tuple[Trouble, ...]
    asked: datetime | None = None  # None: never

    @property
    def state(self) -> State:
        if self.asked is None:
            return State.UNASKED
        weights = {trouble.weight for trouble in self.troubles}
        return State.MEND if Weight.MEND in weights else State.AWAY if Weight.RETRY in weights else State.WORKS


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """How an outlet's links ended, and what is wrong with its pages; of a single page that was tried, `tried` says what came of it."""

    ended: Mapping[str, int] = field(default_factory=dict)
    tried: str = ""
    troubles: tuple[Trouble, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All feeds that are asked, in the order of the configuration. `pages` are by outlet, and only those that something is known of."""

    topic: str
    at: datetime
    rows: tuple[Row, ...]
    pages: Mapping[str, Pages] = field(default_factory=dict)
    paused: tuple[Outlet, ...] = ()

    @property
    def flawless(self) -> bool:
        return all(state in {State.WORKS, State.UNASKED} for state in self.outlets.values())

    @property
    def outlets(self) -> dict[str, State]:
        """The state of each outlet, by id."""
        rows = defaultdict(list)
        for row in self.rows:
            rows[row.outlet.id].append(row.state)
        return {id_: self._state(id_, states) for id_, states in rows.items()}

    def _state(self, id_: str, states: Sequence[State]) -> State:
        pages = self.pages.get(id_, Pages())
        if State.WORKS in states:
            bad = any(trouble.weight is not Weight.NOTE for trouble in pages.troubles)
            return State.PART if bad or set(states) - {State.WORKS, State.UNASKED} else State.WORKS
        return next(state for state in (State.MEND, State.AWAY, State.UNASKED) if state in states)


@dataclass(frozen=True, slots=True)
class Case:
    """One source with one trouble."""

    outlet: Outlet
    url: str
    trouble: Trouble


@dataclass(frozen=True, slots=True)
class Group:
    """All that has the same cause, most first."""

    cause: Cause
    weight: Weight
    cases: tuple[Case, ...]


NO_COUNTRY = "–"


@dataclass(frozen=True, slots=True)
class Side:
    """How many outlets of a country there are, and how many of them are heard, in whole or in part."""

    country: str
    heard: int
    outlets: int
    silent: tuple[str, ...]  # names of those that are not


def cases(report: Report) -> Iterable[Case]:
    for row in report.rows:
        yield from (Case(row.outlet, row.feed.shown, trouble) for trouble in row.troubles)
    outlets = {row.outlet.id: row.outlet for row in report.rows}
    for id_, pages in report.pages.items():
        yield from (Case(outlets[id_], "its pages", trouble) for trouble in pages.troubles if id_ in outlets)


def groups(report: Report) -> tuple[Group, ...]:
    """Troubles by cause: what must be mended first, and of that the most frequent."""
    found: dict[tuple[Cause, Weight], list[Case]] = defaultdict(list)
    for case in cases(report):
        found[case.trouble.cause, case.trouble.weight].append(case)
    made = [Group(cause, weight, tuple(of_it)) for (cause, weight), of_it in found.items()]
    return tuple(sorted(made, key=lambda group: (_ORDER.index(group.weight), -len(group.cases), group.cause)))


def sides(report: Report) -> tuple[Side, ...]:
    """Countries by the number of their outlets, most first: a side that nobody hears must be seen."""
    states = report.outlets
    by_country: dict[str, dict[str, str]] = defaultdict(dict)
    for row in report.rows:
        by_country[row.outlet.country or NO_COUNTRY][row.outlet.id] = row.outlet.name
    made = []
    for country, names in by_country.items():
        silent = tuple(name for id_, name in names.items() if states[id_] not in {State.WORKS, State.PART})
        made.append(Side(country, len(names) - len(silent), len(names), silent))
    return tuple(sorted(made, key=lambda side: (-side.outlets, side.country)))


def summary(report: Report) -> str:
    """One sentence: how many outlets there are and in which state."""
    counts = Counter(report.outlets.values())
    told = ", ".join(f"{counts[state]} {state.replace('works', 'work')}" for state in State if counts[state])
    paused = f"; {len(report.paused)} paused" if report.paused else ""
    return f"{sum(counts.values())} outlets with {len(report.rows)} addresses: {told or 'none'}{paused}"


def hint(report: Report) -> str | None:
    """What no single source tells: that it is this machine which reaches nobody."""
    asked = [row for row in report.rows if row.asked]
    lost = [row for row in asked if any(trouble.cause in _ON_THE_WAY for trouble in row.troubles)]
    if len(asked) < FEW or len(lost) < len(asked):
        return None
    return (
        "Not one source is reached: the trouble is this machine's. Has it a way out, by name (DNS) and on ports 80 and 443? "
        "CLAIMWIRE_PROXY names a forward proxy where one is needed."
    )


def load(report: Report) -> float:
    """Entries a day that the feeds seem to bring, as far as their dates tell; the same article in two feeds counts twice."""
    return sum(row.look.per_day or 0.0 for row in report.rows if row.look and not row.feed.fills)


def as_json(report: Report) -> dict[str, Any]:
    return {
        "topic": report.topic,
        "at": iso(report.at),
        "summary": summary(report),
        "outlets": {id_: state.value for id_, state in report.outlets.items()},
        "paused": [outlet.id for outlet in report.paused],
        "feeds": [_row_json(row) for row in report.rows],
        "pages": {id_: _pages_json(pages) for id_, pages in report.pages.items()},
    }


def as_html(report: Report, zone: tzinfo) -> str:
    """The whole report as one page that loads nothing."""
    return _TEMPLATES.get_template("sources.html.j2").render(
        report=report,
        summary=summary(report),
        groups=groups(report),
        sides=sides(report),
        load=load(report),
        hint=hint(report),
        step_of=step_of,
        states=report.outlets,
        when=lambda time: "–" if time is None else time.astimezone(zone).strftime("%Y-%m-%d %H:%M"),
        zone=str(zone),
    )


def _row_json(row: Row) -> dict[str, Any]:
    look = row.look
    seen = {} if look is None else {
        "answered_by": look.url or None, "kind": look.kind, "entries": look.entries, "dated": look.dated, "newest": iso(look.newest),
        "per_day": None if look.per_day is None else round(look.per_day, 2), "language": look.language, "title": look.title,
    }  # fmt: skip
    return {
        "outlet": row.outlet.id,
        "url": row.feed.shown,
        "state": row.state.value,
        "expected_per_day": row.feed.volume,
        **seen,
        "troubles": [_trouble_json(trouble) for trouble in row.troubles],
    }


def _pages_json(pages: Pages) -> dict[str, Any]:
    return {"ended": dict(pages.ended), "tried": pages.tried, "troubles": [_trouble_json(trouble) for trouble in pages.troubles]}


def _trouble_json(trouble: Trouble) -> dict[str, str]:
    return {"cause": trouble.cause.name.lower(), "weight": trouble.weight.value, "says": trouble.says, "then": trouble.then}
