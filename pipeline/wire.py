"""One GET on one connection to one judged address, finished before a deadline whatever the other side does.

Timeouts of sockets bound the wait for the next byte, and a server that sends one byte a second never runs into them. So each read here
gets what is left of the whole request's time, on the plain and on the TLS socket alike. Connections are not kept: spacing between the
requests to a host makes them idle anyway.
"""

import http.client
import io
import socket
import ssl
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

from pipeline import guard
from pipeline.errors import Rejected, Unavailable
from pipeline.guard import Target
from pipeline.model import Outcome

CHUNK = 65_536


class Deadline:
    """The wall-clock time that one call has, in seconds, on the monotonic clock."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        return self._end - time.monotonic()

    def extend(self, seconds: float) -> None:
        """Time that was spent on waiting by our own choice does not count."""
        self._end += seconds


class _Bounded:
    """A socket whose every read waits `idle` seconds at most, and never beyond the deadline."""

    deadline: Deadline | None = None
    idle: float = 0.0

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        if self.deadline is not None:
            left = self.deadline.left()
            if left <= 0:
                raise TimeoutError("no time left")
            self.settimeout(min(self.idle, left))  # type: ignore[attr-defined]  # the mixed-in socket's
        return super().recv_into(*args, **kwargs)  # type: ignore[misc,no-any-return]


class _PlainSocket(_Bounded, socket.socket):
    pass


class _TlsSocket(_Bounded, ssl.SSLSocket):
    pass


def tls_context(ca_file: str | None) -> ssl.SSLContext:
    """Certificates are checked against the system's authorities, or against those in `ca_file` alone."""
    context = ssl.create_default_context(cafile=ca_file)
    context.sslsocket_class = _TlsSocket
    return context


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """A forward proxy for everything: absolute addresses for http, CONNECT for https. It resolves the names."""

    host: str
    port: int
    headers: Mapping[str, str]  # Proxy-Authorization, if any


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialler:
    """How to reach targets. Seconds are those of one connect and of one wait for bytes."""

    connect_seconds: float
    idle_seconds: float
    tls: ssl.SSLContext
    proxy: Proxy | None
    exempt: frozenset[str]
    resolver: guard.Resolve = guard.system_resolve

    def get(self, target: Target, headers: Mapping[str, str], deadline: Deadline) -> "Answer":
        """Sends the request and reads the head of the answer. Raises Rejected for a forbidden address, Unavailable otherwise."""
        try:
            connection = self._connection(target, deadline)
            try:
                connection.request("GET", *self._request(target, headers), preload_content=False)
                return Answer(target, connection, connection.getresponse(), deadline)
            except BaseException:
                connection.close()
                raise
        except (OSError, http.client.HTTPException, urllib3.exceptions.HTTPError) as error:
            raise unavailable(error, target, deadline) from error

    def _request(self, target: Target, headers: Mapping[str, str]) -> tuple[str, None, dict[str, str]]:
        forwarded = self.proxy is not None and target.scheme == "http"
        extra = self.proxy.headers if self.proxy and forwarded else {}
        return target.url if forwarded else target.path, None, {"Host": target.authority, **headers, **extra}

    def _connection(self, target: Target, deadline: Deadline) -> HTTPConnection:
        host, port = (self.proxy.host, self.proxy.port) if self.proxy else (target.host, target.port)
        addresses = guard.addresses(host, port, seconds=deadline.left(), resolver=self.resolver)
        if self.proxy is None and target.place not in self.exempt:
            guard.judged(target, addresses)
        dial = _Dial(addresses, port, self.connect_seconds, self.idle_seconds, deadline)
        if target.scheme == "http":
            return _Connection(host, port, dial=dial)
        connection = _TlsConnection(host, port, dial=dial, ssl_context=self.tls)
        if self.proxy is not None:
            connection.set_tunnel(target.host, target.port, headers=self.proxy.headers, scheme="http")
        return connection


@dataclass(frozen=True, slots=True)
class _Dial:
    """Opens a socket to the first of the judged addresses that answers; nothing is resolved here any more."""

    addresses: list[str]
    port: int
    connect_seconds: float
    idle_seconds: float
    deadline: Deadline

    def __call__(self) -> _PlainSocket:
        failure: OSError = TimeoutError("no time left")
        end = Deadline(self.connect_seconds)
        for address in self.addresses:
            left = min(end.left(), self.deadline.left())
            if left <= 0:
                break
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            sock = _PlainSocket(family, socket.SOCK_STREAM)
            try:
                sock.settimeout(left)
                sock.connect((address, self.port))
            except OSError as error:
                sock.close()
                failure = error
                continue
            sock.deadline, sock.idle = self.deadline, self.idle_seconds
            # Also the limit of a TLS handshake, whose reads do not pass through `recv_into`.
            sock.settimeout(max(min(self.idle_seconds, self.deadline.left()), 0.001))
            return sock
        raise failure


