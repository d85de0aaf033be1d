"""Articles that are looked at again, on the sample outlets over HTTP and on a real node."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pipeline import run
from pipeline.archive import Archive
from pipeline.config_files import read_chrome
from pipeline.documents import Stored
from pipeline.errors import ConfigError
from pipeline.extract import extract
from pipeline.index import Index
from pipeline.model import Reference
from pipeline.samples import SampleSites
from pipeline.settings import Settings, read_settings
from tests.conftest import SITES
from tests.test_cli import claimwire

FIRST = datetime(2024, 9, 10, 18, tzinfo=UTC)  # the article is out, its second version is not
LATER = FIRST + timedelta(hours=25)
V1, V2 = ((SITES / f"{id_}.txt").read_text().strip() for id_ in ("thames-fath360", "thames-fath360-v2"))
ADDRESS = "http://thames-sentinel.example/world/2024/sep/10/uk-allies-cut-air-links-iran-missiles-russia"

At = Callable[[datetime], Settings]


@pytest.fixture
def at(sample_settings: Settings, sites: SampleSites, monkeypatch: pytest.MonkeyPatch) -> Iterator[At]:
    """Moves the one clock, of the outlets and of the stages."""

    def move(now: datetime) -> Settings:
        sites.now = now
        monkeypatch.setenv("CLAIMWIRE_NOW", now.isoformat())
        return read_settings()

    yield move
    sites.now = None


def article(index: Index) -> Stored:
    index.refresh()
    (found,) = [stored for stored in index.each("articles", {"match_all": {}}) if stored.source["url"]["full"] == ADDRESS]
    return found


def changes(index: Index, level: str = "statement") -> list[dict[str, Any]]:
    index.refresh("changes")
    return [dict(stored.source) for stored in index.each("changes", {"term": {"level": level}})]


def first_pass(settings: Settings) -> None:
    run.run_collect(settings, ["thames-sentinel"])
    run.run_enrich(settings)
    run.run_alert(settings)


def test_a_changed_article_has_one_id_two_versions_and_its_added_denial(at: At, index: Index) -> None:
    first_pass(at(FIRST))
    before = article(index)
    assert before.source["text"].strip() == V1
    counts = run.run_revisit(at(LATER), ["thames-sentinel"])
    assert counts == {"checked": 2, "changed": 1, "not-modified": 1}
    counts = run.run_enrich(at(LATER))
    after = article(index)
    assert after.id == before.id
    assert after.source["text"].strip() == V2
    assert [version["hash"] for version in after.source["versions"]] == [before.source["content_hash"], after.source["content_hash"]]
    assert [version["seen"] for version in after.source["versions"]] == ["2024-09-10T18:00:00Z", "2024-09-11T19:00:00Z"]
    assert counts["added"] >= 1
    added = [it for it in changes(index) if it["kind"] == "added"]
    assert "Abbas Araghchi" in {it["speaker"]["name"] for it in added if it["act"] == "denial"}
    assert {it["version"]["before"] for it in added} == {before.source["content_hash"]}
    assert all(it["event"]["created"] == "2024-09-11T19:00:00Z" for it in added)
    assert {it["article_id"] for it in added} == {before.id}
    sentences = changes(index, "sentence")
    assert "There was no immediate response from Tehran." in {it["text"] for it in sentences if it["kind"] == "removed"}


def test_every_version_can_be_had_from_the_archive(at: At, index: Index) -> None:
    first_pass(at(FIRST))
    settings = at(LATER)
    run.run_revisit(settings)
    with Archive(settings.archive_base, settings.clock) as archive:
        texts = []
        for version in article(index).source["versions"]:
            page = archive.read(Reference(**version["archive"]))
            texts.append(extract(page.body, url=page.url, domains=["thames-sentinel.example"], chrome=read_chrome(settings)).text.strip())
    assert texts == [V1, V2]


def test_the_added_denial_alerts_and_what_stays_does_not(at: At, index: Index) -> None:
    first_pass(at(FIRST))
    index.refresh("alerts")
    told = index.count("alerts")
    run.run_revisit(at(LATER))
    run.run_enrich(at(LATER))
    run.run_alert(at(LATER))
    index.refresh()
    new = [it.source for it in index.each("alerts", {"range": {"event.created": {"gte": "2024-09-11T00:00:00Z"}}})]
    assert index.count("alerts") == told + len(new)
    assert "Abbas Araghchi" in {entry["item"]["speaker"] for it in new for entry in it["entries"]}
    changed = {it["statement"].get("after") or it["statement"]["before"] for it in changes(index) if it["kind"] in {"added", "removed"}}
    assert {id_ for it in new for id_ in it["statements"]} <= changed


def test_what_an_article_says_no_more_stays_marked_and_counts_no_more(at: At, index: Index) -> None:
    first_pass(at(FIRST))
    run.run_revisit(at(LATER))
    run.run_enrich(at(LATER))
    index.refresh()
    removed = [it.source for it in index.each("statements", {"exists": {"field": "removed"}})]
    assert removed
    assert all(it["text"] not in V2 for it in removed)
    status = run.status(at(LATER))
    assert sum(status["statements"].values()) == status["documents"]["statements"] - len(removed)
    gone = {it["statement"].get("before") for it in changes(index) if it["kind"] in {"removed", "reworded"}}
    assert len(gone) == len(removed)
    words = " ".join(removed[0]["text"].split()[:6])
    found = [claimwire("search", f'"{words}"', "--json", *with_gone) for with_gone in ((), ("--removed",))]
    assert [removed[0]["text"] in {json.loads(line)["text"] for line in each.stdout.splitlines()} for each in found] == [False, True]


def test_looking_twice_changes_nothing(at: At, index: Index) -> None:
    first_pass(at(FIRST))
    settings = at(LATER)
    run.run_revisit(settings)
    run.run_enrich(settings)
    index.refresh()
    before = {kind: [stored.source for stored in index.each(kind, {"match_all": {}})] for kind in ("articles", "statements", "changes")}
    assert run.run_revisit(settings) == {"checked": 0}
    assert run.run_enrich(settings) == {"articles": 0, "statements": 0}
    index.refresh()
    assert before == {kind: [stored.source for stored in index.each(kind, {"match_all": {}})] for kind in before}  # type: ignore[arg-type]  # kinds


def test_a_look_is_conditional_and_comes_after_a_day_and_after_a_week(at: At, index: Index, sites: SampleSites) -> None:
    first_pass(at(LATER))
    assert run.run_revisit(at(LATER + timedelta(hours=23)))["checked"] == 0
    for after, checked in [(timedelta(hours=25), 2), (timedelta(days=6), 0), (timedelta(days=8), 2), (timedelta(days=100), 0)]:
        asked = len(sites.requests)
        counts = run.run_revisit(at(LATER + after))
        assert counts["checked"] == counts.get("not-modified", 0) == checked
        assert {request.status for request in sites.requests[asked:] if not request.url.endswith("robots.txt")} <= {304}


def test_a_feed_that_tells_an_article_anew_makes_it_due_at_once(at: At, index: Index) -> None:
    first_pass(at(FIRST))
    hours = timedelta(hours=5)
    settings = at(FIRST + hours)
    assert run.run_revisit(settings)["checked"] == 0
    counts = run.run_collect(settings, ["thames-sentinel"])
    assert counts["told-anew"] == 1
    index.refresh()
    assert run.run_revisit(settings) == {"checked": 1, "changed": 1}
    assert run.run_collect(settings, ["thames-sentinel"]).get("told-anew", 0) == 0


def test_a_deleted_article_is_marked_and_kept_and_may_come_back(at: At, index: Index, sites: SampleSites) -> None:
    first_pass(at(FIRST))
    index.refresh()
    statements = index.count("statements", {"term": {"article_id": article(index).id}})
    settings = at(LATER)
    sites.now = datetime(2024, 9, 1, tzinfo=UTC)  # before it was out
    counts = run.run_revisit(settings)
    assert counts["deleted"] == 1
    gone = article(index)
    assert gone.source["deleted"] == "2024-09-11T19:00:00Z"
    assert gone.source["text"].strip() == V1
    assert index.count("statements", {"term": {"article_id": gone.id}}) == statements
    assert run.status(settings)["versions"]["deleted articles"] == 1
    assert run.run_revisit(at(FIRST + timedelta(days=8)))["changed"] == 1
    assert "deleted" not in article(index).source


def test_an_address_that_does_not_answer_is_tried_again_and_given_up_in_the_end(at: At, index: Index) -> None:
    first_pass(at(FIRST))
    away = at(LATER).model_copy(update={"proxy": "http://127.0.0.1:9"})
    now, waits = LATER, []
    for _ in range(away.attempts):
        settings = away.model_copy(update={"now": now})
        assert run.run_revisit(settings)["unavailable"] >= 1
        due = datetime.fromisoformat(article(index).source["revisit"]["due"])
        waits.append((due - now) / timedelta(hours=1))
        now = due
    assert waits[:-1] == [1, 2, 4, 8]
    assert due == FIRST + timedelta(days=7)


def test_the_outlet_must_exist(sample_settings: Settings) -> None:
    with pytest.raises(ConfigError, match="no outlet moon"):
        run.run_revisit(sample_settings, ["moon"])
