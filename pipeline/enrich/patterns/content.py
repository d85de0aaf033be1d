"""What is said: the clause, quotation or object that a cue governs, as stretches of the text."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from spacy.tokens import Span

from pipeline.enrich.frames import Frame
from pipeline.enrich.patterns.clauses import CUTS, Clause, Opener, is_finite
from pipeline.enrich.patterns.compiled import Hit
from pipeline.enrich.patterns.page import Line, Page
from pipeline.enrich.patterns.phrases import Phrase, may_be_object
from pipeline.enrich.patterns.subjects import can_speak
from pipeline.enrich.sentences import OPENERS
from pipeline.words import Place

Piece = tuple[int, int]  # from a token to behind another

# Cues behind which what is said may stand beside them without a conjunction.
_SAYING = frozenset({"reports", "beside", "naming", "leaning", "verbs", "rejecting"})
# Verbs by which somebody may go on to speak.
_CUES = frozenset({"verbs", "rejecting", "reports", "naming", "leaning"})
# Cues that have an object of their own, which a colon goes on to explain.
_DECIDING = frozenset({"verbs", "rejecting", "naming"})
# What may stand between a noun and the verb of its sentence.
_INSERTED = frozenset({Opener.RELATIVE, Opener.SAID})
# How many sentences behind its own a quotation may go on.
_GOES_ON = 12


class Said(NamedTuple):
    content: tuple[Piece, ...]
    frame: Frame


def by_verb(hit: Hit, source: Sequence[Phrase], line: Line, page: Page) -> Said | None:
    """What was said, as far as this sentence has it, and how that was found; None where nothing is."""
    at = next((place for place, each in enumerate(line.clauses) if each.start <= hit.head < each.end), 0)
    own = line.clauses[at]
    if any(page.has(place, "pointers") for place in range(own.start, own.end)) and line.number > 0:
        before = page.lines[line.number - 1].span
        return Said(((before.start, before.end),), Frame.CLAUSE)
    if hit.entry.key == "adjectives" and page.grammar.verb_final:
        return _object(at, hit, source, line, page)  # whose object stands before its verb, and may have a clause behind it
    if (clause := _complement(at, line, page) or _bare_complement(at, hit, line, page)) is not None:
        return Said(_trimmed([(clause.inner, _end_of(clause, line, page))], page), Frame.CLAUSE)
    if (colon := _behind_colon(at, line)) is not None:
        own_object = _object(at, hit, source, line, page) if hit.entry.key in _DECIDING else None
        pieces = own_object.content if own_object is not None else ()
        own_words = [(start, min(end, colon.start)) for start, end in pieces if start < colon.start]
        content = _trimmed([*own_words, (colon.start, line.span.end)], page)
        return Said(content, Frame.OBJECT if own_words else Frame.CLAUSE)
    if own.opener is Opener.ASIDE:
        return Said(others_of([(own.start, own.end)], line, page), Frame.AROUND)
    naming = _object(at, hit, source, line, page) if hit.entry.key == "naming" else None
    if naming is not None:
        return naming
    if quotation := _quotation(hit, own, line, page):
        return Said(tuple(quotation), Frame.BESIDE)
    if hit.entry.key in _SAYING and _is_parenthesis(at, hit, source, line, page):
        return Said(others_of([(own.start, own.end)], line, page), Frame.AROUND)
    if hit.entry.key == "beside":
        return None
    return _object(at, hit, source, line, page)


def _behind_colon(at: int, line: Line) -> Clause | None:
    """What a colon announces, right behind the cue's clause or behind relative clauses of its object."""
    for clause in line.clauses[at + 1 :]:
        if clause.cut == ":":
            return clause
        if clause.opener not in {Opener.RELATIVE, Opener.ASIDE}:
            return None
    return None


def _complement(at: int, line: Line, page: Page) -> Clause | None:
    """The clause behind the cue's that a conjunction begins; asides without a verb may stand between."""
    for place, clause in enumerate(line.clauses[at + 1 : at + 4], at + 1):
        if clause.opener is Opener.SAID:
            return clause
        told = clause.opener is not Opener.RELATIVE and any(is_finite(token) for token in page.doc[clause.inner : clause.end])
        if told and not _is_inserted(place, line, page):
            return None
    return None


