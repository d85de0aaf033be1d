"""How a statement's way is told, up to its end."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pipeline import evidence, outbox, slots, story
from pipeline.alert_rules import AlertRule
from pipeline.messages import MessageKind
from pipeline.model import Trigger
from pipeline.outbox import Row
from tests.builders import NOON, a_stored_statement

UTC = ZoneInfo("UTC")
RULE = AlertRule(id="all", title="all", channels=("log",))


def a_row(*, sent: bool = False) -> Row:
    stored = a_stored_statement()
    around = evidence.Around(titles={}, answers=None, answered_by=(), reports=1, outlets=1, origins=1, kibana=None)
    item = evidence.item(stored, [Trigger.NEW_UTTERANCE], around)
    place = slots.Slot(group="g", kind=MessageKind.ALERT, due=NOON, updates_until=None, cooldown=timedelta(0))
    row = outbox.opened(place, stored.id, item, RULE, "log", NOON)
    return outbox.arrived(outbox.began(row, NOON), NOON) if sent else row


def a_correction() -> Row:
    row = a_row(sent=True)
    return outbox.arrived(outbox.began(outbox.correction(row, row.entries[0], "wrong", NOON), NOON), NOON)


def a_failed_row() -> Row:
    return outbox.failed(outbox.began(a_row(), NOON), "answers 410", again=False, now=NOON, give_up=timedelta(0))


@pytest.mark.parametrize(
    ("fields", "rows", "end"),
    [
        ({}, [], "It waits for the next alert run."),
        ({"removed": "2022-12-18T13:00:00Z"}, [], "It was taken away before anybody decided on it."),
        ({"decision": {"outcome": "repeat"}}, [], "Nobody was told: the same had been reported before."),
        ({"decision": {"outcome": "alerted"}}, [a_row()], "It waits to be sent on log."),
        ({"decision": {"outcome": "alerted"}}, [a_failed_row()], "It ended in the outbox: it could not be delivered."),
        ({"decision": {"outcome": "alerted"}}, [a_row(sent=True)], "People were told on log."),
        ({"decision": {"outcome": "alerted"}}, [a_row(sent=True), a_correction()], "People were told on log, and were corrected."),
    ],
)
def test_the_end_of_a_statement_is_one_sentence(fields: dict[str, Any], rows: list[Row], end: str) -> None:
    stored = a_stored_statement(**fields)
    assert story.ending(stored.source, rows, stored.id) == end


def test_rows_say_how_far_they_are() -> None:
    id_ = a_stored_statement().id
    step = story.messages([a_row(), a_row(sent=True), a_failed_row()], id_, UTC)
    assert step.told == (
        "log: alert, pending, due 2022-12-18 12:00",
        "log: alert, sent on 2022-12-18 12:00",
        "log: alert, failed; 1 try, the last: answers 410",
    )


def test_a_statement_that_a_person_took_away_says_who_and_why() -> None:
    review = {"verdict": "wrong", "by": "Ada", "why": "she was asked"}
    stored = a_stored_statement(removed="2022-12-18T13:00:00Z", removed_by="review", review=review)
    assert story.statement(stored, UTC).told[2:] == (
        "It was taken away on 2022-12-18 13:00: a person says that it is wrong.",
        "Ada says that it is wrong: she was asked",
    )
