"""Pages that list articles: which links are meant, what they are called, which time stands beside which."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.answers import FeedKind
from pipeline.errors import Rejected
from pipeline.feeds import ParsedFeed, parse

PAGE = (Path(__file__).parent / "data" / "sources" / "list.html").read_bytes()
SITE = "https://sanctions.example"
DATED = "/recent-actions/[0-9]*"


def read(*patterns: str, body: bytes = PAGE, kind: FeedKind = FeedKind.LIST) -> ParsedFeed:
    return parse(body, url=f"{SITE}/recent-actions", content_type="text/html", kind=kind, links=patterns)


def test_links_that_fit_are_the_articles_in_the_pages_order() -> None:
    assert [entry.url for entry in read(DATED).entries] == [
        f"{SITE}/recent-actions/20230717",
        f"{SITE}/recent-actions/20230714_33",
        f"{SITE}/recent-actions/20230711",
        f"{SITE}/recent-actions/20230710",
        f"{SITE}/recent-actions/20230701",
    ]


def test_a_title_is_the_headline_or_the_longest_text() -> None:
    titles = [entry.title for entry in read(DATED).entries]
    assert titles[0] == "Sanctions on a drone maker of Iran and its suppliers in Russia; Removal of a ship"
    assert titles[1] == "General licence about ferries"


def test_a_time_belongs_to_the_link_that_it_stands_beside() -> None:
    assert [entry.published for entry in read(DATED).entries] == [
        datetime(2023, 7, 17, 14, tzinfo=UTC),
        datetime(2023, 7, 14, tzinfo=UTC),
        datetime(2023, 7, 11, tzinfo=UTC),
        None,
        None,
    ]


def test_a_number_is_no_title_of_an_article() -> None:
    refused = [entry for entry in read(DATED).entries if entry.refusal]
    assert [entry.title for entry in refused] == ["3"]


def test_patterns_leave_out_and_reach_to_another_host_where_they_say_so() -> None:
    found = read("/recent-actions/*", "!/recent-actions/[a-z]*", "!/recent-actions/*[0-9]_*", "//files.sanctions.example/*.pdf").entries
    assert f"{SITE}/recent-actions/20230714_33" not in {entry.url for entry in found}
    assert f"{SITE}/recent-actions/archive" not in {entry.url for entry in found}
    assert found[-2].url == "https://files.sanctions.example/notices/20230709.pdf"
    assert not any("share.example" in str(entry.url) for entry in found)


def test_a_page_without_such_links_is_another_page_than_was_meant() -> None:
    with pytest.raises(Rejected, match=r"none of the page's \d+ links is like /press/\*"):
        read("/press/*")


def test_a_search_that_answers_with_a_page_is_read_as_a_list() -> None:
    assert read(DATED, kind=FeedKind.SEARCH).entries == read(DATED).entries


def test_a_pattern_of_many_stars_does_not_hold_up_a_long_path() -> None:
    path = "/news/" + "a" * 1_500
    body = f'<html><body><a href="{path}">One</a><a href="/news/1">Two</a></body></html>'.encode()
    assert [entry.title for entry in read("/*a*a*a*a*a*a*a*a*a*a*b", "/news/1", body=body).entries] == ["Two"]
