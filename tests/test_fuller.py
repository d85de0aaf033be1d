"""Of an article of which a page shows only the beginning, another page brings the rest: in whatever order the two come."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

import pytest

from pipeline import run
from pipeline.documents import Document
from pipeline.index import Index, Kind
from tests.newsstand import HOUR, NOW, STORY, Newsstand, a_feed, an_item, stand  # noqa: F401  # a fixture
from tests.webpages import Answer

WALL = "<p>Already a subscriber? Sign in to continue.</p>"


def a_page(paragraphs: int, after: str = "") -> Answer:
    return a_page_of(STORY[:paragraphs], "Iran rejects report on drones", after)


def a_page_of(paragraphs: Sequence[str], title: str = "A plant is planned", after: str = "") -> Answer:
    """Whatever it says, it calls itself by the same address."""
    text = "".join(f"<p>{each}</p>" for each in paragraphs)
    head = f'<title>{title}</title><link rel="canonical" href="http://outlet.example/story-7">'
    return Answer(f'<html lang="en"><head>{head}</head><body><article>{text}{after}</article></body></html>'.encode())


BEGINNING, WHOLE = a_page(2, WALL), a_page(4)


def shown(stand: Newsstand, *paths: str) -> None:  # noqa: F811
    stand.pages["http://outlet.example/rss"] = a_feed(*(an_item(path) for path in paths))


@pytest.fixture
def outlet(stand: Newsstand) -> Newsstand:  # noqa: F811
    stand.outlets({"id": "outlet", "name": "O", "domains": ["outlet.example"], "feeds": [{"url": "http://outlet.example/rss"}]})
    stand.pages |= {"http://outlet.example/free-1": BEGINNING, "http://outlet.example/print-2": WHOLE}
    return stand


@pytest.mark.parametrize("paths", [("/free-1", "/print-2"), ("/print-2", "/free-1")])
@pytest.mark.parametrize("polls", [1, 2])
def test_the_whole_is_kept_whichever_comes_first(outlet: Newsstand, paths: tuple[str, str], polls: int) -> None:
    for at in range(polls):
        shown(outlet, *(paths if polls == 1 else paths[at : at + 1]))
        outlet.collect(NOW + at * HOUR)
    (article,) = outlet.all("articles")
    assert article["text"] == "\n\n".join(STORY)
    assert not article.get("teaser")
    assert sorted(outlet.ends().values()) == ["known", "saved"]


def test_what_the_rest_says_is_new_and_no_edit(outlet: Newsstand, index: Index) -> None:
    shown(outlet, "/free-1")
    outlet.collect(NOW)
    run.run_enrich(outlet.at(NOW))
    index.refresh()
    first = {it["text"] for it in outlet.all("statements")}
    shown(outlet, "/print-2")
    later = NOW + timedelta(hours=2)
    outlet.collect(later)
    run.run_enrich(outlet.at(later))
    index.refresh()
    (article,) = outlet.all("articles")
    assert [version.get("intake") for version in article["versions"]] == [None, "live"]
    assert article["read"]["version"] == article["content_hash"]
    added = [it for it in outlet.all("statements") if it["text"] not in first]
    assert {it["speaker"]["side"] for it in added if it["act"] == "accusation"} >= {"UA"}
    assert all(it["intake"] == "live" and "edited" not in it and it["event"]["created"] == "2023-07-17T14:00:00Z" for it in added)
    assert first <= {it["text"] for it in outlet.all("statements") if "removed" not in it}
    assert not outlet.all("changes")


@pytest.mark.parametrize("polls", [1, 2])
def test_a_page_of_another_story_does_not_take_the_name_of_a_beginning(outlet: Newsstand, polls: int) -> None:
    paragraphs = [f"Minister {at} in Moscow said that Russia would build drones of Iran's kind in hall {at}." for at in range(12)]
    outlet.pages["http://outlet.example/print-2"] = a_page_of(paragraphs)
    for at in range(polls):
        shown(outlet, *("/free-1", "/print-2")[at : at + 3 - polls])
        outlet.collect(NOW + at * HOUR)
    assert sorted(it.get("teaser", False) for it in outlet.all("articles")) == [False, True]
    assert "http://outlet.example/story-7" in {it["url"]["full"] for it in outlet.all("articles")}


@pytest.mark.parametrize("paths", [("/free-1", "/print-2"), ("/print-2", "/free-1"), ("/other-3", "/free-1"), ("/free-1", "/other-3")])
def test_two_processes_that_bring_one_article_at_once_lose_nothing(
    outlet: Newsstand, monkeypatch: pytest.MonkeyPatch, paths: tuple[str, str]
) -> None:
    paragraphs = [f"Minister {at} in Moscow said that Russia would build drones of Iran's kind in hall {at}." for at in range(12)]
    outlet.pages["http://outlet.example/other-3"] = a_page_of(paragraphs)
    feeds = [{"url": "http://outlet.example/rss"}, {"url": "http://feeds.example/rss"}]
    outlet.outlets({"feeds": feeds})
    create = Index.create

    def overtaken(self: Index, kind: Kind, documents: Iterable[tuple[str, Document]]) -> object:
        if kind == "articles":
            monkeypatch.setattr(Index, "create", create)
            outlet.pages["http://feeds.example/rss"] = a_feed(an_item(paths[1]))
            outlet.collect(NOW + HOUR)  # the outlet's own feed is being read
        return create(self, kind, documents)

    monkeypatch.setattr(Index, "create", overtaken)
    shown(outlet, paths[0])
    outlet.collect(NOW)
    one_by_one = {"\n\n".join(STORY)} if "/other-3" not in paths else {"\n\n".join(paragraphs), "\n\n".join(STORY[:2])}
    assert {it["text"] for it in outlet.all("articles")} == one_by_one
    assert set(outlet.ends()) == set(paths)
