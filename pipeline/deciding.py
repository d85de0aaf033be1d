"""The third stage's first half: what is new about each statement, who is told of it, and the rows of the outbox.

Batch by batch, whole articles in the order in which they were first seen. Order of writing, so that a crash only repeats work:
what a statement is (utterance, novelty, triggers), the counts and the ledger, the rows, and last the decision. A statement without
a decision is undecided whatever else was written of it; each step finds what it wrote before and does not do it twice.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from zoneinfo import ZoneInfo

import structlog

from pipeline import alerts, evidence, outbox, reports, slots
from pipeline.alert_rules import Alerting, Silence
from pipeline.alerts import Decision
from pipeline.documents import Document, Stored, iso, known
from pipeline.index import Index
from pipeline.lease import Lease
from pipeline.messages import Item, MessageKind
from pipeline.model import Clock, Novelty, Trigger
from pipeline.outbox import Row, Status
from pipeline.slots import Slot

# Statements of a batch are in memory at once; their candidates are asked for in one request.
BATCH = 200

log = structlog.get_logger(__name__)

UNDECIDED = {"bool": {"must_not": [{"exists": {"field": field}} for field in ("decision.digest", "removed")]}}
ORDER = ("event.created", "at", "article_id", "ordinal")

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """All that deciding needs."""

    index: Index
    alerting: Alerting
    open_channels: frozenset[str]
    titles: Mapping[str, str]  # claim family to title
    move: Callable[[Sequence[Stored]], Mapping[str, tuple[Trigger, Document]]]  # statement id to what it does to a party's position
    renew: Callable[[Iterable[Stored], datetime], None]  # the ledger, after these statements
    zone: ZoneInfo
    digest_hour: int
    kibana: str | None
    clock: Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A statement as it is written, and what was decided."""

    stored: Stored
    triggers: tuple[Trigger, ...]
    decision: Decision


def decide_all(office: Office, lease: Lease, progress: Progress) -> Counter[str]:
    """Decides on every statement that nobody has decided on. Counts statements by outcome, and alerts."""
    counts: Counter[str] = Counter({"statements": 0, "alerts": 0})
    office.index.refresh("statements", "silences")
    settle(office)
    _count_marked(office)
    silences = read_silences(office.index, office.clock())
    walk = office.index.each("statements", UNDECIDED, sort=ORDER, page=BATCH)
    for batch in whole_articles(walk, BATCH):
        lease.renew()
        counts.update(_decide_batch(batch, office, silences))
        progress(f"{counts['statements']} statements decided, {counts['alerts']} to be told")
    return counts


def _count_marked(office: Office) -> None:
    """Counts the utterances of what a killed run has marked, before anything is judged by them."""
    marked = {"bool": {"filter": [UNDECIDED, {"exists": {"field": "utterance"}}]}}
    reports.count_reports({stored.source["utterance"] for stored in office.index.each("statements", marked)}, office.index, office.clock())


def whole_articles(statements: Iterable[Stored], least: int) -> Iterator[list[Stored]]:
    """Batches of at least so many statements, the last one aside; which of an article's are one utterance is judged together."""
    batch: list[Stored] = []
    for _, article in groupby(statements, key=lambda stored: str(stored.source["article_id"])):
        batch += article
        if len(batch) >= least:
            yield batch
            batch = []
    if batch:
        yield batch


def _decide_batch(batch: Sequence[Stored], office: Office, silences: Sequence[Silence]) -> Counter[str]:
    now = office.clock()
    # The walk shows them as they were when it began; the batches before this one may have changed them.
    placed = place(read_again(batch, office.index), office)
    counted = reports.count_reports({stored.source["utterance"] for stored in placed}, office.index, now)
    office.renew(placed, now)
    judged = [_judged(stored, office, silences, now) for stored in mark(placed, office)]
    recount(counted, office)
    put_down(judged, counted, office, now)
    written = [(each.stored, {"decision": each.decision.document(office.alerting.digest, now)}) for each in judged]
    office.index.change_all("statements", written)
    for each in judged:
        it = each.stored.source
        ids = {"statement": each.stored.id, "article": it["article_id"], "outlet": it["outlet"]["id"], "utterance": it["utterance"]}
        log.info("statement decided", step="decided", outcome=each.decision.outcome, alerts=len(each.decision.wishes), **ids)
    return Counter(
        {"statements": len(judged), "alerts": sum(wish.suppressed is None for each in judged for wish in each.decision.wishes)}
    ) + Counter(each.decision.outcome for each in judged)


def settle(office: Office) -> None:
    """Brings the ledger up to date with statements that were decided on and have been read otherwise since."""
    for batch in whole_articles(office.index.each("statements", {"term": {"unsettled": True}}, sort=ORDER), BATCH):
        now = office.clock()
        before = [replace(stored, source={**stored.source, **stored.source["superseded"]}) for stored in batch]
        reports.count_reports({stored.source["utterance"] for stored in batch}, office.index, now)
        office.renew([*batch, *before], now)
        changes: list[tuple[Stored, Document]] = [
            (stored, {"unsettled": None, "superseded": None}) for stored in read_again(batch, office.index)
        ]
        office.index.change_all("statements", changes)


