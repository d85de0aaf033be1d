"""How sure a statement is: what is known of it, and what that weighs."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.enrich import Reader, read_statements
from pipeline.enrich.confidence import features, of_weights, sure
from pipeline.model import Act, Context, Mode, Speaker, SpeakerKind, Statement, Verdict, Why

CAMP = ("IR", "RU")
IRAN = Speaker(name="Iran", kind=SpeakerKind.COUNTRY, side="IR")
STATEMENT = Statement(
    act=Act.DENIAL,
    speaker=IRAN,
    targets=(),
    claims=(),
    sentences=(0,),
    start=0,
    end=10,
    mode=Mode.INDIRECT,
    background=False,
    partial=False,
    addressee_of=None,
    why=Why(cue="denied", rule="a rule", negated=False, confidence=0.5),
)
PLAIN = {"any", "rule: a rule", "denial by a party", "speaker: country"}
WEIGHTS = st.dictionaries(st.sampled_from([*sorted(PLAIN), "quoted", "background"]), st.floats(-5, 5))


@pytest.mark.parametrize(
    ("statement", "more"),
    [
        (STATEMENT, set()),
        (replace(STATEMENT, mode=Mode.DIRECT), {"quoted"}),
        (replace(STATEMENT, mode=Mode.MIXED), {"quoted"}),
        (replace(STATEMENT, background=True), {"background"}),
        (replace(STATEMENT, claims=("a-family",)), {"of a claim family"}),
        (replace(STATEMENT, targets=("Ukraine",)), {"aimed at somebody"}),
        (replace(STATEMENT, start=-1, end=-1, sentences=()), {"title"}),
    ],
)
def test_what_is_known_of_a_statement_has_a_name(statement: Statement, more: set[str]) -> None:
    assert set(features(statement, CAMP)) == PLAIN | more


@pytest.mark.parametrize(
    ("speaker", "known"),
    [
        (IRAN, {"denial by a party", "speaker: country"}),
        (Speaker(name="Antony Blinken", kind=SpeakerKind.PERSON, side="US"), {"denial by another side", "speaker: person"}),
        (Speaker(name="The Outlet", kind=SpeakerKind.MEDIA), {"denial by no side", "speaker: media"}),
        (Speaker(name="anonymous officials", kind=SpeakerKind.ANONYMOUS, side="RU"), {"denial by a party", "speaker: anonymous"}),
        (
            Speaker(name="anonymous officials", kind=SpeakerKind.ANONYMOUS),
            {"denial by no side", "speaker: anonymous", "anonymous, of nowhere"},
        ),
    ],
)
def test_whose_side_a_speaker_is_on_is_known(speaker: Speaker, known: set[str]) -> None:
    assert set(features(replace(STATEMENT, speaker=speaker), CAMP)) == {"any", "rule: a rule", *known}


def test_nothing_known_is_neither_sure_nor_unsure() -> None:
    assert of_weights([], {"any": 3.0}) == 0.5
    assert sure(STATEMENT, CAMP, {}) == 0.5
    assert sure(STATEMENT, CAMP, {"rule: another rule": 4.0}) == 0.5


def test_weights_are_added() -> None:
    assert sure(STATEMENT, CAMP, {"any": 2.0, "denial by a party": -2.0}) == 0.5
    assert sure(STATEMENT, CAMP, {"any": 1.0, "speaker: country": 1.0}) == pytest.approx(0.8808, abs=1e-4)


@settings(deadline=None)
@given(WEIGHTS)
def test_it_lies_between_0_and_1(weights: dict[str, float]) -> None:
    assert 0 < sure(STATEMENT, CAMP, weights) < 1


@settings(deadline=None)
@given(WEIGHTS, st.sampled_from(sorted(PLAIN)), st.floats(0.01, 5))
def test_a_heavier_weight_of_what_is_known_makes_surer(weights: dict[str, float], known: str, more: float) -> None:
    heavier = weights | {known: weights.get(known, 0.0) + more}

    assert sure(STATEMENT, CAMP, heavier) > sure(STATEMENT, CAMP, weights)


@settings(deadline=None)
@given(WEIGHTS, st.floats(-5, 5))
def test_a_weight_of_what_is_not_known_counts_nothing(weights: dict[str, float], other: float) -> None:
    assert sure(STATEMENT, CAMP, weights | {"title": other}) == sure(STATEMENT, CAMP, weights)


def test_statements_carry_how_sure_they_are(reader: Reader) -> None:
    (found,) = read_statements("Tehran denied the report.", Context(), reader, Verdict(on_topic=True, reason="given")).statements

    assert found.why.confidence == sure(found, reader.topic.sides, reader.words.confidence)
    assert found.why.confidence > 0.5


def test_a_denial_by_the_accused_is_surer_than_what_is_merely_stated(reader: Reader) -> None:
    text = "Tehran denied that it had sent drones to Russia. Lammy said that Iranian drones were in Crimea."
    denied, stated = read_statements(text, Context(), reader, Verdict(on_topic=True, reason="given")).statements

    assert stated.why.rule == "stated of a party"
    assert denied.why.confidence > stated.why.confidence


def test_weights_have_names_that_can_occur(reader: Reader) -> None:
    """A weight whose name no statement has would silently count nothing."""
    parties = [f"{act} by {party}" for act in Act for party in ("a party", "another side", "no side")]
    kinds = [f"speaker: {kind}" for kind in SpeakerKind]
    marks = ["any", "quoted", "background", "of a claim family", "aimed at somebody", "title", "anonymous, of nowhere"]
    names = {name for name in reader.words.confidence if not name.startswith("rule: ")}

    assert names <= {*parties, *kinds, *marks}
