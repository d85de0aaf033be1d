"""A topic whose parties stand against each other: either accuses, either denies, neither answers for the other's deeds."""

from dataclasses import replace

import pytest

from pipeline.enrich import Reader, read_statements
from pipeline.model import Context, Verdict
from pipeline.rules import Topic


@pytest.fixture(scope="module")
def opposed(reader: Reader) -> Reader:
    """The shipped topic, if its parties were no partners."""
    return replace(reader, topic=Topic.model_validate(reader.topic.model_dump() | {"partners": ()}))


Acts = list[tuple[str, str | None, tuple[str, ...]]]


def acts(text: str, reader: Reader) -> Acts:
    found = read_statements(text, Context(), reader, Verdict(on_topic=True, reason="given")).statements
    return [(each.act.value, each.speaker.side, each.targets) for each in found]


@pytest.mark.parametrize(
    ("text", "together", "apart"),
    [
        # What one party states of the other's doings: a partner answers for it, an opponent accuses.
        ("The Kremlin said that Iran had sold drones to the rebels.", [("acknowledgement", "RU", ())], [("accusation", "RU", ("Iran",))]),
        ("Moscow said that Tehran was responsible for the drone strikes.", [], [("accusation", "RU", ("Iran",))]),
        # Its own deeds it admits or denies as ever.
        ("Moscow said that it had bought no drones.", [("denial", "RU", ())], [("denial", "RU", ())]),
        ("Moscow denied that Russia had bought drones from Iran.", [("denial", "RU", ())], [("denial", "RU", ())]),
        # Others accuse either.
        ("Kyiv said that Russia had bought drones from Iran.", [("accusation", "UA", ("Russia",))], [("accusation", "UA", ("Russia",))]),
    ],
)  # fmt: skip
def test_the_topic_says_who_answers_for_whom(
    reader: Reader,
    opposed: Reader,
    text: str,
    together: list[tuple[str, str, tuple[str, ...]]],
    apart: list[tuple[str, str, tuple[str, ...]]],
) -> None:
    assert acts(text, opposed) == apart
    assert acts(text, reader) == together


def test_partners_must_be_sides_and_of_one_group() -> None:
    topic = {"id": "x", "title": "X", "sides": ["XA", "XB"], "languages": {}}
    apart = Topic.model_validate(topic)
    assert [apart.own(side) for side in ("XA", "XB", "XC", None)] == [{"XA"}, {"XB"}, set(), set()]
    assert Topic.model_validate(topic | {"partners": [["XA", "XB"]]}).own("XA") == {"XA", "XB"}
    with pytest.raises(ValueError, match="no sides: XC"):
        Topic.model_validate(topic | {"partners": [["XA", "XC"]]})
    with pytest.raises(ValueError, match="two groups: XA"):
        Topic.model_validate(topic | {"partners": [["XA", "XB"], ["XA"]]})
