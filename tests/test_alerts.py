from datetime import timedelta

import pytest

from pipeline.alerts import alert_document, decide, headline, message
from pipeline.model import Act
from pipeline.rules import Alerting, AlertRule, When
from tests.builders import NOON, a_statement, a_stored_statement

OPEN = frozenset({"log", "webhook"})


def alerting(*rules: AlertRule, max_age_hours: float | None = None) -> Alerting:
    return Alerting(rules=rules, max_age_hours=max_age_hours)


def a_rule(id_: str = "denials", when: When | None = None, **changes: object) -> AlertRule:
    return AlertRule.model_validate(
        {"id": id_, "title": "a denial", "when": when or When(act=(Act.DENIAL,)), "channels": ("log",)} | changes
    )


@pytest.mark.parametrize(
    ("when", "fires"),
    [
        (When(), True),
        (When(act=(Act.DENIAL, Act.ACCUSATION)), True),
        (When(act=(Act.ACCUSATION,)), False),
        (When(side=("IR",)), True),
        (When(side=("US",)), False),
        (When(speaker=("Iran",)), True),
        (When(speaker=("Russia",)), False),
        (When(target=("United States", "Israel")), True),
        (When(target=("Israel",)), False),
        (When(confidence=0.9), True),
        (When(confidence=0.95), False),
        (When(background=True), False),
        (When(background=None), True),
    ],
)
def test_a_rule_fires_on_what_it_asks_for(when: When, fires: bool) -> None:
    assert bool(decide(a_stored_statement(), alerting(a_rule(when=when)), OPEN, NOON)) is fires


def test_a_background_statement_is_not_told() -> None:
    assert decide(a_stored_statement(a_statement(background=True)), alerting(a_rule()), OPEN, NOON) == []


def test_two_rules_for_one_channel_make_one_alert_by_the_first() -> None:
    alerts = decide(a_stored_statement(), alerting(a_rule("first"), a_rule("second", channels=("log", "webhook"))), OPEN, NOON)
    assert [(alert.channel, alert.rule.id) for alert in alerts] == [("log", "first"), ("webhook", "second")]
    assert len({alert.id for alert in alerts}) == 2


def test_a_closed_channel_and_a_disabled_rule_make_none() -> None:
    assert decide(a_stored_statement(), alerting(a_rule(channels=("webhook",))), frozenset({"log"}), NOON) == []
    assert decide(a_stored_statement(), alerting(a_rule(enabled=False)), OPEN, NOON) == []


def test_deciding_twice_gives_the_same_alert() -> None:
    once, again = (decide(a_stored_statement(), alerting(a_rule()), OPEN, NOON) for _ in range(2))
    assert [alert.id for alert in once] == [alert.id for alert in again]


def test_what_was_first_seen_long_ago_is_recorded_and_not_sent() -> None:
    (alert,) = decide(a_stored_statement(), alerting(a_rule(), max_age_hours=48), OPEN, NOON + timedelta(hours=49))
    row = alert_document(alert, NOON)
    assert row["status"] == "suppressed"
    assert "48 hours" in row["reason"]


def test_an_alert_carries_its_evidence() -> None:
    (alert,) = decide(a_stored_statement(), alerting(a_rule()), OPEN, NOON)
    row = alert_document(alert, NOON)
    assert row["status"] == "pending"
    assert row["headline"] == "Iran denies what United States said – The Outlet"
    text = message(row)
    for part in (
        "Tehran rejected the report on Monday.", "The Outlet (GB)", "https://outlet.example/news/1", "2022-12-18T12:00:00Z",
        "“rejected”", "0.90", "a denial", "speaks for IR",
    ):  # fmt: skip
        assert part in text


def test_headlines_name_several_targets() -> None:
    accusation = a_statement("Kyiv accused Iran of sending drones.", act=Act.ACCUSATION, targets=("Iran", "Russia", "China"))
    stored = a_stored_statement(accusation, speaker={"name": "Dmytro Kuleba", "affiliation": "Ministry of Foreign Affairs of Ukraine"})
    assert headline(stored.source) == "Dmytro Kuleba (Ministry of Foreign Affairs of Ukraine) accuses Iran, Russia and China – The Outlet"
