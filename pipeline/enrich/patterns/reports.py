"""Reported speech: which word says that somebody says something, who that is, and what was said. Acts do not matter here yet.

Cues are the verbs and nouns of the language's file, "according to" and "Name: words". Those inside of quotation marks belong to what is
said and are passed over.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from pipeline.enrich.frames import LESS_THAN_CLAUSE, Frame
from pipeline.enrich.patterns.clauses import Opener, is_finite
from pipeline.enrich.patterns.compiled import Entry, Hit
from pipeline.enrich.patterns.content import Piece, Said, behind_noun, by_verb, others_of, widened
from pipeline.enrich.patterns.page import PRONOUNS, Line, Page
from pipeline.enrich.patterns.phrases import Phrase, joined
from pipeline.enrich.patterns.subjects import (
    agents_of,
    agrees,
    can_speak,
    impersonal_of,
    is_coming,
    is_negated,
    is_passive,
    is_unsaid,
    subject_of,
)

# Keys of the file whose words can be a cue, the stronger first: what performs an act goes before what only reports.
VERBS = ("verbs", "passive", "adjectives", "rejecting", "leaning", "naming", "reports", "beside")
NOUNS = ("nouns", "neutral_nouns")
PERFORMING = frozenset({"verbs", "passive", "adjectives", "rejecting"})
# Who says more in one sentence has no sentence: without a bound a list of words costs the square of its length.
MOST = 24
# A name with an office before a colon.
_LONGEST_NAME = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One report of speech. Numbers are those of the text's tokens; `content` may be in several pieces and in several sentences."""

    cue: int
    text: str  # the cue as it stands
    entry: Entry
    source: tuple[Phrase, ...]  # several who speak together; empty where the clause names nobody
    content: tuple[Piece, ...]
    sentence: int
    frame: Frame
    negated: bool  # or not said yet
    nobody: bool = False  # a passive that names no doer
    nested: bool = False  # stands inside what another says in this sentence
    outer: int | None = None  # that one's cue
    inner: frozenset[int] = frozenset()  # tokens of the content that a nested report says


def reports(page: Page) -> list[Report]:
    """All reports of a text in the order of their cues."""
    found: list[Report] = []
    for line in page.lines:
        silent = [hit for hit in line.hits if hit.entry.key == "silent"]
        here = [each for each in islice(_of_line(line, page), MOST) if not any(hit.first <= each.cue <= hit.last for hit in silent)]
        here = [replace(each, content=widened(Said(each.content, each.frame), each.cue, line, page)) for each in here if each.content]
        found += _nested(_shared(_passed_on(sorted(here, key=lambda each: each.cue), page), page), page)
    return found


def _of_line(line: Line, page: Page) -> Iterator[Report]:
    cited = [hit for hit in line.hits if hit.entry.key == "according_to" and hit.first not in page.quoted and not _is_object_of(hit, page)]
    according = _longest(cited)
    for hit in according:
        yield from _by_preposition(hit, line, page)
    taken = {place for hit in according for place in range(hit.first, hit.last + 1)}
    for hit in _cues(line, VERBS, page):
        if hit.head not in taken and not _is_attribute(hit.head, page):
            yield from _by_verb(hit, line, page)
            taken |= set(range(hit.first, hit.last + 1))
    for hit in _cues(line, NOUNS, page):
        if hit.head not in taken:
            yield from _by_noun(hit, line, page)
    yield from _by_colon(line, page)


def _longest(hits: Sequence[Hit]) -> list[Hit]:
    """Those that stand in no longer one."""
    return [
        hit
        for hit in hits
        if not any(
            other.first <= hit.first and hit.last <= other.last and other.last - other.first > hit.last - hit.first for other in hits
        )
    ]


def _is_object_of(hit: Hit, page: Page) -> bool:
    """`in reaction to X's claim`: words that a noun before them governs name no source, where verbs end their clauses."""
    before = hit.first - 1
    if not page.grammar.verb_final or before < page.clause_of(hit.first).start:
        return False
    return page.doc[before].pos_ == "NOUN" and before not in page.named


def _cues(line: Line, keys: Sequence[str], page: Page) -> list[Hit]:
    """For each word that is one the strongest cue: the longest phrase, then the first of the keys."""
    best: dict[int, Hit] = {}
    for hit in line.hits:
        if hit.entry.key in keys and hit.head not in page.quoted:
            before = best.get(hit.head)
            if before is None or _strength(hit, keys) > _strength(before, keys):
                best[hit.head] = hit
    covered = {place for hit in best.values() for place in range(hit.first, hit.last + 1) if place != hit.head}
    return [hit for place, hit in sorted(best.items()) if place not in covered]


def _strength(hit: Hit, keys: Sequence[str]) -> tuple[int, int]:
    return hit.last - hit.first, -keys.index(hit.entry.key)


