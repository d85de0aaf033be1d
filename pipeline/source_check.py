"""Asks sources what they answer, now and politely, and keeps nothing: no index, no archive.

Hosts are asked side by side, the feeds of one host one after the other; the pauses between them are the fetcher's.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain
from urllib.parse import urlsplit

from pydantic import SecretStr

from pipeline.answers import Entry, Page, Window
from pipeline.asking import addresses
from pipeline.charsets import decode
from pipeline.chrome import ChromeRules
from pipeline.config_files import read_chrome, read_sources, read_topic
from pipeline.discovery import Asker
from pipeline.errors import ConfigError, Rejected, Unavailable
from pipeline.fetch import Web, web_of
from pipeline.keys import keys_of
from pipeline.model import Clock, Outcome, Validators
from pipeline.parsers import ParserFailed, Parsers
from pipeline.plaintext import one_line
from pipeline.rules import Topic
from pipeline.settings import Settings
from pipeline.source_looks import look_at
from pipeline.source_report import Pages, Report, Row
from pipeline.source_rules import Feed, Outlet
from pipeline.source_troubles import of_error, of_look, of_pages
from pipeline.visit import Visitor

# Different hosts at a time; each waits mostly for the network.
AT_ONCE = 8
WORKERS = 2

# The time that a question is about.
LATELY = timedelta(days=1)

_HEAD = 100_000
_TITLE = re.compile(r"<title[^>]{0,200}>(.{0,300}?)</title", re.IGNORECASE | re.DOTALL)
_MARKUP = re.compile(r"\s*<(?:!doctype|html|head)", re.IGNORECASE)
_BEGINNING = 60

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """All that asking needs. `secrets` are what headers and cookies of the configuration refer to."""

    web: Web
    parsers: Parsers
    chrome: ChromeRules
    topic: Topic
    secrets: Mapping[str, SecretStr]
    clock: Clock
    feed_seconds: float
    page_seconds: float


@contextmanager
def open_desk(settings: Settings) -> Iterator[Desk]:
    """A desk as these settings have it."""
    with Parsers(workers=WORKERS) as parsers:
        yield Desk(
            web=web_of(settings, read_sources(settings).outlets),
            parsers=parsers,
            chrome=read_chrome(settings),
            clock=settings.clock,
            topic=read_topic(settings),
            secrets=settings.secrets,
            feed_seconds=settings.feed_seconds,
            page_seconds=settings.page_seconds,
        )


@dataclass(frozen=True, slots=True)
class _Asked:
    row: Row
    entries: tuple[Entry, ...] = ()
    page: Page | None = None


def check(topic: str, outlets: Sequence[Outlet], desk: Desk, progress: Progress, *, pages: bool = False) -> Report:
    """Asks every feed of the outlets that are not paused, and with `pages` for one page of each that answers."""
    asked = [(outlet, feed) for outlet in outlets if outlet.paused is None for feed in outlet.feeds]
    hosts: dict[str, list[int]] = defaultdict(list)
    for place, (_, feed) in enumerate(asked):
        hosts[urlsplit(feed.url).hostname or ""].append(place)
    done: dict[int, _Asked] = {}

    def ask_host(places: Iterable[int]) -> None:
        for place in places:
            done[place] = _ask(*asked[place], desk)
            progress(f"{len(done)}/{len(asked)} {_told(done[place].row)}")

    with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="check") as pool:
        for finished in [pool.submit(ask_host, places) for places in hosts.values()]:
            finished.result()
        found = [done[place] for place in range(len(asked))]
        tried = _try_pages(found, desk, pool, progress) if pages else {}
    paused = tuple(outlet for outlet in outlets if outlet.paused is not None)
    return Report(topic=topic, at=desk.clock(), rows=tuple(each.row for each in found), pages=tried, paused=paused)


def _told(row: Row) -> str:
    says = "; ".join(trouble.says for trouble in row.troubles)
    entries = f"{row.look.entries} entries" if row.look else ""
    return f"{row.outlet.id}: {', '.join(filter(None, (entries, says)))} ({row.feed.shown})"


def _ask(outlet: Outlet, feed: Feed, desk: Desk) -> _Asked:
    now = desk.clock()
    page: Page | None = None
    try:
        keys = keys_of(outlet, feed, desk.secrets)
        asker = Asker(outlet=outlet, feed=feed, keys=keys, web=desk.web, parsers=desk.parsers, seconds=desk.feed_seconds)
        page = _fetched(addresses(outlet, feed, desk.topic, Window(since=now - LATELY, until=now))[0], asker)
        parsed = asker.read(page)
        if parsed.children:
            page = _fetched(parsed.children[0].url, asker)
            parsed = asker.read(page)
    except (Rejected, Unavailable, ParserFailed, ConfigError) as error:
        trouble = of_error(str(error), outlet, feed, beginning(page) if page else "")
        return _Asked(Row(outlet=outlet, feed=feed, look=None, troubles=(trouble,), asked=now))
    look = look_at(parsed, url=page.url, kind=feed.kind, domains=outlet.domains, now=now)
    row = Row(outlet=outlet, feed=feed, look=look, troubles=of_look(look, outlet, feed, now, desk.topic.languages), asked=now)
    return _Asked(row, parsed.entries, page)


def _fetched(url: str, asker: Asker) -> Page:
    page = asker.page(url, Validators())
    assert page is not None  # only validators bring a 304
    return page


def beginning(page: Page) -> str:
    """What somebody would recognise an answer by: a page's title, else its first characters."""
    text = decode(page.body[:_HEAD], page.headers.get("content-type"), html=True).text
    title = _TITLE.search(text)
    if title:
        return one_line(title[1], 200)
    return "" if _MARKUP.match(text) else " ".join(text[:400].split())[:_BEGINNING]


