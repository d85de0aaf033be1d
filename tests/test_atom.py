"""Feeds as feed readers read them."""

import multiprocessing
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import feedparser
import pytest
from lxml import etree

from pipeline import atom
from pipeline.alert_rules import ChannelKind, ChannelRules
from pipeline.delivery import write_whole
from pipeline.messages import Message, MessageKind
from pipeline.settings import Settings
from tests.messages import NOON, a_message, an_item

RULES = ChannelRules(id="desk", kind=ChannelKind.ATOM)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(state=tmp_path / "state", time_zone=ZoneInfo("Europe/London"))


def feed_file(channel: str, settings: Settings) -> Path:
    return settings.state / atom.feed_file(channel, settings)


def publish(settings: Settings, *messages: Message) -> bytes:
    for message in messages:
        assert atom.publish(message, RULES, settings) is None
    return feed_file("desk", settings).read_bytes()


def test_a_feed_reader_finds_the_message_and_its_evidence(settings: Settings) -> None:
    read = feedparser.parse(publish(settings, a_message()))
    assert not read.bozo
    assert (read.version, read.feed.title, read.feed.id) == (
        "atom10",
        "claimwire: iran-russia, desk",
        "urn:claimwire:feed:iran-russia:desk",
    )
    (entry,) = read.entries
    assert (entry.id, entry.title) == ("urn:claimwire:message:row-1", "Iran denies what United States said – The Outlet")
    assert entry.link == "https://outlet.example/news/1"
    assert [tag.term for tag in entry.tags] == ["alert", "denial"]
    assert entry.updated == entry.published == read.feed.updated == "2022-12-18T12:06:00.000000Z"
    assert "> Tehran rejected the report on Monday." in entry.summary_detail.value.replace("&gt;", ">")
    assert entry.content[0].type == "text/html"
    assert "Tehran rejected the report on Monday." in entry.content[0].value
    assert "<body" not in feed_file("desk", settings).read_text()


def test_an_update_replaces_its_entry_and_comes_first(settings: Settings) -> None:
    later = NOON + timedelta(hours=2)
    publish(settings, a_message(), a_message(id="row-2", at=NOON + timedelta(hours=1)))
    read = feedparser.parse(publish(settings, a_message(title="Two denials", kind=MessageKind.UPDATE, key="key-2", at=later)))
    assert [(entry.id[-5:], entry.title) for entry in read.entries] == [
        ("row-1", "Two denials"),
        ("row-2", "Iran denies what United States said – The Outlet"),
    ]
    assert (read.entries[0].published, read.entries[0].updated) == ("2022-12-18T12:06:00.000000Z", "2022-12-18T14:00:00.000000Z")


def test_what_comes_late_does_not_undo_an_update(settings: Settings) -> None:
    newer = publish(settings, a_message(title="new", at=NOON + timedelta(hours=2)))
    assert publish(settings, a_message(title="old")) == newer


def test_the_same_message_twice_is_the_same_file(settings: Settings) -> None:
    first = publish(settings, a_message(id="row-0"), a_message())
    file = feed_file("desk", settings)
    inode = file.stat().st_ino
    assert publish(settings, a_message()) == first
    assert file.stat().st_ino == inode  # not even written again
    assert {each.name for each in file.parent.iterdir()} == {"desk.atom", "desk.atom.lock"}


def test_the_newest_are_kept(settings: Settings) -> None:
    for number in range(5):
        assert atom.publish(a_message(id=f"row-{number}", at=NOON + timedelta(minutes=number)), RULES, settings, kept=3) is None
    read = feedparser.parse(feed_file("desk", settings).read_bytes())
    assert [entry.id[-5:] for entry in read.entries] == ["row-4", "row-3", "row-2"]


def test_hostile_words_break_neither_the_file_nor_its_reader(settings: Settings) -> None:
    hostile = "]]><script>alert(1)</script>&nbsp;\x00\x0b\ufffe\ud800\u202e</content></entry>"
    item = an_item(sentence=hostile, title=hostile, line=hostile, url="javascript:alert(1)")
    read = feedparser.parse(publish(settings, a_message(item, id="a b/<ü>\n", title=hostile)))
    assert not read.bozo
    (entry,) = read.entries
    assert entry.id == "urn:claimwire:message:a%20b%2F%3C%C3%BC%3E%0A"
    assert "script" not in etree.HTML(entry.content[0].value).xpath("name(//script)")
    root = etree.fromstring(publish(settings))
    (content,) = root.iter("{*}content")
    assert not etree.HTML(content.text).xpath("//script | //a")
    assert root.findtext(".//{*}entry/{*}title") == "]]><script>alert(1)</script>&nbsp; </content></entry>"


def test_a_feed_that_cannot_be_read_is_told_and_left(settings: Settings) -> None:
    publish(settings, a_message())
    write_whole(feed_file("desk", settings), b"<feed")
    trouble = atom.publish(a_message(), RULES, settings)
    assert trouble is not None
    assert trouble.again
    assert feed_file("desk", settings).read_bytes() == b"<feed"


def test_a_folder_that_cannot_be_made_is_told(settings: Settings) -> None:
    settings.state.write_text("a file where the folder should be")
    trouble = atom.publish(a_message(), RULES, settings)
    assert trouble is not None
    assert trouble.again


def write_many(settings: Settings, writer: int) -> None:
    publish(settings, *(a_message(id=f"row-{writer}-{number}") for number in range(10)))


def test_writers_at_once_lose_nothing(settings: Settings) -> None:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        pool.starmap(write_many, [(settings, writer) for writer in range(4)])
    read = feedparser.parse(publish(settings))
    assert not read.bozo
    assert len(read.entries) == 40


def test_entries_that_name_an_address_are_withdrawn_from_every_feed_and_others_stay(settings: Settings) -> None:
    publish(settings, a_message(an_item(url="https://outlet.example/a?x=1&y=2"), id="row-1"), a_message(id="row-2"))
    longer = a_message(an_item(url="https://outlet.example/a?x=1&y=23"), id="row-3")
    assert atom.publish(longer, ChannelRules(id="other", kind=ChannelKind.ATOM), settings) is None
    assert atom.withdraw(["https://outlet.example/a?x=1&y=2"], settings) == 1
    read = feedparser.parse(feed_file("desk", settings).read_bytes())
    assert [entry.id[-5:] for entry in read.entries] == ["row-2"]
    assert len(feedparser.parse(feed_file("other", settings).read_bytes()).entries) == 1
    assert atom.withdraw(["https://outlet.example/news/1", "https://outlet.example/a?x=1&y=23"], settings) == 2
    empty = feedparser.parse(feed_file("desk", settings).read_bytes())
    assert (empty.bozo, empty.entries, empty.feed.title) == (False, [], "claimwire: iran-russia, desk")
    assert publish(settings, a_message(id="row-4"))
    assert atom.withdraw([], settings) == 0