def _is_attribute(place: int, page: Page) -> bool:
    """`the rejected claims`: a participle at a noun tells what somebody else did."""
    token = page.doc[place]
    declined = "Part" in token.morph.get("VerbForm", []) and bool(token.morph.get("Case", []))
    return declined and "Pass" in token.morph.get("Voice", [])


def _by_verb(hit: Hit, line: Line, page: Page) -> Iterator[Report]:
    verb = hit.head
    passive = hit.entry.key == "passive" or (hit.entry.key != "adjectives" and is_passive(verb, page))
    source = agents_of(verb, page) if passive else impersonal_of(verb, page) or subject_of(verb, page, speaking=True)
    source = _cited(line, page) or source or agents_of(verb, page)
    said = by_verb(hit, source, line, page)
    if said is not None:
        yield Report(
            cue=verb,
            text=page.doc[hit.first : hit.last + 1].text if hit.last - hit.first < 5 else page.doc[verb].text,
            entry=hit.entry,
            source=tuple(source),
            content=said.content,
            sentence=line.number,
            frame=Frame.ADJECTIVE if hit.entry.key == "adjectives" and said.frame is Frame.OBJECT else said.frame,
            negated=is_negated(verb, page, hit.first)
            or is_unsaid(verb, page, hit.first)
            or is_coming(verb, page)
            or line.span[-1].text in {"?", "؟"},
            nobody=passive and not source,
        )


def _cited(line: Line, page: Page) -> list[Phrase]:
    """`TASS says, with reference to the ministry, …`: whoever is cited by name; of unnamed sources, the outlet is the speaker."""
    for hit in line.hits:
        behind = [each for each in line.phrases if hit.last < each.start <= hit.last + 2] if hit.entry.key == "citing" else []
        if behind and can_speak(behind[0], page) and not page.has(behind[0].head, "officials", "anonymous", "media", "documents"):
            named = page.mentions(behind[0].start, behind[0].end)
            return behind[:1] if named and named[0].body != "media" else []
    return []


def _by_preposition(hit: Hit, line: Line, page: Page) -> Iterator[Report]:
    """`according to X, …`: the rest of the sentence is what X says; X may stand inside of the phrase ("in his words")."""
    pronoun = next((place for place in range(hit.first, hit.last + 1) if page.has(place, *PRONOUNS)), None)
    behind = [each for each in line.phrases if hit.last < each.start <= hit.last + 2]
    owned = [each for each in line.phrases if hit.last in each and each.end > hit.last + 1]
    if hit.last + 1 < len(page.doc) and page.has(hit.last + 1, "relatives"):
        return
    if pronoun is not None:
        source, end = [Phrase(pronoun, pronoun + 1, pronoun, frozenset())], hit.last + 1
    elif owned:
        end = owned[0].end
        source = [_owner_in(owned[0], hit.last, page)]
    elif behind:
        source = joined(replace(behind[0], marker=None), [replace(behind[0], marker=None), *line.phrases], page.doc, page.joins)
        end = source[-1].end
    else:
        return
    clause = page.clause_of(end - 1)
    if not any(is_finite(page.doc[place]) for place in range(end, clause.end)):
        end = clause.end
    yield Report(
        cue=hit.first,
        text=page.doc[hit.first : hit.last + 1].text,
        entry=hit.entry,
        source=tuple(source),
        content=others_of([(hit.first, end)], line, page),
        sentence=line.number,
        frame=Frame.ACCORDING_TO,
        negated=False,
    )


def _owner_in(phrase: Phrase, place: int, page: Page) -> Phrase:
    """What stands in a phrase behind one of its words."""
    start = place + 1
    head = next((other for other in range(start, phrase.end) if other in page.named), start)
    return Phrase(start, phrase.end, head, frozenset(page.doc[head].morph.get("Case", [])))


def _by_noun(hit: Hit, line: Line, page: Page) -> Iterator[Report]:
    """`Kyiv's allegations that …`: a noun with its owner and what it is about."""
    owner = owner_of(hit.head, page)
    if owner is None:
        return
    content = behind_noun(hit.head, owner, line, page)
    alone = not content and hit.entry.act is not None and hit.entry.act.value == "denial"
    if content or alone:
        yield Report(
            cue=hit.head,
            text=page.doc[hit.head].text,
            entry=hit.entry,
            source=(owner,),
            content=content or ((hit.head, hit.head + 1),),
            sentence=line.number,
            frame=Frame.NOUN_ALONE if alone else Frame.NOUN_WITH_CLAUSE,
            negated=False,
        )


