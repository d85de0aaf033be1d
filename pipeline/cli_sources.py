"""`claimwire sources`: where the news come from, whether it answers here, and what to do where it does not."""

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli_sources_add import add_command, import_command
from pipeline.errors import ConfigError
from pipeline.settings import Settings, read_settings
from pipeline.source_file import all_outlets, own_file, pause, resume
from pipeline.terminal import AsJson, err, escape, out, progress_lines, show

if TYPE_CHECKING:
    from pipeline.source_report import Report
    from pipeline.source_rules import Outlet

sources_app = typer.Typer(no_args_is_help=True, help="Where the news come from: the outlets of the topic's sources.yml.")
sources_app.command("add")(add_command)
sources_app.command("import")(import_command)

Ids = Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Outlet ids; all where none is given.")]


@sources_app.command("list")
def list_command(ids: Ids = None, as_json: AsJson = False) -> None:
    """List the outlets and how each is asked, paused ones too."""
    from pipeline import source_tables

    settings = read_settings()
    outlets = chosen(all_outlets(settings), ids or (), settings)
    if as_json:
        print(json.dumps([outlet.model_dump(mode="json", exclude_defaults=True) for outlet in outlets], ensure_ascii=False))
    else:
        show(source_tables.outlets_table(outlets, settings.time_zone))


@sources_app.command("check")
def check_command(
    ids: Ids = None,
    pages: Annotated[bool, typer.Option("--pages", help="Read the newest page of each outlet, too: does it give a text?")] = False,
    as_json: AsJson = False,
) -> None:
    """Ask the feeds now, keep nothing, and say what to mend; exit code 1 where something is."""
    from pipeline import source_check

    settings = read_settings()
    outlets = chosen(all_outlets(settings), ids or (), settings)
    with source_check.open_desk(settings) as desk, progress_lines(as_json) as progress:
        report = source_check.check(settings.topic, outlets, desk, progress, pages=pages)
    tell(report, settings, as_json, whole=not ids)


@sources_app.command("report")
def report_command(as_json: AsJson = False) -> None:
    """Say what the passes so far have brought, from the index alone: which sources work, what became of their links, what to mend."""
    from pipeline.source_past import report_of

    settings = read_settings()
    tell(report_of(settings), settings, as_json, whole=True)


def tell(report: "Report", settings: Settings, as_json: bool, *, whole: bool) -> None:
    """Prints a report, and keeps it as a page where it is about all sources; leaves with 1 where something is to be mended."""
    from pipeline import source_past, source_report, source_tables

    file = source_past.keep(report, settings) if whole else None
    if as_json:
        print(json.dumps(source_report.as_json(report), ensure_ascii=False))
    else:
        show(source_tables.report(report, settings.time_zone))
        if file:
            out.print(f"The whole of it, with what is known of each source: {escape(str(file))}")
    if not report.flawless:
        raise typer.Exit(1)


@sources_app.command("pause")
def pause_command(
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Outlet ids.")],
    why: Annotated[str, typer.Option(help="For what reason; people will read it.")],
) -> None:
    """Stop asking these outlets; what they have brought stays."""
    if not why.strip():
        raise typer.BadParameter("say why", param_hint="--why")
    _each(ids, lambda settings, id_: pause(settings, id_, why.strip()), "paused")


@sources_app.command("resume")
def resume_command(ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Outlet ids.")]) -> None:
    """Ask these outlets again."""
    _each(ids, resume, "asked again from the next pass on")


def _each(ids: Sequence[str], change: Callable[[Settings, str], Path], what: str) -> None:
    settings = read_settings()
    chosen(all_outlets(settings), ids, settings)  # all or none
    for id_ in dict.fromkeys(ids):
        file = change(settings, id_)
        out.print(f"{id_}: {what} ({escape(str(file))})")


@sources_app.command("export")
def export_command(
    opml: Annotated[bool, typer.Option("--opml", help="As OPML, which other readers of feeds import.")] = False,
    file: Annotated[Path | None, typer.Option("--to", help="Into this file instead of standard output.")] = None,
) -> None:
    """Give the outlets' feeds to another program."""
    from pipeline.opml import shared_feeds, write_opml

    if not opml:
        raise typer.BadParameter("say in which form: --opml is the only one", param_hint="--opml")
    settings = read_settings()
    outlets = [outlet for outlet in all_outlets(settings) if outlet.paused is None]
    written = write_opml(outlets, title=f"claimwire: {settings.topic}", at=settings.clock())
    if file is None:
        sys.stdout.buffer.write(written)
        sys.stdout.flush()
    else:
        _save(file, written)
    feeds, others = shared_feeds(outlets)
    left = f"; {others} lists, sitemaps and searches, which no other reader understands, are left out" if others else ""
    err.print(f"{feeds} feeds of {len(outlets)} outlets{left}")


def _save(file: Path, written: bytes) -> None:
    try:
        file.write_bytes(written)
    except OSError as error:
        raise ConfigError(f"cannot be written: {error.strerror or error}", file=file) from error


@sources_app.command("retest")
def retest_command(
    folder: Annotated[Path, typer.Argument(help="A folder of pages that `claimwire sources add --record` has recorded.")],
) -> None:
    """Read recorded pages again; exit code 1 where something is read otherwise than it was then."""
    from pipeline.source_check import open_desk
    from pipeline.source_record import differences

    changed = 0
    with open_desk(read_settings()) as desk:
        for file, told in differences(folder, desk):
            changed += bool(told)
            out.print(f"{escape(file.name)}: {escape('; '.join(told)) or 'as it was'}")
    if changed:
        raise typer.Exit(1)


def chosen(outlets: "Sequence[Outlet]", ids: Sequence[str], settings: Settings) -> "list[Outlet]":
    """The outlets of these ids in the order given, all where none is. Raises ConfigError for one that is not there."""
    by_id = {outlet.id: outlet for outlet in outlets}
    strangers = sorted(set(ids) - set(by_id))
    if strangers:
        raise ConfigError(
            f"no outlet {', '.join(strangers)}", file=own_file(settings), remedy="`claimwire sources list` says which there are"
        )
    return [by_id[id_] for id_ in dict.fromkeys(ids)] if ids else list(outlets)
