"""The forms of Arabic nouns and adjectives: sound plurals, dual, feminine and accusative are made, broken plurals are listed."""

from collections.abc import Iterable, Iterator

from pipeline.enrich.analysis.arabic_verbs import Form
from pipeline.enrich.analysis.arabic_words import Word, plain


def declined(singular: str, plurals: Iterable[str], pos: str, *, person: bool) -> Iterator[Form]:
    """Every form without the article by its key; of people and adjectives also the feminine and the plural in ون."""
    lemma = plain(singular)
    feminine = singular.endswith("ة")
    base = Word(lemma, pos, {"Number": "Sing", "Gender": "Fem" if feminine else "Masc"})
    yield lemma, base
    stem = lemma[:-1] if feminine else lemma
    if feminine:
        yield from _feminine(stem, base)
    else:
        yield from _masculine(stem, base, person=person)
        if person:
            female = base.told(Gender="Fem")
            yield stem + "ه", female
            yield from _feminine(stem, female)
        else:
            yield stem + "ات", base.told(Number="Plur")
    for plural in plurals:
        several = base.told(Number="Plur")
        yield plain(plural), several
        yield plain(plural) + "ا", several


def bound(form: str, word: Word, written: str) -> Form | None:
    """What a form becomes before a pronoun that is written onto it: طائرته, مستواه; None where it stays."""
    if written.endswith("ة"):
        return form[:-1] + "ت", word
    return (form[:-1] + "ا", word) if written.endswith("ى") else None


def _feminine(stem: str, one: Word) -> Iterator[Form]:
    yield stem + "ات", one.told(Number="Plur")
    yield from ((stem + end, one.told(Number="Dual")) for end in ("تان", "تين", "تا", "تي"))


def _masculine(stem: str, one: Word, *, person: bool) -> Iterator[Form]:
    yield stem + "ا", one
    several = one.told(Number="Plur" if person else "Dual")
    yield from ((stem + end, several) for end in (("ون", "ين", "و", "ي", "ان") if person else ("ان", "ين")))
