"""The types of `languages/*.yml`: the words by which statements are found.

English is read by a parse (`LanguageRules`), every other language by patterns over its tokens (`PatternRules`).
"""

from enum import StrEnum
from functools import cached_property
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

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


# ------------------------------------------------------------------------------------------------ languages without a parser
# In all phrases of these: a word is a lemma or a form, `a|b` either, `...` at most four words of any kind.
class Place(StrEnum):
    """Where the subject of a verb is looked for: among the noun phrases of its clause that are free to be one."""

    FIRST = "first"  # the first one before the verb
    BEFORE = "before"  # the last one before the verb
    BEHIND = "behind"  # the first one behind it


class Grammar(Rules):
    """What a language's sentences are built with. A noun phrase is free where no preposition or object marker stands at it, and where
    it may have the case of subjects; a language without cases leaves those out."""

    subject: Annotated[tuple[Place, ...], Field(min_length=1)]  # in turn
    verb_final: bool = False  # a clause ends behind its verb, and what is said may follow it with no conjunction
    subject_case: Name | None = None
    object_case: Name | None = None
    owner_case: Name | None = None
    agent_case: Name | None = None
    receiver_case: Name | None = None
    adjective_last: bool = False  # behind an adjective no noun belongs to the phrase, but for a person's name
    object_markers: WordSet = frozenset()  # behind a noun phrase
    raised: Words = ()  # phrases before whoever does what the clause behind tells (Arabic «سبق لـ»)
    agents: Words = ()  # phrases before whoever does what a passive or a noun tells
    # Prepositions before whoever gives, receives, shares in a deed, before the place of it, and before what a noun is about.
    givers: WordSet = frozenset()
    receivers: WordSet = frozenset()
    together: WordSet = frozenset()
    places: WordSet = frozenset()
    about: WordSet = frozenset()
    impersonal: WordSet = frozenset()  # prepositions at a body that speaks where a plural verb has no subject
    accompanying: WordSet = frozenset()  # prepositions before an infinitive that is done together with the verb: "by accusing Iran"
    links: WordSet = frozenset()  # prepositions between an office and what it belongs to
    joins: Words = ()  # between two who speak together
    complementizers: Words  # phrases that begin what is said
    relatives: WordSet = frozenset()  # pronouns that stand for the noun before them
    subordinators: Words = ()  # phrases that begin any other clause
    asides: Words = ()  # phrases that begin a clause which names who says the rest of the sentence: "as he said"
    supposing: Words = ()  # of those: not told as a fact
    possible: Words = ()  # verbs and adverbs: only possible
    coming: Words = ()  # verbs and particles of the future; `Tense=Fut` counts by itself
    binding: Words = ()  # what must or should be done
    negations: WordSet  # particles and pronouns; `Polarity=Neg` counts by itself
    demonstratives: WordSet = frozenset()  # "this", for what was claimed before
    pointers: Words = ()  # phrases at a verb of speech by which the sentence before is meant
    ordinary: WordSet = frozenset()  # nouns of time and place that are never a subject


class PatternActs(Rules):
    """One act in one language without a parser.

    `verbs` perform it whatever they govern; `passive` ones are done to their subject; `adjectives` and participles say that their
    subject is in that state ("is worried"); `rejecting` verbs need a claim as their object; `leaning` ones count where nothing in what
    is said speaks for another act. `nouns` perform it where their owner and what they are about stand beside them. `said` are words
    that perform it inside what is said.
    """

    verbs: Words = ()
    passive: Words = ()
    adjectives: Words = ()
    rejecting: Words = ()
    leaning: Words = ()
    nouns: Words = ()
    said: Words = ()


class PatternBackground(Rules):
    phrases: Words  # outside of what is said
    adverbs: Words  # the same, but not in the first two sentences, where they belong to news too
    features: Words = ()  # of the verb, `Tense=Pqp` or several joined by `|`: it recalls wherever it stands
    standing: Words = ()  # the same of verbs that accuse, deny or admit: a position of long standing, behind the first two sentences
    months: Words  # in their order, as lemmas or forms


class PatternRules(Rules):
    """`languages/*.yml` of a language without a parser."""

    abbreviations: Abbreviations
    dashes: bool = False  # speech may stand between dashes
    grammar: Grammar
    reports: Words  # verbs that only report: what is said decides
    beside: Words = ()  # verbs that report only at a quotation, or behind what is said: "…, he snapped"
    naming: Words = ()  # verbs by which one calls a thing something: a claim called anything in quotation marks is denied
    according_to: Words
    citing: Words = ()  # between an outlet and whom it cites: "with reference to"
    silent: Words  # phrases of a sentence in which nothing is said: "declined to comment"
    acts: dict[Act, PatternActs]
    neutral_nouns: Words  # nouns that carry what is said in no act: "statement", "words"
    # Who speaks
    roles: Words  # nouns for those who hold an office
    officials: Words  # whoever has no name: several of a state are the state, as its capital is
    anonymous: Words  # sources, which stay unnamed
    bystanders: Words  # those of them who observe and speak for nobody
    media: Words
    documents: Words  # papers that speak for whoever wrote them
    states: Words  # nouns for several states named before
    pronouns: Pronouns
    # What is said
    claim_nouns: Words  # what is rejected: with these a rejection is a denial
    deeds: Words
    not_deeds: Words = ()  # phrases in which a deed's word tells none: "give an answer"
    deed_nouns: Words
    given: Words  # deeds that a party would have to admit
    open_deeds: Words = ()  # done in the open, as those of war are
    event_verbs: Words = ()  # plain reports of what happens are no accusation, whoever makes them
    companion_verbs: Words = ()
    joint: Words  # done by two parties together
    wishes: Words  # a deed behind one of these is wished for, not told
    negative_verbs: Words  # that take back what the infinitive behind them says
    evasive: Words  # a negated sentence with one of these answers nothing
    hedges: Words
    lies: Words
    partners: Words
    partial: Words
    background: PatternBackground

    @model_validator(mode="after")
    def _all_acts(self) -> "PatternRules":
        missing = [act.value for act in Act if act not in self.acts]
        if missing:
            raise ValueError(f"acts without words: {', '.join(missing)}")
        return self


# The language that is read by a parse.
PARSED = "en"


def rules_of(language: str) -> type[LanguageRules] | type[PatternRules]:
    """What may stand in a language's file."""
    return LanguageRules if language == PARSED else PatternRules
