"""Languages without a parser, step by step: tokens, reports, acts, speakers, what is recalled, whole statements, claim families."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from pipeline.enrich import Reader, read_statements
from pipeline.enrich.entities import find_entities
from pipeline.enrich.patterns.judging import acts_of
from pipeline.enrich.patterns.reports import reports
from pipeline.model import Act, Context, Statement, Verdict
from tests.enrich.patterns.conftest import FOLDER, ON, of_step, page_of


def read(case: dict[str, Any], language: str, reader: Reader) -> tuple[Statement, ...]:
    """`date` is the day of publication, `home` the outlet's country."""
    on = date.fromisoformat(case.get("date", ON.isoformat()))
    published = datetime(on.year, on.month, on.day, 8, tzinfo=UTC)
    context = Context(language=language, title=case.get("title"), published=published, outlet_country=case.get("home"))
    return read_statements(case["text"], context, reader, Verdict(on_topic=True, reason="given")).statements


def shown(statement: Statement) -> dict[str, Any]:
    return {
        "act": statement.act.value,
        "speaker": statement.speaker.name,
        "side": statement.speaker.side,
        "targets": list(statement.targets),
        "claims": list(statement.claims),
        "sentences": list(statement.sentences),
        "mode": statement.mode.value,
        "background": statement.background,
        "partial": statement.partial,
        "answers": statement.addressee_of,
    }


def test_every_language_has_cases(reader: Reader) -> None:
    assert {folder.name for folder in FOLDER.iterdir()} == {*reader.patterns}


@pytest.mark.parametrize(("language", "case"), of_step("tokens"))
def test_a_word_has_this_lemma_and_form(reader: Reader, language: str, case: dict[str, Any]) -> None:
    doc = reader.patterns[language].analyser.parse(case["text"])
    words = {token.text: token for token in doc}

    assert doc.text == case["text"]
    for word, (lemma, pos, *features) in case["expect"].items():
        token = words[word]
        assert (token.lemma_, token.pos_) == (lemma, pos), word
        for name, _, value in (each.partition("=") for each in features):
            assert sorted(token.morph.get(name, [])) == value.split(","), (word, str(token.morph))


@pytest.mark.parametrize(("language", "case"), of_step("reports"))
def test_a_sentence_has_these_reports(reader: Reader, language: str, case: dict[str, Any]) -> None:
    page = page_of(case["text"], language, reader)
    found = [each for each in reports(page) if not each.negated]
    told = [
        {
            "cue": each.text,
            "by": [page.doc[phrase.start : phrase.end].text for phrase in each.source],
            "says": [page.doc[start:end].text for start, end in each.content],
        }
        for each in found
    ]
    assert told == case["expect"]


@pytest.mark.parametrize(("language", "case"), of_step("acts"))
def test_a_report_does_this_when_that_side_makes_it(reader: Reader, language: str, case: dict[str, Any]) -> None:
    page = page_of(case["text"], language, reader)
    (report,) = [each for each in reports(page) if case.get("cue") in {None, each.text}]

    for side, acts in case["by"].items():
        assert [each.act for each in acts_of(report, None if side == "nobody" else side, page)] == acts, side


def test_every_act_is_made_in_every_language(reader: Reader) -> None:
    for language in {param.values[0] for param in of_step("acts")}:
        made = {act for param in of_step("acts") if param.values[0] == language for acts in param.values[1]["by"].values() for act in acts}
        assert made == {act.value for act in Act}, language


@pytest.mark.parametrize(("language", "case"), of_step("statements"))
def test_a_text_makes_these_statements(reader: Reader, language: str, case: dict[str, Any]) -> None:
    left = [shown(each) for each in read(case, language, reader)]

    for wanted in case["expect"]:
        found = next((each for each in left if {key: each[key] for key in wanted} == wanted), None)
        assert found is not None, (wanted, left)
        left.remove(found)
    assert left == []


@pytest.mark.parametrize(("language", "case"), of_step("claims"))
def test_a_sentence_is_about_these_families(reader: Reader, language: str, case: dict[str, Any]) -> None:
    doc = reader.patterns[language].analyser.parse(case["text"])
    found = reader.claims[language]([doc[:]], find_entities(doc, reader.gazetteer, ON), context=case.get("before", ()))

    assert sorted(found) == sorted(case["expect"])


def test_every_family_is_found_in_every_language(reader: Reader) -> None:
    for language in {param.values[0] for param in of_step("claims")}:
        found = {family for param in of_step("claims") if param.values[0] == language for family in param.values[1]["expect"]}
        assert found == {*reader.families.ids}, language


@pytest.mark.parametrize(("language", "case"), of_step("statements"))
def test_a_statement_is_a_slice_of_the_text(reader: Reader, language: str, case: dict[str, Any]) -> None:
    for statement in read(case, language, reader):
        words = case["text"][statement.start : statement.end]
        assert words == words.strip() != ""
