"""Offices for those who hold them at the date: "Iran's foreign minister", "the CIA chief", "the ambassador to Moscow"."""

import re
from collections.abc import Iterable
from dataclasses import replace

from pipeline.enrich.entities.reading import Found, Piece, Reading, as_found
from pipeline.gazetteer import Form, Sort
from pipeline.model import EntityKind

# Envoys of a state are ambassadors at its embassies, and have another title at the United Nations.
UNITED_NATIONS = "UN"
THERE = frozenset({"UN envoy"})


def take_offices(reading: Reading, home: str | None) -> None:
    """Offices that stand for their holder; one with a name behind it only introduces that. `home` owns those of no other country."""
    for piece in reading.pieces:
        if piece.of(Sort.TITLE) and piece.first not in reading.taken and not _is_name_after(reading, piece.last):
            _take_office(reading, piece, home)


def _is_name_after(reading: Reading, index: int) -> bool:
    """Whether a name follows, so that the office only introduces it."""
    if index + 1 >= len(reading.words) or not reading.beside(index) or reading.is_possessive(index):
        return False
    after = reading.taken.get(index + 1)
    if after:
        return after.kind is EntityKind.PERSON
    word, piece = reading.words[index + 1], reading.at.get(index + 1)
    if piece:
        return bool(piece.of(Sort.HONORIFIC, Sort.SURNAME)) and word.text[0].isupper()
    return word.text[0].isupper() and word.key not in reading.small.not_people and reading.gap(index) != "\n"


def _take_office(reading: Reading, piece: Piece, home: str | None) -> None:
    titles = {phrase.value for phrase in piece.of(Sort.TITLE)}
    owner, last = _owner(reading, piece)
    if last > piece.last and _is_name_after(reading, last):
        return
    hosted = _take_hosted(reading, piece, owner, titles) if owner else False
    titles = {title for title in titles if not reading.lexicon.titles[title].hosted}
    if hosted or not titles:
        return
    first = owner.first if owner and owner.first < piece.first else piece.first
    if _is_not_in_office(reading, first) or _is_not_in_office(reading, piece.first) or _was_in_office(reading, (piece.last, last)):
        return
    holder = _holder(reading, owner, titles) if owner else _known_holder(reading, piece, titles, home)
    if holder:
        reading.take(replace(holder, first=first, last=last, form=Form.OFFICE))


def _holder(reading: Reading, owner: Found, titles: set[str]) -> Found | None:
    """Whom an office means: the one whom this text names and who has held it by then, else the holder at the date."""
    bodies = {owner.name} if owner.kind is EntityKind.ORGANISATION else set()
    named = {each.name: each for each in reading.found if each.kind is EntityKind.PERSON}
    fitting = [each for name, each in named.items() if reading.offices.has_held(name, titles, reading.on, owner.side, bodies)]
    if len(fitting) == 1:
        return fitting[0]
    holder = reading.offices.holder(owner.side, titles, reading.on, bodies)
    if holder is None and bodies:  # "the White House national security adviser", whose own body is another
        holder = reading.offices.holder(owner.side, titles, reading.on)
    return as_found(holder) if holder else None


def _owner(reading: Reading, piece: Piece) -> tuple[Found | None, int]:
    """The state or body whose office it is, before or after the title, and where the whole ends."""
    before = reading.taken.get(piece.first - 1) if piece.first and reading.beside(piece.first - 1) else None
    if before and before.kind in (EntityKind.STATE, EntityKind.ORGANISATION):
        return before, piece.last
    follower = reading.linked(piece.last)
    after = reading.taken.get(follower) if follower is not None else None
    if after is None or after.kind not in (EntityKind.STATE, EntityKind.ORGANISATION) or after.first != follower:
        return None, piece.last
    further = reading.taken.get(after.last + 1) if after.last + 1 < len(reading.words) and reading.beside(after.last) else None
    owner = further if further and further.kind is EntityKind.ORGANISATION and further.side == after.side else after
    return owner, owner.last


def _take_hosted(reading: Reading, piece: Piece, owner: Found, titles: set[str]) -> bool:
    """Takes "Iran's ambassador to Russia", "ambassador of Iran in Moscow": the holder at that embassy."""
    end = piece.last if owner.first < piece.first else owner.last
    follower = reading.linked(end)
    host = reading.state_at(follower) if follower is not None and follower > end + 1 else None
    hosted = {title for title in titles if reading.lexicon.titles[title].hosted}
    if not host or not hosted or owner.kind is not EntityKind.STATE or owner.side is None:
        return False
    body = _mission(reading, owner.side, host[1])
    there = THERE if host[1] == UNITED_NATIONS else hosted
    holder = reading.offices.holder(owner.side, there, reading.on, {body}) if body else None
    first = min(owner.first, piece.first)
    if not holder or _is_not_in_office(reading, first) or _is_name_after(reading, host[0].last):
        return False
    reading.take(replace(as_found(holder), first=first, last=host[0].last))
    return True


def _mission(reading: Reading, side: str, host: str) -> str | None:
    """What a state has in another, and at the United Nations."""
    if host == UNITED_NATIONS:
        return reading.lexicon.body_of(side, "UN mission")
    return reading.lexicon.body_of(side, "embassy", reading.lexicon.state_name(host))


def _is_not_in_office(reading: Reading, first: int) -> bool:
    if not first or not re.fullmatch(r"[ \u00a0\n-]*", reading.gap(first - 1)):
        return False
    key = reading.words[first - 1].key
    return key in reading.small.not_in_office or key in reading.small.indefinite


def _was_in_office(reading: Reading, ends: Iterable[int]) -> bool:
    """Whether "former" stands behind the office, as in Persian and Arabic."""
    behind = (reading.words[end + 1].key for end in ends if end + 1 < len(reading.words) and reading.beside(end))
    return any(key in reading.small.not_in_office_behind for key in behind)


def _known_holder(reading: Reading, piece: Piece, titles: set[str], home: str | None) -> Found | None:
    """Whom a title alone means: the one person of the world, of this text or of the outlet's country who holds it."""
    alone = {title for title in titles if reading.lexicon.titles[title].alone}
    world = reading.gazetteer.find(next(iter(alone)), on=reading.on) if len(alone) == 1 else None
    if world:
        return as_found(world)
    if piece.first == piece.last:
        return None
    named = {each.name: each for each in reading.found if each.kind is EntityKind.PERSON and each.first < piece.first}
    holders = [each for name, each in named.items() if _holds(reading, name, titles)]
    if holders:
        return holders[-1]
    # In English a bare office is too often that of a country named before.
    own = reading.offices.holder(home, titles, reading.on) if home and not reading.words[piece.first].text.isascii() else None
    return as_found(own) if own else None


def _holds(reading: Reading, name: str, titles: set[str]) -> bool:
    office = reading.offices.office_at(name, reading.on)
    return bool(office and office.held(reading.on) and titles.intersection(office.titles()))
