"""What a person says of a statement, and what comes of it."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline import alerting
from pipeline.deciding import Office
from pipeline.delivering import deliver_all
from pipeline.documents import Stored
from pipeline.index import Index
from pipeline.lease import lease
from pipeline.messages import Message, MessageKind
from pipeline.reviews import Review, Reviewed, Verdict, review_statement, rows_of
from pipeline.settings import Settings
from tests.builders import NOON, a_stored_statement
from tests.replay import decide
from tests.test_cli import claimwire


class Desk:
    """A newsroom with one statement, a clock, and a channel that keeps what it is told."""

    def __init__(self, index: Index, settings: Settings) -> None:
        self.index, self.settings = index, settings
        self.now = NOON
        self.told: list[Message] = []
        self.statement = a_stored_statement()
        index.create("statements", [(self.statement.id, dict(self.statement.source))])

    @property
    def office(self) -> Office:
        return replace(alerting.open_office(self.settings, self.index), clock=lambda: self.now)

    def run(self, *, send: bool = True, later: timedelta = timedelta(minutes=10)) -> list[MessageKind]:
        """An alert run; the kinds of the messages that it sends."""
        decide(self.office)
        self.now += later
        before = len(self.told)
        post = replace(alerting.open_post(self.settings, self.index, self.office.alerting), send=self._keep, clock=lambda: self.now)
        with lease(self.index, "alert") as held:
            assert held is not None
            if send:
                deliver_all(post, held, lambda _: None)
        return [message.kind for message in self.told[before:]]

    def _keep(self, message: Message, _: object) -> None:
        self.told.append(message)

    def say(self, verdict: Verdict) -> Reviewed:
        return review_statement(self.statement.id, Review(verdict=verdict, by="Ada", why="she was asked", at=self.now), self.office)

    @property
    def stored(self) -> Stored:
        return self.index.get("statements", [self.statement.id])[self.statement.id]


@pytest.fixture
def desk(plain_rules: Path, index: Index, settings: Settings) -> Desk:
    return Desk(index, settings)


def test_what_was_told_and_is_wrong_is_corrected_by_the_next_run(desk: Desk) -> None:
    assert desk.run() == [MessageKind.ALERT]
    done = desk.say(Verdict.WRONG)
    assert "The next alert run corrects what log has told." in done.outlook
    assert desk.stored.source["removed_by"] == "review"
    assert desk.run() == [MessageKind.CORRECTION]
    assert "Ada has looked at it and says that it is wrong: she was asked" in desk.told[-1].note
    assert desk.run() == []


def test_what_is_right_again_is_not_told_twice_and_a_second_wrong_not_corrected_twice(desk: Desk) -> None:
    desk.run()
    desk.say(Verdict.WRONG)
    desk.run()
    done = desk.say(Verdict.RIGHT)
    assert "It was told before; nobody is told again." in done.outlook
    assert "removed" not in desk.stored.source
    assert desk.stored.source["review"]["verdict"] == "right"
    assert desk.run() == []
    assert "On log it was corrected before; nobody is told again." in desk.say(Verdict.WRONG).outlook
    assert desk.run() == []


def test_a_correction_that_waits_is_called_back_and_goes_out_where_it_is_wrong_after_all(desk: Desk) -> None:
    desk.run()
    desk.say(Verdict.WRONG)
    assert desk.run(send=False) == []
    assert "The correction that waits is not sent." in desk.say(Verdict.RIGHT).outlook
    assert desk.run() == []
    desk.say(Verdict.WRONG)
    assert desk.run() == [MessageKind.CORRECTION]
    assert desk.run() == []


def test_what_was_taken_out_of_a_waiting_message_is_told_when_it_is_right_again(desk: Desk) -> None:
    assert desk.run(later=timedelta(0)) == []
    assert "The next alert run takes it out of the message that waits for log." in desk.say(Verdict.WRONG).outlook
    assert desk.run() == []
    assert "Nobody was told of it; the next alert run decides on it anew." in desk.say(Verdict.RIGHT).outlook
    assert desk.run() == [MessageKind.ALERT]
    assert desk.run() == []


def test_both_before_a_run_leave_everything_as_it_was(desk: Desk) -> None:
    assert desk.say(Verdict.WRONG).outlook[-1] == "Nobody has decided on it yet; nobody will be told of it."
    desk.say(Verdict.RIGHT)
    assert desk.run() == [MessageKind.ALERT]


def test_a_review_that_only_agrees_changes_nothing_else(desk: Desk) -> None:
    desk.run()
    before = dict(desk.stored.source)
    assert desk.say(Verdict.RIGHT).outlook == ("It stands, and stays so.", "Nobody is told anything.")
    assert {key: value for key, value in desk.stored.source.items() if key != "review"} == before
    assert desk.run() == []


def test_the_reports_of_an_utterance_are_counted_without_what_is_wrong(desk: Desk) -> None:
    desk.run()
    desk.say(Verdict.WRONG)
    assert desk.index.get("utterances", [desk.statement.id])[desk.statement.id].source["reports"] == 0
    desk.say(Verdict.RIGHT)
    assert desk.index.get("utterances", [desk.statement.id])[desk.statement.id].source["reports"] == 1


def test_reviewing_from_the_command_line(desk: Desk) -> None:
    desk.run()
    said = claimwire("review", "Tehran rejected the report", "wrong", "--by", "Ada", "--why", "a [hypothetical] one")
    assert said.returncode == 0, said.stderr
    assert "DENIAL by Iran" in said.stdout
    assert "The next alert run corrects what log has told." in said.stdout
    assert desk.stored.source["review"]["why"] == "a [hypothetical] one"
    assert claimwire("review", desk.statement.id, "perhaps", "--by", "A", "--why", "B").returncode == 2
    nobody = claimwire("review", "elephants", "wrong", "--by", "A", "--why", "B")
    assert (nobody.returncode, "no statement has the id or the words 'elephants'" in nobody.stderr) == (1, True)


def test_rows_are_found_by_their_statement(desk: Desk) -> None:
    desk.run()
    ((stored, row),) = rows_of(desk.statement.id, desk.index).values()
    assert (stored.id, row.kind) == (row.id, MessageKind.ALERT)
