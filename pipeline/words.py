"""The types of `languages/*.yml`: the words by which statements are found."""

from functools import cached_property
from typing import Annotated

from pydantic import StringConstraints, model_validator

from pipeline.model import Act
from pipeline.rules import Name, Rules, Words, WordSet


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
    event_verbs: WordSet
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
