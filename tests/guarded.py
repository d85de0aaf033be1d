"""Elasticsearch behind a guard: a real HTTP server that stands before the development node, which has no security of its own.

It keeps roles and users as they are given to `_security`, answers `_has_privileges` by them, and lets a request through to the node
only where its user's roles allow it. Which privilege a request needs, and which brings others with it, is written down here from
Elasticsearch's documentation: it shows that the pipeline asks for no more than its roles name, not how the server itself decides.
"""

import base64
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

import urllib3

SUPERUSER = "elastic"
BRINGS = {
    "all": {"manage", "write", "read", "manage_security"},
    "manage": {"create_index", "delete_index", "maintenance", "monitor", "view_index_metadata"},
    "write": {"index", "delete"},
}
READING = re.compile(r"_(search|msearch|mget|count|pit|field_caps)")
Need = tuple[str | None, str]  # of which index, None for the cluster; which privilege


@dataclass
class Guard:
    """What it knows, and what it was asked."""

    url: str = ""
    users: dict[str, tuple[str, list[str]]] = field(default_factory=lambda: {SUPERUSER: ("secret", [])})
    roles: dict[str, dict[str, Any]] = field(default_factory=dict)
    refused: list[tuple[str, Need]] = field(default_factory=list)
    needed: set[tuple[str, Need]] = field(default_factory=set)

    def login(self, user: str) -> dict[str, str]:
        return {"username": user, "password": self.users[user][0]}

    def user(self, header: str) -> str | None:
        name, _, password = base64.b64decode(header.removeprefix("Basic ")).decode().partition(":")
        return name if name in self.users and self.users[name][0] == password else None

    def may(self, user: str, need: Need) -> bool:
        if user == SUPERUSER:
            return True
        name, right = need
        for role in (self.roles[each] for each in self.users[user][1]):
            given = (
                role["cluster"] if name is None else [right for right, names in _grants(role) if any(fnmatchcase(name, n) for n in names)]
            )
            if right in _all(given):
                return True
        return False


def _grants(role: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    yield from ((right, block["names"]) for block in role["indices"] for right in block["privileges"])


def _all(given: list[str]) -> set[str]:
    found = set(given)
    while (more := found.union(*(BRINGS.get(each, set()) for each in found))) != found:
        found = more
    return found


def needs(method: str, path: str, body: bytes) -> set[Need]:
    """The privileges that a request takes. Raises LookupError for one that nobody has thought of."""
    parts = [unquote(part) for part in path.strip("/").split("/") if part]
    match [method, *parts]:
        case [_, "_security", *_]:
            return {(None, "manage_security")}
        case [_] | [_, "_cluster" | "_nodes", *_]:
            return {(None, "monitor")}
        case [_, "_bulk"]:
            return set(_of_bulk(body))
        case ["POST" | "DELETE", "_search" | "_pit"]:  # by the id of a point in time, which could be opened only by who may read
            return set()
        case ["HEAD" | "GET", "_alias", names] | ["GET" | "HEAD", names]:
            return {(name, "view_index_metadata") for name in names.split(",")}
        case ["POST", names, action] if READING.fullmatch(action):
            return {(name, "read") for name in names.split(",")}
        case ["POST", names, "_refresh"]:
            return {(name, "maintenance") for name in names.split(",")}
        case ["PUT", names, "_mapping" | "_settings"]:
            return {(name, "manage") for name in names.split(",")}
        case ["PUT", name]:
            return {(name, "create_index"), (name, "manage")}  # with an alias
        case ["DELETE", names]:
            return {(name, "delete_index") for name in names.split(",")}
    raise LookupError(f"{method} {path}")


def _of_bulk(body: bytes) -> Iterator[Need]:
    lines = iter(filter(None, body.splitlines()))
    for line in lines:
        ((action, about),) = json.loads(line).items()
        yield about["_index"], "delete" if action == "delete" else "index"
        if action != "delete":
            next(lines)


@contextmanager
def guarded(node: str) -> Iterator[Guard]:
    """The guard before the node at that address. Its superuser `elastic` has the password `secret`."""
    guard, pool = Guard(), urllib3.PoolManager(retries=False)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            user = guard.user(self.headers.get("Authorization", ""))
            path = urlsplit(self.path).path
            if user is None:
                self._say(401, {"error": {"type": "security_exception", "reason": "unable to authenticate"}})
            elif path == "/_security/user/_has_privileges":
                self._say(200, self._privileges(user, json.loads(body)))
            elif not self._let_through(user, needs(self.command, path, body)):
                self._say(403, {"error": {"type": "security_exception", "reason": f"unauthorized for user [{user}]"}})
            elif path.startswith("/_security/"):
                self._keep(path.split("/")[2:], json.loads(body))
            else:
                self._forward(body)

        do_POST = do_PUT = do_DELETE = do_HEAD = do_GET  # noqa: N815  # the names are the library's own

        def _let_through(self, user: str, asked: set[Need]) -> bool:
            guard.needed |= {(user, need) for need in asked}
            refused = [(user, need) for need in asked if not guard.may(user, need)]
            guard.refused += refused
            return not refused

        def _privileges(self, user: str, question: dict[str, Any]) -> dict[str, Any]:
            index: dict[str, dict[str, bool]] = {}
            for block in question["index"]:
                for name in block["names"]:
                    index[name] = {right: guard.may(user, (name, right)) for right in block["privileges"]}
            cluster = {right: guard.may(user, (None, right)) for right in question["cluster"]}
            return {"username": user, "has_all_requested": False, "cluster": cluster, "index": index, "application": {}}

        def _keep(self, what: list[str], given: dict[str, Any]) -> None:
            match what:
                case ["role", name]:
                    guard.roles[name] = given
                case ["user", name]:
                    guard.users[name] = (given["password"], given["roles"])
                case ["user", name, "_password"]:
                    guard.users[name] = (given["password"], [])
            self._say(200, {})

        def _forward(self, body: bytes) -> None:
            kept = {name: value for name, value in self.headers.items() if name.lower() in {"content-type", "accept"}}
            answer = pool.request(self.command, node + self.path, body=body or None, headers=kept)
            self._send(answer.status, answer.headers.get("Content-Type", "application/json"), answer.data)

        def _say(self, status: int, told: dict[str, Any]) -> None:
            self._send(status, "application/json", json.dumps(told | {"status": status}).encode())

        def _send(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("X-Elastic-Product", "Elasticsearch")
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """The tests read `guard`."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    guard.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield guard
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        pool.clear()
