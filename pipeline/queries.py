"""What somebody asks of the index, in words and fields, as a question to Elasticsearch.

    speaker:Kanaani act:denial drone* -nuclear "no evidence" side:(IR OR RU)

luqum reads the text; this module knows what its fields mean. Names are put over to whom they mean, so that a name in any spelling or
script finds the person's statements and every text that spells it otherwise. Raises ConfigError with what to write instead.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from luqum.exceptions import ParseError
from luqum.parser import parser
from luqum.tree import (
    AndOperation,
    FieldGroup,
    Group,
    Item,
    Not,
    OrOperation,
    Phrase,
    Plus,
    Prohibit,
    SearchField,
    UnknownOperation,
    Word,
)
from rapidfuzz import process

from pipeline.actors import Actors
from pipeline.documents import ANALYSED, Document
from pipeline.errors import ConfigError
from pipeline.gazetteer import Gazetteer
from pipeline.model import Act, Alignment, EntityKind, Mode, Novelty

WHERE = "search"
SEARCHED = ("title^2", "text", *(f"{field}_{language}" for field in ("title", "text") for language in sorted(ANALYSED)))
# So many adjacent words may be one name.
LONGEST_NAME = 4
# Parts of a name that are no surname in any text.
LEAST_SURNAME = 4
NEAR = 60  # of 100: how alike a misspelt value must be to be meant
LONGEST = 1_000


class Field(StrEnum):
    """What can be asked for beside words; as in the scheme and the index."""

    SPEAKER = "speaker"
    ACT = "act"
    SIDE = "side"
    TARGET = "target"
    CLAIM = "claim"
    OUTLET = "outlet"
    COUNTRY = "country"
    ALIGNMENT = "alignment"
    LANGUAGE = "language"
    NOVELTY = "novelty"
    MODE = "mode"
    AFFILIATION = "affiliation"
    ID = "id"


# Where each stands in a statement and in an article; an article has no speaker.
STATEMENTS: Mapping[Field, tuple[str, ...]] = {
    Field.SPEAKER: ("speaker.name",),
    Field.ACT: ("act",),
    Field.SIDE: ("speaker.side",),
    Field.TARGET: ("targets",),
    Field.CLAIM: ("claims",),
    Field.OUTLET: ("outlet.id", "outlet.name"),
    Field.COUNTRY: ("outlet.country",),
    Field.ALIGNMENT: ("outlet.alignment",),
    Field.LANGUAGE: ("language",),
    Field.NOVELTY: ("novelty",),
    Field.MODE: ("mode",),
    Field.AFFILIATION: ("speaker.affiliation",),
    Field.ID: ("_id",),
}
ARTICLES: Mapping[Field, tuple[str, ...]] = {
    **{field: STATEMENTS[field] for field in (Field.OUTLET, Field.COUNTRY, Field.ALIGNMENT, Field.LANGUAGE, Field.ID)},
    Field.ACT: ("acts",),
    Field.CLAIM: ("claims",),
}
CHOICES: Mapping[Field, tuple[str, ...]] = {
    Field.ACT: tuple(Act),
    Field.ALIGNMENT: tuple(Alignment),
    Field.NOVELTY: tuple(Novelty),
    Field.MODE: tuple(Mode),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What names mean in this topic."""

    gazetteer: Gazetteer
    spellings: Mapping[str, tuple[str, ...]]  # of people and bodies, by canonical name: every form, in every script
    states: Mapping[str, str]  # by code, the name
    claims: Mapping[str, str]  # by id, its title
    outlets: Mapping[str, str]  # by id, its name


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The question, and whether it has words of its own, by which hits can be more or less relevant."""

    query: Document
    has_words: bool


def asked(text: str, names: Names, fields: Mapping[Field, tuple[str, ...]] = STATEMENTS) -> Asked:
    """Raises ConfigError for what cannot be read, for unknown fields and values, naming what there is."""
    if len(text) > LONGEST:
        raise _wrong(f"is longer than {LONGEST:,} characters")
    if not text.strip():
        return Asked(query={"match_all": {}}, has_words=False)
    try:
        tree = parser.parse(_readable(text))
    except ParseError as error:
        raise _wrong(f"cannot be read: {_what(error)}") from error
    reader = _Reader(names, fields)
    return Asked(query=reader.read(tree), has_words=reader.has_words)


def term(field: Field, value: str, names: Names, fields: Mapping[Field, tuple[str, ...]] = STATEMENTS) -> Document:
    """The question for one field's value, as an option of the command line gives it."""
    return _Reader(names, fields).value(field, value)


