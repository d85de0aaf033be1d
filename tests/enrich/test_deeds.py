"""Who is said to do what: deeds with their doers, and whether they are told as done."""

from typing import Any

import pytest

from pipeline.enrich import Reader
from pipeline.enrich.deeds import Deed, deeds_in
from pipeline.enrich.entities import find_entities
from pipeline.enrich.named import Named
from tests.enrich.conftest import cases

CASES = cases("reader/deeds")
UNMARKED = {"makers": [], "topical": False, "negated": False, "supposed": False, "possible": False}


def deeds(text: str, reader: Reader) -> list[Deed]:
    doc = reader.parser.one(text)
    topical = frozenset(found.start() for found in reader.matchers["en"].subject.finditer(text))
    return deeds_in(doc[:], Named(find_entities(doc, reader.gazetteer, None)), reader.words, topical)


def shown(deed: Deed) -> dict[str, Any]:
    return {
        "word": deed.word.text,
        "doers": list(deed.doers),
        "makers": list(deed.makers),
        "topical": deed.topical,
        "negated": deed.negated,
        "supposed": deed.supposed,
        "possible": deed.possible,
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"][:60])
def test_a_sentence_tells_these_deeds(reader: Reader, case: dict[str, Any]) -> None:
    assert [shown(each) for each in deeds(case["text"], reader)] == [UNMARKED | wanted for wanted in case["expect"]]


def test_a_mention_counts_only_where_it_lies_wholly_in_the_stretch(reader: Reader) -> None:
    text = "The Russian Foreign Ministry met Iran."
    named = Named(find_entities(reader.parser.one(text), reader.gazetteer, None))

    assert [text[each.start : each.end] for each in named.within(0, len(text))] == ["Russian Foreign Ministry", "Iran"]
    assert named.within(0, text.index("Ministry")) == []
    assert named.within(len(text), len(text)) == []
