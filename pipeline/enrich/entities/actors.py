"""States, organisations, things and documents by their names; capitals where they stand for their state."""

import re

from pipeline.enrich.english import THE
from pipeline.enrich.entities.reading import GAP, Piece, Reading
from pipeline.gazetteer import Form, Phrase, Sort
from pipeline.model import EntityKind

# After the town: "(Reuters) –", ", Oct. 18 –", " —", ", 24 октября."
_DATELINE = re.compile(
    r"[^\n.!?]{0,40}?(?:\([^)\n]{1,40}\)|,\s[^\n.–—-]{2,30}?[.\s])?\s*(?:[–—]|-{1,2})\s"
    r"|[^\n.!?()]{0,20}\([^)\n]{1,40}\)\s"
    r"|,\s+(?:\d{1,2}\s?\w+|\w+\.?\s?\d{1,2})\.?\s"
)


def dateline(reading: Reading) -> str | None:
    """The state whose capital the text is dated from."""
    if not reading.pieces or not _is_dateline(reading, reading.pieces[0]):
        return None
    capital = next(iter(reading.pieces[0].of(Sort.CAPITAL)), None)
    return reading.lexicon.actor(capital.value).side if capital else None


def _is_dateline(reading: Reading, piece: Piece) -> bool:
    place = reading.words[piece.first]
    if piece.first > 3 or "\n" in reading.text[: place.start] or not place.capital:
        return False
    return bool(_DATELINE.match(reading.text, reading.words[piece.last].end))


def take_actors(reading: Reading) -> None:
    """Every name of the lexicon but those of people; a capital that is only a town is none."""
    for piece in reading.pieces:
        phrases = [phrase for phrase in piece.of(Sort.ACTOR, Sort.CAPITAL) if phrase.value not in reading.lexicon.people]
        name = _decided(reading, piece, phrases)
        if name is None:
            continue
        phrase = next(phrase for phrase in phrases if phrase.value == name)
        if phrase.sort is Sort.CAPITAL and _is_town(reading, piece):
            continue
        first, last = _with_government(reading, piece, phrase)
        reading.take_named(first, last, name, phrase.form if (first, last) == (piece.first, piece.last) else Form.NAME)


def _decided(reading: Reading, piece: Piece, phrases: list[Phrase]) -> str | None:
    names = {phrase.value for phrase in phrases}
    if len(names) <= 1:
        return next(iter(names), None)
    for reach in (6, 40):
        near = [word.text for word in reading.words[max(0, piece.first - reach) : piece.last + 1 + reach]]
        if name := reading.lexicon.decide(phrases[0].keys, names, near):
            return name
    return None


def _with_government(reading: Reading, piece: Piece, phrase: Phrase) -> tuple[int, int]:
    """Where "Iranian officials" begins and ends, which is Iran; in other scripts the officials come first: «مقام‌های ایرانی»."""
    if reading.lexicon.actor(phrase.value).kind is not EntityKind.STATE:
        return piece.first, piece.last
    after = reading.at.get(piece.last + 1)
    last = after.last if after and after.of(Sort.GOVERNMENT) and reading.beside(piece.last) else piece.last
    before = reading.at.get(piece.first - 1) if not reading.words[piece.first].text.isascii() else None
    first = before.first if before and before.of(Sort.GOVERNMENT) and reading.beside(before.last) else piece.first
    return first, last


def _is_town(reading: Reading, piece: Piece) -> bool:
    if piece is reading.pieces[0] and _is_dateline(reading, piece):
        return True
    before = tuple(word.key for word in reading.words[max(0, piece.first - 3) : piece.first] if word.key not in THE)
    if any(before[-size:] in reading.city.government for size in (1, 2)):
        return False
    after = tuple(word.key for word in reading.words[piece.last + 1 : piece.last + 3])
    if any(after[:size] in reading.city.after for size in (1, 2)) and GAP.fullmatch(reading.gap(piece.last)):
        return not reading.is_possessive(piece.last)
    return any(before[-size:] in reading.city.before for size in (1, 2)) and bool(GAP.fullmatch(reading.gap(piece.first - 1)))
