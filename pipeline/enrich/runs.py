"""Runs: adjacent sentences of one speaker's act are one statement."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from pipeline.enrich.confidence import of_rule
from pipeline.enrich.drafts import Draft
from pipeline.enrich.judged import Reason
from pipeline.enrich.scene import Scene, mode
from pipeline.model import Act, Mode, Speaker, SpeakerKind


def with_quotation(run: Draft, more: Mapping[int, str], scene: Scene) -> Draft:
    """What is said indirectly and the quotation that follows in the paragraph are one statement."""
    number = run.sentences[-1] + 1
    while more.get(number) == run.speaker.name and _is_quoted(number, scene) and "\n" not in scene.text[run.end : _start(number, scene)]:
        run = stretched(run, number, scene)
        number += 1
    return run


def _start(number: int, scene: Scene) -> int:
    return scene.sentences[number].start_char


def _is_quoted(number: int, scene: Scene) -> bool:
    return mode(scene.sentences[number].start_char, scene.sentences[number].end_char, scene.quotations) is not Mode.INDIRECT


def stretched(statement: Draft, number: int, scene: Scene) -> Draft:
    end = max(statement.end, scene.sentences[number].end_char)
    return replace(
        statement,
        sentences=tuple(range(statement.sentences[0], number + 1)),
        end=end,
        mode=mode(statement.start, end, scene.quotations),
    )


def once(single: Sequence[Draft], scene: Scene) -> list[Draft]:
    """One statement per speaker, act and sentence: that of the surest rule."""
    best: dict[tuple[Act, str, int], Draft] = {}
    for statement in single:
        key = (statement.act, statement.speaker.name, statement.sentences[0])
        if key not in best or _weight(statement, scene) > _weight(best[key], scene):
            best[key] = statement
    kept = [statement for statement in best.values() if not _is_spoken_for(statement, best.values())]
    return sorted(kept, key=lambda statement: statement.sentences)


def _weight(statement: Draft, scene: Scene) -> float:
    return of_rule(statement.why.rule, scene.weights)


def _is_spoken_for(statement: Draft, others: Iterable[Draft]) -> bool:
    """`Burns said Washington was concerned`: the state's act is the person's who tells it for that state."""
    if statement.speaker.kind is SpeakerKind.PERSON or statement.speaker.side is None:
        return False
    return any(
        other.speaker.kind is SpeakerKind.PERSON
        and (other.act, other.sentences[0], other.speaker.side) == (statement.act, statement.sentences[0], statement.speaker.side)
        for other in others
    )


def in_runs(single: Sequence[Draft], scene: Scene) -> list[Draft]:
    """Adjacent sentences of one speaker's act are one statement."""
    joined: list[Draft] = []
    for statement in single:
        before = next((place for place, other in enumerate(joined) if _goes_on(other, statement, scene)), None)
        if before is None:
            joined.append(statement)
        else:
            joined[before] = join(joined[before], statement, scene)
    return joined


def _goes_on(first: Draft, second: Draft, scene: Scene) -> bool:
    """The next sentence, or one that the first reaches into; an accusation in a new paragraph is a new one unless it is quoted."""
    if first.act != second.act or not _same(first.speaker, second.speaker):
        return False
    if first.background != second.background and first.speaker.name != second.speaker.name:
        return False
    gap = second.sentences[0] - first.sentences[-1]
    if gap <= 0:
        return True
    if gap > 1:
        return False
    if first.why.reason is Reason.VERB_AND_NOUN:  # "made similar accusations": what they are is told next
        return True
    same_paragraph = "\n" not in scene.text[first.end : second.start]
    quoted = Mode.DIRECT in {first.mode, second.mode} or second.mode is Mode.MIXED
    if first.act is Act.ACCUSATION and first.claims and second.claims and not set(first.claims) & set(second.claims):
        return quoted and (same_paragraph or second.mode is Mode.DIRECT)  # a new deed is alleged, unless it is quoted
    return same_paragraph or quoted or first.act in {Act.CONCERN, Act.SUPPORT, Act.DENIAL}


def _same(first: Speaker, second: Speaker) -> bool:
    """One speaker, or a body and then the person who speaks for it."""
    if first.name == second.name:
        return True
    if second.kind is not SpeakerKind.PERSON or first.kind is SpeakerKind.PERSON:
        return False
    body, person = first, second
    return body.name == person.affiliation or (body.kind is SpeakerKind.COUNTRY and body.side == person.side and body.side is not None)


def join(first: Draft, second: Draft, scene: Scene) -> Draft:
    start, end = min(first.start, second.start), max(first.end, second.end)
    speaker = (
        second.speaker if second.speaker.kind is SpeakerKind.PERSON and first.speaker.kind is not SpeakerKind.PERSON else first.speaker
    )
    return replace(
        first,
        speaker=speaker,
        sentences=tuple(range(first.sentences[0], max(first.sentences[-1], second.sentences[-1]) + 1)),
        start=start,
        end=end,
        targets=tuple(dict.fromkeys(first.targets + second.targets)),
        claims=tuple(family for family in scene.families if family in first.claims or family in second.claims),
        mode=mode(start, end, scene.quotations),
        background=first.background and second.background,
        why=first.why if _weight(first, scene) >= _weight(second, scene) else second.why,
    )
