"""The only door to Elasticsearch.

One index per topic and kind of document, versioned, behind an alias: `PREFIX-TOPIC-articles` → `PREFIX-TOPIC-articles-000001`.
First writes are `create` with ids of our own (there already: counted, not an error); changes are guarded by `if_seq_no`. Nothing
here needs scripts, `_update_by_query` or a licence, so that the development node will do.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Literal, TypeVar, get_args

from elasticsearch import BadRequestError, Elasticsearch, helpers

from pipeline.documents import Document, Stored
from pipeline.errors import ConfigError, DocumentsRefused, StoreUnavailable
from pipeline.store_errors import PASSING, is_blocked, reason_of, told, translated

Kind = Literal[
    "articles", "statements", "utterances", "claims", "changes", "entries", "sources", "outlets", "alerts", "silences", "leases",
    "quarantine", "runs", "alarms", "forgotten", "kibana", "archives",
]  # fmt: skip
KINDS: tuple[Kind, ...] = get_args(Kind)

# Bulk requests of this size keep a small node's memory quiet; http.max_content_length is 100 MB.
MAX_BULK_BYTES = 5 * 2**20

# What a node answers that has too much to do at the moment; the request or the document goes again after 1, 2, 4 … seconds.
BUSY = (429, 503)

# What grows with the news: these get the shards of the settings, the others one.
LARGE: frozenset[Kind] = frozenset({"articles", "statements", "utterances", "entries"})

_VERSION = re.compile(r"-\d{6}")

T = TypeVar("T")


class Index:
    """Documents in, documents out.

    Raises StoreUnavailable where Elasticsearch does not answer or does not take; writing raises DocumentsRefused, after all others
    are written, where it never will take some.
    """

    def __init__(self, client: Elasticsearch, prefix: str, retries: int = 5) -> None:
        self._client = client
        self._retries = retries
        self.prefix = prefix

    def alias(self, kind: Kind) -> str:
        return f"{self.prefix}-{kind}"

    def version(self) -> str:
        with translated():
            return str(self._client.info()["version"]["number"])

    def set_up(self, mappings: Mapping[Kind, Mapping[str, Any]]) -> list[str]:
        """Creates what is missing and adds new fields to what is there. Returns the names of the indices made."""
        made = []
        for kind, body in mappings.items():
            name = f"{self.alias(kind)}-000001"
            with translated():
                if self._client.indices.exists_alias(name=self.alias(kind)):
                    self._add_fields(kind, body)
                    self._follow(kind, body)
                    continue
                try:
                    self._client.indices.create(index=name, **body, aliases={self.alias(kind): {"is_write_index": True}})
                    made.append(name)
                except BadRequestError as error:
                    if error.error != "resource_already_exists_exception":  # somebody else's set-up was quicker
                        raise
        return made

    def _follow(self, kind: Kind, body: Mapping[str, Any]) -> None:
        """The settings that may change while an index is in use."""
        changing = {key: value for key, value in body.get("settings", {}).items() if key == "auto_expand_replicas"}
        if changing:
            self._client.indices.put_settings(index=self.alias(kind), settings=changing)

    def _add_fields(self, kind: Kind, body: Mapping[str, Any]) -> None:
        try:
            self._client.indices.put_mapping(index=self.alias(kind), **body["mappings"])
        except BadRequestError as error:
            raise ConfigError(
                f"the index has a field of another type: {told(error)}",
                file=f"config/index/{kind}.json",
                remedy="`claimwire upgrade` copies its documents into a new index",
            ) from error

    def missing(self) -> list[str]:
        """The aliases that `set_up` has not made yet."""
        with translated():
            return [self.alias(kind) for kind in KINDS if not self._client.indices.exists_alias(name=self.alias(kind))]

    def remove(self) -> None:
        """Deletes every index of this topic, and nothing else: for tests and takedowns of whole topics."""
        with translated():
            for kind in KINDS:
                names = self._client.indices.get(index=f"{self.alias(kind)}-*", ignore_unavailable=True, allow_no_indices=True)
                for name in names:
                    if _VERSION.fullmatch(name.removeprefix(self.alias(kind))):  # a topic's name may go on where another's ends
                        self._client.indices.delete(index=name)

    def refresh(self, *kinds: Kind) -> None:
        """Makes every write so far visible to searches."""
        with translated():
            self._client.indices.refresh(index=[self.alias(kind) for kind in kinds or KINDS])

    def create(self, kind: Kind, documents: Iterable[tuple[str, Document]]) -> Counter[str]:
        """Writes what is not there yet. Counts `created` and `known` (the id was there already)."""
        actions = ({"_op_type": "create", "_index": self.alias(kind), "_id": id_, "_source": document} for id_, document in documents)
        return self._bulk(actions, accepted={409: "known"})

    def put(self, kind: Kind, documents: Iterable[tuple[str, Document]]) -> Counter[str]:
        """Writes or overwrites whole documents of which this process is the only writer (a source's state, a link's outcome)."""
        actions = ({"_op_type": "index", "_index": self.alias(kind), "_id": id_, "_source": document} for id_, document in documents)
        return self._bulk(actions, accepted={})

    def change(self, kind: Kind, changes: Iterable[tuple[Stored, Document]]) -> Counter[str]:
        """Adds fields to documents as they were read, or takes those away that are None.

        Counts `updated` and `overtaken` (somebody else changed it first).
        """
        actions = (
            {
                "_op_type": "index",
                "_index": self.alias(kind),
                "_id": stored.id,
                "if_seq_no": stored.seq_no,
                "if_primary_term": stored.primary_term,
                "_source": {key: value for key, value in {**stored.source, **fields}.items() if value is not None},
            }
            for stored, fields in changes
        )
        return self._bulk(actions, accepted={409: "overtaken"})

    def delete(self, kind: Kind, ids: Iterable[str]) -> Counter[str]:
        """Takes documents away for good. Counts `deleted` and `absent`."""
        actions = ({"_op_type": "delete", "_index": self.alias(kind), "_id": id_} for id_ in ids)
        return self._bulk(actions, accepted={404: "absent"})

    def change_all(self, kind: Kind, changes: Sequence[tuple[Stored, Document]]) -> None:
        """The same where each change counts. Raises StoreUnavailable where one was overtaken: what it was made of holds no more."""
        overtaken = self.change(kind, changes)["overtaken"]
        if overtaken:
            raise StoreUnavailable(f"{overtaken} of {len(changes)} {kind} were changed by somebody else meanwhile; try again")

    def _bulk(self, actions: Iterable[dict[str, Any]], accepted: Mapping[int, str]) -> Counter[str]:
        """Every document ends as written, accepted, or refused; what is refused holds up nothing else, and is told at the end."""
        counts: Counter[str] = Counter()
        refused: dict[str, str] = {}
        with translated():
            answers = helpers.streaming_bulk(
                self._client,
                actions,
                max_chunk_bytes=MAX_BULK_BYTES,
                # Item-level 429 is sent again only without raise_on_error.
                raise_on_error=False,
                raise_on_exception=True,
                retry_on_status=BUSY,
                max_retries=self._retries,
                initial_backoff=1,
                max_backoff=30,
            )
            for done, item in answers:
                (answer,) = item.values()
                if done:
                    counts[answer["result"]] += 1
                elif answer["status"] in accepted:
                    counts[accepted[answer["status"]]] += 1
                elif answer["status"] in PASSING or is_blocked(answer.get("error")):
                    raise StoreUnavailable(f"Elasticsearch did not take a document: {reason_of(answer)}")
                else:
                    refused[answer["_id"]] = f"{answer['_index']}: {reason_of(answer)}"
        if refused:
            raise DocumentsRefused(refused)
        return counts

    def get(self, kind: Kind, ids: Sequence[str], fields: Sequence[str] = ()) -> dict[str, Stored]:
        """The documents of these ids that exist, whole or with these fields; sees every write at once, without a refresh."""
        if not ids:
            return {}
        with translated():
            answer = self._client.mget(index=self.alias(kind), ids=list(ids), source_includes=list(fields) or None)
        return {hit["_id"]: _stored(hit) for hit in answer["docs"] if hit.get("found")}

    def each(self, kind: Kind, query: Mapping[str, Any], *, sort: Sequence[str] = (), page: int = 200) -> Iterator[Stored]:
        """All hits as they were when the walk began, page by page, in the order of `sort` (fields, ascending, missing last)."""
        yield from (_stored(hit) for hit in self._walk(kind, query, sort=sort, page=page, whole=True))

    def beginning(self, kind: Kind, beginning: str) -> Iterator[str]:
        """Ids that begin so. Looks at every id, some 10,000 in a request: Elasticsearch searches for whole ones only."""
        everything = self._walk(kind, {"match_all": {}}, sort=(), page=10_000, whole=False)
        yield from (hit["_id"] for hit in everything if hit["_id"].startswith(beginning))

    def latest(self, kind: Kind, query: Mapping[str, Any], *, by: str, size: int, fields: Sequence[str] = ()) -> list[Stored]:
        """The hits with the latest times in that field, the latest first, whole or with these fields."""
        with translated():
            answer = self._client.search(
                index=self.alias(kind),
                query=query,
                size=size,
                sort=[{by: "desc"}],
                source_includes=list(fields) or None,
                seq_no_primary_term=True,
                track_total_hits=False,
            )
        return [_stored(hit) for hit in answer["hits"]["hits"]]

    def _walk(self, kind: Kind, query: Mapping[str, Any], *, sort: Sequence[str], page: int, whole: bool) -> Iterator[Mapping[str, Any]]:
        order: list[Any] = [{field: {"order": "asc", "missing": "_last"}} for field in sort]
        with translated():  # mostly there is one page, or nothing: one request instead of three
            only = self._client.search(
                index=self.alias(kind),
                query=query,
                size=page,
                sort=order or ["_doc"],
                source=whole,
                seq_no_primary_term=True,
                track_total_hits=False,
            )["hits"]["hits"]
        if len(only) < page:
            yield from only
            return
        order.append("_shard_doc")
        with translated():
            point = self._client.open_point_in_time(index=self.alias(kind), keep_alive="10m")["id"]
        after: list[Any] | None = None
        try:
            while True:
                with translated():
                    answer = self._client.search(
                        query=query,
                        size=page,
                        sort=order,
                        search_after=after,
                        source=whole,
                        seq_no_primary_term=True,
                        pit={"id": point, "keep_alive": "10m"},
                        track_total_hits=False,
                    )
                hits = answer["hits"]["hits"]
                yield from hits
                if len(hits) < page:
                    return
                after = hits[-1]["sort"]
        finally:
            with translated():
                self._client.close_point_in_time(id=point)

    def ask(
        self, kind: Kind, queries: Sequence[Mapping[str, Any]], *, size: int, fields: Sequence[str], sort: Sequence[str] = ()
    ) -> list[list[Stored]]:
        """The best hits of each query with only these fields; one request for all queries.

        Best first, or in the order of `sort` (fields, ascending, missing last).
        """
        if not queries:
            return []
        # Neither a total nor a collapse: either would make the node look at every hit instead of leaving out those that cannot win.
        body: dict[str, Any] = {"size": size, "_source": list(fields), "seq_no_primary_term": True, "track_total_hits": False}
        if sort:
            body["sort"] = [{field: {"order": "asc", "missing": "_last"}} for field in sort]
        searches: list[dict[str, Any]] = []
        for query in queries:
            searches += [{}, {**body, "query": query}]
        with translated():
            answers = self._client.msearch(index=self.alias(kind), searches=searches)["responses"]
        for answer in answers:
            if "error" in answer:
                raise StoreUnavailable(f"Elasticsearch did not answer a search: {reason_of(answer)}")
        return [[_stored(hit) for hit in answer["hits"]["hits"]] for answer in answers]

    def count(self, kind: Kind, query: Mapping[str, Any] | None = None) -> int:
        with translated():
            return int(self._client.count(index=self.alias(kind), query=query)["count"])

    def distinct(self, kind: Kind, field: str, query: Mapping[str, Any] | None = None) -> int:
        """How many values a keyword field has; exact up to 3,000, an estimate beyond."""
        with translated():
            answer = self._client.search(
                index=self.alias(kind), size=0, query=query, aggs={"values": {"cardinality": {"field": field, "precision_threshold": 3000}}}
            )
        return int(answer["aggregations"]["values"]["value"])

    def terms(self, kind: Kind, field: str, query: Mapping[str, Any] | None = None, size: int = 100) -> dict[str, int]:
        """How many documents have each value of a keyword field, most frequent first."""
        with translated():
            answer = self._client.search(
                index=self.alias(kind), size=0, query=query, aggs={"values": {"terms": {"field": field, "size": size}}}
            )
        return {bucket["key"]: bucket["doc_count"] for bucket in answer["aggregations"]["values"]["buckets"]}

    def aggregate(self, kind: Kind, query: Mapping[str, Any], measures: Mapping[str, Any]) -> dict[str, Any]:
        """Elasticsearch's answers to these aggregations over all hits, by their names."""
        with translated():
            answer = self._client.search(index=self.alias(kind), size=0, query=query, aggs=measures, track_total_hits=False)
        return dict(answer["aggregations"])

    def groups(
        self, kind: Kind, fields: Sequence[str], query: Mapping[str, Any], measures: Mapping[str, Any] | None = None, *, page: int = 1000
    ) -> Iterator[dict[str, Any]]:
        """Every combination of values that these fields have, in their order: `key` (field to value), `doc_count`, and the measures."""
        sources = [{field: {"terms": {"field": field}}} for field in fields]
        after: dict[str, Any] = {}
        while True:
            values = {"composite": {"sources": sources, "size": page, **after}, **({"aggs": measures} if measures else {})}
            answer = self.aggregate(kind, query, {"values": values})["values"]
            yield from answer["buckets"]
            if len(answer["buckets"]) < page:
                return
            after = {"after": answer["after_key"]}

    def search(
        self, kind: Kind, query: Mapping[str, Any], *, size: int, by_time: str | None, marks: tuple[str, str], fields: Mapping[str, int]
    ) -> tuple[int, list[tuple[Stored, list[str]]]]:
        """How many hits there are, and the first of them, best or, by that field, newest first; each with its fragments in which the words
        stand between `marks`. `fields` are those that are marked, with how many
        fragments of each are given; 0 is the whole."""
        order: list[dict[str, str]] = [{by_time: "desc"}] if by_time else [{"_score": "desc"}]
        with translated():
            answer = self._client.search(
                index=self.alias(kind),
                size=size,
                query=query,
                sort=order,
                track_total_hits=True,
                highlight={
                    "fields": {field: {"fragment_size": 300, "number_of_fragments": number} for field, number in fields.items()},
                    "require_field_match": False,
                    "pre_tags": [marks[0]],
                    "post_tags": [marks[1]],
                },
                seq_no_primary_term=True,
            )
        return int(answer["hits"]["total"]["value"]), [(_stored(hit), _fragments(hit)) for hit in answer["hits"]["hits"]]


def _fragments(hit: Any) -> list[str]:
    """Where the words stand, by the language's own analyzer if it found them."""
    highlight = hit.get("highlight", {})
    return list(next((highlight[name] for name in sorted(highlight, reverse=True)), []))


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """A walk over hits, cut into lists of that size."""
    walk = iter(items)
    while batch := list(islice(walk, size)):
        yield batch


def _stored(hit: Mapping[str, Any]) -> Stored:
    return Stored(id=hit["_id"], source=hit["_source"], seq_no=hit["_seq_no"], primary_term=hit["_primary_term"])
