"""Bodies of states: "the Iranian foreign ministry", "its army", "the ministry" for the one that was named before."""

from collections.abc import Iterator
from dataclasses import replace

from pipeline.enrich.english import DEFINITE
from pipeline.enrich.entities.reading import Piece, Reading
from pipeline.gazetteer import Form, Sort
from pipeline.model import EntityKind


def take_bodies(reading: Reading, home: str | None) -> None:
    """Bodies with their state beside them, then those without; `home` is the country whose own need no adjective."""
    bodies = [piece for piece in reading.pieces if piece.of(Sort.BODY) and not _is_attribute(reading, piece)]
    alone = [piece for piece in bodies if not _take_body_beside(reading, piece)]
    for piece in alone:
        # "the army", "parliament" say too little by themselves; "the foreign ministry" is one.
        if piece.first not in reading.taken and (piece.first < piece.last or not reading.words[piece.first].text.isascii()):
            _take_bare_body(reading, piece, home)


def _is_attribute(reading: Reading, piece: Piece) -> bool:
    """Whether one word for a body only says what kind: "military ties", "army officers"."""
    if piece.first < piece.last:
        return False
    token = reading.token(piece.first)
    return token is not None and (token.pos_ == "ADJ" or token.dep_ in ("amod", "compound"))


def _take_body_beside(reading: Reading, piece: Piece) -> bool:
    before = reading.state_at(piece.first - 1) if piece.first and reading.beside(piece.first - 1) else None
    follower = reading.linked(piece.last)
    after = reading.state_at(follower) if follower is not None else None
    for phrase in piece.of(Sort.BODY):
        if before and (name := _body_name(reading, before[1], phrase.value, after)):
            last = after[0].last if after and " in " in name else piece.last
            return _took(reading, before[0].first, last, name)
        if before is None and after and (name := _owned_by(reading, after, phrase.value)):
            return _took(reading, piece.first, after[0].last, name)
    return False


def _body_name(reading: Reading, side: str, role: str, after: tuple[Piece, str] | None) -> str | None:
    host = reading.lexicon.state_name(after[1]) if after else None
    return reading.lexicon.body_of(side, role, host)


def _owned_by(reading: Reading, after: tuple[Piece, str], role: str) -> str | None:
    """The body of the state that follows: of its government, or of the state that its embassy is from."""
    further = reading.linked(after[0].last)
    host = reading.state_at(further) if further is not None else None
    return _body_name(reading, after[1], role, host)


def _took(reading: Reading, first: int, last: int, name: str) -> bool:
    reading.take_named(first, last, name, Form.NAME)
    return True


def _take_bare_body(reading: Reading, piece: Piece, home: str | None) -> None:
    """A body without its state: that of the next named holder, the one named before, the outlet's own, the state named last."""
    roles = [phrase.value for phrase in piece.of(Sort.BODY)]
    for side in _likely_sides(reading, piece, roles, home):
        name = next((body for role in roles if (body := reading.lexicon.body_of(side, role))), None)
        if name:
            reading.take_named(piece.first, piece.last, name, Form.NAME)
            return


def _likely_sides(reading: Reading, piece: Piece, roles: list[str], home: str | None) -> Iterator[str]:
    only = {side for role in roles if role.startswith("=") for side in reading.lexicon.owners(role)}
    if len(only) == 1 and not any(not role.startswith("=") for role in roles):
        yield from only
        return
    ordered = sorted(reading.found, key=lambda each: each.first)
    bodies = {role: {body for side in reading.lexicon.owners(role) if (body := reading.lexicon.body_of(side, role))} for role in roles}
    following = [each for each in ordered if piece.last < each.first < piece.last + 30]
    yield from (each.side for each in following[:3] if each.side and any(each.affiliation in bodies[role] for role in roles))
    before = [each for each in ordered if each.last < piece.first and each.side]
    same = [each for each in before if any(each.name in bodies[role] or each.affiliation in bodies[role] for role in roles)]
    near = [each for each in before if each.form is not Form.DEMONYM and reading.same_sentence(each.last, piece.first)]
    people = [each for each in near if each.kind is EntityKind.PERSON]
    states = [each for each in before if each.kind is EntityKind.STATE and each.form is not Form.DEMONYM]
    sides = [each.side for group in (people, same) for each in reversed(group)] + [home] + [each.side for each in reversed(states)]
    yield from (side for side in sides if side)


def take_short(reading: Reading) -> None:
    """ "The ministry", for the one of that kind that was named last."""
    for piece in reading.pieces:
        short = piece.of(Sort.SHORT)
        if not short or piece.first in reading.taken or not _is_definite(reading, piece.first):
            continue
        before = [each for each in reading.found if each.body == short[0].value and each.last < piece.first]
        if before:
            reading.take(replace(max(before, key=lambda each: each.first), first=piece.first, last=piece.last, form=Form.SHORT))


def _is_definite(reading: Reading, index: int) -> bool:
    return not reading.words[index].text.isascii() or (index > 0 and reading.words[index - 1].key in DEFINITE)
