"""The rules of positions: every transition, what triggers an alert, and that asking again changes no answer."""

from collections.abc import Iterable
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.claims import (
    UNSPOKEN,
    Deed,
    Event,
    Move,
    Spoken,
    affected_by,
    event_document,
    event_from,
    history_before,
    move,
    order,
    own_deed,
    step,
)
from pipeline.model import Act, Position, Trigger
from tests.ledgers import FACTS, START, a_spoken_document

S, A, G, D, P, F, W = (Position(each) for each in ("silent", "alleged", "alleges", "denied", "partly admitted", "admitted", "withdrawn"))

#                accused, denies, accuses, concedes in part, concedes
TABLE = {
    S: (A, D, G, P, F),
    A: (A, D, G, P, F),
    G: (G, W, G, P, F),
    D: (D, D, D, P, F),
    P: (P, P, P, P, F),
    F: (F, W, F, F, F),
    W: (W, W, W, P, F),
}


@pytest.mark.parametrize("position", Position)
def test_every_transition(position: Position) -> None:
    assert tuple(step(position, deed) for deed in Deed) == TABLE[position]


@pytest.mark.parametrize("position", Position)
def test_what_is_recalled_gives_a_first_position_and_changes_none(position: Position) -> None:
    expected = TABLE[position] if position in UNSPOKEN else (position,) * len(Deed)
    assert tuple(step(position, deed, background=True) for deed in Deed) == expected


@pytest.mark.parametrize("position", Position)
@pytest.mark.parametrize("deed", Deed)
@pytest.mark.parametrize("reply", [False, True])
def test_a_deed_done_twice_is_done_once(position: Position, deed: Deed, reply: bool) -> None:
    once = step(position, deed, reply=reply)
    assert step(once, deed, reply=reply) is once


def test_a_denial_is_how_a_reply_is_alleged_but_not_by_who_is_accused_of_it() -> None:
    assert [step(position, Deed.DENIES, reply=True) for position in (S, G, A, F)] == [G, G, D, W]


def spoken(at: float = 0, act: Act = Act.DENIAL, **changes: Any) -> Spoken:
    """`seen` in hours, as `at`; by default at once."""
    seen = START + timedelta(hours=changes.pop("seen", at))
    given: dict[str, Any] = {"id": f"{act}{at}", "partial": False, "background": False}
    return Spoken(at=START + timedelta(hours=at), act=act, seen=seen, **given | changes)


def event(position: Position, deed: Deed, at: float, **changes: Any) -> Event:
    seen = changes.pop("seen", at)
    time = START + timedelta(hours=seen)
    given: dict[str, Any] = {"background": False, "speaker": "x", "sentence": "x", "outlet": "x", "url": "x"}
    given |= {"seen": time, "known": time, "statement_id": f"{deed}{at}"}
    return Event(position=position, deed=deed, at=START + timedelta(hours=at), **given | changes)


ALLEGED, DENIED, PARTLY = event(A, Deed.ACCUSED, 1), event(D, Deed.DENIES, 2), event(P, Deed.CONCEDES_PARTLY, 5)


def test_a_party_s_first_word_is_its_first_position() -> None:
    first = Move(trigger=Trigger.FIRST_POSITION, before=A, after=D)
    assert move([ALLEGED], spoken(2)) == first
    assert move([], spoken(2, Act.ACCUSATION)) == Move(trigger=Trigger.FIRST_POSITION, before=S, after=G)


def test_another_position_is_a_change() -> None:
    conceded = spoken(5, Act.ACKNOWLEDGEMENT, partial=True)
    assert move([ALLEGED, DENIED], conceded) == Move(trigger=Trigger.POSITION_CHANGE, before=D, after=P)
    assert move([ALLEGED, DENIED, PARTLY], spoken(6)) is None


@pytest.mark.parametrize("act", [Act.CRITICISM, Act.DEMAND, Act.SUPPORT])
def test_other_acts_move_nothing(act: Act) -> None:
    assert move([ALLEGED], spoken(2, act)) is None
    assert history_before([ALLEGED], spoken(2, act)) == []


def test_what_is_recalled_triggers_nothing() -> None:
    assert move([ALLEGED], spoken(2, background=True)) is None


def test_the_answer_is_the_same_when_the_ledger_has_the_statement() -> None:
    own = event(D, Deed.DENIES, 2, statement_id="denial2")
    assert move([ALLEGED], spoken(2)) == move([ALLEGED, own], spoken(2)) == move([ALLEGED, own, PARTLY], spoken(2))
    assert history_before([ALLEGED, own, PARTLY], spoken(2)) == [ALLEGED]


