"""An installation with the sample outlets that can be set back to how it was, looked at as a whole, and run in a process of its own."""

import json
import os
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import yaml
from elasticsearch import Elasticsearch, helpers

from pipeline.documents import Document
from pipeline.index import KINDS, Index, Kind
from pipeline.samples import SampleSites
from tests.conftest import ROOT, SITES
from tests.receivers import Inbox

# What says when and by whom something was done, not what was done.
UNCOMPARED: frozenset[Kind] = frozenset({"leases", "runs", "alarms"})
VOLATILE = frozenset({"archive"})
# A source that was asked once more is asked a little later the next time.
RHYTHM = frozenset({"due", "interval"})

ALERTS = """
channels:
  - {id: webhook, kind: webhook, address_from: CLAIMWIRE_WEBHOOK, cap: 1000}
  - {id: desk, kind: webhook, address_from: CLAIMWIRE_CHANNEL_DESK, cap: 1000}
rules:
  - id: any
    title: a new accusation or denial
    when: {trigger: [new-utterance, edit-added], act: [accusation, denial]}
    channels: [webhook, desk]
    wait: PT0S
    cooldown: PT0S
"""

Documents = Mapping[Kind, Mapping[str, Document]]


@dataclass(frozen=True)
class Scene:
    """All there is at one moment: documents, and a copy of the folder of the installation's state."""

    documents: Documents
    folder: Path


@dataclass
class Stage:
    """One installation. `now` is its clock, which stands still."""

    index: Index
    folder: Path
    channels: Mapping[str, Inbox]
    sites: SampleSites
    url: str
    now: str = "2024-11-01T00:00:00Z"

    def env(self) -> dict[str, str]:
        return {
            "ELASTICSEARCH_URL": self.url,
            "CLAIMWIRE_INDEX_PREFIX": self.index.prefix.removesuffix("-iran-russia"),
            "CLAIMWIRE_STATE": str(self.state),
            "CLAIMWIRE_PROXY": self.sites.proxy,
            "CLAIMWIRE_SOURCES": str(self.folder / "sources.yml"),
            "CLAIMWIRE_ALERTS": str(self.folder / "alerts.yml"),
            "CLAIMWIRE_OVERLAY": os.environ["CLAIMWIRE_OVERLAY"],
            "CLAIMWIRE_NOW": self.now,
            "CLAIMWIRE_HOST_DELAY": "0",
            "CLAIMWIRE_WEBHOOK": self.channels["webhook"].url,
            "CLAIMWIRE_CHANNEL_DESK": self.channels["desk"].url,
            "CLAIMWIRE_PRIVATE_WEBHOOKS": ",".join(each.host for each in self.channels.values()),
        }

    @property
    def state(self) -> Path:
        return self.folder / "state"

    def outlets(self, ids: Sequence[str] = ()) -> None:
        """The sources are these of the sample outlets, or all."""
        found = yaml.safe_load((SITES / "sources.yml").read_text(encoding="utf-8"))
        chosen = [each for each in found["outlets"] if not ids or each["id"] in ids]
        (self.folder / "sources.yml").write_text(json.dumps({**found, "outlets": chosen}))
        (self.folder / "alerts.yml").write_text(ALERTS)

    def documents(self) -> Documents:
        self.index.refresh()
        return {kind: {each.id: dict(each.source) for each in self.index.each(kind, {"match_all": {}})} for kind in KINDS}

    def scene(self, name: str) -> Scene:
        copy = self.folder / name
        shutil.copytree(self.state, copy, dirs_exist_ok=True) if self.state.exists() else copy.mkdir()
        return Scene(self.documents(), copy)

    def set(self, scene: Scene) -> None:
        """Sets everything back to how it was."""
        now = self.documents()
        with Elasticsearch(self.url) as client:
            actions = [
                {"_op_type": "delete", "_index": self.index.alias(kind), "_id": id_}
                for kind, documents in now.items()
                for id_ in documents
                if id_ not in scene.documents[kind]
            ]
            actions += [
                {"_op_type": "index", "_index": self.index.alias(kind), "_id": id_, "_source": document}
                for kind, documents in scene.documents.items()
                for id_, document in documents.items()
                if now[kind].get(id_) != document
            ]
            helpers.bulk(client, actions, refresh=True)
        shutil.rmtree(self.state, ignore_errors=True)
        shutil.copytree(scene.folder, self.state)
        for inbox in self.channels.values():
            inbox.requests.clear()
            inbox.bodies.clear()

    def told(self) -> dict[tuple[str, str], list[bytes]]:
        """What each channel got, by key."""
        found: dict[tuple[str, str], list[bytes]] = defaultdict(list)
        for channel, inbox in self.channels.items():
            for (headers, _, _), body in zip(inbox.requests, inbox.bodies, strict=True):
                found[channel, headers["Idempotency-Key"]].append(body)
        return dict(found)


def comparable(documents: Documents) -> dict[str, dict[str, Any]]:
    """The documents without what differs from run to run though the same was done."""
    return {
        kind: {id_: _still(document, VOLATILE | RHYTHM if kind == "sources" else VOLATILE) for id_, document in found.items()}
        for kind, found in documents.items()
        if kind not in UNCOMPARED
    }


def _still(value: Any, volatile: frozenset[str]) -> Any:
    if isinstance(value, dict):
        return {key: _still(each, volatile) for key, each in value.items() if key not in volatile}
    return [_still(each, volatile) for each in value] if isinstance(value, list) else value


class Player:
    """The program that runs the pipeline. A context manager."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.log = stage.folder / "points.log"

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "tests.proofs.player"]
        env = {**os.environ, **self._stage.env()}
        self._process = subprocess.Popen(command, cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(timeout=60)
        self._process.stdout.close()

    def play(self, **order: Any) -> int:
        """How the run has ended: 0, or the negative number of a signal."""
        (status,) = self.play_all(**order)
        return status

    def play_all(self, **order: Any) -> list[int]:
        """How each run has ended."""
        self.log.unlink(missing_ok=True)
        assert self._process.stdin
        assert self._process.stdout
        print(json.dumps({"env": self._stage.env(), "log": str(self.log), **order}), file=self._process.stdin, flush=True)
        return list(json.loads(self._process.stdout.readline()))

    @property
    def reached(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []
