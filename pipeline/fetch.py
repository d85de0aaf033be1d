"""The only door to HTTP: feeds and pages, politely and with suspicion.

A request is bounded in every direction: size after decoding, wall-clock time, hops, the addresses it may touch. It is sent no sooner
than the host wants it, and not at all where robots.txt says no. What `guard` judges, `wire` connects to.
"""

import base64
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urljoin, urlsplit

from pipeline import __version__, guard
from pipeline.addresses import within
from pipeline.answers import Keys, Page
from pipeline.errors import ConfigError, Rejected, Unavailable
from pipeline.guard import Target
from pipeline.model import Clock, Outcome, Validators
from pipeline.robots import Robots
from pipeline.settings import Settings
from pipeline.source_rules import Outlet
from pipeline.turns import Turns
from pipeline.wire import Answer, Deadline, Dialler, Proxy, tls_context

MIB = 2**20
MAX_RETRY_AFTER = 86_400.0
# A host may ask for more patience than that; waiting longer would hold up the feeds behind it.
MAX_CRAWL_DELAY = 30.0

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_LATER = frozenset({407, 408, 425, 429})  # 407 is the proxy's trouble, not the page's
# Ours alone: the first four decide what an answer means, the others are conditional on what we know.
_RESERVED = frozenset({"host", "accept-encoding", "connection", "range", "if-none-match", "if-modified-since", "transfer-encoding"})
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")

