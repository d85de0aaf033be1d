"""Reported speech: who is the source, which word says so, and what was said. Acts and topics do not matter here yet.

Works on spaCy's dependency parse with four frames of verbs (a clause or quotation; an object; an infinitive; a preposition),
nouns that take a that-clause, and "according to". Cues inside quotation marks belong to what is said and are passed over.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from spacy.tokens import Doc, Span, Token

from pipeline.enrich.sentences import Quotation
from pipeline.model import Act
from pipeline.rules import LanguageRules

SUBJECTS = frozenset({"nsubj", "nsubjpass", "csubj"})
# What a content's own words never include: the relative clauses and conjuncts that tell of something else.
PARTICIPLES = frozenset({"VBG", "VBN"})


@dataclass(frozen=True, slots=True)
class Frames:
    """Verb lemmas, with their particle or preposition where they have one, by what they govern."""

    clause: frozenset[str]
    object: frozenset[str]
    infinitive: frozenset[str]
    preposition: frozenset[str]
    nouns: Mapping[str, Act]
    according: frozenset[str]

    @property
    def verbs(self) -> frozenset[str]:
        return self.clause | self.object | self.infinitive | self.preposition


def compile_frames(words: LanguageRules) -> Frames:
    return Frames(
        clause=frozenset(words.frames.clause),
        object=frozenset(words.frames.object),
        infinitive=frozenset(words.frames.infinitive),
        preposition=frozenset(words.frames.preposition),
        nouns={noun: act for act, nouns in words.nouns.items() for noun in nouns},
        according=frozenset(phrase.split()[0] for phrase in words.according_to),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """One report of speech in one sentence. Spans are token ranges of the document; `content` may be in several pieces."""

    lemma: str  # of the cue, with its particle or preposition
    cue: Token
    source: Token | None  # the head of the noun phrase that speaks
    content: tuple[Span, ...]
    sentence: int
    rule: str
    negated: bool


def attributions(doc: Doc, sentences: Sequence[Span], quotations: Sequence[Quotation], frames: Frames) -> list[Attribution]:
    """All attributions, in the order of their cues."""
    inside = _quoted_tokens(doc, quotations)
    found: list[Attribution] = []
    for number, sentence in enumerate(sentences):
        for token in sentence:
            if token.i not in inside:
                found += _at(token, number, sentence, inside, frames)
    return found


def _quoted_tokens(doc: Doc, quotations: Sequence[Quotation]) -> dict[int, Quotation]:
    """Token number to the quotation that it stands in."""
    inside: dict[int, Quotation] = {}
    for quotation in quotations:
        span = doc.char_span(quotation.start, quotation.end, alignment_mode="contract")
        if span is not None:
            inside |= {token.i: quotation for token in span}
    return inside


def _at(token: Token, number: int, sentence: Span, inside: Mapping[int, Quotation], frames: Frames) -> Iterator[Attribution]:
    if token.pos_ in {"VERB", "AUX"}:
        for lemma in _lemmas(token):
            if lemma in frames.verbs:
                content, rule = _governed(token, lemma, sentence, inside, frames)
                if content or lemma in frames.object:
                    yield Attribution(
                        lemma=lemma,
                        cue=token,
                        source=source_of(token),
                        content=content,
                        sentence=number,
                        rule=rule,
                        negated=is_negated(token),
                    )
                return
    elif token.lemma_ in frames.nouns and token.pos_ == "NOUN":
        clause = [child for child in token.children if child.dep_ in {"acl", "ccomp"} and any(_.dep_ == "mark" for _ in child.children)]
        if clause:
            yield Attribution(
                lemma=token.lemma_,
                cue=token,
                source=_owner(token),
                content=(_subtree(clause[0]),),
                sentence=number,
                rule="noun with a clause",
                negated=False,
            )
    elif token.lower_ in frames.according and any(child.lower_ == "to" for child in token.rights):
        to = next(child for child in token.rights if child.lower_ == "to")
        source = next((child for child in to.children if child.dep_ == "pobj"), None)
        if source is not None:
            yield Attribution(
                lemma="according to",
                cue=token,
                source=source,
                content=(sentence,),
                sentence=number,
                rule="according to",
                negated=False,
            )


def _lemmas(token: Token) -> list[str]:
    """The verb with its particle, with its preposition, and alone: the longest that is known wins."""
    with_particle = [f"{token.lemma_} {child.lower_}" for child in token.children if child.dep_ in {"prt", "prep", "advmod"}]
    return [*with_particle, token.lemma_]


def _governed(token: Token, lemma: str, sentence: Span, inside: Mapping[int, Quotation], frames: Frames) -> tuple[tuple[Span, ...], str]:
    """What was said, as far as this sentence has it, and the frame that found it."""
    if lemma in frames.preposition:
        preposition = lemma.rsplit(maxsplit=1)[-1]
        pieces = [child for child in token.children if child.lower_ == preposition]
        return tuple(_subtree(child) for child in pieces), "verb and preposition"
    if lemma in frames.clause:
        clause = next((child for child in token.children if child.dep_ in {"ccomp"}), None)
        if clause is not None:
            return (_subtree(clause, without=token),), "verb with a clause"
        if token.dep_ in {"parataxis", "ccomp"} and token.head.i != token.i and not _has_mark(token) and token.dep_ == "parataxis":
            return _around(token, sentence), "clause around the verb"
    if lemma in frames.infinitive:
        pieces = [child for child in token.children if child.dep_ in {"xcomp", "dobj", "ccomp"}]
        if any(child.dep_ in {"xcomp", "ccomp"} for child in pieces):
            return tuple(_subtree(child) for child in pieces), "verb with an infinitive"
    if lemma in frames.object:
        pieces = [
            child for child in token.children if child.dep_ in {"dobj", "nsubjpass", "oprd"} or (child.dep_ == "prep" and child.i > token.i)
        ]
        if any(child.dep_ in {"dobj", "nsubjpass", "oprd"} for child in pieces):
            return tuple(_subtree(child) for child in pieces), "verb with an object"
    if lemma in frames.clause:
        quoted = [other for other in sentence if other.i in inside]
        if quoted:
            return (sentence.doc[quoted[0].i : quoted[-1].i + 1],), "quotation beside the verb"
        if token.dep_ == "ROOT" or token.dep_ in {"conj", "advcl"}:
            return _around(token, sentence), "clause around the verb"
    return (), ""


def _has_mark(token: Token) -> bool:
    return any(child.dep_ == "mark" for child in token.children)


def _around(token: Token, sentence: Span) -> tuple[Span, ...]:
    """Everything of the sentence that is not the verb and its subject: `Moscow, he went on, was looking …`."""
    own = {token.i} | {part.i for child in token.children if child.dep_ in SUBJECTS | {"prt", "neg", "aux"} for part in child.subtree}
    rest = [other for other in sentence if other.i not in own and not other.is_punct]
    return (sentence.doc[rest[0].i : rest[-1].i + 1],) if len(rest) > 3 else ()


def _subtree(token: Token, without: Token | None = None) -> Span:
    """A token with all that hangs on it, one stretch of text; `without` and what hangs on that are left out at the edges."""
    cut = {part.i for part in without.subtree} - {part.i for part in token.subtree} if without is not None else set()
    numbers = [part.i for part in token.subtree if part.i not in cut]
    return token.doc[min(numbers) : max(numbers) + 1]


def source_of(verb: Token, depth: int = 0) -> Token | None:
    """Who does what the verb says: its subject, a passive's agent, or who governs the verb."""
    if any(child.dep_ in {"nsubjpass", "auxpass"} for child in verb.children):
        agent = next((child for child in verb.children if child.dep_ == "agent"), None)
        if agent is not None:
            return next((child for child in agent.children if child.dep_ == "pobj"), None)
        return None
    subject = next((child for child in verb.children if child.dep_ == "nsubj"), None)
    if subject is not None:
        if subject.tag_ in {"WDT", "WP"} and verb.dep_ == "relcl":
            return verb.head
        return subject
    if depth > 4:
        return None
    if verb.dep_ in {"acl", "relcl"} and verb.head.pos_ in {"NOUN", "PROPN", "PRON"}:
        return verb.head
    if verb.dep_ in {"conj", "xcomp", "advcl", "pcomp", "ccomp", "parataxis", "dep"} and verb.head.i != verb.i:
        head = verb.head
        while head.dep_ in {"prep", "mark"} and head.head.i != head.i:
            head = head.head
        return source_of(head, depth + 1) if head.pos_ in {"VERB", "AUX"} else head if head.pos_ in {"NOUN", "PROPN"} else None
    return None


def _owner(noun: Token) -> Token | None:
    """Whose claim it is: `Kyiv's allegations`, `the allegation by …`, `Western accusations`."""
    for child in noun.children:
        if child.dep_ == "poss":
            return child
        if child.dep_ == "prep" and child.lower_ in {"by", "of", "from"}:
            return next((part for part in child.children if part.dep_ == "pobj"), None)
    return next((child for child in noun.children if child.dep_ in {"amod", "compound"} and child.is_title), None)


def is_negated(verb: Token) -> bool:
    """`did not deny`, `neither confirmed nor denied`, `never accused`."""
    return any(child.dep_ == "neg" or child.lower_ in {"neither", "nor", "never"} for child in verb.children) or (
        verb.dep_ == "conj" and any(child.lower_ == "neither" for child in verb.head.children)
    )
