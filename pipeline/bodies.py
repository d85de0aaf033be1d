"""The article's text where the markup does not show it: in JSON-LD, and in the JSON that a page's scripts start from.

Islands have no common form. An article's body is the list of blocks, or the string of markup, that holds most running text; the object
around it that has a headline is the article.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.maintext import MIN_WORDS, THIN_WORDS
from pipeline.model import TextSource
from pipeline.plaintext import one_line, paragraphs
from pipeline.structured import Json, Structured, islands_of

# Elasticsearch highlights up to 1,000,000 characters, and nobody writes an article of a tenth of that.
MAX_TEXT = 900_000
# The page's data hold more than what it shows: so many times the words for its JSON-LD, which some sites fill with the text of a whole
# series; so many for an island, where what is longest may be something else.
MORE_IN_JSON_LD, MORE_IN_ISLAND = 1.6, 2.0
# Nodes of all islands of a page that are looked at, and how deep: a hostile one is all brackets.
MAX_NODES = 200_000
MAX_DEPTH = 60
# A block of text has at least so many words; a body at least so many in all its blocks.
BLOCK_WORDS, BODY_WORDS = 6, 40
# How deep in a block its words may lie: rich text is paragraphs of runs of marks of text.
BLOCK_DEPTH = 6

_TEXTS = ("html", "text", "value", "content", "body", "paragraph", "data", "children", "items", "nodes", "markup", "textContent")
_KINDS = ("kind", "type", "__typename", "nodeType", "component", "blockType", "name", "_type")
_MARKUP = re.compile(r"<(?:p|br|div|h[2-6])\b", re.IGNORECASE)
_SENTENCE = re.compile(r"[.!?…؟۔。][\"'”’»)]*\s*(?:</[a-z]+>\s*){0,3}$")
# What islands call the things that JSON-LD has names for; letters of their keys alone, in lower case.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "headline": ("headline", "title", "headlinetext", "articletitle"),
    "datePublished": ("datepublished", "publishedat", "publishdate", "publicationdate", "firstpublished", "firstpublishedat",
                      "publishedon", "publishedtime", "displaydate", "published", "pubdate", "date"),
    "dateModified": ("datemodified", "updatedat", "modifiedat", "lastmodified", "updated", "lastupdated", "modified"),
    "author": ("authors", "author", "byline", "bylines"),
    "url": ("canonical", "canonicalurl", "websiteurl"),
    "inLanguage": ("inlanguage", "lang", "language", "locale"),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """Paragraphs, where they stood, and what is said of them there in the names of JSON-LD."""

    lines: tuple[str, ...]
    source: TextSource
    article: Json

    @property
    def words(self) -> int:
        return sum(len(line.split()) for line in self.lines)


NOTHING = Body(lines=(), source=TextSource.MARKUP, article={})


def from_feed(text: str) -> Body:
    return Body(lines=tuple(text.split("\n\n")), source=TextSource.FEED, article={})


def fullest(shown: Body, page: Structured) -> Body:
    """What the page shows, unless its data hold clearly more."""
    told = from_json_ld(page)
    if told.words > MORE_IN_JSON_LD * max(shown.words, MIN_WORDS):
        return told
    island = from_islands(page) if shown.words < THIN_WORDS else NOTHING
    return island if island.words > MORE_IN_ISLAND * shown.words else shown


def from_json_ld(page: Structured) -> Body:
    body = page.article.get("articleBody")
    text = paragraphs(body, MAX_TEXT) if isinstance(body, str) else ""
    return Body(lines=tuple(text.split("\n\n")) if text else (), source=TextSource.JSON_LD, article={})


def from_islands(page: Structured) -> Body:
    """The longest body in the page's scripts; nothing where none has running text of some length."""
    found = (Body(lines=lines, source=TextSource.JSON_ISLAND, article=_article(owner)) for lines, owner in _bodies(page))
    best = max(found, key=lambda body: body.words, default=NOTHING)
    return best if best.words >= BODY_WORDS else NOTHING


def _bodies(page: Structured) -> Iterator[tuple[tuple[str, ...], Json]]:
    nodes = 0
    for island in islands_of(page):
        stack: list[tuple[Any, Json, int]] = [(island, {}, 0)]
        while stack and nodes < MAX_NODES:
            node, owner, depth = stack.pop()
            nodes += 1
            if isinstance(node, str):
                if lines := _of_markup(node):
                    yield lines, owner
            elif isinstance(node, list):
                if lines := _of_blocks(node):
                    yield lines, owner
            elif isinstance(node, dict) and _has_headline(node):
                owner = node
            if depth < MAX_DEPTH and isinstance(node, dict | list):
                inner = node.values() if isinstance(node, dict) else node
                stack.extend((each, owner, depth + 1) for each in inner if isinstance(each, str | dict | list))


def _of_markup(text: str) -> tuple[str, ...]:
    """The paragraphs of a string that is a text of several."""
    if len(text) < 200 or not (_MARKUP.search(text) or "\n\n" in text):
        return ()
    lines = paragraphs(text[:MAX_TEXT], MAX_TEXT).split("\n\n")
    return tuple(lines) if sum(bool(_SENTENCE.search(line)) for line in lines) * 2 >= len(lines) else ()


def _of_blocks(blocks: Sequence[Any]) -> tuple[str, ...]:
    """The texts of the blocks that are of the kind of most words, or of a kind named like text."""
    texts = [(_kind(block), one_line(_words(block, 0), MAX_TEXT)) for block in blocks[:2000]]
    words = Counter[str]()
    for kind, text in texts:
        if len(text.split()) >= BLOCK_WORDS and _SENTENCE.search(text):
            words[kind] += len(text.split())
    if not words:
        return ()
    main = words.most_common(1)[0][0]
    return tuple(text for kind, text in texts if kind == main and text and (_SENTENCE.search(text) or len(text.split()) < 30))


def _kind(block: Any) -> str:
    kinds = (block.get(key) for key in _KINDS) if isinstance(block, dict) else ()
    return next((kind for kind in kinds if isinstance(kind, str)), "")


def _words(block: Any, depth: int) -> str:
    """All text of a block, its runs joined as they stand."""
    if isinstance(block, str):
        return block
    if depth >= BLOCK_DEPTH:
        return ""
    if isinstance(block, list):
        return "".join(_words(each, depth + 1) for each in block)
    if isinstance(block, dict):
        return next(filter(None, (_words(block[key], depth + 1) for key in _TEXTS if key in block)), "")
    return ""


def _has_headline(node: Json) -> bool:
    return any(isinstance(value, str) and _letters(key) in _NAMES["headline"] for key, value in node.items())


def _article(owner: Json) -> Json:
    """What an island says of its article, in the names of JSON-LD."""
    said = {_letters(key): value for key, value in owner.items() if value}
    return {name: value for name, keys in _NAMES.items() if (value := next((said[key] for key in keys if key in said), None))}


def _letters(key: str) -> str:
    return "".join(letter for letter in key.lower() if letter.isalpha())
