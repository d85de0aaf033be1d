"""How sure a statement may be: weights learned from what was right, measured with one outlet left out at a time.

`python -m tests.calibration` prints the `confidence` block for `config/languages/en.yml` and the table that README shows. Right means
that the gold file has a statement of that act there; the texts and articles written from the scheme count as outlets of their own.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

from pipeline.enrich import Reader, enrich, read_statements
from pipeline.enrich.confidence import features, of_weights
from pipeline.model import Context, Statement, Verdict
from pipeline.reading import open_reader
from pipeline.settings import read_settings
from tests import articles, score, sentences
from tests.conftest import SITES

# The inverse of the penalty on large weights: a rule seen seldom keeps near to what all have in common.
STRENGTH = 0.5
BINS = (0.95, 0.9, 0.8, 0.7, 0.5, 0.0)


@dataclass(frozen=True, slots=True)
class Found:
    """One statement that the reader found: what is known of it, in whose text, and whether it was right."""

    features: tuple[str, ...]
    outlet: str
    right: bool


def found_on_sites(reader: Reader) -> Iterator[Found]:
    gold = score.load_gold(str(SITES))
    for meta in map(json.loads, (SITES / "meta.jsonl").read_text(encoding="utf-8").splitlines()):
        if meta["language"] == "en" and gold[meta["id"]][0]["on_topic"]:
            yield from _of_article(meta, gold[meta["id"]], reader)


def _of_article(meta: dict[str, str], gold: tuple[dict[str, object], list[object], str], reader: Reader) -> Iterator[Found]:
    context = Context(title=meta["title"], outlet=meta["outlet"], published=datetime.fromisoformat(meta["published"]))
    yield from _judged(enrich(gold[2], context, reader).statements, gold, meta["outlet"], reader)


def _judged(found: Sequence[Statement], gold: tuple[dict[str, object], list[object], str], outlet: str, reader: Reader) -> Iterator[Found]:
    predicted = [{"act": each.act, "start": each.start, "end": each.end, "place": place} for place, each in enumerate(found)]
    hits, _, _, _ = score.score_article(*gold, {"on_topic": True, "statements": predicted}, False, 0.5)
    right = {hit["place"] for _, hit in hits}
    yield from (_found(each, outlet, place in right, reader) for place, each in enumerate(found))


def _found(statement: Statement, outlet: str, right: bool, reader: Reader) -> Found:
    return Found(tuple(features(statement, reader.topic.sides)), outlet, right)


def found_in_articles(reader: Reader) -> Iterator[Found]:
    for aside in (False, True):
        for article, gold in articles.golds(aside=aside):
            if article["on_topic"]:
                context = Context(title=article["title"], outlet=article["outlet"], published=datetime.fromisoformat(article["published"]))
                found = read_statements(gold[2], context, reader, Verdict(on_topic=True, reason="given")).statements
                yield from _judged(found, gold, article["id"], reader)


def found_in_sentences(reader: Reader) -> Iterator[Found]:
    for result in sentences.results(reader):
        right: Iterable[Statement] = (hit for _, hit in result.hits)
        yield from (_found(each, result.name, True, reader) for each in right)
        yield from (_found(each, result.name, False, reader) for each in result.alarms)


def confidence(found: Iterable[Found]) -> dict[str, float]:
    """The weight of each thing known of a statement."""
    every = list(found)
    vectorizer = DictVectorizer()
    table = vectorizer.fit_transform([dict.fromkeys(each.features, 1.0) for each in every])
    learned = LogisticRegression(C=STRENGTH, fit_intercept=False, max_iter=1_000).fit(table, [each.right for each in every])
    return dict(zip(vectorizer.get_feature_names_out(), (round(float(weight), 2) for weight in learned.coef_[0]), strict=True))


def judged_by_others(found: list[Found]) -> list[tuple[float, bool]]:
    """Confidence of each, as the other outlets taught it, and whether it was right."""
    judged = []
    for outlet in sorted({each.outlet for each in found}):
        taught = confidence(each for each in found if each.outlet != outlet)
        judged += [(of_weights(each.features, taught), each.right) for each in found if each.outlet == outlet]
    return judged


def reliability(found: list[Found]) -> list[tuple[float, int, int]]:
    """Lower bound of confidence, number of statements, number of right ones."""
    judged = judged_by_others(found)
    rows = []
    above = 1.01
    for bound in BINS:
        inside = [right for told, right in judged if bound <= told < above]
        rows.append((bound, len(inside), sum(inside)))
        above = bound
    return rows


def main() -> None:
    reader = open_reader(read_settings())
    found = [*found_on_sites(reader), *found_in_articles(reader), *found_in_sentences(reader)]
    print("confidence:")
    for name, weight in sorted(confidence(found).items()):
        print(f'  "{name}": {weight}')
    print("\n| confidence at least | statements | right |\n|---|---|---|")
    for bound, number, right in reliability(found):
        print(f"| {bound} | {number} | {right / max(1, number):.2f} |")


if __name__ == "__main__":
    main()
