"""Arabic text to tokens: words with the conjunctions, prepositions and pronouns written onto them set apart, each with lemma, part of
speech and features.

A form is looked up in the table that the lexicon's verbs, nouns and adjectives make. Where it is several words, what stands before it
decides: a verb begins its clause and follows its particles, a noun follows a preposition or another noun. What is not found is a noun that
is its own lemma, as names are.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import spacy
from pydantic import model_validator
from spacy.tokens import Doc

from pipeline.enrich.analysis import arabic_nouns as nouns
from pipeline.enrich.analysis import arabic_verbs as verbs
from pipeline.enrich.analysis.arabic_clauses import chosen, told
from pipeline.enrich.analysis.arabic_words import Word, is_mark, plain, plain_letter
from pipeline.enrich.sentences import split
from pipeline.rules import Name, Rules, WordSet
from pipeline.words import Abbreviations

_LETTER = r"[^\W\d_]"
_WITHIN = r"[^\W_]|[\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0640\u200b-\u200f\u202a-\u202e\u2066-\u2069]"
_TOKEN = re.compile(
    r"\s+"
    r"|[A-Za-z0-9](?:[A-Za-z0-9]|[._@/:'’+-](?=[A-Za-z0-9]))*"
    r"|\d+(?:[.,٫٬/:]\d+)*"
    rf"|(?:{_LETTER}\.){{2,}}(?:{_LETTER}(?!\w))?"  # أ.ف.ب
    rf"|{_LETTER}(?:{_WITHIN})*"
    r"|\.{2,}|.",
    re.DOTALL,
)
# The particles that are written onto a word, in the order in which they may stand, and the pronouns.
_CONJUNCTIONS = {"و": Word("و", "CCONJ"), "ف": Word("ف", "CCONJ")}
_EACH, _OF = "كل", "من"
_PREPOSITIONS = {"ب": Word("ب", "ADP"), "ل": Word("ل", "ADP"), "ك": Word("ك", "ADP")}
_FUTURE = {"س": Word("س", "PART", {"Tense": "Fut"})}
_ARTICLE = "ال"
_PRONOUNS = {
    "هما": Word("هما", "PRON", {"Person": "3", "Number": "Dual"}),
    "ها": Word("هي", "PRON", {"Person": "3", "Number": "Sing", "Gender": "Fem"}),
    "هم": Word("هم", "PRON", {"Person": "3", "Number": "Plur", "Gender": "Masc"}),
    "هن": Word("هن", "PRON", {"Person": "3", "Number": "Plur", "Gender": "Fem"}),
    "كم": Word("انتم", "PRON", {"Person": "2", "Number": "Plur"}),
    "نا": Word("نحن", "PRON", {"Person": "1", "Number": "Plur"}),
    "ني": Word("انا", "PRON", {"Person": "1", "Number": "Sing"}),
    "ه": Word("هو", "PRON", {"Person": "3", "Number": "Sing", "Gender": "Masc"}),
    "ك": Word("انت", "PRON", {"Person": "2", "Number": "Sing"}),
    "ي": Word("انا", "PRON", {"Person": "1", "Number": "Sing"}),
}
# On nouns and verbs these would be taken for letters of the word.
_ONLY_BEHIND_PARTICLES = frozenset({"ك", "ي"})
_TAKE_PRONOUNS = frozenset({"VERB", "AUX", "NOUN", "ADP", "SCONJ", "CCONJ", "ADJ"})
_PARTICLES = frozenset({"ADP", "SCONJ", "CCONJ"})
# The longest word of the press with all that is written onto it has some twenty letters.
_LONGEST = 40
# A conjunction is cut off an unknown word only where as much is left.
_REST = 3


class ArabicLexicon(Rules):
    """`languages/lexicons/ar.yml`."""

    regular: WordSet
    irregular: dict[Name, Name]  # past to present
    people: dict[Name, tuple[Name, ...]]  # singular to broken plurals
    things: dict[Name, tuple[Name, ...]]
    adjectives: dict[Name, tuple[Name, ...]]
    words: dict[Name, WordSet]  # part of speech to words
    names: WordSet
    apart: WordSet
    seldom_verbs: WordSet
    variants: dict[Name, Name]

    @model_validator(mode="after")
    def _verbs_fit(self) -> "ArabicLexicon":
        if twice := sorted(self.regular & set(self.irregular)):
            raise ValueError(f"regular and irregular: {', '.join(twice)}")
        if odd := sorted(past for past, present in self.irregular.items() if not present.startswith("ي")):
            raise ValueError(f"irregular: no present in ي: {', '.join(odd)}")
        return self


Readings = tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class _Part:
    """One token of a written word: its key, where it ends in the word's key, and what it may be; nothing where it is unknown."""

    key: str
    end: int
    readings: Readings


@dataclass(frozen=True, slots=True)
class _Piece:
    text: str
    space: bool
    key: str
    readings: Readings


@dataclass(frozen=True, slots=True)
class _Forms:
    table: Mapping[str, Readings]
    bound: Mapping[str, Readings]  # before a pronoun
    apart: frozenset[str]
    seldom: frozenset[str]


