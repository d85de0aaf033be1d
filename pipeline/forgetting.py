"""`claimwire forget`: finds everything that is kept of an address or an outlet, erases it, and keeps it out from then on."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from pipeline import forgotten, ledger, lookup
from pipeline.addresses import address_mark, outlet_mark, within
from pipeline.answers import Page
from pipeline.archive import Archive
from pipeline.config_files import read_agencies, read_alerting, read_sources
from pipeline.connection import connect
from pipeline.documents import Document, Stored, iso, moment
from pipeline.erasure import Tools, erase, erase_links, fetched, urls_of
from pipeline.errors import NotFound, StoreUnavailable
from pipeline.forgotten import Part, Wish
from pipeline.index import Index, batches
from pipeline.lease import lease
from pipeline.origins import Agencies
from pipeline.publishers import UNKNOWN
from pipeline.settings import Settings
from pipeline.source_rules import Outlet

# Articles of one journal.
BATCH = 100
# What was under way when something was erased has ended by then; a task may take an hour.
SETTLING = timedelta(hours=6)
# Copies that are named.
MOST = 20

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is to be forgotten, in one topic: an outlet with its domains, or addresses that lead to one article."""

    case: str
    outlet: str | None
    domains: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    articles: tuple[str, ...] = ()  # of an address; those of an outlet are looked for when they are erased
    links: tuple[str, ...] = ()

    @property
    def is_outlet(self) -> bool:
        return not self.addresses


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is there of a target: how much of what, and which articles of others carry its text."""

    topic: str
    target: Target
    counts: Counter[str]
    copies: tuple[str, ...]
    remembered: bool  # it is kept out already


@contextmanager
def opened(settings: Settings) -> Iterator[Tools]:
    """What erasing needs, while no alert run is under way. Raises StoreUnavailable where one does not end."""
    index = connect(settings)
    index.refresh()
    with lease(index, "alert") as held, Archive(settings.archive_base, settings.clock) as archive:
        if held is None:
            raise StoreUnavailable("an alert run is under way; try again when it is over")
        yield Tools(
            index=index,
            archive=archive,
            facts=ledger.read_facts(settings),
            agencies=Agencies(read_agencies(settings)),
            channels=read_alerting(settings).channels,
            settings=settings,
            clock=settings.clock,
            renew=held.renew,
        )


# ------------------------------------------------------------------------------------------------ what is meant
def target_of(wanted: str, settings: Settings, index: Index) -> Target:
    """Raises NotFound for a word that is neither an address nor an outlet."""
    outlets = read_sources(settings).outlets
    return _address(wanted.strip(), outlets, index) if lookup.is_address(wanted) else _outlet(wanted, outlets, index)


def _outlet(wanted: str, outlets: Sequence[Outlet], index: Index) -> Target:
    domains = {domain for outlet in outlets if outlet.id == wanted for domain in outlet.domains}
    of_outlet = {"term": {"outlet.id": wanted}}
    index.refresh("articles", "entries")
    domains = domains or set(index.terms("articles", "url.domain", of_outlet))
    if not domains and not index.count("entries", of_outlet) and not forgotten.outlets_among([wanted], index):
        there = ", ".join(sorted(outlet.id for outlet in outlets))
        raise NotFound(f"{wanted!r} is neither an address nor an outlet; there are: {there}")
    return Target(case=outlet_mark(wanted), outlet=wanted, domains=tuple(sorted(domains)))


def _address(wanted: str, outlets: Sequence[Outlet], index: Index) -> Target:
    """All the addresses by which one article is known: its own, those that its links had, the one that is named."""
    ids = [*(outlet.id for outlet in outlets), UNKNOWN]
    links = {stored.id: stored for stored in lookup.entries_of(wanted, ids, index)}
    articles = {stored.id: stored for stored in lookup.articles_of(wanted, ids, index)}
    led_to = [str(stored.source["article_id"]) for stored in links.values() if "article_id" in stored.source]
    articles |= index.get("articles", led_to)
    links |= {stored.id: stored for id_ in articles for stored in lookup.leading_to(id_, index)}
    found = [wanted, *(url for stored in (*links.values(), *articles.values()) for url in sorted(urls_of(stored)))]
    # Whatever address of it was forgotten first, it is one case.
    before = index.get("forgotten", [address_mark(address) for address in found])
    case = next((str(stored.source["case"]) for stored in before.values()), address_mark(wanted))
    outlet = next((str(stored.source["outlet"]["id"]) for stored in (*articles.values(), *links.values())), None)
    return Target(
        case=case,
        outlet=outlet,
        addresses=tuple(dict.fromkeys(found)),
        articles=tuple(sorted({*articles, *led_to})),
        links=tuple(sorted(links)),
    )


def _articles_of(target: Target) -> Document:
    return {"term": {"outlet.id": target.outlet}} if target.is_outlet else {"ids": {"values": list(target.articles)}}


def _links_of(target: Target) -> Document:
    if not target.is_outlet:
        return {"ids": {"values": list(target.links)}}
    nobodys = {"bool": {"filter": [{"term": {"outlet.id": UNKNOWN}}, _at(target.domains)]}}
    return {"bool": {"should": [{"term": {"outlet.id": target.outlet}}, nobodys], "minimum_should_match": 1}}


def _at(domains: Sequence[str]) -> Document:
    heads = [f"{scheme}://{www}{domain}" for domain in domains for scheme in ("http", "https") for www in ("", "www.")]
    return {"bool": {"should": [{"prefix": {"url.original": f"{head}/"}} for head in heads], "minimum_should_match": 1}}


# ------------------------------------------------------------------------------------------------ what is there
def plan(wanted: str, settings: Settings) -> Plan:
    """What would be erased; nothing is changed. The archive's records are those that are known without reading the archive."""
    index = connect(settings)
    index.refresh()
    target = target_of(wanted, settings, index)
    counts: Counter[str] = Counter()
    copies: list[str] = []
    for batch in batches(index.each("articles", _articles_of(target)), BATCH):
        ids = [stored.id for stored in batch]
        statements = [stored.id for stored in index.each("statements", {"terms": {"article_id": ids}})]
        counts += Counter(articles=len(ids), statements=len(statements))
        counts["changes"] += index.count("changes", {"terms": {"article_id": ids}})
        counts["alerts that quote it"] += index.count("alerts", {"terms": {"statements": statements}})
        counts["quarantine"] += index.count("quarantine", {"terms": {"article_id": ids}})
        counts["archived pages"] += sum(1 + len(stored.source.get("versions", [0])[1:]) for stored in batch)
        copies += _copies(batch, target, index)
    counts["links"] = index.count("entries", _open(_links_of(target)))
    marks = [target.case, *map(address_mark, target.addresses)]
    remembered = len(index.get("forgotten", sorted(set(marks)))) == len(set(marks))
    return Plan(topic=settings.topic, target=target, counts=+counts, copies=tuple(dict.fromkeys(copies)), remembered=remembered)


