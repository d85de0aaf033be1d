"""Runs a parser on hostile bytes in a process that can be killed, limited in time and memory; after any fault, and after some calls, in a
fresh one.

Some feeds of 80 KB hold a parser for minutes inside one C call, so no thread, signal handler or exception can end it: only SIGKILL.
A worker is a small single-threaded process that imports what it is asked to run, and forks a child for it: a fork takes milliseconds, an
interpreter with lxml and trafilatura the better part of a second, and whatever a child has done to itself ends with it. A call that goes
wrong in a child that was used before is made again in a fresh one.

Why not a process pool: `multiprocessing` starts its children by importing the caller's main module again, which inside a scheduler's
task is the scheduler, and does not let a daemonic process have children; forking a process that has threads is not safe; and pebble's
pool hung when a child ran out of memory while it received its task. Here the worker is a new program, started as one.

Nobody is left behind: a worker ends when its pipe closes or its parent is gone, a child is killed by the kernel when its worker
dies, and, deaf as it may be, by an alarm set before its work began. Linux and other POSIX systems; the second of these on Linux only.
"""

import contextlib
import ctypes
import fcntl
import gc
import importlib
import json
import os
import pickle
import queue
import resource
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection, Pipe
from types import TracebackType
from typing import Any, TypeVar

from pipeline.errors import ClaimwireError

T = TypeVar("T")

# A named top-level function and its arguments.
Preparation = tuple[Callable[..., Any], tuple[Any, ...]]

MAX_REASON = 300
# A result this large is not a reading of something of 10 MB, it is an accident.
MAX_RESULT = 64 * 2**20
# For importing a function's module on a busy machine, and for a worker's own accounts; the time for the work itself is the caller's.
GRACE_SECONDS = 60.0
# Pages take a tenth of a second; a call that takes longer than this steps back, and so many may do so at a time.
PROMPT_SECONDS = 1.0
SLOW = 8
# Of a child, before it makes room for a fresh one: a fork costs milliseconds, and its first call some more, for what it copies.
CALLS = 20
_PARENT_CHECK_SECONDS = 1.0

_START = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from pipeline.parsers import work; work(*sys.argv[2:])"
# What an interpreter may need to start; everything else of the environment, secrets above all, is no business of a parser's.
_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "TZ")

# A page fits in as a whole, so that nobody waits for the other end to take it.
_BUFFER = 2**20
_LENGTH = struct.Struct("!Q")  # before a child's reply: one that was cut off is no reply

# Before a child's reply: whether it may do another call.
_GOOD, _BAD = b"+", b"-"
_OUT_OF_MEMORY = "ran out of memory"
_CRASHED = "crashed"


