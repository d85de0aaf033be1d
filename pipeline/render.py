"""A message put into words: plain text for chats and logs, HTML for mail and feeds, an object for machines.

Pure: the same message and the same time zone give the same words.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from pipeline.messages import Item, Message, MessageKind, Reply
from pipeline.model import Act, Alignment
from pipeline.wording import FULL, SHORT, Limits, tidied

VERSION = 1  # of what `as_json` gives; a field that goes or changes its meaning makes it another

NOT_SAID = "not said"
NO_FAMILY = "No claim family"
_ALIGNED: dict[str, str] = {
    Alignment.STATE: "state-aligned",
    Alignment.INDEPENDENT: "independent",
    Alignment.UNKNOWN: "alignment unknown",
}
# Kinds that gather: a table and the families first.
_GATHERED = frozenset({MessageKind.DIGEST, MessageKind.BASELINE, MessageKind.OVERFLOW})

_TEMPLATES = Environment(loader=PackageLoader("pipeline"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


@dataclass(frozen=True, slots=True)
class Group:
    """The statements of one claim family, or of none."""

    title: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """How many statements of each act each side's speakers have made; `rows` are in the order of the acts, `sides` are columns."""

    sides: tuple[str, ...]
    rows: tuple[tuple[str, tuple[int, ...]], ...]


def as_text(message: Message, zone: tzinfo, limits: Limits = FULL, *, titled: bool = True) -> str:
    """The whole message as plain text, times in `zone`; without its title where the receiver shows that on its own."""
    told = tidied(message, limits)
    parts: list[str] = [told.title] if titled else []
    parts += filter(None, (opening(told), told.note, *told.lines))
    if overview := overview_of(told):
        parts.append("\n".join(_overview_lines(overview)))
    for group in groups_of(told):
        if group.title:
            parts.append(f"== {group.title} ({len(group.items)}) ==")
        parts += ("\n".join(_item_lines(item, zone, taken=told.kind is MessageKind.CORRECTION)) for item in group.items)
    parts += filter(None, (more_of(told), f"Why you get this: {told.why}" if told.why else ""))
    return "\n\n".join(parts)


def as_html(message: Message, zone: tzinfo, limits: Limits = FULL, *, page: bool = True) -> str:
    """The whole message as a page for mail clients: styles inline, nothing loaded from anywhere. Not as a `page`: what stands in one."""
    told = tidied(message, limits)
    return _TEMPLATES.get_template("message.html.j2").render(
        message=told,
        opening=opening(told),
        overview=overview_of(told),
        groups=groups_of(told),
        more=more_of(told),
        struck=told.kind is MessageKind.CORRECTION,
        said=lambda item: told_of(item, zone),
        when=lambda at: when(at, zone),
        zone=str(zone),
        page=page,
    )


def as_json(message: Message) -> dict[str, Any]:
    """The whole message for a machine; times in UTC, texts plain and bounded."""
    return {"version": VERSION, **tidied(message).model_dump(mode="json")}


def fitted(message: Message, limit: int, words: Callable[[Message, Limits], str], size: Callable[[str], int] = len) -> str:
    """What `words` makes of the message, at most `limit` by `size`: cut at a statement, the others counted; with shorter texts where one
    statement alone is too long. Where even that is not enough it is more, for the caller to cut.
    """
    for limits in (FULL, SHORT):
        whole = words(message, limits)
        if size(whole) <= limit:
            return whole
        if len(message.items) > 1 and size(words(_first(message, 1), limits)) <= limit:
            return words(_first(message, _most(message, limit, limits, words, size)), limits)
    return words(_first(message, 1), SHORT)


def _first(message: Message, number: int) -> Message:
    kept = message.items[:number]
    return message.model_copy(update={"items": kept, "more": message.more + len(message.items) - len(kept)})


def _most(message: Message, limit: int, limits: Limits, words: Callable[[Message, Limits], str], size: Callable[[str], int]) -> int:
    """The largest number of statements that fits, at least 1."""
    fits, too_many = 1, len(message.items)
    while too_many - fits > 1:
        middle = (fits + too_many) // 2
        if size(words(_first(message, middle), limits)) <= limit:
            fits = middle
        else:
            too_many = middle
    return fits


def opening(message: Message) -> str:
    """What a reader must know before the first statement."""
    match message.kind:
        case MessageKind.CORRECTION:
            return "Correction: you were told of this, and it no longer stands."
        case MessageKind.BASELINE:
            outlets = _listed(sorted({item.outlet for item in message.items}))
            return f"First pass over {outlets or 'a source'}: all this was there before the watch began, none of it has happened just now."
        case MessageKind.OVERFLOW:
            return "More came than this channel takes in an hour; this is the rest of it, in one."
        case MessageKind.UPDATE:
            return "More on what you were told before."
        case MessageKind.ALARM:
            return "About claimwire itself, not about the news."
        case MessageKind.TEST:
            return "A test, asked for by hand: nothing has happened."
        case MessageKind.ALERT | MessageKind.DIGEST | MessageKind.BRIEF:
            return ""


