"""The brief: what has come up in a stretch of time, as one value, as a page that needs nothing else, and as text for e-mail.

Values in, words out. Every sentence leads to its page. Texts of others are made plain first (`wording`), then escaped by the template.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined

from pipeline import charts
from pipeline.charts import Days, Dot
from pipeline.messages import Item, Reply
from pipeline.model import Act, Alignment
from pipeline.render import when
from pipeline.wording import FULL, link, plain, tidied_item

# The acts that make the news, in the order in which they are told.
ACTS = (Act.ACCUSATION, Act.DENIAL, Act.ACKNOWLEDGEMENT)
# Statements of an act that are told in full; the rest is counted.
MOST = 100
# Claims without an answer that are told, those that wait for the shortest time first; the others are counted.
MOST_OPEN = 20
NAME, WORDS = 120, 600

_TEMPLATES = Environment(loader=PackageLoader("pipeline"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A statement that is new, and who owns the outlet that told it first."""

    item: Item
    ownership: str | None
    owners: Mapping[str, str]  # of the outlets that carried what it answers and what answers it, by name


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A party that stands elsewhere on a claim than before, and the sentence that says so."""

    party: str
    claim: str
    before: str
    after: str
    at: datetime
    recalled: bool  # the sentence recalls it: when it was said is not known
    speaker: str
    sentence: str
    outlet: str
    owner: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """A claim that a party has not answered."""

    claim: str
    party: str
    number: int  # of accusations
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One entry of a claim's time line."""

    at: datetime
    act: Act
    speaker: str
    party: str
    sentence: str
    language: str
    outlet: str
    owner: str
    url: str
    new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The time line of a claim that is in the news: what was said, oldest first, and how much of it is left out."""

    claim: str
    said: tuple[Said, ...]
    earlier: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """How often each accuses each, in statements; rows are accusers. Who speaks for no one side has a row too."""

    accusers: tuple[str, ...]
    accused: tuple[str, ...]
    cells: Mapping[tuple[str, str], int]

    @property
    def highest(self) -> int:
        return max(self.cells.values(), default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """The links of a source: how many, and how many ended otherwise than they should, by outcome."""

    source: str
    seen: int
    outcomes: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Down:
    """A source that is silent or does not answer."""

    outlet: str
    why: str
    since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """How many of the statements that people have judged were right, with a 95 % interval."""

    number: int
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """All of it. Times are of `zone`; `since` and `until` are when things were first seen."""

    topic: str
    since: datetime
    until: datetime
    zone: ZoneInfo
    new: tuple[Told, ...]
    moved: tuple[Moved, ...]
    open: tuple[Open, ...]
    matrix: Matrix
    days: Days
    lines: tuple[Line, ...]
    sources: int  # that are asked
    down: tuple[Down, ...]
    links: int
    lost: tuple[Lost, ...]
    judged: Judged | None

    def of(self, act: Act) -> tuple[Told, ...]:
        return tuple(each for each in self.new if each.item.act is act)

    @property
    def lost_number(self) -> int:
        return sum(sum(each.outcomes.values()) for each in self.lost)


# ------------------------------------------------------------------------------------------------ words
def name_of(brief: Brief) -> str:
    """Of its files: the same for the same stretch of time."""
    form = "%Y-%m-%d" if _whole_days(brief) else "%Y-%m-%dT%H%M"
    first, last = _days(brief)
    return f"brief-{first:{form}}" + ("" if first == last else f"--{last:{form}}")


def title(brief: Brief) -> str:
    return f"{plain(brief.topic, NAME)}: {span(brief)}"


def span(brief: Brief) -> str:
    """The stretch of time, in words of its zone."""
    first, last = _days(brief)
    if _whole_days(brief):
        return _day(first) if first == last else f"{_day(first)} to {_day(last)}"
    return f"{when(brief.since, brief.zone)} to {when(brief.until, brief.zone)}"


def _day(at: datetime) -> str:
    return f"{at.day} {at:%B} {at.year}"


def _whole_days(brief: Brief) -> bool:
    return all(at.astimezone(brief.zone).time() == datetime.min.time() for at in (brief.since, brief.until))


def _days(brief: Brief) -> tuple[datetime, datetime]:
    """Its ends as they are named: of whole days the last day that is in it."""
    since, until = brief.since.astimezone(brief.zone), brief.until.astimezone(brief.zone)
    return (since, (until - timedelta(minutes=1)).replace(hour=0, minute=0)) if _whole_days(brief) else (since, until)


NAMES = {Act.ACCUSATION: "accusation", Act.DENIAL: "denial", Act.ACKNOWLEDGEMENT: "admission"}


def counted(number: int, word: str) -> str:
    many = f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"
    return f"{number:,} {word if number == 1 else many}"


def summary(brief: Brief) -> list[str]:
    """The brief in a few sentences."""
    new = ", ".join(counted(len(brief.of(act)), f"new {NAMES[act]}") for act in ACTS)
    down = counted(len(brief.down), "source")
    return [
        f"{new}.",
        f"{counted(len(brief.moved), 'change')} of position; {counted(len(brief.open), 'claim')} without an answer.",
        f"{counted(brief.links, 'link')} seen, {brief.lost_number:,} lost; {down} of {brief.sources:,} silent or failing.",
    ]


def caveat(brief: Brief) -> str:
    """What "no answer was found" is worth."""
    if not brief.sources:
        return "No source has been asked yet."
    if not brief.down:
        return f"All {brief.sources:,} sources answer, as far as is known. An answer in a source that is not read would not be found."
    names = ", ".join(dict.fromkeys(plain(each.outlet, NAME) for each in brief.down))
    return (
        f"No answer was found in what was read. {counted(len(brief.down), 'source')} of {brief.sources:,} cannot have shown one: {names}."
    )


def ownership_of(told: Told) -> str:
    """The outlet's country, who owns it, and whose voice it is."""
    return owner_in_words(told.item.country, told.ownership, told.item.alignment)


