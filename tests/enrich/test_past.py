"""Whether a statement is news or recalled as made earlier."""

from datetime import date
from typing import Any

import pytest

from pipeline.enrich import Reader
from pipeline.enrich.attributions import attributions
from pipeline.enrich.past import compile_past, is_recalled
from pipeline.enrich.sentences import quotations, sentences
from tests.enrich.conftest import cases

CASES = cases("reader/past")
OPENING = "It rained in the town. The shops were shut.\n\n"


def recalled(text: str, on: date | None, reader: Reader, cue: str | None = None) -> bool:
    """Whether the attribution with this cue is, else the only one."""
    doc = reader.parser.one(text)
    cut = sentences(doc)
    (chosen,) = [each for each in attributions(doc, cut, quotations(text), reader.words) if cue in (None, each.cue.text)]
    return is_recalled(chosen, cut[chosen.sentence], compile_past(reader.words, on))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{'lead: ' if case.get('lead') else ''}{case['text'][:90]}")
def test_a_statement_is_recalled_or_news(reader: Reader, case: dict[str, Any]) -> None:
    published = case.get("published", "2024-11-01")
    text = case["text"] if case.get("lead") else OPENING + case["text"]

    assert recalled(text, date.fromisoformat(published) if published else None, reader, case.get("cue")) is case["expect"]


@pytest.mark.parametrize(("day", "old"), [("27 October", True), ("28 October", False), ("1 November", False)])
def test_a_statement_of_more_than_four_days_ago_is_no_news(reader: Reader, day: str, old: bool) -> None:
    text = f"{OPENING}On {day} the spokesman denied that the vault was empty."

    assert recalled(text, date(2024, 11, 1), reader) is old


def test_a_month_later_in_the_year_is_that_of_the_year_before(reader: Reader) -> None:
    text = f"{OPENING}On 5 December the spokesman denied that the vault was empty."

    assert recalled(text, date(2024, 12, 6), reader) is False
    assert recalled(text, date(2024, 12, 4), reader) is True


def test_the_second_sentence_still_is_the_lead_and_the_third_is_not(reader: Reader) -> None:
    denial = "The spokesman has denied that the vault was empty."

    assert recalled(f"It rained. {denial}", None, reader) is False
    assert recalled(f"It rained. It stopped. {denial}", None, reader) is True
