"""What is asked for, as a question to the index: read whole, or refused with what to write instead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ConfigError
from pipeline.index import Index
from pipeline.queries import ARTICLES, Field, Names, asked, term
from pipeline.searching import names_of
from pipeline.settings import read_settings


@pytest.fixture(scope="module")
def names() -> Names:
    return names_of(read_settings())


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("", {"match_all": {}}),
        ("act:denial", {"terms": {"act": ["denial"]}}),
        ("ACT:denial", None),
        ("act:Denial", {"terms": {"act": ["denial"]}}),
        ("side:Iran", {"terms": {"speaker.side": ["IR"]}}),
        ("side:eu", {"terms": {"speaker.side": ["EU"]}}),
        ("target:RU", {"terms": {"targets": ["Russia"]}}),
        ("speaker:Канани", {"terms": {"speaker.name": ["Nasser Kanaani"]}}),
        ('speaker:"White House"', {"terms": {"speaker.name": ["White House"]}}),
        ("speaker:(White House)", {"terms": {"speaker.name": ["White House"]}}),
        ("speaker:Bloggs", {"wildcard": {"speaker.name": {"value": "*Bloggs*", "case_insensitive": True}}}),
        ("speaker:Kana*", {"wildcard": {"speaker.name": {"value": "Kana*", "case_insensitive": True}}}),
        ('claim:"Iran supplies drones to Russia"', {"terms": {"claims": ["iran-drones-to-russia"]}}),
        ("language:FA", {"terms": {"language": ["fa"]}}),
        ("-act:denial", {"bool": {"must_not": [{"terms": {"act": ["denial"]}}]}}),
    ],
)
def test_fields_mean_what_the_scheme_says(text: str, query: object, names: Names) -> None:
    if query is None:
        with pytest.raises(ConfigError, match="no field 'ACT'; the nearest is 'act'"):
            asked(text, names)
    else:
        assert asked(text, names).query == query


@pytest.mark.parametrize("name", ["Kanaani", "Kan'ani", "Kan’ani", "کنعانی", "Канани", "Nasser Kanaani", '"Nasser Kanaani"'])
def test_a_name_in_any_spelling_asks_for_the_person_and_for_every_spelling(name: str, names: Names) -> None:
    query = asked(name, names).query
    inner = query["bool"]["should"] if "should" in query["bool"] else query["bool"]["must"][0]["bool"]["should"]
    assert {"terms": {"speaker.name": ["Nasser Kanaani"]}} in inner
    phrases = {each["multi_match"]["query"] for each in inner if "multi_match" in each}
    assert {"Nasser Kanaani", "ناصر کنعانی", "Насер Канани", "کنعانی"} <= phrases


def test_a_state_is_a_word_like_others(names: Names) -> None:
    assert "multi_match" in asked("Iran", names).query


def test_words_without_fields_make_hits_more_or_less_relevant(names: Names) -> None:
    assert asked("drones", names).has_words
    assert asked("act:denial drones", names).has_words
    assert not asked("act:denial", names).has_words
    assert not asked("act:denial -drones", names).has_words


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("act:denail", "no act 'denail'; the nearest is 'denial'"),
        ("hat:big", "no field 'hat'"),
        ("claim:iran-drons", "the nearest is 'iran-drones-to-russia'"),
        ("side:Atlantis", "no side 'Atlantis'"),
        ('"unbalanced', "cannot be read"),
        ("(drones", "cannot be read"),
        ("*", "stands for any ending"),
        ("dr*nes", "stands for any ending"),
        ("at:[2022 TO 2023]", "no field 'at'"),
        ("speaker:[a TO b]", "is not understood here"),
        ("drones~2", "is not understood here"),
        ("x" * 2000, "longer than 1,000"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_to_write(text: str, says: str, names: Names) -> None:
    with pytest.raises(ConfigError, match=says.replace("*", r"\*").replace("[", r"\[")):
        asked(text, names)


def test_articles_have_other_fields(names: Names) -> None:
    assert asked("act:denial", names, ARTICLES).query == {"terms": {"acts": ["denial"]}}
    with pytest.raises(ConfigError, match="articles have no speaker"):
        asked("speaker:Kanaani", names, ARTICLES)


def test_an_address_is_one_phrase(names: Names) -> None:
    assert asked("http://x.example/a:b?c=(d", names).query["multi_match"]["type"] == "phrase"


def test_options_of_the_command_line_ask_as_fields_do(names: Names) -> None:
    assert term(Field.OUTLET, "Bloggs Weekly", names) == {
        "bool": {
            "should": [
                {"wildcard": {place: {"value": "*Bloggs Weekly*", "case_insensitive": True}}} for place in ("outlet.id", "outlet.name")
            ],
            "minimum_should_match": 1,
        }
    }


NAMES = names_of(read_settings())
PARTS = st.sampled_from(
    [*"()[]{}:\"'*?~^+-!&|\\/ ", "AND", "OR", "NOT", "act:", "speaker:", "drone", "Канани", "کنعانی", "http://", "\u202e", "𝔵"]
)


def test_any_text_is_a_question_that_the_node_takes_or_is_refused_in_words(index: Index) -> None:
    @given(st.one_of(st.text(max_size=60), st.lists(PARTS, max_size=12).map("".join)))
    def ask(text: str) -> None:
        try:
            query = asked(text, NAMES).query
        except ConfigError:
            return
        assert index.count("statements", query) == 0

    ask()
