"""`claimwire sources` as a user types it, against sites on loopback."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.opml import read_opml
from tests.test_cli import claimwire
from tests.test_source_check import ARTICLE, URL, a_feed, an_item
from tests.test_source_finder import HOME, a_page, linked
from tests.webpages import Answer, Webpages, webpages

TOPIC = "{id: fish, title: Fish, sides: [XA], languages: {en: {parties: {X: [x]}, subject: [s]}}}"
SHIPPED = """\
# What is shipped.
outlets:
  - id: daily
    name: The Daily
    domains: [daily.example]
    country: "IR"
    ownership: state
    feeds: [{url: "http://daily.example/rss"}]
  - id: weekly
    name: The Weekly
    domains: [weekly.example]
    feeds: [{url: "http://weekly.example/rss"}, {url: "http://weekly.example/list", kind: list, links: "/news/*"}]
    notes: Was never tested.
"""
PAGE = {"http://daily.example/news/1": Answer(body=ARTICLE.encode())}
WELL = {URL: a_feed(an_item()), "http://weekly.example/rss": Answer(status=404), **PAGE}


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation with one topic; gives the overlay's file of sources."""
    folder = tmp_path / "config" / "topics" / "fish"
    folder.mkdir(parents=True)
    (folder / "topic.yml").write_text(TOPIC)
    (folder / "sources.yml").write_text(SHIPPED)
    (tmp_path / "config" / "chrome.yml").write_text("")
    (tmp_path / "overlay").mkdir()
    for name, value in {"CONFIG": tmp_path / "config", "OVERLAY": tmp_path / "overlay", "STATE": tmp_path / "state", "TOPIC": "fish",
                        "HOST_DELAY": "0", "NOW": "2026-11-23T12:00:00Z"}.items():  # fmt: skip
        monkeypatch.setenv(f"CLAIMWIRE_{name}", str(value))
    return tmp_path / "overlay" / "topics" / "fish" / "sources.yml"


@contextmanager
def sites(table: dict[str, Answer], monkeypatch: pytest.MonkeyPatch) -> Iterator[Webpages]:
    with webpages(table) as pages:
        monkeypatch.setenv("CLAIMWIRE_PROXY", pages.proxy)
        yield pages


def block(file: Path, id_: str) -> dict[str, Any]:
    return next(each for each in yaml.safe_load(file.read_text())["outlets"] if each["id"] == id_)


# ---- list, pause, resume


def test_outlets_are_listed_for_people_and_for_machines(own: Path) -> None:
    told = claimwire("sources", "list")
    assert told.returncode == 0, told.stderr
    for words in ("The Daily", "IR state", "http://weekly.example/list · list", "2 outlets, 3 addresses"):
        assert words in told.stdout
    (weekly,) = json.loads(claimwire("sources", "list", "weekly", "--json").stdout)
    assert [feed["url"] for feed in weekly["feeds"]] == ["http://weekly.example/rss", "http://weekly.example/list"]
    lost = claimwire("sources", "list", "nobody")
    assert lost.returncode == 1
    assert "no outlet nobody. `claimwire sources list` says which there are" in lost.stderr


def test_outlets_are_paused_with_a_reason_and_resumed(own: Path) -> None:
    told = claimwire("sources", "pause", "daily", "weekly", "--why", "closed to us")
    assert told.returncode == 0, told.stderr
    assert str(own) in told.stdout
    assert "paused since 2026-11-23: closed to us" in claimwire("sources", "list").stdout
    assert claimwire("sources", "pause", "daily").returncode == 2
    assert claimwire("sources", "pause", "daily", "--why", " ").returncode == 2
    assert claimwire("sources", "resume", "daily", "nobody").returncode == 1
    assert block(own, "daily")["paused"]["why"] == "closed to us"  # all or none
    assert claimwire("sources", "resume", "daily", "weekly").returncode == 0
    again = claimwire("sources", "resume", "daily")
    assert again.returncode == 1
    assert "daily is not paused" in again.stderr


# ---- check


