"""Follows links to their ends: fetches what is new, keeps what is on topic, and writes down where every link ended.

Order of writing, so that a crash only repeats work: the archive's record, what was learned of the outlet, the article, the link's outcome.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby

import structlog

from pipeline import forgotten, quarantine
from pipeline.addresses import article_id, entry_id, normalise, within
from pipeline.answers import Entry
from pipeline.documents import Stored, article_document, known, outlet_document
from pipeline.errors import ConfigError, DocumentsRefused, Rejected, Unavailable
from pipeline.fuller import Rest, is_rest, whole_document
from pipeline.habits import Learned, learn, learned_from
from pipeline.index import Index, batches
from pipeline.links import Ended, Link, entry_document, note, outlet_of
from pipeline.model import Article, DateSource, Extract, Outcome
from pipeline.parsers import ParserFailed
from pipeline.publishers import host_of
from pipeline.source_rules import Outlet
from pipeline.topic import judge
from pipeline.visit import Visit, Visitor
from pipeline.world import World, visitor_of

log = structlog.get_logger(__name__)

# Articles are held in memory until their batch is written.
BATCH = 25

# Two tellings of one moment, one of them a day, or without its zone, are no further apart.
NEARLY = timedelta(hours=36)


def follow(source: str, links: Iterable[Link], world: World) -> Counter[str]:
    """Follows links of one source, those of one outlet together. Counts them by outcome."""
    return Counter(ended.outcome.value for ended in ends_of(source, links, world))


def ends_of(source: str, links: Iterable[Link], world: World) -> Iterator[Ended]:
    """The same: where each link has ended, once that is written."""
    learned: dict[str, Learned] = {}
    for batch in batches(sorted(links, key=outlet_of), BATCH):
        learned = _learned({link.outlet.id for link in batch if link.outlet}, learned, world.index)
        ended = _followed(batch, learned, world)
        read = {id_: [(each.read_id, each.lines) for each in ended if each.read_id and outlet_of(each.link) == id_] for id_ in learned}
        learned |= {id_: learn(learned[id_], pages) for id_, pages in read.items() if pages}
        written = _write(source, ended, {id_: learned[id_] for id_, pages in read.items() if pages}, world)
        yield from written
        if len(written) < len(batch):  # somebody else has been faster: now what is there is known
            there = {each.link.id for each in written}
            yield from ends_of(source, [link for link in batch if link.id not in there], world)


def _learned(outlets: set[str], before: Mapping[str, Learned], index: Index) -> dict[str, Learned]:
    """What is known of these outlets' habits."""
    stored = index.get("outlets", sorted(outlets - set(before)))
    return {id_: before[id_] if id_ in before else learned_from(stored[id_].source) if id_ in stored else {} for id_ in sorted(outlets)}


def _followed(batch: Sequence[Link], learned: Mapping[str, Learned], world: World) -> list[Ended]:
    """Where each link ends. What was forgotten is not asked for; what was while the others were asked is not kept."""
    barred = _barred(batch, world.index)
    ended = [_forgotten(link) for link in batch if link.id in barred]
    open_ones = [link for link in batch if link.id not in barred]
    articles = _Articles(world.index, open_ones)
    for _, group in groupby(open_ones, key=outlet_of):
        links = list(group)
        outlet = links[0].outlet
        ended += map(_nobodys, links) if outlet is None else _ends(links, outlet, learned[outlet.id], articles, world)
    ended = _once(ended)
    late = _barred([each.link for each in ended if each.article or each.rest], world.index)
    return [_forgotten(each.link) if each.link.id in late else each for each in ended]


def _once(ended: Sequence[Ended]) -> list[Ended]:
    """Of several links that lead to one new article, the first has brought it; of one that shows the whole and one that does not, that."""
    new = sorted((each for each in ended if each.article), key=lambda each: each.article is not None and each.article.teaser)
    brings = {each.article.id: each.link.id for each in reversed(new) if each.article}
    return [
        replace(each, outcome=Outcome.KNOWN, reason="another link has led to it just now", article=None)
        if each.article and brings[each.article.id] != each.link.id
        else each
        for each in ended
    ]


