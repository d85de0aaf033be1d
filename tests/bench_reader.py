"""How long reading takes, against a bare parse of the same texts and against the extraction of their pages, in one run.

`python -m tests.bench_reader [--profile]`. The three take turns in each round, so that a machine that slows
down slows all of them; the median of the rounds counts. The target: the reader takes at most 1.3 times what the parse takes.
"""

import cProfile
import gc
import json
import pstats
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from pipeline.chrome import ChromeRules
from pipeline.config_files import read_chrome
from pipeline.documents import moment
from pipeline.enrich import Reader, read_statements
from pipeline.errors import Rejected
from pipeline.extract import extract
from pipeline.model import Context, Verdict
from pipeline.reading import open_reader
from pipeline.settings import read_settings

SITES = Path(__file__).parent / "data" / "sites"
ARTICLES, ROUNDS = 100, 5
TARGET = 1.3
ON_TOPIC = Verdict(on_topic=True, reason="given")


@dataclass(frozen=True, slots=True)
class Sample:
    text: str
    page: bytes
    url: str
    context: Context


def samples(chrome: ChromeRules) -> list[Sample]:
    """English articles of the sample outlets that are on topic and stand in their pages, over and over until there are enough."""
    lines = map(json.loads, (SITES / "meta.jsonl").read_text(encoding="utf-8").splitlines())
    once = [_sample(line) for line in lines if line["language"] == "en" and _is_on_topic(line["id"])]
    once = [sample for sample in once if _has_article(sample, chrome)]
    return (once * (ARTICLES // len(once) + 1))[:ARTICLES]


def _has_article(sample: Sample, chrome: ChromeRules) -> bool:
    try:
        extract(sample.page, url=sample.url, chrome=chrome)
    except Rejected:
        return False
    return True


def _is_on_topic(id_: str) -> bool:
    gold = json.loads((SITES / f"{id_}.gold.json").read_text(encoding="utf-8"))
    return bool(gold["on_topic"])


def _sample(line: dict[str, str]) -> Sample:
    context = Context(outlet=line["outlet"], title=line["title"], published=moment(line["published"]))
    text = (SITES / f"{line['id']}.txt").read_text(encoding="utf-8")
    return Sample(text, (SITES / f"{line['id']}.html").read_bytes(), line["url"], context)


def steps(reader: Reader, chrome: ChromeRules) -> dict[str, Callable[[Sample], object]]:
    """What is measured, by name."""
    return {
        "parse": lambda sample: reader.parser.nlp(sample.text),
        "reader": lambda sample: read_statements(sample.text, sample.context, reader, ON_TOPIC),
        "extract": lambda sample: extract(sample.page, url=sample.url, chrome=chrome),
    }


def measured(chosen: Sequence[Sample], by_name: dict[str, Callable[[Sample], object]]) -> dict[str, list[float]]:
    """Seconds per round of each step; one article of each is tried first, unmeasured."""
    for step in by_name.values():
        step(chosen[0])
    taken: dict[str, list[float]] = {name: [] for name in by_name}
    for _ in range(ROUNDS):
        for name, step in by_name.items():
            gc.collect()
            start = time.perf_counter()
            for sample in chosen:
                step(sample)
            taken[name].append(time.perf_counter() - start)
    return taken


def report(taken: dict[str, list[float]], articles: int) -> str:
    """Articles per second, and how each step compares to the parse: the median of the ratios of each round."""
    lines = [f"{articles} articles, median of {ROUNDS} rounds", f"{'':9} {'articles/s':>11} {'ms each':>9} {'× parse':>9} {'from–to':>13}"]
    for name, seconds in taken.items():
        ratios = sorted(one / parse for one, parse in zip(seconds, taken["parse"], strict=True))
        speed, each = articles / median(seconds), 1000 * median(seconds) / articles
        lines.append(f"{name:9} {speed:11.1f} {each:9.1f} {median(ratios):9.2f} {f'{ratios[0]:.2f}–{ratios[-1]:.2f}':>13}")
    return "\n".join([*lines, f"target: reader at most {TARGET} × parse"])


def profile(chosen: Sequence[Sample], step: Callable[[Sample], object]) -> None:
    """Prints what of our own code costs most in reading."""
    profiler = cProfile.Profile()
    profiler.enable()
    for sample in chosen:
        step(sample)
    profiler.disable()
    statistics = pstats.Stats(profiler).sort_stats("cumulative")
    statistics.print_stats(r"pipeline/", 45)
    statistics.sort_stats("tottime").print_stats(25)


def main() -> None:
    settings = read_settings()
    chrome = read_chrome(settings)
    chosen, by_name = samples(chrome), steps(open_reader(settings), chrome)
    print(report(measured(chosen, by_name), len(chosen)))
    if "--profile" in sys.argv:
        profile(chosen, by_name["reader"])


if __name__ == "__main__":
    main()
