"""Speakers in no list: who they are, and the blocks that would list them."""

import re

import pytest
import yaml

from pipeline.actors import Actors
from pipeline.index import Index
from pipeline.layers import merged
from pipeline.merging import laid_over
from pipeline.model import SpeakerKind
from pipeline.settings import Settings, read_settings
from pipeline.strangers import Stranger, open_gazetteer, strangers, yaml_of
from tests.test_cli import claimwire

KNOWN = merged(read_settings().files("actors.yml"), Actors)


def said(name: str, kind: str = "person", side: str | None = None, affiliation: str | None = None) -> dict[str, object]:
    speaker = {"name": name, "kind": kind, "side": side, "affiliation": affiliation}
    return {"act": "denial", "speaker": {key: value for key, value in speaker.items() if value}}


@pytest.fixture
def spoken(index: Index) -> Index:
    """Statements of three strangers, a known person, a state and somebody unnamed."""
    told = [said("Carol Hendry", side="GB", affiliation="House of Commons")] * 3
    told += [said("Windmill: Watch", "organisation", "NL")] * 2
    told += [said("Bagheri"), said("Nasser Kanaani", side="IR"), said("Iran", "country", "IR"), said("anonymous officials", "anonymous")]
    index.create("statements", ((str(number), each) for number, each in enumerate(told)))
    return index


def test_only_speakers_in_no_list_are_found_the_most_frequent_first(spoken: Index, settings: Settings) -> None:
    gazetteer = open_gazetteer(settings)
    found = strangers(spoken, gazetteer)
    assert [(each.name, each.statements, each.side) for each in found] == [
        ("Carol Hendry", 3, "GB"),
        ("Windmill: Watch", 2, "NL"),
        ("Bagheri", 1, None),
    ]
    assert found[0].affiliation == "House of Commons"
    assert "Mohammad Bagheri" in found[2].notes[0]
    assert [each.name for each in strangers(spoken, gazetteer, least=2)] == ["Carol Hendry", "Windmill: Watch"]
    assert [each.name for each in strangers(spoken, gazetteer, size=1)] == ["Carol Hendry"]


def test_the_printed_blocks_fit_into_the_file(spoken: Index) -> None:
    told = claimwire("actors", "unknown")
    assert told.returncode == 0, told.stderr
    assert told.stdout.startswith("# Speakers in no list: 3.")
    blocks = yaml.safe_load(told.stdout)
    actors = Actors(**laid_over(KNOWN, blocks, Actors))
    assert {"Carol Hendry", "Bagheri"} <= {person.name for person in actors.people}
    assert "Windmill: Watch" in {each.name for each in actors.organisations}


def test_an_office_that_is_uncommented_fits_too() -> None:
    known = Stranger(name="Jane O'Neil", statements=1, kind=SpeakerKind.PERSON, side="GB", affiliation="MI6", notes=())
    (person,) = yaml.safe_load(re.sub("# (?=offices)", "", yaml_of([known])))["people"]
    office = {**person["offices"][0], "of": "Foreign, Commonwealth and Development Office"}
    actors = Actors(**laid_over(KNOWN, {"people": [{**person, "offices": [office]}]}, Actors))
    assert actors.people[-1].name == "Jane O'Neil"


def test_an_index_without_strangers_says_so(index: Index) -> None:
    told = claimwire("actors", "unknown")
    assert told.returncode == 0, told.stderr
    assert told.stdout.startswith("# Speakers in no list: 0.")
