"""Statements that are gone again: an edit took them out, a re-read does not find them, a reviewer says they are wrong.

What an outlet takes out of an article was said, and its going is news. What was never there is corrected where it was told.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from pipeline import alerts, outbox, reports
from pipeline.deciding import Judged, Office, put_down, read_silences
from pipeline.documents import Stored, iso, known
from pipeline.index import batches
from pipeline.messages import MessageKind
from pipeline.model import RemovedBy, Trigger
from pipeline.outbox import Entry, Row, Status

BATCH = 200

GONE = {
    "bool": {
        "filter": [{"exists": {"field": "removed"}}, {"exists": {"field": "decision.digest"}}],
        "must_not": [{"exists": {"field": "corrected"}}],
    }
}


def take_back(office: Office) -> Counter[str]:
    """Deals with every statement that is gone since the last time. Counts `corrections` and `edits` that are told."""
    counts: Counter[str] = Counter()
    office.index.refresh("statements", "silences")
    for batch in batches(office.index.each("statements", GONE, sort=["removed"]), BATCH):
        counts += _take_back(batch, office)
    return counts


def _take_back(batch: Sequence[Stored], office: Office) -> Counter[str]:
    now = office.clock()
    office.index.refresh("statements", "alerts")
    counted = reports.count_reports({stored.source["utterance"] for stored in batch if "utterance" in stored.source}, office.index, now)
    office.renew(batch, now)
    edited = [stored for stored in batch if stored.source.get("removed_by") == RemovedBy.EDIT and reports.is_fresh(stored.source)]
    told = [_edit_judged(stored, office, now) for stored in edited]
    put_down(told, counted, office, now)
    wrong = [stored for stored in batch if stored.source.get("removed_by") in {RemovedBy.RE_READ, RemovedBy.REVIEW}]
    open_ones = {stored.id for stored in wrong if not _corrected(stored, office, now)}
    done = [stored for stored in batch if stored.id not in open_ones]
    fresh = office.index.get("statements", [stored.id for stored in done])
    office.index.change_all("statements", [(stored, {"corrected": iso(now)}) for stored in fresh.values()])
    return Counter(edits=sum(bool(each.decision.wishes) for each in told), taken_back=len(done))


def _edit_judged(stored: Stored, office: Office, now: datetime) -> Judged:
    triggers = (Trigger.EDIT_REMOVED,)
    silences = read_silences(office.index, now)
    decision = alerts.decide(stored.source, triggers, office.alerting, office.open_channels, silences, now)
    return Judged(stored=stored, triggers=triggers, decision=decision)


def _corrected(stored: Stored, office: Office, now: datetime) -> bool:
    """Corrects every alert that told the statement, and takes it out of those that would. False where one is under way."""
    ids = [found.id for found in office.index.each("alerts", {"term": {"statements": stored.id}})]
    # As they are now: another statement of the batch may have been taken out of the same row.
    done = [_taken_out(found, stored, office, now) for found in office.index.get("alerts", ids).values()]
    return all(done)


def _taken_out(found: Stored, stored: Stored, office: Office, now: datetime) -> bool:
    row = outbox.row_from(found.id, found.source)
    entries = [entry for entry in row.entries if entry.item.statement_id == stored.id]
    told = [entry for entry in entries if entry in row.told]
    if row.kind is MessageKind.CORRECTION or not entries:
        return True
    if told:
        _write_correction(row, told[0], found, stored, office, now)
        return True
    if row.status not in {Status.PENDING, Status.SENDING, Status.SENT}:
        return True  # nobody is told of it by this row
    if row.is_frozen and any(entry.revision == row.revision for entry in entries):
        return False
    for entry in entries:
        row = outbox.without(row, entry.key)
    # Another statement of this batch may have been taken out of it just now: the next run goes on.
    return office.index.change("alerts", [(found, outbox.changing(row))])["updated"] == 1


def _write_correction(row: Row, entry: Entry, found: Stored, stored: Stored, office: Office, now: datetime) -> None:
    made = outbox.correction(row, entry, _what_happened(stored), now)
    office.index.create("alerts", [(made.id, known(outbox.row_document(made, found.source, now)))])


def _what_happened(stored: Stored) -> str:
    review = stored.source.get("review")
    if review:
        return f"{review['by']} has looked at it and says that it is wrong: {review['why']}"
    return "The article was read again with better rules, and this statement is not in it."
