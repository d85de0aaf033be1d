"""The types of a topic's `actors.yml`: people with their offices, states, organisations, things; and what must hold between them."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import date, timedelta
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints, model_validator

from pipeline.rules import Name, Rules, Side
from pipeline.spelling import Keys, Speller, Spelling

Moment = Annotated[str, StringConstraints(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")]
Body = Literal[
    "ministry", "presidency", "government", "council", "parliament", "mission", "agency", "armed forces", "company", "media",
    "international body", "institute", "group",
]  # fmt: skip

# Somebody who left office is named by surname for a while after, and somebody about to take it shortly before.
_AFTERGLOW = timedelta(days=183)
_FOREGLOW = timedelta(days=31)


class Office(Rules):
    """A post and when it was held: days, months and years count whole."""

    named_by: ClassVar[tuple[str, ...]] = ("title", "of", "from")

    title: Name
    of: Name | None = None
    since: Moment | None = Field(default=None, alias="from")
    to: Moment | None = None
    seen: Moment | None = None  # in place of `to` where the end is not known: the last time a text shows the holder in office
    side: Side | None = None  # where it is not the holder's own
    acting: bool = False
    also: tuple[Name, ...] = ()

    @property
    def span(self) -> tuple[date, date]:
        end = self.to or self.seen
        return (_first(self.since) if self.since else date.min, _last(end) if end else date.max)

    def held(self, on: date | None) -> bool:
        """Whether it was held at that date; without a date, whether it is open-ended."""
        start, end = self.span
        return end == date.max if on is None else start <= on <= end

    def held_about(self, on: date) -> bool:
        start, end = self.span
        return start <= on + _FOREGLOW and (end == date.max or on - _AFTERGLOW <= end)

    def titles(self) -> tuple[str, ...]:
        return (self.title, *self.also)


def _first(moment: str) -> date:
    year, month, day = ([int(part) for part in moment.split("-")] + [1, 1])[:3]
    return date(year, month, day)


def _last(moment: str) -> date:
    parts = [int(part) for part in moment.split("-")]
    if len(parts) == 3:
        return date(*parts)
    year, month = [*parts, 12][:2]
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


class Named(Rules):
    """Whatever has a canonical name and other forms of it; `fa`, `ru`, `ar` and `uk` are its forms in those languages."""

    named_by: ClassVar[tuple[str, ...]] = ("name",)

    name: Name
    aliases: tuple[Name, ...] = ()
    fa: tuple[Name, ...] = ()
    ru: tuple[Name, ...] = ()
    ar: tuple[Name, ...] = ()
    uk: tuple[Name, ...] = ()

    def scripts(self) -> tuple[str, ...]:
        return (*self.fa, *self.ru, *self.ar, *self.uk)


class Person(Named):
    """Variants of the given name and of the surname go together in every combination."""

    side: Side | None = None
    given: tuple[Name, ...] = ()
    surname: tuple[Name, ...] = ()
    offices: tuple[Office, ...] = ()


class State(Named):
    """A state, bloc or group of states. A capital stands for its government unless it is plainly the town."""

    code: Side | None = None
    full: Name | None = None  # as it stands inside other names: "the United States"
    demonyms: tuple[Name, ...] = ()
    capitals: tuple[Name, ...] = ()
    metonyms: tuple[Name, ...] = ()


class Organisation(Named):
    """`called` is what it is named by beside its state: "State Department"; `roles` are the bodies of that kind it stands for.

    An outlet has a `country` but no side: it reports, and speaks for nobody.
    """

    kind: Body
    side: Side | None = None
    country: Side | None = None
    roles: tuple[Name, ...] = ()
    called: tuple[Name, ...] = ()


class BodyRule(Rules):
    """A body that every state has, under a name made from the state's."""

    named_by: ClassVar[tuple[str, ...]] = ("role",)

    role: Name
    name: Name
    kind: Body
    called: tuple[Name, ...]
    fa: tuple[Name, ...] = ()
    ru: tuple[Name, ...] = ()
    ar: tuple[Name, ...] = ()
    uk: tuple[Name, ...] = ()


class Title(Rules):
    """The words for an office, and who is looked for behind them.

    `national`: one for each state, which needs no body beside it; `alone`: not even a state; `hosted`: one for each pair of states;
    `independent`: its bearer speaks for no state; `of`: the body where the text names none.
    """

    named_by: ClassVar[tuple[str, ...]] = ("title",)

    title: Name
    words: tuple[Name, ...]
    fa: tuple[Name, ...] = ()
    ru: tuple[Name, ...] = ()
    ar: tuple[Name, ...] = ()
    national: bool = False
    alone: bool = False
    hosted: bool = False
    independent: bool = False
    of: Name | None = None


class Thing(Named):
    """Something that deeds are done with, or a document. It comes from somewhere, but it speaks for nobody."""

    origin: Side | None = None
    kind: Name | None = None
    date: Moment | None = None


class Shared(Rules):
    """An alias with several owners, and the words near it that decide; `otherwise` where none of them is there."""

    named_by: ClassVar[tuple[str, ...]] = ("alias",)

    alias: Name
    owners: dict[Name, tuple[Name, ...]]
    otherwise: Name | None = None


class City(Rules):
    """The neighbours of a capital that say it is the town, and those that say that it is the government nevertheless."""

    before: tuple[Name, ...]
    after: tuple[Name, ...]
    government: tuple[Name, ...]


