"""The sample outlets, served on loopback: for the tests, and for seeing claimwire at work without the network.

One server is all ten sites: as a forward proxy (`curl -x http://127.0.0.1:8099 http://thames-sentinel.example/world/iran/rss`) and by
the Host header. Their articles are of 2022 to 2024; with `now` set, every address answers as it would have at that time.

    python -m pipeline.samples --port 8099 [--dir tests/data/sites] [--now 2022-12-18T12:00:00Z]

`GET /__now?at=<ISO 8601>` on any host sets the time while it runs (`at=` empty: all is out again), `GET /__log` lists the requests.
"""

import argparse
import gzip
import hashlib
import json
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urljoin, urlsplit

from pipeline.errors import ConfigError
from pipeline.samplefeeds import cut

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "data" / "sites"
TRACKING = ("utm_", "fbclid", "gclid")
TEXT = (("Content-Type", "text/plain; charset=utf-8"),)

Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request as the outlets saw it; `time` in seconds since 1970."""

    method: str
    url: str
    status: int
    agent: str | None
    time: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What an address answers with from one moment on."""

    file: str
    content_type: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One address of index.json: its versions in order, or where it redirects to."""

    kind: str
    url: str
    versions: tuple[Version, ...]
    redirect: tuple[int, str] | None = None

    def at(self, now: datetime | None) -> Version | None:
        """The newest version not later than `now`; None before the first."""
        out = [version for version in self.versions if now is None or version.since <= now]
        return out[-1] if out else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    body: bytes
    headers: Headers = TEXT
    etag: str | None = None
    modified: datetime | None = None


class Sites:
    """What the outlets would answer at which time; knows nothing of sockets."""

    def __init__(self, folder: Path) -> None:
        index = _index(folder)
        self.folder = folder
        self.hosts = frozenset(index["outlets"])
        self.addresses = {_key(url): _address(url, facts) for url, facts in index["urls"].items()}

    @cached_property
    def articles(self) -> Mapping[str, datetime]:
        """Key of an address → when its article came out."""
        return {key: each.versions[0].since for key, each in self.addresses.items() if each.kind == "article"}

    def publication_times(self) -> list[datetime]:
        articles = (each for each in self.addresses.values() if each.kind == "article")
        return sorted({version.since for each in articles for version in each.versions})

    def answer(self, url: str, now: datetime | None) -> Answer:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        if host.startswith("www.") and host[4:] in self.hosts:
            return _moved(301, parts._replace(netloc=host[4:]).geturl())
        if host not in self.hosts:
            return Answer(status=502, body=f"unknown host {host}\n".encode())
        address = self.addresses.get(_key(url)) or self.addresses.get(_key(parts._replace(query="").geturl()))
        if address is None or not self._is_out(address, now):
            return Answer(status=404, body=b"not found\n")
        return _moved(*address.redirect) if address.redirect else self._content(address, now)

    def _is_out(self, address: Address, now: datetime | None) -> bool:
        """Front pages, robots files and feeds always are; a redirect is when its target is."""
        if address.redirect:
            target = self.addresses.get(_key(urljoin(address.url, address.redirect[1])))
            return target is not None and self._is_out(target, now)
        return address.kind != "article" or address.at(now) is not None

    def _content(self, address: Address, now: datetime | None) -> Answer:
        version = address.at(now) or address.versions[0]
        body = (self.folder / version.file).read_bytes()
        modified: datetime | None = version.since
        if now is not None and address.kind in {"feed", "home"}:
            body, modified = self._cut(address, version, body, now)
        etag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
        return Answer(status=200, body=body, headers=(("Content-Type", version.content_type),), etag=etag, modified=modified)

    def _cut(self, address: Address, version: Version, body: bytes, now: datetime) -> tuple[bytes, datetime | None]:
        """A list as it was: without the articles still to come; modified when the last thing that it shows came out."""
        kept, shown = cut(body, address.url, lambda url: self.articles.get(_key(url)), now)
        return kept, max((since for since in (*shown, version.since) if since <= now), default=None)


class SampleSites:
    """The server. Runs from `start()` to `stop()`, or as a context manager; `now` may be set at any time, None: all is out."""

    def __init__(self, folder: Path = FOLDER, port: int = 0, now: datetime | None = None) -> None:
        self._sites = Sites(folder)
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.owner = self
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._log: list[Request] = []
        self._now = now

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def proxy(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def now(self) -> datetime | None:
        return self._now

    @now.setter
    def now(self, value: datetime | None) -> None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a time needs its zone")
        self._now = value

    @property
    def requests(self) -> list[Request]:
        with self._lock:
            return list(self._log)

    def publication_times(self) -> list[datetime]:
        """When something new came out, in order: a replay sets `now` to each in turn."""
        return self._sites.publication_times()

    def answer(self, url: str) -> Answer:
        return self._sites.answer(url, self._now)

    def note(self, request: Request) -> None:
        with self._lock:
            self._log.append(request)

    def start(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        if self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._thread = None
        self._server.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    owner: SampleSites


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "samples/1"
    timeout = 30
    wbufsize = -1  # head and body in one segment: apart, each answer waits 40 ms for the client's delayed acknowledgement
    server: _Server

    def do_GET(self) -> None:
        url = self._url()
        parts = urlsplit(url)
        if parts.path in {"/__now", "/__log"}:
            self._control(parts.path, parse_qs(parts.query, keep_blank_values=True))
            return
        answer = self.server.owner.answer(url)
        status = self._send(answer)
        agent = self.headers.get("User-Agent")
        self.server.owner.note(Request(method=self.command, url=url, status=status, agent=agent, time=round(time.time(), 3)))

    def do_HEAD(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the name is http.server's
        """Silent: `requests` and `/__log` are the log."""

    def _url(self) -> str:
        return self.path if "://" in self.path.split("?")[0] else f"http://{self.headers.get('Host') or ''}{self.path}"

    def _control(self, path: str, query: Mapping[str, list[str]]) -> None:
        owner = self.server.owner
        if path == "/__log":
            self._send(Answer(status=200, body="".join(json.dumps(asdict(each)) + "\n" for each in owner.requests).encode()))
            return
        try:
            if "at" in query:
                owner.now = _time(query["at"][0]) if query["at"][0] else None
        except ValueError as error:
            self._send(Answer(status=400, body=f"{error}\n".encode()))
        else:
            self._send(Answer(status=200, body=f"{owner.now.isoformat() if owner.now else ''}\n".encode()))

    def _send(self, answer: Answer) -> int:
        """Writes the answer, 304 where the client has it already; gives the status."""
        validators = _validators(answer)
        if answer.status == 200 and self._has(answer):
            self._head(304, validators)
            return 304
        body, encoding = self._encoded(answer.body)
        self._head(answer.status, [*answer.headers, *validators, *encoding, ("Content-Length", str(len(body)))])
        if self.command != "HEAD":
            self.wfile.write(body)
        return answer.status

    def _head(self, status: int, headers: Headers) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()

    def _encoded(self, body: bytes) -> tuple[bytes, Headers]:
        if len(body) > 500 and "gzip" in (self.headers.get("Accept-Encoding") or ""):
            return gzip.compress(body, mtime=0), (("Content-Encoding", "gzip"),)
        return body, ()

    def _has(self, answer: Answer) -> bool:
        """Whether the client's copy is this one; its ETag counts before its date (RFC 9110, 13.2.2)."""
        tags, since = self.headers.get("If-None-Match"), self.headers.get("If-Modified-Since")
        if answer.etag and tags is not None:
            return tags.strip() == "*" or answer.etag in {tag.strip().removeprefix("W/") for tag in tags.split(",")}
        if answer.modified is None or since is None:
            return False
        try:
            return answer.modified <= parsedate_to_datetime(since)
        except (TypeError, ValueError):  # not a date, or one without a zone
            return False


