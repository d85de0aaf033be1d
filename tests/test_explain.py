"""Statements marked in their text."""

import io

from rich.console import Console

from pipeline.explain import COLOURS, explained, marked, paragraphs
from pipeline.model import Act, Findings, Mode, Speaker, SpeakerKind, Statement, Verdict, Why

TEXT = "One two.\n\nThree four. Five.\n"


def a_statement(start: int, end: int, act: Act = Act.ACCUSATION) -> Statement:
    return Statement(
        act=act,
        speaker=Speaker(name="Iran", kind=SpeakerKind.COUNTRY, side="IR"),
        targets=("Ukraine",),
        claims=("a-claim",),
        sentences=(0,),
        start=start,
        end=end,
        mode=Mode.DIRECT,
        background=True,
        partial=False,
        addressee_of=None,
        why=Why(cue="two", rule="a rule", negated=False, confidence=0.5),
    )


def test_paragraphs_are_the_lines_with_words() -> None:
    assert [TEXT[start:end] for start, end in paragraphs(TEXT)] == ["One two.", "Three four. Five."]


def test_statements_of_one_place_share_a_bracket_and_overlapping_ones_keep_their_own() -> None:
    same = [(1, a_statement(0, 8)), (2, a_statement(0, 8, Act.DENIAL))]
    assert marked(TEXT, 0, 8, same).plain == "[1,2› One two. ‹1,2]"
    longer = [(1, a_statement(10, 27)), (2, a_statement(22, 27))]
    assert marked(TEXT, 10, 27, longer).plain == "[1› Three four. [2› Five. ‹1,2]"


def test_a_statement_that_runs_over_a_paragraph_is_marked_in_both() -> None:
    over = [(1, a_statement(4, 21)), (2, a_statement(10, 21))]
    assert marked(TEXT, 0, 8, over).plain == "One [1› two. …1]"
    assert marked(TEXT, 10, 27, over).plain == "[1… [2› Three four. ‹1,2] Five."


def test_a_title_with_a_statement_is_marked_with_its_reason() -> None:
    findings = Findings(
        verdict=Verdict(on_topic=True, reason="why not"), entities=(), claims=(), statements=(a_statement(-1, -1),), sentences=()
    )
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(explained("an-id", "Iran says [two]", TEXT, findings))
    told = console.export_text()
    assert "[1› Iran says [two] ‹1]" in told
    assert "ACCUSATION  Iran (IR) → Ukraine" in told
    assert "direct · background · in the title · claims a-claim" in told
    assert "by “two” (a rule), confidence 0.50" in told


def test_every_act_has_a_colour() -> None:
    assert set(COLOURS) == set(Act), "give it one in pipeline/explain.py"
