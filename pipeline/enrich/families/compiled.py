"""A topic's claim families with their words, compiled once per process."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple, TypeVar

from pipeline.claim_rules import ClaimRules, Deed, Family
from pipeline.enrich.lexicon import Lexicon, Normal, normalised

K = TypeVar("K")

NO_OBJECT = ""


class Way(NamedTuple):
    """How a word of `deeds` is meant: which deed, as which part of speech, and whether its doer receives."""

    deed: str
    noun: bool
    receives: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Families:
    """The claim families of one topic, to be asked by deed and by object."""

    rules: ClaimRules
    objects: Lexicon[str]
    names: Mapping[str, frozenset[str]]  # canonical name of a thing or document → the objects it is
    deeds: Lexicon[Way]
    phrases: Lexicon[str]
    by_deed: Mapping[tuple[str, str], tuple[Family, ...]]  # of a deed with an object, both by name
    by_deed_alone: Mapping[str, tuple[Family, ...]]
    without_deed: tuple[Family, ...]
    ids: tuple[str, ...]


def compile_families(rules: ClaimRules, kinds: Mapping[str, str], normal: Normal = str) -> Families:
    """Makes the lexicons; `kinds` tells of each thing of the gazetteer what it is, `normal` gives words a language's one spelling."""
    names: dict[str, set[str]] = defaultdict(set)
    for group, thing in rules.objects.items():
        for name in (*thing.names, *(name for name, kind in kinds.items() if kind in thing.kinds)):
            names[name].add(group)
    return Families(
        rules=rules,
        objects=Lexicon(
            [(normalised(word, normal), group) for group, thing in rules.objects.items() for word in thing.words]
            + [(normalised(word, normal), NO_OBJECT) for word in rules.not_objects]
        ),
        names={name: frozenset(groups) for name, groups in names.items()},
        deeds=Lexicon((normalised(word, normal), way) for name, deed in rules.deeds.items() for word, way in _ways(name, deed)),
        phrases=Lexicon((normalised(phrase, normal), family.id) for family in rules.families for phrase in family.phrases),
        by_deed=_grouped((pair, family) for family in rules.families for pair in product(family.deed, family.object)),
        by_deed_alone=_grouped((deed, family) for family in rules.families for deed in _deeds_alone(family)),
        without_deed=tuple(family for family in rules.families if not family.deed),
        ids=tuple(family.id for family in rules.families),
    )


def _deeds_alone(family: Family) -> frozenset[str]:
    """Deeds that are the family's without an object: all of them where it has no object at all."""
    return frozenset(family.alone) | (frozenset() if family.object else frozenset(family.deed))


def _grouped(pairs: Iterable[tuple[K, Family]]) -> dict[K, tuple[Family, ...]]:
    found: dict[K, list[Family]] = defaultdict(list)
    for key, family in pairs:
        found[key].append(family)
    return {key: tuple(families) for key, families in found.items()}


def _ways(name: str, deed: Deed) -> Iterator[tuple[str, Way]]:
    yield from ((word, Way(name, False, False)) for word in deed.verbs)
    yield from ((word, Way(name, True, False)) for word in deed.nouns)
    yield from ((word, Way(name, False, True)) for word in deed.receiving_verbs)
    yield from ((word, Way(name, True, True)) for word in deed.receiving_nouns)
