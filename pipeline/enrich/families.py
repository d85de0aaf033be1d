"""Which propositions a statement is about: its claim families, by who is said to do what, with what, to whom.

In each sentence the objects (weapons, money, a treaty) and the deeds (supplying, using, making) are looked for, and deeds are tied to
the objects they are done with by the dependency parse. Doer and receiver come from subject and agent, from "to", "from" and "between",
from a possessive or an adjective of nation, and from a weapon's maker. A family fits where nothing of that speaks against it. The words
are the topic's `claims.yml`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, product
from typing import Annotated, NamedTuple, TypeVar

from pydantic import Field, model_validator
from spacy.tokens import Span, Token

from pipeline.enrich.english import (
    AGENT,
    CLAUSAL,
    EXPLAINING,
    FOR,
    FROM,
    PART_OF,
    PLACES,
    TOGETHER,
    TOWARDS,
    VERBS,
    has_to,
    has_word,
    is_how,
    objects_of,
)
from pipeline.enrich.entities import Mention
from pipeline.model import EntityKind
from pipeline.rules import Id, Name, Rules, Side, Words

K = TypeVar("K")

# In a phrase of claims.yml: at most so many words of any kind.
_GAP, _GAP_WORDS = "...", 4
# Steps in the parse tree between a deed and its object: whatever is near counts, else the nearest that is not too far.
_NEAR, _FAR = 3, 6
# Verbs above a deed among which its subject may stand: "plans to begin to supply".
_CLIMB = 4
_ARGUMENTS = frozenset({"nsubj", "nsubjpass", "dobj", "pobj"})
_SUBJECTS = frozenset({"nsubj", "csubj"})
_OTHERS = frozenset({"dative", "dobj", "nsubjpass"})
# A verb in one of these places borrows the subject of the verb above it.
_BORROWS = frozenset({"xcomp", "conj", "pcomp", "advcl", "acl", "prep", "dep", "ccomp"})
_BESIDE = frozenset({"compound", "amod", "poss", "nmod", "conj", "appos"})
_NO_OBJECT = ""
_THINGS = frozenset({EntityKind.WEAPON, EntityKind.DOCUMENT})


class Deed(Rules):
    """What can be done: lemmas of verbs and nouns whose doer gives, and of those whose doer receives.

    `here`: whoever's country it is done in takes part in it; `mutual`: each of the doers gives and receives.
    """

    verbs: Words = ()
    nouns: Words = ()
    receiving_verbs: Words = ()
    receiving_nouns: Words = ()
    here: bool = False
    mutual: bool = False


class Object(Rules):
    """What a deed is done with: words, kinds of weapons, canonical names of weapons and documents.

    `people`: whoever they belong to gets what is done, and does not give it.
    """

    words: Words = ()
    kinds: Words = ()
    names: Words = ()
    people: bool = False


class Family(Rules):
    """One proposition: `who` does a `deed` with an `object`, `to` whom.

    `alone`: deeds that need no object. `of`: whose the objects are, where that is told. `unless`: objects that rule the family out.
    `under`: the family that this is a case of, and that is not named beside it. `presumed`: it is meant where neither side is told.
    `reply`: it is only ever said in answer to something, and never what a later statement points back to.
    """

    id: Id
    title: Name
    under: Id | None = None
    who: tuple[Side, ...] = ()
    deed: Words = ()
    alone: Words = ()
    object: Words = ()
    of: tuple[Side, ...] = ()
    unless: Words = ()
    to: tuple[Side, ...] = ()
    presumed: bool = False
    reply: bool = False
    phrases: Words = ()


class Pointers(Rules):
    """Words by which a statement means what was said before it: nouns with one of the `marks` before them ("such claims"), pronouns;
    `objects` stand for the things that it was said of."""

    nouns: Words
    marks: Words
    pronouns: Words
    objects: Words


class ClaimRules(Rules):
    """`claims.yml`: the propositions of a topic, and the words that they are found by."""

    deeds: dict[Name, Deed]
    objects: dict[Name, Object]
    not_objects: Words = ()  # longer words that a word for an object is only part of
    members: Words = ()  # "equipment, including helicopters": what stands behind shares in what is done with what stands before
    measures: Words = ()  # "hundreds of missiles": what is counted is meant
    in_return: Words = ()  # "in return for weapons": what stands behind goes the other way
    families: Annotated[tuple[Family, ...], Field(min_length=1)]
    pointers: Pointers

    @model_validator(mode="after")
    def _fits_together(self) -> "ClaimRules":
        problems = [*_twice(self), *_strangers(self), *_idle(self), *_circles(self)]
        if problems:
            raise ValueError("; ".join(problems))
        return self


def _twice(rules: ClaimRules) -> Iterator[str]:
    ids = [family.id for family in rules.families]
    yield from (f"{each}: stands twice" for each in sorted({each for each in ids if ids.count(each) > 1}))


def _strangers(rules: ClaimRules) -> Iterator[str]:
    ids = {family.id for family in rules.families}
    for family in rules.families:
        yield from (f"{family.id}: no deed {each!r}" for each in (*family.deed, *family.alone) if each not in rules.deeds)
        yield from (f"{family.id}: no object {each!r}" for each in (*family.object, *family.unless) if each not in rules.objects)
        if family.under and family.under not in ids:
            yield f"{family.id}: no family {family.under!r}"
        if not (family.deed or family.object or family.phrases):
            yield f"{family.id}: nothing to find it by"


def _idle(rules: ClaimRules) -> Iterator[str]:
    deeds = {each for family in rules.families for each in (*family.deed, *family.alone)}
    objects = {each for family in rules.families for each in (*family.object, *family.unless)}
    yield from (f"deed {each!r}: of no family" for each in rules.deeds if each not in deeds)
    yield from (f"object {each!r}: of no family" for each in rules.objects if each not in objects)


def _circles(rules: ClaimRules) -> Iterator[str]:
    above = {family.id: family.under for family in rules.families}
    yield from (f"{start}: stands under itself" for start in above if start in _above(start, above))


def _above(family: str, above: Mapping[str, str | None]) -> list[str]:
    """The families that this one is a case of, nearest first."""
    found: list[str] = []
    at = above.get(family)
    while at is not None and at not in found:
        found.append(at)
        at = above.get(at)
    return found


class _Match(NamedTuple):
    """Words `first` to `last` of a sentence, and what they stand for."""

    first: int
    last: int
    value: str


Pattern = tuple[frozenset[str] | None, ...]  # None is the gap


class Lexicon:
    """Phrases of alternatives and gaps, looked up by their first word."""

    def __init__(self, entries: Iterable[tuple[str, str]]) -> None:
        self._by_first: dict[str, list[tuple[Pattern, str]]] = defaultdict(list)
        for phrase, value in entries:
            pattern = tuple(None if word == _GAP else frozenset(word.split("|")) for word in phrase.casefold().split())
            for word in pattern[0] or ():
                self._by_first[word].append((pattern, value))

    def matches(self, words: Sequence[frozenset[str]]) -> list[_Match]:
        """Every place where a phrase stands; a word of the text comes with all the forms that it may be looked up by."""
        found = set()
        for first, forms in enumerate(words):
            for pattern, value in (each for form in forms for each in self._by_first.get(form, ())):
                last = _end(pattern, words, first)
                if last is not None:
                    found.add(_Match(first, last, value))
        return sorted(found)


def _end(pattern: Pattern, words: Sequence[frozenset[str]], at: int) -> int | None:
    """The last word of the pattern where it stands at that place, else None."""
    for place, wanted in enumerate(pattern):
        if wanted is None:
            ends = (_end(pattern[place + 1 :], words, start) for start in range(at, min(at + _GAP_WORDS, len(words) - 1) + 1))
            return next((end for end in ends if end is not None), None)
        if at >= len(words) or not wanted & words[at]:
            return None
        at += 1
    return at - 1


class _Way(NamedTuple):
    """How a word of `deeds` is meant: which deed, as which part of speech, and whether its doer receives."""

    deed: str
    noun: bool
    receives: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Families:
    """A topic's claim families with their words, compiled once per process."""

    rules: ClaimRules
    objects: Lexicon
    names: Mapping[str, frozenset[str]]  # canonical name of a weapon or document → the objects it is
    deeds: Lexicon
    ways: Mapping[str, _Way]
    phrases: Lexicon
    by_deed: Mapping[tuple[str, str], tuple[Family, ...]]  # of a deed with an object, both by name
    by_deed_alone: Mapping[str, tuple[Family, ...]]
    without_deed: tuple[Family, ...]
    ids: tuple[str, ...]


