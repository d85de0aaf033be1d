"""Which addresses may be called at all. Reads an address strictly, resolves its name and judges every answer.

A feed is written by strangers: its links may name this machine, the network around it or a cloud's metadata service. What is judged
here is the very address that is then connected to, so that a name cannot answer one thing to the judge and another to the socket.
"""

import ipaddress
import queue
import re
import socket
import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from pipeline.errors import Rejected
from pipeline.model import Outcome

Resolve = Callable[[str, int], list[str]]
IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

# Longer ones are refused by servers (8 KiB of request line is common) and by the store's keyword fields.
MAX_URL = 4_000

NOT_PUBLIC = "address is not public"
LOCAL = "name is local"

_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f\\]")
_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?")
# A last label of digits, or hexadecimal: `inet_aton`, and with it resolvers and proxies, take it for IPv4: 2130706433, 127.1.
_NUMERIC = re.compile(r"(.*\.)?(\d+|0x[0-9a-f]*)\.?")
# Names that mean this machine or this network wherever they are resolved (RFC 6761, RFC 6762, RFC 8375, ICANN's `internal`).
_LOCAL_NAMES = ("localhost", "local", "internal", "home.arpa", "localdomain", "lan")

# `ipaddress.is_global` of Python 3.11 calls these global: protocol assignments, 6to4 relays, benchmarking of AMT and the
# documentation block of 2024.
_MORE_SPECIAL = tuple(
    ipaddress.ip_network(block) for block in ("192.0.0.0/24", "192.88.99.0/24", "192.52.193.0/24", "192.175.48.0/24", "3fff::/20")
)
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")  # all that IANA has handed out for hosts
_CARRIERS = (  # networks that carry an IPv4 address in their last 32 bits: mapped, compatible, translated, NAT64
    ipaddress.IPv6Network("::ffff:0:0/96"),
    ipaddress.IPv6Network("::/96"),
    ipaddress.IPv6Network("::ffff:0:0:0/96"),
    ipaddress.IPv6Network("64:ff9b::/96"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One address, taken apart and normalised: lower-case ASCII host without brackets, quoted path, no fragment, no userinfo."""

    scheme: str
    host: str
    port: int
    path: str  # with the query

    @property
    def place(self) -> str:
        """`host:port`, as in the `exempt` set and in a CONNECT."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def authority(self) -> str:
        """What belongs into a Host header: the port only where it is not the scheme's own."""
        return self.place.rpartition(":")[0] if self.port == _DEFAULT_PORTS[self.scheme] else self.place

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.authority}"

    @property
    def url(self) -> str:
        return self.origin + self.path


_DEFAULT_PORTS = {"http": 80, "https": 443}


def read(url: str, *, ports: Collection[int] = (80, 443), places: Collection[str] = (), exempt: Collection[str] = ()) -> Target:
    """The target that `url` names. Raises Rejected for anything but a plain http(s) address on an allowed port.

    `places` are exact `host:port` that are allowed in spite of their port, `exempt` those that are not judged at all. Literal
    addresses and names that mean this machine are judged here, because behind a proxy nobody else will.
    """
    try:
        target = _parse(url)
    except ValueError as error:
        raise Rejected(Outcome.REJECTED, str(error), shown(url)) from None
    if target.place in exempt:
        return target
    if target.port not in ports and target.place not in places:
        raise Rejected(Outcome.REJECTED, f"port {target.port} is not allowed", target.url)
    if reason := _local_name(target.host):
        raise Rejected(Outcome.REJECTED, reason, target.url)
    return target


def place_of(url: str) -> str | None:
    """The `host:port` of an address; None where it cannot be read as one."""
    try:
        return _parse(url).place
    except ValueError:
        return None


def _parse(url: str) -> Target:
    if len(url) > MAX_URL:
        raise ValueError(f"address longer than {MAX_URL} characters")
    if _FORBIDDEN.search(url):
        raise ValueError("control character or backslash in the address")
    try:
        parts = urlsplit(url.strip(" "))
        port = parts.port
    except ValueError:  # its text repeats the address, userinfo and all
        raise ValueError("not an address") from None
    if parts.scheme not in _DEFAULT_PORTS:
        raise ValueError("not http or https")
    if "@" in parts.netloc:
        raise ValueError("user name in the address")
    if port == 0:
        raise ValueError("port 0 is not allowed")
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    query = quote(parts.query, safe="/%:@!$&'()*+,;=~-._?[]|{}") if parts.query else ""
    return Target(
        scheme=parts.scheme,
        host=_host(parts.hostname or ""),
        port=port or _DEFAULT_PORTS[parts.scheme],
        path=path + (f"?{query}" if query else ""),
    )


def _host(host: str) -> str:
    if ":" in host:
        return _ipv6(host)
    if not host or len(host) > 253:
        raise ValueError("no host in the address, or one too long")
    try:
        # Nameprep also folds full-width digits and ideographic stops, with which a loopback address can be written.
        name = host if host.isascii() else host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        raise ValueError("host is not a name") from None
    if not _NAME.fullmatch(name):
        raise ValueError("host is not a name")
    return _dotted(name) if _NUMERIC.fullmatch(name) else name


def _dotted(name: str) -> str:
    try:
        return socket.inet_ntoa(socket.inet_aton(name.rstrip(".")))
    except OSError:
        raise ValueError("host is neither a name nor an address") from None


def _ipv6(host: str) -> str:
    try:
        address = ipaddress.IPv6Address(host)
    except ValueError:
        raise ValueError("host is not an address") from None
    if address.scope_id:
        raise ValueError("address with a zone")
    return address.compressed


def _local_name(host: str) -> str | None:
    try:
        return None if is_public(host) else NOT_PUBLIC
    except ValueError:
        pass
    name = host.rstrip(".")
    if "." not in name or name.endswith(tuple(f".{each}" for each in _LOCAL_NAMES)):
        return LOCAL
    return None


def shown(url: str) -> str:
    """An address as it may stand in a message or a log: without userinfo and control characters, of bounded length."""
    scheme, mark, rest = url[:2_000].partition("://")
    authority, slash, path = rest.partition("/")
    text = f"{scheme}{mark}{authority.rpartition('@')[2]}{slash}{path}"
    # An address that hides its userinfo from this reading (no slashes, backslashes) is not worth showing whole.
    text = text if mark else text.rpartition("@")[2]
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)


