"""Clauses of a sentence, as far as punctuation, conjunctions and finite verbs tell them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from spacy.tokens import Doc, Span, Token

from pipeline.enrich.patterns.compiled import Hit

# What parts clauses wherever it stands outside of a name.
CUTS = frozenset({",", ";", ":", "—", "–", "-", "(", ")", "…", "،", "؛"})
VERBS = frozenset({"VERB", "AUX"})
_BARE = frozenset({"Inf", "Part", "Conv"})


class Opener(StrEnum):
    """What begins a clause, by the key of the language's file."""

    SAID = "complementizers"
    RELATIVE = "relatives"
    OTHER = "subordinators"
    ASIDE = "asides"


@dataclass(frozen=True, slots=True)
class Clause:
    """Tokens `start` to `end` of the text, without the mark that parts them from the clause before, which is `cut`."""

    start: int
    end: int
    opener: Opener | None
    inner: int  # where it begins behind its opener
    cut: str  # "" at the beginning of a sentence and behind a conjunction


def is_finite(token: Token) -> bool:
    """A verb that may have a subject of its own; so may a short adjective or participle (Russian "обеспокоен", "готов")."""
    if token.morph.get("Variant", []) == ["Brev"]:
        return True
    return token.pos_ in VERBS and not _BARE.intersection(token.morph.get("VerbForm", []))


def clauses(
    sentence: Span, hits: Sequence[Hit], named: Mapping[int, object], joins: frozenset[int], *, verb_final: bool = False
) -> list[Clause]:
    """The clauses in order. `named` are tokens of names, which no mark parts; `joins` are those of coordinating conjunctions."""
    openers = _openers(sentence.doc, hits)
    found: list[Clause] = []
    start, cut = sentence.start, ""
    for token in sentence:
        place = token.i
        within = place in named and place - 1 in named and named[place] is named[place - 1]
        opening = any(first < place < last for first, (_, last) in openers.items())  # the comma of "in that, which"
        if token.text in CUTS and not within and not opening and not (token.text == "-" and not token.whitespace_):
            found += _clause(start, place, cut, openers)
            start, cut = place + 1, token.text
        elif (place in openers or (place in joins and _joins_clauses(place, start, sentence))) and not _is_led(start, place, sentence):
            found += _clause(start, place, cut, openers)
            start, cut = place, ""
        elif verb_final and _ends_clause(token, sentence):
            found += _clause(start, place + 1, cut, openers)
            start, cut = place + 1, ""
    return [*found, *_clause(start, sentence.end, cut, openers)]


def _is_led(start: int, place: int, sentence: Span) -> bool:
    """Whether nothing but a preposition stands in a clause so far: "بأن"."""
    return all(token.pos_ == "ADP" for token in sentence.doc[start:place])


def _ends_clause(token: Token, sentence: Span) -> bool:
    """The last word of a finite verb; a modal, and the auxiliary of a future, have their verb still to come."""
    morph = token.morph
    if token.pos_ not in VERBS or "Fin" not in morph.get("VerbForm", []) or morph.get("VerbType", []):
        return False
    after = token.nbor(1).pos_ if token.i + 1 < sentence.end else ""
    return after != "AUX" and not (after == "VERB" and token.pos_ == "AUX" and "Fut" in morph.get("Tense", []))


def _openers(doc: Doc, hits: Sequence[Hit]) -> dict[int, tuple[Opener, int]]:
    """First token of each conjunction to what it opens, and its last token.

    One that opens both what is said and relative clauses (Persian «که») does the former behind a verb and the latter behind a noun.
    """
    found: dict[int, tuple[Opener, int]] = {}
    for hit in _longest(hits):
        opener = Opener(hit.entry.key)
        if hit.first in found and {opener, found[hit.first][0]} == {Opener.SAID, Opener.RELATIVE}:
            before = next((token for token in reversed(doc[: hit.first]) if not token.is_punct and not token.is_space), None)
            opener = Opener.SAID if before is None or before.pos_ in VERBS else Opener.RELATIVE
        found[hit.first] = (opener, hit.last)
    return found


def _longest(hits: Sequence[Hit]) -> Iterator[Hit]:
    """Openers that are no part of a longer one."""
    known = [hit for hit in hits if hit.entry.key in set(Opener)]
    for hit in known:
        if not any(other.first <= hit.first and hit.last <= other.last and other != hit and _size(other) > _size(hit) for other in known):
            yield hit


def _size(hit: Hit) -> int:
    return hit.last - hit.first


def _clause(start: int, end: int, cut: str, openers: Mapping[int, tuple[Opener, int]]) -> Iterator[Clause]:
    if start < end:
        first = next((place for place in range(start, min(end, start + 3)) if place in openers), None)
        opener, last = openers[first] if first is not None else (None, start - 1)
        yield Clause(start, end, opener, last + 1, cut)


def _joins_clauses(place: int, start: int, sentence: Span) -> bool:
    """Whether a finite verb stands on both sides of a conjunction, before the next mark."""
    doc = sentence.doc
    before = any(is_finite(doc[other]) for other in range(start, place))
    for other in range(place + 1, sentence.end):
        if doc[other].text in CUTS:
            return False
        if is_finite(doc[other]):
            return before
    return False