def compile_families(rules: ClaimRules, kinds: Mapping[str, str]) -> Families:
    """Makes the lexicons; `kinds` tells of each weapon of the gazetteer what it is."""
    names: dict[str, set[str]] = defaultdict(set)
    for group, thing in rules.objects.items():
        for name in (*thing.names, *(name for name, kind in kinds.items() if kind in thing.kinds)):
            names[name].add(group)
    words = [(word, way) for name, deed in rules.deeds.items() for word, way in _ways(name, deed)]
    return Families(
        rules=rules,
        objects=Lexicon(
            [(word, group) for group, thing in rules.objects.items() for word in thing.words]
            + [(word, _NO_OBJECT) for word in rules.not_objects]
        ),
        names={name: frozenset(groups) for name, groups in names.items()},
        deeds=Lexicon((word, repr(way)) for word, way in words),
        ways={repr(way): way for _, way in words},
        phrases=Lexicon((phrase, family.id) for family in rules.families for phrase in family.phrases),
        by_deed=_grouped((pair, family) for family in rules.families for pair in product(family.deed, family.object)),
        by_deed_alone=_grouped((deed, family) for family in rules.families for deed in _deeds_alone(family)),
        without_deed=tuple(family for family in rules.families if not family.deed),
        ids=tuple(family.id for family in rules.families),
    )


