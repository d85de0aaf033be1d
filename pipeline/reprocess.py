"""Runs extraction or reading again with today's code and rules, on what is stored: nobody is asked for a page a second time.

Bounded by a limit, and resumable: it takes the articles that today's digest has not seen, so that the next run goes on where
this one ended. What only other rules see is no news: no change of an article is recorded and nobody is alerted.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Any

import structlog

from pipeline.addresses import normalise
from pipeline.answers import FeedKind, Page
from pipeline.archive import RecordLostError
from pipeline.documents import Document, Stored, content_hash, iso, text_document, versions_of
from pipeline.errors import Rejected
from pipeline.extract import extract, extract_item
from pipeline.feeds import parse
from pipeline.habits import habits_of, learned_from
from pipeline.index import batches
from pipeline.model import ChangeKind, Extract, Outcome, Reference, TextSource
from pipeline.parsers import ParserFailed
from pipeline.unread import BATCH, Desk, Reading, examine, write
from pipeline.world import World

log = structlog.get_logger(__name__)

Progress = Callable[[str], None]


class What(StrEnum):
    """What is done again."""

    READ = "read"
    EXTRACT = "extract"  # and read, where the text has changed


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which articles, and whether anything is written."""

    what: What
    dry_run: bool
    limit: int
    since: datetime | None = None  # first seen
    outlets: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What changes, or would change, about one article; statements as "act, speaker: words"."""

    article_id: str
    outlet: str
    title: str
    text_changed: bool
    gained: tuple[str, ...]
    lost: tuple[str, ...]
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    counts: Counter[str]
    rows: tuple[Row, ...]  # articles about which anything changes


def reprocess(scope: Scope, world: World, desk: Desk, progress: Progress) -> Report:
    """Does it again for at most `limit` articles. Counts articles, those changed, statements gained, lost and changed, and what is left."""
    counts: Counter[str] = Counter({"articles": 0})
    rows: list[Row] = []
    query = _stale(scope, world, desk)
    total = world.index.count("articles", query)

    def failed(article: Stored, error: Exception) -> None:
        log.warning("article cannot be read again", article=article.id, error=repr(error))  # what is stored is better than nothing
        counts["failed"] += 1

    for batch in batches(islice(world.index.each("articles", query, sort=["event.created"], page=BATCH), scope.limit), BATCH):
        again, texts = _again(batch, scope, world, counts)
        for reading in examine(again, desk, failed):
            row = _row(reading, reading.article.id in texts)
            if not scope.dry_run:
                write([reading], desk.index)
            counts.update(_counts(row))
            rows += [row] if row.gained or row.lost or row.changed or row.text_changed else []
            progress(f"{row.outlet}: {row.title}")
        counts["articles"] += len(batch)
    counts["left"] = total - (0 if scope.dry_run else counts["articles"])
    return Report(counts=counts, rows=tuple(rows))


def _stale(scope: Scope, world: World, desk: Desk) -> Document:
    """Articles that have been read, but not as it would be done today. Those that wait to be read are read today anyway."""
    done = {"term": {"read.digest": desk.reader().digest}} if scope.what is What.READ else {"term": {"extracted.digest": world.extraction}}
    wanted: list[Document] = [{"exists": {"field": "read.digest"}}]
    if scope.since:
        wanted.append({"range": {"event.created": {"gte": iso(scope.since)}}})
    if scope.outlets:
        wanted.append({"terms": {"outlet.id": list(scope.outlets)}})
    return {"bool": {"filter": wanted, "must_not": [done]}}


def _again(batch: Sequence[Stored], scope: Scope, world: World, counts: Counter[str]) -> tuple[list[Stored], set[str]]:
    """The articles to read, with today's texts where extraction is done again, and the ids of those whose text has changed."""
    if scope.what is What.READ:
        return list(batch), set()
    changed = [stored for stored in _extracted(batch, scope, world, counts) if stored is not None]
    return changed, {stored.id for stored in changed}


def _extracted(batch: Sequence[Stored], scope: Scope, world: World, counts: Counter[str]) -> Iterator[Stored]:
    """Those that have another text today. The others are only marked as done."""
    mark = {"extracted": {"digest": world.extraction}}
    for stored in batch:
        told = _extract(stored, world, counts)
        title = told.title or stored.source.get("title", "") if told else ""
        if told and content_hash(title, told.text) != stored.source["content_hash"]:
            yield replace(stored, source={**stored.source, **mark, **_other_text(stored.source, title, told)})
        elif not scope.dry_run:
            world.index.change("articles", [(stored, mark)])


