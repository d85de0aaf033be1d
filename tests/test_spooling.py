"""Elasticsearch fails in every way that it has, and is away for a time: nothing is lost, nothing is there twice."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from elasticsearch import Elasticsearch

from pipeline import quarantine
from pipeline.errors import StoreUnavailable
from pipeline.index import KINDS
from pipeline.lease import lease
from pipeline.spooling import spool_of
from tests.faults import Fault, Faults, faulty
from tests.newsstand import HOST, HOUR, NOW, Newsstand, a_feed, a_story, an_item, stand

__all__ = ["stand"]

SOON = timedelta(minutes=10)


@pytest.fixture
def faults(stand: Newsstand, monkeypatch: pytest.MonkeyPatch) -> Iterator[Faults]:
    """What the pipeline takes for the node; the test itself asks the real one."""
    with faulty(stand.at(NOW).store_urls[0]) as made:
        monkeypatch.setenv("ELASTICSEARCH_URL", made.url)
        monkeypatch.setenv("CLAIMWIRE_STORE_RETRIES", "2")
        yield made


def publish(stand: Newsstand, *numbers: int) -> None:
    stand.pages |= {f"{HOST}/{number}": a_story(number) for number in numbers}
    stand.pages[f"{HOST}/rss"] = a_feed(*(an_item(f"/{number}", title=f"Iran rejects report {number}") for number in reversed(numbers)))


def collect_away(stand: Newsstand, now: datetime, kept: int) -> None:
    with pytest.raises(StoreUnavailable, match=rf"{kept} new links are kept"):
        stand.collect(now)


def saved(stand: Newsstand) -> set[str]:
    return {path for path, outcome in stand.ends().items() if outcome == "saved"}


@pytest.mark.parametrize("fault", Fault)
def test_whatever_happens_to_a_bulk_request_each_article_is_there_once(stand: Newsstand, faults: Faults, fault: Fault) -> None:
    publish(stand, 1)
    stand.collect()
    publish(stand, 1, 2, 3)
    faults.kind, faults.planned = "articles", [fault]
    with suppress(StoreUnavailable):
        stand.collect(NOW + HOUR)
    faults.planned.clear()
    stand.collect(NOW + HOUR + SOON)
    assert faults.met == {fault: 1}
    assert saved(stand) == {"/1", "/2", "/3"}
    assert len(stand.all("articles")) == 3
    assert {it["intake"] for it in stand.all("entries") if it["url"]["original"] != f"{HOST}/1"} == {"live"}
    assert stand.all("quarantine") == []
    assert spool_of(stand.at(NOW)).summary() == (0, None)


def test_a_refused_article_is_kept_whole_and_the_others_are_written(stand: Newsstand, faults: Faults) -> None:
    publish(stand, 1, 2)
    faults.kind, faults.planned = "articles", [Fault.ITEM_REFUSED]
    assert stand.collect()["quarantined"] == 1
    (kept,) = stand.all("quarantine")
    assert (kept["stage"], kept["attempts"], kept["error"]["type"]) == ("write", 1, "DocumentsRefused")
    assert "failed to parse field [form]" in kept["error"]["message"]
    assert kept["document"]["text"].startswith("In report")
    assert sorted(stand.ends().values()) == ["quarantined", "saved"]
    assert stand.collect(NOW + HOUR)["taken"] == 1
    assert sorted(stand.ends().values()) == ["saved", "saved"]


def test_what_is_refused_three_times_waits_for_somebody(stand: Newsstand, faults: Faults) -> None:
    publish(stand, 1)
    faults.kind = "articles"
    for hour in range(3):
        faults.planned = [Fault.ITEM_REFUSED]
        stand.collect(NOW + hour * HOUR)
    assert "taken" not in stand.collect(NOW + 4 * HOUR)
    (row,) = quarantine.listed(stand.index)
    assert row.source["attempts"] == 3
    assert "set_aside" in row.source
    assert quarantine.retry([row], stand.index) == 1
    assert stand.collect(NOW + 5 * HOUR)["taken"] == 1
    assert saved(stand) == {"/1"}


def test_a_line_of_the_ledger_that_is_refused_is_written_without_what_strangers_wrote(stand: Newsstand, faults: Faults) -> None:
    publish(stand, 1)
    faults.kind, faults.planned = "entries", [Fault.ITEM_REFUSED]
    assert stand.collect()["saved"] == 1
    (line,) = stand.all("entries")
    assert line["outcome"] == "saved"
    assert "title" not in line


def blocked(stand: Newsstand, value: bool | None) -> None:
    with Elasticsearch(stand.at(NOW).store_urls[0]) as client:
        names = ",".join(stand.index.alias(kind) for kind in KINDS)
        client.indices.put_settings(index=names, settings={"index.blocks.read_only_allow_delete": value})


def test_a_full_disk_stops_nothing_but_writing(stand: Newsstand, monkeypatch: pytest.MonkeyPatch) -> None:
    """The block that Elasticsearch sets at its flood stage, and lifts by itself."""
    monkeypatch.setenv("CLAIMWIRE_STORE_RETRIES", "0")
    publish(stand, 1)
    stand.collect()
    publish(stand, 1, 2)
    blocked(stand, True)
    collect_away(stand, NOW + HOUR, 1)
    del stand.pages[f"{HOST}/2"]  # what was fetched is not needed any more
    blocked(stand, None)
    counts = stand.collect(NOW + 2 * HOUR)
    assert (counts["drained"], counts["saved"]) == (1, 1)
    assert saved(stand) == {"/1", "/2"}


def test_what_comes_while_the_store_is_away_is_fetched_and_written_in_order_when_it_is_back(stand: Newsstand, faults: Faults) -> None:
    publish(stand, 1)
    stand.collect()
    faults.down = True
    for number in range(2, 6):
        publish(stand, number - 1, number)
        collect_away(stand, NOW + number * HOUR, 1)
    collect_away(stand, NOW + 6 * HOUR, 0)
    pages = [path for path in stand.pages if path != f"{HOST}/rss"]
    for path in pages:
        del stand.pages[path]
    spool = spool_of(stand.at(NOW))
    assert spool.summary() == (4, NOW + 2 * HOUR)
    faults.down = False
    counts = stand.collect(NOW + 7 * HOUR, due_only=True)
    assert (counts["drained"], counts["saved"]) == (4, 4)
    assert spool.summary() == (0, None)
    assert spool.bytes == 0
    assert saved(stand) == {f"/{number}" for number in range(1, 6)}
    seen = {it["url"]["original"]: it["event"] for it in stand.all("entries")}
    assert seen[f"{HOST}/2"]["created"] == "2023-07-17T14:00:00Z"
    assert seen[f"{HOST}/2"]["ingested"] == "2023-07-17T19:00:00Z"
    assert {it["intake"] for it in stand.all("articles")} == {"baseline", "live"}
    assert stand.source().get("overflows") is None


def test_a_spool_is_bounded_and_says_so(stand: Newsstand, faults: Faults, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(stand, 1)
    stand.collect()
    publish(stand, 1, 2)
    faults.down = True
    monkeypatch.setenv("CLAIMWIRE_SPOOL_BYTES", "1")
    collect_away(stand, NOW + HOUR, 1)  # there was room
    publish(stand, 2, 3)
    collect_away(stand, NOW + 2 * HOUR, 0)
    faults.down = False
    stand.collect(NOW + 3 * HOUR)
    assert saved(stand) == {"/1", "/2", "/3"}


def test_a_source_is_one_runs_at_a_time(stand: Newsstand) -> None:
    publish(stand, 1)
    stand.collect()
    stand.index.refresh("sources")
    (source,) = [stored.id for stored in stand.index.each("sources", {"match_all": {}})]
    with lease(stand.index, f"source {source}", wait=0):
        assert stand.collect(NOW + HOUR) == {"busy": 1}
    assert stand.collect(NOW + HOUR)["feeds"] == 1