def _is_inserted(at: int, line: Line, page: Page) -> bool:
    """Whether a clause between commas, in which nobody reports, only describes the noun before it: "who asked not to be named"."""
    clause, behind = line.clauses[at], line.clauses[at + 1 : at + 2]
    silent = {place for hit in line.hits if hit.entry.key == "silent" for place in range(hit.first, hit.last + 1)}
    reporting = any(clause.start <= cue < clause.end for cue in _cues(line) - silent)
    return clause.cut == "،" and bool(behind) and behind[0].cut == "،" and behind[0].opener is Opener.SAID and not reporting


def _bare_complement(at: int, hit: Hit, line: Line, page: Page) -> Clause | None:
    """Where verbs end their clauses, the clause right behind the cue's, with no mark and no conjunction between."""
    if not page.grammar.verb_final or hit.entry.key not in _SAYING or at + 1 == len(line.clauses):
        return None
    clause = line.clauses[at + 1]
    plain = clause.opener is None or page.has(clause.start, "supposing")
    joined = clause.start in page.joins or clause.cut != ""
    return clause if plain and not joined and any(is_finite(token) for token in page.doc[clause.inner : line.span.end]) else None


def _end_of(clause: Clause, line: Line, page: Page) -> int:
    """Where what is said ends: before a clause in which the speaker goes on with another verb ("…, and called on")."""
    cues = {hit.head for hit in line.hits if hit.entry.key in _CUES} - set(page.quoted)
    for other in line.clauses:
        if other.start <= clause.start or other.opener is not None:
            continue
        verb = next((place for place in range(other.start, other.end) if place in cues), None)
        if verb is not None and not any(_may_act(each, page) for each in line.phrases if other.start <= each.start < verb):
            converb = "Conv" in page.doc[verb].morph.get("VerbForm", [])
            if converb or other.cut in {"", ","}:
                return other.start
    return line.span.end


def _may_act(phrase: Phrase, page: Page) -> bool:
    case = page.grammar.subject_case
    free = phrase.marker is None and not phrase.marked
    return free and (case in phrase.cases if case is not None else can_speak(phrase, page))


def _quotation(hit: Hit, own: Clause, line: Line, page: Page) -> list[Piece]:
    """The quotations of the sentence that are more than a part of the cue's own clause, else one that ends right before the sentence."""
    if hit.entry.key not in _SAYING:
        return []
    spans = {(span.start, span.end): span for token in line.span if (span := page.quoted.get(token.i)) is not None}
    found = [piece for piece, span in spans.items() if _is_whole(span, own, line)]
    before = line.span.start - 1
    while before > 0 and page.doc[before].is_space and "\n" not in page.doc[before].text:
        before -= 1
    if not found and not spans and before > 0 and before - 1 in page.quoted and own.start <= line.span.start + 1:
        span = page.quoted[before - 1]
        found = [(span.start, span.end)]
    return sorted(found)


def _is_whole(span: Span, own: Clause, line: Line) -> bool:
    """More than a part of the cue's clause, or of another one with a verb of its own."""
    if any(is_finite(token) for token in span):
        return True
    doc = span.doc
    others = (
        doc[place]
        for each in line.clauses
        for place in range(each.start, each.end)
        if _contains(each, span) and not span.start <= place < span.end
    )
    return not (own.start < span.start and span.end <= own.end) and not any(is_finite(token) for token in others)


def _contains(clause: Clause, span: Span) -> bool:
    return clause.start <= span.start and span.end <= clause.end


def _is_parenthesis(at: int, hit: Hit, source: Sequence[Phrase], line: Line, page: Page) -> bool:
    """`Drones are made there, Kyiv says.`: the cue's clause names who says it and nothing else, and stands behind what is said."""
    own = line.clauses[at]
    if at == 0 or own.cut not in {",", "—", "–", "-"} or own.opener is not None or own.start in page.joins:
        return False
    if source and not all(own.start <= each.start < own.end for each in source[:1]):
        return False
    if "Conv" in page.doc[hit.head].morph.get("VerbForm", []) or "Part" in page.doc[hit.head].morph.get("VerbForm", []):
        return False
    before = page.doc[line.span.start : own.start]
    cites = any(hit.entry.key == "according_to" and hit.last < own.start for hit in line.hits)
    if (page.grammar.verb_final or cites) and not any(is_finite(token) for token in before):
        return False
    first = next((place for place in range(own.start, own.end) if not page.doc[place].is_space), own.start)
    starts = hit.first <= first + 2 or any(first in each or first + 1 in each for each in source)
    return starts and any(not token.is_punct and not token.is_space for token in before)


