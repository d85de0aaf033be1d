"""Outlets that exist for one test: what their addresses answer may change between two polls, and the clock moves."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from pathlib import Path
from typing import Any

import pytest

from pipeline import run
from pipeline.index import Index, Kind
from pipeline.settings import Settings, read_settings
from tests.webpages import Answer, Webpages, webpages

NOW = datetime(2023, 7, 17, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
HOST = "http://outlet.example"
STORY = (
    "TEHRAN – Iran rejected on Monday a report that it has sent drones to Russia for use against Ukraine.",
    "The foreign ministry spokesman said that the claims of Western governments about missiles were baseless.",
    "Kyiv accused Iran of supplying Moscow with hundreds of Shahed drones since the summer.",
    "The White House said that Russia was paying Iran with fighter jets for the drones and the missiles.",
)


def a_page(paragraphs: Sequence[str] = STORY, title: str = "Iran rejects report on drones") -> Answer:
    text = "".join(f"<p>{each}</p>" for each in paragraphs)
    return Answer(f'<html lang="en"><head><title>{title}</title></head><body><article>{text}</article></body></html>'.encode())


def a_story(number: int) -> Answer:
    """A page of its own: no two have a paragraph in common."""
    return a_page([f"In report {number}, {each[0].lower()}{each[1:]}" for each in STORY], f"Iran rejects report {number} on drones")


def an_item(path: str, at: datetime | None = None, title: str = "Iran rejects report on drones", more: str = "") -> str:
    date = f"<pubDate>{format_datetime(at)}</pubDate>" if at else ""
    link = path if path.startswith("http") else HOST + path
    return f"<item><title>{escape(title)}</title><link>{escape(link)}</link>{date}{more}</item>"


def a_feed(*items: str) -> Answer:
    head = '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/">'
    return Answer(f"{head}<channel><title>O</title>{''.join(items)}</channel></rss>".encode(), headers={"Content-Type": "text/xml"})


def a_sitemap(pages: Mapping[str, datetime | None]) -> Answer:
    rows = "".join(
        f"<url><loc>{HOST}{path}</loc><news:news><news:publication><news:name>O</news:name></news:publication>"
        + (f"<news:publication_date>{at.isoformat()}</news:publication_date>" if at else "")
        + "<news:title>Iran rejects report on drones</news:title></news:news></url>"
        for path, at in pages.items()
    )
    head = '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">'
    return Answer(f"{head}{rows}</urlset>".encode(), headers={"Content-Type": "application/xml"})


class Newsstand:
    """`pages` is what the outlets answer from now on, by address."""

    def __init__(self, index: Index, web: Webpages, pages: dict[str, Any], sources: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.index, self.web, self.pages = index, web, pages
        self._sources, self._monkeypatch = sources, monkeypatch

    def outlets(self, *outlets: Mapping[str, Any]) -> None:
        """The sources; an outlet is `outlet` at outlet.example unless it says otherwise."""
        usual = {"id": "outlet", "name": "O", "domains": ["outlet.example"]}
        self._sources.write_text(json.dumps({"outlets": [usual | dict(each) for each in outlets]}))

    def at(self, now: datetime) -> Settings:
        self._monkeypatch.setenv("CLAIMWIRE_NOW", now.isoformat())
        return read_settings()

    def collect(self, now: datetime = NOW, **more: Any) -> dict[str, int]:
        return run.run_collect(self.at(now), **more)

    def all(self, kind: Kind) -> list[dict[str, Any]]:
        self.index.refresh(kind)
        return [dict(stored.source) for stored in self.index.each(kind, {"match_all": {}})]

    def ends(self) -> dict[str, str]:
        """Where each link has ended, by its path or, elsewhere, its address."""
        return {it.get("url", {}).get("original", it["title"]).removeprefix(HOST): it["outcome"] for it in self.all("entries")}

    def source(self, url: str = f"{HOST}/rss") -> dict[str, Any]:
        (found,) = [it for it in self.all("sources") if it["url"]["original"] == url]
        return found

    def asked(self, beginning: str) -> list[str]:
        return [url for url in self.web.asked if url.startswith(beginning) and not url.endswith("/robots.txt")]


@pytest.fixture
def stand(settings: Settings, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Newsstand]:
    pages: dict[str, Any] = {}
    sources = tmp_path / "sources.yml"
    with webpages(pages) as web:
        monkeypatch.setenv("CLAIMWIRE_PROXY", web.proxy)
        monkeypatch.setenv("CLAIMWIRE_SOURCES", str(sources))
        monkeypatch.setenv("CLAIMWIRE_GDELT_DELAY", "0")
        made = Newsstand(index, web, pages, sources, monkeypatch)
        made.outlets({"feeds": [{"url": f"{HOST}/rss"}]})
        yield made
