"""How often a source is asked: quickly where much is new, slowly where nothing is, never more slowly than its outlet allows."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pipeline.documents import moment

FIRST = timedelta(minutes=10)
SHORTEST = timedelta(minutes=5)
LONGEST = timedelta(minutes=30)  # where a source says nothing else
# Up when nothing is new, down when something is: so about every second time brings something.
STEP = 1.5
# A scheduler comes a little early or late; a source that is due in a moment is due.
SLACK = 0.9
# A server that asks for more patience than this is asked again all the same.
MOST_PATIENCE = timedelta(hours=12)


def next_interval(last: timedelta | None, every: timedelta | None, *, new: int, shown: int, overflowed: bool) -> timedelta:
    """After an answer with so many entries, of which so many are new; `last` is None at the first."""
    longest = every or LONGEST
    if last is None:
        return min(FIRST, longest)
    if overflowed or new * 2 > shown:  # half of what it shows is new: next time it may be all, and more
        last /= 2
    else:
        last = last / STEP if new else last * STEP
    return max(min(last, longest), min(SHORTEST, longest))


def due_after(now: datetime, interval: timedelta) -> datetime:
    return now + interval * SLACK


def due_after_failure(now: datetime, interval: timedelta, retry_after: float | None, *, soon: bool) -> datetime:
    """At once where another try is promising, and never before the server wants it; `retry_after` in seconds."""
    wanted = now + min(timedelta(seconds=retry_after or 0), MOST_PATIENCE)
    return max(wanted, now if soon else due_after(now, interval))


def is_due(state: Mapping[str, Any], now: datetime) -> bool:
    """By a source's document; a clock that was put back makes everything due."""
    due, polled = moment(state.get("due")), moment(state.get("polled"))
    return due is None or now >= due or (polled is not None and now < polled)


def silent_after(volume: float | None) -> timedelta:
    """How long a source of so many entries a day may bring nothing new before that is news about the source."""
    days = 14.0 if volume is None else 10 / volume
    return timedelta(days=min(max(days, 1.0), 14.0))
