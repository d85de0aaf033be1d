"""Indices that one test after the other may have: making and deleting them takes longer than most tests."""

import uuid
from typing import Any

from elasticsearch import Elasticsearch, helpers


class Shelf:
    """By their prefix. They are there again for the next test if they are as they were made, once what is in them is deleted."""

    def __init__(self, url: str) -> None:
        self._client = Elasticsearch(url, request_timeout=30)
        self._shapes: dict[str, dict[str, Any]] = {}
        self._free: list[str] = []

    def __contains__(self, prefix: str) -> bool:
        return prefix in self._shapes

    def take(self, *, has_indices: bool) -> str:
        return self._free.pop() if has_indices and self._free else f"test-{uuid.uuid4().hex[:12]}"

    def put(self, prefix: str) -> None:
        """They have just been made."""
        self._shapes[prefix] = self._shape(prefix)

    def put_back(self, prefix: str) -> bool:
        """Whether others may have them now."""
        if self._shape(prefix) != self._shapes.pop(prefix):
            return False
        self._empty(prefix)
        self.put(prefix)
        self._free.append(prefix)
        return True

    def clear(self) -> None:
        for prefix in self._free:
            self._client.indices.delete(index=",".join(self._shape(prefix)))
        self._client.close()

    def _shape(self, prefix: str) -> dict[str, Any]:
        return dict(self._client.indices.get(index=f"{prefix}-*", expand_wildcards="all"))

    def _empty(self, prefix: str) -> None:
        self._client.indices.refresh(index=f"{prefix}-*")
        found = helpers.scan(self._client, index=f"{prefix}-*", _source=False)
        helpers.bulk(self._client, ({"_op_type": "delete", "_index": hit["_index"], "_id": hit["_id"]} for hit in found), refresh=True)
