"""No address, however it is spelt, opens a socket to where no news can be: with a canary that listens on the loopback."""

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

import pytest
import ssrfguard
import yaml
from hypothesis import given
from hypothesis import strategies as st
from urllib3.exceptions import SSLError

from pipeline import guard, pinned
from pipeline.errors import Rejected, Unavailable
from pipeline.fetch import Limits, Web, web_of
from pipeline.settings import Settings
from pipeline.source_rules import Feed, Outlet
from tests.conftest import ROOT
from tests.test_fetch import TLS_FILE, Server, answer

FAMILIES: dict[str, list[str]] = yaml.safe_load((Path(__file__).parent / "data" / "urls" / "forbidden.yml").read_text(encoding="utf-8"))
QUICK = Limits(seconds=2.0, connect_seconds=0.5, idle_seconds=0.5, host_delay=0.0)
ORACLE = ssrfguard.Policy()


class Canary:
    """Listens on the loopback, in both families where there are two, and counts who comes."""

    def __init__(self) -> None:
        self.visits = 0
        self._listeners = [socket.create_server(("127.0.0.1", 0))]
        self.port = int(self._listeners[0].getsockname()[1])
        with contextlib.suppress(OSError):
            self._listeners.append(socket.create_server(("::1", self.port), family=socket.AF_INET6))
        self._threads = [threading.Thread(target=self._accept, args=(each,), daemon=True) for each in self._listeners]
        for each in self._threads:
            each.start()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                self.visits += 1
                connection.close()

    def close(self) -> None:
        for listener in self._listeners:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        for thread in self._threads:
            thread.join(5)


@pytest.fixture
def canary() -> Iterator[Canary]:
    canary = Canary()
    yield canary
    canary.close()


def inward(host: str, port: int) -> list[str]:
    """A resolver as hostile as can be: every name, and whatever it takes for an address, is the loopback."""
    return ["127.0.0.1", "::1"]


