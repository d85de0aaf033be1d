"""Kibana's saved objects, made of `kibana.yml`: data views, saved searches and dashboards, a JSON object a line, and Kibana's own rules.

Nothing in them is random, so that the same configuration gives the same bytes. Type versions are the oldest that have the shapes used
here, which every later Kibana migrates; a newer one than its own it would refuse. Strings within strings are as its API wants them.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from pipeline import lens
from pipeline.dashboards import Control, Dashboard, KibanaRules, Panel, SavedSearch, Show, View
from pipeline.lens import Json, Told

CORE_VERSION = "8.8.0"
# What these shapes are of, by type of saved object; see `lens` for its own.
TYPE_VERSIONS = {"index-pattern": "8.0.0", "search": "10.5.0", "dashboard": "10.2.0", "tag": "8.0.0"}

# The latest statements of a quiet topic are not of today.
FROM, TO = "now-90d", "now"
COLOUR = "#B42318"

# How often Kibana's rules look, and how far back: what came in later than the last thing that they saw, in the last hour.
RULE_EVERY, RULE_WINDOW = "5m", 1
HITS = "kibana"  # the kind of document that rules write


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a topic's saved objects are about: its indices, by kind the types of their fields, and names for ids."""

    prefix: str  # of the indices: claimwire-iran-russia
    topic: str  # its title
    fields: Mapping[str, Mapping[str, str]]
    claims: Mapping[str, str]
    parties: Mapping[str, str]

    def id(self, name: str) -> str:
        """Of a saved object. Readable, and another one for each topic."""
        return f"{self.prefix}-{name}"

    def uuid(self, *parts: str) -> str:
        return str(uuid5(NAMESPACE_URL, "/".join((self.prefix, *parts))))


def fields_of(mapping: Mapping[str, Any], before: str = "") -> dict[str, str]:
    """Field to type, of a mapping of Elasticsearch; multi-fields too, objects that are not indexed not."""
    found: dict[str, str] = {}
    for name, it in mapping.get("properties", {}).items():
        if "properties" in it:
            found |= fields_of(it, f"{before}{name}.")
        elif it.get("enabled", True):
            found[before + name] = it["type"]
            found |= {f"{before}{name}.{other}": inner["type"] for other, inner in it.get("fields", {}).items()}
    return found


def saved_objects(rules: KibanaRules, place: Place) -> list[Json]:
    """All of them, what others refer to before these."""
    tag = _object("tag", place.id("tag"), {"name": place.prefix, "description": place.topic, "color": COLOUR})
    views = (_view(kind, view, rules, place) for kind, view in rules.views.items())
    searches = (_search(name, search, rules, place) for name, search in rules.searches.items())
    dashboards = (_dashboard(name, dashboard, rules, place) for name, dashboard in rules.dashboards.items())
    return [tag, *views, *searches, *dashboards]


def as_ndjson(objects: list[Json]) -> str:
    """The form of Kibana's exports and imports."""
    return "".join(json.dumps(each, ensure_ascii=False, sort_keys=True) + "\n" for each in objects)


def _object(kind: str, id_: str, attributes: Json, references: list[Json] | None = None) -> Json:
    return {
        "type": kind,
        "id": id_,
        "attributes": attributes,
        "references": references or [],
        "coreMigrationVersion": CORE_VERSION,
        "typeMigrationVersion": TYPE_VERSIONS[kind],
        "managed": False,
    }


