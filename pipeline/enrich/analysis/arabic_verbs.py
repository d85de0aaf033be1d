"""The forms of an Arabic verb from its past and its present, third person masculine: the regular paradigms, without vowels.

What an unwritten vowel alone would tell apart (most passives, the moods but the jussive of weak verbs) is one form.
"""

from collections.abc import Iterator

from pipeline.enrich.analysis.arabic_words import SHADDA, Word, plain

Form = tuple[str, Word]

# Endings of the past: before a vowel, and before a consonant.
_PAST_VOWEL = (
    ("", "3 Masc Sing"), ("ت", "3 Fem Sing"), ("ا", "3 Masc Dual"), ("تا", "3 Fem Dual"), ("وا", "3 Masc Plur"),
)  # fmt: skip
_PAST_CONSONANT = (("ت", "1 - Sing"), ("نا", "1 - Plur"), ("ن", "3 Fem Plur"), ("تم", "2 Masc Plur"))
_PRESENT = (
    ("ي", "", "3 Masc Sing"), ("ت", "", "3 Fem Sing"), ("ن", "", "1 - Plur"), ("ا", "", "1 - Sing"),
    ("ي", "ون", "3 Masc Plur"), ("ي", "وا", "3 Masc Plur"), ("ي", "ان", "3 Masc Dual"), ("ت", "ان", "3 Fem Dual"),
    ("ي", "ا", "3 Masc Dual"), ("ي", "ن", "3 Fem Plur"), ("ت", "ون", "2 Masc Plur"),
)  # fmt: skip
_PLURAL = ("ون", "وا")
# "I" is left out: the press has no use for it, and أنه is two words.
_JUSSIVE = ("3 Masc Sing", "3 Fem Sing", "1 - Plur")
_WEAK = "اويى"


def conjugated(past: str, present: str) -> Iterator[Form]:
    """Every form of a verb by its key; a shadda at the end doubles the last letter, a last ا, ى or ي is weak, ا before the last is long."""
    yield from _past(past)
    yield from _present(plain(past), present)
    yield from _passive(past, present)


def participles(past: str, present: str) -> Iterator[Form]:
    """The active participle as it goes with a verb ("adding that …"): accusative, feminine, plural. Without vowels nothing tells whether a
    verb of three letters is of the first form (نافيا) or of the second (مؤكدا): both are made."""
    word = Word(plain(past), "VERB", {"VerbForm": "Conv", "Voice": "Act"})
    for stem in dict.fromkeys([*_first_form(past), "م" + plain(present)[1:]]):
        yield from ((stem + ending, word) for ending in ("ا", "ه", "ين", "تين"))


def _first_form(past: str) -> Iterator[str]:
    lemma = plain(past)
    if _is_doubled(past) and len(lemma) == 2:
        yield lemma[0] + "ا" + lemma[1]
    elif len(lemma) == 3 and _is_weak(past):
        yield lemma[0] + "ا" + lemma[1] + "ي"
    elif len(lemma) == 3:
        yield lemma[0] + "ا" + ("ء" if lemma[1] == "ا" else lemma[1]) + lemma[2]


def bound(past: str) -> Iterator[Form]:
    """What a form becomes before a pronoun that is written onto it: نفوها, نفاها."""
    lemma = plain(past)
    yield (_dropped(past) if _is_weak(past) else lemma) + "و", _word(lemma, "3 Masc Plur", past=True)
    if past.endswith("ى"):
        yield lemma[:-1] + "ا", _word(lemma, "3 Masc Sing", past=True)


def _past(past: str) -> Iterator[Form]:
    lemma = plain(past)
    for ending, person in _PAST_VOWEL:
        yield _before_vowel(past, ending), _word(lemma, person, past=True)
    stem = _before_consonant(past)
    for ending, person in _PAST_CONSONANT:
        yield stem + ending, _word(lemma, person, past=True)


