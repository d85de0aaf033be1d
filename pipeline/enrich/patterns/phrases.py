"""Noun phrases, and which of them are free to be a subject.

Where a language has cases, a noun that may be an owner belongs to the noun before it, any other begins a phrase of its own; a name in the
case of the office before it belongs to that. Where it has none, a phrase ends where a name has ended: nothing hangs on a name.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from spacy.tokens import Doc, Token

from pipeline.enrich.entities import Mention
from pipeline.enrich.patterns.clauses import Clause
from pipeline.gazetteer import Form
from pipeline.model import EntityKind
from pipeline.words import Grammar

_NOMINAL = frozenset({"NOUN", "PROPN", "ADJ", "DET", "NUM", "PRON", "X"})
_BEFORE_NOUN = frozenset({"ADJ", "DET", "NUM", "VERB"})
_QUOTES = frozenset({"«", "»", '"', "“", "”", "„", "‘", "’"})


@dataclass(frozen=True, slots=True)
class Phrase:
    """Tokens `start` to `end`, with the one that the rest hangs on, and the preposition before them."""

    start: int
    end: int
    head: int
    cases: frozenset[str]  # that it may have; empty where the language has none
    marker: int | None = None
    marked: bool = False  # as an object

    def __contains__(self, place: object) -> bool:
        return isinstance(place, int) and self.start <= place < self.end


@dataclass(frozen=True, slots=True)
class Nouns:
    """What putting noun phrases together needs of a text."""

    doc: Doc
    named: Mapping[int, Mention]
    holders: frozenset[int]  # tokens of words for people who hold an office, or speak for one
    claims: frozenset[int]  # tokens of nouns for what is said
    grammar: Grammar

    def in_clause(self, clause: Clause) -> list[Phrase]:
        """The noun phrases of a clause in order."""
        found: list[Phrase] = []
        open_, marker, link = False, None, None
        for start, end, head in self._groups(clause):
            token = self.doc[start]
            if head is None:
                inside = token.text in _QUOTES or token.is_space
                if open_ and self._links(found[-1], start):
                    link = start
                    continue
                if token.norm_ in self.grammar.object_markers and found and open_:
                    self._mark(found)
                marker = start if token.pos_ == "ADP" else marker if inside else None
                open_ = open_ and inside
                continue
            cases = self._cases(head) | self._counted(start, head)
            if link is not None:
                belongs = any(place in self.named for place in range(start, end)) or self._is_written_on(start)
                marker = None if belongs else link
            else:
                belongs = open_ and marker is None and self._belongs(found[-1], head, cases)
            if self._ends_office(found, start, head, cases):
                office = found[-2]
                found[-2:] = [self._grown(office, end, head, cases)]
            elif belongs:
                found[-1] = self._grown(found[-1], end, head, cases)
            else:
                found.append(Phrase(start, end, head, cases, marker, marked=self._is_object_of_verb(start)))
            open_, marker, link = True, None, None
        return found

    def _mark(self, found: list[Phrase]) -> None:
        """Marks the last phrase as an object, with those that "and" joins to it."""
        found[-1] = replace(found[-1], marked=True)
        at = len(found) - 1
        while at > 0 and found[at].start - found[at - 1].end == 1 and self.doc[found[at - 1].end].norm_ in self.grammar.joins:
            at -= 1
            found[at] = replace(found[at], marked=True)

    def _cases(self, head: int) -> frozenset[str]:
        """Of a person's name, those that all of its parts may have; none where the analyser takes no part of it for a name."""
        cases = frozenset(self.doc[head].morph.get("Case", []))
        mention = self.named.get(head)
        if cases and mention is not None and mention.kind is EntityKind.PERSON and mention.form in {Form.NAME, Form.SURNAME}:
            names = [self.doc[place] for place in self._parts(head)]
            parts = [frozenset(token.morph.get("Case", [])) for token in names if token.pos_ == "PROPN"]
            return (frozenset.intersection(*parts) or cases) if parts else frozenset()
        return cases

    def _counted(self, start: int, head: int) -> frozenset[str]:
        """The case of subjects, where a number that may have it governs the noun ("шестеро дипломатов")."""
        case = self.grammar.subject_case
        counts = start < head and self.doc[start].pos_ == "NUM" and self.grammar.owner_case in self.doc[head].morph.get("Case", [])
        return frozenset({case} if counts and case in self.doc[start].morph.get("Case", []) and case is not None else ())

    def _parts(self, place: int) -> Iterator[int]:
        mention = self.named[place]
        while self.named.get(place) is mention:
            yield place
            place += 1

    def _groups(self, clause: Clause) -> Iterator[tuple[int, int, int | None]]:
        """Tokens with a noun at their head: adjectives with the noun that they stand before, names whole; other tokens have no head."""
        place = clause.inner
        while place < clause.end:
            last = self._end_of_name(place, clause.end)
            if last > place:
                yield place, last, place
                place = last
                continue
            noun = self._noun_behind(place, clause.end)
            if noun is not None:
                last = max(self._end_of_name(noun, clause.end), noun + 1)
                yield place, last, noun
                place = last
            else:
                yield place, place + 1, place if self._is_nominal(self.doc[place]) else None
                place += 1

    def _end_of_name(self, place: int, end: int) -> int:
        """Behind the last token of the name that begins here; an adjective of nation is none."""
        mention = self.named.get(place)
        if mention is None or mention.form is Form.DEMONYM:
            return place
        while place < end and self.named.get(place) is mention:
            place += 1
        return place

    def _noun_behind(self, place: int, end: int) -> int | None:
        """The noun that an adjective here stands before; where adjectives have no case, that is so of determiners and numbers only."""
        if not self._is_adjective(self.doc[place]) or not (self.grammar.subject_case or self.doc[place].pos_ in {"DET", "NUM"}):
            return None
        first = place
        while place < end and (self._is_adjective(self.doc[place]) or self.doc[place].text in _QUOTES):
            place += 1
        if place < end and (self.doc[place].pos_ in {"NOUN", "PROPN"} or place in self.named):
            return place if self._agree(first, place) else None
        return None

    def _agree(self, adjective: int, noun: int) -> bool:
        """In case, where both tell one; a number may govern its noun."""
        if self.doc[adjective].pos_ == "NUM" or not self.grammar.subject_case:
            return True
        one, other = (set(self.doc[place].morph.get("Case", [])) for place in (adjective, noun))
        return not one or not other or bool(one & other)

    def _is_adjective(self, token: Token) -> bool:
        if token.pos_ == "VERB":
            return "Part" in token.morph.get("VerbForm", []) and bool(token.morph.get("Case", []))
        return token.pos_ in _BEFORE_NOUN and token.morph.get("Variant", []) != ["Brev"]

    def _is_nominal(self, token: Token) -> bool:
        if token.i in self.named:
            return True
        return token.pos_ in _NOMINAL and token.morph.get("Variant", []) != ["Brev"] and token.norm_ not in self.grammar.negations

    def _links(self, phrase: Phrase, place: int) -> bool:
        """Whether a preposition stands between an office and what it belongs to."""
        return self.doc[place].norm_ in self.grammar.links and phrase.head in self.holders

    def _belongs(self, phrase: Phrase, head: int, cases: frozenset[str]) -> bool:
        mention = self.named.get(head)
        before = self.named.get(phrase.end - 1)
        named_before = before is not None and before.form is not Form.DEMONYM
        is_person = mention is not None and mention.kind is EntityKind.PERSON
        person_before = named_before and before is not None and before.kind is EntityKind.PERSON
        if self.doc[head].pos_ in {"ADJ", "NUM", "DET"} and mention is None:
            return not self.grammar.subject_case
        if self.doc[head].pos_ == "PRON" and phrase.end == head and self.doc[head - 1].pos_ == "NOUN":
            return self._is_written_on(head)
        if self.doc[phrase.head].pos_ == "PRON" or self.doc[head].pos_ == "PRON":
            return False
        if self.grammar.adjective_last and self.doc[phrase.end - 1].pos_ == "ADJ" and not is_person:
            return False
        if not self.grammar.subject_case:
            if head in self.claims and phrase.head in self.holders:
                return False
            return not person_before and (is_person or not named_before or _is_demonym(mention))
        agrees = bool(cases & phrase.cases) and (is_person or self.doc[head].pos_ == "PROPN")
        if agrees and not person_before and (phrase.head in self.holders or is_person):
            return True
        if is_person and self._is_of_office(phrase, cases):
            return True
        return not named_before and self.grammar.owner_case in cases

    def _ends_office(self, found: Sequence[Phrase], start: int, head: int, cases: frozenset[str]) -> bool:
        """Whether a person's name belongs to an office, over what that is for: "представитель при организации Иван Петров"."""
        mention = self.named.get(head)
        if mention is None or mention.kind is not EntityKind.PERSON or len(found) < 2:
            return False
        office, field = found[-2:]
        near = field.end == start and field.marker == office.end and field.head not in self.holders
        linked = near and self.doc[office.end].norm_ in self.grammar.links
        return linked and self._is_of_office(office, cases)

    def _is_of_office(self, phrase: Phrase, cases: frozenset[str]) -> bool:
        """Whether a name in one of these cases is that of whoever holds the last office of a phrase ("по словам главы Генштаба …")."""
        holder = next((place for place in range(phrase.end - 1, phrase.start - 1, -1) if place in self.holders), None)
        if not self.grammar.subject_case:
            return holder is not None and not self._names_person(phrase)
        held = self.doc[holder].morph.get("Case", []) if holder is not None else []
        return bool(cases & set(held)) and not self._names_person(phrase)

    def _names_person(self, phrase: Phrase) -> bool:
        inside = (self.named[place] for place in range(phrase.start, phrase.end) if place in self.named)
        return any(each.kind is EntityKind.PERSON for each in inside)

    def _is_object_of_verb(self, place: int) -> bool:
        """Whether it is a pronoun written onto a verb (Arabic)."""
        before = self.doc[place - 1] if place else None
        return before is not None and before.pos_ in {"VERB", "AUX"} and not before.whitespace_ and self.doc[place].pos_ == "PRON"

    def _is_written_on(self, place: int) -> bool:
        """Whether it is a pronoun written onto the word before it, and says whose that is (Arabic)."""
        before = self.doc[place - 1] if place else None
        written = before is not None and before.pos_ in {"NOUN", "ADP"} and not before.whitespace_
        return written and self.doc[place].pos_ == "PRON"

    def _grown(self, phrase: Phrase, end: int, head: int, cases: frozenset[str]) -> Phrase:
        """With another noun: one in the same case, as a name behind an office, narrows down what case that is."""
        mention = self.named.get(head)
        same = cases & phrase.cases
        if mention is not None and mention.kind is EntityKind.PERSON and same and phrase.head in self.holders:
            return replace(phrase, end=end, cases=same)
        return replace(phrase, end=end)


