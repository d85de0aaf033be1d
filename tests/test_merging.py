"""What a later file makes of an earlier one: words are united, blocks go together, choices and single values are replaced."""

import typing
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pipeline.actors import Actors
from pipeline.alert_rules import Alerting
from pipeline.chrome import ChromeRules
from pipeline.claim_rules import ClaimRules
from pipeline.merging import Misfit, fields_of, laid_over
from pipeline.rules import Rules, Topic
from pipeline.source_rules import AgencyRules, Sources
from pipeline.words import LanguageRules

FILES = (Topic, Sources, Actors, ClaimRules, Alerting, AgencyRules, ChromeRules, LanguageRules)

OUTLET = "{id: a, name: A, domains: [a.example], languages: [en], feeds: [{url: 'http://a.example/rss'}]}"


def over(base: str, later: str, shape: type[Rules]) -> Any:
    return laid_over(yaml.safe_load(base), yaml.safe_load(later), shape)


def test_a_block_of_the_same_name_goes_on_key_by_key_and_keeps_its_place() -> None:
    merged = over(
        f"outlets: [{OUTLET}, {{id: b, name: B, enabled: true}}]", "outlets: [{id: c, name: C}, {id: a, enabled: false, name: AA}]", Sources
    )
    assert [outlet["id"] for outlet in merged["outlets"]] == ["a", "b", "c"]
    assert merged["outlets"][0]["name"] == "AA"
    assert merged["outlets"][0]["enabled"] is False
    assert merged["outlets"][0]["domains"] == ["a.example"]


def test_words_are_united_and_choices_replaced() -> None:
    merged = over(
        f"outlets: [{OUTLET}]",
        "outlets: [{id: a, domains: [a2.example, a.example], languages: [fr], feeds: [{url: 'http://b/'}]}]",
        Sources,
    )
    (outlet,) = merged["outlets"]
    assert outlet["domains"] == ["a.example", "a2.example"]
    assert outlet["languages"] == ["fr"]
    assert [feed["url"] for feed in outlet["feeds"]] == ["http://a.example/rss", "http://b/"]
    rule = over(
        "rules: [{id: r, when: {act: [denial], speaker: [X], confidence: 0.5}, channels: [log, desk]}]",
        "rules: [{id: r, when: {act: [accusation], speaker: [Y]}, channels: [log]}]",
        Alerting,
    )["rules"][0]
    assert rule == {"id": "r", "when": {"act": ["accusation"], "speaker": ["Y"], "confidence": 0.5}, "channels": ["log"]}


def test_entries_of_a_mapping_go_together_by_their_names() -> None:
    merged = over(
        "deeds: {give: {verbs: [give], here: true}, take: {verbs: [take]}}",
        "deeds: {give: {verbs: [hand], here: false}, lend: {verbs: [lend]}}",
        ClaimRules,
    )
    assert merged["deeds"] == {
        "give": {"verbs": ["give", "hand"], "here": False},
        "take": {"verbs": ["take"]},
        "lend": {"verbs": ["lend"]},
    }


def test_offices_are_told_apart_by_title_body_and_beginning() -> None:
    merged = over(
        "people: [{name: P, offices: [{title: minister, of: X, from: '2020'}, {title: minister, of: X, from: '2022'}]}]",
        "people: [{name: P, offices: [{title: minister, of: X, from: '2022', to: '2023'}, {title: chair, of: Y}]}]",
        Actors,
    )
    assert [office.get("to") for office in merged["people"][0]["offices"]] == [None, "2023", None]


def test_what_is_not_wanted_goes_before_anything_is_added() -> None:
    merged = over(
        "deeds: {give: {verbs: [give, lend]}, take: {}}\nfamilies: [{id: x, title: X}, {id: y, title: Y, phrases: [p]}]",
        """
        remove: {deeds: [take], families: [y]}
        deeds: {give: {remove: {verbs: [lend]}, verbs: [hand]}}
        families: [{id: y, title: another}]
        """,
        ClaimRules,
    )
    assert merged == {
        "deeds": {"give": {"verbs": ["give", "hand"]}},
        "families": [{"id": "x", "title": "X"}, {"id": "y", "title": "another"}],
    }


@pytest.mark.parametrize(
    ("later", "key", "told"),
    [
        ("remove: {outlets: [moon]}", "remove.outlets", "'moon' is not there"),
        ("remove: {outlet: [a]}", "remove.outlet", "'a' is not there"),
        ("remove: [a]", "remove", "says of no key"),
        ("remove: {outlets: a}", "remove", "says of no key"),
        ("outlets: [{id: a, remove: {domains: [b.example]}}]", "outlets.a.remove.domains", "'b.example' is not there"),
        ("outlets: [{id: c}, {id: c}]", "outlets.c", "stands twice"),
    ],
)
def test_what_cannot_be_laid_over_says_where(later: str, key: str, told: str) -> None:
    with pytest.raises(Misfit, match=told) as caught:
        over(f"outlets: [{OUTLET}]", later, Sources)
    assert caught.value.key == key


def test_a_key_with_nothing_behind_it_changes_no_list_and_unsets_a_value() -> None:
    merged = over("channels: [{id: log, kind: log}]\nmax_age: P7D", "channels:\nrules:\nmax_age:", Alerting)
    assert merged == {"channels": [{"id": "log", "kind": "log"}], "rules": None, "max_age": None}


def every_type(shape: type[Rules], seen: set[type[Rules]]) -> Iterator[tuple[str, type[Rules]]]:
    """Each list of mappings in a type, and the type of its mappings."""
    if shape in seen:
        return
    seen.add(shape)
    for name, info in shape.model_fields.items():
        waiting = [info.annotation]
        while waiting:
            annotation = waiting.pop()
            if isinstance(annotation, type) and issubclass(annotation, Rules):
                yield from every_type(annotation, seen)
            arguments = typing.get_args(annotation)
            if typing.get_origin(annotation) in {tuple, frozenset} and isinstance(arguments[0], type) and issubclass(arguments[0], Rules):
                yield f"{shape.__name__}.{name}", arguments[0]
            waiting.extend(arguments)


@pytest.mark.parametrize("shape", FILES, ids=lambda shape: shape.__name__)
def test_every_list_of_blocks_can_be_added_to(shape: type[Rules]) -> None:
    for where, block in every_type(shape, set()):
        assert block.named_by, where
        assert set(block.named_by) <= set(fields_of(block)), where


WORDS = st.lists(st.sampled_from("abcdef"), unique=True)
BLOCKS = st.dictionaries(st.sampled_from("xyz"), WORDS).map(lambda made: [{"name": name, "signs": words} for name, words in made.items()])
AGENCIES = st.fixed_dictionaries({"agencies": BLOCKS})


@given(AGENCIES, AGENCIES)
def test_laying_over_twice_is_once_and_loses_nothing(base: Any, later: Any) -> None:
    once = laid_over(base, later, AgencyRules)
    assert laid_over(once, later, AgencyRules) == once
    assert laid_over({}, base, AgencyRules) == base
    signs = {agency["name"]: set(agency["signs"]) for agency in once["agencies"]}
    for agency in [*base["agencies"], *later["agencies"]]:
        assert set(agency["signs"]) <= signs[agency["name"]]
