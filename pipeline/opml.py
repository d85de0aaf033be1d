"""Lists of feeds as other readers keep them, OPML 2.0: read with suspicion, and written.

lxml, and no library for OPML: there are only small ones without a release for two years and more, each of which either reads or writes,
and what counts here is what a hostile file can do.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from urllib.parse import urlsplit

from lxml import etree

from pipeline.answers import FeedKind
from pipeline.charsets import decode
from pipeline.plaintext import one_line
from pipeline.source_rules import Outlet

# The largest lists that people share have some thousand feeds, and a megabyte.
MAX_BYTES = 5_000_000
MAX_FEEDS = 5_000
# Folders and notes are outlines, too; half a million of them take a quarter of a minute to walk through.
MAX_OUTLINES = 10 * MAX_FEEDS
MAX_NAME = 200
# What other readers understand.
_SHARED_KINDS = frozenset({None, FeedKind.FEED, FeedKind.JSON})


class NotOpml(ValueError):
    """This is no list of feeds, or one that is not read; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """One feed of a list; `folders` are those it lies in, the outermost first."""

    name: str
    feed: str
    site: str | None
    language: str | None
    folders: tuple[str, ...]


def read_opml(body: bytes) -> tuple[Outline, ...]:
    """The feeds of a list in its order, each address once; names are plain text. Raises NotOpml."""
    if len(body) > MAX_BYTES:
        raise NotOpml(f"{len(body):,} bytes are more than a list of feeds has")
    text = decode(body, None).text.lstrip("\ufeff \t\r\n")
    # An attribute's entities are expanded whatever the parser is told, and everything in OPML is an attribute.
    if "<!doctype" in text.lower() or "<!entity" in text.lower():
        raise NotOpml("it declares a document type, which no list of feeds needs")
    root = _root(text)
    found = {outline.feed: outline for outline in reversed([*_outlines(root)])}
    if not found:
        raise NotOpml("no outline of it has an xmlUrl that is a web address")
    if len(found) > MAX_FEEDS:
        raise NotOpml(f"{len(found):,} feeds are too many to read at once: split the file")
    return tuple(reversed(found.values()))


def _root(text: str) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, recover=True, load_dtd=False)
    try:
        root = etree.fromstring(text.partition("?>")[2].encode() if text.startswith("<?xml") else text.encode(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise NotOpml(f"not XML: {one_line(str(error), MAX_NAME)}") from error
    if root is None or etree.QName(root).localname.lower() != "opml":
        raise NotOpml("XML, but not OPML")
    if sum(1 for _ in root.iter()) > MAX_OUTLINES:
        raise NotOpml(f"more than {MAX_OUTLINES:,} outlines are too many to read at once: split the file")
    return root


def _outlines(root: etree._Element) -> Iterator[Outline]:
    """Walked with a list of its own: markup may be nested deeper than Python is."""
    waiting: list[tuple[etree._Element, tuple[str, ...]]] = [(each, ()) for each in reversed(root)]
    while waiting:
        element, folders = waiting.pop()
        if not isinstance(element.tag, str):
            continue
        given = {str(name).lower(): str(value) for name, value in element.attrib.items()}
        name = one_line(given.get("title") or given.get("text") or "", MAX_NAME)
        feed = _address(given.get("xmlurl"))
        if feed:
            site, language = _address(given.get("htmlurl")), given.get("language", "")[:2].lower()
            known = language if language.isalpha() and len(language) == 2 and language.isascii() else None
            yield Outline(name=name or urlsplit(feed).hostname or feed, feed=feed, site=site, language=known, folders=folders)
        inner = (*folders, name) if name and not feed and element.tag.lower() == "outline" else folders
        waiting += [(each, inner) for each in reversed(element)]


def _address(text: str | None) -> str | None:
    """A web address; `feed:` before one is how some readers mark it."""
    address = (text or "").strip().removeprefix("feed:")
    if address.startswith("//"):
        address = f"https:{address}"
    try:
        parts = urlsplit(address)
        fits = parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return None
    return address if fits and len(address) <= 2_000 and address.isprintable() and " " not in address else None


def write_opml(outlets: Sequence[Outlet], *, title: str, at: datetime) -> bytes:
    """A list of the outlets' feeds, in a folder for each country. Feeds of kinds that no other reader understands are left out."""
    root = etree.Element("opml", version="2.0")
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = title
    etree.SubElement(head, "dateCreated").text = format_datetime(at, usegmt=True)
    body = etree.SubElement(root, "body")
    shared = [outlet for outlet in outlets if any(feed.kind in _SHARED_KINDS for feed in outlet.feeds)]
    for country in dict.fromkeys(outlet.country for outlet in shared):
        folder = etree.SubElement(body, "outline", text=country or "elsewhere")
        for outlet in shared:
            if outlet.country == country:
                _write_outlet(folder, outlet)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _write_outlet(folder: etree._Element, outlet: Outlet) -> None:
    feeds = [feed for feed in outlet.feeds if feed.kind in _SHARED_KINDS]
    categories = ",".join(
        filter(None, (f"/{outlet.country}" if outlet.country else "", f"/{outlet.ownership}" if outlet.ownership else ""))
    )
    for feed in feeds:
        name = outlet.name if len(feeds) == 1 else f"{outlet.name} – {_where(feed.url)}"
        given = {"type": "rss", "text": name, "title": name, "xmlUrl": feed.url, "htmlUrl": f"https://{outlet.domains[0]}/"}
        if len(outlet.languages) == 1:
            given["language"] = outlet.languages[0]
        if categories:
            given["category"] = categories
        etree.SubElement(folder, "outline", given)


def _where(url: str) -> str:
    parts = urlsplit(url)
    return f"{(parts.hostname or '').removeprefix('www.')}{parts.path.rstrip('/')}"


def shared_feeds(outlets: Iterable[Outlet]) -> tuple[int, int]:
    """How many feeds `write_opml` writes, and how many it leaves out."""
    kinds = [feed.kind in _SHARED_KINDS for outlet in outlets for feed in outlet.feeds]
    return sum(kinds), len(kinds) - sum(kinds)
