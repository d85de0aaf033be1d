"""The facts, from a real node."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline import runs
from pipeline.config_files import read_health, read_outlets
from pipeline.documents import iso
from pipeline.health import Facts, Queue, Stage, Step, Trouble, Waiting, examine
from pipeline.index import Index
from pipeline.measuring import measure
from pipeline.run import run_alert, run_collect, run_enrich
from pipeline.settings import Settings, read_settings
from pipeline.source_state import source_id

NOW = datetime(2024, 3, 15, 12, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)

SOURCES = """
outlets:
  - {id: paper, name: The Paper, domains: [paper.example], feeds: [{url: "http://paper.example/rss"}]}
  - {id: gazette, name: Gazette, domains: [gazette.example], feeds: [{url: "http://gazette.example/rss"}]}
  - {id: away, name: Away, domains: [away.example], paused: {since: 2024-01-01, why: closed}, feeds: [{url: "http://away.example/rss"}]}
"""


@pytest.fixture
def here(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    (tmp_path / "sources.yml").write_text(SOURCES)
    monkeypatch.setenv("CLAIMWIRE_SOURCES", str(tmp_path / "sources.yml"))
    monkeypatch.setenv("CLAIMWIRE_NOW", NOW.isoformat())
    return read_settings()


def measured(settings: Settings, index: Index) -> Facts:
    return measure(settings, index, read_health(settings))


def of_outlet(settings: Settings, id_: str) -> str:
    return next(source_id(outlet, feed) for outlet in read_outlets(settings) for feed in outlet.feeds if outlet.id == id_)


def an_entry(source: str, at: datetime, **changes: Any) -> tuple[str, dict[str, Any]]:
    document = {"source": source, "outlet": {"id": "paper"}, "outcome": "off-topic", "event": {"created": iso(at)}}
    return f"{source} {at}", document | changes


def an_article(ago: timedelta, **changes: Any) -> dict[str, Any]:
    """As far as measuring looks: seen when it was published and a minute, indexed two minutes later."""
    at = NOW - ago
    event = {"created": iso(at - 2 * MINUTE), "ingested": iso(at)}
    return {"event": event, "published": iso(at - 3 * MINUTE), "intake": "live"} | changes


def put(index: Index, kind: Any, documents: Mapping[str, dict[str, Any]]) -> None:
    index.put(kind, documents.items())


def test_an_empty_index_has_no_facts_and_no_troubles(here: Settings, index: Index) -> None:
    facts = measured(here, index)
    assert facts.queues == dict.fromkeys(Queue, Waiting())
    assert (facts.sources, facts.latencies, facts.runs, facts.links) == ((), {}, {}, {})
    assert examine(facts, read_health(here)) == ()


def test_a_source_is_measured_by_what_it_brought_and_only_where_it_is_still_asked(here: Settings, index: Index) -> None:
    paper, gazette = of_outlet(here, "paper"), of_outlet(here, "gazette")
    times = [NOW - 50 * HOUR - number * HOUR for number in range(100)]
    index.put("entries", [an_entry(paper, time + 5 * MINUTE) for time in times] + [an_entry(paper, times[0] + 9 * MINUTE)])
    index.put("entries", [an_entry(gazette, NOW - timedelta(days=40))])
    state = {"answered": iso(NOW), "polled": iso(NOW), "failures": 0}
    failed = {"failures": 7, "error": {"type": "Rejected", "message": "status 404"}, "polled": iso(NOW)}
    put(index, "sources", {paper: state, gazette: failed, "gone-12345678": failed})
    facts = measured(here, index)
    by_id = {source.id: source for source in facts.sources}
    assert set(by_id) == {paper, gazette}
    assert by_id[paper].brought == tuple(reversed(times))
    assert (by_id[gazette].brought, by_id[gazette].failures, by_id[gazette].error) == ((), 7, "status 404")
    assert facts.links == {"off-topic": 102}
    troubles = {finding.subject: finding.trouble for finding in examine(facts, read_health(here))}
    assert troubles == {paper: Trouble.SILENT, gazette: Trouble.FAILING}


def test_the_age_of_queues(here: Settings, index: Index) -> None:
    read = {"digest": "d", "at": iso(NOW), "version": "v"}
    put(
        index,
        "articles",
        {
            "new": an_article(3 * HOUR),
            "newer": an_article(HOUR),
            "read": an_article(90 * HOUR, read=read),
            "aside": an_article(95 * HOUR, quarantined=iso(NOW)),
            # A new version of an old article has waited since it was found.
            "anew": an_article(99 * HOUR, read={"version": "v"}, revisit={"checked": iso(NOW - 4 * HOUR)}),
        },
    )
    statement = {"event": {"ingested": iso(NOW - 2 * HOUR)}, "intake": "live"}
    decided = {"decision": {"digest": "d", "at": iso(NOW - HOUR)}}
    put(index, "statements", {"a": statement, "b": statement | decided, "c": statement | {"removed": iso(NOW)}})
    put(
        index,
        "alerts",
        {
            "due": {"status": "pending", "due": iso(NOW - HOUR)},
            "later": {"status": "pending", "due": iso(NOW + HOUR)},
            "tried": {"status": "pending", "due": iso(NOW + HOUR), "failing_since": iso(NOW - 5 * HOUR)},
            "sent": {"status": "sent", "sent": iso(NOW)},
            "lost": {"status": "failed", "failing_since": iso(NOW - 90 * HOUR)},
        },
    )
    assert measured(here, index).queues == {
        Queue.ARTICLES: Waiting(number=3, oldest=NOW - 4 * HOUR),
        Queue.STATEMENTS: Waiting(number=1, oldest=NOW - 2 * HOUR),
        Queue.MESSAGES: Waiting(number=2, oldest=NOW - 5 * HOUR),
        Queue.SPOOL: Waiting(),
    }


def test_delays_are_of_the_last_day_and_of_what_came_in_live(here: Settings, index: Index) -> None:
    articles = {f"a{number}": an_article(HOUR, read={"digest": "d", "at": iso(NOW - HOUR + number * MINUTE)}) for number in range(1, 21)}
    others = {
        "old": an_article(30 * HOUR),
        "backfilled": an_article(HOUR, intake="backfill"),
        "dated by day": an_article(HOUR, published="2024-03-15T00:00:00Z"),
        "fast clock": an_article(HOUR, published=iso(NOW + HOUR)),
    }
    put(index, "articles", articles | others)
    it = {"event": {"ingested": iso(NOW - HOUR)}, "intake": "live", "decision": {"digest": "d", "at": iso(NOW - 50 * MINUTE)}}
    put(index, "statements", {"s": it, "re-read": it | {"intake": "re-read"}})
    sent = {"kind": "alert", "sent": iso(NOW), "sent_revision": 1, "entries": [{"item": {"first_seen": iso(NOW - 2 * HOUR)}}]}
    put(index, "alerts", {"a": sent, "updated": sent | {"sent_revision": 2}, "digest": sent | {"kind": "digest"}})
    found = measured(here, index).latencies
    assert {step: (latency.samples, latency.p50, latency.p95) for step, latency in found.items()} == {
        Step.SEEN: (21, MINUTE, MINUTE),
        Step.INDEXED: (22, 2 * MINUTE, 2 * MINUTE),
        Step.READ: (20, 10 * MINUTE, 19 * MINUTE),
        Step.DECIDED: (1, 10 * MINUTE, 10 * MINUTE),
        Step.ALERTED: (1, 2 * HOUR, 2 * HOUR),
    }


def test_what_was_set_aside_lately(here: Settings, index: Index) -> None:
    aside = {"stage": "read", "attempts": 3}
    put(
        index,
        "quarantine",
        {
            "a": aside | {"set_aside": iso(NOW - HOUR)},
            "b": aside | {"set_aside": iso(NOW - 2 * HOUR)},
            "old": aside | {"set_aside": iso(NOW - 99 * HOUR)},
            "tried": aside | {"attempts": 1},
        },
    )
    facts = measured(here, index)
    assert (facts.quarantined, facts.quarantined_lately, facts.quarantined_since) == (3, 2, NOW - 2 * HOUR)


def test_the_first_good_run_stays_and_the_last_one_counts(here: Settings, index: Index) -> None:
    for hours in (5, 3, 1):
        runs.note(index, Stage.ENRICH, {"articles": hours}, runs.Stopwatch(), NOW - hours * HOUR)
    run = measured(here, index).runs[Stage.ENRICH]
    assert (run.first, run.last) == (NOW - 5 * HOUR, NOW - HOUR)
    assert 0 <= run.seconds < 60


def test_stages_that_ended_well_are_noted_and_all_of_it_is_measured(known_settings: Settings, index: Index) -> None:
    run_collect(known_settings, ["thames-sentinel"])
    run_enrich(known_settings)
    run_alert(known_settings)
    facts = measured(known_settings, index)
    assert set(facts.runs) == {Stage.COLLECT, Stage.ENRICH, Stage.ALERT}
    assert {Step.INDEXED, Step.READ, Step.DECIDED} <= set(facts.latencies)
    assert facts.queues[Queue.ARTICLES].number == facts.queues[Queue.STATEMENTS].number == 0
    assert any(source.brought for source in facts.sources)
