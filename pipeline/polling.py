"""Polls sources: what is new in them is followed, what is told anew is looked at again, what was missed is filled from other sources.

What is written last is the source's state: what its server wants to hear at the next conditional GET, and when that will be.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from pipeline import forgotten
from pipeline.addresses import entry_id
from pipeline.answers import Entry, FeedKind, Page
from pipeline.discovery import Answered, ask, in_window
from pipeline.documents import Document, Stored, iso, moment, validators_from
from pipeline.errors import ConfigError, Rejected, Unavailable
from pipeline.following import follow
from pipeline.links import Link, pending, told_of
from pipeline.model import Intake, Outcome, TextSource, Validators
from pipeline.parsers import ParserFailed
from pipeline.publishers import UNKNOWN, owner_of
from pipeline.source_rules import Feed, Outlet
from pipeline.source_state import (
    QUESTIONS,
    WEEK,
    Gap,
    Poll,
    answered,
    failed,
    gap_between,
    gap_document,
    gap_from,
    is_known_for_a_week,
    key_of,
    overflows,
    silence,
    source_id,
    window_of,
)
from pipeline.world import World

log = structlog.get_logger(__name__)

# Between two looks at an article because its feed tells it anew.
PAUSE = timedelta(hours=1)

# A feed that failed so often in a row is down: no more quick tries, the next regular poll comes anyway.
PATIENCE = 3

FAILURES = (Rejected, Unavailable, ParserFailed, ConfigError)

Shown = Sequence[tuple[Entry, Page]]


def state_of(source: str, world: World) -> Document:
    stored = world.index.get("sources", [source]).get(source)
    return dict(stored.source) if stored else {}


def poll(outlet: Outlet, feed: Feed, world: World) -> Counter[str]:
    """One poll of a source that is polled. Counts links by outcome, and what happened to the source."""
    source = source_id(outlet, feed)
    before = state_of(source, world)
    now = world.clock()
    known = set(before.get("shown", []))
    counts: Counter[str] = Counter(feeds=1)
    try:
        is_known = (lambda entry: key_of(id_of(entry, outlet, world)) in known) if known else None
        told = ask(outlet, feed, _sent(feed, before), window_of(before, now), is_known, world)
        _refuse_nothing(told, feed, before)
    except FAILURES as error:
        return counts + _failed(outlet, feed, before, error, world) + follow(source, pending(source, outlet, world).values(), world)
    ids = [id_of(entry, outlet, world) for entry, _ in told.entries]
    shown = None if told.unchanged else tuple(dict.fromkeys(map(key_of, ids)))
    overflowed = overflows(feed, before, shown or ())
    links = _new_links(told.entries, outlet, lambda seen: _intake(before, seen, world), world, counts)
    gap = _gap(outlet, before, overflowed, _intake(before, not overflowed, world), now)
    counts += _note_overflow(source, before, overflowed, gap)
    counts["not-modified"] += told.unchanged
    counts += follow(source, [*pending(source, outlet, world).values(), *links], world)
    # What is new since the last poll, not since a run that was broken off: the rhythm is the same for both.
    new = len(links) if shown is None or feed.kind in QUESTIONS else len(set(shown) - known)
    state = answered(outlet, feed, before, poll_of(told, shown, new, overflowed, world.clock()), gap)
    counts += _write(source, feed, before, state, world)
    return counts


def _sent(feed: Feed, before: Document) -> Validators:
    return Validators() if feed.kind in QUESTIONS else validators_from(before)


def _refuse_nothing(told: Answered, feed: Feed, before: Document) -> None:
    """A source that had entries and has none is out of order; two words may well stand nowhere today."""
    if not told.unchanged and not told.entries and before.get("entries") and feed.kind not in QUESTIONS:
        raise Rejected(Outcome.REJECTED, f"nothing in it, where {before['entries']} entries were", feed.shown)


def poll_of(told: Answered, shown: tuple[str, ...] | None, new: int, overflowed: bool, now: datetime) -> Poll:
    dates = [entry.published for entry, _ in told.entries if entry.published]
    flaws = tuple(dict.fromkeys([flaw for _, parsed in told.parts for flaw in parsed.flaws] + list(told.flaws)))
    return Poll(
        shown=shown,
        newest=max(dates, default=None),
        validators=told.validators,
        flaws=flaws,
        new=new,
        overflowed=overflowed,
        whole=told.whole,
        at=now,
    )


def _failed(outlet: Outlet, feed: Feed, before: Document, error: Exception, world: World) -> Counter[str]:
    """Writes a failure down; `unanswered` are those worth another try soon."""
    failures = int(before.get("failures", 0)) + 1
    # GDELT's patience is worn out by the tries themselves.
    soon = isinstance(error, Unavailable) and failures < PATIENCE and feed.kind is not FeedKind.GDELT
    log.warning("feed failed", source=source_id(outlet, feed), error=str(error), failures=failures)
    world.index.put("sources", [(source_id(outlet, feed), failed(outlet, feed, before, error, world.clock(), soon=soon))])
    return Counter({"failed-feeds": 1, "unanswered": int(soon)})


def _write(source: str, feed: Feed, before: Document, state: Document, world: World) -> Counter[str]:
    """Writes an answer down; says where a source has fallen silent."""
    now = world.clock()
    lately = None
    if feed.volume and is_known_for_a_week(before, now):
        world.index.refresh("entries")
        recent = [{"term": {"source": source}}, {"range": {"event.created": {"gte": iso(now - WEEK)}}}]
        lately = world.index.count("entries", {"bool": {"filter": recent}})
    silent = silence(feed, state, lately, now)
    if silent and not before.get("silent"):
        log.warning("a source has fallen silent", source=source, why=silent)
    world.index.put("sources", [(source, state | ({"silent": silent} if silent else {}))])
    return Counter({"silent-feeds": int(silent is not None)})


def _intake(before: Mapping[str, Any], overlaps: bool, world: World) -> Intake:
    """What a feed shows at the first look is what there was; later, what is new.

    After a long pause a feed that shows nothing any more of what it showed then is met as if for the first time.
    """
    last = moment(before.get("answered"))
    if last is None:
        return Intake.BASELINE
    paused = world.clock() - last > timedelta(days=world.settings.long_pause_days)
    return Intake.BASELINE if paused and before.get("entries") and not overlaps else Intake.LIVE


# ---- links


def id_of(entry: Entry, polled: Outlet, world: World) -> str:
    owner = owner_of(entry, polled, world.outlets)
    return entry_id(owner.id if owner else UNKNOWN, entry.url or entry.title)


def _new_links(shown: Shown, outlet: Outlet, intake: Any, world: World, counts: Counter[str]) -> list[Link]:
    """What the ledger has not seen, oldest first. Two items with one address are one link."""
    now = world.clock()
    found = {id_of(entry, outlet, world): (entry, page) for entry, page in reversed(shown)}
    owners = {id_: owner_of(entry, outlet, world.outlets) for id_, (entry, _) in found.items()}
    seen = {id_: stored for id_, stored in world.index.get("entries", list(found)).items() if not _resumed(stored, owners[id_])}
    counts["seen-before"] += len(seen)
    counts["told-anew"] += _note_told_anew([(seen[id_], entry) for id_, (entry, _) in found.items() if id_ in seen], world)
    first = intake(bool(seen))
    withheld = _withheld(shown, world) if len(seen) < len(found) else {}
    links = [
        Link(
            id=id_,
            entry=entry,
            attempts=0,
            first_seen=now,
            intake=first,
            outlet=owners[id_],
            by=outlet.domains if outlet.aggregator else (),
            shown=withheld.get(id(page), page),
        )
        for id_, (entry, page) in found.items()
        if id_ not in seen
    ]
    return sorted(links, key=lambda link: (link.entry.published is None, link.entry.published or now))


def _withheld(shown: Shown, world: World) -> dict[int, Page]:
    """Pages, by identity, that show what must not be kept beside what may be: without their bodies, which may go to the archive."""
    gone = forgotten.among({entry.url for entry, _ in shown if entry.url}, world.index)
    return {id(page): replace(page, body=b"") for entry, page in shown if entry.url in gone}


def _resumed(stored: Stored, owner: Outlet | None) -> bool:
    """Whether a link was left because its outlet was paused, which it is no more."""
    return stored.source["outcome"] == Outcome.PAUSED and owner is not None and owner.paused is None


def _note_told_anew(pairs: Sequence[tuple[Stored, Entry]], world: World) -> int:
    """Articles that their feed tells otherwise than before are due for another look. Gives their number."""
    anew = [(stored, told) for stored, entry in pairs if stored.source.get("told") not in (None, told := told_of(entry))]
    ids = [stored.source["article_id"] for stored, _ in anew if "article_id" in stored.source]
    now = world.clock()
    due = []
    for article in world.index.get("articles", ids).values():
        if article.source.get("text_from") == TextSource.ITEM:
            continue  # its page is closed: there is nothing to look at
        revisit = article.source.get("revisit", {})
        checked = moment(revisit.get("checked"))
        # A feed that counts comments or minutes tells every item anew at every poll.
        soon = now if checked is None else max(now, checked + PAUSE)
        due.append((article, {"revisit": revisit | {"due": iso(soon)}}))
    world.index.change("articles", due)
    world.index.change("entries", [(stored, {"told": told}) for stored, told in anew])
    return len(due)


# ---- gaps


def _gap(outlet: Outlet, before: Document, overflowed: bool, intake: Intake, now: datetime) -> Gap | None:
    """What is still to be filled; nothing where the outlet has nothing to fill it from."""
    if not any(feed.fills for feed in outlet.feeds):
        return None
    return gap_between(before, now, intake) if overflowed else gap_from(before)


def _note_overflow(source: str, before: Document, overflowed: bool, gap: Gap | None) -> Counter[str]:
    if not overflowed:
        return Counter()
    since = before.get("answered")
    log.warning("a feed has overflowed: two polls have nothing in common", source=source, since=since, fills=gap is not None)
    return Counter(overflows=1)


def fill_gaps(outlet: Outlet, world: World) -> Counter[str]:
    """Asks the sources that fill for what the outlet's other feeds have missed. Counts `filled` links beside their outcomes."""
    fills = [feed for feed in outlet.feeds if feed.fills]
    counts: Counter[str] = Counter()
    if not fills:
        return counts
    sources = [source_id(outlet, feed) for feed in outlet.feeds if not feed.fills]
    open_ones = {id_: gap for id_, stored in world.index.get("sources", sources).items() if (gap := gap_from(dict(stored.source)))}
    for intake in sorted({gap.intake for gap in open_ones.values()}):
        gaps = {id_: gap for id_, gap in open_ones.items() if gap.intake is intake}
        window = replace(
            next(iter(gaps.values())).window,
            since=min(gap.window.since for gap in gaps.values()),
            until=max(gap.window.until for gap in gaps.values()),
        )
        asked = [_fill(outlet, feed, Gap(window=window, intake=intake), counts, world) for feed in fills]
        _close(gaps, all(asked), counts, world)
    return counts


