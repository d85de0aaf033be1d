"""The second stage: reads the articles that wait, earliest publication first, and finds out which of them are copies.

An article may wait a second time: as a new version, or for today's rules. What a new version has changed is recorded statement
by statement; what only other rules see is no news, and nobody is told of it.

Order of writing, so that a crash only repeats work: what has changed, the statements, the article that counts as read with
them, and then the links of articles that turn out to come after it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeVar

import structlog

from pipeline import logs, quarantine
from pipeline.documents import Document, Stored, article_from, context_of, iso, known, moment, reading_document, versions_of
from pipeline.errors import DocumentsRefused
from pipeline.findings import change_documents, statement_documents
from pipeline.index import Index, batches
from pipeline.kin import Batch, Placed
from pipeline.model import Article, ChangeKind, ChangeLevel, Clock, Findings, Intake, RemovedBy
from pipeline.origins import Agencies, Place
from pipeline.versions import Change, statement_changes

if TYPE_CHECKING:
    from pipeline.enrich import Reader

log = structlog.get_logger(__name__)

# Articles of a batch are in memory at once, and looked for in the index by one request.
BATCH = 50

UNREAD = {"bool": {"must_not": [{"exists": {"field": "read.digest"}}, {"exists": {"field": "quarantined"}}]}}

# What a statement's document has from elsewhere than from reading its article.
OWN_STATE = frozenset({
    "answered", "corrected", "decision", "edited", "event", "intake", "novelty", "position", "removed", "removed_by", "review",
    "superseded", "triggers", "unsettled", "utterance",
})  # fmt: skip

# What the ledger counts of a statement.
COUNTED = ("act", "speaker", "targets", "claims", "answers")

# What a statement takes along when it is only said in other words.
KEPT = ("event", "decision", "utterance", "novelty", "triggers", "position", "intake", "edited")

Progress = Callable[[str], None]
T = TypeVar("T")


def read_article(article: Article, reader: "Reader") -> Findings:
    from pipeline.enrich import enrich  # noqa: PLC0415  # spaCy takes a second, and is wanted only where there is something to read

    return enrich(article.text, context_of(article), reader)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """All that reading needs."""

    index: Index
    reader: "Callable[[], Reader]"  # opened when there is something to read
    read: "Callable[[Article, Reader], Findings]" = read_article
    agencies: Agencies
    clock: Clock
    alone: Callable[[], AbstractContextManager[object]] = (
        nullcontext  # held while articles get their places: two at once would miss each other
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What reading an article again changes about its statements."""

    changes: list[Change[str]]  # by id: found for the first time, found no more, found in other words
    altered: list[str]  # found again, but otherwise: another speaker, another place
    restored: list[str]  # found again after they had been found no more

    def counts(self) -> Counter[str]:
        kinds = Counter(change.kind.value for change in self.changes)
        return +(kinds + Counter(altered=len(self.altered), restored=len(self.restored)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What reading one article has found, beside what is stored of it."""

    stored: Stored
    article: Article
    document: Document  # what the article's own document gets
    statements: dict[str, Document]
    before: dict[str, Stored]  # all statements that were ever found in it
    difference: Difference
    placed: Placed
    settle: Callable[[Article, Place], None]
    at: datetime


def read_unread(desk: Desk, progress: Progress) -> Counter[str]:
    """Reads every article that nobody has read. Counts articles, statements, copies; of new versions what they changed."""
    counts: Counter[str] = Counter({"articles": 0, "statements": 0})
    waiting = desk.index.each("articles", UNREAD, sort=["published"], page=BATCH)
    for batch in batches(waiting, BATCH):
        counts.update(read_batch(batch, desk, progress))
    return counts


def read_batch(batch: Sequence[Stored], desk: Desk, progress: Progress) -> Counter[str]:
    """Reads these articles, whether they wait or not."""
    counts: Counter[str] = Counter()

    def failed(article: Stored, error: Exception) -> None:
        quarantine.note(article, error, desk.index, desk.clock())
        counts["failed"] += 1

    read = []
    for together in _together(examine(batch, desk, failed)):
        for reading in _kept(together, desk.index, counts, failed):
            read.append(reading.article.id)
            progress(f"{reading.article.outlet.name}: {reading.article.title}")
    quarantine.forget(read, desk.index)
    return counts


def _together(readings: Iterable[Reading]) -> Iterator[list[Reading]]:
    """Readings that can be written at once: those of new articles that change nothing about others, and each of the rest alone."""
    waiting: list[Reading] = []
    for reading in readings:
        place = reading.placed.place
        if "read" in reading.stored.source or place.displaces or place.lends:
            if waiting:
                yield waiting
            waiting = []
            yield [reading]
        else:
            waiting.append(reading)
    if waiting:
        yield waiting


def _kept(
    readings: Sequence[Reading], index: Index, counts: Counter[str], failed: Callable[[Stored, Exception], None]
) -> Iterator[Reading]:
    """Writes readings, each alone where Elasticsearch refuses something of one; gives those that are written."""
    try:
        counts.update(write(readings, index))
    except DocumentsRefused as error:
        if len(readings) == 1:
            failed(readings[0].stored, error)
            return
        for each in readings:
            yield from _kept([each], index, counts, failed)
    else:
        yield from readings


def examine(batch: Sequence[Stored], desk: Desk, failed: Callable[[Stored, Exception], None]) -> Iterator[Reading]:
    """Reads these articles one after the other and writes nothing; a reading that changes others is to be written before the next.

    One that cannot be read is left out, and `failed` is told.
    """
    read = list(_findings(batch, desk, failed))
    with desk.alone():
        yield from _placed(read, desk)


def _findings(
    batch: Sequence[Stored], desk: Desk, failed: Callable[[Stored, Exception], None]
) -> Iterator[tuple[Stored, Article, Findings]]:
    for stored in batch:
        article = article_from(stored)
        try:
            with logs.bound(article=article.id, outlet=article.outlet.id):
                yield stored, article, desk.read(article, desk.reader())
        except Exception as error:  # noqa: BLE001  # whatever is wrong with one article, the others are read
            failed(stored, error)


def _placed(read: Sequence[tuple[Stored, Article, Findings]], desk: Desk) -> Iterator[Reading]:
    desk.index.refresh("articles", "statements")
    places = Batch([article for _, article, _ in read], desk.index, desk.agencies)
    for stored, article, findings in read:
        reader, now = desk.reader(), desk.clock()
        placed = places.place(article)
        documents = marked(statement_documents(article, findings, reader.cameo, now), placed)
        before = statements_of(article.id, desk.index) if "read" in stored.source else {}
        reading = reading_document(findings, reader.digest, stored.source["content_hash"], now)
        yield Reading(
            stored=stored,
            article=article,
            document=reading | placed.document,
            statements=documents,
            before=before,
            difference=difference(before, documents),
            placed=placed,
            settle=places.settle,
            at=now,
        )


def write(readings: Sequence[Reading], index: Index) -> Counter[str]:
    """Keeps readings: of new articles that change nothing about others, or of one. Counts articles, their statements, and what has changed
    since the last reading. Raises DocumentsRefused; what was refused can be written again with the others."""
    new = [reading for reading in readings if "read" not in reading.stored.source]
    written = index.create("statements", chain.from_iterable(reading.statements.items() for reading in new))
    counts = Counter({"statements": written["created"], "statements-known": written["known"]})
    for reading in readings:
        if "read" in reading.stored.source:
            counts += _supersede(reading, index)
    index.change("articles", [(reading.stored, reading.document) for reading in readings])
    for reading in readings:
        place = reading.placed.place
        reading.settle(reading.article, place)
        ids = {"article": reading.article.id, "outlet": reading.article.outlet.id}
        log.info("article read", step="read", statements=len(reading.statements), origin=place.origin, **ids)
        counts += Counter(articles=1, copies=int(place.kind is not None or place.displaces is not None))
    return counts


def marked(documents: Mapping[str, Document], placed: Placed) -> dict[str, Document]:
    """The statements with whose they are."""
    return {id_: known(document | placed.mark(document)) for id_, document in documents.items()}


def statements_of(article_id: str, index: Index) -> dict[str, Stored]:
    """All that were ever found in an article, those found no more included."""
    return {stored.id: stored for stored in index.each("statements", {"term": {"article_id": article_id}})}


def difference(before: Mapping[str, Stored], after: Mapping[str, Document]) -> Difference:
    """What is otherwise than at the last reading."""
    there = {id_: stored.source for id_, stored in before.items() if "removed" not in stored.source}
    again = [id_ for id_ in after if id_ in before and id_ not in there]
    return Difference(
        changes=statement_changes(there, {id_: document for id_, document in after.items() if id_ not in again}),
        altered=[id_ for id_ in after if id_ in there and _read_from(there[id_]) != _read_from(after[id_])],
        restored=again,
    )


def _read_from(document: Mapping[str, object]) -> Document:
    return {key: value for key, value in document.items() if key not in OWN_STATE}


def _supersede(reading: Reading, index: Index) -> Counter[str]:
    """Writes what an article that was read before says now; what it says no more stays, marked."""
    it, before, found, now = reading.stored.source, reading.before, reading.difference, reading.at
    latest = versions_of(it)[-1]
    seen = moment(latest["seen"])
    versions = (it["read"].get("version", ""), it["content_hash"])
    is_news = versions[0] not in {"", versions[1]} and seen is not None
    is_edit = is_news and "intake" not in latest
    if is_edit and seen:
        again = [Change(kind=ChangeKind.ADDED, before=None, after=id_) for id_ in found.restored]
        told = [_with_words(change, before, reading.statements) for change in (*found.changes, *again)]
        index.create("changes", change_documents(told, reading.article, ChangeLevel.STATEMENT, versions, seen, now).items())
    new = dict(_new(found.changes, before, reading.statements, _how_added(latest, now) if is_news else {"intake": Intake.RE_READ}))
    counts = Counter({"statements": index.create("statements", new.items())["created"]})
    gone = [(change.before, _by(change, is_edit)) for change in found.changes if change.before is not None]
    # What was decided on them meanwhile must not be lost, nor this: the article is read again.
    index.change_all("statements", [(before[id_], {"removed": iso(now), "removed_by": by}) for id_, by in gone])
    index.change_all(
        "statements", [(before[id_], _renewed(before[id_], reading.statements[id_])) for id_ in (*found.altered, *found.restored)]
    )
    return counts + found.counts()


def _how_added(version: Document, now: datetime) -> Document:
    """What a statement has that a new version adds: an edit is news, whatever the article was; the rest of one is as what brought it."""
    since = {"event": {"created": version["seen"], "ingested": iso(now)}}
    return {"intake": version["intake"], **since} if "intake" in version else {"edited": True, "intake": Intake.LIVE, **since}


def _by(change: Change[str], is_edit: bool) -> RemovedBy:
    if change.kind is ChangeKind.REWORDED:
        return RemovedBy.REWORDED
    return RemovedBy.EDIT if is_edit else RemovedBy.RE_READ


def _with_words(change: Change[str], before: Mapping[str, Stored], after: Mapping[str, Document]) -> Change[Document]:
    old = {"id": change.before, **before[change.before].source} if change.before else None
    new = {"id": change.after, **after[change.after]} if change.after else None
    return Change(kind=change.kind, before=old, after=new)


def _new(
    changes: Iterable[Change[str]], before: Mapping[str, Stored], after: Mapping[str, Document], added: Document
) -> Iterator[tuple[str, Document]]:
    """Statements found for the first time; `added` is what those have that are not another one in other words."""
    for change in changes:
        if change.after is None:
            continue
        document = after[change.after]
        if change.before is None:
            yield change.after, document | added
        else:  # seen and decided as it was
            old = before[change.before].source
            yield change.after, known(document | {key: old[key] for key in KEPT if key in old} | _unsettled(old, document))


def _renewed(stored: Stored, document: Document) -> Document:
    """The fields of today's reading; those that it has no more are taken away."""
    gone = {key: None for key in stored.source if key not in document and key not in OWN_STATE}
    there_again = dict.fromkeys(("removed", "removed_by", "corrected"))
    return gone | _read_from(document) | there_again | _unsettled(stored.source, document)


def _unsettled(old: Mapping[str, Any], document: Mapping[str, Any]) -> Document:
    """Of a statement that the ledger has counted and that is another now: what it was, so that its rows are computed anew."""
    if "utterance" not in old or all(old.get(key) == document.get(key) for key in COUNTED):
        return {}
    return {"unsettled": True, "superseded": {key: old[key] for key in COUNTED if key in old}, "answered": None}
