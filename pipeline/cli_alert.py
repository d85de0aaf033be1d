"""The commands with which people understand and steer alerts."""

import json
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.errors import ConfigError
from pipeline.model import Act
from pipeline.settings import Settings, read_settings
from pipeline.terminal import AsJson, out, run_stage, show

if TYPE_CHECKING:
    from pipeline.deciding import Office

silence_app = typer.Typer(no_args_is_help=True, help="What nobody is told of for a while.")

By = Annotated[str, typer.Option(help="Who says so.")]
Why = Annotated[str, typer.Option(help="For what reason; people will read it.")]
Some = list[str] | None


def register(app: typer.Typer) -> None:
    """Adds the commands of this module."""
    for command in (alert, alerts, why):
        app.command()(command)
    app.add_typer(silence_app, name="silence")


def _office() -> tuple[Settings, "Office"]:
    from pipeline import alerting
    from pipeline.connection import connect

    settings = read_settings().alerter
    return settings, alerting.open_office(settings, connect(settings))


def alert(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write and send nothing; show what the rules would have sent.")] = False,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="With --dry-run: what was first seen since; a week, by default.")
    ] = None,
    rule: Annotated[str | None, typer.Option(help="With --dry-run: as if this rule stood there alone.")] = None,
    explain: Annotated[
        str | None, typer.Option(metavar="STATEMENT", help="Say why a statement is told or not: an id, its beginning, or words of it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Decide on new statements and send what is pending; or show what would be sent, or why something is not."""
    if explain is not None and dry_run:
        raise typer.BadParameter("goes not with --dry-run", param_hint="--explain")
    if (since or rule) and not dry_run:
        raise typer.BadParameter("needs --dry-run", param_hint="--since" if since else "--rule")
    if explain is not None:
        _explain(explain, as_json)
    elif dry_run:
        _rehearse(since, rule, as_json)
    else:
        from pipeline import run

        run_stage("alert", run.run_alert, as_json)


def _rehearse(since: datetime | None, rule: str | None, as_json: bool) -> None:
    from pipeline import rehearsal, simulate, tables

    settings, office = _office()
    found = rehearsal.rehearse(office, since.replace(tzinfo=settings.time_zone) if since else None, rule)
    if as_json:
        _print_json(simulate.as_json(found))
        return
    show(tables.simulation(found, settings.time_zone))
    for channel, reason in rehearsal.closed_channels(office).items():
        out.print(f"Channel {channel} has no address ({reason}): what it would get is not counted.", style="dim")


def _explain(wanted: str, as_json: bool) -> None:
    from pipeline import grounds, lookup, rehearsal, tables

    settings, office = _office()
    found = rehearsal.grounds_of(lookup.statement(wanted, office.index), office)
    if as_json:
        _print_json(grounds.as_json(found))
    else:
        show(tables.grounds(found, settings.time_zone))


def alerts(
    status: Annotated[str | None, typer.Option(help="Only pending, sending, sent, failed, suppressed or gathered ones.")] = None,
    channel: Annotated[str | None, typer.Option(help="Only on this channel.")] = None,
    size: Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List what the outbox holds, newest first: sent, waiting, failed, held back."""
    from pipeline import grounds, outbox, tables
    from pipeline.connection import connect

    if status not in {None, *outbox.Status}:
        raise typer.BadParameter(", ".join(outbox.Status), param_hint="--status")
    settings = read_settings().alerter
    index = connect(settings)
    index.refresh("alerts")
    wanted = [{"term": {name: value}} for name, value in (("status", status), ("channel", channel)) if value]
    found = index.latest("alerts", {"bool": {"filter": wanted}}, by="event.created", size=size)
    rows = [outbox.row_from(stored.id, stored.source) for stored in found]
    if as_json:
        for row in rows:
            _print_json(grounds.row_json(row))
    else:
        show(tables.outbox_table(rows, settings.time_zone) if rows else "the outbox has nothing of that kind")


@silence_app.command("add")
def silence_add(
    by: By,
    why: Why,
    until: Annotated[str, typer.Option(help="So long from now (30m, 2h, 3d, 1w) or a moment (2024-11-02T09:00).")],
    act: Annotated[list[Act] | None, typer.Option(help="Acts; each option may be given several times.")] = None,
    speaker: Annotated[Some, typer.Option(help="Speakers, by the names that statements carry.")] = None,
    side: Annotated[Some, typer.Option(help="States or bodies spoken for: IR, RU, EU.")] = None,
    target: Annotated[Some, typer.Option(help="Those whom it is said of or to.")] = None,
    family: Annotated[Some, typer.Option(help="Claim families of claims.yml.")] = None,
    outlet: Annotated[Some, typer.Option(help="Outlets of sources.yml.")] = None,
    channel: Annotated[str | None, typer.Option(help="Only on this channel.")] = None,
    everything: Annotated[bool, typer.Option("--everything", help="Silence all statements: asked for where nothing is named.")] = False,
    as_json: AsJson = False,
) -> None:
    """Tell nobody of certain statements for a while; they are recorded as held back, and not sent later."""
    from pipeline import alerting, moments, silences, silencing
    from pipeline.connection import connect

    named = {"act": act, "speaker": speaker, "side": side, "target": target, "family": family, "outlet": outlet}
    when: dict[str, Any] = {name: tuple(values) for name, values in named.items() if values}
    if bool(when) is everything:
        hint = "goes not with --act, --speaker …" if when else "is needed where nothing is named: it silences all statements"
        raise typer.BadParameter(hint, param_hint="--everything")
    settings = read_settings().alerter
    now = settings.clock()
    try:
        end = moments.read_until(until, now, settings.time_zone)
    except ValueError as error:
        raise ConfigError(str(error), file="silence", key="until") from None
    silence = silences.make(when, channel, by=by, why=why, since=now, until=end)
    silences.check(silence, alerting.read_rules(settings), alerting.known_of(settings))
    silencing.add(silence, connect(settings))
    if as_json:
        _print_json(silence.model_dump(mode="json"))
    else:
        on = f"on {channel}" if channel else "on any channel"
        out.print(f"Until {moments.shown(end, settings.time_zone)} nobody is told {on} of: {silences.meant(silence)}", markup=False)
        out.print(f"To end it earlier: claimwire silence end {silence.id}", style="dim")


@silence_app.command("list")
def silence_list(
    over: Annotated[bool, typer.Option("--all", help="Those that are over, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """List silences, those that end first at the top."""
    from pipeline import silences, silencing, tables
    from pipeline.connection import connect

    settings = read_settings().alerter
    now = settings.clock()
    found = list(silencing.every(connect(settings), now, over=over))
    if as_json:
        for each in found:
            _print_json({**each.model_dump(mode="json"), "state": silences.state(each, now)})
    else:
        show(tables.silences_table(found, now, settings.time_zone) if found else "nothing is silenced")


@silence_app.command("end")
def silence_end(id_: Annotated[str, typer.Argument(metavar="ID", help="Its id, or the beginning of it.")]) -> None:
    """End a silence now. What it has held back stays held back."""
    from pipeline import silences, silencing
    from pipeline.connection import connect

    settings = read_settings().alerter
    ended = silencing.end(id_, connect(settings), settings.clock())
    out.print(f"Ended: {silences.meant(ended)}. What was held back is not sent any more.", markup=False)


def why(
    given: Annotated[str, typer.Argument(metavar="URL|TEXT", help="A link, or a sentence.")],
    as_json: AsJson = False,
) -> None:
    """Tell what became of a link or a sentence, from the feed to the alert, or to the step where it ended; exit code 1 where unknown."""
    from pipeline import story, tables, tracing
    from pipeline.config_files import read_outlets
    from pipeline.reading import open_reader

    settings, office = _office()
    outlets = [outlet.id for outlet in read_outlets(settings)]
    desk = tracing.Desk(office=office, outlets=outlets, open_reader=lambda: open_reader(settings), zone=settings.time_zone)
    told = tracing.trace(given, desk)
    if as_json:
        _print_json(story.as_json(told))
    else:
        show(tables.story(told))
    if not told.found:
        raise typer.Exit(1)


def _print_json(document: Any) -> None:
    print(json.dumps(document, ensure_ascii=False))
