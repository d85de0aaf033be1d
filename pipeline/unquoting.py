"""A row of the outbox without what must not be quoted any more. Values in, values out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.messages import Item
from pipeline.outbox import Entry, Row, Status

ERASED = "erased before it was sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """What must not be quoted: articles and statements by id; `utterances`: what a statement that stays is a report of now."""

    articles: frozenset[str]
    statements: frozenset[str]
    utterances: Mapping[str, str]


def unquoted(row: Row, gone: Gone) -> Row | None:
    """The row without it, None where nothing is left; an equal row where it has nothing of it."""
    entries = tuple(_entry(entry, gone) for entry in row.entries if not _is_gone(entry.item, gone))
    if not entries or len(entries) == len(row.entries):
        return row.model_copy(update={"entries": entries}) if entries else None
    return _renumbered(row.model_copy(update={"entries": entries}))


def _is_gone(item: Item, gone: Gone) -> bool:
    return item.article_id in gone.articles or item.statement_id in gone.statements


def _entry(entry: Entry, gone: Gone) -> Entry:
    """A statement that stays may have quoted what it answers, or what answers it."""
    item = entry.item
    answers = None if item.answers and item.answers.statement_id in gone.statements else item.answers
    answered_by = tuple(reply for reply in item.answered_by if reply.statement_id not in gone.statements)
    utterance = gone.utterances.get(item.statement_id, item.utterance)
    changed = item.model_copy(update={"answers": answers, "answered_by": answered_by, "utterance": utterance})
    return entry.model_copy(update={"item": changed})


def _renumbered(row: Row) -> Row:
    """What waits is next; where nothing waits any more, nothing is sent."""
    if row.status not in {Status.PENDING, Status.SENDING} or any(entry.revision == row.revision for entry in row.entries):
        return row
    changes: dict[str, Any] = {"attempts": 0, "failing_since": None, "trouble": ""}
    if row.waiting:
        following = min(entry.revision for entry in row.waiting) - row.revision
        moved = tuple(
            entry.model_copy(update={"revision": entry.revision - following}) if entry in row.waiting else entry for entry in row.entries
        )
        return row.model_copy(update=changes | {"entries": moved, "status": Status.PENDING})
    if row.sent_revision:
        return row.model_copy(update=changes | {"status": Status.SENT, "due": None})
    return row.model_copy(update=changes | {"status": Status.SUPPRESSED, "due": None, "reason": ERASED})


def last_told(row: Row) -> Row | None:
    """The row as it was when its last message was made, to say again what is left of that; None where nothing is."""
    if not any(entry.revision == row.sent_revision for entry in row.told):
        return None
    return row.model_copy(update={"sent_revision": row.sent_revision - 1})
