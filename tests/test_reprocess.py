"""Extraction and reading once more, on the sample outlets, their archive and a real node."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pipeline import run, unread
from pipeline.cli import app
from pipeline.documents import Document
from pipeline.index import Index
from pipeline.reading import open_reader
from pipeline.reprocess import Scope, What
from pipeline.samples import SampleSites
from pipeline.settings import Settings

READ = Scope(what=What.READ, dry_run=False, limit=1000)
DRY = replace(READ, dry_run=True)
EXTRACT = Scope(what=What.EXTRACT, dry_run=False, limit=1000)


# On the topic, of the two outlets that are collected here.
ARTICLES = 6


@pytest.fixture
def filled(sample_settings: Settings, index: Index) -> Settings:
    run.run_collect(sample_settings, ["thames-sentinel", "caspian-courier"])
    run.run_enrich(sample_settings)
    run.run_alert(sample_settings)
    index.refresh()
    return sample_settings


def everything(index: Index) -> dict[str, list[Any]]:
    index.refresh()
    return {
        kind: sorted(((stored.id, stored.source) for stored in index.each(kind, {"match_all": {}})), key=lambda pair: pair[0])  # type: ignore[arg-type]  # kinds
        for kind in ("articles", "statements", "changes", "alerts")
    }


def read_by_older_rules(index: Index, **statement: Any) -> str:
    """As if every article had been read by other rules, which saw one statement otherwise. Gives that one's id."""
    index.change(
        "articles",
        [(stored, {"read": stored.source["read"] | {"digest": "older"}}) for stored in index.each("articles", {"match_all": {}})],
    )
    one = next(iter(index.each("statements", {"term": {"act": "denial"}})))
    index.change("statements", [(one, statement)])
    index.refresh()
    return one.id


def without_reading(documents: list[tuple[str, Document]]) -> list[Any]:
    return [(id_, {key: value for key, value in it.items() if key != "read"}) for id_, it in documents]


def test_what_today_s_rules_have_read_is_left_alone(filled: Settings, index: Index) -> None:
    before = everything(index)
    report = run.run_reprocess(filled, READ)
    assert (report.counts, report.rows) == ({"articles": 0, "left": 0}, ())
    assert everything(index) == before


def test_reading_again_by_the_same_rules_changes_no_statement(filled: Settings, index: Index) -> None:
    before = everything(index)
    read_by_older_rules(index)
    report = run.run_reprocess(filled, READ)
    assert (report.counts, report.rows) == ({"articles": ARTICLES, "left": 0}, ())
    after = everything(index)
    assert after["statements"] == before["statements"]
    assert without_reading(after["articles"]) == without_reading(before["articles"])
    assert {it["read"]["digest"] for _, it in after["articles"]} == {open_reader(filled).digest}


def test_a_dry_run_tells_and_writes_nothing(filled: Settings, index: Index) -> None:
    changed = read_by_older_rules(index, speaker={"name": "Somebody Else", "kind": "person"})
    index.create("statements", [("f" * 40, index.get("statements", [changed])[changed].source | {"text": "Nobody says so."})])
    before = everything(index)
    report = run.run_reprocess(filled, DRY)
    assert everything(index) == before
    (row,) = report.rows
    assert [line.split(" → ")[0].split(":")[0] for line in row.changed] == ["denial, Somebody Else"]
    assert [line.split(": ")[1] for line in row.lost] == ["Nobody says so."]
    assert (report.counts["lost"], report.counts["changed"], report.counts["left"]) == (1, 1, ARTICLES)


def test_what_reading_again_finds_is_written_and_is_no_news(filled: Settings, index: Index) -> None:
    wrong = read_by_older_rules(index, speaker={"name": "Somebody Else", "kind": "person"})
    (missing,) = [stored for stored in index.each("statements", {"match_all": {}}) if stored.id != wrong][:1]
    index._client.delete(index=index.alias("statements"), id=missing.id)
    old = index.get("statements", [wrong])[wrong].source
    alerts = index.count("alerts")
    report = run.run_reprocess(filled, READ)
    assert (report.counts["gained"], report.counts["changed"]) == (1, 1)
    index.refresh()
    now = index.get("statements", [wrong, missing.id])
    assert now[wrong].source["speaker"]["name"] != "Somebody Else"
    assert now[wrong].source["decision"] == old["decision"]
    assert now[missing.id].source["intake"] == "re-read"
    run.run_alert(filled)
    index.refresh()
    assert index.get("statements", [missing.id])[missing.id].source["decision"]["outcome"] == "re-read"
    assert index.count("alerts") == alerts
    assert index.count("changes") == 0


