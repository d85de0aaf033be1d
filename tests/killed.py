"""Plays the story and kills itself: `python -m tests.killed URL PREFIX RECEIVER LOG`, one order a line on standard input.

An order is JSON: `first` and `last`, the rounds to play; `late`, by how many minutes the clock is later than the story's; `kill`, the
point at which the player ends by SIGKILL, or none; `players`, how many play at once. Each player is a fork, so that 50 of them
import everything once. The answer is a line with how each has ended; what each has reached stands in the log, one line a point.
"""

import json
import os
import signal
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog
import urllib3
from elasticsearch import Elasticsearch

from pipeline.alert_rules import ChannelRules
from pipeline.channels import Trouble
from pipeline.documents import Document, Stored
from pipeline.index import Index, Kind
from pipeline.messages import Message
from tests import story


class Points:
    """Counts the points that a player passes, and kills it at the one that is ordered."""

    def __init__(self, log: Path, kill: int | None) -> None:
        self._log = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self._kill = kill
        self._number = 0

    def pass_by(self, what: str) -> None:
        self.note(f"{self._number} {what}")
        if self._number == self._kill:
            os.kill(os.getpid(), signal.SIGKILL)
        self._number += 1

    def note(self, line: str) -> None:
        os.write(self._log, f"{line}\n".encode())
        os.fsync(self._log)


class WatchedIndex(Index):
    """An index with a point after each write."""

    def __init__(self, client: Elasticsearch, prefix: str, points: Points) -> None:
        super().__init__(client, prefix)
        self._points = points

    def create(self, kind: Kind, documents: Iterable[tuple[str, Document]]) -> Counter[str]:
        return self._wrote(f"create {kind}", super().create(kind, documents))

    def put(self, kind: Kind, documents: Iterable[tuple[str, Document]]) -> Counter[str]:
        return self._wrote(f"put {kind}", super().put(kind, documents))

    def change(self, kind: Kind, changes: Iterable[tuple[Stored, Document]]) -> Counter[str]:
        return self._wrote(f"change {kind}", super().change(kind, changes))

    def _wrote(self, what: str, counts: Counter[str]) -> Counter[str]:
        if counts:
            self._points.pass_by(what)
        return counts


def sender(receiver: str, points: Points | None = None) -> story.Send:
    """Posts a message over HTTP under its key, with a point before and one after."""
    pool = urllib3.PoolManager()
    pass_by: Callable[[str], None] = points.pass_by if points else lambda _: None

    def send(message: Message, rules: ChannelRules) -> Trouble | None:
        pass_by(f"before sending to {rules.id}")
        body = json.dumps(message.model_dump(mode="json"))
        headers = {"Idempotency-Key": message.key, "Channel": rules.id}
        answer = pool.request("POST", receiver, body=body, headers=headers, retries=False)
        pass_by(f"after sending to {rules.id}")
        return None if answer.status == 200 else Trouble(f"answers {answer.status}", again=True)

    return send


def play(order: dict[str, Any], url: str, prefix: str, receiver: str, log: Path) -> None:
    points = Points(log, order["kill"])
    client = Elasticsearch(url, request_timeout=30, max_retries=0)
    plain, watched = Index(client, prefix), WatchedIndex(client, prefix, points)
    send = sender(receiver, points)
    for round_ in range(order["first"], order["last"] + 1):
        points.note(f"round {round_}")
        story.happen(round_, plain)
        assert story.run(watched, story.moment_of(round_) + timedelta(minutes=order["late"]), send)
    points.note("end")


def fork(order: dict[str, Any], *where: Any) -> int:
    player = os.fork()
    if player:
        return player
    try:
        play(order, *where)
    except BaseException:  # noqa: BLE001  # a fork must not go on as its parent
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def main() -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # what a run says is no answer
    url, prefix, receiver, log = sys.argv[1:]
    for line in sys.stdin:
        order = json.loads(line)
        players = [fork(order, url, prefix, receiver, Path(log)) for _ in range(order["players"])]
        ended = [os.waitstatus_to_exitcode(os.waitpid(player, 0)[1]) for player in players]
        print(json.dumps(ended), flush=True)


if __name__ == "__main__":
    main()
