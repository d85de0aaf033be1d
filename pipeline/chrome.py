"""Takes what is not the article out of its lines: the headline printed again, buttons, "read also" links, pull quotes.

No regular expression stands in the word lists, only beginnings, ends and whole lines: the time that a page takes grows with its length
alone, whoever writes the lists.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import cached_property
from typing import Annotated

from pydantic import Field

from pipeline.rules import Language, Name, Rules

# The headline is looked for this far down. Of the pages that print it in their text again, nearly all do so in the first three lines.
HEAD = 3
# A line of fewer words that stands inside another one may be a repetition meant as such; a pull quote is a sentence.
PULL_QUOTE_WORDS = 7
# Each line is looked for in each other one; a live blog of more lines than this would take seconds.
MANY_LINES = 600

_QUOTES = dict.fromkeys(map(ord, '"`´‘’‚‛“”„‟«»‹›″′'), "'")
_NUMBER = re.compile(r"\d[\d.,]*")
_MARKS = re.compile(r"[\W_]+")
_FULL_STOPS = (".", "!", "?", "…", "؟", "۔", "。")
_CLOSING_QUOTES = "\"'”’»)]"
_EDGES = " \t-–—•·|:>»→…."


class Phrases(Rules):
    """One language's lines; what each list means stands at the head of the file."""

    whole: tuple[Name, ...] = ()
    starts: tuple[Name, ...] = ()
    ends: tuple[Name, ...] = ()
    closing: tuple[Name, ...] = ()


class ChromeRules(Rules):
    """`chrome.yml`: lines that are not part of an article."""

    max_words: Annotated[int, Field(ge=1)] = 35
    languages: dict[Language, Phrases] = Field(default_factory=dict)

    @cached_property
    def whole(self) -> frozenset[str]:
        return frozenset(_bare(phrase) for each in self.languages.values() for phrase in (*each.whole, *each.closing))

    @cached_property
    def closing(self) -> frozenset[str]:
        return frozenset(_bare(phrase) for each in self.languages.values() for phrase in each.closing)

    @cached_property
    def starts(self) -> tuple[str, ...]:
        return tuple(fold(phrase) for each in self.languages.values() for phrase in each.starts)

    @cached_property
    def ends(self) -> tuple[str, ...]:
        return tuple(_bare(phrase) for each in self.languages.values() for phrase in each.ends)


def drop_chrome(lines: Sequence[str], title: str | None, rules: ChromeRules) -> list[str]:
    """The lines that are the article's own text, in their order."""
    kept = drop_title(lines, title)
    kept = drop_tail(kept, rules)
    kept = [line for line in kept if not is_chrome(line, rules)]
    return drop_pull_quotes(kept)


def drop_title(lines: Sequence[str], title: str | None) -> list[str]:
    """Without the headline in the first lines: a sentence there would be read as a statement of the text."""
    key = _letters(title or "")
    return [line for at, line in enumerate(lines) if at >= HEAD or not key or _letters(line) != key]


def drop_tail(lines: Sequence[str], rules: ChromeRules) -> list[str]:
    """Without what follows a heading such as "Read next", where that is short lines that are no sentences: links to other articles."""
    for at, line in enumerate(lines):
        if at and _bare(line) in rules.closing and _are_links(lines[at + 1 :], rules.max_words):
            return list(lines[:at])
    return list(lines)


def _are_links(lines: Sequence[str], max_words: int) -> bool:
    """One in four may end like a sentence: some headlines are questions. The same heading also stands in the middle of articles."""
    sentences = sum(line.rstrip(_CLOSING_QUOTES).endswith(_FULL_STOPS) for line in lines)
    return sentences * 4 <= len(lines) and all(len(line.split()) <= max_words for line in lines)


def is_chrome(line: str, rules: ChromeRules) -> bool:
    if len(line.split()) > rules.max_words:
        return False
    bare = _bare(line)
    return not bare or bare in rules.whole or fold(line).startswith(rules.starts) or bare.endswith(rules.ends)


def drop_pull_quotes(lines: Sequence[str]) -> list[str]:
    """Without the lines that stand word for word in another line: a statement made once would count twice."""
    texts = [f" {_letters(line)} " for line in lines]
    if len(lines) > MANY_LINES:
        return list(lines)
    return [line for at, line in enumerate(lines) if not _is_pull_quote(texts, at)]


def _is_pull_quote(texts: Sequence[str], at: int) -> bool:
    """Two lines that are the same both stay: interviews ask everybody the same question."""
    part = texts[at]
    return len(part.split()) >= PULL_QUOTE_WORDS and any(part in text and part != text for text in texts)


def fold(line: str) -> str:
    """A line as it compares: without letter case, kinds of quotation marks, numbers."""
    text = unicodedata.normalize("NFKC", line).casefold().translate(_QUOTES)
    return _NUMBER.sub("0", " ".join(text.split())).lstrip(_EDGES)


def _bare(line: str) -> str:
    return fold(line).strip(_EDGES + "'!?()[]")


def _letters(line: str) -> str:
    """Letters and figures alone: page and metadata differ in dashes and quotation marks."""
    return _MARKS.sub(" ", unicodedata.normalize("NFKC", line).casefold()).strip()
