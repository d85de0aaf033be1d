"""A pool of connections to one judged receiver, for what is sent out: the address that is judged is the one that is called.

The guard of `fetch`, for the requests that an installation makes of its own accord. A receiver's name may come to mean an inner host
long after an operator has written it down, and a redirect is not the only way to get there.
"""

import socket
from collections.abc import Callable, Collection
from functools import partial
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.connection import create_connection

from pipeline import guard
from pipeline.guard import Target

ANY_PORT = range(1, 65_536)

Reach = Callable[[], list[str]]


class _Pinned:
    """Opens the socket to one of the addresses that `reach` has judged, the first that answers."""

    def __init__(self, *args: Any, reach: Reach, **more: Any) -> None:
        super().__init__(*args, **more)
        self._reach = reach

    def _new_conn(self) -> socket.socket:
        connection: Any = self  # what this is mixed into
        try:
            addresses = self._reach()
        except socket.gaierror as error:
            raise NameResolutionError(connection.host, connection, error) from error
        except TimeoutError as error:
            raise ConnectTimeoutError(connection, "name not resolved in time") from error
        failure: NewConnectionError | ConnectTimeoutError | None = None
        for address in addresses:
            try:
                return create_connection((address, connection.port), connection.timeout, socket_options=connection.socket_options)
            except TimeoutError:
                failure = ConnectTimeoutError(connection, "no connection in time")
            except OSError:
                failure = NewConnectionError(connection, "no connection")
        raise failure or NewConnectionError(connection, "no address")


class _Connection(_Pinned, HTTPConnection):
    pass


class _TlsConnection(_Pinned, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


def pool(
    target: Target, *, private: Collection[str], seconds: float, resolver: guard.Resolve = guard.system_resolve, **more: Any
) -> HTTPConnectionPool:
    """A pool for this one receiver; `more` is urllib3's own. `private` are exact `host:port` that may be no public address.

    Each new connection resolves the name once, within `seconds`, and raises Rejected if any answer is not public.
    """
    kind = _TlsPool if target.scheme == "https" else _Pool
    return kind(target.host, target.port, reach=partial(_judged, target, private, seconds, resolver), **more)


def _judged(target: Target, private: Collection[str], seconds: float, resolver: guard.Resolve) -> list[str]:
    found = guard.addresses(target.host, target.port, seconds=seconds, resolver=resolver)
    if target.place not in private:
        guard.judged(target, found)
    return found
