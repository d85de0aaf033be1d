"""Phrases of alternatives and gaps ("in return|exchange ... for"), looked up in the words of a sentence."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Generic, NamedTuple, TypeVar

V = TypeVar("V")

# In a phrase: at most so many words of any kind.
ALTERNATIVE, GAP, _GAP_WORDS = "|", "...", 4


# Words of a language's or topic's file in the spelling that a text's words have.
Normal = Callable[[str], str]


def normalised(phrase: str, normal: Normal) -> str:
    """A phrase in that spelling; its marks, and what stands in braces, stay as they are. Plain words go together: some are one token."""
    runs = groupby(phrase.split(), key=_is_marked)
    return " ".join(" ".join(_marked(word, normal) for word in words) if marked else normal(" ".join(words)) for marked, words in runs)


def _is_marked(word: str) -> bool:
    return ALTERNATIVE in word or word == GAP or word.startswith("{")


def _marked(word: str, normal: Normal) -> str:
    return ALTERNATIVE.join(each if each == GAP or each.startswith("{") else normal(each) for each in word.split(ALTERNATIVE))


class Match(NamedTuple, Generic[V]):
    """Words `first` to `last` of a sentence, and what they stand for."""

    first: int
    last: int
    value: V


Pattern = tuple[frozenset[str] | None, ...]  # None is the gap


class Lexicon(Generic[V]):
    """Phrases of alternatives and gaps, looked up by their first word."""

    def __init__(self, entries: Iterable[tuple[str, V]]) -> None:
        self._by_first: dict[str, list[tuple[Pattern, V]]] = defaultdict(list)
        for phrase, value in entries:
            pattern = tuple(None if word == GAP else frozenset(word.split(ALTERNATIVE)) for word in phrase.casefold().split())
            for word in pattern[0] or ():
                self._by_first[word].append((pattern, value))

    def matches(self, words: Sequence[frozenset[str]]) -> list[Match[V]]:
        """Every place where a phrase stands; a word of the text comes with all the forms that it may be looked up by."""
        found = set()
        for first, forms in enumerate(words):
            for pattern, value in (each for form in forms for each in self._by_first.get(form, ())):
                last = _end(pattern, words, first)
                if last is not None:
                    found.add(Match(first, last, value))
        return sorted(found)


def _end(pattern: Pattern, words: Sequence[frozenset[str]], at: int) -> int | None:
    """The last word of the pattern where it stands at that place, else None."""
    for place, wanted in enumerate(pattern):
        if wanted is None:
            ends = (_end(pattern[place + 1 :], words, start) for start in range(at, min(at + _GAP_WORDS, len(words) - 1) + 1))
            return next((end for end in ends if end is not None), None)
        if at >= len(words) or not wanted & words[at]:
            return None
        at += 1
    return at - 1
