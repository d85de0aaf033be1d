"""One text while its names are read: its words, what the lexicon has of them, and what they were taken for so far."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from spacy.tokens import Doc, Token

from pipeline.gazetteer import City, Form, Gazetteer, Phrase, Resolution, Sort
from pipeline.gazetteer.lexicon import Lexicon
from pipeline.model import EntityKind
from pipeline.spelling import Speller, Word

# What may stand between two words of one name. A comma only where the name itself has one; a full stop only after an abbreviation.
GAP = re.compile(r"[ \t\u00a0\u2009\u200c\u200e\u200f'’\"“”«»„‑‐–-]*")
_LINE_GAP = re.compile(r"[ \t\u00a0\u2009\u200c\u200e\u200f]*\n?[ \t]*")
_ABBREVIATED = re.compile(r"\.[ \u00a0]*")
_SENTENCE_END = re.compile(r"[.!?…]['’”\"»)]?\s+$|\n\s*$")
_STOP = re.compile(r"[.!?…]['’”\"»)]?\s|\n")


@dataclass(slots=True, kw_only=True)
class Piece:
    """A run of words that stands in the lexicon, with all that it may be."""

    first: int
    last: int
    phrases: list[Phrase]

    def of(self, *sorts: Sort) -> list[Phrase]:
        return [phrase for phrase in self.phrases if phrase.sort in sorts]


@dataclass(slots=True, kw_only=True)
class Found:
    """A mention in words, before it is final."""

    first: int
    last: int
    name: str
    kind: EntityKind
    side: str | None
    form: Form
    affiliation: str | None = None
    body: str | None = None


@dataclass(frozen=True)
class Neighbours:
    """The guard words of `city`, folded."""

    before: frozenset[tuple[str, ...]]
    after: frozenset[tuple[str, ...]]
    government: frozenset[tuple[str, ...]]

    @classmethod
    def made(cls, city: City, speller: Speller) -> "Neighbours":
        return cls(*(frozenset(speller.keys(each) for each in group) for group in (city.before, city.after, city.government)))


@dataclass(frozen=True)
class Small:
    """The single words with a meaning for the reader, folded."""

    links: frozenset[str]
    indefinite: frozenset[str]
    not_in_office: frozenset[str]
    not_in_office_behind: frozenset[str]
    not_people: frozenset[str]
    particles: frozenset[str]


@lru_cache(maxsize=4)
def _words_of(lexicon: Lexicon) -> tuple[Neighbours, Small]:
    rules, speller = lexicon.rules, lexicon.speller

    def folded(group: Iterable[str]) -> frozenset[str]:
        return frozenset(key for each in group for key in speller.keys(each))

    small = Small(
        links=folded(rules.links),
        indefinite=folded(rules.indefinite),
        not_in_office=folded(rules.not_in_office),
        not_in_office_behind=folded(rules.not_in_office_behind),
        not_people=folded(rules.not_people),
        particles=speller.particles,
    )
    return Neighbours.made(rules.city, speller), small


@dataclass(slots=True)
class Memory:
    """What the text has said so far about whom its short forms mean."""

    people: dict[tuple[str, ...], list[tuple[int, str]]] = field(default_factory=lambda: defaultdict(list))
    strangers: dict[str, Found] = field(default_factory=dict)


def as_found(holder: Resolution) -> Found:
    return Found(
        first=0, last=0, name=holder.name, kind=holder.kind, side=holder.side, form=Form.OFFICE, affiliation=holder.affiliation
    )  # fmt: skip


class Reading:
    """One reading of one text: its words, the pieces of them that stand in the lexicon, and what they were taken for so far."""

    def __init__(self, doc: Doc, gazetteer: Gazetteer, on: date | None) -> None:
        self.doc, self.text, self.on = doc, doc.text, on
        self.gazetteer, self.lexicon, self.offices = gazetteer, gazetteer.lexicon, gazetteer.offices
        self.city, self.small = _words_of(gazetteer.lexicon)
        self.words = self.lexicon.speller.words(self.text)
        self.pieces: list[Piece] = []
        self.at: dict[int, Piece] = {}  # word → the piece it belongs to
        self.found: list[Found] = []
        self.taken: dict[int, Found] = {}  # word → the mention it belongs to
        self.memory = Memory()
        self._match_phrases()

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

    def gap(self, after: int) -> str:
        return self.text[self.words[after].end : self.words[after + 1].start]

    def joined(self, first: int, last: int, written: str = "") -> bool:
        """Whether these words stand together as one name may."""
        return all(self._may_join(each, written) for each in range(first, last))

    def _may_join(self, after: int, written: str) -> bool:
        gap = self.gap(after)
        if gap == " " or GAP.fullmatch(gap) or _LINE_GAP.fullmatch(gap):
            return True
        if "," in written and gap.startswith(",") and GAP.fullmatch(gap[1:]):
            return True
        word = self.words[after].text
        if _ABBREVIATED.fullmatch(gap) and (len(word) == 1 or (len(word) <= 4 and word[0].isupper() and "." in written)):
            return True
        return any(mark in written for mark in "/()&+") and gap.strip() in ("/", "(", ")", "&", "+")

    def beside(self, after: int) -> bool:
        """Whether only space, a possessive or the point of an abbreviation parts a word from the next."""
        gap = self.gap(after)
        return bool(re.fullmatch(r"(?:['’ʼ][sS]?)?[ \u00a0\n\u200c\u200e\u200f]*", gap)) or (
            bool(_ABBREVIATED.fullmatch(gap)) and len(self.words[after].text) <= 4 and self.words[after].text[0].isupper()
        )

    def gap_is_comma(self, index: int) -> bool:
        return index + 1 < len(self.words) and self.gap(index) == ", "

    def starts_sentence(self, index: int) -> bool:
        return index == 0 or bool(_SENTENCE_END.search(self.text[self.words[index - 1].end : self.words[index].start]))

    def same_sentence(self, last: int, first: int) -> bool:
        return not _STOP.search(self.text[self.words[last].end : self.words[first].start])

    def is_possessive(self, index: int) -> bool:
        return index + 1 < len(self.words) and self.gap(index)[:1] in ("'", "’")

    def token(self, index: int) -> Token | None:
        span = self.doc.char_span(self.words[index].start, self.words[index].end, alignment_mode="expand")
        return span[0] if span is not None and len(span) else None

    def is_proper(self, index: int) -> bool:
        token = self.token(index)
        return token is not None and bool(token.pos_ == "PROPN")

    def _piece_at(self, index: int) -> Piece | None:
        word = self.words[index]
        piece = self._longest(index, word)
        bare: Word | None = word
        while piece is None and bare is not None and "\u0600" <= bare.text[0] <= "\u06ff":
            bare = self.lexicon.speller.unprefixed(bare)
            behind = self._longest(index, bare) if bare else None
            if bare and behind and behind.of(Sort.ACTOR, Sort.CAPITAL, Sort.SURNAME, Sort.BODY, Sort.TITLE, Sort.GOVERNMENT):
                self.words[index] = bare
                piece = behind
        return piece

    def _longest(self, index: int, first: Word) -> Piece | None:
        """The readings of the longest phrase that begins here with that word."""
        for size in self.lexicon.sizes(first.key):
            words = [first, *self.words[index + 1 : index + size]]
            last = index + len(words) - 1
            phrases = self.lexicon.phrases(tuple([word.key for word in words]))
            hits = [phrase for phrase in phrases if phrase.fits(words) and self.joined(index, last, phrase.written)]
            if hits:
                return Piece(first=index, last=last, phrases=hits)
        return None

    def take(self, each: Found) -> None:
        """Records a mention; what lies within it gives way, what it would only touch stays."""
        touched = {id(old): old for index in range(each.first, each.last + 1) if (old := self.taken.get(index))}
        if any(old.first < each.first or old.last > each.last for old in touched.values()):
            return
        for old in touched.values():
            self.found.remove(old)
        self.found.append(each)
        self.taken.update(dict.fromkeys(range(each.first, each.last + 1), each))

    def take_named(self, first: int, last: int, name: str, form: Form) -> None:
        actor = self.lexicon.actor(name)
        self.take(Found(first=first, last=last, name=name, kind=actor.kind, side=actor.side, form=form, body=actor.body))

    def take_person(self, first: int, last: int, name: str, form: Form) -> None:
        person = self.offices.person(name, self.on, "alias")
        self.take(
            Found(first=first, last=last, name=name, kind=EntityKind.PERSON, side=person.side, form=form, affiliation=person.affiliation)
        )  # fmt: skip
        if form is Form.NAME:
            for size in range(1, min(4, last - first + 2)):
                keys = tuple(word.key for word in self.words[last - size + 1 : last + 1])
                if name in self.lexicon.bearers(keys):
                    self.memory.people[keys].append((first, name))

    def state_at(self, index: int) -> tuple[Piece, str] | None:
        """The state named by the piece that this word belongs to."""
        piece = self.at.get(index)
        for phrase in piece.of(Sort.ACTOR, Sort.CAPITAL) if piece else ():
            actor = self.lexicon.actor(phrase.value)
            if piece and actor.kind is EntityKind.STATE and actor.side:
                return piece, actor.side
        return None

    def linked(self, index: int) -> int | None:
        """The first word after those that link an office or body to its owner; None at a comma or another word."""
        while index + 1 < len(self.words) and self.beside(index):
            index += 1
            if self.words[index].key not in self.small.links:
                return index
        return None
