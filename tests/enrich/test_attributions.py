"""Reported speech: who is the source, which word says so, and what was said; frame by frame."""

from typing import Any

import pytest

from pipeline.enrich import Reader
from pipeline.enrich.attributions import attributions
from pipeline.enrich.frames import Attribution, Frame
from pipeline.enrich.sentences import quotations, sentences
from tests.enrich.conftest import cases

CASES = cases("reader/attributions")
FRAMES = set(Frame) - {Frame.GOING_ON, Frame.AUTHOR}  # those are made of others


def find(text: str, reader: Reader) -> list[Attribution]:
    doc = reader.parser.one(text)
    return attributions(doc, sentences(doc), quotations(text), reader.words)


def shown(found: Attribution) -> dict[str, Any]:
    return {
        "rule": found.frame.value,
        "lemma": found.lemma,
        "cue": found.cue.text,
        "source": found.source.text if found.source is not None else None,
        "content": [piece.text for piece in found.content],
        "negated": found.negated,
        "inside": found.cue.doc[found.outer].text if found.outer is not None else None,
    }


def test_every_frame_has_a_case() -> None:
    assert {wanted["rule"] for case in CASES for wanted in case["expect"] if "rule" in wanted} == FRAMES


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"][:60])
def test_a_text_reports_this_speech(reader: Reader, case: dict[str, Any]) -> None:
    found = [shown(each) for each in find(case["text"], reader)]
    wanted = [{"negated": False, "inside": None, **each} for each in case["expect"]]

    assert [{key: each[key] for key in each if key in want} for each, want in zip(found, wanted, strict=False)] == wanted
    assert len(found) == len(wanted), found


def test_what_is_said_inside_of_it_is_marked_in_the_words_around(reader: Reader) -> None:
    outer, inner = find("The clerk said that the porter had denied taking the key.", reader)

    assert inner.nested
    assert not outer.nested
    assert {inner.cue.doc[number].text for number in outer.inner} == {"denied", "taking", "the", "key"}
    assert outer.inner.isdisjoint({outer.cue.i})


def test_each_attribution_knows_the_sentence_of_its_cue(reader: Reader) -> None:
    found = find("It rained. The clerk denied the theft.\n\nNobody spoke. The porter denied it too.", reader)

    assert [each.sentence for each in found] == [1, 3]
