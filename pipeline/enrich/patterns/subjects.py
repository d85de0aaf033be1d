"""Who does what a verb says, and whether it is done: the subject by a language's order and cases, negation, modality."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from spacy.tokens import Token

from pipeline.enrich.patterns.clauses import VERBS, Clause, Opener, is_finite
from pipeline.enrich.patterns.page import HOLDERS, PRONOUNS, SPEAKING, Line, Page
from pipeline.enrich.patterns.phrases import Phrase, joined, may_be_object
from pipeline.model import EntityKind
from pipeline.words import Place

# Between a negation and what it negates.
_PASSED = frozenset({"ADV", "AUX", "PART", "PRON", "DET", "ADJ"})
# An aside of so few words ("вероятно") belongs to the clause behind it.
_ASIDE = 2
# How many words before an infinitive its verb may stand.
_GOVERNS = 5


def subject_of(place: int, page: Page, *, speaking: bool = False, depth: int = 0) -> list[Phrase]:
    """Who does what the verb says, several where they are joined; `speaking`: only what can speak."""
    if depth:
        return _subject_of(place, page, speaking, depth)
    known = page.subjects.get((place, speaking))
    if known is None:
        known = page.subjects[place, speaking] = _subject_of(place, page, speaking, depth)
    return known


def _subject_of(place: int, page: Page, speaking: bool, depth: int) -> list[Phrase]:
    line, clause = page.line_of(place), page.clause_of(place)
    if depth > 3:
        return []
    if _is_dependent(page.doc[place]):
        return _of_dependent(place, line, clause, page, speaking, depth)
    here = [each for each in line.phrases if clause.inner <= each.start and each.end <= clause.end]
    goes_on = _goes_on(clause, place, page)
    able = [phrase for phrase in here if _may_be_subject(phrase, place, page, speaking)]
    sure = [phrase for phrase in able if not _is_rather_object(phrase, here, page)] if page.grammar.object_case is not None else able
    for where in page.grammar.subject:
        for phrase in _looked_for(where, here, place):
            if phrase in (sure or able):
                if goes_on and where is Place.BEHIND and _is_rather_object(phrase, here, page):
                    shared = _from_before(place, line, clause, page, speaking, depth)
                    return shared or joined(phrase, line.phrases, page.doc, page.joins)
                return joined(phrase, line.phrases, page.doc, page.joins)
    if clause.opener is Opener.SAID and (raised := _raised(clause, line, page)):
        return raised
    if clause.opener is Opener.RELATIVE:
        governed = page.doc[clause.start].pos_ == "ADP"  # "a letter in which he rejects …"
        shared = _from_before(place, line, clause, page, speaking, depth) if governed else []
        return shared or [each for each in line.phrases if each.end <= clause.start][-1:]
    return _from_before(place, line, clause, page, speaking, depth)


def _goes_on(clause: Clause, verb: int, page: Page) -> bool:
    """Whether a verb right behind "and" may share its subject with the verb before: "dismissed it and called on Kyiv to …"."""
    first = clause.start in page.joins
    between = [page.doc[place] for place in range(clause.start + 1, verb)]
    return first and all(token.pos_ in _PASSED for token in between)


def _is_rather_object(phrase: Phrase, here: Sequence[Phrase], page: Page) -> bool:
    """Of a language with cases, by its case; of another, where no second phrase is there to be the object."""
    if page.grammar.object_case is not None:
        return page.grammar.object_case in phrase.cases
    return sum(is_free(each, page) for each in here) < 2


def _raised(clause: Clause, line: Line, page: Page) -> list[Phrase]:
    """Whoever does it stands in the clause before, behind words such as "it happened to"."""
    for hit in line.hits:
        if hit.entry.key == "raised" and hit.last < clause.start <= hit.last + 3 * _GOVERNS:
            behind = [each for each in line.phrases if hit.last < each.start < clause.start]
            return [replace(behind[0], marker=None)] if behind else []
    return []


def _looked_for(where: Place, here: Sequence[Phrase], place: int) -> list[Phrase]:
    before = [each for each in here if each.end <= place]
    if where is Place.FIRST:
        return before
    return before[::-1] if where is Place.BEFORE else [each for each in here if each.start > place]


def _may_be_subject(phrase: Phrase, verb: int, page: Page, speaking: bool) -> bool:
    """As a phrase itself, and with those that are joined to it."""
    together = joined(phrase, page.line_of(phrase.start).phrases, page.doc, page.joins)
    free = all(is_free(each, page) for each in together if each.marker is None)
    return free and is_free(phrase, page) and agrees(phrase, page.doc[verb], page) and (not speaking or can_speak(phrase, page))


def is_free(phrase: Phrase, page: Page) -> bool:
    """Without a preposition or an object marker, in a case that a subject may have."""
    if phrase.marker is not None or phrase.marked or page.has(phrase.head, "ordinary", "pointers"):
        return False
    case = page.grammar.subject_case
    head = page.doc[phrase.head]
    return case is None or case in phrase.cases or (not phrase.cases and (phrase.head in page.named or head.pos_ in {"PROPN", "X"}))


def agrees(phrase: Phrase, verb: Token, page: Page) -> bool:
    """In number and gender, where both are told; people in office may be of either sex, and abbreviations have none.

    Without cases words agree in neither: a Persian verb is singular for things, and plural out of respect.
    """
    head = page.doc[phrase.head]
    if "1" in verb.morph.get("Person", []) or "2" in verb.morph.get("Person", []):
        return page.has(phrase.head, "self")
    number, gender = _differ(head, verb, "Number"), _differ(head, verb, "Gender")
    if not page.grammar.subject_case or not (number or gender):
        return True
    group = bool(joined(phrase, page.line_of(phrase.start).phrases, page.doc, page.joins)[1:]) or _is_list(phrase, page)
    named = any(each.kind is EntityKind.PERSON for each in page.mentions(phrase.start, phrase.end))
    free = named or page.has(phrase.head, *HOLDERS) or head.is_upper
    return group or (not number and (free or not gender))


def _differ(one: Token, other: Token, feature: str) -> bool:
    ours, theirs = one.morph.get(feature, []), other.morph.get(feature, [])
    return bool(ours and theirs) and not set(ours) & set(theirs)


def _is_list(phrase: Phrase, page: Page) -> bool:
    """A name that is a list itself: "Britain, France and Germany"."""
    return any(place in page.joins or page.doc[place].text == "," for place in range(phrase.start, phrase.end) if place in page.named)


def can_speak(phrase: Phrase, page: Page) -> bool:
    """A party that is named, a pronoun, somebody in office, an outlet, a paper, states; never a claim itself."""
    if page.has(phrase.head, *PRONOUNS):
        return True
    if page.has(phrase.head, *SPEAKING):
        return True
    if page.doc[phrase.head].pos_ == "PROPN" and any(page.has(place, *HOLDERS) for place in range(phrase.start, phrase.head)):
        return True
    return phrase.head in page.named or any(
        not page.is_owner(each, phrase) for each in page.mentions(phrase.start, phrase.end) if each.kind is EntityKind.PERSON
    )


def _is_dependent(verb: Token) -> bool:
    """An infinitive, participle or converb: its subject is that of another verb."""
    return verb.pos_ not in VERBS or not is_finite(verb)


def _of_dependent(place: int, line: Line, clause: Clause, page: Page, speaking: bool, depth: int) -> list[Phrase]:
    """Of an infinitive, whoever the verb before it is about; of a participle, the noun before it; of a converb, the main verb's subject."""
    forms = page.doc[place].morph.get("VerbForm", [])
    before = [each for each in line.phrases if each.end <= place]
    if "Part" in forms and page.doc[place].morph.get("Case", []) and before:
        return before[-1:] if "Act" in page.doc[place].morph.get("Voice", []) else []
    if "Inf" in forms and not page.grammar.verb_final:
        governor = governor_of(place, page)
        if governor is None:
            return []
        asked = [each for each in before if each.start > governor and may_be_object(each, page.grammar)]
        return asked[:1] if asked and page.has(governor, "wishes") else subject_of(governor, page, speaking=speaking, depth=depth + 1)
    finite = [token.i for token in line.span if is_finite(token) and token.i != place and token.i not in page.quoted]
    main = min(
        finite,
        key=lambda other: (page.clause_of(other) != clause, page.clause_of(other).opener is not None, abs(other - place)),
        default=None,
    )
    return subject_of(main, page, speaking=speaking, depth=depth + 1) if main is not None else []