def _deeds_alone(family: Family) -> frozenset[str]:
    """Deeds that are the family's without an object: all of them where it has no object at all."""
    return frozenset(family.alone) | (frozenset() if family.object else frozenset(family.deed))


def _grouped(pairs: Iterable[tuple[K, Family]]) -> dict[K, tuple[Family, ...]]:
    found: dict[K, list[Family]] = defaultdict(list)
    for key, family in pairs:
        found[key].append(family)
    return {key: tuple(families) for key, families in found.items()}


def _ways(name: str, deed: Deed) -> Iterator[tuple[str, _Way]]:
    yield from ((word, _Way(name, False, False)) for word in deed.verbs)
    yield from ((word, _Way(name, True, False)) for word in deed.nouns)
    yield from ((word, _Way(name, False, True)) for word in deed.receiving_verbs)
    yield from ((word, _Way(name, True, True)) for word in deed.receiving_nouns)


class _Thing(NamedTuple):
    """An object that the text speaks of: its head, its words, the groups of `objects` that it may be."""

    head: Token
    words: frozenset[int]
    groups: frozenset[str]
    maker: str | None


class _Done(NamedTuple):
    """A deed that the text speaks of."""

    head: Token
    way: _Way


class _Roles(NamedTuple):
    """Sides that give or do, and sides that receive; empty where none is told."""

    givers: frozenset[str]
    receivers: frozenset[str]


def find_claims(spans: Sequence[Span], mentions: Sequence[Mention], families: Families, context: Sequence[str] = ()) -> tuple[str, ...]:
    """The families that the spans of one statement are about, in the order of `claims.yml`.

    `context` are the families of what the statement answers, or of the statement before it. Their objects are what "they" and "the
    aircraft" stand for, and the families are taken over where the statement says nothing of its own but points back ("such allegations").
    """
    meant = [family for family in families.rules.families if family.id in context and not family.reply]
    before = frozenset(group for family in meant for group in family.object)
    pieces = [_Piece(tokens, mentions, families, before) for span in spans for tokens in _by_sentence(span)]
    found = {family for piece in pieces for family in {*piece.told()} or {*piece.meant()}}
    if not found and any(piece.points_back() for piece in pieces):
        found = {family.id for family in meant}
    return _ordered(found, families)


def _by_sentence(span: Span) -> list[list[Token]]:
    """The tokens of a stretch of text, a list for each sentence that it reaches into."""
    groups: list[list[Token]] = [[]]
    for token in span:
        if token.is_sent_start and groups[-1]:
            groups.append([])
        groups[-1].append(token)
    return groups


def _ordered(found: Iterable[str], families: Families) -> tuple[str, ...]:
    """In the file's order, without those that a more special one stands for."""
    above = {family.id: family.under for family in families.rules.families}
    kept = set(found)
    for family in tuple(kept):
        kept -= {*_above(family, above)}
    return tuple(family for family in families.ids if family in kept)


