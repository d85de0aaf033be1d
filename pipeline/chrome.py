"""Takes what is not the article out of its lines: the headline printed again, buttons, "read also" links, pull quotes.

No regular expression stands in the word lists, only beginnings, ends and whole lines: the time that a page takes grows with its length
alone, whoever writes the lists.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence, Set
from functools import cached_property, lru_cache
from typing import Annotated

from pydantic import Field

from pipeline.rules import Language, Name, Rules

# The headline is looked for this far down. Of the pages that print it in their text again, nearly all do so in the first three lines.
HEAD = 3
# A line of fewer words that stands inside another one may be a repetition meant as such; a pull quote is a sentence.
PULL_QUOTE_WORDS = 7
# Each line is looked for in each other one; a live blog of more lines than this would take seconds.
MANY_LINES = 600
# Each line is compared with each link.
MANY_LINKS = 2_000
# A heading such as "Read next" has fewer characters.
MAX_HEADING = 60
# A line that is a link: fewer words may be a name or a heading, more may be a paragraph that is a link as a whole.
LINK_WORDS, LINK_MOST_WORDS, LINK_SHARE = 4, 25, 0.8
# "Published 18 November 2019", "5:45 AM PST 11/19/2019 by Ann Lee".
STAMP_WORDS = 10
# The share of a text's words that may follow its last sentence and be no part of it.
END_SHARE = 0.06

_QUOTES = dict.fromkeys(map(ord, '"`´‘’‚‛“”„‟«»‹›″′'), "'")
_NUMBER = re.compile(r"\d[\d.,]*")
_FIGURES = re.compile(r"\d+")
_YEAR_OR_CLOCK = re.compile(r"\b(?:(?:19|20)\d\d|\d{1,2}:\d\d|[۰-۹٠-٩]{4})\b")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+")
_MARKS = re.compile(r"[\W_]+")
_FULL_STOPS = (".", "!", "?", "…", "؟", "۔", "。")
_CLOSING_QUOTES = "\"'”’»)]"
_EDGES = " \t-–—•·|:>»→….*=~#"


class Phrases(Rules):
    """One language's lines; what each list means stands at the head of the file."""

    whole: tuple[Name, ...] = ()
    starts: tuple[Name, ...] = ()
    labels: tuple[Name, ...] = ()
    ends: tuple[Name, ...] = ()
    contains: tuple[Name, ...] = ()
    closing: tuple[Name, ...] = ()
    paywall: tuple[Name, ...] = ()
    consent: tuple[Name, ...] = ()
    not_found: tuple[Name, ...] = ()
    live: tuple[Name, ...] = ()
    round_up: tuple[Name, ...] = ()


class ChromeRules(Rules):
    """`chrome.yml`: lines that are not part of an article."""

    max_words: Annotated[int, Field(ge=1)] = 35
    max_words_at_end: Annotated[int, Field(ge=1)] = 100
    languages: dict[Language, Phrases] = Field(default_factory=dict)

    @cached_property
    def whole(self) -> frozenset[str]:
        return frozenset(bare(phrase) for each in self.languages.values() for phrase in (*each.whole, *each.closing))

    @cached_property
    def closing(self) -> frozenset[str]:
        return frozenset(bare(phrase) for each in self.languages.values() for phrase in each.closing)

    @cached_property
    def starts(self) -> tuple[str, ...]:
        return (*(fold(phrase) for each in self.languages.values() for phrase in each.starts), *self.paywall)

    @cached_property
    def paywall(self) -> tuple[str, ...]:
        return tuple(fold(phrase) for each in self.languages.values() for phrase in each.paywall)

    @cached_property
    def consent(self) -> tuple[str, ...]:
        return tuple(fold(phrase) for each in self.languages.values() for phrase in each.consent)

    @cached_property
    def not_found(self) -> frozenset[str]:
        return frozenset(letters(fold(phrase)) for each in self.languages.values() for phrase in each.not_found)

    @cached_property
    def live(self) -> tuple[str, ...]:
        return tuple(bare(phrase) for each in self.languages.values() for phrase in each.live)

    @cached_property
    def round_up(self) -> tuple[str, ...]:
        return tuple(bare(phrase) for each in self.languages.values() for phrase in each.round_up)

    @cached_property
    def labels(self) -> tuple[str, ...]:
        return tuple(fold(phrase) for each in self.languages.values() for phrase in each.labels)

    @cached_property
    def contains(self) -> tuple[str, ...]:
        return tuple(fold(phrase) for each in self.languages.values() for phrase in each.contains)

    @cached_property
    def ends(self) -> tuple[str, ...]:
        return tuple(bare(phrase) for each in self.languages.values() for phrase in each.ends)


