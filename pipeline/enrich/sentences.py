"""Sentences and quotations of a text, with exact offsets. The parse comes later and keeps to these sentences."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from spacy.attrs import SENT_START
from spacy.language import Language
from spacy.tokens import Doc, Span, Token

from pipeline.words import Abbreviations

# What ends a sentence, and what may still follow before it has ended.
STOPS = frozenset({".", "!", "?", "…", "...", "؟", "。", "!!", "?!", "....", "?\u201d"})
CLOSERS = frozenset({'"', "'", "”", "’", "''", "»", ")", "]"})
# Dots that may only be a pause. Where letters have no capitals, nothing tells that a sentence begins behind them.
PAUSES = frozenset({"…", "...", "...."})
OPENERS = frozenset({'"', "“", "‘", "``", "«", "(", "[", "„"})
# Opening marks to closing ones; some newspapers set two single marks for both.
MARKS = {"‘": "’", '"': '"', "“": "”", "«": "»", "„": "“", "``": "''", "''": "''"}
_DASH = re.compile(r"\s*[—–-]\s+")
_DASHED = re.compile(r"[,.!?…]\s+[—–-]\s+")
_MARK = re.compile("''|``|[‘’\"“”«»„]")

# No sentence of a newspaper is as long; without a bound one without a full stop costs the square of its length.
LONGEST = 200
# In tokens: "ST. PETERSBURG, Russia, Dec. 16 (Agency)"; one that begins with a small letter has the place and the agency alone.
_LONGEST_DATELINE, _SHORT_DATELINE = 16, 8
# The tokenizer takes the square of a stretch without white space: 100,000 quotation marks keep it busy for minutes.
UNBROKEN = re.compile(r"\S{500,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotation:
    """Text between quotation marks: `start` is after the opening mark, `end` before the closing one."""

    start: int
    end: int


def tokens(text: str, nlp: Language) -> Doc:
    """The tokens of a text; a stretch of 500 characters without white space is one, whatever it is."""
    pieces, place = [], 0
    for found in UNBROKEN.finditer(text):
        if found.start() > place:
            pieces.append(nlp.make_doc(text[place : found.start()]))
        pieces.append(Doc(nlp.vocab, words=[found.group()], spaces=[False]))
        place = found.end()
    if not pieces:
        return nlp.make_doc(text)
    if place < len(text):
        pieces.append(nlp.make_doc(text[place:]))
    whole = Doc.from_docs(pieces, ensure_whitespace=False)
    assert whole is not None
    return whole


def split(doc: Doc, abbreviations: Abbreviations) -> Doc:
    """Marks where sentences begin; every paragraph begins one, a stretch of 200 tokens ends one, and so does a dateline."""
    starts = []
    began, dated = 0, _behind_dateline(doc)
    for token in doc:
        start = token.i in {0, dated} or token.i - began >= LONGEST or _begins(doc, token, abbreviations)
        began = token.i if start else began
        starts.append(1 if start else -1)
    # One by one, each would be checked against the whole text.
    values = np.array(starts, dtype="int64").astype("uint64").reshape(-1, 1)
    return doc.from_array([SENT_START], values)  # type: ignore[arg-type]  # its own name for an array of two dimensions


def _begins(doc: Doc, token: Token, abbreviations: Abbreviations) -> bool:
    if token.is_space:
        return False
    before = token.i - 1
    while before >= 0 and doc[before].is_space and token.i - before < LONGEST:
        if "\n" in doc[before].text:
            return True
        before -= 1
    if before < 0:
        return True
    if token.text in CLOSERS and not _opens(doc, token):
        return False
    if _opens(doc, doc[before]):
        return False
    last = before
    while (
        last > 0 and before - last < LONGEST and doc[last].text in CLOSERS and not doc[last].whitespace_ == doc[last - 1].whitespace_ == " "
    ):
        last -= 1
    end = doc[last]
    if (
        end.text == "."
        and last > 0
        and f"{doc[last - 1].lower_}." in abbreviations.titles
        and not doc[last - 1].whitespace_
        and _goes_on(doc, last, token, abbreviations)
    ):
        return False
    if end.text in STOPS:
        return _may_begin(token) and not (end.text in PAUSES and _has_no_case(token.text[0]))
    return end.text.endswith(".") and len(end) > 1 and end.lower_ not in abbreviations.titles and _abbreviation_ends(token, abbreviations)


def _goes_on(doc: Doc, stop: int, token: Token, abbreviations: Abbreviations) -> bool:
    """`No. 7`, `Lt. Col. Brown`: a title with a point of its own, before a number or a name."""
    return f"{doc[stop - 1].lower_}." not in abbreviations.numbers or token.text[0].isdigit()


def _may_begin(token: Token) -> bool:
    first = token.text[0]
    return not first.islower() and token.text not in {",", ";", ":", "—", "–", "-"}


def _has_no_case(letter: str) -> bool:
    return letter.isalpha() and letter.upper() == letter.lower()


def _opens(doc: Doc, token: Token) -> bool:
    """A straight mark opens where white space stands before it and none behind."""
    return (
        token.text in OPENERS
        and not token.whitespace_
        and (token.i == 0 or bool(doc[token.i - 1].whitespace_) or doc[token.i - 1].is_space)
    )


def _abbreviation_ends(token: Token, abbreviations: Abbreviations) -> bool:
    """`U.S.` and its like end a sentence only where a function word with a capital follows."""
    return token.is_title and token.lower_ in abbreviations.openers


def _stop_of_dateline(doc: Doc, first: int) -> int | None:
    """The full stop of `MOSCOW, October 18.`, a place in capitals and a day, or of the agency behind it between strokes."""
    place = doc[first] if first + 1 < len(doc) else None
    if place is None or not place.is_upper or len(place) <= 2 or doc[first + 1].text != ",":
        return None
    day = next((token for token in doc[first + 2 : first + _SHORT_DATELINE] if token.like_num or token.text in STOPS), None)
    stop = next((token.i for token in doc[first + 3 : first + _SHORT_DATELINE] if token.text.endswith(".") and len(token) == 1), None)
    if stop is None or day is None or day.text in STOPS or "\n" in doc[first:stop].text:
        return None
    behind = doc[stop + 1 : stop + _SHORT_DATELINE]
    if len(behind) and behind[0].text.startswith("/"):
        return next((token.i for token in behind if token.text.endswith(".")), stop)
    return stop


def _behind_dateline(doc: Doc) -> int:
    """The token at which a text begins behind `KYIV, July 3 (Agency) –` or `MOSCOW, July 3. /AGENCY/.`; 0 where it has no dateline.

    Where neither a comma nor brackets follow the place in capitals, a second dash would make it the subject: `NATO – the alliance – said`.
    """
    first = next((token.i for token in doc[:3] if not token.is_space), 0)
    dash = next((token.i for token in doc[first + 1 : first + _LONGEST_DATELINE] if _is_dash(token)), 0)
    if (stop := _stop_of_dateline(doc, first)) is not None and (not dash or stop < dash):
        return stop + 1 if stop + 1 < len(doc) else 0
    if not dash or dash + 1 >= len(doc):
        return 0
    head, next_ = doc[first:dash], doc[dash + 1]
    marks = {token.text for token in head}
    if marks & STOPS - {"."} or any("\n" in token.text for token in head) or not (next_.text[0].isupper() or next_.text in OPENERS):
        return 0
    place = doc[first].text.rstrip(".")
    if not (place.isupper() and place.isalpha()):
        named = all(token.text[0].isupper() for token in head if token.is_alpha) and doc[dash - 1].text == ")"
        return dash + 1 if named and "(" in marks and len(head) <= _SHORT_DATELINE else 0
    if marks & {",", "("}:
        return dash + 1
    rest = (token for token in doc[dash + 1 : dash + LONGEST])
    closed = next((token for token in rest if token.text in STOPS or "\n" in token.text or _is_dash(token)), None)
    plain = len(place) > 2 and all(token.is_upper or token.text == "." for token in head)
    return dash + 1 if plain and (closed is None or not _is_dash(closed)) else 0


def _is_dash(token: Token) -> bool:
    return token.text in {"—", "–", "-", "--"} and bool(token.whitespace_) and token.i > 0 and bool(token.nbor(-1).whitespace_)


def sentences(doc: Doc) -> list[Span]:
    """The sentences without white space around them; empty ones are left out, and so is a dateline."""
    dated = _behind_dateline(doc)
    return [doc[first:last] for first, last in _bounds(doc) if first >= dated]


def _bounds(doc: Doc) -> Iterator[tuple[int, int]]:
    for sentence in doc.sents:
        first, last = sentence.start, sentence.end
        while first < last and doc[first].is_space:
            first += 1
        while last > first and doc[last - 1].is_space:
            last -= 1
        if first < last:
            yield first, last


def quotations(text: str) -> tuple[Quotation, ...]:
    """Passages in double quotation marks of any kind. One that a paragraph leaves open ends with that paragraph.

    Straight single marks are left alone: an apostrophe looks the same. A curly one closes only where no letter follows.
    """
    found = []
    place = 0
    for paragraph in text.split("\n"):
        found += [Quotation(start=place + start, end=place + end) for start, end in _quoted(paragraph)]
        place += len(paragraph) + 1
    return tuple(found)


def dialogue(text: str) -> tuple[Quotation, ...]:
    """What is said in paragraphs that begin with a dash: `— No drones, — said X. — It is a lie.` Every second piece between dashes."""
    found = []
    place = 0
    for paragraph in text.split("\n"):
        opened = _DASH.match(paragraph)
        if opened is not None:
            cuts = list(_DASHED.finditer(paragraph, opened.end()))
            starts = [opened.end(), *(each.end() for each in cuts)]
            ends = [*(each.start() + 1 for each in cuts), len(paragraph)]
            found += [Quotation(start=place + start, end=place + end) for start, end in list(zip(starts, ends, strict=True))[::2]]
        place += len(paragraph) + 1
    return tuple(found)


def _quoted(paragraph: str) -> Iterator[tuple[int, int]]:
    opened: int | None = None
    close = ""
    for found in _MARK.finditer(paragraph):
        mark = found.group()
        if opened is None and mark in MARKS:
            opened, close = found.end(), MARKS[mark]
        elif opened is not None and mark == close and not (close == "’" and paragraph[found.end() : found.end() + 1].isalnum()):
            yield opened, found.start()
            opened = None
    if opened is not None:
        yield opened, len(paragraph)
