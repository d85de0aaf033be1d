"""What each piece of work costs here, whether the model plays a real pass with it, and what larger loads would need: `make capacity`."""

import argparse
import logging
import os
import random
import signal
import subprocess
import sys
import time
import warnings
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from pipeline import run
from pipeline.backfill.inputs import inputs_of
from pipeline.backfill.running import backfill
from pipeline.following import ends_of
from pipeline.polling import poll
from pipeline.settings import Settings
from tests.benches.__main__ import machine
from tests.benches.bed import Bed, Feeds, bed, links_of, world_with
from tests.benches.mixes import Mix, a_source, full_text_feed, mix, write_archive
from tests.capacity.model import CYCLE, Costs, Load, Machine, Shape
from tests.capacity.outlets import FEEDS_EACH, OUTLETS, outlets

ROOT = Path(__file__).parents[2]
DAY = 86_400.0
HOURS = 6 * 3600.0  # of a day on which everything comes evenly
# Airflow takes about a second for a task whatever it does (measured on its scheduler with two cores).
TASK_SECONDS = 1.0
PAGES, ON_TOPIC = 300, 0.05
# The model counts if it is no further from the real pass than that.
NEAR = 0.25
# Cores that are busier than that are what a run waits for.
FULL = 0.8
CC_NEWS = 1_350_000_000
out, err = Console(highlight=False, width=150), Console(highlight=False, stderr=True)


# ------------------------------------------------------------------------------------------------ what it costs here
def costs(made: Bed) -> Costs:
    """Measured one after the other, on an index that has little in it."""
    off, on = mix(150, 0, 1), mix(40, 40, 2)
    _collected(mix(4, 2, 3), made.fresh())  # models are loaded, code is compiled
    page = _collected(off, made.fresh()) / len(off.pages)
    here = made.fresh()
    article = _collected(on, here) / len(on.pages)
    began = time.perf_counter()
    counts = run.run_enrich(here)
    reading = (time.perf_counter() - began) / counts["articles"]
    began = time.perf_counter()
    decided = run.run_alert(here)
    alert = (time.perf_counter() - began) / decided["statements"]
    return Costs(task=TASK_SECONDS, opening=_opening(), feed=_feed(made), page=page, article=article, reading=reading, alert=alert)


def _collected(chosen: Mix, settings: Settings) -> float:
    with world_with(chosen.pages, settings) as world:
        world.parsers.start()
        links = links_of(chosen.pages, world)
        began = time.perf_counter()
        for _ in ends_of("bench", links, world):
            pass
        return time.perf_counter() - began


def _feed(made: Bed) -> float:
    bodies = [full_text_feed(number) for number in range(10)]
    with world_with([], made.fresh()) as world:
        sources = [a_source(number) for number in range(len(bodies))]
        asked = replace(world, web=Feeds(dict(zip((feed.url for _, feed in sources), bodies, strict=True))))
        for outlet, feed in sources:
            poll(outlet, feed, asked)
        world.index.refresh("entries")
        began = time.perf_counter()
        for outlet, feed in sources:
            poll(outlet, feed, asked)
        return (time.perf_counter() - began) / len(bodies)


def _record(made: Bed) -> float:
    """Of an archive, where nothing is on topic; what beginning costs is taken off."""
    files = [write_archive(made.folder, f"{number}.warc.gz", mix(number, 0, number)) for number in (10, 1010)]
    taken = []
    for file in files:
        settings = made.fresh()
        began = time.perf_counter()
        backfill(inputs_of(str(file)), settings, lambda _: None)
        taken.append(time.perf_counter() - began)
    return (taken[1] - taken[0]) / 1000


def _opening() -> float:
    """Until a fresh process has read its first sentence."""
    program = "from pipeline import reading, settings; reading.open_reader(settings.read_settings())"
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT)
    return time.perf_counter() - began


# ------------------------------------------------------------------------------------------------ a real pass
def real_pass(made: Bed) -> float:
    """Seconds of a first pass over real HTTP, without pauses between requests, in one process: collect, enrich, alert."""
    chosen = mix(PAGES, round(PAGES * ON_TOPIC), 5)
    with outlets(made.folder, chosen) as (proxy, sources):
        settings = made.fresh().model_copy(update={"proxy": proxy, "sources": sources, "host_delay": 0.0})
        began = time.perf_counter()
        counts = run.run_collect(settings)
        run.run_enrich(settings)
        run.run_alert(settings)
        taken = time.perf_counter() - began
    assert counts["saved"] == chosen.on_topic, counts
    assert sum(counts.get(end, 0) for end in ("saved", "off-topic", "no-text")) == PAGES, counts
    return taken


def played_pass(known: Costs) -> float:
    """The same as the model has it: no scheduler, one process."""
    load = Load(outlets=OUTLETS, feeds=OUTLETS * FEEDS_EACH, pages_a_day=0, on_topic=ON_TOPIC)
    shape = Shape(cores=os.cpu_count() or 1, groups=1, host_delay=0.0)
    # The reader was opened before; a feed is asked, and its site's rules for robots.
    return Machine(replace(known, task=0.0, opening=0.0, answer=0.005), load, shape).once(PAGES)


