"""The first stage: polls feeds, fetches what is new, keeps what is on topic, and writes down where every link ended.

Order of writing, so that a crash only repeats work: the archive's record, the article, the link's outcome, and last what
the feed's server wants to hear at the next conditional GET.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from pipeline.addresses import article_id, entry_id, normalise, within
from pipeline.archive import Archive
from pipeline.chrome import ChromeRules
from pipeline.documents import Document, Stored, article_document, iso, known, moment, outlet_document, validators_from
from pipeline.errors import Rejected, Unavailable
from pipeline.feeds import ParsedFeed, parse
from pipeline.fetch import Web
from pipeline.habits import Learned, habits_of, learn, learned_from
from pipeline.index import Index
from pipeline.model import Article, Clock, DateSource, Entry, Extract, Intake, Outcome, Page
from pipeline.parsers import ParserFailed, Parsers
from pipeline.rules import Topic
from pipeline.settings import Settings
from pipeline.source_rules import Feed, Outlet
from pipeline.topic import Matchers, judge
from pipeline.visit import Visit, Visitor

log = structlog.get_logger(__name__)

# Articles are held in memory until their batch is written.
BATCH = 25

# Between two looks at an article because its feed tells it anew.
PAUSE = timedelta(hours=1)

# A feed that failed so often in a row is down: no more quick tries, the next regular poll comes anyway.
PATIENCE = 3

# Two tellings of one moment, one of them a day, or without its zone, are no further apart.
NEARLY = timedelta(hours=36)

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """All that collecting touches."""

    web: Web
    parsers: Parsers
    archive: Archive
    index: Index
    topic: Topic
    matchers: Mapping[str, Matchers]
    chrome: ChromeRules
    settings: Settings
    clock: Clock
    extraction: str  # digest of what takes the text out of a page


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An entry of a feed together with what the ledger knows of it."""

    id: str
    entry: Entry
    attempts: int
    first_seen: datetime
    intake: Intake


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """Where a link has ended, and the article where it is one."""

    link: Link
    outcome: Outcome
    reason: str
    article_id: str | None = None
    article: Article | None = None
    read_id: str | None = None  # what the page would be called as an article, and hashes of its short lines: also if it is not kept
    lines: tuple[str, ...] = ()


def source_id(outlet: Outlet, feed: Feed) -> str:
    """One feed of one outlet; readable, and another address is another source."""
    return f"{outlet.id}-{hashlib.sha256(feed.url.encode()).hexdigest()[:8]}"


def collect(outlets: Sequence[Outlet], world: World, progress: Progress) -> Counter[str]:
    """Polls every feed of the outlets. Counts links by outcome, and feeds as `feeds`, `not-modified`, `failed-feeds`.

    A feed that fails is counted, its error kept in `sources`, and the others go on; `unanswered` are those worth another
    try soon. Raises StoreUnavailable.
    """
    total: Counter[str] = Counter()
    for outlet in outlets:
        for feed in outlet.feeds:
            counts = _poll(outlet, feed, world)
            total += counts
            progress(
                f"{outlet.name}: {', '.join(f'{count} {name}' for name, count in sorted(counts.items()) if name != 'feeds') or 'nothing'}"
            )
    return total


def _poll(outlet: Outlet, feed: Feed, world: World) -> Counter[str]:
    source = source_id(outlet, feed)
    state = world.index.get("sources", [source]).get(source)
    before = dict(state.source) if state else {}
    counts: Counter[str] = Counter(feeds=1)
    try:
        page = world.web.feed(feed.url, validators_from(before))
        parsed = None if page is None else _parse(page, feed, world)
    except (Rejected, Unavailable, ParserFailed) as error:
        log.warning("feed failed", source=source, error=str(error))
        failures = int(before.get("failures", 0)) + 1
        world.index.put("sources", [(source, _failed(outlet, feed, before, error, failures, world.clock()))])
        counts["failed-feeds"] += 1
        counts["unanswered"] += isinstance(error, Unavailable) and failures < PATIENCE
        counts += _follow(source, outlet, _pending(source, world), world)
        return counts
    entries = () if parsed is None else parsed.entries
    counts["not-modified"] += page is None
    counts += _follow(source, outlet, _pending(source, world) | _new_links(entries, outlet, before, world, counts), world)
    world.index.put("sources", [(source, _answered(outlet, feed, before, page, parsed, world.clock()))])
    return counts


