"""Who the source of a report is."""

from typing import Any

import pytest

from pipeline.enrich import Reader
from pipeline.enrich.attributions import attributions
from pipeline.enrich.entities import find_entities
from pipeline.enrich.named import Named
from pipeline.enrich.sentences import quotations, sentences
from pipeline.enrich.speakers import Cast, Memory, speakers_of
from pipeline.model import Context, Speaker, SpeakerKind
from tests.enrich.conftest import cases

CASES = cases("reader/speakers")
KREMLIN = Speaker(name="Kremlin", kind=SpeakerKind.ORGANISATION, side="RU")
PESKOV = Speaker(name="Dmitry Peskov", kind=SpeakerKind.PERSON, affiliation="Kremlin", side="RU")
SOMEBODY = Speaker(name="anonymous officials", kind=SpeakerKind.ANONYMOUS, side="UA")


def speakers(text: str, reader: Reader) -> list[tuple[Speaker, ...]]:
    """Those of each attribution, read from the first sentence to the last."""
    doc = reader.parser.one(text)
    cut = sentences(doc)
    cast = Cast(Named(find_entities(doc, reader.gazetteer, None)), Context(), reader.words)
    memory, seen, found = Memory(), 0, []
    for attribution in attributions(doc, cut, quotations(text), reader.words):
        while seen < attribution.sentence:
            memory.see(cut[seen], cast.within(cut[seen]))
            seen += 1
        found.append(speakers_of(attribution.source, cast, memory))
        for speaker in found[-1]:
            memory.note(speaker)
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"][:90])
def test_the_last_to_speak_is(reader: Reader, case: dict[str, Any]) -> None:
    found = [
        {"name": each.name, "kind": each.kind.value, "side": each.side, "affiliation": each.affiliation}
        for each in speakers(case["text"], reader)[-1]
    ]

    assert [{key: each[key] for key in each if key in want} for each, want in zip(found, case["expect"], strict=False)] == case["expect"]
    assert len(found) == len(case["expect"]), found


def test_nobody_speaks_where_there_is_no_source(reader: Reader) -> None:
    cast = Cast(Named([]), Context(), reader.words)

    assert speakers_of(None, cast, Memory(person=PESKOV, last=PESKOV)) == ()


def test_memory_keeps_persons_and_bodies_apart() -> None:
    memory = Memory()
    for speaker in (PESKOV, KREMLIN, SOMEBODY):
        memory.note(speaker)

    assert (memory.person, memory.group, memory.last, memory.unnamed) == (PESKOV, KREMLIN, SOMEBODY, "UA")


def test_officials_of_no_side_are_those_that_were_last_told_of(reader: Reader) -> None:
    first, second = speakers("A Ukrainian official said that the talks had failed. Another official said that they would go on.", reader)

    assert [each.side for each in (*first, *second)] == ["UA", "UA"]
