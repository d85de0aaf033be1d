"""What an attribution does: one sentence said from several sides."""

from typing import Any

import pytest

from pipeline.enrich import Reader
from pipeline.enrich.acts import acts_of
from pipeline.enrich.attributions import attributions
from pipeline.enrich.entities import find_entities
from pipeline.enrich.frames import Frame
from pipeline.enrich.hearing import Ear, hear
from pipeline.enrich.judged import Judged, Reason
from pipeline.enrich.named import Named
from pipeline.enrich.sentences import quotations, sentences
from pipeline.model import Act
from tests.enrich.conftest import cases

CASES = cases("reader/acts")
SAID = [pytest.param(case, side, id=f"{side}: {case['text'][:70]}") for case in CASES for side in case["by"]]


def judge(text: str, side: str | None, reader: Reader, cue: str | None = None) -> tuple[Frame, list[Judged]]:
    """The attribution with this cue, else the only one: how it was found, and its acts."""
    doc = reader.parser.one(text)
    ear = Ear(
        named=Named(find_entities(doc, reader.gazetteer, None)),
        heard=hear(doc, reader.phrases, reader.words),
        topical=frozenset(found.start() for found in reader.matchers["en"].subject.finditer(text)),
        topic=reader.topic,
        words=reader.words,
    )
    found = attributions(doc, sentences(doc), quotations(text), reader.words)
    (chosen,) = [each for each in found if cue in (None, each.cue.text)]
    return chosen.frame, acts_of(chosen, side, ear)


def test_every_act_has_a_case() -> None:
    assert {act for case in CASES for acts in case["by"].values() for act in acts} == {act.value for act in Act}


@pytest.mark.parametrize(("case", "side"), SAID)
def test_a_sentence_does_this_when_that_side_says_it(reader: Reader, case: dict[str, Any], side: str) -> None:
    frame, found = judge(case["text"], None if side == "nobody" else side, reader, case.get("cue"))

    assert [each.act for each in found] == case["by"][side], found
    assert not found or "rule" not in case or found[0].reason.rule(found[0].act, frame) == case["rule"]


def test_an_act_names_the_word_and_the_doers_that_decided(reader: Reader) -> None:
    _, (found,) = judge("The spokesman said that Iran had sent drones to Russia.", "US", reader)

    assert found.word is not None
    assert (found.act, found.reason, found.cue, found.word.text, found.doers) == (Act.ACCUSATION, Reason.DEED, "sent", "sent", ("IR",))


def test_the_speaker_is_the_doer_of_what_we_did(reader: Reader) -> None:
    _, (found,) = judge("“We gave Russia a small number of drones,” the spokesman said.", "IR", reader)

    assert found.doers == ("IR",)


def test_both_parties_are_the_doers_of_joint_work(reader: Reader) -> None:
    _, (found,) = judge("The spokesman said that Iran and Russia were building a drone factory.", "US", reader)

    assert set(found.doers) == {"IR", "RU"}


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("It was a shameful day.", {Act.CRITICISM}),
        ("It was not a shameful day.", set()),
        ("There was no evidence.", {Act.DENIAL}),
        ("The false claim was printed.", {Act.DENIAL}),
        ("The false manifest was printed.", set()),
        ("The engineer who invented the pump is here.", set()),
        ("They bought milk.", set()),
        ("They will be forced to answer.", {Act.THREAT}),
        ("They were forced to admit it.", set()),
        ("That would ruin relations.", {Act.THREAT}),
        ("They will find out where the key is.", set()),
        ("The pact is not directed against any third country.", {Act.SUPPORT}),
        ("She spoke, standing beside the minister.", set()),
    ],
)
def test_words_of_acts_are_heard_unless_taken_back(reader: Reader, text: str, heard: set[Act]) -> None:
    assert {act for _, _, act in hear(reader.parser.one(text), reader.phrases, reader.words).places} == heard
