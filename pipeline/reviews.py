"""What a person says of a statement: it is wrong, or it is right after all. The next alert run makes good what was told.

A statement that is wrong counts as taken away. One that is right again comes back as it was: what was told of it is not told twice,
and what was held back only because it was taken away is decided on anew.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from pipeline import outbox, reports
from pipeline.deciding import Office
from pipeline.documents import Document, Stored, iso, known
from pipeline.errors import StoreUnavailable
from pipeline.index import Index
from pipeline.lease import lease
from pipeline.messages import MessageKind
from pipeline.model import Act, RemovedBy
from pipeline.outbox import Row, Status


class Verdict(StrEnum):
    """What is wrong with a statement, if anything."""

    RIGHT = "right"
    WRONG_ACT = "wrong-act"
    WRONG_SPEAKER = "wrong-speaker"
    NOT_A_STATEMENT = "not-a-statement"
    WRONG = "wrong"  # and nobody says what


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    verdict: Verdict
    by: str
    why: str
    at: datetime
    act: Act | None = None  # what it is, where the act is wrong
    speaker: str | None = None  # whose it is, where the speaker is
    sampled: bool = False  # drawn at random: such alone say how many are right

    def document(self) -> Document:
        told = {"verdict": self.verdict, "by": self.by, "why": self.why, "at": iso(self.at), "act": self.act, "speaker": self.speaker}
        return known({**told, "sampled": self.sampled or None})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """What a review changes: fields of the statement, rows of the outbox, and what comes of it, in words."""

    fields: Document
    rows: tuple[Row, ...]
    outlook: tuple[str, ...]


def reviewed(it: Mapping[str, Any], id_: str, review: Review, rows: Sequence[Row]) -> Reviewed:
    """What becomes of a statement; `rows` are those of the outbox that have it."""
    by_review = it.get("removed_by") == RemovedBy.REVIEW
    if review.verdict is Verdict.RIGHT and by_review:
        return _restored(it, id_, review, rows)
    if review.verdict is not Verdict.RIGHT and "removed" not in it:
        return _taken_away(it, id_, review, rows)
    stays = "It was taken away before, and stays so." if "removed" in it else "It stands, and stays so."
    return Reviewed(fields={"review": review.document()}, rows=(), outlook=(stays, "Nobody is told anything."))


def _taken_away(it: Mapping[str, Any], id_: str, review: Review, rows: Sequence[Row]) -> Reviewed:
    fields = {"review": review.document(), "removed": iso(review.at), "removed_by": RemovedBy.REVIEW, "corrected": None}
    withdrawn = tuple(_sent_after_all(row, review) for row in rows if _is_withdrawn_correction(row))
    return Reviewed(fields=fields, rows=withdrawn, outlook=("It counts as taken away from now on.", *_outlook(it, id_, rows)))


def _outlook(it: Mapping[str, Any], id_: str, rows: Sequence[Row]) -> list[str]:
    """What the next alert run will do about a statement that is gone."""
    corrected = {row.group for row in rows if row.kind is MessageKind.CORRECTION and row.status is Status.SENT}
    found = []
    for row in rows:
        if row.kind is MessageKind.CORRECTION or row.status in {Status.SUPPRESSED, Status.GATHERED}:
            continue
        if not is_told(row, id_):
            found.append(f"The next alert run takes it out of the message that waits for {row.channel}.")
        elif f"correction {row.id} {_key(row, id_)}" in corrected:
            found.append(f"On {row.channel} it was corrected before; nobody is told again.")
        else:
            found.append(f"The next alert run corrects what {row.channel} has told.")
    if "decision" not in it:
        return ["Nobody has decided on it yet; nobody will be told of it."]
    return found or ["Nobody was told of it; nothing has to be corrected."]


def _restored(it: Mapping[str, Any], id_: str, review: Review, rows: Sequence[Row]) -> Reviewed:
    fields: Document = {"review": review.document(), "removed": None, "removed_by": None, "corrected": None}
    changed = [_withdrawn(row, review) for row in rows if _is_waiting_correction(row)]
    changed += [_waiting_again(row, review.at) for row in rows if row.reason == outbox.TAKEN_AWAY and row.status is Status.SUPPRESSED]
    outlook = ["It counts again, as it was."]
    if any(is_told(row, id_) for row in rows if row.kind is not MessageKind.CORRECTION):
        outlook.append("It was told before; nobody is told again.")
    elif "corrected" in it and it.get("decision", {}).get("outcome") == "alerted":
        fields["decision"] = None
        outlook.append("Nobody was told of it; the next alert run decides on it anew.")
    outlook += ["The correction that waits is not sent." for row in changed if row.kind is MessageKind.CORRECTION]
    return Reviewed(fields=fields, rows=tuple(changed), outlook=tuple(outlook))


def is_told(row: Row, id_: str) -> bool:
    return any(entry.item.statement_id == id_ for entry in row.told)


def _key(row: Row, id_: str) -> str:
    return next(entry.key for entry in row.told if entry.item.statement_id == id_)


def _is_waiting_correction(row: Row) -> bool:
    return row.kind is MessageKind.CORRECTION and row.status is Status.PENDING and not row.is_frozen


def _is_withdrawn_correction(row: Row) -> bool:
    return row.kind is MessageKind.CORRECTION and row.status is Status.SUPPRESSED


def _withdrawn(row: Row, review: Review) -> Row:
    why = f"{review.by} says that the statement is right: {review.why}"
    return row.model_copy(update={"status": Status.SUPPRESSED, "due": None, "reason": why})


def _sent_after_all(row: Row, review: Review) -> Row:
    note = f"{review.by} has looked at it and says that it is wrong: {review.why}"
    return row.model_copy(update={"status": Status.PENDING, "due": review.at, "note": note})


def _waiting_again(row: Row, now: datetime) -> Row:
    return row.model_copy(update={"status": Status.PENDING, "due": now, "reason": f"rule {row.rule}"})


# ------------------------------------------------------------------------------------------------ in the index
def rows_of(id_: str, index: Index) -> dict[str, tuple[Stored, Row]]:
    """The rows of the outbox that have a statement, by id, in the order in which they were made."""
    index.refresh("alerts")
    found = index.each("alerts", {"term": {"statements": id_}}, sort=["event.created"])
    return {stored.id: (stored, outbox.row_from(stored.id, stored.source)) for stored in found}


def review_statement(id_: str, review: Review, office: Office) -> Reviewed:
    """Writes a review and what comes of it, while no alert run is under way. Raises StoreUnavailable where one does not end."""
    with lease(office.index, "alert") as held:
        if held is None:
            raise StoreUnavailable("an alert run is under way; try again when it is over")
        stored = office.index.get("statements", [id_])[id_]
        rows = rows_of(id_, office.index)
        done = reviewed(stored.source, id_, review, [row for _, row in rows.values()])
        office.index.change_all("statements", [(stored, done.fields)])
        office.index.change_all("alerts", [(rows[row.id][0], outbox.changing(row)) for row in done.rows])
        _recount(id_, office, review.at)
    return done


def _recount(id_: str, office: Office, now: datetime) -> None:
    """How many report its utterance, and where its speaker stands."""
    office.index.refresh("statements")
    stored = office.index.get("statements", [id_])[id_]
    if "utterance" in stored.source:
        reports.count_reports({stored.source["utterance"]}, office.index, now)
        office.renew([stored], now)


def withdraw(id_: str, office: Office, now: datetime) -> Reviewed:
    """As if nobody had reviewed it: what a wrong one had lost comes back."""
    done = review_statement(id_, Review(verdict=Verdict.RIGHT, by="", why="", at=now), office)
    stored = office.index.get("statements", [id_])[id_]
    office.index.change_all("statements", [(stored, {"review": None})])
    return done
