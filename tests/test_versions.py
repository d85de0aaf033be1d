"""What has changed between two texts and between two readings."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.model import ChangeKind
from pipeline.versions import counted, due_after, is_same_story, sentence_changes, statement_changes
from tests.builders import NOON
from tests.conftest import SITES

V1, V2 = ((SITES / f"{id_}.txt").read_text() for id_ in ("thames-fath360", "thames-fath360-v2"))


def changes(before: str, after: str) -> list[tuple[str, str | None, str | None]]:
    return [(change.kind.value, change.before, change.after) for change in sentence_changes(before, after)]


def test_sentences_are_added_removed_and_reworded() -> None:
    before = "Kyiv accused Iran of sending drones. Tehran did not answer. The U.S. Treasury said so."
    after = "Kyiv accused Iran of sending many more drones. The U.S. Treasury said so. A denial came at night."
    assert changes(before, after) == [
        ("reworded", "Kyiv accused Iran of sending drones.", "Kyiv accused Iran of sending many more drones."),
        ("removed", "Tehran did not answer.", None),
        ("added", None, "A denial came at night."),
    ]


def test_what_only_moves_or_is_set_otherwise_has_not_changed() -> None:
    assert changes("One thing is here. Another thing is there.", "Another  thing is there.\n\nOne thing is here!") == []


def test_sentences_of_a_text_without_capitals_are_told_apart() -> None:
    assert changes("قال الوزير ذلك. نفت طهران الأمر؟", "قال الوزير ذلك. نفت طهران الأمر؟ ثم صمت.") == [("added", None, "ثم صمت.")]


def test_the_second_version_of_the_sample_article_adds_the_denial() -> None:
    found = sentence_changes(V1, V2)
    assert counted(found) == {ChangeKind.ADDED: 4, ChangeKind.REMOVED: 3}
    assert any("no ballistic missiles had been delivered" in (change.after or "") for change in found)
    assert any(change.before == "There was no immediate response from Tehran." for change in found)


@given(st.text(max_size=200), st.text(max_size=200))
def test_a_text_does_not_differ_from_itself_and_the_way_back_undoes(one: str, other: str) -> None:
    assert sentence_changes(one, one) == []
    there, back = counted(sentence_changes(one, other)), counted(sentence_changes(other, one))
    assert there.get(ChangeKind.ADDED, 0) == back.get(ChangeKind.REMOVED, 0)


def a_statement(text: str, act: str = "denial", speaker: str = "Iran") -> dict[str, object]:
    return {"act": act, "speaker": {"name": speaker}, "text": text}


def test_a_statement_in_other_words_or_grown_by_a_sentence_is_reworded() -> None:
    before = {"1": a_statement("Tehran denied it."), "2": a_statement("Kyiv said so.", "accusation", "Ukraine")}
    after = {"3": a_statement("Tehran denied it. It has sent nothing."), "4": a_statement("Kyiv said so.", "concern", "Ukraine")}
    found = [(change.kind.value, change.before, change.after) for change in statement_changes(before, after)]
    assert found == [("reworded", "1", "3"), ("removed", "2", None), ("added", None, "4")]


@pytest.mark.parametrize(("hours", "due"), [(0, 24), (23, 24), (24, 168), (100, 168), (168, None), (1000, None)])
def test_an_article_is_due_after_a_day_and_after_a_week(hours: int, due: int | None) -> None:
    expected = None if due is None else NOON + timedelta(hours=due)
    assert due_after(NOON, NOON + timedelta(hours=hours)) == expected


def test_a_notice_in_the_article_s_place_is_no_version_of_it() -> None:
    assert is_same_story("Iran cuts links", V1, "Iran denies all", V2)
    assert is_same_story("Breaking: Iran denies", "One line.", "Iran denies sending missiles", V2)
    assert not is_same_story("UK and allies cut air links", V1, "Page not found", "We could not find this page. Here is what others read.")
