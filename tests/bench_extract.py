"""How well and how fast pages become text, beside plain trafilatura: `python -m tests.bench_extract DIR` (or `make bench-extract DIR=…`).

DIR is a folder of `<id>.html` with `<id>.txt` beside it (and `<id>.gold.json`, whose `expected` is what the page says of itself), or one in
the layout of the public article-extraction-benchmark: `ground-truth.json` and `html/<id>.html.gz`. Scores are that benchmark's: runs of
four words, precision and recall of each page, averaged, F1 of the two averages. All readers take turns on each page, so that a machine
that slows down slows all of them. `--worst N` lists the pages that cost most.
"""

import argparse
import gzip
import json
import logging
import re
import statistics
import time
import warnings
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import trafilatura

from pipeline.charsets import decode
from pipeline.chrome import ChromeRules
from pipeline.config_files import read_chrome
from pipeline.errors import Rejected
from pipeline.extract import extract
from pipeline.model import Extract
from pipeline.settings import read_settings

ROUNDS = 3
OURS, DEFAULT = "claimwire", "default"

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    id: str
    page: bytes
    url: str | None
    text: str
    expected: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    precision: float
    recall: float
    exact: bool

    @property
    def f1(self) -> float:
        return harmonic(self.precision, self.recall)


Texts = Callable[[Sample], str]


def samples(folder: Path) -> list[Sample]:
    truth = folder / "ground-truth.json"
    if truth.exists():
        known = json.loads(truth.read_text(encoding="utf-8"))
        return [_public(folder, name, fields) for name, fields in sorted(known.items())]
    meta = folder / "meta.jsonl"
    lines = map(json.loads, meta.read_text(encoding="utf-8").splitlines()) if meta.exists() else ()
    urls = {line["id"]: line.get("url") for line in lines}
    return [_own(path, urls) for path in sorted(folder.glob("*.html")) if path.with_suffix(".txt").exists()]


def _public(folder: Path, name: str, fields: Mapping[str, Any]) -> Sample:
    page = gzip.decompress((folder / "html" / f"{name}.html.gz").read_bytes())
    return Sample(id=name, page=page, url=fields.get("url"), text=fields["articleBody"], expected={})


def _own(path: Path, urls: Mapping[str, str | None]) -> Sample:
    gold = path.with_suffix(".gold.json")
    about = json.loads(gold.read_text(encoding="utf-8")) if gold.exists() else {}
    url = urls.get(path.stem) or about.get("url")
    text = path.with_suffix(".txt").read_text(encoding="utf-8")
    return Sample(id=path.stem, page=path.read_bytes(), url=url, text=text, expected=about.get("expected", {}))


# --- scores


def runs_of_four(text: str) -> Counter[tuple[str, ...]]:
    words = _WORD.findall(text)
    return Counter(tuple(words[at : at + 4]) for at in range(max(1, len(words) - 3)) if words)


def score(found: str, true: str) -> Score:
    """Nothing found has no wrong words: precision 1, as the public scorer has it."""
    one, other = runs_of_four(found), runs_of_four(true)
    common = (one & other).total()
    precision = common / one.total() if one else 1.0
    recall = common / other.total() if other else 1.0
    return Score(precision=precision, recall=recall, exact=one == other)


def harmonic(one: float, other: float) -> float:
    return 2 * one * other / (one + other) if one + other else 0.0


# --- readers


def readers(chrome: ChromeRules) -> dict[str, Texts]:
    """Text and metadata for ours, text alone for the others, who get the page decoded."""
    return {
        OURS: lambda sample: text_of(read(sample, chrome)),
        DEFAULT: lambda sample: trafilatura.extract(markup(sample)) or "",
        "no comments": lambda sample: trafilatura.extract(markup(sample), include_comments=False) or "",
        "precision": lambda sample: trafilatura.extract(markup(sample), include_comments=False, favor_precision=True) or "",
    }


def markup(sample: Sample) -> str:
    return decode(sample.page, None, html=True).text


def read(sample: Sample, chrome: ChromeRules) -> Extract | None:
    try:
        return extract(sample.page, url=sample.url, chrome=chrome)
    except Rejected:
        return None


def text_of(found: Extract | None) -> str:
    return found.text if found else ""


