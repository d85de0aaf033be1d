"""The text that Prometheus reads, read by Prometheus' own parser."""

from datetime import UTC, datetime, timedelta

from prometheus_client.parser import text_string_to_metric_families

from pipeline.config_files import read_health
from pipeline.health import Facts, Latency, Queue, Run, Source, Stage, Step, Waiting, examine
from pipeline.metrics import as_metrics
from pipeline.settings import read_settings

NOW = datetime(2024, 3, 15, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def samples(facts: Facts) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    rules = read_health(read_settings())
    text = as_metrics(facts, examine(facts, rules), rules)
    found = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    assert all(sample.labels["topic"] == "fish" for sample in found)
    return {
        (sample.name, tuple(sorted((name, value) for name, value in sample.labels.items() if name != "topic"))): sample.value
        for sample in found
    }


def test_every_fact_is_a_sample() -> None:
    facts = Facts(
        topic="fish",
        at=NOW,
        sources=(
            Source(id="a-1", outlet="a", failures=9, answered=NOW, news=NOW - HOUR),
            Source(id='b-"1"', outlet="b\nb", answered=NOW),
        ),
        queues={Queue.ARTICLES: Waiting(number=7, oldest=NOW - 2 * HOUR), Queue.MESSAGES: Waiting()},
        latencies={Step.SEEN: Latency(samples=30, p50=HOUR, p95=3 * HOUR)},
        quarantined=4,
        quarantined_lately=2,
        runs={Stage.COLLECT: Run(first=NOW - HOUR, last=NOW - HOUR / 2, seconds=12.5)},
        links={"saved": 20, "off-topic": 300},
    )
    found = samples(facts)
    assert found["claimwire_measured_timestamp_seconds", ()] == NOW.timestamp()
    assert found["claimwire_queue_waiting", (("queue", "articles"),)] == 7
    assert found["claimwire_queue_age_seconds", (("queue", "articles"),)] == 7200
    assert found["claimwire_queue_age_seconds", (("queue", "messages"),)] == 0
    assert found["claimwire_latency_seconds", (("quantile", "0.95"), ("step", "published-to-seen"))] == 10_800
    assert found["claimwire_sources", (("state", "failing"),)] == 1
    assert found["claimwire_source_failures", (("outlet", "b\nb"), ("source", 'b-"1"'))] == 0
    assert found["claimwire_source_news_timestamp_seconds", (("outlet", "a"), ("source", "a-1"))] == (NOW - HOUR).timestamp()
    assert found["claimwire_troubles", (("trouble", "feed-fails"),)] == 1
    assert found["claimwire_troubles", (("trouble", "source-silent"),)] == 0
    assert found["claimwire_last_good_run_seconds", (("stage", "collect"),)] == 12.5
    assert found["claimwire_links", (("outcome", "off-topic"),)] == 300


def test_nothing_is_kept_between_two_calls() -> None:
    samples(Facts(topic="fish", at=NOW, links={"saved": 1}))
    assert not [name for name, _ in samples(Facts(topic="fish", at=NOW)) if name == "claimwire_links"]
