"""New mappings for documents that are there: a new index behind the alias, filled by reading the old one and bulk writing.

While a kind is copied its old index takes no writes, so that none is lost; who writes is told to try again. A copy that was
broken off goes on where it was: what has arrived is not written twice. The old index stays until it is dropped.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from elasticsearch import BadRequestError, Elasticsearch, NotFoundError, helpers

from pipeline.errors import ConfigError, StoreUnavailable
from pipeline.index import MAX_BULK_BYTES, Index, Kind
from pipeline.store_errors import reason_of, translated

Progress = Callable[[str], None]

# Documents between two lines of progress.
TOLD = 10_000

# Of documents that the new mapping refuses, so many are named.
NAMED = 5

_VERSION = re.compile(r"-(\d{6})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What has become of one kind's index."""

    kind: Kind
    old: str
    new: str
    documents: int


class Upgrade:
    """Moves the indices of one prefix to these mappings. Raises StoreUnavailable where Elasticsearch does not answer."""

    def __init__(self, client: Elasticsearch, index: Index, mappings: Mapping[Kind, Mapping[str, Any]]) -> None:
        self._client = client
        self._index = index
        self._mappings = mappings

    def needed(self) -> list[Kind]:
        """Kinds whose documents must be copied; whatever is only added to a mapping is added at once."""
        return [kind for kind in self._mappings if self._is_half_done(kind) or not self._takes(kind)]

    def move(self, kind: Kind, progress: Progress) -> Moved:
        """Copies one kind and puts the alias on the copy. Raises ConfigError, and leaves all as it was, where a document does not fit."""
        old = self._current(kind)
        new = _next(old)
        with translated():
            if not self._client.indices.exists(index=new):
                self._client.indices.create(index=new, **self._mappings[kind])
            self._client.indices.add_block(index=old, block="write")
        self._copy(kind, old, new, progress)
        with translated():
            self._client.indices.refresh(index=f"{old},{new}")
            documents, copied = (int(self._client.count(index=name)["count"]) for name in (old, new))
            if documents != copied:
                raise StoreUnavailable(f"{new} has {copied} documents, {old} {documents}; run it again")
            alias = self._index.alias(kind)
            self._client.indices.update_aliases(
                actions=[
                    {"remove": {"index": old, "alias": alias}},
                    {"add": {"index": new, "alias": alias, "is_write_index": True}},
                ]
            )
        return Moved(kind=kind, old=old, new=new, documents=copied)

    def left(self) -> list[str]:
        """Old indices whose documents are in new ones."""
        found = []
        for kind in self._mappings:
            current = _number(self._current(kind))
            found += [name for name in self._versions(kind) if _number(name) < current]
        return found

    def drop(self, names: list[str]) -> None:
        with translated():
            for name in names:
                self._client.indices.delete(index=name)

    def _takes(self, kind: Kind) -> bool:
        try:
            with translated():
                self._client.indices.put_mapping(index=self._index.alias(kind), **self._mappings[kind]["mappings"])
        except BadRequestError:
            return False
        return True

    def _is_half_done(self, kind: Kind) -> bool:
        with translated():
            return bool(self._client.indices.exists(index=_next(self._current(kind))))

    def _current(self, kind: Kind) -> str:
        try:
            with translated(missing=False):
                (name,) = self._client.indices.get_alias(name=self._index.alias(kind))
        except NotFoundError as error:
            raise ConfigError(f"there is no index {self._index.alias(kind)}", remedy="Run `claimwire setup` first") from error
        return str(name)

    def _versions(self, kind: Kind) -> list[str]:
        alias = self._index.alias(kind)
        with translated():
            names = self._client.indices.get(index=f"{alias}-*", allow_no_indices=True, features="aliases")
        return sorted(name for name in names if _VERSION.fullmatch(name.removeprefix(alias)))

    def _copy(self, kind: Kind, old: str, new: str, progress: Progress) -> None:
        total = self._index.count(kind)
        documents = self._index.each(kind, {"match_all": {}}, page=1000)
        actions = ({"_op_type": "create", "_index": new, "_id": each.id, "_source": each.source} for each in documents)
        refused: list[str] = []
        with translated():
            answers = helpers.streaming_bulk(
                self._client, actions, max_chunk_bytes=MAX_BULK_BYTES, raise_on_error=False, max_retries=5, initial_backoff=1
            )
            for place, (done, item) in enumerate(answers, start=1):
                (answer,) = item.values()
                if not done and answer["status"] != 409:  # 409: copied before it was broken off
                    refused.append(_refusal(answer))
                if place % TOLD == 0 or place == total:
                    progress(f"{kind}: {place} of {total}")
        if refused:
            self._undo(old, new)
            more = f" and {len(refused) - NAMED} more" if len(refused) > NAMED else ""
            raise ConfigError(
                f"{len(refused)} documents do not fit: {'; '.join(refused[:NAMED])}{more}",
                file=f"config/index/{kind}.json",
                remedy="Nothing was changed",
            )

    def _undo(self, old: str, new: str) -> None:
        with translated():
            self._client.indices.delete(index=new)
            self._client.indices.put_settings(index=old, settings={"index.blocks.write": None})


def _refusal(answer: Mapping[str, Any]) -> str:
    if answer["status"] in (429, 500, 502, 503, 504):
        raise StoreUnavailable(f"Elasticsearch did not take a document: {reason_of(answer)}")
    return f"{answer['_id']}: {reason_of(answer)}"


def _number(name: str) -> int:
    return int(name[-6:])


def _next(name: str) -> str:
    return f"{name[:-6]}{_number(name) + 1:06}"
