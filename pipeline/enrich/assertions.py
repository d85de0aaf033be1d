"""Plain sentences that no word gives away: what others state of a party, what a party negates, what it promises its partner."""

from spacy.tokens import Token

from pipeline.enrich.deeds import is_denied
from pipeline.enrich.english import (
    COMING,
    FINITE,
    MODALS,
    NOUN_SUBJECTS,
    SUPPOSING,
    VERBS,
    child_of,
    has_aux,
    has_mark,
    is_being,
    is_going_to,
    subtree,
)
from pipeline.enrich.frames import Attribution, Frame
from pipeline.enrich.hearing import Ear
from pipeline.enrich.judged import Judged, Reason
from pipeline.model import Act

# Frames in which a whole sentence is said.
ASSERTING = frozenset({Frame.CLAUSE, Frame.BESIDE, Frame.AROUND, Frame.ACCORDING_TO, Frame.GOING_ON})


def asserted(attribution: Attribution, side: str | None, ear: Ear) -> Judged | None:
    """A plain sentence that no word gives away: what others state of a party's doings accuses; what a party negates, it denies."""
    if attribution.frame not in ASSERTING:
        return None
    verb = _main_verb(attribution)
    if verb is None or has_aux(verb, MODALS):
        return None
    negated = is_denied(verb, ear.words)
    others = ear.topic.others(side)
    if side in ear.topic.parties and side is not None and (negated or not others):
        return Judged(act=Act.DENIAL, cue=verb.text, reason=Reason.NEGATED, word=verb) if negated and _concerns(verb, side, ear) else None
    parties = [each for piece in attribution.content for each in ear.named.sides(piece) if each in others]
    if negated or not parties or {*_subjects(verb, ear)} & ear.topic.own(side) or _accuses_nobody(verb, ear):
        return None
    if not any(ear.is_topical_near(piece) for piece in attribution.content):
        return None
    return Judged(act=Act.ACCUSATION, cue=verb.text, reason=Reason.STATED, word=verb, doers=tuple(_subjects(verb, ear)))


def promised(attribution: Attribution, side: str, ear: Ear) -> Judged | None:
    """`will help Iran to restore …`, `intend to go on meeting`: what a party will do for its partner is support."""
    verb = _main_verb(attribution, bare=True) if attribution.frame in ASSERTING else None
    if verb is None or is_denied(verb, ear.words):
        return None
    coming = has_aux(verb, COMING) or verb.lemma_ in ear.words.intending
    sides = {each for piece in attribution.content for each in ear.named.sides(piece)}
    partners = any(token.lemma_.lower() in ear.words.partners for piece in attribution.content for token in piece)
    if not coming or sides - ear.topic.own(side) or not (sides - {side} or partners):
        return None
    return Judged(act=Act.SUPPORT, cue=verb.text, reason=Reason.PROMISED, word=verb)


def _main_verb(attribution: Attribution, *, bare: bool = False) -> Token | None:
    """The finite verb of what is said; none in a fragment, a question, or an infinitive. `bare`: one behind a modal too."""
    root = max(attribution.content, key=len).root
    tags = FINITE | {"VBN", "VBG"} | ({"VB"} if bare else set())
    if root.pos_ not in VERBS or root.tag_ not in tags or root.i in attribution.inner:
        return None
    if has_mark(root, SUPPOSING):
        return None
    last = root.sent[-1]
    return None if last.text in {"?", "”", '"'} and "?" in {last.text, last.nbor(-1).text} else root


def _subjects(verb: Token, ear: Ear) -> list[str]:
    subjects = [child for child in verb.children if child.dep_ in NOUN_SUBJECTS]
    spans = (subtree(child) for child in subjects)
    return [side for span in spans for side in ear.named.sides(span) if side in ear.topic.parties]


def _concerns(verb: Token, side: str, ear: Ear) -> bool:
    """Whether a sentence is about the speaker's own side: it or its partner does it, or nobody does and the subject is named."""
    subjects = [child for child in verb.children if child.dep_ in NOUN_SUBJECTS | {"expl", "attr"}]
    if any(child.lower_ in ear.words.evasive for child in subjects) or verb.lemma_.lower() in ear.words.evasive or _has_nothing_to(verb):
        return False
    named = set(_subjects(verb, ear))
    if any(child.lower_ in ear.words.pronouns.all for child in subjects) or named & ear.topic.own(side):
        return True
    return not named and ear.is_topical_near(subtree(verb))


def _accuses_nobody(verb: Token, ear: Ear) -> bool:
    """What is reported as it happens, what is wished for, an opinion."""
    return verb.lemma_.lower() in ear.words.event_verbs | ear.words.wishes or _is_judgement(verb)


def _is_judgement(verb: Token) -> bool:
    """`is dangerous`, `are partners`: an opinion, no deed."""
    return is_being(verb) and child_of(verb, ("acomp", "attr")) is not None


def _has_nothing_to(verb: Token) -> bool:
    """`had nothing to add`, `was not going to answer`: no claim is disputed."""
    objects = [child for child in verb.children if child.dep_ in {"dobj", "attr", "acomp"}]
    return is_going_to(verb) or any(part.dep_ in {"acl", "relcl", "xcomp"} for child in objects for part in child.children)
