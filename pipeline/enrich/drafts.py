"""A statement while it is put together. How sure it is depends on all the rest, and is weighed last."""

from dataclasses import dataclass

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
        return Statement(
            act=self.act,
            speaker=self.speaker,
            targets=self.targets,
            claims=self.claims,
            sentences=self.sentences,
            start=self.start,
            end=self.end,
            mode=self.mode,
            background=self.background,
            partial=partial,
            addressee_of=self.addressee_of,
            why=why,
        )
