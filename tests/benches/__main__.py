"""Runs the benches: see the package. Every figure is a ratio of two ways of doing the same work, in turns, within one run."""

import argparse
import itertools
import json
import logging
import os
import platform
import signal
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import feedparser
import trafilatura
from elasticsearch import helpers
from pydantic import SecretStr
from rich.console import Console
from rich.table import Table

from pipeline import run
from pipeline.backfill.inputs import inputs_of
from pipeline.backfill.running import backfill
from pipeline.config_files import read_chrome
from pipeline.connection import client_of, connect
from pipeline.following import ends_of
from pipeline.model import Outcome
from pipeline.polling import poll
from pipeline.reading import open_reader
from pipeline.settings import Settings
from tests import bench_reader
from tests.benches.bed import Bed, Feeds, bed, links_of, world_with
from tests.benches.mixes import ENTRIES, Mix, a_source, accusations, articles, full_text_feed, mix, write_archive
from tests.benches.stock import stock
from tests.receivers import Inbox, webhook_receiver

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / ".claimwire" / "bench.json"
ROUNDS = 3
STORED = 100_000
WARM = 3
out, err = Console(highlight=False, width=160), Console(highlight=False, stderr=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One bench. `ratio` is how many times as fast ours is as what it stands beside; None where there is nothing like it."""

    bench: str
    beside: str
    on: str
    ours: str
    theirs: str = "–"
    ratio: float | None = None
    least: float = 0.0

    @property
    def told(self) -> str:
        return "–" if self.ratio is None else f"{self.ratio:.2f}"

    @property
    def is_met(self) -> bool:
        return self.ratio is None or self.ratio >= self.least


Bench = Callable[[Bed], Iterator[Row]]


def in_turns(rounds: int, *ways: Callable[[], object]) -> list[list[float]]:
    """Seconds of each way in each round: they take turns, so that a machine that slows down slows all."""
    taken: list[list[float]] = [[] for _ in ways]
    for _ in range(rounds):
        for way, seconds in zip(ways, taken, strict=True):
            began = time.perf_counter()
            way()
            seconds.append(time.perf_counter() - began)
    return taken


def row(bench: str, beside: str, on: str, ours: float, theirs: float, unit: str, least: float) -> Row:
    told = [f"{speed:,.{0 if speed >= 100 else 1}f} {unit}" for speed in (ours, theirs)]
    return Row(bench=bench, beside=beside, on=on, ours=told[0], theirs=told[1], ratio=ours / theirs, least=least)


# ------------------------------------------------------------------------------------------------ pages to documents
def collected(chosen: Mix, settings: Settings) -> None:
    """Pages from memory → articles and statements in Elasticsearch, as the stages collect and enrich do it."""
    with world_with(chosen.pages, settings) as world:
        saved = sum(ended.outcome is Outcome.SAVED for ended in ends_of("bench", links_of(chosen.pages, world), world))
    counts = run.run_enrich(settings)
    assert saved == counts["articles"] == chosen.on_topic, f"{saved} saved, {counts} read, {chosen.on_topic} are on topic"


def pages_five_percent(bed: Bed) -> Iterator[Row]:
    yield _pages(bed, "pages to documents, 5 % on topic", [mix(200, 10, seed) for seed in range(ROUNDS)], with_parse=False, least=0.5)


def pages_on_topic(bed: Bed) -> Iterator[Row]:
    yield _pages(bed, "pages to documents, all on topic", [mix(40, 40, seed + 50) for seed in range(ROUNDS)], with_parse=True, least=0.6)


def _pages(bed: Bed, bench: str, mixes: Sequence[Mix], *, with_parse: bool, least: float) -> Row:
    collected(mix(4, 2, 99), bed.fresh())  # models are loaded, code is compiled
    turns, empty = (iter(mixes), iter(mixes)), iter([bed.fresh() for _ in mixes])
    ours, theirs = in_turns(
        len(mixes), lambda: collected(next(turns[0]), next(empty)), lambda: extracted(next(turns[1]), with_parse=with_parse)
    )
    number = len(mixes[0].pages)
    what = "trafilatura and a bare parse" if with_parse else "trafilatura"
    return row(
        bench, f"{what} of the same pages, nothing kept", mixes[0].told, number / median(ours), number / median(theirs), "articles/s", least
    )


def extracted(chosen: Mix, *, with_parse: bool) -> None:
    """What anybody would begin with: trafilatura with its defaults."""
    for page in chosen.pages:
        text = trafilatura.extract(page.body)
        if with_parse:
            parser().nlp(text or "")


@cache
def parser() -> Any:
    return open_reader(Settings()).parser


# ------------------------------------------------------------------------------------------------ archives
def backfills(bed: Bed) -> Iterator[Row]:
    whole, number = mix(1000, 10, 7), 1000
    file = write_archive(bed.folder, "one.warc.gz", whole)
    none = mix(1000, 0, 8)
    other = write_archive(bed.folder, "none.warc.gz", none)
    loaded(bed.fresh(), write_archive(bed.folder, "warm.warc.gz", mix(8, 2, 9)))
    empty = iter([bed.fresh() for _ in range(2 * ROUNDS)])
    ours, ours_none, theirs = in_turns(
        ROUNDS, lambda: loaded(next(empty), file), lambda: loaded(next(empty), other), lambda: extracted(whole, with_parse=False)
    )
    beside = "trafilatura on every record"
    yield row("back-fill, 1 % on topic", beside, whole.told, number / median(ours), number / median(theirs), "records/s", 10)
    yield row("the same without those on topic", beside, none.told, number / median(ours_none), number / median(theirs), "records/s", 18)


def loaded(settings: Settings, *files: Path, processes: int = 1) -> None:
    sources = [source for file in files for source in inputs_of(str(file))]
    counts = backfill(sources, settings, lambda _: None, processes=processes)
    assert counts["records"] > 0
    assert not counts["failed"]


def two_processes(bed: Bed) -> Iterator[Row]:
    """Archives long enough that starting a process is a small part of it; those of a crawl are thirty times longer still."""
    number, on_topic, told, files = 1200, 12, "", []
    for part in range(4):
        chosen = mix(number, on_topic, 11 + part, first=part * 10_000)
        files.append(write_archive(bed.folder, f"part-{part}.warc.gz", chosen))
        told = chosen.told
    empty = iter([bed.fresh() for _ in range(4)])
    one, two = in_turns(2, lambda: loaded(next(empty), *files), lambda: loaded(next(empty), *files, processes=2))
    speeds = 4 * number / median(two), 4 * number / median(one)
    yield row("back-fill by two processes", "one process", f"4 archives, each {told}", *speeds, "records/s", 1.7)


# ------------------------------------------------------------------------------------------------ Elasticsearch, feeds, reading
def indexing(bed: Bed) -> Iterator[Row]:
    documents = articles(2_000)
    settings, plain = bed.fresh(), bed.fresh()
    index, client, alias = connect(settings), client_of(plain), connect(plain).alias("articles")
    rounds = itertools.count()

    def ours() -> None:
        turn = next(rounds)
        index.create("articles", ((f"{turn}-{id_}", document) for id_, document in documents))

    def theirs() -> None:
        turn = next(rounds)
        actions = ({"_op_type": "create", "_index": alias, "_id": f"{turn}-{id_}", **document} for id_, document in documents)
        for _ in helpers.streaming_bulk(client, actions):
            pass

    ours()
    theirs()
    taken = in_turns(5, ours, theirs)
    told = f"{len(documents)} articles of {len(json.dumps(documents[0][1])) / 1000:.0f} kB"
    fast, plain_rate = (len(documents) / median(each) for each in taken)
    yield row("indexing", "streaming_bulk of the same documents", told, fast, plain_rate, "documents/s", 0.8)


def polling(bed: Bed) -> Iterator[Row]:
    bodies = [full_text_feed(number) for number in range(20)]
    settings = bed.fresh()
    with world_with([], settings) as world:
        sources = [a_source(number) for number in range(len(bodies))]
        asked = replace(world, web=Feeds(dict(zip((feed.url for _, feed in sources), bodies, strict=True))))

        def ours() -> None:
            for outlet, feed in sources:
                counts = poll(outlet, feed, asked)
                assert counts["feeds"] == 1
                assert not counts["failed-feeds"]

        def theirs() -> None:
            for body in bodies:
                assert len(feedparser.parse(body).entries) == ENTRIES

        ours()  # from here on, all is known
        world.index.refresh("entries")
        assert world.index.count("entries") == len(bodies) * ENTRIES
        taken = in_turns(5, ours, theirs)
    number = len(bodies) * ENTRIES
    told = f"{len(bodies)} feeds of {ENTRIES} entries in full text, {len(bodies[0]) / 1000:.0f} kB each"
    fast, plain_rate = (number / median(each) for each in taken)
    yield row("polling feeds, all known", "feedparser alone", told, fast, plain_rate, "entries/s", 1)


def reading(bed: Bed) -> Iterator[Row]:
    del bed
    settings = Settings()
    chrome = read_chrome(settings)
    chosen = bench_reader.samples(chrome)
    steps = bench_reader.steps(open_reader(settings), chrome)
    taken = bench_reader.measured(chosen, {name: steps[name] for name in ("parse", "reader")})
    speeds = len(chosen) / median(taken["reader"]), len(chosen) / median(taken["parse"])
    yield row(
        "reading",
        "a bare parse of the same texts",
        f"{len(chosen)} articles of the sample outlets",
        *speeds,
        "articles/s",
        1 / bench_reader.TARGET,
    )


ALERTED = 40
RULES = """
channels: [{id: webhook, kind: webhook, address_from: CLAIMWIRE_WEBHOOK, cap: 1000}]
rules: [{id: any, title: a new accusation or denial, when: {act: [accusation, denial]}, channels: [webhook], wait: PT0S}]
"""


def to_the_alert(bed: Bed) -> Iterator[Row]:
    """One new article at a time, from its link to the message at a receiver, in a process that has read before; much is there already."""
    (bed.folder / "webhook.yml").write_text(RULES)
    with webhook_receiver() as inbox:
        known = {"secrets": {"CLAIMWIRE_WEBHOOK": SecretStr(inbox.url)}, "private_webhooks": frozenset({inbox.host})}
        settings = bed.fresh().model_copy(update={"alerts": bed.folder / "webhook.yml", **known})
        stock(connect(settings), STORED // 4)
        made = accusations(ALERTED)
        taken = sorted(_alerted(made, settings, inbox))
    assert len(taken) > ALERTED / 2, f"only {len(taken)} of {ALERTED} articles were alerts"
    p50, p95 = quantiles(taken, n=20, method="inclusive")[9::9]
    yield Row(
        bench="first seen → alert sent",
        beside="–",
        on=f"{len(taken)} articles of {ALERTED} that say something new, one at a time; {STORED:,} documents there",
        ours=f"half within {p50:.2f} s, 19 of 20 within {p95:.2f} s",
    )


def _alerted(made: Mix, settings: Settings, inbox: Inbox) -> Iterator[float]:
    """Seconds of each article that was told of; the first ones warm up."""
    with world_with(made.pages, settings) as world:
        for at, link in enumerate(links_of(made.pages, world)):
            began, before = time.perf_counter(), len(inbox.requests)
            assert [ended.outcome for ended in ends_of("bench", [link], world)] == [Outcome.SAVED]
            run.run_enrich(settings)
            run.run_alert(settings)
            if len(inbox.requests) > before and at >= WARM:
                yield time.perf_counter() - began


BENCHES: dict[str, Bench] = {
    "pages-5": pages_five_percent,
    "pages-100": pages_on_topic,
    "backfill": backfills,
    "processes": two_processes,
    "indexing": indexing,
    "polling": polling,
    "reading": reading,
    "alert": to_the_alert,
}


def main() -> None:
    parser = argparse.ArgumentParser(description="How fast it is, as ratios.")
    parser.add_argument("names", nargs="*", choices=[[], *BENCHES], help="which benches; all where none is named")
    given = parser.parse_args()
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the node ends with us
    rows: list[Row] = []
    with bed() as made:
        for name in given.names or BENCHES:
            err.print(f"  {name} …", style="dim")
            rows += BENCHES[name](made)
            err.print(f"  {rows[-1].bench}: {rows[-1].told}", style="dim")
    show(rows)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps({"machine": machine(), "rows": [asdict(each) for each in rows]}, indent=1) + "\n")
    sys.exit(0 if all(each.is_met for each in rows) else 1)


def show(rows: Sequence[Row]) -> None:
    table = Table("bench", "beside", "on", "ours", "theirs", "ratio", "at least", title=machine())
    for each in rows:
        style = "" if each.is_met else "red"
        least = f"{each.least:.2f}" if each.least else "–"
        table.add_row(each.bench, each.beside, each.on, each.ours, each.theirs, each.told, least, style=style)
    out.print(table)


def machine() -> str:
    cpu = next((line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line), "?")
    return f"{os.cpu_count()} cores, {cpu}; Python {platform.python_version()}"


if __name__ == "__main__":
    main()
