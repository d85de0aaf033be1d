"""What finding claim families asks of a sentence, however its words are tied to each other; and whether a family fits what is told."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from spacy.tokens import Token

from pipeline.claim_rules import Family
from pipeline.enrich.entities import Mention
from pipeline.enrich.families.compiled import Families
from pipeline.enrich.families.pieces import Done, Thing


class Roles(NamedTuple):
    """Sides that give or do, and sides that receive; empty where none is told."""

    givers: frozenset[str]
    receivers: frozenset[str]


class Looked(Protocol):
    """The words that a statement has in one sentence: objects, deeds, and who does what to whom."""

    @property
    def families(self) -> Families: ...
    @property
    def forms(self) -> Sequence[frozenset[str]]: ...  # of each word, all by which it may be looked up
    @property
    def sides(self) -> Mapping[int, str]: ...  # token to the party that it names
    @property
    def things(self) -> Sequence[Thing]: ...
    @property
    def deeds(self) -> Sequence[Done]: ...
    def deeds_of(self, thing: Thing) -> Sequence[Done]: ...
    def roles_of(self, thing: Thing) -> Roles: ...
    def roles_in(self, deed: Done) -> Roles: ...
    def roles_with(self, thing: Thing, deed: Done) -> Roles: ...
    def is_of(self, family: Family, thing: Thing) -> bool: ...
    def points_back(self) -> bool: ...


class Look(Protocol):
    """Looks at the words of a sentence; `before` are the objects of what was said before it."""

    def __call__(self, tokens: Sequence[Token], mentions: Sequence[Mention], families: Families, before: frozenset[str]) -> Looked: ...


def agree(family: Family, roles: Roles) -> bool:
    """Whether nothing that is told of the sides speaks against the family."""
    giver = not roles.givers or not family.who or bool(roles.givers & {*family.who})
    receiver = not roles.receivers or not family.to or bool(roles.receivers & {*family.to})
    return giver and receiver


def fits(family: Family, roles: Roles) -> bool:
    told = bool(roles.givers & {*family.who} or roles.receivers & {*family.to})
    return (told or family.presumed) and agree(family, roles)