def _extract(stored: Stored, world: World, counts: Counter[str]) -> Extract | None:
    it = stored.source
    try:
        page = world.archive.read(Reference(**it["archive"]))
        habits = _habits(it["outlet"]["id"], world)
        if it.get("text_from") in {TextSource.POST, TextSource.ITEM}:
            return _of_source(page, it, habits, world)
        told = world.parsers.call(
            extract,
            page.body,
            url=page.url,
            domains=[it["url"]["domain"]],
            charset=_charset(it["outlet"]["id"], world),
            chrome=world.chrome,
            habits=habits,
            seconds=world.settings.page_seconds,
        )
        if not told.teaser or it.get("teaser"):
            return told
        counts["only-a-teaser"] += 1  # the rest came with the feed, and is stored
    except RecordLostError as error:
        counts["no-longer-in-the-archive" if error.on_purpose else "lost-records"] += 1
    except (Rejected, ParserFailed):
        counts["no-text"] += 1  # today; what is stored is better than nothing
    return None


def _of_source(page: Page, it: Mapping[str, Any], habits: frozenset[str], world: World) -> Extract:
    """The article as the source told it whose answer was archived; its page was never asked for. Raises Rejected, ParserFailed."""
    seconds, source = world.settings.page_seconds, TextSource(it["text_from"])
    parsed = world.parsers.call(
        parse,
        page.body,
        url=page.url,
        content_type=page.headers.get("content-type"),
        kind=FeedKind.TELEGRAM if source is TextSource.POST else None,
        charset=_charset(it["outlet"]["id"], world),
        seconds=seconds,
    )
    key = normalise(it["url"]["original"])
    entry = next((each for each in parsed.entries if each.url and normalise(each.url) == key), None)
    if entry is None or not (text := entry.body or entry.summary):
        raise Rejected(Outcome.NO_TEXT, "the source's answer does not show it", page.url)
    teaser = entry.body is None
    return world.parsers.call(
        extract_item, text, title=entry.title, source=source, teaser=teaser, chrome=world.chrome, habits=habits, seconds=seconds
    )


def _charset(outlet_id: str, world: World) -> str | None:
    return next((outlet.charset for outlet in world.outlets if outlet.id == outlet_id), None)


def _habits(outlet_id: str, world: World) -> frozenset[str]:
    stored = world.index.get("outlets", [outlet_id]).get(outlet_id)
    return habits_of(learned_from(stored.source)) if stored else frozenset()


def _other_text(it: Mapping[str, Any], title: str, told: Extract) -> Document:
    """Another text of the same version: the page has not changed."""
    text = text_document(title, told, it["language"])
    *earlier, latest = versions_of(it)
    return {
        **text,
        "authors": list(told.authors) or it.get("authors"),
        "versions": [*earlier, {**latest, "hash": text["content_hash"]}],
        "read": {**it["read"], "version": text["content_hash"]},
    }


def _row(reading: Reading, text_changed: bool) -> Row:
    def before(id_: str | None) -> str:
        return _shown(reading.before[id_].source) if id_ else ""

    def after(id_: str | None) -> str:
        return _shown(reading.statements[id_]) if id_ else ""

    found = reading.difference
    kinds = {kind: [change for change in found.changes if change.kind is kind] for kind in ChangeKind}
    reworded = [f"{before(change.before)} → {after(change.after)}" for change in kinds[ChangeKind.REWORDED]]
    altered = [before(id_) if before(id_) == after(id_) else f"{before(id_)} → {after(id_)}" for id_ in found.altered]
    return Row(
        article_id=reading.article.id,
        outlet=reading.article.outlet.name,
        title=reading.article.title,
        text_changed=text_changed,
        gained=(*(after(change.after) for change in kinds[ChangeKind.ADDED]), *map(after, found.restored)),
        lost=tuple(before(change.before) for change in kinds[ChangeKind.REMOVED]),
        changed=(*reworded, *altered),
    )


def _shown(statement: Mapping[str, Any]) -> str:
    return f"{statement['act']}, {statement['speaker']['name']}: {statement['text']}"


def _counts(row: Row) -> Counter[str]:
    statements = Counter(gained=len(row.gained), lost=len(row.lost), changed=len(row.changed))
    return +(statements + Counter({"other-text": int(row.text_changed)}))
