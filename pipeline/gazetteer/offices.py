"""Who held which office when, and whom a surname or an office means at a date."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import replace
from datetime import date

from pipeline.actors import Office
from pipeline.gazetteer.entries import How, Resolution, Sort
from pipeline.gazetteer.lexicon import Lexicon
from pipeline.model import EntityKind
from pipeline.spelling import Keys


class Offices:
    """The posts of everybody in the lexicon, by their titles."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self._posts: dict[str, list[tuple[str, Office]]] = defaultdict(list)
        for person in lexicon.rules.people:
            for office in person.offices:
                for title in office.titles():
                    self._posts[title].append((person.name, office))

    def office_at(self, name: str, on: date | None) -> Office | None:
        """The post somebody held at the date, the one begun last; without a date, or between posts, the nearest one."""
        offices = self.lexicon.people[name].offices if name in self.lexicon.people else ()
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
        office, actor = self.office_at(name, on), self.lexicon.actor(name)
        current = office if office and office.held(on) else None
        side = (current.side if current else None) or actor.side
        affiliation = office.of if office else None
        title = office.title if office else None
        return Resolution(name=name, kind=actor.kind, side=side, affiliation=affiliation, office=title, how=how, score=score)

    def resolution(self, name: str, on: date | None, how: How, score: float = 1.0) -> Resolution:
        if name in self.lexicon.people:
            return self.person(name, on, how, score)
        actor = self.lexicon.actor(name)
        return Resolution(name=name, kind=actor.kind, side=actor.side, body=actor.body, how=how, score=score)

    def only_bearer(self, surname: Keys, on: date | None, context: Collection[str] = ()) -> str | None:
        """Whom a surname alone names: the one bearer in office about that date, or the one whom the words beside it point to."""
        bearers = self.lexicon.bearers(surname)
        pointed = {name for name in bearers if self._points_to(name, on, context)}
        if len(pointed) > 1 and on:
            pointed = {name for name in pointed if any(office.held(on) for office in self.lexicon.people[name].offices)}
        if len(pointed) == 1:
            return next(iter(pointed))
        if pointed or self.lexicon.is_common(surname):
            return None
        active = {name for name in bearers if on is None or self.is_active(name, on)}
        return next(iter(active)) if len(active) == 1 else None

    def is_active(self, name: str, on: date) -> bool:
        offices = self.lexicon.people[name].offices
        return not offices or any(office.held_about(on) for office in offices)

    def _points_to(self, name: str, on: date | None, context: Collection[str]) -> bool:
        """Whether a word of the context is this person's name, office at the date, body or state."""
        if not context:
            return False
        office = self.office_at(name, on)
        words = {name, self.lexicon.people[name].side, *(office.titles() if office else ()), *([office.of] if office and office.of else ())}
        return any(item in words or self._means(item, words) for item in context)

    def _means(self, item: str, words: Collection[str | None]) -> bool:
        for phrase in self.lexicon.phrases(self.lexicon.speller.keys(item)):
            if phrase.value in words:
                return True
            actor = self.lexicon.actors.get(phrase.value)
            if actor and actor.kind is EntityKind.STATE and actor.side in words:
                return True
        return False

    def office_holder(self, side: str | None, office_words: str, on: date | None, of: str | None = None) -> Resolution | None:
        """Who held the office at the date. The words may name the body too: "foreign ministry spokesman", "CIA chief"."""
        words = self.lexicon.speller.words(office_words)
        for cut in range(len(words)):
            titles = {phrase.value for phrase in self.lexicon.phrases(tuple(word.key for word in words[cut:])) if phrase.sort is Sort.TITLE}
            if titles:
                bodies = self._bodies_named(side, tuple(word.key for word in words[:cut]))
                if of or not cut:
                    bodies = {of} if of else set()
                return self.holder(side, titles, on, bodies) if bodies or not cut else None
        return None

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
            self.person(name, on, "office"), office=office.title, affiliation=office.of, side=office.side or self.lexicon.actor(name).side
        )

    def has_held(self, name: str, titles: Collection[str], on: date | None, side: str | None, bodies: Collection[str] = ()) -> bool:
        """Whether somebody holds or held one of these titles: at the date, or at any time where there is no date."""
        offices = self.lexicon.people[name].offices if name in self.lexicon.people else ()
        return any(
            title in titles and self._is_office(name, office, title, side, bodies)
            for office in offices
            if on is None or office.held(on)
            for title in office.titles()
        )

    def _is_office(self, name: str, office: Office, title: str, side: str | None, bodies: Collection[str]) -> bool:
        """Whether a post is one of these bodies', or where none is given the one of its kind in that state."""
        if bodies:
            return office.of in bodies
        return self.lexicon.titles[title].national and side is not None and (office.side or self.lexicon.actor(name).side) == side

    def _bodies_named(self, side: str | None, keys: Keys) -> set[str]:
        found = set()
        for phrase in self.lexicon.phrases(keys):
            if phrase.sort is Sort.ACTOR:
                found.add(phrase.value)
            elif phrase.sort is Sort.BODY and (body := self.lexicon.body_of(side, phrase.value)):
                found.add(body)
        return found

    def holders(self, titles: Collection[str], on: date | None) -> set[str]:
        """Everybody who holds one of these titles at the date, whatever the side and body."""
        return {name for title in titles for name, office in self._posts.get(title, ()) if on and office.held(on)}
