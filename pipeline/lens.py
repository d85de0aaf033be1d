"""One panel as Kibana's Lens keeps it. Shapes are those of Kibana's exports since 8.9 (Lens' type version); nothing newer is used,
so that every Kibana since then can migrate it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.dashboards import Group, Measure, Operation, Panel, Show

Json = dict[str, Any]

LAYER = "layer"
# How measures are told in a column's head, after the field's own name.
MEASURED = {
    Operation.MEDIAN: "{}, half within",
    Operation.PERCENTILE: "{}, 19 of 20 within",
    Operation.MIN: "{}, first",
    Operation.MAX: "{}, last",
    Operation.SUM: "{}",
    Operation.UNIQUE_COUNT: "Different: {}",
}
# The types of Elasticsearch's fields, as Lens calls them.
TYPES = {"keyword": "string", "date": "date", "boolean": "boolean"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a panel needs to know of its view: the types of its fields as Elasticsearch has them, and what they are called."""

    data_view: str  # its id
    types: Mapping[str, str]
    labels: Mapping[str, str]
    query: str

    def label(self, field: str) -> str:
        return self.labels.get(field, field)

    def data_type(self, field: str) -> str:
        return TYPES.get(self.types[field], "number")


def reference(told: Told) -> Json:
    """What a Lens panel refers to: its layer's data view."""
    return {"type": "index-pattern", "id": told.data_view, "name": f"indexpattern-datasource-layer-{LAYER}"}


def attributes(panel: Panel, told: Told) -> Json:
    """The `attributes` of a Lens object."""
    columns = {f"by-{place}": _bucket(group, panel, told) for place, group in enumerate(panel.by)}
    columns |= {f"of-{place}": _measure(measure, told) for place, measure in enumerate(panel.of)}
    layer = {"columns": columns, "columnOrder": list(columns), "incompleteColumns": {}, "sampling": 1}
    kind, visualization = _SHOWN[panel.show](panel)
    return {
        "title": panel.title,
        "type": "lens",
        "visualizationType": kind,
        "references": [reference(told)],
        "state": {
            "datasourceStates": {"formBased": {"layers": {LAYER: layer}}, "indexpattern": {"layers": {}}, "textBased": {"layers": {}}},
            "visualization": visualization,
            "query": {"query": told.query, "language": "kuery"},
            "filters": [],
            "internalReferences": [],
            "adHocDataViews": {},
        },
    }


def _bucket(group: Group, panel: Panel, told: Told) -> Json:
    head = {"label": told.label(group.field), "customLabel": True, "isBucketed": True, "sourceField": group.field}
    if group.date_histogram:
        params: Json = {"interval": "auto", "includeEmptyRows": True, "dropPartials": False}
        return {**head, "operationType": "date_histogram", "dataType": "date", "scale": "interval", "params": params}
    # Groups go by the first measure, the highest first; of dates the latest.
    params = {
        "size": group.size,
        "orderBy": {"type": "column", "columnId": "of-0"},
        "orderDirection": "desc",
        "otherBucket": False,
        "missingBucket": False,
        "parentFormat": {"id": "terms"},
        "include": [],
        "exclude": [],
        "includeIsRegex": False,
        "excludeIsRegex": False,
    }
    return {**head, "operationType": "terms", "dataType": told.data_type(group.field), "scale": "ordinal", "params": params}


def _measure(measure: Measure, told: Told) -> Json:
    field = measure.field
    label = str(measure.count) if field is None else MEASURED[measure.operation].format(told.label(field))
    is_date = measure.operation in {Operation.MIN, Operation.MAX} and field is not None and told.data_type(field) == "date"
    return {
        "label": label,
        "customLabel": True,
        "operationType": measure.operation.value,
        "sourceField": field or "___records___",
        "dataType": "date" if is_date else "number",
        "isBucketed": False,
        "scale": "ratio",
        "params": {"percentile": 95} if measure.operation is Operation.PERCENTILE else {} if is_date else {"emptyAsNull": True},
    }


# ------------------------------------------------------------------------------------------------ the visualizations
def _bars(panel: Panel) -> tuple[str, Json]:
    series = "bar_stacked" if panel.by[0].date_histogram else "bar_horizontal_stacked"
    layer = {"layerId": LAYER, "layerType": "data", "seriesType": series, "xAccessor": "by-0", "accessors": ["of-0"]}
    if len(panel.by) > 1:
        layer["splitAccessor"] = "by-1"
    return "lnsXY", {
        "preferredSeriesType": series,
        "legend": {"isVisible": True, "position": "right"},
        "valueLabels": "hide",
        "fittingFunction": "None",
        "layers": [layer],
    }


def _heat(_: Panel) -> tuple[str, Json]:
    grid = {"type": "heatmap_grid", "isCellLabelVisible": True, "isYAxisLabelVisible": True, "isXAxisLabelVisible": True}
    return "lnsHeatmap", {
        "shape": "heatmap",
        "layerId": LAYER,
        "layerType": "data",
        "xAccessor": "by-0",
        "yAccessor": "by-1",
        "valueAccessor": "of-0",
        "legend": {"isVisible": True, "position": "right", "type": "heatmap_legend"},
        "gridConfig": {**grid, "isYAxisTitleVisible": True, "isXAxisTitleVisible": True},
    }


def _table(panel: Panel) -> tuple[str, Json]:
    buckets = [{"columnId": f"by-{place}", "isTransposed": False, "isMetric": False} for place in range(len(panel.by))]
    measures = [{"columnId": f"of-{place}", "isTransposed": False, "isMetric": True} for place in range(len(panel.of))]
    return "lnsDatatable", {
        "layerId": LAYER,
        "layerType": "data",
        "columns": [*buckets, *measures],
        "paging": {"size": 10, "enabled": True},
    }


def _number(_: Panel) -> tuple[str, Json]:
    return "lnsMetric", {"layerId": LAYER, "layerType": "data", "metricAccessor": "of-0"}


_SHOWN: Mapping[Show, Callable[[Panel], tuple[str, Json]]] = {
    Show.BARS: _bars,
    Show.HEAT: _heat,
    Show.TABLE: _table,
    Show.NUMBER: _number,
}
