"""What the web answers, as values: a page, and what feeds, sitemaps and lists tell of articles."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pipeline.model import Outcome, Validators


class FeedKind(StrEnum):
    """What an address that is polled answers with. The first three are told apart by the answer itself."""

    FEED = "feed"  # RSS, Atom, RDF
    JSON = "json"  # JSON Feed
    SITEMAP = "sitemap"  # or an index of sitemaps
    LIST = "list"  # a page whose links are articles
    TELEGRAM = "telegram"  # the public web view of a channel: each post is an article
    GDELT = "gdelt"  # the DOC 2.0 interface
    SEARCH = "search"  # a form that answers with any of the first four


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """Headers of the configuration, which may be secrets, and the domains that they are for."""

    headers: Mapping[str, str]
    domains: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A stretch of time that a source is asked about."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """An answer of status 200, its body decoded (gzip, br) and within the size limit."""

    url: str  # where the last hop ended
    asked: str  # where the first hop began
    headers: Mapping[str, str]  # names in lower case
    body: bytes
    fetched_at: datetime
    validators: Validators


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why an item is no article, as its source itself shows it: nothing is fetched to find that out."""

    outcome: Outcome
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One item of a feed, as the feed tells it: a claim, not yet a fact."""

    url: str | None  # absolute; None where the item has no link
    title: str  # plain text on one line
    published: datetime | None
    summary: str  # plain text
    body: str | None  # the article's full text where the feed carries it
    publisher: str | None = None  # an address of whoever published it, where an aggregator names one
    is_post: bool = False  # the body is the article: there is no page behind the link that tells more
    edited: bool = False  # marked as changed after it was published
    refusal: Refusal | None = None
