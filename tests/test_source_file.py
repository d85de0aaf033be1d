from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from pipeline.config_files import read_outlets
from pipeline.errors import ConfigError
from pipeline.settings import Settings, read_settings
from pipeline.source_file import add_feeds, add_outlets, all_outlets, own_file, pause, replace_feed, resume
from pipeline.source_rules import Outlet

SHIPPED = """\
outlets:
  - id: daily
    name: Daily
    domains: [daily.example]
    feeds: [{url: "https://daily.example/rss", volume: 40, headers: {X-Key: "env:CLAIMWIRE_SOURCE_DAILY"}}]
  - id: wire
    name: Wire
    domains: [wire.example]
    feeds: [{url: "https://wire.example/rss"}, {url: "https://wire.example/sitemap.xml", kind: sitemap, fills: true}]
    paused: {why: terms, since: 2026-01-01}
"""
PAPER = {"id": "paper", "name": "Paper", "domains": ["paper.example"], "feeds": [{"url": "https://paper.example/rss"}]}


@pytest.fixture
def layered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """A shipped topic, and an overlay with nothing in it."""
    folder = tmp_path / "config" / "topics" / "fish"
    folder.mkdir(parents=True)
    (folder / "topic.yml").write_text("{id: fish, title: Fish, sides: [XA], languages: {en: {parties: {X: [x]}, subject: [s]}}}")
    (folder / "sources.yml").write_text(SHIPPED)
    monkeypatch.setenv("CLAIMWIRE_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("CLAIMWIRE_OVERLAY", str(tmp_path / "overlay"))
    (tmp_path / "overlay").mkdir()
    monkeypatch.setenv("CLAIMWIRE_NOW", "2026-11-23T23:30:00Z")
    monkeypatch.setenv("CLAIMWIRE_TIME_ZONE", "Asia/Tehran")
    yield read_settings()
    assert (folder / "sources.yml").read_text() == SHIPPED


def named(settings: Settings, id_: str) -> Outlet:
    return next(outlet for outlet in all_outlets(settings) if outlet.id == id_)


def ids(settings: Settings) -> list[str]:
    return [outlet.id for outlet in read_outlets(settings)]


def test_new_outlets_go_into_the_overlay_and_are_read_from_there(layered: Settings) -> None:
    file = add_outlets(layered, [PAPER])
    assert file == own_file(layered) == Path(layered.own_file("sources.yml"))
    assert ids(layered) == ["daily", "paper"]
    assert file.read_text().startswith("# The topic's own sources")
    add_outlets(layered, [{**PAPER, "id": "more", "feeds": [{"url": "https://paper.example/more"}]}])
    assert ids(layered) == ["daily", "paper", "more"]
    assert [path.name for path in file.parent.iterdir()] == ["sources.yml"]


def test_pausing_a_shipped_outlet_writes_the_pause_alone_and_resuming_takes_it_back(layered: Settings) -> None:
    file = pause(layered, "daily", "its pages are empty: #1")
    assert ids(layered) == []
    paused = named(layered, "daily").paused
    assert paused is not None
    assert (paused.why, paused.since) == ("its pages are empty: #1", date(2026, 11, 24))  # it is tomorrow already in that zone
    pause(layered, "daily", "again")
    assert file.read_text().count("paused") == 1
    resume(layered, "daily")
    assert ids(layered) == ["daily"]
    assert "daily" not in file.read_text()


def test_what_is_shipped_paused_can_be_resumed_and_paused_again(layered: Settings) -> None:
    resume(layered, "wire")
    assert ids(layered) == ["daily", "wire"]
    with pytest.raises(ConfigError, match="wire is not paused"):
        resume(layered, "wire")
    pause(layered, "wire", "mine")
    assert named(layered, "wire").paused is not None
    resume(layered, "wire")
    assert ids(layered) == ["daily", "wire"]


def test_an_outlet_of_ones_own_is_paused_in_its_block(layered: Settings) -> None:
    add_outlets(layered, [PAPER])
    before = own_file(layered).read_text()
    pause(layered, "paper", "silent")
    assert ids(layered) == ["daily"]
    resume(layered, "paper")
    assert own_file(layered).read_text() == before


def test_a_feed_is_added_to_a_shipped_outlet_and_to_ones_own(layered: Settings) -> None:
    add_outlets(layered, [PAPER])
    for id_ in ("daily", "paper", "daily"):
        add_feeds(layered, id_, [{"url": f"https://{id_}.example/{len(named(layered, id_).feeds)}"}])
    assert [feed.url for feed in named(layered, "daily").feeds] == [
        "https://daily.example/rss", "https://daily.example/1", "https://daily.example/2",
    ]  # fmt: skip
    assert [feed.url for feed in named(layered, "paper").feeds] == ["https://paper.example/rss", "https://paper.example/1"]


def test_a_feed_takes_the_place_of_another_with_its_pace_and_its_keys(layered: Settings) -> None:
    replace_feed(layered, named(layered, "daily"), "https://daily.example/rss", [{"url": "https://daily.example/new"}])
    (feed,) = named(layered, "daily").feeds
    assert (feed.url, feed.volume, dict(feed.headers)) == ("https://daily.example/new", 40, {"X-Key": "env:CLAIMWIRE_SOURCE_DAILY"})
    replace_feed(layered, named(layered, "daily"), "https://daily.example/new", [{"url": "https://daily.example/newest"}])
    (feed,) = named(layered, "daily").feeds
    assert (feed.url, feed.volume) == ("https://daily.example/newest", 40)
    replace_feed(layered, named(layered, "wire"), "https://wire.example/rss", [{"url": "https://wire.example/atom"}])
    assert [feed.url for feed in named(layered, "wire").feeds] == ["https://wire.example/sitemap.xml", "https://wire.example/atom"]


def test_where_one_file_is_named_it_is_the_one_that_is_written(layered: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "mine.yml"
    file.write_text(SHIPPED)
    file.chmod(0o640)
    monkeypatch.setenv("CLAIMWIRE_SOURCES", str(file))
    settings = read_settings()
    assert pause(settings, "daily", "x") == file
    add_outlets(settings, [PAPER])
    assert ids(settings) == ["paper"]
    assert file.stat().st_mode & 0o777 == 0o640
    resume(settings, "daily")
    assert set(SHIPPED.splitlines()) <= set(file.read_text().splitlines())


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda settings: add_outlets(settings, [{**PAPER, "id": "daily"}]), "'daily' is there already"),
        (lambda settings: add_outlets(settings, [{**PAPER, "country": "Persia"}]), "outlets.paper.country"),
        (lambda settings: add_outlets(settings, [{**PAPER, "feeds": [{"url": "ftp://x"}]}]), "outlets.paper.feeds"),
        (lambda settings: pause(settings, "nobody", "x"), "no outlet 'nobody'.*There are: daily, wire"),
        (lambda settings: resume(settings, "daily"), "daily is not paused"),
    ],
)
def test_what_does_not_fit_is_not_written(layered: Settings, change, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        change(layered)
    assert not own_file(layered).exists()


def test_a_file_of_ones_own_that_is_laid_out_otherwise_is_not_touched(layered: Settings) -> None:
    own_file(layered).parent.mkdir(parents=True)
    own_file(layered).write_text("{outlets: []}\n")
    with pytest.raises(ConfigError, match="Write it there by hand"):
        pause(layered, "daily", "x")
    assert own_file(layered).read_text() == "{outlets: []}\n"


def test_a_folder_that_cannot_be_written_is_told(layered: Settings, tmp_path: Path) -> None:
    (tmp_path / "overlay" / "topics").write_text("a file where a folder should be")
    with pytest.raises(ConfigError, match="cannot be written"):
        pause(layered, "daily", "x")