def _before_vowel(past: str, ending: str) -> str:
    lemma = plain(past)
    if not ending or not _is_weak(past):
        return lemma + ending
    if ending == "ا":
        return _before_consonant(past) + ending
    if past.endswith("ي") and ending != "وا":
        return lemma + ending
    return _dropped(past) + ending


def _before_consonant(past: str) -> str:
    lemma = plain(past)
    if _is_doubled(past):
        return lemma + lemma[-1]
    if past.endswith("ا"):
        return lemma[:-1] + ("و" if len(lemma) == 3 else "ي")
    if len(lemma) > 2 and lemma[-2] == "ا" and past[-1] not in "ىيأء":
        return lemma[:-2] + lemma[-1]
    return lemma


def _present(lemma: str, present: str) -> Iterator[Form]:
    stem = plain(present)[1:]
    weak = present[-1] in _WEAK
    for prefix, ending, person in _PRESENT:
        body = stem[:-1] if weak and ending in _PLURAL else stem
        body = body + body[-1] if _is_doubled(present) and ending == "ن" else body
        yield prefix + body + ending, _word(lemma, person, past=False)
    if short := _shortened(present):
        for prefix, ending, person in _PRESENT:
            if not ending and person in _JUSSIVE:
                yield prefix + short, _word(lemma, person, past=False).told(Mood="Jus")


def _shortened(present: str) -> str:
    """The stem of the jussive where it is written otherwise."""
    stem = plain(present)[1:]
    if present[-1] in _WEAK:
        return stem[:-1]
    if _is_doubled(present):
        return stem + stem[-1]
    return stem[:-2] + stem[-1] if len(stem) > 2 and present[-2] in "ويا" else ""


def _passive(past: str, present: str) -> Iterator[Form]:
    """The passives that are written otherwise: قيل, أدينت, يقال, يوصف, هوجم."""
    lemma, stem = plain(past), plain(present)[1:]
    long = len(lemma) > 2 and lemma[-2] == "ا" and past[-1] not in _WEAK and not _is_doubled(past)
    if long:
        changed = lemma[:-2] + "ي" + lemma[-1]
        yield from ((changed + ending, _word(lemma, person, past=True).told(Voice="Pass")) for ending, person in _PAST_VOWEL)
    elif past.endswith("ا"):
        yield lemma[:-1] + "ي", _word(lemma, "3 Masc Sing", past=True).told(Voice="Pass")
    elif len(lemma) > 3 and lemma[1] == "ا" and lemma[0] not in "ايو":
        changed = lemma[0] + "و" + lemma[2:]
        yield from ((changed + ending, _word(lemma, person, past=True).told(Voice="Pass")) for ending, person in _PAST_VOWEL)
    body = ""
    if long and len(stem) > 2 and present[-2] in "وي":
        body = stem[:-2] + "ا" + stem[-1]
    elif lemma[0] == "و" and not stem.startswith("و") and present[-1] not in _WEAK:
        body = "و" + stem
    if body:
        for prefix, ending, person in _PRESENT:
            yield prefix + body + ending, _word(lemma, person, past=False).told(Voice="Pass")


def _is_doubled(form: str) -> bool:
    return form.endswith(SHADDA)


def _is_weak(past: str) -> bool:
    return past[-1] in "اىي"


def _dropped(past: str) -> str:
    return plain(past)[:-1]


def _word(lemma: str, person: str, *, past: bool) -> Word:
    which, gender, number = person.split()
    features = {"VerbForm": "Fin", "Person": which, "Voice": "Act"}
    # Before its subject the verb is singular, whatever that is.
    features |= {"Number": number} if (which, number) != ("3", "Sing") else {}
    features |= {"Tense": "Past", "Aspect": "Perf"} if past else {"Tense": "Pres", "Aspect": "Imp"}
    return Word(lemma, "VERB", features if gender == "-" else features | {"Gender": gender})
