"""The command `claimwire`. Exit codes: 0 went well, 1 went wrong (the message says what to do), 2 wrong usage."""

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from pipeline import __version__, cli_alert, logs
from pipeline.cli_backfill import backfill_command
from pipeline.cli_brief import brief_command
from pipeline.cli_channels import channels_app
from pipeline.cli_config import config_app
from pipeline.cli_health import health_command
from pipeline.cli_kibana import kibana_app
from pipeline.cli_ledger import ledger_command
from pipeline.cli_quarantine import quarantine_app
from pipeline.cli_retention import forget_command, prune_command
from pipeline.cli_review import review_command
from pipeline.cli_search import search_command
from pipeline.cli_sources import sources_app
from pipeline.cli_status import status_command
from pipeline.cli_store import doctor_command, snapshot_app, upgrade_command
from pipeline.cli_topic import topic_app
from pipeline.errors import ClaimwireError
from pipeline.settings import Settings, choose_topic, read_settings, secret_values
from pipeline.terminal import AsJson, err, escape, out, progress_lines, run_stage

if TYPE_CHECKING:
    from pipeline.reads import Given
    from pipeline.reprocess import Report
    from pipeline.spans import Attributed

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__, rich_markup_mode=None)
node_app = typer.Typer(no_args_is_help=True, help="A real Elasticsearch node for development, without a container.")
actors_app = typer.Typer(no_args_is_help=True, help="Who is who: the names of the topic's actors.yml.")
app.add_typer(node_app, name="node")
app.add_typer(config_app, name="config")
app.add_typer(topic_app, name="topic")
app.add_typer(actors_app, name="actors")
app.add_typer(channels_app, name="channels")
app.add_typer(snapshot_app, name="snapshot")
app.add_typer(quarantine_app, name="quarantine")
app.add_typer(sources_app, name="sources")
app.add_typer(kibana_app, name="kibana")
app.command("ledger")(ledger_command)
app.command("brief")(brief_command)
app.command("backfill")(backfill_command)
app.command("search")(search_command)
app.command("review")(review_command)
app.command("status")(status_command)
app.command("health")(health_command)
app.command("forget")(forget_command)
app.command("prune")(prune_command)
app.command("upgrade")(upgrade_command)
app.command("doctor")(doctor_command)

cli_alert.register(app)


def main() -> None:
    """Runs the command; what the user can mend is one line on standard error and exit code 1."""
    logs.to_stream(sys.stderr, secret_values())
    try:
        app()
    except ClaimwireError as error:
        err.print(f"[red]claimwire:[/red] {escape(str(error))}")
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None


def _version(wanted: bool) -> None:
    if wanted:
        out.print(f"claimwire {__version__}")
        raise typer.Exit


