"""A feed's bytes to its entries: RSS, Atom and RDF, JSON Feed, news sitemaps. Pure; nothing is fetched, opened or looked up.

To be run in a process that can be killed (`pipeline.parsers`): some feeds of 80 KB hold the parsers for minutes.
"""

import calendar
import io
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import feedparser
from lxml import etree

from pipeline.charsets import decode
from pipeline.errors import Rejected
from pipeline.model import Entry, FeedKind, Outcome
from pipeline.plaintext import one_line, paragraphs

MAX_TITLE = 500
MAX_SUMMARY = 5_000
# The store highlights at most a million characters of a field.
MAX_BODY = 900_000
# A quadratic entity of 90 KB makes a title of 8 MB; markup of that size is not read, its beginning is.
MAX_MARKUP = 2 * MAX_BODY
MAX_LINK = 2_000
MAX_FLAW = 200

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REFERENCE = re.compile(r"&#(?:[xX]([0-9a-fA-F]+)|([0-9]+));?")
# Twenty thousand newlines before the root take feedparser seconds, four times as many a minute.
_HEAD = re.compile(r"\s*(<\?xml[^>]*>)?\s*")
_HTML = re.compile(r"(?:\s|<!--.*?-->)*<(?:!doctype\s+html|html)[\s>]", re.IGNORECASE | re.DOTALL)
_SITEMAP = re.compile(r"(?:\s|<!--.*?-->|<\?.*?\?>)*<(?:[\w-]+:)?(?:urlset|sitemapindex)[\s/>]", re.IGNORECASE | re.DOTALL)
_HTTP = re.compile(r"\s*https?://", re.IGNORECASE)
_ISO_DAY = re.compile(r"\s*\d{4}-\d\d-\d\d(?!\d)")
_TAB_OR_NEWLINE = re.compile(r"[\t\r\n]")


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """Entries in the feed's order; `dropped` counts those that are not among them, `flaws` says what is wrong with the feed."""

    entries: tuple[Entry, ...]
    title: str | None
    dropped: int
    flaws: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """What one format's reader gives: None for an item that has neither a link nor a title."""

    items: list[Entry | None]
    title: str | None
    flaws: tuple[str, ...] = ()


def parse(body: bytes, *, url: str, content_type: str | None, kind: FeedKind | None, limit: int = 1_000) -> ParsedFeed:
    """The entries of a feed fetched from `url`; its kind is found out if it is not given. Raises Rejected if it is not a feed.

    Links are absolute http(s) or None, texts plain, times aware UTC or None. Of more than `limit` entries the newest are kept,
    or the first ones if not all are dated.
    """
    if not body.strip(b"\0\t\n\r "):
        raise Rejected(Outcome.REJECTED, "empty body", url)
    decoded = decode(body, content_type)
    text = decoded.text.lstrip("\ufeff \t\r\n")
    read = _READERS[kind or _kind(text)](text, url)
    entries = [entry for entry in read.items if entry is not None]
    kept = _newest(entries, limit)
    flaws = [*([decoded.flaw] if decoded.flaw else []), *read.flaws]
    if len(kept) < len(read.items):
        flaws.append(f"{len(read.items) - len(entries)} entries without link and title, {len(entries) - len(kept)} beyond the limit")
    return ParsedFeed(entries=tuple(kept), title=read.title or None, dropped=len(read.items) - len(kept), flaws=tuple(flaws))


def _kind(text: str) -> FeedKind:
    head = text[:10_000]
    if head.startswith("{"):
        return FeedKind.JSON
    return FeedKind.SITEMAP if _SITEMAP.match(head) else FeedKind.SYNDICATION


def _newest(entries: list[Entry], limit: int) -> list[Entry]:
    if len(entries) <= limit:
        return entries
    dated = [(entry.published, -place) for place, entry in enumerate(entries) if entry.published is not None]
    if len(dated) < len(entries):
        return entries[:limit]
    places = {-place for _, place in sorted(dated, reverse=True)[:limit]}
    return [entry for place, entry in enumerate(entries) if place in places]


# ---- RSS, Atom, RDF


def _syndication(text: str, url: str) -> _Read:
    if _HTML.match(text[:10_000]):
        raise Rejected(Outcome.REJECTED, "an HTML page, not a feed", url)
    result = _feedparsed(_repaired(text), url)
    if not result.get("version") and not result["entries"]:
        raise Rejected(Outcome.REJECTED, f"not a feed{_because(result)}", url)
    flaws = (f"not well-formed{_because(result)}",) if result.get("bozo") else ()
    items = [_syndicated(item, url) for item in result["entries"]]
    return _Read(items=items, title=_title(result["feed"].get("title")), flaws=flaws)


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
        return feedparser.parse(io.BytesIO(text.encode("utf-8")), response_headers=headers, sanitize_html=False)
    except Exception as error:  # nine kinds of exception were seen for every hundred broken feeds, from KeyError to RecursionError
        raise Rejected(Outcome.REJECTED, f"feedparser cannot read it: {type(error).__name__}", url) from error


def _because(result: Mapping[str, Any]) -> str:
    reason = one_line(str(result.get("bozo_exception") or "").removeprefix("<unknown>:"), MAX_FLAW)
    return f": {reason}" if reason else ""


