"""What becomes of a link, over HTTP and into a real node: other copies of a text, pages that are no articles, what is hostile."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import pytest

from pipeline import run
from pipeline.index import Index
from pipeline.settings import Settings, read_settings
from tests.webpages import Answer, Webpages, webpages

HOST = "http://outlet.example"
STORY = [
    "TEHRAN – Iran rejected on Monday a report that it has sent drones to Russia for use against Ukraine.",
    "The foreign ministry spokesman said that the claims of Western governments about missiles were baseless.",
    "Kyiv accused Iran of supplying Moscow with hundreds of Shahed drones since the summer.",
    "The White House said that Russia was paying Iran with fighter jets for the drones and the missiles.",
    "Officials of three other governments said that they would raise the matter in the council next week.",
]
WALL = "<p>Already a subscriber? Sign in to continue.</p>"


@dataclass(frozen=True, slots=True)
class Collected:
    counts: Mapping[str, int]
    articles: Mapping[str, Mapping[str, Any]]  # by address
    links: Mapping[str, Mapping[str, Any]]  # by address
    web: Webpages


def a_page(paragraphs: list[str], *, head: str = "", after: str = "", title: str = "Iran rejects report on drones") -> bytes:
    text = "".join(f"<p>{each}</p>" for each in paragraphs)
    return f'<html lang="en"><head><title>{title}</title>{head}</head><body><article>{text}{after}</article></body></html>'.encode()


def a_feed(items: Mapping[str, str]) -> Answer:
    """Items by address; what stands beside it goes into the item."""
    rows = "".join(
        f"<item><title>Iran rejects report on drones</title><link>{escape(url)}</link>{more}</item>" for url, more in items.items()
    )
    body = f'<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>O</title>{rows}</channel></rss>'
    return Answer(body.encode(), headers={"Content-Type": "application/rss+xml"})


Collect = Callable[..., Collected]


@pytest.fixture
def collect(settings: Settings, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Collect:
    """Collects an outlet of which only these pages exist."""

    def collecting(pages: Mapping[str, Answer], more: Mapping[str, str] | None = None, linked: list[str] | None = None) -> Collected:
        feed = {HOST + path: (more or {}).get(path, "") for path in linked or pages}
        sources = tmp_path / "sources.yml"
        sources.write_text(f"outlets: [{{id: outlet, name: O, domains: [outlet.example], feeds: [{{url: '{HOST}/rss'}}]}}]\n")
        table = {HOST + path if path.startswith("/") else path: answer for path, answer in pages.items()} | {f"{HOST}/rss": a_feed(feed)}
        with webpages(table) as web:
            monkeypatch.setenv("CLAIMWIRE_PROXY", web.proxy)
            monkeypatch.setenv("CLAIMWIRE_SOURCES", str(sources))
            counts = run.run_collect(read_settings())
        index.refresh()
        articles = [stored.source for stored in index.each("articles", {"match_all": {}})]
        links = [stored.source for stored in index.each("entries", {"match_all": {}})]
        by_address = {article["url"]["full"].removeprefix(HOST): article for article in articles}
        return Collected(counts, by_address, {link["url"]["original"].removeprefix(HOST): link for link in links}, web)

    return collecting


def test_the_feeds_text_is_the_last_resort(collect: Collect) -> None:
    body = f"<content:encoded>{escape(''.join(f'<p>{each}</p>' for each in STORY))}</content:encoded>"
    empty, walled = a_page([]), a_page(STORY[:1], after=WALL)
    found = collect({"/empty-1": Answer(empty), "/walled-2": Answer(walled)}, {"/empty-1": body, "/walled-2": body})
    for article in found.articles.values():
        assert (article["text"], article["text_from"], article["teaser"]) == ("\n\n".join(STORY), "feed", False)
    assert len(found.articles) == 2


def test_an_amp_variant_is_asked_only_within_the_outlet(collect: Collect) -> None:
    def teaser(amp: str) -> Answer:
        return Answer(a_page(STORY[:1], head=f'<link rel="amphtml" href="{amp}">', after=WALL))

    pages = {
        "/own-1": teaser("/amp/own-1"),
        "/other-2": teaser("http://other.example/amp/other-2"),
        "/amp/own-1": Answer(a_page(STORY)),
        "http://other.example/amp/other-2": Answer(a_page(STORY)),
    }
    found = collect(pages, linked=["/own-1", "/other-2"])
    assert found.articles["/own-1"]["text"] == "\n\n".join(STORY)
    assert found.articles["/own-1"]["text_from"] == "amp"
    assert found.articles["/other-2"]["teaser"] is True
    assert not [url for url in found.web.asked if "other.example" in url]


def test_a_page_without_its_text_is_read_from_its_amp_variant(collect: Collect) -> None:
    pages = {"/a-1": Answer(a_page([], head='<link rel="amphtml" href="/amp/a-1">')), "/amp/a-1": Answer(a_page(STORY))}
    assert collect(pages, linked=["/a-1"]).articles["/a-1"]["text_from"] == "amp"


CONSENT = [
    "Before you continue: we and our partners store and access information on your device, such as cookies.",
    "With your consent we process personal data such as your browsing data and unique IDs.",
    "Accept all, reject all, or manage your choices. You can withdraw your consent in our privacy policy.",
]
SPANISH = [
    "El ministerio de Asuntos Exteriores de Irán rechazó el lunes las acusaciones de que se han enviado drones a Rusia.",
    "El portavoz dijo que las acusaciones de los gobiernos occidentales no tienen ninguna base y que son falsas.",
    "Los gobiernos de los otros países dijeron que se va a tratar el asunto en el consejo la semana que viene.",
]
PLAIN = {"Content-Type": "text/html"}
NOT_ARTICLES = {
    "/gone-1": (Answer(status=301, headers={"Location": "/"}), "soft-404", "front page"),
    "/gone-2": (
        Answer(a_page(["The page that you are looking for has moved or is no longer there."], title="Page not found")),
        "soft-404",
        "headline",
    ),
    "/consent-3": (Answer(a_page(CONSENT)), "consent-wall", "consent"),
    "/wall-4": (Answer(a_page([], after=WALL)), "paywall", "wall"),
    "/spanish-5": (Answer(a_page(SPANISH).replace(b'lang="en"', b'lang="es"')), "other-language", "'es'"),
    "/pdf-6": (Answer(b"%PDF-1.7 " + b"x" * 1000), "no-text", "PDF"),
    "/picture-7": (Answer(b"\x89PNG\r\n" + b"x" * 1000), "no-text", "picture"),
    "/nothing-8": (Answer(b""), "no-text", "empty"),
    "/large-9": (Answer(b"<html>" + b"<p>Iran</p>" * 2_000_000), "too-large", ""),
    "/crowded-10": (Answer(b"<html><body>" + b"<a href=/x>x</a>" * 60_000), "too-large", "elements"),
    "/script-11": (
        Answer(b"<html><body><script>document.write('x')</script><noscript>Please enable JavaScript.</noscript>"),
        "no-text",
        "no article",
    ),
}


def test_each_page_that_is_no_article_ends_in_an_outcome_that_says_why(collect: Collect) -> None:
    found = collect(
        {path: answer for path, (answer, _, _) in NOT_ARTICLES.items()} | {"/": Answer(a_page(STORY))}, linked=list(NOT_ARTICLES)
    )
    assert found.articles == {}
    assert {path: link["outcome"] for path, link in found.links.items()} == {
        path: outcome for path, (_, outcome, _) in NOT_ARTICLES.items()
    }
    for path, (_, _, reason) in NOT_ARTICLES.items():
        assert reason in found.links[path]["reason"], path


def test_a_page_may_not_take_the_name_of_an_article_with_another_text(collect: Collect) -> None:
    other = [f"In Rasht, {each[0].lower()}{each[1:]}" for each in STORY]
    own = '<link rel="canonical" href="/story-1">'
    pages = {
        "/story-1": Answer(a_page(STORY, head=own)),
        "/story-1?print=1": Answer(a_page(STORY[:4], head=own)),
        "/story-2": Answer(a_page(other, head=own)),
    }
    first = collect(pages, linked=["/story-1"])
    assert set(first.articles) == {"/story-1"}
    second = collect(pages)
    assert set(second.articles) == {"/story-1", "/story-2"}
    assert second.links["/story-1?print=1"]["outcome"] == "known"


def test_a_date_without_a_zone_gives_way_to_the_feeds(collect: Collect) -> None:
    head = '<meta property="article:published_time" content="{}">'
    pages = {
        "/day-1": Answer(a_page(STORY, head=head.format("2024-05-01"))),
        "/exact-2": Answer(a_page(STORY, head=head.format("2024-05-01T08:00:00+03:00"))),
        "/2024/05/01/address-3": Answer(a_page(STORY)),
        "/none-4": Answer(a_page(STORY)),
    }
    told = "<pubDate>Wed, 01 May 2024 13:30:00 +0330</pubDate>"
    found = collect(pages, {"/day-1": told, "/exact-2": told, "/none-4": told}).articles
    assert {path: (article["published"], article["published_from"]) for path, article in found.items()} == {
        "/day-1": ("2024-05-01T10:00:00Z", "feed"),
        "/exact-2": ("2024-05-01T05:00:00Z", "page"),
        "/2024/05/01/address-3": ("2024-05-01T00:00:00Z", "address"),
        "/none-4": ("2024-05-01T10:00:00Z", "feed"),
    }


def test_what_an_outlet_prints_under_every_article_is_taken_out_once_that_is_known(collect: Collect, index: Index) -> None:
    background = "Tehran denies any part in the war."
    slogan, label = "The Outlet has told the news of the coast without fear since 1931.", "Voices of the coast"

    def pages(first: int, last: int) -> dict[str, Answer]:
        return {
            f"/story-{number}": Answer(a_page([*(f"{each[:-1]}, report {number}." for each in STORY), background, label, slogan]))
            for number in range(first, last + 1)
        }

    before = collect(pages(1, 4)).articles
    assert all(slogan in article["text"] and label in article["text"] for article in before.values())
    after = collect(pages(5, 5)).articles["/story-5"]["text"]
    assert slogan not in after
    assert label not in after
    assert background in after  # a sentence that is said again and again is content
    stored = json.dumps(index.get("outlets", ["outlet"])["outlet"].source)
    assert "coast" not in stored
    assert "Iran" not in stored