class Actors(Rules):
    """`actors.yml`: who and what the articles of a topic name."""

    spelling: Spelling
    titles: tuple[Title, ...]
    bodies: tuple[BodyRule, ...]
    states: tuple[State, ...]
    organisations: tuple[Organisation, ...] = ()
    people: tuple[Person, ...] = ()
    things: tuple[Thing, ...] = ()
    documents: tuple[Thing, ...] = ()
    shared: tuple[Shared, ...] = ()
    common_surnames: tuple[Name, ...] = ()
    city: City
    government: tuple[Name, ...] = ()
    short: dict[Body, tuple[Name, ...]] = Field(default_factory=dict)
    not_in_office: tuple[Name, ...] = ()
    not_in_office_behind: tuple[Name, ...] = ()
    indefinite: tuple[Name, ...] = ()
    links: tuple[Name, ...] = ()
    not_people: tuple[Name, ...] = ()
    not_actors: tuple[Name, ...] = ()

    @model_validator(mode="after")
    def _fits_together(self) -> "Actors":
        problems = [*_unknown_codes(self), *_odd_offices(self), *_two_owners(self)]
        if problems:
            raise ValueError("; ".join(problems))
        return self


def _unknown_codes(actors: Actors) -> Iterator[str]:
    codes = {state.code for state in actors.states}
    sides = [(each.name, each.side) for each in actors.organisations] + [(each.name, each.side) for each in actors.people]
    sides += [(person.name, office.side) for person in actors.people for office in person.offices]
    sides += [(each.name, each.country) for each in actors.organisations]
    sides += [(each.name, each.origin) for each in (*actors.things, *actors.documents)]
    yield from (f"{name}: {side} is the code of no state here" for name, side in sides if side and side not in codes)


def _odd_offices(actors: Actors) -> Iterator[str]:
    titles = {title.title for title in actors.titles}
    sideless = {each.name for each in actors.organisations if not each.side}
    bodies = _all_bodies(actors)
    for person in actors.people:
        for office in person.offices:
            where = f"{person.name}, {office.title}"
            yield from (f"{where}: no title {title!r}" for title in office.titles() if title not in titles)
            if office.of and office.of not in bodies:
                yield f"{where}: no organisation {office.of!r}"
            if not (office.side or person.side or office.of in sideless):
                yield f"{where}: no side"
            if office.to and office.seen:
                yield f"{where}: `to` and `seen` exclude each other"
            if office.span[0] > office.span[1]:
                yield f"{where}: ends before it begins"


def _all_bodies(actors: Actors) -> set[str]:
    full = [state.full or state.name for state in actors.states if state.code]
    made = {
        rule.name.format(state=state, host=host)
        for rule in actors.bodies
        for state in full
        for host in (full if "{host}" in rule.name else [""])
    }
    return made | {each.name for each in actors.organisations} | {state.name for state in actors.states}


def _two_owners(actors: Actors) -> Iterator[str]:
    """Aliases of two actors that nothing decides between. Surnames are not aliases: date and context always decide on them."""
    speller = Speller(actors.spelling)
    decided = {keys for shared in actors.shared for keys in speller.forms(shared.alias)}
    owners: dict[tuple[Keys, bool], set[str]] = defaultdict(set)
    for name, form in _forms(actors, speller):
        for keys in speller.forms(form):
            owners[keys, form.islower()].add(name)
    for (keys, _), names in sorted(owners.items()):
        if len(names) > 1 and keys not in decided:
            yield f"{' '.join(keys)!r} names {' and '.join(sorted(names))}: a word of `shared` must decide"
    known = {name for name, _ in _forms(actors, speller)}
    for shared in actors.shared:
        yield from (
            f"shared {shared.alias!r}: nobody is called {name!r}"
            for name in (*shared.owners, shared.otherwise)
            if name and name not in known
        )


def _forms(actors: Actors, speller: Speller) -> Iterator[tuple[str, str]]:
    """Every full form in the file beside its owner's name."""
    for person in actors.people:
        yield from ((person.name, form) for form in full_names(person, speller))
    for each in (*actors.organisations, *actors.things, *actors.documents):
        yield from ((each.name, form) for form in (each.name, *each.aliases, *each.scripts()))
    for state in actors.states:
        yield from (
            (state.name, form) for form in (state.name, *state.aliases, *state.scripts(), *state.demonyms, *state.capitals, *state.metonyms)
        )


def split_name(person: Person, name: str, particles: Collection[str]) -> tuple[str, str]:
    """Given name and surname of one form of a person's name; the surname is a listed one, else the last word with its particles."""
    listed = sorted((each for each in person.surname if name == each or name.endswith(" " + each)), key=len, reverse=True)
    if listed:
        return name[: len(name) - len(listed[0])].strip(), listed[0]
    first = next((each for each in person.surname if name.startswith(each + " ")), None)
    if first:
        return name[len(first) :].strip(), first
    words = name.split()
    cut = len(words) - 1
    while cut > 1 and words[cut - 1].casefold() in particles:
        cut -= 1
    return " ".join(words[:cut]), " ".join(words[cut:])


def full_names(person: Person, speller: Speller) -> set[str]:
    """Every way in which given names and surnames combine, the forms in other scripts, and the further aliases."""
    given, surname = split_name(person, person.name, speller.particles)
    same_script = [each for each in person.surname if each.isascii() or not given.isascii()]
    first = {given, *person.given} - {""}
    swapped = bool(person.surname) and person.name.startswith(person.surname[0] + " ")
    made = {f"{one} {last}" for one in first for last in {surname, *same_script}} if not swapped else set()
    return made | {person.name, *person.aliases, *person.scripts()}


def surnames(person: Person, speller: Speller) -> set[str]:
    names = {split_name(person, name, speller.particles)[1] for name in (person.name, *person.scripts())}
    return names | set(person.surname)
