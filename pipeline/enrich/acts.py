"""What an attribution does: by its cue, by the object that decides about it, and by what is said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from spacy.language import Language
from spacy.matcher import PhraseMatcher
from spacy.tokens import Span, Token

from pipeline.enrich.attributions import SUBJECTS, Attribution
from pipeline.enrich.entities import Mention
from pipeline.model import Act, EntityKind
from pipeline.rules import LanguageRules

# In this order where the words of several acts stand in one statement.
ORDER = (
    Act.DENIAL,
    Act.SANCTION,
    Act.THREAT,
    Act.ACCUSATION,
    Act.CRITICISM,
    Act.CONCERN,
    Act.DEMAND,
    Act.SUPPORT,
    Act.ACKNOWLEDGEMENT,
)


@dataclass(frozen=True, slots=True)
class ActFinder:
    """A language's words for acts, compiled once per process."""

    by_verb: Mapping[str, Act]
    said: PhraseMatcher
    claim_nouns: frozenset[str]
    refusal_nouns: frozenset[str]
    deeds: frozenset[str]
    nouns: Mapping[str, Act]


def compile_acts(words: LanguageRules, nlp: Language) -> ActFinder:
    said = PhraseMatcher(nlp.vocab, attr="LEMMA")
    for act, block in words.acts.items():
        if block.said:
            said.add(act.value, list(nlp.pipe(block.said)))
    return ActFinder(
        by_verb={verb: act for act, block in words.acts.items() for verb in block.verbs},
        said=said,
        claim_nouns=frozenset(words.claim_nouns),
        refusal_nouns=frozenset(words.refusal_nouns),
        deeds=frozenset(words.deeds),
        nouns={noun: act for act, nouns in words.nouns.items() for noun in nouns},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """An act together with the word that it was recognised by."""

    act: Act
    cue: str
    rule: str
    negated: bool
    confidence: float


def acts_of(
    attribution: Attribution, side: str | None, mentions: Sequence[Mention], finder: ActFinder, camp: frozenset[str]
) -> list[Judged]:
    """The acts of one attribution, one at most for now; `camp` are the sides that the topic's deeds are shared between."""
    by_cue = _by_cue(attribution, finder)
    if by_cue is not None:
        return [] if by_cue.negated else [by_cue]
    if attribution.lemma in finder.by_verb:
        return []
    said = _by_words(attribution, finder)
    done = _by_deed(attribution, side, mentions, finder, camp)
    best = said if said is not None and said.act in {Act.DENIAL, Act.THREAT, Act.SANCTION} else done or said
    return [best] if best is not None else []


def _by_cue(attribution: Attribution, finder: ActFinder) -> Judged | None:
    act = finder.nouns.get(attribution.lemma) if attribution.rule == "noun with a clause" else finder.by_verb.get(attribution.lemma)
    if act is None:
        return None
    if act == Act.DENIAL and attribution.rule == "verb with an object":
        heads = {token.lemma_.lower() for token in attribution.cue.children if token.dep_ in {"dobj", "nsubjpass"}}
        if heads & finder.refusal_nouns and not heads & finder.claim_nouns:
            return None
    return Judged(act=act, cue=attribution.cue.text, rule=attribution.rule, negated=attribution.negated, confidence=0.9)


def _by_words(attribution: Attribution, finder: ActFinder) -> Judged | None:
    found: dict[Act, str] = {}
    for piece in attribution.content:
        for key, start, end in finder.said(piece):
            found.setdefault(Act(piece.vocab.strings[key]), piece[start:end].text)
    for act in ORDER:
        if act in found:
            return Judged(act=act, cue=found[act], rule="words of what is said", negated=False, confidence=0.6)
    return None


def _by_deed(
    attribution: Attribution, side: str | None, mentions: Sequence[Mention], finder: ActFinder, camp: frozenset[str]
) -> Judged | None:
    """A deed of another side is an accusation; of the own side, a denial where negated and an admission where not."""
    for piece in attribution.content:
        for token in piece:
            if token.lemma_.lower() not in finder.deeds or token.pos_ not in {"VERB", "NOUN", "AUX"} or token.i == attribution.cue.i:
                continue
            doers = doers_of(token, mentions)
            if not doers & camp:
                continue
            own = side in doers or (side in camp and bool(doers & camp))
            negated = any(part.dep_ == "neg" or part.lower_ in {"never", "no", "not", "none"} for part in token.children)
            if negated and not own:
                continue
            act = Act.DENIAL if own and negated else Act.ACKNOWLEDGEMENT if own else Act.ACCUSATION
            return Judged(act=act, cue=token.text, rule="deed of a side", negated=negated, confidence=0.7)
    return None


def doers_of(verb: Token, mentions: Sequence[Mention]) -> frozenset[str]:
    """The sides of those who are said to do it: in the subject, the agent, or, in a passive, the thing's maker."""
    places = [child for child in verb.children if child.dep_ in SUBJECTS | {"agent", "poss"}]
    if not places and verb.dep_ in {"xcomp", "conj", "pcomp", "acl", "advcl"} and verb.head.i != verb.i:
        places = [child for child in verb.head.children if child.dep_ in SUBJECTS | {"dobj"}]
        if not places and verb.head.head.i != verb.head.i:
            places = [child for child in verb.head.head.children if child.dep_ in SUBJECTS]
    sides = set()
    for place in places:
        span = place.doc[place.left_edge.i : place.right_edge.i + 1]
        sides |= {mention.side for mention in within(span, mentions) if mention.side is not None}
    return frozenset(sides)


def within(span: Span, mentions: Sequence[Mention]) -> list[Mention]:
    return [mention for mention in mentions if span.start_char <= mention.start and mention.end <= span.end_char]


def states_in(spans: Sequence[Span], mentions: Sequence[Mention]) -> list[str]:
    """Sides of every party named, in the order of their first mention; weapons' makers are not parties."""
    kinds = {EntityKind.STATE, EntityKind.ORGANISATION, EntityKind.PERSON}
    named = [mention for span in spans for mention in within(span, mentions) if mention.kind in kinds and mention.form != "demonym"]
    return list(dict.fromkeys(mention.side for mention in named if mention.side))
