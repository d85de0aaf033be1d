"""Times as people write them on a command line and read them in a table."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_SPAN = re.compile(r"(\d{1,5})\s*([mhdw])")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def shown(time: datetime | None, zone: ZoneInfo) -> str:
    """Day and minute on the clocks of that zone."""
    return "–" if time is None else time.astimezone(zone).strftime("%Y-%m-%d %H:%M")


def read_until(text: str, now: datetime, zone: ZoneInfo) -> datetime:
    """The end of a while: so long from now (`30m`, `2h`, `3d`, `1w`), or a moment (ISO 8601, of that zone where it names none).

    Raises ValueError for anything else, and for what is over.
    """
    span = _SPAN.fullmatch(text.strip())
    if span:
        until = now + int(span[1]) * _UNITS[span[2]]
    else:
        try:
            until = read_moment(text, zone)
        except ValueError:
            raise ValueError(f"{text!r} is neither so long (30m, 2h, 3d, 1w) nor a moment (2024-11-02T09:00)") from None
    if until <= now:
        raise ValueError(f"{text!r} is over already: now is {shown(now, zone)}")
    return until


def read_since(text: str, now: datetime, zone: ZoneInfo) -> datetime:
    """The beginning of a while: so long before now (`36h`, `7d`), or a day or moment (of that zone where it names none).

    Raises ValueError for anything else.
    """
    span = _SPAN.fullmatch(text.strip())
    if span:
        return now - int(span[1]) * _UNITS[span[2]]
    try:
        return read_moment(text, zone)
    except ValueError:
        raise ValueError(f"{text!r} is neither so long ago (36h, 7d) nor a moment (2024-11-02, 2024-11-02T09:00)") from None


def read_span(text: str, now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From when to when something is that is named by a year, a month, a day (of that zone) or so long ago: `2022`, `2022-12`, `7d`.

    Raises ValueError for anything else.
    """
    span = _SPAN.fullmatch(text.strip())
    if span:
        return now - int(span[1]) * _UNITS[span[2]], now
    parts = re.fullmatch(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?", text.strip())
    if parts is None:
        raise ValueError(f"{text!r} is neither a year, a month or a day (2022, 2022-12, 2022-12-18) nor so long ago (36h, 7d)")
    year, month, day = (int(part) if part else None for part in parts.groups())
    assert year is not None
    begin = datetime(year, month or 1, day or 1, tzinfo=zone)
    if day:
        end = begin + timedelta(days=1)
    else:
        end = begin.replace(year=year + 1) if month is None or month == 12 else begin.replace(month=month + 1)
        end = end.replace(month=1) if month == 12 else end
    return begin.astimezone(UTC), end.astimezone(UTC)


def read_moment(text: str, zone: ZoneInfo) -> datetime:
    """An ISO 8601 day or moment, of that zone where it names none. Raises ValueError."""
    moment = datetime.fromisoformat(text.strip())
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def last_hour(now: datetime, hour: int, zone: ZoneInfo) -> datetime:
    """The last time that the clocks of that zone struck this hour."""
    there = now.astimezone(zone)
    struck = there.replace(hour=hour, minute=0, second=0, microsecond=0)
    return (struck if struck <= there else struck - timedelta(days=1)).astimezone(UTC)


def lasting(span: timedelta) -> str:
    """A span of time in words, by its two largest units: `3 d 4 h`, `25 min`, `40 s`."""
    minutes, seconds = divmod(max(round(span.total_seconds()), 0), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (seconds, "s")]
    first = next((place for place, (number, _) in enumerate(parts) if number), len(parts) - 1)
    return " ".join(f"{number} {unit}" for number, unit in parts[first : first + 2] if number) or "0 s"