def _barred(links: Sequence[Link], index: Index) -> set[str]:
    """Links, by id, to what must not be kept, as far as their addresses tell."""
    if not links:
        return set()
    outlets = forgotten.outlets_among({link.outlet.id for link in links if link.outlet}, index)
    told = {link.id: [url for url in (link.entry.url, link.entry.publisher) if url] for link in links}
    found = forgotten.among({url for each in told.values() for url in each}, index)
    if nobodys := {url for link in links if link.outlet is None for url in told[link.id]}:
        found |= forgotten.at_domains(nobodys, index)
    return {link.id for link in links if outlet_of(link) in outlets or not found.isdisjoint(told[link.id])}


def _forgotten(link: Link) -> Ended:
    return Ended(link=link, outcome=Outcome.FORGOTTEN, reason="")


def _nobodys(link: Link) -> Ended:
    if link.entry.refusal is not None:
        return Ended(link=link, outcome=link.entry.refusal.outcome, reason=link.entry.refusal.reason)
    named = link.entry.publisher or link.entry.url
    return Ended(link=link, outcome=Outcome.UNKNOWN_OUTLET, reason=f"no outlet of the topic is at {host_of(named)}")


class _Articles:
    """Articles that are there, or are about to be: what is asked of the index for all links is asked once."""

    def __init__(self, index: Index, links: Sequence[Link]) -> None:
        self._index = index
        self._texts: dict[str, str] = {}
        self._stored: dict[str, Stored | None] = {}
        self._look({article_id(link.outlet.id, link.entry.url) for link in links if link.outlet and link.entry.url})

    def stored(self, id_: str) -> Stored | None:
        """The article of that id, as far as its address, words and verdict go."""
        if id_ not in self._stored:
            self._look({id_})
        return self._stored[id_]

    def text(self, id_: str) -> str | None:
        """What is kept under that id, or is about to be."""
        stored = None if id_ in self._texts else self.stored(id_)
        return str(stored.source["text"]) if stored else self._texts.get(id_)

    def bring(self, article: Article) -> None:
        """It is about to be written."""
        self._texts.setdefault(article.id, article.text)

    def _look(self, ids: set[str]) -> None:
        found = self._index.get("articles", sorted(ids), ["url.original", "topic.reason", "title", "text", "teaser"])
        self._stored |= {id_: found.get(id_) for id_ in ids}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    """What links of one outlet are followed with."""

    outlet: Outlet
    visitor: Visitor
    articles: _Articles
    world: World


def _ends(links: Sequence[Link], outlet: Outlet, learned: Learned, articles: _Articles, world: World) -> list[Ended]:
    try:
        visitor = visitor_of(outlet, outlet.domains, learned, world, world.archive)
    except ConfigError as error:  # a secret that is not there; it may be, the next time
        return [Ended(link=link, outcome=Outcome.UNAVAILABLE, reason=str(error)) for link in links]
    allowed = {normalise(link.entry.url) for link in links if link.entry.url}  # the caller has looked
    is_forgotten = visitor.is_forgotten
    visitor = replace(visitor, is_forgotten=lambda url: normalise(url) not in allowed and is_forgotten(url))
    desk = _Desk(outlet=outlet, visitor=visitor, articles=articles, world=world)
    ended = []
    for link in links:
        world.keep()
        ended.append(_end(link, desk))
    return ended


def _write(source: str, ended: Sequence[Ended], learned: Mapping[str, Learned], world: World) -> list[Ended]:
    """Writes where links have ended, and gives that back: what Elasticsearch refuses ends otherwise than it was read.

    Left out are links to articles that another process has written meanwhile.
    """
    now = (world.written or world.clock)()
    # First: of an article that is there, nobody reads the page again.
    world.index.put("outlets", [(id_, outlet_document(id_, habits, now)) for id_, habits in learned.items()])
    ended = _complete(_keep(ended, world.index, now), world, now)
    note({each.link.id: entry_document(each, source, now) for each in ended}, world.index)
    for each in ended:
        ids = {"link": each.link.id, "article": each.article_id, "source": source, "outlet": outlet_of(each.link)}
        log.info("link ended", step="link", outcome=each.outcome.value, reason=each.reason, **known(ids))
    return list(ended)


