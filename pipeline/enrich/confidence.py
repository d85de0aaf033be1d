"""How sure a statement is: the weights of what is known of it, added and squeezed into 0 to 1 (a logistic regression).

`python -m tests.calibration` learns the weights from annotated articles and texts and prints them for the language's file.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from math import exp

from pipeline.enrich.drafts import Draft
from pipeline.model import Mode, SpeakerKind, Statement


def features(statement: Statement | Draft, parties: Collection[str]) -> Iterator[str]:
    """What is known of a statement, each by the name that its weight has; `parties` are the sides that the topic is about."""
    party = "a party" if statement.speaker.side in parties else "another side" if statement.speaker.side else "no side"
    yield "any"
    yield _rule(statement.why.rule)
    yield f"{statement.act} by {party}"
    yield f"speaker: {statement.speaker.kind}"
    if statement.mode is not Mode.INDIRECT:
        yield "quoted"
    if statement.background:
        yield "background"
    if statement.claims:
        yield "of a claim family"
    if statement.targets:
        yield "aimed at somebody"
    if statement.start < 0:
        yield "title"
    if statement.speaker.kind is SpeakerKind.ANONYMOUS and statement.speaker.side is None:
        yield "anonymous, of nowhere"


def sure(statement: Statement | Draft, parties: Collection[str], weights: Mapping[str, float]) -> float:
    """0 to 1. What has no weight, such as a rule that was never seen, counts nothing."""
    return of_weights(features(statement, parties), weights)


def of_rule(rule: str, weights: Mapping[str, float]) -> float:
    """What the rule alone weighs."""
    return weights.get(_rule(rule), 0.0)


def _rule(rule: str) -> str:
    return f"rule: {rule}"


def of_weights(known: Iterable[str], weights: Mapping[str, float]) -> float:
    return 1 / (1 + exp(-sum(weights.get(each, 0.0) for each in known)))
