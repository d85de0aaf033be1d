"""How a name is compared with another: words of a text with their places, folded forms, and what transliteration makes of one name."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from pydantic import field_validator

from pipeline.rules import Name, Rules, Side

_MARKS = "\u0300-\u036f\u064b-\u065f\u0670"
_APOSTROPHES = "'’‘ʼʻ`´"
# "U.S." is one word; so is "Kan'ani". Hyphens and zero-width joiners part words: a name is looked up with and without them.
_WORD = re.compile(rf"(?:[^\W\d_]\.){{2,}}|[^\W_][^\W_{_MARKS}]*(?:[{_MARKS}]|[^\W_]|[{_APOSTROPHES}](?=[^\W_]))*")
_POSSESSIVE = re.compile(rf"[{_APOSTROPHES}][sS]$")
_DROPPED = str.maketrans("", "", _APOSTROPHES + ".\u0640")
_ARABIC = str.maketrans({"ي": "ی", "ى": "ی", "ك": "ک", "ة": "ه", "ۀ": "ه", "ٱ": "ا"})
_JOINTS = re.compile(r"[-‐‑\u200c]")


Keys = tuple[str, ...]


class Spelling(Rules):
    """The block `spelling` of `actors.yml`."""

    honorifics: tuple[Name, ...]
    particles: tuple[Name, ...]
    endings: tuple[Name, ...]
    clitics: tuple[Name, ...]
    article: str = ""
    nisba: tuple[Name, ...] = ()
    transliterated: tuple[Side, ...]
    variants: tuple[tuple[str, str], ...]

    @field_validator("variants")
    @classmethod
    def _compile(cls, value: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
        for pattern, _ in value:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"variants: {pattern!r} is no pattern: {error}") from error
        return value


class Word(NamedTuple):
    """One word of a text: `text[start:end]` is the word without a possessive 's, `key` what it is compared by."""

    start: int
    end: int
    key: str
    text: str

    @property
    def capital(self) -> bool:
        """Whether it may begin a name; scripts without capitals always may."""
        return not self.text[0].islower()


@lru_cache(maxsize=1 << 16)
def fold(word: str) -> str:
    """The word without case, accents, apostrophes and the differences between Persian and Arabic letters."""
    plain = unicodedata.normalize("NFKC", word).casefold()
    plain = "".join(letter for letter in unicodedata.normalize("NFD", plain) if unicodedata.category(letter) != "Mn")
    return "".join(_digit(letter) for letter in plain.translate(_DROPPED).translate(_ARABIC))


def _digit(letter: str) -> str:
    return str(unicodedata.digit(letter)) if letter.isdigit() and not letter.isascii() else letter


def is_cyrillic(word: str) -> bool:
    return "\u0400" <= word[0] <= "\u052f"


class Speller:
    """Folded forms under one set of spelling rules."""

    def __init__(self, rules: Spelling) -> None:
        self._rules = rules
        self._endings = tuple(sorted({fold(each) for each in rules.endings} | set(rules.endings), key=len, reverse=True))
        self._variants = tuple((re.compile(pattern), by) for pattern, by in rules.variants)
        self.particles = frozenset(each.casefold() for each in rules.particles)
        self._clitics = frozenset(fold(each) for each in rules.clitics)
        self.key = lru_cache(maxsize=1 << 16)(self._key)
        self.skeleton = lru_cache(maxsize=1 << 14)(self._skeleton)

    def _key(self, word: str) -> str:
        folded = fold(word)
        if len(folded) > 3 and is_cyrillic(folded):
            return next((folded[: -len(end)] for end in self._endings if folded.endswith(end) and len(folded) - len(end) >= 3), folded)
        return folded

    def _skeleton(self, key: str) -> str:
        for pattern, by in self._variants:
            key = pattern.sub(by, key)
        return key

    def words(self, text: str) -> list[Word]:
        """The words of a text in order."""
        return list(self._words(text))

    def _words(self, text: str) -> Iterator[Word]:
        key = self.key
        for found in _WORD.finditer(text):
            word, start = found.group(), found.start()
            if word[-1] in "sS" and len(word) > 2 and word[-2] in _APOSTROPHES:
                word = word[:-2]
            yield Word(start, start + len(word), key(word), word)

    def keys(self, name: str) -> tuple[str, ...]:
        return tuple(word.key for word in self._words(name))

    def forms(self, name: str) -> set[tuple[str, ...]]:
        """The name's words with its hyphens taken as spaces, and with them taken as nothing."""
        return {keys for each in (name, _JOINTS.sub("", name)) if (keys := self.keys(each))}

    def nisba(self, demonym: str) -> tuple[str, ...]:
        """The forms of an Arabic adjective of nation: with the article and without, in all endings; of any other word itself."""
        if not demonym.endswith("ي"):
            return (demonym,)
        forms = [demonym, *(demonym + ending for ending in self._rules.nisba)]
        return (*forms, *(self._rules.article + form for form in forms))

    def unprefixed(self, word: Word) -> Word | None:
        """The Arabic word without a conjunction or preposition written onto it; None where there is none."""
        if len(word.key) < 4 or word.key[0] not in self._clitics:
            return None
        rest = word.text[1:]
        if word.key.startswith("لل"):
            return Word(word.start + 1, word.end, self.key("ا" + rest), rest)
        return Word(word.start + 1, word.end, self.key(rest), rest)
