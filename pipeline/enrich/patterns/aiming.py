"""Whom a statement is aimed at: those whose conduct it is, those whose accusation is answered, else who is named in it."""

from pipeline.enrich.judged import Judged, Reason
from pipeline.enrich.patterns.clauses import Opener
from pipeline.enrich.patterns.content import Piece
from pipeline.enrich.patterns.deeds import own_words_of
from pipeline.enrich.patterns.page import Page
from pipeline.enrich.patterns.phrases import Phrase
from pipeline.enrich.patterns.reports import Report, owner_of
from pipeline.enrich.patterns.subjects import is_free, subject_of
from pipeline.model import Act, EntityKind, Speaker


def targets(report: Report, speaker: Speaker, judged: Judged, page: Page) -> tuple[str, ...]:
    """As names of states. A denial's are those whose accusation it answers."""
    if judged.act is Act.ACKNOWLEDGEMENT:
        return ()
    names = page.scene.names
    own = {speaker.name, names.get(speaker.side or "", "")}
    if judged.act is Act.DENIAL:
        camp = {names.get(side, side) for side in page.scene.topic.parties}
        named = [name for name in _accusers(report, page) if name not in camp]
    elif judged.act is Act.ACCUSATION:
        named = _accused(report, judged, page)
    else:
        named = (
            _addressed(report, judged.act, page)
            + _threatened(report, judged.act, page)
            + [name for piece in report.content for name in _party_names(piece, page)]
        )
        named = [name for name in _outsiders(named, speaker, page) if name not in own]
        named = named[: 2 if judged.act in {Act.CRITICISM, Act.CONCERN} else 1]
    return tuple(name for name in dict.fromkeys(named) if name not in own)


def _addressed(report: Report, act: Act, page: Page) -> list[str]:
    """Of whom something is demanded, where that stands before the verb: «از ایران خواست»."""
    start = max([page.clause_of(report.cue).start, *(each.end for each in report.source if each.end <= report.cue)])
    return _party_names((start, report.cue), page) if act is Act.DEMAND else []


def _threatened(report: Report, act: Act, page: Page) -> list[str]:
    """Who will suffer: of the parties named in a threat, the subjects go first."""
    if act is not Act.THREAT:
        return []
    here = [each for start, end in report.content for each in page.line_of(start).phrases if start <= each.start and each.end <= end]
    return [name for each in here if is_free(each, page) for name in _party_names((each.start, each.end), page)]


def _outsiders(names: list[str], speaker: Speaker, page: Page) -> list[str]:
    """A party of the topic aims at nobody of its own camp where somebody else is named."""
    camp = {page.scene.names.get(side, side) for side in page.scene.topic.parties}
    others = [name for name in names if name not in camp]
    return others if others and speaker.side in page.scene.topic.parties else names


def _party_names(piece: Piece, page: Page) -> list[str]:
    """Names of the states spoken of, in their order; a bloc without a code has its own name."""
    names = page.scene.names
    found = [
        names.get(each.side or "", each.side or "") or (each.name if each.kind is EntityKind.STATE else "")
        for each in page.mentions(*piece)
    ]
    return [name for name in dict.fromkeys(found) if name]


def _accused(report: Report, judged: Judged, page: Page) -> list[str]:
    """Those whose conduct it is: doers of the deed, the accused object; both parties where it is joint work."""
    names, camp = page.scene.names, [page.scene.names.get(side, side) for side in sorted(page.scene.topic.parties)]
    named = [names.get(side, side) for side in judged.doers]
    if judged.reason is Reason.VERB:
        named = [name for phrase in _objects(report, page) for name in _party_names((phrase.start, phrase.end), page)][:3]
    told = [name for piece in report.content for name in _party_names(piece, page) if name in camp]
    if judged.reason is Reason.NOUN_WITH_CLAUSE and not named:
        named = [name for name in _first_named(report, page) if name in camp]
    if judged.reason is Reason.VERB and not named and not told:
        named = _meant(report, page)
    if judged.reason is Reason.LIE:
        return told[:1]
    if judged.reason is not Reason.VERB and (not named or _is_joint(report, judged, page)):
        named = list(dict.fromkeys(named + told))
    return named or told


def _meant(report: Report, page: Page) -> list[str]:
    """`accused it of lying`: of the parties to the topic, the one named last in the sentence before."""
    places = [place for start, end in report.content for place in range(start, end)]
    if report.sentence == 0 or not any(page.has(place, "person", "group") for place in places):
        return []
    before = page.lines[report.sentence - 1].span
    names = page.scene.names
    return [names.get(side, side) for side in page.sides(before.start, before.end) if side in page.scene.topic.parties][:1]


def _first_named(report: Report, page: Page) -> list[str]:
    """Whom the phrase names that stands right behind a noun of an act: `accusations against Iran of supplying …`."""
    start = min(piece[0] for piece in report.content)
    first = page.phrase_at.get(start) or next((each for each in page.line_of(start).phrases if each.start >= start), None)
    return _party_names((max(start, first.start), first.end), page) if first is not None else []


def _objects(report: Report, page: Page) -> list[Phrase]:
    """Whom the verb has as its object: the first phrase that is marked as one and names a party, with those joined to it."""
    if report.entry.key == "passive":
        return subject_of(report.cue, page)
    line, clause, case = page.line_of(report.cue), page.clause_of(report.cue), page.grammar.object_case
    here = [each for each in line.phrases if clause.start <= each.start < clause.end and each not in report.source]
    objects = [each for each in here if each.marked] or [
        each for each in here if each.marker is None and (case is None or case in each.cases) and each.start not in range(*_whole(report))
    ]
    found = [each for each in objects if page.mentions(each.start, each.end)]
    if not found and clause.opener is Opener.RELATIVE:
        return [each for each in line.phrases if each.end <= clause.start][-1:]
    return found[:2] if len(found) > 1 and found[1].start - found[0].end <= 1 else found[:1]


def _whole(report: Report) -> Piece:
    """From who speaks to the end of their name."""
    return (min(each.start for each in report.source), max(each.end for each in report.source)) if report.source else (0, 0)


def _is_joint(report: Report, judged: Judged, page: Page) -> bool:
    """Whether what is alleged is done by both: the deed is, or what hangs on it."""
    pieces = [own_words_of(judged.word.i, page)] if judged.word is not None else report.content
    return any(page.has(place, "joint") for start, end in pieces for place in range(start, end))


def _accusers(report: Report, page: Page) -> list[str]:
    """Whose claims they are: `claims by the CIA chief`, `the Western allegations`, `American officials repeat …`."""
    found: list[str] = []
    for start, end in report.content:
        for place in range(start, end):
            if page.has(place, "claim_nouns") and (owner := owner_of(place, page)) is not None:
                found += _party_names((owner.start, owner.end), page)
        first = next((each for each in page.line_of(start).phrases if start <= each.start and each.end <= end), None)
        if first is not None and first.marker is None and not page.has(first.head, "claim_nouns"):
            found += _party_names((first.start, first.end), page)
    return found