def drop_chrome(lines: Sequence[str], titles: Iterable[str], rules: ChromeRules, links: Set[str] = frozenset()) -> list[str]:
    """The lines that are the article's own text, in their order. `links` are the texts of the page's links to other pages."""
    kept = drop_titles(lines, titles)
    kept = drop_notices(drop_tail(kept, rules), rules)
    kept = [line for line in kept if not is_chrome(line, rules, rules.max_words)]
    kept = [line for line in kept if not is_link(line, links)]
    kept = [line for at, line in enumerate(kept) if not (min(at, len(kept) - 1 - at) < HEAD and is_stamp(line))]
    return drop_pull_quotes(drop_end(kept, rules))


def drop_titles(lines: Sequence[str], titles: Iterable[str]) -> list[str]:
    """Without the headline, in any of its wordings, in the first lines: a sentence there would be read as a statement of the text."""
    keys = {letters(title) for title in titles} - {""}
    return [line for at, line in enumerate(lines) if at >= HEAD or letters(line) not in keys]


def is_link(line: str, links: Set[str]) -> bool:
    """Whether a line is the text of a link, or little more: the headline of another article."""
    if not links or not LINK_WORDS <= len(line.split()) <= LINK_MOST_WORDS:
        return False
    return line in links or (len(links) <= MANY_LINKS and any(len(link) >= LINK_SHARE * len(line) and link in line for link in links))


def is_stamp(line: str) -> bool:
    """Whether a line says when or by whom, and nothing else: short, a date or a time of day, no sentence."""
    if len(line.split()) > STAMP_WORDS or is_sentence(line) or line.startswith(("—", "–")):  # an embedded post ends so
        return False
    return len(_FIGURES.findall(line)) >= 2 and bool(_YEAR_OR_CLOCK.search(line))


def is_sentence(line: str) -> bool:
    return line.rstrip(_CLOSING_QUOTES).endswith(_FULL_STOPS)


def drop_end(lines: Sequence[str], rules: ChromeRules) -> list[str]:
    """Without what follows the last sentence, where that is little: labels, links, names. More of it is a list that is meant."""
    last = max((at for at, line in enumerate(lines) if is_sentence(line) or line.endswith((")", "]"))), default=-1)
    rest = sum(len(line.split()) for line in lines[last + 1 :])
    little = rest <= END_SHARE * sum(len(line.split()) for line in lines) and all(
        len(line.split()) <= rules.max_words for line in lines[last + 1 :]
    )
    return list(lines[: last + 1]) if last >= 0 and little else list(lines)


def drop_tail(lines: Sequence[str], rules: ChromeRules) -> list[str]:
    """Without what follows a heading such as "Read next", where that is short lines that are no sentences: links to other articles."""
    for at, line in enumerate(lines):
        if at and len(line) <= MAX_HEADING and bare(line) in rules.closing and _are_links(lines[at + 1 :], rules.max_words):
            return list(lines[:at])
    return list(lines)


def _are_links(lines: Sequence[str], max_words: int) -> bool:
    """One in four may end like a sentence: some headlines are questions. The same heading also stands in the middle of articles."""
    sentences = sum(map(is_sentence, lines))
    return sentences * 4 <= len(lines) and all(len(line.split()) <= max_words for line in lines)


def drop_notices(lines: Sequence[str], rules: ChromeRules) -> list[str]:
    """Without notices and offers at the very end, which are longer than such lines elsewhere."""
    end = len(lines)
    while end and is_chrome(lines[end - 1], rules, rules.max_words_at_end):
        end -= 1
    return list(lines[:end])


def is_chrome(line: str, rules: ChromeRules, max_words: int) -> bool:
    """By its words, of which it has so many at most."""
    if len(line.split()) > max_words:
        return False
    key, folded = bare(line), fold(line)
    if not key or key in rules.whole or _ADDRESS.fullmatch(line):
        return True
    if folded.startswith(rules.labels) and not is_sentence(line):
        return True
    return folded.startswith(rules.starts) or key.endswith(rules.ends) or any(phrase in folded for phrase in rules.contains)


def drop_pull_quotes(lines: Sequence[str]) -> list[str]:
    """Without the lines that stand word for word in another line: a statement made once would count twice."""
    texts = [f" {letters(line)} " for line in lines]
    if len(lines) > MANY_LINES:
        return list(lines)
    return [line for at, line in enumerate(lines) if not _is_pull_quote(texts, at)]


def _is_pull_quote(texts: Sequence[str], at: int) -> bool:
    """Two lines that are the same both stay: interviews ask everybody the same question."""
    part = texts[at]
    return len(part.split()) >= PULL_QUOTE_WORDS and any(part in text and part != text for text in texts)


@lru_cache(maxsize=1_000)  # the same few lines of a page are asked about several times
def fold(line: str) -> str:
    """A line as it compares: without letter case, kinds of quotation marks, numbers."""
    text = unicodedata.normalize("NFKC", line).casefold().translate(_QUOTES)
    return _NUMBER.sub("0", " ".join(text.split())).lstrip(_EDGES)


def bare(line: str) -> str:
    return fold(line).strip(_EDGES + "'!?()[]")


def letters(line: str) -> str:
    """Letters and figures alone: page and metadata differ in dashes and quotation marks."""
    return _MARKS.sub(" ", unicodedata.normalize("NFKC", line).casefold()).strip()