def _object(at: int, hit: Hit, source: Sequence[Phrase], line: Line, page: Page) -> Said | None:
    """The cue's own clause without who speaks, and the clauses that go on from it."""
    own, end = _resumed(at, line, page), line.clauses[at].end
    for clause in line.clauses[at + 1 :]:
        if clause.opener is None and any(is_finite(page.doc[place]) for place in range(clause.start, clause.end)):
            break
        if clause.opener is None and any(place in _cues(line) for place in range(clause.start, clause.end)):
            break
        end = clause.end
    without = [(each.start, each.end) for each in source] + [(hit.head, hit.head + 1)]
    first = _first_object(own, hit.head, source, line, page)
    places = [place for place in range(first, end) if not any(start <= place < stop for start, stop in without)]
    pieces = _trimmed(_stretches(places), page, least=1)
    if not any(_is_content(place, page) for start, stop in pieces for place in range(start, stop)):
        alone = hit.entry.key in {"verbs", "passive", "adjectives"}
        return Said(((hit.head, hit.head + 1),), Frame.OBJECT) if alone else None
    infinitive = any("Inf" in page.doc[place].morph.get("VerbForm", []) for place in places if place > hit.head)
    return Said(pieces, Frame.INFINITIVE if infinitive else Frame.OBJECT)


def _resumed(at: int, line: Line, page: Page) -> Clause:
    """A clause, or the one that it goes on with behind another: "the claims that … made, X rejected"."""
    while at > 1 and _resumes(at, line, page):
        at -= 2
    return line.clauses[at]


def _resumes(at: int, line: Line, page: Page) -> bool:
    first, inserted, clause = line.clauses[at - 2 : at + 1]
    if page.grammar.verb_final:
        return clause.cut == "" and inserted.opener is Opener.RELATIVE
    waits = not any(is_finite(token) for token in page.doc[first.inner : first.end])
    return waits and first.opener is None and clause.opener is None and clause.cut == "," and inserted.opener in _INSERTED


def _is_content(place: int, page: Page) -> bool:
    return page.doc[place].pos_ in {"NOUN", "PROPN", "VERB", "PRON", "ADJ"} or page.has(place, "demonstratives")


def _first_object(own: Clause, cue: int, source: Sequence[Phrase], line: Line, page: Page) -> int:
    """Where the object before a cue begins, else the cue: what else stands before it belongs to the speaking ("in May the minister")."""
    before = [each for each in line.phrases if own.inner <= each.start and each.end <= cue and each not in source]
    if page.grammar.subject == (Place.FIRST,):
        return max((each.end for each in source if each.end <= cue), default=own.inner)
    this = next((place for place in range(own.inner, cue) if page.has(place, "demonstratives")), cue)
    return min(this, next((each.start for each in before if may_be_object(each, page.grammar)), cue))


def _cues(line: Line) -> set[int]:
    return {hit.head for hit in line.hits if hit.entry.key in _CUES}


def behind_noun(noun: int, owner: Phrase, line: Line, page: Page) -> tuple[Piece, ...]:
    """What a noun of an act is about: the clause behind its phrase, or what prepositions add to it."""
    clause = page.clause_of(noun)
    phrase = page.phrase_at.get(noun)
    end = max(owner.end, phrase.end if phrase else 0)
    at = line.clauses.index(clause)
    following = line.clauses[at + 1] if at + 1 < len(line.clauses) else None
    verbs = [place for place in range(end, clause.end) if is_finite(page.doc[place])]
    if following is not None and following.opener is Opener.SAID and end >= clause.end - 1 and not verbs:
        return _trimmed([(following.inner, _goes_to(at + 1, line, page))], page)
    verb = next((place for place in range(end, clause.end) if _ends_object(place, page)), clause.end)
    marked = next((each for each in line.phrases if end <= each.start <= end + 2 and each.marker is not None and each.start < verb), None)
    if marked is None:
        return ()
    if page.grammar.subject_case:
        free = (each.start for each in line.phrases if marked.end <= each.start < verb and _may_act(each, page))
        verb = min((place for place in free if place in page.named), default=verb)
    return _trimmed([(marked.start, verb)], page, least=1)


