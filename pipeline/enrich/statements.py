"""From drafts to statements, in any language: once each, in runs, with what they answer, whom they are aimed at, what they are about."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from pipeline.enrich.aims import aimed
from pipeline.enrich.answers import answered
from pipeline.enrich.drafts import Draft
from pipeline.enrich.runs import in_runs, once, with_quotation
from pipeline.enrich.scene import Scene


class Told(NamedTuple):
    """What a language's reader finds in a text."""

    single: Sequence[Draft]
    more: Mapping[int, str]  # quoted sentences without an act of their own, and who says them


def statements(told: Told, scene: Scene) -> tuple[Draft, ...]:
    """Every statement of the text, in the order of its sentences; runs are joined, answers are linked."""
    joined = in_runs(_recalled(once(told.single, scene), scene), scene)
    return _tagged(aimed(answered([with_quotation(run, told.more, scene) for run in joined], scene), scene), scene)


def _recalled(single: Sequence[Draft], scene: Scene) -> list[Draft]:
    """What a speaker says next in a paragraph that recalls them is recalled too."""
    done: list[Draft] = []
    for statement in single:
        before = next((each for each in reversed(done) if each.speaker.name == statement.speaker.name), None)
        near = before is not None and 0 <= statement.sentences[0] - before.sentences[-1] <= 1
        same = before is not None and near and before.background and "\n" not in scene.text[before.end : statement.start]
        done.append(replace(statement, background=True) if same else statement)
    return done


def _tagged(found: Sequence[Draft], scene: Scene) -> tuple[Draft, ...]:
    """Claim tags of statements that point back: those of the accusation that is answered, else of the statement before."""
    tagged: list[Draft] = []
    for statement in found:
        claims = statement.claims
        if not claims:
            answered_one = found[statement.addressee_of] if statement.addressee_of is not None else None
            before = answered_one or next((each for each in reversed(tagged) if each.claims), None)
            spans = [scene.sentences[number] for number in statement.sentences]
            near = scene.named.within(spans[0].start_char, spans[-1].end_char) if spans else []
            claims = scene.claims(spans, near, context=before.claims if before else ())
        tagged.append(replace(statement, claims=claims))
    return tuple(tagged)