_FEED_TYPES = "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5"
_PAGE_TYPES = "text/html, application/xhtml+xml, */*;q=0.5"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Sizes in bytes after decoding, times in seconds."""

    feed_bytes: int = 10 * MIB
    page_bytes: int = 3 * MIB
    pdf_bytes: int = 10 * MIB
    robots_bytes: int = 500 * 1024  # RFC 9309: at least as much must be read; what comes after is ignored
    seconds: float = 25.0  # for one call, redirects and robots.txt included; waiting for a host's turn is not
    connect_seconds: float = 8.0
    idle_seconds: float = 10.0  # without a single byte
    hops: int = 5
    robots_cache_seconds: float = 86_400.0
    host_delay: float = 1.0  # between the starts of two requests to one host, at least


NO_KEYS = Keys(headers={}, domains=())


class Fetcher(Protocol):
    """Whoever answers for the web: `Web`, or what was kept of it."""

    def feed(self, url: str, validators: Validators | None = None, keys: Keys = ...) -> Page | None: ...

    def page(self, url: str, keys: Keys = ...) -> Page: ...

    def again(self, url: str, validators: Validators, keys: Keys = ...) -> Page | None: ...


class Web:
    """Fetches feeds and pages; may be used by several threads.

    `proxy` is a forward proxy, `http://[user:password@]host:port`; environment variables are not read. It is then the proxy that
    resolves names, and only literal addresses and local names can be judged here. `places` are exact `host:port`, in lower case,
    that may be called though the port is not among `ports`, `exempt` those that need not even be public. `ca_file` replaces the
    system's certificate authorities, `resolver` its name service. `turns` is a folder in which processes that call the same host
    wait for each other.
    """

    def __init__(
        self,
        *,
        user_agent: str,
        clock: Clock,
        limits: Limits | None = None,
        proxy: str | None = None,
        exempt: Collection[str] = (),
        places: Collection[str] = (),
        ports: Collection[int] = (80, 443),
        ca_file: str | None = None,
        resolver: guard.Resolve = guard.system_resolve,
        turns: Path | None = None,
    ) -> None:
        self._limits = limits = limits or Limits()
        self._clock = clock
        self._exempt = frozenset(exempt)
        self._places = frozenset(places)
        self._ports = frozenset(ports)
        self._agent = _checked_headers({"User-Agent": user_agent})
        self._turns = Turns(turns)
        self._dialler = Dialler(
            connect_seconds=limits.connect_seconds,
            idle_seconds=limits.idle_seconds,
            tls=tls_context(ca_file),
            proxy=_proxy(proxy) if proxy else None,
            exempt=self._exempt,
            resolver=resolver,
        )
        self._robots = Robots(
            self._read_robots,
            agent=re.split(r"[/\s]", user_agent.strip(), maxsplit=1)[0],
            cache_seconds=limits.robots_cache_seconds,
            max_delay=MAX_CRAWL_DELAY,
        )

    def feed(
        self,
        url: str,
        validators: Validators | None = None,
        keys: Keys = NO_KEYS,
        *,
        obey_robots: bool = True,
    ) -> Page | None:
        """A feed; None if it has not changed since the validators were given. Raises Rejected, Unavailable.

        `keys` go to their own domains alone, at the port that was asked first or one of the web's own, and never in the clear
        where the first hop was not.

        Validators belong to one address. They are sent to `url` itself only, and an answer that came by a redirect carries none:
        another address's 304 would hide news.
        """
        return self._get(url, _FEED_TYPES, keys, validators or Validators(), self._limits.feed_bytes, obey_robots=obey_robots)

    def page(self, url: str, keys: Keys = NO_KEYS) -> Page:
        """A page. Raises Rejected, Unavailable."""
        page = self._get(url, _PAGE_TYPES, keys, Validators(), self._limits.page_bytes, obey_robots=True)
        assert page is not None  # only validators bring a 304
        return page

    def again(self, url: str, validators: Validators, keys: Keys = NO_KEYS) -> Page | None:
        """A page that was here before; None if it has not changed since. Raises Rejected, Unavailable."""
        return self._get(url, _PAGE_TYPES, keys, validators, self._limits.page_bytes, obey_robots=True)

    def _get(self, url: str, accept: str, keys: Keys, validators: Validators, limit: int, *, obey_robots: bool) -> Page | None:
        deadline = Deadline(self._limits.seconds)
        given = _checked_headers(keys.headers)
        first = target = self._target(url)
        conditions = _conditions(validators)
        seen = {first.url}
        for hop in range(self._limits.hops + 1):
            delay = self._robots.delay(target, deadline) if obey_robots else 0.0
            own = {**(given if _may_have(keys, target, first) else {}), **(conditions if hop == 0 else {})}
            with self._send(target, {"Accept": accept, **own}, delay, deadline) as answer:
                if answer.status == 304 and conditions and hop == 0:
                    return None
                if answer.status == 200:
                    return self._page(url, target, answer, limit, redirected=hop > 0)
                if answer.status not in _REDIRECTS:
                    raise self._refusal(answer, target)
                target = self._next(answer, target)
                if target.url in seen:
                    raise Rejected(Outcome.REJECTED, "redirects in a circle", guard.shown(url))
                seen.add(target.url)
        raise Rejected(Outcome.REJECTED, f"more than {self._limits.hops} redirects", guard.shown(url))

    def _target(self, url: str) -> Target:
        return guard.read(url, ports=self._ports, places=self._places, exempt=self._exempt)

    def _send(self, target: Target, given: Mapping[str, str], delay: float, deadline: Deadline) -> Answer:
        deadline.extend(self._turns.wait(target.host, max(delay, self._limits.host_delay)))
        headers = {**self._agent, **given, "Accept-Encoding": "gzip, br", "Connection": "close"}
        return self._dialler.get(target, headers, deadline)

    def _page(self, asked: str, target: Target, answer: Answer, limit: int, *, redirected: bool) -> Page:
        headers = answer.headers
        own = Validators() if redirected else Validators(etag=headers.get("etag"), last_modified=headers.get("last-modified"))
        kind = (answer.header("content-type") or "").lower()
        body = answer.body(max(limit, self._limits.pdf_bytes) if kind.startswith("application/pdf") else limit)
        return Page(url=target.url, asked=asked, headers=headers, body=body, fetched_at=self._clock(), validators=own)

    def _next(self, answer: Answer, target: Target) -> Target:
        location = answer.header("location")
        if not location:
            raise Rejected(Outcome.REJECTED, f"status {answer.status} without Location", target.url)
        try:
            joined = urljoin(target.url, _utf8(location).strip())
        except ValueError:
            raise Rejected(Outcome.REJECTED, "redirect to no address", target.url) from None
        following = self._target(joined)
        if following.url == target.url:
            raise Rejected(Outcome.REJECTED, "redirect to itself", target.url)
        return following

    def _refusal(self, answer: Answer, target: Target) -> Rejected | Unavailable:
        if answer.status >= 500 or answer.status < 200 or answer.status in _LATER or answer.status == 304:
            return Unavailable(f"status {answer.status}", target.url, self._retry_after(answer))
        return Rejected(Outcome.REJECTED, f"status {answer.status}", target.url, answer.status)

    def _retry_after(self, answer: Answer) -> float | None:
        """Seconds; a date is read against the server's own clock, where it tells it."""
        text = (answer.header("retry-after") or "").strip()
        if text.isascii() and text.isdigit():
            return min(float(text[:9]), MAX_RETRY_AFTER)
        wanted = _http_date(text)
        if wanted is None:
            return None
        now = _http_date(answer.header("date") or "") or self._clock()
        return min(max((wanted - now).total_seconds(), 0.0), MAX_RETRY_AFTER)

    def _read_robots(self, target: Target, deadline: Deadline) -> str:
        """An answer of the kind that will not change, 4xx or a redirect to nowhere, means no rules (RFC 9309)."""
        try:
            current = self._target(f"{target.origin}/robots.txt")
            for _ in range(self._limits.hops + 1):
                with self._send(current, {}, 0.0, deadline) as answer:
                    if answer.status == 200:
                        return answer.body(self._limits.robots_bytes, cut=True).decode("utf-8", "replace")
                    if answer.status not in _REDIRECTS:
                        raise self._refusal(answer, current)
                    current = self._next(answer, current)
        except Rejected:
            pass  # where the origin itself is forbidden ground, the request that asked for its rules finds that out again
        return ""


