"""Silences, and their commands."""

import json
from datetime import timedelta
from typing import Any

import pytest

from pipeline import alerting, silences, silencing
from pipeline.alert_rules import Silence
from pipeline.deciding import read_silences
from pipeline.errors import ConfigError, NotFound
from pipeline.index import Index
from pipeline.settings import Settings
from tests.builders import NOON
from tests.test_cli import claimwire


def a_silence(channel: str | None = None, hours: float = 2, **when: Any) -> Silence:
    return silences.make(when, channel, by="Ada", why="the summit", since=NOON, until=NOON + timedelta(hours=hours))


def test_deciding_reads_what_was_added_until_it_ends(index: Index) -> None:
    silencing.add(a_silence(side=("IR",)), index)
    index.refresh("silences")
    (there,) = read_silences(index, NOON + timedelta(hours=1))
    assert there == a_silence(side=("IR",))
    assert read_silences(index, NOON + timedelta(hours=2)) == []


def test_a_silence_is_ended_by_the_beginning_of_its_id_and_only_once(index: Index) -> None:
    silence = a_silence(side=("IR",))
    silencing.add(silence, index)
    assert silencing.end(silence.id[:4], index, NOON + timedelta(hours=1)) == silence
    assert list(silencing.every(index, NOON + timedelta(hours=1))) == []
    (over,) = silencing.every(index, NOON + timedelta(hours=1), over=True)
    assert silences.state(over, NOON + timedelta(hours=1)) == "over"
    with pytest.raises(NotFound, match="is over since"):
        silencing.end(silence.id, index, NOON + timedelta(hours=1))
    with pytest.raises(NotFound, match="no silence"):
        silencing.end("ffff", index, NOON)


def test_a_beginning_of_two_ids_ends_neither(index: Index) -> None:
    for hours in (1, 2):
        silencing.add(a_silence(hours=hours), index)
    with pytest.raises(NotFound, match="2 silences begin with ''"):
        silencing.end("", index, NOON)
    assert len(list(silencing.every(index, NOON))) == 2


@pytest.mark.parametrize(
    ("channel", "when", "problem"),
    [
        ("pigeon", {}, "channel: no channel 'pigeon'; there are: desk, feed, log, webhook"),
        (None, {"side": ("XX",)}, "side: 'XX' does not stand in actors.yml"),
        (None, {"family": ("nonsense",)}, "family: 'nonsense' does not stand in claims.yml"),
        (None, {"outlet": ("nobody",)}, "outlet: 'nobody' does not stand in sources.yml"),
        (None, {"target": ("Atlantis",)}, "target: 'Atlantis' does not stand"),
        (None, {"speaker": ("Kanani",)}, "speaker: statements by 'Kanani' carry the name 'Nasser Kanaani'"),
    ],
)
def test_what_no_statement_can_be_is_refused_as_in_a_rule(settings: Settings, channel: str | None, when: Any, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        silences.check(a_silence(channel, **when), alerting.read_rules(settings), alerting.known_of(settings))


def test_a_malformed_value_is_named() -> None:
    with pytest.raises(ConfigError, match=r"silence: side: .*not 'iran'"):
        a_silence(side=("iran",))


def test_silences_from_the_command_line(index: Index) -> None:
    who = ("--by", "Ada", "--why", "the [big] summit", "--until", "2h")
    added = claimwire("silence", "add", *who, "--side", "IR", "--act", "denial", "--channel", "log", "--json")
    assert added.returncode == 0, added.stderr
    id_ = json.loads(added.stdout)["id"]
    listed = claimwire("silence", "list").stdout
    for words in (id_, "holds", "act denial, side IR (on log)", "the [big] summit"):
        assert words in listed
    assert claimwire("silence", "end", id_[:5]).stdout.startswith("Ended: act denial, side IR")
    assert claimwire("silence", "list").stdout == "nothing is silenced\n"
    assert "over" in claimwire("silence", "list", "--all").stdout


def test_silencing_everything_must_be_said(index: Index) -> None:
    who = ("--by", "Ada", "--why", "test", "--until", "2h")
    assert claimwire("silence", "add", *who).returncode == 2
    assert claimwire("silence", "add", *who, "--side", "IR", "--everything").returncode == 2
    added = claimwire("silence", "add", *who, "--everything")
    assert added.returncode == 0, added.stderr
    assert "everything" in added.stdout
