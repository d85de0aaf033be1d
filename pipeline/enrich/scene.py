"""One text with all that putting its statements together needs, whatever its language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from spacy.tokens import Span

from pipeline.enrich.entities import Mention
from pipeline.enrich.named import Named
from pipeline.enrich.sentences import Quotation
from pipeline.model import Mode
from pipeline.rules import Topic


class ClaimFinder(Protocol):
    """The claim families that the spans of one statement are about; `context` are those of the statement that it may point back to."""

    def __call__(self, spans: Sequence[Span], mentions: Sequence[Mention], *, context: Sequence[str] = ()) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One text, cut up and looked at: what every step from here on reads."""

    text: str
    sentences: Sequence[Span]
    quotations: Sequence[Quotation]
    named: Named
    topic: Topic
    names: Mapping[str, str]  # side to the state's canonical name
    families: Sequence[str]  # the topic's claim families in their order
    claims: ClaimFinder
    weights: Mapping[str, float]  # of what is known of a statement, for how sure it is


def mode(start: int, end: int, quotations: Sequence[Quotation]) -> Mode:
    quoted = sum(max(0, min(quotation.end, end) - max(quotation.start, start)) for quotation in quotations)
    if not quoted:
        return Mode.INDIRECT
    return Mode.DIRECT if quoted >= 0.6 * (end - start) else Mode.MIXED
