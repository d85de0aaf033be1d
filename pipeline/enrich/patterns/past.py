"""Background or news: whether a text recalls a statement as made earlier."""

from datetime import date

from pipeline.enrich.frames import LESS_THAN_CLAUSE
from pipeline.enrich.past import DAYS, YEAR
from pipeline.enrich.patterns.clauses import Opener, is_finite
from pipeline.enrich.patterns.compiled import has_features
from pipeline.enrich.patterns.page import Page
from pipeline.enrich.patterns.reports import PERFORMING, Report
from pipeline.model import Act

# Acts of which a standing position is told in the present.
_DISPUTED = frozenset({Act.ACCUSATION, Act.DENIAL, Act.ACKNOWLEDGEMENT})
# The sentences in which an adverb such as "earlier" may belong to the news.
_LEAD = 1


def is_recalled(report: Report, act: Act, page: Page, on: date | None) -> bool:
    """By words outside of what is said, by the verb's tense, by a day well before the text's own, or because somebody answers it."""
    line = page.lines[report.sentence]
    told = {place for start, end in report.content for place in range(start, end)} - _own_clause(report, page)
    around = [token.i for token in line.span if token.i not in told or token.i == report.cue]
    if any(_has_whole(hit.first, hit.last, around) for hit in line.hits if hit.entry.key == "phrases") or _is_dated(around, page, on):
        return True
    if report.entry.key in {"nouns", "neutral_nouns"}:
        return True
    verb = page.doc[report.cue]
    if any(has_features(verb, wanted) for wanted in page.words.recalling):
        return True
    if report.sentence <= _LEAD:
        return False
    if any(page.has(place, "adverbs") and page.clause_of(place).opener is not Opener.SAID for place in around):
        return True
    standing = any(has_features(verb, wanted) for wanted in page.words.standing)
    return standing and is_finite(verb) and act in _DISPUTED and report.entry.key in PERFORMING


def _own_clause(report: Report, page: Page) -> frozenset[int]:
    """Where a verb governs less than a clause, what stands in its own clause says when it was done."""
    clause = page.clause_of(report.cue)
    within = report.frame in LESS_THAN_CLAUSE and not page.grammar.subject_case
    return frozenset(place for place in range(clause.start, clause.end) if place not in page.quoted) if within else frozenset()


def _has_whole(first: int, last: int, around: list[int]) -> bool:
    return first in around and last in around


def _is_dated(around: list[int], page: Page, on: date | None) -> bool:
    """A year, or a day or month, well before the text's own."""
    if on is None:
        return False
    for place in around:
        token = page.doc[place]
        if YEAR.fullmatch(token.text) and int(token.text) < on.year:
            return True
        if {token.lemma_, token.norm_} & {*page.words.months} and _days_before(place, page, on) > DAYS:
            return True
    return False


def _days_before(place: int, page: Page, on: date) -> int:
    """How long before the text's day a named day was; of a month alone, its last day counts. 0 where that is no date."""
    token = page.doc[place]
    month = next(number for number, name in enumerate(page.words.months, 1) if name in {token.lemma_, token.norm_})
    beside = [page.doc[other].text for other in (place - 1, place + 1) if 0 <= other < len(page.doc)]
    day = next((int(text) for text in beside if text.isdigit() and 1 <= int(text) <= 31), 0)
    if not day and month == on.month:
        return 0
    year = on.year if (month, day) <= (on.month, on.day) else on.year - 1
    try:
        then = date(year, month, day or 28)
    except ValueError:
        return 0
    return (on - then).days
