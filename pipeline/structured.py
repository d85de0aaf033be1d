"""What a page carries beside what it shows: JSON-LD, `<meta>`, and the JSON that its scripts start from.

It is read once, before scripts leave the tree; later steps ask the values.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lxml.html import HtmlElement

Json = Mapping[str, Any]
Meta = Mapping[str, tuple[str, ...]]

# Values of one `<meta>` name; and assignments in one script that are tried as JSON.
MAX_VALUES = 20
MAX_ASSIGNMENTS = 20
# The state of a small page has some kilobytes; what is shorter configures a widget.
MIN_ISLAND = 300

_ARTICLE = re.compile(r"(article|posting|report|review)$", re.IGNORECASE)
_ASSIGNED = re.compile(r"[\w\])]\s{0,5}=\s{0,5}(?=[{\[])")
_DECODER = json.JSONDecoder(strict=False)  # a line break inside a string is the commonest fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Structured:
    """`article` is the page's own article in its JSON-LD, empty where there is none; `kinds` are the types of all its objects, `islands`
    the sources of its other JSON."""

    article: Json
    kinds: frozenset[str]
    meta: Meta
    islands: tuple[str, ...]

    def values(self, names: Iterable[str]) -> list[str]:
        """What the `<meta>` of these names say, in the order of the names."""
        return [value for name in names for value in self.meta.get(name, ())]


def read_structured(tree: HtmlElement) -> Structured:
    scripts = [(each.get("type", "").lower(), each.text) for each in tree.iter("script") if each.text]
    found = [each for kind, text in scripts if "ld+json" in kind for each in _objects(_json(text))]
    return Structured(
        article=max(filter(is_article, found), key=_fullness, default={}),
        kinds=frozenset(kind for each in found for kind in kinds(each)),
        meta=_meta(tree),
        islands=tuple(text for kind, text in scripts if "ld+json" not in kind and len(text) >= MIN_ISLAND),
    )


def _fullness(article: Json) -> int:
    return sum(key in article for key in ("headline", "datePublished", "author"))


def _json(text: str) -> Any:
    """The document of one script; None where it cannot be read."""
    text = text.strip().removeprefix("<!--").removesuffix("-->").removeprefix("//<![CDATA[").removesuffix("//]]>").strip().rstrip(";")
    try:
        return _DECODER.decode(text)
    except (ValueError, RecursionError):
        return None


def _objects(data: Any) -> Iterator[Json]:
    """The objects of a JSON-LD document: itself, the members of its list, of its `@graph`, and its `mainEntity`."""
    for each in data if isinstance(data, list) else [data]:
        if isinstance(each, dict):
            yield each
            inner = [each.get("mainEntity"), *(each["@graph"] if isinstance(each.get("@graph"), list) else [])]
            yield from (one for one in inner if isinstance(one, dict))


def is_article(data: Json) -> bool:
    return any(_ARTICLE.search(kind) for kind in kinds(data))


def kinds(data: Json) -> list[str]:
    """The `@type` of an object, which may have several."""
    said = data.get("@type")
    return [kind for kind in (said if isinstance(said, list) else [said]) if isinstance(kind, str)]


def _meta(tree: HtmlElement) -> Meta:
    """`<meta>` by name in lower case, whichever attribute carries the name."""
    values: dict[str, tuple[str, ...]] = {}
    for each in tree.iter("meta"):
        name = (each.get("property") or each.get("name") or each.get("itemprop") or each.get("http-equiv") or "").strip().lower()
        content = (each.get("content") or "").strip()
        if name and content:
            values[name] = (*values.get(name, ())[: MAX_VALUES - 1], content)
    return values


def islands_of(structured: Structured) -> Iterator[Any]:
    """The JSON values in the page's scripts: a script that is one, or what a script assigns (`window.state = {…}`)."""
    for text in structured.islands:
        if (whole := _json(text)) is not None:
            yield whole
            continue
        end = 0
        for _, match in zip(range(MAX_ASSIGNMENTS), _ASSIGNED.finditer(text), strict=False):
            if match.end() < end:
                continue
            try:
                value, end = _DECODER.raw_decode(text, match.end())
            except (ValueError, RecursionError):
                continue
            yield value
