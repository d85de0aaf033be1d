"""What channels share: trouble told without the address's secrets, libraries that keep silent, files that are whole.

An address is a secret as a whole: tokens stand in its path, its query, its user name. Only its kind and its host may be told.
"""

import fcntl
import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a message was not delivered, or not to all; `again`: the same may work later."""

    reason: str
    again: bool


def host_of(address: str) -> str:
    """The host of an address as far as one can be read; nothing else of it."""
    try:
        return urlsplit(address).hostname or "no host"
    except ValueError:
        return "no host"


# The lines that libraries have logged in this context; None where nobody delivers.
_held: ContextVar[list[str] | None] = ContextVar("held", default=None)


class _Hold(logging.Filter):
    """Keeps a record from every handler while this context delivers: libraries log addresses, at DEBUG with all their secrets."""

    def filter(self, record: logging.LogRecord) -> bool:
        held = _held.get()
        if held is None:
            return True
        held.append(record.getMessage())
        return False


_HOLD = _Hold()


@contextmanager
def silenced() -> Iterator[list[str]]:
    """Nothing that is logged by the standard library's loggers in here leaves; gives the lines, which may hold secrets."""
    lines: list[str] = []
    token = _held.set(lines)
    hold_all()
    try:
        yield lines
    finally:
        _held.reset(token)


def hold_all() -> None:
    """Holds loggers that were made since, too. A filter sees its own logger's records alone, so each needs it."""
    logging.getLogger().addFilter(_HOLD)
    for logger in list(logging.Logger.manager.loggerDict.values()):
        if isinstance(logger, logging.Logger):
            logger.addFilter(_HOLD)


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """One process and one thread at a time in here, for this file; what lies beside it as `.lock` stays."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.with_name(file.name + ".lock").open("a", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # given back when the file is closed
        yield


def write_whole(file: Path, content: bytes, mode: int = 0o600) -> None:
    """The file with this content, or as it was: a reader never sees half of it, nor does the next start after a crash."""
    descriptor, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    made = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as handle:
            handle.write(content)
            os.fchmod(handle.fileno(), mode)
            handle.flush()
            os.fsync(handle.fileno())
        made.replace(file)
    except BaseException:
        made.unlink(missing_ok=True)
        raise
    sync_folder(file.parent)


def sync_folder(folder: Path) -> None:
    """What has got a name in it, or lost one, is so after a crash."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
