"""Which propositions a statement is about: its claim families, by who is said to do what, with what, to whom.

In each sentence the objects (goods, money, a treaty) and the deeds (supplying, using, making) are looked for, and deeds are tied to
the objects they are done with by the dependency parse. Doer and receiver come from subject and agent, from "to", "from" and "between",
from a possessive or an adjective of nation, and from a thing's maker. A family fits where nothing of that speaks against it. The words
are the topic's `claims.yml`.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from spacy.tokens import Span, Token

from pipeline.claim_rules import Family, above_of
from pipeline.enrich.entities import Mention
from pipeline.enrich.families.compiled import Families, compile_families
from pipeline.enrich.families.looked import Look, Looked, agree, fits
from pipeline.enrich.families.parsed import Parsed

__all__ = ["Families", "compile_families", "find_claims"]


def find_claims(
    spans: Sequence[Span], mentions: Sequence[Mention], families: Families, context: Sequence[str] = (), look: Look = Parsed
) -> tuple[str, ...]:
    """The families that the spans of one statement are about, in the order of `claims.yml`.

    `context` are the families of what the statement answers, or of the statement before it. Their objects are what "they" and "the
    aircraft" stand for, and the families are taken over where the statement says nothing of its own but points back ("such allegations").
    `look` is how the words of a sentence are tied to each other: by a parse, or without one.
    """
    meant = [family for family in families.rules.families if family.id in context and not family.reply]
    before = frozenset(group for family in meant for group in family.object)
    pieces = [look(tokens, mentions, families, before) for span in spans for tokens in _by_sentence(span)]
    found = {family for piece in pieces for family in {*_told(piece)} or {*_meant(piece)}}
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
        kept -= {*above_of(family, above)}
    return tuple(family for family in families.ids if family in kept)


def _told(piece: Looked) -> Iterator[str]:
    """Families of which a phrase stands here, or a deed with its object."""
    yield from (match.value for match in piece.families.phrases.matches(piece.forms))
    barred = frozenset(group for thing in piece.things for group in thing.groups)
    for family in chain(_done(piece), _done_alone(piece), _there(piece)):
        if barred.isdisjoint(family.unless):
            yield family.id


def _done(piece: Looked) -> Iterator[Family]:
    """Deeds that are done with an object."""
    for thing in piece.things:
        for deed in piece.deeds_of(thing):
            pairs = ((deed.way.deed, group) for group in thing.groups)
            possible = [family for pair in pairs for family in piece.families.by_deed.get(pair, ())]
            if possible:
                roles = piece.roles_with(thing, deed)
                yield from (family for family in possible if piece.is_of(family, thing) and fits(family, roles))


def _done_alone(piece: Looked) -> Iterator[Family]:
    for deed in piece.deeds:
        if possible := piece.families.by_deed_alone.get(deed.way.deed):
            roles = piece.roles_in(deed)
            yield from (family for family in possible if fits(family, roles))


def _there(piece: Looked) -> Iterator[Family]:
    """Of families without a deed: the object is enough where the sentence names all parties to it."""
    for thing in piece.things:
        for family in piece.families.without_deed:
            if thing.groups & {*family.object} and {*family.who} <= {*piece.sides.values()}:
                yield family


def _meant(piece: Looked) -> Iterator[str]:
    """What an object stands for of which no deed is told: "the part about missiles"."""
    for thing in piece.things:
        families = (each for each in piece.families.rules.families if each.presumed and thing.groups.intersection(each.object))
        first = next(families, None)
        judged = first and any(deed.way.deed in first.deed for deed in piece.deeds_of(thing))
        if first and not judged and agree(first, piece.roles_of(thing)):
            yield first.id