def _parse(page: Page, feed: Feed, world: World) -> ParsedFeed:
    content_type = page.headers.get("content-type")
    return world.parsers.call(
        parse, page.body, url=page.url, content_type=content_type, kind=feed.kind, seconds=world.settings.feed_seconds
    )


def _pending(source: str, world: World) -> dict[str, Link]:
    """Links of earlier polls that did not answer and may still be tried; a feed forgets, the ledger does not."""
    query = {
        "bool": {
            "filter": [
                {"term": {"source": source}},
                {"term": {"outcome": Outcome.UNAVAILABLE}},
                {"range": {"attempts": {"lt": world.settings.attempts}}},
            ]
        }
    }
    return {stored.id: _link_from(stored) for stored in world.index.each("entries", query)}


def _link_from(stored: Stored) -> Link:
    it = stored.source
    first_seen = moment(it["event"]["created"])
    entry = Entry(url=it["url"]["original"], title=it.get("title", ""), published=moment(it.get("published")), summary="", body=None)
    return Link(id=stored.id, entry=entry, attempts=it["attempts"], first_seen=first_seen, intake=Intake(it.get("intake", "live")))


def _intake(before: Mapping[str, Any], overlaps: bool, world: World) -> Intake:
    """What a feed shows at the first look is what there was; later, what is new.

    After a long pause a feed that shows nothing any more of what it showed then is met as if for the first time.
    """
    answered = moment(before.get("answered"))
    if answered is None:
        return Intake.BASELINE
    paused = world.clock() - answered > timedelta(days=world.settings.long_pause_days)
    return Intake.BASELINE if paused and before.get("entries") and not overlaps else Intake.LIVE


def _new_links(entries: Sequence[Entry], outlet: Outlet, before: Mapping[str, Any], world: World, counts: Counter[str]) -> dict[str, Link]:
    """What the ledger has not seen, oldest first. Two items with one address are one link."""
    now = world.clock()
    found = {_entry_id(outlet, entry): entry for entry in reversed(entries)}
    seen = world.index.get("entries", list(found))
    counts["seen-before"] += len(seen)
    counts["told-anew"] += _note_told_anew([(seen[id_], entry) for id_, entry in found.items() if id_ in seen], world)
    intake = _intake(before, bool(seen), world)
    links = [Link(id=id_, entry=entry, attempts=0, first_seen=now, intake=intake) for id_, entry in found.items() if id_ not in seen]
    return {link.id: link for link in sorted(links, key=lambda link: (link.entry.published is None, link.entry.published or now))}


def _note_told_anew(pairs: Sequence[tuple[Stored, Entry]], world: World) -> int:
    """Articles that their feed tells otherwise than before are due for another look. Gives their number."""
    anew = [(stored, told) for stored, entry in pairs if stored.source.get("told") not in (None, told := _told(entry))]
    ids = [stored.source["article_id"] for stored, _ in anew if "article_id" in stored.source]
    now = world.clock()
    due = []
    for article in world.index.get("articles", ids).values():
        revisit = article.source.get("revisit", {})
        checked = moment(revisit.get("checked"))
        # A feed that counts comments or minutes tells every item anew at every poll.
        soon = now if checked is None else max(now, checked + PAUSE)
        due.append((article, {"revisit": revisit | {"due": iso(soon)}}))
    world.index.change("articles", due)
    world.index.change("entries", [(stored, {"told": told}) for stored, told in anew])
    return len(due)


def _told(entry: Entry) -> str:
    """Changes with anything that a feed says of an article."""
    parts = (entry.title, iso(entry.published) or "", entry.summary, entry.body or "")
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _entry_id(outlet: Outlet, entry: Entry) -> str:
    return entry_id(outlet.id, entry.url or entry.title)


