"""One text with all that reading its statements needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from spacy.tokens import Span

from pipeline.enrich.families import Families
from pipeline.enrich.hearing import Ear
from pipeline.enrich.past import Past
from pipeline.enrich.sentences import Quotation
from pipeline.enrich.speakers import Cast
from pipeline.model import Mode, Speaker
from pipeline.words import LanguageRules


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One text, cut up and looked at: what every step from here on reads."""

    text: str
    sentences: Sequence[Span]
    quotations: Sequence[Quotation]
    cast: Cast
    words: LanguageRules
    ear: Ear
    past: Past
    names: Mapping[str, str]  # side to the state's canonical name
    families: Families
    author: Speaker | None  # of an opinion piece


def mode(start: int, end: int, quotations: Sequence[Quotation]) -> Mode:
    quoted = sum(max(0, min(quotation.end, end) - max(quotation.start, start)) for quotation in quotations)
    if not quoted:
        return Mode.INDIRECT
    return Mode.DIRECT if quoted >= 0.6 * (end - start) else Mode.MIXED
