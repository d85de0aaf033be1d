"""What Arabic forms are, whatever is written onto them, and where sentences end."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from pipeline.enrich.analysis.arabic import Arabic, ArabicLexicon
from pipeline.enrich.sentences import sentences
from pipeline.layers import read_yaml
from pipeline.words import Abbreviations
from tests.conftest import ROOT
from tests.enrich.conftest import cases

LEXICON = read_yaml(ROOT / "config" / "languages" / "lexicons" / "ar.yml", ArabicLexicon)
ARABIC = Arabic(Abbreviations(titles=frozenset({"د."}), numbers=frozenset(), openers=frozenset()), LEXICON)
PIECES = ["قال", "و", "ف", "ب", "لل", "ال", "كرملين", "ه", "ها", "س", "لم", "ينف", "اتهامات", "ة", "٣", "ـ", "ﻻ", "U.S.", "😀"]
PIECES += [" ", "\u0651", "\u064b", "\u200f", "\n", ".", "...", "«", "»", "(", "!"]


@pytest.mark.parametrize("case", cases("analysis/arabic"), ids=lambda case: case["text"][:40])
def test_a_form_is_this_word(case: dict[str, Any]) -> None:
    doc = ARABIC.parse(case["text"])

    assert doc.text == case["text"]
    for form, (lemma, tag, features) in case["expect"].items():
        token = next(token for token in doc if token.text == form)
        assert (token.lemma_, token.pos_) == (lemma, tag), form
        for feature in filter(None, features.split("|")):
            name, value = feature.split("=")
            assert token.morph.get(name) == [value] * bool(value), (form, str(token.morph))


@pytest.mark.parametrize("case", cases("analysis/arabic_sentences"), ids=lambda case: case["text"][:40])
def test_an_arabic_text_is_cut_into_these_sentences(case: dict[str, Any]) -> None:
    assert [sentence.text for sentence in sentences(ARABIC.parse(case["text"]))] == case["expect"]


@pytest.mark.parametrize("article", ["gulf-ar-blinken", "gulf-ar-kanani"])
def test_the_sentences_of_the_sample_outlets_are_found(article: str) -> None:
    file = ROOT / "tests" / "data" / "sites" / f"{article}.txt"
    wanted = json.loads(file.with_suffix(".sents.json").read_text(encoding="utf-8"))

    assert [each.text for each in sentences(ARABIC.parse(file.read_text(encoding="utf-8")))] == [each["text"] for each in wanted]


def test_a_phrase_of_the_word_list_is_spelt_as_texts_are() -> None:
    assert ARABIC.normal("لا أساس له من الصحّة") == "لا اساس ل ه من الصحه"
    assert ARABIC.normal("وفقاً لمسؤول") == "وفقا ل مسءول"
    assert ARABIC.normal("للكرملين") == "ل الكرملين"


def test_every_verb_of_the_lexicon_is_its_own_lemma() -> None:
    for past in sorted({*LEXICON.regular, *LEXICON.irregular} - LEXICON.apart):
        doc = ARABIC.parse("لقد " + past)
        assert [token.pos_ for token in doc][1:] in (["VERB"], ["AUX"]), past


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
@settings(max_examples=300)
def test_tokens_slice_back_to_their_text(text: str) -> None:
    doc = ARABIC.parse(text)

    assert doc.text == text
    assert all(text[token.idx : token.idx + len(token.text)] == token.text for token in doc)


def test_a_verb_cannot_be_regular_and_irregular() -> None:
    with pytest.raises(ValidationError, match="regular and irregular: قال"):
        ArabicLexicon.model_validate({**LEXICON.model_dump(), "regular": ["قال"]})


def test_a_present_begins_as_presents_do() -> None:
    with pytest.raises(ValidationError, match="no present in ي: قال"):
        ArabicLexicon.model_validate({**LEXICON.model_dump(), "irregular": {"قال": "قول"}})