def governor_of(place: int, page: Page) -> int | None:
    """The finite verb before an infinitive, in its clause and near."""
    clause = page.clause_of(place)
    for other in range(place - 1, max(clause.start, place - 2 * _GOVERNS) - 1, -1):
        if is_finite(page.doc[other]) or page.has(other, "wishes", "negative_verbs", "possible", "binding", "coming"):
            return other
    return None


def _from_before(place: int, line: Line, clause: Clause, page: Page, speaking: bool, depth: int) -> list[Phrase]:
    """The subject that stands in a clause before, with an aside between, or that the verb shares with another."""
    for other in reversed([each for each in line.clauses if each.end <= clause.start]):
        verbs = [token.i for token in page.doc[other.inner : other.end] if is_finite(token) and token.i not in page.quoted]
        if other.opener is not None and other.opener is not clause.opener:
            told = other.opener is Opener.SAID and clause.opener is None and not _is_inserted(other, line, page)
            if told and page.grammar.verb_final:
                break
            if not told or (verbs and speaking):  # "said that none were sent, and accused …": the verb of speech goes with "said"
                continue
        here = [each for each in line.phrases if other.inner <= each.start and each.end <= other.end]
        for phrase in here if page.grammar.subject == (Place.FIRST,) else reversed(here):
            if not verbs and _may_be_subject(phrase, place, page, speaking):
                return joined(phrase, line.phrases, page.doc, page.joins)
        if verbs:
            shared = subject_of(verbs[-1], page, speaking=speaking, depth=depth + 1)
            return shared if shared and agrees(shared[0], page.doc[place], page) else []
        if clause.opener is not None and other.opener is clause.opener:
            break
    conditions = [each for each in line.clauses if each.end <= clause.start and each.opener is Opener.OTHER]
    if page.grammar.verb_final and clause.opener is None and conditions:
        phrases = [each for each in line.phrases if conditions[-1].inner <= each.start and each.end <= conditions[-1].end]
        return [each for each in phrases if _may_be_subject(each, place, page, speaking)][:1]
    return []


