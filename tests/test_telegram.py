"""The public web view of a channel, in the form that it has: quotes, previews and notices use the classes of the posts' own text."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.answers import Entry, FeedKind
from pipeline.errors import Rejected
from pipeline.feeds import ParsedFeed, parse
from pipeline.model import Outcome
from pipeline.telegram import TITLE, view_of

PAGE = (Path(__file__).parent / "data" / "sources" / "telegram.html").read_bytes()
URL = "https://t.me/s/harbour_ministry"


def read(body: bytes = PAGE) -> ParsedFeed:
    return parse(body, url=URL, content_type="text/html; charset=utf-8", kind=FeedKind.TELEGRAM)


def post(number: int, body: bytes = PAGE) -> Entry:
    (found,) = [entry for entry in read(body).entries if entry.url == f"https://t.me/harbour_ministry/{number}"]
    return found


def a_post(text: str) -> bytes:
    return (
        '<section class="tgme_channel_history"><div class="tgme_widget_message" data-post="harbour_ministry/7">'
        f'<div class="tgme_widget_message_text js-message_text">{text}</div></div></section>'
    ).encode()


def test_posts_come_newest_first_and_notices_of_the_service_are_none() -> None:
    assert [entry.url.rpartition("/")[2] for entry in read().entries if entry.url] == ["4424", "4423", "4422", "4421", "4419", "4418"]
    assert all(entry.is_post for entry in read().entries)
    assert read().title == "Harbour Ministry"


def test_a_post_is_its_own_text_without_what_it_answers_to_or_links_to() -> None:
    found = post(4421)
    assert found.body
    assert found.body.split("\n\n") == [
        "📌 Iran denies that it has supplied drones to Russia for use in Ukraine",
        'The spokesman of the foreign ministry said on Monday that the accusation of Western governments was "baseless" and that no'
        " missile, drone or part of one had been handed to Moscow since the war began.",
        '"We have denied it before and we deny it again," he said. Read the whole statement here',
    ]
    assert found.title == "📌 Iran denies that it has supplied drones to Russia for use in Ukraine"
    assert found.published == datetime(2023, 7, 17, 9, 15, 12, tzinfo=UTC)
    assert found.edited
    assert found.refusal is None


def test_a_duration_is_no_date_and_the_mark_of_an_edit_stands_where_it_stands() -> None:
    assert post(4419).published == datetime(2023, 7, 17, 7, tzinfo=UTC)
    assert not post(4424).edited


@pytest.mark.parametrize(
    ("number", "outcome", "reason"),
    [
        (4418, Outcome.FORWARDED, "forwarded from River Observer"),
        (4419, Outcome.NO_TEXT, "pictures"),
        (4422, Outcome.NO_TEXT, "pictures"),
        (4423, Outcome.NO_TEXT, "a poll"),
    ],
)
def test_what_is_not_the_channels_own_words_says_so(number: int, outcome: Outcome, reason: str) -> None:
    refusal = post(number).refusal
    assert refusal
    assert refusal.outcome is outcome
    assert reason in refusal.reason


def test_pages_are_turned_back() -> None:
    assert read().earlier == "https://t.me/s/harbour_ministry?before=4417"
    assert read(a_post("x")).earlier is None


def test_a_long_first_line_is_cut_at_a_word() -> None:
    found = post(7, a_post("word, " * 60))
    assert len(found.title) <= TITLE + 1
    assert found.title.endswith("word…")


def test_a_post_without_a_date_has_none() -> None:
    assert post(7, a_post("words")).published is None


def test_a_channel_that_shows_nothing_to_the_web_is_said_so() -> None:
    closed = b'<html><body><div class="tgme_page"><a class="tgme_action_button_new" href="tg://resolve?domain=x">View in Telegram</a></div>'
    with pytest.raises(Rejected, match="no public view"):
        read(closed)


def test_a_channel_without_posts_is_empty() -> None:
    assert read(b'<section class="tgme_channel_history js-message_history"></section>').entries == ()


def test_a_single_post_has_a_view_of_its_own() -> None:
    assert view_of("https://t.me/harbour_ministry/4421") == "https://t.me/s/harbour_ministry/4421"
