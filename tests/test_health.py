"""What counts as wrong, over made facts."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pipeline.config_files import read_health
from pipeline.health import (
    Facts,
    Finding,
    HealthRules,
    Latency,
    Queue,
    Run,
    Source,
    Stage,
    Step,
    Trouble,
    Waiting,
    examine,
    quantile,
    silent_after,
)
from pipeline.settings import read_settings

NOW = datetime(2024, 3, 15, 12, tzinfo=UTC)  # a Friday
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def rules() -> HealthRules:
    return read_health(read_settings())


def found(rules: HealthRules, **changes: Any) -> tuple[Finding, ...]:
    return examine(Facts(topic="fish", at=NOW, **changes), rules)


def hours(*gaps: float, until: datetime = NOW) -> tuple[datetime, ...]:
    """Hours in which something came, so many hours apart, the last one at `until`."""
    back = [timedelta(hours=sum(gaps[place:])) for place in range(len(gaps) + 1)]
    return tuple(until - each for each in back)


def a_source(**changes: Any) -> Source:
    return Source(**{"id": "paper-1", "outlet": "paper", "answered": NOW, "polled": NOW, **changes})


def test_an_installation_without_any_fact_has_no_trouble(rules: HealthRules) -> None:
    assert found(rules) == ()


# ---- silence
OFFICE = [1] * 9 + [15]  # ten hours a day, nothing at night
WEEK = OFFICE * 4 + [1] * 9 + [63]  # and nothing from Friday evening to Monday


def test_an_outlet_with_weekends_is_not_silent_on_sunday_and_is_on_tuesday(rules: HealthRules) -> None:
    brought = hours(*WEEK, *WEEK, *WEEK, *WEEK, *[1] * 9)
    quiet = [a_source(brought=brought, answered=NOW + span) for span in (timedelta(hours=50), timedelta(hours=90))]
    assert found(rules, sources=(quiet[0],)) == ()
    (finding,) = found(rules, sources=(quiet[1],))
    assert (finding.trouble, finding.subject, finding.since) == (Trouble.SILENT, "paper-1", NOW)
    assert "3 d 18 h" in finding.says
    assert "claimwire sources check paper" in finding.then


def test_a_wire_is_silent_sooner_than_a_weekly(rules: HealthRules) -> None:
    wire, weekly = silent_after(hours(*[1] * 200), rules.silence), silent_after(hours(*[168] * 30), rules.silence)
    assert wire == rules.silence.least
    assert weekly == 3 * timedelta(days=7)


def test_one_outage_in_the_history_makes_nobody_patient(rules: HealthRules) -> None:
    usual = silent_after(hours(*[3] * 100), rules.silence)
    assert silent_after(hours(*[3] * 50, 200, *[3] * 50), rules.silence) == usual
    twice = silent_after(hours(*[3] * 40, 100, *[3] * 40, 120, *[3] * 20), rules.silence)
    assert twice == timedelta(hours=100)


def test_quiet_ends_with_the_last_answer_so_that_a_pause_of_ours_is_no_silence(rules: HealthRules) -> None:
    brought = hours(*[1] * 100, until=NOW - 10 * DAY)
    assert found(rules, sources=(a_source(brought=brought, answered=NOW - 10 * DAY, polled=NOW - 10 * DAY),)) == ()


def test_a_feed_whose_links_another_feed_brings_first_is_alive(rules: HealthRules) -> None:
    brought = hours(*[1] * 100, until=NOW - 10 * DAY)
    assert found(rules, sources=(a_source(brought=brought, news=NOW - HOUR),)) == ()


def test_without_a_history_the_expected_volume_counts(rules: HealthRules) -> None:
    (finding,) = found(rules, sources=(a_source(brought=hours(1, 1), below="nothing new since 1 March 2024"),))
    assert finding.says == "paper-1 is silent: nothing new since 1 March 2024"


# ---- failures
def test_a_feed_that_fails_often_enough_is_told_and_is_not_silent_too(rules: HealthRules) -> None:
    brought = hours(*[1] * 100, until=NOW - 10 * DAY)
    down = a_source(brought=brought, failures=rules.failing, error="status 404", answered=NOW - DAY)
    (finding,) = found(rules, sources=(down, a_source(id="b")))
    assert (finding.trouble, finding.since) == (Trouble.FAILING, NOW - DAY)
    assert finding.says == "paper-1 has failed 6 times in a row: status 404"
    assert found(rules, sources=(a_source(failures=rules.failing - 1),)) == ()


def test_where_nothing_answers_it_is_one_trouble_of_this_machine(rules: HealthRules) -> None:
    down = tuple(a_source(id=f"s{number}", failures=9, error="no name", answered=NOW - number * HOUR) for number in range(4))
    (finding,) = found(rules, sources=down)
    assert (finding.subject, finding.since) == ("all", NOW)
    assert "DNS" in finding.then


# ---- the rest
@pytest.mark.parametrize(("queue", "told"), [(Queue.ARTICLES, "read"), (Queue.STATEMENTS, "decided"), (Queue.MESSAGES, "sent")])
def test_a_queue_is_too_old_beyond_its_limit(rules: HealthRules, queue: Queue, told: str) -> None:
    limit = rules.queues[queue]
    assert found(rules, queues={queue: Waiting(number=3, oldest=NOW - limit)}) == ()
    (finding,) = found(rules, queues={queue: Waiting(number=1234, oldest=NOW - limit - HOUR)})
    assert (finding.trouble, finding.subject, finding.since) == (Trouble.WAITING, queue, NOW - limit - HOUR)
    assert finding.says.startswith("1,234")
    assert told in finding.says


def test_a_step_is_too_slow_where_enough_of_it_was_seen(rules: HealthRules) -> None:
    slow = Latency(samples=rules.latencies.least, p50=HOUR, p95=10 * HOUR)
    (finding,) = found(rules, latencies={Step.ALERTED: slow})
    assert (finding.trouble, finding.subject) == (Trouble.SLOW, "seen-to-alerted")
    assert found(rules, latencies={Step.ALERTED: Latency(samples=1, p50=HOUR, p95=10 * HOUR)}) == ()
    assert found(rules, latencies={Step.SEEN: slow}) == ()  # how late outlets are is theirs


def test_a_stage_that_has_not_ended_well_for_long(rules: HealthRules) -> None:
    good = Run(first=NOW - 9 * DAY, last=NOW - HOUR / 2)
    runs = dict.fromkeys(Stage, good)
    assert found(rules, runs=runs) == ()
    (finding,) = found(rules, runs=runs | {Stage.ENRICH: Run(first=NOW - 9 * DAY, last=NOW - 5 * HOUR)})
    assert (finding.trouble, finding.subject, finding.since) == (Trouble.STOPPED, "enrich", NOW - 5 * HOUR)
    assert finding.says == "enrich has not ended well for 5 h"


def test_a_stage_that_never_ran_is_told_once_the_installation_is_old_enough(rules: HealthRules) -> None:
    assert found(rules, runs={Stage.WATCH: Run(first=NOW, last=NOW)}) == ()
    findings = found(rules, runs={Stage.WATCH: Run(first=NOW - 2 * HOUR, last=NOW)})
    assert [finding.says for finding in findings] == [f"{stage} has never ended well" for stage in ("collect", "enrich", "alert")]


def test_a_growing_quarantine(rules: HealthRules) -> None:
    assert found(rules, quarantined=90, quarantined_lately=rules.quarantine.most) == ()
    (finding,) = found(rules, quarantined_lately=rules.quarantine.most + 1, quarantined_since=NOW - HOUR)
    assert (finding.trouble, finding.since) == (Trouble.QUARANTINED, NOW - HOUR)


def test_every_finding_says_what_to_do(rules: HealthRules) -> None:
    sources = (a_source(id="a", failures=9), a_source(id="b", below="x"))
    findings = found(
        rules,
        sources=sources,
        queues={Queue.ARTICLES: Waiting(number=1, oldest=NOW - DAY)},
        latencies={Step.READ: Latency(samples=99, p50=DAY, p95=DAY)},
        quarantined_lately=99,
        runs={Stage.COLLECT: Run(first=NOW - DAY, last=NOW - DAY)},
    )
    assert {finding.trouble for finding in findings} == set(Trouble)
    assert all(finding.then for finding in findings)


def test_a_quantile_is_one_of_the_values() -> None:
    assert [quantile([4, 1, 3, 2], share) for share in (0.25, 0.5, 0.51, 1.0)] == [1, 2, 3, 4]
    assert quantile([7], 0.95) == 7
