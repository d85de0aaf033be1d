"""Persian nouns, adjectives and small words: the lexicon's, as they stand or behind their endings."""

import re
from collections.abc import Iterator, Mapping, Set

from pipeline.enrich.analysis.persian_words import JOINER, Word, plain

_PLURAL, _INDEFINITE = {"Number": "Plur"}, {"Definite": "Ind"}
_OWNED = {
    "م": {"Person[psor]": "1", "Number[psor]": "Sing"},
    "ش": {"Person[psor]": "3", "Number[psor]": "Sing"},
    "مان": {"Person[psor]": "1", "Number[psor]": "Plur"},
    "تان": {"Person[psor]": "2", "Number[psor]": "Plur"},
    "شان": {"Person[psor]": "3", "Number[psor]": "Plur"},
}
# What the plural in ها may have behind it: ezafe, the indefinite article, a possessor.
_BEHIND_PLURAL = {"": {}, "ی": {}, "یی": _INDEFINITE} | {f"ی{end}": whose for end, whose in _OWNED.items()}
_REGULAR = {f"ها{end}": {**_PLURAL, **more} for end, more in _BEHIND_PLURAL.items()}
# Endings that only a word of the lexicon may stand before, with what the word has in place of them.
_OTHERS: tuple[tuple[str, str, Mapping[str, str]], ...] = (
    ("گان", "ه", _PLURAL),
    ("یان", "", _PLURAL),
    ("ان", "", _PLURAL),
    ("جات", "", _PLURAL),
    ("ات", "", _PLURAL),
    ("ات", "ه", _PLURAL),
    *((f"ی{end}", "", whose) for end, whose in _OWNED.items()),
    *((f"ا{end}", "", whose) for end, whose in _OWNED.items()),  # خانه‌اش
    *((end, "", whose) for end, whose in _OWNED.items() if end != "م"),  # م is a verb's far more often
    ("یی", "", _INDEFINITE),
    ("ای", "", _INDEFINITE),
    ("ی", "", {}),
    ("اند", "", {}),  # the verb "to be" written onto it
)
_COMPARED: tuple[tuple[str, str, Mapping[str, str]], ...] = (("ترین", "", {"Degree": "Sup"}), ("تر", "", {"Degree": "Cmp"}))
# At most a plural, a possessor or article, and a degree.
_DEEPEST = 3
_JOINED_ENDING = re.compile(rf"{JOINER}(?:ها(?:ی|یی|ی(?:م|ش|مان|تان|شان))?|ی|ای|ا?(?:م|ش|ت|مان|تان|شان)|تر|ترین|اند)$")
_WRITTEN_ON = re.compile(r"(?<=\w\w\w)ها(?:ی|یی|ی(?:ش|مان|شان))?$")
_INFLECTED = frozenset({"NOUN", "ADJ"})


class Nouns:
    """The lexicon of everything that is no verb."""

    def __init__(self, words: Mapping[str, Set[str]], variants: Mapping[str, str], plurals: Mapping[str, str]) -> None:
        self._known = {plain(word): Word(word, pos) for pos, group in words.items() for word in sorted(group)}
        for written, word in variants.items():
            self._known.setdefault(plain(written), self._known[plain(word)])
        for written, word in plurals.items():
            self._known.setdefault(plain(written), Word(word, "NOUN", _PLURAL))

    def known(self, key: str) -> Word | None:
        """The lexicon's word of this form, as it stands."""
        return self._known.get(key)

    def is_pronoun(self, key: str) -> bool:
        word = self._known.get(key)
        return word is not None and word.pos in {"PRON", "DET"}

    def word(self, form: str) -> Word:
        """What a form is: of the lexicon, as it stands or without its endings, else a noun without those that show themselves."""
        found = self._found(plain(form))
        if found is not None:
            return found
        rest = _JOINED_ENDING.sub("", form)
        plural = rest != form and form[len(rest) :].startswith(f"{JOINER}ها")
        if rest == form:
            rest = _WRITTEN_ON.sub("", form)
            plural = rest != form
        if rest != form and (known := self._found(plain(rest))) is not None:
            return Word(known.lemma, known.pos, {**known.features, **_PLURAL} if plural else known.features)
        return Word(_spelt(rest), "NOUN", _PLURAL if plural else {})

    def _found(self, key: str, depth: int = 0) -> Word | None:
        if key in self._known:
            return self._known[key]
        return next(self._without_ending(key, depth), None) if depth < _DEEPEST else None

    def _without_ending(self, key: str, depth: int) -> Iterator[Word]:
        """The words that a form may be once an ending is taken away, the likeliest first."""
        regular = ((ending, "", features) for ending, features in sorted(_REGULAR.items(), key=lambda each: -len(each[0])))
        for ending, instead, features in (*regular, *_OTHERS, *_COMPARED):
            if not key.endswith(ending) or len(key) - len(ending) < 2:
                continue
            word = self._found(key[: len(key) - len(ending)] + instead, depth + 1)
            if word is not None and word.pos in _INFLECTED and (word.pos == "ADJ" or "Degree" not in features):
                yield Word(word.lemma, word.pos, {**word.features, **features})


def _spelt(word: str) -> str:
    """An unknown word in Persian letters, as it is printed."""
    return re.sub(r"[\u064b-\u065f\u0670\u0640\u200e\u200f]", "", word).replace("ي", "ی").replace("ك", "ک").strip(JOINER)
