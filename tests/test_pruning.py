"""What is kept for how long: each kind by its own number of days, and nothing of what is still needed."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline import ledger, run
from pipeline.archive import Archive
from pipeline.cli import app
from pipeline.connection import connect
from pipeline.documents import known
from pipeline.index import Index
from pipeline.outbox import Status, row_document
from pipeline.pruning import prune_logs
from pipeline.reprocess import Scope, What
from pipeline.settings import Settings, read_settings
from tests.builders import a_row, a_stored_statement
from tests.newsstand import DAY, HOST, HOUR, NOW, Newsstand, a_feed, a_page, a_story, an_item, stand

__all__ = ["stand"]

RSS = f"{HOST}/rss"


def keep(monkeypatch: pytest.MonkeyPatch, **days: int) -> None:
    for name, number in days.items():
        monkeypatch.setenv(f"CLAIMWIRE_KEEP_{name.upper()}_DAYS", str(number))


def gone(number: int) -> tuple[str, dict[str, object]]:
    then = {"created": (NOW - number * DAY).isoformat(), "ingested": (NOW - number * DAY).isoformat()}
    return f"{number:040d}", {"event": then, "source": "feed", "outlet": {"id": "outlet"}, "outcome": "off-topic", "attempts": 1}


def test_by_default_only_links_grow_too_old_and_not_while_a_feed_shows_them(stand: Newsstand) -> None:
    stand.pages |= {RSS: a_feed(an_item("/1", NOW), an_item("/off", NOW)), f"{HOST}/1": a_story(1), f"{HOST}/off": a_page(["Rain."] * 4)}
    stand.collect(NOW)
    stand.index.put("entries", [gone(500), gone(300)])
    assert run.run_prune(stand.at(NOW)) == {"old links": 1}
    stand.collect(NOW + 400 * DAY)
    assert run.run_prune(stand.at(NOW + 400 * DAY)) == {"old links": 1}
    assert set(stand.ends()) == {"/1", "/off"}  # one is an article's, one is still shown
    stand.pages[RSS] = a_feed(an_item("/1", NOW))
    stand.collect(NOW + 401 * DAY)
    assert run.run_prune(stand.at(NOW + 401 * DAY)) == {"old links": 1}
    assert "saved" not in stand.collect(NOW + 402 * DAY)
    assert len(stand.all("articles")) == 1


def test_articles_go_with_all_that_is_made_of_them_and_the_ledger_says_what_is_left(
    stand: Newsstand, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(monkeypatch, articles=30, entries=60)
    stand.pages |= {RSS: a_feed(an_item("/1", NOW)), f"{HOST}/1": a_story(1), f"{HOST}/2": a_story(2)}
    everything(stand, NOW)
    stand.pages[RSS] = a_feed(an_item("/2", NOW + 20 * DAY))
    everything(stand, NOW + 20 * DAY)
    assert run.run_prune(stand.at(NOW + 29 * DAY)) == {}
    assert run.run_prune(stand.at(NOW + 31 * DAY)) == {"old articles": 1}
    assert {it["url"]["full"] for kind in ("articles", "statements") for it in stand.all(kind)} == {f"{HOST}/2"}
    assert {it["url"]["original"] for it in stand.all("entries")} == {f"{HOST}/1", f"{HOST}/2"}
    settings = read_settings()
    rebuilt = ledger.rebuild(connect(settings), ledger.read_facts(settings), settings.clock(), lambda _: None)
    assert (rebuilt.documents > 0, rebuilt.differed) == (True, 0)
    assert run.run_prune(stand.at(NOW + 61 * DAY)) == {"old articles": 1, "old links": 1}
    assert [stand.all(kind) for kind in ("articles", "statements", "utterances", "claims", "forgotten")] == [[]] * 4 + stand_of(stand)


def stand_of(stand: Newsstand) -> list[list[dict[str, object]]]:
    """The journal of tonight alone; that of the nights before is settled."""
    found = stand.all("forgotten")
    assert len(found) == 1
    return [found]


def everything(stand: Newsstand, now: datetime) -> None:
    stand.collect(now)
    run.run_enrich(stand.at(now))
    run.run_alert(stand.at(now))


def test_archive_files_go_by_their_day_and_reprocessing_says_that_they_are_gone(stand: Newsstand, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(monkeypatch, archive=7)
    stand.pages |= {RSS: a_feed(an_item("/1", NOW)), f"{HOST}/1": a_story(1)}
    everything(stand, NOW)
    assert run.run_prune(stand.at(NOW + 6 * DAY)) == {}
    assert run.run_prune(stand.at(NOW + 9 * DAY)) == {"old archive files": 1}
    with Archive(read_settings().archive_base, read_settings().clock) as archive:
        assert archive.files() == []
    (stored,) = stand.index.each("articles", {"match_all": {}})
    stand.index.change("articles", [(stored, {"extracted": {"digest": "older"}})])
    report = run.run_reprocess(read_settings(), Scope(what=What.EXTRACT, dry_run=False, limit=9))
    assert report.counts["no-longer-in-the-archive"] == 1
    assert len(stand.all("articles")) == 1


def test_alerts_go_when_nothing_is_to_be_done_with_them(settings: Settings, index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(monkeypatch, alerts=10, changes=10, quarantine=10)
    monkeypatch.setenv("CLAIMWIRE_NOW", NOW.isoformat())
    stored = a_stored_statement()
    for number, (age, status, until) in enumerate(
        [(11, Status.SENT, 5), (9, Status.SENT, 5), (11, Status.PENDING, 5), (11, Status.SENT, -1), (11, Status.SUPPRESSED, 5)]
    ):
        row = a_row(stored, id=f"{number:040d}", status=status, created=NOW - age * DAY, updates_until=NOW - until * DAY)
        index.create("alerts", [(row.id, known(row_document(row, stored.source, NOW)))])
    old = {"event": {"created": (NOW - 11 * DAY).isoformat(), "ingested": (NOW - 11 * DAY).isoformat()}}
    index.create("changes", [("old", {**old, "text": "x"})])
    index.create("quarantine", [("old", {**old, "article_id": "x"})])
    assert run.run_prune(read_settings()) == {"old alerts": 2, "old changes": 1, "old quarantine": 1}
    index.refresh()
    assert sorted(int(each.id) for each in index.each("alerts", {"match_all": {}})) == [1, 2, 3]


def test_logs_go_by_when_they_were_written_and_empty_folders_with_them(tmp_path: Path) -> None:
    now = datetime(2024, 3, 1, tzinfo=UTC)
    for name, age in (("a/old.log", 40), ("b/new.log", 2)):
        file = tmp_path / name
        file.parent.mkdir()
        file.write_text("x")
        for path in (file, file.parent):
            then = (now - timedelta(days=age)).timestamp()
            os.utime(path, (then, then))
    (tmp_path / "link").symlink_to(tmp_path / "b")
    assert prune_logs(tmp_path, None, now) == 0
    assert prune_logs(tmp_path, 30, now) == 1
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a", "b", "link", "new.log"]
    assert prune_logs(tmp_path / "none", 30, now) == 0


def test_the_command_counts_by_topic(stand: Newsstand) -> None:
    stand.index.put("entries", [gone(500)])
    stand.at(NOW + HOUR)
    done = CliRunner().invoke(app, ["prune"])
    assert (done.exit_code, done.output.splitlines()[-1]) == (0, "iran-russia: 1 old links")
    assert CliRunner().invoke(app, ["prune"]).output.splitlines()[-1] == "iran-russia: nothing to do"
