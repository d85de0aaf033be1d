"""A worker of the parsers, from the inside: a small process that forks a child for some calls, and outlives whatever becomes of it."""

import contextlib
import ctypes
import fcntl
import gc
import importlib
import os
import pickle
import resource
import select
import signal
import struct
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from pipeline.errors import ClaimwireError

MAX_REASON = 300
# A result this large is not a reading of something of 10 MB, it is an accident.
MAX_RESULT = 64 * 2**20
# Of a child, before it makes room for a fresh one: a fork costs milliseconds, and its first call some more, for what it copies.
CALLS = 20
_PARENT_CHECK_SECONDS = 1.0

# A page fits in as a whole, so that nobody waits for the other end to take it.
BUFFER = 2**20
_LENGTH = struct.Struct("!Q")  # before a child's reply: one that was cut off is no reply

# Before a child's reply: whether it may do another call.
_GOOD, _BAD = b"+", b"-"
_OUT_OF_MEMORY = "ran out of memory"
CRASHED = "crashed"


def prepared() -> Any:
    """What a worker has prepared before its first call, to be asked in a call."""
    return _PREPARED[0]


_PREPARED: list[Any] = [None]


def work(pipe: str, memory: str, prepare: str) -> None:
    """The worker's loop: read a task, fork, wait, reply; until the parent closes the pipe or is gone."""
    pipe_fd, memory_bytes = int(pipe), int(memory)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; what becomes of us is the parent's decision
    parent = os.getppid()
    if prepare:
        module, name, arguments = pickle.loads(bytes.fromhex(prepare))  # noqa: S301  # written by our own parent
        _PREPARED[0] = getattr(importlib.import_module(module), name)(*arguments)
    with Connection(pipe_fd) as ours:
        children = _Children(memory_bytes, ours, parent)
        while True:
            while not ours.poll(_PARENT_CHECK_SECONDS):
                if os.getppid() != parent:
                    return  # another process may have inherited the other end, so that the pipe never closes
            try:
                task = ours.recv_bytes()
                ours.send_bytes(children.run(task))
            except (EOFError, OSError):
                return


class _Child:
    """A fork of the worker that does one call after the other; the worker's side of it."""

    def __init__(self, memory_bytes: int, pipe: Connection) -> None:
        gc.collect()
        gc.freeze()  # a collection in a child would copy every page that it only looks at
        theirs, self._tasks = os.pipe()
        if sys.platform == "linux":
            fcntl.fcntl(self._tasks, fcntl.F_SETPIPE_SZ, BUFFER)
        self._replies, writer = os.pipe()
        self.calls = 0
        self.pid = os.fork()
        if self.pid == 0:
            try:
                for mine in (self._tasks, self._replies, pipe.fileno()):
                    os.close(mine)
                _confine(memory_bytes)
                _live(theirs, writer)
            finally:
                os._exit(0)
        os.close(theirs)
        os.close(writer)

    def run(
        self, function: Callable[..., Any], arguments: bytes, seconds: float, pipe: Connection, parent: int
    ) -> tuple[bytes | None, str]:
        """Its reply; or None, and why there is none. Raises EOFError where nobody waits for it any more."""
        self.calls += 1
        task = pickle.dumps((function.__module__, function.__qualname__, arguments, seconds))
        end = time.monotonic() + seconds
        reply = bytearray()
        with contextlib.suppress(BrokenPipeError):
            _write(self._tasks, _LENGTH.pack(len(task)) + task)
        while True:
            left = end - time.monotonic()
            ready, _, _ = select.select([self._replies, pipe.fileno()], [], [], max(min(left, _PARENT_CHECK_SECONDS), 0))
            if pipe.fileno() in ready or os.getppid() != parent:
                raise EOFError  # the parent says nothing while it waits: the pipe has been closed
            if self._replies in ready:
                piece = os.read(self._replies, 2**20)
                if not piece:
                    return None, ""
                reply += piece
                if len(reply) > MAX_RESULT:
                    return None, f"gave more than {MAX_RESULT} bytes"
                if len(reply) >= _LENGTH.size and len(reply) == _LENGTH.size + _LENGTH.unpack_from(reply)[0]:
                    return bytes(reply[_LENGTH.size :]), ""
            elif left <= 0:
                return None, f"timed out after {seconds:g} s"

    def end(self) -> int:
        """Kills and buries; one that is already dying of something else keeps that as its status."""
        os.close(self._tasks)
        os.close(self._replies)
        os.kill(self.pid, signal.SIGKILL)
        return os.waitpid(self.pid, 0)[1]


