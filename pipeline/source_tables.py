"""Sources and what is wrong with them as tables for a terminal. Colours only repeat what words say."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from rich.console import Group as Parts
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from pipeline.moments import shown
from pipeline.source_report import NO_COUNTRY, Group, Report, Row, State, groups, hint, sides, summary
from pipeline.source_rules import Feed, Outlet
from pipeline.source_troubles import Weight, step_of

COLOURS = {State.WORKS: "green", State.PART: "yellow", State.MEND: "red", State.AWAY: "yellow", State.UNASKED: "dim"}
_TITLES = {
    Weight.MEND: "To mend",
    Weight.RETRY: "Not now: it may pass, or depends on your network",
    Weight.NOTE: "Worth knowing, nothing to do",
}
# A cause that many have is shown with its first cases; the report has all.
SHOWN = 6


def outlets_table(outlets: Sequence[Outlet], zone: ZoneInfo) -> RenderableType:
    """The configuration: who there is, and how each is asked."""
    table = Table(expand=True)
    for name in ("id", "outlet", "whose", "tier", "languages"):
        table.add_column(name, no_wrap=name in {"id", "tier"})
    table.add_column("feeds", ratio=1)
    for outlet in outlets:
        whose = " ".join(filter(None, (outlet.country, outlet.ownership))) or "–"
        feeds = Text(f"paused since {outlet.paused.since}: {outlet.paused.why}", "yellow") if outlet.paused else _feeds(outlet.feeds)
        table.add_row(outlet.id, Text(outlet.name), whose, str(outlet.tier), " ".join(outlet.languages), feeds)
    paused = sum(outlet.paused is not None for outlet in outlets)
    told = f"{len(outlets)} outlets, {sum(len(outlet.feeds) for outlet in outlets)} addresses" + (f"; {paused} paused" if paused else "")
    return Parts(table, Text(told, "bold"))


def _feeds(feeds: Sequence[Feed]) -> Text:
    lines = (" · ".join(filter(None, (feed.shown, feed.kind, "fills gaps" if feed.fills else "", _volume(feed)))) for feed in feeds)
    return Text("\n".join(lines), overflow="fold")


def _volume(feed: Feed) -> str:
    return f"{feed.volume:g} a day" if feed.volume else ""


def report(it: Report, zone: ZoneInfo) -> RenderableType:
    """Every feed, then what is wrong by cause with the next step, then which sides are not heard."""
    return Parts(_rows(it.rows, zone), *_troubles(it), *_pages(it), *_silent(it), Text(summary(it), "bold"), *_hint(it))


def _rows(rows: Sequence[Row], zone: ZoneInfo) -> Table:
    table = Table(expand=True)
    table.add_column("outlet", no_wrap=True)
    table.add_column("address", ratio=2, overflow="fold")
    table.add_column("entries", justify="right", no_wrap=True)
    for name in ("newest", "a day", "language"):
        table.add_column(name, no_wrap=True)
    table.add_column("state", ratio=2)
    for row in rows:
        look = row.look
        seen = (
            (str(look.entries), _newest(look.newest, row.asked, zone), _rate(row), look.language or "–") if look else ("–", "–", "–", "–")
        )
        table.add_row(row.outlet.id, Text(_short(row.feed.shown)), *seen, _state(row))
    return table


def _short(url: str) -> str:
    parts = urlsplit(url)
    return f"{(parts.hostname or '').removeprefix('www.')}{parts.path}{'?' + parts.query if parts.query else ''}"


def _newest(newest: datetime | None, asked: datetime | None, zone: ZoneInfo) -> str:
    if newest is None or asked is None:
        return "–"
    hours = (asked - newest).total_seconds() / 3600
    age = f"{hours:.0f} h ago" if 0 <= hours < 48 else f"{hours / 24:.0f} d ago" if hours >= 48 else "ahead"
    return f"{shown(newest, zone)} ({age})"


def _rate(row: Row) -> str:
    seen = "–" if row.look is None or row.look.per_day is None else f"{row.look.per_day:.3g}"
    return f"{seen} ({row.feed.volume:g})" if row.feed.volume else seen


def _state(row: Row) -> Text:
    text = Text(row.state.value, COLOURS[row.state])
    for trouble in row.troubles:
        text.append(f"\n{trouble.says}", "dim" if trouble.weight is Weight.NOTE else "")
    return text


def _troubles(it: Report) -> Iterator[RenderableType]:
    for weight in (Weight.MEND, Weight.RETRY):
        of_it = [group for group in groups(it) if group.weight is weight]
        if of_it:
            yield Text(f"\n{_TITLES[weight]}", "bold")
            for group in of_it:
                yield from _group(group)


def _group(group: Group) -> Iterator[RenderableType]:
    yield Text.assemble("  ", (group.cause.value, "bold"), f" ({len(group.cases)})")
    says = {case.trouble.says for case in group.cases}
    if len(group.cases) == 1:
        (case,) = group.cases
        yield _indented(Text.assemble((case.outlet.id, "bold"), f"  {case.url}: {case.trouble.says}"))
        yield _indented(Text(f"→ {case.trouble.then}", "dim"))
        return
    if len(says) == 1:
        yield _indented(Text(f"{next(iter(says))}: {', '.join(dict.fromkeys(case.outlet.id for case in group.cases))}"))
    else:
        for case in group.cases[:SHOWN]:
            yield _indented(Text.assemble((case.outlet.id, "bold"), f"  {case.url}: {case.trouble.says}"))
        if len(group.cases) > SHOWN:
            yield _indented(Text(f"and {', '.join(dict.fromkeys(case.outlet.id for case in group.cases[SHOWN:]))}"))
    yield _indented(Text(f"→ {step_of(group.cause)}", "dim"))


def _indented(text: Text) -> Padding:
    return Padding(text, (0, 4))


def _pages(it: Report) -> Iterator[RenderableType]:
    tried = {id_: pages.tried for id_, pages in it.pages.items() if pages.tried}
    if tried:
        yield Text("\nOne page of each", "bold")
        for id_, told in tried.items():
            yield Padding(Text(f"{id_}: {told}"), (0, 2))


def _silent(it: Report) -> Iterator[RenderableType]:
    deaf = [side for side in sides(it) if not side.heard and side.country != NO_COUNTRY]
    if deaf:
        yield Text(f"\nNo source answers from: {', '.join(f'{side.country} ({side.outlets})' for side in deaf)}", "yellow")


def _hint(it: Report) -> Iterator[RenderableType]:
    if told := hint(it):
        yield Text(told, "yellow")
