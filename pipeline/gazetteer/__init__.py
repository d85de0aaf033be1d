"""Who is meant by a name: the lookup that is built once from a topic's `actors.yml`.

A name is looked for as it stands, then in what its spelling may be a variant of, then as an office, then as a surname, last as a slip of
the pen. Whatever has two owners is decided by the date, by the words beside it, or not at all: a wrong speaker is worse than none.
"""

from collections.abc import Collection
from datetime import date

from rapidfuzz.distance import Levenshtein

from pipeline.actors import Actors, City, Office, full_names, split_name
from pipeline.gazetteer.entries import Actor, Form, Phrase, Resolution, Sort
from pipeline.gazetteer.lexicon import Lexicon
from pipeline.gazetteer.offices import Offices
from pipeline.model import EntityKind
from pipeline.spelling import Keys, Word

__all__ = ["Actor", "Actors", "City", "Form", "Gazetteer", "Phrase", "Resolution", "Sort"]

# Slips of the pen: in each part of a name one letter of five may be wrong, in short parts one in all.
_SLIP = 0.2


class Gazetteer:
    """The lookup over one `actors.yml`. Built once, never changed."""

    def __init__(self, actors: Actors) -> None:
        self.lexicon = Lexicon(actors)
        self.offices = Offices(self.lexicon)

    def find(self, name: str, *, on: date | None = None, context: Collection[str] = ()) -> Resolution | None:
        """Who or what is meant by a name, whatever its spelling; None where nobody is, or where two might be.

        `context` are names and words that stand beside it: a state, a body, an office, the full name given earlier.
        """
        words = self._undressed(self.lexicon.speller.words(name))
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
        if self.lexicon.phrases(whole) or self._as_composed(words, None, ()):
            return 0
        worn = (Sort.HONORIFIC, Sort.TITLE, Sort.BODY, Sort.ACTOR, Sort.CAPITAL)
        for size in self.lexicon.sizes(whole[0]):
            sorts = {phrase.sort for phrase in self.lexicon.phrases(whole[:size])}
            if size < len(whole) and (sorts == {Sort.HONORIFIC} or (sorts.intersection(worn) and self._ends_in_person(whole[size:]))):
                return size
        return 0

    def _ends_in_person(self, keys: Keys) -> bool:
        ends = (phrase for cut in range(len(keys)) for phrase in self.lexicon.phrases(keys[cut:]))
        return any(phrase.sort is Sort.SURNAME or phrase.value in self.lexicon.people for phrase in ends)

    def _as_alias(self, words: list[Word], on: date | None, context: Collection[str]) -> Resolution | None:
        keys = tuple(word.key for word in words)
        fitting = [phrase for phrase in self.lexicon.phrases(keys) if phrase.sort in (Sort.ACTOR, Sort.CAPITAL)]
        names = {phrase.value for phrase in fitting if phrase.fits(words)} or {
            phrase.value for phrase in fitting if phrase.form is not Form.ACRONYM
        }
        name = self.lexicon.decide(keys, names, context)
        return self.offices.resolution(name, on, "alias") if name else None

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
                        return self.offices.resolution(found, on, "alias")
        return None

    def _state_named(self, keys: Keys) -> str | None:
        keys = keys[1:] if keys[:1] == ("the",) else keys
        named = {phrase.value for phrase in self.lexicon.phrases(keys) if phrase.sort in (Sort.ACTOR, Sort.CAPITAL)}
        states = {name for name in named if self.lexicon.actors[name].kind is EntityKind.STATE}
        return states.pop() if len(states) == 1 else None

    def _body_called(self, state: str | None, keys: Keys, host: str | None) -> str | None:
        side = self.lexicon.actors[state].side if state else None
        roles = {phrase.value for phrase in self.lexicon.phrases(keys) if phrase.sort is Sort.BODY}
        bodies = {body for role in roles if (body := self.lexicon.body_of(side, role, host))}
        return bodies.pop() if len(bodies) == 1 else None

    def _as_variant(self, words: list[Word], on: date | None, context: Collection[str]) -> Resolution | None:
        keys = tuple(word.key for word in words)
        if len(keys) < 2:
            return None
        names = self.lexicon.spelt_like(keys) | self.lexicon.spelt_like((*keys[:-2], "".join(keys[-2:])))
        name = next(iter(names)) if len(names) == 1 else None
        return self.offices.person(name, on, "normal form", 0.95) if name else None

    def _as_office(self, words: list[Word], on: date | None, _: Collection[str]) -> Resolution | None:
        keys = tuple(word.key for word in words)
        for cut in range(len(keys) - 1, 0, -1):
            for phrase in self.lexicon.phrases(keys[:cut]):
                if phrase.sort not in (Sort.ACTOR, Sort.CAPITAL):
                    continue
                actor = self.lexicon.actors[phrase.value]
                of = actor.name if actor.kind is EntityKind.ORGANISATION else None
                found = self.offices.office_holder(actor.side, " ".join(word.text for word in words[cut:]), on, of)
                if found:
                    return found
        alone = {
            phrase.value for phrase in self.lexicon.phrases(keys) if phrase.sort is Sort.TITLE and self.lexicon.titles[phrase.value].alone
        }
        holders = self.offices.holders(alone, on)
        return self.offices.person(holders.pop(), on, "office") if len(holders) == 1 else None

    def _as_surname(self, words: list[Word], on: date | None, context: Collection[str]) -> Resolution | None:
        name = self.offices.only_bearer(tuple(word.key for word in words), on, context)
        return self.offices.person(name, on, "surname", 0.9) if name else None

    def _as_slip(self, words: list[Word], on: date | None, _: Collection[str]) -> Resolution | None:
        """A misspelt full name: surname and given name each a slip away from a listed one, and no second person as near."""
        keys = tuple(word.key for word in words)
        names = set()
        for cut in range(1, len(keys)):
            last = "".join(keys[cut:])
            near = {name for surname, bearers in self.lexicon.surnames_from(last[0]) if _slip(last, surname) for name in bearers}
            names |= {name for name in near if self._same_given(name, keys[:cut])}
        name = names.pop() if len(names) == 1 else None
        return self.offices.person(name, on, "fuzzy", 0.85) if name else None

    def _same_given(self, name: str, given: Keys) -> bool:
        """Whether a given name may be this person's: a listed one, an initial of it, or one a slip away."""
        lexicon = self.lexicon
        person, speller = lexicon.people[name], lexicon.speller
        transliterated = lexicon.actor(name).side in lexicon.rules.spelling.transliterated
        for full in full_names(person, speller):
            first = speller.keys(split_name(person, full, speller.particles)[0])
            if first and (
                given == first or (len(given[0]) == 1 and first[0].startswith(given[0])) or _slip("".join(given), "".join(first))
            ):
                return True
            if first and transliterated and lexicon.skeletons(given) == lexicon.skeletons(first):
                return True
        return False

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
        lines += [f"  {_told(office)}" for office in (self.lexicon.people[found.name].offices if found.name in self.lexicon.people else ())]
        return lines

    def _why_not(self, name: str, on: date | None) -> list[str]:
        keys = tuple(word.key for word in self._undressed(self.lexicon.speller.words(name)))
        owners = {phrase.value for phrase in self.lexicon.phrases(keys) if phrase.sort is Sort.ACTOR}
        if len(owners) > 1:
            return [f"  owned by {', '.join(sorted(owners))}: only words beside it decide"]
        bearers = self.lexicon.bearers(keys)
        if not bearers:
            return []
        active = sorted(each for each in bearers if on is None or self.offices.is_active(each, on))
        return [f"  a surname of {', '.join(sorted(bearers))}; about that date in office: {', '.join(active) or 'none'}"] + (
            ["  a common surname: only the full name, the office or the side beside it decide"] if self.lexicon.is_common(keys) else []
        )


def _told(office: Office) -> str:
    end = office.to or (f"{office.seen} or later" if office.seen else "now")
    return (
        f"{office.since or '…'} to {end}: {office.title}" + (f", {office.of}" if office.of else "") + (" (acting)" if office.acting else "")
    )


def _slip(one: str, other: str) -> bool:
    """Whether two spellings may be one name: the same first letter, about the same length, few letters different."""
    if one == other:
        return True
    longest = max(len(one), len(other))
    if longest < 4 or one[:1] != other[:1] or abs(len(one) - len(other)) > 2:
        return False
    return Levenshtein.distance(one, other) <= max(1, int(longest * _SLIP))
