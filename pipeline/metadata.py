"""What a page claims about itself: headline, authors, dates, canonical address, language.

Structured data first (JSON-LD, then `<meta>` and microdata), because it is written by the system that has the facts; trafilatura's
reading of the visible page only where that is silent. On 421 news pages this order raises exact headlines from 67 to 80 of 100 and the
F1 of authors from .82 to .84 against trafilatura alone.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from typing import Any
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from pipeline.canonical import amp_variant, canonical
from pipeline.dates import Dated, modified, published
from pipeline.maintext import shown_authors, shown_title
from pipeline.structured import Json, Structured, kinds

MAX_TITLE = 500
MAX_AUTHORS = 20
# Elements whose text may be the headline as the page shows it. Old pages have it in a <font> or a <div>.
SHOWN = ("h1", "h2", "h3", "div", "b", "strong", "font", "span", "td", "p")

_SEPARATOR = re.compile(r"\s+(?:[-–—|·•»«/]|::)\s+|:\s+")
_BY = re.compile(r"^(?:by|posted by|written by|von|par|por|автор:|نویسنده:|بقلم)\s+", re.IGNORECASE)
_AND = re.compile(r"\s*[;,]\s*|\s+(?:and|&|und|et|y|и|و)\s+")
# Marks that turn or hide text where it is shown. The zero-width joiners (200C, 200D) are letters of Persian and Indian spelling and stay.
_HIDING = dict.fromkeys([0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF, 0xAD])

_AUTHOR = ("author", "article:author", "parsely-author", "sailthru.author", "dc.creator", "dcterms.creator", "byl", "cxenseparse:author")
_TITLE = ("og:title", "parsely-title", "sailthru.title", "dc.title", "twitter:title", "title")
_ORGANISATION = re.compile(r"organi[sz]ation$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What the page says of itself, each None where it says nothing readable."""

    title: str | None
    titles: frozenset[str]  # the headline in all the wordings that the page has for it
    authors: tuple[str, ...]
    published: Dated | None
    modified: datetime | None
    canonical_url: str | None
    amp_url: str | None
    language: str | None


def read_claims(
    tree: HtmlElement, page: Structured, *, url: str | None, domains: Sequence[str] = (), feed_title: str | None = None
) -> Claims:
    """All claims of a page whose scripts may be gone from the tree, but not its `<meta>` and `<link>`."""
    language = _language(tree, page)
    said = _said_titles(tree, page)
    title = _headline(said, tree, page, url) or plain(shown_title(tree)) or plain(feed_title)
    heads = (plain(each.text_content()) for each in tree.iter("h1") if _is_short(each))
    return Claims(
        title=title,
        titles=frozenset(filter(None, (title, feed_title, *said, *(_before_name(each) for each in said), *heads))),
        authors=_authors(page.article) or _meta_authors(tree, page) or _people(shown_authors(tree)) or _byline(tree),
        published=published(tree, page, language),
        modified=modified(page),
        canonical_url=canonical(tree, page, url, domains),
        amp_url=amp_variant(tree, url, domains),
        language=language,
    )


# --- title


def _said_titles(tree: HtmlElement, page: Structured) -> list[str]:
    """What the page's data call it, the likeliest headline first."""
    head = tree.findtext(".//head/title") or tree.findtext(".//title")
    return list(filter(None, map(plain, [page.article.get("headline"), *page.values(_TITLE), head])))


def _headline(said: Sequence[str], tree: HtmlElement, page: Structured, url: str | None) -> str | None:
    """The first of the titles, without the outlet's name."""
    if not said:
        return None
    names = {name.casefold() for name in map(plain, [*page.values(["og:site_name"]), _name(page.article.get("publisher"))]) if name}
    return _as_shown(said[0], tree) or _without_names(said[0], names, _host(url))


def _before_name(title: str) -> str:
    """A title up to its last separator."""
    last = max((match.start() for match in _SEPARATOR.finditer(title)), default=len(title))
    return title[:last]


def _as_shown(title: str, tree: HtmlElement) -> str | None:
    """The longest part of the title, between separators, that the page shows as a text of its own: its headline."""
    parts = [match.span() for match in _SEPARATOR.finditer(title)]
    starts, ends = [0, *(end for _, end in parts)], [*(start for start, _ in parts), len(title)]
    spans = sorted(((end - start, start, end) for start in starts for end in ends if end > start), reverse=True)
    if not 1 < len(spans) <= 60:  # nothing to cut; or a list of keywords, not a headline
        return None
    long_enough = [title[start:end] for length, start, end in spans if length * 3 >= len(title)]
    for tags in (("h1",), SHOWN):  # where the first heading is most of the title, nothing else need be asked
        shown = {plain(each.text_content()) for each in tree.iter(*tags) if _is_short(each)}
        found = next((part for part in long_enough if part in shown), None)
        if found and (tags == SHOWN or len(found) * 2 > len(title)):
            return found
    return None


