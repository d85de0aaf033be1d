"""Persian text to tokens: words with the parts that a space or a joiner sets apart, each with lemma, part of speech and features.

A form is looked up: verbs in the table that their stems make, nouns and adjectives in the lexicon, whole or behind their endings. What is
not found is a noun that is its own lemma, as names are. Analytic verbs ("گفته شده بود", "نخواهد داد") have the features of the whole at the
word that tells what is done; the others are its auxiliaries.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import spacy
from pydantic import model_validator
from spacy.tokens import Doc

from pipeline.enrich.analysis import persian_verbs as verbs
from pipeline.enrich.analysis.persian_chains import chained
from pipeline.enrich.analysis.persian_nouns import Nouns
from pipeline.enrich.analysis.persian_words import JOINER, Piece, Word, plain
from pipeline.enrich.sentences import split
from pipeline.rules import Name, Rules, WordSet
from pipeline.words import Abbreviations

_LETTER = r"[^\W\d_]"
# Marks over letters, joiners, and the marks of direction that pages carry along.
_WITHIN = r"[\w\u064b-\u065f\u0670\u200c-\u200f\u202a-\u202e\u2066-\u2069]"
_TOKEN = re.compile(
    r"\s+"
    r"|[A-Za-z0-9](?:[A-Za-z0-9]|[._@/:'’+-](?=[A-Za-z0-9]))*"
    r"|\d+(?:[.,٫٬/:]\d+)*"
    rf"|(?:{_LETTER}{{1,3}}\.){{2,}}(?:{_LETTER}{{1,3}}(?!\w))?"  # پ.ک.ک
    rf"|{_LETTER}{_WITHIN}*"
    r"|\.{2,}|.",
    re.DOTALL,
)
# Written apart, these go with the word before them.
_ENDINGS_APART = frozenset({"ها", "های", "هایی", "هایش", "هایشان", "هایمان"})
# Written onto the last part of a word in several parts.
_ENDINGS_ON = ("هایی", "های", "ها", "ی", "ان", "ش", "شان", "مان")
_PERFECT_APART = frozenset({"اند", "ایم", "اید"})
_OBJECT = "را"
# The sign behind ه that something owns it: گفتهٔ او.
_OWNED_BY = ("هٔ", "ۀ", "ه‌ی")
# How many words at most one entry of the lexicon is written in.
_LONGEST = 4


class PersianLexicon(Rules):
    """`languages/lexicons/fa.yml`."""

    verbs: dict[Name, Name]  # past stem to present stem
    bare: WordSet
    nouns_first: WordSet
    never_verbs: WordSet
    nominal_participles: WordSet
    plurals: dict[Name, Name]
    words: dict[Name, WordSet]  # part of speech to lemmas
    modals: dict[Name, Name]
    variants: dict[Name, Name]

    @model_validator(mode="after")
    def _fits_together(self) -> "PersianLexicon":
        if strangers := self.bare - set(self.verbs):
            raise ValueError(f"bare: no verbs: {', '.join(sorted(strangers))}")
        known = [plain(word) for words in self.words.values() for word in words]
        if lost := sorted(word for word in self.variants.values() if plain(word) not in set(known)):
            raise ValueError(f"variants: no words: {', '.join(lost)}")
        if twice := sorted(word for word, times in Counter(known).items() if times > 1):
            raise ValueError(f"words: under two parts of speech: {', '.join(twice)}")
        return self


@dataclass(frozen=True, slots=True)
class _Forms:
    """All that a form is looked up in, by its key: its letters without joiners, marks and differences of spelling."""

    verbs: Mapping[str, verbs.Form]
    nouns: Nouns
    apart: frozenset[tuple[str, ...]]  # keys of words that are written in several
    nouns_first: frozenset[str]
    nominal: Mapping[str, Word]  # what participles are as nouns and adjectives
    settled: frozenset[str]  # those that are nothing else
    preverbs: frozenset[str]


class Persian:
    """The analyser of Persian. Its one spelling has no joiners: گفتوگو for گفت‌وگو and گفت و گو, because nobody sets them all alike."""

    def __init__(self, abbreviations: Abbreviations, lexicon: PersianLexicon) -> None:
        self._abbreviations = abbreviations
        self._vocab = spacy.blank("fa").vocab
        self._forms = _compiled(lexicon)

    def normal(self, words: str) -> str:
        return " ".join(plain(piece.text) or piece.text for piece in _merged(list(_split(words, self._forms)), self._forms))

    def parse(self, text: str) -> Doc:
        pieces = _merged(list(_split(text, self._forms)), self._forms)
        read = [self._word(place, pieces) for place in range(len(pieces))]
        words = chained(read, [plain(piece.text) for piece in pieces], self._forms.nominal, self._forms.settled)
        doc = Doc(
            self._vocab,
            words=[piece.text for piece in pieces],
            spaces=[piece.space for piece in pieces],
            lemmas=[plain(word.lemma) or word.lemma for word in words],
            pos=[word.pos for word in words],
            morphs=[word.morph for word in words],
        )
        for token in doc:
            token.norm_ = plain(token.text) or token.text
        return split(doc, self._abbreviations)

    def _word(self, place: int, pieces: Sequence[Piece]) -> Word:
        piece = pieces[place]
        if piece.text.isspace():
            return Word(piece.text, "SPACE")
        key = plain(piece.text)
        if not any(letter.isalnum() for letter in key):
            return Word(piece.text, "PUNCT")
        if key[0].isdigit():
            return Word(key, "NUM")
        if key.isascii():
            return Word(piece.text.lower(), "PROPN" if piece.text[0].isupper() else "X")
        form = self._forms.verbs.get(key) if not piece.text.endswith(_OWNED_BY) else None
        if form is not None and (key not in self._forms.nouns_first or self._ends_clause(place, pieces)):
            return Word(form.lemma, form.pos, form.features)
        return self._forms.nouns.word(piece.text)

    def _ends_clause(self, place: int, pieces: Sequence[Piece]) -> bool:
        """Whether nothing of the clause follows, or a clause of its own."""
        after = pieces[place + 1].text if place + 1 < len(pieces) else ""
        return not after[:1].isalnum() or self._forms.nouns.word(after).pos == "SCONJ"


def _split(text: str, forms: _Forms) -> Iterator[Piece]:
    """The pieces of a text; one space belongs to the word before it, all other white space is a piece."""
    place = 0
    while place < len(text):
        found = _TOKEN.match(text, place)
        assert found is not None  # the last alternative takes anything
        word, place = found.group(), found.end()
        space = not word.isspace() and text.startswith(" ", place)
        cut = _object_written_on(word, forms)
        if cut:
            yield Piece(word[:cut], space=False)
            word = word[cut:]
        yield Piece(word, space=space)
        place += space


def _object_written_on(word: str, forms: _Forms) -> int:
    """Where را begins that is written onto a pronoun: آنرا."""
    rest = word.removesuffix(_OBJECT)
    return len(rest) if rest != word and forms.nouns.is_pronoun(plain(rest)) else 0


def _merged(pieces: Sequence[Piece], forms: _Forms) -> list[Piece]:
    """Pieces of one word put together: می کند, پهپاد های, گفته اند, بی اساس."""
    merged: list[Piece] = []
    place = 0
    while place < len(pieces):
        size = _size(pieces[place : place + _LONGEST], forms)
        merged.append(_joined(pieces[place : place + size]))
        place += size
    return merged


def _joined(pieces: Sequence[Piece]) -> Piece:
    text = "".join(piece.text + (" " if piece.space else "") for piece in pieces[:-1]) + pieces[-1].text
    return replace(pieces[-1], text=text)


def _size(pieces: Sequence[Piece], forms: _Forms) -> int:
    """How many of these pieces are one word."""
    near = 1
    while near < len(pieces) and pieces[near - 1].space and pieces[near].text[0].isalpha():
        near += 1
    keys = tuple(plain(piece.text) for piece in pieces[:near])
    for size in range(near, 1, -1):
        if _is_apart(keys[:size], forms):
            return size + _ending_apart(keys[size : size + 1])
    if keys[0] in forms.preverbs or keys[0] in verbs.ONGOINGS:
        for size in range(min(near, 3), 1, -1):
            if "".join(keys[:size]) in forms.verbs:
                return size
    if near > 1 and keys[1] in _PERFECT_APART and (form := forms.verbs.get(keys[0])) and form.features.get("VerbForm") == "Part":
        return 2
    return 1 + _ending_apart(keys[1:2])


def _is_apart(keys: tuple[str, ...], forms: _Forms) -> bool:
    """Whether these are the parts of one word, the last with an ending or without: بی اساس, گفت و گوی."""
    *others, last = keys
    return keys in forms.apart or any(last.endswith(end) and (*others, last.removesuffix(end)) in forms.apart for end in _ENDINGS_ON)


def _ending_apart(keys: Sequence[str]) -> int:
    return int(bool(keys) and keys[0] in _ENDINGS_APART)


def _compiled(lexicon: PersianLexicon) -> _Forms:
    stems = {plain(past): plain(present) for past, present in lexicon.verbs.items()}
    forms = verbs.conjugated(stems, frozenset(plain(past) for past in lexicon.bare))
    modal = {plain(form): verbs.Form(lemma, "AUX", verbs.modal(plain(form))) for form, lemma in lexicon.modals.items()}
    nouns = Nouns(lexicon.words, lexicon.variants, lexicon.plurals)
    settled = frozenset(plain(form) for form in lexicon.nominal_participles)
    written = [*lexicon.variants, *(word for words in lexicon.words.values() for word in words)]
    return _Forms(
        verbs=verbs.without(forms, (plain(word) for word in lexicon.never_verbs)) | modal,
        nouns=nouns,
        apart=frozenset(keys for word in written if len(keys := tuple(plain(part) for part in re.split(rf"[{JOINER} ]", word))) > 1),
        nouns_first=frozenset(plain(form) for form in lexicon.nouns_first),
        nominal={form: known for form in forms if (known := nouns.known(form)) is not None}
        | {form: Word(form, "ADJ") for form in settled if nouns.known(form) is None},
        settled=settled,
        preverbs=frozenset(past.split("+")[0] for past in stems if "+" in past),
    )