def owner_of(noun: int, page: Page) -> Phrase | None:
    """Whose claim it is: a name in its phrase ("обвинения Киева", "украинские обвинения"), or by whom it was made."""
    phrase = page.phrase_at.get(noun)
    if phrase is None or phrase.head != noun:
        return None
    for place in range(phrase.start, phrase.end):
        if place != noun and place in page.named:
            mention = page.named[place]
            end = phrase.end
            if page.grammar.subject_case:
                end = next((other for other in range(place, phrase.end) if page.named.get(other) is not mention), phrase.end)
            start = noun + 1 if place > noun else place
            return Phrase(start, end, place, phrase.cases)
    if noun + 1 < phrase.end and page.has(noun + 1, *PRONOUNS):
        return Phrase(noun + 1, noun + 2, noun + 1, phrase.cases)
    agents = agents_of(noun, page)
    return agents[0] if agents else None


def _by_colon(line: Line, page: Page) -> Iterator[Report]:
    """`Iran: no drones went to Russia`, as headlines and minutes have it."""
    if len(line.clauses) < 2 or line.clauses[1].cut != ":" or line.clauses[0].end - line.span.start > _LONGEST_NAME:
        return
    first = line.clauses[0]
    if any(is_finite(page.doc[place]) for place in range(first.start, first.end)):
        return
    source = [each for each in line.phrases if each.end <= first.end and each.marker is None and can_speak(each, page)]
    if source and not page.has(first.start, "documents"):
        yield Report(
            cue=first.end,
            text=":",
            entry=Entry("reports"),
            source=tuple(source[:1]),
            content=((line.clauses[1].start, line.span.end),),
            sentence=line.number,
            frame=Frame.COLON,
            negated=False,
        )


def _passed_on(found: Sequence[Report], page: Page) -> list[Report]:
    """`Reuters reported, according to Blinken, that …`: what an outlet only passes on, whoever is named has said."""
    cited = {page.clause_of(each.cue): each for each in found if each.frame is Frame.ACCORDING_TO}
    dropped: set[int] = set()
    done: list[Report] = []
    for each in found:
        by = cited.get(page.clause_of(each.cue))
        if by is not None and by is not each and each.frame is Frame.CLAUSE and _is_outlet(each, page):
            dropped.add(by.cue)
            named = any(page.mentions(phrase.start, phrase.end) for phrase in by.source) and not _is_outlet(by, page)
            done.append(replace(each, source=by.source) if named else each)
        else:
            done.append(each)
    return [each for each in done if each.frame is not Frame.ACCORDING_TO or each.cue not in dropped]


def _is_outlet(report: Report, page: Page) -> bool:
    mentions = [mention for phrase in report.source for mention in page.mentions(phrase.start, phrase.end)]
    return any(mention.body == "media" for mention in mentions) or any(page.has(phrase.head, "media") for phrase in report.source)


def _shared(found: Sequence[Report], page: Page) -> list[Report]:
    """A cue without a subject of its own has that of another one in its sentence: the one before it, else the one behind."""
    return [each if each.source or each.nobody else _lent(place, found, page) for place, each in enumerate(found)]


def _lent(place: int, found: Sequence[Report], page: Page) -> Report:
    each, cue = found[place], page.doc[found[place].cue]
    near = (*reversed(found[:place]), *found[place + 1 :])
    lends = (other for other in near if other.source and other.frame not in _OWNED and agrees(other.source[0], cue, page))
    lender = next(lends, None)
    return replace(each, source=lender.source) if lender is not None else each


_OWNED = frozenset({Frame.NOUN_ALONE, Frame.NOUN_WITH_CLAUSE, Frame.ACCORDING_TO})


def _nested(found: Sequence[Report], page: Page) -> list[Report]:
    """Marks what is said inside of what another says, so that each deed is told by one speaker only.

    An outlet that reports on somebody else's words says nothing itself, and nothing is said inside of it.
    """
    placed = []
    passing = {each.cue for each in found if each.frame is Frame.ACCORDING_TO and _is_outlet(each, page)}
    told = [frozenset(place for start, end in each.content for place in range(start, end)) for each in found]
    for at, each in enumerate(found):
        others = [number for number in range(len(found)) if number != at]
        outer = {
            number
            for number in others
            if each.cue in told[number] and found[number].source != each.source and found[number].cue not in passing
        }
        held = [number for number in others if number not in outer and found[number].cue in told[at]]
        inside = [number for number in held if (_tells(found[number]) and not found[number].nobody) or each.cue in passing]
        tokens = frozenset[int]().union(*(told[number] for number in inside), (found[number].cue for number in inside))
        nearest = min((found[number].cue for number in outer), key=lambda place: abs(place - each.cue), default=None)
        placed.append(replace(each, nested=bool(outer), outer=nearest, inner=tokens))
    return placed


def _tells(nested: Report) -> bool:
    """Whether a nested report is a statement of its own: it performs an act, or has a clause."""
    return nested.entry.key in PERFORMING or nested.frame not in LESS_THAN_CLAUSE


__all__ = ["Opener", "Report", "owner_of", "reports"]
