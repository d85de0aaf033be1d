"""Extraction that knows the topic, so that nothing dear is done for pages that are off it; in a parser that has prepared itself for it.

The verdict on an article counts paragraphs. Whether a page's words can be such an article at all is a weaker question, asked before its
main text is looked for: it is enough that the words stand in the page, whole and in one language, anywhere but in its menus.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

from pipeline.backfill.gate import Gate
from pipeline.errors import Rejected
from pipeline.extract import Words, extract
from pipeline.model import Extract
from pipeline.plaintext import unescaped
from pipeline.rules import Topic
from pipeline.topic import Matchers, compile_topic, judge
from pipeline.workers import prepared

# What `pipeline.topic.judge` counts for a title that names the parties and nothing else.
TITLE_ALONE = 2

_TAG = re.compile(r"<[^>]*>")
# What a page's text has no more, or is no letter to the verdict's words; the joiner is one.
_HIDDEN = "\u00ad\u200b\u200d\u200e\u200f\u2060\ufeff"


class Topical:
    """One topic's."""

    def __init__(self, topic: Topic) -> None:
        self._topic = topic
        self._gate = Gate(topic)
        self._languages = compile_topic(topic)
        for words in self._languages.values():
            words.prepare()
        self._is_title_enough = topic.least <= TITLE_ALONE

    def can_be(self, words: Words) -> bool:
        """Whether an article of these words may be on topic."""
        texts = list(_readings(words))
        if not self._gate.can_be("\n".join((*texts, *words.told, *words.scripts))):
            return False
        texts += _out_of_markup((*words.told, *words.scripts))
        whole = unicodedata.normalize("NFC", "\n".join(texts))
        if (plain := _without_hidden(whole)) != whole:
            whole += f"\n{plain}"
        return any(self._may_name(whole, language) for language in self._languages.values())

    def is_on(self, title: str | None, text: str, language: str | None) -> bool:
        """Whether an article is; also where nobody knows its language yet."""
        if language is None:
            return any(self.is_on(title, text, each) for each in self._languages)
        return judge(title, text, language, self._topic, self._languages).on_topic

    def _may_name(self, text: str, words: Matchers) -> bool:
        if not all(party.search(text) for party in words.parties.values()):
            return False
        return self._is_title_enough or bool(words.subject.search(text) or words.related.search(text))


def _readings(words: Words) -> Iterator[str]:
    """A tag may part two words, or the letters of one."""
    yield from (between.join(words.pieces) for between in ("", " "))


def _without_hidden(text: str) -> str:
    for letter in _HIDDEN:  # a look for each takes a twentieth of what `translate` takes
        text = text.replace(letter, "")
    return text


def _out_of_markup(sources: Iterable[str]) -> Iterator[str]:
    for source in map(unescaped, sources):
        yield from (_TAG.sub(between, source) for between in ("", " "))


def ready(topic: Topic) -> Topical:
    """What prepares a parser. It has read a page before: the forks that read the others find compiled and loaded what that takes."""
    made = Topical(topic)
    words = " ".join(
        word.removesuffix("*") for language in topic.languages.values() for names in language.parties.values() for word in names
    )
    text = "".join(f"<p>On day {day} of the month it was said again that {words} had been named.</p>" for day in range(1, 10))
    head = '<title>What was said</title><script type="application/ld+json">{"@type": "NewsArticle"}</script>'
    page = f'<html lang="en"><head>{head}</head><body><article><h1>What was said</h1>{text}</article><p>2 May 2020</p></body></html>'
    with suppress(Rejected):
        extract(page.encode(), is_wanted=made.is_on, can_be=made.can_be)
    return made


def extract_topical(body: bytes, **known: Any) -> Extract:
    """`pipeline.extract.extract`, in a parser whose preparation is `Topical`: without a long look for the date of what is off topic."""
    return extract(body, is_wanted=_topical().is_on, **known)


def extract_near(body: bytes, **known: Any) -> Extract:
    """The same, and off-topic is raised before the costly steps where the page cannot be on topic."""
    return extract(body, is_wanted=_topical().is_on, can_be=_topical().can_be, **known)


def _topical() -> Topical:
    found = prepared()
    assert isinstance(found, Topical)
    return found
