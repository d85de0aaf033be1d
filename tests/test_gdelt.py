"""Questions to GDELT as it takes them, and its answers: sentences under status 200, broken escapes, full pages."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from pipeline.answers import FeedKind, Window
from pipeline.config_files import read_topic
from pipeline.errors import Rejected, Unavailable
from pipeline.feeds import ParsedFeed, parse
from pipeline.gdelt import MAX_QUERY, RECORDS, address, question
from pipeline.rules import Topic, TopicWords
from pipeline.settings import read_settings

BASE = "https://api.gdeltproject.org/api/v2/doc/doc"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = Window(since=NOW - timedelta(days=1), until=NOW)
TOPIC = Topic(
    id="t",
    title="T",
    sides=("IR", "RU"),
    languages={
        "en": TopicWords(
            parties={"Iran": ("iran", "iran's", "iranian*", "irgc", "islamic republic"), "Russia": ("russia",)},
            subject=("drone*", "uav*", "su-35*", "gas", "arms", "air defence*"),
        ),
        "fa": TopicWords(parties={"Iran": ("ایران",), "Russia": ("روسیه",)}, subject=("پهپاد",)),
    },
)


def read(body: str, url: str = "") -> ParsedFeed:
    return parse(body.encode(), url=url or address(BASE, "iran", DAY), content_type="application/json", kind=FeedKind.GDELT)


def an_article(number: int = 1, seen: str = "20261123T071500Z", **more: str) -> dict[str, Any]:
    return {
        "url": f"https://outlet.example/{number}",
        "url_mobile": "",
        "title": "Iran denies drone deliveries to Russia , says ministry",
        "seendate": seen,
        "socialimage": "",
        "domain": "outlet.example",
        "language": "English",
        "sourcecountry": "Iran",
        **more,
    }


def asked(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


# ---- questions


def test_a_question_names_all_parties_and_the_subject_in_english() -> None:
    assert question(TOPIC, ["fa"], []) == (
        '(iran OR iranian OR iranians OR irgc OR "islamic republic") russia'
        ' (drone OR drones OR "su-35" OR arms OR "air defence") sourcelang:persian'
    )


def test_an_outlet_that_is_filled_is_asked_for_all_that_it_says_of_the_parties() -> None:
    assert question(TOPIC, ["en"], ["www.Outlet.example", "outlet.org"]) == (
        '(iran OR iranian OR iranians OR irgc OR "islamic republic") russia (domainis:outlet.example OR domainis:outlet.org)'
    )


def test_languages_that_it_has_no_name_for_are_not_a_condition() -> None:
    assert question(TOPIC, ["en", "xx"], []).endswith('"air defence")')
    assert question(TOPIC, ["en", "ru"], []).endswith("(sourcelang:english OR sourcelang:russian)")


def test_the_shipped_topic_fits() -> None:
    for languages, domains in ((["en"], []), (["fa", "ar", "ru"], []), (["en"], ["a-long-domain-of-an-outlet.example"] * 6)):
        query = question(read_topic(read_settings()), languages, domains)
        assert len(query) <= MAX_QUERY
        assert query.count("(") >= 2
        for bracket in re.findall(r"\(([^)]*)\)", query):
            assert " OR " in bracket
        for term in re.findall(r"[^\s()]+", query):
            assert term == "OR" or len(term) >= 4


def test_an_address_has_the_window_and_never_one_that_is_refused() -> None:
    found = asked(address(BASE, "iran", DAY))
    assert (found["startdatetime"], found["enddatetime"]) == ("20261122120000", "20261123120000")
    assert (found["mode"], found["format"], found["maxrecords"], found["sort"]) == ("artlist", "json", "250", "datedesc")
    assert asked(address(BASE, "iran", Window(since=NOW, until=NOW)))["startdatetime"] == "20261123100000"
    assert asked(address(BASE, "iran", Window(since=NOW - timedelta(days=400), until=NOW)))["startdatetime"] == "20260825120000"


# ---- answers


def test_an_article_has_an_address_a_title_and_no_date_of_publication() -> None:
    (entry,) = read(json.dumps({"articles": [an_article()]})).entries
    assert (entry.url, entry.published) == ("https://outlet.example/1", None)
    assert entry.title == "Iran denies drone deliveries to Russia, says ministry"


def test_nothing_found_is_an_answer() -> None:
    assert read("{}").entries == ()
    assert read('{"articles":[]}').entries == ()


def test_titles_with_broken_escapes_and_newlines_are_read() -> None:
    body = json.dumps({"articles": [an_article(title="TITLE")]}).replace("TITLE", "It\\'s\n \\d denied")
    (entry,) = read(body).entries
    assert entry.title == "It\\'s \\d denied"


@pytest.mark.parametrize(
    "said",
    [
        "Please limit requests to one every 5 seconds or contact the operator for larger queries.",
        "Your query was too short or too long.",  # said of good questions too, when it is busy
    ],
)
def test_a_sentence_that_says_busy_may_be_another_one_later(said: str) -> None:
    with pytest.raises(Unavailable, match=said[:20]):
        read(f"{said}\n")


@pytest.mark.parametrize("said", ["The specified phrase is too short.", "Timespan is too short.", "<html><body>502</body></html>"])
def test_any_other_sentence_is_a_refusal(said: str) -> None:
    with pytest.raises(Rejected, match="GDELT says"):
        read(said)


def test_a_full_answer_is_turned_back_to_the_earliest_that_it_told() -> None:
    full = [an_article(number, f"20261123T{10 - number // 50:02}0000Z") for number in range(RECORDS)]
    earlier = read(json.dumps({"articles": full})).earlier
    assert earlier
    assert (asked(earlier)["startdatetime"], asked(earlier)["enddatetime"]) == ("20261122120000", "20261123060000")
    assert asked(earlier)["query"] == "iran"
    assert read(json.dumps({"articles": full[:-1]})).earlier is None


def test_a_full_answer_of_one_moment_is_the_end() -> None:
    at_once = [an_article(number, "20261123T120000Z") for number in range(RECORDS)]
    assert read(json.dumps({"articles": at_once})).earlier is None
