"""Finds the feeds of a site: what its page, its robots.txt and its overview of feeds name, and where feeds often lie. Each is tried.

All of it goes through our own door to HTTP, a few requests at the pace that the host wants.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urljoin

from pipeline import site_links
from pipeline.addresses import normalise
from pipeline.answers import Entry, FeedKind, Page
from pipeline.errors import Rejected, Unavailable
from pipeline.feeds import parse
from pipeline.parsers import ParserFailed
from pipeline.source_check import Desk, beginning
from pipeline.source_looks import Look, look_at

# A front page may name a feed for each section; whoever wants more of them names them.
MAX_TRIED = 12
MAX_SITEMAPS = 2

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFeed:
    """A feed that answers, and what it shows."""

    url: str
    kind: FeedKind | None  # None: what an answer is found out to be by itself
    look: Look
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What there is at an address. `failed` are addresses that were tried, and why they are no feeds."""

    url: str
    title: str
    domain: str
    feeds: tuple[FoundFeed, ...]
    failed: tuple[tuple[str, str], ...]
    articles: tuple[str, ...]  # links of the page that look like articles, where it is a page


class _Search:
    """The state of one search: what was tried, what was found."""

    def __init__(self, desk: Desk, progress: Progress) -> None:
        self._desk = desk
        self._progress = progress
        self._seen: set[str] = set()
        self.feeds: list[FoundFeed] = []
        self.failed: list[tuple[str, str]] = []

    def try_all(self, urls: Sequence[str], most: int) -> Iterator[Page]:
        """Tries addresses until so many have been; gives those that are pages, which may name more."""
        for url in urls:
            if len(self._seen) >= most:
                return
            if normalise(url) in self._seen:
                continue
            self._seen.add(normalise(url))
            page = self._try(url)
            if page is not None:
                yield page

    def _try(self, url: str) -> Page | None:
        self._progress(f"trying {url}")
        page: Page | None = None
        try:
            page = self._desk.web.feed(url)
            assert page is not None  # only validators bring a 304
            self.take(page)
        except (Rejected, Unavailable, ParserFailed) as error:
            begins = beginning(page) if page else ""
            self.failed.append((url, error.reason + (f", “{begins}”" if begins else "")))
            return page if "HTML page" in error.reason else None
        return None

    def take(self, page: Page) -> None:
        """Reads an answer as a feed. Raises Rejected, ParserFailed where it is none."""
        content_type = page.headers.get("content-type")
        parsed = self._desk.parsers.call(
            parse, page.body, url=page.url, content_type=content_type, kind=None, seconds=self._desk.feed_seconds
        )
        if any(normalise(page.url) == normalise(found.url) for found in self.feeds):
            return
        links = [entry.url for entry in parsed.entries if entry.url]
        look = look_at(parsed, url=page.url, kind=None, domains=[site_links.domain_of(page.url, links)], now=self._desk.clock())
        self.feeds.append(FoundFeed(url=page.url, kind=None, look=look, entries=parsed.entries))


def find(url: str, desk: Desk, progress: Progress) -> Site:
    """The feeds of the site at an address, or the feed that it is. Raises Rejected, Unavailable where that does not answer."""
    page = desk.web.page(url)
    search = _Search(desk, progress)
    try:
        search.take(page)
    except (Rejected, ParserFailed):
        return _of_page(page, search, desk)
    feed = search.feeds[0]
    return _site(page.url, feed.look.title or "", search, ())


def _of_page(page: Page, search: _Search, desk: Desk) -> Site:
    named = _named(page, desk)
    overviews = list(search.try_all(named, MAX_TRIED))
    for overview in overviews:  # "/rss" is a page about feeds on many sites
        list(search.try_all(_named(overview, desk), MAX_TRIED))
    if not search.feeds:
        list(search.try_all(site_links.guesses(page.url), MAX_TRIED + len(site_links.GUESSES)))
    if not search.feeds:
        list(search.try_all(_sitemaps(page.url, desk), MAX_TRIED + len(site_links.GUESSES) + MAX_SITEMAPS))
    articles = desk.parsers.call(
        site_links.articles_on, page.body, url=page.url, content_type=page.headers.get("content-type"), seconds=desk.page_seconds
    )
    return _site(page.url, beginning(page), search, articles)


def _named(page: Page, desk: Desk) -> tuple[str, ...]:
    content_type = page.headers.get("content-type")
    return desk.parsers.call(site_links.feeds_named, page.body, url=page.url, content_type=content_type, seconds=desk.page_seconds)


def _sitemaps(url: str, desk: Desk) -> tuple[str, ...]:
    try:
        page = desk.web.page(urljoin(url, "/robots.txt"))
    except (Rejected, Unavailable):
        return ()
    return site_links.sitemaps_named(page.body, url=urljoin(url, "/"))


def _site(url: str, title: str, search: _Search, articles: tuple[str, ...]) -> Site:
    links = [entry.url for feed in search.feeds[:1] for entry in feed.entries if entry.url]
    return Site(
        url=url,
        title=title,
        domain=site_links.domain_of(url, links),
        feeds=tuple(search.feeds),
        failed=tuple(search.failed),
        articles=articles,
    )