def _follow(source: str, outlet: Outlet, links: Mapping[str, Link], world: World) -> Counter[str]:
    counts: Counter[str] = Counter()
    waiting = list(links.values())
    stored = world.index.get("outlets", [outlet.id]).get(outlet.id) if waiting else None
    learned = learned_from(stored.source) if stored else {}
    for start in range(0, len(waiting), BATCH):
        visitor = visitor_of(outlet.domains, learned, world, world.archive)
        ended = [_end(link, outlet, visitor, world) for link in waiting[start : start + BATCH]]
        learned = learn(learned, ((each.read_id, each.lines) for each in ended if each.read_id))
        _write(source, outlet, ended, learned, world)
        counts += Counter(each.outcome.value for each in ended)
    return counts


def visitor_of(domains: Sequence[str], learned: Learned, world: World, archive: Archive | None) -> Visitor:
    """Who visits pages of an outlet, knowing its habits."""
    return Visitor(
        web=world.web,
        parsers=world.parsers,
        archive=archive,
        domains=domains,
        chrome=world.chrome,
        habits=habits_of(learned),
        seconds=world.settings.page_seconds,
    )


def _write(source: str, outlet: Outlet, ended: Sequence[Ended], learned: Learned, world: World) -> None:
    now = world.clock()
    world.index.create("articles", ((each.article.id, article_document(each.article, now)) for each in ended if each.article))
    world.index.put("outlets", [(outlet.id, outlet_document(outlet.id, learned, now))])
    world.index.put("entries", ((each.link.id, _entry_document(each, source, outlet, now)) for each in ended))


def _end(link: Link, outlet: Outlet, visitor: Visitor, world: World) -> Ended:
    """Follows one link to its end; whatever happens to it, it ends in exactly one outcome."""
    try:
        return _read_page(link, outlet, visitor, world)
    except Rejected as error:
        return Ended(link=link, outcome=error.outcome, reason=error.reason)
    except ParserFailed as error:
        return Ended(link=link, outcome=Outcome.REJECTED, reason=error.reason)
    except Unavailable as error:
        return Ended(link=link, outcome=Outcome.UNAVAILABLE, reason=error.reason)


def _read_page(link: Link, outlet: Outlet, visitor: Visitor, world: World) -> Ended:
    address = _admit(link.entry, outlet)
    if (already := article_id(outlet.id, address)) in world.index.get("articles", [already]):
        return Ended(link=link, outcome=Outcome.KNOWN, reason="the article is there already", article_id=already)
    visit = visitor.visit(address, link.entry)
    url = _own_address(visit, outlet, world.index)
    id_ = article_id(outlet.id, url)
    return replace(_judge(link, id_, url, visit, outlet, world), read_id=id_, lines=visit.told.lines)


def _own_address(visit: Visit, outlet: Outlet, index: Index) -> str:
    """The canonical address, unless another text is stored under it: a page may not take the name of another article."""
    claim = visit.told.canonical_url
    if not claim or not within(claim, outlet.domains):
        return visit.url
    id_ = article_id(outlet.id, claim)
    stored = index.get("articles", [id_]).get(id_)
    return visit.url if stored and not _is_same(str(stored.source["text"]), visit.told.text) else claim


def _is_same(one: str, other: str) -> bool:
    """Whether two texts are versions of one: half of the shorter one's paragraphs stand in the other."""
    first, second = set(one.split("\n\n")), set(other.split("\n\n"))
    return len(first & second) * 2 >= min(len(first), len(second))


