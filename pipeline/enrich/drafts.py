"""A statement while it is put together. How sure it is depends on all the rest, and is weighed last."""

from dataclasses import dataclass, fields

from pipeline.enrich.judged import Reason
from pipeline.model import Act, Mode, Speaker, Statement, Why


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a statement was recognised by."""

    cue: str
    reason: Reason
    rule: str  # the reason with its act and frame
    negated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A statement but for its confidence and its extent; the fields are those of `Statement`.

    `addressee_of` counts in the list of all drafts.
    """

    act: Act
    speaker: Speaker
    targets: tuple[str, ...]
    claims: tuple[str, ...]
    sentences: tuple[int, ...]
    start: int
    end: int
    mode: Mode
    background: bool
    addressee_of: int | None
    why: Ground

    def stated(self, *, confidence: float, partial: bool) -> Statement:
        why = Why(cue=self.why.cue, rule=self.why.rule, negated=self.why.negated, confidence=confidence)
        same = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "why"}
        return Statement(**same, partial=partial, why=why)
