"""An act as it was recognised: which one, by what, whose deed it is about."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from spacy.tokens import Span, Token

from pipeline.enrich.deeds import Deed
from pipeline.enrich.frames import Frame
from pipeline.model import Act


class Reason(StrEnum):
    """What an act was recognised by. With act and frame filled in, these are the rules that weigh in a statement's confidence."""

    VERB = "verb of {act}: {frame}"
    LEANING_VERB = "verb that leans to {act}"
    VERB_AND_NOUN = "verb and noun of an act"
    NOUN_WITH_CLAUSE = "noun with a clause"
    NOUN_ALONE = "noun alone"
    CLAIM_REJECTED = "a claim is rejected"
    CLAIM_RENAMED = "a claim is called something else"
    MEASURE_RENAMED = "a measure is called something else"
    WORDS = "words of {act}"
    DEED = "deed: {act}"
    LIE = "a lie of another side"
    IMPERATIVE = "imperative"
    STATED = "stated of a party"
    NEGATED = "negated by the accused"
    PROMISED = "promised to a partner"

    def rule(self, act: Act, frame: Frame) -> str:
        """The name that its weight has."""
        return self.value.format(act=act, frame=frame)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """An act together with what it was recognised by."""

    act: Act
    cue: str
    reason: Reason
    word: Token | None = None  # the one word of what is said that decided; None where it was several, or the cue
    doers: tuple[str, ...] = ()  # sides whose deed it is about, where a deed decided


def of_words(act: Act, words: Mapping[Act, Span]) -> Judged:
    """By the first words of that act."""
    span = words[act]
    return Judged(act=act, cue=span.text, reason=Reason.WORDS, word=span[0] if len(span) == 1 else None)


def of_deed(act: Act, deed: Deed) -> Judged:
    return Judged(act=act, cue=deed.word.text, reason=Reason.DEED, word=deed.word, doers=deed.doers)


def goes_beside(first: Judged, second: Judged) -> bool:
    """Two acts in one sentence: a small shipment admitted and more denied; an accusation with a threat."""
    return (first.act, second.act) in {
        (Act.ACKNOWLEDGEMENT, Act.DENIAL),
        (Act.DENIAL, Act.SUPPORT),
        (Act.ACCUSATION, Act.THREAT),
        (Act.THREAT, Act.ACCUSATION),
        (Act.SANCTION, Act.ACCUSATION),
    }
