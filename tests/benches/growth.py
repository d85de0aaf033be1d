"""What one article costs the longer the index grows: `make bench-growth`.

Indices of three sizes stand on one node, filled with made-up documents at the same rate a day, and are asked in turns, so that
whatever else the machine does is shared by all. Only the store's share is measured: pages are read before the clock starts.
"""

import argparse
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

from rich.console import Console
from rich.table import Table

from pipeline import deciding, kin, reports, run, unread
from pipeline.connection import connect
from pipeline.documents import Stored, iso
from pipeline.extract import extract
from pipeline.following import ends_of
from pipeline.index import Index
from pipeline.model import Extract, Outcome
from pipeline.outbox import Status
from pipeline.settings import Settings
from tests.archived import Made
from tests.bench_novelty import Stock, probes
from tests.benches.bed import Bed, bed, links_of, world_with
from tests.benches.stock import moment, prints_of, stock

SIZES = (1_000, 100_000, 1_000_000)
TURNS = 9  # the first warms the node up and is left out
BATCH = 50
# The goal: what an article costs with the largest index, as a multiple of what it costs with the smallest.
MOST = 1.25
RULES = """
channels: [{id: log, kind: log, cap: 1000000}]
rules:
  - {id: any, title: a new accusation or denial, when: {act: [accusation, denial]}, channels: [log], wait: PT0S, cooldown: PT0S}
"""
console = Console(highlight=False)


class ReadBefore:
    """In the place of parsers: every page has been read."""

    def __init__(self, told: Mapping[str, Extract]) -> None:
        self._told = told

    def call(self, _: Callable[..., object], *__: object, url: str, **___: object) -> Extract:
        return self._told[url]


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """An installation that has run for so long."""

    settings: Settings
    index: Index
    stock: Stock


class Watch:
    """Seconds of what was done under it."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __enter__(self) -> None:
        self._began = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self.seconds += time.perf_counter() - self._began


# ------------------------------------------------------------------------------------------------ what is measured
Step = Callable[[Archive, int, Watch], int]  # does the work of a turn under the watch; gives how many articles or statements that was


def admission(archive: Archive, turn: int, watch: Watch) -> int:
    """Links become articles: what is known of each is asked, the article and the link's end are written."""
    lines = [f"Iran denied that it had delivered drones of type {at} to Russia for the war, as Ukraine had said." for at in range(8)]
    text = "</p><p>".join(lines)
    body = f"<html><head><title>{lines[0]}</title></head><body><article><p>{text}</p></article></body></html>".encode()
    made = [Made(url=f"https://growing.example/{turn}-{at}", body=body, content_type="text/html", how="") for at in range(BATCH)]
    model = extract(body, url=made[0].url, content_type="text/html")
    with world_with(made, archive.settings) as world:
        read = replace(world, parsers=ReadBefore({page.url: replace(model, canonical_url=None) for page in made}))  # type: ignore[arg-type]
        links = links_of(made, world)
        with watch:
            ended = list(ends_of("bench", links, read))
    assert Counter(each.outcome for each in ended) == {Outcome.SAVED: BATCH}
    archive.index.delete("articles", [each.article_id for each in ended if each.article_id])
    return BATCH


def copies(archive: Archive, turn: int, watch: Watch) -> int:
    """Which stored articles are worth a comparison with a new one; every tenth is a copy of one of last month."""
    dice, size = random.Random(turn), archive.stock.size
    known = {at: dice.randrange(max(0, size - 10_000), size) for at in range(0, BATCH, 10)}
    prints = {f"new-{at}": prints_of(known.get(at, 10_000_000 + turn * BATCH + at)) for at in range(BATCH)}
    with watch:
        found = kin.find(prints, dict.fromkeys(prints, moment(size)), archive.index)
    for at, number in known.items():
        assert f"{number:040d}" in {hit.id for hit in found[f"new-{at}"]}, "a copy is not found"
    return BATCH