def owner_in_words(country: str | None, ownership: str | None, alignment: str) -> str:
    owner = ownership or "ownership unknown"
    voice = "" if alignment == Alignment.UNKNOWN or owner in {"state", "government"} else f", {alignment}"
    return f"{country or 'country unknown'}, {owner}{voice}"


def tidied(brief: Brief) -> Brief:
    """The same brief with every text of others plain and bounded, and only addresses that may be opened."""
    return replace(
        brief,
        new=tuple(map(_tidied_told, brief.new)),
        moved=tuple(map(_tidied_move, brief.moved)),
        lines=tuple(replace(each, claim=plain(each.claim, NAME), said=tuple(map(_tidied_said, each.said))) for each in brief.lines),
        lost=tuple(replace(each, source=plain(each.source, NAME)) for each in brief.lost),
        down=tuple(replace(each, outlet=plain(each.outlet, NAME), why=plain(each.why, WORDS)) for each in brief.down),
    )


def _tidied_told(told: Told) -> Told:
    owners = {plain(name, NAME): plain(owner, NAME) for name, owner in told.owners.items()}
    owner = plain(told.ownership, NAME) if told.ownership else None
    return replace(told, item=tidied_item(told.item, FULL), ownership=owner, owners=owners)


def _tidied_move(moved: Moved) -> Moved:
    return replace(
        moved,
        party=plain(moved.party, NAME),
        claim=plain(moved.claim, NAME),
        speaker=plain(moved.speaker, NAME),
        outlet=plain(moved.outlet, NAME),
        owner=plain(moved.owner, NAME),
        sentence=plain(moved.sentence, WORDS),
        url=link(moved.url),
    )


def _tidied_said(said: Said) -> Said:
    return replace(
        said,
        speaker=plain(said.speaker, NAME),
        party=plain(said.party, NAME),
        outlet=plain(said.outlet, NAME),
        owner=plain(said.owner, NAME),
        sentence=plain(said.sentence, WORDS),
        language=plain(said.language, 8),
        url=link(said.url),
    )


# ------------------------------------------------------------------------------------------------ as a page
def as_html(brief: Brief) -> str:
    """One file that loads nothing and runs nothing: styles and charts stand in it."""
    told = tidied(brief)
    return _TEMPLATES.get_template("brief.html.j2").render(
        brief=told,
        title=title(told),
        span=span(told),
        summary=summary(told),
        caveat=caveat(told),
        acts=[(act, NAMES[act], told.of(act)[:MOST], max(0, len(told.of(act)) - MOST)) for act in ACTS],
        days_charts=charts.days(told.days, "days"),
        line_charts=[_dots(it, f"line{number}") for number, it in enumerate(told.lines)],
        judged=judged(told.judged) if told.judged else "",
        owner=ownership_of,
        when=lambda at: when(at, brief.zone),
        open_=told.open[:MOST_OPEN],
        longer=max(0, len(told.open) - MOST_OPEN),
        days=lambda since: counted((brief.until - since).days, "day"),
        zone=str(brief.zone),
        shade=lambda number: round(number / max(told.matrix.highest, 1), 2),
    )