def _goes_to(at: int, line: Line, page: Page) -> int:
    """Where a clause about a noun ends: before the one that goes on with that noun."""
    behind = range(at + 1, len(line.clauses))
    return next((line.clauses[each].start for each in behind if each > 1 and _resumes(each, line, page)), line.span.end)


def _ends_object(place: int, page: Page) -> bool:
    """A verb, what marks all before it as its object, or what is said of the noun without a verb."""
    token = page.doc[place]
    return is_finite(token) or token.norm_ in page.grammar.object_markers or _is_predicate(place, page)


def _is_predicate(place: int, page: Page) -> bool:
    """`the claims «false»`, `Kyiv's claims false` is a sentence in Arabic: a quotation, or an adjective without the article of the noun
    before it."""
    token, before = page.doc[place], page.doc[place - 1]
    if page.grammar.subject_case or page.grammar.verb_final:
        return False
    definite = place - 1 in page.named or "Def" in before.morph.get("Definite", [])
    bare = token.pos_ == "ADJ" and not token.morph.get("Definite", []) and place not in page.named
    return token.text in OPENERS or (definite and bare)


def others_of(without: Iterable[Piece], line: Line, page: Page) -> tuple[Piece, ...]:
    """All of the sentence but some stretches."""
    cut = {place for start, end in without for place in range(start, end)}
    return _trimmed(_stretches([token.i for token in line.span if token.i not in cut]), page, least=1)


def _stretches(places: Sequence[int]) -> list[Piece]:
    found: list[Piece] = []
    for place in places:
        if found and place == found[-1][1]:
            found[-1] = (found[-1][0], place + 1)
        else:
            found.append((place, place + 1))
    return found


def _trimmed(pieces: Iterable[Piece], page: Page, least: int = 2) -> tuple[Piece, ...]:
    """Without punctuation and white space at their ends; what is shorter than `least` words is left out."""
    bare = [[place for place in range(*piece) if not _is_edge(place, page)] for piece in pieces]
    return tuple((places[0], places[-1] + 1) for places in bare if places and places[-1] + 1 - places[0] >= least)


def _is_edge(place: int, page: Page) -> bool:
    token = page.doc[place]
    return token.is_space or token.text in CUTS | {"."}


def widened(said: Said, cue: int, line: Line, page: Page) -> tuple[Piece, ...]:
    """Takes in every quotation that is touched, and the quoted sentences that go on behind."""
    pieces = list(said.content)
    for place, (start, end) in enumerate(pieces):
        touched = [page.quoted[other] for other in range(start, end) if other in page.quoted]
        if touched:
            first, last = min(start, *(span.start for span in touched)), max(end, *(span.end for span in touched))
            if not first <= cue < last:
                pieces[place] = (first, last)
    open_ = {span.end for start, end in pieces for place in range(start, end) if (span := page.quoted.get(place)) is not None}
    if open_ or said.frame in {Frame.BESIDE, Frame.AROUND}:
        pieces += _going_on(line, page)
    return tuple(sorted(set(pieces)))


def _going_on(line: Line, page: Page) -> list[Piece]:
    """Sentences behind the cue's that are quoted from their first word to their last, in the same paragraph, or in the next where the
    quotation is left open at the end of one."""
    more = []
    for number in range(line.number, min(line.number + _GOES_ON, len(page.lines) - 1)):
        sentence, before = page.lines[number + 1].span, page.lines[number].span
        gap = page.scene.text.find("\n", before.end_char, sentence.start_char)
        if gap >= 0 and gap not in page.left_open:
            break
        words = [token for token in sentence if not token.is_punct and not token.is_space]
        if not words or not all(token.i in page.quoted for token in words):
            break
        more.append((sentence.start, sentence.end))
    return more
