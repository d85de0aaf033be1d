"""Kibana's saved objects, read as its import reads them: nothing dangles, nothing overlaps, every field exists and can be counted."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from luqum.parser import parser
from luqum.tree import SearchField
from luqum.visitor import TreeVisitor

from pipeline import kibana_api
from pipeline.dashboards import COLUMNS, KibanaRules
from pipeline.errors import ConfigError
from pipeline.kibana import Place, fields_of
from pipeline.settings import read_settings
from pipeline.topics import begin
from tests.lens_query import layer_of, lens_panels, lucene

ROOT = Path(__file__).parent.parent
SHIPPED = ROOT / "config" / "kibana" / "iran-russia.ndjson"

# The newest versions of these types that Kibana 9.0 knows; of a newer one it would refuse the import.
KNOWN = {"index-pattern": "8.0.0", "lens": "8.9.0", "dashboard": "10.2.0", "search": "10.5.0", "tag": "8.0.0"}
# What Elasticsearch can put into groups or measure.
COUNTED = {"keyword", "date", "boolean", "integer", "long", "float", "double", "byte"}


@pytest.fixture(scope="module")
def built() -> tuple[list[dict[str, Any]], KibanaRules, Place]:
    body, rules, place = kibana_api.build(read_settings())
    return [json.loads(line) for line in body.splitlines()], rules, place


Built = tuple[list[dict[str, Any]], KibanaRules, Place]


def of_type(built: Built, kind: str) -> list[dict[str, Any]]:
    return [each for each in built[0] if each["type"] == kind]


def test_what_is_committed_is_what_is_built() -> None:
    body, _, _ = kibana_api.build(read_settings())
    assert SHIPPED.read_text(encoding="utf-8") == body, "make kibana writes it anew"


def test_every_object_is_one_that_kibana_knows_and_has_an_id_of_its_own(built: Built) -> None:
    for each in built[0]:
        assert each["typeMigrationVersion"] == KNOWN[each["type"]]
        assert each["coreMigrationVersion"] == "8.8.0"
        assert not each.keys() & {"version", "updated_at", "created_at", "namespaces", "migrationVersion"}
    ids = [(each["type"], each["id"]) for each in built[0]]
    assert len(ids) == len(set(ids)) == 22


def test_every_reference_leads_to_an_object_that_comes_before_it(built: Built) -> None:
    seen: set[tuple[str, str]] = set()
    for each in built[0]:
        names = [reference["name"] for reference in each["references"]]
        assert len(names) == len(set(names))
        assert {(reference["type"], reference["id"]) for reference in each["references"]} <= seen
        seen.add((each["type"], each["id"]))


def test_every_reference_is_used_and_every_use_is_a_reference(built: Built) -> None:
    for dashboard in of_type(built, "dashboard"):
        its = dashboard["attributes"]
        used = set()
        for panel in json.loads(its["panelsJSON"]):
            if panel["type"] == "search":
                used.add(f"{panel['panelIndex']}:{panel['panelRefName']}")
            else:
                inner = panel["embeddableConfig"]["attributes"]
                (layer,) = inner["state"]["datasourceStates"]["formBased"]["layers"]
                assert [reference["name"] for reference in inner["references"]] == [f"indexpattern-datasource-layer-{layer}"]
                used |= {f"{panel['panelIndex']}:{reference['name']}" for reference in inner["references"]}
        controls = json.loads(its["controlGroupInput"]["panelsJSON"])
        used |= {f"controlGroup_{id_}:optionsListDataView" for id_ in controls}
        assert all(control["explicitInput"]["id"] == id_ for id_, control in controls.items())
        assert used == {reference["name"] for reference in dashboard["references"] if reference["type"] != "tag"}
    for search in of_type(built, "search"):
        source = json.loads(search["attributes"]["kibanaSavedObjectMeta"]["searchSourceJSON"])
        assert source["indexRefName"] in {reference["name"] for reference in search["references"]}


def test_panels_fit_the_grid_and_do_not_overlap(built: Built) -> None:
    for dashboard in of_type(built, "dashboard"):
        taken: set[tuple[int, int]] = set()
        for panel in json.loads(dashboard["attributes"]["panelsJSON"]):
            grid = panel["gridData"]
            assert panel["panelIndex"] == grid["i"]
            cells = {(x, y) for x in range(grid["x"], grid["x"] + grid["w"]) for y in range(grid["y"], grid["y"] + grid["h"])}
            assert not cells & taken, panel["title"]
            assert max(x for x, _ in cells) < COLUMNS
            taken |= cells


def test_columns_of_panels_are_complete_and_shown(built: Built) -> None:
    for dashboard in of_type(built, "dashboard"):
        for title, lens in lens_panels(dashboard):
            layer, shown = layer_of(lens), lens["state"]["visualization"]
            assert set(layer["columnOrder"]) == set(layer["columns"]), title
            bucketed = [layer["columns"][id_]["isBucketed"] for id_ in layer["columnOrder"]]
            assert bucketed == sorted(bucketed, reverse=True), "groups come first"
            assert set(_accessors(shown)) == set(layer["columns"]), title


def _accessors(shown: Any) -> Iterator[str]:
    for key, value in shown.items():
        if key in {"xAccessor", "yAccessor", "valueAccessor", "splitAccessor", "metricAccessor", "columnId"}:
            yield value
        elif key == "accessors":
            yield from value
        elif key in {"layers", "columns"}:
            for each in value:
                yield from _accessors(each)


class _Fields(TreeVisitor):
    def visit_search_field(self, node: SearchField, context: Any) -> Iterator[str]:
        yield node.name
        yield from self.generic_visit(node, context)


def queries(built: Built) -> Iterator[tuple[str, str]]:
    """View and KQL of all that asks for anything."""
    objects, rules, place = built
    for each in (each for each in objects if each["type"] == "search"):
        (about,) = (reference["id"] for reference in each["references"] if reference["type"] == "index-pattern")
        source = json.loads(each["attributes"]["kibanaSavedObjectMeta"]["searchSourceJSON"])
        yield about.removeprefix(f"{place.prefix}-"), source["query"]["query"]
    for dashboard in (each for each in objects if each["type"] == "dashboard"):
        for _, lens in lens_panels(dashboard):
            yield lens["references"][0]["id"].removeprefix(f"{place.prefix}-"), lens["state"]["query"]["query"]
    yield from ((rule.view, rule.only) for rule in rules.rules.values())


def test_every_query_is_read_alike_by_both_languages_and_names_fields_that_there_are(built: Built) -> None:
    seen = 0
    for view, query in queries(built):
        if query:
            tree = parser.parse(lucene(query))
            found = list(_Fields().visit(tree))
            assert found
            assert set(found) <= built[2].fields[view].keys(), query
            assert not re.search(r"\b(and|or|not)\b", query), "in capitals, or Lucene takes it for a word"
            seen += 1
    assert seen >= 30


def test_what_is_counted_can_be_counted(built: Built) -> None:
    place = built[2]
    for dashboard in of_type(built, "dashboard"):
        for title, lens in lens_panels(dashboard):
            fields = place.fields[lens["references"][0]["id"].removeprefix(f"{place.prefix}-")]
            for column in layer_of(lens)["columns"].values():
                if column["sourceField"] != "___records___":
                    assert fields[column["sourceField"]] in COUNTED, f"{title}: {column['sourceField']}"
        for control in json.loads(dashboard["attributes"]["controlGroupInput"]["panelsJSON"]).values():
            assert control["explicitInput"]["fieldName"]


def test_data_views_label_and_format_fields_that_there_are(built: Built) -> None:
    place = built[2]
    for view in of_type(built, "index-pattern"):
        its = view["attributes"]
        fields = place.fields[its["title"].removeprefix(f"{place.prefix}-")]
        assert json.loads(its["fieldAttrs"]).keys() | json.loads(its["fieldFormatMap"]).keys() <= fields.keys()
        if "timeFieldName" in its:
            assert fields[its["timeFieldName"]] == "date"
    labelled = built[1].labels.keys()
    assert labelled <= {field for fields in place.fields.values() for field in fields}


def test_an_address_opens_the_page_and_a_statements_id_its_sentence(built: Built) -> None:
    (view,) = (each for each in of_type(built, "index-pattern") if each["id"].endswith("-statements"))
    formats = json.loads(view["attributes"]["fieldFormatMap"])
    assert formats["url.full"]["params"]["urlTemplate"] == "{{rawValue}}"
    assert "_id:%22{{value}}%22" in formats["answers"]["params"]["urlTemplate"]
    assert "claimwire-iran-russia-statements" in formats["answers"]["params"]["urlTemplate"]
    names = {each["key"]: each["value"] for each in formats["claims"]["params"]["lookupEntries"]}
    assert names["iran-drones-to-russia"] == "Iran supplies drones to Russia"
    assert {"key": "IR", "value": "Iran"} in formats["speaker.side"]["params"]["lookupEntries"]


def test_twelve_questions_have_a_panel_each(built: Built) -> None:
    rules = built[1]
    assert len(rules.questions) == 12
    assert len({rules.answering(question)[1] for question in rules.questions}) == 12


def test_another_topic_has_objects_of_its_own(tmp_path: Path, built: Built) -> None:
    settings = read_settings(overlay=tmp_path, topic="iran-russia")
    begin("river", settings)
    body, _, place = kibana_api.build(settings.of("river"))
    others = [json.loads(line) for line in body.splitlines()]
    assert place.prefix == "claimwire-river"
    assert not {each["id"] for each in others} & {each["id"] for each in built[0]}
    assert "iran-russia" not in body


def test_a_field_that_no_index_has_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "kibana.yml").write_text("searches: {latest-statements: {columns: [act, speaker.hat]}}\n")
    with pytest.raises(ConfigError, match=r"speaker\.hat"):
        kibana_api.build(read_settings(overlay=tmp_path))


@pytest.mark.parametrize(
    ("yaml", "says"),
    [
        ("dashboards: {alerts: {panels: {sent: {at: [40, 0, 12, 6]}}}}", "48 columns"),
        ("dashboards: {alerts: {panels: {sent: {view: storks}}}}", "no such view: storks"),
        ("dashboards: {alerts: {panels: {latest: {search: storks}}}}", "no such search: storks"),
        ("questions: {who-sleeps: Who sleeps?}", "questions without a panel"),
        ("dashboards: {alerts: {panels: {sent: {by: [{terms: act}]}}}}", "number has 0 to 0 groups"),
    ],
)
def test_what_does_not_fit_together_is_an_error_that_says_so(yaml: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "kibana.yml").write_text(yaml)
    with pytest.raises(ConfigError, match=says):
        kibana_api.build(read_settings(overlay=tmp_path))


def test_fields_of_a_mapping() -> None:
    mapping = {
        "properties": {
            "a": {"properties": {"b": {"type": "keyword"}}},
            "c": {"type": "text", "fields": {"keyword": {"type": "keyword"}}},
            "d": {"type": "object", "enabled": False},
        }
    }
    assert fields_of(mapping) == {"a.b": "keyword", "c": "text", "c.keyword": "keyword"}
