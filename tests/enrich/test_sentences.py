"""Where sentences and quotations begin and end."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.enrich import Reader
from pipeline.enrich.sentences import LONGEST, quotations, sentences, tokens
from tests.enrich.conftest import cases

PIECES = ["The ferry sank", " ", ".", "“", "”", '"', "''", "‘", "’", "«", "»", "\n", "No", "U.S.", "?", "…", "(", ")", "’s", "\u00a0", "😀"]


@pytest.mark.parametrize("case", cases("reader/sentences"), ids=lambda case: repr(case["text"][:60]))
def test_a_text_is_cut_into_these_sentences(reader: Reader, case: dict[str, Any]) -> None:
    found = sentences(reader.parser.one(case["text"]))

    assert [sentence.text for sentence in found] == case["expect"]
    assert [case["text"][sentence.start_char : sentence.end_char] for sentence in found] == case["expect"]


@pytest.mark.parametrize("case", cases("reader/quotations"), ids=lambda case: repr(case["text"][:60]))
def test_these_words_stand_between_quotation_marks(case: dict[str, Any]) -> None:
    assert [case["text"][each.start : each.end] for each in quotations(case["text"])] == case["expect"]


def test_a_sentence_without_an_end_is_cut_at_its_bound(reader: Reader) -> None:
    found = sentences(reader.parser.one("boat " * (2 * LONGEST + 1)))

    assert [len(sentence) for sentence in found] == [LONGEST, LONGEST, 1]


def test_a_stretch_without_white_space_is_one_token(reader: Reader) -> None:
    text = f"The code {'(“' * 300} was found."
    doc = tokens(text, reader.parser.nlp)

    assert doc.text == text
    assert max(len(token) for token in doc) == 600


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_sentences_hold_every_letter_once_and_in_order(reader: Reader, text: str) -> None:
    doc = reader.parser.one(text)
    found = sentences(doc)

    assert doc.text == text
    assert "".join("".join(sentence.text for sentence in found).split()) == "".join(text.split())
    assert all(first.end <= second.start for first, second in pairwise(found))
    assert all(sentence.text == sentence.text.strip() != "" for sentence in found)


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_quotations_lie_in_the_text_apart_and_within_one_paragraph(text: str) -> None:
    found = quotations(text)

    assert all(0 < each.start <= each.end <= len(text) for each in found)
    assert all(first.end < second.start for first, second in pairwise(found))
    assert not any("\n" in text[each.start : each.end] for each in found)
