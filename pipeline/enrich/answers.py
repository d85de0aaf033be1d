"""Which accusation of the article a denial answers."""

from collections.abc import Sequence
from dataclasses import replace

from pipeline.enrich.aims import party_of
from pipeline.enrich.drafts import Draft
from pipeline.enrich.scene import Scene
from pipeline.model import Act

# In sentences: how far back a denial answers whom it follows, and how far the opening of an article reaches.
SHORTLY, OPENING = 3, 4


def answered(found: Sequence[Draft], scene: Scene) -> tuple[Draft, ...]:
    """Links each denial to the accusation that it answers, where one stands near enough or is named by its side."""
    linked = []
    for statement in found:
        which = _answers(statement, found) if statement.act is Act.DENIAL else None
        targets = statement.targets
        if which is not None and not targets:
            targets = party_of(found[which].speaker, scene)
        linked.append(replace(statement, addressee_of=which, targets=targets))
    return tuple(linked)


def _answers(denial: Draft, found: Sequence[Draft]) -> int | None:
    """Which accusation a denial answers: one of its own sentence, else for a recalled one that of the sentence before; for news the first
    of the same family, the one shortly before, or the one that the article opens with."""
    others = [
        (index, other)
        for index, other in enumerate(found)
        if other.act is Act.ACCUSATION and other.speaker.side != denial.speaker.side and other.speaker.name != denial.speaker.name
    ]
    together = [index for index, other in others if set(other.sentences) & set(denial.sentences)]
    before = [(denial.sentences[0] - other.sentences[-1], index) for index, other in others if other.sentences[-1] < denial.sentences[0]]
    if together:
        return together[0]
    if denial.background:
        return max((index for gap, index in before if gap == 1), default=None)
    last = denial.sentences[0] + SHORTLY
    family = [
        index for index, other in others if set(other.claims) & set(denial.claims) and not other.background and other.sentences[0] <= last
    ]
    shortly = [choice for choice in before if choice[0] <= SHORTLY]
    opening = sorted((other.background, index) for index, other in others if other.sentences[0] <= OPENING)
    return next(iter([*family[:1], *(index for _, index in sorted(shortly)[:1]), *(index for _, index in opening[:1])]), None)
