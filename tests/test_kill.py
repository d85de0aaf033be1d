"""The alert stage, killed anywhere, loses nothing and repeats nothing: a real node, a real receiver, a real SIGKILL."""

import json
import os
import random
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch, helpers

from pipeline.documents import Document
from pipeline.index import Index, Kind
from pipeline.settings import Settings
from tests import story
from tests.conftest import ROOT, URL
from tests.killed import sender
from tests.receivers import Inbox, webhook_receiver

# Fifty in `make prove`.
KILLS = int(os.environ.get("CLAIMWIRE_TEST_KILLS", "20"))

# Minutes until somebody starts the stage again: within a wait, within a digest's hour, after it, after an alert's updates.
LATE = (0, 7, 55, 190, 420)

USED: tuple[Kind, ...] = ("statements", "utterances", "claims", "alerts", "leases")

LAST = len(story.ROUNDS) - 1


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with webhook_receiver() as inbox:
        yield inbox


@dataclass
class Player:
    """The program that plays the story, and what it has reached."""

    process: subprocess.Popen[str]
    log: Path

    def play(self, first: int = 0, last: int = LAST, *, late: int = 0, kill: int | None = None, players: int = 1) -> list[int]:
        """How each player has ended: 0, or the negative number of a signal."""
        self.log.unlink(missing_ok=True)
        assert self.process.stdin
        assert self.process.stdout
        print(
            json.dumps({"first": first, "last": last, "late": late, "kill": kill, "players": players}), file=self.process.stdin, flush=True
        )
        return list(json.loads(self.process.stdout.readline()))

    @property
    def reached(self) -> list[str]:
        return self.log.read_text().splitlines()

    @property
    def round(self) -> int:
        return max(int(line.split()[1]) for line in self.reached if line.startswith("round"))

    @property
    def points(self) -> list[str]:
        return [line for line in self.reached if line[0].isdigit()]


@pytest.fixture
def player(index: Index, settings: Settings, inbox: Inbox, tmp_path: Path) -> Iterator[Player]:
    # Only the program is killed, never the node: what the node has taken it keeps, without waiting for the disk.
    Elasticsearch(settings.store_urls[0]).indices.put_settings(
        index=[index.alias(kind) for kind in USED], settings={"index.translog.durability": "async"}
    )
    log = tmp_path / "points.log"
    command = [sys.executable, "-m", "tests.killed", os.environ[URL], index.prefix, inbox.url, str(log)]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    yield Player(process, log)
    assert process.stdin
    assert process.stdout
    process.stdin.close()
    process.wait(timeout=60)
    process.stdout.close()


def waiting(index: Index) -> int:
    """Rows of the outbox that are still to be sent."""
    index.refresh("alerts")
    return index.count("alerts", {"terms": {"status": ["pending", "sending"]}})


def positions(index: Index) -> dict[str, Document]:
    """The ledger, but for when its rows were written."""
    index.refresh("claims")
    return {
        stored.id: {key: value for key, value in stored.source.items() if key != "event"}
        for stored in index.each("claims", {"match_all": {}})
    }


def told(inbox: Inbox) -> set[story.News]:
    """What people believe in the end, if their receivers honour keys: what they were told and what was not taken back.

    One key never stands for two contents, nothing is told twice under two, and only what was told is taken back.
    """
    contents: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for headers, body, _ in inbox.requests:
        contents[headers["Channel"], headers["Idempotency-Key"]].append(body)
    for same in contents.values():
        assert all(body == same[0] for body in same)
    times = Counter(each for (channel, _), (body, *_) in contents.items() for each in story.news(channel, body))
    assert set(times.values()) <= {1}
    wrong = {replace(each, kind="told") for each in times if each.kind == "correction"}
    assert wrong <= set(times)
    return {each for each in times if each.kind == "told"} - wrong


@dataclass(frozen=True)
class Scene:
    """All there is when a round begins."""

    documents: dict[Kind, dict[str, Document]]
    requests: list[Any]

    def restore(self, index: Index, inbox: Inbox, client: Elasticsearch) -> None:
        index.refresh()
        gone = (
            {"_op_type": "delete", "_index": index.alias(kind), "_id": stored.id}
            for kind in USED
            for stored in index.each(kind, {"match_all": {}})
        )
        helpers.bulk(client, gone)
        for kind, documents in self.documents.items():
            index.put(kind, documents.items())
        index.refresh()
        inbox.requests[:] = self.requests


def scene(index: Index, inbox: Inbox) -> Scene:
    index.refresh()
    found = {kind: {stored.id: dict(stored.source) for stored in index.each(kind, {"match_all": {}})} for kind in USED}
    return Scene(found, list(inbox.requests))


