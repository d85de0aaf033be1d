"""Takes the items out of a feed whose articles are still to come, and leaves every other byte as it stands.

The sample feeds are what they are for their quirks, a broken one or one in windows-1251 included, so nothing here parses one and
writes it anew: items are found by their tags, their addresses are ASCII in every charset used.
"""

import html
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urljoin

# One item each: RSS and RDF, the RDF table of contents, Atom, sitemaps, the lists of front pages. With the line's end, where it has one.
_ITEM = re.compile(
    rb"<item[ >].*?</item>\n?|<rdf:li [^>]*/>\n?|<entry[ >].*?</entry>\n?|<url>.*?</url>\n?|<li>.*?</li>\n?",
    re.DOTALL,
)
# Where an item leads. Atom's alternate link may stand behind others.
_LINK = re.compile(
    rb"""<link>([^<]*)</link>|<loc>([^<]*)</loc>|<link rel=["']alternate["'][^>]*href=["']([^"']*)|rdf:resource="([^"]*)|<a href="([^"]*)"""
)
_JSON_ITEMS = re.compile(r'"items"\s*:\s*\[\s*')

Published = Callable[[str], datetime | None]


@dataclass(frozen=True, slots=True)
class _Item:
    start: int
    end: int
    since: datetime | None  # None where it leads to no article known


def cut(body: bytes, base: str, published: Published, now: datetime) -> tuple[bytes, list[datetime]]:
    """The feed as it was at `now`, and when the articles that it shows came out. `published` knows an article's time by its address.

    An item that leads to another outlet's article is there when that is; one that leads to no known article (a dead link, a diary,
    a headline without a link) as soon as the feed's first article is.
    """
    as_json = body.lstrip().startswith(b"{")
    items = _json_items(body, base, published) if as_json else _tagged_items(body, base, published)
    first = min((item.since for item in items if item.since), default=None)
    out = [item for item in items if _is_out(item.since or first, now)]
    kept = _join_json(body, items, out) if as_json else _without(body, [item for item in items if item not in out])
    return kept, [item.since for item in out if item.since]


def _is_out(since: datetime | None, now: datetime) -> bool:
    return since is None or since <= now


def _tagged_items(body: bytes, base: str, published: Published) -> list[_Item]:
    return [_Item(match.start(), match.end(), _time(_link(match[0]), base, published)) for match in _ITEM.finditer(body)]


def _link(item: bytes) -> str | None:
    match = _LINK.search(item)
    return html.unescape(next(group for group in match.groups() if group is not None).decode("latin-1")) if match else None


def _time(link: str | None, base: str, published: Published) -> datetime | None:
    return published(urljoin(base, link)) if link else None


def _without(body: bytes, gone: Sequence[_Item]) -> bytes:
    for item in reversed(gone):
        body = body[: item.start] + body[item.end :]
    return body


def _json_items(body: bytes, base: str, published: Published) -> list[_Item]:
    """Positions are in bytes, so the text is read as latin-1, in which each byte is a character; addresses are ASCII."""
    text = body.decode("latin-1")
    head = _JSON_ITEMS.search(text)
    items: list[_Item] = []
    at = head.end() if head else len(text)
    while text.startswith("{", at):
        value, end = json.JSONDecoder().raw_decode(text, at)
        items.append(_Item(at, end, _time(value.get("url"), base, published)))
        at = end + len(text[end:]) - len(text[end:].lstrip(", \n\r\t"))
    return items


def _join_json(body: bytes, items: Sequence[_Item], out: Sequence[_Item]) -> bytes:
    if not items or len(items) == len(out):
        return body
    between = body[items[0].end : items[1].start] if len(items) > 1 else b""
    return body[: items[0].start] + between.join(body[item.start : item.end] for item in out) + body[items[-1].end :]
