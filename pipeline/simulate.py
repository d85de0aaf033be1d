"""What rules would have sent, and in which messages: the outbox played through in memory, each statement at its time.

Messages are taken to arrive at once, and runs to come whenever something is due. Corrections and replies are not played.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pipeline import alerts, evidence, outbox, slots
from pipeline.alert_rules import Alerting, Silence
from pipeline.alerts import Decision, Wish
from pipeline.documents import Document, Stored, iso
from pipeline.messages import Item, Message
from pipeline.model import Trigger
from pipeline.outbox import Row

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One statement at the time at which it is decided on."""

    stored: Stored
    triggers: tuple[Trigger, ...]
    at: datetime
    decided: bool  # False: nobody has, what it is was worked out for this


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One message as it would have gone out."""

    channel: str
    rule: str
    at: datetime
    message: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One statement that a rule asks for and nobody is sent."""

    case: Case
    wish: Wish
    item: Item


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    sent: tuple[Sent, ...]
    held: tuple[Held, ...]
    outcomes: Mapping[str, int]  # what became of the statements
    cases: int
    undecided: int  # of these, how many nobody has decided on yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """By what is decided and grouped."""

    alerting: Alerting
    open_channels: frozenset[str]
    silences: Sequence[Silence]
    titles: Mapping[str, str]
    zone: ZoneInfo
    digest_hour: int


def simulate(cases: Sequence[Case], terms: Terms) -> Simulation:
    """Plays the cases in the order of their times."""
    play = _Play(caps={channel.id: channel.cap for channel in terms.alerting.channels})
    held: list[Held] = []
    outcomes: dict[str, int] = {}
    ordered = sorted(cases, key=lambda case: case.at)
    for case in ordered:
        play.until(case.at)
        decision = _decision(case, terms)
        outcomes[decision.outcome] = outcomes.get(decision.outcome, 0) + 1
        for wish in decision.wishes:
            item = evidence.item(case.stored, case.triggers, _alone(terms))
            if wish.suppressed:
                held.append(Held(case=case, wish=wish, item=item))
            else:
                _join(case, wish, item, play, terms)
    play.until(None)
    undecided = sum(not case.decided for case in ordered)
    return Simulation(sent=tuple(play.sent), held=tuple(held), outcomes=outcomes, cases=len(ordered), undecided=undecided)


def _decision(case: Case, terms: Terms) -> Decision:
    return alerts.decide(case.stored.source, case.triggers, terms.alerting, terms.open_channels, terms.silences, case.at)


def _alone(terms: Terms) -> evidence.Around:
    return evidence.Around(titles=terms.titles, answers=None, answered_by=(), reports=1, outlets=1, origins=1, kibana=None)


def _join(case: Case, wish: Wish, item: Item, play: "_Play", terms: Terms) -> None:
    place = slots.slot(case.stored.source, case.stored.id, wish.rule, wish.channel, case.at, terms.zone, terms.digest_hour)
    key = case.stored.id + (" removed" if Trigger.EDIT_REMOVED in case.triggers else "")
    row = play.rows.get(place.group)
    if row is not None and outbox.takes(row, case.at):
        play.rows[place.group] = outbox.joined(row, place, key, item, case.at)
    else:
        play.rows[place.group] = outbox.opened(place, key, item, wish.rule, wish.channel, case.at)


@dataclass
class _Play:
    """The outbox in memory, and what has left it."""

    caps: Mapping[str, int]
    rows: dict[str, Row] = field(default_factory=dict)  # by group
    sent: list[Sent] = field(default_factory=list)

    def until(self, end: datetime | None) -> None:
        """Sends all that is due before that time; without one, all that there is."""
        while waiting := [row.due for row in self.rows.values() if row.due is not None and (end is None or row.due < end)]:
            self._deliver(min(waiting))

    def _deliver(self, now: datetime) -> None:
        for channel in sorted({row.channel for row in self.rows.values()}):
            due = [row for row in self.rows.values() if row.channel == channel and row.due is not None and row.due <= now]
            recent = [each.at for each in self.sent if each.channel == channel and each.at > now - HOUR]
            room = self.caps[channel] - len(recent)
            if len(due) <= room:
                self._send(due, now)
            elif room > 0:
                self._send(due[: room - 1], now)
                self._gather(due[room - 1 :], channel, now)
            else:
                self._wait(due, min(recent) + HOUR)

    def _send(self, rows: Sequence[Row], now: datetime) -> None:
        for row in rows:
            self.sent.append(Sent(channel=row.channel, rule=row.rule, at=now, message=outbox.message(row)))
            self.rows[row.group] = outbox.arrived(outbox.began(row, now), now)

    def _gather(self, rows: Sequence[Row], channel: str, now: datetime) -> None:
        told = outbox.overflow(rows, channel, now)
        self.sent.append(Sent(channel=channel, rule=told.rule, at=now, message=outbox.message(told)))
        for row in rows:
            self.rows[row.group] = outbox.gathered(row, told, now)

    def _wait(self, rows: Sequence[Row], until: datetime) -> None:
        for row in rows:
            self.rows[row.group] = row.model_copy(update={"due": until})


def as_json(it: Simulation) -> Document:
    """One object for a machine."""
    return {
        "statements": it.cases,
        "not_decided_yet": it.undecided,
        "outcomes": dict(it.outcomes),
        "messages": [_sent_json(each) for each in it.sent],
        "held_back": [
            {"statement": each.case.stored.id, "rule": each.wish.rule.id, "channel": each.wish.channel, "why": each.wish.suppressed}
            | _item_json(each.item)
            for each in it.held
        ],
    }


def _sent_json(each: Sent) -> Document:
    told = each.message
    return {
        "at": iso(each.at),
        "channel": each.channel,
        "rule": each.rule,
        "kind": told.kind,
        "title": told.title,
        "statements": [{"statement": item.statement_id} | _item_json(item) for item in told.items],
        "more": told.more,
    }


def _item_json(item: Item) -> Document:
    return {"first_seen": iso(item.first_seen), "line": item.line, "outlet": item.outlet, "new": list(item.reasons)}


def by_channel(it: Simulation) -> Iterator[tuple[str, int, int]]:
    """Channel, messages, statements told in them."""
    for channel in sorted({each.channel for each in it.sent}):
        mine = [each.message for each in it.sent if each.channel == channel]
        yield channel, len(mine), sum(len(message.items) + message.more for message in mine)
