"""Who and what a text names, and where: known names in any script, bodies and offices put together from their words, strangers with a role.

Each step goes over the whole text: phrases of the lexicon, actors, full names, strangers, surnames, bodies, offices, short forms. Where two
claim the same words, the longer mention stays.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache

from spacy.tokens import Doc, Token

from pipeline.enrich.english import DEFINITE, THE
from pipeline.gazetteer import City, Form, Gazetteer, Phrase, Resolution, Sort
from pipeline.model import Entity, EntityKind
from pipeline.spelling import Speller, Word

__all__ = ["Form", "Mention", "entities", "find_entities"]

# What may stand between two words of one name. A comma only where the name itself has one; a full stop only after an abbreviation.
_GAP = re.compile(r"[ \t\u00a0\u2009\u200c\u200e\u200f'’\"“”«»„‑‐–-]*")
_LINE_GAP = re.compile(r"[ \t\u00a0\u2009\u200c\u200e\u200f]*\n?[ \t]*")
_ABBREVIATED = re.compile(r"\.[ \u00a0]*")
_LISTED = re.compile(r",? ?(?:and )?")
# After the town: "(Reuters) –", ", Oct. 18 –", " —", ", 24 октября."
_DATELINE = re.compile(
    r"[^\n.!?]{0,40}?(?:\([^)\n]{1,40}\)|,\s[^\n.–—-]{2,30}?[.\s])?\s*(?:[–—]|-{1,2})\s"
    r"|[^\n.!?()]{0,20}\([^)\n]{1,40}\)\s"
    r"|,\s+\d{0,2}\s?\w+\.?\s?\d{0,2}\.?\s"
)
_SENTENCE_END = re.compile(r"[.!?…]['’”\"»)]?\s+$|\n\s*$")
_STOP = re.compile(r"[.!?…]['’”\"»)]?\s|\n")
# An apposition that says who a stranger is ends at the next comma or stop; one of more words is a clause.
_APPOSITION_WORDS = 14
_NAME_WORDS = 4
# Above this share of capitals a line is a headline, where capitals tell nothing.
_HEADLINE = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """One place where a text names somebody or something: `doc.text[start:end]` is how."""

    name: str
    kind: EntityKind
    side: str | None
    start: int
    end: int
    form: Form
    affiliation: str | None = None
    body: str | None = None  # for an organisation: what kind of one


@dataclass(slots=True, kw_only=True)
class _Piece:
    """A run of words that stands in the lexicon, with all that it may be."""

    first: int
    last: int
    phrases: list[Phrase]

    def of(self, *sorts: Sort) -> list[Phrase]:
        return [phrase for phrase in self.phrases if phrase.sort in sorts]


@dataclass(slots=True, kw_only=True)
class _Found:
    """A mention in words, before it is final."""

    first: int
    last: int
    name: str
    kind: EntityKind
    side: str | None
    form: Form
    affiliation: str | None = None
    body: str | None = None


def find_entities(doc: Doc, gazetteer: Gazetteer, on: date | None, home: str | None = None) -> tuple[Mention, ...]:
    """The mentions of a text in order, none overlapping another; offices are those held at the date.

    `home` is the country of the outlet, whose own "foreign ministry" needs no adjective; a dateline overrides it.
    """
    return _Reader(doc, gazetteer, on, home).read()


def entities(mentions: Iterable[Mention]) -> tuple[Entity, ...]:
    """The mentions gathered by whom they name, in the order of first appearance."""
    by_name: dict[tuple[str, EntityKind], list[Mention]] = defaultdict(list)
    for mention in mentions:
        by_name[mention.name, mention.kind].append(mention)
    return tuple(
        Entity(
            name=name,
            kind=kind,
            side=next((each.side for each in group if each.side), None),
            mentions=tuple((each.start, each.end) for each in group),
        )
        for (name, kind), group in by_name.items()
    )


@dataclass(frozen=True)
class _Neighbours:
    """The guard words of `city`, folded."""

    before: frozenset[tuple[str, ...]]
    after: frozenset[tuple[str, ...]]
    government: frozenset[tuple[str, ...]]

    @classmethod
    def made(cls, city: City, speller: Speller) -> "_Neighbours":
        return cls(*(frozenset(speller.keys(each) for each in group) for group in (city.before, city.after, city.government)))


@dataclass(frozen=True)
class _Small:
    """The single words with a meaning for the reader, folded."""

    links: frozenset[str]
    indefinite: frozenset[str]
    not_in_office: frozenset[str]
    not_people: frozenset[str]
    particles: frozenset[str]


@lru_cache(maxsize=4)
def _words_of(gazetteer: Gazetteer) -> tuple[_Neighbours, _Small]:
    rules, speller = gazetteer.rules, gazetteer.speller

    def folded(group: Iterable[str]) -> frozenset[str]:
        return frozenset(key for each in group for key in speller.keys(each))

    small = _Small(folded(rules.links), folded(rules.indefinite), folded(rules.not_in_office), folded(rules.not_people), speller.particles)
    return _Neighbours.made(rules.city, speller), small


@dataclass(slots=True)
class _Memory:
    """What the text has said so far about whom its short forms mean."""

    people: dict[tuple[str, ...], list[tuple[int, str]]] = field(default_factory=lambda: defaultdict(list))
    strangers: dict[str, _Found] = field(default_factory=dict)


def _as_found(holder: Resolution) -> _Found:
    return _Found(
        first=0, last=0, name=holder.name, kind=holder.kind, side=holder.side, form=Form.OFFICE, affiliation=holder.affiliation
    )  # fmt: skip


class _Reader:
    """One reading of one text."""

    def __init__(self, doc: Doc, gazetteer: Gazetteer, on: date | None, home: str | None) -> None:
        self.doc, self.text, self.gazetteer, self.on = doc, doc.text, gazetteer, on
        self.city, self.small = _words_of(gazetteer)
        self.words = gazetteer.speller.words(self.text)
        self.pieces: list[_Piece] = []
        self.at: dict[int, _Piece] = {}  # word → the piece it belongs to
        self.found: list[_Found] = []
        self.taken: dict[int, _Found] = {}  # word → the mention it belongs to
        self.memory = _Memory()
        self.home = home

    def read(self) -> tuple[Mention, ...]:
        self._match_phrases()
        self.home = self._dateline() or self.home
        self._take_actors()
        self._take_full_names()
        self._take_strangers()
        self._take_recognised()
        self._take_surnames()
        self._take_bodies()
        self._take_short()
        self._take_offices()
        return tuple(self._mention(each) for each in sorted(self.found, key=lambda each: each.first))

    def _mention(self, each: _Found) -> Mention:
        return Mention(
            name=each.name,
            kind=each.kind,
            side=each.side,
            start=self.words[each.first].start,
            end=self.words[each.last].end,
            form=each.form,
            affiliation=each.affiliation,
            body=each.body,
        )

    # Words

    def _gap(self, after: int) -> str:
        return self.text[self.words[after].end : self.words[after + 1].start]

    def _joined(self, first: int, last: int, written: str = "") -> bool:
        """Whether these words stand together as one name may."""
        return all(self._may_join(each, written) for each in range(first, last))

    def _may_join(self, after: int, written: str) -> bool:
        gap = self._gap(after)
        if gap == " " or _GAP.fullmatch(gap) or _LINE_GAP.fullmatch(gap):
            return True
        if "," in written and gap.startswith(",") and _GAP.fullmatch(gap[1:]):
            return True
        word = self.words[after].text
        if _ABBREVIATED.fullmatch(gap) and (len(word) == 1 or (len(word) <= 4 and word[0].isupper() and "." in written)):
            return True
        return any(mark in written for mark in "/()&+") and gap.strip() in ("/", "(", ")", "&", "+")

    def _beside(self, after: int) -> bool:
        """Whether only space, a possessive or the point of an abbreviation parts a word from the next."""
        gap = self._gap(after)
        return bool(re.fullmatch(r"(?:['’ʼ][sS]?)?[ \u00a0\n\u200c\u200e\u200f]*", gap)) or (
            bool(_ABBREVIATED.fullmatch(gap)) and len(self.words[after].text) <= 4 and self.words[after].capital
        )

    def _starts_sentence(self, index: int) -> bool:
        return index == 0 or bool(_SENTENCE_END.search(self.text[self.words[index - 1].end : self.words[index].start]))

    # Phrases of the lexicon

    def _match_phrases(self) -> None:
        index = 0
        while index < len(self.words):
            piece = self._piece_at(index)
            if piece is None:
                index += 1
                continue
            self.pieces.append(piece)
            self.at.update(dict.fromkeys(range(piece.first, piece.last + 1), piece))
            index = piece.last + 1

    def _piece_at(self, index: int) -> _Piece | None:
        word = self.words[index]
        piece = self._longest(index, word)
        if piece is None and "\u0600" <= word.text[0] <= "\u06ff":
            bare = self.gazetteer.speller.unprefixed(word)
            piece = self._longest(index, bare) if bare else None
            if bare and piece and piece.of(Sort.ACTOR, Sort.CAPITAL, Sort.SURNAME, Sort.BODY):
                self.words[index] = bare
            else:
                piece = None
        return piece

    def _longest(self, index: int, first: Word) -> _Piece | None:
        """The readings of the longest phrase that begins here with that word."""
        for size in self.gazetteer.sizes(first.key):
            words = [first, *self.words[index + 1 : index + size]]
            last = index + len(words) - 1
            phrases = self.gazetteer.phrases(tuple([word.key for word in words]))
            hits = [phrase for phrase in phrases if phrase.fits(words) and self._joined(index, last, phrase.written)]
            if hits:
                return _Piece(first=index, last=last, phrases=hits)
        return None

    # Actors

    def _take(self, each: _Found) -> None:
        """Records a mention; what lies within it gives way, what it would only touch stays."""
        touched = {id(old): old for index in range(each.first, each.last + 1) if (old := self.taken.get(index))}
        if any(old.first < each.first or old.last > each.last for old in touched.values()):
            return
        for old in touched.values():
            self.found.remove(old)
        self.found.append(each)
        self.taken.update(dict.fromkeys(range(each.first, each.last + 1), each))

    def _take_named(self, first: int, last: int, name: str, form: Form) -> None:
        actor = self.gazetteer.actor(name)
        self._take(_Found(first=first, last=last, name=name, kind=actor.kind, side=actor.side, form=form, body=actor.body))

    def _take_actors(self) -> None:
        for piece in self.pieces:
            phrases = [phrase for phrase in piece.of(Sort.ACTOR, Sort.CAPITAL) if phrase.value not in self.gazetteer.people]
            name = self._decided(piece, phrases)
            if name is None:
                continue
            phrase = next(phrase for phrase in phrases if phrase.value == name)
            if phrase.sort is Sort.CAPITAL and self._is_town(piece):
                continue
            last = self._with_government(piece, phrase)
            self._take_named(piece.first, last, name, phrase.form if last == piece.last else Form.NAME)

    def _decided(self, piece: _Piece, phrases: list[Phrase]) -> str | None:
        names = {phrase.value for phrase in phrases}
        if len(names) <= 1:
            return next(iter(names), None)
        for reach in (6, 40):
            near = [word.text for word in self.words[max(0, piece.first - reach) : piece.last + 1 + reach]]
            if name := self.gazetteer.decide(phrases[0].keys, names, near):
                return name
        return None

    def _with_government(self, piece: _Piece, phrase: Phrase) -> int:
        """Where "Iranian officials" ends, which is Iran."""
        after = self.at.get(piece.last + 1)
        if after and after.of(Sort.GOVERNMENT) and self.gazetteer.actor(phrase.value).kind is EntityKind.STATE and self._beside(piece.last):
            return after.last
        return piece.last

    def _is_town(self, piece: _Piece) -> bool:
        if piece is self.pieces[0] and self._is_dateline(piece):
            return True
        before = tuple(word.key for word in self.words[max(0, piece.first - 3) : piece.first] if word.key not in THE)
        if any(before[-size:] in self.city.government for size in (1, 2)):
            return False
        after = tuple(word.key for word in self.words[piece.last + 1 : piece.last + 3])
        if any(after[:size] in self.city.after for size in (1, 2)) and _GAP.fullmatch(self._gap(piece.last)):
            return not self._is_possessive(piece.last)
        return any(before[-size:] in self.city.before for size in (1, 2)) and bool(_GAP.fullmatch(self._gap(piece.first - 1)))

    def _is_possessive(self, index: int) -> bool:
        return index + 1 < len(self.words) and self._gap(index)[:1] in ("'", "’")

    def _is_dateline(self, piece: _Piece) -> bool:
        place = self.words[piece.first]
        if piece.first > 3 or "\n" in self.text[: place.start] or not place.capital:
            return False
        return bool(_DATELINE.match(self.text, self.words[piece.last].end))

    def _dateline(self) -> str | None:
        """The state whose capital the text is dated from."""
        if not self.pieces or not self._is_dateline(self.pieces[0]):
            return None
        capital = next(iter(self.pieces[0].of(Sort.CAPITAL)), None)
        return self.gazetteer.actor(capital.value).side if capital else None

    # People with a full name

    def _take_full_names(self) -> None:
        for piece in self.pieces:
            name = next((phrase.value for phrase in piece.of(Sort.ACTOR) if phrase.value in self.gazetteer.people), None)
            if name:
                self._take_person(piece.first, piece.last, name, Form.NAME)

    def _take_person(self, first: int, last: int, name: str, form: Form) -> None:
        person = self.gazetteer.person(name, self.on, "alias")
        self._take(
            _Found(first=first, last=last, name=name, kind=EntityKind.PERSON, side=person.side, form=form, affiliation=person.affiliation)
        )  # fmt: skip
        if form is Form.NAME:
            for size in range(1, min(4, last - first + 2)):
                keys = tuple(word.key for word in self.words[last - size + 1 : last + 1])
                if name in self.gazetteer.bearers(keys):
                    self.memory.people[keys].append((first, name))

    # Surnames

    def _take_surnames(self) -> None:
        for piece in self.pieces:
            if piece.of(Sort.SURNAME) and piece.first not in self.taken:
                self._take_surname(piece.first, piece.last)
        for index, word in enumerate(self.words):
            if index not in self.at and index not in self.taken and word.capital and not word.text.isdigit():
                self._take_other_surname(index, word)

    def _take_surname(self, first: int, last: int) -> None:
        if first and self._is_given_name(first - 1):
            return
        name = self._bearer(tuple(word.key for word in self.words[first : last + 1]), first)
        if isinstance(name, str):
            self._take_person(first, last, name, Form.SURNAME)
        elif name is not None:
            self._take(replace(name, first=first, last=last, form=Form.SURNAME))

    def _take_other_surname(self, index: int, word: Word) -> None:
        """A stranger's surname, or another spelling of a known one."""
        stranger = self.memory.strangers.get(word.key)
        if stranger:
            self._take(replace(stranger, first=index, last=index, form=Form.SURNAME))
        elif len(word.key) > 5 and word.text.isascii() and not self._starts_sentence(index) and self.gazetteer.bearers((word.key,)):
            self._take_surname(index, index)

    def _is_given_name(self, index: int) -> bool:
        """Whether the word before a surname is a given name, so that this is somebody else's full name."""
        word = self.words[index]
        if index in self.at or index in self.taken or word.key in self.small.not_people or not self._beside(index):
            return False
        if not word.text[0].isupper() or not word.text.isalpha() or self._is_possessive(index):
            return False
        return not self._starts_sentence(index) or self._is_proper(index)

    def _is_proper(self, index: int) -> bool:
        token = self._token(index)
        return token is not None and bool(token.pos_ == "PROPN")

    def _bearer(self, keys: tuple[str, ...], index: int) -> str | _Found | None:
        """Whom a surname means here: the last one given with full name, whom the words beside it point to, the only one in office."""
        given = self.memory.people.get(keys, [])
        if given:
            earlier = [name for place, name in given if place < index]
            return earlier[-1] if earlier else given[0][1]
        if len(keys) == 1 and keys[0] in self.memory.strangers:
            return self.memory.strangers[keys[0]]
        same = {name for known in self.memory.people.values() for _, name in known} & self.gazetteer.bearers(keys)
        if len(same) == 1:
            return same.pop()
        return self.gazetteer.only_bearer(keys, self.on, self._role_before(index))

    def _role_before(self, index: int) -> list[str]:
        """The title, body and state that stand directly before a name."""
        context: list[str] = []
        while index and (piece := self.at.get(index - 1)) and self._beside(index - 1):
            context += [phrase.value for phrase in piece.of(Sort.TITLE, Sort.ACTOR, Sort.CAPITAL) if phrase.value]
            index = piece.first
        return context

    # Bodies of states

    def _take_bodies(self) -> None:
        bodies = [piece for piece in self.pieces if piece.of(Sort.BODY) and not self._is_attribute(piece)]
        alone = [piece for piece in bodies if not self._take_body_beside(piece)]
        for piece in alone:
            # "the army", "parliament" say too little by themselves; "the foreign ministry" is one.
            if piece.first not in self.taken and (piece.first < piece.last or not self.words[piece.first].text.isascii()):
                self._take_bare_body(piece)

    def _is_attribute(self, piece: _Piece) -> bool:
        """Whether one word for a body only says what kind: "military ties", "army officers"."""
        if piece.first < piece.last:
            return False
        token = self._token(piece.first)
        return token is not None and (token.pos_ == "ADJ" or token.dep_ in ("amod", "compound"))

    def _token(self, index: int) -> Token | None:
        span = self.doc.char_span(self.words[index].start, self.words[index].end, alignment_mode="expand")
        return span[0] if span is not None and len(span) else None

    def _state_at(self, index: int) -> tuple[_Piece, str] | None:
        """The state named by the piece that this word belongs to."""
        piece = self.at.get(index)
        for phrase in piece.of(Sort.ACTOR, Sort.CAPITAL) if piece else ():
            actor = self.gazetteer.actor(phrase.value)
            if piece and actor.kind is EntityKind.STATE and actor.side:
                return piece, actor.side
        return None

    def _linked(self, index: int) -> int | None:
        """The first word after those that link an office or body to its owner; None at a comma or another word."""
        while index + 1 < len(self.words) and self._beside(index):
            index += 1
            if self.words[index].key not in self.small.links:
                return index
        return None

    def _take_body_beside(self, piece: _Piece) -> bool:
        before = self._state_at(piece.first - 1) if piece.first and self._beside(piece.first - 1) else None
        follower = self._linked(piece.last)
        after = self._state_at(follower) if follower is not None else None
        for phrase in piece.of(Sort.BODY):
            if before and (name := self._body_name(before[1], phrase.value, after)):
                last = after[0].last if after and " in " in name else piece.last
                return self._took(before[0].first, last, name)
            if before is None and after and (name := self._owned_by(after, phrase.value)):
                return self._took(piece.first, after[0].last, name)
        return False

    def _body_name(self, side: str, role: str, after: tuple[_Piece, str] | None) -> str | None:
        host = self.gazetteer.actor(self._state_name(after[1])).name if after else None
        return self.gazetteer.body_of(side, role, host)

    def _owned_by(self, after: tuple[_Piece, str], role: str) -> str | None:
        """The body of the state that follows: of its government, or of the state that its embassy is from."""
        further = self._linked(after[0].last)
        host = self._state_at(further) if further is not None else None
        return self._body_name(after[1], role, host)

    def _state_name(self, side: str) -> str:
        return next(state.name for state in self.gazetteer.rules.states if state.code == side)

    def _took(self, first: int, last: int, name: str) -> bool:
        self._take_named(first, last, name, Form.NAME)
        return True

    def _take_bare_body(self, piece: _Piece) -> None:
        """A body without its state: that of the next named holder, the one named before, the outlet's own, the state named last."""
        roles = [phrase.value for phrase in piece.of(Sort.BODY)]
        for side in self._likely_sides(piece, roles):
            name = next((body for role in roles if (body := self.gazetteer.body_of(side, role))), None)
            if name:
                self._take_named(piece.first, piece.last, name, Form.NAME)
                return

    def _likely_sides(self, piece: _Piece, roles: list[str]) -> Iterator[str]:
        only = {side for role in roles if role.startswith("=") for side in self.gazetteer.owners(role)}
        if len(only) == 1 and not any(not role.startswith("=") for role in roles):
            yield from only
            return
        ordered = sorted(self.found, key=lambda each: each.first)
        bodies = {role: {body for side in self.gazetteer.owners(role) if (body := self.gazetteer.body_of(side, role))} for role in roles}
        following = [each for each in ordered if piece.last < each.first < piece.last + 30]
        yield from (each.side for each in following[:3] if each.side and any(each.affiliation in bodies[role] for role in roles))
        before = [each for each in ordered if each.last < piece.first and each.side]
        same = [each for each in before if any(each.name in bodies[role] or each.affiliation in bodies[role] for role in roles)]
        near = [each for each in before if each.form is not Form.DEMONYM and self._same_sentence(each.last, piece.first)]
        people = [each for each in near if each.kind is EntityKind.PERSON]
        states = [each for each in before if each.kind is EntityKind.STATE and each.form is not Form.DEMONYM]
        sides = [each.side for group in (people, same) for each in reversed(group)] + [self.home] + [each.side for each in reversed(states)]
        yield from (side for side in sides if side)

    def _same_sentence(self, last: int, first: int) -> bool:
        return not _STOP.search(self.text[self.words[last].end : self.words[first].start])

    # Offices

    def _take_offices(self) -> None:
        for piece in self.pieces:
            if piece.of(Sort.TITLE) and piece.first not in self.taken and not self._is_name_after(piece.last):
                self._take_office(piece)

    def _is_name_after(self, index: int) -> bool:
        """Whether a name follows, so that the office only introduces it."""
        if index + 1 >= len(self.words) or not self._beside(index) or self._is_possessive(index):
            return False
        after = self.taken.get(index + 1)
        if after:
            return after.kind is EntityKind.PERSON
        word, piece = self.words[index + 1], self.at.get(index + 1)
        if piece:
            return bool(piece.of(Sort.HONORIFIC, Sort.SURNAME)) and word.text[0].isupper()
        return word.text[0].isupper() and word.key not in self.small.not_people and self._gap(index) != "\n"

    def _take_office(self, piece: _Piece) -> None:
        titles = {phrase.value for phrase in piece.of(Sort.TITLE)}
        owner, last = self._owner(piece)
        if last > piece.last and self._is_name_after(last):
            return
        hosted = self._take_hosted(piece, owner, titles) if owner else False
        titles = {title for title in titles if not self.gazetteer.titles[title].hosted}
        if hosted or not titles:
            return
        first = owner.first if owner and owner.first < piece.first else piece.first
        if self._is_not_in_office(first) or self._is_not_in_office(piece.first):
            return
        holder = self._holder(owner, titles) if owner else self._known_holder(piece, titles)
        if holder:
            self._take(replace(holder, first=first, last=last, form=Form.OFFICE))

    def _holder(self, owner: _Found, titles: set[str]) -> _Found | None:
        """Whom an office means: the one whom this text names and who has held it by then, else the holder at the date."""
        bodies = {owner.name} if owner.kind is EntityKind.ORGANISATION else set()
        named = {each.name: each for each in self.found if each.kind is EntityKind.PERSON}
        fitting = [each for name, each in named.items() if self.gazetteer.has_held(name, titles, self.on, owner.side, bodies)]
        if len(fitting) == 1:
            return fitting[0]
        holder = self.gazetteer.holder(owner.side, titles, self.on, bodies)
        return _as_found(holder) if holder else None

    def _owner(self, piece: _Piece) -> tuple[_Found | None, int]:
        """The state or body whose office it is, before or after the title, and where the whole ends."""
        before = self.taken.get(piece.first - 1) if piece.first and self._beside(piece.first - 1) else None
        if before and before.kind in (EntityKind.STATE, EntityKind.ORGANISATION):
            return before, piece.last
        follower = self._linked(piece.last)
        after = self.taken.get(follower) if follower is not None else None
        if after is None or after.kind not in (EntityKind.STATE, EntityKind.ORGANISATION) or after.first != follower:
            return None, piece.last
        further = self.taken.get(after.last + 1) if after.last + 1 < len(self.words) and self._beside(after.last) else None
        owner = further if further and further.kind is EntityKind.ORGANISATION and further.side == after.side else after
        return owner, owner.last

    def _take_hosted(self, piece: _Piece, owner: _Found, titles: set[str]) -> bool:
        """Takes "Iran's ambassador to Russia", "ambassador of Iran in Moscow": the holder at that embassy."""
        end = piece.last if owner.first < piece.first else owner.last
        follower = self._linked(end)
        host = self._state_at(follower) if follower is not None and follower > end + 1 else None
        hosted = {title for title in titles if self.gazetteer.titles[title].hosted}
        if not host or not hosted or owner.kind is not EntityKind.STATE or owner.side is None:
            return False
        body = self.gazetteer.body_of(owner.side, "embassy", self._state_name(host[1]))
        holder = self.gazetteer.holder(owner.side, hosted, self.on, {body}) if body else None
        first = min(owner.first, piece.first)
        if not holder or self._is_not_in_office(first) or self._is_name_after(host[0].last):
            return False
        self._take(replace(_as_found(holder), first=first, last=host[0].last))
        return True

    def _is_not_in_office(self, first: int) -> bool:
        if not first or not re.fullmatch(r"[ \u00a0\n-]*", self._gap(first - 1)):
            return False
        key = self.words[first - 1].key
        return key in self.small.not_in_office or key in self.small.indefinite

    def _known_holder(self, piece: _Piece, titles: set[str]) -> _Found | None:
        """Whom a title alone means: the one person of the world, of this text or of the outlet's country who holds it."""
        alone = {title for title in titles if self.gazetteer.titles[title].alone}
        world = self.gazetteer.find(next(iter(alone)), on=self.on) if len(alone) == 1 else None
        if world:
            return _as_found(world)
        if piece.first == piece.last:
            return None
        named = {each.name: each for each in self.found if each.kind is EntityKind.PERSON and each.first < piece.first}
        holders = [each for name, each in named.items() if self._holds(name, titles)]
        return holders[-1] if holders else None

    def _holds(self, name: str, titles: set[str]) -> bool:
        office = self.gazetteer.office_at(name, self.on)
        return bool(office and office.held(self.on) and titles.intersection(office.titles()))

    # Strangers

    def _take_strangers(self) -> None:
        for piece in self.pieces:
            if piece.of(Sort.TITLE, Sort.HONORIFIC) and piece.last + 1 < len(self.words) and self._beside(piece.last):
                self._take_stranger(piece.last + 1, piece)
        index = 0
        while index < len(self.words):
            if not self.words[index].text[0].isupper():
                index += 1
                continue
            last = self._name_from(index)
            if last > index and self._gap_is_comma(last) and (role := self._apposition(last + 1)):
                self._take_stranger(index, None, role)
            elif last > index:
                self._take_variant(index, last)
            index = last + 1 if last >= index else index + 1

    def _name_from(self, index: int) -> int:
        """The last word of the run of capitalised words from here that are nothing known; before `index` where there is none."""
        last, start = index - 1, index
        while index < len(self.words) and index - start <= _NAME_WORDS and self._may_be_name(index, start):
            if self.words[index].key not in self.small.particles:
                last = index
            if index + 1 < len(self.words) and not self._name_goes_on(index):
                break
            index += 1
        return last if last > start or start > last else start

    def _name_goes_on(self, index: int) -> bool:
        return self._gap(index) in (" ", "-", "\u00a0") or (len(self.words[index].text) == 1 and self._beside(index))

    def _may_be_name(self, index: int, start: int) -> bool:
        word = self.words[index]
        if index in self.taken or word.key in self.small.not_people:
            return False
        if index > start and word.key in self.small.particles:
            return True
        piece = self.at.get(index)
        if piece and not (piece.of(Sort.SURNAME) and index > start):
            return False
        if index == start and self._starts_sentence(index) and not self._is_proper(index):
            return False
        return word.text[0].isupper()

    def _in_headline(self, index: int) -> bool:
        start = self.text.rfind("\n", 0, self.words[index].start) + 1
        end = self.text.find("\n", start)
        line = [word for word in re.findall(r"[^\W\d_]+", self.text[start : end if end >= 0 else None])[:60] if len(word) > 3]
        return len(line) > 3 and sum(word[0].isupper() for word in line) > _HEADLINE * len(line)

    def _gap_is_comma(self, index: int) -> bool:
        return index + 1 < len(self.words) and self._gap(index) == ", "

    def _apposition(self, index: int) -> list[_Piece]:
        """The pieces of "a military analyst at …" up to the next comma, where one of them is a role."""
        pieces: list[_Piece] = []
        for place in range(index, min(index + _APPOSITION_WORDS, len(self.words))):
            piece = self.at.get(place)
            if piece and (not pieces or pieces[-1] is not piece):
                pieces.append(piece)
            if place + 1 < len(self.words) and re.search(r"[,.;:!?”\"\n—–]", self._gap(place)):
                break
        return pieces if any(piece.of(Sort.TITLE, Sort.HONORIFIC) for piece in pieces) else []

    def _take_stranger(self, first: int, title: _Piece | None, role: list[_Piece] | None = None) -> None:
        last = self._name_from(first)
        if last <= first:
            return
        if self._take_variant(first, last):
            return
        if self._in_headline(first):
            return
        pieces = role if role is not None else self._role_pieces(title, last)
        affiliation, side = self._stands_for(pieces)
        name = " ".join(self._printed(index) for index in range(first, last + 1))
        each = _Found(first=first, last=last, name=name, kind=EntityKind.PERSON, side=side, form=Form.NAME, affiliation=affiliation)
        self._take(each)
        self.memory.strangers.setdefault(self.words[last].key, each)

    def _printed(self, index: int) -> str:
        """A word of a name, an initial with its point."""
        word = self.words[index].text
        return word + "." if len(word) == 1 and index + 1 < len(self.words) and self._gap(index).startswith(".") else word

    def _take_variant(self, first: int, last: int) -> bool:
        """Takes a name for a known person's where it is another spelling of it."""
        known = self.gazetteer.find(self.text[self.words[first].start : self.words[last].end], on=self.on)
        if known is None or known.kind is not EntityKind.PERSON or known.how not in ("alias", "normal form", "fuzzy"):
            return False
        self._take_person(first, last, known.name, Form.NAME)
        keys = (self.words[last].key,)
        self.memory.people[keys].append((first, known.name))
        return True

    def _role_pieces(self, title: _Piece | None, last: int) -> list[_Piece]:
        """The title with the states and bodies before it, or those that follow the name after "of", "from", "at"."""
        pieces = [title] if title else []
        index = title.first if title else 0
        while index and (piece := self.at.get(index - 1)) and self._beside(index - 1):
            pieces.insert(0, piece)
            index = piece.first
        if len(pieces) > 1 or last + 1 >= len(self.words) or self.words[last + 1].key not in self.small.links:
            return pieces
        follower = self._linked(last)
        return pieces + ([self.at[follower]] if follower is not None and follower in self.at else [])

    def _stands_for(self, pieces: list[_Piece]) -> tuple[str | None, str | None]:
        """The body and the side that a role names; the state beside an analyst is where, not whom for."""
        titles = [self.gazetteer.titles[phrase.value] for piece in pieces for phrase in piece.of(Sort.TITLE)]
        named = [phrase.value for piece in pieces for phrase in piece.of(Sort.ACTOR)]
        actors = [self.gazetteer.actor(name) for name in named if name not in self.gazetteer.people]
        side = next((actor.side for actor in actors if actor.kind is EntityKind.STATE), None)
        own = next((actor for actor in actors if actor.kind is EntityKind.ORGANISATION), None)
        for piece in pieces:
            name = next((body for phrase in piece.of(Sort.BODY) if (body := self.gazetteer.body_of(side, phrase.value))), None)
            if name:
                return name, side
        if own:
            return own.name, None if own.body in ("media", "institute", "group") else own.side
        if titles and all(title.independent for title in titles):
            return None, None
        of = next((title.of for title in titles if title.of), None)
        return of, side or (self.gazetteer.actor(of).side if of else None)

    def _take_recognised(self) -> None:
        """Persons that spaCy's recogniser found and nobody else did."""
        recognised = self.doc.ents
        starts = {word.start: index for index, word in enumerate(self.words)} if recognised else {}
        ends = {word.end: index for index, word in enumerate(self.words)} if recognised else {}
        for ent in recognised:
            first, last = starts.get(ent.start_char), ends.get(ent.end_char)
            if ent.label_ == "PERSON" and first is not None and last is not None and last > first and not self._is_known(first, last):
                self._take_stranger(first, None)

    def _is_known(self, first: int, last: int) -> bool:
        return any(index in self.taken or index in self.at for index in range(first, last + 1))

    # "The ministry"

    def _take_short(self) -> None:
        for piece in self.pieces:
            short = piece.of(Sort.SHORT)
            if not short or piece.first in self.taken or not self._is_definite(piece.first):
                continue
            before = [each for each in self.found if each.body == short[0].value and each.last < piece.first]
            if before:
                self._take(replace(max(before, key=lambda each: each.first), first=piece.first, last=piece.last, form=Form.SHORT))

    def _is_definite(self, index: int) -> bool:
        return not self.words[index].text.isascii() or (index > 0 and self.words[index - 1].key in DEFINITE)