def utterances(archive: Archive, turn: int, watch: Watch) -> int:
    """Which utterance a statement reports, and whether that is new."""
    made = probes(archive.stock, turn, archive.index)
    with watch:
        placed = reports.utterances_of(made, archive.index)
        reports.has_fresh_report(placed.values(), archive.index)
    again = [placed[each.id] != each.id for each in made[::3]]
    assert sum(again) > len(again) / 2, "hardly any known utterance is known again"
    return len(made)


def alerts(archive: Archive, turn: int, watch: Watch) -> int:
    """The whole third stage on the same statements: places, ledger, decisions, outbox, sending."""
    del turn
    archive.index.refresh()
    with watch:
        counts = run.run_alert(archive.settings)
    assert counts.get("sent"), counts
    return counts["statements"]


def waiting(archive: Archive, turn: int, watch: Watch) -> int:
    """What all stages have not done yet, where little waits."""
    del turn
    index = archive.index
    index.refresh()
    unsent = {"bool": {"filter": [{"terms": {"status": [Status.PENDING, Status.SENDING]}}, {"range": {"due": {"lte": "now"}}}]}}
    with watch:
        for _ in range(BATCH):
            found: list[Stored] = list(index.each("articles", unread.UNREAD, sort=["published"], page=unread.BATCH))
            found += index.each("articles", {"range": {"revisit.due": {"lte": iso(moment(0))}}}, sort=["revisit.due"])
            found += index.each("statements", deciding.UNDECIDED, sort=deciding.ORDER, page=deciding.BATCH)
            found += index.each("alerts", unsent, sort=["event.created", "due"])
    assert not found, found[:2]
    return BATCH


STEPS: Mapping[str, Step] = {
    "admission of an article": admission,
    "copies of an article": copies,
    "utterance of a statement": utterances,
    "a statement's way to the alert": alerts,
    "what is not done yet, asked once": waiting,
}


# ------------------------------------------------------------------------------------------------ measuring
def archives(given: Sequence[int], made: Bed) -> list[Archive]:
    rules = made.folder / "alerts.yml"
    rules.write_text(RULES)
    found = []
    for size in given:
        settings, began = made.fresh().model_copy(update={"alerts": rules}), time.perf_counter()
        index = connect(settings)
        found.append(Archive(settings=settings, index=index, stock=stock(index, size)))
        console.print(f"[dim]{size:,} of each kind written in {time.perf_counter() - began:.0f} s[/dim]")
    return found


def measured(all_: Sequence[Archive], turns: int) -> dict[str, list[float]]:
    """Milliseconds of each step with each archive: medians of the turns."""
    taken: dict[tuple[str, int], list[float]] = {(name, at): [] for name in STEPS for at in range(len(all_))}
    for turn in range(turns):
        for (name, step), (at, archive) in ((each, other) for each in STEPS.items() for other in enumerate(all_)):
            watch = Watch()
            number = step(archive, turn, watch)
            taken[name, at].append(watch.seconds / number * 1000)
        console.print(f"[dim]turn {turn} of {turns - 1}[/dim]")
    return {name: [median(taken[name, at][1:]) for at in range(len(all_))] for name in STEPS}


def show(sizes: Sequence[int], found: Mapping[str, Sequence[float]]) -> bool:
    """Prints the table; whether the goal is met."""
    table = Table("milliseconds", *(f"{size:,}" for size in sizes), "last / first", title=f"documents of each kind; goal ≤ {MOST} x")
    for name, values in found.items():
        ratio = values[-1] / values[0]
        table.add_row(name, *(f"{value:.2f}" for value in values), f"{ratio:.2f} x", style="" if ratio <= MOST else "red")
    console.print(table)
    return all(values[-1] / values[0] <= MOST for values in found.values())


def main() -> None:
    parser = argparse.ArgumentParser(description="What one article costs the longer the index grows.")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--turns", type=int, default=TURNS)
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the node ends with us
    with bed() as made:
        found = measured(archives(given.sizes, made), given.turns)
    sys.exit(0 if show(given.sizes, found) else 1)


if __name__ == "__main__":
    main()
