"""`claimwire doctor`, `snapshot`, `upgrade`: whether an installation can work, backups, new mappings for what is there."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from pipeline.settings import read_settings
from pipeline.terminal import AsJson, err, escape, out, progress_lines

if TYPE_CHECKING:
    from pipeline.snapshots import Snapshot

snapshot_app = typer.Typer(no_args_is_help=True, help="Backups of all indices, kept by Elasticsearch.")

Name = Annotated[str, typer.Argument(help="Small letters, digits, dots, hyphens, underscores.")]


@snapshot_app.command("take")
def snapshot_take(
    name: Annotated[str | None, typer.Argument(help="Its name; by default the time, as 2026-01-31-0600.")] = None, as_json: AsJson = False
) -> None:
    """Back up all indices; whatever runs goes on."""
    from pipeline.snapshots import snapshots_of

    settings = read_settings()
    with progress_lines(as_json) as progress:
        taken = snapshots_of(settings).take(name or f"{settings.clock():%Y-%m-%d-%H%M}", progress)
    print(_json(taken)) if as_json else out.print(f"[bold]{escape(taken.name)}[/bold]: {len(taken.indices)} indices")


@snapshot_app.command("list")
def snapshot_list(as_json: AsJson = False) -> None:
    """Show all backups, the oldest first."""
    from pipeline.snapshots import snapshots_of

    found = snapshots_of(read_settings()).all()
    if as_json:
        print("\n".join(_json(each) for each in found))
        return
    table = Table("name", "taken", "state", "indices")
    for each in found:
        table.add_row(escape(each.name), f"{each.taken:%Y-%m-%d %H:%M} UTC", each.state, str(len(each.indices)))
    out.print(table if found else "no snapshots yet: `claimwire snapshot take`")


@snapshot_app.command("restore")
def snapshot_restore(
    name: Name,
    instead: Annotated[
        bool, typer.Option("--instead", help="Delete the indices that are there and put the backup's in their place.")
    ] = False,
) -> None:
    """Put all indices back as they were. Stop the pipeline first."""
    from pipeline.snapshots import snapshots_of

    with progress_lines(silent=False) as progress:
        restored = snapshots_of(read_settings()).restore(name, instead=instead, progress=progress)
    out.print(f"{len(restored.indices)} indices are as they were at {restored.taken:%Y-%m-%d %H:%M} UTC")


@snapshot_app.command("delete")
def snapshot_delete(name: Name) -> None:
    """Delete a backup."""
    from pipeline.snapshots import snapshots_of

    snapshots_of(read_settings()).delete(name)
    out.print("deleted")


COLOURS = {"good": "green", "warning": "yellow", "wrong": "red"}


def doctor_command(as_json: AsJson = False) -> None:
    """Examine this installation and say what to do; exit code 1 where something is wrong."""
    from pipeline import doctor
    from pipeline.examination import Level

    found = []
    for each in doctor.examine(read_settings()):
        found.append(each)
        if as_json:
            print(json.dumps(asdict(each)))
        else:
            out.print(f"[{COLOURS[each.level]}]{each.level:8}[/]{escape(each.what):24}{escape(each.told)}")
            if each.remedy:
                out.print(f"{'':32}→ {escape(each.remedy)}")
    wrong = [each.what for each in found if each.level is Level.WRONG]
    if wrong:
        err.print(f"[red]claimwire:[/red] to be mended: {escape(', '.join(wrong))}")
        raise typer.Exit(1)


def upgrade_command(
    drop: Annotated[bool, typer.Option("--drop", help="Delete the old indices whose documents have been copied.")] = False,
) -> None:
    """Give the indices this version's mappings; copies documents where a field has changed. Broken off, it goes on when run again."""
    from pipeline.connection import client_of, connect, read_mappings
    from pipeline.upgrade import Upgrade

    settings = read_settings()
    upgrade = Upgrade(client_of(settings), connect(settings), read_mappings(settings))
    with progress_lines(silent=False) as progress:
        for kind in upgrade.needed():
            moved = upgrade.move(kind, progress)
            out.print(f"{moved.documents} {kind} copied from {moved.old} to {moved.new}")
    if left := upgrade.left():
        if drop:
            upgrade.drop(left)
        out.print(f"{'deleted' if drop else 'left, until `claimwire upgrade --drop`'}: {', '.join(left)}")
    out.print("all indices have this version's mappings")


def _json(snapshot: "Snapshot") -> str:
    return json.dumps({**asdict(snapshot), "taken": snapshot.taken.isoformat()})
