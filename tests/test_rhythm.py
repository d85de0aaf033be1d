from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from pipeline.rhythm import FIRST, LONGEST, SHORTEST, due_after, due_after_failure, is_due, next_interval, silent_after

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
TEN = timedelta(minutes=10)


def test_a_source_is_asked_more_often_the_more_is_new() -> None:
    nothing = next_interval(TEN, None, new=0, shown=30, overflowed=False)
    some = next_interval(TEN, None, new=3, shown=30, overflowed=False)
    half = next_interval(TEN, None, new=20, shown=30, overflowed=False)
    lost = next_interval(TEN, None, new=30, shown=30, overflowed=True)
    assert nothing > TEN > some > half == lost


def test_something_every_second_time_leaves_it_as_it_is() -> None:
    there = next_interval(TEN, None, new=1, shown=30, overflowed=False)
    assert next_interval(there, None, new=0, shown=30, overflowed=False) == TEN


@given(
    last=st.none() | st.timedeltas(timedelta(minutes=1), timedelta(days=7)),
    every=st.none() | st.timedeltas(timedelta(minutes=1), timedelta(days=7)),
    new=st.integers(0, 100),
    shown=st.integers(0, 100),
    overflowed=st.booleans(),
)
def test_it_stays_within_its_bounds(last: timedelta | None, every: timedelta | None, new: int, shown: int, overflowed: bool) -> None:
    found = next_interval(last, every, new=new, shown=shown, overflowed=overflowed)
    assert min(SHORTEST, every or LONGEST) <= found <= (every or LONGEST)


def test_a_source_is_due_when_its_time_has_come_or_the_clock_was_put_back() -> None:
    state = {"polled": NOW.isoformat(), "due": due_after(NOW, FIRST).isoformat()}
    assert is_due({}, NOW)
    assert not is_due(state, NOW + timedelta(minutes=8))
    assert is_due(state, NOW + timedelta(minutes=9, seconds=1))
    assert is_due(state, NOW - timedelta(days=1))


def test_after_a_failure_a_promising_try_comes_soon_and_never_before_the_server_wants_it() -> None:
    assert due_after_failure(NOW, TEN, None, soon=True) == NOW
    assert due_after_failure(NOW, TEN, None, soon=False) == due_after(NOW, TEN)
    assert due_after_failure(NOW, TEN, 3600, soon=True) == NOW + timedelta(hours=1)


def test_a_busy_source_falls_silent_sooner() -> None:
    assert silent_after(40) == timedelta(days=1)
    assert silent_after(2) == timedelta(days=5)
    assert silent_after(0.1) == silent_after(None) == timedelta(days=14)
