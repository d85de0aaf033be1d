"""What an attribution does: by its cue, by the object that decides about it, and by what is said.

A verb that performs an act decides alone. One that leans to an act, or only reports, leaves it to what is said: its words
("baseless", "will respond"), and the deeds in it, whose meaning depends on who speaks: of another side, a deed is an accusation;
of the own side, a denial where negated and an admission where not.
"""

from spacy.tokens import Token

from pipeline.enrich.content import by_content
from pipeline.enrich.english import as_behind, is_question_word
from pipeline.enrich.frames import LESS_THAN_CLAUSE, WITHOUT_VERB, Attribution, Frame
from pipeline.enrich.hearing import Ear, is_topical
from pipeline.enrich.judged import Judged, Reason
from pipeline.model import Act
from pipeline.words import LanguageRules


def acts_of(attribution: Attribution, side: str | None, ear: Ear) -> list[Judged]:
    """The acts of one attribution by a speaker of this side, the main one first."""
    if attribution.negated:
        return []
    if _is_hearsay(attribution, ear.words):
        return [each for each in by_content(attribution, side, ear) if each.act is Act.SANCTION]
    if (by_verb := _by_verb(attribution, ear.words)) is not None:
        return [by_verb] if _holds(by_verb.act, attribution, ear) else []
    if attribution.lemma in ear.words.rejecting:
        rejected = _rejected(attribution, ear)
        return [rejected] if rejected else []
    by_noun = _by_noun(attribution, ear.words)
    if by_noun is not None:
        return [by_noun]
    if side in ear.topic.parties and _is_belittled(attribution, ear):
        return [Judged(act=Act.DENIAL, cue=attribution.cue.text, reason=Reason.CLAIM_RENAMED)]
    if side in ear.topic.parties and _is_renamed(attribution, ear) and _object_heads(attribution.cue) & ear.words.measure_nouns:
        return [Judged(act=Act.CRITICISM, cue=attribution.cue.text, reason=Reason.MEASURE_RENAMED)]
    return by_content(attribution, side, ear)


def _is_hearsay(attribution: Attribution, words: LanguageRules) -> bool:
    """Inside of what another says, only verbs that perform an act, and clauses, are statements of their own."""
    performs = attribution.lemma in words.act_of_verb or attribution.lemma in words.rejecting
    return attribution.nested and not performs and attribution.frame in LESS_THAN_CLAUSE


def _by_verb(attribution: Attribution, words: LanguageRules) -> Judged | None:
    act = words.act_of_verb.get(attribution.lemma)
    if act is None or attribution.frame in WITHOUT_VERB:
        return None
    return Judged(act=act, cue=attribution.cue.text, reason=Reason.VERB)


def _holds(act: Act, attribution: Attribution, ear: Ear) -> bool:
    """Whether the verb has its act here: `denied a visa` and `admitted a student` have not."""
    if act is Act.DENIAL:
        return not _refuses(attribution, ear.words)
    if act is Act.DEMAND and attribution.frame is Frame.PREPOSITION:
        heads = {token.lemma_.lower() for piece in attribution.content for token in piece}
        return (
            bool(heads & ear.words.claim_nouns)
            or any(ear.named.sides(piece) for piece in attribution.content)
            or is_topical(attribution, ear)
        )
    if act is Act.ACKNOWLEDGEMENT:
        return attribution.frame is Frame.CLAUSE or is_topical(attribution, ear) or _tells_a_deed(attribution, ear)
    return True


def _tells_a_deed(attribution: Attribution, ear: Ear) -> bool:
    """`acknowledged a small shipment`: the noun of a deed, where the subject was just named."""
    named = any(token.lemma_.lower() in ear.words.deed_nouns | ear.words.counting_nouns for piece in attribution.content for token in piece)
    return named and any(ear.is_topical_near(piece) for piece in attribution.content)


def _object_heads(cue: Token) -> set[str]:
    heads = [child for child in cue.children if child.dep_ in {"dobj", "nsubjpass"} and not is_question_word(child)]
    if cue.dep_ == "relcl":
        heads.append(cue.head)
    return {part.lemma_.lower() for head in heads for part in (head, *head.conjuncts)}


def _refuses(attribution: Attribution, words: LanguageRules) -> bool:
    """`was denied entry`, `denied him a visa`: something is refused, no claim is disputed."""
    heads = _object_heads(attribution.cue) | {
        child.lemma_.lower() for child in attribution.cue.children if child.dep_ in {"dative", "oprd"}
    }
    return bool(heads & words.refusal_nouns) and not heads & words.claim_nouns


def _rejected(attribution: Attribution, ear: Ear) -> Judged | None:
    """A rejection is a denial where a claim is rejected, or something is rejected as baseless."""
    heads = _object_heads(attribution.cue)
    words = ear.heard.in_spans(attribution.content)
    if heads & ear.words.claim_nouns or Act.DENIAL in words or attribution.frame is Frame.CLAUSE:
        return Judged(act=Act.DENIAL, cue=attribution.cue.text, reason=Reason.CLAIM_REJECTED)
    return None


def _is_belittled(attribution: Attribution, ear: Ear) -> bool:
    """`described the account as an excuse`: what the accused calls a claim by another name, it does not take for true."""
    return _is_renamed(attribution, ear) and bool(_object_heads(attribution.cue) & ear.words.claim_nouns)


def _is_renamed(attribution: Attribution, ear: Ear) -> bool:
    if attribution.lemma not in ear.words.naming_verbs or attribution.frame is not Frame.OBJECT:
        return False
    cue = attribution.cue
    return as_behind(cue) is not None or any(child.dep_ in {"oprd", "acomp"} for child in cue.children if child.i > cue.i)


def _by_noun(attribution: Attribution, words: LanguageRules) -> Judged | None:
    """`levelled accusations at …`, `Kyiv's allegations that …`: the noun performs the act."""
    if attribution.frame is Frame.NOUN_WITH_CLAUSE:
        act = words.act_of_noun.get(attribution.lemma)
        return None if act is None else Judged(act=act, cue=attribution.cue.text, reason=Reason.NOUN_WITH_CLAUSE)
    if attribution.frame is Frame.NOUN_ALONE:
        return Judged(act=words.act_of_noun[attribution.lemma], cue=attribution.cue.text, reason=Reason.NOUN_ALONE)
    if attribution.frame is not Frame.OBJECT or attribution.lemma not in words.light_verbs:
        return None
    for head in (child for child in attribution.cue.children if child.dep_ == "dobj"):
        act = words.act_of_noun.get(head.lemma_.lower())
        if act is not None:
            return Judged(act=act, cue=f"{attribution.cue.text} {head.text}", reason=Reason.VERB_AND_NOUN)
    return None