def _may_have(keys: Keys, target: Target, first: Target) -> bool:
    """Whether a hop may be sent the configuration's headers, which may be secrets."""
    open_now = target.scheme == "http" and first.scheme == "https"
    return within(target.url, keys.domains) and not open_now and target.port in {first.port, 80, 443}


def _conditions(validators: Validators) -> dict[str, str]:
    pairs = (("If-None-Match", validators.etag), ("If-Modified-Since", validators.last_modified))
    return {name: value for name, value in pairs if value and _HEADER_VALUE.fullmatch(value)}


def _checked_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers of the configuration. A value is never repeated in a message: it may be a key."""
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name) or name.lower() in _RESERVED:
            raise ConfigError("this header cannot be set", key=f"headers.{name}")
        if not _HEADER_VALUE.fullmatch(value):
            raise ConfigError("a header's value is one line of ISO 8859-1", key=f"headers.{name}")
    return {name.title(): value for name, value in headers.items()}  # one spelling, so that a given Accept replaces ours


def _proxy(url: str) -> Proxy:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        port = None
    if not port or parts.scheme != "http" or not parts.hostname:
        raise ConfigError("not the address of a forward proxy", key="proxy", remedy="Write it as http://host:port")
    headers = {}
    if parts.username is not None:
        secret = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Proxy-Authorization"] = "Basic " + base64.b64encode(secret.encode()).decode("ascii")
    return Proxy(host=parts.hostname, port=port, headers=headers)


def _utf8(header: str) -> str:
    """Header bytes are read as ISO 8859-1; addresses in them are mostly UTF-8 where they are not ASCII."""
    try:
        return header.encode("iso-8859-1").decode("utf-8")
    except UnicodeError:
        return header


def _http_date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def web_of(settings: Settings, outlets: Iterable[Outlet] = ()) -> Web:
    """The door to HTTP as these settings have it; a port that an outlet's own feed names is open, on that host alone."""
    return Web(
        user_agent=f"claimwire/{__version__} (+{settings.contact})",
        limits=Limits(host_delay=settings.host_delay),
        clock=settings.clock,
        proxy=settings.proxy,
        exempt=settings.exempt,
        places={place for outlet in outlets for feed in outlet.feeds if (place := guard.place_of(feed.url))},
        turns=settings.state / "turns",
    )
