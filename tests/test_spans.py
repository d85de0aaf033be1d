"""Reported speech as spans of its text."""

import pytest

from pipeline.reading import open_reader
from pipeline.reads import attributed_in
from pipeline.settings import read_settings


def parts(text: str) -> list[tuple[list[str], list[str], list[str]]]:
    """Source, cue and content of each attribution, as words."""
    found = attributed_in(text, open_reader(read_settings()))
    return [
        tuple([text[start:end] for start, end in spans] for spans in (each.source, each.cue, each.content))  # type: ignore[misc]  # three
        for each in found
    ]


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("Burns said that Iran arms Russia.", ["Burns"]),
        ("CIA director William Burns said that Iran arms Russia.", ["CIA director William Burns"]),
        ("William Burns, the director of the CIA, said that Iran arms Russia.", ["William Burns, the director of the CIA"]),
        ("William Burns, who was in Kyiv last week, said that Iran arms Russia.", ["William Burns"]),
        ("Officials in Kyiv and Warsaw said that Iran arms Russia.", ["Officials in Kyiv and Warsaw"]),
        ("It was said that Iran arms Russia.", []),
    ],
)
def test_a_source_is_its_noun_phrase_without_clauses(text: str, source: list[str]) -> None:
    assert [each[0] for each in parts(text)][:1] == [source]


@pytest.mark.parametrize(
    ("text", "cue"),
    [
        ("Burns has said that Iran arms Russia.", ["said"]),
        ("According to the Kremlin, no drones went to Russia.", ["According to"]),
        ("Tehran brushed the allegations aside.", ["brushed", "aside"]),
        ("Tehran called for talks on drones.", ["called for"]),
    ],
)
def test_a_cue_is_its_verb_with_the_particle_and_without_auxiliaries(text: str, cue: list[str]) -> None:
    assert [each[1] for each in parts(text)] == [cue]


def test_content_on_both_sides_of_the_cue_is_in_two_pieces() -> None:
    ((source, cue, content),) = parts("“No drones went there,” Kanaani said on Monday, “and none will.”\n")
    assert (source, cue) == (["Kanaani"], ["said"])
    assert content == ["“No drones went there,”", "“and none will.”"]


def test_a_text_without_words_has_no_attributions() -> None:
    assert parts("") == parts("\n \n") == []