def is_public(address: str) -> bool:
    """Whether packets to this literal address end in the public internet, whatever it is wrapped in. ValueError if it is no address."""
    return all(_is_global(each) for each in _reached(ipaddress.ip_address(address)))


def _reached(address: IpAddress) -> tuple[IpAddress, ...]:
    """The addresses at which packets to this one may come out."""
    if isinstance(address, ipaddress.IPv4Address):
        return (address,)
    if any(address in network for network in _CARRIERS):
        return (ipaddress.IPv4Address(int(address) & 0xFFFFFFFF),)
    if address.sixtofour is not None:
        return (address.sixtofour,)
    if address.teredo is not None:
        return address.teredo
    if int(address) >> 32 & 0xFDFFFFFF == 0x00005EFE:  # ISATAP
        return (address, ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return (address,)


def _is_global(address: IpAddress) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    special = any(address.version == block.version and address in block for block in _MORE_SPECIAL)
    return address.is_global and not address.is_multicast and not address.is_reserved and not special


def system_resolve(host: str, port: int) -> list[str]:
    """All addresses of a name, as the system's resolver gives them. Raises OSError."""
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for _, _, _, _, sockaddr in answers))


def addresses(host: str, port: int, *, seconds: float, resolver: Resolve = system_resolve) -> list[str]:
    """All addresses of a name, in the resolver's order. Raises OSError: TimeoutError when the seconds are over, else without any.

    `getaddrinfo` cannot be interrupted: it runs in a thread that is left behind when it takes too long.
    """
    answer: queue.SimpleQueue[list[str] | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answer.put(resolver(host, port))
        except (OSError, UnicodeError) as error:
            answer.put(error)

    threading.Thread(target=ask, name="resolve", daemon=True).start()
    try:
        found = answer.get(timeout=max(seconds, 0))
    except queue.Empty:
        raise TimeoutError("name not resolved in time") from None
    if isinstance(found, Exception) or not found:
        raise socket.gaierror(socket.EAI_NONAME, "name does not resolve")
    return found


def judged(target: Target, found: Collection[str]) -> None:
    """Raises Rejected if a single one of the addresses found for a target is not public."""
    if not all(is_public(address) for address in found):
        raise Rejected(Outcome.REJECTED, NOT_PUBLIC, target.url)
