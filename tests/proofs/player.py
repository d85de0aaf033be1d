"""A program that runs the pipeline and is killed in it: `python -m tests.proofs.player`, one order a line on standard input.

An order is JSON: `env`, the variables of the run; `log`, where every point that is passed is written; `point` and `signal`, where and
how it ends, or none; `after`, seconds after which it is killed wherever it is, or none; `players`, how many run at once, each of which
waits for the others after it has asked for its first lease. Each run is a fork, so that many of them import everything once. The answer
is a line with how each run has ended: 0, or the negative number of a signal.
"""

import functools
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from elasticsearch import Elasticsearch

from pipeline import channels, following, lease, polling, run, shelf, unread, visit, wire
from pipeline.fetch import Limits
from pipeline.index import Index
from pipeline.reading import open_reader  # noqa: F401  # once, before the forks
from pipeline.settings import read_settings

Test = Callable[..., bool]

# In the log before the point at which a run ends; other threads may pass others meanwhile.
END = "ends at "


@dataclass(frozen=True, kw_only=True)
class Point:
    """A moment: before, within or after the call of a function whose arguments fit, for the `nth` time."""

    owner: Any
    name: str
    when: str = "after"
    fits: Test = lambda *_, **__: True
    nth: int = 1


def _of_kind(kind: str) -> Test:
    return lambda _, given, documents: given == kind and bool(documents)


def _bulk_of(kind: str) -> Test:
    return lambda *_, **given: any(f"-{kind}".encode() in each for each in given["operations"] if b'"_index"' in each)


def _limit(name: str) -> Test:
    return lambda _, limit, **__: bool(limit == getattr(Limits(), name))


POINTS: Mapping[str, Point] = {
    "configuration read": Point(owner=run, name="read_sources"),
    "in the middle of a feed's answer": Point(owner=wire.Answer, name="body", when="within", fits=_limit("feed_bytes")),
    "feed parsed": Point(owner=polling, name="ask"),
    "half of the links followed": Point(owner=following, name="_end", nth=2),
    "in the middle of a page": Point(owner=wire.Answer, name="body", when="within", fits=_limit("page_bytes")),
    "page extracted": Point(owner=visit.Visitor, name="_read"),
    "article read": Point(owner=unread, name="marked"),
    "before the bulk request": Point(owner=Index, name="create", when="before", fits=_of_kind("articles")),
    "bulk applied, not answered": Point(owner=Elasticsearch, name="bulk", fits=_bulk_of("articles")),
    "articles written, links not marked": Point(owner=Index, name="create", fits=_of_kind("articles")),
    "links marked, source's state not written": Point(owner=Index, name="put", fits=_of_kind("entries")),
    "source's state half written": Point(owner=shelf, name="write_whole", when="within"),
    "row of the outbox written": Point(owner=Index, name="create", fits=_of_kind("alerts")),
    "sent to one channel of two": Point(owner=channels, name="deliver", when="before", nth=2),
    "sent, not marked": Point(owner=channels, name="deliver"),
    "marked, run not reported": Point(owner=run, name="run_alert"),
}


class Passing:
    """Writes down the points that the run passes, and ends it at the one that is ordered."""

    def __init__(self, log: Path, ordered: str | None, how: int) -> None:
        self._log = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self._ordered, self._how = ordered, how
        self._passed = dict.fromkeys(POINTS, 0)

    def install(self) -> None:
        for name, point in POINTS.items():
            setattr(point.owner, point.name, self._watched(name, point, getattr(point.owner, point.name)))

    def _watched(self, name: str, point: Point, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def watched(*args: Any, **kwargs: Any) -> Any:
            if point.name == "create" and not isinstance(args[2], dict):  # documents may come one by one; who tests them needs them all
                args = (*args[:2], dict(args[2]).items(), *args[3:])
            fits = point.fits(*args, **kwargs)
            if fits and point.when == "before":
                self._reach(name, point)
            if fits and point.when == "within" and self._is_next(name, point):
                _HALVES[point.name](*args, **kwargs)
                self._reach(name, point)
            ended = function(*args, **kwargs)
            if fits and point.when != "before":
                self._reach(name, point)
            return ended

        return watched

    def _is_next(self, name: str, point: Point) -> bool:
        return name == self._ordered and self._passed[name] == point.nth - 1

    def _reach(self, name: str, point: Point) -> None:
        ends = self._is_next(name, point)
        os.write(self._log, f"{END if ends else ''}{name}\n".encode())
        self._passed[name] += 1
        if ends:
            os.fsync(self._log)
            os.kill(os.getpid(), self._how)
            time.sleep(0.2)  # a signal that is handled comes in a moment, to the first thread
            sys.exit(128 + self._how)


def _half_a_body(answer: wire.Answer, *_: Any, **__: Any) -> None:
    answer._response.read1(200, decode_content=False)


def _half_a_file(file: Path, content: bytes, *_: Any) -> None:
    (file.parent / f".{file.name}.half").write_bytes(content[: len(content) // 2])


_HALVES: Mapping[str, Callable[..., None]] = {"body": _half_a_body, "write_whole": _half_a_file}


def play(order: Mapping[str, Any]) -> None:
    """One run of all stages, with the order's variables."""
    for name in [each for each in os.environ if each.startswith(("CLAIMWIRE_", "ELASTICSEARCH_"))]:
        del os.environ[name]
    os.environ.update(order["env"])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # as a task is ended: what is open is closed
    Passing(Path(order["log"]), order.get("point"), order.get("signal") or signal.SIGKILL).install()
    if order.get("players", 1) > 1:
        _meet(Path(order["log"]), order["players"])
    settings = read_settings()
    run.run_collect(settings)
    run.run_enrich(settings)
    run.run_alert(settings)


# The lease at which two runs meet: a source that all stages of the tests have.
MEETING = "source caspian-courier"


def _meet(log: Path, players: int) -> None:
    """Lets all runs go on only when each has been given its first lease, or been refused it: they overlap from there."""
    take, asked = lease._take, []

    def met(*args: Any) -> bool:
        taken = take(*args)
        name = args[1]
        if name.startswith(MEETING) and not asked:
            asked.append(taken)
            with log.open("a") as lines:
                lines.write(f"lease {'taken' if taken else 'refused'} by {os.getpid()}\n")
            deadline = time.monotonic() + 60
            while log.read_text().count("lease ") < players:
                if time.monotonic() > deadline:
                    raise TimeoutError("the other run has not come")
                time.sleep(0.005)
        return taken

    setattr(lease, "_take", met)  # noqa: B010  # a function of ours, in a process of its own


def fork(order: Mapping[str, Any]) -> int:
    """The run's process."""
    player = os.fork()
    if player:
        return player
    os.dup2(2, 1)  # what a run says is no answer
    status = 1
    try:
        play(order)
        status = 0
    except SystemExit as error:
        status = int(error.code or 0)
    except BaseException:  # noqa: BLE001  # a fork must not go on as its parent
        traceback.print_exc()
    os._exit(status)


def ended(player: int, after: float | None) -> int:
    """How it has ended; killed after so many seconds, if it has not ended before."""
    if after is not None:
        deadline = time.monotonic() + after
        while time.monotonic() < deadline:
            pid, status = os.waitpid(player, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.005)
        os.kill(player, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(player, 0)[1])


def main() -> None:
    run.check(read_settings())  # reads all configuration and the model once for all runs
    for line in sys.stdin:
        order = json.loads(line)
        players = [fork(order) for _ in range(order.get("players", 1))]
        print(json.dumps([ended(player, order.get("after")) for player in players]), flush=True)


if __name__ == "__main__":
    main()
