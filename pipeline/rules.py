"""The types of the YAML files in `config/`. A word list is data; an unknown key is an error, not a shrug.

`pipeline.settings` reads the files; this module only says what may stand in them.
"""

import hashlib
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from pipeline.model import Act, FeedKind, OutletFacts

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=64)]
# ISO 3166 alpha-2, or one of the bodies that speak for several states. Quoted in YAML: a bare NO is a boolean.
Side = Annotated[str, StringConstraints(pattern=r"^([A-Z]{2}|EU|NATO|UN)$")]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]
HttpUrl = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/?#]+", max_length=2000)]
Ownership = Literal["state", "state-affiliated", "public", "private", "exile", "ngo", "government"]


class Rules(BaseModel):
    """What every block of YAML has in common: complete, unchangeable, nothing unknown in it."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Feed(Rules):
    """One address to poll. `kind` is found out from the answer where it is not given."""

    url: HttpUrl
    kind: FeedKind | None = None
    headers: dict[str, str] = {}


class Outlet(Rules):
    """One publisher and all that is known of it; an outlet's quirk is a line here, never Python."""

    id: Id
    name: Name
    domains: Annotated[tuple[Name, ...], Field(min_length=1)]
    country: Side | None = None
    ownership: Ownership | None = None
    tier: Annotated[int, Field(ge=1, le=4)] = 3
    languages: tuple[Language, ...] = ("en",)
    feeds: Annotated[tuple[Feed, ...], Field(min_length=1)]
    signs: tuple[Name, ...] = ()  # of an agency that is not in agencies.yml: how others sign what they take from it
    enabled: bool = True
    notes: str = ""

    def facts(self) -> OutletFacts:
        return OutletFacts(id=self.id, name=self.name, country=self.country, ownership=self.ownership, tier=self.tier)


class Sources(Rules):
    """`sources.yml`: the outlets of a topic."""

    outlets: tuple[Outlet, ...]

    @model_validator(mode="after")
    def _ids_are_unique(self) -> "Sources":
        ids = [outlet.id for outlet in self.outlets]
        twice = sorted({each for each in ids if ids.count(each) > 1})
        if twice:
            raise ValueError(f"outlet ids stand twice: {', '.join(twice)}")
        return self


class Agency(Rules):
    """A news agency and how others sign what they take from it."""

    name: Name  # the outlet's, where it is one of the sources
    signs: Annotated[tuple[Name, ...], Field(min_length=1)]


class AgencyRules(Rules):
    """`agencies.yml`."""

    agencies: tuple[Agency, ...]


class TopicWords(Rules):
    """One language's words of a topic. A trailing `*` stands for any ending: `iran*`."""

    parties: dict[Name, tuple[Name, ...]]
    subject: tuple[Name, ...]
    related: tuple[Name, ...] = ()  # of the subject, and of much else


class Topic(Rules):
    """`topic.yml`: what an article must be about. It names all parties and the subject close together, often enough."""

    id: Id
    title: Name
    sides: Annotated[tuple[Side, ...], Field(min_length=1)]  # whose deeds the topic is about
    languages: dict[Language, TopicWords]
    least: Annotated[int, Field(ge=1)] = 4  # points an article needs; `pipeline.topic.judge` counts them
    lead: Annotated[int, Field(ge=1)] = 2  # how many paragraphs are the lead


class When(Rules):
    """What a statement must be for a rule to fire; an empty list asks nothing."""

    act: tuple[Act, ...] = ()
    speaker: tuple[Name, ...] = ()
    side: tuple[Side, ...] = ()
    target: tuple[Name, ...] = ()
    background: bool | None = False  # null: either
    confidence: Annotated[float, Field(ge=0, le=1)] = 0.0  # at least


class AlertRule(Rules):
    id: Id
    title: Name
    when: When = When()
    channels: Annotated[tuple[Name, ...], Field(min_length=1)]
    enabled: bool = True


class Alerting(Rules):
    """`alerts.yml`: which statements people are told of, and where."""

    rules: tuple[AlertRule, ...]
    max_age_hours: Annotated[float, Field(gt=0)] | None = None  # statements first seen longer ago are not told; null: all are
    attempts: Annotated[int, Field(ge=1)] = 10  # how often a delivery is tried in all

    @property
    def digest(self) -> str:
        """16 hexadecimal characters that change when any rule does."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]

    @model_validator(mode="after")
    def _ids_are_unique(self) -> "Alerting":
        ids = [rule.id for rule in self.rules]
        if len(set(ids)) < len(ids):
            raise ValueError("two rules have the same id")
        return self


Words = tuple[Name, ...]


class Frames(Rules):
    """What verbs may govern: a clause or quotation, an object, an infinitive, a preposition's object."""

    clause: Words
    object: Words
    infinitive: Words
    preposition: Words


class ActWords(Rules):
    """One act in one language.

    `verbs` perform it whatever they govern; `rejecting` ones only with a claim as their object; `leaning` ones where nothing
    in what is said speaks for another act. `said` are words that perform it inside what is said.
    """

    cameo: Annotated[str, StringConstraints(pattern=r"^\d{2,4}$")]
    verbs: Words = ()
    rejecting: Words = ()
    leaning: Words = ()
    said: Words = ()


class Pronouns(Rules):
    person: Words
    group: Words
    self: Words
    author: Words  # by which an author speaks of no one else


class Abbreviations(Rules):
    """Words with a point of their own that is no full stop."""

    titles: frozenset[Name]  # with their point, before a name or a number
    openers: frozenset[Name]  # words that begin a sentence where any other abbreviation stands before them


class BackgroundWords(Rules):
    marks: Words
    adverbs: Words
    phrases: Words
    months: Words


class LanguageRules(Rules):
    """`languages/*.yml`: the words by which statements are found in one language."""

    abbreviations: Abbreviations
    frames: Frames
    adjectives: Words
    nouns: dict[Act, Words]
    neutral_nouns: Words
    hedges: Words
    documents: Words
    media: Words
    states: Words
    joint: Words
    wishes: Words
    war_verbs: Words
    negative_verbs: Words
    light_verbs: Words
    lent_nouns: Words
    claim_nouns: Words
    refusal_nouns: Words
    evasive: Words
    naming_verbs: Words
    measure_nouns: Words
    partners: Words
    according_to: Words
    negations: Words
    pronouns: Pronouns
    anonymous: Words
    bystanders: Words
    background: BackgroundWords
    acts: dict[Act, ActWords]
    deeds: Words
    deed_nouns: Words
    given: Words
    confidence: dict[str, float]  # the weight of each thing known of a statement: `pipeline.enrich.confidence`

    @model_validator(mode="after")
    def _all_acts(self) -> "LanguageRules":
        missing = [act.value for act in Act if act not in self.acts]
        if missing:
            raise ValueError(f"acts without words: {', '.join(missing)}")
        return self
