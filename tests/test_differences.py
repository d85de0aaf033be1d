"""How one state of a configuration file differs from another, in the blocks that people think of."""

from typing import Any

import pytest
import yaml

from pipeline.actors import Actors
from pipeline.claim_rules import ClaimRules
from pipeline.differences import Difference, Kind, differences, named, overrides, told
from pipeline.source_rules import Sources

BEFORE = yaml.safe_load("""
outlets:
  - {id: a, name: A, tier: 2, domains: [a.example], feeds: [{url: "http://a/"}]}
  - {id: b, name: B}
""")


def plain(text: str) -> Any:
    return yaml.safe_load(text)


def test_blocks_are_added_changed_and_removed() -> None:
    after = plain('outlets: [{id: a, name: A, tier: 3, domains: [b.example], feeds: [{url: "http://a/", kind: json}]}, {id: c, name: C}]')
    assert differences(BEFORE, after, Sources) == [
        Difference(
            block="outlets.a",
            kind=Kind.CHANGED,
            lines=(
                "tier: 2 → 3",
                "domains: + b.example",
                "domains: - a.example",
                "feeds: + {kind: json, url: 'http://a/'}",
                "feeds: - {url: 'http://a/'}",
            ),
        ),
        Difference(block="outlets.c", kind=Kind.ADDED),
        Difference(block="outlets.b", kind=Kind.REMOVED),
    ]
    assert differences(BEFORE, BEFORE, Sources) == []


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        ("{a: 1}", "{a: 1, b: true}", ["b: – → true"]),
        ("{a: {b: x}}", "{a: {b: y}}", ["a.b: x → y"]),
        ("[a, b]", "[b, a]", ["in another order"]),
        ("null", "[a]", ["null → [a]"]),
    ],
)
def test_a_value_is_told_beside_what_it_was(before: str, after: str, lines: list[str]) -> None:
    assert list(told(plain(before), plain(after))) == lines


def test_a_long_value_is_told_by_its_beginning() -> None:
    (line,) = told("a", "b" * 10_000)
    assert len(line) < 300


@pytest.mark.parametrize(
    ("own", "speaks_of", "replaces"),
    [
        ("states: [{name: X, aliases: [Y]}]", {"states.X"}, set()),
        ("states: [{name: X, full: the X}]", {"states.X"}, {"states.X"}),
        ("states: [{name: X, remove: {aliases: [Y]}}]", {"states.X"}, {"states.X"}),
        ("people: [{name: X, offices: [{title: t, from: '2020'}]}]", {"people.X"}, set()),
        ("people: [{name: X, offices: [{title: t, from: '2020', to: '2021'}]}]", {"people.X"}, {"people.X"}),
        ("not_people: [May]", set(), set()),
        ("remove: {not_people: [May]}", set(), set()),
        ("remove: {people: [X, Y]}", {"people.X", "people.Y"}, {"people.X", "people.Y"}),
        ("city: {before: [in]}", {"city"}, set()),
        ("short: {ministry: [department]}", {"short.ministry"}, set()),
    ],
)
def test_what_is_only_added_to_overrides_nothing(own: str, speaks_of: set[str], replaces: set[str]) -> None:
    assert named(plain(own), Actors) == speaks_of
    assert overrides(plain(own), Actors) == replaces


def test_entries_of_a_mapping_are_blocks_too() -> None:
    own = plain("deeds: {give: {verbs: [hand]}, take: {here: true}}\nremove: {objects: [x]}")
    assert named(own, ClaimRules) == {"deeds.give", "deeds.take", "objects.x"}
    assert overrides(own, ClaimRules) == {"deeds.take", "objects.x"}