def _is_inserted(clause: Clause, line: Line, page: Page) -> bool:
    """`He, saying that …, added`: where verbs end their clauses, one that stands within another whose verb is still to come."""
    before = next((each for each in reversed(line.clauses) if each.end <= clause.start), None)
    return page.grammar.verb_final and before is not None and not any(is_finite(token) for token in page.doc[before.inner : before.end])


def is_negated(place: int, page: Page, first: int | None = None) -> bool:
    """By its own form, by a negation before it, or by the verb that it completes; `first` is where a phrase begins that has its own."""
    token = page.doc[place]
    if first is not None and any(page.has(other, "negations") for other in range(first, place)):
        return False
    if "Neg" in token.morph.get("Polarity", []) or _has_negation_before(place, page):
        return True
    if "Inf" in token.morph.get("VerbForm", []) and (above := governor_of(place, page)) is not None:
        return "Neg" in page.doc[above].morph.get("Polarity", []) or _has_negation_before(above, page) or page.has(above, "negative_verbs")
    return False


def _has_negation_before(place: int, page: Page) -> bool:
    start = page.clause_of(place).start
    for other in range(place - 1, max(start, place - 4) - 1, -1):
        token = page.doc[other]
        if page.has(other, "negations"):
            return True
        if token.pos_ not in _PASSED:
            return False
    return False


def is_supposed(place: int, page: Page) -> bool:
    """Not told as a fact: behind "if", behind a wish, or at a distance ("the alleged transfer")."""
    clause = page.clause_of(place)
    opened = any(
        page.has(other, "supposing") for each in _governing(clause, page) for other in range(each.start, min(each.end, each.start + 3))
    )
    near = any(page.has(other, "supposing", "hedges") for other in range(max(clause.start, place - 3), min(clause.end, place + 3)))
    return opened or near or any(page.has(other, "wishes") for other in _above(place, page))


def _governing(clause: Clause, page: Page) -> Iterator[Clause]:
    """A clause and those whose bare complement it is: "if it is proved Russia has used …", where verbs end their clauses."""
    yield clause
    line = page.line_of(clause.start)
    at = line.clauses.index(clause)
    while page.grammar.verb_final and at > 0 and not clause.cut and clause.opener is None and clause.start not in page.joins:
        at -= 1
        clause = line.clauses[at]
        yield clause


def is_possible(place: int, page: Page) -> bool:
    clause = page.clause_of(place)
    asides = [each for each in page.line_of(place).clauses if each.end <= clause.start and each.end - each.start <= _ASIDE]
    before = [*range(clause.start, place), *(other for each in asides[-1:] for other in range(each.start, each.end))]
    return any(page.has(other, "possible") for other in (*before, *_above(place, page)))


