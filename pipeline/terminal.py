"""What the commands share: the two consoles, JSON or tables, progress."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console, RenderableType
from rich.markup import escape

from pipeline.settings import Settings, read_settings

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a machine instead of a table.")]

__all__ = ["AsJson", "Progress", "err", "escape", "out", "progress_lines", "run_stage", "show"]

Progress = Callable[[str], None]


def show(it: RenderableType) -> None:
    """What is made of several parts, wrapped at the console's width."""
    out.print(it, soft_wrap=False)


@contextmanager
def progress_lines(silent: bool) -> Iterator[Progress]:
    """Each step as a line on standard error; nothing where a machine reads."""
    yield (lambda line: None) if silent else (lambda line: err.print(f"  {escape(line)}", style="dim"))


def run_stage(name: str, stage: Callable[[Settings, Progress], Mapping[str, int]], as_json: bool) -> None:
    """Runs a stage by the settings of this process and prints what it counted."""
    settings = read_settings()
    with progress_lines(as_json) as progress:
        counts = stage(settings, progress)
    if as_json:
        print(json.dumps({"stage": name, "counts": counts}))
    else:
        out.print(f"[bold]{name}[/bold]: " + (", ".join(f"{count} {what}" for what, count in counts.items()) or "nothing to do"))
