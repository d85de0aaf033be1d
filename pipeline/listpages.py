"""A page that lists articles, to entries: its links that look like articles, their texts as titles, the times that stand beside them."""

import fnmatch
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urldefrag, urlsplit

from lxml.html import HtmlElement

from pipeline.addresses import normalise
from pipeline.entries import Reading, entry_of, instant, link_of, title_of
from pipeline.errors import Rejected
from pipeline.markup import load_list
from pipeline.model import Outcome

MAX_LINKS = 1_000
# How far above a link its own box may reach.
MAX_CLIMB = 12

_HEADINGS = "descendant-or-self::*[self::h1 or self::h2 or self::h3 or self::h4 or self::h5 or self::h6]"
_WWW = re.compile(r"^www\d?\.")


@dataclass(frozen=True, slots=True)
class _Anchor:
    url: str
    element: HtmlElement

    @property
    def key(self) -> str:
        """The same for each way in which a page writes one address."""
        return normalise(self.url)


def read_list(text: str, url: str, patterns: Sequence[str]) -> Reading:
    """The links that fit the patterns, in the page's order. Raises Rejected where none does: another page than was meant."""
    tree = load_list(text, url)
    base = link_of((tree.xpath("string(//base/@href)") or "").strip() or url, url) or url
    wanted = _Wanted(patterns, url)
    links = [_Anchor(link, element) for element in tree.iter("a") if (link := _address(element, base))]
    fitting = [each for each in links if wanted.fits(each.url)]
    if not fitting:
        raise Rejected(Outcome.REJECTED, f"none of the page's {len(links)} links is like {', '.join(patterns)}", url)
    boxes = _Boxes(fitting)
    articles: dict[str, list[_Anchor]] = {}
    for each in fitting:
        articles.setdefault(each.key, []).append(each)
    items = [
        entry_of(url=anchors[0].url, title=_title(anchors), published=boxes.time(anchors), summary=None, body=None)
        for anchors in list(articles.values())[:MAX_LINKS]
    ]
    return Reading(items=items, title=title_of(tree.xpath("string(//title)")) or None)


def _address(element: HtmlElement, base: str) -> str | None:
    link = link_of(element.get("href"), base)
    return urldefrag(link).url if link else None


class _Wanted:
    """Patterns of a shell, of paths at the page's own host, or of //host/path."""

    def __init__(self, patterns: Sequence[str], url: str) -> None:
        self._host = _host(url)
        self._taken = [_compiled(each) for each in patterns if not each.startswith("!")]
        self._left = [_compiled(each[1:]) for each in patterns if each.startswith("!")]

    def fits(self, link: str) -> bool:
        parts = urlsplit(link)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        forms = [f"//{_host(link)}{path}"] + ([path] if _host(link) == self._host else [])
        return _any(self._taken, forms) and not _any(self._left, forms)


def _compiled(pattern: str) -> re.Pattern[str]:
    """Each star takes as little as it can and never gives back: a pattern of many stars costs no more than one."""
    return re.compile(fnmatch.translate(pattern))


def _any(patterns: Sequence[re.Pattern[str]], forms: Sequence[str]) -> bool:
    return any(pattern.match(form) for pattern in patterns for form in forms)


def _host(link: str) -> str:
    return _WWW.sub("", urlsplit(link).hostname or "")


def _title(anchors: Sequence[_Anchor]) -> str:
    """The headline in or around a link; else its longest text, which "Read more" and a picture's link are not."""
    for each in anchors:
        headings = each.element.xpath(_HEADINGS) or each.element.xpath("ancestor::*[self::h1 or self::h2 or self::h3 or self::h4]")
        if headings and (title := title_of(headings[0].text_content())):
            return title
    texts = [title_of(each.element.text_content()) for each in anchors]
    named = [title_of(each.element.get(key)) for each in anchors for key in ("title", "aria-label")]
    shown = [title_of(alt) for each in anchors for alt in each.element.xpath(".//img/@alt")]
    return next((best for part in (texts, named, shown) if (best := max(part, key=len, default=""))), "")


class _Boxes:
    """Which part of the page belongs to one link alone."""

    def __init__(self, anchors: Sequence[_Anchor]) -> None:
        self._links: dict[HtmlElement, set[str]] = {}
        for each in anchors:
            for above in _upwards(each.element):
                self._links.setdefault(above, set()).add(each.key)

    def time(self, anchors: Sequence[_Anchor]) -> datetime | None:
        """The first `<time>` of the box, or of the piece before it that has no link: a list of terms, each with its article."""
        for each in anchors:
            box = each.element
            for above in _upwards(each.element):
                if len(self._links[above]) > 1:
                    break
                box = above
            before = box.getprevious()
            beside = [before] if before is not None and before not in self._links else []
            for place in (box, *beside):
                if moment := _first_time(place):
                    return moment
        return None


def _upwards(element: HtmlElement) -> Iterator[HtmlElement]:
    above: HtmlElement | None = element
    for _ in range(MAX_CLIMB):
        if above is None or above.tag in {"body", "html"}:
            return
        yield above
        above = above.getparent()


def _first_time(box: HtmlElement) -> datetime | None:
    for time in box.iter("time"):
        told = time.get("datetime") or time.text_content()
        if told and (moment := instant(told)):
            return moment
    return None
