"""The facts as metrics, in the text format that Prometheus reads. Each call has a registry of its own: nothing is kept between two."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from pipeline.health import Facts, Finding, HealthRules, Latency, Trouble, Waiting, failing, silent


def as_metrics(facts: Facts, findings: Sequence[Finding], rules: HealthRules) -> str:
    """Every measured fact with the label `topic`; times in seconds, moments in seconds since 1970."""
    made = _Metrics(facts.topic)
    made.set("measured_timestamp_seconds", "When all this was measured", facts.at.timestamp())
    _troubles(made, findings)
    _sources(made, facts, rules)
    for queue, waiting in facts.queues.items():
        made.set("queue_waiting", "What waits between two stages", waiting.number, queue=queue)
        made.set("queue_age_seconds", "How long the oldest has waited", _age(waiting, facts.at), queue=queue)
    for step, latency in facts.latencies.items():
        for name, value in _quantiles(latency):
            made.set("latency_seconds", "How long a step took, of the newest of the last day", value, step=step, quantile=name)
        made.set("latency_samples", "Of how many latency_seconds is made", latency.samples, step=step)
    made.set("quarantined", "Articles that are set aside because they cannot be read", facts.quarantined)
    made.set("quarantined_lately", "Those that were set aside lately", facts.quarantined_lately)
    for stage, run in facts.runs.items():
        made.set("last_good_run_timestamp_seconds", "When a stage last ended well", run.last.timestamp(), stage=stage)
        made.set("last_good_run_seconds", "How long that run took", run.seconds, stage=stage)
    for outcome, number in facts.links.items():
        made.set("links", "Links that were ever seen, by how they ended", number, outcome=outcome)
    return made.text()


class _Metrics:
    """Gauges of one registry; what is counted is counted in the index, so that nothing here only ever grows."""

    def __init__(self, topic: str) -> None:
        self._registry = CollectorRegistry()
        self._gauges: dict[str, Gauge] = {}
        self._topic = topic

    def set(self, name: str, what: str, value: float, **labels: str) -> None:
        if name not in self._gauges:
            self._gauges[name] = Gauge(f"claimwire_{name}", what, ["topic", *labels], registry=self._registry)
        self._gauges[name].labels(topic=self._topic, **labels).set(value)

    def text(self) -> str:
        return generate_latest(self._registry).decode()


def _troubles(made: _Metrics, findings: Sequence[Finding]) -> None:
    for trouble in Trouble:
        made.set("troubles", "What is wrong now", sum(finding.trouble is trouble for finding in findings), trouble=trouble)


def _sources(made: _Metrics, facts: Facts, rules: HealthRules) -> None:
    quiet = silent(facts, rules)
    states = {
        "answering": sum(not source.failures for source in facts.sources),
        "failing": len(failing(facts, rules)),
        "silent": len(quiet),
    }
    for state, number in states.items():
        made.set("sources", "Sources that are polled, by how they are", number, state=state)
    for source in facts.sources:
        made.set("source_failures", "Polls in a row that failed", source.failures, source=source.id, outlet=source.outlet)
        if (last := _latest([source.news, *source.brought[-1:]])) is not None:
            made.set("source_news_timestamp_seconds", "When it last brought something", last, source=source.id, outlet=source.outlet)


def _latest(times: Iterable[datetime | None]) -> float | None:
    return max((time.timestamp() for time in times if time), default=None)


def _age(waiting: Waiting, now: datetime) -> float:
    return max((now - waiting.oldest).total_seconds(), 0.0) if waiting.oldest else 0.0


def _quantiles(latency: Latency) -> tuple[tuple[str, float], ...]:
    return ("0.5", latency.p50.total_seconds()), ("0.95", latency.p95.total_seconds())
