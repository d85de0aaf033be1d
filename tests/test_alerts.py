"""Who is told of a statement, by which rule, and why not."""

from datetime import timedelta
from typing import Any

import pytest

from pipeline.alert_rules import Alerting, AlertRule, ChannelKind, ChannelRules, Silence, When
from pipeline.alerts import Decision, barred, conditions, decide, is_meant, novelty
from pipeline.model import Act, Alignment, Intake, Novelty, Trigger
from tests.builders import NOON, a_statement, a_stored_statement

NEW = (Trigger.NEW_UTTERANCE,)
OPEN = frozenset({"log", "webhook"})
CHANNELS = (
    ChannelRules(id="log", kind=ChannelKind.LOG),
    ChannelRules(id="webhook", kind=ChannelKind.WEBHOOK, address_from="CLAIMWIRE_WEBHOOK"),
)


def alerting(*rules: AlertRule, max_age: timedelta | None = None) -> Alerting:
    return Alerting(channels=CHANNELS, rules=rules, max_age=max_age)


def a_rule(id_: str = "r", when: When | None = None, **changes: Any) -> AlertRule:
    return AlertRule.model_validate({"id": id_, "title": "a title", "when": when or When(), "channels": ("log",)} | changes)


def it(**changes: Any) -> dict[str, Any]:
    return {**a_stored_statement(a_statement(claims=("drones",))).source, **changes}


def decided(*rules: AlertRule, triggers: tuple[Trigger, ...] = NEW, open_: frozenset[str] = OPEN, **changes: Any) -> Decision:
    return decide(it(**changes), triggers, alerting(*rules), open_, [], NOON)


def told(decision: Decision) -> list[tuple[str, str]]:
    return [(wish.channel, wish.rule.id) for wish in decision.wishes if wish.suppressed is None]


FIELDS = [
    (When(), True),
    (When(trigger=(Trigger.NEW_UTTERANCE, Trigger.EDIT_ADDED)), True),
    (When(trigger=(Trigger.FIRST_POSITION,)), False),
    (When(act=(Act.DENIAL, Act.ACCUSATION)), True),
    (When(act=(Act.ACCUSATION,)), False),
    (When(speaker=("Iran",)), True),
    (When(speaker=("Russia",)), False),
    (When(side=("IR",)), True),
    (When(side=("US",)), False),
    (When(target=("United States", "Israel")), True),
    (When(target=("Israel",)), False),
    (When(family=("drones", "debts")), True),
    (When(family=("debts",)), False),
    (When(alignment=(Alignment.INDEPENDENT,)), True),
    (When(alignment=(Alignment.STATE,)), False),
    (When(country=("GB",)), True),
    (When(country=("US",)), False),
    (When(outlet=("outlet",)), True),
    (When(outlet=("other",)), False),
    (When(confidence=0.9), True),
    (When(confidence=0.91), False),
    (When(act=(Act.DENIAL,), side=("US",)), False),
]


@pytest.mark.parametrize(("when", "fires"), FIELDS)
def test_a_rule_fires_on_what_it_asks_for(when: When, fires: bool) -> None:
    decision = decided(a_rule(when=when))
    assert bool(told(decision)) is fires
    assert decision.outcome == ("alerted" if fires else "no rule")


def test_every_field_of_a_rule_is_in_the_table() -> None:
    assert {field for when, fires in FIELDS if not fires for field in when.model_fields_set} == set(When.model_fields)


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("side", {"speaker": {"name": "somebody", "kind": "anonymous"}}),
        ("target", {"targets": []}),
        ("family", {"claims": []}),
        ("alignment", {"outlet": {"id": "o", "name": "O", "tier": 2}}),
        ("country", {"outlet": {"id": "o", "name": "O", "tier": 2}}),
    ],
)
def test_what_a_statement_does_not_have_fits_no_rule_that_asks_for_it(field: str, changes: dict[str, Any]) -> None:
    asks = {"side": ("IR",), "target": ("Israel",), "family": ("drones",), "alignment": (Alignment.STATE,), "country": ("GB",)}
    decision = decided(a_rule(when=When.model_validate({field: asks[field]})), **changes)
    assert decision.outcome == "no rule"
    assert decision.reasons[0].startswith(f"rule r: {field} is {'unknown' if field in {'alignment', 'country'} else 'none'}, not ")


def test_reasons_name_what_is_missing_beside_what_there_is() -> None:
    (reason,) = decided(a_rule(when=When(act=(Act.ACCUSATION, Act.THREAT), confidence=0.95))).reasons
    assert reason == "rule r: act is denial, not accusation or threat; confidence is 0.90, not at least 0.95"


def test_a_disabled_rule_fires_on_nothing_and_says_so() -> None:
    decision = decided(a_rule(enabled=False))
    assert (decision.outcome, decision.reasons) == ("no rule", ("rule r: rule is disabled, not enabled",))


def test_two_rules_for_one_channel_make_one_alert_by_the_first() -> None:
    decision = decided(a_rule("first"), a_rule("second", channels=("log", "webhook")))
    assert told(decision) == [("log", "first"), ("webhook", "second")]


def test_a_channel_without_an_address_gets_nothing_and_the_decision_says_so() -> None:
    decision = decided(a_rule(channels=("webhook",)), open_=frozenset({"log"}))
    assert (decision.outcome, decision.wishes) == ("no rule", ())
    assert "channel webhook: has no address" in decision.reasons