def _keep(ended: Sequence[Ended], index: Index, now: datetime) -> list[Ended]:
    """Writes the articles. What Elasticsearch refuses goes to the quarantine, and its link ends there."""
    documents = {each.article.id: article_document(each.article, now) for each in ended if each.article}
    others: set[str] = set()
    try:
        if index.create("articles", documents.items())["known"]:
            stored = index.get("articles", list(documents))
            others = {id_ for id_, document in documents.items() if id_ in stored and stored[id_].source != document}
    except DocumentsRefused as error:
        quarantine.keep(documents, error, index, now)
        reasons = error.reasons
        return [
            replace(each, outcome=Outcome.QUARANTINED, reason=f"Elasticsearch refuses it: {reasons[each.article.id]}")
            if each.article and each.article.id in reasons
            else each
            for each in ended
        ]
    return [each for each in ended if not each.article or each.article.id not in others]


def _complete(ended: Sequence[Ended], world: World, now: datetime) -> list[Ended]:
    """Writes the rest of articles of which only the beginning was there."""
    rests = {each.article_id: (each.rest, each.link.intake) for each in ended if each.rest and each.article_id}
    changes = []
    for id_, stored in world.index.get("articles", list(rests)).items():
        rest, intake = rests[id_]
        if is_rest(rest.visit.told, stored):
            archive = rest.visit.archive or world.archive.write(rest.visit.page)
            changes.append((stored, whole_document(stored, rest, archive, intake, world.extraction, now)))
    try:
        if world.index.change("articles", changes)["overtaken"]:
            return [each for each in ended if not each.rest]
    except DocumentsRefused as error:
        return [
            replace(each, outcome=Outcome.REJECTED, reason=f"Elasticsearch refuses the rest: {error.reasons[each.article_id]}")
            if each.rest and each.article_id in error.reasons
            else each
            for each in ended
        ]
    return list(ended)


def _end(link: Link, desk: _Desk) -> Ended:
    """Follows one link to its end; whatever happens to it, it ends in exactly one outcome."""
    try:
        return _read(link, desk)
    except Rejected as error:
        return Ended(link=link, outcome=error.outcome, reason=error.reason)
    except ParserFailed as error:
        return Ended(link=link, outcome=Outcome.REJECTED, reason=error.reason)
    except Unavailable as error:
        return Ended(link=link, outcome=Outcome.UNAVAILABLE, reason=error.reason)


def _read(link: Link, desk: _Desk) -> Ended:
    outlet, visitor = desk.outlet, desk.visitor
    address = admit(link, outlet)
    stored = desk.articles.stored(article_id(outlet.id, address))
    if stored and not (link.shown and stored.source.get("teaser")):  # this very page may show the rest
        return _known(link, outlet, stored, "the article is there already")
    visitor.written.clear()
    visit = visitor.visit(address, link.entry, link.shown)
    _refuse_forgotten(visit, visitor, outlet)
    url = _own_address(visit, desk)
    id_ = article_id(outlet.id, url)
    return replace(_judge(link, id_, url, visit, desk), read_id=id_, lines=visit.told.lines)


def _known(link: Link, outlet: Outlet, stored: Stored, reason: str) -> Ended:
    """Where the article came by this very link, a run has ended between writing the one and the other."""
    if entry_id(outlet.id, stored.source["url"]["original"]) == link.id:
        return Ended(link=link, outcome=Outcome.SAVED, reason=stored.source["topic"]["reason"], article_id=stored.id)
    return Ended(link=link, outcome=Outcome.KNOWN, reason=reason, article_id=stored.id)


def _refuse_forgotten(visit: Visit, visitor: Visitor, outlet: Outlet) -> None:
    """A page may tell only when it is read that it is one that must not be kept. Raises Rejected."""
    claim = visit.told.canonical_url
    if not claim or not within(claim, outlet.domains) or not visitor.is_forgotten(claim):
        return
    for reference in visitor.written:
        if visitor.archive is not None:
            visitor.archive.erase(reference)
    raise Rejected(Outcome.FORGOTTEN, "is what was erased", visit.url)


