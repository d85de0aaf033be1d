"""A proxy before the real node that does to its bulk requests what networks and busy nodes do to them."""

import json
import socket
import struct
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import urllib3


class Fault(StrEnum):
    """What happens to one bulk request."""

    RESET_BEFORE = "connection reset before it is applied"
    RESET_AFTER = "connection reset after it is applied"
    CUT = "applied, answer cut off"
    BUSY = "429 for the whole request"
    AWAY = "503 for the whole request"
    ITEM_BUSY = "429 for one item"
    ITEM_REFUSED = "400 for one item"


BUSY = {"type": "es_rejected_execution_exception", "reason": "rejected execution of coordinating operation"}
REFUSED = {"type": "document_parsing_exception", "reason": "[1:5] failed to parse field [form] of type [keyword]"}


@dataclass
class Faults:
    """`planned` happen to the next bulk requests that write to `kind`, one each; while `down`, no request gets an answer."""

    url: str = ""
    kind: str = ""
    planned: list[Fault] = field(default_factory=list)
    down: bool = False
    met: Counter[str] = field(default_factory=Counter)

    def next(self, path: str, body: bytes) -> Fault | None:
        if not path.split("?", maxsplit=1)[0].endswith("/_bulk") or not self.planned or f"-{self.kind}".encode() not in body:
            return None
        fault = self.planned.pop(0)
        self.met[fault] += 1
        return fault


@contextmanager
def faulty(node: str) -> Iterator[Faults]:
    """The node at another address, with faults. What it answers is the node's own, but for them."""
    faults = Faults()
    pool = urllib3.PoolManager(retries=False)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one segment: apart, each answer waits 40 ms for the client's delayed acknowledgement

        def _any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            fault = faults.next(self.path, body)
            if faults.down or fault is Fault.RESET_BEFORE:
                self._reset()
                return
            if fault is Fault.BUSY:
                self._answer(429, json.dumps({"error": BUSY, "status": 429}).encode())
                return
            if fault is Fault.AWAY:
                self._answer(503, json.dumps({"error": {"type": "unavailable_shards_exception", "reason": "none"}}).encode())
                return
            kept, dropped = _without_first(body) if fault in (Fault.ITEM_BUSY, Fault.ITEM_REFUSED) else (body, None)
            headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "content-length")}
            answer = pool.request(self.command, node + self.path, body=kept, headers=headers) if kept or dropped is None else None
            if fault is Fault.RESET_AFTER:
                self._reset()
                return
            data = answer.data if answer else b'{"errors": false, "took": 1, "items": []}'
            status = answer.status if answer else 200
            if dropped is not None:
                error, code = (BUSY, 429) if fault is Fault.ITEM_BUSY else (REFUSED, 400)
                data = _with_first(data, dropped, {"status": code, "error": error})
            self._answer(status, data, answer.headers if answer else {}, cut=fault is Fault.CUT)

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _any  # noqa: N815  # the names are the library's own

        def _answer(self, status: int, data: bytes, headers: Any = (), *, cut: bool = False) -> None:
            self.send_response(status)
            given = {name.lower(): value for name, value in dict(headers).items()}
            self.send_header("Content-Type", given.get("content-type", "application/vnd.elasticsearch+json;compatible-with=9"))
            self.send_header("X-Elastic-Product", "Elasticsearch")
            self.send_header(
                "Content-Length", given["content-length"] if self.command == "HEAD" and "content-length" in given else str(len(data))
            )
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(data[: len(data) // 2] if cut else data)
            if cut:
                self._reset()

        def _reset(self) -> None:
            self.wfile.flush()
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """A connection that was reset on purpose is no error of the test's."""

    server = Server(("127.0.0.1", 0), Handler)
    faults.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield faults
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _without_first(body: bytes) -> tuple[bytes, dict[str, Any]]:
    """The bulk request without its first action, and that action."""
    lines = body.rstrip(b"\n").split(b"\n")
    action = json.loads(lines[0])
    rest = lines[1 if "delete" in action else 2 :]
    return b"".join(line + b"\n" for line in rest), action


def _with_first(data: bytes, action: dict[str, Any], outcome: dict[str, Any]) -> bytes:
    """The node's answer with one of our own for the action that it has not seen."""
    answer = json.loads(data)
    ((kind, target),) = action.items()
    item = {kind: {"_index": target["_index"], "_id": target["_id"], **outcome}}
    return json.dumps({**answer, "errors": True, "items": [item, *answer.get("items", [])]}).encode()
