"""`make mutants`: would a test notice if a line did something else? By cosmic-ray, on the modules that decide whom we wake.

Each mutant is one small change (a comparison turned round, a number off by one, a `not` less) in a copy of the sources; the tests of that
module alone must fail. What survives is written as diffs to .claimwire/mutants/MODULE.txt, to be looked at.
"""

import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import TestOutcome, WorkerOutcome
from rich.table import Table

from pipeline.terminal import err, out
from tests.conftest import ROOT

MODULES = ("claims", "alerts", "outbox")
AT_LEAST = 0.8
SECONDS = 60.0  # a mutant that runs on for ever is noticed, too
WANTED = ("pipeline", "config", "tests", "pyproject.toml")


class Tried(NamedTuple):
    """What came of a module's mutants; `survivors` are diffs."""

    module: str
    killed: int
    survivors: Sequence[str]

    @property
    def share(self) -> float:
        return self.killed / (self.killed + len(self.survivors))


def _config(module: str) -> str:
    return f"""[cosmic-ray]
module-path = "pipeline/{module}.py"
timeout = {SECONDS}
excluded-modules = []
test-command = "{sys.executable} -m pytest -x -q --noconftest -p no:cacheprovider -p no:xdist -p no:randomly tests/test_{module}.py"
[cosmic-ray.distributor]
name = "local"
"""


def _copied(folder: Path) -> None:
    for name in WANTED:
        there = ROOT / name
        if there.is_dir():
            shutil.copytree(there, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(there, folder / name)


def _outcomes(db: WorkDB, module: str) -> Tried:
    """Raises RuntimeError if a mutant was not tried."""
    ended = [result for _, result in db.completed_work_items]
    by = Counter((each.worker_outcome, each.test_outcome) for each in ended)
    killed = sum(count for (_, outcome), count in by.items() if outcome == TestOutcome.KILLED)
    survivors = [each.diff or "" for each in ended if each.test_outcome == TestOutcome.SURVIVED]
    strange = {outcome: count for outcome, count in by.items() if outcome[0] not in (WorkerOutcome.NORMAL, WorkerOutcome.NO_TEST)}
    if strange or db.num_work_items != len(ended) or not ended:
        raise RuntimeError(f"{module}: {len(ended)} of {db.num_work_items} mutants tried; {strange}")
    return Tried(module, killed, survivors)


def mutate(module: str) -> Tried:
    """Tries each mutant of a module.

    Raises:
        subprocess.CalledProcessError: the tests fail without any mutant; what they said is on stderr.
        RuntimeError: a mutant was not tried.
    """
    with tempfile.TemporaryDirectory(prefix="claimwire-mutants-") as name:
        folder = Path(name)
        _copied(folder)
        (folder / "cr.toml").write_text(_config(module))
        for step in (["baseline", "cr.toml"], ["init", "cr.toml", "s.sqlite"], ["exec", "cr.toml", "s.sqlite"]):
            err.print(f"{module}: {step[0]}")
            subprocess.run([sys.executable, "-m", "cosmic_ray.cli", *step], cwd=folder, check=True, stdout=sys.stderr)
        with use_db(str(folder / "s.sqlite"), WorkDB.Mode.open) as db:
            return _outcomes(db, module)


def _shown(tried: Sequence[Tried], kept: Path) -> Table:
    table = Table("module", "mutants", "noticed", "share", "survivors in")
    for each in tried:
        file = kept / f"{each.module}.txt"
        file.write_text("\n\n".join(each.survivors))
        among = each.killed + len(each.survivors)
        table.add_row(f"pipeline/{each.module}.py", str(among), str(each.killed), f"{each.share:.0%}", str(file.relative_to(ROOT)))
    return table


def main(modules: Sequence[str]) -> int:
    """Exit code 1 if more than a fifth of a module's mutants go unnoticed."""
    kept = ROOT / ".claimwire" / "mutants"
    kept.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(2) as pool:
        tried = list(pool.map(mutate, modules))
    out.print(_shown(tried, kept))
    return int(any(each.share < AT_LEAST for each in tried))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:] or MODULES))
