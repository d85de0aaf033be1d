"""Who and what a text names, and where: known names in any script, bodies and offices put together from their words, strangers with a role.

Each step goes over the whole text: phrases of the lexicon, actors, full names, strangers, surnames, bodies, short forms, offices. Where two
claim the same words, the longer mention stays.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from spacy.tokens import Doc

from pipeline.enrich.entities.actors import dateline, take_actors
from pipeline.enrich.entities.bodies import take_bodies, take_short
from pipeline.enrich.entities.offices import take_offices
from pipeline.enrich.entities.people import take_full_names, take_surnames
from pipeline.enrich.entities.reading import Found, Reading
from pipeline.enrich.entities.strangers import take_recognised, take_strangers
from pipeline.gazetteer import Form, Gazetteer
from pipeline.model import Entity, EntityKind

__all__ = ["Form", "Mention", "entities", "find_entities"]


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


def find_entities(doc: Doc, gazetteer: Gazetteer, on: date | None, home: str | None = None) -> tuple[Mention, ...]:
    """The mentions of a text in order, none overlapping another; offices are those held at the date.

    `home` is the country of the outlet, whose own "foreign ministry" needs no adjective; a dateline overrides it.
    """
    reading = Reading(doc, gazetteer, on)
    take_actors(reading)
    take_full_names(reading)
    take_strangers(reading)
    take_recognised(reading)
    take_surnames(reading)
    home = dateline(reading) or home
    take_bodies(reading, home)
    take_short(reading)
    take_offices(reading, home)
    return tuple(_mention(each, reading) for each in sorted(reading.found, key=lambda each: each.first))


def _mention(each: Found, reading: Reading) -> Mention:
    return Mention(
        name=each.name,
        kind=each.kind,
        side=each.side,
        start=reading.words[each.first].start,
        end=reading.words[each.last].end,
        form=each.form,
        affiliation=each.affiliation,
        body=each.body,
    )


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
