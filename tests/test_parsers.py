"""Staged faults in real child processes. Hangs are bounded, speed is not measured."""

import contextlib
import ctypes
import json
import os
import pickle
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from pipeline.errors import Rejected, Unavailable
from pipeline.model import Outcome
from pipeline.parsers import ParserFailed, Parsers
from pipeline.workers import CALLS, MAX_RESULT, prepared


@pytest.fixture
def parsers() -> Iterator[Parsers]:
    with Parsers() as parsers:
        yield parsers


def eventually(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while not (fulfilled := condition()) and time.monotonic() < end:
        time.sleep(0.02)
    return fulfilled


# ---- what is run over there


def length(body: bytes, *, unit: int = 1) -> int:
    return len(body) // unit


def pid() -> int:
    return os.getpid()


def worker_pid() -> int:
    return os.getppid()


def environment() -> dict[str, str]:
    return dict(os.environ)


def rejecting(url: str) -> None:
    raise Rejected(Outcome.TOO_LARGE, "too long", url)


def unavailable(url: str) -> None:
    raise Unavailable("later", url, 30.0)


def failing() -> None:
    raise KeyError("scene\x00\ud800\n" + "x" * 1_000)


def leaving() -> None:
    sys.exit(3)


def chattering() -> str:
    os.write(1, b"noise")
    return "quiet"


def looping_in_c() -> bool:
    return re.fullmatch(r"(a|a)*b", "a" * 40) is not None  # holds the interpreter for hours


def deaf_to_everything() -> None:
    for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    time.sleep(60)


def devouring() -> int:
    return len(b"x" * 2**31)


def devouring_slowly() -> int:
    kept = []
    while True:
        kept.append(bytes(2**20))


def crashing() -> None:
    ctypes.string_at(0)


def killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def endless_result(size: int) -> bytes:
    return bytes(size)


def unpicklable() -> Callable[[], int]:
    return lambda: 1


def deep() -> list[object]:
    nested: list[object] = []
    for _ in range(100_000):
        nested = [nested]
    return nested


def marking(path: str, seconds: float) -> None:
    Path(path).write_text(str(os.getpid()))
    time.sleep(seconds)


# ---- values and errors


def test_a_value_comes_back(parsers: Parsers) -> None:
    assert parsers.call(length, b"x" * 10, seconds=5) == 10
    assert parsers.call(length, b"x" * 10 * 2**20, unit=2**20, seconds=5) == 10
    assert len(parsers.call(endless_result, 20 * 2**20, seconds=10)) == 20 * 2**20


def test_a_process_does_some_calls_and_makes_room_for_a_fresh_one_and_the_worker_stays(parsers: Parsers) -> None:
    pids = [parsers.call(pid, seconds=5) for _ in range(CALLS + 1)]
    workers = {parsers.call(worker_pid, seconds=5) for _ in range(3)}
    assert len(set(pids[:CALLS])) == 1
    assert pids[CALLS] != pids[0]
    assert len(workers) == 1
    assert os.getpid() not in workers.union(pids)


def leave_behind(what: str) -> int:
    os.environ["LEFT"] = what
    return os.getpid()


def stumble() -> int:
    """Over what an earlier call has left."""
    if left := os.environ.get("LEFT"):
        raise ValueError(left)
    return os.getpid()


def test_a_call_that_goes_wrong_in_a_used_process_is_made_again_in_a_fresh_one(parsers: Parsers) -> None:
    first = parsers.call(leave_behind, "a stone", seconds=5)
    second = parsers.call(stumble, seconds=5)
    assert second != first
    assert parsers.call(pid, seconds=5) == second


def always_wrong() -> None:
    raise ValueError(os.getpid())


def test_after_a_fault_there_is_a_fresh_process(parsers: Parsers) -> None:
    first = parsers.call(pid, seconds=5)
    with pytest.raises(ParserFailed) as raised:
        parsers.call(always_wrong, seconds=5)
    assert raised.value.reason != f"ValueError: {first}"
    assert str(parsers.call(pid, seconds=5)) not in raised.value.reason


def test_a_refusal_is_no_fault(parsers: Parsers) -> None:
    first = parsers.call(pid, seconds=5)
    with pytest.raises(Rejected):
        parsers.call(rejecting, "u", seconds=5)
    assert parsers.call(pid, seconds=5) == first


def doubled(number: int) -> list[int]:
    return [number, number]


def double_of_prepared() -> list[int]:
    return [*prepared(), os.getppid()]


def test_what_a_worker_prepares_is_there_in_each_call() -> None:
    with Parsers(prepare=(doubled, (7,))) as parsers:
        assert [parsers.call(double_of_prepared, seconds=5)[:2] for _ in range(2)] == [[7, 7], [7, 7]]


def test_rejected_and_unavailable_come_through_as_themselves(parsers: Parsers) -> None:
    with pytest.raises(Rejected) as rejected:
        parsers.call(rejecting, "https://outlet.example/a", seconds=5)
    assert (rejected.value.outcome, rejected.value.reason, rejected.value.url) == (
        Outcome.TOO_LARGE,
        "too long",
        "https://outlet.example/a",
    )
    with pytest.raises(Unavailable) as later:
        parsers.call(unavailable, "https://outlet.example/a", seconds=5)
    assert later.value.retry_after == 30.0


@pytest.mark.parametrize("error", [Rejected(Outcome.ROBOTS, "no", "u"), Unavailable("later", "u", 1.5), ParserFailed("crashed")])
def test_errors_survive_pickling(error: Exception) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (failing, r"KeyError: 'scene.*x"),
        (leaving, "SystemExit: 3"),
        (devouring, "ran out of memory"),
        (devouring_slowly, "ran out of memory"),
        (crashing, r"crashed \(SIGSEGV\)"),
        (killed, "crashed"),
        (looping_in_c, "timed out after 0.5 s"),
        (deaf_to_everything, "timed out after 0.5 s"),
        (unpicklable, ".*[Pp]ickl.*"),
        (deep, "RecursionError.*"),
    ],
)
def test_a_fault_has_a_reason_and_harms_nobody_else(parsers: Parsers, function: Callable[[], object], reason: str) -> None:
    worker = parsers.call(worker_pid, seconds=5)
    with pytest.raises(ParserFailed) as caught:
        parsers.call(function, seconds=5 if "memory" in reason else 0.5)
    assert re.match(reason, caught.value.reason)
    assert len(caught.value.reason) <= 300
    if "memory" not in reason:  # these take long, and another worker takes the next call
        assert parsers.call(worker_pid, seconds=5) == worker