def place(batch: Sequence[Stored], office: Office) -> list[Stored]:
    """Writes which utterance each statement reports, and whether that is new. Gives the statements as they are now."""
    office.index.refresh("statements")
    changes = places(batch, office.index)
    office.index.change_all("statements", changes)
    office.index.refresh("statements")
    return read_again(batch, office.index)


def places(batch: Sequence[Stored], index: Index) -> list[tuple[Stored, Document]]:
    """The same for those that have no place yet, without writing it."""
    made = reports.utterances_of(batch, index)
    told = reports.has_fresh_report(made.values(), index)
    # Of those that a killed run has placed, the utterances may not be written yet.
    told |= {made[stored.id] for stored in batch if "novelty" in stored.source and reports.is_fresh(stored.source)}
    changes: list[tuple[Stored, Document]] = []
    for stored in batch:
        if "novelty" not in stored.source:
            what = alerts.novelty(stored.source, made[stored.id] in told)
            changes.append((stored, {"utterance": made[stored.id], "novelty": what}))
        if reports.is_fresh(stored.source):
            told.add(made[stored.id])
    return changes


def mark(placed: Sequence[Stored], office: Office) -> list[Stored]:
    """Writes what each statement can set off, by the ledger that counts it already. Gives the statements as they are now."""
    now = read_again(placed, office.index)  # the ledger says on an accusation what has answered it
    changes = marks_of([stored for stored in now if "triggers" not in stored.source], office)
    office.index.change_all("statements", changes)
    return read_again(now, office.index)


def marks_of(placed: Sequence[Stored], office: Office) -> list[tuple[Stored, Document]]:
    """The same without writing it."""
    moves = office.move(placed)
    return [(stored, dict(zip(("triggers", "position"), _triggers(stored, moves.get(stored.id)), strict=True))) for stored in placed]


def read_again(statements: Sequence[Stored], index: Index) -> list[Stored]:
    """The same as they are now."""
    now = index.get("statements", [stored.id for stored in statements])
    return [now[stored.id] for stored in statements]


def _triggers(stored: Stored, move: tuple[Trigger, Document] | None) -> tuple[list[Trigger], Document | None]:
    """Only what is told as news, in an article's own words, sets anything off."""
    it = stored.source
    if not reports.is_fresh(it):
        return [], None
    found = [Trigger.NEW_UTTERANCE] if it["novelty"] == Novelty.NEW else []
    if it.get("edited") and found:
        found.append(Trigger.EDIT_ADDED)
    if move is None:
        return found, None
    return [*found, move[0]], move[1]


def _judged(stored: Stored, office: Office, silences: Sequence[Silence], now: datetime) -> Judged:
    triggers = tuple(Trigger(each) for each in stored.source.get("triggers", ()))
    decision = alerts.decide(stored.source, triggers, office.alerting, office.open_channels, silences, now)
    return Judged(stored=stored, triggers=triggers, decision=decision)


def read_silences(index: Index, now: datetime) -> list[Silence]:
    """Those that hold now."""
    query = {"bool": {"filter": [{"range": {"since": {"lte": iso(now)}}}, {"range": {"until": {"gt": iso(now)}}}]}}
    return [Silence.model_validate({"id": stored.id, **stored.source}) for stored in index.each("silences", query, sort=["since"])]


# ------------------------------------------------------------------------------------------------ rows
def put_down(judged: Sequence[Judged], counted: reports.Counts, office: Office, now: datetime) -> None:
    """Writes the rows of the outbox: new ones, and statements that join those that are open."""
    wanted = [each for each in judged if each.decision.wishes]
    if not wanted:
        return
    office.index.refresh("alerts")
    others = _replies([each.stored for each in wanted], office.index)
    groups = {place.group for each in wanted for _, place in _places(each, office, now)}
    desk = _Desk(office.index, groups, now)
    there = _told_of([each.stored.id for each in wanted], office.index)
    for each in wanted:
        item = evidence.item(each.stored, each.triggers, _around(each.stored, others, counted, office))
        for wish, place in _places(each, office, now):
            key = each.stored.id + (" removed" if Trigger.EDIT_REMOVED in each.triggers else "")
            if wish.suppressed:
                desk.add(outbox.suppressed(key, item, wish.rule, wish.channel, wish.suppressed, now), each.stored)
            elif (wish.channel, key) not in there:
                desk.join(place, key, item, wish, each.stored)
    desk.write()


def _places(each: Judged, office: Office, now: datetime) -> list[tuple[alerts.Wish, Slot]]:
    it = each.stored.source
    return [
        (wish, slots.slot(it, each.stored.id, wish.rule, wish.channel, now, office.zone, office.digest_hour))
        for wish in each.decision.wishes
    ]


