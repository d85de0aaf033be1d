"""`make run`: everything from nothing on one machine. A node, Airflow, the outlets, a first pass, a table; then it stays up.

By default the bundled sample outlets are replayed in the order of their publication: they are of 2022 to 2024, and the
one clock is moved through that time. `SOURCES=live` polls the real sources instead, of every topic, at the real time.
"""

import math
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pipeline import logs, run
from pipeline.airflow_local import LocalAirflow
from pipeline.connection import connect
from pipeline.errors import ClaimwireError, ConfigError
from pipeline.node import node_of, refuse_taken
from pipeline.samples import FOLDER, SampleSites
from pipeline.settings import PREFIX, Settings, read_settings, secret_values, shipped
from pipeline.source_past import keep, report_of
from pipeline.source_report import groups, summary
from pipeline.source_troubles import Weight

console = Console(highlight=False, soft_wrap=True)
started = time.monotonic()

INGEST = "ingest-{topic}"
REVISIT = "revisit-{topic}"

# A run of the DAG costs ten seconds and more on two cores, whatever it finds.
STEPS = 6


def main() -> None:
    """Exit code 0 where the first pass went well."""
    signal.signal(signal.SIGTERM, _interrupt)
    logs.to_stream(sys.stderr, secret_values())
    try:
        went_well = play(live=_choice(), once=bool(os.environ.get("ONCE")))
    except ClaimwireError as error:
        console.print(f"[red]claimwire:[/red] {escape(str(error))}")
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    raise SystemExit(0 if went_well else 1)


def _interrupt(*_: Any) -> None:
    raise KeyboardInterrupt


def _choice() -> bool:
    sources = os.environ.get("SOURCES", "samples")
    if sources not in {"samples", "live"}:
        raise ConfigError(f"{sources!r} is neither samples nor live", key="SOURCES")
    return sources == "live"


def say(line: str) -> None:
    console.print(f"[dim]{time.monotonic() - started:6.1f} s[/dim]  {escape(line)}")


def play(*, live: bool, once: bool) -> bool:
    """Starts everything, makes the first pass, shows it; stays until Ctrl-C unless `once`. True where every DAG run succeeded."""
    with ExitStack() as stack:
        sites = None if live else stack.enter_context(_samples(read_settings().samples_port))
        clock = read_settings().state.absolute() / "now"
        environ = _environ(sites, clock)
        os.environ.update(environ)
        settings = read_settings()
        settings.state.mkdir(parents=True, exist_ok=True)
        refuse_taken(settings.airflow_port)
        _start_node(settings, stack)
        for name in run.set_up(settings):
            say(f"created index {name}")
        airflow = stack.enter_context(LocalAirflow(settings.state / "airflow", _dags(), settings.airflow_port, os.environ))
        if sites:
            _move(sites, clock, min(sites.publication_times()) - timedelta(days=1))
        say("Airflow: making its database and pools")
        airflow.prepare(shipped("config") / "airflow" / "pools.json")
        airflow.start(say)
        before = {topic: _totals(settings.of(topic)) for topic in settings.watched}
        went_well = _replay(airflow, settings, sites, clock) if sites else _live(airflow, settings)
        for topic in settings.watched:
            show(settings.of(topic), before[topic])
            if not sites:
                tell_sources(settings.of(topic))
        if sites and went_well:
            went_well = _pass(airflow, settings, "the articles that are due, looked at again", REVISIT)
        if sites and went_well:
            say("a second pass a day later, to see that nothing is found twice")
            _move(sites, clock, max(sites.publication_times()) + timedelta(days=1))
            went_well = _second_pass(airflow, settings)
        if sites:
            tell_brief(settings, min(sites.publication_times()))
        _say_where(settings, airflow)
        if not once:
            _wait()
        say("stopping")
    return went_well


@contextmanager
def _samples(port: int) -> Iterator[SampleSites]:
    refuse_taken(port)
    with SampleSites(port=port) as sites:
        yield sites


