"""What Persian forms are, whatever they are typed with, and where sentences end."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from pipeline.enrich.analysis.persian import Persian, PersianLexicon
from pipeline.enrich.sentences import sentences
from pipeline.layers import read_yaml
from pipeline.words import Abbreviations
from tests.conftest import ROOT
from tests.enrich.conftest import cases

LEXICON = read_yaml(ROOT / "config" / "languages" / "lexicons" / "fa.yml", PersianLexicon)
PERSIAN = Persian(Abbreviations(titles=frozenset(), numbers=frozenset(), openers=frozenset()), LEXICON)
PIECES = ["گفت", "می", "کند", "نخواهد", "داده", "شد", "شده", "است", "بود", "ها", "بی", "اساس", "آنرا", "و", "۳", "ـ", "U.S.", "😀"]
PIECES += [" ", "\u200c", "\u064b", "\u200f", "\n", ".", "...", "«", "»", "(", "!"]


@pytest.mark.parametrize("case", cases("analysis/persian"), ids=lambda case: case["text"][:40])
def test_a_form_is_this_word(case: dict[str, Any]) -> None:
    doc = PERSIAN.parse(case["text"])

    assert doc.text == case["text"]
    for form, (lemma, tag, features) in case["expect"].items():
        token = next(token for token in doc if token.text == form)
        assert (token.lemma_, token.pos_) == (lemma, tag), form
        for feature in filter(None, features.split("|")):
            name, value = feature.split("=")
            assert token.morph.get(name) == [value] * bool(value), (form, str(token.morph))


@pytest.mark.parametrize("case", cases("analysis/persian_sentences"), ids=lambda case: case["text"][:40])
def test_a_persian_text_is_cut_into_these_sentences(case: dict[str, Any]) -> None:
    assert [sentence.text for sentence in sentences(PERSIAN.parse(case["text"]))] == case["expect"]


@pytest.mark.parametrize("article", ["caspian-fa-kanani", "caspian-fa-baghaei"])
def test_the_sentences_of_the_sample_outlets_are_found(article: str) -> None:
    file = ROOT / "tests" / "data" / "sites" / f"{article}.txt"
    wanted = json.loads(file.with_suffix(".sents.json").read_text(encoding="utf-8"))

    assert [each.text for each in sentences(PERSIAN.parse(file.read_text(encoding="utf-8")))] == [each["text"] for each in wanted]


def test_a_phrase_of_the_word_list_is_spelt_as_texts_are() -> None:
    assert PERSIAN.normal("بی اساس خواندن") == "بیاساس خواندن"
    assert PERSIAN.normal("تأييد كردن") == "تایید کردن"
    assert PERSIAN.normal("به گفتهٔ") == "به گفته"


def test_every_word_of_the_lexicon_is_its_own_lemma() -> None:
    for tag, words in LEXICON.words.items():
        for word in words:
            # Behind a preposition a form is no verb.
            *_, token = PERSIAN.parse(f"از {word}")
            verbs = {PERSIAN.normal(form) for form in LEXICON.nouns_first}
            if token.norm_ not in verbs and tag not in {"DET", "ADP"}:
                assert (token.lemma_, token.pos_) == (PERSIAN.normal(word), tag), word


def test_a_lexicon_that_contradicts_itself_is_refused() -> None:
    raw = LEXICON.model_dump()

    with pytest.raises(ValidationError, match="under two parts of speech: پهپاد"):
        PersianLexicon(**{**raw, "words": {**raw["words"], "X": {"پهپاد"}}})
    with pytest.raises(ValidationError, match="bare: no verbs: پهپاد"):
        PersianLexicon(**{**raw, "bare": {"پهپاد"}})


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_tokens_hold_every_letter_once_and_in_order(text: str) -> None:
    doc = PERSIAN.parse(text)

    assert doc.text == text
    assert all(token.lemma_ and token.norm_ and token.pos_ for token in doc)
    assert [text[token.idx : token.idx + len(token)] for token in doc] == [token.text for token in doc]
