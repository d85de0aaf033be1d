"""`claimwire backfill`: articles out of archives."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.settings import read_settings
from pipeline.terminal import AsJson, err, escape, out

if TYPE_CHECKING:
    from pipeline.backfill.loading import Progress


def backfill_command(
    addresses: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH|URL", help="WARC (.gz, .zst), WACZ, .jsonl of pages, a folder, a pattern, a list of paths (.paths.gz)."
        ),
    ],
    processes: Annotated[int, typer.Option(min=1, max=256, help="How many archives at a time, each in a process.")] = 1,
    listed: Annotated[bool, typer.Option("--listed", help="Only pages of outlets that are in sources.yml.")] = False,
    again: Annotated[bool, typer.Option("--again", help="From the start, also what was done to its end.")] = False,
    as_json: AsJson = False,
) -> None:
    """Take articles on topic out of web archives, and read them; nobody is alerted. Broken off, it goes on where it was."""
    from pipeline.backfill.inputs import inputs_of
    from pipeline.backfill.running import FAILED, backfill

    settings = read_settings()
    sources = [source for address in addresses for source in inputs_of(address)]
    if not as_json:
        err.print(f"  {len(sources)} archive{'s' * (len(sources) != 1)}", style="dim")
    told = _silent if as_json else _show
    counts = dict(sorted(backfill(sources, settings, told, processes=processes, strangers=not listed, again=again).items()))
    if as_json:
        print(json.dumps({"stage": "backfill", "archives": len(sources), "counts": counts}))
    else:
        out.print("[bold]backfill[/bold]: " + (", ".join(f"{count} {what}" for what, count in counts.items()) or "no records"))
    if counts.get(FAILED):
        raise typer.Exit(1)


def _silent(progress: "Progress") -> None:
    del progress


def _show(progress: "Progress") -> None:
    """`news.warc.gz: 34 %, 12,345 records, 1,020/s, 2 min left; 56 saved`, the rate and the time left of this run."""
    rate = progress.records / progress.seconds if progress.seconds else 0.0
    parts = [f"{progress.counts['records']:,} records", f"{rate:,.0f}/s"]
    if progress.size:
        parts.insert(0, f"{min(progress.place / progress.size, 1):.0%}")
        done = progress.place - progress.began
        if done > 0 and progress.place < progress.size:
            parts.append(f"{_span(progress.seconds * (progress.size - progress.place) / done)} left")
    err.print(f"  {escape(progress.address.rsplit('/', 1)[-1])}: {', '.join(parts)}; {progress.counts['saved']:,} saved", style="dim")


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
