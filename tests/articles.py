"""Whole articles written and annotated from the scheme alone, `tests/data/articles/*.yml`, in the form that the scorer reads.

Every second one, in the order of their names, is set aside: nobody looks at what goes wrong there.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from tests import score

FOLDER = Path(__file__).parent / "data" / "articles"

Json = dict[str, Any]


def articles(*, aside: bool) -> Iterator[Json]:
    """Those that may be looked at, or those that are set aside."""
    for number, file in enumerate(sorted(FOLDER.glob("*.yml"))):
        if (number % 2 == 1) == aside:
            yield yaml.safe_load(file.read_text(encoding="utf-8"))


def golds(*, aside: bool) -> Iterator[tuple[Json, tuple[Json, list[object], str]]]:
    """Each article with its gold, sentences and text as the scorer takes them."""
    with TemporaryDirectory() as folder:
        by_id = score.load_gold(str(written(Path(folder), aside=aside)))
        for article in articles(aside=aside):
            yield article, by_id[article["id"]]


def written(folder: Path, *, aside: bool) -> Path:
    """The articles as `ID.txt`, `ID.gold.json` and `meta.jsonl` in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    meta = []
    for article in articles(aside=aside):
        text = article["text"].strip()
        gold = {key: article[key] for key in ("id", "outlet", "title", "language", "on_topic")} | {"published": str(article["published"])}
        (folder / f"{article['id']}.txt").write_text(text, encoding="utf-8")
        statements = [_statement(each, text) for each in article["statements"]]
        (folder / f"{article['id']}.gold.json").write_text(
            json.dumps(gold | {"duplicate_of": None, "statements": statements}), encoding="utf-8"
        )
        meta.append(json.dumps({**gold, "url": None}))
    (folder / "meta.jsonl").write_text("\n".join(meta), encoding="utf-8")
    return folder


def _statement(given: Mapping[str, Any], text: str) -> Json:
    """With the offsets of its sentences; -1 for the title."""
    statement = {key: value for key, value in given.items() if key not in {"span", "speaker_alt"}}
    if given["span"] == "TITLE":
        return statement | {"start": -1, "end": -1, "sentences": [-1], "speaker_alt": given.get("speaker_alt") or []}
    span = given["span"].strip()
    if text.count(span) != 1:
        raise ValueError(f"not once in the text: {span!r}")
    start = text.index(span)
    return statement | {"start": start, "end": start + len(span), "sentences": [], "speaker_alt": given.get("speaker_alt") or []}
