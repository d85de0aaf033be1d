"""What one look at a feed shows: how much, how new, how often, in which language, and where its links lead. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from pipeline.addresses import within
from pipeline.answers import Entry, FeedKind
from pipeline.feeds import ParsedFeed
from pipeline.language import language_of

# What lies further back says nothing about how busy a feed is now.
WINDOW = timedelta(days=7)
# Entries that stay on top, or are told again, are older than the rest; so much of a feed is not counted.
PINNED = 0.1
_SAMPLE = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A feed that has answered. What is None was not looked at, or cannot be told."""

    url: str  # that has answered, at the end of all redirects; empty where it is not known
    kind: FeedKind | None
    entries: int
    title: str | None = None
    dated: int | None = None
    linked: int | None = None
    newest: datetime | None = None
    per_day: float | None = None
    language: str | None = None
    off_site: tuple[tuple[str, int], ...] = ()  # hosts that are not the outlet's, and how many links lead there, most first
    flaws: tuple[str, ...] = ()


def look_at(parsed: ParsedFeed, *, url: str, kind: FeedKind | None, domains: Sequence[str], now: datetime) -> Look:
    """What a feed shows that was fetched from `url` and read."""
    entries = parsed.entries
    dates = sorted((entry.published for entry in entries if entry.published), reverse=True)
    links = [entry.url for entry in entries if entry.url]
    astray = Counter(urlsplit(link).hostname or "" for link in links if not within(link, domains))
    return Look(
        url=url,
        kind=kind,
        entries=len(entries),
        title=parsed.title,
        dated=len(dates),
        linked=len(links),
        newest=dates[0] if dates else None,
        per_day=_per_day(dates, now),
        language=_language(entries),
        off_site=tuple(astray.most_common()),
        flaws=parsed.flaws,
    )


def _per_day(dates: Sequence[datetime], now: datetime) -> float | None:
    """How many entries come in a day, of the last week at most; None for too few to say. `dates` are the newest first."""
    kept = dates[: len(dates) - int(len(dates) * PINNED)]
    if len(kept) < 2:
        return None
    begin = max(kept[-1], now - WINDOW)
    within_window = sum(date >= begin for date in kept)
    days = max((now - begin) / timedelta(days=1), 1 / 24)
    return within_window / days


def _language(entries: Sequence[Entry]) -> str | None:
    words = "\n".join(f"{entry.title}\n{entry.summary}" for entry in entries)
    return language_of(words[:_SAMPLE], None)
