"""The way of links and sentences, over sample outlets that were collected, read and decided on."""

import json
import os
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

import pytest

from pipeline import alerting, run, tracing
from pipeline.config_files import read_outlets
from pipeline.connection import connect, read_mappings
from pipeline.index import Index
from pipeline.model import Findings, Verdict
from pipeline.reading import open_reader
from pipeline.samples import SampleSites
from pipeline.settings import Settings, read_settings
from pipeline.spans import Attributed
from pipeline.story import Story
from tests.conftest import SITES, URL
from tests.test_cli import claimwire

BURNS = "http://cpw-wire.example/2022/12/16/burns-iran-russia-interview-4471"


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory, sites: SampleSites) -> Iterator[tuple[Index, Settings]]:
    """Three outlets of the samples after one pass of all stages, once for this module."""
    sites.now = None
    settings = read_settings(
        elasticsearch_url=os.environ[URL],
        index_prefix=f"test-{uuid.uuid4().hex[:12]}",
        state=tmp_path_factory.mktemp("state"),
        now=datetime(2024, 11, 1, tzinfo=UTC),
        sources=SITES / "sources.yml",
        proxy=sites.proxy,
        host_delay=0,
    )
    index = connect(settings)
    index.set_up(read_mappings(settings))
    run.run_collect(settings, ("cpw-wire", "deccan-standard", "gulf-meridian"))
    run.run_enrich(settings)
    run.run_alert(settings)
    yield index, settings
    index.remove()


@pytest.fixture
def desk(collected: tuple[Index, Settings]) -> tracing.Desk:
    index, settings = collected
    outlets = [outlet.id for outlet in read_outlets(settings)]
    office = alerting.open_office(settings, index)
    return tracing.Desk(office=office, outlets=outlets, open_reader=partial(open_reader, settings), zone=settings.time_zone)


def names(story: Story) -> list[str]:
    return [step.name for step in story.steps]


def told(story: Story, name: str) -> str:
    return "\n".join(line for step in story.steps if step.name == name for line in step.told)


@pytest.mark.parametrize("address", [BURNS, f"https://www.{BURNS[7:]}/?utm_source=letter#top", BURNS[7:]])
def test_every_form_of_an_address_leads_to_its_article(desk: tracing.Desk, address: str) -> None:
    story = tracing.trace(address, desk)
    assert names(story) == ["feed", "article", "reading", "statements"]
    assert "The feed of cpw-wire first showed it on 2024-11-01 00:00" in told(story, "feed")
    assert "by today's rules: 8 statements" in told(story, "reading")
    assert "Nobody was told: it was held back." in told(story, "statements")


def test_a_link_that_is_no_article_ends_at_the_feed_with_its_reason(desk: tracing.Desk) -> None:
    story = tracing.trace("http://gulf-meridian.example/en/sport/football/2023/03/23/iran-russia-friendly-draw?at_medium=x", desk)
    assert (names(story), story.end) == (["feed"], "It ended at the feed: off-topic.")
    assert "Outcome: off-topic (0 of 4 paragraphs" in told(story, "feed")


def test_a_sentence_is_traced_from_the_feed_to_the_outbox(desk: tracing.Desk) -> None:
    story = tracing.trace("dismissed reports that its forces fly Iranian drones", desk)
    assert names(story) == ["feed", "article", "reading", "statement", "utterance", "decision", "outbox"]
    assert told(story, "statement").startswith("Denial by Kremlin")
    assert story.end == "Nobody was told: the article recalls it as background."


def test_a_sentence_of_a_copy_is_traced_to_what_it_copies(desk: tracing.Desk) -> None:
    story = tracing.trace("http://deccan-standard.example/world/us-spy-chief-flags-dangerous-iran-russia-embrace/article118204.html", desk)
    assert f"It is a copy of an article of Continental Press Wire: {BURNS}" in told(story, "article")


def test_a_sentence_without_a_statement_shows_what_the_reader_makes_of_it(desk: tracing.Desk) -> None:
    story = tracing.trace("said the two governments had little history of trusting one another", desk)
    assert names(story)[-1] == "sentence"
    assert "Reported speech by William Burns" in told(story, "sentence")
    assert story.end == "It ended at the reading: no statement was found in it."


def test_a_title_that_only_a_feed_had_is_found(desk: tracing.Desk) -> None:
    story = tracing.trace("Telangana’s medicine drones reach 40 villages", desk)
    assert (names(story), story.end) == (["feed"], "It ended at the feed: off-topic.")


def test_what_was_never_seen_has_suggestions(desk: tracing.Desk) -> None:
    for given in ("the elephants of Hannibal accuse Iran of drones", "http://elsewhere.example/iran-drones-russia"):
        story = tracing.trace(given, desk)
        assert (story.found, story.steps, story.end) == (False, (), "Nothing of this was ever seen.")
        assert story.near


@pytest.mark.parametrize(
    ("speech", "words"),
    [
        ((), "Nobody is said to say it"),
        ((Attributed(source=((0, 4),), cue=((5, 9),), content=((10, 18),)),), "Reported speech by Kyiv, cue “said”: “it rains”"),
    ],
)
def test_a_sentence_has_an_attribution_or_none(speech: tuple[Attributed, ...], words: str) -> None:
    verdict = Verdict(on_topic=True, reason="enough")
    nothing = Findings(verdict=verdict, entities=(), claims=(), statements=(), sentences=((0, 19),))
    assert tracing.judged((0, 19), "Kyiv said it rains.", nothing, speech)[0].startswith(words)


def test_a_story_from_the_command_line(collected: tuple[Index, Settings], monkeypatch: pytest.MonkeyPatch) -> None:
    _, settings = collected
    monkeypatch.setenv("ELASTICSEARCH_URL", settings.elasticsearch_url)
    monkeypatch.setenv("CLAIMWIRE_INDEX_PREFIX", settings.index_prefix)
    monkeypatch.setenv("CLAIMWIRE_SOURCES", str(settings.sources))
    story = claimwire("why", BURNS)
    assert story.returncode == 0, story.stderr
    assert "1 feed" in story.stdout
    assert [step["name"] for step in json.loads(claimwire("why", BURNS, "--json").stdout)["steps"]][:2] == ["feed", "article"]
    nothing = claimwire("why", "elephants")
    assert (nothing.returncode, nothing.stdout) == (1, "Nothing of this was ever seen.\n")
