"""Rules that can never match are found before anybody waits for their alerts."""

from typing import Any

import pytest

from pipeline.alert_rules import Alerting, AlertRule, ChannelKind, ChannelRules, When
from pipeline.model import OutletFacts
from pipeline.rule_check import Known, problems

CHANNELS = (ChannelRules(id="log", kind=ChannelKind.LOG), ChannelRules(id="feed", kind=ChannelKind.ATOM))
KNOWN = Known(
    families={"drones", "debts"},
    outlets=[
        OutletFacts(id="state-tv", name="State TV", country="RU", ownership="state", tier=3),
        OutletFacts(id="daily", name="The Daily", country="GB", ownership="private", tier=1),
    ],
    sides={"IR", "RU", "UA"},
    targets={"Iran", "Russia"},
    sides_of={"Dmytro Kuleba": frozenset({"UA"})},
    canonical={"Kuleba": "Dmytro Kuleba"}.get,
)


def a_rule(id_: str = "r", **changes: Any) -> AlertRule:
    return AlertRule.model_validate({"id": id_, "title": "a title", "channels": ("log",)} | changes)


def found(*rules: AlertRule) -> list[tuple[str, str]]:
    return list(problems(Alerting(channels=CHANNELS, rules=rules), KNOWN))


@pytest.mark.parametrize(
    "when",
    [
        {},
        {"family": ["drones"], "side": ["IR"], "target": ["Iran"], "outlet": ["daily"]},
        {"speaker": ["Dmytro Kuleba"], "side": ["UA"]},
        {"speaker": ["Dmytro Kuleba", "somebody new"], "side": ["RU"]},
        {"speaker": ["somebody new"], "side": ["RU"]},
        {"trigger": ["first-position"], "act": ["denial", "demand"]},
        {"trigger": ["first-position", "new-utterance"], "act": ["demand"]},
        {"alignment": ["state"], "country": ["RU", "GB"]},
        {"confidence": 0.99},
    ],
)
def test_a_rule_that_can_match_is_no_problem(when: dict[str, Any]) -> None:
    assert found(a_rule(when=when)) == []


@pytest.mark.parametrize(
    ("when", "key", "says"),
    [
        ({"family": ["dronse"]}, "family", "'dronse' does not stand in claims.yml"),
        ({"side": ["US"]}, "side", "'US' does not stand in actors.yml"),
        ({"target": ["Israel"]}, "target", "'Israel' does not stand in actors.yml as a state"),
        ({"outlet": ["gazette"]}, "outlet", "'gazette' does not stand in sources.yml"),
        ({"speaker": ["Kuleba"]}, "speaker", "statements by 'Kuleba' carry the name 'Dmytro Kuleba'"),
        ({"speaker": ["Dmytro Kuleba"], "side": ["RU"]}, "speaker", "nobody of Dmytro Kuleba speaks for RU"),
        (
            {"trigger": ["position-change", "first-position"], "act": ["demand"]},
            "act",
            "only by accusation, acknowledgement, denial does a party take a position",
        ),
        ({"confidence": 1}, "confidence", "no statement is as sure as that: it is always below 1"),
        ({"alignment": ["state"], "country": ["GB"]}, "outlet, country, alignment", "no outlet of sources.yml is all of this"),
        ({"outlet": ["daily"], "country": ["RU"]}, "outlet, country, alignment", "no outlet of sources.yml is all of this"),
        ({"alignment": ["unknown"]}, "outlet, country, alignment", "no outlet of sources.yml is all of this"),
    ],
)
def test_a_rule_that_can_never_match_is_told_of(when: dict[str, Any], key: str, says: str) -> None:
    assert (f"rules: r: when: {key}", says) in found(a_rule(when=when))


def test_a_channel_that_is_not_there_is_told_of() -> None:
    assert found(a_rule(channels=("pager",))) == [("rules: r: channels", "no channel 'pager'; there are: feed, log")]


@pytest.mark.parametrize(
    ("first", "second", "never"),
    [
        ({"channels": ("log", "feed")}, {}, True),
        ({}, {}, True),
        ({}, {"channels": ("log", "feed")}, False),
        ({"enabled": False}, {}, False),
        ({"when": When(side=("IR",))}, {}, False),
    ],
)
def test_a_rule_behind_one_that_asks_for_the_same_never_fires(first: dict[str, Any], second: dict[str, Any], never: bool) -> None:
    says = ("rules: second", "never fires: rule first asks for the same on the same channels and stands before it")
    assert (says in found(a_rule("first", **first), a_rule("second", **second))) is never
