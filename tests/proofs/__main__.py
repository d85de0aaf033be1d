"""`make prove`: all proofs at full length, about two hours; or those that are named: `python -m tests.proofs soak two-runs`.

Each row is kept in .claimwire/proved.json as soon as it is there, so that it may be done in parts; the table is that of all rows.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from pipeline.connection import connect, read_mappings
from pipeline.node import Node
from pipeline.samples import SampleSites
from pipeline.settings import Settings
from tests.conftest import ROOT, free_port
from tests.proofs import kills
from tests.proofs.outage import outage
from tests.proofs.soak import CONNECTIONS, soak
from tests.proofs.stage import Player, Stage
from tests.receivers import webhook_receiver

KEPT = ROOT / ".claimwire" / "proved.json"
RANDOM_KILLS, ROUNDS, ARTICLES, SOAK_SECONDS = 200, 20, 500, 1200.0


class Row(NamedTuple):
    """What was tried, how often, what came of it, and whether that is what was wanted."""

    tried: str
    times: str
    came: str
    holds: bool


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


@contextmanager
def installation() -> Iterator[Stage]:
    """All sample outlets, two channels, a node of its own."""
    with tempfile.TemporaryDirectory(prefix="claimwire-prove-") as name:
        folder = Path(name)
        node = Node(home=ROOT / ".claimwire" / "node", port=free_port(), data=folder / "node")
        node.build()
        node.start()
        try:
            os.environ["CLAIMWIRE_OVERLAY"] = str(folder / "overlay")
            (folder / "overlay").mkdir()
            index = connect(settings := Settings(elasticsearch_url=node.status().url))
            index.set_up(read_mappings(settings))
            with SampleSites() as sites, webhook_receiver() as one, webhook_receiver() as other:
                stage = Stage(index=index, folder=folder, channels={"webhook": one, "desk": other}, sites=sites, url=node.status().url)
                stage.outlets()
                yield stage
        finally:
            node.stop()


def killed(tried: str, of: Callable[[Stage, Player, list[kills.Act]], Iterable[kills.Killed]]) -> Row:
    found: list[kills.Killed] = []
    with installation() as stage, Player(stage) as player:
        for each in of(stage, player, kills.acts(stage, player)):
            found.append(each)
            wrong = each.lost or each.doubled or each.untold or each.told_wrongly or each.told_twice > 1
            told = f"WRONG {each}" if wrong else "nothing lost, nothing twice"
            say(f"{len(found):4} {each.scene}, {each.how} at {each.where!r}: {told}")
    lost, doubled = sum(each.lost + each.untold for each in found), sum(each.doubled + each.told_wrongly for each in found)
    twice, worst = sum(each.told_twice for each in found), max(each.told_twice for each in found)
    came = f"lost {lost}, doubled {doubled}; messages twice under one key {twice}, at most {worst} for a kill"
    return Row(tried, str(len(found)), came, not lost and not doubled and worst <= 1)


def points() -> Row:
    return killed(
        "16 points × SIGKILL, SIGTERM × first run, later run",
        lambda stage, player, acts: kills.at_points(stage, player, kills.every_case(acts)),
    )


def moments() -> Row:
    return killed("random moments", lambda stage, player, acts: kills.at_random(stage, player, acts, RANDOM_KILLS, seed=1))


def two_runs() -> Row:
    return killed("two runs at once, met at a lease", lambda stage, player, acts: kills.two_at_once(stage, player, acts, ROUNDS))


def away(seconds: float) -> Row:
    with tempfile.TemporaryDirectory(prefix="claimwire-prove-") as folder:
        ended = outage(Path(folder), seconds, ARTICLES, say)
    came = f"lost {ended.lost}, doubled {ended.doubled}; caught up after {ended.caught_up_seconds:.0f} s"
    holds = not ended.lost and not ended.doubled and ended.caught_up_seconds <= 120
    return Row(f"node away for {ended.seconds / 60:.0f} min, pipeline killed meanwhile", f"{ended.arrived} articles", came, holds)


def soaked() -> Row:
    with tempfile.TemporaryDirectory(prefix="claimwire-prove-") as folder:
        ended = soak(Path(folder), SOAK_SECONDS, seed=1, progress=say)
    say(str(ended))
    troubles = ", ".join(f"{number} {name}" for name, number in sorted(ended.troubles.items()))
    came = (
        f"{ended.published} articles, {ended.edited} edits, {ended.deleted} taken down: lost {ended.lost + ended.unread + ended.untold}, "
        f"doubled {ended.doubled}; memory {ended.memory_growth:+.1%}, open files {ended.files[0]} → {ended.files[1]}; "
        f"worst way to the index {ended.worst_seconds:.0f} s"
    )
    whole = not (ended.lost or ended.doubled or ended.unread or ended.untold)
    return Row(
        f"soak: {troubles}",
        f"{ended.passes} passes",
        came,
        whole and ended.memory_growth < 0.05 and ended.files[1] <= ended.files[0] + CONNECTIONS,
    )


def tested(tried: str, times: str, came: str, *tests: str, **environ: str) -> Row:
    env = {**os.environ, **environ}
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", *tests], cwd=ROOT, check=False, stdout=sys.stderr, env=env)
    return Row(tried, times, came if done.returncode == 0 else "a test fails", done.returncode == 0)


FAULTS = ("tests/test_spooling.py", "-k", "bulk_request or full_disk")
PROOFS: dict[str, Callable[[], Row]] = {
    "points": points,
    "moments": moments,
    "two-runs": two_runs,
    "alerts": lambda: tested(
        "the alert stage killed, started again up to seven hours later",
        "50",
        "nothing lost, nothing repeated",
        "tests/test_kill.py",
        CLAIMWIRE_TEST_KILLS="50",
    ),
    "faults": lambda: tested("faults before the node", "8 kinds", "8 of 8: each article there once", *FAULTS),
    "away-1": lambda: away(60),
    "away-10": lambda: away(600),
    "sinks": lambda: tested("alert sinks, one of them well", "8 kinds", "the well one told once, waits for nobody", "tests/test_sinks.py"),
    "isolation": lambda: tested("one bad source", "of 20, 2 kinds", "19 done meanwhile", "tests/test_isolation.py"),
    "secrets": lambda: tested("planted secrets", "5", "0 come out", "tests/test_secrets.py"),
    "soak": soaked,
}


def table(rows: dict[str, list[object]]) -> str:
    lines = ["| tried | how often | what came of it | on |", "|---|---|---|---|"]
    for name in PROOFS:
        if name in rows:
            row, day = Row(*rows[name][:4]), rows[name][4]  # type: ignore[arg-type]  # as it was kept
            lines.append(f"| {row.tried} | {row.times} | {row.came}{'' if row.holds else ' **not as wanted**'} | {day} |")
    return "\n".join(lines)


def main(names: list[str]) -> int:
    if strangers := [name for name in names if name not in PROOFS]:
        say(f"no proof {', '.join(strangers)}; there are {', '.join(PROOFS)}")
        return 2
    rows: dict[str, list[object]] = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    holds = True
    for name in names or PROOFS:
        begun = time.monotonic()
        row = PROOFS[name]()
        say(f"{name}: {row.came} ({time.monotonic() - begun:.0f} s)")
        rows[name] = [*row, datetime.now(UTC).date().isoformat()]
        KEPT.parent.mkdir(exist_ok=True)
        KEPT.write_text(json.dumps(rows))
        holds = holds and row.holds
    print(table(rows))
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
