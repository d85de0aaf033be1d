"""`claimwire health`: what works, what waits, what is wrong and what to do."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from pipeline.moments import lasting, shown
from pipeline.settings import read_settings
from pipeline.terminal import AsJson, escape, out

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from pipeline.health import Facts, Finding, HealthRules

AsMetrics = Annotated[bool, typer.Option("--metrics", help="Print metrics in the text format of Prometheus.")]


def health_command(as_json: AsJson = False, as_metrics: AsMetrics = False) -> None:
    """Show last good runs, queues, delays and sources, what is wrong and what to do; exit code 1 where something is."""
    from pipeline import watching
    from pipeline.metrics import as_metrics as metrics_of

    if as_json and as_metrics:
        raise typer.BadParameter("goes not with --json", param_hint="--metrics")
    settings = read_settings().alerter
    facts, findings, rules = watching.look(settings)
    if as_metrics:
        print(metrics_of(facts, findings, rules), end="")
    elif as_json:
        print(json.dumps(_document(facts, findings, rules), default=_plain, ensure_ascii=False))
    else:
        for table in (_runs(facts, rules, settings.time_zone), _queues(facts, rules, settings.time_zone), _latencies(facts, rules)):
            out.print(table)
        out.print(_sources(facts, rules))
        for line in _told(findings, settings.time_zone):
            out.print(line)
    if findings:
        raise typer.Exit(1)


def _document(facts: "Facts", findings: "Sequence[Finding]", rules: "HealthRules") -> dict[str, Any]:
    from pipeline.health import failing, silent

    return {
        "topic": facts.topic,
        "at": facts.at,
        "troubles": [asdict(finding) for finding in findings],
        "runs": {stage.value: asdict(run) for stage, run in facts.runs.items()},
        "queues": {queue.value: asdict(waiting) for queue, waiting in facts.queues.items()},
        "latencies": {step.value: asdict(latency) for step, latency in facts.latencies.items()},
        "sources": {
            "polled": len(facts.sources),
            "failing": [source.id for source in failing(facts, rules)],
            "silent": [source.id for source in silent(facts, rules)],
        },
        "quarantined": facts.quarantined,
        "links": dict(facts.links),
    }


def _plain(value: object) -> object:
    """Times as ISO 8601, spans in seconds."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    raise TypeError(f"{value!r} has no place in JSON")


def _ago(facts: "Facts", time: datetime | None) -> str:
    return "–" if time is None else f"{lasting(facts.at - time)} ago"


def _limited(text: str, limit: timedelta | None, *, over: bool) -> tuple[str, str]:
    """What was measured, red beyond its limit, and that limit."""
    return f"[red]{text}[/red]" if over else text, "–" if limit is None else lasting(limit)


def _runs(facts: "Facts", rules: "HealthRules", zone: "ZoneInfo") -> Table:
    from pipeline.health import Stage

    table = Table("stage", "last good run", "", "limit", "took")
    for stage in Stage:
        run, limit = facts.runs.get(stage), rules.runs.get(stage)
        over = run is not None and limit is not None and facts.at - run.last > limit
        ago, most = _limited(_ago(facts, run.last if run else None), limit, over=over)
        took = lasting(timedelta(seconds=run.seconds)) if run else "–"
        table.add_row(stage.value, shown(run.last, zone) if run else "never", ago, most, took)
    return table


def _queues(facts: "Facts", rules: "HealthRules", zone: "ZoneInfo") -> Table:
    names = {
        "articles": "articles to be read",
        "statements": "statements to be decided on",
        "messages": "messages to be sent",
        "spool": "polls to be written",
    }
    table = Table("queue", "waiting", "oldest since", "", "limit")
    for queue, waiting in facts.queues.items():
        limit = rules.queues.get(queue)
        over = waiting.oldest is not None and limit is not None and facts.at - waiting.oldest > limit
        ago, most = _limited(_ago(facts, waiting.oldest), limit, over=over)
        table.add_row(names[queue], f"{waiting.number:,}", shown(waiting.oldest, zone), ago, most)
    return table


def _latencies(facts: "Facts", rules: "HealthRules") -> Table:
    from pipeline.health import Step

    table = Table("delay, of the last day", "half within", "19 of 20 within", "limit", "of")
    for step in Step:
        latency, limit = facts.latencies.get(step), rules.latencies.limits.get(step)
        name = step.replace("-to-", " → ")
        if latency is None:
            table.add_row(name, "–", "–", "–" if limit is None else lasting(limit), "0")
            continue
        over = limit is not None and latency.samples >= rules.latencies.least and latency.p95 > limit
        p95, most = _limited(lasting(latency.p95), limit, over=over)
        table.add_row(name, lasting(latency.p50), p95, most, f"{latency.samples:,}")
    return table


def _sources(facts: "Facts", rules: "HealthRules") -> str:
    from pipeline.health import failing, silent

    answering = sum(not source.failures for source in facts.sources)
    told = (
        f"{len(facts.sources)} sources are polled: {answering} answer, {len(failing(facts, rules))} fail, {len(silent(facts, rules))} are"
    )
    return f"{told} silent; {facts.quarantined} articles are set aside"


def _told(findings: "Sequence[Finding]", zone: "ZoneInfo") -> Iterator[str]:
    if not findings:
        yield "[green]nothing is wrong[/green]"
    for finding in findings:
        since = f" (since {shown(finding.since, zone)})" if finding.since else ""
        yield f"[red]{finding.trouble.value}[/red]  {escape(finding.says)}{since}"
        yield f"    → {escape(finding.then)}"