def _is_demonym(mention: Mention | None) -> bool:
    return mention is not None and mention.form is Form.DEMONYM


def may_be_object(phrase: Phrase, grammar: Grammar) -> bool:
    case = grammar.object_case
    return phrase.marked or (phrase.marker is None and (case is None or case in phrase.cases))


def joined(first: Phrase, phrases: Sequence[Phrase], doc: Doc, joins: frozenset[int]) -> list[Phrase]:
    """A phrase with those that "and" and commas join to it, before and behind."""
    own = at = next(place for place, each in enumerate(phrases) if each.start == first.start)
    found = [first]
    while at > 0 and _is_joined(phrases[at - 1], found[0], doc, joins):
        at -= 1
        found.insert(0, phrases[at])
    at = own + 1
    while at < len(phrases) and _is_joined(found[-1], phrases[at], doc, joins):
        found.append(phrases[at])
        at += 1
    return found if any(place in joins for place in range(found[0].start, found[-1].end)) else [first]


def _is_joined(one: Phrase, other: Phrase, doc: Doc, joins: frozenset[int]) -> bool:
    between = [doc[place] for place in range(one.end, other.start) if not doc[place].is_space]
    same = not one.cases or not other.cases or bool(one.cases & other.cases)
    return same and one.marked == other.marked and other.marker is None and _is_conjunction(one, between, joins)


def _is_conjunction(one: Phrase, between: Sequence[Token], joins: frozenset[int]) -> bool:
    """`X and Y`, `X, Y`, `both X, and Y`."""
    if len(between) == 2:
        return between[0].text == "," and between[1].i in joins and one.start - 1 in joins
    return len(between) == 1 and (between[0].i in joins or between[0].text in {",", "،"})
