"""What an attribution is made of, and what finding it needs to know of a text."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from spacy.tokens import Doc, Span, Token

from pipeline.enrich.sentences import Quotation
from pipeline.words import LanguageRules

QUOTES = frozenset({'"', "”", "’", "''", "»", "'"})


class Frame(StrEnum):
    """By what an attribution was found: how cue and content hang together."""

    CLAUSE = "verb with a clause"
    OBJECT = "verb with an object"
    INFINITIVE = "verb with an infinitive"
    PREPOSITION = "verb and preposition"
    BESIDE = "quotation beside the verb"
    AROUND = "clause around the verb"
    ADJECTIVE = "adjective"
    NOUN_WITH_CLAUSE = "noun with a clause"
    NOUN_ALONE = "noun alone"
    ACCORDING_TO = "according to"
    COLON = "name and colon"
    GOING_ON = "quotation goes on"
    AUTHOR = "the author's own voice"


# Of verbs with less than a clause: what is said there is only named, not told.
LESS_THAN_CLAUSE = frozenset({Frame.OBJECT, Frame.INFINITIVE, Frame.PREPOSITION})
WITHOUT_VERB = frozenset({Frame.ADJECTIVE, Frame.NOUN_WITH_CLAUSE, Frame.NOUN_ALONE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """One report of speech. Tokens are those of the document; `content` may be in several pieces and in several sentences."""

    lemma: str  # of the cue, with its particle or preposition
    cue: Token
    source: Token | None  # the head of the noun phrase that speaks
    content: tuple[Span, ...]
    sentence: int  # the number of the cue's sentence
    frame: Frame
    negated: bool
    nested: bool = False  # stands inside what another attribution of the sentence says
    outer: int | None = None  # that one's cue, as a token number
    inner: frozenset[int] = frozenset()  # tokens of the content that a nested attribution says


@dataclass(frozen=True, slots=True)
class Page:
    """What finding needs to know of one text."""

    doc: Doc
    text: str  # the document's: it would put it together anew each time
    sentences: Sequence[Span]
    quoted: Mapping[int, Span]  # token number to the quotation, marks included, that it stands in
    left_open: frozenset[int]  # where a paragraph ends within a quotation
    words: LanguageRules


def quoted_tokens(doc: Doc, quotations: Sequence[Quotation]) -> dict[int, Span]:
    """Token number to the quotation that it stands in, its marks included. Scare quotes of one or two words do not count."""
    inside: dict[int, Span] = {}
    starts = [token.idx for token in doc]
    for quotation in quotations:
        first, last = bisect_left(starts, quotation.start), bisect_left(starts, quotation.end)
        if last - first > 2:
            whole = doc[max(0, first - 1) : min(len(doc), last + 1)]
            inside |= dict.fromkeys(range(first, last), whole)
    return inside
