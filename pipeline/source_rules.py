"""The types of `sources.yml` and `agencies.yml`: whose news are read, and what is known of them."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from pipeline.answers import FeedKind
from pipeline.charsets import codec_of
from pipeline.model import OutletFacts
from pipeline.redaction import Redaction
from pipeline.rules import Chosen, Id, Language, Name, Rules, Side

# Of a header or a cookie: the value is read from the environment variable that is named.
REFERENCE = "env:"
# Where the words of a search stand in its address.
QUERY = "{query}"

_SECRET = re.compile(r"env:CLAIMWIRE_SOURCE_[A-Z0-9_]+")
_CHANNEL = re.compile(r"/s/[A-Za-z][A-Za-z0-9_]{3,31}/?")
_FILLING = frozenset({FeedKind.SITEMAP, FeedKind.GDELT, FeedKind.SEARCH})


def _secret_or_plain(value: str) -> str:
    if value.startswith(REFERENCE) and not _SECRET.fullmatch(value):
        raise ValueError("env: names a variable CLAIMWIRE_SOURCE_…, in capitals, digits and underscores")
    return value


def _charset(name: str) -> str:
    codec = codec_of(name)
    if codec is None:
        raise ValueError(f"no charset {name!r} that the web uses")
    return codec


def _one_or_more(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


HttpUrl = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/?#]+", max_length=2000)]
Ownership = Literal["state", "state-affiliated", "public", "private", "exile", "ngo", "government", "intergovernmental"]
Wall = Literal["consent", "paywall", "challenge"]
Given = Mapping[Name, Annotated[str, AfterValidator(_secret_or_plain)]]
# A shell's pattern of a path with its query, or of //host/path where the host is not the page's own; with a ! before it, of what is no
# article. Star by star, it is linear in the path's length.
PathPattern = Annotated[str, StringConstraints(pattern=r"^!?[/*]", max_length=200)]


class Feed(Rules):
    """One address to poll. `kind` is found out from the answer where it is not given."""

    named_by: ClassVar[tuple[str, ...]] = ("url",)

    url: HttpUrl
    kind: FeedKind | None = None
    volume: Annotated[float, Field(gt=0)] | None = None  # entries a day to be expected
    links: Annotated[tuple[PathPattern, ...], BeforeValidator(_one_or_more)] = ()  # which links of a page are articles
    fills: bool = False  # asked only for what the outlet's other feeds have missed
    every: Annotated[timedelta, Field(ge=timedelta(minutes=1), le=timedelta(days=7))] | None = None  # the longest time between two polls
    headers: Given = Field(default_factory=dict)
    cookies: Given = Field(default_factory=dict)

    @property
    def shown(self) -> str:
        """The address as it may be shown and kept: without a login, without keys in its query."""
        return Redaction().text(self.url)

    @model_validator(mode="after")
    def _fits_its_kind(self) -> "Feed":
        for wrong, why in _faults(self):
            if wrong:
                raise ValueError(why)
        return self


def _faults(feed: Feed) -> list[tuple[bool, str]]:
    kind, parts = feed.kind, urlsplit(feed.url)
    return [
        ((kind is FeedKind.SEARCH) != (QUERY in feed.url), f"{QUERY} stands in the address of a search, and nowhere else"),
        (QUERY in parts.netloc, f"{QUERY} is no part of a host's name"),
        (kind is FeedKind.LIST and not feed.links, "a list needs `links`: a pattern of the paths that are articles, such as /news/*"),
        (bool(feed.links) and kind not in {FeedKind.LIST, FeedKind.SEARCH}, "`links` are for a list, or a search that answers with one"),
        (bool(feed.links) and all(each.startswith("!") for each in feed.links), "`links` name only what is no article"),
        (kind is FeedKind.TELEGRAM and not _CHANNEL.fullmatch(parts.path), "a channel's public view is https://t.me/s/NAME"),
        (kind is FeedKind.GDELT and bool(parts.query), "GDELT's address stands without a query: that is made of the topic"),
        (feed.fills and kind not in _FILLING, f"what fills gaps says its kind: {', '.join(sorted(_FILLING))}"),
    ]


class Pause(Rules):
    """Why an outlet is not polled, and since when."""

    why: Name
    since: date


class Outlet(Rules):
    """One publisher and all that is known of it; an outlet's quirk is a line here, never Python."""

    named_by: ClassVar[tuple[str, ...]] = ("id",)

    id: Id
    name: Name
    domains: Annotated[tuple[Name, ...], Field(min_length=1)]
    country: Side | None = None
    ownership: Ownership | None = None
    tier: Annotated[int, Field(ge=1, le=4)] = 3
    languages: tuple[Language, ...] = ("en",)
    feeds: Annotated[tuple[Feed, ...], Field(min_length=1)]
    signs: tuple[Name, ...] = ()  # of an agency that is not in agencies.yml: how others sign what they take from it
    aggregator: bool = False  # publishes nothing of its own: each link is the outlet's whose domain it or its <source> names
    paused: Annotated[Pause | None, Chosen()] = None  # the outlet stays, nothing is polled; `paused: null` in a later file ends it
    headers: Given = Field(default_factory=dict)
    cookies: Given = Field(default_factory=dict)
    text: Literal["page", "feed"] = "page"  # whose text is taken first: the feed's where pages are closed
    charset: Annotated[str, AfterValidator(_charset)] | None = None  # where the outlet's own statement of it is wrong
    wall: Wall | None = None  # what a reader meets there
    notes: str = ""

    @model_validator(mode="after")
    def _feeds_go_together(self) -> "Outlet":
        urls = [(feed.url, feed.kind) for feed in self.feeds]
        if len(set(urls)) < len(urls):
            raise ValueError("a feed stands twice")
        if all(feed.fills for feed in self.feeds):
            raise ValueError("all feeds only fill gaps: there is none that could have them")
        if self.aggregator and any(feed.kind is FeedKind.TELEGRAM or feed.fills for feed in self.feeds):
            raise ValueError("an aggregator has neither channels nor gaps of its own")
        return self

    def facts(self) -> OutletFacts:
        return OutletFacts(id=self.id, name=self.name, country=self.country, ownership=self.ownership, tier=self.tier)


class Sources(Rules):
    """`sources.yml`: the outlets of a topic."""

    outlets: tuple[Outlet, ...]

    @model_validator(mode="after")
    def _ids_are_unique(self) -> "Sources":
        ids = [outlet.id for outlet in self.outlets]
        twice = sorted({each for each in ids if ids.count(each) > 1})
        if twice:
            raise ValueError(f"outlet ids stand twice: {', '.join(twice)}")
        return self


class Agency(Rules):
    """A news agency and how others sign what they take from it."""

    named_by: ClassVar[tuple[str, ...]] = ("name",)

    name: Name  # the outlet's, where it is one of the sources
    signs: Annotated[tuple[Name, ...], Field(min_length=1)]


class AgencyRules(Rules):
    """`agencies.yml`."""

    agencies: tuple[Agency, ...]
