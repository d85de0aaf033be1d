"""The forms of Persian verbs, made from their stems: form to lemma and features, so that a form is looked up and never guessed.

Stems stand in `languages/lexicons/fa.yml`; the endings, the prefixes می, ن and ب, and the auxiliaries are those of the one conjugation that
there is, as every grammar has them. The second person singular is left out: newspapers do not use it, and it looks like half of all nouns.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

ONGOING, NOT, SO = "می", "ن", "ب"
ONGOINGS = frozenset({ONGOING, NOT + ONGOING})
PAST_ENDINGS = {"م": ("1", "Sing"), "": ("3", "Sing"), "یم": ("1", "Plur"), "ید": ("2", "Plur"), "ند": ("3", "Plur")}
PRESENT_ENDINGS = {"م": ("1", "Sing"), "د": ("3", "Sing"), "یم": ("1", "Plur"), "ید": ("2", "Plur"), "ند": ("3", "Plur")}
# Behind a participle, as a word of its own or written onto it.
PERFECT_ENDINGS = {"ام": ("1", "Sing"), "است": ("3", "Sing"), "ایم": ("1", "Plur"), "اید": ("2", "Plur"), "اند": ("3", "Plur")}
# "To be" has a present of its own; its plain form is short in the third person.
BEING, SHORT, IS, IS_NOT = "بودن", "است", "هست", "نیست"
BECOMING, WILLING = "شدن", "خواهد"
HAVING = "داشت"  # whose present has no می, and is no subjunctive without
FUTURE = "خواه"


class Form(NamedTuple):
    """What a form is: its infinitive, part of speech and features."""

    lemma: str
    pos: str
    features: Mapping[str, str]


def conjugated(stems: Mapping[str, str], bare: frozenset[str]) -> dict[str, Form]:
    """Every form of these verbs (past stem to present stem), without joiners. Of verbs that share a form, the first has it."""
    forms: dict[str, Form] = {}
    for past, present in stems.items():
        preverb, _, stem = past.rpartition("+")
        for form, features in _forms(stem, present, bare=past in bare):
            forms.setdefault(preverb + form, Form(f"{preverb}{stem}ن", "VERB", features))
    return _being() | forms | _future()


def _forms(past: str, present: str, *, bare: bool) -> Iterator[tuple[str, dict[str, str]]]:
    participle = {"VerbForm": "Part", "Tense": "Past"}
    yield from _both(past + "ه", participle)
    for ending, who in PERFECT_ENDINGS.items():
        yield from _both(past + "ه" + ending, _finite(who, Tense="Past", Aspect="Perf"))
    # The present before the past, which some verbs have alike with می: می‌ماند.
    for ending, who in PRESENT_ENDINGS.items():
        asked = _finite(who, Tense="Pres", Mood="Imp" if who == ("2", "Plur") else "Sub")
        yield from _both(ONGOING + present + ending, _finite(who, Tense="Pres"), ongoing=True)
        yield _prefixed(SO, present + ending), asked
        plain = _finite(who, Tense="Pres") if past == HAVING else asked
        if bare:
            yield from _both(present + ending, plain)
        yield _prefixed(NOT, present + ending), {**asked, "Polarity": "Neg"}
    for ending, who in PAST_ENDINGS.items():
        yield from _both(past + ending, _finite(who, Tense="Past"))
        yield from _both(ONGOING + past + ending, _finite(who, Tense="Past", Aspect="Imp"), ongoing=True)
    yield from _both(past + "ن", {"VerbForm": "Inf"})


def _both(form: str, features: dict[str, str], *, ongoing: bool = False) -> Iterator[tuple[str, dict[str, str]]]:
    """The form, and the same with a negation, which stands before می and before everything else."""
    yield form, features
    yield (NOT + form if ongoing else _prefixed(NOT, form)), {**features, "Polarity": "Neg"}


def _prefixed(prefix: str, form: str) -> str:
    """A prefix before a vowel takes a glide: نیامد of آمد, بیفتد of افتاد."""
    if form.startswith("آ"):
        return prefix + "یا" + form[1:]
    if form.startswith("ای"):
        return prefix + form
    return prefix + "ی" + form[1:] if form.startswith("ا") else prefix + form


def _finite(who: tuple[str, str], **features: str) -> dict[str, str]:
    return {"Mood": "Ind", **features, "VerbForm": "Fin", "Person": who[0], "Number": who[1]}


def _being() -> dict[str, Form]:
    """The present of "to be", and all its other forms as an auxiliary's."""
    forms = {SHORT: Form(BEING, "AUX", _finite(("3", "Sing"), Tense="Pres"))}
    for stem, features in ((IS, {}), (IS_NOT, {"Polarity": "Neg"})):
        forms |= {stem + end: Form(BEING, "AUX", {**_finite(who, Tense="Pres"), **features}) for end, who in PAST_ENDINGS.items()}
    others = _forms("بود", "باش", bare=True)
    return {form: Form(BEING, "AUX", features) for form, features in others} | forms


def _future() -> dict[str, Form]:
    """خواهد: "will" before a past stem."""
    told = {FUTURE + end: _finite(who, Tense="Fut") for end, who in PRESENT_ENDINGS.items()}
    negated = {NOT + form: {**features, "Polarity": "Neg"} for form, features in told.items()}
    return {form: Form(WILLING, "AUX", features) for form, features in (told | negated).items()}


def modal(form: str) -> dict[str, str]:
    """The features of a modal, which is impersonal: باید, نباید."""
    return {"VerbForm": "Fin", "VerbType": "Mod", **({"Polarity": "Neg"} if form.startswith(NOT) else {})}


def without(forms: Mapping[str, Form], words: Iterable[str]) -> dict[str, Form]:
    """The forms but those that are other words."""
    others = frozenset(words)
    return {form: each for form, each in forms.items() if form not in others}
