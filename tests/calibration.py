"""How sure each rule may be: how often what it found was right, measured with one outlet left out at a time.

`python -m tests.calibration` prints the `confidence` block for `config/languages/en.yml` and the table that README shows. Right means
that the gold file has a statement of that act there; the texts written from the scheme count as outlets of their own.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from pipeline.enrich import Reader, enrich
from pipeline.model import Context, Statement
from pipeline.reading import open_reader
from pipeline.settings import read_settings
from tests import score, sentences
from tests.conftest import SITES

# A rule seen seldom is drawn to the mean of all as if it had been seen this often more.
PRIOR = 4
BINS = (0.9, 0.8, 0.7, 0.6, 0.0)


@dataclass(frozen=True, slots=True)
class Found:
    """One statement that the reader found: by which rule, in whose text, and whether it was right."""

    rule: str
    outlet: str
    right: bool


def found_on_sites(reader: Reader) -> Iterator[Found]:
    gold = score.load_gold(str(SITES))
    for meta in map(json.loads, (SITES / "meta.jsonl").read_text(encoding="utf-8").splitlines()):
        if meta["language"] == "en" and gold[meta["id"]][0]["on_topic"]:
            yield from _of_article(meta, gold[meta["id"]], reader)


def _of_article(meta: dict[str, str], gold: tuple[dict[str, object], list[object], str], reader: Reader) -> Iterator[Found]:
    context = Context(title=meta["title"], outlet=meta["outlet"], published=datetime.fromisoformat(meta["published"]))
    found = enrich(gold[2], context, reader).statements
    predicted = [{"act": each.act, "start": each.start, "end": each.end, "place": place} for place, each in enumerate(found)]
    hits, _, _, _ = score.score_article(*gold, {"on_topic": True, "statements": predicted}, False, 0.5)
    right = {hit["place"] for _, hit in hits}
    yield from (Found(each.why.rule, meta["outlet"], place in right) for place, each in enumerate(found))


def found_in_sentences(reader: Reader) -> Iterator[Found]:
    for result in sentences.results(reader):
        right: Iterable[Statement] = (hit for _, hit in result.hits)
        yield from (Found(each.why.rule, result.name, True) for each in right)
        yield from (Found(each.why.rule, result.name, False) for each in result.alarms)


def confidence(found: Iterable[Found]) -> dict[str, float]:
    """Rule to the share of right ones, drawn to the mean."""
    every = list(found)
    mean = sum(each.right for each in every) / len(every)
    by_rule: dict[str, list[bool]] = defaultdict(list)
    for each in every:
        by_rule[each.rule].append(each.right)
    return {rule: round((sum(right) + PRIOR * mean) / (len(right) + PRIOR), 2) for rule, right in sorted(by_rule.items())} | {
        "other": round(mean, 2)
    }


def reliability(found: list[Found]) -> list[tuple[float, int, int]]:
    """Lower bound of confidence, number of statements, number of right ones; each judged by what the other outlets taught."""
    judged = []
    for outlet in {each.outlet for each in found}:
        taught = confidence(each for each in found if each.outlet != outlet)
        judged += [(taught.get(each.rule, taught["other"]), each.right) for each in found if each.outlet == outlet]
    rows = []
    above = 1.01
    for bound in BINS:
        inside = [right for sure, right in judged if bound <= sure < above]
        rows.append((bound, len(inside), sum(inside)))
        above = bound
    return rows


def main() -> None:
    reader = open_reader(read_settings())
    found = [*found_on_sites(reader), *found_in_sentences(reader)]
    print("confidence:")
    for rule, sure in confidence(found).items():
        print(f'  "{rule}": {sure}')
    print("\n| confidence at least | statements | right |\n|---|---|---|")
    for bound, number, right in reliability(found):
        print(f"| {bound} | {number} | {right / max(1, number):.2f} |")


if __name__ == "__main__":
    main()
