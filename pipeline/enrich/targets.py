"""Whom a statement is aimed at: those whose conduct it is, those whose accusation is answered, else who was spoken of last."""

from collections.abc import Sequence
from dataclasses import replace

from spacy.tokens import Span

from pipeline.enrich.deeds import PARTIES, own_words_of
from pipeline.enrich.drafts import Draft
from pipeline.enrich.english import child_of, subtree
from pipeline.enrich.frames import Attribution
from pipeline.enrich.judged import Judged, Reason
from pipeline.enrich.scene import Scene
from pipeline.enrich.sources import owner_of
from pipeline.model import Act, EntityKind, Speaker, SpeakerKind


def aimed(found: Sequence[Draft], scene: Scene) -> list[Draft]:
    """A threat, demand or reproach that names nobody is aimed at whom the article was about last.

    From outside, that is who was accused last; from a party of the topic, who accused it last.
    """
    done: list[Draft] = []
    for statement in found:
        unaimed = statement.act in {Act.ACCUSATION, Act.THREAT, Act.DEMAND, Act.CRITICISM, Act.SUPPORT} and not statement.targets
        done.append(replace(statement, targets=_last_opponents(statement, done, scene)) if unaimed else statement)
    return done


def _last_opponents(statement: Draft, before: Sequence[Draft], scene: Scene) -> tuple[str, ...]:
    for each in reversed(before):
        if each.speaker.side == statement.speaker.side and each.targets and each.act is not Act.ACKNOWLEDGEMENT:
            return each.targets
        if each.act is Act.ACCUSATION and statement.speaker.side in scene.ear.parties:
            if each.speaker.side not in scene.ear.own(statement.speaker.side):
                return party_of(each.speaker, scene)
        elif each.act is Act.ACCUSATION and each.speaker.side not in scene.ear.parties:
            return each.targets
    return ()


def party_of(speaker: Speaker, scene: Scene) -> tuple[str, ...]:
    """The state that a speaker stands for, each of several that spoke together; nobody where that is not told."""
    if speaker.side is not None:
        return (scene.names.get(speaker.side, speaker.name),)
    if speaker.kind is SpeakerKind.ANONYMOUS:
        return ()
    together = tuple(name for name in scene.names.values() if name in speaker.name)
    return together if len(together) > 1 else (speaker.name,)


def targets(attribution: Attribution, speaker: Speaker, judged: Judged, scene: Scene) -> tuple[str, ...]:
    """Whom it is aimed at, as names of states. A denial's are those whose accusation it answers."""
    if judged.act is Act.ACKNOWLEDGEMENT:
        return ()
    own = {speaker.name, scene.names.get(speaker.side or "", "")}
    if judged.act is Act.DENIAL:
        accused = {scene.names.get(side, side) for side in scene.ear.own(speaker.side) or scene.ear.parties}
        named = [name for name in _accusers(attribution, scene) if name not in accused]
    elif judged.act is Act.ACCUSATION:
        named = _accused(attribution, judged, scene)
    else:
        named = [name for piece in attribution.content for name in _party_names(piece, scene) if name not in own]
        named = named[: 2 if judged.act in {Act.CRITICISM, Act.CONCERN} else 1]
    return tuple(name for name in dict.fromkeys(named) if name not in own)


def _party_names(span: Span, scene: Scene) -> list[str]:
    """Names of the states spoken of, in their order; a bloc without a code has its own name."""
    found = []
    for mention in scene.ear.named.within(span.start_char, span.end_char):
        if mention.kind in PARTIES:
            found.append(
                scene.names.get(mention.side or "", mention.side or "") or (mention.name if mention.kind is EntityKind.STATE else "")
            )
    return [name for name in dict.fromkeys(found) if name]


def _accused(attribution: Attribution, judged: Judged, scene: Scene) -> list[str]:
    """Those whose conduct it is: doers of the deed, the accused object; both parties where it is joint work."""
    parties = [scene.names.get(side, side) for side in sorted(scene.ear.parties)]
    objects = [child for child in attribution.cue.children if child.dep_ in {"dobj", "nsubjpass"}]
    named = [scene.names.get(side, side) for side in judged.doers]
    if judged.reason is Reason.VERB:
        named = [name for child in objects for name in _party_names(subtree(child), scene)][:3]
    told = [name for piece in attribution.content for name in _party_names(piece, scene) if name in parties]
    joint = _is_joint(attribution, judged, scene)
    if judged.reason is Reason.LIE:
        return told[:1]
    if judged.reason is not Reason.VERB and (not named or joint):
        named = list(dict.fromkeys(named + told))
    return named or told


def _is_joint(attribution: Attribution, judged: Judged, scene: Scene) -> bool:
    """Whether what is alleged is done by both: the deed is, or what hangs on it."""
    words = scene.words.joint
    tokens = own_words_of(judged.word) if judged.word is not None else [token for piece in attribution.content for token in piece]
    return any(token.lower_ in words or token.lemma_.lower() in words for token in tokens)


def _accusers(attribution: Attribution, scene: Scene) -> list[str]:
    """Whose claims they are: `claims by the CIA chief`, `the Western allegations`, `American officials repeat …`."""
    found: list[str] = []
    for piece in attribution.content:
        for token in piece:
            if token.lemma_.lower() in scene.words.claim_nouns:
                made = [child for each in token.children if each.dep_ == "acl" for child in each.children if child.dep_ == "agent"]
                owners = [owner for owner in (owner_of(token, scene.words), *made) if owner is not None]
                for owner in owners:
                    found += _party_names(subtree(owner), scene)
        subject = child_of(piece.root, ("nsubj", "csubj"))
        if subject is not None:
            found += _party_names(subtree(subject), scene)
    return found
