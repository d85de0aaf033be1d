"""`claimwire brief`: what has come up in a stretch of time, as a page and as text."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from pipeline.moments import read_since
from pipeline.settings import Settings, read_settings
from pipeline.terminal import err, escape, out


def brief_command(
    day: Annotated[str | None, typer.Option(metavar="DATE", help="Of that day, on the clocks of CLAIMWIRE_TIME_ZONE.")] = None,
    since: Annotated[str | None, typer.Option(metavar="WHEN", help="From then on: 2022-12-18, 2022-12-18T09:00, 36h, 7d.")] = None,
    until: Annotated[str | None, typer.Option(metavar="WHEN", help="Up to then, instead of now.")] = None,
    folder: Annotated[
        Path | None, typer.Option("--out", help="Another folder for the files than briefs/TOPIC of the state folder.")
    ] = None,
    as_text: Annotated[bool, typer.Option("--text", help="Print the text instead of writing files.")] = False,
) -> None:
    """Write what is new, who changed position, what is unanswered and what was lost: of the last day, where nothing else is said."""
    from pipeline import run
    from pipeline.brief import as_text as text_of
    from pipeline.briefing import gather

    settings = read_settings().alerter
    if day and (since or until):
        raise typer.BadParameter("goes neither with --since nor with --until", param_hint="--day")
    begin, end = _span(settings, day, since, until)
    if as_text:
        print(text_of(gather(settings, begin, end)), end="")
        return
    for file in run.write_brief(settings, begin, end, folder):
        out.print(escape(str(file)))
    err.print("Open it with any browser; it needs no network.", style="dim")


def _span(settings: Settings, day: str | None, since: str | None, until: str | None) -> tuple[datetime, datetime]:
    now, zone = settings.clock(), settings.time_zone
    try:
        if day:
            begin = datetime.fromisoformat(day).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=zone)
            return begin, begin + timedelta(days=1)
        end = read_since(until, now, zone) if until else now
        begin = read_since(since, end, zone) if since else end - timedelta(days=1)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    if begin >= end:
        raise typer.BadParameter("ends before it begins", param_hint="--since")
    return begin, end
