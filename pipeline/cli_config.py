"""`claimwire config`: whether the files are right, what comes from where, and what an installation's own files change."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.config_files import alerts_files, sources_files
from pipeline.settings import Settings, read_settings
from pipeline.terminal import escape, out

if TYPE_CHECKING:
    from pipeline.overlay import OwnFile

config_app = typer.Typer(no_args_is_help=True, help="The configuration files: those shipped, and your own over them.")

SIGNS = {"added": "[green]+[/green]", "changed": "[yellow]~[/yellow]", "removed": "[red]-[/red]"}


@config_app.command("check")
def config_check() -> None:
    """Read every configuration file of every topic that is watched; say what comes from where, and what is wrong."""
    from pipeline import run

    settings = read_settings()
    for topic in settings.watched:
        out.print("\n".join(map(escape, run.check(settings.of(topic)))))
        for line in _layers(settings.of(topic)):
            out.print(f"  {line}")


def _layers(settings: Settings) -> Iterator[str]:
    """Each file that stands in more than one place, or in the overlay; and whether something wants a look."""
    from pipeline import overlay

    own = {each.file: each for each in overlay.own_files(settings)}
    instead = {"sources.yml": sources_files(settings), "alerts.yml": alerts_files(settings)}  # a variable may name another
    for name, _ in overlay.names(settings):
        files = instead.get(name) or settings.files(name)
        yield f"{name}: {escape(' ◄ '.join(str(file) + (f' ({_counted(own[file])})' if file in own else '') for file in files))}"
    drifted = sum(bool(drift.lines) for each in own.values() for drift in each.drifts)
    unseen = sum(not drift.lines for each in own.values() for drift in each.drifts)
    if drifted or unseen:
        yield f"{drifted} overridden blocks have changed where they were shipped, {unseen} were never accepted: `claimwire config diff`"


def _counted(file: "OwnFile") -> str:
    if file.whole:
        return "your own"
    counts = {kind: sum(each.kind == kind for each in file.differences) for kind in SIGNS}
    return ", ".join(f"{count} {kind}" for kind, count in counts.items() if count) or "changes nothing"


@config_app.command("diff")
def config_diff(
    accept: Annotated[
        bool, typer.Option("--accept", help="Note the shipped blocks that your files override as they are now; later changes are told.")
    ] = False,
) -> None:
    """Show what your own files change in the shipped ones, and which shipped blocks have changed since that was accepted."""
    from pipeline import overlay

    settings = read_settings()
    if settings.overlay_folder is None:
        out.print("there are no files of your own")
        return
    noted = {topic: overlay.accept(settings.of(topic)) for topic in settings.watched} if accept else {}
    shown = set()
    for topic in settings.watched:
        for each in overlay.own_files(settings.of(topic)):
            if each.file not in shown:
                shown.add(each.file)
                _show(each)
    if not shown:
        out.print(f"{settings.overlay_folder} has nothing for {', '.join(settings.watched)}")
    for topic, number in noted.items():
        out.print(f"{topic}: {number} overridden blocks accepted as they are shipped now")


def _show(file: "OwnFile") -> None:
    out.print(f"[bold]{escape(str(file.file))}[/bold]" + ("  your own: nothing of that name is shipped" if file.whole else ""))
    if not file.whole:
        for difference in file.differences:
            out.print(f"  {SIGNS[difference.kind]} {escape(difference.block)}")
            _show_lines(difference.lines)
    for block in file.idle:
        out.print(f"  = {escape(block)}  says what is shipped already")
    for drift in file.drifts:
        what = "the shipped block has changed since you accepted it" if drift.lines else "not accepted yet (--accept)"
        out.print(f"  [red]![/red] {escape(drift.block)}  {what}")
        _show_lines(drift.lines)


def _show_lines(lines: tuple[str, ...]) -> None:
    for line in lines:
        out.print(f"      {escape(line)}", style="dim")
