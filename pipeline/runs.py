"""When each stage last ended well: a document per stage, for those who look after an installation."""

import time
from collections.abc import Mapping
from datetime import datetime

from pipeline.documents import Document, iso, moment
from pipeline.health import Run, Stage
from pipeline.index import Index


class Stopwatch:
    """How long something has taken, in seconds of the real time, whatever CLAIMWIRE_NOW says."""

    def __init__(self) -> None:
        self._begun = time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._begun


def note(index: Index, stage: Stage, counts: Mapping[str, int], watch: Stopwatch, now: datetime) -> None:
    """Writes down that a stage has ended well. Two at once: the later one stays, both are good."""
    before = index.get("runs", [stage], ["first"]).get(stage)
    document: Document = {
        "stage": stage.value,
        "first": before.source["first"] if before else iso(now),
        "last": iso(now),
        "seconds": round(watch.seconds, 3),
        "counts": dict(counts),
    }
    index.put("runs", [(stage.value, document)])


def last_good(index: Index) -> dict[Stage, Run]:
    """The last good run of each stage that ever had one."""
    found = {Stage(id_): stored.source for id_, stored in index.get("runs", [stage.value for stage in Stage]).items()}
    return {
        stage: Run(first=moment(it["first"]), last=moment(it["last"]), seconds=float(it["seconds"])) for stage, it in sorted(found.items())
    }