def groups_of(message: Message) -> tuple[Group, ...]:
    """The statements by their first claim family, in the order of their first appearance; those without one at the end."""
    if message.kind not in _GATHERED:
        return (Group("", message.items),) if message.items else ()
    titles = dict.fromkeys(item.claims[0] for item in message.items if item.claims)
    groups = [Group(title, tuple(item for item in message.items if item.claims[:1] == (title,))) for title in titles]
    rest = tuple(item for item in message.items if not item.claims)
    return (*groups, *([Group(NO_FAMILY if groups else "", rest)] if rest else []))


def overview_of(message: Message) -> Overview | None:
    """Counts of what is told; None where there is one statement or the kind does not gather."""
    if message.kind not in _GATHERED or len(message.items) < 2:
        return None
    counts = Counter((item.act, item.side or "–") for item in message.items)
    sides = tuple(sorted({side for _, side in counts}, key=lambda side: (side == "–", side)))
    acts = [act for act in Act if any((act, side) in counts for side in sides)]
    return Overview(sides, tuple((act.value, tuple(counts[act, side] for side in sides)) for act in acts))


def more_of(message: Message) -> str:
    if not message.more:
        return ""
    return f"and {message.more:,} more" if message.items else f"{message.more:,} statements are not told here"


def told_of(item: Item, zone: tzinfo) -> dict[str, str]:
    """What is said of a statement in the same words everywhere."""
    attached = f" ({item.affiliation})" if item.affiliation and item.affiliation != item.speaker else ""
    return {
        "voice": f"{item.country or 'country unknown'}, {_ALIGNED.get(item.alignment, item.alignment)}",
        "speaker": item.speaker + attached + (f", side {item.side}" if item.side else ""),
        "times": f"Published {when(item.published, zone)}; first seen {when(item.first_seen, zone)} ({zone})",
        "spread": spread(item),
        "found": f"{item.act} [{item.cameo}], {item.mode} speech; by “{item.cue}” ({item.found_by}), confidence {item.confidence:.2f}",
    }


def spread(item: Item) -> str:
    """How far a statement has got, and from how many who found it out on their own."""
    reports, outlets, origins = (
        _number(item.reports, "report"),
        _number(item.outlets, "outlet"),
        _number(item.origins, "independent origin"),
    )
    return f"carried by {outlets}, {origins}" + (f" ({reports})" if item.reports != item.outlets else "")


def when(at: datetime | None, zone: tzinfo) -> str:
    """A moment in the reader's zone, without its name; `not said` where it is not known."""
    if at is None:
        return NOT_SAID
    try:
        there = at.astimezone(zone)
    except OverflowError:  # a page may date itself to the first day of year 1
        there = at
    return f"{there.day} {there:%b} {there.year}, {there:%H:%M}"


def _overview_lines(overview: Overview) -> Iterator[str]:
    wide = max(len(act) for act, _ in overview.rows)
    yield " " * wide + "".join(f" {side:>5}" for side in overview.sides)
    for act, counts in overview.rows:
        yield f"{act:<{wide}}" + "".join(f" {count or '·':>5}" for count in counts)


def _item_lines(item: Item, zone: tzinfo, *, taken: bool) -> Iterator[str]:
    said = told_of(item, zone)
    yield f"{'TAKEN AWAY: ' if taken else ''}{item.act.upper()}: {item.line}"
    yield from filter(None, (item.before, f"> {item.sentence}", item.after))
    yield f"{item.outlet} ({said['voice']})" + (f": {item.title}" if item.title else "")
    yield f"Speaker: {said['speaker']}" + (f"; about {_listed(item.targets)}" if item.targets else "")
    if item.claims:
        yield f"Claim: {'; '.join(item.claims)}"
    yield said["times"]
    if item.answers:
        yield from _reply_lines("Answers", item.answers, zone)
    for reply in item.answered_by:
        yield from _reply_lines("Answered by", reply, zone)
    yield f"Reach: {said['spread']}"
    if item.reasons:
        yield f"{'Was new' if taken else 'New'}: {'; '.join(item.reasons)}"
    yield from filter(None, (item.url, f"Kibana: {item.kibana}" if item.kibana else ""))
    yield f"Found as {said['found']}"


def _reply_lines(what: str, reply: Reply, zone: tzinfo) -> Iterator[str]:
    yield f"{what}: {reply.line} (published {when(reply.published, zone)})"
    yield from filter(None, (f">> {reply.sentence}" if reply.sentence else "", reply.url))


def _number(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _listed(names: tuple[str, ...] | list[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
