"""An erasure that is killed anywhere is finished by the next one, and leaves what one that was not killed leaves: a real SIGKILL."""

import gzip
import json
import os
import shutil
import signal
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from pipeline import forgetting, run
from pipeline.archive import Archive
from pipeline.connection import client_of
from pipeline.documents import Document
from pipeline.forgetting import Target
from pipeline.forgotten import Wish
from pipeline.index import KINDS, Index, Kind
from pipeline.model import Reference
from pipeline.settings import Settings
from tests.killed import Points, WatchedIndex
from tests.newsstand import HOST, HOUR, NOW, STORY, Newsstand, a_feed, a_page, an_item, stand

__all__ = ["stand"]

CANARY = "quokkafrost"
ADDRESS = f"{HOST}/{CANARY}-1"
RULES = "channels: [{id: file, kind: atom}]\nrules: [{id: all, title: whatever is said, channels: [file]}]\nmax_age: P3650D\n"
# They keep no content, or say when something was done.
APART = frozenset({"leases", "forgotten"})


class DeletingIndex(WatchedIndex):
    """With a point after each deletion, too."""

    def delete(self, kind: Kind, ids: Iterable[str]) -> Counter[str]:
        return self._wrote(f"delete {kind}", super().delete(kind, ids))


class WatchedArchive(Archive):
    """With a point after half of a record is written over, and one after all of it is."""

    points: Points

    def erase(self, reference: Reference) -> bool:
        with Path(self._path(reference.file)).open("r+b") as stream:
            stream.seek(reference.offset)
            stream.write(bytes(reference.length // 2))
        self.points.pass_by("half a record")
        done = super().erase(reference)
        self.points.pass_by("a record")
        return done


@dataclass(frozen=True)
class Scene:
    """All there is."""

    documents: dict[Kind, dict[str, Document]]
    files: Path

    def restore(self, index: Index, state: Path) -> None:
        index.refresh()
        for kind in KINDS:
            kept = self.documents[kind]
            index.delete(kind, [each.id for each in index.each(kind, {"match_all": {}}) if each.id not in kept])
            index.put(kind, kept.items())
        index.refresh()
        shutil.rmtree(state)
        shutil.copytree(self.files, state)


def scene(index: Index, state: Path, copy: Path) -> Scene:
    shutil.copytree(state, copy)
    return Scene(everything(index), copy)


def everything(index: Index) -> dict[Kind, dict[str, Document]]:
    index.refresh()
    return {kind: {stored.id: dict(stored.source) for stored in index.each(kind, {"match_all": {}})} for kind in KINDS}


def left(index: Index) -> dict[str, Any]:
    return {kind: documents for kind, documents in everything(index).items() if kind not in APART}


def traces(index: Index, settings: Settings) -> list[str]:
    found = [f"{kind} {id_}" for kind, documents in everything(index).items() for id_, it in documents.items() if CANARY in json.dumps(it)]
    found += [str(file) for file in Path(settings.archive_base).rglob("*.gz") if CANARY.encode() in gzip.decompress(file.read_bytes())]
    return found + [str(file) for file in (settings.state / "feeds").rglob("*.atom") if CANARY in file.read_text(encoding="utf-8")]


def killed_at(point: int | None, target: Target, settings: Settings, log: Path) -> int:
    """Erases in a process of its own, which ends by SIGKILL at that point; gives how it ended."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    try:
        points = Points(log, point)
        with forgetting.opened(settings) as tools:
            index = DeletingIndex(client_of(settings), tools.index.prefix, points)
            archive = WatchedArchive(settings.archive_base, settings.clock)
            archive.points = points
            wish = Wish(by="an editor", why="a court says so", at=settings.clock())
            forgetting.erase_target(target, wish, replace(tools, index=index, archive=archive), lambda _: None)
        os._exit(0)
    except BaseException:  # noqa: BLE001  # a fork must not go on as its parent
        os._exit(1)


@pytest.mark.parametrize("wanted", [ADDRESS, "outlet"])
def test_an_erasure_that_is_killed_anywhere_is_finished_by_the_next_one(
    stand: Newsstand, wanted: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "alerts.yml").write_text(RULES)
    monkeypatch.setenv("CLAIMWIRE_ALERTS", str(tmp_path / "alerts.yml"))
    settings = told(stand)
    before = scene(stand.index, settings.state, tmp_path / "before")
    assert traces(stand.index, settings)
    log = tmp_path / "log"
    target = forgetting.plan(wanted, settings).target
    assert killed_at(None, target, settings, log) == 0
    assert traces(stand.index, settings) == []
    expected, points = left(stand.index), len(log.read_text().splitlines())
    assert points > 15
    for turn, point in enumerate(range(0, points, 3 if wanted == ADDRESS else 7)):
        before.restore(stand.index, settings.state)
        log.unlink()
        assert killed_at(point, target, settings, log) == -signal.SIGKILL
        where = log.read_text().splitlines()[-1]
        if turn % 2:  # whoever comes first: the one who wants it, or the night
            wish = Wish(by="an editor", why="a court says so", at=settings.clock())
            forgetting.forget(forgetting.plan(wanted, settings), wish, settings, lambda _: None)
        else:
            forgetting.finish(settings, lambda _: None)
        if point > 1:  # before, nothing is written down but that it is kept out
            assert traces(stand.index, settings) == [], where
            assert left(stand.index) == expected, where


def told(stand: Newsstand) -> Settings:
    """Three outlets tell the same story, which is read and told; gives the settings of the time after."""
    copyists = [
        {"id": name, "name": name, "domains": [f"{name}.example"], "feeds": [{"url": f"http://{name}.example/rss"}]} for name in "bc"
    ]
    stand.outlets({"feeds": [{"url": f"{HOST}/rss"}]}, *copyists)
    text = [*STORY, f"The {CANARY} was not available for comment on Monday."]
    stand.pages |= {f"{HOST}/rss": a_feed(an_item(f"/{CANARY}-1", NOW - 3 * HOUR)), ADDRESS: a_page(text)}
    for hours, name in enumerate("bc", start=1):
        stand.pages[f"http://{name}.example/rss"] = a_feed(an_item(f"http://{name}.example/1", NOW - hours * HOUR))
        stand.pages[f"http://{name}.example/1"] = a_page(STORY)
    settings = stand.at(NOW)
    run.run_collect(settings)
    run.run_enrich(settings)
    run.run_alert(settings)
    run.run_alert(stand.at(NOW + HOUR))
    return stand.at(NOW + 2 * HOUR)