def _judge(link: Link, id_: str, url: str, visit: Visit, outlet: Outlet, world: World) -> Ended:
    told = visit.told
    if id_ in world.index.get("articles", [id_]):
        return Ended(link=link, outcome=Outcome.KNOWN, reason="leads to an article that is there already", article_id=id_)
    language = told.language or outlet.languages[0]
    if language not in outlet.languages:
        reason = f"is in {language!r}, the outlet publishes in {', '.join(outlet.languages)}"
        return Ended(link=link, outcome=Outcome.OTHER_LANGUAGE, reason=reason)
    if language not in world.matchers:
        return Ended(link=link, outcome=Outcome.UNREAD_LANGUAGE, reason=f"nothing reads {language!r} yet")
    title = told.title or link.entry.title
    verdict = judge(title, told.text, language, world.topic, world.matchers)
    if not verdict.on_topic:
        return Ended(link=link, outcome=Outcome.OFF_TOPIC, reason=verdict.reason)
    published, published_from = _date(told, link.entry)
    article = Article(
        id=id_,
        url=_with_scheme(url),
        original_url=link.entry.url or url,
        outlet=outlet.facts(),
        title=title,
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
        topic_reason=verdict.reason,
        archive=visit.archive or world.archive.write(visit.page),
        validators=visit.validators,
        extracted_by=world.extraction,
    )
    return Ended(link=link, outcome=Outcome.SAVED, reason=verdict.reason, article_id=id_, article=article)


def _admit(entry: Entry, outlet: Outlet) -> str:
    """The address to fetch. Raises Rejected where the entry leads nowhere or away."""
    if entry.url is None:
        raise Rejected(Outcome.NO_LINK, "the item has no link", outlet.id)
    if not within(entry.url, outlet.domains):
        raise Rejected(Outcome.OFF_SITE, "leads away from the outlet's domains", entry.url)
    return entry.url


def _with_scheme(url: str) -> str:
    return url if "://" in url else f"https://{normalise(url)}"


def _date(told: Extract, entry: Entry) -> tuple[datetime | None, DateSource]:
    """The page's date; the feed's where the page tells only the day, or no zone, and the feed agrees with it, or the page tells nothing."""
    if told.published is None:
        return (entry.published, DateSource.FEED) if entry.published else (None, DateSource.NONE)
    if not told.published_exact and entry.published and abs(entry.published - told.published) < NEARLY:
        return entry.published, DateSource.FEED
    return told.published, told.published_from


def _entry_document(ended: Ended, source: str, outlet: Outlet, now: datetime) -> Document:
    entry = ended.link.entry
    return known(
        {
            "source": source,
            "outlet": {"id": outlet.id},
            "url": {"original": entry.url},
            "title": entry.title,
            "published": iso(entry.published),
            "event": {"created": iso(ended.link.first_seen), "ingested": iso(now)},
            "outcome": ended.outcome,
            "reason": ended.reason,
            "article_id": ended.article_id,
            "attempts": ended.link.attempts + 1,
            "intake": ended.link.intake,
            "told": _told(entry),
            "tried": iso(now),
        }
    )


def _answered(outlet: Outlet, feed: Feed, before: Document, page: Page | None, parsed: ParsedFeed | None, now: datetime) -> Document:
    """A source's state after it answered; the validators of a 304 are those we sent."""
    dates = [entry.published for entry in parsed.entries if entry.published] if parsed else []
    fresh = {} if page is None else {"etag": page.validators.etag, "last_modified": page.validators.last_modified}
    kept = {key: before.get(key) for key in ("etag", "last_modified", "entries", "newest", "flaws")}
    told = {} if parsed is None else {"entries": len(parsed.entries), "newest": iso(max(dates, default=None)), "flaws": list(parsed.flaws)}
    return known(_source(outlet, feed) | kept | fresh | told | {"polled": iso(now), "answered": iso(now), "failures": 0})


def _failed(outlet: Outlet, feed: Feed, before: Document, error: Exception, failures: int, now: datetime) -> Document:
    kept = {key: before.get(key) for key in ("etag", "last_modified", "entries", "newest", "flaws", "answered")}
    trouble = {"type": type(error).__name__, "message": str(error)}
    return known(_source(outlet, feed) | kept | {"polled": iso(now), "failures": failures, "error": trouble})


def _source(outlet: Outlet, feed: Feed) -> Document:
    return {"outlet": {"id": outlet.id, "name": outlet.name}, "url": {"original": feed.url}}