def _validators(answer: Answer) -> Headers:
    if answer.etag is None:
        return ()
    dated = (("Last-Modified", format_datetime(answer.modified, usegmt=True)),) if answer.modified else ()
    return (("ETag", answer.etag), *dated, ("Cache-Control", "max-age=0, must-revalidate"), ("Vary", "Accept-Encoding"))


def _moved(status: int, location: str) -> Answer:
    return Answer(status=status, body=b"moved\n", headers=(("Location", location), *TEXT))


def _key(url: str) -> str:
    """Host, path and query without tracking parameters: the server takes an address with and without them."""
    parts = urlsplit(url)
    query = "&".join(piece for piece in parts.query.split("&") if piece and not piece.lower().startswith(TRACKING))
    return (parts.hostname or "").lower() + (parts.path or "/") + (f"?{query}" if query else "")


def _index(folder: Path) -> dict[str, Any]:
    file = folder / "index.json"
    try:
        index: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        remedy = "The sample outlets come with the source code, not with the installed package: run from a checkout or pass --dir"
        raise ConfigError("the sample outlets are not here", file=file, remedy=remedy) from error
    return index


def _address(url: str, facts: Mapping[str, Any]) -> Address:
    if facts["kind"] == "redirect":
        return Address(kind="redirect", url=url, versions=(), redirect=(facts["status"], facts["location"]))
    versions = sorted((_version(each) for each in facts.get("versions", [facts])), key=lambda version: version.since)
    return Address(kind=facts["kind"], url=url, versions=tuple(versions))


def _version(facts: Mapping[str, Any]) -> Version:
    charset = f"; charset={facts['charset']}" if facts["charset_in_header"] else ""
    since = parsedate_to_datetime(facts["last_modified"])
    return Version(file=facts["file"], content_type=facts["content_type"] + charset, since=since)


def _time(text: str) -> datetime:
    """A moment; in UTC where the text names no zone. A blank is a plus that a query string has turned into one."""
    moment = datetime.fromisoformat(text.strip().replace(" ", "+") if "T" in text else text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m pipeline.samples", description="Serve the sample outlets on 127.0.0.1.")
    parser.add_argument("--port", type=int, default=8099, help="0 picks a free one")
    parser.add_argument("--dir", type=Path, default=FOLDER)
    parser.add_argument("--now", type=_time, help="answer as at this time, ISO 8601; by default everything is out")
    given = parser.parse_args()
    with SampleSites(given.dir, given.port, given.now) as sites:
        print(f"sample outlets at {sites.proxy}", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
