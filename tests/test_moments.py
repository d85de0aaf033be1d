from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pipeline.moments import lasting, read_until, shown
from tests.builders import NOON

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("30m", NOON + timedelta(minutes=30)),
        ("2h", NOON + timedelta(hours=2)),
        (" 3 d ", NOON + timedelta(days=3)),
        ("1w", NOON + timedelta(days=7)),
        ("2022-12-18T14:00", datetime(2022, 12, 18, 13, tzinfo=UTC)),
        ("2022-12-18T14:00Z", datetime(2022, 12, 18, 14, tzinfo=UTC)),
        ("2022-12-20", datetime(2022, 12, 19, 23, tzinfo=UTC)),
    ],
)
def test_an_end_is_a_span_or_a_moment_of_the_zone(text: str, until: datetime) -> None:
    assert read_until(text, NOON, BERLIN) == until


@pytest.mark.parametrize("text", ["", "soon", "2", "h", "-2h", "0m", "2022-12-18T12:30", "2h30m"])
def test_what_is_no_end_or_is_over_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"neither|over"):
        read_until(text, NOON, BERLIN)


def test_times_are_shown_in_the_zone() -> None:
    assert shown(NOON, BERLIN) == "2022-12-18 13:00"
    assert shown(None, BERLIN) == "–"


@pytest.mark.parametrize(
    ("span", "told"),
    [
        (timedelta(days=3, hours=4, minutes=5), "3 d 4 h"),
        (timedelta(days=2, minutes=5), "2 d"),
        (timedelta(minutes=25), "25 min"),
        (timedelta(seconds=3599.6), "1 h"),
        (timedelta(seconds=61), "1 min 1 s"),
        (timedelta(0), "0 s"),
        (timedelta(seconds=-5), "0 s"),
    ],
)
def test_a_span_is_told_by_its_two_largest_units(span: timedelta, told: str) -> None:
    assert lasting(span) == told
