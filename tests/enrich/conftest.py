"""What tests of the reader share: cases that stand in YAML, and the reader itself, opened once."""

from typing import Any

import pytest
import yaml

from pipeline.enrich import Reader
from pipeline.reading import open_reader
from pipeline.settings import read_settings
from tests.conftest import ROOT

DATA = ROOT / "tests" / "data"


def cases(name: str) -> list[dict[str, Any]]:
    """The cases of `tests/data/NAME.yml`; of several files, in the order of their names, where NAME has a `*`."""
    files = sorted(DATA.glob(f"{name}.yml"))
    assert files, name
    return [case for file in files for case in yaml.safe_load(file.read_text(encoding="utf-8"))]


@pytest.fixture(scope="session")
def reader() -> Reader:
    return open_reader(read_settings())
