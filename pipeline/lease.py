"""One at a time: a lease that is kept in the index, so that two runs on two machines do not do the same work at once.

A holder that ends gives it back; one that was killed loses it at once where it ran on the same machine, and elsewhere when it runs
out. Real time counts here, not the settable clock: a lease is between processes, and a replay's clock may stand still.
"""

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.documents import Document, Stored, iso_of
from pipeline.errors import StoreUnavailable
from pipeline.index import Index

# A holder renews it far more often, so that a pause of the machine does not lose it.
SECONDS = 120.0

# Between two looks at somebody else's lease.
PAUSE = 0.5

# What this process holds.
_HELD: set[str] = set()


class LeaseLost(StoreUnavailable):
    """Somebody else has taken over; what was written so far is good."""


class Lease:
    """A lease that is held. `renew` before each piece of work."""

    def __init__(self, index: Index, name: str, holder: str, seconds: float) -> None:
        self._index = index
        self._name = name
        self._holder = holder
        self._seconds = seconds
        self._renewed = time.monotonic()
        self._lock = threading.Lock()

    def renew(self) -> None:
        """Raises LeaseLost where somebody else has taken it: this run has been away for too long. Threads may share it."""
        with self._lock:
            stored = _read(self._index, self._name)
            if stored is None or stored.source["holder"] != self._holder or not _write(self._index, stored, self._holder, self._seconds):
                raise LeaseLost(f"the lease {self._name!r} was lost to another run")
            self._renewed = time.monotonic()

    def keep(self) -> None:
        """Renews it once a quarter of its time is over; costs nothing before. Raises LeaseLost."""
        if time.monotonic() - self._renewed > self._seconds / 4:
            self.renew()

    def release(self) -> None:
        stored = _read(self._index, self._name)
        if stored is not None and stored.source["holder"] == self._holder:
            _write(self._index, stored, self._holder, 0)


@contextmanager
def lease(index: Index, name: str, *, wait: float = 60.0, seconds: float = SECONDS) -> Iterator[Lease | None]:
    """The lease of that name, or None where somebody else keeps it for longer than `wait` seconds."""
    holder = f"{socket.gethostname()} {os.getpid()} {_started(os.getpid())} {time.monotonic_ns()}"
    deadline = time.monotonic() + wait
    while not _take(index, name, holder, seconds):
        if time.monotonic() >= deadline:
            yield None
            return
        time.sleep(PAUSE)
    held = Lease(index, name, holder, seconds)
    _HELD.add(holder)
    try:
        yield held
    finally:
        _HELD.discard(holder)
        held.release()


def _take(index: Index, name: str, holder: str, seconds: float) -> bool:
    stored = _read(index, name)
    if stored is None:
        return index.create("leases", [(name, _document(holder, seconds))])["created"] == 1
    return _is_free(stored) and _write(index, stored, holder, seconds)


def _is_free(stored: Stored) -> bool:
    if time.time() >= float(stored.source["until_seconds"]):
        return True
    holder = str(stored.source["holder"])
    host, pid, started, _ = holder.split()
    if host != socket.gethostname():
        return False
    if _started(int(pid)) != started:
        return True
    return int(pid) == os.getpid() and holder not in _HELD  # could not be given back: the store was away


def _started(pid: int) -> str:
    """When a process of this machine was started, as the kernel counts; "-" where there is none, or no way to know."""
    try:
        state, *others = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        # A zombie is dead; in a container there may be nobody who buries it.
        return "-" if state == "Z" else others[18]
    except (OSError, IndexError, ValueError):
        return "-"


def _read(index: Index, name: str) -> Stored | None:
    return index.get("leases", [name]).get(name)


def _write(index: Index, stored: Stored, holder: str, seconds: float) -> bool:
    return index.change("leases", [(stored, _document(holder, seconds))])["updated"] == 1


def _document(holder: str, seconds: float) -> Document:
    until = time.time() + seconds
    return {"holder": holder, "until_seconds": until, "until": iso_of(until)}
