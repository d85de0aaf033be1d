"""`claimwire status`: what is in the index, and what has become of every link."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from pipeline.settings import read_settings
from pipeline.terminal import AsJson, escape, out

if TYPE_CHECKING:
    from pipeline.losses import Row


def status_command(
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only links first seen from that day on, UTC.")] = None,
    as_json: AsJson = False,
) -> None:
    """Count what is in the index, and what has become of every link, per source and day: saved, off topic, lost and why."""
    from pipeline import losses, reviewing, run
    from pipeline.brief import judged
    from pipeline.connection import connect

    settings = read_settings()
    counts, index, start = run.status(settings), connect(settings), since.replace(tzinfo=UTC) if since else None
    sources, days = losses.by_source(index, start), losses.by_day(index, settings.time_zone, start)
    reviewed = reviewing.measured(index).sampled
    if as_json:
        told = {"reviewed": asdict(reviewed)} if reviewed else {}
        print(json.dumps({**counts, **told, "sources": [row.document() for row in sources], "days": [row.document() for row in days]}))
        return
    out.print(_counted(counts))
    if reviewed:
        out.print(judged(reviewed))
    for title, rows in (("source", sources), ("first seen", days)):
        if rows:
            out.print(_table(title, rows))


def _counted(counts: Mapping[str, Mapping[str, int]]) -> Table:
    table = Table("", "what", "number")
    for group, values in counts.items():
        for place, (name, number) in enumerate(values.items()):
            table.add_row(group if place == 0 else "", name, str(number))
    return table


def _table(title: str, rows: "Sequence[Row]") -> Table:
    table = Table(title, "links", "saved", "known", "off topic", "forgotten", "lost", "why")
    for row in rows:
        lost = row.lost
        numbers = (row.seen, *(row.outcomes.get(name, 0) for name in ("saved", "known", "off-topic", "forgotten")), sum(lost.values()))
        table.add_row(escape(row.name), *map(str, numbers), ", ".join(f"{count} {name}" for name, count in lost.items()))
    return table