@app.callback()
def options(
    topic: Annotated[str | None, typer.Option(metavar="NAME", help="The topic that is meant, instead of CLAIMWIRE_TOPIC.")] = None,
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    """Watches the news for accusations, denials and admissions, and alerts when a new one appears."""
    if topic is not None:
        choose_topic(topic)


@app.command()
def setup() -> None:
    """Create the Elasticsearch indices that are missing."""
    from pipeline import run

    made = run.set_up(read_settings())
    out.print("\n".join(f"created {name}" for name in made) or "everything is there already")


@app.command()
def collect(
    sources: Annotated[list[str] | None, typer.Argument(help="Outlet ids; all where none is given.")] = None,
    due: Annotated[bool, typer.Option("--due", help="Only feeds that are due, as the scheduler does.")] = False,
    urls: Annotated[Path | None, typer.Option(help="Follow the addresses of this file, one a line, instead of feeds.")] = None,
    backfill: Annotated[bool, typer.Option("--backfill", help="With --urls: they are from an archive, nobody is alerted.")] = False,
    as_json: AsJson = False,
) -> None:
    """Poll feeds, fetch what is new, keep what is on topic."""
    from pipeline import run

    if urls and (sources or due):
        raise typer.BadParameter("goes with neither outlets nor --due", param_hint="--urls")
    if backfill and not urls:
        raise typer.BadParameter("goes with --urls", param_hint="--backfill")
    if urls:
        run_stage("collect", lambda settings, progress: run.run_addresses(settings, urls, progress, backfill=backfill), as_json)
    else:
        run_stage("collect", lambda settings, progress: run.run_collect(settings, sources or (), progress, due_only=due), as_json)


@app.command("enrich")
def enrich_command(as_json: AsJson = False) -> None:
    """Read the articles that nobody has read: entities, statements."""
    from pipeline import run

    run_stage("enrich", run.run_enrich, as_json)


@app.command()
def revisit(
    sources: Annotated[list[str] | None, typer.Argument(help="Outlet ids; all where none is given.")] = None, as_json: AsJson = False
) -> None:
    """Look again at articles that are due: after a day, after a week, when their feed tells them anew."""
    from pipeline import run

    run_stage("revisit", lambda settings, progress: run.run_revisit(settings, sources or (), progress), as_json)


@app.command("run")
def run_command(
    sources: Annotated[list[str] | None, typer.Argument(help="Outlet ids; all where none is given.")] = None, as_json: AsJson = False
) -> None:
    """Collect, enrich and alert, once."""
    from pipeline import run

    run_stage("collect", lambda settings, progress: run.run_collect(settings, sources or (), progress), as_json)
    run_stage("enrich", run.run_enrich, as_json)
    run_stage("alert", run.run_alert, as_json)


@app.command("reprocess")
def reprocess_command(
    extract: Annotated[bool, typer.Option("--extract", help="From the archived pages: main text, then statements.")] = False,
    read: Annotated[bool, typer.Option("--read", help="From the stored texts: statements, copies. The default.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing; show what would change.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="How many articles at most; the next run goes on from there.")] = 1000,
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only articles first seen on that day or later.")] = None,
    outlet: Annotated[list[str] | None, typer.Option(help="Only of this outlet, by id; may be given several times.")] = None,
    as_json: AsJson = False,
) -> None:
    """Run extraction or reading again on stored articles, with today's code and rules. Alerts nobody."""
    from pipeline import run
    from pipeline.reprocess import Scope, What

    if extract and read:
        raise typer.BadParameter("reads anyway, where the text has changed", param_hint="--extract")
    scope = Scope(
        what=What.EXTRACT if extract else What.READ,
        dry_run=dry_run,
        limit=limit,
        since=since.replace(tzinfo=UTC) if since else None,
        outlets=tuple(outlet or ()),
    )
    with progress_lines(as_json) as progress:
        report = run.run_reprocess(read_settings(), scope, progress)
    if as_json:
        print(json.dumps({"counts": report.counts, "articles": [asdict(row) for row in report.rows]}, ensure_ascii=False))
    else:
        _show_reprocessed(report, dry_run)


def _show_reprocessed(report: "Report", dry_run: bool) -> None:
    table = Table("outlet", "article", "gained", "lost", "changed", expand=True, show_lines=True)
    for row in report.rows:
        title = row.title + (" (other text)" if row.text_changed else "")
        table.add_row(*(escape(cell) for cell in (row.outlet, title, *("\n".join(part) for part in (row.gained, row.lost, row.changed)))))
    if report.rows:
        out.print(table)
    told = ", ".join(f"{number} {what}" for what, number in report.counts.items())
    out.print(f"[bold]{'would change' if dry_run else 'reprocess'}[/bold]: {told}")


@app.command()
def read(
    paths: Annotated[
        list[str], typer.Argument(help="Files (.txt: main text; .html, .html.gz: pages), addresses, or - for text on standard input.")
    ],
    meta: Annotated[
        Path | None, typer.Option(help="JSON lines with id, url, outlet, title, published, language: what a page would tell.")
    ] = None,
    form: Annotated[str, typer.Option("--format", help="text or jsonl.")] = "text",
    explain: Annotated[
        bool, typer.Option("--explain", help="Show the text itself, its statements marked, and why each was found.")
    ] = False,
    attributions: Annotated[
        bool, typer.Option("--attributions", help="All reported speech instead of statements, on topic or not: source, cue, what is said.")
    ] = False,
) -> None:
    """Read articles and print who says what of whom. Needs no Elasticsearch."""
    from pipeline import reads

    if form not in {"text", "jsonl"}:
        raise typer.BadParameter("text or jsonl", param_hint="--format")
    if explain and (attributions or form == "jsonl"):
        raise typer.BadParameter("goes neither with --attributions nor with --format jsonl", param_hint="--explain")
    settings = read_settings()
    if explain:
        _show_explained(paths, meta, settings)
    elif attributions:
        _show_attributions(paths, meta, settings, form == "jsonl")
    else:
        for document in reads.read(paths, meta, settings):
            if form == "jsonl":
                print(json.dumps(document, ensure_ascii=False))
            else:
                _show_reading(document)


def _show_explained(paths: list[str], meta: Path | None, settings: Settings) -> None:
    from pipeline import explain, reads

    for given, findings in reads.read_findings(paths, meta, settings):
        told = explain.explained(given.id, given.context.title, given.text, findings)
        out.print(told, soft_wrap=False, width=min(out.width, explain.WIDTH))


def _show_attributions(paths: list[str], meta: Path | None, settings: Settings, as_json: bool) -> None:
    from pipeline import reads

    for given, found in reads.read_attributions(paths, meta, settings):
        if as_json:
            for each in found:
                print(json.dumps(reads.attribution_json(given, each), ensure_ascii=False))
        else:
            _show_attributed(given, found)


def _show_attributed(given: "Given", found: "list[Attributed]") -> None:
    def words(spans: tuple[tuple[int, int], ...]) -> str:
        return escape(" … ".join(" ".join(given.text[start:end].split()) for start, end in spans))

    out.print(f"\n[bold]{escape(given.context.title or given.id)}[/bold]")
    table = Table("at", "source", "cue", "what is said", expand=True)
    for each in found:
        table.add_row(str(each.cue[0][0]), words(each.source) or "–", words(each.cue), words(each.content))
    out.print(table if found else "nobody says anything")


def _show_reading(document: Mapping[str, Any]) -> None:
    verdict = "on topic" if document["on_topic"] else "off topic"
    out.print(f"\n[bold]{escape(document['title'] or document['id'])}[/bold]  ({verdict}: {escape(document['topic_reason'])})")
    table = Table("act", "speaker", "about", "words", "by", show_lines=False, expand=True)
    for it in document["statements"]:
        speaker = it["speaker"] + (f" ({it['side']})" if it["side"] else "")
        flag = " (background)" if it["background"] else ""
        table.add_row(
            it["act"] + flag,
            escape(speaker),
            escape(", ".join(it["targets"])),
            escape(it["text"]),
            f"{it['cue']} {it['confidence']:.2f}",
        )
    out.print(table if document["statements"] else "no statements")


@app.command()
def extract(
    paths: Annotated[list[Path], typer.Argument(help="Pages: .html or .html.gz; the id is the name without them.")],
    urls: Annotated[Path | None, typer.Option(help='A JSON object: id → address, or id → {"url": address}.')] = None,
) -> None:
    """Print the main text and metadata of pages, one JSON line each."""
    from pipeline import reads

    for line in reads.extract_pages(paths, urls, read_settings()):
        print(json.dumps(line, ensure_ascii=False))


@actors_app.command("find")
def actors_find(
    name: Annotated[str, typer.Argument(help="A name in any spelling, an office, a body.")],
    on: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The date of the text: who was in office then.")] = None,
) -> None:
    """Say whom a name means and why; exit code 1 where nobody."""
    from pipeline.strangers import open_gazetteer

    gazetteer, day = open_gazetteer(read_settings()), on.date() if on else None
    out.print(escape("\n".join(gazetteer.explain(name, day))))
    if gazetteer.find(name, on=day) is None:
        raise typer.Exit(1)


@actors_app.command("unknown")
def actors_unknown(
    least: Annotated[int, typer.Option(min=1, help="How many statements a speaker must have made.")] = 1,
    size: Annotated[int, typer.Option(min=1, help="How many speakers at most.")] = 50,
) -> None:
    """List speakers of the index's statements that are in no list yet, as blocks for an actors.yml of your own."""
    from pipeline import strangers
    from pipeline.connection import connect

    settings = read_settings()
    found = strangers.strangers(connect(settings), strangers.open_gazetteer(settings), least=least, size=size)
    print(f"# Speakers in no list: {len(found)}. What shall be known goes into {settings.own_file('actors.yml')}.")
    if found:
        print(strangers.yaml_of(found))


@node_app.command("start")
def node_start() -> None:
    """Build the node where it is not built yet, start it, wait until it answers."""
    from pipeline.node import node_of

    node = node_of(read_settings())
    node.build(lambda line: err.print(f"  {escape(line)}", style="dim"))
    node.start()
    out.print(f"Elasticsearch answers at {node.status().url}")


@node_app.command("stop")
def node_stop() -> None:
    """Stop the node; its data stay."""
    from pipeline.node import node_of

    node_of(read_settings()).stop()
    out.print("stopped")


@node_app.command("status")
def node_status() -> None:
    """Say whether the node runs; exit code 1 where it does not."""
    from pipeline.node import node_of

    state = node_of(read_settings()).status()
    out.print(f"running at {state.url}, process {state.pid}" if state.running else "not running")
    if not state.running:
        raise typer.Exit(1)


if __name__ == "__main__":
    main()
