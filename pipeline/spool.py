"""What was fetched while Elasticsearch was away: polls as they were answered, until they can be written.

A poll is a folder: the raw answers in an archive of its own, and last of all `poll.json`, which says what was asked when and what came;
without it there was no poll. Beside the polls stands what each source showed last, so that a poll without Elasticsearch still knows what
is new. All of it lies on the shelf, so that another worker can write what one has kept that is gone.
"""

import json
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pipeline.answers import Page, Refusal
from pipeline.archive import Archive
from pipeline.documents import Document, iso, moment
from pipeline.model import Clock, Outcome, Reference
from pipeline.shelf import Shelf

_NAMED = "poll.json"
# What was begun so long ago and is no poll yet was left behind by a crash; no poll takes as long.
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

    name: str
    place: str
    source: str
    at: datetime
    exchanges: Sequence[Exchange]

    def page(self, reference: Reference) -> Page:
        """Raises RecordLostError."""
        return Archive(self.place, lambda: self.at).read(reference)


@dataclass(slots=True, kw_only=True)
class Writing:
    """A poll that is being kept; with `done` it is one."""

    name: str
    shelf: Shelf
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
        self.shelf.write(f"{self.name}/{_NAMED}", json.dumps(told).encode())

    def drop(self) -> None:
        self.archive.close()
        self.shelf.remove(self.name)


class Spool:
    """The polls of one topic, at most so many bytes of them; processes may share it."""

    def __init__(self, shelf: Shelf, most: int, clock: Clock) -> None:
        self._shelf = shelf
        self._most = most
        self._clock = clock

    def state(self, source: str) -> Document:
        """What the source showed last and when, as the index had it, or as the last poll without it has left it; empty where unknown."""
        try:
            return dict(json.loads(self._shelf.read(f"sources/{source}.json") or b"{}"))
        except ValueError:
            return {}

    def remember(self, source: str, state: Document) -> None:
        self._shelf.write(f"sources/{source}.json", json.dumps(state, ensure_ascii=False).encode())

    def begin(self, source: str) -> Writing:
        """Room for a poll. The names of polls tell their order."""
        name = f"polls/{source}/{time.time_ns():020}-{uuid.uuid4().hex[:8]}"
        self._shelf.folder(name)
        archive = Archive(self._shelf.place(name), self._clock)
        return Writing(name=name, shelf=self._shelf, source=source, at=self._clock(), archive=archive)

    def waiting(self, source: str) -> list[Kept]:
        """The polls of a source that wait, first the earliest."""
        found = (self._kept(name.rpartition("/")[0]) for name in self._shelf.names(f"polls/{source}/*/{_NAMED}"))
        return [each for each in found if each]

    def sources(self) -> list[str]:
        """Those of which polls wait."""
        return sorted({name.split("/")[1] for name in self._shelf.names(f"polls/*/*/{_NAMED}")})

    def drop(self, poll: Kept) -> None:
        """What has been written. It is no poll any more before its answers go, so that no half of it is read."""
        self._shelf.remove(f"{poll.name}/{_NAMED}")
        self._shelf.remove(poll.name)

    def clean(self) -> None:
        """Takes away what crashes have left half written."""
        polls = {name.rpartition("/")[0] for name in self._shelf.names(f"polls/*/*/{_NAMED}")}
        for name in {"/".join(name.split("/")[:3]) for name in self._shelf.names("polls/*/*/*")} - polls:
            if time.time() - _begun(name) > ABANDONED_SECONDS:
                self._shelf.remove(name)

    @property
    def bytes(self) -> int:
        return self._shelf.below("polls").bytes()

    @property
    def is_full(self) -> bool:
        return self.bytes >= self._most

    def summary(self) -> tuple[int, datetime | None]:
        """How many polls wait, and since when the first does."""
        polls = [poll for source in self.sources() for poll in self.waiting(source)]
        return len(polls), min((poll.at for poll in polls), default=None)

    def _kept(self, name: str) -> Kept | None:
        """None where another process has just written it."""
        found = self._shelf.read(f"{name}/{_NAMED}")
        if found is None:
            return None
        told = json.loads(found)
        exchanges = [_exchange(each) for each in told["exchanges"]]
        return Kept(name=name, place=self._shelf.place(name), source=told["source"], at=moment(told["at"]), exchanges=exchanges)


def _begun(name: str) -> float:
    """When a poll was begun, in seconds since 1970; what has another name was not made here, and stays."""
    number = name.rpartition("/")[2].partition("-")[0]
    return int(number) / 1e9 if number.isdecimal() else time.time()


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
