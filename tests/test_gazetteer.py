"""Names that must meet, strangers that must not, offices at dates; and what `actors.yml` may not say."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pipeline.actors import Actors
from pipeline.gazetteer import Gazetteer
from pipeline.layers import merged
from pipeline.settings import read_settings
from pipeline.spelling import Speller, fold

ROOT = Path(__file__).parent.parent
NAMES = ROOT / "tests" / "data" / "names"
FILES = read_settings().files("actors.yml")
RAW = merged(FILES, Actors)
ACTORS = Actors(**RAW)
GAZETTEER = Gazetteer(ACTORS)


def cases(name: str) -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = yaml.safe_load((NAMES / name).read_text(encoding="utf-8"))
    return loaded


def a_day(written: str | None) -> date | None:
    return date.fromisoformat(written) if written else None


def actors_with(**changes: Any) -> Actors:
    return Actors(**{**RAW, **changes})


@pytest.mark.parametrize("case", cases("variants.yml") + cases("strangers.yml"), ids=lambda case: case["name"])
def test_a_name_meets_its_owner_and_nobody_else(case: dict[str, Any]) -> None:
    found = GAZETTEER.find(case["name"], on=a_day(case["date"]), context=case.get("context", ()))

    assert (found.name if found else None) == case["expect"]
    assert found is None or case.get("how", found.how) == found.how


@pytest.mark.parametrize("case", cases("offices.yml"), ids=lambda case: f"{case['side']} {case['office']} {case['date']}")
def test_an_office_names_its_holder_at_the_date(case: dict[str, Any]) -> None:
    found = GAZETTEER.offices.office_holder(case["side"], case["office"], a_day(case["date"]))

    assert (found.name if found else None) == case["expect"]
    assert found is None or found.side == case["side"]


def test_side_and_office_are_those_of_the_date() -> None:
    before, after = (GAZETTEER.find("Annalena Baerbock", on=date(year, 12, 1)) for year in (2022, 2025))

    assert before is not None
    assert (before.side, before.office) == ("DE", "foreign minister")
    assert after is not None
    assert (after.side, after.office) == ("UN", "general assembly president")


def test_every_person_is_found_by_the_canonical_name() -> None:
    for person in ACTORS.people:
        found = GAZETTEER.find(person.name, on=date(2024, 1, 1))
        assert found is not None
        assert found.name == person.name


def test_every_code_is_quoted_in_the_file() -> None:
    for file in FILES:
        text = file.read_text(encoding="utf-8")

        assert re.findall(r"^.*\b(?:side|code|origin|country|from|to|seen|date): *(?!\")\S.*$", text, re.MULTILINE) == []


def test_an_alias_of_two_owners_is_refused() -> None:
    twice = [*RAW["organisations"], {"name": "Another", "side": "US", "kind": "agency", "aliases": ["CIA"]}]

    with pytest.raises(ValidationError, match="'cia' names Another and Central Intelligence Agency"):
        actors_with(organisations=twice)


def test_a_rule_for_a_shared_alias_makes_it_good() -> None:
    twice = [*RAW["organisations"], {"name": "Another", "side": "US", "kind": "agency", "aliases": ["CIA"]}]
    rule = {
        "alias": "CIA",
        "owners": {"Another": ["cooking"], "Central Intelligence Agency": ["spies"]},
        "otherwise": "Central Intelligence Agency",
    }
    gazetteer = Gazetteer(actors_with(organisations=twice, shared=[*RAW["shared"], rule]))

    names = [found.name if (found := gazetteer.find("CIA", context=context)) else None for context in (["cooking"], ["spies"], ["rain"])]

    assert names == ["Another", "Central Intelligence Agency", "Central Intelligence Agency"]


@pytest.mark.parametrize(
    ("person", "complaint"),
    [
        ({"name": "A B", "side": "XX"}, "XX is the code of no state"),
        ({"name": "A B", "side": "IR", "offices": [{"title": "wizard"}]}, "no title 'wizard'"),
        ({"name": "A B", "side": "IR", "offices": [{"title": "president", "of": "Nobody"}]}, "no organisation 'Nobody'"),
        ({"name": "A B", "offices": [{"title": "president"}]}, "no side"),
        ({"name": "A B", "side": "IR", "offices": [{"title": "president", "from": "2024-02", "to": "2023"}]}, "ends before it begins"),
        ({"name": "A B", "side": "IR", "offices": [{"title": "president", "to": "2024", "seen": "2024"}]}, "exclude each other"),
        ({"name": "A B", "side": "IR", "shoe": 43}, "Extra inputs"),
    ],
)
def test_a_person_that_does_not_fit_is_refused(person: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        actors_with(people=[*RAW["people"], person])


def test_an_explanation_says_who_and_why() -> None:
    lines = "\n".join(GAZETTEER.explain("Kanani", date(2022, 12, 18)))

    assert "Nasser Kanaani, person, side IR" in lines
    assert "by surname" in lines
    assert "2022-07 to 2024-10: spokesman, Ministry of Foreign Affairs of Iran" in lines


def test_an_explanation_says_why_nobody() -> None:
    lines = "\n".join(GAZETTEER.explain("Bagheri", date(2022, 12, 18)))

    assert "nobody" in lines
    assert "Ali Bagheri Kani, Mohammad Bagheri" in lines


@given(st.text(max_size=40))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(max_size=200))
def test_words_slice_back_to_their_text(text: str) -> None:
    for word in Speller(ACTORS.spelling).words(text):
        assert text[word.start : word.end] == word.text


@given(st.text(max_size=60))
def test_no_name_is_too_odd_to_look_up(text: str) -> None:
    GAZETTEER.find(text, on=date(2024, 1, 1))