def test_a_check_says_what_to_mend_keeps_a_page_and_has_exit_code_1(own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with sites(WELL, monkeypatch):
        told = claimwire("sources", "check", "--pages")
    assert told.returncode == 1
    assert "the address is gone (2)" in told.stdout
    assert "claimwire sources add SITE --instead-of URL" in told.stdout  # one step for both addresses
    assert "words, markup (http://daily.example/news/1)" in told.stdout
    assert "1/3" in told.stderr  # progress
    page = tmp_path / "state" / "sources-fish.html"
    assert str(page) in told.stdout
    assert "Was never tested." in page.read_text()


def test_a_check_of_what_works_is_quiet_and_asks_nobody_else(own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with sites(WELL, monkeypatch) as pages:
        told = claimwire("sources", "check", "daily", "--json")
        assert {url.split("/")[2] for url in pages.asked} == {"daily.example"}
    assert (told.returncode, told.stderr) == (0, "")
    report = json.loads(told.stdout)
    assert report["outlets"] == {"daily": "works"}
    assert report["feeds"][0]["entries"] == 1
    assert not (tmp_path / "state" / "sources-fish.html").exists()  # a part is not the whole


# ---- add


NEW = "http://paper.example/"
PAPER = {
    NEW: a_page(head=linked("/rss", "/rss/world") + "<title>Paper</title>"),
    "http://paper.example/rss": a_feed(an_item(link="http://paper.example/news/1"), an_item(link="http://paper.example/news/2", hours=9)),
    "http://paper.example/rss/world": a_feed(an_item(link="http://paper.example/news/3")),
    "http://paper.example/news/1": Answer(body=ARTICLE.encode()),
}  # fmt: skip


def test_a_site_becomes_a_block_and_a_recorded_page(own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with sites(PAPER, monkeypatch):
        told = claimwire(
            "sources", "add", NEW, "--name", "The Paper", "--country", "UA", "--ownership", "private", "--record", tmp_path / "kept"
        )
        assert told.returncode == 0, told.stderr
        assert "http://paper.example/rss/world" in told.stdout  # what else was found
        assert block(own, "paper") == {
            "id": "paper", "name": "The Paper", "domains": ["paper.example"], "country": "UA", "ownership": "private", "tier": 3,
            "languages": ["en"], "feeds": [{"url": "http://paper.example/rss"}],
        }  # fmt: skip
        (page,) = (tmp_path / "kept").glob("*.html")
        assert "Ministry denies" in told.stdout
        assert json.loads(page.with_suffix(".json").read_text())["url"] == "http://paper.example/news/1"
        assert claimwire("sources", "retest", tmp_path / "kept").returncode == 0
        page.with_suffix(".txt").write_text("other words")
        changed = claimwire("sources", "retest", tmp_path / "kept")
        assert changed.returncode == 1
        assert "text: 2 words →" in changed.stdout
        assert claimwire("sources", "check", "paper").returncode == 0


def test_without_being_told_the_site_says_who_it_is_and_what_is_missing_is_said(
    own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sites(PAPER, monkeypatch):
        told = claimwire("sources", "add", NEW)
    assert told.returncode == 0, told.stderr
    assert block(own, "paper")["name"] == "Daily"  # as its feed says
    assert "country and ownership are not said" in told.stderr
    assert list((tmp_path / "state" / "recorded" / "fish").glob("paper-*.html"))


def test_nothing_is_written_where_only_a_look_is_wanted(own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with sites(PAPER, monkeypatch):
        assert claimwire("sources", "add", NEW, "--dry-run").returncode == 0
    assert not own.exists()
    assert not (tmp_path / "state").exists()


def test_several_feeds_are_chosen_by_name(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with sites(PAPER, monkeypatch):
        told = claimwire(
            "sources", "add", NEW, "--feed", "http://paper.example/rss/world", "--feed", "http://paper.example/rss", "--id", "p"
        )
        assert told.returncode == 0, told.stderr
        assert [feed["url"] for feed in block(own, "p")["feeds"]] == ["http://paper.example/rss/world", "http://paper.example/rss"]
        lost = claimwire("sources", "add", NEW, "--feed", "http://paper.example/other")
    assert lost.returncode == 1
    assert "no feed answers at http://paper.example/other" in lost.stderr


def test_an_outlet_that_is_there_gets_another_feed_or_one_in_the_place_of_one(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = WELL | {HOME: a_page(head=linked("/rss", "/new")), "http://daily.example/new": a_feed(an_item())}
    with sites(table, monkeypatch):
        known = claimwire("sources", "add", HOME)
        assert known.returncode == 1
        assert "daily asks http://daily.example/rss already" in known.stderr
        taken = claimwire("sources", "add", HOME, "--feed", "http://daily.example/new")
        assert taken.returncode == 1
        assert "daily.example is daily's already" in taken.stderr
        assert "--to daily" in taken.stderr
        assert not own.exists()
        assert (
            claimwire("sources", "add", HOME, "--feed", "http://daily.example/new", "--instead-of", "http://nobody.example/").returncode
            == 1
        )
        done = claimwire("sources", "add", HOME, "--feed", "http://daily.example/new", "--instead-of", URL)
        assert done.returncode == 0, done.stderr
    assert block(own, "daily") == {"id": "daily", "remove": {"feeds": [URL]}, "feeds": [{"url": "http://daily.example/new"}]}
    (daily,) = json.loads(claimwire("sources", "list", "daily", "--json").stdout)
    assert [feed["url"] for feed in daily["feeds"]] == ["http://daily.example/new"]


def test_a_site_without_a_feed_says_how_its_page_can_be_read(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    links = "".join(f"<a href='/news/2026/story-{n}'>x</a>" for n in range(7))
    table = {NEW: a_page(links), "http://paper.example/news/2026/story-0": Answer(body=ARTICLE.encode())}
    with sites(table, monkeypatch):
        told = claimwire("sources", "add", NEW)
        assert told.returncode == 1
        assert "no feed with entries at http://paper.example/" in told.stderr
        assert "--links '/news/*'" in told.stderr
        done = claimwire("sources", "add", NEW, "--links", "/news/*")
        assert done.returncode == 0, done.stderr
        assert block(own, "paper")["feeds"] == [{"url": NEW, "kind": "list", "links": "/news/*"}]
        away = claimwire("sources", "add", "http://nothing.example/")
    assert away.returncode == 1
    assert away.stderr.splitlines()[-1] == "claimwire: rejected: status 404 (http://nothing.example/)"


# ---- import, export


def test_what_is_exported_is_imported_elsewhere(own: Path, tmp_path: Path) -> None:
    told = claimwire("sources", "export", "--opml", "--to", tmp_path / "feeds.opml")
    assert told.returncode == 0, told.stderr
    assert "2 feeds of 2 outlets; 1 lists" in told.stderr
    assert claimwire("sources", "export").returncode == 2
    assert [outline.feed for outline in read_opml(claimwire("sources", "export", "--opml").stdout.encode())] == [
        URL,
        "http://weekly.example/rss",
    ]
    again = claimwire("sources", "import", tmp_path / "feeds.opml")
    assert again.returncode == 0
    assert "0 new outlets, 0 feeds of outlets that are there, 2 feeds that are asked already" in again.stdout
    assert not own.exists()


OPML = """<opml version="2.0"><body>
  <outline text="Papers">
    <outline text="&lt;b&gt;Paper&lt;/b&gt;" xmlUrl="http://paper.example/rss" htmlUrl="http://www.paper.example/" language="fa"/>
    <outline text="Paper: world" xmlUrl="http://feeds.paper.example/world" htmlUrl="http://paper.example/world"/>
    <outline text="Daily culture" xmlUrl="http://daily.example/culture"/>
    <outline text="evil" xmlUrl="file:///etc/passwd"/>
  </outline></body></opml>"""


def test_a_list_of_feeds_becomes_one_block_for_each_domain(own: Path, tmp_path: Path) -> None:
    file = tmp_path / "mine.opml"
    file.write_text(OPML)
    assert claimwire("sources", "import", file, "--dry-run").returncode == 0
    assert not own.exists()
    told = claimwire("sources", "import", file)
    assert told.returncode == 0, told.stderr
    assert block(own, "paper") == {
        "id": "paper", "name": "Paper", "domains": ["paper.example"], "languages": ["fa", "en"],
        "feeds": [{"url": "http://paper.example/rss"}, {"url": "http://feeds.paper.example/world"}],
    }  # fmt: skip
    assert "claimwire sources add http://daily.example/culture --to daily" in told.stdout
    assert "claimwire sources check paper" in told.stdout


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"<!DOCTYPE opml [<!ENTITY a 'b'>]><opml/>", "document type"),
        (b"<opml>" + b" " * 10_000_000, "bytes are more"),
        (b"PK\x03\x04", "not OPML"),
        (None, "No such file"),
    ],
)
def test_a_file_that_is_no_list_is_refused_in_one_line(own: Path, tmp_path: Path, body: bytes | None, says: str) -> None:
    file = tmp_path / "mine.opml"
    if body is not None:
        file.write_bytes(body)
    told = claimwire("sources", "import", file)
    assert told.returncode == 1
    assert says in told.stderr
    assert len(told.stderr.splitlines()) == 1
    assert not own.exists()