class _Connection(HTTPConnection):
    def __init__(self, host: str, port: int, *, dial: _Dial) -> None:
        super().__init__(host, port, timeout=dial.idle_seconds)
        self._dial = dial

    def _new_conn(self) -> socket.socket:  # what urllib3's own SOCKS support overrides too
        return self._dial()


class _TlsConnection(HTTPSConnection):
    def __init__(self, host: str, port: int, *, dial: _Dial, ssl_context: ssl.SSLContext) -> None:
        super().__init__(host, port, timeout=dial.idle_seconds, ssl_context=ssl_context)
        self._dial = dial

    def _new_conn(self) -> socket.socket:
        return self._dial()

    def connect(self) -> None:
        super().connect()
        assert isinstance(self.sock, _TlsSocket)
        self.sock.deadline, self.sock.idle = self._dial.deadline, self._dial.idle_seconds


class Answer:
    """Status and headers of an answer, and its body when asked for. A context manager: leaving it closes the connection."""

    def __init__(self, target: Target, connection: HTTPConnection, response: urllib3.HTTPResponse, deadline: Deadline) -> None:
        self.status: int = response.status
        self._target, self._connection, self._response, self._deadline = target, connection, response, deadline

    def __enter__(self) -> "Answer":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with suppress(OSError):
            self._response.close()
        self._connection.close()

    def header(self, name: str) -> str | None:
        return self._response.headers.get(name)

    @property
    def headers(self) -> dict[str, str]:
        """All but cookies, names in lower case, repeated ones joined. A cookie is a secret between two and has no reader here."""
        return {name.lower(): value for name, value in self._response.headers.items() if name.lower() not in {"set-cookie", "set-cookie2"}}

    def body(self, limit: int, *, cut: bool = False) -> bytes:
        """The decoded body. One of more than `limit` bytes raises Rejected (TOO_LARGE), or ends there if `cut`.

        Never more than a chunk beyond the limit is decoded, however well it was packed.
        """
        self._refuse_encodings()
        announced = self.header("content-length") or ""
        if not cut and announced.isascii() and announced.isdigit() and int(announced[:18]) > limit + CHUNK:
            raise self._too_large(limit)
        buffer = io.BytesIO()
        try:
            while buffer.tell() <= limit and (chunk := self._response.read1(CHUNK)):
                buffer.write(chunk)
                if self._response.tell() > limit + CHUNK:
                    break  # more came over the wire than may come out, and it decodes to nothing: empty gzip members
                if self._deadline.left() <= 0:
                    raise TimeoutError("no time left")
        except (OSError, http.client.HTTPException, urllib3.exceptions.HTTPError) as error:
            raise unavailable(error, self._target, self._deadline) from error
        if not cut and (buffer.tell() > limit or self._response.tell() > limit + CHUNK):
            raise self._too_large(limit)
        return buffer.getvalue()[:limit]

    def _too_large(self, limit: int) -> Rejected:
        return Rejected(Outcome.TOO_LARGE, f"more than {limit} bytes", self._target.url)

    def _refuse_encodings(self) -> None:
        encodings = [each.strip().lower() for each in (self.header("content-encoding") or "").split(",")]
        packed = [each for each in encodings if each not in {"", "identity"}]
        if len(packed) > 1:
            raise Rejected(Outcome.REJECTED, f"{len(packed)} chained content encodings", self._target.url)
        if packed and packed[0] not in {"gzip", "x-gzip", "br"}:
            raise Rejected(Outcome.REJECTED, "content encoding that was not offered", self._target.url)


def unavailable(error: Exception, target: Target, deadline: Deadline) -> Unavailable:
    """What went wrong, in words of our own: texts of libraries repeat addresses and headers."""
    if deadline.left() <= 0:
        return Unavailable("not finished in time", target.url)
    causes = [error, error.__cause__, error.__context__, *(each for each in error.args if isinstance(each, Exception))]
    if str(error).startswith("Tunnel connection failed"):
        return Unavailable("proxy refuses the tunnel", target.url)
    for kind, reason in _REASONS:
        if any(isinstance(cause, kind) for cause in causes):
            return Unavailable(reason, target.url)
    return Unavailable(f"connection failed: {type(error).__name__}", target.url)


_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (urllib3.exceptions.DecodeError, "body is not in its content encoding"),
    (ssl.SSLCertVerificationError, "certificate is not valid for this host"),
    (ssl.SSLError, "TLS failed"),
    (socket.gaierror, "name does not resolve"),
    (TimeoutError, "timed out"),
    (urllib3.exceptions.TimeoutError, "timed out"),
    (ConnectionRefusedError, "connection refused"),
    (http.client.RemoteDisconnected, "closed without an answer"),
    (http.client.IncompleteRead, "body ended too early"),
    (urllib3.exceptions.IncompleteRead, "body ended too early"),
    (ConnectionError, "connection reset"),
    (http.client.HTTPException, "answer is not HTTP"),
)
