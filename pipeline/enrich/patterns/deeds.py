"""Who is said to do what: the deeds in a stretch of text, with the sides of those who do them."""

from collections.abc import Sequence

from pipeline.enrich.deeds import OTHER, SELF, Deed
from pipeline.enrich.patterns.clauses import is_finite
from pipeline.enrich.patterns.content import Piece
from pipeline.enrich.patterns.page import Page
from pipeline.enrich.patterns.phrases import Phrase
from pipeline.enrich.patterns.subjects import agents_of, is_negated, is_passive, is_possible, is_supposed, subject_of
from pipeline.gazetteer import Form

_REPORTING = ("reports", "beside", "naming", "verbs", "leaning", "rejecting")


# Verbs that are no deed though the subject is named with them.
_NO_DEEDS = ("event_verbs", "wishes", "possible", "negative_verbs", "coming")


def deeds_in(piece: Piece, page: Page) -> list[Deed]:
    """The deeds told in a stretch of text, in order."""
    found = []
    for place in range(*piece):
        if place not in page.deeds:
            page.deeds[place] = _deed_at(place, page)
        found.append(page.deeds[place])
    return [deed for deed in found if deed is not None]


def _deed_at(place: int, page: Page) -> Deed | None:
    """The deed that a word tells: a known one, or any other verb with the topic's things but those of speech, events and will."""
    token = page.doc[place]
    if token.pos_ == "NOUN":
        return _deed_of_noun(place, page)
    if token.pos_ != "VERB" and not (token.pos_ == "AUX" and page.is_head(place, "deeds")):
        return None
    if page.is_no_deed(place) or _is_attribute(place, page):
        return None
    deed = _deed(place, _verb_doers(place, page), page)
    other = deed.topical and not page.has(place, *_REPORTING, *_NO_DEEDS)
    return deed if page.has(place, "deeds") or other else None


def _deed_of_noun(place: int, page: Page) -> Deed | None:
    if page.is_head(place, "deeds"):
        return _deed(place, _verb_doers(place, page), page)
    if page.has(place, "deed_nouns") and not page.is_part(place, "deeds"):
        return _deed(place, noun_doers(place, page), page)
    return None


def _is_attribute(place: int, page: Page) -> bool:
    """A participle before a noun ("the supplied drones") tells a deed only where its doer stands with it."""
    token = page.doc[place]
    return "Part" in token.morph.get("VerbForm", []) and bool(token.morph.get("Case", [])) and not _verb_doers(place, page)


def _deed(place: int, doers: Sequence[str], page: Page) -> Deed:
    start, end = own_words_of(place, page)
    makers = [each.side for each in page.mentions(start, end) if each.form is Form.DEMONYM and each.side and each.side not in doers]
    return Deed(
        word=page.doc[place],
        doers=tuple(dict.fromkeys(doers)),
        makers=tuple(dict.fromkeys(makers)),
        topical=page.is_topical(start, end),
        negated=is_negated(place, page),
        supposed=is_supposed(place, page),
        possible=is_possible(place, page),
    )


def own_words_of(place: int, page: Page) -> Piece:
    """The deed's clause with the clauses behind it that have no verb of their own: their arms are its arms."""
    line, clause = page.line_of(place), page.clause_of(place)
    start, end = clause.start, clause.end
    for other in line.clauses:
        if other.start >= end and other.cut in {",", "", "(", "—", "–"}:
            if other.opener is not None or any(is_finite(token) for token in page.doc[other.start : other.end]):
                break
            end = other.end
    if page.doc[place].pos_ == "NOUN":
        return (min(start, place), end)
    return start, end


def _verb_doers(place: int, page: Page) -> list[str]:
    """Sides of the subject, or of a passive's agent."""
    if is_passive(place, page):
        return [side for phrase in agents_of(place, page) for side in _sides(phrase, page)]
    found: list[str] = []
    # What is only intended has the subject of the intention: «ایران قصد دارد ... بفرستد».
    intended = page.grammar.verb_final and "Sub" in page.doc[place].morph.get("Mood", [])
    for phrase in subject_of(place, page, speaking=intended):
        found += _subject_sides(phrase, page)
    if not found and "1" in page.doc[place].morph.get("Person", []):
        return [SELF]
    return found + _givers(place, page) + (_companions(place, page) if found and page.has(place, "companion_verbs") else [])


def _subject_sides(phrase: Phrase, page: Page) -> list[str]:
    sides = _sides(phrase, page)
    if page.has(phrase.head, "self"):
        return [SELF]
    if page.has(phrase.head, "person", "group") and not sides:
        return _named_before(phrase, page) or [OTHER]
    return sides or ([OTHER] if page.has(phrase.head, "states") else [])


def _named_before(phrase: Phrase, page: Page) -> list[str]:
    """The party named last before a pronoun in its sentence."""
    return page.sides(page.line_of(phrase.start).span.start, phrase.start)[-1:]


def _sides(phrase: Phrase, page: Page) -> list[str]:
    return page.sides(phrase.start, phrase.end)


def _givers(place: int, page: Page) -> list[str]:
    """`received from Iran`: who gives it takes part in it."""
    clause = page.clause_of(place)
    here = [each for each in page.line_of(place).phrases if clause.start <= each.start < clause.end and each.marker is not None]
    given = [each for each in here if each.marker is not None and page.has(each.marker, "givers")]
    return [side for phrase in given for side in _sides(phrase, page) if side in page.scene.topic.parties]


def _companions(place: int, page: Page) -> list[str]:
    """`collaborate with Iran`: who does it with them."""
    clause = page.clause_of(place)
    marked = [each for each in page.line_of(place).phrases if place < each.start < clause.end and each.marker is not None]
    return [side for phrase in marked for side in _sides(phrase, page)]


def noun_doers(place: int, page: Page) -> list[str]:
    """`Iran's supply of drones`: a name in its phrase, or by whom it is done; an adjective of nation only where it is the deed's."""
    agents = [side for phrase in agents_of(place, page) for side in _sides(phrase, page)]
    phrase = page.phrase_at.get(place)
    if agents or phrase is None:
        return agents
    if page.grammar.subject_case:
        before = [each.side for each in page.mentions(phrase.start, place) if each.side and phrase.head == place]
        own = [each.side for each in page.mentions(place + 1, min(place + 2, phrase.end)) if each.side and each.form is not Form.DEMONYM]
        return before or own
    sides = [each.side for each in page.mentions(place + 1, phrase.end) if each.side and each.form is not Form.DEMONYM]
    return sides[:1] if len(sides) > 1 else []