def _environ(sites: SampleSites | None, clock: Path) -> dict[str, str]:
    """What the stages need to know, here and in Airflow's tasks."""
    settings = read_settings()
    chosen = {
        PREFIX + "STATE": str(clock.parent),
        PREFIX + "CONFIG": str(settings.config_folder.absolute()),
        PREFIX + "TOPIC": settings.topic,
        PREFIX + "TOPICS": ",".join(settings.watched),
    }
    if settings.overlay_folder is not None:
        chosen |= {PREFIX + "OVERLAY": str(settings.overlay_folder.absolute())}
    if sites is not None:
        chosen |= {
            PREFIX + "TOPICS": settings.topic,
            PREFIX + "PROXY": sites.proxy,
            PREFIX + "SOURCES": str(FOLDER / "sources.yml"),
            PREFIX + "ALERTS": str((settings.alerts or FOLDER / "alerts.yml").absolute()),
            PREFIX + "NOW": f"@{clock}",
            PREFIX + "HOST_DELAY": "0",
            PREFIX + "HOST_GROUPS": "2",
        }
    return chosen


def _dags() -> Path:
    return Path(__file__).parent.parent / "dags"


def _start_node(settings: Settings, stack: ExitStack) -> None:
    if settings.elasticsearch_url:
        say(f"Elasticsearch at {settings.elasticsearch_url}")
        return
    node = node_of(settings)
    say("Elasticsearch: laying a node out of its published jars, where it is not there yet")
    node.build(say)
    state = node.start()
    stack.callback(node.stop)
    say(f"Elasticsearch {connect(settings).version()} answers at {state.url}")


def _move(sites: SampleSites, clock: Path, now: datetime) -> None:
    """Moves the one clock, of the outlets and of every stage."""
    sites.now = now
    whole = clock.with_suffix(".new")
    whole.write_text(now.isoformat(), encoding="ascii")
    whole.replace(clock)


def steps(times: Sequence[datetime], number: int = STEPS) -> list[datetime]:
    """The moments at which the replay stops for a run of the DAG: `number` of the publication times, evenly, the last among them."""
    ordered = sorted(set(times))
    size = max(1, math.ceil(len(ordered) / number))
    return ordered[::-1][::size][::-1]


def _replay(airflow: LocalAirflow, settings: Settings, sites: SampleSites, clock: Path) -> bool:
    went_well = _pass(airflow, settings, "the outlets, before they publish")
    for moment in steps(sites.publication_times()):
        _move(sites, clock, moment)
        went_well &= _pass(airflow, settings, f"the outlets up to {moment:%d %B %Y}")
    return went_well


def _live(airflow: LocalAirflow, settings: Settings) -> bool:
    went_well = True
    for topic in settings.watched:
        say(f"{topic}: a first pass reads all that its feeds show, which takes a while; `claimwire sources check` says now what answers")
        went_well &= _pass(airflow, settings.of(topic), f"live sources of {topic}")
    return went_well


def _pass(airflow: LocalAirflow, settings: Settings, what: str, name: str = INGEST) -> bool:
    """One run of a DAG. True where it succeeded."""
    dag = name.format(topic=settings.topic)
    ended = airflow.run(dag)
    counts = _counts(airflow.news(dag)) if ended["state"] == "success" else {}
    told = ", ".join(f"{number} {name}" for name, number in counts.items() if number) or "nothing new"
    say(f"{what}: {ended['state']}: {told}")
    return bool(ended["state"] == "success")


def _counts(results: Mapping[str, list[Any]]) -> dict[str, int]:
    """The counts that matter to somebody who watches: new links by outcome, statements, alerts."""
    collected: Counter[str] = Counter()
    for counts in results.get("collect", []):
        collected.update(counts)
    chosen = {
        name: number for name, number in sorted(collected.items()) if name not in {"feeds", "not-modified", "seen-before", "unanswered"}
    }
    for counts in results.get("look", []):
        chosen |= counts
    for counts in results.get("enrich", []):
        chosen["statements"] = counts.get("statements", 0)
    for counts in results.get("alert", []):
        chosen["alerts sent"] = counts.get("sent", 0)
    return chosen


def _totals(settings: Settings) -> Mapping[str, int]:
    return run.status(settings)["documents"]


