"""Statements in words for people."""

import pytest

from pipeline import evidence
from pipeline.model import Act, Trigger
from tests.builders import NOON, a_statement, a_stored_statement

WORDS = {
    Act.ACCUSATION: ("accuses", "accuses Russia"),
    Act.DENIAL: ("denies", "denies what is said by Russia"),
    Act.ACKNOWLEDGEMENT: ("acknowledges", "acknowledges towards Russia"),
    Act.CRITICISM: ("criticises", "criticises Russia"),
    Act.CONCERN: ("is worried", "is worried about Russia"),
    Act.THREAT: ("threatens", "threatens Russia"),
    Act.SANCTION: ("imposes sanctions", "imposes sanctions on Russia"),
    Act.DEMAND: ("makes demands", "makes demands of Russia"),
    Act.SUPPORT: ("gives backing", "backs Russia"),
}
TITLES = {"drones": "Iran sends drones", "debts": "Russia owes money"}
NOBODY = evidence.Around(titles=TITLES, answers=None, answered_by=(), reports=1, outlets=1, origins=1, kibana=None)


@pytest.mark.parametrize("act", Act)
def test_every_act_is_said_with_and_without_targets(act: Act) -> None:
    alone, towards = (a_stored_statement(a_statement(act=act, targets=targets)).source for targets in ((), ("Russia",)))
    assert evidence.line(alone, {}) == f"Iran {WORDS[act][0]}"
    assert evidence.line(towards, {}) == f"Iran {WORDS[act][1]}"


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"targets": ["Iran", "Russia", "China"]}, "Iran denies what is said by Iran, Russia and China"),
        ({"claims": ["drones"], "targets": []}, "Iran denies – Iran sends drones"),
        ({"claims": ["drones", "debts"], "targets": []}, "Iran denies – Iran sends drones (and 1 more)"),
        ({"claims": ["unheard-of"], "targets": []}, "Iran denies – unheard-of"),
        ({"partial": True, "act": "acknowledgement", "targets": []}, "Iran partly acknowledges"),
        ({"speaker": {"name": "Kuleba", "affiliation": "Ministry"}, "targets": []}, "Kuleba (Ministry) denies"),
        ({"speaker": {"name": "Ministry", "affiliation": "Ministry"}, "targets": []}, "Ministry denies"),
    ],
)
def test_a_line_says_who_does_what_on_which_claim(changes: dict[str, object], line: str) -> None:
    assert evidence.line(a_stored_statement().source | changes, TITLES) == line


def test_every_trigger_is_a_reason_in_words() -> None:
    moved = {"party": "IR", "party_name": "Iran", "family": "drones", "before": "denied", "after": "admitted"}
    it = a_stored_statement(position=moved).source
    said = evidence.reasons(it, list(Trigger), TITLES)
    assert len(set(said)) == len(Trigger) - 1  # both moves of a position are told alike
    assert "Iran moves from “denied” to “admitted” on the claim “Iran sends drones”" in said


def test_an_item_carries_its_evidence_and_the_other_end_of_the_exchange() -> None:
    stored, other = a_stored_statement(before="b", after="a"), a_stored_statement(a_statement(act=Act.ACCUSATION))
    around = evidence.Around(titles=TITLES, answers=other, answered_by=[other], reports=3, outlets=2, origins=1, kibana=None)
    item = evidence.item(stored, [Trigger.NEW_UTTERANCE], around)
    assert (item.sentence, item.before, item.after) == ("Tehran rejected the report on Monday.", "b", "a")
    assert (item.outlet, item.country, item.alignment, item.published, item.first_seen) == ("The Outlet", "GB", "independent", NOON, NOON)
    assert (item.cue, item.found_by, item.confidence) == ("rejected", "verb with an object", 0.9)
    assert (item.reports, item.outlets, item.origins) == (3, 2, 1)
    assert item.answers is not None
    assert item.answers == item.answered_by[0]
    assert item.answers.line == "Iran accuses United States"


def test_an_item_needs_no_more_than_a_statement_has() -> None:
    item = evidence.item(a_stored_statement(), [], NOBODY)
    assert (item.answers, item.answered_by, item.kibana, item.reasons, item.before) == (None, (), None, (), "")


@pytest.mark.parametrize(("claims", "end"), [(["drones"], "drones"), ([], "")])
def test_a_link_to_kibana_is_filled_in(claims: list[str], end: str) -> None:
    stored = a_stored_statement(claims=claims)
    made = evidence.linked("https://kibana.example/#/{statement}/{article}?claim={claim}", stored)
    assert made == f"https://kibana.example/#/{stored.id}/{'a' * 40}?claim={end}"


@pytest.mark.parametrize(
    ("speaker", "does"),
    [
        ({"name": "anonymous officials", "kind": "anonymous"}, "anonymous officials deny what is said by Russia"),
        ({"name": "France and Germany", "kind": "country"}, "France and Germany deny what is said by Russia"),
        ({"name": "Iran", "kind": "country"}, "Iran denies what is said by Russia"),
    ],
)
def test_several_speakers_take_the_plural(speaker: dict[str, str], does: str) -> None:
    stored = a_stored_statement(a_statement(targets=("Russia",)), speaker=speaker)
    assert evidence.line(stored.source, {}) == does
