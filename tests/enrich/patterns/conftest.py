"""What tests of the languages without a parser share: cases by language, and a text looked at."""

from datetime import date
from typing import Any

import pytest
import yaml

from pipeline.enrich import Reader
from pipeline.enrich.entities import find_entities
from pipeline.enrich.named import Named
from pipeline.enrich.patterns.page import Page, open_page
from pipeline.enrich.scene import Scene
from pipeline.enrich.sentences import dialogue, quotations, sentences
from tests.enrich.conftest import DATA

FOLDER = DATA / "patterns"
ON = date(2024, 9, 12)


def of_step(step: str) -> list[Any]:
    """The cases of `tests/data/patterns/LANGUAGE/STEP.yml`, each with its language; `given` is what all of a file's cases share."""
    files = sorted(FOLDER.glob(f"*/{step}.yml"))
    assert files, step
    return [
        pytest.param(file.parent.name, case, id=f"{file.parent.name}: {case['text'][:70]}")
        for file in files
        for case in _cases(yaml.safe_load(file.read_text(encoding="utf-8")))
    ]


def _cases(data: Any) -> list[Any]:
    return data if isinstance(data, list) else [data["given"] | case for case in data["cases"]]


def page_of(text: str, language: str, reader: Reader) -> Page:
    patterns = reader.patterns[language]
    doc = patterns.analyser.parse(text)
    dashed = dialogue(text) if patterns.rules.dashes else ()
    scene = Scene(
        text=text,
        sentences=sentences(doc),
        quotations=(*quotations(text), *dashed),
        named=Named(find_entities(doc, reader.gazetteer, ON)),
        topic=reader.topic,
        names=reader.names,
        families=reader.families.ids,
        claims=reader.claims[language],
        weights={},
    )
    return open_page(doc, scene, patterns, [found.span() for found in reader.matchers[language].subject.finditer(text)])