def admit(link: Link, outlet: Outlet) -> str:
    """The address to fetch. Raises Rejected where the entry is no article, leads nowhere or away."""
    entry = link.entry
    if entry.refusal is not None:
        raise Rejected(entry.refusal.outcome, entry.refusal.reason, entry.url or outlet.id)
    if entry.url is None:
        raise Rejected(Outcome.NO_LINK, "the item has no link", outlet.id)
    if outlet.paused is not None and not link.by_hand:
        raise Rejected(Outcome.PAUSED, f"{outlet.name} is paused: {outlet.paused.why}", entry.url)
    if not entry.is_post and not within(entry.url, (*outlet.domains, *link.by)):
        raise Rejected(Outcome.OFF_SITE, "leads away from the outlet's domains", entry.url)
    return entry.url


def _own_address(visit: Visit, desk: _Desk) -> str:
    """The canonical address, unless another text is kept under it: a page may not take the name of another article."""
    claim = visit.told.canonical_url
    if not claim or not within(claim, desk.outlet.domains):
        return visit.url
    text = desk.articles.text(article_id(desk.outlet.id, claim))
    return claim if text is None or _is_same(text, visit.told.text) else visit.url


def _is_same(one: str, other: str) -> bool:
    """Whether two texts are versions of one: half of the shorter one's paragraphs stand in the other."""
    first, second = set(one.split("\n\n")), set(other.split("\n\n"))
    return len(first & second) * 2 >= min(len(first), len(second))


def _judge(link: Link, id_: str, url: str, visit: Visit, desk: _Desk) -> Ended:
    told, outlet, world = visit.told, desk.outlet, desk.world
    stored = desk.articles.stored(id_)
    if stored and not is_rest(told, stored):
        return _known(link, outlet, stored, "leads to an article that is there already")
    language = told.language or outlet.languages[0]
    if language not in outlet.languages:
        reason = f"is in {language!r}, the outlet publishes in {', '.join(outlet.languages)}"
        return Ended(link=link, outcome=Outcome.OTHER_LANGUAGE, reason=reason)
    if language not in world.matchers:
        return Ended(link=link, outcome=Outcome.UNREAD_LANGUAGE, reason=f"nothing reads {language!r} yet")
    verdict = judge(told.title or link.entry.title, told.text, language, world.topic, world.matchers)
    if not verdict.on_topic:
        return Ended(link=link, outcome=Outcome.OFF_TOPIC, reason=verdict.reason)
    if stored:
        rest = Rest(visit=visit, topic_reason=verdict.reason)
        return Ended(link=link, outcome=Outcome.KNOWN, reason="brings the rest of it", article_id=id_, rest=rest)
    article = _article(link, id_, url, visit, outlet, language, verdict.reason, world)
    desk.articles.bring(article)
    return Ended(link=link, outcome=Outcome.SAVED, reason=verdict.reason, article_id=id_, article=article)


def _article(link: Link, id_: str, url: str, visit: Visit, outlet: Outlet, language: str, reason: str, world: World) -> Article:
    told = visit.told
    published, published_from = _date(told, link.entry)
    return Article(
        id=id_,
        url=_with_scheme(url),
        original_url=link.entry.url or url,
        outlet=outlet.facts(),
        title=told.title or link.entry.title,
        text=told.text,
        text_from=told.text_from,
        authors=told.authors,
        language=language,
        published=published,
        published_from=published_from,
        modified=told.modified,
        paywalled=told.paywalled,
        teaser=told.teaser,
        form=told.form,
        first_seen=link.first_seen,
        intake=link.intake,
        topic_reason=reason,
        archive=visit.archive or world.archive.write(visit.page),
        validators=visit.validators,
        extracted_by=world.extraction,
    )


def _with_scheme(url: str) -> str:
    return url if "://" in url else f"https://{normalise(url)}"


def _date(told: Extract, entry: Entry) -> tuple[datetime | None, DateSource]:
    """The page's date; the feed's where the page tells only the day, or no zone, and the feed agrees with it, or the page tells nothing."""
    if told.published is None:
        return (entry.published, DateSource.FEED) if entry.published else (None, DateSource.NONE)
    if not told.published_exact and entry.published and abs(entry.published - told.published) < NEARLY:
        return entry.published, DateSource.FEED
    return told.published, told.published_from
