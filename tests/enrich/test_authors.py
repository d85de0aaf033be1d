"""The author's own voice: when there is one, and what it says."""

from typing import Any

import pytest

from pipeline.enrich import Reader, read_statements
from pipeline.enrich.attributions import attributions
from pipeline.enrich.authors import author_of, own_words
from pipeline.enrich.frames import Frame
from pipeline.enrich.sentences import quotations, sentences
from pipeline.model import Context, Speaker, SpeakerKind, Statement, Verdict
from tests.enrich.conftest import cases

CASES = cases("reader/authors")
OPINION = "I have read the report. My friends have too. "


def author(text: str, context: Context, reader: Reader) -> Speaker | None:
    return author_of(reader.parser.one(text), quotations(text), context, reader.words)


def own(text: str, reader: Reader) -> list[tuple[str, bool]]:
    """The sentences that are the author's, each with whether it only asks."""
    doc = reader.parser.one(text)
    cut, quoted = sentences(doc), quotations(text)
    found = list(own_words(attributions(doc, cut, quoted, reader.words), cut, quoted))
    assert all(each.frame is Frame.AUTHOR and each.source is None for each in found)
    return [(each.content[0].text, each.negated) for each in found]


def read(text: str, reader: Reader) -> tuple[Statement, ...]:
    return read_statements(text, Context(author="Ann Lee"), reader, Verdict(on_topic=True, reason="given")).statements


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"][:60])
def test_a_text_has_an_author_who_speaks_or_none(reader: Reader, case: dict[str, Any]) -> None:
    assert (author(case["text"], Context(author="Ann Lee"), reader) is not None) is case["expect"]


@pytest.mark.parametrize(
    ("context", "name"),
    [
        (Context(author="Ann Lee", outlet="The Outlet"), "Ann Lee"),
        (Context(outlet="The Outlet"), "The Outlet"),
        (Context(), "the author"),
    ],
)
def test_the_author_has_the_best_name_that_is_known(reader: Reader, context: Context, name: str) -> None:
    assert author(OPINION, context, reader) == Speaker(name=name, kind=SpeakerKind.AUTHOR)


def test_what_no_source_is_named_for_is_the_authors(reader: Reader) -> None:
    text = f"{OPINION}The mayor said that the roof leaked. The roof is new."

    assert own(text, reader) == [("I have read the report.", False), ("My friends have too.", False), ("The roof is new.", False)]


def test_an_author_who_asks_states_nothing(reader: Reader) -> None:
    assert own("The roof is new. Who paid for it?", reader) == [("The roof is new.", False), ("Who paid for it?", True)]


def test_quoted_sentences_that_go_on_are_not_the_authors(reader: Reader) -> None:
    assert own("“The roof leaks,” said the mayor. “It is old. It is red.” The roof is new.", reader) == [("The roof is new.", False)]


def test_a_word_alone_is_no_sentence_of_the_author(reader: Reader) -> None:
    assert own("Rain\nThe roof is new.", reader) == [("The roof is new.", False)]


def test_an_opinion_piece_speaks_for_its_author(reader: Reader) -> None:
    (stated,) = read(f"{OPINION}The report is a fairy tale.", reader)

    assert (stated.act, stated.speaker, stated.sentences) == ("denial", Speaker(name="Ann Lee", kind=SpeakerKind.AUTHOR), (2,))


def test_who_is_named_speaks_also_in_an_opinion_piece(reader: Reader) -> None:
    (stated,) = read(f"{OPINION}Blinken said that Iran had sent drones to Russia.", reader)

    assert stated.speaker.name == "Antony Blinken"


def test_i_deny_is_said_by_the_author(reader: Reader) -> None:
    (stated,) = read(f"{OPINION}I deny that Iran sent drones to Russia.", reader)

    assert (stated.act, stated.speaker.name) == ("denial", "Ann Lee")


def test_the_same_words_in_news_are_nobodys(reader: Reader) -> None:
    assert read("It rained in the town. The report is a fairy tale.", reader) == ()