def _syndicated(item: Any, url: str) -> Entry | None:
    link = item.get("link")
    if item.get("guidislink") and not _HTTP.match(str(link)):
        link = None  # a guid that is no link ought to say so, and many don't
    return _entry(
        url=_link(link, url),
        title=_title(item.get("title")),
        published=_moment(item),
        summary=item.get("summary"),
        body=_full_text(item),
    )


def _moment(item: Any) -> datetime | None:
    """`dict.get`: feedparser's own answers a missing `updated` with a warning and another date."""
    for key in ("published", "created", "updated"):
        written, parts = dict.get(item, key), dict.get(item, f"{key}_parsed")
        if isinstance(written, str) and _ISO_DAY.match(written) and (moment := _instant(written)):
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


def _json_feed(text: str, url: str) -> _Read:
    try:
        data = json.loads(text, strict=False)  # newlines within strings are a common fault
    except (ValueError, RecursionError) as error:
        raise Rejected(Outcome.REJECTED, f"not JSON: {type(error).__name__}", url) from error
    if not isinstance(data, dict) or "jsonfeed.org/version/1" not in _string(data, "version"):
        raise Rejected(Outcome.REJECTED, "JSON, but not a JSON Feed", url)
    items = data.get("items")
    if not isinstance(items, list):
        raise Rejected(Outcome.REJECTED, "a JSON Feed without items", url)
    return _Read(items=[_json_item(item, url) for item in items], title=_title(_string(data, "title")))


def _json_item(item: object, url: str) -> Entry | None:
    if not isinstance(item, dict):
        return None
    identity = _string(item, "id")
    link = _string(item, "url") or _string(item, "external_url") or (identity if identity.startswith(("http://", "https://")) else "")
    return _entry(
        url=_link(link, url),
        title=_title(_string(item, "title")),
        published=_instant(_string(item, "date_published")) or _instant(_string(item, "date_modified")),
        summary=_string(item, "summary"),
        body=_string(item, "content_html") or _string(item, "content_text"),
    )


def _string(data: Mapping[str, object], key: str) -> str:
    value = data.get(key)
    return value if isinstance(value, str) else ""


# ---- news sitemap


def _sitemap(text: str, url: str) -> _Read:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, recover=True, load_dtd=False)
    try:
        root = etree.fromstring(_repaired(text).encode("utf-8"), parser)
    except etree.XMLSyntaxError as error:
        raise Rejected(Outcome.REJECTED, f"not XML: {one_line(str(error), MAX_FLAW)}", url) from error
    name = None if root is None else _local_name(root)
    if name == "sitemapindex":
        raise Rejected(Outcome.REJECTED, "an index of sitemaps: name the one with the news", url)
    if root is None or name != "urlset":
        raise Rejected(Outcome.REJECTED, "not a sitemap", url)
    flaws = (f"not well-formed: {one_line(parser.error_log[0].message, MAX_FLAW)}",) if len(parser.error_log) else ()
    pages = [_fields(element) for element in root if _local_name(element) == "url"]
    return _Read(items=[_mapped(page, url) for page in pages], title=_title(pages[0].get("name") if pages else None), flaws=flaws)


def _local_name(element: Any) -> str:
    """Namespaces are written in many ways, and forgotten; the names are enough."""
    return element.tag.rpartition("}")[2].rpartition(":")[2].lower() if isinstance(element.tag, str) else ""


def _fields(element: Any) -> dict[str, str]:
    """The first text under each name below the element."""
    fields: dict[str, str] = {}
    for each in element.iter():
        if each.text and each.text.strip():
            fields.setdefault(_local_name(each), each.text)
    return fields


def _mapped(page: Mapping[str, str], url: str) -> Entry | None:
    return _entry(
        url=_link(page.get("loc"), url),
        title=_title(page.get("title")),
        published=_instant(page.get("publication_date", "")) or _instant(page.get("lastmod", "")),
        summary=None,
        body=None,
    )


_READERS: dict[FeedKind, Callable[[str, str], _Read]] = {
    FeedKind.SYNDICATION: _syndication,
    FeedKind.JSON: _json_feed,
    FeedKind.SITEMAP: _sitemap,
}


# ---- what they have in common


def _entry(*, url: str | None, title: str, published: datetime | None, summary: str | None, body: str | None) -> Entry | None:
    if url is None and not title:
        return None
    return Entry(
        url=url,
        title=title,
        published=published,
        summary=one_line((summary or "")[:MAX_MARKUP], MAX_SUMMARY),
        body=paragraphs((body or "")[:MAX_MARKUP], MAX_BODY) or None,
    )


def _title(markup: object) -> str:
    return one_line(markup[:MAX_MARKUP], MAX_TITLE) if isinstance(markup, str) else ""


def _link(link: object, base: str) -> str | None:
    """Absolute and http(s), without userinfo, or None."""
    if not isinstance(link, str) or not link.strip():
        return None
    try:
        parts = urlsplit(urljoin(base, _TAB_OR_NEWLINE.sub("", link).strip()))
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            return None
        address = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    except ValueError:
        return None
    return address if len(address) <= MAX_LINK and address.isprintable() else None


def _instant(text: str) -> datetime | None:
    """A moment as ISO 8601 or RFC 5322 writes it; one without a zone is taken for UTC, as feedparser does."""
    text = text.strip()[:64]
    for read in _DATES:
        try:
            moment = read(text)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return None


_DATES: Iterable[Callable[[str], datetime]] = (datetime.fromisoformat, parsedate_to_datetime)
