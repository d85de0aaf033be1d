"""Whether this machine reaches what it must: names of the world outside, its proxy, and the store by a link that others cannot read.

Only asks: a name is resolved, a connection is opened and closed again, a certificate is looked at.
"""

import ipaddress
import socket
import ssl
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import certifi

from pipeline.config_files import read_outlets
from pipeline.examination import Finding, good, warning, wrong
from pipeline.guard import Resolve, addresses, system_resolve
from pipeline.settings import Settings

SECONDS = 5.0
# So many outlets' names are asked for, together for no longer than that: one that is gone is the outlet's trouble, all of them ours.
NAMES = 5
# A certificate that ends within that time is renewed by somebody else soon, or by nobody.
SOON = timedelta(days=14)


def outside(settings: Settings, resolver: Resolve = system_resolve) -> Finding:
    """Whether sources can be reached at all: by the proxy where there is one, else whether names resolve."""
    if settings.proxy is not None:
        return _proxy(settings.proxy)
    hosts = list(dict.fromkeys(str(urlsplit(outlet.feeds[0].url).hostname) for outlet in read_outlets(settings)))[:NAMES]
    return _names(hosts, resolver)


def _proxy(url: str) -> Finding:
    try:
        parts = urlsplit(url)
        place = (str(parts.hostname or ""), parts.port or 0)
    except ValueError:
        place = ("", 0)
    if not all(place):
        return wrong("outside", "CLAIMWIRE_PROXY is not the address of a proxy", "Write it as http://host:port")
    told = f"the proxy {place[0]}:{place[1]}"
    try:
        socket.create_connection(place, timeout=SECONDS).close()
    except OSError as error:
        remedy = "Start it, or mend CLAIMWIRE_PROXY; nothing is fetched without it"
        return wrong("outside", f"{told} does not answer: {error.strerror or error}", remedy)
    return good("outside", f"{told} answers; it resolves names")


def _names(hosts: Sequence[str], resolver: Resolve) -> Finding:
    ends = time.monotonic() + SECONDS
    dead = [host for host in hosts if not _resolves(host, ends, resolver)]
    if hosts and len(dead) == len(hosts):
        remedy = "See the machine's name service and its way out, or set CLAIMWIRE_PROXY where a proxy is the way"
        return wrong("outside", f"no name resolves: {', '.join(dead)}", remedy)
    if dead:
        return warning("outside", f"does not resolve: {', '.join(dead)}", "`claimwire sources check` says more of each")
    return good("outside", f"{len(hosts)} names of outlets resolve")


def _resolves(host: str, ends: float, resolver: Resolve) -> bool:
    try:
        return bool(addresses(host, 443, seconds=ends - time.monotonic(), resolver=resolver))
    except OSError:
        return False


# ------------------------------------------------------------------------------------------------ the link to the store
def link(settings: Settings) -> Iterator[Finding]:
    """Whether others on the way can read what goes to Elasticsearch, and for how long its certificate holds."""
    for url in settings.store_urls:
        yield from _link(url, settings)


def _link(url: str, settings: Settings) -> Iterator[Finding]:
    parts = urlsplit(url)
    if parts.scheme == "https":
        yield _certificate(parts, settings.elasticsearch_ca_certs)
    elif not is_local(url):
        told = f"plain HTTP to {parts.hostname}: whoever is on the way reads passwords and articles, and may change them"
        yield warning("link", told, "Use https:// in ELASTICSEARCH_URL, or a network of their own for both, as docker-compose.yml has it")


def is_local(url: str) -> bool:
    """Whether that address is this machine's loopback."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _certificate(parts: SplitResult, authorities: Path | None) -> Finding:
    host = str(parts.hostname)
    told = f"certificate of {host}"
    try:
        context = ssl.create_default_context(cafile=str(authorities or certifi.where()))
        with (
            socket.create_connection((host, parts.port or 443), timeout=SECONDS) as plain,
            context.wrap_socket(plain, server_hostname=host) as wrapped,
        ):
            until = _end(wrapped)
    except ssl.SSLCertVerificationError as error:
        remedy = "Name the authority's certificate (Elasticsearch makes http_ca.crt) in ELASTICSEARCH_CA_CERTS, or renew the certificate"
        return wrong("link", f"{told}: {error.verify_message}", remedy)
    except OSError as error:  # an SSLError is one
        return wrong("link", f"no TLS with {host}: {error.strerror or error}", "See whether ELASTICSEARCH_URL should begin with http://")
    if until - datetime.now(UTC) < SOON:
        return warning("link", f"{told} ends on {until:%Y-%m-%d}", "Renew it; from then on nothing is stored")
    return good("link", f"{told} holds until {until:%Y-%m-%d}")


def _end(wrapped: ssl.SSLSocket) -> datetime:
    certificate = wrapped.getpeercert() or {}
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC)