def test_a_slow_call_makes_room_for_the_next(parsers: Parsers, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    slow = threading.Thread(target=lambda: parsers.call(marking, str(mark), 4, seconds=30))
    slow.start()
    assert eventually(mark.exists)
    assert parsers.call(length, b"x", seconds=5) == 1
    assert slow.is_alive()
    assert os.getpriority(os.PRIO_PROCESS, int(mark.read_text())) == 19
    slow.join()


def test_a_result_that_is_too_large_is_refused(parsers: Parsers) -> None:
    with pytest.raises(ParserFailed, match="gave more than"):
        parsers.call(endless_result, MAX_RESULT, seconds=20)


def test_memory_is_what_was_given() -> None:
    with Parsers(memory_bytes=512 * 2**20) as parsers:
        assert len(parsers.call(endless_result, 2**20, seconds=5)) == 2**20
        with pytest.raises(ParserFailed, match="ran out of memory"):
            parsers.call(endless_result, 600 * 2**20, seconds=5)


def test_standard_output_is_nobodys_protocol(parsers: Parsers) -> None:
    assert parsers.call(chattering, seconds=5) == "quiet"


def test_the_environments_secrets_stay_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAIMWIRE_SECRET", "hunter2")
    with Parsers() as parsers:
        assert "CLAIMWIRE_SECRET" not in parsers.call(environment, seconds=5)


def test_only_named_top_level_functions_can_be_called(parsers: Parsers) -> None:
    with pytest.raises(ValueError, match="top-level"):
        parsers.call(lambda: 1, seconds=1)


# ---- several


def test_workers_run_side_by_side_and_one_that_hangs_holds_up_only_itself() -> None:
    with Parsers(workers=2) as parsers:
        failures: list[str] = []

        def hang() -> None:
            with contextlib.suppress(ParserFailed):
                parsers.call(looping_in_c, seconds=2)
            failures.append("done")

        thread = threading.Thread(target=hang)
        thread.start()
        done = [parsers.call(length, b"x", seconds=5) for _ in range(20)]
        assert done == [1] * 20
        assert failures == []
        thread.join()
        assert failures == ["done"]


def test_threads_share_one_worker(parsers: Parsers) -> None:
    results: list[int] = []
    threads = [threading.Thread(target=lambda n=n: results.append(parsers.call(length, b"x" * n, seconds=5))) for n in range(20)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(results) == list(range(20))


def test_a_worker_that_was_killed_is_replaced(parsers: Parsers) -> None:
    worker = parsers.call(worker_pid, seconds=5)
    os.kill(worker, signal.SIGKILL)
    assert eventually(lambda: not _runs(worker))
    assert parsers.call(worker_pid, seconds=5) != worker


def test_a_worker_that_is_killed_in_mid_call_is_an_error_of_that_call(parsers: Parsers, tmp_path: Path) -> None:
    worker = parsers.call(worker_pid, seconds=5)
    mark = tmp_path / "pid"
    threading.Thread(target=lambda: eventually(mark.exists) and os.kill(worker, signal.SIGKILL)).start()
    with pytest.raises(ParserFailed, match="crashed"):
        parsers.call(marking, str(mark), 30, seconds=60)
    assert eventually(lambda: not _runs(int(mark.read_text())))  # the child went with its worker
    assert parsers.call(length, b"x", seconds=5) == 1


# ---- nobody is left behind


def test_closing_ends_the_workers() -> None:
    parsers = Parsers(workers=2)
    worker = parsers.call(worker_pid, seconds=5)
    parsers.close()
    parsers.close()
    assert not _runs(worker)
    with pytest.raises(RuntimeError, match="closed"):
        parsers.call(length, b"x", seconds=1)


PARENT = """
import json, os, sys
sys.path[:] = json.loads(sys.argv[1])
from pipeline.parsers import Parsers
from test_parsers import marking, worker_pid
parsers = Parsers()
open(sys.argv[2], "w").write(str(parsers.call(worker_pid, seconds=5)))
if os.fork() == 0:  # a bystander that has inherited the other end of every pipe
    import time
    time.sleep(float(sys.argv[4]))
    os._exit(0)
parsers.call(marking, sys.argv[3], 60, seconds=60)
"""


@pytest.mark.parametrize("kill", [signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("bystander", [0.0, 8.0])
def test_nothing_outlives_a_parent_that_dies(tmp_path: Path, kill: signal.Signals, bystander: float) -> None:
    marks = [tmp_path / "worker", tmp_path / "child"]
    command = [sys.executable, "-c", PARENT, _path(), *map(str, marks), str(bystander)]
    with subprocess.Popen(command) as parent:
        assert eventually(lambda: all(mark.exists() and mark.read_text() for mark in marks))
        parent.send_signal(kill)
        parent.wait(10)
        assert eventually(lambda: not any(_runs(int(mark.read_text())) for mark in marks), 5)


FORKED = """
import json, os, sys, threading
sys.path[:] = json.loads(sys.argv[1])
from pipeline.parsers import Parsers
from test_parsers import length
threading.Thread(target=threading.Event().wait, daemon=True).start()
child = os.fork()
if child == 0:  # what a scheduler's task is
    with Parsers() as parsers:
        os._exit(0 if parsers.call(length, b"xyz", seconds=10) == 3 else 1)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_it_works_in_the_forked_child_of_a_process_with_threads() -> None:
    assert subprocess.run([sys.executable, "-c", FORKED, _path()], timeout=30, check=False).returncode == 0


def test_a_forked_child_cannot_use_its_parents_workers(parsers: Parsers) -> None:
    parsers.call(length, b"x", seconds=5)
    child = os.fork()
    if child == 0:
        try:
            parsers.close()  # harmless
            parsers.call(length, b"x", seconds=5)
        except RuntimeError:
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert parsers.call(length, b"x", seconds=5) == 1


def _path() -> str:
    return json.dumps([str(Path(__file__).parent), *sys.path])


def _runs(process: int) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        return psutil.Process(process).status() != psutil.STATUS_ZOMBIE
    return False
