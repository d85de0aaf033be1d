"""What finding copies costs for one article, by the number of fingerprints that are stored: `make bench-copies`.

The stored articles are made up: words drawn as in a language (few of them make most of a text), and in each three of a few
hundred stock sentences, which are what grows with an index: the more articles, the more that share one of them.
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
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from pipeline.connection import connect, read_mappings
from pipeline.copies import fingerprint
from pipeline.documents import Document, Stored, iso
from pipeline.index import Index
from pipeline.kin import find
from pipeline.node import Node
from pipeline.settings import read_settings

ROOT = Path(__file__).parent.parent
SIZES = (1_000, 10_000, 100_000, 300_000)
BEGAN = datetime(2022, 1, 1, tzinfo=UTC)
A_DAY = 500  # articles on one topic
WORDS = 350  # a news article's
PROBES, BATCH = 400, 50
ROUNDS = 8  # the quickest counts: the first warm the node up, and others may be busy on the machine
VOCABULARY = [f"word{number}" for number in range(30_000)]
WEIGHTS = list(itertools.accumulate(1 / (rank + 3) for rank in range(len(VOCABULARY))))

console = Console(highlight=False)


def sentence(dice: random.Random) -> str:
    return " ".join(dice.choices(VOCABULARY, cum_weights=WEIGHTS, k=dice.randint(8, 26)))


STOCK = [sentence(random.Random(f"stock {number}")) for number in range(300)]


def article(number: int) -> str:
    """The text of a made-up article: the same for the same number."""
    dice = random.Random(number)
    sentences = [sentence(dice) for _ in range(WORDS // 17)] + dice.sample(STOCK, 3)
    dice.shuffle(sentences)
    return ". ".join(sentences)


def document(number: int) -> tuple[str, Document]:
    """As much of an article's document as the search looks at."""
    text = article(number)
    own = fingerprint(text)
    id_ = f"{number:040d}"
    prints = {"at": iso(day(number)), "bands": list(own.bands), "passages": list(own.passages)}
    outlet = {"id": "o", "name": "O", "tier": 2}
    return id_, {"text": text, "fingerprint": prints, "origin": id_, "outlet": outlet, "event": {"created": iso(day(number))}}


def day(number: int) -> datetime:
    """When it was published: so many a day as a lively topic has."""
    return BEGAN + timedelta(days=number // A_DAY)


def probes(size: int) -> list[str]:
    """New articles; every tenth is a stored one with another lead, and has to be found."""
    dice = random.Random(size)
    return [
        f"{sentence(dice)}. {article(_lately(dice, size))}" if number % 10 == 0 else article(10_000_000 + number)
        for number in range(PROBES)
    ]


def _lately(dice: random.Random, size: int) -> int:
    """An article of the last month."""
    return dice.randrange(max(0, size - 30 * A_DAY), size)


def measure(index: Index, size: int) -> tuple[float, float, int, int]:
    """Milliseconds per article for fingerprints and for the search, copies found of how many."""
    texts = probes(size)
    began = time.perf_counter()
    prints = [fingerprint(text) for text in texts]
    printing = (time.perf_counter() - began) / len(texts) * 1000
    taken: dict[int, float] = {}
    hits: dict[str, list[Stored]] = {}
    for start in list(range(0, len(prints), BATCH)) * ROUNDS:
        began = time.perf_counter()
        batch = {f"new-{place}": prints[place] for place in range(start, start + BATCH)}
        hits |= find(batch, dict.fromkeys(batch, day(size)), index)
        taken[start] = min(taken.get(start, 1e9), (time.perf_counter() - began) / BATCH * 1000)
    wanted = range(0, PROBES, 10)
    dice = random.Random(size)
    originals = []
    for _ in wanted:
        sentence(dice)
        originals.append(f"{_lately(dice, size):040d}")
    got = sum(original in {hit.id for hit in hits[f"new-{place}"]} for place, original in zip(wanted, originals, strict=True))
    return printing, median(taken.values()), got, len(originals)


def fill(index: Index, start: int, end: int) -> None:
    def documents() -> Iterator[tuple[str, Document]]:
        yield from map(document, range(start, end))

    index.create("articles", documents())
    index.refresh("articles")


def bench(index: Index, sizes: tuple[int, ...]) -> None:
    table = Table("stored", "fingerprint, ms", "search, ms", "of the first", "copies found", title="one article, in batches of 50")
    first = 0.0
    stored = 0
    for size in sizes:
        fill(index, stored, size)
        stored = size
        printing, searching, got, wanted = measure(index, size)
        first = first or searching
        table.add_row(f"{size:,}", f"{printing:.2f}", f"{searching:.2f}", f"{searching / first:.1f} x", f"{got}/{wanted}")
        console.print(f"[dim]{size:,}: {searching:.2f} ms[/dim]")
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description="What finding copies costs, by the number of stored fingerprints.")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    sizes = tuple(parser.parse_args().sizes)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the node ends with us
    with tempfile.TemporaryDirectory(prefix="claimwire-bench-") as folder:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        node = Node(home=ROOT / ".claimwire" / "node", port=port, data=Path(folder))
        node.build(lambda line: print(line, flush=True))
        node.start()
        try:
            os.environ["ELASTICSEARCH_URL"] = node.status().url
            settings = read_settings(index_prefix="bench")
            index = connect(settings)
            index.set_up({"articles": read_mappings(settings)["articles"]})
            bench(index, sizes)
        finally:
            node.stop()


if __name__ == "__main__":
    main()