class ParserFailed(ClaimwireError):
    """The function gave no value: `reason` is "timed out after 10 s", "ran out of memory", "crashed …" or the exception's type and text."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Parsers:
    """`workers` calls at a time, each in a child with at most `memory_bytes` of address space. A context manager; threads may share it.

    A call that takes longer than `PROMPT_SECONDS` makes room for the next and goes on with the lowest priority: one bad page among
    many costs the others nothing. At most `SLOW` calls are slow at a time.
    Workers start with the first call that needs them and belong to the process that made it. Each prepares, once, what `prepare` says:
    its calls ask for it by `prepared`, and find it as it was made.
    """

    def __init__(self, *, workers: int = 1, memory_bytes: int = 2**30, prepare: Preparation | None = None) -> None:
        self._memory_bytes = memory_bytes
        self._prepare = prepare
        self._owner = os.getpid()
        self._closed = False
        self._slots: queue.LifoQueue[_Worker | None] = queue.LifoQueue()  # the last used is warm
        self._count = workers
        for _ in range(workers):
            self._slots.put(None)
        self._slow = threading.Semaphore(SLOW)

    def __enter__(self) -> "Parsers":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def start(self) -> None:
        """Starts the workers before they are needed: what they prepare takes them a second, in which others may work."""
        started = [self._slots.get() for _ in range(self._count)]
        for worker in started:
            self._slots.put(worker or _Worker(self._memory_bytes, self._prepare))

    def close(self) -> None:
        """Waits for calls that are running, then ends the workers. A second time does nothing."""
        if self._closed or os.getpid() != self._owner:
            return
        self._closed = True
        for _ in range(self._count):
            worker = self._slots.get()
            if worker is not None:
                worker.end()
        for _ in range(SLOW):
            self._slow.acquire()

    def call(self, function: Callable[..., T], *args: Any, seconds: float, **kwargs: Any) -> T:
        """The function's value. It must be a named top-level function; arguments and value must pickle.

        Raises what the function raised if that is a ClaimwireError, ParserFailed for everything else. Both leave the pool as good as new.
        """
        if self._closed or os.getpid() != self._owner:
            raise RuntimeError("these parsers are closed, or belong to another process")
        if "." in function.__qualname__ or "<" in function.__qualname__ or function.__module__ == "__main__":
            raise ValueError("only a named top-level function of a module can be called in another process")
        worker = self._slots.get()
        slow = False
        try:
            if worker is None or not worker.alive():
                worker = _Worker(self._memory_bytes, self._prepare)
            # Only now: of all that wait, one alone holds its page twice.
            worker.send(pickle.dumps((function.__module__, function.__qualname__, pickle.dumps((args, kwargs)), seconds)))
            if seconds > PROMPT_SECONDS and not worker.replies(PROMPT_SECONDS) and self._slow.acquire(blocking=False):
                slow = True
                worker.step_back()
                self._slots.put(None)
            reply = worker.reply(seconds + GRACE_SECONDS)
        except BaseException as error:
            if worker is not None:
                worker.kill()  # also after an interrupt: what it says next would answer a question of the past
                worker = None
            if isinstance(error, OSError | EOFError):
                raise ParserFailed(f"{_CRASHED}: the worker is gone") from error
            raise
        finally:
            if not slow:
                self._slots.put(worker)
            else:
                if worker is not None:
                    worker.end()  # its priority cannot be raised again
                self._slow.release()
        return _value(reply)  # type: ignore[no-any-return]  # it is what `function` returned


def _value(reply: bytes) -> Any:
    succeeded, value = pickle.loads(reply)  # noqa: S301  # written by our own child
    if succeeded:
        return value
    raise value if isinstance(value, ClaimwireError) else ParserFailed(value)


class _Worker:
    """The parent's side of one worker process."""

    def __init__(self, memory_bytes: int, prepare: Preparation | None) -> None:
        self._pipe, theirs = Pipe()
        for end in (self._pipe, theirs):
            with socket.socket(fileno=os.dup(end.fileno())) as same:
                same.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER)
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603  # this interpreter, running this module
                [sys.executable, "-I", "-c", _START, json.dumps(sys.path), str(theirs.fileno()), str(memory_bytes), _packed(prepare)],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                process_group=0,
                env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
            )

    def alive(self) -> bool:
        return self._process.poll() is None

    def send(self, task: bytes) -> None:
        """Raises OSError when the worker is gone."""
        self._pipe.send_bytes(task)

    def replies(self, seconds: float) -> bool:
        """Whether it has something to say within these seconds."""
        return self._pipe.poll(seconds)

    def step_back(self) -> None:
        """Gives the worker and the call that it is at the lowest priority, for the rest of their lives."""
        with contextlib.suppress(ProcessLookupError):  # it has ended this moment
            os.setpriority(os.PRIO_PGRP, self._process.pid, 19)

    def reply(self, seconds: float) -> bytes:
        """Raises EOFError or OSError when the worker is gone, TimeoutError when it has forgotten itself."""
        if not self._pipe.poll(seconds):
            raise TimeoutError("no reply")
        return self._pipe.recv_bytes()

    def end(self) -> None:
        self._pipe.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        self._pipe.close()
        self._process.kill()
        self._process.wait()


def _packed(prepare: Preparation | None) -> str:
    if prepare is None:
        return ""
    function, arguments = prepare
    return pickle.dumps((function.__module__, function.__qualname__, arguments)).hex()


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
            fcntl.fcntl(self._tasks, fcntl.F_SETPIPE_SZ, _BUFFER)
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
        return f"{_CRASHED} ({signal.Signals(os.WTERMSIG(status)).name})"
    return _CRASHED


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
