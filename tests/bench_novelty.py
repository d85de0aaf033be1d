"""What it costs to decide whether a statement is new, by the number of statements that are stored: `make bench-novelty`.

The stored statements are made up: four years of 60 speakers, a few of whom speak far more often than the rest, on 34 claim
families, in words drawn as in a language; a third of them repeat what was said before. Two tables: one index that holds a longer
and longer time of equally many statements a day, which is how an index grows, and one of four years with more and more a day, which
is a livelier topic. All stand on one node beside each other and are measured in turns, so that whatever else the machine does is
shared by all rows; medians of the turns.
"""

import argparse
import itertools
import os
import random
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from pipeline import deciding, reports
from pipeline.alert_rules import Alerting, AlertRule, ChannelKind, ChannelRules, When
from pipeline.connection import connect, read_mappings
from pipeline.deciding import Office
from pipeline.documents import Document, Stored, iso
from pipeline.index import Index
from pipeline.model import Act, SpeakerKind
from pipeline.node import Node
from pipeline.settings import read_settings

ROOT = Path(__file__).parent.parent
SIZES = (10_000, 100_000, 1_000_000)
BEGAN = datetime(2021, 1, 1, tzinfo=UTC)
YEARS = timedelta(days=4 * 365)


@dataclass(frozen=True)
class Stock:
    """So many statements of so long a time."""

    size: int
    time: timedelta

    @property
    def prefix(self) -> str:
        return f"bench-{self.size}-{self.time.days}"


PROBES = 200
TURNS = 9  # the first warms the node up and is left out
ACTS = [Act.ACCUSATION, Act.DENIAL, Act.CRITICISM, Act.DEMAND, Act.CONCERN, Act.THREAT, Act.SANCTION, Act.SUPPORT, Act.ACKNOWLEDGEMENT]
KINDS = [SpeakerKind.COUNTRY, SpeakerKind.PERSON, SpeakerKind.PERSON, SpeakerKind.ORGANISATION]
SIDES = ["IR", "RU", "UA", "US", "GB", "DE", "FR", "IL"]
VOCABULARY = [f"word{number}" for number in range(30_000)]
ALERTING = Alerting(
    channels=(ChannelRules(id="log", kind=ChannelKind.LOG),),
    rules=(AlertRule(id="r", title="a charge or its denial", when=When(act=(Act.ACCUSATION, Act.DENIAL)), channels=("log",)),),
)
console = Console(highlight=False)


def _zipf(number: int, flat: int) -> list[float]:
    return list(itertools.accumulate(1 / (rank + flat) for rank in range(number)))


WORDS, SPEAKERS, FAMILIES, OFTEN = _zipf(len(VOCABULARY), 3), _zipf(60, 2), _zipf(34, 2), _zipf(len(ACTS), 1)


def statement(number: int, dice: random.Random, at: datetime) -> Document:
    """A statement as reading an article stores it."""
    speaker = dice.choices(range(60), cum_weights=SPEAKERS)[0]
    about = {"name": f"speaker {speaker}", "kind": KINDS[speaker % 4], "side": SIDES[speaker % 8]}
    outlet = f"outlet-{dice.randrange(40)}"
    article = f"{number // 4:x}"
    return {
        "act": dice.choices(ACTS, cum_weights=OFTEN)[0],
        "cameo": "112",
        "speaker": about,
        "targets": [f"state {dice.randrange(8)}"],
        "claims": [f"family-{dice.choices(range(34), cum_weights=FAMILIES)[0]}"] if dice.random() < 0.7 else [],
        "text": " ".join(dice.choices(VOCABULARY, cum_weights=WORDS, k=dice.randint(12, 35))),
        "start": 0,
        "end": 9,
        "ordinal": number % 4,
        "mode": "indirect",
        "background": dice.random() < 0.15,
        "partial": False,
        "why": {"cue": "said", "rule": "made up", "negated": False, "confidence": 0.9},
        "article_id": article,
        "origin": article,
        "title": "made up",
        "url": {"full": f"https://{outlet}.example/{article}", "domain": f"{outlet}.example"},
        "outlet": {"id": outlet, "name": outlet, "tier": 2, "alignment": "unknown"},
        "language": "en",
        "published": iso(at),
        "at": iso(at),
        "intake": "live",
        "event": {"created": iso(at), "ingested": iso(at)},
    }


def stored_statements(stock: Stock) -> Iterator[tuple[str, Document]]:
    """Decided ones; every third reports, in nearly the same words, what was said two before it by the same speaker."""
    dice = random.Random(stock.size)
    lately: list[tuple[str, Document]] = []
    for number in range(stock.size):
        at = BEGAN + stock.time * (number / stock.size)
        id_, it = f"{number:040d}", statement(number, dice, at)
        utterance = id_
        if number % 3 == 2:
            utterance, first = lately[-2]
            it |= {key: first[key] for key in ("act", "speaker", "claims", "targets")} | {"text": f"{first['text']} again"}
        lately = [*lately[-3:], (utterance, it)]
        marks = {
            "utterance": utterance,
            "novelty": "new" if utterance == id_ else "repeat",
            "decision": {"digest": "d", "at": iso(at), "alerts": 0},
        }
        yield id_, it | marks


