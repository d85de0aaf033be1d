"""The types of the YAML files in `config/`. A word list is data; an unknown key is an error, not a shrug.

`pipeline.settings` reads the files; this module only says what may stand in them.
"""

import hashlib
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from pipeline.model import Act, Alignment, FeedKind, OutletFacts, Trigger

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

    trigger: tuple[Trigger, ...] = ()
    act: tuple[Act, ...] = ()
    speaker: tuple[Name, ...] = ()
    side: tuple[Side, ...] = ()  # of the speaker
    target: tuple[Name, ...] = ()
    family: tuple[Id, ...] = ()  # claim families
    alignment: tuple[Alignment, ...] = ()  # of the outlet
    country: tuple[Side, ...] = ()  # of the outlet
    outlet: tuple[Id, ...] = ()
    confidence: Annotated[float, Field(ge=0, le=1)] = 0.0  # at least


class Silence(Rules):
    """What nobody is told of for a while. It stands in the index: who it is for, who wants it, why, and until when."""

    id: str
    when: When
    channel: Id | None = None  # None: all
    by: Name
    why: Name
    since: AwareDatetime
    until: AwareDatetime

    def holds(self, now: datetime) -> bool:
        return self.since <= now < self.until


class Delivery(StrEnum):
    IMMEDIATE = "immediate"
    HOURLY = "hourly"
    DAILY = "daily"


# An ISO 8601 duration (PT10M, P7D) or days (7d).
Duration = Annotated[timedelta, Field(ge=timedelta(0))]


class AlertRule(Rules):
    id: Id
    title: Name
    when: When = When()
    channels: Annotated[tuple[Id, ...], Field(min_length=1)]
    delivery: Delivery = Delivery.IMMEDIATE
    wait: Duration = timedelta(minutes=5)  # what comes so soon after an alert's first statement goes with it
    updates: Duration = timedelta(hours=6)  # for so long more statements of a claim update its alert, later ones make a new one
    cooldown: Duration = timedelta(minutes=30)  # between two messages of one alert
    enabled: bool = True


class ChannelKind(StrEnum):
    LOG = "log"
    WEBHOOK = "webhook"
    APPRISE = "apprise"
    ATOM = "atom"


class ChannelRules(Rules):
    """One way to people. Addresses hold secrets: they stand in the environment, here stands the variable's name."""

    id: Id
    kind: ChannelKind
    address_from: Annotated[str, StringConstraints(pattern=r"^CLAIMWIRE_(WEBHOOK|CHANNEL_[A-Z0-9_]+)$")] | None = None
    key_from: Annotated[str, StringConstraints(pattern=r"^CLAIMWIRE_(WEBHOOK|CHANNEL)_[A-Z0-9_]+$")] | None = (
        None  # a webhook's signing key
    )
    cap: Annotated[int, Field(ge=1)] = 30  # messages an hour; what comes after is told in one, "and N more"

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> "ChannelRules":
        addressed = self.kind in {ChannelKind.WEBHOOK, ChannelKind.APPRISE}
        if addressed is (self.address_from is None):
            raise ValueError(f"a channel of kind {self.kind} {'needs' if addressed else 'has no'} address_from")
        if self.key_from and self.kind is not ChannelKind.WEBHOOK:
            raise ValueError(f"a channel of kind {self.kind} signs nothing: no key_from")
        return self


class Alerting(Rules):
    """`alerts.yml`: which statements people are told of, and where."""

    channels: tuple[ChannelRules, ...]
    rules: tuple[AlertRule, ...]
    max_age: Duration | None = None  # what was published longer ago when it was first seen is not told; null: all is
    give_up: Duration = timedelta(days=3)  # after so long a message that cannot be delivered has failed

    @property
    def digest(self) -> str:
        """16 hexadecimal characters that change when any rule does."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]

    @model_validator(mode="after")
    def _ids_are_unique(self) -> "Alerting":
        for what, ids in (("rules", [rule.id for rule in self.rules]), ("channels", [channel.id for channel in self.channels])):
            if len(set(ids)) < len(ids):
                raise ValueError(f"two {what} have the same id")
        return self


Words = tuple[Name, ...]
# Words that are only looked up.
WordSet = frozenset[Name]


class Frames(Rules):
    """What verbs may govern: a clause or quotation, an object, an infinitive, a preposition's object."""

    clause: WordSet
    object: WordSet
    infinitive: WordSet
    preposition: WordSet

    @cached_property
    def phrasal(self) -> frozenset[str]:
        """Every verb of more than one word."""
        return frozenset(verb for verb in self.clause | self.object | self.infinitive | self.preposition if " " in verb)

    @cached_property
    def reporting(self) -> frozenset[str]:
        return self.clause | self.object


