"""Known people: by their full name, then by their surname, which the text or the date has to make plain."""

from dataclasses import replace

from pipeline.enrich.entities.reading import Found, Reading
from pipeline.gazetteer import Form, Sort
from pipeline.spelling import Word


def take_full_names(reading: Reading) -> None:
    """People of the lexicon by their full names."""
    for piece in reading.pieces:
        name = next((phrase.value for phrase in piece.of(Sort.ACTOR) if phrase.value in reading.lexicon.people), None)
        if name:
            reading.take_person(piece.first, piece.last, name, Form.NAME)


def take_surnames(reading: Reading) -> None:
    """Surnames of people of the lexicon, then those of strangers and in other spellings."""
    for piece in reading.pieces:
        if piece.of(Sort.SURNAME) and piece.first not in reading.taken:
            _take_surname(reading, piece.first, piece.last)
    for index, word in enumerate(reading.words):
        if index not in reading.at and index not in reading.taken and word.capital and not word.text.isdigit():
            _take_other_surname(reading, index, word)


def _take_surname(reading: Reading, first: int, last: int) -> None:
    if first and _is_given_name(reading, first - 1):
        return
    name = _bearer(reading, tuple(word.key for word in reading.words[first : last + 1]), first)
    if isinstance(name, str):
        reading.take_person(first, last, name, Form.SURNAME)
    elif name is not None:
        reading.take(replace(name, first=first, last=last, form=Form.SURNAME))


def _take_other_surname(reading: Reading, index: int, word: Word) -> None:
    """A stranger's surname, or another spelling of a known one."""
    stranger = reading.memory.strangers.get(word.key)
    if stranger:
        reading.take(replace(stranger, first=index, last=index, form=Form.SURNAME))
    elif len(word.key) > 5 and word.text.isascii() and not reading.starts_sentence(index) and reading.lexicon.bearers((word.key,)):
        _take_surname(reading, index, index)


def _is_given_name(reading: Reading, index: int) -> bool:
    """Whether the word before a surname is a given name, so that this is somebody else's full name."""
    word = reading.words[index]
    if index in reading.at or index in reading.taken or word.key in reading.small.not_people or not reading.beside(index):
        return False
    if not word.text[0].isupper() or not word.text.isalpha() or reading.is_possessive(index):
        return False
    return not reading.starts_sentence(index) or reading.is_proper(index)


def _bearer(reading: Reading, keys: tuple[str, ...], index: int) -> str | Found | None:
    """Whom a surname means here: the last one given with full name, whom the words beside it point to, the only one in office."""
    given = reading.memory.people.get(keys, [])
    if given:
        earlier = [name for place, name in given if place < index]
        return earlier[-1] if earlier else given[0][1]
    if len(keys) == 1 and keys[0] in reading.memory.strangers:
        return reading.memory.strangers[keys[0]]
    same = {name for known in reading.memory.people.values() for _, name in known} & reading.lexicon.bearers(keys)
    if len(same) == 1:
        return same.pop()
    return reading.offices.only_bearer(keys, reading.on, _role_before(reading, index))


def _role_before(reading: Reading, index: int) -> list[str]:
    """The title, body and state that stand directly before a name."""
    context: list[str] = []
    while index and (piece := reading.at.get(index - 1)) and reading.beside(index - 1):
        context += [phrase.value for phrase in piece.of(Sort.TITLE, Sort.ACTOR, Sort.CAPITAL) if phrase.value]
        index = piece.first
    return context