def _open(links: Document) -> Document:
    return {"bool": {"filter": [links], "must_not": [{"term": {"outcome": "forgotten"}}]}}


def _copies(articles: Sequence[Stored], target: Target, index: Index) -> list[str]:
    """Articles that carry the text, of those that stay: made of these, or of what these are made of."""
    group = sorted({stored.id for stored in articles} | {str(stored.source["origin"]) for stored in articles if "origin" in stored.source})
    made: list[Document] = [{"terms": {field: group}} for field in ("copy_of", "borrows", "origin")] + [{"ids": {"values": group}}]
    others = index.each("articles", {"bool": {"should": made, "minimum_should_match": 1, "must_not": [_articles_of(target)]}})
    return [f"{stored.source['outlet']['name']}: {stored.source['url']['full']}" for stored in others]


# ------------------------------------------------------------------------------------------------ erasing
def forget(plan_: Plan, wish: Wish, settings: Settings, progress: Progress) -> Counter[str]:
    """Keeps the target out, then erases what is there of it. Counts what is gone by kind.

    May be killed anywhere and called again; `finish` goes on with it, too. Raises StoreUnavailable.
    """
    with opened(settings) as tools:
        return +erase_target(plan_.target, wish, tools, progress)


def erase_target(target: Target, wish: Wish, tools: Tools, progress: Progress) -> Counter[str]:
    """The same, while no alert run is under way."""
    if target.is_outlet and target.outlet:
        forgotten.remember_outlet(target.outlet, target.domains, wish, tools.index)
        return _forget_outlet(target, wish, tools, progress)
    forgotten.remember_addresses(target.addresses, target.case, target.outlet, wish, tools.index)
    forgotten.open_part(_part(target, tools.index), wish, tools.index)
    return _finish(target.case, tools, progress)


