"""Takes articles out of everything that is made of them, and leaves the numbers of those that stay as if they had never been there.

Order of writing, so that a run that was killed is finished by the next one: the journal; the archive's records; the statements count
no more; what quotes them; what hangs on the articles; the articles; and then those that were copies of them.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from pipeline import atom, forgotten, outbox
from pipeline.addresses import address_mark, normalise
from pipeline.alert_rules import ChannelKind, ChannelRules
from pipeline.answers import Page
from pipeline.archive import Archive, Torn
from pipeline.claims import Facts
from pipeline.documents import Document, Stored, iso
from pipeline.index import Index, Kind, batches
from pipeline.links import UNTELLING
from pipeline.model import Clock, Outcome, Reference, RemovedBy
from pipeline.origins import Agencies
from pipeline.outbox import Row
from pipeline.rehoming import heirs, place_orphans, renamed, renew_ledger, settle_utterances, utterances_of
from pipeline.settings import Settings
from pipeline.unquoting import Gone, last_told, unquoted

log = structlog.get_logger(__name__)

PAGE = 200
# What an alert's document says of its first statement.
ABOUT = ("article_id", "act", "speaker", "targets", "claims", "outlet", "published")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """All that erasing needs. `renew` keeps other runs away, before each piece of work."""

    index: Index
    archive: Archive
    facts: Facts
    agencies: Agencies
    channels: Sequence[ChannelRules]
    settings: Settings
    clock: Clock
    renew: Callable[[], None]


def erase(part: Stored, tools: Tools, *, again: bool = False) -> Counter[str]:
    """Does what a journal says, from its beginning, and writes down that it is done. Counts what is gone by kind.

    A journal of a case also takes the records of the archive and the links' addresses; one without a case is about articles that have
    become too old, and leaves alerts and links as they are. With `again` it looks for records that have come since.
    """
    it = part.source
    articles = frozenset(it.get("articles", ()))
    counts: Counter[str] = Counter()
    is_case = "case" in it
    if is_case:
        counts += _erase_records(part, tools, again)
    if articles:
        tools.renew()
        statements = _withdraw(part.id, articles, tools)
        if is_case:
            tools.renew()
            counts += _unquote(articles, statements, it.get("since"), tools)
        counts += _delete_all(sorted(articles), tools)
    if is_case:
        counts += erase_links(_links_of(part), tools)
    if articles:
        counts += _delete_articles(sorted(articles), tools)
        tools.renew()
        _adopt(articles, tools)
    forgotten.write(part.id, {"done": iso(tools.clock())}, tools.index)
    log.info("erased", part=part.id, **counts)
    return counts


# ------------------------------------------------------------------------------------------------ the archive
def _erase_records(part: Stored, tools: Tools, again: bool) -> Counter[str]:
    found = forgotten.references(part)
    if found is None or again:
        found = list(dict.fromkeys([*(found or ()), *_records_of(part, tools)]))
        forgotten.write(part.id, {"records": forgotten.records_document(found)}, tools.index)
    return Counter(records=sum(tools.archive.erase(each) for each in found))


def _records_of(part: Stored, tools: Tools) -> list[Reference]:
    """What its articles are known to have been taken from, whatever else was fetched at one of the case's addresses, and answers of
    the outlet's sources that show it."""
    it = part.source
    articles = list(tools.index.get("articles", list(it.get("articles", ()))).values())
    named = [reference for stored in articles for reference in references_of(stored)]
    marks = forgotten.marks_of(it["case"], tools.index)
    if not marks:  # of an outlet, whose whole archive is looked through
        return named
    links = tools.index.get("entries", list(it.get("links", ()))).values()
    shown = _shown([*articles, *links], tools.index)

    def wanted(page: Page) -> bool:
        return address_mark(page.url) in marks or address_mark(page.asked) in marks or shown(page)

    return named + list(fetched(wanted, str(it.get("since", ""))[:10], tools.archive))