def _dots(line: Line, id_: str) -> charts.Both | None:
    return charts.line([Dot(at=each.at, party=each.party, act=each.act) for each in line.said], id_)


# ------------------------------------------------------------------------------------------------ as text
def as_text(brief: Brief) -> str:
    """The same for e-mail, in lines that mail programs break themselves."""
    told = tidied(brief)
    parts = [title(told), *summary(told)]
    for act in ACTS:
        found = told.of(act)
        if found:
            parts += [f"== New {NAMES[act]}s ({len(found):,}) ==", *(_statement(each, brief.zone) for each in found[:MOST])]
        if len(found) > MOST:
            parts.append(f"and {len(found) - MOST:,} more")
    for head, lines in _sections(told):
        if lines:
            parts += [f"== {head} ==", "\n".join(lines)]
    return "\n\n".join(parts) + "\n"


def _sections(brief: Brief) -> Iterator[tuple[str, list[str]]]:
    zone = brief.zone
    yield "Changes of position", [_move(each, zone) for each in brief.moved]
    waiting = [
        f"{each.party}: {each.claim}, {counted(each.number, 'accusation')} since {when(each.since, zone)}"
        for each in brief.open[:MOST_OPEN]
    ]
    if len(brief.open) > MOST_OPEN:
        waiting.append(f"and {len(brief.open) - MOST_OPEN:,} that have waited longer")
    yield "Without an answer", [*waiting, caveat(brief)] if waiting else []
    yield (
        "Who accuses whom",
        [f"{accuser} → {accused}: {brief.matrix.cells[accuser, accused]}" for accuser, accused in _pairs(brief.matrix)],
    )
    yield "Sources that are silent or do not answer", [f"{each.outlet}: {each.why}" for each in brief.down]
    yield "Lost, and why", [_loss(each) for each in brief.lost]
    if brief.judged:
        yield "Judged by people", [judged(brief.judged)]


def _pairs(matrix: Matrix) -> Sequence[tuple[str, str]]:
    return sorted(matrix.cells, key=lambda pair: (-matrix.cells[pair], pair))


def _statement(told: Told, zone: ZoneInfo) -> str:
    item = told.item
    lines = [
        item.line,
        f"> {item.sentence}",
        f"{item.outlet} ({ownership_of(told)}), published {when(item.published, zone)}",
        item.url,
        *(_exchange("Answers", item.answers, told, zone) if item.answers else ()),
        *(line for reply in item.answered_by for line in _exchange("Answered by", reply, told, zone)),
    ]
    return "\n".join(filter(None, lines))


def _exchange(what: str, reply: Reply, told: Told, zone: ZoneInfo) -> tuple[str, ...]:
    where = f"{reply.outlet} ({told.owners.get(reply.outlet, 'ownership unknown')}), published {when(reply.published, zone)}"
    return f"{what}: {reply.line}", f">> {reply.sentence}" if reply.sentence else "", where, reply.url


def _move(moved: Moved, zone: ZoneInfo) -> str:
    outlet = f"{moved.outlet} ({moved.owner})"
    said = f"recalled by {outlet}" if moved.recalled else f"{when(moved.at, zone)}, {outlet}"
    head = f"{moved.party} on “{moved.claim}”: {moved.before} → {moved.after}"
    return "\n".join(filter(None, (head, f"> {moved.sentence}", f"{moved.speaker}, {said}", moved.url, "")))


def _loss(lost: Lost) -> str:
    return f"{lost.source}: {sum(lost.outcomes.values())} of {lost.seen}: " + ", ".join(f"{n} {name}" for name, n in lost.outcomes.items())


def judged(it: Judged) -> str:
    right = f"{it.share:.0%} were right ({it.low:.0%} to {it.high:.0%})"
    return f"Of {counted(it.number, 'statement')} drawn at random and judged by people, {right}."


def message_lines(brief: Brief, most: int = 12) -> tuple[str, ...]:
    """The brief in short, for channels: its summary, the changes, the first of what is new."""
    told = tidied(brief)
    moves = [f"{each.party} on “{each.claim}”: {each.before} → {each.after}. {each.url}" for each in told.moved[:most]]
    new = [f"{each.item.line} – {each.item.outlet}. {each.item.url}" for each in told.new[:most]]
    more = [f"and {len(told.new) - most:,} more"] if len(told.new) > most else []
    return (*summary(told), *moves, *new, *more, *([caveat(told)] if told.open else []))