class Arabic:
    """The analyser of Arabic."""

    def __init__(self, abbreviations: Abbreviations, lexicon: ArabicLexicon) -> None:
        self._abbreviations = abbreviations
        self._vocab = spacy.blank("ar").vocab
        self._forms = _compiled(lexicon)

    def normal(self, words: str) -> str:
        return " ".join(piece.key for piece in _pieces(words, self._forms) if not piece.text.isspace())

    def parse(self, text: str) -> Doc:
        pieces = list(_pieces(text, self._forms))
        words = told(
            chosen([(piece.text, piece.key, piece.readings) for piece in pieces], self._forms.seldom), [piece.key for piece in pieces]
        )
        words = [*_each_of(words, [piece.key for piece in pieces])]
        doc = Doc(
            self._vocab,
            words=[piece.text for piece in pieces],
            spaces=[piece.space for piece in pieces],
            lemmas=[word.lemma for word in words],
            pos=[word.pos for word in words],
            morphs=[word.morph for word in words],
        )
        for token, piece in zip(doc, pieces, strict=True):
            token.norm_ = piece.key
        return split(doc, self._abbreviations)


def _each_of(words: Sequence[Word], keys: Sequence[str]) -> Iterator[Word]:
    """«كل من» before those who do something together is a determiner: "each of Moscow and Tehran"."""
    for place, word in enumerate(words):
        starts = keys[place] == _EACH and keys[place + 1 : place + 2] == [_OF]
        yield Word(word.lemma, "DET") if starts or (keys[place] == _OF and place and keys[place - 1] == _EACH) else word


def _pieces(text: str, forms: _Forms) -> Iterator[_Piece]:
    """The tokens of a text; one space belongs to the word before it, all other white space is a token."""
    place = 0
    while place < len(text):
        found = _TOKEN.match(text, place)
        assert found is not None  # the last alternative takes anything
        word, place = found.group(), found.end()
        space = not word.isspace() and text.startswith(" ", place)
        place += space
        yield from _cut(word, space, forms)


def _cut(word: str, space: bool, forms: _Forms) -> Iterator[_Piece]:
    """The parts of one written word."""
    key = plain(word)
    if not key or not "\u0621" <= key[0] <= "\u064a" or not 1 < len(key) <= _LONGEST or not key.isalpha():
        yield _Piece(word, space, key or word, ())
        return
    start = 0
    parts = _parts(key, forms, word.endswith("ه"))
    for part in parts[:-1]:
        end = _offset(word, part.end)
        yield _Piece(word[start:end], False, part.key, part.readings)
        start = end
    yield _Piece(word[start:], space, parts[-1].key, parts[-1].readings)


def _offset(word: str, letters: int) -> int:
    """Where so many letters of the key end in the word, with the marks that stand on the last."""
    place, seen = 0, 0
    while place < len(word) and (seen < letters or is_mark(word[place])):
        seen += len(plain_letter(word[place]))
        place += 1
    return place


def _parts(key: str, forms: _Forms, undotted: bool) -> list[_Part]:
    """The word whole, or in the fewest parts of which the last but pronouns is known; else what must be a particle is cut off.

    `undotted`: its last letter is ه, which is "his" before it is a feminine ending typed without dots.
    """
    readings = _known(key, forms) if key not in forms.apart else ()
    if undotted and readings and all(each.has("Gender", "Fem") for each in readings) and (found := _with_pronoun(key, 0, forms)):
        return found
    if readings:
        return [_Part(key, len(key), readings)]
    return _behind_conjunction(key, forms) or [_Part(key, len(key), ())]


def _behind_conjunction(key: str, forms: _Forms) -> list[_Part]:
    if found := _behind_preposition(key, 0, forms):
        return found
    conjunction = _CONJUNCTIONS.get(key[0])
    if conjunction is None:
        return _behind_article(key, 0)
    first = _Part(key[0], 1, (conjunction,))
    rest = key[1:]
    if readings := _known(rest, forms):
        return [first, _Part(rest, len(key), readings)]
    if found := _behind_preposition(rest, 1, forms):
        return [first, *found]
    if found := _behind_article(rest, 1):
        return [first, *found]
    is_conjunction = rest.startswith(_ARTICLE) or (key[0] == "و" and len(rest) >= _REST)
    return [first, _Part(rest, len(key), ())] if is_conjunction else []


def _behind_preposition(key: str, at: int, forms: _Forms) -> list[_Part]:
    """A known word behind a preposition or the future's particle, with or without a pronoun; `at` is where the key begins."""
    if found := _with_pronoun(key, at, forms):
        return found
    for particles in (_PREPOSITIONS, _FUTURE):
        particle = particles.get(key[0])
        if particle is None or len(key) < 2:
            continue
        first, rest = _Part(key[0], at + 1, (particle,)), key[1:]
        end = at + len(key)
        if key.startswith("لل") and (readings := _known("ا" + rest, forms)):
            return [first, _Part("ا" + rest, end, readings)]
        readings = _known(rest, forms)
        if particles is _FUTURE:
            readings = tuple(each for each in readings if each.has("Tense", "Pres"))
        if readings:
            return [first, _Part(rest, end, readings)]
        if rest in _PRONOUNS and key[0] != "ك":
            return [first, _Part(rest, end, (_PRONOUNS[rest],))]
        if found := _with_pronoun(rest, at + 1, forms):
            return [first, *found]
    return []