def _second_pass(airflow: LocalAirflow, settings: Settings) -> bool:
    before = _totals(settings)
    if not _pass(airflow, settings, "second pass"):
        return False
    after = _totals(settings)
    new = {kind: after[kind] - before[kind] for kind in before}
    say("the second pass added " + ", ".join(f"{number} {kind}" for kind, number in new.items() if kind != "sources"))
    return not any(new.values())


def show(settings: Settings, before: Mapping[str, int]) -> None:
    """What is there now: articles, where the other links ended and why, statements, alerts."""
    index = connect(settings)
    index.refresh()
    _table(
        "Articles",
        ["published", "outlet", "title", "statements"],
        (
            [it.get("published", "–")[:10], it["outlet"]["name"], it["title"], str(it.get("statement_count", 0))]
            for it in (stored.source for stored in index.each("articles", {"match_all": {}}, sort=["published"]))
        ),
    )
    _table(
        "Links that are no article here",
        ["outlet", "link", "outcome", "reason"],
        (
            [it["outlet"]["id"], it.get("title") or it.get("url", {}).get("original", ""), it["outcome"], it["reason"]]
            for it in (
                stored.source
                for stored in index.each("entries", {"bool": {"must_not": {"term": {"outcome": "saved"}}}}, sort=["outcome", "published"])
            )
        ),
    )
    _table(
        "Alerts",
        ["published", "alert", "sentence", "status"],
        (
            [it.get("published", "–")[:10], it["headline"], _sentences(it), it["status"]]
            for it in (stored.source for stored in index.each("alerts", {"term": {"channel": "log"}}, sort=["published"]))
        ),
    )
    after = _totals(settings)
    new = ", ".join(f"{after[kind] - before[kind]} {kind}" for kind in ("articles", "statements", "alerts"))
    console.print(f"[bold]New in this pass:[/bold] {new}" + ("" if after != before else " — nothing new since the last time"))


def tell_sources(settings: Settings) -> None:
    """What the sources have brought: in a sentence, what is wrong with how many of them, and the page that says what to do."""
    report = report_of(settings)
    console.print(f"[bold]Sources of {settings.topic}:[/bold] {escape(summary(report))}")
    for group in groups(report):
        if group.weight is not Weight.NOTE:
            console.print(f"  {escape(group.cause)}: {escape(', '.join(dict.fromkeys(case.outlet.id for case in group.cases)))}")
    console.print(f"What to do about each: {escape(str(keep(report, settings)))}")


def tell_brief(settings: Settings, first: datetime) -> None:
    """Writes the brief of all that the outlets have published, and says where."""
    begin = first.astimezone(settings.time_zone).replace(hour=0, minute=0, second=0, microsecond=0)
    page, _ = run.write_brief(settings, begin, settings.clock())
    console.print(f"[bold]The brief[/bold] of all of it, for any browser: {escape(str(Path(page).absolute()))}")


def _sentences(alert: Mapping[str, Any]) -> str:
    return "\n".join(dict.fromkeys(entry["item"]["sentence"] for entry in alert["entries"]))


def _table(title: str, columns: list[str], rows: Iterator[list[str]] | Any) -> None:
    table = Table(*columns, title=title, title_justify="left", title_style="bold", expand=True)
    for row in rows:
        table.add_row(*(escape(cell) for cell in row))
    console.print(table)


def _say_where(settings: Settings, airflow: LocalAirflow) -> None:
    dag = INGEST.format(topic=settings.topic)
    console.print(f"\nAirflow        {airflow.url}  (DAG {dag}: {airflow.url}/dags/{dag})")
    console.print(f"Elasticsearch  {settings.store_urls[0]}  (indices {settings.index_prefix}-{settings.topic}-*)")
    console.print("Look further   .venv/bin/claimwire ledger · .venv/bin/claimwire brief --since 30d · .venv/bin/claimwire status")
    console.print("End it all     make clean\n")


def _wait() -> None:
    say("running; Ctrl-C ends it")
    forever: Callable[[], Any] = signal.pause
    try:
        forever()
    except KeyboardInterrupt:
        console.print()


if __name__ == "__main__":
    main()
