"""Which messages rules would have sent."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from pipeline.alert_rules import Alerting, AlertRule, ChannelKind, ChannelRules, Silence, When
from pipeline.messages import MessageKind
from pipeline.model import Trigger
from pipeline.simulate import Case, Simulation, Terms, simulate
from tests.builders import NOON, a_stored_statement

NEW = (Trigger.NEW_UTTERANCE,)


def a_case(id_: str, minutes: float = 0, triggers: tuple[Trigger, ...] = NEW, **changes: object) -> Case:
    stored = replace(a_stored_statement(**({"claims": ["drones"]} | changes)), id=id_)
    return Case(stored=stored, triggers=triggers, at=NOON + timedelta(minutes=minutes), decided=True)


def played(*cases: Case, cap: int = 30, silences: tuple[Silence, ...] = (), **rule: object) -> Simulation:
    made = AlertRule.model_validate({"id": "all", "title": "all", "channels": ("log",)} | rule)
    alerting = Alerting(channels=(ChannelRules(id="log", kind=ChannelKind.LOG, cap=cap),), rules=(made,))
    terms = Terms(alerting=alerting, open_channels=frozenset({"log"}), silences=silences, titles={}, zone=ZoneInfo("UTC"), digest_hour=7)
    return simulate(cases, terms)


def sizes(it: Simulation) -> list[tuple[MessageKind, int]]:
    return [(each.message.kind, len(each.message.items)) for each in it.sent]


def test_what_comes_within_the_wait_shares_a_message_and_what_comes_later_updates_it() -> None:
    it = played(a_case("a"), a_case("b", 3), a_case("c", 60), a_case("d", 60, claims=["jets"]))
    assert sizes(it) == [(MessageKind.ALERT, 2), (MessageKind.UPDATE, 1), (MessageKind.ALERT, 1)]
    assert it.sent[0].at == NOON + timedelta(minutes=5)


def test_a_daily_rule_makes_one_message() -> None:
    it = played(a_case("a"), a_case("b", 600, claims=["jets"]), delivery="daily")
    assert sizes(it) == [(MessageKind.DIGEST, 2)]


def test_what_a_channel_does_not_take_in_an_hour_is_gathered() -> None:
    cases = [a_case(name, claims=[name]) for name in "abcde"]
    it = played(*cases, cap=2)
    assert sizes(it) == [(MessageKind.ALERT, 1), (MessageKind.OVERFLOW, 4)]


def test_a_full_channel_waits_for_its_next_hour() -> None:
    it = played(a_case("a"), a_case("b", 30, claims=["jets"]), cap=1)
    assert [each.at for each in it.sent] == [NOON + timedelta(minutes=5), NOON + timedelta(minutes=65)]


def test_what_is_nothing_new_is_counted_and_what_is_silenced_is_listed() -> None:
    silence = Silence(id="s", when=When(side=("IR",)), by="Ada", why="the summit", since=NOON, until=NOON + timedelta(minutes=10))
    it = played(a_case("a"), a_case("b", 5, triggers=()), a_case("c", 20), silences=(silence,))
    assert it.outcomes == {"suppressed": 1, "repeat": 1, "alerted": 1}
    (held,) = it.held
    assert (held.case.stored.id, "silenced by Ada" in (held.wish.suppressed or "")) == ("a", True)
    assert sizes(it) == [(MessageKind.ALERT, 1)]
