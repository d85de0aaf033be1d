"""Russian: morphology from pymorphy3's dictionary, narrowed down by what stands beside a word.

The dictionary gives all readings of a form. Kept are those of the likeliest lemma, in the cases that the preposition before it governs
and in which adjective and noun agree. Number and gender are those of the nominative where a form may be one, since only the subject has
to agree with its verb.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import spacy
from pymorphy3 import MorphAnalyzer
from pymorphy3.analyzer import Parse
from spacy.lang.ru.lemmatizer import oc2ud
from spacy.tokens import Doc, Token
from spacy.util import compile_infix_regex

from pipeline.enrich.sentences import split, tokens
from pipeline.words import Abbreviations

# Which cases prepositions govern. The class is closed, and this is grammar; what is not here governs the genitive.
_GOVERNED = {
    "Dat": ("к", "ко", "благодаря", "согласно", "вопреки", "навстречу", "подобно"),
    "Acc": ("про", "через", "сквозь", "спустя", "несмотря"),
    "Ins": ("над", "перед", "передо", "между"),
    "Loc": ("при",),
    "Acc Loc": ("в", "во", "на", "о", "об", "обо"),
    "Acc Ins": ("за", "под", "подо"),
    "Acc Dat Loc": ("по",),
    "Gen Ins Acc": ("с", "со"),
}
GOVERNED = {word: frozenset(cases.split()) for cases, words in _GOVERNED.items() for word in words}
_REST = frozenset({"Gen"})
_CASES = frozenset({"Nom", "Gen", "Dat", "Acc", "Ins", "Loc"})
_QUOTES = frozenset({"«", "»", '"', "“", "”", "„"})
_NOUNS = frozenset({"NOUN", "PROPN"})
# What agrees with a noun behind it.
_AGREES = frozenset({"ADJ", "DET", "NUM", "VERB"})
# What parts a word that is written without a space; a hyphen does not ("пресс-секретарь", "Су-35").
INFIXES = (r"\.{2,}", "…", r"(?<=[а-яё»])\.(?=[А-ЯЁ])", r"(?<=[^\W\d])[,:;!?](?=[^\W\d])", r"[—–«»„“”\"()\[\]/]")
# Proper names the dictionary does not know are guessed from their ending; one reading in ten is still worth keeping.
_LEAST = 0.1
# Particles, conjunctions and prepositions go before the nouns that look like them ("якобы"), where they are used so often enough.
_SMALL_WORDS, _SMALL = frozenset({"PART", "CCONJ", "ADP"}), 0.2


@dataclass(frozen=True, slots=True)
class Form:
    """One reading of a word form; `case`, `number` and `gender` are empty where it has none."""

    lemma: str
    pos: str
    rest: tuple[tuple[str, str], ...]  # the other features
    case: str
    number: str
    gender: str
    proper: bool
    animacy: str
    short: bool  # a predicate: a short adjective or participle
    fixed: bool  # the same in all cases


class Russian:
    """The analyser of Russian."""

    def __init__(self, abbreviations: Abbreviations) -> None:
        self._abbreviations = abbreviations
        self._morph = MorphAnalyzer(lang="ru")
        self._nlp = spacy.blank("ru")
        tokenizer: Any = self._nlp.tokenizer
        tokenizer.infix_finditer = compile_infix_regex(INFIXES).finditer
        self._known = lru_cache(maxsize=1 << 16)(self._readings)

    def normal(self, words: str) -> str:
        return " ".join(_plain(token.text) for token in self._nlp.make_doc(words))

    def parse(self, text: str) -> Doc:
        doc = split(tokens(text, self._nlp), self._abbreviations)
        forms = [self._forms(token) for token in doc]
        _settle_prepositions(doc, forms)
        _narrow_behind_prepositions(doc, forms)
        _narrow_by_agreement(forms)
        for token, readings in zip(doc, forms, strict=True):
            _write(token, readings)
        return doc

    def _forms(self, token: Token) -> tuple[Form, ...]:
        if token.is_space or token.is_punct or not any(letter.isalpha() for letter in token.text):
            return ()
        capital = token.text[0].isupper()
        return self._known(token.text, capital and not token.is_sent_start, capital)

    def _readings(self, word: str, inside: bool, capital: bool) -> tuple[Form, ...]:
        """The readings of the likeliest lemma; `inside` a sentence a capital makes a name."""
        parsed = self._morph.parse(word)
        forms = [(each.score, _form(each)) for each in parsed]
        names = [form for score, form in forms if form.proper and score >= (0 if inside else _LEAST)]
        if capital and names:
            guessed = not any(each.is_known for each in parsed)  # by its ending alone, which may be that of its first form
            return (*names, replace(names[0], case="Nom")) if guessed else tuple(names)
        if inside and not parsed[0].is_known:
            return (_unknown_name(word),)
        best = max(forms, key=lambda each: (each[0] >= _SMALL and each[1].pos in _SMALL_WORDS, each[0]))[1]
        kept = [form for _, form in forms if (form.lemma, form.pos) == (best.lemma, best.pos)]
        adverbs = [form for _, form in forms if best.pos == "ADP" and form.pos == "ADV"]
        return (*kept, *adverbs)


def _plain(word: str) -> str:
    return word.casefold().replace("ё", "е")


def _form(parse: Parse) -> Form:
    pos, features = oc2ud(str(parse.tag))
    grammemes = {*str(parse.tag).replace(" ", ",").split(",")}
    proper = "NOUN" in grammemes and bool(grammemes & {"Name", "Surn", "Patr", "Geox", "Orgn"})
    nominative = parse.inflect({"nomn"}) if proper else None  # the dictionary's first form of a woman's name is a man's
    lemma = _plain(nominative.word if nominative is not None else parse.normal_form)
    if "PRED" in grammemes:
        pos = "ADV"
    elif grammemes & {"ADJF", "ADJS"} and pos == "PROPN":
        pos = "ADJ"
    return Form(
        lemma=lemma,
        pos=pos,
        rest=tuple((name, value) for name, value in sorted(features.items()) if name not in {"Case", "Number", "Gender", "Animacy"}),
        case=features.get("Case", ""),
        number=features.get("Number", "").replace("Ptan", "Plur"),
        gender=features.get("Gender", ""),
        animacy=features.get("Animacy", ""),
        proper=proper,
        short=features.get("Variant") == "Brev",
        fixed=bool(grammemes & {"Fixd", "Abbr"}) and pos not in {"VERB", "ADJ"},
    )


def _unknown_name(word: str) -> Form:
    return Form(lemma=_plain(word), pos="PROPN", rest=(), case="", number="", gender="", animacy="", proper=True, short=False, fixed=True)


def _settle_prepositions(doc: Doc, forms: list[tuple[Form, ...]]) -> None:
    """A preposition that is an adverb too is one where the next noun cannot be governed: "накануне директор заявил"."""
    for place, readings in enumerate(forms):
        adverbs = tuple(form for form in readings if form.pos == "ADV")
        if not _is_preposition(readings) or not adverbs:
            continue
        cases = GOVERNED.get(_plain(doc[place].text), _REST)
        behind = next((each for each in forms[place + 1 : place + 2] if each), ())
        if not any(form.case in cases for form in behind):
            forms[place] = adverbs


def _narrow_behind_prepositions(doc: Doc, forms: list[tuple[Form, ...]]) -> None:
    """Up to the first noun behind a preposition, only the cases that it governs are left."""
    for place, token in enumerate(doc):
        if not _is_preposition(forms[place]):
            continue
        cases = GOVERNED.get(_plain(token.text), _REST)
        for behind in range(place + 1, min(place + 8, len(doc))):
            if not forms[behind] and doc[behind].text not in _QUOTES:
                break
            if forms[behind]:
                forms[behind] = _kept(forms[behind], cases)
                if not _goes_on(forms[behind]):
                    break


def _is_preposition(readings: Sequence[Form]) -> bool:
    return bool(readings) and readings[0].pos == "ADP"


def _goes_on(readings: Sequence[Form]) -> bool:
    """What may stand between a preposition and its noun: adjectives, participles, adverbs."""
    first = readings[0]
    return first.pos in {"ADV", "PART", "CCONJ"} or (first.pos in _AGREES and bool(first.case) and not first.short)


def _kept(readings: tuple[Form, ...], cases: Iterable[str]) -> tuple[Form, ...]:
    if readings[0].fixed:
        return tuple(replace(readings[0], case=case, fixed=False) for case in cases)
    return tuple(form for form in readings if not form.case or form.case in cases) or readings


def _narrow_by_agreement(forms: list[tuple[Form, ...]]) -> None:
    """Adjectives and the noun right behind them share case and number."""
    for place in range(len(forms) - 2, -1, -1):
        first, second = forms[place], forms[place + 1]
        if not first or not second or first[0].pos not in _AGREES or second[0].pos not in _AGREES | _NOUNS:
            continue
        ours, theirs = ({(form.case, form.number) for form in group if form.case} for group in (first, second))
        both = {each for each in ours & theirs if each[0] != "Acc" or _both_live(first, second)}
        if both:
            forms[place] = tuple(form for form in first if (form.case, form.number) in both)
            forms[place + 1] = tuple(form for form in second if (form.case, form.number) in both)


def _both_live(first: Sequence[Form], second: Sequence[Form]) -> bool:
    """Whether an accusative adjective can stand with an accusative noun: it has one form for the living and one for the rest."""
    ours, theirs = ({form.animacy for form in group if form.case == "Acc"} for group in (first, second))
    return "" in ours | theirs or bool(ours & theirs)


def _write(token: Token, readings: Sequence[Form]) -> None:
    token.norm_ = _plain(token.text)
    token.lemma_ = readings[0].lemma if readings else token.norm_
    token.pos_ = _pos(token, readings)
    if not readings:
        return
    features = dict(readings[0].rest)
    nominative = [form for form in readings if form.case == "Nom"] or readings
    told = {
        "Case": {form.case for form in readings} if not _is_open(readings) else _CASES,
        "Number": {form.number for form in nominative},
        "Gender": {form.gender for form in nominative},
    }
    features |= {name: ",".join(sorted(values - {""})) for name, values in told.items() if values - {""}}
    token.set_morph(features)  # type: ignore[attr-defined]  # missing in spaCy's stub


def _is_open(readings: Sequence[Form]) -> bool:
    """What is the same in all cases, and a name that the dictionary does not know, may have any."""
    return readings[0].fixed


def _pos(token: Token, readings: Sequence[Form]) -> str:
    if readings:
        return "PROPN" if readings[0].proper else readings[0].pos
    if token.is_space:
        return "SPACE"
    if token.like_num:
        return "NUM"
    return "PUNCT" if not any(letter.isalnum() for letter in token.text) else "X"
