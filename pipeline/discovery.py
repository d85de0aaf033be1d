"""Asks a source what it has: a feed, the newest files of an index of sitemaps, the new pages of a channel, all answers of GDELT."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import structlog

from pipeline.answers import Entry, FeedKind, Keys, Page, Window
from pipeline.asking import addresses
from pipeline.errors import Rejected, Unavailable
from pipeline.feeds import ParsedFeed, parse
from pipeline.fetch import Fetcher
from pipeline.keys import keys_of
from pipeline.lease import Lease, lease
from pipeline.model import Validators
from pipeline.parsers import ParserFailed, Parsers
from pipeline.source_rules import Feed, Outlet
from pipeline.source_state import MARGIN, QUESTIONS
from pipeline.world import World

log = structlog.get_logger(__name__)

# Files of an index that are looked at in one go: a day's news are in the first.
MAX_CHILDREN = 4
# Pages that a channel or GDELT is turned back in one go.
MAX_PAGES = 8

_SHOWN_AS_PAGES = frozenset({FeedKind.LIST, FeedKind.TELEGRAM})

IsKnown = Callable[[Entry], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What a source answered with, page by page; no pages where it has not changed. `whole`: nothing that was asked for is missing."""

    parts: tuple[tuple[Page, ParsedFeed], ...]
    validators: Validators
    unchanged: bool = False
    whole: bool = True
    flaws: tuple[str, ...] = ()

    @property
    def entries(self) -> list[tuple[Entry, Page]]:
        return [(entry, page) for page, parsed in self.parts for entry in parsed.entries]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Asks one source's addresses, as its kind is asked. `seconds`: as long as an answer may take to be parsed."""

    outlet: Outlet
    feed: Feed
    keys: Keys
    web: Fetcher
    parsers: Parsers
    seconds: float

    def get(self, url: str, validators: Validators) -> tuple[Page, ParsedFeed] | None:
        """One address; None if it has not changed. Raises Rejected, Unavailable, ParserFailed."""
        page = self.page(url, validators)
        return None if page is None else (page, self.read(page))

    def page(self, url: str, validators: Validators) -> Page | None:
        feed = self.feed
        as_page = feed.kind in _SHOWN_AS_PAGES or (feed.kind is FeedKind.SEARCH and feed.links)
        return self.web.again(url, validators, self.keys) if as_page else self.web.feed(url, validators, self.keys)

    def read(self, page: Page) -> ParsedFeed:
        return self.parsers.call(
            parse,
            page.body,
            url=page.url,
            content_type=page.headers.get("content-type"),
            kind=self.feed.kind,
            links=self.feed.links,
            charset=self.outlet.charset,
            seconds=self.seconds,
        )


def ask(outlet: Outlet, feed: Feed, validators: Validators, window: Window, is_known: IsKnown | None, world: World) -> Answered:
    """What a source has, of the window where it can be asked about one. `is_known`: None where nothing is.

    Raises Rejected, Unavailable, ParserFailed, ConfigError.
    """
    keys, seconds = keys_of(outlet, feed, world.settings.secrets), world.settings.feed_seconds
    asker = Asker(outlet=outlet, feed=feed, keys=keys, web=world.web, parsers=world.parsers, seconds=seconds)
    urls = addresses(outlet, feed, world.topic, window)
    if feed.kind is FeedKind.GDELT:
        return _asked_of_gdelt(urls[0], asker, world)
    if feed.kind in QUESTIONS:
        found = [each for url in urls if (each := asker.get(url, Validators()))]
        return Answered(parts=tuple(found), validators=Validators())
    first = asker.get(urls[0], validators)
    if first is None:
        return Answered(parts=(), validators=validators, unchanged=True)
    if first[1].children:
        return _files(first[1], window, asker)
    if feed.kind is FeedKind.TELEGRAM and is_known is not None:
        return _turned_back(first, is_known, asker)
    return Answered(parts=(first,), validators=first[0].validators)


def _files(index: ParsedFeed, window: Window, asker: Asker) -> Answered:
    """The newest files of an index. It is asked for anew each time: many never change while their files do."""
    since = window.since - MARGIN
    files = [child for child in index.children if child.modified is None or child.modified >= since][:MAX_CHILDREN]
    parts, flaws = [], []
    failure: Exception | None = None
    for child in files:
        try:
            found = asker.get(child.url, Validators())
        except (Rejected, Unavailable, ParserFailed) as error:
            failure = error
            flaws.append(f"of the index: {error}")
            continue
        if found and not found[1].children:  # an index within an index is not followed
            parts.append(found)
    if failure is not None and not parts:
        raise failure
    return Answered(parts=tuple(parts), validators=Validators(), whole=failure is None, flaws=tuple(flaws))


def _turned_back(first: tuple[Page, ParsedFeed], is_known: IsKnown, asker: Asker) -> Answered:
    """A channel's pages, back to the first post that is known."""
    parts = [first]
    while (earlier := parts[-1][1].earlier) and len(parts) < MAX_PAGES and not any(map(is_known, parts[-1][1].entries)):
        try:
            found = asker.get(earlier, Validators())
        except (Rejected, Unavailable, ParserFailed) as error:
            log.warning("a channel's earlier page failed", source=asker.feed.url, error=str(error))
            break
        if found is None or not found[1].entries:
            break
        parts.append(found)
    return Answered(parts=tuple(parts), validators=Validators())


def _asked_of_gdelt(url: str, asker: Asker, world: World) -> Answered:
    """All answers for a window, the latest first. What came before a failure counts; the rest is asked for again the next time."""
    parts: list[tuple[Page, ParsedFeed]] = []
    following: str | None = url
    with _turn(url, world) as turn:
        while following and len(parts) < MAX_PAGES:
            turn.renew()
            time.sleep(world.settings.gdelt_delay)
            try:
                found = asker.get(following, Validators())
            except (Rejected, Unavailable, ParserFailed) as error:
                if not parts:
                    raise
                log.warning("GDELT answered in part", source=asker.outlet.id, error=str(error))
                break
            assert found is not None  # no validators were sent
            parts.append(found)
            following = found[1].earlier
    return Answered(parts=tuple(parts), validators=Validators(), whole=following is None)


@contextmanager
def _turn(url: str, world: World) -> Iterator[Lease]:
    """One process of an installation at a time: what it refuses is the address, whichever process has called too soon."""
    host = urlsplit(url).hostname or ""
    with lease(world.index, f"host {host}") as held:
        if held is None:
            raise Unavailable("another run asks it", url)
        yield held


def in_window(entry: Entry, feed: Feed, window: Window) -> bool:
    """Whether an entry of a source that fills is of the gap. A search's without a date may be; a sitemap's could be of any year."""
    if entry.published is None:
        return feed.kind in QUESTIONS
    return window.since <= entry.published <= window.until
