"""Alarms: findings that people are told of, once when they begin, once when they are over, and again each day while they last.

Values in, values out. The whole state is one value, the book: the alarms that last, and bulletins that have not reached every channel.
It is written as one document before anything is sent, so that no crash and no second run can tell an alarm under two keys: what
was written is sent as it was written, under the key that it was given then.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from pipeline.health import Finding, Trouble
from pipeline.messages import Message, MessageKind
from pipeline.moments import lasting

# Lines of one bulletin; of more, the number is told.
MOST = 25
# So many briefs are remembered, that none is sent twice.
BRIEFS = 10


class _Value(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Event(StrEnum):
    """Why a bulletin names an alarm."""

    BEGINS = "begins"
    LASTS = "lasts"
    OVER = "is over"


class Alarm(_Value):
    """One trouble with one thing, from when it was first found until it is over."""

    trouble: Trouble
    subject: str
    says: str
    then: str
    began: datetime
    seen: datetime  # when it was last found
    told: datetime  # when a bulletin last named it


class Bulletin(_Value):
    """One message, as it was first written, and the channels that have not got it yet."""

    id: str  # the idempotency key, derived from what it tells
    title: str
    lines: tuple[str, ...]
    at: datetime
    waits_for: tuple[str, ...]
    kind: MessageKind = MessageKind.ALARM
    why: str = "health.yml"


class Book(_Value):
    """All that must be remembered between two passes."""

    alarms: tuple[Alarm, ...] = ()
    bulletins: tuple[Bulletin, ...] = ()
    briefs: tuple[str, ...] = ()  # the last ones that were filed


def turned(book: Book, findings: Iterable[Finding], channels: Sequence[str], now: datetime, *, again: timedelta, calm: timedelta) -> Book:
    """The book after a pass: new alarms, those that last, without those that are over; and a bulletin where there is something to tell.

    A trouble that comes and goes stays one alarm as long as it is never gone for longer than `calm`.
    """
    lasting_ = {(alarm.trouble, alarm.subject): alarm for alarm in book.alarms}
    told: list[tuple[Event, Alarm]] = []
    kept: list[Alarm] = []
    for finding in findings:
        before = lasting_.pop((finding.trouble, finding.subject), None)
        alarm = _alarm(finding, before, now)
        if before is None:
            told.append((Event.BEGINS, alarm))
        elif now - before.told >= again:
            alarm = alarm.model_copy(update={"told": now})
            told.append((Event.LASTS, alarm))
        kept.append(alarm)
    for alarm in lasting_.values():
        if now - alarm.seen >= calm:
            told.append((Event.OVER, alarm))
        else:
            kept.append(alarm)
    new = (_bulletin(told, channels, now),) if told and channels else ()
    return book.model_copy(update={"alarms": tuple(kept), "bulletins": (*book.bulletins, *new)})


def filed(book: Book, bulletin: Bulletin) -> Book:
    """The book with a brief to be sent; as it was where that one has been filed before."""
    if bulletin.id in book.briefs:
        return book
    waiting = (bulletin,) if bulletin.waits_for else ()
    return book.model_copy(update={"bulletins": (*book.bulletins, *waiting), "briefs": (*book.briefs, bulletin.id)[-BRIEFS:]})


def _alarm(finding: Finding, before: Alarm | None, now: datetime) -> Alarm:
    return Alarm(
        trouble=finding.trouble,
        subject=finding.subject,
        says=finding.says,
        then=finding.then,
        began=before.began if before else now,
        seen=now,
        told=before.told if before else now,
    )


def _bulletin(told: Sequence[tuple[Event, Alarm]], channels: Sequence[str], now: datetime) -> Bulletin:
    lines = [_line(event, alarm, now) for event, alarm in told]
    more = len(lines) - MOST
    return Bulletin(
        id=_key(told, now),
        title=_title(told),
        lines=(*lines[:MOST], *([f"and {more} more: `claimwire health` shows all"] if more > 0 else [])),
        at=now,
        waits_for=tuple(channels),
    )


def _key(told: Sequence[tuple[Event, Alarm]], now: datetime) -> str:
    parts = sorted(f"{event} {alarm.trouble} {alarm.subject} {alarm.began.isoformat()}" for event, alarm in told)
    return hashlib.sha256("\n".join([*parts, now.isoformat()]).encode()).hexdigest()[:40]


def _title(told: Sequence[tuple[Event, Alarm]]) -> str:
    counts = [(event, sum(each is event for each, _ in told)) for event in Event]
    if len(told) == 1:
        ((event, alarm),) = told
        return f"claimwire alarm {event}: {alarm.says}"
    parts = [f"{number} {_many(event) if number > 1 else event}" for event, number in counts if number]
    return f"claimwire alarms: {', '.join(parts)}"


def _many(event: Event) -> str:
    return {Event.BEGINS: "begin", Event.LASTS: "last", Event.OVER: "are over"}[event]


def _line(event: Event, alarm: Alarm, now: datetime) -> str:
    if event is Event.OVER:
        return f"OVER after {lasting(alarm.seen - alarm.began)} ({alarm.trouble}): {alarm.says}"
    since = f" for {lasting(now - alarm.began)}" if event is Event.LASTS else ""
    return f"{'STILL' if event is Event.LASTS else 'NEW'}{since} ({alarm.trouble}): {alarm.says}. {alarm.then}"


def sent(book: Book, bulletin: str, channel: str) -> Book:
    """The book after a bulletin has reached a channel, or was given up there. What has reached all is forgotten."""
    left = []
    for each in book.bulletins:
        waits_for = tuple(name for name in each.waits_for if each.id != bulletin or name != channel)
        if waits_for:
            left.append(each.model_copy(update={"waits_for": waits_for}))
    return book.model_copy(update={"bulletins": tuple(left)})


def message(bulletin: Bulletin) -> Message:
    """A bulletin as channels send it; the same again each time."""
    return Message(
        id=bulletin.id,
        key=bulletin.id,
        kind=bulletin.kind,
        title=bulletin.title,
        items=(),
        lines=bulletin.lines,
        why=bulletin.why,
        at=bulletin.at,
    )
