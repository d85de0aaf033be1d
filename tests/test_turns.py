"""Turns at a host, between threads and between processes."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline.turns import Turns
from tests.conftest import ROOT


class Asked(Exception):
    """Somebody has to wait, so many seconds: far more than any of this takes, and never slept through."""


@pytest.fixture(autouse=True)
def _nobody_sleeps(monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(seconds: float) -> None:
        raise Asked(seconds)

    monkeypatch.setattr(time, "sleep", asked)


def waits(turns: Turns, host: str, delay: float) -> float:
    try:
        return turns.wait(host, delay)
    except Asked as asked:
        return float(asked.args[0])


@pytest.mark.parametrize("shared", [True, False])
def test_requests_to_one_host_are_spaced_out_and_others_do_not_wait(tmp_path: Path, shared: bool) -> None:
    turns = Turns(tmp_path / "turns" if shared else None)
    assert [waits(turns, "a.example", 200) for _ in range(3)] == pytest.approx([0, 200, 400], abs=5)
    assert waits(turns, "b.example", 200) == 0


def test_processes_that_share_a_folder_wait_for_each_other(tmp_path: Path) -> None:
    code = f"from pathlib import Path; from pipeline.turns import Turns; Turns(Path({str(tmp_path)!r})).wait('a.example', 500)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
    assert waits(Turns(tmp_path), "a.example", 1) == pytest.approx(500, abs=60)
    assert waits(Turns(tmp_path / "elsewhere"), "a.example", 1) == 0


@pytest.mark.parametrize("left", ["", "nonsense", "9e99", "nan"])
def test_what_a_crash_or_another_start_of_the_machine_left_is_nobodys_turn(tmp_path: Path, left: str) -> None:
    waits(Turns(tmp_path), "a.example", 1)
    (file,) = tmp_path.iterdir()
    file.write_text(left)
    assert waits(Turns(tmp_path), "a.example", 1) == 0


def test_without_a_place_to_meet_the_threads_of_a_process_still_take_turns(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    turns = Turns(tmp_path / "file" / "turns")
    assert [waits(turns, "a.example", 200) for _ in range(2)] == pytest.approx([0, 200], abs=5)


def test_no_name_of_a_host_gets_out_of_the_folder(tmp_path: Path) -> None:
    waits(Turns(tmp_path / "turns"), "../../x" * 100, 1)
    assert [file.name for file in tmp_path.iterdir()] == ["turns"]