def _part(target: Target, index: Index) -> Part:
    stored = [*index.get("articles", target.articles).values(), *index.get("entries", target.links).values()]
    since = min((moment(each.source["event"]["created"]) for each in stored), default=None)
    return Part(case=target.case, articles=target.articles, links=target.links, since=since)


def _forget_outlet(target: Target, wish: Wish, tools: Tools, progress: Progress) -> Counter[str]:
    counts = _finish(target.case, tools, progress)
    tools.index.refresh("articles")
    for batch in batches(tools.index.each("articles", _articles_of(target)), BATCH):
        since = min(moment(stored.source["event"]["created"]) for stored in batch)
        forgotten.open_part(Part(case=target.case, articles=[stored.id for stored in batch], since=since), wish, tools.index)
        counts += _finish(target.case, tools, progress)
    for page in batches(fetched(lambda page: _is_of(page, target), "", tools.archive), BATCH):
        forgotten.open_part(Part(case=target.case, records=page), wish, tools.index)
        counts += _finish(target.case, tools, progress)
    counts += erase_links(_links_of(target), tools)
    tools.index.delete("outlets", [target.outlet] if target.outlet else [])
    forgotten.write(target.case, {"done": iso(tools.clock())}, tools.index)
    return counts


def _is_of(page: Page, target: Target) -> bool:
    return within(page.url, target.domains) or within(page.asked, target.domains)


def _finish(case: str, tools: Tools, progress: Progress) -> Counter[str]:
    counts: Counter[str] = Counter()
    for part in forgotten.unfinished(tools.index):
        if part.source.get("case") == case:
            counts += erase(part, tools)
            progress(", ".join(f"{number} {what}" for what, number in counts.items()))
    return counts


def finish(settings: Settings, progress: Progress) -> Counter[str]:
    """Goes on with what was killed, and looks again after what was erased: a page may have been under way then."""
    counts: Counter[str] = Counter()
    index, now = connect(settings), settings.clock()
    if not (forgotten.unfinished(index) or forgotten.unfinished_outlets(index) or forgotten.unsettled(index, now - SETTLING)):
        return counts
    with opened(settings) as tools:
        for part in forgotten.unfinished(tools.index):
            counts += erase(part, tools)
        for stored in forgotten.unfinished_outlets(tools.index):
            counts += _forget_outlet(_outlet_from(stored), _wish_of(stored), tools, progress)
        for stored in forgotten.unsettled(tools.index, now - SETTLING):
            counts += _look_again(stored, tools, progress)
            if "case" in stored.source:
                forgotten.write(stored.id, {"settled": iso(now)}, tools.index)
            else:  # nobody wants to know for ever what has become too old
                tools.index.delete("forgotten", [stored.id])
    return +counts


def _outlet_from(stored: Stored) -> Target:
    it = stored.source
    return Target(case=stored.id, outlet=it["outlet"]["id"], domains=tuple(it.get("domains", ())))


def _wish_of(stored: Stored) -> Wish:
    it = stored.source
    return Wish(by=it.get("by", ""), why=it.get("why", ""), at=moment(it["event"]["created"]))


def _look_again(stored: Stored, tools: Tools, progress: Progress) -> Counter[str]:
    if stored.source["what"] == forgotten.What.OUTLET:
        return _forget_outlet(_outlet_from(stored), _wish_of(stored), tools, progress)
    return erase(stored, tools, again=True)
