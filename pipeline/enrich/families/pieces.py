"""What a statement speaks of in one sentence: the parties, the objects, the deeds, and which deed is done with which object."""

from collections.abc import Sequence
from typing import NamedTuple

from spacy.tokens import Token

from pipeline.enrich.english import FOR, PART_OF, VERBS, has_to, is_how
from pipeline.enrich.entities import Mention
from pipeline.enrich.families.compiled import NO_OBJECT, Families, Way
from pipeline.model import EntityKind

# Steps in the parse tree between a deed and its object: whatever is near counts, else the nearest that is not too far.
_NEAR, _FAR = 3, 6
_THINGS = frozenset({EntityKind.THING, EntityKind.DOCUMENT})


class Thing(NamedTuple):
    """An object that the text speaks of: its head, its words, the groups of `objects` that it may be."""

    head: Token
    words: frozenset[int]
    groups: frozenset[str]
    maker: str | None


class Done(NamedTuple):
    """A deed that the text speaks of."""

    head: Token
    way: Way


class Piece:
    """The words that a statement has in one sentence; `before` are the objects of what was said before it."""

    def __init__(self, tokens: Sequence[Token], mentions: Sequence[Mention], families: Families, before: frozenset[str]) -> None:
        self.tokens = [token for token in tokens if not (token.is_punct or token.is_space or token.tag_ == "POS")]
        self.families = families
        self.sides, self.named = places_of(self.tokens, mentions)
        self.forms = [self._forms(token) for token in self.tokens]
        self.things = self._things() or self._things_before(before)
        self.deeds = self._deeds()

    def _forms(self, token: Token) -> frozenset[str]:
        side = self.sides.get(token.i)
        # The model leaves the plurals of names alone: "Sukhois", "UAVs".
        singular = {token.lower_.removesuffix("s")} if token.pos_ == "PROPN" else set()
        return frozenset({token.lower_, token.lemma_.lower()} | singular | ({f"{{{side}}}".casefold()} if side else set()))

    def _things(self) -> list[Thing]:
        """Named things and documents, and other words for such; the longest where they overlap."""
        found = [
            self._thing(match.first, match.last, frozenset({match.value}), None) for match in self.families.objects.matches(self.forms)
        ]
        found = [thing for thing in found if thing.head.pos_ not in VERBS] + self._named_things()
        return [thing for thing in found if thing.groups != {NO_OBJECT} and not any(_is_part(thing, other) for other in found)]

    def _named_things(self) -> list[Thing]:
        things = []
        for mention in self.named:
            places = [place for place, token in enumerate(self.tokens) if mention.start <= token.idx < mention.end]
            if places and mention.name in self.families.names:
                things.append(self._thing(places[0], places[-1], self.families.names[mention.name], mention.side))
        return things

    def _thing(self, first: int, last: int, groups: frozenset[str], maker: str | None) -> Thing:
        return Thing(self._head(first, last), frozenset(token.i for token in self.tokens[first : last + 1]), groups, maker)

    def _things_before(self, groups: frozenset[str]) -> list[Thing]:
        """What "they" stands for where the sentence has no object of its own."""
        words = self.families.rules.pointers.objects
        return [Thing(token, frozenset({token.i}), groups, None) for token in self.tokens if groups and token.lower_ in words]

    def _head(self, first: int, last: int) -> Token:
        tokens = self.tokens[first : last + 1]
        return tokens[0].doc[tokens[0].i : tokens[-1].i + 1].root

    def _deeds(self) -> list[Done]:
        found = []
        taken = frozenset(word for thing in self.things for word in thing.words)
        for match in self.families.deeds.matches(self.forms):
            way, head = match.value, self._head(match.first, match.last)
            if head.i in taken or _is_within_word(head) or _is_purpose(head):
                continue
            if (head.pos_ in {"NOUN", "PROPN"}) == way.noun:
                found.append(Done(head, way))
        return found

    def deeds_of(self, thing: Thing) -> list[Done]:
        """The deeds that are done with it; none where it is the object of a verb that is no deed."""
        verb = thing.head.head
        if thing.head.dep_ in {"dobj", "dative"} and verb.pos_ == "VERB" and all(deed.head.i != verb.i for deed in self.deeds):
            return []
        if self.is_in_return(thing.head):
            return self.deeds
        at = self.whole(thing.head)
        if at.dep_ == "compound" and all(deed.head.i != at.head.i for deed in self.deeds):
            return []
        reach = [(_distance(at, deed.head), deed) for deed in self.deeds]
        nearest = min((steps for steps, _ in reach), default=_FAR + 1)
        limit = max(_NEAR, nearest) if nearest <= _FAR else -1
        return [deed for steps, deed in reach if steps <= limit]

    def whole(self, token: Token) -> Token:
        """What a member of a list or a number belongs to: the equipment in "equipment, including hundreds of radars"."""
        at = token
        while True:
            above = at.head
            if at.dep_ in {"conj", "appos"} and above.pos_ in {"NOUN", "PROPN"}:
                at = above
            elif at.dep_ == "pobj" and self._is_list(above):
                at = above.head
            else:
                return at

    def _is_list(self, preposition: Token) -> bool:
        rules = self.families.rules
        return preposition.lower_ in rules.members or (preposition.lower_ in PART_OF and preposition.head.lemma_.lower() in rules.measures)

    def is_in_return(self, token: Token) -> bool:
        words = self.families.rules.in_return
        return any(above.lower_ in FOR and above.head.lower_ in words for above in token.ancestors)


def places_of(tokens: Sequence[Token], mentions: Sequence[Mention]) -> tuple[dict[int, str], list[Mention]]:
    """The party that a token names, by token; and the things and documents that are named."""
    start, end = tokens[0].idx if tokens else 0, tokens[-1].idx if tokens else -1
    here = [mention for mention in mentions if start <= mention.start <= end]
    sides = {
        token.i: mention.side
        for mention in here
        if mention.side and mention.kind not in _THINGS
        for token in tokens
        if mention.start <= token.idx < mention.end
    }
    return sides, [mention for mention in here if mention.kind in _THINGS]


def _is_part(thing: Thing, other: Thing) -> bool:
    """Whether it only stands in the other's name: "missile" in "anti-tank missile", "drone" before "engine"."""
    return thing.words < other.words or (thing.head.dep_ == "compound" and thing.head.head.i == other.head.i != thing.head.i)


def _is_within_word(token: Token) -> bool:
    """The second half of "Iranian-made"."""
    doc = token.doc
    return token.i > 1 and doc[token.i - 1].text in {"-", "‑", "–"} and not doc[token.i - 2].whitespace_


def _is_purpose(token: Token) -> bool:
    """Whether a thing is only meant for it: "to be used in the war", "how to use it"."""
    if token.pos_ == "VERB":
        if is_how(token):
            return True
        return token.dep_ in {"acl", "relcl", "advcl"} and has_to(token)
    return token.dep_ == "pobj" and token.head.lower_ in FOR


def _distance(one: Token, other: Token) -> int:
    """Steps between two words in the parse tree of their sentence."""
    up = {token.i: steps for steps, token in enumerate((one, *one.ancestors))}
    for steps, token in enumerate((other, *other.ancestors)):
        if token.i in up:
            return up[token.i] + steps
    return len(one.doc)
