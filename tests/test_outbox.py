"""The outbox: properties over all orders of what may happen, and the slots of digests."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from pipeline import evidence, outbox, slots
from pipeline.alert_rules import AlertRule, Delivery
from pipeline.messages import Item, MessageKind
from pipeline.model import Intake, Trigger
from pipeline.outbox import Row, Status
from tests.builders import NOON, a_stored_statement

ASKS = AlertRule(id="r", title="a title", channels=("c",))
HOURLY = ASKS.model_copy(update={"id": "h", "delivery": Delivery.HOURLY})
GIVE_UP = timedelta(days=3)


def an_item(name: str = "s", **changes: Any) -> Item:
    around = evidence.Around(titles={}, answers=None, answered_by=(), reports=1, outlets=1, origins=1, kibana=None)
    made = evidence.item(a_stored_statement(), [Trigger.NEW_UTTERANCE], around)
    return made.model_copy(update={"statement_id": name, "utterance": name} | changes)


def a_row(*names: str, rule: AlertRule = ASKS, now: datetime = NOON) -> Row:
    place = a_slot(rule=rule, now=now)
    row = outbox.opened(place, names[0], an_item(names[0]), rule, "c", now)
    for name in names[1:]:
        row = outbox.joined(row, place, name, an_item(name), now)
    return row


def a_slot(claim: str = "drones", rule: AlertRule = ASKS, now: datetime = NOON, zone: str = "UTC", **changes: Any) -> slots.Slot:
    it = a_stored_statement().source | {"claims": [claim]} | changes
    return slots.slot(it, "s", rule, "c", now, ZoneInfo(zone), 7)


def sent(row: Row, now: datetime = NOON) -> Row:
    return outbox.arrived(outbox.began(row, now), now)


def failed(row: Row, now: datetime = NOON, *, again: bool = True) -> Row:
    return outbox.failed(outbox.began(row, now), "answers 503", again=again, now=now, give_up=GIVE_UP)


def names(row: Row) -> list[str]:
    return [item.statement_id for item in outbox.message(row).items]


# ------------------------------------------------------------------------------------------------ whatever happens
@dataclass
class Receiver:
    """Honours keys: what comes under a known key again is only compared."""

    contents: dict[str, Any] = field(default_factory=dict)
    told: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))  # statement to the keys that told it
    times: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))  # row to when its messages came

    def take(self, row: Row, now: datetime) -> None:
        message = outbox.message(row)
        assert self.contents.setdefault(message.key, message) == message, "one key for two contents"
        if message.key not in {key for keys in self.told.values() for key in keys}:
            self.times[row.id].append(now)
            for item in message.items:
                self.told[item.statement_id].append(message.key)


class Life(RuleBasedStateMachine):
    """Rows of one channel through joins, sends, failures, kills, removals, gatherings and the steps of a clock."""

    statements = Bundle("statements")

    @initialize()
    def begin(self) -> None:
        self.now = NOON
        self.rows: dict[str, Row] = {}
        self.receiver = Receiver()
        self.wanted: set[str] = set()
        self.failed: set[str] = set()  # refused for good
        self.number = 0

    @rule(target=statements, claim=st.sampled_from(["drones", "drones", "debts"]), asks=st.sampled_from([ASKS, HOURLY]))
    def joins(self, claim: str, asks: AlertRule) -> str:
        self.number += 1
        name = f"s{self.number}"
        place = a_slot(claim, asks, self.now)
        open_ = [row for row in self.rows.values() if row.group == place.group and outbox.takes(row, self.now)]
        if open_:
            row = max(open_, key=lambda row: row.created)
            after = outbox.joined(row, place, name, an_item(name), self.now)
            assert outbox.joined(after, place, name, an_item(name), self.now) == after
            if row.updates_until:
                assert self.now < row.updates_until
        else:
            after = outbox.opened(place, name, an_item(name), asks, "c", self.now)
            assert after.id not in self.rows
        self.rows[after.id] = after
        self.wanted.add(name)
        return name

    @rule(name=statements)
    def taken_back(self, name: str) -> None:
        for row in list(self.rows.values()):
            own = [entry for entry in row.waiting if entry.item.statement_id == name]
            if own and row.status in {Status.PENDING, Status.SENDING}:
                after = outbox.without(row, own[0].key)
                begun = row.is_frozen and own[0].revision == row.revision
                assert begun is (own[0] in after.entries and after.status is not Status.SUPPRESSED)
                self.rows[row.id] = after
                if not begun:
                    self.wanted.discard(name)

    @rule(reports=st.integers(2, 5))
    def counted_anew(self, reports: int) -> None:
        counts = dict.fromkeys(self.wanted, (reports, 2, 2))
        self.rows = {id_: outbox.recounted(row, counts) for id_, row in self.rows.items()}

    @rule(minutes=st.sampled_from([1, 6, 31, 61, 400, 1500]))
    def passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(number=st.integers(0, 20), how=st.sampled_from(["arrives", "fails", "refused", "killed before", "killed after", "joined while"]))
    def sends(self, number: int, how: str) -> None:
        times = [row.due for row in self.rows.values() if row.status in {Status.PENDING, Status.SENDING} and row.due]
        if times:
            self.now = max(self.now, min(times))
            due = self.due()
            self.send(due[number % len(due)], how)

    def due(self) -> list[Row]:
        waiting = {Status.PENDING, Status.SENDING}
        return [row for row in self.rows.values() if row.status in waiting and row.due and row.due <= self.now]

    def send(self, row: Row, how: str) -> None:
        began = self.rows[row.id] = outbox.began(row, self.now)
        if how in {"arrives", "killed after", "joined while"}:
            self.receiver.take(began, self.now)
        if how == "joined while":
            self.number += 1
            name = f"s{self.number}"
            self.wanted.add(name)
            place = slots.Slot(group=row.group, kind=row.kind, due=self.now, updates_until=None, cooldown=row.cooldown)
            self.rows[row.id] = outbox.joined(began, place, name, an_item(name), self.now)
        if how in {"arrives", "joined while"}:
            self.rows[row.id] = outbox.arrived(self.rows[row.id], self.now)
        if how in {"fails", "refused"}:
            after = outbox.failed(began, "answers", again=how == "fails", now=self.now, give_up=GIVE_UP)
            if after.status is Status.FAILED:
                self.failed |= {entry.item.statement_id for entry in began.waiting if entry.revision == began.revision}
                left = outbox.successor(began, self.now)
                if left:
                    assert left.id not in self.rows
                    self.rows[left.id] = left
            self.rows[row.id] = after

    @rule(killed=st.booleans())
    def gathers(self, killed: bool) -> None:
        loose = [row for row in self.due() if outbox.may_be_gathered(row)]
        if len(loose) < 2:
            return
        other = outbox.overflow(loose, "c", self.now)
        assert other.id not in self.rows
        self.rows[other.id] = other
        if killed:  # what the next run finds may have grown, where somebody did not finish first
            place = a_slot(now=self.now)
            self.number += 1
            name = f"s{self.number}"
            grown = outbox.joined(loose[0], place, name, an_item(name), self.now)
            assert outbox.gathered(grown, other, self.now).status is not Status.GATHERED
        for row in loose:
            self.rows[row.id] = outbox.gathered(row, other, self.now)
            assert self.rows[row.id].status is Status.GATHERED

    @invariant()
    def one_content_per_key_and_every_statement_once(self) -> None:
        for name, keys in self.receiver.told.items():
            assert len(keys) == 1, f"{name} was told under {keys}"

    @invariant()
    def messages_of_a_row_keep_their_distance(self) -> None:
        for id_, times in self.receiver.times.items():
            for one, other in pairwise(times):
                assert other - one >= self.rows[id_].cooldown

    def teardown(self) -> None:
        if not hasattr(self, "rows"):
            return
        for _ in range(1000):
            waiting = [row for row in self.rows.values() if row.status in {Status.PENDING, Status.SENDING}]
            if not waiting:
                break
            assert all(row.due for row in waiting)
            self.now = max(self.now, min(row.due for row in waiting if row.due))
            self.send(self.due()[0], "arrives")
        assert not [row for row in self.rows.values() if row.status in {Status.PENDING, Status.SENDING}]
        assert self.wanted <= set(self.receiver.told) | self.failed
        self.one_content_per_key_and_every_statement_once()
        self.messages_of_a_row_keep_their_distance()


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=200, stateful_step_count=30, deadline=None)


# ------------------------------------------------------------------------------------------------ one thing each
def test_a_frozen_revision_stays_as_it_is_while_others_are_counted_anew() -> None:
    row = outbox.joined(failed(a_row("a")), a_slot(), "b", an_item("b"), NOON)
    after = outbox.recounted(row, {"a": (3, 2, 2), "b": (4, 2, 2)})
    assert outbox.message(after) == outbox.message(row)
    assert [entry.item.reports for entry in after.entries] == [1, 4]


def test_what_joins_a_row_that_is_being_sent_waits_for_the_next_message_and_its_cooldown() -> None:
    row = outbox.joined(outbox.began(a_row("a"), NOON), a_slot(), "b", an_item("b"), NOON)
    assert names(row) == ["a"]
    row = outbox.arrived(row, NOON)
    assert (row.status, row.due, names(row)) == (Status.PENDING, NOON + ASKS.cooldown, ["b"])
    assert outbox.message(row).kind is MessageKind.UPDATE


def test_what_waits_behind_a_message_that_is_refused_gets_a_row_of_its_own() -> None:
    row = outbox.began(outbox.joined(outbox.began(a_row("a"), NOON), a_slot(), "b", an_item("b"), NOON), NOON)
    left = outbox.successor(row, NOON)
    after = failed(row, again=False)
    assert (after.status, [entry.key for entry in after.entries]) == (Status.FAILED, ["a"])
    assert left is not None
    assert (names(left), left.due, left.id != row.id) == (["b"], NOON, True)
    assert outbox.successor(a_row("a"), NOON) is None


def test_tries_come_further_and_further_apart_until_nobody_tries_again() -> None:
    row, now, pauses = a_row("a"), NOON, []
    while (row := failed(row, now)).status is Status.PENDING:
        assert row.due
        pauses.append((row.due - now) / timedelta(minutes=1))
        now = row.due
    assert pauses[:8] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert row.status is Status.FAILED
    assert GIVE_UP <= now - NOON < GIVE_UP + timedelta(hours=1)


def test_after_its_updates_a_claim_gets_a_new_row_and_so_does_what_failed_or_was_gathered() -> None:
    row = sent(a_row("a"))
    assert row.updates_until
    assert outbox.takes(row, row.updates_until - timedelta(seconds=1))
    assert not outbox.takes(row, row.updates_until)
    assert not outbox.takes(failed(a_row("a"), again=False), NOON)
    waiting = a_row("b")
    assert not outbox.takes(outbox.gathered(waiting, outbox.overflow([waiting], "c", NOON), NOON), NOON)


@pytest.mark.parametrize("status", [Status.PENDING, Status.SENDING])
def test_a_digest_takes_until_it_is_sent(status: Status) -> None:
    row = a_row("a", rule=HOURLY)
    assert outbox.takes(row.model_copy(update={"status": status}), NOON + timedelta(days=9))
    assert not outbox.takes(sent(row), NOON)


def test_taking_back_what_was_told_changes_nothing_and_the_last_that_waits_ends_the_row() -> None:
    told = outbox.joined(sent(a_row("a", "b")), a_slot(), "c", an_item("c"), NOON)
    assert outbox.without(told, "a") == told
    after = outbox.without(told, "c")
    assert (after.status, after.due, [entry.key for entry in after.entries]) == (Status.SENT, None, ["a", "b"])
    assert outbox.without(a_row("a"), "a").status is Status.SUPPRESSED
    assert names(outbox.without(a_row("a", "b"), "a")) == ["b"]


def test_what_waits_behind_a_message_that_is_under_way_can_be_taken_back() -> None:
    row = outbox.joined(outbox.began(a_row("a"), NOON), a_slot(), "b", an_item("b"), NOON)
    assert [entry.key for entry in outbox.without(row, "b").entries] == ["a"]
    assert outbox.without(row, "a") == row


def test_a_correction_takes_back_one_statement_and_is_never_gathered() -> None:
    row = sent(a_row("a", "b"))
    made = outbox.correction(row, row.entries[1], "she never said it", NOON)
    message = outbox.message(made)
    assert (message.kind, names(made), message.note) == (MessageKind.CORRECTION, ["b"], "she never said it")
    assert message.title.startswith("Correction: ")
    assert made.id == outbox.correction(row, row.entries[1], "again", NOON + timedelta(days=1)).id
    assert not outbox.may_be_gathered(made)
    assert outbox.may_be_gathered(a_row("a"))
    assert not outbox.may_be_gathered(failed(a_row("a")))


def test_an_overflow_tells_of_all_that_waits_and_counts_what_is_too_much() -> None:
    rows = [outbox.joined(sent(a_row("a")), a_slot(), "b", an_item("b"), NOON), a_row(*(f"s{n}" for n in range(60)))]
    message = outbox.message(outbox.overflow(rows, "c", NOON))
    assert (len(message.items), message.more) == (outbox.MOST, 11)
    assert message.items[0].statement_id == "b"
    assert message.title.startswith("And 61 more: ")


def test_a_title_says_how_much_more_there_is() -> None:
    (one, two, three) = (outbox.message(a_row(*names)).title for names in (("a",), ("a", "b"), ("a", "b", "c")))
    assert two == f"{one}, and 1 more"
    assert three == f"{one}, and 2 more"
    digests = [outbox.message(a_row(*names, rule=HOURLY)).title for names in (("a",), ("a", "b"))]
    assert digests == ["Digest: 1 statement", "Digest: 2 statements"]


def test_a_message_counts_what_it_does_not_show() -> None:
    some, many = (outbox.message(a_row(*(f"s{at}" for at in range(number)))) for number in (outbox.MOST, 2 * outbox.MOST + 1))
    assert (len(some.items), some.more) == (outbox.MOST, 0)
    assert (len(many.items), many.more) == (outbox.MOST, outbox.MOST + 1)


def test_what_has_arrived_begins_anew_and_all_of_it_counts_as_told() -> None:
    row = failed(a_row("a"))
    assert row.attempts == 1
    told = sent(row)
    assert (told.attempts, told.trouble, told.sent) == (0, "", NOON)
    later = sent(outbox.joined(told, a_slot(now=NOON), "b", an_item("b"), NOON), NOON + timedelta(days=1))
    assert [entry.key for entry in later.told] == ["a", "b"]


def test_a_row_comes_back_from_its_document_as_it_was() -> None:
    rows = [a_row("a", "b"), failed(a_row("a")), sent(a_row("a", rule=HOURLY)), outbox.overflow([a_row("a")], "c", NOON)]
    for row in rows:
        document = {key: value for key, value in outbox.row_document(row, {}, NOON).items() if value is not None}
        assert outbox.row_from(row.id, document) == row


# ------------------------------------------------------------------------------------------------ slots
def test_a_first_pass_makes_one_row_per_outlet_and_a_claim_one_whatever_the_rule() -> None:
    first = a_slot(intake=Intake.BASELINE)
    assert (first.group, first.kind) == ("baseline c outlet", MessageKind.BASELINE)
    assert a_slot("drones") == a_slot("drones", now=NOON)
    assert a_slot("drones").group == a_slot("drones", ASKS.model_copy(update={"id": "q"})).group != a_slot("debts").group
    assert a_slot("drones", HOURLY).group == a_slot("debts", HOURLY).group


MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC))  # the zone comes with it
ZONES = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/St_Johns", "Asia/Tehran", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe"]
)


@given(now=MOMENTS, zone=ZONES, hour=st.integers(0, 23), delivery=st.sampled_from([Delivery.HOURLY, Delivery.DAILY]))
@settings(max_examples=500, deadline=None)
def test_a_slot_is_after_now_soon_and_the_same_until_it_comes(now: datetime, zone: str, hour: int, delivery: Delivery) -> None:
    there = ZoneInfo(zone)
    end = slots.next_slot(delivery, now, there, hour)
    longest = timedelta(hours=1) if delivery is Delivery.HOURLY else timedelta(hours=26)
    assert now < end <= now + longest
    if delivery is Delivery.DAILY:
        assert slots.next_slot(delivery, end - timedelta(microseconds=1), there, hour) == end
        days = end.astimezone(there).date(), slots.next_slot(delivery, end, there, hour).astimezone(there).date()
        assert days[1] - days[0] == timedelta(days=1)


@pytest.mark.parametrize(
    ("now", "hour", "times"),
    [
        ("2024-03-30T12:00", 7, ["2024-03-31T05:00", "2024-04-01T05:00"]),  # the day has 23 hours
        ("2024-03-30T12:00", 2, ["2024-03-31T01:00", "2024-04-01T00:00"]),  # clocks never show 2 that night: 3 it is
        ("2024-10-26T12:00", 7, ["2024-10-27T06:00", "2024-10-28T06:00"]),  # 25 hours
        ("2024-10-26T12:00", 2, ["2024-10-27T00:00", "2024-10-28T01:00"]),  # clocks show 2 twice: the first
    ],
)
def test_a_daily_slot_is_at_the_clocks_hour_also_where_the_clocks_change(now: str, hour: int, times: list[str]) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    for slot in times:
        at = slots.next_slot(Delivery.DAILY, at, ZoneInfo("Europe/Berlin"), hour)
        assert at == datetime.fromisoformat(slot).replace(tzinfo=UTC)


def test_an_hourly_slot_is_at_the_full_hour_of_peoples_clocks() -> None:
    assert slots.next_slot(Delivery.HOURLY, NOON, ZoneInfo("Asia/Kolkata"), 7) == NOON + timedelta(minutes=30)
    assert slots.next_slot(Delivery.HOURLY, NOON, ZoneInfo("UTC"), 7) == NOON + timedelta(hours=1)
