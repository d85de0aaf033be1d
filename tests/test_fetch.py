"""Against real servers on loopback, most of them hostile. Hangs are bounded, speed is not measured."""

import contextlib
import gzip
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import guard
from pipeline.answers import Keys, Page
from pipeline.errors import ConfigError, Rejected, Unavailable
from pipeline.fetch import Limits, Web
from pipeline.model import Outcome, Validators

NOW = datetime(2024, 9, 10, 12, tzinfo=UTC)
QUICK = Limits(
    feed_bytes=100_000, page_bytes=100_000, robots_bytes=500, seconds=2.0, connect_seconds=1.0, idle_seconds=1.0, hops=5, host_delay=0.0
)
BRIEF = replace(QUICK, seconds=1.0, idle_seconds=0.8)
TLS_FILE = str(Path(__file__).parent / "data" / "tls" / "outlet.example.pem")

Handler = Callable[[BaseHTTPRequestHandler], None]


class Server:
    """A loopback server: a path is answered by a function, everything else by 404. Remembers what it was asked."""

    def __init__(self, tls: bool = False) -> None:
        self.routes: dict[str, Handler] = {}
        self.requests: list[tuple[float, str, dict[str, str]]] = []
        outer = self

        class Inner(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer.requests.append((time.monotonic(), self.path, {k.lower(): v for k, v in self.headers.items()}))
                self.close_connection = True
                with contextlib.suppress(OSError):
                    outer.routes.get(self.path, answer(404, b"no"))(self)

            def log_message(self, *args: Any) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Inner)
        self._http.daemon_threads = True
        self._http.handle_error = lambda *args: None  # type: ignore[method-assign]  # broken pipes are what is staged here
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(TLS_FILE)
            self._http.socket = context.wrap_socket(self._http.socket, server_side=True)
        self.port = self._http.server_address[1]
        self.place = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.place}"
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def asked(self, path: str) -> list[dict[str, str]]:
        return [headers for _, each, headers in self.requests if each == path]

    def close(self) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


def answer(status: int, body: bytes = b"", **headers: str) -> Handler:
    def handle(request: BaseHTTPRequestHandler) -> None:
        request.send_response_only(status)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        if "Transfer_Encoding" not in headers and "Content_Length" not in headers and status not in {204, 304}:
            request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    return handle


def raw(*pieces: bytes, pause: float = 0.0, repeat: int = 1) -> Handler:
    """Bytes as they are, with pauses between them."""

    def handle(request: BaseHTTPRequestHandler) -> None:
        for _ in range(repeat):
            for piece in pieces:
                request.wfile.write(piece)
                request.wfile.flush()
                time.sleep(pause)

    return handle


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


def a_web(*servers: Server, limits: Limits = QUICK, **more: Any) -> Web:
    exempt = more.pop("exempt", {each.place for each in servers})
    return Web(user_agent="claimwire/1 (+https://example.org)", clock=lambda: NOW, limits=limits, exempt=exempt, **more)


def bounded(seconds: float, function: Callable[[], Any]) -> Any:
    start = time.monotonic()
    try:
        return function()
    finally:
        assert time.monotonic() - start < seconds