class ActWords(Rules):
    """One act in one language.

    `verbs` perform it whatever they govern; `rejecting` ones only with a claim as their object; `leaning` ones where nothing
    in what is said speaks for another act. `said` are words that perform it inside what is said.
    """

    cameo: Annotated[str, StringConstraints(pattern=r"^\d{2,4}$")]
    verbs: WordSet = frozenset()
    rejecting: WordSet = frozenset()
    leaning: WordSet = frozenset()
    said: WordSet = frozenset()


class Pronouns(Rules):
    person: WordSet
    group: WordSet
    self: WordSet
    author: WordSet  # by which an author speaks of no one else

    @cached_property
    def all(self) -> frozenset[str]:
        return self.person | self.group | self.self


class Abbreviations(Rules):
    """Words with a point of their own that is no full stop."""

    titles: frozenset[Name]  # with their point, before a name or a number
    numbers: frozenset[Name]  # those of them that stand before a number only
    openers: frozenset[Name]  # words that begin a sentence where any other abbreviation stands before them


class BackgroundWords(Rules):
    marks: WordSet
    adverbs: WordSet
    phrases: WordSet
    months: Words  # in their order
    no_months: WordSet  # those of them that are other words too


class LanguageRules(Rules):
    """`languages/*.yml`: the words by which statements are found in one language."""

    abbreviations: Abbreviations
    frames: Frames
    adjectives: WordSet
    nouns: dict[Act, WordSet]
    neutral_nouns: WordSet
    hedges: WordSet
    partial: WordSet
    documents: WordSet
    media: WordSet
    states: WordSet
    joint: WordSet
    wishes: WordSet
    bidding: WordSet
    war_verbs: WordSet
    negative_verbs: WordSet
    light_verbs: WordSet
    lent_nouns: WordSet
    claim_nouns: WordSet
    refusal_nouns: WordSet
    evasive: WordSet
    naming_verbs: WordSet
    measure_nouns: WordSet
    counting_nouns: WordSet
    citing: WordSet
    aspects: WordSet
    intending: WordSet
    companion_verbs: WordSet
    lies: WordSet
    worries: WordSet
    nouns_about: WordSet
    office_endings: WordSet
    people: WordSet
    open_deeds: WordSet
    partners: WordSet
    according_to: WordSet
    negations: WordSet
    pronouns: Pronouns
    anonymous: WordSet
    bystanders: WordSet
    background: BackgroundWords
    acts: dict[Act, ActWords]
    deeds: WordSet
    deed_nouns: WordSet
    given: WordSet
    confidence: dict[str, float]  # the weight of each thing known of a statement: `pipeline.enrich.confidence`

    @cached_property
    def act_of_verb(self) -> dict[str, Act]:
        """What a verb performs whatever it governs."""
        return {verb: act for act, block in self.acts.items() for verb in block.verbs}

    @cached_property
    def act_leaned_to(self) -> dict[str, Act]:
        return {verb: act for act, block in self.acts.items() for verb in block.leaning}

    @cached_property
    def act_of_noun(self) -> dict[str, Act]:
        return {noun: act for act, nouns in self.nouns.items() for noun in nouns}

    @cached_property
    def telling_nouns(self) -> frozenset[str]:
        """Nouns that carry content, of an act or of none."""
        return self.neutral_nouns.union(*self.nouns.values())

    @cached_property
    def plain_nouns(self) -> frozenset[str]:
        """Nouns that are acts, and need no that-clause."""
        return frozenset[str]().union(*(nouns for act, nouns in self.nouns.items() if act is not Act.ACCUSATION))

    @property
    def rejecting(self) -> frozenset[str]:
        return self.acts[Act.DENIAL].rejecting

    @cached_property
    def denying(self) -> frozenset[str]:
        """Verbs whose object is somebody else's earlier claim."""
        return self.acts[Act.DENIAL].verbs | self.rejecting

    @cached_property
    def disputing(self) -> frozenset[str]:
        """Verbs of accusations and denials: only somebody can do that, and their plain present tells a standing position."""
        return self.denying | self.acts[Act.ACCUSATION].verbs

    @cached_property
    def wishing(self) -> frozenset[str]:
        """Verbs whose infinitive is not done yet."""
        return self.wishes | self.bidding

    @cached_property
    def performing(self) -> frozenset[str]:
        """Verbs that perform an act whatever they govern, or with a claim as their object."""
        return frozenset[str]().union(*(block.verbs | block.rejecting for block in self.acts.values()))

    @model_validator(mode="after")
    def _all_acts(self) -> "LanguageRules":
        missing = [act.value for act in Act if act not in self.acts]
        if missing:
            raise ValueError(f"acts without words: {', '.join(missing)}")
        return self