def _behind_article(key: str, at: int) -> list[_Part]:
    """Unknown words whose article shows what stands before it: بالـ, كالـ, للـ."""
    if len(key) < len(_ARTICLE) + _REST or key[0] not in _PREPOSITIONS:
        return []
    first, rest = _Part(key[0], at + 1, (_PREPOSITIONS[key[0]],)), key[1:]
    if key.startswith("لل"):
        return [first, _Part("ا" + rest, at + len(key), ())]
    return [first, _Part(rest, at + len(key), ())] if rest.startswith(_ARTICLE) else []


def _with_pronoun(key: str, at: int, forms: _Forms) -> list[_Part]:
    for written, pronoun in _PRONOUNS.items():
        rest = key.removesuffix(written)
        if rest == key or len(rest) < 2 or rest.startswith(_ARTICLE):
            continue
        known = (*forms.bound.get(rest, ()), *(each for each in forms.table.get(rest, ()) if each.pos in _TAKE_PRONOUNS))
        readings = tuple(each for each in known if each.pos in _PARTICLES or written not in _ONLY_BEHIND_PARTICLES)
        if readings:
            return [_Part(rest, at + len(rest), readings), _Part(written, at + len(key), (pronoun,))]
    return []


def _known(key: str, forms: _Forms) -> Readings:
    """What a form may be, with its article or without."""
    found = forms.table.get(key, ())
    bare = forms.table.get(key[len(_ARTICLE) :], ()) if key.startswith(_ARTICLE) else ()
    return (*found, *(each.told(Definite="Def") for each in bare if each.pos in {"NOUN", "ADJ", "NUM"}))


def _compiled(lexicon: ArabicLexicon) -> _Forms:
    table: dict[str, dict[tuple[str, str, str], Word]] = defaultdict(dict)
    bound: dict[str, dict[tuple[str, str, str], Word]] = defaultdict(dict)
    for form, word in _all_forms(lexicon):
        table[form].setdefault((word.lemma, word.pos, word.features.get("Tense", "")), word)
    for form, word in _all_bound(lexicon, table):
        bound[form].setdefault((word.lemma, word.pos, ""), word)
    return _Forms(
        table={form: tuple(words.values()) for form, words in table.items()},
        bound={form: tuple(words.values()) for form, words in bound.items()},
        apart=frozenset(map(plain, lexicon.apart)),
        seldom=frozenset(map(plain, lexicon.seldom_verbs)),
    )


def _all_forms(lexicon: ArabicLexicon) -> Iterator[tuple[str, Word]]:
    """Words without forms first, then those that have them: what comes first is likelier."""
    for pos, words in lexicon.words.items():
        yield from ((plain(word), Word(plain(word), pos)) for word in sorted(words))
    of = {plain(word): pos for pos, words in lexicon.words.items() for word in words}
    for form, lemma in lexicon.variants.items():
        yield plain(form), Word(plain(lemma), of.get(plain(lemma), "VERB"))
    for past, present in _verbs(lexicon):
        for form, word in verbs.conjugated(past, present):
            yield form, word if past != "كان" else Word(word.lemma, "AUX", word.features)
        yield from verbs.participles(past, present)
    yield from ((plain(name), Word(plain(name), "PROPN")) for name in sorted(lexicon.names))
    yield from _nouns(lexicon.people, "NOUN", person=True)
    yield from _nouns(lexicon.things, "NOUN", person=False)
    yield from _nouns(lexicon.adjectives, "ADJ", person=True)


def _nouns(entries: Mapping[str, tuple[str, ...]], pos: str, *, person: bool) -> Iterator[tuple[str, Word]]:
    # شحنات is the plural of شحنة before it is one of شحن.
    for singular, plurals in sorted(entries.items(), key=lambda entry: not entry[0].endswith("ة")):
        yield from nouns.declined(singular, plurals, pos, person=person)


def _verbs(lexicon: ArabicLexicon) -> list[tuple[str, str]]:
    return [*((past, "ي" + (past[1:] if past[0] in "اأ" else past)) for past in sorted(lexicon.regular)), *lexicon.irregular.items()]


def _all_bound(lexicon: ArabicLexicon, table: Mapping[str, Mapping[tuple[str, str, str], Word]]) -> Iterator[tuple[str, Word]]:
    for past, _ in _verbs(lexicon):
        yield from verbs.bound(past)
    written: Iterable[str] = (
        form for entries in (lexicon.people, lexicon.things, lexicon.adjectives) for each, many in entries.items() for form in (each, *many)
    )
    for form in written:
        key = plain(form)
        for word in table[key].values():
            if word.pos == "NOUN" and (found := nouns.bound(key, word, form)):
                yield found
