"""The outbox: rows of messages to be sent, and how a row changes. Values in, values out; nothing is sent here.

A row is one alert on one channel. Statements that belong together share it: those of one claim, of one digest, of the first pass
over a source. What is to be sent next is the *revision* after the last one sent. Once its sending has begun it is frozen: what comes
then waits for the revision after it, so that one idempotency key never stands for two contents.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from pipeline.alert_rules import AlertRule
from pipeline.documents import Document
from pipeline.messages import Item, Message, MessageKind
from pipeline.slots import Slot

# Statements told in one message; the rest are "and N more".
MOST = 50

# Tries after 1, 2, 4 … minutes, and from then on every hour.
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)


# Why a row is not sent whose statements are gone.
TAKEN_AWAY = "taken away before it was sent"


class Status(StrEnum):
    PENDING = "pending"
    SENDING = "sending"  # handed to the channel; whether it arrived is not known yet
    SENT = "sent"
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    GATHERED = "gathered"  # told in another row's message, with others


class _Value(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Entry(_Value):
    """One statement of a row; its key tells it from the same statement told for another reason."""

    key: str
    revision: int
    at: datetime  # when it joined
    item: Item


class Row(_Value):
    """One alert on one channel, from its first statement to its last message."""

    id: str  # derived from the group and the first statement
    group: str
    kind: MessageKind
    channel: str
    rule: str
    reason: str  # why somebody gets it; of what is not sent, why not
    note: str = ""  # of a correction: what happened
    trouble: str = ""  # why the last try failed
    status: Status
    entries: tuple[Entry, ...]
    members: tuple[str, ...] = ()  # of an overflow: the rows that are told in it
    created: datetime
    due: datetime | None  # when something is to be done next
    updates_until: datetime | None = None  # what comes later opens another row
    cooldown: timedelta = timedelta(0)  # between two of its messages
    sent_revision: int = 0
    attempts: int = 0  # of the revision that is to be sent
    failing_since: datetime | None = None
    tried: datetime | None = None
    sent: datetime | None = None

    @property
    def revision(self) -> int:
        """The one to be sent next."""
        return self.sent_revision + 1

    @property
    def is_frozen(self) -> bool:
        return self.status is Status.SENDING or self.attempts > 0

    @property
    def told(self) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.entries if entry.revision <= self.sent_revision)

    @property
    def waiting(self) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.entries if entry.revision > self.sent_revision)


def digest_of(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:40]


# ------------------------------------------------------------------------------------------------ opened
def opened(place: Slot, key: str, item: Item, rule: AlertRule, channel: str, now: datetime) -> Row:
    """A new row with its first statement."""
    return Row(
        id=digest_of(place.group, key),
        group=place.group,
        kind=place.kind,
        channel=channel,
        rule=rule.id,
        reason=f"rule {rule.id}: {rule.title}",
        status=Status.PENDING,
        entries=(Entry(key=key, revision=1, at=now, item=item),),
        created=now,
        due=place.due,
        updates_until=place.updates_until,
        cooldown=place.cooldown,
    )


def suppressed(key: str, item: Item, rule: AlertRule, channel: str, why: str, now: datetime) -> Row:
    """A row that only says what was not sent, and why."""
    return Row(
        id=digest_of("suppressed", channel, key),
        group=f"suppressed {channel} {key}",
        kind=MessageKind.ALERT,
        channel=channel,
        rule=rule.id,
        reason=why,
        status=Status.SUPPRESSED,
        entries=(Entry(key=key, revision=1, at=now, item=item),),
        created=now,
        due=None,
    )


def takes(row: Row, now: datetime) -> bool:
    """Whether more statements may join a row."""
    if row.status in {Status.FAILED, Status.SUPPRESSED, Status.GATHERED}:
        return False
    if row.kind is MessageKind.DIGEST:
        return row.status is not Status.SENT
    return row.updates_until is None or now < row.updates_until


# ------------------------------------------------------------------------------------------------ what happens to it
def joined(row: Row, place: Slot, key: str, item: Item, now: datetime) -> Row:
    """The row with one statement more, which is told as soon as the slot and the cooldown allow. Twice is once."""
    if any(entry.key == key for entry in row.entries):
        return row
    entry = Entry(key=key, revision=row.revision + row.is_frozen, at=now, item=item)
    changes: dict[str, Any] = {"entries": (*row.entries, entry)}
    if row.status is Status.SENT:
        earliest = row.sent + row.cooldown if row.sent else place.due
        changes |= {"status": Status.PENDING, "due": max(place.due, earliest)}
    return row.model_copy(update=changes)


def recounted(row: Row, counts: Mapping[str, tuple[int, int, int]]) -> Row:
    """The row with how often its statements are reported by now: utterance to reports, outlets, origins.

    What is frozen stays as it was: it may have arrived, and is sent again under the same key.
    """

    def renewed(entry: Entry) -> Entry:
        if entry.item.utterance not in counts or (row.is_frozen and entry.revision == row.revision):
            return entry
        reports, outlets, origins = counts[entry.item.utterance]
        return entry.model_copy(update={"item": entry.item.model_copy(update={"reports": reports, "outlets": outlets, "origins": origins})})

    return row.model_copy(update={"entries": tuple(renewed(entry) for entry in row.entries)})


def without(row: Row, key: str) -> Row:
    """The row without a statement whose sending has not begun. A row with nothing left is not sent at all."""
    begun = row.sent_revision + row.is_frozen
    kept = tuple(entry for entry in row.entries if entry.key != key or entry.revision <= begun)
    if any(entry.revision > row.sent_revision for entry in kept):
        return row.model_copy(update={"entries": kept})
    if row.sent_revision:
        return row.model_copy(update={"entries": kept, "status": Status.SENT, "due": None})
    return row.model_copy(update={"status": Status.SUPPRESSED, "due": None, "reason": TAKEN_AWAY})


def began(row: Row, now: datetime) -> Row:
    return row.model_copy(update={"status": Status.SENDING, "tried": now})


def arrived(row: Row, now: datetime) -> Row:
    """After a message was delivered. What has come meanwhile is next, after the cooldown."""
    done = row.model_copy(
        update={"sent_revision": row.revision, "attempts": 0, "failing_since": None, "trouble": "", "sent": now, "status": Status.SENT}
    )
    return done.model_copy(update={"status": Status.PENDING, "due": now + row.cooldown} if done.waiting else {"due": None})


def failed(row: Row, why: str, *, again: bool, now: datetime, give_up: timedelta) -> Row:
    """After a message was not delivered; `again`: it may work later."""
    since = row.failing_since or now
    changes: dict[str, Any] = {"attempts": row.attempts + 1, "failing_since": since, "trouble": why}
    if not again or now - since >= give_up:
        kept = tuple(entry for entry in row.entries if entry.revision <= row.revision)
        return row.model_copy(update=changes | {"status": Status.FAILED, "due": None, "entries": kept})
    pause = min(FIRST_PAUSE * 2 ** min(row.attempts, 10), LONGEST_PAUSE)
    return row.model_copy(update=changes | {"status": Status.PENDING, "due": now + pause})


def successor(row: Row, now: datetime) -> Row | None:
    """What becomes of the statements that wait behind a message that has failed for good: a row of their own."""
    later = tuple(entry.model_copy(update={"revision": 1}) for entry in row.waiting if entry.revision > row.revision)
    if not later:
        return None
    return Row(
        id=digest_of(row.group, later[0].key),
        group=row.group,
        kind=row.kind,
        channel=row.channel,
        rule=row.rule,
        reason=row.reason,
        status=Status.PENDING,
        entries=later,
        created=now,
        due=now,
        updates_until=row.updates_until,
        cooldown=row.cooldown,
    )


def correction(row: Row, entry: Entry, why: str, now: datetime) -> Row:
    """A message that takes a told statement back, on the channel that told it."""
    group = f"correction {row.id} {entry.key}"
    return Row(
        id=digest_of(group),
        group=group,
        kind=MessageKind.CORRECTION,
        channel=row.channel,
        rule=row.rule,
        reason=row.reason,
        note=why,
        status=Status.PENDING,
        entries=(entry.model_copy(update={"revision": 1, "at": now}),),
        created=now,
        due=now,
    )


def overflow(rows: Sequence[Row], channel: str, now: datetime) -> Row:
    """One message for all that came after a channel's cap was reached."""
    entries = tuple(Entry(key=f"{row.id} {entry.key}", revision=1, at=now, item=entry.item) for row in rows for entry in row.waiting)
    group = f"overflow {channel} {digest_of(*(entry.key for entry in entries))}"
    return Row(
        id=digest_of(group),
        group=group,
        kind=MessageKind.OVERFLOW,
        channel=channel,
        rule="cap",
        reason="more alerts than the channel takes in an hour",
        status=Status.PENDING,
        entries=entries,
        members=tuple(row.id for row in rows),
        created=now,
        due=now,
    )


