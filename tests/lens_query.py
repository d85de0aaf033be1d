"""What a Lens panel asks Elasticsearch, made of the panel as Kibana gets it; and its answer as rows.

A stand-in for Kibana, which is not at hand: terms, date histograms and metrics become the aggregations that Lens makes of them. KQL goes
to Elasticsearch as Lucene's query language; the panels keep to what both write alike, but for comparisons, which are put over.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.index import Index
from pipeline.lens import LAYER

Json = Mapping[str, Any]
Rows = dict[tuple[Any, ...], tuple[float | None, ...]]

COMPARISON = re.compile(r"([\w.]+) (<=?|>=?) ([\w.]+)")


def lucene(kql: str) -> str:
    return COMPARISON.sub(r"\1:\2\3", kql) or "*"


def lens_panels(dashboard: Json) -> Iterator[tuple[str, Json]]:
    """Title and Lens attributes of each panel that is Lens's."""
    for panel in json.loads(dashboard["attributes"]["panelsJSON"]):
        if panel["type"] == "lens":
            yield panel["title"], panel["embeddableConfig"]["attributes"]


def layer_of(lens: Json) -> Json:
    layer: Json = lens["state"]["datasourceStates"]["formBased"]["layers"][LAYER]
    return layer


def ask(lens: Json, index: Index) -> Rows:
    """The values of the groups, as Lens shows them, and of each what is measured."""
    columns = layer_of(lens)["columns"]
    groups = [columns[id_] for id_ in layer_of(lens)["columnOrder"] if columns[id_]["isBucketed"]]
    measures = {id_: column for id_, column in columns.items() if not column["isBucketed"]}
    (data_view,) = (reference["id"] for reference in lens["references"])
    kind = data_view.removeprefix(f"{index.prefix}-")
    query = {"query_string": {"query": lucene(lens["state"]["query"]["query"])}}
    answer = index.aggregate(kind, query, _nested(groups, measures) if groups else {**_metrics(measures), "all": {"filter": query}})
    if not groups:
        return {(): _measured(answer | {"doc_count": answer["all"]["doc_count"]}, measures)}
    return dict(_rows(answer, len(groups), measures, ()))


def _nested(groups: list[Json], measures: Json) -> dict[str, Any]:
    inner = _nested(groups[1:], measures) if groups[1:] else _metrics(measures)
    # By the first measure, as the panel says; so every level measures it.
    return {"group": {**_bucket(groups[0], measures), "aggs": {**inner, **_metrics(measures)}}}


def _bucket(column: Json, measures: Json) -> dict[str, Any]:
    if column["operationType"] == "date_histogram":
        return {"date_histogram": {"field": column["sourceField"], "calendar_interval": "day", "min_doc_count": 1, "format": "yyyy-MM-dd"}}
    params = column["params"]
    order = params["orderBy"]["columnId"]
    by = "_count" if measures[order]["operationType"] == "count" else order
    return {"terms": {"field": column["sourceField"], "size": params["size"], "order": {by: params["orderDirection"]}}}


def _metrics(measures: Json) -> dict[str, Any]:
    return {id_: made for id_, column in measures.items() if (made := _metric(column))}


def _metric(column: Json) -> dict[str, Any] | None:
    field = {"field": column["sourceField"]}
    match column["operationType"]:
        case "count":
            return None
        case "unique_count":
            return {"cardinality": field}
        case "median":
            return {"percentiles": {**field, "percents": [50]}}
        case "percentile":
            return {"percentiles": {**field, "percents": [column["params"]["percentile"]]}}
        case other:
            return {other: field}


def _rows(answer: Json, depth: int, measures: Json, before: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], tuple[float | None, ...]]]:
    for bucket in answer["group"]["buckets"]:
        key = (*before, bucket.get("key_as_string", bucket["key"]))
        if depth > 1:
            yield from _rows(bucket, depth - 1, measures, key)
        else:
            yield key, _measured(bucket, measures)


def _measured(bucket: Json, measures: Json) -> tuple[float | None, ...]:
    return tuple(_value(bucket, id_, column) for id_, column in measures.items())


def _value(bucket: Json, id_: str, column: Json) -> float | None:
    if column["operationType"] == "count":
        return float(bucket["doc_count"])
    found = bucket[id_]
    return next(iter(found["values"].values())) if "values" in found else found["value"]