class _Children:
    """Who does a worker's calls: one at a time, each for some calls, and for none after one that went wrong."""

    def __init__(self, memory_bytes: int, pipe: Connection, parent: int) -> None:
        self._memory_bytes = memory_bytes
        self._pipe = pipe
        self._parent = parent
        self._child: _Child | None = None

    def run(self, task: bytes) -> bytes:
        module, name, arguments, seconds = pickle.loads(task)  # noqa: S301  # written by our own parent
        try:
            function = getattr(importlib.import_module(module), name)  # in the worker, so that every later child has it already
        except Exception as error:  # noqa: BLE001  # a module may fail in any way while it is imported
            return _failure(_described(error))
        while True:
            child = self._child or _Child(self._memory_bytes, self._pipe)
            self._child = None
            try:
                reply, failure = child.run(function, arguments, seconds, self._pipe, self._parent)
            except BaseException:
                child.end()
                raise
            if reply is not None and reply[:1] == _GOOD:
                if child.calls < CALLS:
                    self._child = child
                else:
                    child.end()
                return reply[1:]
            status = child.end()
            if child.calls > 1 and not failure:
                continue  # whatever it is, it may be what an earlier call has left behind: a fresh one tries again
            if reply is not None:
                return reply[1:]
            return _failure(failure or _fate(status))


def _fate(status: int) -> str:
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) != signal.SIGKILL:
        return f"{CRASHED} ({signal.Signals(os.WTERMSIG(status)).name})"
    return CRASHED


def _write(file: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(file, left) :]


def _live(tasks: int, replies: int) -> None:
    """The child's whole life: calls, until the worker has no more or one has gone wrong."""
    with open(tasks, "rb") as reader, open(replies, "wb") as writer:
        while head := reader.read(_LENGTH.size):
            module, name, arguments, seconds = pickle.loads(reader.read(_LENGTH.unpack(head)[0]))  # noqa: S301  # the worker's
            signal.setitimer(signal.ITIMER_REAL, seconds + 1)  # the kernel's, and so also inside a C call that never returns
            reply = _answer(getattr(importlib.import_module(module), name), arguments)
            signal.setitimer(signal.ITIMER_REAL, 0)
            writer.write(_LENGTH.pack(len(reply)) + reply)
            writer.flush()


def _confine(memory_bytes: int) -> None:
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    if sys.platform == "linux":
        worker = os.getppid()
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        if os.getppid() != worker:
            os._exit(1)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    limit = memory_bytes if hard == resource.RLIM_INFINITY else min(memory_bytes, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _answer(function: Callable[..., Any], arguments: bytes) -> bytes:
    try:
        args, kwargs = pickle.loads(arguments)  # noqa: S301  # written by our own parent
        return _GOOD + pickle.dumps((True, function(*args, **kwargs)))
    except ClaimwireError as error:
        return _GOOD + pickle.dumps((False, error))
    except MemoryError:
        return _BAD + _failure(_OUT_OF_MEMORY)
    except BaseException as error:  # noqa: BLE001  # whatever it is, the caller is told
        return _BAD + _failure(_described(error))


def _described(error: BaseException) -> str:
    text = ""
    with contextlib.suppress(Exception):  # a hostile text may break its own message
        text = " ".join(str(error).split())
    text = text.encode("utf-8", "replace").decode("utf-8")
    return f"{type(error).__name__}: {text}"[:MAX_REASON].rstrip(": ")


def _failure(reason: str) -> bytes:
    return pickle.dumps((False, reason))
