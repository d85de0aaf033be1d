"""One run at a time, on a real node and with real processes."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress

import pytest

from pipeline.connection import connect
from pipeline.documents import iso_of
from pipeline.errors import StoreUnavailable
from pipeline.index import Index
from pipeline.lease import lease
from pipeline.settings import Settings
from tests.conftest import ROOT, URL
from tests.faults import faulty

HOLD = """
import sys, time
from elasticsearch import Elasticsearch
from pipeline.index import Index
from pipeline.lease import lease
with lease(Index(Elasticsearch(sys.argv[1]), sys.argv[2]), "alert") as held:
    print(held is not None, flush=True)
    sys.stdin.read()
"""


def a_holder(index: Index) -> subprocess.Popen[str]:
    """Another process that holds the lease until its input ends."""
    command = [sys.executable, "-c", HOLD, os.environ[URL], index.prefix]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdout.readline() == "True\n"
    return process


def left_by(index: Index, holder: str, seconds: float) -> None:
    until = time.time() + seconds
    index.put("leases", [("alert", {"holder": holder, "until_seconds": until, "until": iso_of(until)})])


def test_a_lease_is_given_back_and_taken_again(index: Index) -> None:
    for _ in range(2):
        with lease(index, "alert", wait=0) as held:
            assert held
            held.renew()


def test_leases_of_two_names_do_not_wait_for_each_other(index: Index) -> None:
    with lease(index, "alert", wait=0) as one, lease(index, "read", wait=0) as other:
        assert one
        assert other


def test_the_second_waits_until_the_first_ends(index: Index) -> None:
    with a_holder(index) as process:
        with lease(index, "alert", wait=0) as held:
            assert held is None
        ending = threading.Timer(0.2, process.communicate)
        ending.start()
        with lease(index, "alert", wait=60) as held:
            assert held
        ending.join()
    assert process.returncode == 0


def test_a_killed_holder_of_this_machine_is_replaced_at_once_also_while_nobody_has_buried_it(index: Index) -> None:
    with a_holder(index) as process:
        os.kill(process.pid, signal.SIGKILL)
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # dead, and a zombie still
        with lease(index, "alert", wait=0) as held:
            assert held


def test_a_process_that_has_the_number_of_a_dead_one_is_not_it(index: Index) -> None:
    left_by(index, f"{socket.gethostname()} {os.getpid()} 1 0", 100)
    with lease(index, "alert", wait=0) as held:
        assert held


@pytest.mark.parametrize(("seconds", "free"), [(100, False), (0, True)])
def test_a_holder_elsewhere_is_replaced_when_its_lease_has_run_out(index: Index, seconds: float, free: bool) -> None:
    left_by(index, "elsewhere 1 1 0", seconds)
    with lease(index, "alert", wait=0) as held:
        assert (held is not None) is free


def test_who_has_lost_the_lease_is_told_so_and_takes_it_from_nobody(index: Index) -> None:
    with lease(index, "alert", wait=0) as held:
        assert held
        left_by(index, "elsewhere 1 1 0", 100)
        with pytest.raises(StoreUnavailable, match="lost to another run"):
            held.renew()
    assert index.get("leases", ["alert"])["alert"].source["holder"] == "elsewhere 1 1 0"


def test_what_could_not_be_given_back_is_taken_again_by_the_same_process(index: Index, settings: Settings) -> None:
    with faulty(settings.store_urls[0]) as faults:
        shaky = connect(settings.model_copy(update={"elasticsearch_url": faults.url}))
        with suppress(StoreUnavailable), lease(shaky, "work", wait=0) as held:
            assert held is not None
            faults.down = True
    with lease(index, "work", wait=0) as again:
        assert again is not None
        with lease(index, "work", wait=0) as other:
            assert other is None
