"""An Arabic word: the letters that it is looked up by, whatever it is typed with, and what it was found to be."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

SHADDA = "\u0651"
# Hamza goes with its letter or without, the last ya with dots or without, the last ha too; Persian letters for Arabic ones.
_LETTERS = {
    "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ی": "ي", "ې": "ي", "ئ": "ء", "ؤ": "ء", "ة": "ه", "ۀ": "ه", "ە": "ه", "ہ": "ه",
    "ک": "ك", "ڪ": "ك",
}  # fmt: skip
# Vowel signs, the small alif, Koranic marks; the long stroke; joiners and marks of direction.
_MARKS = (
    (0x610, 0x61A),
    (0x64B, 0x65F),
    (0x670, 0x670),
    (0x6D6, 0x6ED),
    (0x640, 0x640),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2066, 0x2069),
)


@dataclass(frozen=True, slots=True)
class Word:
    """What a token is: lemma in the spelling of `plain`, part of speech, and features of Universal Dependencies."""

    lemma: str
    pos: str
    features: Mapping[str, str] = field(default_factory=dict)

    @property
    def morph(self) -> str:
        return "|".join(f"{name}={value}" for name, value in sorted(self.features.items()))

    def told(self, **features: str) -> "Word":
        return replace(self, features={**self.features, **features})

    def has(self, name: str, value: str) -> bool:
        return self.features.get(name) == value


def is_mark(letter: str) -> bool:
    """Whether it is written onto a letter or is none: dropped before words are compared."""
    code = ord(letter)
    return any(first <= code <= last for first, last in _MARKS)


@lru_cache(maxsize=4096)
def plain_letter(letter: str) -> str:
    if is_mark(letter):
        return ""
    if letter.isdigit() and not letter.isascii():
        return str(unicodedata.digit(letter))
    known = _LETTERS.get(letter)
    return known if known is not None else "".join(_LETTERS.get(each, each) for each in unicodedata.normalize("NFKC", letter).lower())


@lru_cache(maxsize=1 << 15)
def plain(text: str) -> str:
    """The key of a form: the same for مسؤول and مسئول, إيران and ايران, مسيّرة and مسيره, ٢٢٣١ and 2231."""
    return "".join(plain_letter(letter) for letter in text)
