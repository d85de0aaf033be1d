"""Backups of all indices, kept by Elasticsearch itself: taken while everything runs on, each holding only what the one before has not.

A repository says where they lie: a folder that Elasticsearch may write to (`path.repo` in its own configuration), or one that was
registered there under that name, an object store for example.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from elasticsearch import ApiError, Elasticsearch, NotFoundError

from pipeline.connection import client_of
from pipeline.documents import moment
from pipeline.errors import ConfigError, NotFound, StoreUnavailable
from pipeline.settings import Settings
from pipeline.store_errors import translated

Progress = Callable[[str], None]

REPOSITORY = "claimwire"

# Between two looks at how far a snapshot is.
PAUSE_SECONDS = 0.5

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One backup. `state` is Elasticsearch's: SUCCESS, IN_PROGRESS, PARTIAL, FAILED, INCOMPATIBLE."""

    name: str
    state: str
    taken: datetime
    indices: tuple[str, ...]
    failures: tuple[str, ...]


class Snapshots:
    """The backups of one installation. Raises StoreUnavailable where Elasticsearch does not answer."""

    def __init__(self, client: Elasticsearch, prefix: str, location: str | None) -> None:
        self._client = client
        self._pattern = f"{prefix}-*"
        self._location = location

    def take(self, name: str, progress: Progress) -> Snapshot:
        """Takes one and waits until it is whole. Raises ConfigError for a name that is taken, or where Elasticsearch may not write."""
        if not _NAME.fullmatch(name):
            raise ConfigError(
                f"{name!r} cannot name a snapshot", remedy="Small letters, digits, dots, hyphens and underscores, at most 100"
            )
        self._register()
        if name in {each.name for each in self.all()}:
            raise ConfigError(f"there is a snapshot {name!r} already", remedy="`claimwire snapshot list` shows all")
        with translated():
            self._client.snapshot.create(
                repository=REPOSITORY, snapshot=name, indices=self._pattern, include_global_state=False, wait_for_completion=False
            )
        while (taken := self._one(name)).state == "IN_PROGRESS":
            progress(self._how_far(name))
            time.sleep(PAUSE_SECONDS)
        return self._whole(taken)

    def all(self) -> list[Snapshot]:
        """The oldest first; none where nobody has taken any."""
        try:
            with translated(missing=False):
                answer = self._client.snapshot.get(repository=REPOSITORY, snapshot="*", sort="start_time")
        except NotFoundError:
            return []
        return [_snapshot(each) for each in answer["snapshots"]]

    def delete(self, name: str) -> None:
        self._one(name)
        with translated():
            self._client.snapshot.delete(repository=REPOSITORY, snapshot=name)

    def restore(self, name: str, *, instead: bool, progress: Progress) -> Snapshot:
        """Puts everything back as it was, aliases too. What is there now is deleted first, if it is to be; else ConfigError."""
        snapshot = self._whole(self._one(name))
        there = self._there()
        if there and not instead:
            raise ConfigError(
                f"{len(there)} indices are there already",
                remedy="Stop the pipeline, then restore with --instead: it deletes them and puts the snapshot's in their place",
            )
        with translated():
            for index in there:
                self._client.indices.delete(index=index)
            self._client.snapshot.restore(
                repository=REPOSITORY, snapshot=name, indices=self._pattern, include_aliases=True, wait_for_completion=False
            )
            while waiting := self._recovering(snapshot):
                progress(f"{len(snapshot.indices) - len(waiting)} of {len(snapshot.indices)} indices are back")
                time.sleep(PAUSE_SECONDS)
        return snapshot

    def _register(self) -> None:
        """Makes the repository known to Elasticsearch, unless it is."""
        if self._is_registered():
            return
        if self._location is None:
            raise ConfigError(
                "no place for snapshots",
                file="environment",
                key="CLAIMWIRE_SNAPSHOTS",
                remedy=f"A folder under path.repo of Elasticsearch; or register a repository {REPOSITORY!r} there yourself",
            )
        try:
            with translated(missing=False):
                self._client.snapshot.create_repository(
                    name=REPOSITORY, repository={"type": "fs", "settings": {"location": self._location, "compress": True}}
                )
        except (ApiError, StoreUnavailable) as error:
            raise ConfigError(
                f"Elasticsearch cannot keep snapshots in {self._location}: {error}",
                file="environment",
                key="CLAIMWIRE_SNAPSHOTS",
                remedy="It must be under path.repo in Elasticsearch's own configuration, and its user must be allowed to write there",
            ) from error

    def _is_registered(self) -> bool:
        try:
            with translated(missing=False):
                self._client.snapshot.get_repository(name=REPOSITORY)
        except NotFoundError:
            return False
        return True

    def _one(self, name: str) -> Snapshot:
        found = next((each for each in self.all() if each.name == name), None)
        if found is None:
            raise NotFound(f"no snapshot {name!r}; there are: {', '.join(each.name for each in self.all()) or 'none'}")
        return found

    def _whole(self, snapshot: Snapshot) -> Snapshot:
        if snapshot.state != "SUCCESS":
            raise StoreUnavailable(
                f"the snapshot {snapshot.name} is {snapshot.state.lower()}: {'; '.join(snapshot.failures) or 'no reason given'}"
            )
        return snapshot

    def _how_far(self, name: str) -> str:
        with translated():
            (told,) = self._client.snapshot.status(repository=REPOSITORY, snapshot=name)["snapshots"]
        shards = told["shards_stats"]
        return f"{shards['done']} of {shards['total']} shards"

    def _there(self) -> list[str]:
        with translated():
            return sorted(self._client.indices.get(index=self._pattern, allow_no_indices=True, features="aliases"))

    def _recovering(self, snapshot: Snapshot) -> list[str]:
        """Those of the snapshot's indices that do not answer yet."""
        health = self._client.cluster.health(index=self._pattern, level="indices")["indices"]
        return [index for index in snapshot.indices if health.get(index, {}).get("status", "red") == "red"]


def snapshots_of(settings: Settings) -> Snapshots:
    return Snapshots(client_of(settings), settings.index_prefix, settings.snapshots)


def _snapshot(told: Any) -> Snapshot:
    return Snapshot(
        name=told["snapshot"],
        state=told["state"],
        taken=moment(told["start_time"]),
        indices=tuple(sorted(told["indices"])),
        failures=tuple(f"{each.get('index')}: {each.get('reason')}" for each in told.get("failures", ())),
    )
