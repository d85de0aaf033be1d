"""Every name, title and word of one `actors.yml`, by the words that it is written with."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from pipeline.actors import Actors, BodyRule, Organisation, Person, State, full_names, surnames
from pipeline.gazetteer.entries import Actor, Form, Phrase, Sort
from pipeline.model import EntityKind
from pipeline.spelling import Keys, Speller


class Lexicon:
    """Built once, never changed."""

    def __init__(self, actors: Actors) -> None:
        self.rules = actors
        self.speller = Speller(actors.spelling)
        self.actors: dict[str, Actor] = {}
        self.people = {person.name: person for person in actors.people}
        self.titles = {title.title: title for title in actors.titles}
        self._exact: dict[Keys, list[Phrase]] = defaultdict(list)
        self._roles: dict[tuple[str, str], str] = {}
        self._states = {state.code: state for state in actors.states if state.code}
        self._by_surname: dict[Keys, set[str]] = defaultdict(set)
        self._by_skeleton: dict[Keys, set[str]] = defaultdict(set)
        self._surname_skeletons: dict[str, set[str]] = defaultdict(set)
        self._common = {keys for each in actors.common_surnames for keys in self.speller.forms(each)}
        self._shared = {keys: shared for shared in actors.shared for keys in self.speller.forms(shared.alias)}
        self._fill()
        self._exact = dict(self._exact)
        self._sizes = _sizes(self._exact)
        self._by_initial = _by_initial(self._by_surname)

    def _fill(self) -> None:
        for state in self.rules.states:
            self._add_state(state)
        for organisation in self.rules.organisations:
            self._add_organisation(organisation)
        for rule in self.rules.bodies:
            self._add_body(rule)
        for person in self.rules.people:
            self._add_person(person)
        for kind, things in ((EntityKind.THING, self.rules.things), (EntityKind.DOCUMENT, self.rules.documents)):
            for thing in things:
                self.actors[thing.name] = Actor(thing.name, kind)
                self._enter((thing.name, *thing.aliases, *thing.scripts()), Sort.ACTOR, thing.name, plural=kind is EntityKind.THING)
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
        demonyms = (form for each in state.demonyms for form in self.speller.nisba(each))
        self._enter(demonyms, Sort.ACTOR, state.name, Form.DEMONYM)
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
                self._by_skeleton[self.skeletons(keys)].add(person.name)

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

    # Asking

    def sizes(self, first: str) -> Sequence[int]:
        """How many words the phrases have that begin with this word, the longest first."""
        return self._sizes.get(first, ())

    def phrases(self, keys: Keys) -> Sequence[Phrase]:
        """What a run of words may be."""
        return self._exact.get(keys, ())

    def skeletons(self, keys: Keys) -> Keys:
        return tuple(self.speller.skeleton(key) for key in keys)

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

    def state_name(self, code: str) -> str:
        return self._states[code].name

    def owners(self, role: str) -> set[str]:
        return {side for side, each in self._roles if each == role}

    def actor(self, name: str) -> Actor:
        """What is known of a canonical name, also of a body made from two states' names."""
        known = self.actors.get(name)
        if known:
            return known
        side = next((code for code, state in self._states.items() if f" of {state.full or state.name} in " in name), None)
        return Actor(name, EntityKind.ORGANISATION, side, "mission")

    def bearers(self, surname: Keys) -> frozenset[str]:
        """Everybody with that surname, in any spelling."""
        found = self._by_surname.get(surname)
        if not found and len(surname) == 1 and len(surname[0]) > 5:
            found = self._surname_skeletons.get(self.speller.skeleton(surname[0]))
        return frozenset(found or ())

    def is_common(self, surname: Keys) -> bool:
        return surname in self._common

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

    def spelt_like(self, keys: Keys) -> set[str]:
        """People whose full name has the normal form of these words."""
        return self._by_skeleton.get(self.skeletons(keys), set())

    def surnames_from(self, letter: str) -> Sequence[tuple[str, set[str]]]:
        """The surnames that begin with a letter, each with everybody who has it."""
        return self._by_initial.get(letter, ())


def _sizes(phrases: Iterable[Keys]) -> dict[str, list[int]]:
    """First word to how many words its phrases have, most first."""
    lengths: dict[str, set[int]] = defaultdict(set)
    for keys in phrases:
        lengths[keys[0]].add(len(keys))
    return {first: sorted(sizes, reverse=True) for first, sizes in lengths.items()}


def _by_initial(by_surname: Mapping[Keys, set[str]]) -> dict[str, list[tuple[str, set[str]]]]:
    found: dict[str, list[tuple[str, set[str]]]] = defaultdict(list)
    for surname, bearers in by_surname.items():
        written = "".join(surname)
        found[written[0]].append((written, bearers))
    return dict(found)


def _is_acronym(written: str) -> bool:
    letters = written.replace(".", "")
    return letters.isalpha() and letters.isupper() and 2 <= len(letters) <= 6
