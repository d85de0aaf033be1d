"""How many are right, of what people have judged."""

from typing import Any

import pytest

from pipeline.judged import judged, scores
from pipeline.model import Act


def a_review(verdict: str = "right", act: str = "denial", confidence: float = 0.9, *, sampled: bool = True) -> dict[str, Any]:
    return {"act": act, "why": {"confidence": confidence}, "review": {"verdict": verdict, "sampled": sampled}}


def test_nothing_judged_says_nothing() -> None:
    assert judged([]) is None
    assert scores([]).sampled is None


@pytest.mark.parametrize(
    ("right", "of", "low", "high"),
    [(35, 40, 0.7389, 0.9454), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (1, 2, 0.0945, 0.9055)],
)
def test_the_interval_is_wilsons(right: int, of: int, low: float, high: float) -> None:
    """Reference values: the closed form of Wilson (1927), computed apart."""
    found = judged([a_review()] * right + [a_review("wrong-act")] * (of - right))
    assert found is not None
    assert (found.number, found.share) == (of, right / of)
    assert (found.low, found.high) == (pytest.approx(low, abs=1e-3), pytest.approx(high, abs=1e-3))


def test_only_what_was_drawn_at_random_says_how_good_the_reader_is() -> None:
    reviews = [a_review(), a_review("not-a-statement", sampled=False, confidence=0.4), a_review("wrong", act="accusation")]
    found = scores(reviews)
    assert found.sampled is not None
    assert (found.sampled.number, found.sampled.share) == (2, 0.5)
    assert {act: it.share for act, it in found.by_act.items()} == {Act.ACCUSATION: 0.0, Act.DENIAL: 1.0}
    assert {low: (it.number, it.share) for low, it in found.by_confidence.items()} == {0.0: (1, 0.0), 0.9: (2, 0.5)}
