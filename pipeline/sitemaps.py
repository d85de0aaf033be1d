"""News sitemaps and indexes of sitemaps to entries. To be run in a process that can be killed, like `feeds`."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from lxml import etree

from pipeline.answers import Entry
from pipeline.entries import MAX_FLAW, Child, Reading, entry_of, instant, link_of, title_of
from pipeline.errors import Rejected
from pipeline.model import Outcome
from pipeline.plaintext import one_line

# An index of a large outlet names one sitemap a day for twenty years; those that matter are the newest.
MAX_CHILDREN = 1_000

_NUMBER = re.compile(r"\d+")
_NEVER = datetime.min.replace(tzinfo=UTC)


def read_sitemap(text: str, url: str) -> Reading:
    """The entries of a sitemap, or the sitemaps of an index, newest first. `text` is without characters that no XML may have."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, recover=True, load_dtd=False)
    try:
        root = etree.fromstring(text.encode("utf-8"), parser)
    except etree.XMLSyntaxError as error:
        raise Rejected(Outcome.REJECTED, f"not XML: {one_line(str(error), MAX_FLAW)}", url) from error
    name = None if root is None else _local_name(root)
    if root is None or name not in {"urlset", "sitemapindex"}:
        raise Rejected(Outcome.REJECTED, "not a sitemap", url)
    flaws = (f"not well-formed: {one_line(parser.error_log[0].message, MAX_FLAW)}",) if len(parser.error_log) else ()
    if name == "sitemapindex":
        return Reading(items=[], flaws=flaws, children=_children(root, url))
    pages = [_fields(element) for element in root if _local_name(element) == "url"]
    return Reading(items=[_mapped(page, url) for page in pages], title=title_of(pages[0].get("name") if pages else None), flaws=flaws)


def _children(root: Any, url: str) -> tuple[Child, ...]:
    found = (_fields(element) for element in root if _local_name(element) == "sitemap")
    children = [Child(url=link, modified=instant(told.get("lastmod", ""))) for told in found if (link := link_of(told.get("loc"), url))]
    if not children:
        raise Rejected(Outcome.REJECTED, "an index of sitemaps that names none", url)
    return tuple(sorted(children, key=_newness, reverse=True)[:MAX_CHILDREN])


def _newness(child: Child) -> tuple[datetime, bool, list[int]]:
    """By what it says; where it says nothing, news before archives, and sitemap-2026-11 before sitemap-2026-10 before sitemap-2."""
    return child.modified or _NEVER, "news" in child.url.lower(), [int(number[:18]) for number in _NUMBER.findall(child.url)]


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
    return entry_of(
        url=link_of(page.get("loc"), url),
        title=title_of(page.get("title")),
        published=instant(page.get("publication_date", "")) or instant(page.get("lastmod", "")),
        summary=None,
        body=None,
    )