class _Piece:
    """The words that a statement has in one sentence; `before` are the objects of what was said before it."""

    def __init__(self, tokens: Sequence[Token], mentions: Sequence[Mention], families: Families, before: frozenset[str]) -> None:
        self.tokens = [token for token in tokens if not (token.is_punct or token.is_space or token.tag_ == "POS")]
        self.families = families
        self.sides, self.named = _places(self.tokens, mentions)
        self.forms = [self._forms(token) for token in self.tokens]
        self.things = self._things() or self._things_before(before)
        self.deeds = self._deeds()

    def told(self) -> Iterator[str]:
        """Families of which a phrase stands here, or a deed with its object."""
        yield from (match.value for match in self.families.phrases.matches(self.forms))
        barred = frozenset(group for thing in self.things for group in thing.groups)
        for family in chain(self._done(), self._done_alone(), self._there()):
            if barred.isdisjoint(family.unless):
                yield family.id

    def _done(self) -> Iterator[Family]:
        """Deeds that are done with an object."""
        for thing in self.things:
            for deed in self._deeds_of(thing):
                pairs = ((deed.way.deed, group) for group in thing.groups)
                possible = [family for pair in pairs for family in self.families.by_deed.get(pair, ())]
                if possible:
                    roles = self._roles_with(thing, self._roles_in(deed))
                    yield from (family for family in possible if self._is_of(family, thing) and _fits(family, roles))

    def _done_alone(self) -> Iterator[Family]:
        for deed in self.deeds:
            if possible := self.families.by_deed_alone.get(deed.way.deed):
                roles = self._roles_in(deed)
                yield from (family for family in possible if _fits(family, roles))

    def _there(self) -> Iterator[Family]:
        """Of families without a deed: the object is enough where the sentence names all parties to it."""
        for thing in self.things:
            for family in self.families.without_deed:
                if thing.groups & {*family.object} and {*family.who} <= {*self.sides.values()}:
                    yield family

    def meant(self) -> Iterator[str]:
        """What an object stands for of which no deed is told: "the part about missiles"."""
        for thing in self.things:
            families = (each for each in self.families.rules.families if each.presumed and thing.groups.intersection(each.object))
            first = next(families, None)
            judged = first and any(deed.way.deed in first.deed for deed in self._deeds_of(thing))
            if first and not judged and _agree(first, self._roles_of(thing)):
                yield first.id

    def points_back(self) -> bool:
        """Whether it speaks of what was said before: "such claims", "this"."""
        return any(self._is_pointing_noun(token) or self._is_pointing_pronoun(token) for token in self.tokens)

    def _is_pointing_noun(self, token: Token) -> bool:
        pointers = self.families.rules.pointers
        marked = has_word(token, pointers.marks)
        return marked and token.lemma_.lower() in pointers.nouns and not _is_explained(token)

    def _is_pointing_pronoun(self, token: Token) -> bool:
        known = token.lower_ in self.families.rules.pointers.pronouns
        return known and token.pos_ in {"PRON", "DET"} and token.dep_ in _ARGUMENTS

    def _forms(self, token: Token) -> frozenset[str]:
        side = self.sides.get(token.i)
        # The model leaves the plurals of names alone: "Sukhois", "UAVs".
        singular = {token.lower_.removesuffix("s")} if token.pos_ == "PROPN" else set()
        return frozenset({token.lower_, token.lemma_.lower()} | singular | ({f"{{{side}}}".casefold()} if side else set()))

    # What is there

    def _things(self) -> list[_Thing]:
        """Named weapons and documents, and other words for such; the longest where they overlap."""
        found = [
            self._thing(match.first, match.last, frozenset({match.value}), None) for match in self.families.objects.matches(self.forms)
        ]
        found = [thing for thing in found if thing.head.pos_ not in VERBS] + self._named_things()
        return [thing for thing in found if thing.groups != {_NO_OBJECT} and not any(_is_part(thing, other) for other in found)]

    def _named_things(self) -> list[_Thing]:
        things = []
        for mention in self.named:
            places = [place for place, token in enumerate(self.tokens) if mention.start <= token.idx < mention.end]
            if places and mention.name in self.families.names:
                things.append(self._thing(places[0], places[-1], self.families.names[mention.name], mention.side))
        return things

    def _thing(self, first: int, last: int, groups: frozenset[str], maker: str | None) -> _Thing:
        return _Thing(self._head(first, last), frozenset(token.i for token in self.tokens[first : last + 1]), groups, maker)

    def _things_before(self, groups: frozenset[str]) -> list[_Thing]:
        """What "they" stands for where the sentence has no object of its own."""
        words = self.families.rules.pointers.objects
        return [_Thing(token, frozenset({token.i}), groups, None) for token in self.tokens if groups and token.lower_ in words]

    def _head(self, first: int, last: int) -> Token:
        tokens = self.tokens[first : last + 1]
        return tokens[0].doc[tokens[0].i : tokens[-1].i + 1].root

    def _deeds(self) -> list[_Done]:
        found = []
        taken = frozenset(word for thing in self.things for word in thing.words)
        for match in self.families.deeds.matches(self.forms):
            way, head = self.families.ways[match.value], self._head(match.first, match.last)
            if head.i in taken or _is_within_word(head) or _is_purpose(head):
                continue
            if (head.pos_ in {"NOUN", "PROPN"}) == way.noun:
                found.append(_Done(head, way))
        return found

    def _deeds_of(self, thing: _Thing) -> list[_Done]:
        """The deeds that are done with it; none where it is the object of a verb that is no deed."""
        verb = thing.head.head
        if thing.head.dep_ in {"dobj", "dative"} and verb.pos_ == "VERB" and all(deed.head.i != verb.i for deed in self.deeds):
            return []
        if self._is_in_return(thing.head):
            return self.deeds
        at = self._whole(thing.head)
        if at.dep_ == "compound" and all(deed.head.i != at.head.i for deed in self.deeds):
            return []
        reach = [(_distance(at, deed.head), deed) for deed in self.deeds]
        nearest = min((steps for steps, _ in reach), default=_FAR + 1)
        limit = max(_NEAR, nearest) if nearest <= _FAR else -1
        return [deed for steps, deed in reach if steps <= limit]

    def _whole(self, token: Token) -> Token:
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

    # Whether a family fits

    def _is_of(self, family: Family, thing: _Thing) -> bool:
        owners = {side for side in self._roles_of(thing).givers if side == thing.maker or self._is_adjective(thing.head, side)}
        return not family.of or not owners or bool(owners & {*family.of})

    # Who does it

    def _roles_of(self, thing: _Thing) -> _Roles:
        """Whose thing it is, from whom and to whom, as far as that stands beside it."""
        whole = self._whole(thing.head)
        owners = self._sides_beside(thing.head) | self._sides_beside(whole) | ({thing.maker} if thing.maker else frozenset())
        givers, receivers = self._prepositions(whole, here=False)
        if any(self.families.rules.objects[group].people for group in thing.groups):
            return _Roles(givers, receivers | owners)
        return _Roles(givers | owners, receivers)

    def _roles_with(self, thing: _Thing, of_deed: _Roles) -> _Roles:
        """Those of the deed, and those that only the thing tells: "Russia uses Iranian drones", "sell Russia arms"."""
        of_thing = self._roles_of(thing)
        if self._is_in_return(thing.head):
            of_deed = _Roles(of_deed.receivers, of_deed.givers)
        if of_deed.givers and not of_deed.receivers and not of_thing.receivers:
            before = {side for side in of_thing.givers - of_deed.givers if side != thing.maker and not self._is_adjective(thing.head, side)}
            return _Roles(of_deed.givers, frozenset(before))
        return _Roles(of_deed.givers or of_thing.givers, of_deed.receivers | of_thing.receivers)

    def _is_adjective(self, noun: Token, side: str) -> bool:
        return any(child.dep_ in {"amod", "poss"} and self.sides.get(child.i) == side for child in noun.children)

    def _is_in_return(self, token: Token) -> bool:
        words = self.families.rules.in_return
        return any(above.lower_ in FOR and above.head.lower_ in words for above in token.ancestors)

    def _roles_in(self, deed: _Done) -> _Roles:
        token, way = deed
        rules = self.families.rules.deeds[way.deed]
        givers, receivers = self._prepositions(token, here=rules.here)
        doers = self._agents(token) | (self._sides_beside(token) if way.noun else self._subject(token))
        others = self._recipients(token)
        if rules.mutual:
            return _Roles(givers | doers | others, receivers | doers | others)
        return _Roles(givers | others, receivers | doers) if way.receives else _Roles(givers | doers, receivers | others)

    def _subject(self, verb: Token) -> frozenset[str]:
        """Who does it: its own subject, else that of the verbs and nouns above: "accused Iran of", "was said to", "Iran's plan to"."""
        at = verb
        for _ in range(_CLIMB):
            own = {"nsubjpass"} if at.i != verb.i else set()
            subjects = [child for child in at.children if child.dep_ in _SUBJECTS | own]
            if subjects:
                return self._sides_of(subjects)
            if at.dep_ not in _BORROWS or at.head.i == at.i or any(child.dep_ in {"nsubjpass", "agent"} for child in at.children):
                return frozenset()
            told = self._sides_of(child for child in at.head.children if child.dep_ == "dobj" and child.i < at.i)
            if told and at.dep_ in {"xcomp", "prep", "pcomp"}:
                return told
            if at.head.pos_ in {"NOUN", "PROPN"}:
                return self._sides_beside(at.head)
            at = at.head
        return frozenset()

    def _agents(self, token: Token) -> frozenset[str]:
        return self._sides_of(objects_of(token, AGENT))

    def _recipients(self, verb: Token) -> frozenset[str]:
        """To whom, without a preposition: "hand Russia drones", "ask Iran for", "Russian soldiers were trained"."""
        no_parties = {thing.head.i for thing in self.things} | {deed.head.i for deed in self.deeds}
        return self._sides_of([child for child in verb.children if child.dep_ in _OTHERS and child.i not in no_parties])

    def _prepositions(self, token: Token, *, here: bool) -> _Roles:
        givers: frozenset[str] = frozenset()
        receivers: frozenset[str] = frozenset()
        for child in token.children:
            sides = self._sides_of([part for part in child.children if part.dep_ == "pobj"])
            word = child.lower_
            if word in FROM or (here and word in PLACES):
                givers |= sides
            elif word in TOWARDS and not (word in FOR and self._is_event(child)):
                receivers |= sides
            elif word in TOGETHER:
                givers, receivers = givers | sides, receivers | sides
        return _Roles(givers, receivers)

    def _is_event(self, preposition: Token) -> bool:
        """Whether what it governs is no party itself: "for the war in Ukraine"."""
        return not any(part.i in self.sides for part in preposition.children)

    def _own(self, token: Token) -> frozenset[str]:
        return frozenset({self.sides[token.i]}) if token.i in self.sides else frozenset()

    def _sides_of(self, tokens: Iterable[Token]) -> frozenset[str]:
        return frozenset().union(*(self._own(token) | self._sides_beside(token) for token in tokens))

    def _sides_beside(self, token: Token) -> frozenset[str]:
        """The parties in the noun phrase: possessives, adjectives of nation, what is joined with "and"."""
        found = self._own(token)
        for child in token.children:
            if child.dep_ in _BESIDE:
                found |= self._own(child) | (self._sides_beside(child) if child.dep_ in {"conj", "poss", "amod"} else frozenset())
            elif child.lower_ in PART_OF:
                found |= frozenset().union(*(self._own(part) for part in child.children))
        return found


