"""Eight receivers at once, seven of them in trouble: the one that is well gets its message once, and waits for nobody."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline import run
from tests.newsstand import HOST, HOUR, NOW, Newsstand, a_feed, a_story, an_item, stand
from tests.receivers import CUT, HANG, Answer, Inbox, webhook_receiver

__all__ = ["stand"]

# The slow one comes first in the file and in the outbox.
SINKS = ("slow", "broken", "refusing", "busy", "moved", "flaky", "forgetful", "well")
RULES = """
channels: [{channels}]
rules:
  - id: any
    title: an accusation
    when: {{trigger: [new-utterance], act: [accusation]}}
    channels: [{names}]
    wait: PT0S
    cooldown: PT0S
give_up: PT1H
"""


@pytest.fixture
def sinks(stand: Newsstand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Inbox]]:
    """The receivers, with a rule that tells all of them, and news that nobody has been told of."""
    with ExitStack() as stack:
        found = {name: stack.enter_context(webhook_receiver()) for name in (*SINKS, "elsewhere")}
        channels = ", ".join(f"{{id: {name}, kind: webhook, address_from: CLAIMWIRE_WEBHOOK_{name.upper()}}}" for name in SINKS)
        rules = tmp_path / "alerts.yml"
        rules.write_text(RULES.format(channels=channels.replace("WEBHOOK_", "CHANNEL_"), names=", ".join(SINKS)))
        monkeypatch.setenv("CLAIMWIRE_ALERTS", str(rules))
        monkeypatch.setenv("CLAIMWIRE_PRIVATE_WEBHOOKS", ",".join(each.host for each in found.values()))
        for name in SINKS:
            monkeypatch.setenv(f"CLAIMWIRE_CHANNEL_{name.upper()}", f"http://{found[name].host}/hook/t0ken-of-{name}")
        stand.pages |= {f"{HOST}/rss": a_feed(an_item("/0", title="nothing")), f"{HOST}/1": a_story(1)}
        stand.collect()
        stand.pages[f"{HOST}/rss"] = a_feed(an_item("/1", NOW + HOUR))
        stand.collect(NOW + HOUR)
        run.run_enrich(stand.at(NOW + HOUR))
        yield found


def answers(sinks: dict[str, Inbox]) -> None:
    sinks["slow"].script = [HANG] * 50
    sinks["broken"].status = 500
    sinks["refusing"].status = 400
    sinks["busy"].script = [Answer(429, headers={"Retry-After": "600"})] * 50
    sinks["moved"].script = [Answer(302, headers={"Location": sinks["elsewhere"].url})] * 50
    sinks["flaky"].script = [500, 503]
    sinks["forgetful"].script = [CUT]


def test_who_is_well_gets_its_message_once_and_waits_for_nobody(stand: Newsstand, sinks: dict[str, Inbox]) -> None:
    answers(sinks)
    settings = stand.at(NOW + HOUR)
    stage = threading.Thread(target=run.run_alert, args=(settings,))
    stage.start()
    while not sinks["well"].requests and stage.is_alive():
        time.sleep(0.01)
    assert stage.is_alive(), "it was told only when the slow one had been given up"
    stage.join()
    for hours in (2, 3):
        run.run_alert(stand.at(NOW + timedelta(hours=hours)))
    rows = {it["channel"]: it for it in stand.all("alerts")}
    assert {name for name, row in rows.items() if row["status"] == "sent"} == {"well", "flaky", "forgetful"}
    assert {row["status"] for name, row in rows.items() if name not in ("well", "flaky", "forgetful")} == {"failed"}
    assert len(sinks["well"].requests) == 1
    assert len(sinks["flaky"].requests) == 3  # of which one was taken
    assert len(sinks["forgetful"].requests) == 2
    assert sinks["elsewhere"].requests == []
    for name in SINKS:
        assert len({headers["Idempotency-Key"] for headers, _, _ in sinks[name].requests}) == 1
    told = str(rows)
    assert "t0ken" not in told
    assert all("127.0.0.1" in str(rows[name]["trouble"]) for name in ("slow", "broken", "refusing", "busy", "moved"))