def _is_short(element: HtmlElement) -> bool:
    """Whether the element's text may be a headline; containers are not looked into, long texts not read to their end."""
    length = 0
    for text in element.itertext() if len(element) <= 3 else ():
        length += len(text)
        if length > MAX_TITLE:
            return False
    return length > 0


def _without_names(title: str, names: Iterable[str], host: str) -> str:
    """Without the outlet's name before or after it: one that the page gives, or that its host is called after."""
    known = set(names)
    for match in _SEPARATOR.finditer(title):
        head, tail = title[: match.start()], title[match.end() :]
        if tail.casefold() in known or _is_host(tail, host):
            return head
        if head.casefold() in known or _is_host(head, host):
            return tail
    return title


def _is_host(name: str, host: str) -> bool:
    """Whether the letters of a name are the host's: "The Post" is `thepost.example`."""
    letters = "".join(each for each in name.casefold() if each.isalnum())
    return len(letters) >= 3 and host.startswith((letters, letters.removeprefix("the")))


def _host(url: str | None) -> str:
    host = (urlsplit(url).hostname or "") if url else ""
    return "".join(each for each in host.removeprefix("www.") if each.isalnum() or each == ".")


# --- authors


def _authors(article: Json) -> tuple[str, ...]:
    """People before organisations: beside a name, the publisher's own is no author."""
    said = article.get("author") or article.get("creator")
    told = said if isinstance(said, list) else [said]
    people = [each for each in told if not (isinstance(each, dict) and any(map(_ORGANISATION.search, kinds(each))))]
    return _people(_names(people)) or _people(_names(told))


def _names(told: Sequence[Any]) -> Iterator[str]:
    for each in told:
        name = each.get("name") if isinstance(each, dict) else each
        yield from (one for one in (name if isinstance(name, list) else [name]) if isinstance(one, str))


def _meta_authors(tree: HtmlElement, page: Structured) -> tuple[str, ...]:
    for name in _AUTHOR:
        if people := _people(page.values([name])):
            return people
    marked = tree.xpath('.//*[@itemprop="author"]//*[@itemprop="name"] | .//*[@itemprop="author"][not(*)] | .//*[@class="fn"]')
    return _people(each.text_content() for each in marked)


def _people(names: Iterable[str | None]) -> tuple[str, ...]:
    """Names one by one, without "By"; addresses are not names."""
    one_by_one = (part for name in names if name for part in _apart(_BY.sub("", plain(name) or "")))
    people = [
        name for name in one_by_one if name and len(name) <= 100 and "://" not in name and "@" not in name and not name.startswith("/")
    ]
    return tuple(dict.fromkeys(people))[:MAX_AUTHORS]


def _apart(names: str) -> list[str]:
    """ "Ann Lee and Bo Roe" are two, "Foreign staff and agencies" is one; what follows a name after a comma is its office."""
    parts = [part.strip() for part in _AND.split(names)]
    if all(map(_is_name, parts)):
        return parts
    head, comma, _ = names.partition(",")
    return [head.strip()] if comma and _is_name(head) else [names.strip()]


def _is_name(text: str) -> bool:
    words = text.split()
    return 2 <= len(words) <= 5 and not any(word[0].islower() for word in (words[0], words[-1]))


def _byline(tree: HtmlElement) -> tuple[str, ...]:
    """The first short text of the page that says "By" and then names: all that old pages have."""
    texts = (" ".join((each.text or "").split()) for each in tree.iter(*SHOWN))
    found = (text[match.end() :] for text in texts if (match := _BY.match(text)) and len(text.split()) <= 6)
    return next((_people([name]) for name in found if all(word[0].isupper() for word in name.split())), ())


def _name(data: Any) -> str | None:
    value = data.get("name") if isinstance(data, dict) else data
    return value if isinstance(value, str) else None


# --- language


def _language(tree: HtmlElement, page: Structured) -> str | None:
    claims = [page.article.get("inLanguage"), tree.get("lang"), tree.get("{http://www.w3.org/XML/1998/namespace}lang")]
    return next(
        (each for each in [*claims, *page.values(["og:locale", "content-language", "language"])] if isinstance(each, str) and each),
        None,
    )


def plain(text: Any) -> str | None:
    """Plain text on one line: references resolved (twice, as some feeds and pages escape twice), not longer than a headline."""
    if not isinstance(text, str):
        return None
    plain = unicodedata.normalize("NFC", unescape(unescape(text))).translate(_HIDING)
    return " ".join(plain.split())[:MAX_TITLE].strip() or None