def fill(index: Index, stock: Stock) -> None:
    def utterances() -> Iterator[tuple[str, Document]]:
        for number in range(stock.size):
            if number % 3 != 2:
                yield f"{number:040d}", {"fresh": True, "reports": 1, "outlets": 1, "origins": 1}

    began = time.perf_counter()
    index.create("statements", stored_statements(stock))
    index.create("utterances", utterances())
    index.refresh()
    console.print(f"[dim]{stock.size:,} statements of {stock.time.days} days written in {time.perf_counter() - began:.0f} s[/dim]")


def probes(stock: Stock, turn: int, index: Index) -> list[Stored]:
    """New statements of the whole time; every third reports a stored one. They are written, and nobody has decided on them."""
    dice = random.Random(f"{stock} {turn}")
    made = {}
    for place in range(PROBES):
        known = dice.randrange(stock.size)
        at = BEGAN + stock.time * (known / stock.size) + timedelta(hours=2)
        it = statement(10_000_000 + turn * PROBES + place, dice, at)
        if place % 3 == 0:
            (first,) = index.get("statements", [f"{known:040d}"]).values()
            it |= {key: first.source[key] for key in ("act", "speaker", "claims", "targets")} | {
                "text": f"{first.source['text']} once more"
            }
        made[f"new-{turn}-{place:04d}"] = it
    index.create("statements", made.items())
    index.refresh("statements")
    found = index.get("statements", list(made))
    return [found[id_] for id_ in made]


def an_office(index: Index) -> Office:
    return Office(
        index=index,
        alerting=ALERTING,
        open_channels=frozenset({"log"}),
        titles={},
        move=lambda _: {},
        renew=lambda _, __: None,
        zone=ZoneInfo("UTC"),
        digest_hour=7,
        kibana=None,
        clock=lambda: BEGAN + YEARS,
    )


def measure(index: Index, batch: Sequence[Stored]) -> tuple[float, float, float]:
    """Milliseconds per statement for novelty and for the whole decision; which part of the known ones was known again."""
    began = time.perf_counter()
    made = reports.utterances_of(batch, index)
    reports.has_fresh_report(made.values(), index)
    novelty = time.perf_counter() - began
    began = time.perf_counter()
    deciding._decide_batch(batch, an_office(index), [])
    whole = time.perf_counter() - began
    again = [made[stored.id] != stored.id for stored in batch[::3]]
    return novelty / len(batch) * 1000, whole / len(batch) * 1000, sum(again) / len(again)


def bench(indices: dict[Stock, Index], turns: int) -> dict[Stock, list[float]]:
    """Medians by stock: milliseconds for novelty and for the whole decision, the part that was known again."""
    taken: dict[Stock, list[tuple[float, float, float]]] = {stock: [] for stock in indices}
    for turn in range(turns):
        for stock, index in indices.items():
            taken[stock].append(measure(index, probes(stock, turn, index)))
        console.print(f"[dim]turn {turn}: {', '.join(f'{all_[-1][0]:.2f}' for all_ in taken.values())} ms[/dim]")
    return {stock: [median(values) for values in zip(*all_[1:], strict=True)] for stock, all_ in taken.items()}


def show(title: str, rows: dict[Stock, list[float]]) -> None:
    table = Table("stored", "days", "novelty, ms", "of the first", "whole decision, ms", "of the first", "known again", title=title)
    first = next(iter(rows.values()))
    for stock, (novelty, whole, known) in rows.items():
        ratios = f"{novelty / first[0]:.2f} x", f"{whole / first[1]:.2f} x"
        table.add_row(f"{stock.size:,}", f"{stock.time.days:,}", f"{novelty:.2f}", ratios[0], f"{whole:.2f}", ratios[1], f"{known:.0%}")
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description="What deciding whether a statement is new costs, by the number of stored statements.")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--turns", type=int, default=TURNS)
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the node ends with us
    with tempfile.TemporaryDirectory(prefix="claimwire-bench-") as folder:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        # Half of that is what the development node has, and too little to write millions of documents at full speed.
        node = Node(home=ROOT / ".claimwire" / "node", port=port, heap="1g", data=Path(folder))
        node.build(lambda line: print(line, flush=True))
        node.start()
        try:
            os.environ["ELASTICSEARCH_URL"] = node.status().url
            longer = [Stock(size, YEARS * (size / max(given.sizes))) for size in given.sizes]
            livelier = [Stock(size, YEARS) for size in given.sizes]
            indices = {}
            for stock in dict.fromkeys([*longer, *livelier]):
                settings = read_settings(index_prefix=stock.prefix)
                indices[stock] = connect(settings)
                indices[stock].set_up(read_mappings(settings))
                fill(indices[stock], stock)
            found = bench(indices, given.turns)
            show("equally many a day, for longer and longer", {stock: found[stock] for stock in longer})
            show("four years, more and more a day", {stock: found[stock] for stock in livelier})
        finally:
            node.stop()


if __name__ == "__main__":
    main()
