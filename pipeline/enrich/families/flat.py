"""A sentence whose words nothing ties together but their order, their cases and the prepositions before them.

Deed and object belong to each other where they stand near. Who gives and who receives is read off each name's own place: its case, its
preposition, the word before it. A role that stays open speaks against no family.
"""

from collections.abc import Iterator, Sequence
from enum import Enum, auto
from typing import NamedTuple

from spacy.tokens import Token

from pipeline.claim_rules import Family
from pipeline.enrich.entities import Mention
from pipeline.enrich.families.compiled import NO_OBJECT, Families
from pipeline.enrich.families.looked import Roles
from pipeline.enrich.families.pieces import Done, Thing, places_of
from pipeline.gazetteer import Form
from pipeline.model import EntityKind
from pipeline.words import Grammar

# In words: deeds so near to an object are all done with it, else the nearest that is not too far.
_NEAR, _FAR = 6, 14
_NOUNS = frozenset({"NOUN", "PROPN"})
_BEFORE_NOUN = frozenset({"ADJ", "DET", "NUM"})
CUTS = frozenset({",", ";", ":", "—", "–", "(", ")", "،", "؛"})
_THINGS = frozenset({EntityKind.THING, EntityKind.DOCUMENT})


class Part(Enum):
    """What a party has to do with the deeds of its sentence."""

    DOES = auto()
    GIVES = auto()
    RECEIVES = auto()
    SHARES = auto()
    PLACE = auto()
    OPEN = auto()


class Party(NamedTuple):
    """A party that is named: its part in the deeds of the sentence, its place among the words, the number of its clause."""

    part: Part
    side: str
    place: int
    clause: int