def _wrong(problem: str, remedy: str | None = None) -> ConfigError:
    usual = f"Fields: {', '.join(Field)}. What has a colon or a bracket of its own goes into quotation marks"
    return ConfigError(problem, file=WHERE, remedy=remedy or usual)


def _what(error: ParseError) -> str:
    """The library's words without its own class names."""
    return re.sub(r"\s+", " ", str(error))[:200]


_ADDRESS = re.compile(r'(?<![:"\w])(https?://\S+)')


def _readable(text: str) -> str:
    """An address is one phrase; an apostrophe or a quotation mark of a text that is curled is what it looks like."""
    straight = text.replace("“", '"').replace("”", '"').replace("„", '"').replace("’", "'")
    return _ADDRESS.sub(lambda match: '"' + match[1].replace('"', "") + '"', straight)


class _Reader:
    """Reads one tree of luqum's."""

    def __init__(self, names: Names, fields: Mapping[Field, tuple[str, ...]]) -> None:
        self._names = names
        self._fields = fields
        self.has_words = False

    def read(self, tree: Item) -> Document:
        match tree:
            case Word() | Phrase():
                return self._words(tree)
            case SearchField():
                return self._field(tree)
            case Group() | FieldGroup() | Plus():
                return self.read(tree.children[0])
            case Not() | Prohibit():
                return {"bool": {"must_not": [self._uncounted(tree.children[0])]}}
            case OrOperation():
                return {"bool": {"should": [self.read(each) for each in tree.children], "minimum_should_match": 1}}
            case AndOperation() | UnknownOperation():
                return {"bool": {"must": [self.read(each) for each in self._joined(tree.children)]}}
        raise _wrong(f"{str(tree).strip()!r} is not understood here", 'Words, "phrases", -without, any* ending, AND, OR, field:value')

    def _uncounted(self, tree: Item) -> Document:
        """Words that must not be there make nothing more relevant."""
        had = self.has_words
        found = self.read(tree)
        self.has_words = had
        return found

    def _joined(self, children: Sequence[Item]) -> Iterator[Item]:
        """Adjacent words that are one name together as one phrase; the longest name first."""
        place = 0
        while place < len(children):
            size = next((size for size in range(LONGEST_NAME, 1, -1) if self._is_name(children[place : place + size], size)), 0)
            if size:
                yield Word(" ".join(str(each.value) for each in children[place : place + size]))
            else:
                yield children[place]
            place += max(size, 1)

    def _is_name(self, words: Sequence[Item], size: int) -> bool:
        if len(words) < size or not all(isinstance(each, Word) and "*" not in each.value for each in words):
            return False
        return self._meant(" ".join(each.value for each in words)) is not None

    # -------------------------------------------------------------------------------------------- words
    def _words(self, tree: Word | Phrase) -> Document:
        self.has_words = True
        text = tree.value.strip('"') if isinstance(tree, Phrase) else tree.unescaped_value
        if isinstance(tree, Word) and re.search(r"(?<!\\)[*?]", tree.value):
            return self._beginning(text)
        exact = isinstance(tree, Phrase) or " " in text
        found: Document = {"multi_match": {"query": text, "fields": list(SEARCHED), "type": "phrase" if exact else "best_fields"}}
        meant = self._meant(text)
        if meant is None:
            return found
        spelt = [{"multi_match": {"query": form, "fields": list(SEARCHED), "type": "phrase"}} for form in self._names.spellings[meant]]
        by: list[Document] = [{"terms": {"speaker.name": [meant]}}] if Field.SPEAKER in self._fields else [{"terms": {"person": [meant]}}]
        return {"bool": {"should": [found, *by, *spelt], "minimum_should_match": 1}}

    def _beginning(self, text: str) -> Document:
        if text.strip("*?") == "" or not text.endswith("*") or re.search(r"[*?]", text[:-1]):
            raise _wrong(f"{text!r}: * stands for any ending, behind at least one letter", "As in report*")
        return {"simple_query_string": {"query": text, "fields": list(SEARCHED), "flags": "PREFIX", "default_operator": "and"}}

    def _meant(self, name: str) -> str | None:
        """Whose name it is; a state's is a word like others."""
        found = self._names.gazetteer.find(name)
        if found is None or found.kind not in {EntityKind.PERSON, EntityKind.ORGANISATION}:
            return None
        return found.name if found.name in self._names.spellings else None

    # -------------------------------------------------------------------------------------------- fields
    def _field(self, tree: SearchField) -> Document:
        if tree.name not in set(Field):
            near = _near(tree.name, list(Field))
            raise _wrong(f"no field {tree.name!r}{near}")
        field = Field(tree.name)
        if field not in self._fields:
            raise _wrong(f"articles have no {field}", f"Articles have: {', '.join(self._fields)}")
        return self._of(field, tree.expr)

    def _of(self, field: Field, tree: Item) -> Document:
        match tree:
            case Word():
                return self.value(field, tree.unescaped_value)
            case Phrase():
                return self.value(field, tree.value.strip('"'))
            case Group() | FieldGroup() | Plus():
                return self._of(field, tree.children[0])
            case Not() | Prohibit():
                return {"bool": {"must_not": [self._of(field, tree.children[0])]}}
            case OrOperation():
                return {"bool": {"should": [self._of(field, each) for each in tree.children], "minimum_should_match": 1}}
            case AndOperation():
                return {"bool": {"must": [self._of(field, each) for each in tree.children]}}
            case UnknownOperation() if all(isinstance(each, Word) for each in tree.children):
                return self.value(field, " ".join(each.value for each in tree.children))
        raise _wrong(f"{field}:{str(tree).strip()} is not understood here", f'{field}:value, {field}:"two words", {field}:(one OR another)')

    def value(self, field: Field, value: str) -> Document:
        """The question for one value of a field."""
        places = self._fields[field]
        if field in CHOICES:
            return _any_of(places, [_chosen(field, value, CHOICES[field])])
        if "*" in value:
            return _like(places, value)
        match field:
            case Field.ID:
                return {"ids": {"values": [value]}}
            case Field.SPEAKER | Field.AFFILIATION | Field.TARGET:
                found = self._names.gazetteer.find(self._names.states.get(value.upper(), value))
                return _any_of(places, [found.name]) if found else _like(places, f"*{value}*")
            case Field.SIDE | Field.COUNTRY:
                return _any_of(places, [self._side(value)])
            case Field.CLAIM:
                return _any_of(places, [self._claim(value)])
            case Field.OUTLET:
                own = [id_ for id_, name in self._names.outlets.items() if value.casefold() in {id_, name.casefold()}]
                return _any_of(places, own) if own else _like(places, f"*{value}*")
        return _any_of(places, [value.lower()])

    def _side(self, value: str) -> str:
        """A code as it is, or that of the state of this name."""
        if value.upper() in self._names.states:
            return value.upper()
        found = self._names.gazetteer.find(value)
        if found is None or found.side is None:
            near = _near(value, list(self._names.states.values()))
            raise _wrong(f"no side {value!r}{near}", "Codes of states (US), blocs (EU, UN), or their names")
        return found.side

    def _claim(self, value: str) -> str:
        by_title = {title.casefold(): id_ for id_, title in self._names.claims.items()}
        if value in self._names.claims:
            return value
        if value.casefold() in by_title:
            return by_title[value.casefold()]
        raise _wrong(
            f"no claim {value!r}{_near(value, [*self._names.claims, *self._names.claims.values()])}", "`claimwire ledger` lists the claims"
        )


