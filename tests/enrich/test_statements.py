"""From attributions to statements: runs of sentences, whom they are aimed at, which accusation a denial answers."""

from typing import Any

import pytest

from pipeline.enrich import Reader, read_statements
from pipeline.model import Context, Statement, Verdict
from tests.enrich.conftest import cases


def read(text: str, reader: Reader, context: Context | None = None) -> tuple[Statement, ...]:
    return read_statements(text, context or Context(), reader, Verdict(on_topic=True, reason="given")).statements


def shown(statement: Statement) -> dict[str, Any]:
    return {
        "act": statement.act.value,
        "speaker": statement.speaker.name,
        "targets": list(statement.targets),
        "sentences": list(statement.sentences),
        "mode": statement.mode.value,
        "background": statement.background,
        "answers": statement.addressee_of,
    }


def compare(found: tuple[Statement, ...], wanted: list[dict[str, Any]]) -> None:
    """Equal, in order, as far as each expectation goes."""
    pairs = zip([shown(each) for each in found], wanted, strict=False)
    assert [{key: each[key] for key in each if key in want} for each, want in pairs] == wanted
    assert len(found) == len(wanted), found


@pytest.mark.parametrize("case", cases("reader/answers"), ids=lambda case: case["text"][:90])
def test_a_denial_answers_this_accusation(reader: Reader, case: dict[str, Any]) -> None:
    compare(read(case["text"], reader), [{"background": False, "answers": None, **each} for each in case["expect"]])


@pytest.mark.parametrize("case", cases("reader/targets"), ids=lambda case: case["text"][:90])
def test_statements_are_aimed_at(reader: Reader, case: dict[str, Any]) -> None:
    compare(read(case["text"], reader), case["expect"])


@pytest.mark.parametrize("case", cases("reader/runs"), ids=lambda case: case["text"][:90])
def test_a_text_makes_these_statements(reader: Reader, case: dict[str, Any]) -> None:
    compare(read(case["text"], reader), case["expect"])


@pytest.mark.parametrize(
    "case", [*cases("reader/answers"), *cases("reader/targets"), *cases("reader/runs")], ids=lambda case: case["text"][:60]
)
def test_a_statement_begins_and_ends_with_its_sentences(reader: Reader, case: dict[str, Any]) -> None:
    text = case["text"]
    for statement in read(text, reader):
        assert text[statement.start : statement.end] == text[statement.start : statement.end].strip() != ""
        assert text[statement.end - 1] in ".”"
        assert list(statement.sentences) == list(range(statement.sentences[0], statement.sentences[-1] + 1))


def test_the_title_adds_what_the_body_does_not_state(reader: Reader) -> None:
    titled, stated = read("Tehran denied the report.", reader, Context(title="Blinken accuses Iran of arming Russia"))

    assert (titled.act, titled.speaker.name, titled.start, titled.end, titled.sentences) == ("accusation", "Antony Blinken", -1, -1, ())
    assert (stated.act, stated.start) == ("denial", 0)


def test_the_title_does_not_repeat_the_body(reader: Reader) -> None:
    (only,) = read("Tehran denied the report on Friday.", reader, Context(title="Iran denies the report"))

    assert only.start == 0


def test_an_answer_is_counted_with_the_title(reader: Reader) -> None:
    body = "Ukraine accused Iran of sending drones to Russia. Tehran denied it."
    titled, accusation, denial = read(body, reader, Context(title="Blinken urges Iran to stop the drones"))

    assert titled.act == "demand"
    assert accusation.act == "accusation"
    assert denial.addressee_of == 1
