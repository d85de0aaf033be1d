"""Persian verbs of several words: "گفته شده بود", "نخواهد داد". What the whole means stands at the word that tells the deed."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

from pipeline.enrich.analysis.persian_verbs import BECOMING, BEING, WILLING
from pipeline.enrich.analysis.persian_words import Word

DEMONSTRATIVES = frozenset({"این", "آن", "همین", "همان"})
_NOMINAL = frozenset({"NOUN", "PROPN", "ADJ", "NUM", "DET", "X"})
_ENDS = frozenset({".", "!", "؟", "?"})
_WHO = ("Person", "Number")
# How far behind a bare participle the verb may be whose auxiliary it shares: "رد کرده و آن را ... خوانده است".
_REACH = 15


def chained(words: Sequence[Word], forms: Sequence[str], nominal: Mapping[str, Word], settled: AbstractSet[str]) -> list[Word]:
    """The words, with the features of analytic verbs.

    `forms` are the keys of the words; `nominal` is what participles are that stand as nouns or adjectives too, and the `settled` ones of
    them do so wherever no auxiliary follows.
    """
    done = list(words)
    place = 0
    while place < len(done):
        if _is_participle(done[place]):
            last, done[place] = _participle(place, words)
            if last == place:
                done[place] = _alone(place, words, nominal.get(forms[place]), forms[place] in settled)
            _lend(done, place, last)
            place = last
        elif done[place].lemma == WILLING and done[place].pos == "AUX" and place + 1 < len(done) and _is_stem(done[place + 1]):
            will, told = words[place], words[place + 1]
            done[place + 1] = Word(told.lemma, told.pos, {**told.features, **will.features})
            place += 1
        place += 1
    return [_pronoun(place, done) for place in range(len(done))]


def _pronoun(place: int, words: Sequence[Word]) -> Word:
    """A demonstrative that stands before no noun is a pronoun: "آن را"."""
    word = words[place]
    after = words[place + 1].pos if place + 1 < len(words) else ""
    return Word(word.lemma, "PRON", word.features) if word.lemma in DEMONSTRATIVES and after not in _NOMINAL else word


def _is_participle(word: Word) -> bool:
    return word.features.get("VerbForm") == "Part"


def _is_stem(word: Word) -> bool:
    """A past stem without an ending, as the future has it."""
    features = word.features
    return (
        features.get("Tense") == "Past"
        and features.get("Person") == "3"
        and features.get("Number") == "Sing"
        and "Polarity" not in features
    )


def _participle(place: int, words: Sequence[Word]) -> tuple[int, Word]:
    """Where the analytic verb ends that begins with this participle, and the participle with all that it means."""
    word = words[place]
    features = dict(word.features)
    last = place
    following = words[last + 1] if last + 1 < len(words) else None
    if following is not None and following.lemma == BECOMING and word.lemma != BECOMING:
        last += 1
        features["Voice"] = "Pass"
        features |= {name: value for name, value in following.features.items() if name != "VerbForm" or value != "Part"}
        if not _is_participle(following):
            return last, Word(word.lemma, word.pos, features)
    elif following is not None and following.lemma == WILLING and _future_of(last + 1, words, BECOMING):
        return last + 2, Word(word.lemma, word.pos, {**features, **following.features, "Voice": "Pass"})
    return _with_being(last, words, word, features)


def _with_being(last: int, words: Sequence[Word], word: Word, features: dict[str, str]) -> tuple[int, Word]:
    """The same with the form of "to be" that follows: است for the perfect, بود for the pluperfect, باشد for the subjunctive."""
    evidential = last + 2 < len(words) and words[last + 1].lemma == BEING and _is_participle(words[last + 1])
    being = words[last + 2 if evidential else last + 1] if last + 1 < len(words) else None
    if being is None or being.lemma != BEING or being.pos != "AUX" or _is_participle(being):
        return last, Word(word.lemma, word.pos, features)
    past = being.features.get("Tense") == "Past"
    tense = {"Tense": "Pqp"} if past or evidential else {"Tense": "Past", "Aspect": "Perf"}
    mood = {"Mood": being.features.get("Mood", "Ind"), "VerbForm": "Fin"}
    negated = {"Polarity": "Neg"} if "Neg" in {features.get("Polarity"), being.features.get("Polarity")} else {}
    who = {name: being.features[name] for name in _WHO if name in being.features}
    whole = {**{name: value for name, value in features.items() if name != "Aspect"}, **tense, **mood, **negated, **who}
    return last + (2 if evidential else 1), Word(word.lemma, word.pos, whole)


def _future_of(place: int, words: Sequence[Word], lemma: str) -> bool:
    return place + 1 < len(words) and words[place].pos == "AUX" and words[place + 1].lemma == lemma and _is_stem(words[place + 1])


def _lend(done: list[Word], first: int, last: int) -> None:
    """All words of an analytic verb but the one that tells the deed are its auxiliaries."""
    for place in range(first + 1, last + 1):
        done[place] = Word(done[place].lemma, "AUX", done[place].features)


def _alone(place: int, words: Sequence[Word], other: Word | None, settled: bool) -> Word:
    """A participle without an auxiliary: an adjective or noun, or a perfect that leaves it out ("گفته ایران …", "رد کرده و گفته است")."""
    word = words[place]
    before = words[place - 1].pos if place else ""
    follower = words[place + 1].pos if place + 1 < len(words) else ""
    ends = place + 1 == len(words) or words[place + 1].lemma in _ENDS  # where a sentence has its verb
    passive = word.lemma == BECOMING and not ends
    shares = follower in {"CCONJ", "PUNCT", "SCONJ"} and _shares(place, words)
    if shares or not (settled or passive or before in {"ADP", "DET", ""}):
        return Word(word.lemma, "VERB", {**word.features, "VerbForm": "Fin", "Mood": "Ind", "Aspect": "Perf", "Person": "3"})
    return other or Word(word.lemma, "ADJ" if word.lemma == BECOMING else "NOUN", word.features)


def _shares(place: int, words: Sequence[Word]) -> bool:
    """Whether a participle with an auxiliary, or a perfect, follows in the sentence: "رد کرده و گفته است"."""
    for number in range(place + 1, min(len(words), place + _REACH)):
        features = words[number].features
        if words[number].lemma == BEING and number and _is_participle(words[number - 1]):
            return True
        if features.get("Aspect") == "Perf":
            return True
        if features.get("VerbForm") == "Fin" and words[number].pos == "VERB":
            return False
    return False
