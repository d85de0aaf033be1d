"""A Persian word: the letters that it is looked up by, whatever it is typed with, and what it was found to be."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

JOINER = "\u200c"
# Vowel signs and hamza over a letter, the long stroke, joiners and marks of direction; a space stands where some type a joiner.
_DROPPED = re.compile(r"[\u064b-\u065f\u0670\u0640\u200b-\u200f\u202a-\u202e\u2066-\u2069\s\u0621]")
# Arabic letters for Persian ones, and the letters under a hamza, which many leave out.
_LETTERS = str.maketrans({"ي": "ی", "ى": "ی", "ك": "ک", "ة": "ه", "ۀ": "ه", "ە": "ه", "أ": "ا", "إ": "ا", "ٱ": "ا", "ؤ": "و", "ئ": "ی"})


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text that is one token, and whether one space stands behind it."""

    text: str
    space: bool


@dataclass(frozen=True, slots=True)
class Word:
    """What a token is: lemma, part of speech, and features of Universal Dependencies."""

    lemma: str
    pos: str
    features: Mapping[str, str] = field(default_factory=dict)

    @property
    def morph(self) -> str:
        return "|".join(f"{name}={value}" for name, value in sorted(self.features.items()))


@lru_cache(maxsize=1 << 15)
def plain(text: str) -> str:
    """The key of a form: the same for كرده‌اند and کرده اند, تأکید and تاکید, ۲۲۳۱ and 2231."""
    letters = _DROPPED.sub("", unicodedata.normalize("NFKC", text).translate(_LETTERS)).lower()
    return "".join(str(unicodedata.digit(letter)) if letter.isdigit() and not letter.isascii() else letter for letter in letters)
