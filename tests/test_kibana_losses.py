"""The panels on sources and losses, asked of a real node that has collected the sample outlets."""

from collections import Counter
from dataclasses import replace

import pytest

from pipeline import kibana_api, run
from pipeline.index import Index
from pipeline.kibana import saved_objects
from pipeline.settings import Settings
from tests.lens_query import Rows, ask, lens_panels


@pytest.fixture
def panels(sample_settings: Settings, index: Index) -> dict[str, Rows]:
    run.run_collect(sample_settings)
    index.refresh()
    _, rules, place = kibana_api.build(sample_settings)
    here = replace(place, prefix=index.prefix)
    objects = [each for each in saved_objects(rules, here) if each["id"].endswith("-sources-and-losses")]
    return {title: ask(lens, index) for each in objects for title, lens in lens_panels(each)}


def test_every_link_is_counted_by_what_became_of_it(panels: dict[str, Rows], index: Index) -> None:
    entries = [each.source for each in index.each("entries", {"match_all": {}})]
    by_outlet = Counter((it["outcome"], it["outlet"]["id"]) for it in entries)
    assert {key: values[0] for key, values in panels["Outcomes by outlet"].items()} == by_outlet
    by_day = Counter((it["event"]["created"][:10], it["outcome"]) for it in entries)
    assert {key: values[0] for key, values in panels["What became of links"].items()} == by_day
    assert sum(by_outlet.values()) > 30
    assert {"saved", "off-topic"} <= {outcome for outcome, _ in by_outlet}


def test_silent_sources_are_named_with_their_newest_entry(panels: dict[str, Rows], index: Index) -> None:
    silent = [each.source for each in index.each("sources", {"exists": {"field": "silent"}})]
    assert silent
    assert {outlet for outlet, _ in panels["Sources that are silent"]} == {it["outlet"]["name"] for it in silent}
    assert panels["Sources that fail"] == {}


def test_articles_are_counted_by_language(panels: dict[str, Rows], index: Index) -> None:
    articles = [each.source for each in index.each("articles", {"match_all": {}})]
    wanted = Counter((it["event"]["created"][:10], it["language"]) for it in articles)
    assert {key: values[0] for key, values in panels["Articles by language"].items()} == wanted
    assert {language for _, language in wanted} == {"en", "fa", "ru", "ar"}