# ------------------------------------------------------------------------------------------------ larger loads
def play(known: Costs, load: Load, shape: Shape) -> tuple[str, ...]:
    day = Machine(known, load, shape).run(HOURS)
    longest = max(day.runs)
    keeps_up = longest < CYCLE
    p50, p95 = day.latency() if len(day.latencies) > 1 else (float("nan"), float("nan"))
    return (
        str(shape),
        f"{day.share(shape, HOURS):.0%}",
        f"{sum(day.runs) / len(day.runs):.0f} s, {longest:.0f} s",
        f"{p50 / 60:.0f} min, {p95 / 60:.0f} min",
        "yes" if keeps_up else "no: runs take longer than ten minutes",
    )


def show(known: Costs) -> None:
    loads = {
        "shipped: 109 outlets, 151 feeds, 5,000 pages a day": (
            Load(outlets=109, feeds=151, pages_a_day=5_000, on_topic=0.05),
            [Shape(cores=2)],
        ),
        "5,000 feeds of 3,500 outlets, 100,000 pages a day": (
            Load(outlets=3_500, feeds=5_000, pages_a_day=100_000, on_topic=0.01),
            [Shape(cores=2), Shape(cores=4, fetch=8, groups=16), Shape(cores=8, fetch=16, groups=32)],
        ),
        "500,000 pages a day of 10,000 outlets": (
            Load(outlets=10_000, feeds=15_000, pages_a_day=500_000, on_topic=0.01),
            [Shape(cores=4, fetch=8, groups=16), Shape(cores=8, fetch=16, groups=32), Shape(cores=16, fetch=32, groups=64)],
        ),
    }
    table = Table("load", "on", "cores busy", "a run: mean, longest", "publication → alert: half, 19 of 20", "keeps up", title=machine())
    for name, (load, shapes) in loads.items():
        for at, shape in enumerate(shapes):
            table.add_row("" if at else name, *play(known, load, shape))
    out.print(table)


def limits(known: Costs) -> Table:
    """How much each shape keeps up with, doubling from 125,000 pages a day; at the next step, what is full tells what to add."""
    shapes = {
        "as shipped": Shape(cores=2),
        "more tasks at once": Shape(cores=2, fetch=16, groups=16),
        "more tasks at once, more cores": Shape(cores=8, fetch=16, groups=16),
    }
    table = Table(
        "", "on", "keeps up with, pages a day", "with twice as many", "cores busy then", "full is", title="1 % on topic, 50 pages an outlet"
    )
    for name, shape in shapes.items():
        pages = 125_000
        while True:
            day = Machine(known, Load(outlets=pages // 50, feeds=pages // 33, pages_a_day=pages, on_topic=0.01), shape).run(HOURS)
            if max(day.runs) >= CYCLE:
                break
            pages *= 2
        busy = day.share(shape, HOURS)
        told = (f"{pages // 2:,}", f"a run takes {max(day.runs) / 60:.0f} min", f"{busy:.0%}")
        table.add_row(name, str(shape), *told, "the cores" if busy > FULL else "the pool: tasks wait for outlets")
    return table


def archives(known: Costs, record: float) -> Table:
    """What all of CC-NEWS costs, by the share of it that is on topic: a scan of every record, the whole way for the few."""
    table = Table("CC-NEWS, on topic", "articles", "a day of one core does", "one core", "100 cores", title=f"{CC_NEWS:,} records")
    for share in (0.0001, 0.001, 0.01):
        each = record + share * (known.article + known.reading)
        days = CC_NEWS * each / DAY
        table.add_row(
            f"{share:.2%}", f"{CC_NEWS * share:,.0f}", f"{DAY / each:,.0f} records", f"{days:,.0f} days", f"{days / 100:,.1f} days"
        )
    return table


def main() -> None:
    argparse.ArgumentParser(description="What each piece of work costs here, and what larger loads would need.").parse_args()
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the node ends with us
    random.seed(1)
    with bed() as made:
        err.print("measuring …", style="dim")
        known, record = costs(made), _record(made)
        real = real_pass(made)
    table = Table("milliseconds of a core", "", title=machine())
    told = {
        "a feed that shows what is known": known.feed,
        "a page off topic": known.page,
        "a page on topic, collected": known.article,
        "the same, read": known.reading,
        "a statement, decided": known.alert,
        "opening the reader, once a task": known.opening,
    }
    told["a record of an archive that names nobody of the topic"] = record
    for name, seconds in told.items():
        table.add_row(name, f"{seconds * 1000:,.1f}")
    out.print(table)
    played = played_pass(known)
    out.print(
        f"A first pass over {OUTLETS} outlets, {OUTLETS * FEEDS_EACH} feeds, {PAGES} pages of which {ON_TOPIC:.0%} on topic, one process: "
        f"{real:.1f} s; played: {played:.1f} s ({played / real:.2f} x)"
    )
    show(known)
    out.print(limits(known))
    out.print(archives(known, record))
    sys.exit(0 if abs(played / real - 1) <= NEAR else 1)


if __name__ == "__main__":
    main()