def may_be_gathered(row: Row) -> bool:
    """What is frozen may have arrived already and keeps its own key; a correction says what it is only by itself."""
    return not row.is_frozen and row.kind is not MessageKind.CORRECTION


def gathered(row: Row, other: Row, now: datetime) -> Row:
    """The row after an overflow message was made of it: it is done, unless there is something in it that is not told there."""
    there = {entry.key for entry in other.entries}
    if row.status is not Status.PENDING or any(f"{row.id} {entry.key}" not in there for entry in row.waiting):
        return row
    return row.model_copy(update={"status": Status.GATHERED, "due": None, "tried": now})


# ------------------------------------------------------------------------------------------------ its message
def message(row: Row) -> Message:
    """What is to be sent next. The key stands for row and revision."""
    entries = [entry for entry in row.entries if entry.revision == row.revision]
    kind = MessageKind.UPDATE if row.kind is MessageKind.ALERT and row.revision > 1 else row.kind
    return Message(
        id=row.id,
        key=f"{row.id}-{row.revision}",
        kind=kind,
        title=TITLES[kind](entries, len(row.told)),
        items=tuple(entry.item for entry in entries[:MOST]),
        more=max(0, len(entries) - MOST),
        why=row.reason,
        note=row.note,
        at=max(entry.at for entry in entries),
    )


