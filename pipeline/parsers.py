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
import json
import os
import pickle
import queue
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from multiprocessing.connection import Pipe
from types import TracebackType
from typing import Any, TypeVar

from pipeline.errors import ClaimwireError
from pipeline.workers import BUFFER, CRASHED

T = TypeVar("T")

# A named top-level function and its arguments.
Preparation = tuple[Callable[..., Any], tuple[Any, ...]]

# For importing a function's module on a busy machine, and for a worker's own accounts; the time for the work itself is the caller's.
GRACE_SECONDS = 60.0
# Pages take a tenth of a second; a call that takes longer than this steps back, and so many may do so at a time.
PROMPT_SECONDS = 1.0
SLOW = 8

_START = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from pipeline.workers import work; work(*sys.argv[2:])"
# What an interpreter may need to start; everything else of the environment, secrets above all, is no business of a parser's.
_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "LANG", "LC_ALL", "TZ")


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
                raise ParserFailed(f"{CRASHED}: the worker is gone") from error
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
                same.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
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