def test_a_late_statement_triggers_nothing_where_a_later_word_was_known() -> None:
    late = spoken(1.5, seen=9)
    assert move([ALLEGED, DENIED], late) is None  # the denial of the second hour was told already
    taken_in = event(D, Deed.DENIES, 1.5, seen=9, statement_id=late.id, known=START + timedelta(hours=2))
    assert move([ALLEGED, taken_in], late) is None
    conceded = spoken(3, Act.ACKNOWLEDGEMENT, partial=True, seen=9)
    assert move([ALLEGED, DENIED, PARTLY], conceded) is None


def test_a_late_statement_of_which_nobody_knew_is_news() -> None:
    denied_again = [ALLEGED, DENIED]
    assert move(denied_again, spoken(3, Act.ACKNOWLEDGEMENT, seen=9)) == Move(trigger=Trigger.POSITION_CHANGE, before=D, after=F)


def test_of_one_moment_nothing_is_taken_back() -> None:
    at_once = [Deed.DENIES, Deed.CONCEDES_PARTLY, Deed.CONCEDES]
    assert sorted(at_once, key=lambda deed: order(START, deed, False)) == at_once
    assert order(START, Deed.CONCEDES, True) < order(START, Deed.DENIES, True) < order(START, Deed.ACCUSED, False)


DEEDS = st.lists(
    st.tuples(st.sampled_from([Act.DENIAL, Act.ACCUSATION, Act.ACKNOWLEDGEMENT]), st.booleans(), st.booleans(), st.integers(0, 5)),
    max_size=8,
)


def fold(statements: Iterable[Spoken]) -> list[Event]:
    """The plainest way to a history: everything sorted, one after the other."""
    found: list[Event] = []
    position = S
    for each in sorted(statements, key=lambda each: (order(each.at, _deed(each), each.background), each.id)):
        after = step(position, _deed(each), background=each.background)
        if after is not position:
            hours = (each.at - START) / timedelta(hours=1)
            found.append(event(after, _deed(each), hours, statement_id=each.id, background=each.background))
        position = after
    return found


def _deed(statement: Spoken) -> Deed:
    deed = own_deed(statement.act, statement.partial)
    assert deed is not None
    return deed


@settings(derandomize=True, deadline=None)
@given(DEEDS)
def test_what_comes_in_time_triggers_exactly_the_moves_of_the_history(deeds: list[tuple[Act, bool, bool, int]]) -> None:
    statements = [
        spoken(place, act, partial=partial, background=background, id=str(place))
        for place, (act, partial, background, _) in enumerate(deeds)
    ]
    for place, each in enumerate(statements):
        before, after = fold(statements[:place]), fold(statements[: place + 1])
        told = move(before, each)
        assert told == move(after, each) == move(fold(statements), each)
        assert (told is not None) == (len(after) > len(before) and not each.background)


@settings(derandomize=True, deadline=None)
@given(DEEDS)
def test_the_moves_of_a_history_follow_one_another(deeds: list[tuple[Act, bool, bool, int]]) -> None:
    history = fold(
        spoken(at, act, partial=partial, background=background, id=str(n)) for n, (act, partial, background, at) in enumerate(deeds)
    )
    positions = [S, *(each.position for each in history)]
    assert all(one is not other for one, other in pairwise(positions))
    assert [each.order for each in history] == sorted(each.order for each in history)
    assert not any(each.background and before not in UNSPOKEN for before, each in zip(positions, history, strict=False))


def test_an_event_comes_back_as_it_went() -> None:
    assert event_from(event_document(PARTLY)) == PARTLY


def test_a_statement_counts_for_its_speaker_and_those_it_accuses() -> None:
    accusation = a_spoken_document("accusation", "US", targets=["Iran", "Russia", "West"], claims=["drones", "proof"])
    assert affected_by(accusation, FACTS.sides) == {(family, party) for family in ("drones", "proof") for party in ("IR", "RU", "US")}
    assert affected_by(a_spoken_document("denial", "IR", targets=["Russia"]), FACTS.sides) == {("drones", "IR")}


def test_a_statement_counts_for_nobody_without_family_side_or_such_an_act() -> None:
    assert affected_by(a_spoken_document("denial", None), FACTS.sides) == set()
    assert affected_by(a_spoken_document("denial", "IR", claims=[]), FACTS.sides) == set()
    assert affected_by(a_spoken_document("criticism", "US", targets=["Iran"]), FACTS.sides) == set()
    assert affected_by(a_spoken_document("accusation", "IR", targets=["Iran"]), FACTS.sides) == set()