def test_a_run_that_is_killed_anywhere_loses_nothing_and_repeats_nothing(
    player: Player, inbox: Inbox, index: Index, settings: Settings
) -> None:
    places: list[tuple[int, int]] = []  # every round with every point of it
    scenes = []
    for round_ in range(len(story.ROUNDS)):
        scenes.append(scene(index, inbox))
        assert player.play(round_, round_) == [0]
        places += [(round_, point) for point in range(len(player.points))]
    expected = told(inbox)
    assert {body["kind"] for _, body, _ in inbox.requests} == {"alert", "update", "digest", "baseline", "overflow", "correction"}
    assert not waiting(index)
    ledger = positions(index)
    assert ledger

    dice = random.Random("kills")
    step = len(places) / KILLS
    client = Elasticsearch(settings.store_urls[0])
    for number in range(KILLS):
        round_, point = places[int((number + dice.random()) * step)]
        late = dice.choice(LATE)
        scenes[round_].restore(index, inbox, client)
        assert player.play(round_, kill=point) == [-9]
        where = player.points[-1]
        assert where.split()[0] == str(point)
        assert player.play(player.round, late=late) == [0]
        assert told(inbox) == expected, f"killed in round {round_} at {where}, started again {late} minutes later"
        assert not waiting(index)
        assert positions(index) == ledger, f"killed in round {round_} at {where}"
    client.close()


def test_two_runs_at_the_same_time_do_what_one_does(player: Player, inbox: Inbox, index: Index, settings: Settings) -> None:
    begin = scene(index, inbox)
    assert player.play() == [0]
    expected = told(inbox)
    with Elasticsearch(settings.store_urls[0]) as client:
        begin.restore(index, inbox, client)
    for round_ in range(len(story.ROUNDS)):
        assert player.play(round_, round_, players=2) == [0, 0]
    assert told(inbox) == expected
    assert len(inbox.requests) == len({headers["Idempotency-Key"] for headers, _, _ in inbox.requests})


def test_a_run_after_the_last_one_has_nothing_to_send(player: Player, inbox: Inbox) -> None:
    assert player.play(0, 2) == [0]
    sent = len(inbox.requests)
    assert player.play(2, 2) == [0]
    assert len(inbox.requests) == sent


ROOMY = story.ALERTING.model_copy(
    update={"channels": tuple(channel.model_copy(update={"cap": 100}) for channel in story.ALERTING.channels)}
)


def test_a_channel_that_was_down_for_a_day_gets_everything_once_and_in_order(index: Index, inbox: Inbox) -> None:
    send = sender(inbox.url)
    inbox.status = 503
    for round_ in (0, 1, 2):
        story.happen(round_, index)
        story.run(index, story.moment_of(round_), send, ROOMY)
    for hours in range(4, 28, 4):
        story.run(index, story.moment_of(0) + timedelta(hours=hours), send, ROOMY)
    inbox.status = 200
    inbox.requests.clear()
    for minutes in (0, 61):
        story.run(index, story.moment_of(0) + timedelta(hours=28, minutes=minutes), send, ROOMY)
    assert not waiting(index)
    rows = {stored.id: stored.source for stored in index.each("alerts", {"terms": {"status": ["sent"]}})}
    for channel in ("now", "hourly"):
        bodies = [body for headers, body, _ in inbox.requests if headers["Channel"] == channel]
        came = [rows[body["id"]]["event"]["created"] for body in bodies if body["kind"] != "update"]
        assert came == sorted(came)
        assert len(bodies) == sum(row["sent_revision"] for row in rows.values() if row["channel"] == channel)
    wanted = {stored.id for stored in index.each("statements", ALERTED)}
    assert {each.statement for each in told(inbox)} == wanted


# Told of and never wrong.
ALERTED: dict[str, Any] = {
    "bool": {
        "filter": [{"term": {"decision.outcome": "alerted"}}],
        "must_not": [{"terms": {"removed_by": ["review", "re-read"]}}],
    }
}


def test_a_rule_that_is_disabled_and_enabled_again_repeats_nothing(index: Index, inbox: Inbox) -> None:
    send = sender(inbox.url)
    rules = tuple(rule.model_copy(update={"enabled": False}) for rule in ROOMY.rules)
    for round_ in range(len(story.ROUNDS)):
        story.happen(round_, index)
        story.run(index, story.moment_of(round_), send, ROOMY.model_copy(update={"rules": rules}) if round_ == 2 else ROOMY)
    news = told(inbox)
    meanwhile = {id_ for number in (7, 8) for id_ in story.documents(story.PIECES[number])}
    assert not {each.statement for each in news} & meanwhile
    assert {each.channel for each in news} == {"now", "hourly"}