def is_bidden(place: int, page: Page) -> bool:
    """`must stop`: not done yet."""
    clause = page.clause_of(place)
    return any(page.has(other, "binding") for other in range(clause.start, clause.end))


def is_coming(place: int, page: Page) -> bool:
    token = page.doc[place]
    if "Fut" in token.morph.get("Tense", []):
        return True
    clause = page.clause_of(place)
    return any(page.has(other, "coming") for other in range(max(clause.start, place - _GOVERNS), place))


def _above(place: int, page: Page) -> Iterator[int]:
    """The verb that an infinitive completes."""
    if "Inf" in page.doc[place].morph.get("VerbForm", []) and (above := governor_of(place, page)) is not None:
        yield above


def is_unsaid(place: int, page: Page, first: int | None = None) -> bool:
    """Nothing was said yet: behind "if", in an infinitive that is only wished for, in an order; `first` is where the phrase begins."""
    token = page.doc[place]
    clause = page.clause_of(place)
    if "Imp" in token.morph.get("Mood", []):
        return True
    if any(page.has(other, "supposing") for other in range(clause.start, min(clause.end, clause.start + 2))):
        return True
    if "Inf" not in token.morph.get("VerbForm", []):
        return False
    if page.grammar.verb_final:
        before = (place if first is None else first) - 1
        return before < clause.start or page.doc[before].norm_ not in page.grammar.accompanying
    above = governor_of(place, page)
    return above is None or page.has(above, "wishes", "possible", "binding", "coming", "negative_verbs") or is_coming(above, page)


def is_passive(place: int, page: Page) -> bool:
    return "Pass" in page.doc[place].morph.get("Voice", [])


def agents_of(place: int, page: Page) -> list[Phrase]:
    """By whom: a phrase in the case of doers, or behind words such as "on the part of"."""
    line, clause = page.line_of(place), page.clause_of(place)
    here = [each for each in line.phrases if clause.start <= each.start and each.end <= clause.end]
    for hit in line.hits:
        if hit.entry.key == "agents" and clause.start <= hit.first < clause.end:
            behind = [each for each in line.phrases if hit.last < each.start <= hit.last + 2 or hit.last in each]
            return [_without(behind[0], hit.last)] if behind else []
    case = page.grammar.agent_case
    named = [each for each in here if each.marker is None and case in each.cases and each.start > place and can_speak(each, page)]
    return named[:1] if case is not None else []


def _without(phrase: Phrase, place: int) -> Phrase:
    """What is left of a phrase behind one of its words."""
    start = max(phrase.start, place + 1)
    return Phrase(start, phrase.end, max(start, phrase.head), phrase.cases)


def _is_body(phrase: Phrase, page: Page) -> bool:
    """A party or a paper; of other words, one with a party's name that is neither a claim nor a deed ("in the office of Zelensky")."""
    if phrase.head in page.named or page.has(phrase.head, *SPEAKING):
        return True
    return bool(page.mentions(phrase.start, phrase.end)) and not page.has(phrase.head, "claim_nouns", "deed_nouns")


def impersonal_of(place: int, page: Page) -> list[Phrase]:
    """`in the Kremlin they deny it`: a body that a preposition governs speaks where a plural verb, or one of what a paper says, has no
    subject of its own that could be nothing else."""
    verb, line, clause = page.doc[place], page.line_of(place), page.clause_of(place)
    here = [each for each in line.phrases if clause.start <= each.start and each.end <= clause.end]
    if not page.grammar.impersonal or any(_is_surely_subject(each, place, page) for each in here):
        return []
    several = "Plur" in verb.morph.get("Number", [])
    before = [each for each in here if each.end <= place and each.head in page.named]
    if any(_may_be_subject(each, place, page, speaking=True) for each in before):
        return []
    for phrase in here:
        marker = page.doc[phrase.marker].norm_ if phrase.marker is not None else ""
        if marker in page.grammar.impersonal and (_is_body(phrase, page) if several else page.has(phrase.head, "documents")):
            return joined(phrase, line.phrases, page.doc, page.joins)
    return []


def _is_surely_subject(phrase: Phrase, verb: int, page: Page) -> bool:
    return page.grammar.object_case not in phrase.cases and _may_be_subject(phrase, verb, page, speaking=True)
