"""Whether the rules of `alerts.yml` can match anything at all: what can never fire is a mistake that nobody would notice."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from pipeline.alert_rules import Alerting, When
from pipeline.model import Act, OutletFacts, Trigger

POSITIONS = frozenset({Trigger.FIRST_POSITION, Trigger.POSITION_CHANGE})

# The acts by which a party takes a position on a claim.
POSITIONED = frozenset({Act.ACCUSATION, Act.DENIAL, Act.ACKNOWLEDGEMENT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What statements of this topic can carry."""

    families: Collection[str]
    outlets: Collection[OutletFacts]
    sides: Collection[str]
    targets: Collection[str]  # canonical names of states
    sides_of: Mapping[str, frozenset[str]]  # canonical names of speakers to the sides they have spoken for
    canonical: Callable[[str], str | None]  # whom a name means, if anybody is known by it


def problems(alerting: Alerting, known: Known) -> Iterator[tuple[str, str]]:
    """Where in the file, and what is wrong there."""
    channels = {channel.id for channel in alerting.channels}
    for place, rule in enumerate(alerting.rules):
        where = f"rules: {rule.id}"
        for channel in rule.channels:
            if channel not in channels:
                yield f"{where}: channels", f"no channel {channel!r}; there are: {', '.join(sorted(channels))}"
        for key, problem in never(rule.when, known):
            yield f"{where}: when: {key}", problem
        for before in alerting.rules[:place]:
            if before.enabled and before.when == rule.when and set(rule.channels) <= set(before.channels):
                yield where, f"never fires: rule {before.id} asks for the same on the same channels and stands before it"


def never(when: When, known: Known) -> Iterator[tuple[str, str]]:
    """Which of the things asked for no statement can have, and why."""
    yield from _strangers(when, known)
    for name in when.speaker:
        means = known.canonical(name)
        if means not in (None, name):
            yield "speaker", f"statements by {name!r} carry the name {means!r}"
    if when.speaker and when.side and not any(_may_speak_for(name, when, known) for name in when.speaker):
        yield "speaker", f"nobody of {', '.join(when.speaker)} speaks for {', '.join(when.side)}"
    if when.trigger and when.act and set(when.trigger) <= POSITIONS and not set(when.act) & POSITIONED:
        yield "act", f"only by {', '.join(sorted(POSITIONED))} does a party take a position"
    if when.confidence >= 1:
        yield "confidence", "no statement is as sure as that: it is always below 1"
    if (when.outlet or when.country or when.alignment) and not any(_fits(outlet, when) for outlet in known.outlets):
        yield "outlet, country, alignment", "no outlet of sources.yml is all of this"


def _strangers(when: When, known: Known) -> Iterator[tuple[str, str]]:
    asked = [
        ("family", when.family, known.families, "claims.yml"),
        ("side", when.side, known.sides, "actors.yml"),
        ("target", when.target, known.targets, "actors.yml as a state"),
        ("outlet", when.outlet, {outlet.id for outlet in known.outlets}, "sources.yml"),
    ]
    for key, wanted, there, file in asked:
        for each in wanted:
            if each not in there:
                yield key, f"{each!r} does not stand in {file}"


def _may_speak_for(name: str, when: When, known: Known) -> bool:
    sides = known.sides_of.get(name)
    return sides is None or bool(sides & set(when.side))


def _fits(outlet: OutletFacts, when: When) -> bool:
    return (
        (not when.outlet or outlet.id in when.outlet)
        and (not when.country or outlet.country in when.country)
        and (not when.alignment or outlet.alignment in when.alignment)
    )
