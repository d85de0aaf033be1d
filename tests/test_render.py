"""Messages in words."""

import json
import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html

from pipeline.messages import Message, MessageKind
from pipeline.model import Act
from pipeline.render import as_html, as_json, as_text, fitted
from tests.messages import a_message, a_reply, an_item

LONDON = ZoneInfo("Europe/London")
TEHRAN = ZoneInfo("Asia/Tehran")


def both(message: Message) -> tuple[str, str]:
    """The text and the visible words of the page, each in one line."""
    page = html.fromstring(as_html(message, LONDON).encode())
    return " ".join(as_text(message, LONDON).split()), " ".join(" ".join(page.itertext()).split())


def test_a_reader_can_judge_a_statement_without_opening_anything() -> None:
    item = an_item(answers=a_reply(), reports=14, outlets=9, origins=1, alignment="state", kibana="https://kibana.example/s1")
    for words in both(a_message(item)):
        for part in (
            "Iran denies what United States said", "The report had been published on Sunday.", "Tehran rejected the report on Monday.",
            "Kyiv did not comment.", "The Outlet (GB, state-aligned)", "Tehran rejects report", "18 Dec 2022, 12:00",
            "18 Dec 2022, 12:05 (Europe/London)", "United States accuses Iran of arming Russia", "Iran has supplied hundreds of drones",
            "carried by 9 outlets, 1 independent origin (14 reports)", "nobody had said this before", "by “rejected” (verb with an object)",
            "confidence 0.90", "Iran supplies drones to Russia", "Why you get this: a new accusation or denial on the topic",
        ):  # fmt: skip
            assert part in words
    page = html.fromstring(as_html(a_message(item), LONDON))
    links = ["https://outlet.example/news/1", "https://kibana.example/s1", "https://wire.example/news/7"]
    assert [(it.get("href"), it.text) for it in page.iter("a")] == [(url, url) for url in links]


def test_the_sentence_is_set_off_from_its_neighbours() -> None:
    lines = as_text(a_message(), LONDON).splitlines()
    at = lines.index("> Tehran rejected the report on Monday.")
    assert lines[at - 1 : at + 2 : 2] == ["The report had been published on Sunday.", "Kyiv did not comment."]


def test_times_are_the_readers_and_name_their_zone() -> None:
    assert "Published 18 Dec 2022, 15:30; first seen 18 Dec 2022, 15:35 (Asia/Tehran)" in as_text(a_message(), TEHRAN)
    assert "Published not said; first seen" in as_text(a_message(an_item(published=None)), TEHRAN)
    assert "Published 1 Jan 1, 00:00" in as_text(a_message(an_item(published=datetime(1, 1, 1, tzinfo=UTC))), ZoneInfo("America/New_York"))


def test_what_is_left_out_is_counted() -> None:
    for words in both(a_message(more=1_207)):
        assert "and 1,207 more" in words
    assert "more" not in as_text(a_message(), LONDON)


def a_digest() -> Message:
    return a_message(
        an_item(line="first", act=Act.ACCUSATION, side="UA"),
        an_item(line="no family", claims=(), side=None),
        an_item(line="trains", claims=("Iran trains Russians", "Iran supplies drones to Russia")),
        an_item(line="second"),
        kind=MessageKind.DIGEST,
        title="Daily digest",
    )


def test_a_digest_counts_acts_by_side_and_groups_by_family() -> None:
    told = as_text(a_digest(), LONDON)
    assert re.search(r"IR +UA +–\naccusation +· +1 +·\ndenial +2 +· +1", told)
    order = [
        "== Iran supplies drones to Russia (2)",
        ": first",
        ": second",
        "== Iran trains Russians (1)",
        ": trains",
        "== No claim family (1)",
    ]
    places = [told.index(part) for part in [*order, ": no family"]]
    assert places == sorted(places)
    page = html.fromstring(as_html(a_digest(), LONDON))
    rows = [[cell.text_content() for cell in row] for row in page.xpath("//table[.//th]/tr") if row.xpath("ancestor::table[1][.//th]")]
    assert ["accusation", "·", "1", "·"] in rows
    assert ["denial", "2", "·", "1"] in rows


