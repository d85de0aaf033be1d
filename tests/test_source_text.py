import re

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pipeline.source_text import Unclear, with_feed, with_key, with_outlets, without_feed, without_key, without_outlet

TEXT = """\
# Ours.
outlets:
  - id: daily   # the first
    name: "Daily"
    feeds:
      - {url: "https://daily.example/rss"}   # main
      - url: https://daily.example/news
        kind: sitemap
    notes: >-
      Two lines of
      notes.

  # A paper.
  - {id: weekly, name: Weekly, feeds: [{url: "https://weekly.example/a, b"}, {url: "https://weekly.example/c"}]}
  - id: monthly
    paused:
      why: gone   # for good
      since: 2026-01-02
    name: Monthly
remove: {outlets: [rt]}   # not ours
"""
FEED = {"url": "https://new.example/rss"}


def data(text: str) -> dict:
    return yaml.safe_load(text)


def outlet(text: str, id_: str) -> dict:
    return next(each for each in data(text)["outlets"] if each["id"] == id_)


def lines_gone(before: str, after: str) -> list[str]:
    kept = after.splitlines()
    return [line for line in before.splitlines() if line not in kept]


def test_a_block_comes_behind_the_last_and_touches_nothing() -> None:
    block = {"id": "no", "name": "No: a #paper", "domains": ["no.example"], "languages": ["no"], "feeds": [FEED]}
    after = with_outlets(TEXT, [block, {"id": "x", "feeds": [FEED, FEED]}])
    assert lines_gone(TEXT, after) == []
    assert [each["id"] for each in data(after)["outlets"]] == ["daily", "weekly", "monthly", "no", "x"]
    assert outlet(after, "no") == block
    assert data(after)["remove"] == {"outlets": ["rt"]}
    assert "      - {url: 'https://new.example/rss'}\n" in after or "      - {url: https://new.example/rss}\n" in after


@pytest.mark.parametrize(
    "text", ["", "# c\n", "outlets:\n", "outlets:", "outlets: []\n", "outlets: []   # none\nremove: {outlets: [rt]}\n"]
)
def test_the_first_block_finds_its_place(text: str) -> None:
    after = with_outlets(text, [{"id": "x", "feeds": [FEED]}])
    assert data(after)["outlets"] == [{"id": "x", "feeds": [FEED]}]
    assert [comment for comment in re.findall("#.*", text) if comment not in after] == []


@pytest.mark.parametrize("text", ["outlets: [{id: a}]\n", "{outlets: []}\n", "- a\n", "outlets: {a: b}\n"])
def test_a_file_that_is_laid_out_otherwise_is_left_to_its_author(text: str) -> None:
    with pytest.raises(Unclear):
        with_outlets(text, [{"id": "x"}])


@pytest.mark.parametrize("id_", ["daily", "weekly"])
def test_a_feed_is_added_behind_the_others(id_: str) -> None:
    before = outlet(TEXT, id_)["feeds"]
    after = with_feed(TEXT, id_, {"url": "https://new.example/rss?a: b", "kind": "list", "links": "/x/*"})
    assert outlet(after, id_)["feeds"] == [*before, {"url": "https://new.example/rss?a: b", "kind": "list", "links": "/x/*"}]
    assert "# main" in after


def test_an_outlet_that_had_no_feeds_of_its_own_gets_some() -> None:
    assert outlet(with_feed(TEXT, "monthly", FEED), "monthly")["feeds"] == [FEED]


@pytest.mark.parametrize(
    ("id_", "url"),
    [
        ("daily", "https://daily.example/rss"),
        ("daily", "https://daily.example/news"),
        ("weekly", "https://weekly.example/a, b"),
        ("weekly", "https://weekly.example/c"),
    ],
)
def test_a_feed_is_taken_out(id_: str, url: str) -> None:
    after = without_feed(TEXT, id_, url)
    assert [feed["url"] for feed in outlet(after, id_)["feeds"]] == [
        feed["url"] for feed in outlet(TEXT, id_)["feeds"] if feed["url"] != url
    ]
    assert "# A paper." in after
    with pytest.raises(Unclear):
        without_feed(after, id_, next(feed["url"] for feed in outlet(after, id_)["feeds"]))


@pytest.mark.parametrize("id_", ["daily", "weekly", "monthly"])
def test_a_key_is_set_replaced_and_taken_out_again(id_: str) -> None:
    once = with_key(TEXT, id_, "paused", {"why": 'too "slow": #1'})
    assert outlet(once, id_)["paused"] == {"why": 'too "slow": #1'}
    twice = with_key(once, id_, "paused", None)
    assert outlet(twice, id_)["paused"] is None
    assert without_key(twice, id_, "paused") == without_key(TEXT, id_, "paused")
    assert "# the first" in twice


def test_a_block_is_taken_out_and_the_last_one_leaves_an_empty_list() -> None:
    after = without_outlet(without_outlet(TEXT, "daily"), "monthly")
    assert [each["id"] for each in data(after)["outlets"]] == ["weekly"]
    single = "outlets:\n  - id: a\n    name: A\n# end\n"
    assert without_outlet(single, "a") == "outlets: []\n# end\n"


def test_what_is_not_there_cannot_be_changed() -> None:
    with pytest.raises(Unclear, match="no block of 'hourly'"):
        with_key(TEXT, "hourly", "paused", None)


@given(st.dictionaries(st.sampled_from(["name", "notes", "id2"]), st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]))))
def test_whatever_a_block_says_it_says_afterwards(block: dict[str, str]) -> None:
    assert outlet(with_outlets(TEXT, [{"id": "x", **block}]), "x") == {"id": "x", **block}