def _shown(stored: Sequence[Stored], index: Index) -> Callable[[Page], bool]:
    """Whether a page is an answer of their outlets' sources and names their addresses. One that names longer ones counts, too."""
    outlets = {str(each.source["outlet"]["id"]) for each in stored}
    sources = index.each("sources", {"terms": {"outlet.id": sorted(outlets)}})
    places = {_place(str(source.source["url"]["original"])) for source in sources}
    names = {_place(url).encode() for each in stored for url in urls_of(each)}
    return lambda page: not places.isdisjoint({_place(page.url), _place(page.asked)}) and any(name in page.body for name in names)


def _place(url: str) -> str:
    """An address without its question: a channel's earlier posts have one."""
    return normalise(url).partition("?")[0]


def urls_of(stored: Stored) -> set[str]:
    """Of an article or a link, as it was found and as it is called."""
    return {str(url) for form, url in stored.source.get("url", {}).items() if form in {"full", "original"}}


def references_of(article: Stored) -> list[Reference]:
    it = article.source
    versions = it.get("versions", [])
    return [Reference(**each) for each in (it["archive"], *(version["archive"] for version in versions))]


def fetched(wanted: Callable[[Page], bool], since: str, archive: Archive) -> Iterator[Reference]:
    """Records of such pages in the files of that day (ISO 8601) and later."""
    for file in archive.files():
        if file[:10] < since:
            continue
        for found in archive.records(file):
            if not isinstance(found, Torn) and wanted(found[1]):
                yield found[0]


# ------------------------------------------------------------------------------------------------ statements
def _withdraw(part_id: str, articles: frozenset[str], tools: Tools) -> list[Stored]:
    """Makes the articles' statements count no more; gives them as they were."""
    index, now = tools.index, tools.clock()
    index.refresh("statements")
    found = list(index.each("statements", {"terms": {"article_id": sorted(articles)}}))
    before = utterances_of(found)
    names = renamed(heirs(before, articles, index))
    # The old names and the new ones: whoever goes on with this has to count both.
    utterances = before | set(names.values()) | set(forgotten.part(part_id, index).source.get("utterances", ()))
    forgotten.write(part_id, {"utterances": sorted(utterances)}, index)
    index.change_all(
        "statements",
        [(each, {"removed": iso(now), "removed_by": RemovedBy.FORGOTTEN}) for each in found if "removed" not in each.source],
    )
    stay = settle_utterances(utterances, articles, index, now)
    renew_ledger([*found, *stay], tools.facts, index, now)
    return found


def _adopt(articles: frozenset[str], tools: Tools) -> None:
    index, now = tools.index, tools.clock()
    statements = place_orphans(sorted(articles), tools.agencies, index)
    stay = settle_utterances(utterances_of(statements), articles, index, now)
    renew_ledger([*statements, *stay], tools.facts, index, now)


# ------------------------------------------------------------------------------------------------ alerts
def _unquote(articles: frozenset[str], statements: Sequence[Stored], since: str | None, tools: Tools) -> Counter[str]:
    """Takes quotations out of the outbox and out of the feeds; what was sent cannot be taken back."""
    index = tools.index
    urls = {url for stored in index.get("articles", sorted(articles)).values() for url in urls_of(stored)}
    urls |= {str(stored.source["url"]["full"]) for stored in statements}
    counts: Counter[str] = Counter()
    index.refresh("alerts")
    gone = {stored.id for stored in statements}
    again: list[Row] = []
    for page in batches(index.each("alerts", _from(since)), PAGE):
        tools.renew()
        for stored, row, after in _quoting(page, articles, gone, index):
            if after is None:
                counts["alerts"] += index.delete("alerts", [stored.id])["deleted"]
            else:
                _rewrite(stored, after, tools)
                counts["alerts shortened"] += len(after.entries) < len(row.entries)
                again.append(after)
    counts["feed entries"] = atom.withdraw(urls, tools.settings)
    _publish_again(again, tools)
    return counts


def _from(since: str | None) -> Document:
    return {"range": {"event.created": {"gte": since}}} if since else {"match_all": {}}