def _places(tokens: Sequence[Token], mentions: Sequence[Mention]) -> tuple[dict[int, str], list[Mention]]:
    """The party that a token names, by token; and the weapons and documents that are named."""
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


def _agree(family: Family, roles: _Roles) -> bool:
    """Whether nothing that is told of the sides speaks against the family."""
    giver = not roles.givers or not family.who or bool(roles.givers & {*family.who})
    receiver = not roles.receivers or not family.to or bool(roles.receivers & {*family.to})
    return giver and receiver


def _is_part(thing: _Thing, other: _Thing) -> bool:
    """Whether it only stands in the other's name: "missile" in "anti-tank missile", "drone" before "engine"."""
    return thing.words < other.words or (thing.head.dep_ == "compound" and thing.head.head.i == other.head.i != thing.head.i)


def _fits(family: Family, roles: _Roles) -> bool:
    told = bool(roles.givers & {*family.who} or roles.receivers & {*family.to})
    return (told or family.presumed) and _agree(family, roles)


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


def _is_explained(noun: Token) -> bool:
    """Whether a noun itself says what it is about: "the claim that …", "reports of deliveries"."""
    return any(child.dep_ in CLAUSAL or child.lower_ in EXPLAINING for child in noun.children)


def _distance(one: Token, other: Token) -> int:
    """Steps between two words in the parse tree of their sentence."""
    up = {token.i: steps for steps, token in enumerate((one, *one.ancestors))}
    for steps, token in enumerate((other, *other.ancestors)):
        if token.i in up:
            return up[token.i] + steps
    return len(one.doc)
