"""A source's bytes to its entries: RSS, Atom and RDF, JSON Feed here; sitemaps, lists, channels, GDELT by readers of their own.

Pure; nothing is fetched, opened or looked up.

To be run in a process that can be killed (`pipeline.parsers`): some feeds of 80 KB hold the parsers for minutes.
"""

import calendar
import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import feedparser

from pipeline.answers import Entry, FeedKind
from pipeline.charsets import decode
from pipeline.entries import MAX_FLAW, Child, Reading, entry_of, instant, link_of, title_of
from pipeline.errors import Rejected
from pipeline.gdelt import read_answer
from pipeline.listpages import read_list
from pipeline.model import Outcome
from pipeline.plaintext import one_line
from pipeline.sitemaps import read_sitemap
from pipeline.telegram import read_channel

# Markup in entries becomes text here, by nh3: neither its safety nor its links are feedparser's business, whose time they are.
_AS_IT_IS = {"sanitize_html": False, "resolve_relative_uris": False}

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REFERENCE = re.compile(r"&#(?:[xX]([0-9a-fA-F]+)|([0-9]+));?")
# Twenty thousand newlines before the root take feedparser seconds, four times as many a minute.
_HEAD = re.compile(r"\s*(<\?xml[^>]*>)?\s*")
_HTML = re.compile(r"(?>\s|<!--.*?-->)*+<(?:!doctype\s+html|html)[\s>]", re.IGNORECASE | re.DOTALL)
_SITEMAP = re.compile(r"(?>\s|<!--.*?-->|<\?.*?\?>)*+<(?:[\w-]+:)?(?:urlset|sitemapindex)[\s/>]", re.IGNORECASE | re.DOTALL)
_HTTP = re.compile(r"\s*https?://", re.IGNORECASE)
_ISO_DAY = re.compile(r"\s*\d{4}-\d\d-\d\d(?!\d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """Entries in the feed's order; `dropped` counts those that are not among them, `flaws` says what is wrong with the feed."""

    entries: tuple[Entry, ...]
    title: str | None
    dropped: int
    flaws: tuple[str, ...]
    children: tuple[Child, ...] = ()  # of an index of sitemaps, newest first
    earlier: str | None = None  # the address that shows what came before


def parse(
    body: bytes,
    *,
    url: str,
    content_type: str | None,
    kind: FeedKind | None,
    links: Sequence[str] = (),
    charset: str | None = None,
    limit: int = 1_000,
) -> ParsedFeed:
    """The entries of a feed fetched from `url`; its kind is found out if it is not given. Raises Rejected if it is not a feed.

    Links are absolute http(s) or None, texts plain, times aware UTC or None. Of more than `limit` entries the newest are kept,
    or the first ones if not all are dated. `links` are the patterns of a list, `charset` what is known better than the feed says.
    Raises Unavailable where the answer says that a later one may be better.
    """
    if not body.strip(b"\0\t\n\r "):
        raise Rejected(Outcome.REJECTED, "empty body", url)
    decoded = decode(body, content_type, html=kind in _PAGES, charset=charset)
    text = decoded.text.lstrip("\ufeff \t\r\n")
    read = _reader(kind, text, links)(text, url)
    entries = [entry for entry in read.items if entry is not None]
    kept = _newest(entries, limit)
    flaws = [*([decoded.flaw] if decoded.flaw else []), *read.flaws]
    if len(kept) < len(read.items):
        flaws.append(f"{len(read.items) - len(entries)} entries without link and title, {len(entries) - len(kept)} beyond the limit")
    return ParsedFeed(
        entries=tuple(kept),
        title=read.title or None,
        dropped=len(read.items) - len(kept),
        flaws=tuple(flaws),
        children=read.children,
        earlier=read.earlier,
    )


def _kind(text: str) -> FeedKind:
    head = text[:10_000]
    if head.startswith("{"):
        return FeedKind.JSON
    return FeedKind.SITEMAP if _SITEMAP.match(head) else FeedKind.FEED


def _newest(entries: list[Entry], limit: int) -> list[Entry]:
    if len(entries) <= limit:
        return entries
    dated = [(entry.published, -place) for place, entry in enumerate(entries) if entry.published is not None]
    if len(dated) < len(entries):
        return entries[:limit]
    places = {-place for _, place in sorted(dated, reverse=True)[:limit]}
    return [entry for place, entry in enumerate(entries) if place in places]


# ---- RSS, Atom, RDF


def _syndication(text: str, url: str) -> Reading:
    if _HTML.match(text[:10_000]):
        raise Rejected(Outcome.REJECTED, "an HTML page, not a feed", url)
    result = _feedparsed(_repaired(text), url)
    if not result.get("version") and not result["entries"]:
        raise Rejected(Outcome.REJECTED, f"not a feed{_because(result)}", url)
    flaws = (f"not well-formed{_because(result)}",) if result.get("bozo") else ()
    items = [_syndicated(item, url) for item in result["entries"]]
    return Reading(items=items, title=title_of(result["feed"].get("title")), flaws=flaws)


def _repaired(text: str) -> str:
    """Without the XML declaration, whose charset no longer holds, and without characters and references that no XML may have.

    One `&#xD800;` or one number of 5,000 digits ends feedparser with an exception, and all the other entries with it.
    """
    return _REFERENCE.sub(_checked_reference, _NOT_XML.sub("", _HEAD.sub("", text, count=1)))


def _checked_reference(match: re.Match[str]) -> str:
    digits, base = (match[1], 16) if match[1] else (match[2], 10)
    significant = digits.lstrip("0")
    number = int(significant or "0", base) if len(significant) <= 7 else -1
    is_character = 0 <= number <= 0x10FFFF and not _NOT_XML.match(chr(number))
    return match[0] if is_character else ""


def _feedparsed(text: str, url: str) -> Any:
    # Without `content-location`, so that what is not an address stays so: a guid would be resolved against the feed's address like a link.
    headers = {"content-type": "application/xml; charset=utf-8"}
    try:
        # A stream, never the bytes: a body that is a path or an address would be opened.
        return feedparser.parse(io.BytesIO(text.encode("utf-8")), response_headers=headers, **_AS_IT_IS)
    except Exception as error:  # nine kinds of exception were seen for every hundred broken feeds, from KeyError to RecursionError
        raise Rejected(Outcome.REJECTED, f"feedparser cannot read it: {type(error).__name__}", url) from error


def _because(result: Mapping[str, Any]) -> str:
    reason = one_line(str(result.get("bozo_exception") or "").removeprefix("<unknown>:"), MAX_FLAW)
    return f": {reason}" if reason else ""


def _syndicated(item: Any, url: str) -> Entry | None:
    link = item.get("link")
    if item.get("guidislink") and not _HTTP.match(str(link)):
        link = None  # a guid that is no link ought to say so, and many don't
    return entry_of(
        url=link_of(link, url),
        title=title_of(item.get("title")),
        published=_moment(item),
        summary=item.get("summary"),
        body=_full_text(item),
        publisher=_publisher(item, url),
    )


def _publisher(item: Any, url: str) -> str | None:
    source = item.get("source")
    return link_of(source.get("href") or source.get("link"), url) if isinstance(source, dict) else None


def _moment(item: Any) -> datetime | None:
    """`dict.get`: feedparser's own answers a missing `updated` with a warning and another date."""
    for key in ("published", "created", "updated"):
        written, parts = dict.get(item, key), dict.get(item, f"{key}_parsed")
        if isinstance(written, str) and _ISO_DAY.match(written) and (moment := instant(written)):
            return moment
        # feedparser turns the 45th of a 13th month into next year's first: what looks like ISO 8601 has to be it.
        if parts is None or _ISO_DAY.match(str(written)):
            continue
        try:
            return datetime.fromtimestamp(calendar.timegm(parts), UTC)
        except (ValueError, TypeError, OverflowError):
            continue  # the year 0
    return None


def _full_text(item: Any) -> str | None:
    contents = [each.get("value") for each in item.get("content") or () if "html" in (kind := str(each.get("type"))) or "text" in kind]
    # Extensions such as `yandex:full-text` come as prefix_name.
    contents += [value for key, value in item.items() if str(key).replace("-", "").replace("_", "").endswith("fulltext")]
    return max((each for each in contents if isinstance(each, str)), key=len, default=None)


# ---- JSON Feed


def _json_feed(text: str, url: str) -> Reading:
    try:
        data = json.loads(text, strict=False)  # newlines within strings are a common fault
    except (ValueError, RecursionError) as error:
        raise Rejected(Outcome.REJECTED, f"not JSON: {type(error).__name__}", url) from error
    if not isinstance(data, dict) or "jsonfeed.org/version/1" not in _string(data, "version"):
        raise Rejected(Outcome.REJECTED, "JSON, but not a JSON Feed", url)
    items = data.get("items")
    if not isinstance(items, list):
        raise Rejected(Outcome.REJECTED, "a JSON Feed without items", url)
    return Reading(items=[_json_item(item, url) for item in items], title=title_of(_string(data, "title")))


def _json_item(item: object, url: str) -> Entry | None:
    if not isinstance(item, dict):
        return None
    identity = _string(item, "id")
    link = _string(item, "url") or _string(item, "external_url") or (identity if identity.startswith(("http://", "https://")) else "")
    return entry_of(
        url=link_of(link, url),
        title=title_of(_string(item, "title")),
        published=instant(_string(item, "date_published")) or instant(_string(item, "date_modified")),
        summary=_string(item, "summary"),
        body=_string(item, "content_html") or _string(item, "content_text"),
    )


def _string(data: Mapping[str, object], key: str) -> str:
    value = data.get(key)
    return value if isinstance(value, str) else ""


# ---- which reader


def _sitemap(text: str, url: str) -> Reading:
    return read_sitemap(_repaired(text), url)


_PAGES = frozenset({FeedKind.LIST, FeedKind.TELEGRAM, FeedKind.SEARCH})
_READERS: dict[FeedKind, Callable[[str, str], Reading]] = {
    FeedKind.FEED: _syndication,
    FeedKind.JSON: _json_feed,
    FeedKind.SITEMAP: _sitemap,
    FeedKind.TELEGRAM: read_channel,
    FeedKind.GDELT: read_answer,
}


def _reader(kind: FeedKind | None, text: str, links: Sequence[str]) -> Callable[[str, str], Reading]:
    """A search may answer with whatever it likes; told which links are articles, it answers with a page."""
    if kind is FeedKind.LIST or (kind is FeedKind.SEARCH and links):
        return partial(read_list, patterns=links)
    return _READERS[_kind(text) if kind is None or kind is FeedKind.SEARCH else kind]