def _told_of(statements: Sequence[str], index: Index) -> set[tuple[str, str]]:
    """Channel and key of what stands in the outbox already: a run may have been killed before it wrote down that it had decided.

    Looked for by the statements and not in their groups, for which digest it is depends on the time.
    """
    apart = [{"term": {"status": Status.SUPPRESSED}}, {"terms": {"kind": [MessageKind.OVERFLOW, MessageKind.CORRECTION]}}]
    query = {"bool": {"filter": [{"terms": {"statements": list(statements)}}], "must_not": apart}}
    rows = (outbox.row_from(stored.id, stored.source) for stored in index.each("alerts", query))
    return {(row.channel, entry.key) for row in rows for entry in row.entries}


class _Desk:
    """The open rows of some groups, changed in memory and then written once."""

    def __init__(self, index: Index, groups: Iterable[str], now: datetime) -> None:
        self._index, self._now = index, now
        self._stored: dict[str, Stored] = {}
        self._rows: dict[str, Row] = {}  # by group: the newest
        self._new: dict[str, tuple[Row, Stored]] = {}
        waiting = {"terms": {"status": [Status.PENDING, Status.SENDING, Status.SENT]}}
        query = {
            "bool": {
                "filter": [{"terms": {"group": sorted(groups)}}, waiting],
                "must_not": [{"range": {"updates_until": {"lte": iso(now)}}}],
            }
        }
        for stored in index.each("alerts", query, sort=["event.created"]):
            row = outbox.row_from(stored.id, stored.source)
            self._stored[row.id], self._rows[row.group] = stored, row
        self._before = dict(self._rows)

    def join(self, place: Slot, key: str, item: Item, wish: alerts.Wish, about: Stored) -> None:
        row = self._rows.get(place.group)
        if row is not None and outbox.takes(row, self._now):
            self._rows[place.group] = joined = outbox.joined(row, place, key, item, self._now)
            if joined.id in self._new:
                self._new[joined.id] = (joined, self._new[joined.id][1])
        else:
            self.add(outbox.opened(place, key, item, wish.rule, wish.channel, self._now), about)

    def add(self, row: Row, about: Stored) -> None:
        self._rows[row.group] = row
        self._new[row.id] = (row, about)

    def write(self) -> None:
        new = ((row.id, known(outbox.row_document(row, about.source, self._now))) for row, about in self._new.values())
        self._index.create("alerts", new)
        changed = [
            (self._stored[row.id], outbox.changing(row))
            for group, row in self._rows.items()
            if row.id not in self._new and row is not self._before.get(group)
        ]
        self._index.change_all("alerts", changed)


def recount(counted: reports.Counts, office: Office) -> None:
    """What the alerts of these utterances say of their reports."""
    repeated = sorted(id_ for id_, (number, _, _) in counted.items() if number > 1)
    if not repeated:
        return
    office.index.refresh("alerts")
    changes = []
    for stored in office.index.each("alerts", {"terms": {"utterances": repeated}}):
        row = outbox.row_from(stored.id, stored.source)
        renewed = outbox.recounted(row, counted)
        if renewed != row:
            changes.append((stored, outbox.changing(renewed)))
    office.index.change_all("alerts", changes)


def _around(stored: Stored, others: Mapping[str, Stored], counted: reports.Counts, office: Office) -> evidence.Around:
    it = stored.source
    number, outlets, origins = counted.get(it["utterance"], (1, 1, 1))
    return evidence.Around(
        titles=office.titles,
        answers=_answered_by_this(stored, others),
        answered_by=_answers_to_this(stored, others),
        reports=number,
        outlets=outlets,
        origins=origins,
        kibana=office.kibana,
    )


def _answered_by_this(stored: Stored, others: Mapping[str, Stored]) -> Stored | None:
    """What the article says it answers; else the latest accusation that the ledger says it has answered."""
    if stored.source.get("answers") in others:
        return others[stored.source["answers"]]
    answered = [other for other in others.values() if other.source.get("answered", {}).get("by") == stored.id]
    return max(answered, key=lambda other: str(other.source["at"]), default=None)


def _answers_to_this(stored: Stored, others: Mapping[str, Stored]) -> list[Stored]:
    by = stored.source.get("answered", {}).get("by")
    return [other for id_, other in others.items() if other.source.get("answers") == stored.id or id_ == by]


def _replies(statements: Sequence[Stored], index: Index) -> dict[str, Stored]:
    """The accusations that these statements answer, and what answers them."""
    ids = [stored.id for stored in statements]
    named = [each for stored in statements for each in _linked(stored)]
    linked = [{"terms": {"answers": ids}}, {"terms": {"answered.by": ids}}]
    query = {"bool": {"should": linked, "minimum_should_match": 1, "must_not": [{"exists": {"field": "removed"}}]}}
    found = index.get("statements", sorted(set(named)))
    return found | {stored.id: stored for stored in index.each("statements", query, sort=["at"])}


def _linked(stored: Stored) -> list[str]:
    it = stored.source
    return [each for each in (it.get("answers"), it.get("answered", {}).get("by")) if each]
