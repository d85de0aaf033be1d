"""Whether all words of a page together can be an article on topic: asked of what has passed the gate, before its main text is looked for.

The verdict on an article counts paragraphs; here it is enough that the words stand in the page, whole and in one language, anywhere but in
its menus. What is off topic in this sense cannot be on topic in that one.
"""

import re
import unicodedata
from collections.abc import Iterator

from pipeline.backfill.gate import unescaped
from pipeline.extract import Words, extract
from pipeline.model import Extract
from pipeline.parsers import prepared
from pipeline.rules import Topic
from pipeline.topic import Matchers, compile_topic

# What `pipeline.topic.judge` counts for a title that names the parties and nothing else.
TITLE_ALONE = 2

_TAG = re.compile(r"<[^>]*>")
# What a page's text has no more, or is no letter to the verdict's words; the joiner is one.
_HIDDEN = str.maketrans("", "", "\u00ad\u200b\u200d\u200e\u200f\u2060\ufeff")


class Nearness:
    """One topic's."""

    def __init__(self, topic: Topic) -> None:
        self._languages = compile_topic(topic)
        self._is_title_enough = topic.least <= TITLE_ALONE

    def __call__(self, words: Words) -> bool:
        texts = [unicodedata.normalize("NFC", text) for text in _readings(words)]
        return any(self._can_be(texts, language) for language in self._languages.values())

    def _can_be(self, texts: list[str], words: Matchers) -> bool:
        if not all(_in_any(party, texts) for party in words.parties.values()):
            return False
        return self._is_title_enough or _in_any(words.subject, texts) or _in_any(words.related, texts)


def _in_any(pattern: re.Pattern[str], texts: list[str]) -> bool:
    return any(pattern.search(text) for text in texts)


def _readings(words: Words) -> Iterator[str]:
    """A tag may part two words, or the letters of one."""
    scripts = [unescaped(source) for source in words.scripts]
    for between in ("", " "):
        page = between.join(words.pieces)
        yield page
        yield page.translate(_HIDDEN)
        yield from (_TAG.sub(between, source) for source in (*map(unescaped, words.told), *scripts))


def extract_near(body: bytes, **known: object) -> Extract:
    """`pipeline.extract.extract`, in a parser whose preparation is `Nearness`. Raises the same, off-topic before the costly steps."""
    return extract(body, can_be=prepared(), **known)  # type: ignore[arg-type]  # they are its own