def measured(chosen: Sequence[Sample], by_name: Mapping[str, Texts], rounds: int) -> tuple[dict[str, list[str]], dict[str, list[float]]]:
    """Texts, and seconds per page as the median of the rounds; one page is read by each beforehand, unmeasured."""
    texts: dict[str, list[str]] = {name: [] for name in by_name}
    seconds: dict[str, list[float]] = {name: [] for name in by_name}
    for reader in by_name.values():
        reader(chosen[0])
    for sample in chosen:
        taken: dict[str, list[float]] = {name: [] for name in by_name}
        for turn in range(rounds):
            for name, reader in by_name.items():
                start = time.perf_counter()
                text = reader(sample)
                taken[name].append(time.perf_counter() - start)
                if not turn:
                    texts[name].append(text)
        for name, times in taken.items():
            seconds[name].append(statistics.median(times))
    return texts, seconds


# --- report


def table(chosen: Sequence[Sample], texts: Mapping[str, list[str]], seconds: Mapping[str, list[float]]) -> list[str]:
    lines = [
        f"{len(chosen)} pages",
        f"{'':12} {'P':>7} {'R':>7} {'F1':>7} {'exact':>7} {'pages/s':>9} {'ratio':>7} {'95 % under':>11} {'max':>7}",
    ]
    for name, found in texts.items():
        scores = [score(text, sample.text) for text, sample in zip(found, chosen, strict=True)]
        precision, recall = (statistics.fmean(getattr(each, key) for each in scores) for key in ("precision", "recall"))
        exact, times = statistics.fmean(each.exact for each in scores), sorted(seconds[name])
        speed, ratio = len(chosen) / sum(times), sum(seconds[DEFAULT]) / sum(times)
        figures = f"{100 * precision:7.2f} {100 * recall:7.2f} {100 * harmonic(precision, recall):7.2f} {100 * exact:6.1f}%"
        slow = f"{times[int(0.95 * (len(times) - 1))]:9.3f} s {times[-1]:5.2f} s"
        lines.append(f"{name:12} {figures} {speed:9.1f} {ratio:7.2f} {slow}")
    return lines


def of_expected(chosen: Sequence[Sample], chrome: ChromeRules) -> list[str]:
    """How many pages with an expectation say of themselves what is expected."""
    right: Counter[str] = Counter()
    judged = [sample for sample in chosen if sample.expected]
    wrong = []
    for sample in judged:
        told = claims(read(sample, chrome), sample)
        for key, value in told.items():
            same = _as_far_as_told(value, key, sample) == _as_far_as_told(sample.expected.get(key), key, sample)
            right[key] += same
            if not same:
                wrong.append(f"  {sample.id}: {key} {value!r}, not {sample.expected.get(key)!r}")
    return [f"{key}: {right[key]} of {len(judged)}" for key in claims(None, chosen[0]) if judged] + wrong


def _as_far_as_told(value: str | None, key: str, sample: Sample) -> str | None:
    """A page that shows a time without its zone (`published_precision`: day) tells the day."""
    by_day = key == "published" and sample.expected.get("published_precision") == "day"
    return value[:10] if value and by_day else value


def claims(found: Extract | None, sample: Sample) -> dict[str, str | None]:
    published = found.published.isoformat().replace("+00:00", "Z") if found and found.published else None
    return {
        "title": found.title if found else None,
        "author": "; ".join(found.authors) or None if found else None,
        "published": published,
        "language": found.language if found else None,
        "canonical_url": (found.canonical_url or sample.url) if found else None,
    }


def worst(chosen: Sequence[Sample], found: Sequence[str], count: int) -> list[str]:
    ranked = sorted(((score(text, sample.text), sample.id) for text, sample in zip(found, chosen, strict=True)), key=_by_f1)
    return [f"{each.precision:6.3f} {each.recall:6.3f}  {name}" for each, name in ranked[:count]]


def _by_f1(ranked: tuple[Score, str]) -> float:
    return ranked[0].f1


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    options.add_argument("folder", type=Path)
    options.add_argument("--rounds", type=int, default=ROUNDS)
    options.add_argument("--worst", type=int, default=0)
    given = options.parse_args()
    warnings.simplefilter("ignore")
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    chosen, chrome = samples(given.folder), read_chrome(read_settings())
    if not chosen:
        options.error(f"{given.folder} holds neither ground-truth.json nor pages with a text beside them")
    texts, seconds = measured(chosen, readers(chrome), given.rounds)
    print("\n".join([*table(chosen, texts, seconds), *of_expected(chosen, chrome), *worst(chosen, texts[OURS], given.worst)]))


if __name__ == "__main__":
    main()
