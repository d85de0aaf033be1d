"""The whole way, on the sample outlets over HTTP and on a real node."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from pipeline import run
from pipeline.connection import connect
from pipeline.errors import ConfigError, StoreUnavailable, Unavailable
from pipeline.index import KINDS, Index
from pipeline.samples import SampleSites
from pipeline.settings import Settings, read_settings
from tests.conftest import SITES, free_port
from tests.receivers import webhook_receiver

GOLD = {gold["id"]: gold for gold in (json.loads(file.read_text()) for file in SITES.glob("*.gold.json"))}

# Never reached by a feed's link: the AMP variant, and the version that the second one has replaced.
UNLINKED = {"potomac-alabuga-amp", "thames-fath360"}


def all_of(index: Index, kind: Any) -> list[dict[str, Any]]:
    index.refresh(kind)
    return [dict(stored.source) for stored in index.each(kind, {"match_all": {}})]


def test_every_sample_link_ends_where_the_gold_files_say(sample_settings: Settings, index: Index) -> None:
    counts = run.run_collect(sample_settings)
    saved = {article["title"] for article in all_of(index, "articles")}
    wanted = {gold["title"] for gold in GOLD.values() if gold["on_topic"] and gold["id"] not in UNLINKED}
    assert saved == wanted

    outcomes = {entry["url"]["original"]: entry["outcome"] for entry in all_of(index, "entries") if "url" in entry}
    for id_, gold in GOLD.items():
        if id_ not in UNLINKED:
            expected = "saved" if gold["on_topic"] else "off-topic"
            found = [outcome for url, outcome in outcomes.items() if url.split("?utm")[0] == gold["url"]]
            assert found == [expected], gold["url"]
    assert counts["saved"] == len(wanted)
    assert (counts["off-site"], counts["no-link"], counts["rejected"]) == (1, 1, 1)


def test_articles_carry_where_they_come_from(sample_settings: Settings, index: Index) -> None:
    run.run_collect(sample_settings, ["cpw-wire"])
    article = next(it for it in all_of(index, "articles") if it["title"].startswith("CIA director"))
    gold = GOLD["cpw-burns-pbs"]
    assert article["url"]["full"] == gold["url"]
    assert article["published"] == gold["published"]
    assert article["text"].strip() == (SITES / "cpw-burns-pbs.txt").read_text().strip()
    assert article["outlet"]["name"] == "Continental Press Wire"
    assert article["event"]["created"] == "2024-11-01T00:00:00Z"
    with_archive = Path(sample_settings.archive_base) / article["archive"]["file"]
    assert with_archive.stat().st_size >= article["archive"]["offset"] + article["archive"]["length"]


def test_a_teaser_is_kept_with_the_text_of_its_amp_variant(sample_settings: Settings, index: Index) -> None:
    run.run_collect(sample_settings, ["potomac-dispatch"])
    (article,) = all_of(index, "articles")
    assert article["url"]["full"] == GOLD["potomac-alabuga"]["url"]
    assert article["text"].strip() == (SITES / "potomac-alabuga-amp.txt").read_text().strip()
    assert (article["text_from"], article["paywalled"], article["teaser"]) == ("amp", True, False)


def test_what_is_learned_of_an_outlet_is_hashes_alone(sample_settings: Settings, index: Index) -> None:
    run.run_collect(sample_settings, ["caspian-courier"])
    (outlet,) = all_of(index, "outlets")
    assert outlet["outlet"]["id"] == "caspian-courier"
    assert outlet["lines"]
    assert all(re.fullmatch("[0-9a-f]{12}", line) for line in outlet["lines"])
    assert {len(articles) for articles in outlet["lines"].values()} <= {1, 2, 3, 4}


def test_reading_finds_statements_that_are_words_of_the_text(sample_settings: Settings, index: Index) -> None:
    run.run_collect(sample_settings, ["thames-sentinel", "caspian-courier"])
    counts = run.run_enrich(sample_settings)
    articles = {stored.id: stored.source for stored in index.each("articles", {"match_all": {}})}
    statements = all_of(index, "statements")
    assert counts == {"articles": 6, "statements": len(statements)}
    assert len(statements) > 15
    for statement in statements:
        text = articles[statement["article_id"]]["text"]
        assert statement["start"] < 0 or statement["text"] == text[statement["start"] : statement["end"]]
    index.refresh("articles")
    assert index.count("articles", {"exists": {"field": "read.digest"}}) == 6


def test_doing_everything_twice_changes_nothing(sample_settings: Settings, index: Index, sites: SampleSites) -> None:
    def everything() -> dict[str, Any]:
        run.run_collect(sample_settings)
        run.run_enrich(sample_settings)
        run.run_alert(sample_settings)
        return dict(run.status(sample_settings))

    first = everything()
    asked = len(sites.requests)
    assert everything() == first
    assert {request.status for request in sites.requests[asked:]} <= {200, 304, 404}
    pages = [request for request in sites.requests[asked:] if "/news/" in request.url and "rss" not in request.url]
    assert pages == []
    assert first["alerts"] == {"sent": first["documents"]["alerts"]}
    assert first["documents"]["alerts"] > 0


def test_alerts_reach_a_webhook_once_with_their_evidence(known_settings: Settings, index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    run.run_collect(known_settings, ["thames-sentinel"])
    run.run_enrich(known_settings)
    with webhook_receiver() as inbox:
        inbox.opened(monkeypatch)
        counts = run.run_alert(read_settings())
        run.run_alert(read_settings())
    told = [item for _, body, _ in inbox.requests for item in body["items"]]
    assert {item["act"] for item in told} == {"accusation", "denial"}
    assert len({item["statement_id"] for item in told}) == len(told) == counts["alerted"]
    assert len({headers["Idempotency-Key"] for headers, _, _ in inbox.requests}) == len(inbox.requests)
    assert {body["kind"] for _, body, _ in inbox.requests} == {"alert"}


def test_the_first_pass_over_an_outlet_is_one_message(sample_settings: Settings, index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    run.run_collect(sample_settings, ["thames-sentinel"])
    run.run_enrich(sample_settings)
    with webhook_receiver() as inbox:
        inbox.opened(monkeypatch)
        counts = run.run_alert(read_settings())
    ((_, body, _),) = inbox.requests
    assert body["kind"] == "baseline"
    assert len(body["items"]) == counts["alerted"] > 1


def test_a_channel_that_is_down_is_tried_again(known_settings: Settings, index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    run.run_collect(known_settings, ["potomac-dispatch"])
    run.run_enrich(known_settings)
    with webhook_receiver() as inbox:
        inbox.opened(monkeypatch)
        inbox.status = 500
        assert run.run_alert(read_settings())["undelivered"] == 1
        waiting = run.status(read_settings())["alerts"]["pending"]
        inbox.status = 200
        monkeypatch.setenv("CLAIMWIRE_NOW", "2024-11-02T00:00:00Z")
        assert run.run_alert(read_settings())["sent"] == waiting


def test_a_feed_that_fails_leaves_the_others_alone(
    sample_settings: Settings, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = tmp_path / "sources.yml"
    sources.write_text(
        "outlets:\n"
        + "".join(
            f"  - {{id: {id_}, name: {id_}, domains: [{host}], feeds: [{{url: 'http://{host}{path}'}}]}}\n"
            for id_, host, path in [
                ("page", "caspian-courier.example", "/"),
                ("gone", "thames-sentinel.example", "/no-such-feed"),
                ("nobody", "nobody.example", "/rss"),
                ("good", "potomac-dispatch.example", "/arcio/atom/national-security.xml"),
            ]
        )
    )
    monkeypatch.setenv("CLAIMWIRE_SOURCES", str(sources))
    counts = run.run_collect(read_settings())
    assert (counts["failed-feeds"], counts["saved"], counts["off-topic"]) == (3, 1, 1)
    troubles = {source["outlet"]["id"]: source.get("error", {}).get("type") for source in all_of(index, "sources")}
    assert troubles == {"page": "Rejected", "gone": "Rejected", "nobody": "Unavailable", "good": None}


def test_a_scheduler_is_told_of_a_feed_that_did_not_answer_until_it_counts_as_down(
    sample_settings: Settings, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = tmp_path / "sources.yml"
    sources.write_text("outlets: [{id: nobody, name: N, domains: [nobody.example], feeds: [{url: 'http://nobody.example/rss'}]}]\n")
    monkeypatch.setenv("CLAIMWIRE_SOURCES", str(sources))
    for _ in range(2):
        with pytest.raises(Unavailable, match="1 feeds did not answer"):
            run.run_collect(read_settings(), again=True)
    assert run.run_collect(read_settings(), again=True)["failed-feeds"] == 1


def test_elasticsearch_away_is_an_error_and_nothing_is_lost(
    sample_settings: Settings, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = sample_settings.model_copy(update={"elasticsearch_url": f"http://127.0.0.1:{free_port()}"})
    for stage in (run.run_collect, run.run_enrich, run.run_alert):
        with pytest.raises(StoreUnavailable):
            stage(away)
    assert run.run_collect(sample_settings, ["potomac-dispatch"])["saved"] == 1


def test_planning_keeps_an_outlet_in_one_group(sample_settings: Settings) -> None:
    groups = run.plan(sample_settings)
    assert sorted(id_ for group in groups for id_ in group) == sorted(outlet.id for outlet in run.read_outlets(sample_settings))
    assert len(groups) <= sample_settings.host_groups


def test_an_unknown_outlet_is_named_with_those_that_exist(sample_settings: Settings) -> None:
    with pytest.raises(ConfigError, match=r"no outlet moon.*thames-sentinel"):
        run.run_collect(sample_settings, ["moon"])


def test_a_rule_with_an_unknown_channel_is_a_configuration_error(
    sample_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "config" / "topics" / "iran-russia"
    folder.mkdir(parents=True)
    (folder / "alerts.yml").write_text("channels: [{id: log, kind: log}]\nrules: [{id: r, title: t, channels: [pigeon]}]")
    monkeypatch.setenv("CLAIMWIRE_ALERTS", str(folder / "alerts.yml"))
    with pytest.raises(ConfigError, match=r"alerts\.yml.*no channel 'pigeon'.*log"):
        run.run_alert(read_settings())


def test_the_status_counts_what_is_there(sample_settings: Settings, index: Index) -> None:
    assert run.status(sample_settings)["documents"] == dict.fromkeys(KINDS, 0)
    run.run_collect(sample_settings, ["carmel-post"])
    assert run.status(sample_settings)["links"] == {"saved": 2, "off-topic": 1}


def test_setting_up_is_repeatable(settings: Settings) -> None:
    try:
        assert len(run.set_up(settings)) == len(KINDS)
        assert run.set_up(settings) == []
    finally:
        connect(settings).remove()
