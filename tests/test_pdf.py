"""Statements as PDF files, made with the faults that such files have, and what is no text at all."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.errors import Rejected
from pipeline.extract import MAX_PDF, extract, extract_item
from pipeline.model import DateSource, Extract, Outcome, TextSource
from pipeline.parsers import Parsers

FOLDER = Path(__file__).parent / "data" / "sources"
URL = "https://mission.example/statement.pdf"


def read(name: str, title: str | None = None) -> Extract:
    return extract((FOLDER / name).read_bytes(), url=URL, feed_title=title)


def test_a_statement_is_its_paragraphs_without_the_furniture_of_its_pages() -> None:
    found = read("statement.pdf")
    paragraphs = found.text.split("\n\n")
    assert found.text_from is TextSource.PDF
    assert "contained in the letter of one of its members, that it has transferred" in found.text
    assert paragraphs[-1] == "The Mission asks that the present statement be circulated as a document of the organisation."
    assert len([line for line in paragraphs if line.startswith("In paragraph")]) == 12
    for furniture in ("H/2023/961", "23-01234", "1/3", "2/3"):
        assert furniture not in found.text
    assert "  " not in found.text
    assert found.language == "en"


def test_the_title_is_the_links_and_never_the_templates_name() -> None:
    assert read("statement.pdf", "Statement on drones").title == "Statement on drones"
    assert read("statement.pdf").title == "Statement by the Permanent Mission of the Harbour Republic on the"


def test_the_day_of_its_making_is_a_date_without_an_hour_that_counts() -> None:
    found = read("statement.pdf")
    assert (found.published, found.published_from, found.published_exact) == (datetime(2000, 1, 1, tzinfo=UTC), DateSource.PAGE, False)


def test_letters_beyond_latin_are_read() -> None:
    found = read("statement-ru.pdf")
    assert "Россия и Иран отвергают обвинения в поставках беспилотников." in found.text
    assert found.language == "ru"


@pytest.mark.parametrize(("name", "reason"), [("scan.pdf", "pictures of pages"), ("locked.pdf", "locked")])
def test_what_has_no_text_says_why(name: str, reason: str) -> None:
    with pytest.raises(Rejected, match=reason) as caught:
        read(name)
    assert caught.value.outcome is Outcome.NO_TEXT


@pytest.mark.parametrize("cut", [20, 300, 1500, 3000])
def test_a_broken_file_is_an_outcome(cut: int) -> None:
    body = (FOLDER / "statement.pdf").read_bytes()
    for broken in (body[:cut], body[:cut] + b"\0" * 500):
        with pytest.raises(Rejected) as caught:
            extract(broken, url=URL)
        assert caught.value.outcome is Outcome.NO_TEXT


def test_a_file_that_is_too_large_is_not_opened() -> None:
    with pytest.raises(Rejected) as caught:
        extract(b"%PDF-1.7 " + bytes(MAX_PDF), url=URL)
    assert caught.value.outcome is Outcome.TOO_LARGE


def test_it_is_read_in_a_child_that_can_be_killed() -> None:
    with Parsers() as parsers:
        found = parsers.call(extract, (FOLDER / "statement.pdf").read_bytes(), url=URL, seconds=30)
    assert found.text_from is TextSource.PDF


def test_a_post_keeps_its_first_line_and_an_item_does_not_repeat_its_headline() -> None:
    text = "Iran denies it\n\nThe ministry said on Monday that it had sent no drones to Russia."
    post = extract_item(text, title="Iran denies it", source=TextSource.POST)
    item = extract_item(text, title="Iran denies it", source=TextSource.ITEM)
    assert (post.text, post.text_from, post.title) == (text, TextSource.POST, "Iran denies it")
    assert item.text == "The ministry said on Monday that it had sent no drones to Russia."
    with pytest.raises(Rejected):
        extract_item("Iran denies it", title="Iran denies it", source=TextSource.ITEM)