def _chosen(field: Field, value: str, choices: Sequence[str]) -> str:
    if value.casefold() in choices:
        return value.casefold()
    raise _wrong(f"no {field} {value!r}{_near(value, list(choices))}", f"There are: {', '.join(choices)}")


def _near(value: str, choices: Sequence[str]) -> str:
    found = process.extractOne(value, choices, score_cutoff=NEAR, processor=str.casefold)
    return f"; the nearest is {str(found[0])!r}" if found else ""


def _any_of(places: Sequence[str], values: Sequence[str]) -> Document:
    wanted: list[Document] = [{"terms": {place: list(values)}} for place in places]
    return wanted[0] if len(wanted) == 1 else {"bool": {"should": wanted, "minimum_should_match": 1}}


def _like(places: Sequence[str], pattern: str) -> Document:
    """For names that are in no list: any that has these letters."""
    wanted: list[Document] = [{"wildcard": {place: {"value": pattern.replace("?", "\\?"), "case_insensitive": True}}} for place in places]
    return wanted[0] if len(wanted) == 1 else {"bool": {"should": wanted, "minimum_should_match": 1}}


def spellings_of(actors: Actors) -> dict[str, tuple[str, ...]]:
    """Of people and bodies: every form of the name in every script, and of people their surnames alone."""
    found = {}
    for person in actors.people:
        whole = (person.name, *person.aliases, *person.scripts())
        last = (form.split()[-1] for form in (person.name, *person.scripts()) if " " in form)
        found[person.name] = tuple(dict.fromkeys((*whole, *(part for part in (*person.surname, *last) if len(part) >= LEAST_SURNAME))))
    for body in actors.organisations:
        found[body.name] = tuple(dict.fromkeys((body.name, *body.aliases, *body.scripts())))
    return found