class Flat:
    """The words that a statement has in one sentence of a language without a parser."""

    def __init__(
        self,
        tokens: Sequence[Token],
        mentions: Sequence[Mention],
        families: Families,
        before: frozenset[str],
        *,
        grammar: Grammar,
        given_to: frozenset[str],
    ) -> None:
        self.tokens = [token for token in tokens if not (token.is_punct or token.is_space)]
        self.families, self.grammar, self.given_to = families, grammar, given_to
        self.sides, named = places_of(self.tokens, mentions)
        self.forms = [self._forms(token) for token in self.tokens]
        self._clauses, self._said = _clauses(tokens, grammar)
        self._order = {token.i: place for place, token in enumerate(self.tokens)}
        self.things = self._things(named) or self._things_before(before)
        self.deeds = self._deeds()
        self.parties = self._parties([each for each in mentions if each.kind not in _THINGS and each.side])

    def _forms(self, token: Token) -> frozenset[str]:
        side = self.sides.get(token.i)
        return frozenset({token.norm_, token.lemma_} | ({f"{{{side}}}".casefold()} if side else set()))

    def _things(self, named: Sequence[Mention]) -> list[Thing]:
        """Words for objects and named things and documents; the longest where they overlap."""
        found = [self._thing(match.first, match.last, frozenset({match.value})) for match in self.families.objects.matches(self.forms)]
        for mention in named:
            places = [place for place, token in enumerate(self.tokens) if mention.start <= token.idx < mention.end]
            if places and mention.name in self.families.names:
                found.append(self._thing(places[0], places[-1], self.families.names[mention.name], mention.side))
        return [thing for thing in found if thing.groups != {NO_OBJECT} and not any(thing.words < other.words for other in found)]

    def _thing(self, first: int, last: int, groups: frozenset[str], maker: str | None = None) -> Thing:
        words = self.tokens[first : last + 1]
        head = next((token for token in words if token.pos_ in _NOUNS), words[0])
        return Thing(head, frozenset(token.i for token in words), groups, maker)

    def _things_before(self, groups: frozenset[str]) -> list[Thing]:
        words = self.families.rules.pointers.objects
        return [Thing(token, frozenset({token.i}), groups, None) for token in self.tokens if groups and token.norm_ in words]

    def _deeds(self) -> list[Done]:
        taken = frozenset(word for thing in self.things for word in thing.words)
        found = []
        for match in self.families.deeds.matches(self.forms):
            words = self.tokens[match.first : match.last + 1]
            wanted = _NOUNS if match.value.noun else frozenset({"VERB", "AUX"})
            head = next((token for token in words if token.pos_ in wanted), None)
            if head is not None and head.i not in taken:
                found.append(Done(head, match.value))
        return found

    def deeds_of(self, thing: Thing) -> list[Done]:
        reach = [(abs(self._order[thing.head.i] - self._order[deed.head.i]), deed) for deed in self.deeds]
        nearest = min((steps for steps, _ in reach), default=_FAR + 1)
        limit = max(_NEAR, nearest) if nearest <= _FAR else -1
        return [deed for steps, deed in reach if steps <= limit]

    # ------------------------------------------------------------------------------------------------ who does what to whom
    def _parties(self, mentions: Sequence[Mention]) -> list[Party]:
        found: list[Party] = []
        for mention in mentions:
            place = next((place for place, token in enumerate(self.tokens) if mention.start <= token.idx < mention.end), None)
            if place is not None and mention.side:
                clause = self._clauses[place]
                done = any(other.part is Part.DOES and other.clause == clause for other in found)
                found.append(Party(self._part(place, mention, done=done), mention.side, place, clause))
        return found

    def _part(self, place: int, mention: Mention, *, done: bool) -> Part:
        """`done`: somebody before it in its clause does the deed already."""
        token = self.tokens[place]
        noun = self._noun_of(place) if mention.form is Form.DEMONYM else place
        cases = frozenset(self.tokens[noun].morph.get("Case", [])) if self.grammar.subject_case else frozenset()
        preposition = self._preposition(place)
        if preposition is not None:
            part = self._behind_preposition(preposition.norm_, cases)
            return Part.DOES if part is Part.RECEIVES and self._is_addressed(place, mention) else part
        if mention.form is Form.DEMONYM and noun != place and self._is_deed(noun):
            return Part.DOES
        if noun != place and self.grammar.owner_case in cases:
            return Part.OPEN
        if self.grammar.subject_case is None:
            before = self.tokens[place - 1] if place else token
            receives = done or (bool({before.norm_, before.lemma_} & self.given_to) and not self._is_followed(place, mention))
            return Part.OPEN if mention.form is Form.DEMONYM else Part.RECEIVES if receives else Part.DOES
        return self._by_case(cases, place, done=done)

    def _is_followed(self, place: int, mention: Mention) -> bool:
        """`supplied Iran Russia with drones`, where verbs come first: whoever gives stands before whoever gets it, with nothing between."""
        end = next((at for at in range(place, len(self.tokens)) if self.tokens[at].idx >= mention.end), len(self.tokens))
        side = self.sides.get(self.tokens[end].i) if end < len(self.tokens) else None
        return side is not None and side != mention.side and self.tokens[end].pos_ != "ADJ"

    def _by_case(self, cases: frozenset[str], place: int, *, done: bool) -> Part:
        grammar = self.grammar
        if grammar.object_case in cases and self._is_accused(place):
            return Part.DOES
        if grammar.subject_case in cases:
            return Part.RECEIVES if done and grammar.object_case in cases else Part.DOES
        if grammar.receiver_case in cases or (grammar.object_case in cases and grammar.owner_case not in cases):
            return Part.RECEIVES
        if grammar.agent_case in cases:
            return Part.DOES
        return Part.DOES if place and self._is_deed(place - 1) else Part.OPEN

    def _is_accused(self, place: int) -> bool:
        """`accused Iran of supplying`: a preposition with a deed stands right behind."""
        at = place + 1
        if at >= len(self.tokens) or self.tokens[at].pos_ != "ADP":
            return False
        return any(self._is_deed(other) for other in range(at + 1, min(len(self.tokens), at + 4)))

    def _is_deed(self, place: int) -> bool:
        return any(deed.head.i == self.tokens[place].i for deed in self.deeds)

    def _behind_preposition(self, preposition: str, cases: frozenset[str]) -> Part:
        grammar = self.grammar
        if preposition in grammar.givers:
            return Part.GIVES
        if preposition in grammar.together:
            return Part.SHARES
        if preposition in grammar.places and grammar.object_case not in cases:
            return Part.PLACE
        return Part.RECEIVES if preposition in grammar.receivers else Part.OPEN

    def _is_addressed(self, place: int, mention: Mention) -> bool:
        """`accusations to Tehran of supplying Russia`: what a party is accused of stands right behind it, in languages without cases."""
        end = next((at for at in range(place, len(self.tokens)) if self.tokens[at].idx >= mention.end), len(self.tokens))
        if self.grammar.subject_case is not None or end + 1 >= len(self.tokens):
            return False
        return self.tokens[end].norm_ in self.grammar.about and self._is_deed(end + 1)

    def _preposition(self, place: int) -> Token | None:
        """The preposition of the phrase that a name begins or is the adjective of."""
        at = place - 1
        while at >= 0 and self.tokens[at].pos_ in _BEFORE_NOUN:
            at -= 1
        return self.tokens[at] if at >= 0 and self.tokens[at].pos_ == "ADP" else None

    def _noun_of(self, place: int) -> int:
        """The noun that an adjective of nation belongs to: behind it where adjectives have cases, else before it."""
        if self.grammar.subject_case is None:
            return next((at for at in range(place - 1, max(-1, place - 4), -1) if self.tokens[at].pos_ in _NOUNS), place)
        return next((at for at in range(place + 1, min(len(self.tokens), place + 4)) if self.tokens[at].pos_ in _NOUNS), place)

    def _of(self, *parts: Part) -> frozenset[str]:
        return frozenset(party.side for party in self.parties if party.part in parts)

    def _doers(self, deed: Done) -> frozenset[str]:
        """Of a verb, whoever does something in its clause, else in the one before; of a noun, whose it is, by whom it is done, or who
        stands right before its preposition ("accused Iran of supplying")."""
        at = self._order[deed.head.i]
        doing = [party for party in self.parties if party.part is Part.DOES]
        if deed.way.noun:
            preposition = self._preposition(at)
            before = self._order[preposition.i] - 1 if preposition is not None else None
            return frozenset(party.side for party in doing if self._does_noun(party, at, before))
        clause = self._clauses[at]
        near = [party for party in doing if party.clause == clause]
        earlier = [party for party in doing if party.place < at and not self._is_said(party.clause, clause)]
        return frozenset(party.side for party in near or earlier[-1:])

    def _does_noun(self, party: Party, deed: int, before: int | None) -> bool:
        agent = self.grammar.agent_case
        by = agent is not None and self.tokens[party.place].morph.get("Case", []) == [agent]
        marker = before is not None and self.tokens[before].norm_ in self.grammar.object_markers
        accused = before is not None and party.place <= before <= party.place + 1 + marker and before - marker == self._end(party)
        owned = party.place == deed + 1
        return (by and party.clause == self._clauses[deed]) or accused or owned or self._noun_of(party.place) == deed

    def _end(self, party: Party) -> int:
        """The last word of a party's name."""
        at = party.place
        while at + 1 < len(self.tokens) and self.sides.get(self.tokens[at + 1].i) == party.side:
            at += 1
        return at

    def _is_said(self, first: int, second: int) -> bool:
        """Whether a conjunction such as "that" stands between two clauses."""
        return any(first < clause <= second for clause in self._said)

    def roles_in(self, deed: Done) -> Roles:
        rules = self.families.rules.deeds[deed.way.deed]
        shares, doers = self._of(Part.SHARES), self._doers(deed)
        givers = self._of(Part.GIVES) | shares | (self._of(Part.PLACE) if rules.here else frozenset())
        receivers = self._of(Part.RECEIVES) | shares
        if rules.mutual:
            return Roles(givers | receivers | doers, givers | receivers | doers)
        return Roles(givers, receivers | doers) if deed.way.receives else Roles(givers | doers, receivers)

    def roles_of(self, thing: Thing) -> Roles:
        """Whose thing it is, and from whom and to whom, as far as any name tells."""
        owners = self._owners(thing)
        if any(self.families.rules.objects[group].people for group in thing.groups):
            return Roles(self._of(Part.GIVES), self._of(Part.RECEIVES) | owners)
        return Roles(self._of(Part.GIVES) | owners, self._of(Part.RECEIVES))

    def _owners(self, thing: Thing) -> frozenset[str]:
        """By an adjective of nation at it, by its maker."""
        at = self._order[thing.head.i]
        beside = {party.side for party in self.parties if self._noun_of(party.place) == at and self.tokens[party.place].pos_ == "ADJ"}
        return frozenset(beside | ({thing.maker} if thing.maker else set()))

    def roles_with(self, thing: Thing, deed: Done) -> Roles:
        of_deed, of_thing = self.roles_in(deed), self.roles_of(thing)
        return Roles(of_deed.givers or of_thing.givers, of_deed.receivers | of_thing.receivers)

    def is_of(self, family: Family, thing: Thing) -> bool:
        owners = self._owners(thing)
        return not family.of or not owners or bool(owners & {*family.of})

    # ------------------------------------------------------------------------------------------------ what was said before
    def points_back(self) -> bool:
        """Whether it speaks of what was said before: "such claims", "this"."""
        return any(True for _ in self._pointers())

    def _pointers(self) -> Iterator[Token]:
        pointers = self.families.rules.pointers
        for place, token in enumerate(self.tokens):
            near = self.tokens[max(0, place - 2) : place]
            marked = not pointers.marks or any({each.norm_, each.lemma_} & pointers.marks for each in near)
            if token.lemma_ in pointers.nouns and marked and not self._is_explained(place):
                yield token
            if token.norm_ in pointers.pronouns:
                yield token

    def _is_explained(self, place: int) -> bool:
        """Whether a noun itself says what it is about: "сообщения о поставках"."""
        behind = self.tokens[place + 1 : place + 2]
        return any(token.norm_ in self.grammar.about or token.norm_ in self.grammar.complementizers for token in behind)


def _clauses(tokens: Sequence[Token], grammar: Grammar) -> tuple[list[int], frozenset[int]]:
    """For each word the number of its clause, as far as marks and conjunctions part them; and those that begin what is said."""
    found, said, number = [], set(), 0
    for token in tokens:
        if token.is_punct or token.is_space:
            number += token.text in CUTS
            continue
        if token.norm_ in grammar.complementizers:
            number += 1
            said.add(number)
        found.append(number)
    return found, frozenset(said)
