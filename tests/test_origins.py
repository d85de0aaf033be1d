"""Whose text it is: agencies named at the top or the end, and who was there first."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pipeline.config_files import read_agencies
from pipeline.model import CopyKind
from pipeline.origins import Agencies, Candidate, place
from pipeline.settings import read_settings
from tests.builders import NOON
from tests.conftest import SITES

TEXT = (SITES / "cpw-burns-pbs.txt").read_text()


@pytest.fixture
def agencies() -> Agencies:
    return Agencies(read_agencies(read_settings()))


@pytest.mark.parametrize(
    ("text", "agency"),
    [
        ("LONDON, Dec 16 (Reuters) - The head of the agency said.", "Reuters"),
        ("МОСКВА, 24 октября. /ТАСС/. Россия и Иран.", "TASS"),
        ("TEHRAN (Tasnim) – The spokesman said.", "Tasnim News Agency"),
        ("The spokesman said.\n\n(With inputs from PTI)", "Press Trust of India"),
        ("The spokesman said.\n\n– AFP", "AFP"),
        ("The spokesman said.\n\nSource: Reuters", "Reuters"),
        ("The spokesman told Reuters on Monday.", None),
        ("The spokesman told Reuters (a news agency) on Monday.\n\nHe spoke to AFP.", None),
        ("The spokesman said.\n\nHe did not go to the PA", None),
        ("", None),
    ],
)
def test_an_agency_is_named_by_dateline_and_sign_off_and_not_by_a_quotation(text: str, agency: str | None, agencies: Agencies) -> None:
    assert agencies.credited(text) == agency


def test_an_agency_may_stand_where_the_author_does(agencies: Agencies) -> None:
    assert agencies.credited("The spokesman said.", ["Jane Reporter", "Reuters"]) == "Reuters"


def a_candidate(id_: str, **changes: Any) -> Candidate:
    values: dict[str, Any] = {"text": TEXT, "origin": id_, "outlet": f"The {id_}", "agency": None, "published": NOON, "seen": NOON}
    return Candidate(id=id_, **values | changes)


def test_the_earliest_is_the_origin() -> None:
    later = a_candidate("b", published=NOON + timedelta(hours=1))
    assert place(later, [a_candidate("a")], {}).copy_of == "a"
    found = place(a_candidate("a"), [later], {"b": later})
    assert found.copy_of is None
    assert found.displaces
    assert found.displaces.candidate == later


def test_the_day_of_a_page_that_tells_no_time_does_not_make_it_first() -> None:
    wire = a_candidate("wire", agency="The wire", published=NOON)
    midnight = datetime(2022, 12, 18, tzinfo=UTC)
    assert place(a_candidate("daily", published=midnight), [wire], {}).copy_of == "wire"
    seen_before = a_candidate("other", published=midnight, seen=NOON - timedelta(hours=1))
    assert place(seen_before, [a_candidate("a")], {}).copy_of is None
    week_before = a_candidate("old", published=midnight - timedelta(days=7))
    assert place(week_before, [wire], {}).copy_of is None


def test_a_copy_of_a_copy_points_to_the_origin() -> None:
    origin, copy = a_candidate("a"), a_candidate("b", origin="a", published=NOON + timedelta(hours=1))
    found = place(a_candidate("c", published=NOON + timedelta(hours=2)), [copy], {"a": origin})
    assert (found.copy_of, found.kind) == ("a", CopyKind.COPY)


def test_an_unlike_article_is_its_own_origin() -> None:
    found = place(a_candidate("a", text="Nothing of it."), [a_candidate("b")], {})
    assert (found.origin, found.kind, found.borrows, found.lends, found.displaces) == ("a", None, (), (), None)
