"""How many statements are right, by what people have said of them. Values in, values out.

Only those that were drawn at random say how good the reader is: who looks at the doubtful ones finds more that are wrong.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

from pipeline.brief import Judged
from pipeline.model import Act

# Of the normal distribution: 95 % lie within so many deviations.
Z = 1.959964
BANDS = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95)
RIGHT = "right"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """What people have judged: of those drawn at random all and by act, and of all by the reader's own confidence (its least)."""

    sampled: Judged | None
    by_act: Mapping[Act, Judged]
    by_confidence: Mapping[float, Judged]


def scores(reviewed: Sequence[Mapping[str, Any]]) -> Scores:
    """Of statements' documents that have a review."""
    drawn = [it for it in reviewed if it["review"].get("sampled")]
    by_act = {act: judged(it for it in drawn if it["act"] == act) for act in Act}
    bands = zip(BANDS, (*BANDS[1:], 2.0), strict=True)
    by_confidence = {low: judged(it for it in reviewed if low <= it["why"]["confidence"] < high) for low, high in bands}
    return Scores(
        sampled=judged(drawn),
        by_act={act: found for act, found in by_act.items() if found},
        by_confidence={low: found for low, found in by_confidence.items() if found},
    )


def judged(reviewed: Iterable[Mapping[str, Any]]) -> Judged | None:
    """How many there are, the share that is right, and Wilson's score interval (Wilson 1927); None of none."""
    verdicts = [it["review"]["verdict"] == RIGHT for it in reviewed]
    number = len(verdicts)
    if not number:
        return None
    share = sum(verdicts) / number
    middle = (share + Z**2 / (2 * number)) / (1 + Z**2 / number)
    half = Z / (1 + Z**2 / number) * sqrt(share * (1 - share) / number + Z**2 / (4 * number**2))
    return Judged(number=number, share=share, low=max(0.0, middle - half), high=min(1.0, middle + half))
