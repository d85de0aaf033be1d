"""What was fetched while Elasticsearch was away: polls as they were answered, on the local disk, until they can be written.

A poll is a folder: the raw answers in an archive of its own, and last of all `poll.json`, which says what was asked when and what came.
It gets its name by a rename; what has not got that far was never there. Beside the polls stands what each source showed last, so that a
poll without Elasticsearch still knows what is new.
"""

import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.archive import Archive
from pipeline.delivery import write_whole
from pipeline.documents import Document, iso, moment
from pipeline.model import Clock, Outcome, Page, Reference, Refusal

_PART = ".part-"
_NAMED = "poll.json"
# A part that nobody has touched for so long was left behind by a crash; no poll takes as long.
ABANDONED_SECONDS = 6 * 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One address that was asked, and what it answered: a page, that it has not changed (neither), or why it is none."""

    asked: str
    page: Reference | None = None
    refusal: Refusal | None = None
    status: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One poll that waits to be written."""

    folder: Path
    source: str
    at: datetime
    exchanges: Sequence[Exchange]

    def page(self, reference: Reference) -> Page:
        """Raises RecordLostError."""
        return Archive(str(self.folder), lambda: self.at).read(reference)


@dataclass(slots=True, kw_only=True)
class Writing:
    """A poll that is being kept; `done` gives it its name."""

    folder: Path
    source: str
    at: datetime
    archive: Archive
    exchanges: list[Exchange] = field(default_factory=list)

    def add(self, asked: str, page: Page | None, refusal: Refusal | None = None, status: int | None = None) -> None:
        reference = None if page is None else self.archive.write(page)
        self.exchanges.append(Exchange(asked=asked, page=reference, refusal=refusal, status=status))

    def done(self) -> None:
        self.archive.close()
        told = {"source": self.source, "at": iso(self.at), "exchanges": [_document(each) for each in self.exchanges]}
        write_whole(self.folder / _NAMED, json.dumps(told).encode())
        self.folder.rename(self.folder.with_name(self.folder.name.removeprefix(_PART)))
        _sync(self.folder.parent)

    def drop(self) -> None:
        self.archive.close()
        shutil.rmtree(self.folder)


class Spool:
    """The polls of one topic below a folder, at most so many bytes of them; processes may share it."""

    def __init__(self, folder: Path, most: int, clock: Clock) -> None:
        self._polls = folder / "polls"
        self._states = folder / "sources"
        self._most = most
        self._clock = clock

    def state(self, source: str) -> Document:
        """What the source showed last and when, as the index had it, or as the last poll without it has left it; empty where unknown."""
        try:
            found = json.loads((self._states / f"{source}.json").read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return {}
        return dict(found)

    def remember(self, source: str, state: Document) -> None:
        self._states.mkdir(parents=True, exist_ok=True)
        write_whole(self._states / f"{source}.json", json.dumps(state, ensure_ascii=False).encode())

    def begin(self, source: str) -> Writing:
        """Room for a poll. The names of polls tell their order."""
        at = self._clock()
        folder = self._polls / source / f"{_PART}{time.time_ns():020}-{os.getpid()}"
        folder.mkdir(parents=True)
        return Writing(folder=folder, source=source, at=at, archive=Archive(str(folder), self._clock))

    def waiting(self, source: str) -> list[Kept]:
        """The polls of a source that wait, first the earliest."""
        found = (_kept(each) for each in sorted((self._polls / source).glob("[0-9]*")))
        return [each for each in found if each]

    def sources(self) -> list[str]:
        """Those of which polls wait."""
        return sorted(each.name for each in self._polls.glob("*") if any(each.glob("[0-9]*")))

    def drop(self, poll: Kept) -> None:
        """What has been written. It loses its name before its parts, so that no half of it is read."""
        gone = poll.folder.with_name(f"{_PART}{poll.folder.name}")
        poll.folder.rename(gone)
        shutil.rmtree(gone)

    def clean(self) -> None:
        """Takes away what crashes have left half written."""
        for part in self._polls.glob(f"*/{_PART}*"):
            try:
                begun = part.stat().st_mtime
            except FileNotFoundError:  # it is whole by now
                continue
            if time.time() - begun > ABANDONED_SECONDS:
                shutil.rmtree(part, ignore_errors=True)

    @property
    def bytes(self) -> int:
        return sum(size for _, size in self._files())

    @property
    def is_full(self) -> bool:
        return self.bytes >= self._most

    def summary(self) -> tuple[int, datetime | None]:
        """How many polls wait, and since when the first does."""
        polls = [poll for source in self.sources() for poll in self.waiting(source)]
        return len(polls), min((poll.at for poll in polls), default=None)

    def _files(self) -> Iterator[tuple[Path, int]]:
        # `walk` passes over a folder that another thread has just given its name or taken away; pathlib's `rglob` raises.
        for folder, _, names in os.walk(self._polls):
            for name in names:
                file = Path(folder, name)
                try:
                    yield file, file.stat().st_size
                except FileNotFoundError:  # likewise
                    continue


def _kept(folder: Path) -> Kept | None:
    """None where another process has just written it."""
    try:
        told = json.loads((folder / _NAMED).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    exchanges = [_exchange(each) for each in told["exchanges"]]
    return Kept(folder=folder, source=told["source"], at=moment(told["at"]), exchanges=exchanges)


def _document(exchange: Exchange) -> dict[str, Any]:
    page, refusal = exchange.page, exchange.refusal
    return {
        "asked": exchange.asked,
        "page": page and {"file": page.file, "offset": page.offset, "length": page.length, "record_id": page.record_id},
        "refusal": refusal and {"outcome": refusal.outcome, "reason": refusal.reason},
        "status": exchange.status,
    }


def _exchange(it: Mapping[str, Any]) -> Exchange:
    page, refusal = it["page"], it["refusal"]
    return Exchange(
        asked=it["asked"],
        page=Reference(**page) if page else None,
        refusal=Refusal(outcome=Outcome(refusal["outcome"]), reason=refusal["reason"]) if refusal else None,
        status=it["status"],
    )


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
