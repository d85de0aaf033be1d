"""Statements of a text in a language without a parser, by patterns over its tokens.

`told` gives what the parse gives for English: the statements of single sentences. What comes after is common to all languages.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from spacy.tokens import Doc

from pipeline.enrich.drafts import Draft, Ground
from pipeline.enrich.frames import Frame
from pipeline.enrich.judged import Judged
from pipeline.enrich.patterns.aiming import targets
from pipeline.enrich.patterns.compiled import Entry, Patterns, compile_patterns, spelt
from pipeline.enrich.patterns.judging import acts_of
from pipeline.enrich.patterns.page import Line, Page, open_page
from pipeline.enrich.patterns.past import is_recalled
from pipeline.enrich.patterns.reports import Report, reports
from pipeline.enrich.patterns.voices import Voices, for_state
from pipeline.enrich.runs import join, stretched
from pipeline.enrich.scene import Scene, mode
from pipeline.enrich.speakers import Memory
from pipeline.enrich.statements import Told
from pipeline.model import Speaker, SpeakerKind

__all__ = ["Patterns", "compile_patterns", "spelt", "told"]


def told(doc: Doc, scene: Scene, words: Patterns, subject: Sequence[tuple[int, int]], on: date | None) -> Told:
    """The statements of single sentences, and who says the quoted sentences that make none."""
    page = open_page(doc, scene, words, subject)
    found = reports(page)
    voices = _voices(found, page)
    single: list[Draft] = []
    more: dict[int, str] = {}
    for report in found:
        for speaker in voices[report.cue]:
            if not _is_bystander(speaker, report, page):
                outer = voices.get(report.outer, ()) if report.outer is not None else ()
                stated = _by_sentence(report, for_state(speaker, outer), page, on)
                single += stated
                if not stated and not report.nested:
                    more |= dict.fromkeys(_sentences_of(report, page), speaker.name)
    return Told(single, more)


def _voices(found: Sequence[Report], page: Page) -> dict[int, tuple[Speaker, ...]]:
    """The cue of each report to those who speak, read from the first sentence to the last."""
    voices = Voices(page, Memory())
    by_cue: dict[int, tuple[Speaker, ...]] = {}
    seen = 0
    for report in found:
        while seen < report.sentence:
            voices.see(seen)
            seen += 1
        spoken = voices.of(report.source)
        last = voices.memory.last
        if not spoken and not report.source and not report.nobody and last is not None:
            spoken = (last,)
        by_cue[report.cue] = spoken
        if report.frame not in {Frame.NOUN_ALONE, Frame.NOUN_WITH_CLAUSE}:
            for speaker in spoken:
                voices.memory.note(speaker)
    return by_cue


def _is_bystander(speaker: Speaker, report: Report, page: Page) -> bool:
    """Unnamed experts speak for nobody; an outlet that is only the source of a report about somebody else's words neither."""
    if speaker.kind is SpeakerKind.MEDIA and (report.inner or report.nested):
        return True
    unnamed = speaker.kind is SpeakerKind.ANONYMOUS
    return unnamed and any(page.has(phrase.head, "bystanders") for phrase in report.source)


def _by_sentence(report: Report, speaker: Speaker, page: Page, on: date | None) -> list[Draft]:
    """What is said, judged sentence by sentence; one without an act of its own goes on with the act before it."""
    made: list[Draft] = []
    for number in _sentences_of(report, page):
        part = _part(report, page.lines[number])
        judged = acts_of(part, speaker.side, page) if part.content else []
        for each in judged:
            stated = _draft(part, report, speaker, each, page, on)
            before = next((place for place, other in enumerate(made) if other.act == stated.act), None)
            if before is None:
                made.append(stated)
            else:
                made[before] = join(made[before], stated, page.scene)
        if judged:
            continue
        if made:
            made[-1] = stretched(made[-1], number, page.scene)
        elif number < report.sentence:
            made = []
    return made


def _part(report: Report, line: Line) -> Report:
    """The share of a sentence in what is said; the cue's own keeps the cue's act, the others are only words."""
    span = line.span
    pieces = tuple((max(start, span.start), min(end, span.end)) for start, end in report.content if _touches(line, (start, end)))
    own = line.number == report.sentence or not _touches_cue(report)
    return replace(
        report,
        content=pieces,
        sentence=line.number,
        frame=report.frame if own else Frame.GOING_ON,
        entry=report.entry if own else Entry("reports"),
    )


def _touches_cue(report: Report) -> bool:
    """Whether what is said stands in the cue's own sentence at all; "he said so" means the one before."""
    return report.frame is not Frame.CLAUSE or any(end > report.cue for _, end in report.content)


def _draft(part: Report, report: Report, speaker: Speaker, judged: Judged, page: Page, on: date | None) -> Draft:
    span = page.lines[part.sentence].span
    pieces = [page.doc[start:end] for start, end in part.content]
    return Draft(
        act=judged.act,
        speaker=speaker,
        targets=targets(part, speaker, judged, page),
        claims=page.scene.claims(pieces, page.scene.named.within(span.start_char, span.end_char)),
        sentences=(part.sentence,),
        start=span.start_char,
        end=span.end_char,
        mode=mode(span.start_char, span.end_char, page.scene.quotations),
        background=is_recalled(report, judged.act, page, on),
        addressee_of=None,
        why=Ground(cue=judged.cue, reason=judged.reason, rule=judged.reason.rule(judged.act, part.frame), negated=part.negated),
    )


def _sentences_of(report: Report, page: Page) -> tuple[int, ...]:
    """The sentences that what is said reaches into and that of the cue, without a gap."""
    numbers = [report.sentence]
    for piece in report.content:
        numbers += [line.number for line in page.lines[max(0, report.sentence - 12) : report.sentence + 13] if _touches(line, piece)]
    return tuple(range(min(numbers), max(numbers) + 1))


def _touches(line: Line, piece: tuple[int, int]) -> bool:
    return min(line.span.end, piece[1]) - max(line.span.start, piece[0]) >= min(2, piece[1] - piece[0])
