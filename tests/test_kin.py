"""Copies among articles that are stored, on the sample outlets and on a real node."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from pipeline import run
from pipeline.copies import fingerprint
from pipeline.documents import article_document
from pipeline.index import Index
from pipeline.kin import WINDOW, find
from pipeline.model import Article
from pipeline.samples import SampleSites
from pipeline.settings import Settings
from tests.builders import NOON, an_article
from tests.conftest import SITES

KIRBY = (SITES / "cpw-kirby-partnership.txt").read_text()
BURNS = (SITES / "cpw-burns-pbs.txt").read_text()


def by_title(index: Index) -> dict[str, dict[str, Any]]:
    index.refresh()
    return {str(stored.source["title"]): {"id": stored.id, **stored.source} for stored in index.each("articles", {"match_all": {}})}


def store(index: Index, *articles: Article) -> None:
    index.create("articles", ((each.id, article_document(each, NOON)) for each in articles))


def a_copy(id_: str, outlet: str, text: str, hours: float, **changes: Any) -> Article:
    facts = an_article().outlet
    return an_article(
        id=id_,
        title=id_,
        text=text,
        url=f"https://{outlet}.example/{id_}",
        published=NOON + timedelta(hours=hours),
        outlet=type(facts)(id=outlet, name=outlet, country=None, ownership=None, tier=2),
        **changes,
    )


def enrich(settings: Settings) -> dict[str, int]:
    return run.run_enrich(settings)


def gold(id_: str) -> dict[str, Any]:
    return dict(json.loads((SITES / f"{id_}.gold.json").read_text()))


def test_the_groups_of_the_sample_outlets_are_found_and_no_others(sample_settings: Settings, index: Index) -> None:
    run.run_collect(sample_settings)
    counts = enrich(sample_settings)
    found = by_title(index)
    titles = {article["id"]: title for title, article in found.items()}
    groups = {
        (gold_id, found[gold(gold_id)["title"]].get("copy", {}).get("kind"), titles.get(found[gold(gold_id)["title"]].get("copy_of", "")))
        for gold_id in ("deccan-burns-alarm", "gulf-burns-rewrite", "carmel-kirby-jets")
    }
    burns, kirby = gold("cpw-burns-pbs")["title"], gold("cpw-kirby-partnership")["title"]
    assert groups == {
        ("deccan-burns-alarm", "copy", burns),
        ("gulf-burns-rewrite", "rewrite", burns),
        ("carmel-kirby-jets", "copy", kirby),
    }
    assert counts["copies"] == 3
    assert found[gold("notebook-fairy-tale")["title"]]["borrows"] == [found[gold("caspian-kanani-dismisses")["title"]]["id"]]
    assert [title for title, article in found.items() if "borrows" in article] == [gold("notebook-fairy-tale")["title"]]
    assert {article["agency"] for article in found.values() if "agency" in article} == {"Continental Press Wire"}
    assert run.status(sample_settings)["copies"] == {"copy": 2, "rewrite": 1, "independent origins": len(found) - 3}


def test_a_copy_alerts_nobody_but_what_it_adds_would(sample_settings: Settings, index: Index) -> None:
    run.run_collect(sample_settings)
    enrich(sample_settings)
    run.run_alert(sample_settings)
    articles = {article["id"]: article for article in by_title(index).values()}
    told = {stored.source["article_id"] for stored in index.each("alerts", {"match_all": {}})}
    assert [articles[id_]["title"] for id_ in told if articles[id_].get("copy_of")] == []
    carried = {stored.source["article_id"]: stored.source for stored in index.each("statements", {"exists": {"field": "copy_of"}})}
    assert {articles[id_]["outlet"]["id"] for id_ in carried} == {"deccan-standard", "gulf-meridian", "carmel-post", "ridgeline-notebook"}
    assert all(it["origin"] == it["copy_of"] == articles[it["article_id"]].get("copy_of", it["copy_of"]) for it in carried.values())
    own = [
        it.source for it in index.each("statements", {"match_all": {}}) if articles[it.source["article_id"]]["outlet"]["id"] == "cpw-wire"
    ]
    assert own
    assert all(it["origin"] == it["article_id"] for it in own)


def test_a_statement_that_a_copy_adds_is_its_own(sample_settings: Settings, index: Index) -> None:
    added = BURNS.split(") - ")[1] + "\n\nSpokesman John Kirby denied on Saturday that Iran had sent drones to Russia for the war."
    store(index, a_copy("1" * 40, "wire", BURNS, 0), a_copy("2" * 40, "paper", added, 5))
    enrich(sample_settings)
    index.refresh()
    statements = [stored.source for stored in index.each("statements", {"term": {"article_id": "2" * 40}})]
    assert [it["speaker"]["name"] for it in statements if "copy_of" not in it] == ["John Kirby"]
    assert len(statements) > 4


def test_an_original_that_is_seen_later_takes_its_place(sample_settings: Settings, index: Index) -> None:
    store(index, a_copy("b" * 40, "paper", KIRBY.split(") - ")[1], 3), a_copy("c" * 40, "daily", KIRBY.split(") - ")[1][:1200], 4))
    assert enrich(sample_settings)["copies"] == 1
    store(index, a_copy("d" * 40, "wire", KIRBY, 1))
    assert enrich(sample_settings)["copies"] == 1  # the origin so far
    found = by_title(index)
    assert {title[0]: (it["origin"][0], it.get("copy_of", "-")[0]) for title, it in found.items()} == {
        "b": ("d", "d"),
        "c": ("d", "d"),
        "d": ("d", "-"),
    }
    assert index.distinct("articles", "origin") == 1
    statements = [stored.source for stored in index.each("statements", {"match_all": {}})]
    assert {(it["article_id"][0], it["origin"][0]) for it in statements} == {("b", "d"), ("c", "d"), ("d", "d")}


@pytest.mark.parametrize("together", [True, False])
def test_the_agency_that_a_copy_names_is_the_origin_though_its_clock_says_later(
    sample_settings: Settings, index: Index, together: bool
) -> None:
    wire = a_copy("a" * 40, "Reuters", KIRBY.replace("(CPW)", "(Reuters)"), 2)
    batches: Sequence[tuple[Article, ...]] = [(a_copy("b" * 40, "paper", KIRBY.replace("(CPW)", "(Reuters)"), 0),), (wire,)]
    for batch in [(*batches[0], *batches[1])] if together else batches:
        store(index, *batch)
        enrich(sample_settings)
    found = by_title(index)
    assert found["b" * 40]["copy_of"] == "a" * 40
    assert "copy_of" not in found["a" * 40]


def test_an_article_made_of_two_others_does_not_make_them_one(sample_settings: Settings, index: Index) -> None:
    digest = a_copy("c" * 40, "digest", f"{BURNS}\n\n{KIRBY}", 9)
    store(index, a_copy("a" * 40, "wire", BURNS, 0), a_copy("b" * 40, "daily", KIRBY, 1), digest)
    enrich(sample_settings)
    found = by_title(index)
    assert found["a" * 40]["origin"] == "a" * 40
    assert found["b" * 40]["origin"] == "b" * 40


def test_placing_twice_changes_nothing(sample_settings: Settings, index: Index) -> None:
    run.run_collect(sample_settings)
    enrich(sample_settings)
    before = by_title(index)
    index.change("articles", [(stored, {"read": None}) for stored in index.each("articles", {"match_all": {}})])
    enrich(sample_settings)
    after = by_title(index)
    for title, article in before.items():
        assert {key: article.get(key) for key in ("origin", "copy_of", "copy", "borrows", "fingerprint")} == {
            key: after[title].get(key) for key in ("origin", "copy_of", "copy", "borrows", "fingerprint")
        }


def test_the_index_proposes_what_the_fingerprints_propose(sample_settings: Settings, index: Index, sites: SampleSites) -> None:
    run.run_collect(sample_settings)
    enrich(sample_settings)
    articles = list(by_title(index).values())
    prints = {article["id"]: fingerprint(article["text"]) for article in articles}
    times = {article["id"]: datetime.fromisoformat(article["fingerprint"]["at"]) for article in articles}
    found = find(prints, times, index)
    for id_, own in prints.items():
        near = {other for other, at in times.items() if other != id_ and abs(at - times[id_]) <= WINDOW}
        assert {hit.id for hit in found[id_]} == {other for other in near if own.meets(prints[other])}
    later = find(prints, {id_: at + 2 * WINDOW + timedelta(days=1_000) for id_, at in times.items()}, index)
    assert not any(later.values())