def gzip_bomb(size: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join([*(packer.compress(bytes(2**20)) for _ in range(size // 2**20)), packer.flush()])


# ---- what an answer means


def test_a_page_comes_with_its_address_headers_and_validators(server: Server) -> None:
    server.routes["/a"] = answer(200, "Привет".encode(), Content_Type="text/html", ETag='"1"', Last_Modified="x", Set_Cookie="secret")
    page = a_web(server).page(f"{server.url}/a#top")
    assert page == Page(
        url=f"{server.url}/a",
        asked=f"{server.url}/a#top",
        headers={"content-type": "text/html", "etag": '"1"', "last-modified": "x", "content-length": "12"},
        body="Привет".encode(),
        fetched_at=NOW,
        validators=Validators(etag='"1"', last_modified="x"),
    )


@pytest.mark.parametrize("encoding", ["gzip", "br"])
def test_a_packed_body_is_unpacked(server: Server, encoding: str) -> None:
    body = b"news " * 1_000
    packed = gzip.compress(body) if encoding == "gzip" else brotli.compress(body)
    server.routes["/a"] = answer(200, packed, Content_Encoding=encoding)
    assert a_web(server).page(f"{server.url}/a").body == body
    assert server.asked("/a")[0]["accept-encoding"] == "gzip, br"


def test_a_chunked_body_is_joined(server: Server) -> None:
    server.routes["/a"] = answer(200, b"4\r\nnews\r\n3\r\n at\r\n0\r\n\r\n", Transfer_Encoding="chunked")
    assert a_web(server).page(f"{server.url}/a").body == b"news at"


def test_a_feed_that_has_not_changed_is_none(server: Server) -> None:
    server.routes["/feed"] = answer(304)
    assert a_web(server).feed(f"{server.url}/feed", Validators(etag='"1"', last_modified="Tue, 10 Sep 2024 12:00:00 GMT")) is None
    asked = server.asked("/feed")[0]
    assert asked["if-none-match"] == '"1"'
    assert asked["if-modified-since"] == "Tue, 10 Sep 2024 12:00:00 GMT"


def test_a_304_that_nobody_asked_for_is_no_answer(server: Server) -> None:
    server.routes["/feed"] = answer(304)
    with pytest.raises(Unavailable, match="status 304"):
        a_web(server).feed(f"{server.url}/feed", Validators())


def test_validators_stay_with_the_address_they_belong_to(server: Server) -> None:
    server.routes["/old"] = answer(301, Location="/new")
    server.routes["/new"] = answer(200, b"x", ETag='"new"')
    page = a_web(server).feed(f"{server.url}/old", Validators(etag='"old"'))
    assert page is not None
    assert page.url == f"{server.url}/new"
    assert page.validators == Validators()
    assert "if-none-match" in server.asked("/old")[0]
    assert "if-none-match" not in server.asked("/new")[0]


@pytest.mark.parametrize("status", [201, 204, 206, 300, 400, 401, 403, 404, 410, 451])
def test_a_lasting_refusal_is_rejected(server: Server, status: int) -> None:
    server.routes["/a"] = answer(status)
    with pytest.raises(Rejected, match=f"status {status}") as caught:
        a_web(server).page(f"{server.url}/a")
    assert caught.value.outcome is Outcome.REJECTED


@pytest.mark.parametrize("status", [102, 408, 425, 429, 500, 502, 503, 504, 522])
def test_a_passing_refusal_is_unavailable(server: Server, status: int) -> None:
    server.routes["/a"] = answer(status)
    with pytest.raises(Unavailable, match=f"status {status}"):
        a_web(server).page(f"{server.url}/a")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry_After": "120"}, 120),
        ({"Retry_After": "9999999999999999999999"}, 86_400),
        ({"Retry_After": "Tue, 10 Sep 2024 12:01:00 GMT"}, 60),
        ({"Retry_After": "Tue, 10 Sep 2024 12:01:00 GMT", "Date": "Tue, 10 Sep 2024 12:00:30 GMT"}, 30),
        ({"Retry_After": "Tue, 10 Sep 2030 12:01:00 GMT"}, 86_400),
        ({"Retry_After": "Tue, 10 Sep 2019 12:01:00 GMT"}, 0),
        ({"Retry_After": "-5"}, None),
        ({"Retry_After": "soon"}, None),
        ({"Retry_After": "²"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read_in_both_forms_and_clamped(server: Server, headers: dict[str, str], seconds: float | None) -> None:
    server.routes["/a"] = answer(503, **headers)
    with pytest.raises(Unavailable) as caught:
        a_web(server).page(f"{server.url}/a")
    assert caught.value.retry_after == seconds


# ---- size


@pytest.mark.parametrize("size", [99_999, 100_000])
def test_a_body_up_to_the_limit_is_taken(server: Server, size: int) -> None:
    noise = bytes(i * i % 251 for i in range(size))
    server.routes["/plain"] = answer(200, noise)
    server.routes["/packed"] = answer(200, gzip.compress(noise, 0), Content_Encoding="gzip")
    web = a_web(server)
    assert web.page(f"{server.url}/plain").body == noise
    assert web.page(f"{server.url}/packed").body == noise


def test_a_body_beyond_the_limit_is_too_large(server: Server) -> None:
    server.routes["/a"] = answer(200, bytes(100_001))
    server.routes["/b"] = answer(200, bytes(100_001), Transfer_Encoding="identity")
    server.routes["/c"] = answer(200, b"", Content_Length="99999999999999999999999")
    for path in "abc":
        with pytest.raises(Rejected) as caught:
            a_web(server).page(f"{server.url}/{path}")
        assert caught.value.outcome is Outcome.TOO_LARGE


@pytest.mark.parametrize("encoding", ["gzip", "br"])
def test_a_bomb_is_not_unpacked(server: Server, encoding: str) -> None:
    bomb = gzip_bomb(200 * 2**20) if encoding == "gzip" else brotli.compress(bytes(50 * 2**20), quality=1)
    server.routes["/a"] = answer(200, bomb, Content_Encoding=encoding)
    server.routes["/b"] = answer(302, bomb, Content_Encoding=encoding, Location="/c")
    server.routes["/c"] = answer(200, b"good")
    web = a_web(server)
    with pytest.raises(Rejected) as caught:
        bounded(2, lambda: web.page(f"{server.url}/a"))
    assert caught.value.outcome is Outcome.TOO_LARGE
    assert bounded(2, lambda: web.page(f"{server.url}/b")).body == b"good"


def test_a_body_that_never_ends_is_too_large(server: Server) -> None:
    server.routes["/a"] = raw(b"HTTP/1.1 200 OK\r\n\r\n", *[bytes(65_536)] * 50)
    with pytest.raises(Rejected) as caught:
        bounded(2, lambda: a_web(server).page(f"{server.url}/a"))
    assert caught.value.outcome is Outcome.TOO_LARGE


def test_packed_bytes_that_unpack_to_nothing_are_bounded_too(server: Server) -> None:
    server.routes["/a"] = raw(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", *[gzip.compress(b"") * 5_000] * 50)
    with pytest.raises((Rejected, Unavailable)):
        bounded(4, lambda: a_web(server).page(f"{server.url}/a"))


@pytest.mark.parametrize("encoding", ["gzip, gzip", "br,gzip", ", ".join(["gzip"] * 12), "deflate", "zstd"])
def test_encodings_that_were_not_offered_are_rejected(server: Server, encoding: str) -> None:
    server.routes["/a"] = answer(200, b"x", Content_Encoding=encoding)
    with pytest.raises(Rejected, match="content encoding"):
        a_web(server).page(f"{server.url}/a")


# ---- time


@pytest.mark.parametrize(
    "drip",
    [
        raw(b"HTTP/1.1 200 OK\r\n", *[b"X: 1\r\n"] * 80, pause=0.1),
        raw(b"HTTP/1.1 200 OK\r\nX: ", *[b"a"] * 80, pause=0.1),
        raw(b"HTTP/1.1 200 OK\r\n\r\n", *[b"a"] * 80, pause=0.1),
        raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", *[b"1\r\na\r\n"] * 80, pause=0.1),
        raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", *[b"X: 1\r\n"] * 80, pause=0.1),
        raw(b"HTTP/1.1 100 Continue\r\n\r\n", pause=0.01, repeat=800),
        raw(pause=9),
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", pause=9),
    ],
    ids=["headers", "one-header", "body", "chunks", "trailers", "continues", "silence", "half"],
)
def test_a_slow_server_ends_at_the_wall_clock(server: Server, drip: Handler) -> None:
    server.routes["/a"] = drip
    with pytest.raises(Unavailable):
        bounded(2, lambda: a_web(server, limits=BRIEF).feed(f"{server.url}/a", obey_robots=False))


def test_redirects_share_one_wall_clock(server: Server) -> None:
    for hop in range(6):
        server.routes[f"/{hop}"] = raw(b"HTTP/1.1 302 Found\r\nLocation: /%d\r\nX: " % (hop + 1), b"a", b"\r\n\r\n", pause=0.2)
    with pytest.raises(Unavailable, match="not finished in time"):
        bounded(2, lambda: a_web(server, limits=BRIEF).feed(f"{server.url}/0", obey_robots=False))


def test_a_name_that_takes_too_long_to_resolve_is_unavailable() -> None:
    def slow(host: str, port: int) -> list[str]:
        time.sleep(3)
        return ["93.184.215.14"]

    with pytest.raises(Unavailable, match="not finished in time"):
        bounded(2, lambda: a_web(resolver=slow, limits=BRIEF).page("http://slow.example/"))


def test_a_tls_handshake_that_drips_ends() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        def drip() -> None:
            with contextlib.suppress(OSError):
                connection, _ = listener.accept()
                with connection:
                    connection.sendall(b"\x16\x03\x03\x40\x00")
                    for _ in range(60):
                        connection.sendall(b"\x02")
                        time.sleep(0.1)

        thread = threading.Thread(target=drip)
        thread.start()
        web = a_web(exempt={f"127.0.0.1:{port}"}, limits=BRIEF)
        with pytest.raises(Unavailable):
            bounded(2, lambda: web.feed(f"https://127.0.0.1:{port}/", obey_robots=False))
        thread.join(10)


# ---- broken


@pytest.mark.parametrize(
    "broken",
    [
        raw(b""),
        raw(b"nonsense\r\n\r\n"),
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"),
        raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhal"),
        raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhal"),
        raw(b"HTTP/1.1 200 OK\r\n" + b"X: 1\r\n" * 2_000 + b"\r\n"),
        raw(b"HTTP/1.1 200 OK\r\nX: " + b"1" * 1_000_000 + b"\r\n\r\n"),
        raw(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope"),
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\nhello"),
    ],
    ids=["nothing", "no-http", "short", "short-chunk", "bad-chunk", "headers", "long-header", "not-gzip", "two-lengths"],
)
def test_a_broken_answer_is_unavailable(server: Server, broken: Handler) -> None:
    server.routes["/a"] = broken
    with pytest.raises(Unavailable):
        bounded(3, lambda: a_web(server).page(f"{server.url}/a"))


def test_a_closed_port_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(Unavailable, match="connection refused"):
        a_web(exempt={f"127.0.0.1:{port}"}).page(f"http://127.0.0.1:{port}/")


def test_a_name_without_an_address_is_unavailable() -> None:
    def nothing(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    with pytest.raises(Unavailable, match="name does not resolve"):
        a_web(resolver=nothing).page("http://gone.example/")


# ---- redirects


def test_redirects_are_followed_up_to_the_limit(server: Server) -> None:
    for hop in range(7):
        server.routes[f"/{hop}"] = answer(302, b"moved", Location=f"{hop + 1}")
    server.routes["/7"] = answer(200, b"here")
    web = a_web(server)
    assert web.page(f"{server.url}/2").body == b"here"
    with pytest.raises(Rejected, match="more than 5 redirects"):
        web.page(f"{server.url}/1")


def test_a_redirect_may_hold_raw_utf8(server: Server) -> None:
    server.routes["/a"] = raw("HTTP/1.1 301 Moved\r\nLocation: /новости?q=дрон\r\nContent-Length: 0\r\n\r\n".encode())
    server.routes["/%D0%BD%D0%BE%D0%B2%D0%BE%D1%81%D1%82%D0%B8?q=%D0%B4%D1%80%D0%BE%D0%BD"] = answer(200, b"here")
    assert a_web(server).page(f"{server.url}/a").body == b"here"


@pytest.mark.parametrize(
    "location",
    ["", "/a", "/b", "ftp://127.0.0.1/", "file:///etc/passwd", "http://u:p@127.0.0.1/", "http://[::1", "//127.0.0.1\\@outlet.example/"],
)
def test_a_redirect_to_nowhere_is_rejected(server: Server, location: str) -> None:
    server.routes["/a"] = answer(302, Location=location)
    server.routes["/b"] = answer(302, Location="/a")
    with pytest.raises(Rejected):
        a_web(server).page(f"{server.url}/a")


def test_a_redirect_to_an_inner_address_opens_no_socket(server: Server) -> None:
    inner = Server()
    try:
        inner.routes["/"] = answer(200, b"secret")
        server.routes["/a"] = answer(302, Location=f"http://localhost:{inner.port}/")
        server.routes["/b"] = answer(302, Location=f"{inner.url}/")
        web = a_web(server, ports={80, inner.port})
        for path in "ab":
            with pytest.raises(Rejected):
                web.page(f"{server.url}/{path}")
        assert inner.requests == []
    finally:
        inner.close()


KEYS = Keys(headers={"X-Key": "hunter2"}, domains=("127.0.0.1",))


def test_keys_go_along_within_their_domains_and_nowhere_else(server: Server) -> None:
    places = {f"{host}:{server.port}": host for host in ("outlet.example", "www.outlet.example", "other.example", "notoutlet.example")}
    web = a_web(exempt=set(places), resolver=lambda host, port: ["127.0.0.1"])
    keys = Keys(headers={"X-Key": "hunter2"}, domains=("outlet.example",))
    for number, place in enumerate(places):
        server.routes[f"/{number}"] = answer(302, Location=f"http://{place}/end-{number}")
        server.routes[f"/end-{number}"] = answer(200, b"x")
        web.page(f"http://outlet.example:{server.port}/{number}", keys)
    assert [("x-key" in server.asked(f"/end-{number}")[0]) for number in range(4)] == [True, True, False, False]
    assert all(server.asked(f"/{number}")[0]["x-key"] == "hunter2" for number in range(4))
    assert all("x-key" not in each for each in server.asked("/robots.txt"))


def test_keys_are_not_sent_in_the_clear_after_tls(server: Server) -> None:
    safe = Server(tls=True)
    try:
        places = {f"outlet.example:{each.port}" for each in (server, safe)}
        safe.routes["/feed"] = answer(302, Location=f"http://outlet.example:{server.port}/feed")
        server.routes["/feed"] = answer(200, b"x")
        web = a_web(exempt=places, resolver=lambda host, port: ["127.0.0.1"], ca_file=TLS_FILE)
        web.feed(f"https://outlet.example:{safe.port}/feed", keys=Keys(headers={"X-Key": "hunter2"}, domains=("outlet.example",)))
        assert safe.asked("/feed")[0]["x-key"] == "hunter2"
        assert "x-key" not in server.asked("/feed")[0]
    finally:
        safe.close()


def test_redirects_in_a_circle_are_said_so(server: Server) -> None:
    server.routes["/a"] = answer(302, Location="/b?gate=1")
    server.routes["/b?gate=1"] = answer(302, Location="/a")
    with pytest.raises(Rejected, match="in a circle"):
        a_web(server).page(f"{server.url}/a")
    assert len(server.asked("/a")) == 1


def test_a_pdf_file_may_be_larger_than_a_page(server: Server) -> None:
    limits = replace(QUICK, page_bytes=1_000, pdf_bytes=5_000)
    server.routes["/a.pdf"] = answer(200, b"%PDF-" + bytes(3_000), Content_Type="application/pdf")
    server.routes["/a"] = answer(200, b"<html>" + bytes(3_000), Content_Type="text/html")
    assert len(a_web(server, limits=limits).page(f"{server.url}/a.pdf").body) == 3_005
    with pytest.raises(Rejected) as caught:
        a_web(server, limits=limits).page(f"{server.url}/a")
    assert caught.value.outcome is Outcome.TOO_LARGE


def test_keys_do_not_leave_their_domains(server: Server) -> None:
    other = Server()
    try:
        server.routes["/feed"] = answer(302, Location="/moved")
        server.routes["/moved"] = answer(302, Location=f"{other.url}/feed")
        other.routes["/feed"] = answer(200, b"x")
        assert a_web(server, other).feed(f"{server.url}/feed", keys=KEYS) is not None
        assert server.asked("/feed")[0]["x-key"] == "hunter2"
        assert server.asked("/moved")[0]["x-key"] == "hunter2"
        assert "x-key" not in other.asked("/feed")[0]
        assert "accept" in other.asked("/feed")[0]
    finally:
        other.close()


# ---- robots.txt and spacing


def test_robots_no_is_an_outcome_of_its_own(server: Server) -> None:
    server.routes["/robots.txt"] = answer(200, b"User-agent: claimwire\nDisallow: /private\n\nUser-agent: *\nDisallow: /\n")
    server.routes["/a"] = answer(200, b"x")
    server.routes["/private/a"] = answer(200, b"x")
    server.routes["/b"] = answer(302, Location="/private/a")
    web = a_web(server)
    assert web.page(f"{server.url}/a").body == b"x"
    for path in ("private/a", "b"):
        with pytest.raises(Rejected) as caught:
            web.page(f"{server.url}/{path}")
        assert caught.value.outcome is Outcome.ROBOTS
    assert server.asked("/private/a") == []
    assert len(server.asked("/robots.txt")) == 1
    feed = web.feed(f"{server.url}/private/a", obey_robots=False)
    assert feed is not None


@pytest.mark.parametrize(
    "robots",
    [
        answer(404),
        answer(403),
        answer(302, Location="/robots.txt"),
        answer(302, Location="http://10.0.0.1/robots.txt"),
        answer(200, b"\0\xff"),
    ],
)
def test_without_robots_everything_is_allowed(server: Server, robots: Handler) -> None:
    server.routes["/robots.txt"] = robots
    server.routes["/a"] = answer(200, b"x")
    assert a_web(server).page(f"{server.url}/a").body == b"x"


@pytest.mark.parametrize("robots", [answer(500), answer(429), raw(b"")])
def test_a_host_that_fails_to_say_is_left_alone_for_a_while(server: Server, robots: Handler) -> None:
    server.routes["/robots.txt"] = robots
    server.routes["/a"] = answer(200, b"x")
    web = a_web(server)
    for _ in range(2):
        with pytest.raises(Unavailable, match=r"robots\.txt") as caught:
            web.page(f"{server.url}/a")
        assert caught.value.retry_after is None
    assert [path for _, path, _ in server.requests] == ["/robots.txt"]


def test_robots_beyond_its_limit_is_cut(server: Server) -> None:
    server.routes["/robots.txt"] = answer(200, b"User-agent: *\nDisallow: /no\n" + b"#" * 500 + b"\nDisallow: /\n")
    server.routes["/a"] = answer(200, b"x")
    web = a_web(server)
    assert web.page(f"{server.url}/a").body == b"x"
    with pytest.raises(Rejected):
        web.page(f"{server.url}/no")


def test_robots_is_read_once_for_many_threads(server: Server) -> None:
    server.routes["/robots.txt"] = raw(b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", pause=0.2)
    server.routes["/a"] = answer(200, b"x")
    web = a_web(server)
    threads = [threading.Thread(target=web.page, args=(f"{server.url}/a",)) for _ in range(5)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(server.asked("/robots.txt")) == 1
    assert len(server.asked("/a")) == 5


def test_requests_to_one_host_are_spaced_and_hosts_do_not_wait_for_each_other() -> None:
    servers = {"one.example": Server(), "two.example": Server()}
    try:
        places = {f"{name}:{each.port}" for name, each in servers.items()}
        limits = Limits(seconds=0.5, host_delay=0.3)
        web = a_web(limits=limits, exempt=places, resolver=lambda host, port: ["127.0.0.1"])

        def fetch(name: str) -> None:
            servers[name].routes["/a"] = answer(200, b"x")
            assert web.feed(f"http://{name}:{servers[name].port}/a", obey_robots=False) is not None

        threads = [threading.Thread(target=fetch, args=(name,)) for name in servers for _ in range(4)]
        start = time.monotonic()
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        for each in servers.values():
            times = [at for at, _, _ in each.requests]
            assert len(times) == 4  # though the last waited longer than a call may last
            assert all(later - earlier > 0.25 for earlier, later in pairwise(times))
            assert times[0] - start < 0.25
    finally:
        for each in servers.values():
            each.close()


def test_crawl_delay_is_kept(server: Server) -> None:
    server.routes["/robots.txt"] = answer(200, b"User-agent: *\nCrawl-delay: 0.4\n")
    server.routes["/a"] = answer(200, b"x")
    web = a_web(server)
    web.page(f"{server.url}/a")
    web.page(f"{server.url}/a")
    first, second = [at for at, path, _ in server.requests if path == "/a"]
    assert second - first > 0.35


# ---- TLS and the proxy


def tls_web(server: Server, **more: Any) -> Web:
    exempt = {f"outlet.example:{server.port}", f"other.example:{server.port}"}
    return a_web(exempt=exempt, resolver=lambda host, port: ["127.0.0.1"], **more)


def test_a_certificate_is_checked_by_name_on_the_pinned_address() -> None:
    server = Server(tls=True)
    try:
        server.routes["/a"] = answer(200, b"x")
        web = tls_web(server, ca_file=TLS_FILE)
        assert web.page(f"https://outlet.example:{server.port}/a").body == b"x"
        assert server.asked("/a")[0]["host"] == f"outlet.example:{server.port}"
        with pytest.raises(Unavailable, match="certificate"):
            web.page(f"https://other.example:{server.port}/a")
        with pytest.raises(Unavailable, match="certificate"):
            tls_web(server).page(f"https://outlet.example:{server.port}/a")
    finally:
        server.close()


@pytest.mark.parametrize(
    "drip", [raw(b"HTTP/1.1 200 OK\r\nX: ", *[b"a"] * 80, pause=0.1), raw(b"HTTP/1.1 200 OK\r\n\r\n", *[b"a"] * 80, pause=0.1)]
)
def test_a_slow_server_behind_tls_ends_at_the_wall_clock(drip: Handler) -> None:
    server = Server(tls=True)
    try:
        server.routes["/a"] = drip
        web = tls_web(server, ca_file=TLS_FILE, limits=BRIEF)
        with pytest.raises(Unavailable, match="not finished in time"):
            bounded(2, lambda: web.feed(f"https://outlet.example:{server.port}/a", obey_robots=False))
    finally:
        server.close()


def test_a_proxy_is_asked_for_the_whole_address_and_resolves_names(server: Server) -> None:
    server.routes["http://outlet.example/a?b=1"] = answer(200, b"x")
    web = Web(user_agent="claimwire", clock=lambda: NOW, limits=QUICK, proxy=f"http://user:hunter2@{server.place}")
    assert web.page("http://OUTLET.example:80/a?b=1#c").body == b"x"
    asked = server.asked("http://outlet.example/a?b=1")[0]
    assert asked["host"] == "outlet.example"
    assert asked["proxy-authorization"].startswith("Basic ")


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.1", "0x7f000001", "[::ffff:10.0.0.1]", "localhost", "intranet", "metadata.google.internal"]
)
def test_behind_a_proxy_literal_and_local_names_are_still_judged(server: Server, host: str) -> None:
    web = Web(user_agent="claimwire", clock=lambda: NOW, limits=QUICK, proxy=server.url)
    with pytest.raises(Rejected):
        web.page(f"http://{host}/")
    with pytest.raises(Rejected):
        web.page(f"{server.url}/")  # the proxy itself is no source
    assert server.requests == []


def test_tls_goes_through_the_proxy_in_a_tunnel() -> None:
    server = Server(tls=True)
    seen: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_tunnel, args=(listener, server.port, seen))
        thread.start()
        try:
            server.routes["/a"] = answer(200, b"x")
            web = a_web(proxy=f"http://127.0.0.1:{listener.getsockname()[1]}", ca_file=TLS_FILE)
            page = web.feed("https://outlet.example/a", obey_robots=False)
            assert page is not None
            assert page.body == b"x"
            assert seen[0].startswith(b"CONNECT outlet.example:443 HTTP/1.")
            assert server.asked("/a")[0]["host"] == "outlet.example"
        finally:
            thread.join(5)
            server.close()


def _tunnel(listener: socket.socket, port: int, seen: list[bytes]) -> None:
    client, _ = listener.accept()
    with client, socket.create_connection(("127.0.0.1", port)) as upstream:
        seen.append(client.recv(65_536))
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        back = threading.Thread(target=_copy, args=(upstream, client))
        back.start()
        _copy(client, upstream)
        back.join()


def _copy(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)


def test_the_environment_names_no_proxy(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    server.routes["/a"] = answer(200, b"x")
    assert a_web(server).page(f"{server.url}/a").body == b"x"


# ---- which addresses


FORBIDDEN = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "224.1.1.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::10.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0:127.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::a00:1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:2::1",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "2001:0:4136:e378:8000:63bf:80ff:fffe",
    "2a00:1450:4001:81b:0:5efe:7f00:1",
]
ALLOWED = [
    "8.8.8.8",
    "93.184.215.14",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2002:808:808::",
    "2606:4700::6810:84e5",
    "2a00:1450:4001:81b::200e",
]


@pytest.mark.parametrize("address", FORBIDDEN)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    assert not guard.is_public(address)


@pytest.mark.parametrize("address", ALLOWED)
def test_a_public_address_is_allowed(address: str) -> None:
    assert guard.is_public(address)


@given(
    st.ip_addresses(v=4, network="10.0.0.0/8")
    | st.ip_addresses(v=4, network="127.0.0.0/8")
    | st.ip_addresses(v=4, network="169.254.0.0/16")
)
def test_no_wrapping_makes_an_inner_address_public(address: Any) -> None:
    number = int(address)
    last, low = f"{number >> 16:x}:{number & 0xFFFF:x}", f"{number:08x}"
    wrapped = [f"::{last}", f"::ffff:{last}", f"::ffff:0:{last}", f"64:ff9b::{last}", f"2002:{low[:4]}:{low[4:]}::1"]
    assert not any(guard.is_public(each) for each in [str(address), *wrapped])
    for spelling in (str(number), hex(number), f"0{number >> 24:o}.{number & 0xFFFFFF}", str(address) + "."):
        with pytest.raises(Rejected):
            guard.read(f"http://{spelling}/")


@given(st.text(max_size=80) | st.from_regex(r"https?://[^/]{0,30}(/.*)?", fullmatch=True))
def test_any_text_is_a_target_or_rejected(text: str) -> None:
    with contextlib.suppress(Rejected):
        target = guard.read(text)
        assert target.url.isascii()
        assert guard.read(target.url) == target


def test_one_inner_answer_among_several_is_enough_to_refuse() -> None:
    web = a_web(resolver=lambda host, port: ["93.184.215.14", "10.0.0.1"])
    with pytest.raises(Rejected, match="not public"):
        web.feed("http://mixed.example/", obey_robots=False)


def test_a_name_is_resolved_once_and_the_judged_address_is_called(server: Server) -> None:
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    asked: list[str] = []

    def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return next(answers)

    server.routes["/a"] = answer(200, b"x")
    web = a_web(exempt={f"outlet.example:{server.port}"}, resolver=rebinding)
    assert web.feed(f"http://outlet.example:{server.port}/a", obey_robots=False) is not None
    assert asked == ["outlet.example"]
    assert server.asked("/a")[0]["host"] == f"outlet.example:{server.port}"


def test_a_dead_address_gives_way_to_the_next(server: Server) -> None:
    server.routes["/a"] = answer(200, b"x")
    web = a_web(exempt={f"outlet.example:{server.port}"}, resolver=lambda host, port: ["127.0.0.2", "127.0.0.1"])
    assert web.feed(f"http://outlet.example:{server.port}/a", obey_robots=False) is not None


@pytest.mark.parametrize(
    "url",
    [
        "",
        "outlet.example/a",
        "ftp://outlet.example/",
        "file:///etc/hostname",
        "javascript:alert(1)",
        "http://",
        "http:///a",
        "http:outlet.example",
        "http://user@outlet.example/",
        "http://user:hunter2@outlet.example/",
        "http://outlet.example\\@127.0.0.1/",
        "http://outlet.example/\r\nX: 1",
        "http://outlet.example/\x00",
        "http://outlet.example:22/",
        "http://outlet.example:0/",
        "http://outlet.example:99999/",
        "http://outlet.example:x/",
        "http://out let.example/",
        "http://outlet..example/",
        "http://-/",
        "http://%31%32%37.0.0.1/",
        "http://127。0。0。1/",
        "http://１２７.0.0.1/",  # full-width digits
        "http://[fe80::1%25eth0]/",
        "http://[::1]/",
        "http://1.2.3.4.5/",
        "http://0x/",
        "http://" + "a" * 300 + ".example/",
        "http://outlet.example/" + "a" * 5_000,
    ],
)
def test_an_address_that_is_not_plain_is_rejected(url: str) -> None:
    with pytest.raises(Rejected) as caught:
        a_web().page(url)
    assert "hunter2" not in str(caught.value)
    assert "\r" not in str(caught.value)


def test_addresses_are_normalised_for_the_wire() -> None:
    assert (
        guard.read("HTTPS://Outlet.EXAMPLE:443/a b/%20/ü?q=1 2&r=[x]#frag").url == "https://outlet.example/a%20b/%20/%C3%BC?q=1%202&r=[x]"
    )
    assert guard.read("http://bücher.example").url == "http://xn--bcher-kva.example/"
    assert guard.read("http://[2606:4700:0::1]:80/").url == "http://[2606:4700::1]/"


# ---- secrets


def test_a_header_that_cannot_be_sent_is_not_repeated_in_the_message(server: Server) -> None:
    for headers in ({"X-Key": "hunter2\r\nX: 1"}, {"X-Key": "хантер"}, {"Host": "hunter2"}, {"a b": "hunter2"}):
        with pytest.raises(ConfigError) as caught:
            a_web(server).page(f"{server.url}/a", Keys(headers=headers, domains=("127.0.0.1",)))
        assert "hunter2" not in str(caught.value)


def test_no_secret_stands_in_any_error(server: Server) -> None:
    server.routes["/reset"] = raw(b"nonsense\r\n\r\n")
    server.routes["/moved"] = answer(302, Location="http://user:hunter2@outlet.example/")
    server.routes["/down"] = answer(503)
    web = a_web(server, proxy=None)
    for path in ("reset", "moved", "down"):
        with pytest.raises((Rejected, Unavailable)) as caught:
            web.page(f"{server.url}/{path}", KEYS)
        error: BaseException | None = caught.value
        while error is not None:
            assert "hunter2" not in repr(error)
            error = error.__cause__
    for wrong in ("http://user:hunter2@proxy.example", "socks5://user:hunter2@proxy.example:1"):
        with pytest.raises(ConfigError) as config:
            a_web(proxy=wrong)
        assert "hunter2" not in str(config.value)
