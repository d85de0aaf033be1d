"""Whom a statement is aimed at that names nobody: who was spoken of last."""

from collections.abc import Sequence
from dataclasses import replace

from pipeline.enrich.drafts import Draft
from pipeline.enrich.scene import Scene
from pipeline.model import Act, Speaker, SpeakerKind


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
        if each.act is Act.ACCUSATION and statement.speaker.side in scene.topic.parties:
            if each.speaker.side not in scene.topic.own(statement.speaker.side):
                return party_of(each.speaker, scene)
        elif each.act is Act.ACCUSATION and each.speaker.side not in scene.topic.parties:
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
