"""What the gazetteer's lexicon holds, and what a lookup answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from pipeline.model import EntityKind
from pipeline.spelling import Keys, Word

How = Literal["alias", "normal form", "fuzzy", "office", "surname"]


class Form(StrEnum):
    """In what form a text names somebody."""

    NAME = "name"
    SURNAME = "surname"
    DEMONYM = "demonym"
    METONYM = "metonym"
    ACRONYM = "acronym"
    OFFICE = "office"
    SHORT = "short"  # "the ministry", for the one named before


class Sort(StrEnum):
    """What a phrase of the lexicon is."""

    ACTOR = "actor"
    CAPITAL = "capital"
    SURNAME = "surname"
    TITLE = "title"
    BODY = "body"
    HONORIFIC = "honorific"
    GOVERNMENT = "government"
    SHORT = "short"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Actor:
    """One canonical name. `body` says what kind of organisation it is."""

    name: str
    kind: EntityKind
    side: str | None = None
    body: str | None = None


@dataclass(frozen=True, slots=True)
class Phrase:
    """One entry of the lexicon: how it is written, and what it stands for (an actor's name, a title, a role, a surname)."""

    keys: Keys
    written: str
    sort: Sort
    value: str
    form: Form = Form.NAME

    def fits(self, words: Sequence[Word]) -> bool:
        """Whether the text's capitals allow this reading: an acronym wants all of them, a name the first."""
        first = words[0].text
        if self.form is Form.ACRONYM:
            return first.upper() == first
        return self.written[0].islower() or self.sort is Sort.HONORIFIC or not first[0].islower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """Who is meant. `affiliation` and `office` are those at the date asked for."""

    name: str
    kind: EntityKind
    side: str | None
    affiliation: str | None = None
    office: str | None = None
    body: str | None = None
    how: How
    score: float = 1.0