def _fill(outlet: Outlet, feed: Feed, gap: Gap, counts: Counter[str], world: World) -> bool:
    """Whether the source has answered wholly."""
    source = source_id(outlet, feed)
    before = state_of(source, world)
    try:
        told = ask(outlet, feed, Validators(), gap.window, None, world)
    except FAILURES as error:
        counts.update(_failed(outlet, feed, before, error, world))
        counts["unanswered"] = 0  # the gap stays open: the next poll asks again
        return False
    shown = [(entry, page) for entry, page in told.entries if in_window(entry, feed, gap.window)]
    links = _new_links(shown, outlet, lambda _: gap.intake, world, counts)
    counts["filled"] += len(links)
    counts.update(follow(source, [*pending(source, outlet, world).values(), *links], world))
    state = answered(outlet, feed, before, poll_of(told, (), len(links), False, world.clock()), None)
    world.index.put("sources", [(source, state)])
    return told.whole


def _close(gaps: Mapping[str, Gap], filled: bool, counts: Counter[str], world: World) -> None:
    """A gap is closed when all have answered, or when they have been asked often enough."""
    changes = []
    for id_, stored in world.index.get("sources", list(gaps)).items():
        tries = gaps[id_].tries + 1
        given_up = not filled and tries >= world.settings.attempts
        if given_up:
            log.warning("a gap stays open: what fills it did not answer", source=id_)
            counts["unfilled"] += 1
        left = None if filled or given_up else gap_document(replace(gaps[id_], tries=tries))
        changes.append((stored, {"gap": left}))
    world.index.change_all("sources", changes)
