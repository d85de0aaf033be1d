"""People in no list: a run of capitalised words with a role beside it, or that the recogniser took for a person."""

import re

from pipeline.enrich.entities.reading import Found, Piece, Reading
from pipeline.gazetteer import Form, Sort
from pipeline.model import EntityKind

# An apposition that says who a stranger is ends at the next comma or stop; one of more words is a clause.
_APPOSITION_WORDS = 14
_NAME_WORDS = 4
# Between a title and a name of its case stand so many words at most: "зампред думского комитета по обороне Аркадий Веретенников".
_FIELD_WORDS = 10
_OF_FIELD = frozenset({"NOUN", "PROPN", "ADJ", "DET", "PRON", "ADP", "X"})
# Above this share of capitals a line is a headline, where capitals tell nothing.
_HEADLINE = 0.8


def take_strangers(reading: Reading) -> None:
    """People in no list who have a title before their name or an apposition behind it."""
    for piece in reading.pieces:
        if piece.of(Sort.TITLE, Sort.HONORIFIC) and piece.last + 1 < len(reading.words) and reading.beside(piece.last):
            owners = _owners_behind(reading, piece)
            end = owners[-1].last if owners else piece.last
            if end + 1 < len(reading.words) and reading.beside(end):
                _take_stranger(reading, end + 1, piece, [piece, *owners] if owners else None)
            if (name := _name_of_case(reading, piece)) is not None:
                _take_stranger(reading, name, piece, _pieces_of(reading, piece, name))
    index = 0
    while index < len(reading.words):
        if not reading.words[index].text[0].isupper():
            index += 1
            continue
        last = _name_from(reading, index)
        if last > index and reading.gap_is_comma(last) and (role := _apposition(reading, last + 1)):
            _take_stranger(reading, index, None, role)
        elif last > index:
            _take_variant(reading, index, last)
        index = last + 1 if last >= index else index + 1


def _owners_behind(reading: Reading, title: Piece) -> list[Piece]:
    """The state and body between a title and a name, where that is their order: «المتحدث باسم الخارجية الأمريكية»."""
    owners: list[Piece] = []
    index = title.last + 1
    if reading.words[title.first].text.isascii():
        return owners
    while index < len(reading.words) and reading.beside(index - 1) and (piece := reading.at.get(index)) is not None:
        names = {phrase.value for phrase in piece.of(Sort.ACTOR, Sort.CAPITAL, Sort.BODY)}
        if not names or names & set(reading.lexicon.people):
            break
        owners.append(piece)
        index = piece.last + 1
    return owners


def _name_of_case(reading: Reading, title: Piece) -> int | None:
    """The first word of a name that stands behind a title and what that is for, where cases tell that the two belong together."""
    cases = _cases(reading, title.first)
    for index in range(title.last + 1, min(title.last + 1 + _FIELD_WORDS, len(reading.words))):
        token = reading.token(index)
        if not cases or not reading.beside(index - 1) or token is None or token.pos_ not in _OF_FIELD:
            return None
        if index > title.last + 1 and cases & _cases(reading, index) and _name_from(reading, index) > index:
            return index
    return None


def _cases(reading: Reading, index: int) -> set[str]:
    token = reading.token(index)
    return set(token.morph.get("Case", [])) if token is not None else set()


def _pieces_of(reading: Reading, title: Piece, name: int) -> list[Piece]:
    """A title, the states and bodies before it, and those up to the name."""
    pieces = _role_pieces(reading, title, len(reading.words) - 1)
    behind = (reading.at[index] for index in range(title.last + 1, name) if index in reading.at)
    return _unique([*pieces, *behind])


def _unique(pieces: list[Piece]) -> list[Piece]:
    return [piece for place, piece in enumerate(pieces) if all(piece is not other for other in pieces[:place])]


def take_recognised(reading: Reading) -> None:
    """Persons that spaCy's recogniser found and nobody else did."""
    recognised = reading.doc.ents
    starts = {word.start: index for index, word in enumerate(reading.words)} if recognised else {}
    ends = {word.end: index for index, word in enumerate(reading.words)} if recognised else {}
    for ent in recognised:
        first, last = starts.get(ent.start_char), ends.get(ent.end_char)
        if ent.label_ == "PERSON" and first is not None and last is not None and last > first and not _is_known(reading, first, last):
            _take_stranger(reading, first, None)


def _is_known(reading: Reading, first: int, last: int) -> bool:
    return any(index in reading.taken or index in reading.at for index in range(first, last + 1))


def _name_from(reading: Reading, index: int) -> int:
    """The last word of the run of capitalised words from here that are nothing known; before `index` where there is none."""
    last, start = index - 1, index
    while index < len(reading.words) and index - start <= _NAME_WORDS and _may_be_name(reading, index, start):
        if reading.words[index].key not in reading.small.particles:
            last = index
        if index + 1 < len(reading.words) and not _name_goes_on(reading, index):
            break
        index += 1
    return last if last > start or start > last else start


def _name_goes_on(reading: Reading, index: int) -> bool:
    return reading.gap(index) in (" ", "-", "\u00a0") or (len(reading.words[index].text) == 1 and reading.beside(index))