def _first(entries: Sequence[Entry]) -> str:
    first = entries[0].item
    more = f", and {len(entries) - 1} more" if len(entries) > 1 else ""
    return f"{first.line} – {first.outlet}{more}"


def _statements(number: int) -> str:
    return f"{number} statement{'s' if number != 1 else ''}"


TITLES: Mapping[MessageKind, Callable[[Sequence[Entry], int], str]] = {
    MessageKind.ALERT: lambda entries, _: _first(entries),
    MessageKind.UPDATE: lambda entries, told: f"Update ({told} told before): {_first(entries)}",
    MessageKind.DIGEST: lambda entries, _: f"Digest: {_statements(len(entries))}",
    MessageKind.BASELINE: lambda entries, _: f"First pass over {entries[0].item.outlet}: {_statements(len(entries))}",
    MessageKind.OVERFLOW: lambda entries, _: f"And {len(entries)} more: {_first(entries[:1])}",
    MessageKind.CORRECTION: lambda entries, _: f"Correction: {_first(entries)}",
}


# ------------------------------------------------------------------------------------------------ its document
def row_document(row: Row, about: Mapping[str, Any], now: datetime) -> Document:
    """A row as the index has it: what it is about for searching, and itself. `about` is its first statement's document."""
    copied = ("article_id", "act", "speaker", "targets", "claims", "outlet", "published")
    first = row.entries[0].item
    return {
        **{key: about[key] for key in copied if key in about},
        "url": {"full": first.url},
        "event": {"created": row.created.isoformat(), "ingested": now.isoformat()},
        **changing(row),
    }


def changing(row: Row) -> Document:
    """The part of a row's document that changes with it. None takes a field away."""
    plain = row.model_dump(mode="json", exclude={"id", "created", "entries"})
    items = [entry.item for entry in row.entries]
    return plain | {
        "headline": _first(row.entries),
        "statements": sorted({item.statement_id for item in items}),
        "utterances": sorted({item.utterance for item in items}),
        "reports": max(item.reports for item in items),
        "outlets": max(item.outlets for item in items),
        "origins": max(item.origins for item in items),
        "entries": [entry.model_dump(mode="json") for entry in row.entries],
    }


def row_from(id_: str, it: Mapping[str, Any]) -> Row:
    fields = {name: it[name] for name in Row.model_fields if name in it}
    return Row.model_validate(fields | {"id": id_, "created": it["event"]["created"], "due": it.get("due")})
