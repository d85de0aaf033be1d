"""What is known of a source after each poll: a document of the index `sources`. Pure: the document before, and what the poll told."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pipeline import rhythm
from pipeline.answers import FeedKind, Window
from pipeline.documents import Document, iso, known, moment
from pipeline.model import Intake, Validators
from pipeline.redaction import Redaction
from pipeline.source_rules import Feed, Outlet

# What was published a little before a poll may have come into the feed after it.
MARGIN = timedelta(hours=2)
# A source that has been known for so long is held to its volume; a fifth of it is far below.
WEEK, FAR_BELOW = timedelta(days=7), 5

# Answers to these are about a time or some words: two of them need not have anything in common.
QUESTIONS = frozenset({FeedKind.SEARCH, FeedKind.GDELT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """What an answer of a source told. `shown` are the keys of its entries; None: it has not changed."""

    shown: tuple[str, ...] | None
    newest: datetime | None
    validators: Validators
    flaws: tuple[str, ...]
    new: int
    overflowed: bool
    whole: bool  # all of what it was asked for came
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A time that may have brought what a source no longer showed, and how often it was tried to fill it."""

    window: Window
    intake: Intake
    tries: int = 0


def source_id(outlet: Outlet, feed: Feed) -> str:
    """One feed of one outlet; readable, and another address is another source."""
    return f"{outlet.id}-{hashlib.sha256(feed.url.encode()).hexdigest()[:8]}"


def key_of(entry_id: str) -> str:
    """Short, for a thousand of them stand in a document."""
    return entry_id[:12]


def overflows(feed: Feed, before: Document, shown: Sequence[str]) -> bool:
    """Whether two polls have nothing in common: what came and went between them has not been seen."""
    earlier = before.get("shown", [])
    return feed.kind not in QUESTIONS and bool(earlier) and bool(shown) and set(earlier).isdisjoint(shown)


def window_of(before: Document, now: datetime) -> Window:
    """The time that a question is about: since it was last answered, and a day at first."""
    covered = moment(before.get("covered"))
    return Window(since=(covered - MARGIN) if covered else now - timedelta(days=1), until=now)


def answered(outlet: Outlet, feed: Feed, before: Document, poll: Poll, gap: Gap | None) -> Document:
    """After an answer; the validators of one that has not changed are those that were sent."""
    now = poll.at
    interval = rhythm.next_interval(interval_of(before), feed.every, new=poll.new, shown=len(poll.shown or ()), overflowed=poll.overflowed)
    told: Document = {}
    if poll.shown is not None:
        told = {
            "etag": poll.validators.etag,
            "last_modified": poll.validators.last_modified,
            "entries": len(poll.shown),
            "shown": list(poll.shown),
            "newest": iso(poll.newest),
            "flaws": list(poll.flaws),
        }
    document = {
        **_kept(before),
        **told,
        **_source(outlet, feed),
        "polled": iso(now),
        "answered": iso(now),
        "since": before.get("since") or iso(now),
        "covered": iso(now) if poll.whole else before.get("covered"),
        "news": iso(_news(before, poll)),
        "failures": 0,
        "interval": round(interval.total_seconds()),
        "due": iso(rhythm.due_after(now, interval)),
        "gap": gap_document(gap) if gap else None,
    }
    if poll.overflowed:
        document |= {"overflows": int(before.get("overflows", 0)) + 1, "overflowed": iso(now)}
    return known(document)


def failed(outlet: Outlet, feed: Feed, before: Document, error: Exception, now: datetime, *, soon: bool) -> Document:
    """After a failure; what was known stays. `soon`: another try is promising."""
    interval = interval_of(before) or rhythm.FIRST
    due = rhythm.due_after_failure(now, interval, getattr(error, "retry_after", None), soon=soon)
    trouble = {"type": type(error).__name__, "message": Redaction().text(str(error))}
    failures = int(before.get("failures", 0)) + 1
    state = {"polled": iso(now), "failures": failures, "error": trouble, "due": iso(due)}
    return known({**_kept(before), **_source(outlet, feed), "silent": before.get("silent"), **state})


def silence(feed: Feed, state: Document, lately: int | None, now: datetime) -> str | None:
    """Why a source counts as silent; `lately` are the links that it brought within a week, where that was counted."""
    news, limit = moment(state.get("news")), rhythm.silent_after(feed.volume)
    if news is not None and now - news > limit:
        return f"nothing new since {news:%d %B %Y}"
    if feed.volume and lately is not None and lately * FAR_BELOW < feed.volume * WEEK.days:
        return f"{lately} entries in a week, where {feed.volume:g} a day are expected"
    return None


def is_known_for_a_week(before: Document, now: datetime) -> bool:
    since = moment(before.get("since"))
    return since is not None and now - since >= WEEK


def interval_of(state: Document) -> timedelta | None:
    return timedelta(seconds=state["interval"]) if "interval" in state else None


def gap_between(before: Document, now: datetime, intake: Intake) -> Gap:
    """The time between two polls, joined to what is still open from before."""
    since = (moment(before.get("answered")) or now) - MARGIN
    found = Gap(window=Window(since=since, until=now), intake=intake)
    still = gap_from(before)
    return found if still is None else replace(found, window=Window(since=min(still.window.since, since), until=now))


def gap_from(state: Document) -> Gap | None:
    it = state.get("gap")
    if it is None:
        return None
    window = Window(since=moment(it["since"]), until=moment(it["until"]))
    return Gap(window=window, intake=Intake(it["intake"]), tries=it["tries"])


def gap_document(gap: Gap) -> Document:
    return {"since": iso(gap.window.since), "until": iso(gap.window.until), "intake": gap.intake, "tries": gap.tries}


def _kept(before: Document) -> Document:
    names = (
        "etag", "last_modified", "entries", "shown", "newest", "flaws", "answered", "since", "covered", "news", "interval", "overflows",
        "overflowed", "gap",
    )  # fmt: skip
    return {name: before.get(name) for name in names}


def _source(outlet: Outlet, feed: Feed) -> Document:
    return {"outlet": {"id": outlet.id, "name": outlet.name}, "url": {"original": feed.shown}, "kind": feed.kind}


def _news(before: Document, poll: Poll) -> datetime | None:
    """When it last had something new: by what it says itself, else by when it was seen."""
    earlier = moment(before.get("news"))
    if poll.newest is not None:
        told = min(poll.newest, poll.at)  # a feed's clock may be fast
        return max(told, earlier) if earlier else told
    return poll.at if poll.new or earlier is None else earlier