def test_a_statement_that_is_found_no_more_is_marked_and_comes_back_when_it_is_found_again(filled: Settings, index: Index) -> None:
    one = next(iter(index.each("statements", {"term": {"act": "denial"}})))
    index.change("statements", [(one, {"removed": "2024-01-01T00:00:00Z"})])
    read_by_older_rules(index)
    report = run.run_reprocess(filled, READ)
    assert report.counts["gained"] == 1
    assert "removed" not in index.get("statements", [one.id])[one.id].source


def test_a_limit_bounds_a_run_and_the_next_goes_on(filled: Settings, index: Index) -> None:
    read_by_older_rules(index)
    limited = replace(READ, limit=3)
    assert run.run_reprocess(filled, limited).counts == {"articles": 3, "left": 3}
    assert run.run_reprocess(filled, limited).counts == {"articles": 3, "left": 0}
    assert run.run_reprocess(filled, limited).counts == {"articles": 0, "left": 0}


def test_outlet_and_first_sight_choose_articles(filled: Settings, index: Index) -> None:
    read_by_older_rules(index)
    assert run.run_reprocess(filled, replace(DRY, outlets=["thames-sentinel"])).counts["articles"] == 2
    assert run.run_reprocess(filled, replace(DRY, since=datetime(2024, 11, 2, tzinfo=UTC))).counts["articles"] == 0
    assert run.run_reprocess(filled, replace(DRY, since=datetime(2024, 10, 2, tzinfo=UTC))).counts["articles"] == ARTICLES


def extracted_by_older_code(index: Index) -> Document:
    """As if older code had left the last paragraph out of one article. Gives the article as it was."""
    stored = list(index.each("articles", {"match_all": {}}, sort=["url.full"]))
    index.change("articles", [(each, {"extracted": {"digest": "older"}}) for each in stored[1:]])
    worse = {"text": stored[0].source["text"].rpartition("\n\n")[0], "content_hash": "0" * 40, "extracted": {"digest": "older"}}
    versions = [{**stored[0].source["versions"][0], "hash": "0" * 40}]
    read = stored[0].source["read"] | {"version": "0" * 40}
    index.change("articles", [(stored[0], {**worse, "versions": versions, "read": read})])
    index.refresh()
    return {"id": stored[0].id, **stored[0].source}


def test_extraction_again_takes_the_text_from_the_archive_and_makes_no_version(filled: Settings, index: Index, sites: SampleSites) -> None:
    better = extracted_by_older_code(index)
    asked = len(sites.requests)
    dry = run.run_reprocess(filled, replace(EXTRACT, dry_run=True))
    assert (dry.counts["articles"], dry.counts["other-text"], len(dry.rows)) == (ARTICLES, 1, 1)
    report = run.run_reprocess(filled, EXTRACT)
    assert (report.counts["articles"], report.counts["other-text"], report.counts["left"]) == (ARTICLES, 1, 0)
    after = index.get("articles", [better["id"]])[better["id"]].source
    assert (after["text"], after["content_hash"]) == (better["text"], better["content_hash"])
    assert after["versions"] == better["versions"]
    assert len(sites.requests) == asked
    index.refresh()
    assert index.count("changes") == 0
    assert run.run_reprocess(filled, EXTRACT).counts["articles"] == 0


def test_a_record_that_is_lost_is_counted_and_the_text_stays(filled: Settings, index: Index) -> None:
    better = extracted_by_older_code(index)
    for file in Path(filled.archive_base).rglob("*.warc.gz"):
        file.unlink()
    report = run.run_reprocess(filled, EXTRACT)
    assert report.counts["no-longer-in-the-archive"] == ARTICLES
    assert index.get("articles", [better["id"]])[better["id"]].source["text"] in better["text"]


def test_the_command_shows_a_table_or_json(filled: Settings, index: Index) -> None:
    read_by_older_rules(index, speaker={"name": "Somebody Else", "kind": "person"})
    done = CliRunner().invoke(app, ["reprocess", "--dry-run", "--json"])
    told = json.loads(done.stdout)
    assert told["counts"]["changed"] == 1
    assert "Somebody Else" in told["articles"][0]["changed"][0]
    done = CliRunner().invoke(app, ["reprocess", "--dry-run", "--limit", "10"])
    assert f"would change: {ARTICLES} articles" in done.stdout
    assert "Somebody" in done.stdout
    assert CliRunner().invoke(app, ["reprocess", "--read", "--extract"]).exit_code == 2


def test_every_reading_is_kept_before_the_next(filled: Settings, index: Index) -> None:
    """What `examine` gives is not yet written: a dry run depends on it."""
    stored = list(index.each("articles", {"match_all": {}}))
    before = everything(index)
    desk = run.desk_of(index, filled)
    failed: list[Exception] = []
    readings = unread.examine(stored, desk, lambda _, error: failed.append(error))
    assert [reading.difference.counts() for reading in readings] == [{}] * ARTICLES
    assert failed == []
    assert everything(index) == before