def _quoting(
    page: Sequence[Stored], articles: frozenset[str], statements: set[str], index: Index
) -> Iterator[tuple[Stored, Row, Row | None]]:
    rows = [(stored, outbox.row_from(stored.id, stored.source)) for stored in page]
    stale = {entry.item.statement_id for _, row in rows for entry in row.entries if entry.item.utterance in statements}
    now = index.get("statements", sorted(stale - statements), fields=("utterance",))
    names = {id_: str(stored.source["utterance"]) for id_, stored in now.items() if "utterance" in stored.source}
    gone = Gone(articles=articles, statements=frozenset(statements), utterances=names)
    for stored, row in rows:
        after = unquoted(row, gone)
        if after != row:
            yield stored, row, after


def _rewrite(stored: Stored, row: Row, tools: Tools) -> None:
    first = row.entries[0].item.statement_id
    about = tools.index.get("statements", [first]).get(first)
    fields = outbox.row_document(row, about.source if about else {}, tools.clock())
    tools.index.change_all("alerts", [(stored, dict.fromkeys(ABOUT) | fields)])


def _publish_again(rows: Sequence[Row], tools: Tools) -> None:
    """What is left of messages that a feed has shown."""
    feeds = {channel.id: channel for channel in tools.channels if channel.kind is ChannelKind.ATOM}
    for row in rows:
        told = last_told(row) if row.channel in feeds else None
        if told is not None:
            atom.publish(outbox.message(told).of_topic(tools.settings.topic), feeds[row.channel], tools.settings)


# ------------------------------------------------------------------------------------------------ documents
def _delete_all(articles: Sequence[str], tools: Tools) -> Counter[str]:
    """What hangs on articles."""
    counts: Counter[str] = Counter()
    kinds: tuple[Kind, ...] = ("changes", "quarantine", "statements")
    for kind in kinds:
        tools.renew()
        tools.index.refresh(kind)
        found = tools.index.each(kind, {"terms": {"article_id": list(articles)}})
        counts[kind] = tools.index.delete(kind, (stored.id for stored in found))["deleted"]
    return counts


def _links_of(part: Stored) -> Document:
    it = part.source
    named = [{"terms": {"article_id": list(it.get("articles", ()))}}, {"ids": {"values": list(it.get("links", ()))}}]
    return {"bool": {"should": named, "minimum_should_match": 1}}


def erase_links(query: Document, tools: Tools) -> Counter[str]:
    """Leaves of links only that there was one, and when."""
    tools.index.refresh("entries")
    waiting = {"bool": {"filter": [query], "must_not": [{"term": {"outcome": Outcome.FORGOTTEN}}]}}
    number = 0
    for page in batches(tools.index.each("entries", waiting), PAGE):
        tools.renew()
        tools.index.put("entries", [(stored.id, tombstone(stored, tools.clock())) for stored in page])
        number += len(page)
    return Counter(links=number)


def tombstone(stored: Stored, now: datetime) -> Document:
    """What is left of a link, so that it still counts as one."""
    left = {key: stored.source[key] for key in UNTELLING if key in stored.source}
    return left | {"outcome": Outcome.FORGOTTEN, "tried": iso(now)}


def _delete_articles(articles: Sequence[str], tools: Tools) -> Counter[str]:
    """The articles themselves, and what their outlets' habits know them by."""
    index = tools.index
    stored = index.get("articles", articles, fields=("outlet.id",))
    for outlet, habits in index.get("outlets", sorted({str(each.source["outlet"]["id"]) for each in stored.values()})).items():
        beginnings = {id_[:8] for id_ in stored if stored[id_].source["outlet"]["id"] == outlet}
        lines = {line: [id_ for id_ in ids if id_ not in beginnings] for line, ids in habits.source.get("lines", {}).items()}
        index.change_all("outlets", [(habits, {"lines": {line: ids for line, ids in lines.items() if ids}})])
    return Counter(articles=index.delete("articles", list(stored))["deleted"])
