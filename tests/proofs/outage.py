"""The node is away while articles arrive, and the pipeline is killed and started again meanwhile: when it is back, all are there once."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tests.proofs.soak import OUTLETS, SHOWN, Ground, compared, ground

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class Outage:
    """What arrived while the node was away, and what came of it."""

    seconds: float
    arrived: int
    lost: int
    doubled: int
    caught_up_seconds: float  # from the node's return until all articles are in the index, read, and decided on
    worst_files: int


def outage(folder: Path, seconds: float, articles: int, progress: Callable[[str], None] = lambda _: None) -> Outage:
    """For at least so long, until so many articles have arrived."""
    with ground(folder, seed=2) as here:
        _publish(here, len(OUTLETS))
        here.pass_by()
        here.faults.down = True
        away = time.monotonic()
        killed = False
        while (gone := time.monotonic() - away) < seconds or len(here.press.pieces) - len(OUTLETS) < articles:
            due = round(articles * min(gone / seconds, 1)) + len(OUTLETS) - len(here.press.pieces)
            _publish(here, min(max(due, 1), SHOWN * len(OUTLETS)))
            if not killed and gone > seconds / 2:
                here.killed_pass(1.0)
                killed = True
            else:
                here.pass_by()
            progress(f"{gone:4.0f} s away: {len(here.press.pieces)} articles")
        here.faults.down = False
        gone, back = time.monotonic() - away, time.monotonic()
        here.pass_by()
        caught_up = time.monotonic() - back
        ended = compared(here, gone, 0)
        return Outage(
            seconds=gone,
            arrived=len(here.press.pieces),
            lost=ended.lost + ended.unread + ended.untold,
            doubled=ended.doubled,
            caught_up_seconds=caught_up,
            worst_files=max(files for _, _, files in here.samples),
        )


def _publish(here: Ground, number: int) -> None:
    here.tick(MINUTE)
    for each in range(number):
        here.press.publish(OUTLETS[each % len(OUTLETS)], here.now)
    here.press.serve(fails=False)
