"""Delivery to real receivers."""

import pytest

from pipeline.alerts import alert_document, decide
from pipeline.channels import CHANNELS, open_channels, webhook
from pipeline.rules import Alerting, AlertRule
from pipeline.settings import Settings
from tests.builders import NOON, a_stored_statement
from tests.conftest import free_port
from tests.receivers import webhook_receiver


@pytest.fixture
def row() -> dict[str, object]:
    rules = Alerting(rules=(AlertRule(id="r", title="t", channels=("webhook",)),))
    (alert,) = decide(a_stored_statement(), rules, frozenset({"webhook"}), NOON)
    return alert_document(alert, NOON)


def test_the_webhook_is_open_where_it_has_an_address() -> None:
    assert open_channels(Settings()) == {"log"}
    assert open_channels(Settings(webhook="http://127.0.0.1:1/")) == set(CHANNELS)


def test_a_webhook_receives_the_alert_its_evidence_and_its_key(row: dict[str, object]) -> None:
    with webhook_receiver() as inbox:
        assert webhook(row, "the-id", Settings(webhook=inbox.url)) is None
    ((headers, body, path),) = inbox.requests
    assert headers["Idempotency-Key"] == "the-id"
    assert body["alert_id"] == "the-id"
    assert body["title"] == "Iran denies what United States said – The Outlet"
    assert "Tehran rejected the report on Monday." in body["message"]
    assert (body["sentence"], body["speaker"]) == ("Tehran rejected the report on Monday.", "Iran")
    assert path == "/hooks/alerts?room=7"


@pytest.mark.parametrize("status", [400, 500])
def test_a_refusal_is_a_failure_with_a_reason(row: dict[str, object], status: int) -> None:
    with webhook_receiver() as inbox:
        inbox.status = status
        assert webhook(row, "the-id", Settings(webhook=inbox.url)) == "the webhook at 127.0.0.1 did not take it"


def test_nobody_listening_and_an_impossible_address_are_failures_that_keep_the_secret(row: dict[str, object]) -> None:
    assert webhook(row, "the-id", Settings(webhook=f"http://127.0.0.1:{free_port()}/hunter2")) == "the webhook at 127.0.0.1 did not take it"
    told = webhook(row, "the-id", Settings(webhook="nosuch://receiver.example/hunter2"))
    assert told is not None
    assert "hunter2" not in told


def test_the_log_channel_prints_the_headline(row: dict[str, object], capsys: pytest.CaptureFixture[str]) -> None:
    assert CHANNELS["log"](row, "the-id", Settings()) is None
    assert "Iran denies what United States said" in capsys.readouterr().out
