"""Texts that were made to be slow. Each is read whole in a process of its own; the time-out bounds a hang, not the speed."""

import subprocess
import sys

import pytest

from tests.conftest import ROOT

SHAPES = {
    "one word again and again": "'said ' * 20_000",
    "quotation marks alone": "'\"' * 100_000",
    "brackets and marks": "'(\u201c' * 50_000",
    "one endless word": "'a' * 100_000",
    "names and commas": "'Iran, ' * 16_000",
    "titles": "'General ' * 12_000",
    "line feeds": "'\\n' * 100_000",
    "one denial for ever": "'Tehran denied on Monday that Iran had sent drones to Russia. ' * 1_600",
    "marks between words": "'Iran \" ' * 14_000",
}
# The same for languages that are read by patterns.
SPOKEN = {
    "cues alone": ("ru", "'заявил Иран что ' * 7_000"),
    "adjectives alone": ("ru", "'иранский ' * 12_000"),
    "names and commas in Cyrillic": ("ru", "'Иран, ' * 17_000"),
    "sources alone": ("ru", "'по словам ' * 10_000"),
    "speech between dashes": ("ru", "'— Нет, — сказал он. ' * 5_000"),
    "nouns with owners": ("ru", "'обвинения Киева в поставках ' * 4_000"),
}
PROGRAM = """
import sys
from pipeline.enrich import read_statements
from pipeline.model import Context, Verdict
from pipeline.reading import open_reader
from pipeline.settings import read_settings
reader = open_reader(read_settings())
text = ({shape})[:100_000]
language = {language!r}
parsed = reader.patterns[language].analyser.parse(text) if language in reader.patterns else reader.parser.one(text)
assert parsed.text == text
for statement in read_statements(text, Context(language=language), reader, Verdict(on_topic=True, reason="given")).statements:
    assert 0 <= statement.start < statement.end <= len(text)
"""


CASES = {name: ("en", shape) for name, shape in SHAPES.items()} | SPOKEN


@pytest.mark.parametrize(("language", "shape"), CASES.values(), ids=CASES)
def test_a_hostile_text_of_100_kb_ends(language: str, shape: str) -> None:
    program = PROGRAM.format(language=language, shape=shape)
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=90, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
