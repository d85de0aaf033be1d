"""Who does it and to whom: the sides that give and that receive, by what the parse hangs on a deed and on its object."""

from collections.abc import Iterable

from spacy.tokens import Token

from pipeline.claim_rules import Family
from pipeline.enrich.english import AGENT, FOR, FROM, PART_OF, PLACES, TOGETHER, TOWARDS, objects_of
from pipeline.enrich.families.looked import Roles
from pipeline.enrich.families.pieces import Done, Piece, Thing

# Verbs above a deed among which its subject may stand: "plans to begin to supply".
_CLIMB = 4
_SUBJECTS = frozenset({"nsubj", "csubj"})
_OTHERS = frozenset({"dative", "dobj", "nsubjpass"})
# A verb in one of these places borrows the subject of the verb above it.
_BORROWS = frozenset({"xcomp", "conj", "pcomp", "advcl", "acl", "prep", "dep", "ccomp"})
_BESIDE = frozenset({"compound", "amod", "poss", "nmod", "conj", "appos"})


def is_of(piece: Piece, family: Family, thing: Thing) -> bool:
    owners = {side for side in roles_of(piece, thing).givers if side == thing.maker or _is_adjective(piece, thing.head, side)}
    return not family.of or not owners or bool(owners & {*family.of})


def roles_of(piece: Piece, thing: Thing) -> Roles:
    """Whose thing it is, from whom and to whom, as far as that stands beside it."""
    whole = piece.whole(thing.head)
    owners = _sides_beside(piece, thing.head) | _sides_beside(piece, whole) | ({thing.maker} if thing.maker else frozenset())
    givers, receivers = _prepositions(piece, whole, here=False)
    if any(piece.families.rules.objects[group].people for group in thing.groups):
        return Roles(givers, receivers | owners)
    return Roles(givers | owners, receivers)


def roles_with(piece: Piece, thing: Thing, of_deed: Roles) -> Roles:
    """Those of the deed, and those that only the thing tells: "Russia uses Iranian drones", "sell Russia arms"."""
    of_thing = roles_of(piece, thing)
    if piece.is_in_return(thing.head):
        of_deed = Roles(of_deed.receivers, of_deed.givers)
    if of_deed.givers and not of_deed.receivers and not of_thing.receivers:
        before = {side for side in of_thing.givers - of_deed.givers if side != thing.maker and not _is_adjective(piece, thing.head, side)}
        return Roles(of_deed.givers, frozenset(before))
    return Roles(of_deed.givers or of_thing.givers, of_deed.receivers | of_thing.receivers)


def _is_adjective(piece: Piece, noun: Token, side: str) -> bool:
    return any(child.dep_ in {"amod", "poss"} and piece.sides.get(child.i) == side for child in noun.children)


def roles_in(piece: Piece, deed: Done) -> Roles:
    token, way = deed
    rules = piece.families.rules.deeds[way.deed]
    givers, receivers = _prepositions(piece, token, here=rules.here)
    doers = _agents(piece, token) | (_sides_beside(piece, token) if way.noun else _subject(piece, token))
    others = _recipients(piece, token)
    if rules.mutual:
        return Roles(givers | doers | others, receivers | doers | others)
    return Roles(givers | others, receivers | doers) if way.receives else Roles(givers | doers, receivers | others)


def _subject(piece: Piece, verb: Token) -> frozenset[str]:
    """Who does it: its own subject, else that of the verbs and nouns above: "accused Iran of", "was said to", "Iran's plan to"."""
    at = verb
    for _ in range(_CLIMB):
        own = {"nsubjpass"} if at.i != verb.i else set()
        subjects = [child for child in at.children if child.dep_ in _SUBJECTS | own]
        if subjects:
            return _sides_of(piece, subjects)
        if at.dep_ not in _BORROWS or at.head.i == at.i or any(child.dep_ in {"nsubjpass", "agent"} for child in at.children):
            return frozenset()
        told = _sides_of(piece, [child for child in at.head.children if child.dep_ == "dobj" and child.i < at.i])
        if told and at.dep_ in {"xcomp", "prep", "pcomp"}:
            return told
        if at.head.pos_ in {"NOUN", "PROPN"}:
            return _sides_beside(piece, at.head)
        at = at.head
    return frozenset()


def _agents(piece: Piece, token: Token) -> frozenset[str]:
    return _sides_of(piece, objects_of(token, AGENT))


def _recipients(piece: Piece, verb: Token) -> frozenset[str]:
    """To whom, without a preposition: "hand Russia drones", "ask Iran for", "Russian soldiers were trained"."""
    no_parties = {thing.head.i for thing in piece.things} | {deed.head.i for deed in piece.deeds}
    return _sides_of(piece, [child for child in verb.children if child.dep_ in _OTHERS and child.i not in no_parties])


def _prepositions(piece: Piece, token: Token, *, here: bool) -> Roles:
    givers: frozenset[str] = frozenset()
    receivers: frozenset[str] = frozenset()
    for child in token.children:
        sides = _sides_of(piece, [part for part in child.children if part.dep_ == "pobj"])
        word = child.lower_
        if word in FROM or (here and word in PLACES):
            givers |= sides
        elif word in TOWARDS and not (word in FOR and _is_event(piece, child)):
            receivers |= sides
        elif word in TOGETHER:
            givers, receivers = givers | sides, receivers | sides
    return Roles(givers, receivers)


def _is_event(piece: Piece, preposition: Token) -> bool:
    """Whether what it governs is no party itself: "for the war in Ukraine"."""
    return not any(part.i in piece.sides for part in preposition.children)


def _own(piece: Piece, token: Token) -> frozenset[str]:
    return frozenset({piece.sides[token.i]}) if token.i in piece.sides else frozenset()


def _sides_of(piece: Piece, tokens: Iterable[Token]) -> frozenset[str]:
    return frozenset().union(*(_own(piece, token) | _sides_beside(piece, token) for token in tokens))


def _sides_beside(piece: Piece, token: Token) -> frozenset[str]:
    """The parties in the noun phrase: possessives, adjectives of nation, what is joined with "and"."""
    found = _own(piece, token)
    for child in token.children:
        if child.dep_ in _BESIDE:
            found |= _own(piece, child) | (_sides_beside(piece, child) if child.dep_ in {"conj", "poss", "amod"} else frozenset())
        elif child.lower_ in PART_OF:
            found |= frozenset().union(*(_own(piece, part) for part in child.children))
    return found
