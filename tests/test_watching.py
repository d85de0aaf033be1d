"""Passes of the watch, on a real node, with real receivers of alarms and heartbeats."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from pipeline import watching
from pipeline.config_files import read_outlets
from pipeline.documents import iso
from pipeline.errors import ConfigError, StoreUnavailable
from pipeline.health import Trouble
from pipeline.index import Index
from pipeline.lease import lease
from pipeline.settings import read_settings
from pipeline.source_state import source_id
from tests.conftest import ROOT
from tests.receivers import Inbox, webhook_receiver

NOW = datetime(2024, 3, 15, 12, tzinfo=UTC)
PASS = timedelta(minutes=10)
SECRET = "s3cr3t-t0ken"

SOURCES = 'outlets: [{id: paper, name: The Paper, domains: [paper.example], feeds: [{url: "http://paper.example/rss"}]}]'
ALERTS = """
channels: [{id: log, kind: log}, {id: webhook, kind: webhook, address_from: CLAIMWIRE_WEBHOOK, key_from: CLAIMWIRE_WEBHOOK_KEY}]
rules: []
give_up: P1D
"""


class Installation:
    """One with a paper as its only source, whose feed answers or fails, and a clock that is moved."""

    def __init__(self, index: Index, alarms: Inbox, beats: Inbox, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.index, self.alarms, self.beats, self.metrics = index, alarms, beats, folder / "metrics" / "iran-russia.prom"
        self._patch = patch
        self.now = NOW

    def feed(self, *, fails: bool, why: str = "status 404") -> None:
        (outlet,) = read_outlets(read_settings())
        trouble = {"failures": 9, "error": {"type": "Rejected", "message": why}} if fails else {"failures": 0}
        self.index.put("sources", [(source_id(outlet, outlet.feeds[0]), {"answered": iso(NOW), "polled": iso(NOW), **trouble})])

    def look(self, after: timedelta = PASS) -> dict[str, int]:
        self.now += after
        self._patch.setenv("CLAIMWIRE_NOW", self.now.isoformat())
        for stage in ("collect", "enrich", "alert", "revisit"):
            document = {"stage": stage, "first": iso(NOW), "last": iso(self.now), "seconds": 1.0}
            self.index.put("runs", [(stage, document)])
        return dict(+watching.watch(read_settings()))

    @property
    def told(self) -> list[str]:
        return [body["title"] for _, body, _ in self.alarms.requests]

    @property
    def keys(self) -> list[str]:
        return [headers["Idempotency-Key"] for headers, _, _ in self.alarms.requests]


@pytest.fixture
def here(index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installation]:
    for name, text in (("SOURCES", SOURCES), ("ALERTS", ALERTS)):
        file = tmp_path / f"{name.lower()}.yml"
        file.write_text(text)
        monkeypatch.setenv(f"CLAIMWIRE_{name}", str(file))
    with webhook_receiver() as alarms, webhook_receiver() as beats:
        alarms.opened(monkeypatch, f"/hooks/{SECRET}")
        monkeypatch.setenv("CLAIMWIRE_WEBHOOK_KEY", "whsec_c2VjcmV0a2V5c2VjcmV0a2V5")
        monkeypatch.setenv("CLAIMWIRE_HEARTBEAT", f"http://{beats.host}/{SECRET}")
        monkeypatch.setenv("CLAIMWIRE_METRICS", str(tmp_path / "metrics" / "{topic}.prom"))
        yield Installation(index, alarms, beats, tmp_path, monkeypatch)


def test_an_alarm_is_told_when_it_begins_each_day_it_lasts_and_when_it_is_over(here: Installation) -> None:
    here.feed(fails=False)
    assert here.look() == {"beats": 1}
    here.feed(fails=True)
    assert here.look() == {"troubles": 1, "told": 2, "beats": 1}  # on both channels
    assert here.look() == {"troubles": 1, "beats": 1}
    assert here.look(timedelta(days=1)) == {"troubles": 1, "told": 2, "beats": 1}
    here.feed(fails=False)
    assert here.look() == {"beats": 1}  # it may come back
    assert here.look(2 * PASS) == {"told": 2, "beats": 1}
    assert [title.split(":")[0] for title in here.told] == [f"claimwire alarm {what}" for what in ("begins", "lasts", "is over")]
    assert len(set(here.keys)) == 3
    ((_, body, _), *_) = here.alarms.requests
    assert (body["kind"], body["topic"]) == ("alarm", "iran-russia")
    assert body["lines"][0].startswith("NEW (feed-fails): paper-")
    assert "claimwire sources check paper" in body["lines"][0]


def test_a_channel_that_is_down_gets_the_same_message_later_and_until_then_no_heart_beats(here: Installation) -> None:
    here.feed(fails=True)
    here.alarms.status = 404
    assert here.look() == {"troubles": 1, "told": 1, "undelivered": 1}
    assert here.look() == {"troubles": 1, "undelivered": 1}
    here.alarms.status = 200
    assert here.look() == {"troubles": 1, "told": 1, "beats": 1}
    assert len(set(here.keys)) == 1
    assert len(set(here.alarms.bodies)) == 1
    assert len(here.beats.requests) == 1


def test_what_cannot_be_delivered_is_given_up(here: Installation) -> None:
    here.feed(fails=True)
    here.alarms.status = 404
    here.look()
    here.feed(fails=False)
    here.look(timedelta(days=2))  # that it is over is told as well
    here.alarms.status = 200
    assert here.look() == {"told": 1, "beats": 1}
    assert here.told[-1].startswith("claimwire alarm is over")


def test_a_pass_that_was_killed_after_sending_tells_the_same_again(here: Installation) -> None:
    here.feed(fails=True)
    here.alarms.script = [404]
    here.look()
    before, _ = watching.read_book(here.index)
    here.look()
    after, _ = watching.read_book(here.index)
    assert before is not None
    assert after is not None
    here.index.change_all("alarms", [(after, {"book": before.source["book"]})])  # sent, and not written down
    here.look()
    assert len(here.keys) == 3
    assert len(set(here.keys)) == 1
    assert len(set(here.alarms.bodies)) == 1


def test_of_two_passes_at_once_one_tells(here: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    here.feed(fails=True)
    with lease(here.index, "watch"):
        assert here.look() == {"busy": 1}
    assert (here.told, here.beats.requests) == ([], [])
    # And where the lease is lost, the book shows it.
    settings = read_settings()
    post = watching.open_post(settings, here.index, watching.read_health(settings))
    stored, book = watching.read_book(here.index)
    watching._write(post, stored, book)
    with pytest.raises(StoreUnavailable, match="quicker"):
        watching._write(post, stored, book)


def test_metrics_are_written_whole_for_the_topic(here: Installation) -> None:
    here.feed(fails=True)
    here.look()
    text = here.metrics.read_text()
    found = {
        (sample.name, sample.labels.get("trouble")): sample.value for it in text_string_to_metric_families(text) for sample in it.samples
    }
    assert found["claimwire_troubles", Trouble.FAILING.value] == 1
    assert oct(here.metrics.stat().st_mode)[-3:] == "644"
    assert [file.name for file in here.metrics.parent.iterdir()] == ["iran-russia.prom"]


def test_a_file_for_several_topics_is_refused_before_one_overwrites_the_other(
    here: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLAIMWIRE_TOPICS", "iran-russia,fish")
    monkeypatch.setenv("CLAIMWIRE_METRICS", str(tmp_path / "claimwire.prom"))
    with pytest.raises(ConfigError, match=r"CLAIMWIRE_METRICS.*\{topic\}"):
        here.look()
    assert here.beats.requests == []


def test_a_pass_that_does_not_go_well_beats_no_heart(here: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("CLAIMWIRE_METRICS", str(tmp_path / "file" / "x.prom"))
    with pytest.raises(ConfigError, match="CLAIMWIRE_METRICS"):
        here.look()
    assert here.beats.requests == []


def test_alarms_go_to_the_channels_that_health_yml_names(here: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    overlay = tmp_path / "overlay"
    overlay.mkdir()
    monkeypatch.setenv("CLAIMWIRE_OVERLAY", str(overlay))
    (overlay / "health.yml").write_text("channels: [log]\n")
    here.feed(fails=True)
    assert here.look()["told"] == 1
    assert here.told == []
    (overlay / "health.yml").write_text("channels: [pigeon]\n")
    with pytest.raises(ConfigError, match=r"health\.yml: channels: no channel pigeon.*log, webhook"):
        here.look()


def test_a_planted_secret_stands_in_no_alarm_no_metric_no_log_and_no_table(here: Installation) -> None:
    here.feed(fails=True, why=f"no answer from http://user:pw12345@paper.example/{SECRET}/rss?api_key=abcdefgh99")
    here.alarms.script = [500, 500, 500]
    here.beats.status = 503
    environ = os.environ | {"CLAIMWIRE_NOW": NOW.isoformat()}
    code = (
        "import sys; from pipeline import logs, watching; from pipeline.settings import read_settings, secret_values; "
        "logs.to_stream(sys.stderr, secret_values()); print(watching.watch(read_settings()))"
    )
    told = [
        subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True, cwd=ROOT) for _ in range(2)
    ]
    health = [sys.executable, "-m", "pipeline", "health"]
    shown = [
        subprocess.run([*health, *form], env=environ, capture_output=True, text=True, check=False, cwd=ROOT)
        for form in ([], ["--json"], ["--metrics"])
    ]
    assert [each.returncode for each in shown] == [1, 1, 1], shown[0].stderr
    lines = [json.loads(line) for each in told for line in each.stderr.splitlines()]
    assert {"alarm not delivered", "heartbeat not sent"} <= {line["event"] for line in lines}
    assert len(here.alarms.bodies) > 3
    everything = [each.stdout + each.stderr for each in (*told, *shown)] + [body.decode() for body in here.alarms.bodies]
    everything += [here.metrics.read_text(), json.dumps(watching.read_book(here.index)[1].model_dump(mode="json"))]
    for secret in (SECRET, "pw12345", "abcdefgh99", "c2VjcmV0a2V5"):
        assert not [text for text in everything if secret in text]
    assert any("http://***@paper.example" in text for text in everything)