def _try_pages(found: Sequence[_Asked], desk: Desk, pool: ThreadPoolExecutor, progress: Progress) -> dict[str, Pages]:
    """One page of each outlet that has shown a link: its newest, of the first feed that has one."""
    newest: dict[str, tuple[Outlet, Entry, Page | None]] = {}
    for each in found:
        linked = [entry for entry in each.entries if entry.url]
        if linked and each.row.outlet.id not in newest:
            newest[each.row.outlet.id] = (each.row.outlet, max(linked, key=_when), each.page)
    jobs = {id_: pool.submit(_try_page, *where, desk) for id_, where in newest.items()}
    tried = {}
    for id_, job in jobs.items():
        tried[id_] = job.result()
        progress(f"{id_}: {tried[id_].tried}")
    return tried


def _when(entry: Entry) -> float:
    return entry.published.timestamp() if entry.published else 0.0


def _try_page(outlet: Outlet, entry: Entry, shown: Page | None, desk: Desk) -> Pages:
    address = entry.url or ""
    try:
        visit = _visitor(outlet, desk).visit(address, entry, shown)
    except ConfigError as error:
        return Pages(tried=str(error), troubles=(of_error(str(error), outlet, outlet.feeds[0], ""),))
    except (Rejected, Unavailable, ParserFailed) as error:
        outcome = error.outcome if isinstance(error, Rejected) else Outcome.UNAVAILABLE
        return Pages(tried=f"{outcome}: {error.reason} ({address})", troubles=of_pages({outcome: 1}, outlet, least=1))
    told = visit.told
    notes = ", ".join(chain([f"{len(told.text.split())} words", told.text_from.value], ["only a beginning"] if told.teaser else []))
    return Pages(tried=f"{notes} ({visit.url})")


def _visitor(outlet: Outlet, desk: Desk) -> Visitor:
    return Visitor(
        web=desk.web,
        parsers=desk.parsers,
        archive=None,
        domains=outlet.domains,
        keys=keys_of(outlet, None, desk.secrets),
        charset=outlet.charset,
        is_closed=outlet.text == "feed",
        chrome=desk.chrome,
        habits=frozenset(),
        seconds=desk.page_seconds,
    )
