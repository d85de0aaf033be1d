"""Who is meant by a name: the lookup that is built once from a topic's `actors.yml`.

A name is looked for as it stands, then in what its spelling may be a variant of, then as an office, then as a surname, last as a slip of
the pen. Whatever has two owners is decided by the date, by the words beside it, or not at all: a wrong speaker is worse than none.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Literal

from rapidfuzz.distance import Levenshtein

from pipeline.actors import Actors, BodyRule, City, Office, Organisation, Person, State, full_names, split_name, surnames
from pipeline.model import EntityKind
from pipeline.spelling import Keys, Speller, Word

__all__ = ["Actor", "Actors", "City", "Form", "Gazetteer", "Phrase", "Resolution", "Sort"]

How = Literal["alias", "normal form", "fuzzy", "office", "surname"]

# Slips of the pen: in each part of a name one letter of five may be wrong, in short parts one in all.
_SLIP = 0.2


class Form(StrEnum):
    """In what form a text names somebody."""

    NAME = "name"
    SURNAME = "surname"
    DEMONYM = "demonym"
    METONYM = "metonym"
    ACRONYM = "acronym"
    OFFICE = "office"
    SHORT = "short"  # "the ministry", for the one named before


class Sort(StrEnum):
    """What a phrase of the lexicon is."""

    ACTOR = "actor"
    CAPITAL = "capital"
    SURNAME = "surname"
    TITLE = "title"
    BODY = "body"
    HONORIFIC = "honorific"
    GOVERNMENT = "government"
    SHORT = "short"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Actor:
    """One canonical name. `body` says what kind of organisation it is."""

    name: str
    kind: EntityKind
    side: str | None = None
    body: str | None = None


@dataclass(frozen=True, slots=True)
class Phrase:
    """One entry of the lexicon: how it is written, and what it stands for (an actor's name, a title, a role, a surname)."""

    keys: Keys
    written: str
    sort: Sort
    value: str
    form: Form = Form.NAME

    def fits(self, words: Sequence[Word]) -> bool:
        """Whether the text's capitals allow this reading: an acronym wants all of them, a name the first."""
        first = words[0].text
        if self.form is Form.ACRONYM:
            return first.upper() == first
        return self.written[0].islower() or self.sort is Sort.HONORIFIC or not first[0].islower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """Who is meant. `affiliation` and `office` are those at the date asked for."""

    name: str
    kind: EntityKind
    side: str | None
    affiliation: str | None = None
    office: str | None = None
    body: str | None = None
    how: How
    score: float = 1.0


class Gazetteer:
    """The lookup over one `actors.yml`. Built once, never changed."""

    def __init__(self, actors: Actors) -> None:
        self.rules = actors
        self.speller = Speller(actors.spelling)
        self.actors: dict[str, Actor] = {}
        self.people = {person.name: person for person in actors.people}
        self.titles = {title.title: title for title in actors.titles}
        self._lexicon: dict[str, list[int]] = {}  # first word → how many words its phrases have, most first
        self._exact: dict[Keys, list[Phrase]] = defaultdict(list)
        self._roles: dict[tuple[str, str], str] = {}
        self._states = {state.code: state for state in actors.states if state.code}
        self._by_surname: dict[Keys, set[str]] = defaultdict(set)
        self._by_skeleton: dict[Keys, set[str]] = defaultdict(set)
        self._surname_skeletons: dict[str, set[str]] = defaultdict(set)
        self._posts: dict[str, list[tuple[str, Office]]] = defaultdict(list)
        self._by_initial: dict[str, list[tuple[str, set[str]]]] = defaultdict(list)
        self._common = {keys for each in actors.common_surnames for keys in self.speller.forms(each)}
        self._shared = {keys: shared for shared in actors.shared for keys in self.speller.forms(shared.alias)}
        self._fill()
        lengths: dict[str, set[int]] = defaultdict(set)
        for keys in self._exact:
            lengths[keys[0]].add(len(keys))
        self._lexicon = {first: sorted(sizes, reverse=True) for first, sizes in lengths.items()}
        self._exact = dict(self._exact)
        for surname, bearers in self._by_surname.items():
            self._by_initial["".join(surname)[0]].append(("".join(surname), bearers))

    # Building

    def _fill(self) -> None:
        for state in self.rules.states:
            self._add_state(state)
        for organisation in self.rules.organisations:
            self._add_organisation(organisation)
        for rule in self.rules.bodies:
            self._add_body(rule)
        for person in self.rules.people:
            self._add_person(person)
        for kind, things in ((EntityKind.WEAPON, self.rules.weapons), (EntityKind.DOCUMENT, self.rules.documents)):
            for thing in things:
                self.actors[thing.name] = Actor(thing.name, kind)
                self._enter((thing.name, *thing.aliases, *thing.scripts()), Sort.ACTOR, thing.name, plural=kind is EntityKind.WEAPON)
        for title in self.rules.titles:
            self._enter((*title.words, *title.fa, *title.ru, *title.ar), Sort.TITLE, title.title)
        self._enter(self.rules.spelling.honorifics, Sort.HONORIFIC, "")
        self._enter(self.rules.government, Sort.GOVERNMENT, "")
        self._enter(self.rules.not_actors, Sort.NOTHING, "")
        for body, words in self.rules.short.items():
            self._enter(words, Sort.SHORT, body)

    def _add_state(self, state: State) -> None:
        self.actors[state.name] = Actor(state.name, EntityKind.STATE, state.code)
        self._enter((state.name, *state.aliases, *state.scripts()), Sort.ACTOR, state.name)
        self._enter(state.demonyms, Sort.ACTOR, state.name, Form.DEMONYM)
        self._enter(state.capitals, Sort.CAPITAL, state.name, Form.METONYM)
        self._enter(state.metonyms, Sort.ACTOR, state.name, Form.METONYM)

    def _add_organisation(self, organisation: Organisation) -> None:
        self.actors[organisation.name] = Actor(organisation.name, EntityKind.ORGANISATION, organisation.side, organisation.kind)
        self._enter((organisation.name, *organisation.aliases, *organisation.scripts()), Sort.ACTOR, organisation.name)
        own = f"={organisation.name}"  # a role of its own, for what only this one is called
        for role in (*organisation.roles, own):
            if organisation.side:
                self._roles.setdefault((organisation.side, role), organisation.name)
        self._enter(organisation.called, Sort.BODY, own)

    def _add_body(self, rule: BodyRule) -> None:
        self._enter((*rule.called, *rule.fa, *rule.ru, *rule.ar, *rule.uk), Sort.BODY, rule.role)
        if "{host}" in rule.name:
            return
        for code, state in self._states.items():
            name = rule.name.format(state=state.full or state.name)
            if (code, rule.role) not in self._roles:
                self._roles[code, rule.role] = name
                self.actors.setdefault(name, Actor(name, EntityKind.ORGANISATION, code, rule.kind))
                self._enter((name,), Sort.ACTOR, name)

    def _add_person(self, person: Person) -> None:
        self.actors[person.name] = Actor(person.name, EntityKind.PERSON, person.side)
        names = full_names(person, self.speller)
        self._enter(names, Sort.ACTOR, person.name)
        last = surnames(person, self.speller)
        self._enter(last, Sort.SURNAME, "", Form.SURNAME)
        for keys in (keys for each in last for keys in self.speller.forms(each)):
            self._by_surname[keys].add(person.name)
            if person.side in self.rules.spelling.transliterated and len(keys) == 1:
                self._surname_skeletons[self.speller.skeleton(keys[0])].add(person.name)
        if person.side in self.rules.spelling.transliterated:
            for keys in (keys for each in names for keys in self.speller.forms(each)):
                self._by_skeleton[self._skeletons(keys)].add(person.name)
        for office in person.offices:
            for title in office.titles():
                self._posts[title].append((person.name, office))

    def _enter(self, forms: Iterable[str], sort: Sort, value: str, form: Form = Form.NAME, *, plural: bool = False) -> None:
        for written in forms:
            shape = Form.ACRONYM if form is Form.NAME and sort is Sort.ACTOR and _is_acronym(written) else form
            for keys in self.speller.forms(written):
                for each in {keys, (*keys[:-1], keys[-1] + "s")} if plural else {keys}:
                    phrase = Phrase(each, written, sort, value, shape)
                    if all(
                        (old.sort, old.value, old.form) != (sort, value, shape) or old.written[0].isupper() for old in self._exact[each]
                    ):
                        self._exact[each].append(phrase)

    def _skeletons(self, keys: Keys) -> Keys:
        return tuple(self.speller.skeleton(key) for key in keys)

    # Reading a text

    def sizes(self, first: str) -> Sequence[int]:
        """How many words the phrases have that begin with this word, the longest first."""
        return self._lexicon.get(first, ())

    def phrases(self, keys: Keys) -> Sequence[Phrase]:
        """What a run of words may be."""
        return self._exact.get(keys, ())

    def body_of(self, side: str | None, role: str, host: str | None = None) -> str | None:
        """The name of a state's body of that role; None where the state has none."""
        if side is None:
            return None
        rule = next((rule for rule in self.rules.bodies if rule.role == role and "{host}" in rule.name), None)
        if rule is None:
            return self._roles.get((side, role))
        state, other = self._states.get(side), self.actors.get(host or "")
        if state is None or other is None or other.side not in self._states or other.side == side:
            return None
        there = self._states[other.side]
        return rule.name.format(state=state.full or state.name, host=there.full or there.name)

    def roles_of(self, name: str) -> set[str]:
        """The roles that the named body has, to tell whether "the ministry" may be this one."""
        return {role for (_, role), body in self._roles.items() if body == name}

    def owners(self, role: str) -> set[str]:
        return {side for side, each in self._roles if each == role}

    def actor(self, name: str) -> Actor:
        """What is known of a canonical name, also of a body made from two states' names."""
        known = self.actors.get(name)
        if known:
            return known
        side = next((code for code, state in self._states.items() if f" of {state.full or state.name} in " in name), None)
        return Actor(name, EntityKind.ORGANISATION, side, "mission")

    # Persons

    def office_at(self, name: str, on: date | None) -> Office | None:
        """The post somebody held at the date, the one begun last; without a date, or between posts, the nearest one."""
        offices = self.people[name].offices if name in self.people else ()
        held = [office for office in offices if office.held(on)]
        if held:
            return max(held, key=lambda office: (not office.acting, office.span[0]))
        if not offices:
            return None
        if on is None:
            return max(offices, key=lambda office: office.span[1])
        past = [office for office in offices if office.span[1] <= on]
        return max(past, key=lambda office: office.span[1]) if past else None

    def person(self, name: str, on: date | None, how: How, score: float = 1.0) -> Resolution:
        """The resolution of somebody's canonical name, with side, body and office at the date."""
        office, actor = self.office_at(name, on), self.actor(name)
        current = office if office and office.held(on) else None
        side = (current.side if current else None) or actor.side
        affiliation = office.of if office else None
        title = office.title if office else None
        return Resolution(name=name, kind=actor.kind, side=side, affiliation=affiliation, office=title, how=how, score=score)

    def resolution(self, name: str, on: date | None, how: How, score: float = 1.0) -> Resolution:
        if name in self.people:
            return self.person(name, on, how, score)
        actor = self.actor(name)
        return Resolution(name=name, kind=actor.kind, side=actor.side, body=actor.body, how=how, score=score)

    def bearers(self, surname: Keys) -> frozenset[str]:
        """Everybody with that surname, in any spelling."""
        found = self._by_surname.get(surname)
        if not found and len(surname) == 1 and len(surname[0]) > 5:
            found = self._surname_skeletons.get(self.speller.skeleton(surname[0]))
        return frozenset(found or ())

    def is_common(self, surname: Keys) -> bool:
        return surname in self._common

    def only_bearer(self, surname: Keys, on: date | None, context: Collection[str] = ()) -> str | None:
        """Whom a surname alone names: the one bearer in office about that date, or the one whom the words beside it point to."""
        bearers = self.bearers(surname)
        pointed = {name for name in bearers if self._points_to(name, on, context)}
        if len(pointed) > 1 and on:
            pointed = {name for name in pointed if any(office.held(on) for office in self.people[name].offices)}
        if len(pointed) == 1:
            return next(iter(pointed))
        if pointed or self.is_common(surname):
            return None
        active = {name for name in bearers if on is None or self._is_active(name, on)}
        return next(iter(active)) if len(active) == 1 else None

    def _is_active(self, name: str, on: date) -> bool:
        offices = self.people[name].offices
        return not offices or any(office.held_about(on) for office in offices)

    def _points_to(self, name: str, on: date | None, context: Collection[str]) -> bool:
        """Whether a word of the context is this person's name, office at the date, body or state."""
        if not context:
            return False
        office = self.office_at(name, on)
        words = {name, self.people[name].side, *(office.titles() if office else ()), *([office.of] if office and office.of else ())}
        return any(item in words or self._means(item, words) for item in context)

    def _means(self, item: str, words: Collection[str | None]) -> bool:
        for phrase in self._exact.get(self.speller.keys(item), ()):
            if phrase.value in words:
                return True
            actor = self.actors.get(phrase.value)
            if actor and actor.kind is EntityKind.STATE and actor.side in words:
                return True
        return False

    def same_given(self, name: str, given: Keys) -> bool:
        """Whether a given name may be this person's: a listed one, an initial of it, or one a slip away."""
        for full in full_names(self.people[name], self.speller):
            first = self.speller.keys(split_name(self.people[name], full, self.speller.particles)[0])
            if first and (
                given == first or (len(given[0]) == 1 and first[0].startswith(given[0])) or _slip("".join(given), "".join(first))
            ):
                return True
            if first and self._skeletons(given) == self._skeletons(first) and self.actor(name).side in self.rules.spelling.transliterated:
                return True
        return False

    def office_holder(self, side: str | None, office_words: str, on: date | None, of: str | None = None) -> Resolution | None:
        """Who held the office at the date. The words may name the body too: "foreign ministry spokesman", "CIA chief"."""
        words = self.speller.words(office_words)
        for cut in range(len(words)):
            titles = {phrase.value for phrase in self._exact.get(tuple(word.key for word in words[cut:]), ()) if phrase.sort is Sort.TITLE}
            if titles:
                bodies = self._bodies_named(side, tuple(word.key for word in words[:cut]))
                if of or not cut:
                    bodies = {of} if of else set()
                return self.holder(side, titles, on, bodies) if bodies or not cut else None
        return None

    def _is_office(self, name: str, office: Office, title: str, side: str | None, bodies: Collection[str]) -> bool:
        """Whether a post is one of these bodies', or where none is given the one of its kind in that state."""
        if bodies:
            return office.of in bodies
        return self.titles[title].national and side is not None and (office.side or self.actor(name).side) == side

    def has_held(self, name: str, titles: Collection[str], on: date | None, side: str | None, bodies: Collection[str] = ()) -> bool:
        """Whether somebody holds or held one of these titles: at the date, or at any time where there is no date."""
        offices = self.people[name].offices if name in self.people else ()
        return any(
            title in titles and self._is_office(name, office, title, side, bodies)
            for office in offices
            if on is None or office.held(on)
            for title in office.titles()
        )

    def _bodies_named(self, side: str | None, keys: Keys) -> set[str]:
        found = set()
        for phrase in self._exact.get(keys, ()):
            if phrase.sort is Sort.ACTOR:
                found.add(phrase.value)
            elif phrase.sort is Sort.BODY and (body := self.body_of(side, phrase.value)):
                found.add(body)
        return found

    def holder(self, side: str | None, titles: Collection[str], on: date | None, bodies: Collection[str] = ()) -> Resolution | None:
        """The one person with one of these titles at the date, in one of these bodies, or in any of that side.

        None where there are two, and where there is no date: whoever holds an office now need not be meant.
        """
        found = [
            (name, office)
            for title in titles
            for name, office in self._posts.get(title, ())
            if on is not None and office.held(on) and self._is_office(name, office, title, side, bodies)
        ]
        names = {name for name, _ in found}
        if len(names) > 1:
            regular = {name for name, office in found if not office.acting}
            names = regular if len(regular) == 1 else names
        if len(names) != 1:
            return None
        name = min(names)
        office = next(office for each, office in found if each == name)
        return replace(
            self.person(name, on, "office"), office=office.title, affiliation=office.of, side=office.side or self.actor(name).side
        )

    # Looking up one name

    def find(self, name: str, *, on: date | None = None, context: Collection[str] = ()) -> Resolution | None:
        """Who or what is meant by a name, whatever its spelling; None where nobody is, or where two might be.

        `context` are names and words that stand beside it: a state, a body, an office, the full name given earlier.
        """
        words = self._undressed(self.speller.words(name))
        if not words:
            return None
        steps = (self._as_alias, self._as_composed, self._as_variant, self._as_office, self._as_surname, self._as_slip)
        return next((found for step in steps if (found := step(words, on, context))), None)

    def _undressed(self, words: list[Word]) -> list[Word]:
        """The name without "the", ranks, titles, bodies and states that stand in front of it."""
        while len(words) > 1 and (dress := self._dress(words)):
            words = words[dress:]
        return words

    def _dress(self, words: list[Word]) -> int:
        """How many words in front belong to a rank, an office or its owner and not to the name."""
        whole = tuple(word.key for word in words)
        if whole[0] == "the":
            return 1
        if whole in self._exact or self._as_composed(words, None, ()):
            return 0
        worn = (Sort.HONORIFIC, Sort.TITLE, Sort.BODY, Sort.ACTOR, Sort.CAPITAL)
        for size in self.sizes(whole[0]):
            sorts = {phrase.sort for phrase in self._exact.get(whole[:size], ())}
            if size < len(whole) and (sorts == {Sort.HONORIFIC} or (sorts.intersection(worn) and self._ends_in_person(whole[size:]))):
                return size
        return 0

    def _ends_in_person(self, keys: Keys) -> bool:
        ends = (phrase for cut in range(len(keys)) for phrase in self._exact.get(keys[cut:], ()))
        return any(phrase.sort is Sort.SURNAME or phrase.value in self.people for phrase in ends)

    def _as_alias(self, words: list[Word], on: date | None, context: Collection[str]) -> Resolution | None:
        keys = tuple(word.key for word in words)
        fitting = [phrase for phrase in self._exact.get(keys, ()) if phrase.sort in (Sort.ACTOR, Sort.CAPITAL)]
        names = {phrase.value for phrase in fitting if phrase.fits(words)} or {
            phrase.value for phrase in fitting if phrase.form is not Form.ACRONYM
        }
        name = self.decide(keys, names, context)
        return self.resolution(name, on, "alias") if name else None

    def decide(self, keys: Keys, names: Collection[str], context: Collection[str]) -> str | None:
        """Which of several owners of an alias is meant; None where nothing decides."""
        if len(names) <= 1:
            return next(iter(names), None)
        shared = self._shared.get(keys)
        if shared is None:
            return None
        near = {key for item in context for key in self.speller.keys(item)}
        hits = [name for name, clues in shared.owners.items() if any(set(self.speller.keys(clue)) <= near for clue in clues)]
        return hits[0] if len(hits) == 1 else shared.otherwise

    def _as_composed(self, words: list[Word], on: date | None, _: Collection[str]) -> Resolution | None:
        """A state and its body: "Iranian foreign ministry", "foreign ministry of Iran", "Russian embassy in Washington"."""
        keys = tuple(word.key for word in words)
        whole = [(keys, None)] + [(keys[:at], self._state_named(keys[at + 1 :])) for at, key in enumerate(keys) if key in ("in", "to")]
        for named, host in whole:
            for cut in range(1, len(named)):
                tail = named[cut:]
                while len(tail) > 1 and tail[0] in ("of", "the"):
                    tail = tail[1:]
                for state, body in ((named[:cut], tail), (tail, named[:cut])):
                    found = self._body_called(self._state_named(state), body, host)
                    if found:
                        return self.resolution(found, on, "alias")
        return None

    def _state_named(self, keys: Keys) -> str | None:
        keys = keys[1:] if keys[:1] == ("the",) else keys
        named = {phrase.value for phrase in self._exact.get(keys, ()) if phrase.sort in (Sort.ACTOR, Sort.CAPITAL)}
        states = {name for name in named if self.actors[name].kind is EntityKind.STATE}
        return states.pop() if len(states) == 1 else None

    def _body_called(self, state: str | None, keys: Keys, host: str | None) -> str | None:
        side = self.actors[state].side if state else None
        roles = {phrase.value for phrase in self._exact.get(keys, ()) if phrase.sort is Sort.BODY}
        bodies = {body for role in roles if (body := self.body_of(side, role, host))}
        return bodies.pop() if len(bodies) == 1 else None

    def _as_variant(self, words: list[Word], on: date | None, context: Collection[str]) -> Resolution | None:
        keys = tuple(word.key for word in words)
        if len(keys) < 2:
            return None
        joined = {self._skeletons(keys), self._skeletons((*keys[:-2], "".join(keys[-2:])))}
        names = {name for form in joined for name in self._by_skeleton.get(form, ())}
        name = next(iter(names)) if len(names) == 1 else None
        return self.person(name, on, "normal form", 0.95) if name else None

    def _as_office(self, words: list[Word], on: date | None, _: Collection[str]) -> Resolution | None:
        keys = tuple(word.key for word in words)
        for cut in range(len(keys) - 1, 0, -1):
            for phrase in self._exact.get(keys[:cut], ()):
                if phrase.sort not in (Sort.ACTOR, Sort.CAPITAL):
                    continue
                actor = self.actors[phrase.value]
                of = actor.name if actor.kind is EntityKind.ORGANISATION else None
                found = self.office_holder(actor.side, " ".join(word.text for word in words[cut:]), on, of)
                if found:
                    return found
        alone = {phrase.value for phrase in self._exact.get(keys, ()) if phrase.sort is Sort.TITLE and self.titles[phrase.value].alone}
        holders = {name for title in alone for name, office in self._posts.get(title, ()) if on and office.held(on)}
        return self.person(holders.pop(), on, "office") if len(holders) == 1 else None

    def _as_surname(self, words: list[Word], on: date | None, context: Collection[str]) -> Resolution | None:
        name = self.only_bearer(tuple(word.key for word in words), on, context)
        return self.person(name, on, "surname", 0.9) if name else None

    def _as_slip(self, words: list[Word], on: date | None, _: Collection[str]) -> Resolution | None:
        """A misspelt full name: surname and given name each a slip away from a listed one, and no second person as near."""
        keys = tuple(word.key for word in words)
        names = set()
        for cut in range(1, len(keys)):
            last = "".join(keys[cut:])
            near = {name for surname, bearers in self._by_initial.get(last[0], ()) if _slip(last, surname) for name in bearers}
            names |= {name for name in near if self.same_given(name, keys[:cut])}
        name = names.pop() if len(names) == 1 else None
        return self.person(name, on, "fuzzy", 0.85) if name else None

    def explain(self, name: str, on: date | None = None) -> list[str]:
        """What a name resolves to and why, a line for each step, for people to read."""
        found = self.find(name, on=on)
        when = on.isoformat() if on else "no date"
        if found is None:
            return [f"{name!r} ({when}): nobody", *self._why_not(name, on)]
        lines = [
            f"{name!r} ({when}): {found.name}, {found.kind}, side {found.side or 'none'}",
            f"  by {found.how}, score {found.score:.2f}",
        ]
        if found.office:
            lines.append(f"  office: {found.office}" + (f", {found.affiliation}" if found.affiliation else ""))
        lines += [f"  {_told(office)}" for office in (self.people[found.name].offices if found.name in self.people else ())]
        return lines

    def _why_not(self, name: str, on: date | None) -> list[str]:
        keys = tuple(word.key for word in self._undressed(self.speller.words(name)))
        owners = {phrase.value for phrase in self._exact.get(keys, ()) if phrase.sort is Sort.ACTOR}
        if len(owners) > 1:
            return [f"  owned by {', '.join(sorted(owners))}: only words beside it decide"]
        bearers = self.bearers(keys)
        if not bearers:
            return []
        active = sorted(each for each in bearers if on is None or self._is_active(each, on))
        return [f"  a surname of {', '.join(sorted(bearers))}; about that date in office: {', '.join(active) or 'none'}"] + (
            ["  a common surname: only the full name, the office or the side beside it decide"] if self.is_common(keys) else []
        )


def _told(office: Office) -> str:
    end = office.to or (f"{office.seen} or later" if office.seen else "now")
    return (
        f"{office.since or '…'} to {end}: {office.title}" + (f", {office.of}" if office.of else "") + (" (acting)" if office.acting else "")
    )


def _is_acronym(written: str) -> bool:
    letters = written.replace(".", "")
    return letters.isalpha() and letters.isupper() and 2 <= len(letters) <= 6


def _slip(one: str, other: str) -> bool:
    """Whether two spellings may be one name: the same first letter, about the same length, few letters different."""
    if one == other:
        return True
    longest = max(len(one), len(other))
    if longest < 4 or one[:1] != other[:1] or abs(len(one) - len(other)) > 2:
        return False
    return Levenshtein.distance(one, other) <= max(1, int(longest * _SLIP))