def test_a_first_pass_says_whose_it_is_and_that_it_is_no_news() -> None:
    for words in both(a_message(an_item(), an_item(outlet="Other"), kind=MessageKind.BASELINE)):
        assert "First pass over Other and The Outlet: all this was there before the watch began" in words


def test_a_correction_says_what_was_taken_away_and_why() -> None:
    message = a_message(kind=MessageKind.CORRECTION, note="The outlet has removed the sentence.")
    for words in both(message):
        assert "you were told of this, and it no longer stands. The outlet has removed the sentence." in words
        assert "TAKEN AWAY: DENIAL" in words.upper()
    (struck,) = html.fromstring(as_html(message, LONDON)).iter("s")
    assert struck.text_content() == "Tehran rejected the report on Monday."


def test_a_test_needs_no_statement() -> None:
    message = a_message(kind=MessageKind.TEST, title="Test").model_copy(update={"items": ()})
    for words in both(message):
        assert "A test, asked for by hand: nothing has happened." in words


def test_a_page_loads_nothing_and_lets_each_sentence_have_its_own_direction() -> None:
    page = html.fromstring(as_html(a_message(an_item(sentence="تهران این گزارش را رد کرد.")), LONDON))
    assert not page.xpath("//script | //style | //img | //link | //iframe | //@src | //@onclick")
    assert "url(" not in as_html(a_message(), LONDON)
    (sentence,) = page.xpath("//div[contains(text(), 'تهران')]")
    assert sentence.get("dir") == "auto"


@settings(max_examples=40, deadline=None)
@given(st.text(alphabet="<>&\"'/=abc {}%\u202e\r\n\x00javascript:", max_size=80))
def test_markup_of_the_news_stays_text(words: str) -> None:
    hostile = f"{words}<script>alert(1)</script><a href=javascript:1>"
    reply = a_reply(line=hostile, url=hostile)
    item = an_item(
        line=hostile, sentence=hostile, title=hostile, outlet=hostile, url="javascript:" + words, claims=(hostile,), answers=reply
    )
    message = a_message(item, title=hostile, why=hostile, note=hostile)
    page = html.fromstring(as_html(message, LONDON).encode())
    assert not page.xpath("//script | //a")
    assert not re.search("[\x00\r\u202e]", as_text(message, LONDON))
    json.dumps(as_json(message)).encode()


def test_a_machine_gets_the_same_facts() -> None:
    made = as_json(a_message(an_item(title="a\r\nb"), more=2))
    assert (made["version"], made["id"], made["key"], made["kind"], made["more"]) == (1, "row-1", "key-1", "alert", 2)
    (item,) = made["items"]
    assert (item["act"], item["sentence"], item["title"], item["published"]) == (
        "denial", "Tehran rejected the report on Monday.", "a b", "2022-12-18T12:00:00Z",
    )  # fmt: skip


@pytest.mark.parametrize("limit", [900, 2_000, 4_096, 35_000])
def test_what_is_too_long_is_cut_at_a_statement_and_counted(limit: int) -> None:
    message = a_message(*(an_item(line=f"line {number}") for number in range(60)), more=1)
    told = fitted(message, limit, lambda each, limits: as_text(each, LONDON, limits))
    kept = len(re.findall(r"DENIAL: line \d+", told))
    assert len(told) <= limit
    assert kept >= 1
    assert kept == 60 or f"and {61 - kept} more" in told


def test_one_statement_that_is_too_long_loses_its_surroundings_first() -> None:
    message = a_message(an_item(sentence="word " * 1_000, before="before " * 100))
    told = fitted(message, 1_500, lambda each, limits: as_text(each, LONDON, limits))
    assert len(told) <= 1_500
    assert "before" not in told.split("Published")[0]
    assert "https://outlet.example/news/1" in told
