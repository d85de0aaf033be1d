"""What an outlet prints again and again: learned from several articles, forgotten when there is too much of it."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.habits import ENOUGH, MAX_LINES, habits_of, hashes, learn, line_hash, without

LABEL, SENTENCE, LAST = "Voices of the coast", "The ministry denied it on Monday.", "The Outlet tells the news since 1931."


def learned_from(*texts: list[str]) -> dict[str, list[str]]:
    return learn({}, ((f"{number:08}", hashes(text)) for number, text in enumerate(texts)))


def test_a_line_is_a_habit_once_it_has_stood_in_several_articles() -> None:
    text = [SENTENCE, LABEL, SENTENCE, LAST]
    assert habits_of(learned_from(*[text] * (ENOUGH - 1))) == frozenset()
    assert without(text, habits_of(learned_from(*[text] * ENOUGH))) == [SENTENCE, SENTENCE]


def test_a_sentence_that_is_repeated_is_content_wherever_it_is_not_the_last() -> None:
    text = [SENTENCE, LABEL, LAST]
    assert line_hash(SENTENCE) not in hashes(text)


def test_reading_one_article_again_and_again_teaches_nothing() -> None:
    once = learn({}, [("a" * 40, hashes([LABEL, LAST]))])
    assert learn(once, [("a" * 40, hashes([LABEL, LAST]))] * 10) == once


def test_letter_case_and_quotation_marks_make_no_other_line() -> None:
    assert line_hash("VOICES of the “coast”") == line_hash(LABEL)


def test_what_is_remembered_has_an_end_and_habits_outlast_the_rest() -> None:
    habit = learned_from(*[[LABEL, SENTENCE]] * ENOUGH)
    crowded = learn(habit, [("b" * 40, [f"{number:012x}" for number in range(MAX_LINES + 500)])])
    assert len(crowded) == MAX_LINES
    assert line_hash(LABEL) in habits_of(crowded)


@given(st.lists(st.text(max_size=30), max_size=8))
def test_nothing_known_takes_nothing_away(lines: list[str]) -> None:
    assert without(lines, frozenset()) == lines