def _text(value: Any) -> str:
    """JSON within a string, as Kibana keeps what it does not look into."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _tagged(place: Place) -> Json:
    return {"type": "tag", "id": place.id("tag"), "name": f"tag-ref-{place.id('tag')}"}


# ------------------------------------------------------------------------------------------------ data views
def _view(kind: str, view: View, rules: KibanaRules, place: Place) -> Json:
    fields = place.fields[kind]
    attributes = {
        "title": place.id(kind),
        "name": f"{place.topic}: {view.title}",
        "fields": "[]",
        "fieldAttrs": _text({field: {"customLabel": label} for field, label in rules.labels.items() if field in fields}),
        "fieldFormatMap": _text({field: form for field, form in _formats(rules, place).items() if field in fields}),
        "runtimeFieldMap": "{}",
        "sourceFilters": "[]",
        "typeMeta": "{}",
        "allowHidden": False,
        **({"timeFieldName": view.time} if view.time else {}),
    }
    return _object("index-pattern", place.id(kind), attributes)


def _formats(rules: KibanaRules, place: Place) -> dict[str, Json]:
    """Field to how its values are shown."""
    its = rules.formats
    ways = (
        (its.page, _url("{{rawValue}}")),
        (its.statement, _url(_found("statements", place))),
        (its.article, _url(_found("articles", place))),
        (its.hours, {"id": "number", "params": {"pattern": "0,0.0"}}),
        (its.share, {"id": "percent", "params": {"pattern": "0%"}}),
        (its.claim, _names(place.claims)),
        (its.party, _names(place.parties)),
    )
    return {field: way for fields, way in ways for field in fields}


def _url(template: str) -> Json:
    return {"id": "url", "params": {"type": "a", "urlTemplate": template, "labelTemplate": "{{value}}", "openLinkInCurrentTab": False}}


def _found(kind: str, place: Place) -> str:
    """Discover with the one document of an id, whenever it is of. Relative, so that it holds behind a proxy and in a space."""
    when = "_g=(time:(from:now-200y,to:now))"
    what = f"_a=(dataSource:(dataViewId:'{place.id(kind)}',type:dataView),query:(language:kuery,query:'_id:%22{{{{value}}}}%22'))"
    return f"../app/discover#/?{when}&{what}"


def _names(names: Mapping[str, str]) -> Json:
    return {"id": "static_lookup", "params": {"lookupEntries": [{"key": key, "value": value} for key, value in names.items()]}}


# ------------------------------------------------------------------------------------------------ searches
def _search(name: str, search: SavedSearch, rules: KibanaRules, place: Place) -> Json:
    refers = "kibanaSavedObjectMeta.searchSourceJSON.index"
    source = {"query": _kuery(rules.query(search.view, search.only)), "filter": [], "indexRefName": refers}
    attributes = {
        "title": f"{place.topic}: {search.title}",
        "description": search.says,
        "columns": list(search.columns),
        "sort": [[search.sort, "desc"]],
        "grid": {},
        "hideChart": False,
        "isTextBasedQuery": False,
        "timeRestore": False,
        "kibanaSavedObjectMeta": {"searchSourceJSON": _text(source)},
    }
    about = {"type": "index-pattern", "id": place.id(search.view), "name": refers}
    return _object("search", place.id(name), attributes, [about, _tagged(place)])


def _kuery(query: str) -> Json:
    return {"query": query, "language": "kuery"}


# ------------------------------------------------------------------------------------------------ dashboards
def _dashboard(name: str, dashboard: Dashboard, rules: KibanaRules, place: Place) -> Json:
    panels = [_panel(place.uuid(name, id_), panel, rules, place) for id_, panel in dashboard.panels.items()]
    controls = [_control(place.uuid(name, control.view, control.field), control, rules, place) for control in dashboard.controls]
    attributes: Json = {
        "title": f"{place.topic}: {dashboard.title}",
        "description": dashboard.says,
        "panelsJSON": _text([panel for panel, _ in panels]),
        "optionsJSON": _text({"useMargins": True, "syncColors": True, "syncCursor": True, "syncTooltips": False, "hidePanelTitles": False}),
        "timeRestore": True,
        "timeFrom": FROM,
        "timeTo": TO,
        "refreshInterval": {"pause": True, "value": 60_000},
        "kibanaSavedObjectMeta": {"searchSourceJSON": _text({"query": _kuery(""), "filter": []})},
        "version": 1,
    }
    if controls:
        ignore = {"ignoreFilters": False, "ignoreQuery": False, "ignoreTimerange": False, "ignoreValidations": False}
        attributes["controlGroupInput"] = {
            "chainingSystem": "HIERARCHICAL",
            "controlStyle": "oneLine",
            "showApplySelections": False,
            "ignoreParentSettingsJSON": _text(ignore),
            "panelsJSON": _text({control["id"]: _ordered(control, order) for order, (control, _) in enumerate(controls)}),
        }
    references = [reference for _, reference in (*panels, *controls)]
    return _object("dashboard", place.id(name), attributes, [*references, _tagged(place)])


def _panel(id_: str, panel: Panel, rules: KibanaRules, place: Place) -> tuple[Json, Json]:
    """A panel, and what it refers to from the dashboard's list."""
    x, y, width, height = panel.at
    head = {"panelIndex": id_, "gridData": {"x": x, "y": y, "w": width, "h": height, "i": id_}, "title": panel.title}
    if panel.show is Show.SEARCH:
        refers = f"panel_{id_}"
        shown = {**head, "type": "search", "panelRefName": refers, "embeddableConfig": {"enhancements": {}}}
        return shown, {"type": "search", "id": place.id(str(panel.search)), "name": f"{id_}:{refers}"}
    told = told_of(panel, rules, place)
    shown = {**head, "type": "lens", "embeddableConfig": {"attributes": lens.attributes(panel, told), "enhancements": {}}}
    about = lens.reference(told)
    return shown, about | {"name": f"{id_}:{about['name']}"}