def _may_be_name(reading: Reading, index: int, start: int) -> bool:
    word = reading.words[index]
    if index in reading.taken or word.key in reading.small.not_people:
        return False
    if index > start and word.key in reading.small.particles:
        return True
    piece = reading.at.get(index)
    if piece and not (piece.of(Sort.SURNAME) and index > start):
        return False
    if index == start and reading.starts_sentence(index) and not reading.is_proper(index):
        return False
    return word.text[0].isupper() or (_has_no_case(word.text[0]) and reading.is_proper(index))


def _has_no_case(letter: str) -> bool:
    return letter.upper() == letter.lower()


def _in_headline(reading: Reading, index: int) -> bool:
    start = reading.text.rfind("\n", 0, reading.words[index].start) + 1
    end = reading.text.find("\n", start)
    line = [word for word in re.findall(r"[^\W\d_]+", reading.text[start : end if end >= 0 else None])[:60] if len(word) > 3]
    return len(line) > 3 and sum(word[0].isupper() for word in line) > _HEADLINE * len(line)


def _apposition(reading: Reading, index: int) -> list[Piece]:
    """The pieces of "a military analyst at …" up to the next comma, where one of them is a role."""
    pieces: list[Piece] = []
    for place in range(index, min(index + _APPOSITION_WORDS, len(reading.words))):
        piece = reading.at.get(place)
        if piece and (not pieces or pieces[-1] is not piece):
            pieces.append(piece)
        if place + 1 < len(reading.words) and re.search(r"[,.;:!?”\"\n—–]", reading.gap(place)):
            break
    return pieces if any(piece.of(Sort.TITLE, Sort.HONORIFIC) for piece in pieces) else []


def _take_stranger(reading: Reading, first: int, title: Piece | None, role: list[Piece] | None = None) -> None:
    last = _name_from(reading, first)
    if last <= first:
        return
    if _take_variant(reading, first, last):
        return
    if _in_headline(reading, first):
        return
    pieces = role if role is not None else _role_pieces(reading, title, last)
    affiliation, side = _stands_for(reading, pieces)
    name = " ".join(_in_first_form(reading, first, last))
    each = Found(first=first, last=last, name=name, kind=EntityKind.PERSON, side=side, form=Form.NAME, affiliation=affiliation)
    reading.take(each)
    reading.memory.strangers.setdefault(reading.words[last].key, each)


def _in_first_form(reading: Reading, first: int, last: int) -> list[str]:
    """The words of a name, in the case that names have by themselves, where the language has cases and the text another one."""
    places = range(first, last + 1)
    cases = [_cases(reading, index) for index in places]
    if all("Nom" in each or not each for each in cases):
        return [_printed(reading, index) for index in places]
    found: list[str] = []
    for index, each in zip(places, cases, strict=True):
        token = reading.token(index)
        if token is None or not each:
            found.append(_printed(reading, index))
        elif token.idx == reading.words[index].start:  # of two words with a hyphen the analyser makes one
            found.append(token.lemma_.title())
    return found


def _printed(reading: Reading, index: int) -> str:
    """A word of a name, an initial with its point."""
    word = reading.words[index].text
    return word + "." if len(word) == 1 and index + 1 < len(reading.words) and reading.gap(index).startswith(".") else word


def _take_variant(reading: Reading, first: int, last: int) -> bool:
    """Takes a name for a known person's where it is another spelling of it."""
    known = reading.gazetteer.find(reading.text[reading.words[first].start : reading.words[last].end], on=reading.on)
    if known is None or known.kind is not EntityKind.PERSON or known.how not in ("alias", "normal form", "fuzzy"):
        return False
    reading.take_person(first, last, known.name, Form.NAME)
    keys = (reading.words[last].key,)
    reading.memory.people[keys].append((first, known.name))
    return True


def _role_pieces(reading: Reading, title: Piece | None, last: int) -> list[Piece]:
    """The title with the states and bodies before it, or those that follow the name after "of", "from", "at"."""
    pieces = [title] if title else []
    index = title.first if title else 0
    while index and (piece := reading.at.get(index - 1)) and reading.beside(index - 1):
        pieces.insert(0, piece)
        index = piece.first
    if len(pieces) > 1 or last + 1 >= len(reading.words) or reading.words[last + 1].key not in reading.small.links:
        return pieces
    follower = reading.linked(last)
    return pieces + ([reading.at[follower]] if follower is not None and follower in reading.at else [])


def _stands_for(reading: Reading, pieces: list[Piece]) -> tuple[str | None, str | None]:
    """The body and the side that a role names; the state beside an analyst is where, not whom for."""
    titles = [reading.lexicon.titles[phrase.value] for piece in pieces for phrase in piece.of(Sort.TITLE)]
    named = [phrase.value for piece in pieces for phrase in piece.of(Sort.ACTOR)]
    actors = [reading.lexicon.actor(name) for name in named if name not in reading.lexicon.people]
    side = next((actor.side for actor in actors if actor.kind is EntityKind.STATE), None)
    own = next((actor for actor in actors if actor.kind is EntityKind.ORGANISATION), None)
    for piece in pieces:
        name = next((body for phrase in piece.of(Sort.BODY) if (body := reading.lexicon.body_of(side, phrase.value))), None)
        if name:
            return name, side
    if own:
        return own.name, None if own.body in ("media", "institute", "group") else own.side
    if titles and all(title.independent for title in titles):
        return None, None
    of = next((title.of for title in titles if title.of), None)
    return of, side or (reading.lexicon.actor(of).side if of else None)