@pytest.mark.parametrize(
    ("changes", "triggers", "outcome"),
    [
        ({}, (), "repeat"),
        ({"background": True}, NEW, "background"),
        ({"copy_of": "b" * 40}, NEW, "copy"),
        ({"intake": Intake.BACKFILL}, NEW, "backfill"),
        ({"intake": Intake.RE_READ}, NEW, "re-read"),
        ({"removed": "2022-12-18T12:00:00Z"}, NEW, "removed"),
    ],
)
def test_what_is_no_news_is_told_to_nobody_whatever_the_rules(changes: dict[str, Any], triggers: tuple[Trigger, ...], outcome: str) -> None:
    decision = decided(a_rule(), triggers=triggers, **changes)
    assert (decision.outcome, decision.wishes, len(decision.reasons)) == (outcome, (), 1)
    assert len(decision.reasons[0].split()) > 1  # a sentence for people, not the word for machines


def test_a_decision_counts_the_alerts_that_are_sent() -> None:
    silence = Silence(id="s", by="A", why="w", since=NOON, until=NOON + timedelta(days=1), when=When())
    held = decide(it(), NEW, alerting(a_rule()), OPEN, [silence], NOON)
    assert held.document("d", NOON)["alerts"] == 0
    assert decided(a_rule(channels=("log", "webhook"))).document("d", NOON)["alerts"] == 2


def test_a_first_pass_is_told_and_so_is_what_an_edit_has_taken_out() -> None:
    assert barred(it(intake=Intake.BASELINE), frozenset(NEW)) is None
    assert barred(it(removed="2022-12-18T12:00:00Z"), frozenset({Trigger.EDIT_REMOVED})) is None


@pytest.mark.parametrize(("age", "held"), [(timedelta(hours=12), False), (timedelta(hours=48), False), (timedelta(hours=60), True)])
def test_what_was_old_when_it_was_first_seen_is_recorded_and_not_sent(age: timedelta, held: bool) -> None:
    seen = {"event": {"created": (NOON + age).isoformat(), "ingested": (NOON + age).isoformat()}}
    decision = decide(it(**seen), NEW, alerting(a_rule(), max_age=timedelta(hours=48)), OPEN, [], NOON + timedelta(days=99))
    assert decision.outcome == ("suppressed" if held else "alerted")
    assert (decision.wishes[0].suppressed is not None) is held
    if held:
        assert decision.wishes[0].suppressed == "published 2.5 days before it was first seen, more than 2.0 days"


def test_nothing_is_too_old_without_a_date_or_without_a_limit() -> None:
    late = {"event": {"created": (NOON + timedelta(days=900)).isoformat()}}
    assert decided(a_rule(), **late).outcome == "alerted"
    undated = {key: value for key, value in it(**late).items() if key != "published"}
    assert decide(undated, NEW, alerting(a_rule(), max_age=timedelta(days=1)), OPEN, [], NOON).outcome == "alerted"


def a_silence(**changes: Any) -> Silence:
    values = {"id": "s", "when": When(side=("IR",)), "by": "Ann", "why": "a visit", "since": NOON, "until": NOON + timedelta(hours=1)}
    return Silence.model_validate(values | changes)


@pytest.mark.parametrize(
    ("changes", "minutes", "sent"),
    [
        ({}, 0, []),
        ({}, 59, []),
        ({}, -1, ["log", "webhook"]),
        ({}, 60, ["log", "webhook"]),
        ({"channel": "log"}, 0, ["webhook"]),
        ({"when": When(side=("US",))}, 0, ["log", "webhook"]),
        ({"when": When(trigger=(Trigger.POSITION_CHANGE,))}, 0, []),  # its triggers don't matter
    ],
)
def test_a_silence_holds_for_its_time_its_channel_and_what_it_is_for(changes: dict[str, Any], minutes: int, sent: list[str]) -> None:
    rules = alerting(a_rule(channels=("log", "webhook")))
    decision = decide(it(), NEW, rules, OPEN, [a_silence(**changes)], NOON + timedelta(minutes=minutes))
    assert [channel for channel, _ in told(decision)] == sent
    assert decision.outcome == ("alerted" if sent else "suppressed")
    if not sent:
        assert decision.wishes[0].suppressed == "silenced by Ann until 2022-12-18T13:00:00Z: a visit"


def test_a_silence_asks_for_all_that_it_names() -> None:
    assert is_meant(When(side=("IR",), act=(Act.DENIAL,)), it())
    assert not is_meant(When(side=("IR",), act=(Act.THREAT,)), it())


@pytest.mark.parametrize(
    ("changes", "told_before", "what"),
    [
        ({}, False, Novelty.NEW),
        ({}, True, Novelty.REPEAT),
        ({"copy_of": "b" * 40}, False, Novelty.REPEAT),
        ({"background": True}, False, Novelty.BACKGROUND),
        ({"background": True}, True, Novelty.BACKGROUND),
    ],
)
def test_what_a_statement_adds(changes: dict[str, Any], told_before: bool, what: Novelty) -> None:
    assert novelty(it(**changes), told_before) is what


def test_deciding_twice_gives_the_same_and_its_document_counts_what_is_sent() -> None:
    rules = a_rule(channels=("log", "webhook"))
    assert decided(rules) == decided(rules)
    document = decide(it(), NEW, alerting(rules), OPEN, [a_silence(channel="log")], NOON).document("digest", NOON)
    assert (document["alerts"], document["outcome"], document["digest"]) == (1, "alerted", "digest")


def test_conditions_stand_in_the_order_of_the_fields() -> None:
    when = When.model_validate({field: FULL[field] for field in FULL})
    found = [condition.name for condition in conditions(a_rule(when=when), it(), frozenset(NEW))]
    assert found == list(When.model_fields)


FULL = {
    "trigger": ("new-utterance",), "act": ("denial",), "speaker": ("Iran",), "side": ("IR",), "target": ("Israel",), "family": ("drones",),
    "alignment": ("state",), "country": ("GB",), "outlet": ("outlet",), "confidence": 0.5,
}  # fmt: skip