def told_of(panel: Panel, rules: KibanaRules, place: Place) -> Told:
    view = str(panel.view)
    return Told(data_view=place.id(view), types=place.fields[view], labels=rules.labels, query=rules.query_of(panel))


def _control(id_: str, control: Control, rules: KibanaRules, place: Place) -> tuple[Json, Json]:
    shown = {"id": id_, "fieldName": control.field, "title": rules.labels.get(control.field, control.field), "enhancements": {}}
    refers = f"controlGroup_{id_}:optionsListDataView"
    return shown, {"type": "index-pattern", "id": place.id(control.view), "name": refers}


def _ordered(control: Json, order: int) -> Json:
    return {"type": "optionsListControl", "order": order, "grow": True, "width": "medium", "explicitInput": control}


# ------------------------------------------------------------------------------------------------ Kibana's own rules
def connector(place: Place) -> tuple[str, Json]:
    """Id and body of the connector that writes into the index of hits."""
    return place.uuid("connector"), {
        "name": f"{place.prefix}: what rules have found",
        "connector_type_id": ".index",
        "config": {"index": place.id(HITS), "refresh": False, "executionTimeField": None},
        "secrets": {},
    }


def alerting_rules(rules: KibanaRules, place: Place) -> Iterator[tuple[str, Json]]:
    """Ids and bodies for Kibana's alerting API.

    They go by when something was indexed: by its publication, what is found late would never be told.
    """
    for name, rule in rules.rules.items():
        query = {"query": {"query_string": {"query": rule.only}}}
        yield (
            place.uuid("rule", name),
            {
                "name": f"{place.topic}: {rule.title}",
                "rule_type_id": ".es-query",
                "consumer": "stackAlerts",
                "schedule": {"interval": RULE_EVERY},
                "tags": [place.prefix],
                "enabled": True,
                "params": {
                    "searchType": "esQuery",
                    "esQuery": json.dumps(query),
                    "index": [place.id(rule.view)],
                    "timeField": "event.ingested",
                    "size": 100,
                    "timeWindowSize": RULE_WINDOW,
                    "timeWindowUnit": "h",
                    "threshold": [0],
                    "thresholdComparator": ">",
                    "aggType": "count",
                    "groupBy": "all",
                    "excludeHitsFromPreviousRun": True,
                },
                "actions": [_action(name, rule.title, place)],
            },
        )


def _action(name: str, title: str, place: Place) -> Json:
    told = {
        "event": {"created": "{{context.date}}", "ingested": "{{date}}"},
        "rule": {"id": name, "name": title},
        "number": "{{context.value}}",
        "message": "{{context.message}}",
        "url": {"full": "{{context.link}}"},
    }
    return {
        "group": "query matched",
        "id": place.uuid("connector"),
        "params": {"documents": [told]},
        "frequency": {"summary": False, "notify_when": "onActiveAlert", "throttle": None},
    }
