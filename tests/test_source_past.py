from pathlib import Path

import pytest

from pipeline import run
from pipeline.config_files import read_topic
from pipeline.index import Index
from pipeline.settings import Settings, read_settings
from pipeline.source_file import all_outlets
from pipeline.source_past import past
from pipeline.source_report import Report, State
from pipeline.source_troubles import Cause

SOURCES = """\
outlets:
  - {id: heard, name: Heard, domains: [thames-sentinel.example], feeds: [{url: "http://thames-sentinel.example/world/iran/rss"}]}
  - {id: lost, name: Lost, domains: [thames-sentinel.example], feeds: [{url: "http://thames-sentinel.example/nothing"}]}
  - {id: asleep, name: Asleep, domains: [asleep.example], feeds: [{url: "http://asleep.example/rss"}], paused: {why: x, since: 2026-01-01}}
"""


@pytest.fixture
def outlets(sample_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """One outlet that answers, one whose feed is gone, one that is paused."""
    (tmp_path / "sources.yml").write_text(SOURCES)
    monkeypatch.setenv("CLAIMWIRE_SOURCES", str(tmp_path / "sources.yml"))
    return read_settings()


def report(settings: Settings, index: Index) -> Report:
    return past(settings.topic, all_outlets(settings), index, settings.clock(), read_topic(settings).languages)


def test_before_the_first_pass_nothing_is_known(outlets: Settings, index: Index) -> None:
    told = report(outlets, index)
    assert told.outlets == {"heard": State.UNASKED, "lost": State.UNASKED}
    assert [outlet.id for outlet in told.paused] == ["asleep"]
    assert told.flawless


def test_the_last_pass_tells_what_works_what_fails_and_what_became_of_the_links(outlets: Settings, index: Index) -> None:
    run.run_collect(outlets)
    told = report(outlets, index)
    heard, lost = told.rows
    assert heard.look is not None
    assert heard.look.entries == 2
    assert heard.asked == outlets.clock()
    assert [trouble.cause for trouble in heard.troubles] == [Cause.STALE]  # the clock stands seven weeks behind its newest entry
    assert [trouble.cause for trouble in lost.troubles] == [Cause.GONE]
    assert told.outlets["lost"] is State.MEND
    assert sum(told.pages["heard"].ended.values()) == heard.look.entries
    assert told.pages["heard"].ended["saved"] > 0