def a_web(*ports: int, **more: object) -> Web:
    return Web(user_agent="claimwire/1", clock=lambda: datetime.now(UTC), limits=QUICK, ports={80, 443, *ports}, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("family", FAMILIES)
def test_no_spelling_reaches_an_inner_host(canary: Canary, family: str) -> None:
    every_name_is_inner, as_the_system_does = a_web(canary.port, resolver=inward), a_web(canary.port)
    for spelling in FAMILIES[family]:
        url = spelling.replace("{port}", str(canary.port))
        for method in (every_name_is_inner.page, partial(every_name_is_inner.feed, obey_robots=False)):
            with pytest.raises(Rejected):
                method(url)
        if family != "ports":  # those are of a public host, and nobody is to be asked about that one
            with pytest.raises(Rejected):
                as_the_system_does.feed(url, obey_robots=False)
    assert canary.visits == 0


@pytest.mark.parametrize("family", FAMILIES)
def test_no_redirect_reaches_an_inner_host(canary: Canary, family: str) -> None:
    server = Server()
    try:
        web = a_web(canary.port, resolver=inward, exempt={server.place})
        for number, spelling in enumerate(FAMILIES[family]):
            location = spelling.replace("{port}", str(canary.port))
            if any(each in location for each in "\r\n\0"):
                continue  # no header can hold them
            server.routes[f"/{number}"] = answer(302, Location=location.encode().decode("iso-8859-1"))
            server.routes["/robots.txt"] = answer(404)
            with pytest.raises((Rejected, Unavailable)):
                web.page(f"{server.url}/{number}")
    finally:
        server.close()
    assert canary.visits == 0


@pytest.mark.parametrize("family", FAMILIES)
def test_no_webhook_goes_to_an_inner_host_that_nobody_named(canary: Canary, family: str) -> None:
    for spelling in FAMILIES[family]:
        with contextlib.suppress(Rejected):
            target = guard.read(spelling.replace("{port}", str(canary.port)), ports=pinned.ANY_PORT)
            with pinned.pool(target, private=(), seconds=1, resolver=inward, retries=False) as pool:
                pool.request("POST", target.path, body=b"x", redirect=False)
    assert canary.visits == 0


SPELLINGS = (
    lambda one, rest: f"{one << 24 | rest}",
    lambda one, rest: f"{one << 24 | rest:#x}",
    lambda one, rest: f"0{one:o}.{rest}",
    lambda one, rest: f"{one:#x}.{rest >> 16:#o}.{rest & 0xFFFF}".replace("o", ""),
    lambda one, rest: f"{one}.{rest >> 16}.{rest >> 8 & 255}.{rest & 255}.",
)


@given(st.integers(0, 255), st.integers(0, 2**24 - 1), st.sampled_from(SPELLINGS))
def test_what_is_let_through_a_second_opinion_lets_through(one: int, rest: int, spelling: Callable[[int, int], str]) -> None:
    with contextlib.suppress(Rejected):
        host = guard.read(f"http://{spelling(one, rest)}/").host
        assert host == str(ip_address(one << 24 | rest))
        assert ORACLE.permits_address(host)


@given(st.ip_addresses(), st.booleans())
def test_what_a_second_opinion_refuses_is_refused(address: IPv4Address | IPv6Address, translated: bool) -> None:
    shown = ip_address(int(ip_address("64:ff9b::")) | int(address) & 0xFFFFFFFF) if translated else address
    assert ORACLE.permits_address(shown) or not guard.is_public(str(shown))


def test_a_port_that_a_source_names_is_open_on_its_host_alone() -> None:
    server = Server()
    try:
        server.routes["/a"] = answer(200, b"x")
        feed = Feed(url=f"http://outlet.example:{server.port}/rss")
        outlet = Outlet(id="outlet", name="Outlet", domains=("outlet.example",), feeds=(feed,))
        web = web_of(Settings(host_delay=0.0), [outlet])
        for url, why in ((f"http://127.0.0.1:{server.port}/a", "port"), (f"http://other.example:{server.port}/a", "port")):
            with pytest.raises(Rejected, match=why):
                web.page(url)
        judged = a_web(resolver=inward, places={f"outlet.example:{server.port}"})
        with pytest.raises(Rejected, match="not public"):
            judged.feed(f"http://outlet.example:{server.port}/a", obey_robots=False)
        assert server.requests == []
    finally:
        server.close()
    assert guard.read(feed.url, places={guard.place_of(feed.url) or ""}).port == server.port


def test_a_pinned_receiver_is_checked_by_its_name() -> None:
    server = Server(tls=True)
    try:
        server.routes["/a"] = answer(200, b"x")
        for host, trusted in (("outlet.example", True), ("other.example", False)):
            target = guard.read(f"https://{host}:{server.port}/a", ports=pinned.ANY_PORT)
            with pinned.pool(target, private={target.place}, seconds=1, resolver=inward, retries=False, ca_certs=TLS_FILE) as pool:
                if trusted:
                    assert pool.request("GET", target.path).data == b"x"
                else:
                    with pytest.raises(SSLError):
                        pool.request("GET", target.path)
    finally:
        server.close()
    assert server.asked("/a")[0]["host"] == f"outlet.example:{server.port}"


def test_an_address_is_read_as_browsers_read_it_or_not_at_all() -> None:
    """All absolute addresses of the WHATWG's own test data (web-platform-tests, 3-Clause BSD), with the place that each leads to.

    IDNA 2003 is Python's: what browsers call straße.example is strasse.example here, and asked for by that name.
    """
    told = json.loads((ROOT / "tests" / "data" / "urls" / "whatwg.json").read_text())
    otherwise = []
    for url, place in told:
        try:
            target = guard.read(url, ports=range(1, 65_536))
        except Rejected:
            continue
        host = f"[{target.host}]" if ":" in target.host else target.host
        if place != f"{target.scheme}://{host}:{target.port}":
            otherwise.append(url)
    assert otherwise == ["https://fa\u00df.ExAmPlE/"]
    assert len(told) == 296
