import io
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from lxml import html
from rich.console import Console

from pipeline import source_report, source_tables
from pipeline.source_looks import Look
from pipeline.source_report import Pages, Report, Row, State, groups, hint, load, sides, summary
from pipeline.source_rules import Outlet
from pipeline.source_troubles import Cause, Trouble, Weight, of_error, of_pages, trouble

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
TEHRAN = ZoneInfo("Asia/Tehran")


def an_outlet(id_: str = "daily", country: str | None = "IR", **given: Any) -> Outlet:
    feeds = given.pop("feeds", [{"url": f"https://{id_}.example/rss"}])
    return Outlet.model_validate(
        {"id": id_, "name": id_.title(), "domains": [f"{id_}.example"], "country": country, "feeds": feeds} | given
    )


def a_look(**given: Any) -> Look:
    return replace(Look(url="https://x.example/", kind=None, entries=30, dated=30, linked=30, newest=NOW - timedelta(hours=3)), **given)


def rows(outlet: Outlet, *causes: Cause | None) -> list[Row]:
    """A row for each feed: what is wrong with it, None where nothing is."""
    return [
        Row(
            outlet=outlet,
            feed=feed,
            look=None if cause else a_look(per_day=40.0, language="en"),
            troubles=(trouble(cause, cause.value, outlet, feed.url),) if cause else (),
            asked=NOW,
        )
        for feed, cause in zip(outlet.feeds, causes, strict=True)
    ]


def a_report(*made: list[Row], pages: Mapping[str, Pages] | None = None, paused: tuple[Outlet, ...] = ()) -> Report:
    return Report(topic="fish", at=NOW, rows=tuple(row for each in made for row in each), pages=pages or {}, paused=paused)


TWO = [{"url": "https://two.example/a"}, {"url": "https://two.example/b", "volume": 50}]
REPORT = a_report(
    rows(an_outlet("works"), None),
    rows(an_outlet("two", feeds=TWO, notes="Its <b>second</b> feed was never tested."), None, Cause.GONE),
    rows(an_outlet("gone", "RU"), Cause.GONE),
    rows(an_outlet("away", "RU"), Cause.NAME),
    rows(an_outlet("noted", "UA"), Cause.MOVED),
    paused=(an_outlet("asleep", paused={"why": "terms <i>bar</i> it", "since": "2026-01-02"}),),
)


def test_an_outlet_is_heard_where_one_of_its_feeds_is() -> None:
    assert REPORT.outlets == {
        "works": State.WORKS, "two": State.PART, "gone": State.MEND, "away": State.AWAY, "noted": State.WORKS,
    }  # fmt: skip
    assert not REPORT.flawless
    assert a_report(rows(an_outlet("noted"), Cause.MOVED), rows(an_outlet("works"), None)).flawless


def test_what_was_never_asked_is_neither_well_nor_ill() -> None:
    outlet = an_outlet()
    report = a_report([Row(outlet=outlet, feed=outlet.feeds[0], look=None, troubles=())])
    assert report.outlets == {"daily": State.UNASKED}
    assert report.flawless


def test_pages_that_give_nothing_make_a_source_that_works_in_part() -> None:
    outlet = an_outlet("works")
    ended = {"rejected": 9, "saved": 1}
    report = a_report(rows(outlet, None), pages={"works": Pages(ended=ended, troubles=of_pages(ended, outlet))})
    assert report.outlets == {"works": State.PART}
    (group,) = groups(report)
    assert (group.cause, group.cases[0].trouble.says) == (Cause.PAGES_REFUSED, "9 of 10 links ended as rejected")
    assert "`text: feed`" in group.cases[0].trouble.then


def test_a_few_links_or_a_few_failures_are_no_verdict_on_an_outlets_pages() -> None:
    outlet = an_outlet()
    assert of_pages({"rejected": 4}, outlet) == ()
    assert of_pages({"rejected": 4, "off-topic": 5}, outlet) == ()
    assert of_pages({"off-topic": 90, "saved": 2}, outlet) == ()
    assert [each.cause for each in of_pages({"other-language": 5, "paywall": 5}, outlet)] == [Cause.OTHER_LANGUAGE, Cause.PAGES_WALLED]


def test_causes_come_with_what_must_be_mended_first_and_of_that_the_most_frequent() -> None:
    assert [(group.cause, group.weight, [case.outlet.id for case in group.cases]) for group in groups(REPORT)] == [
        (Cause.GONE, Weight.MEND, ["two", "gone"]),
        (Cause.NAME, Weight.RETRY, ["away"]),
        (Cause.MOVED, Weight.NOTE, ["noted"]),
    ]


def test_a_side_that_nobody_hears_is_seen() -> None:
    assert [(side.country, side.heard, side.outlets, side.silent) for side in sides(REPORT)] == [
        ("IR", 2, 2, ()), ("RU", 0, 2, ("Gone", "Away")), ("UA", 1, 1, ()),
    ]  # fmt: skip
    assert summary(REPORT) == "5 outlets with 6 addresses: 2 work, 1 work in part, 1 to mend, 1 not now; 1 paused"


def test_the_load_is_told_without_what_only_fills_gaps() -> None:
    outlet = an_outlet(feeds=[{"url": "https://daily.example/rss"}, {"url": "https://daily.example/map", "kind": "sitemap", "fills": True}])
    assert load(a_report(rows(outlet, None, None))) == 40.0


def test_a_machine_gets_all_of_it() -> None:
    told = json.loads(json.dumps(source_report.as_json(REPORT)))
    assert told["summary"] == summary(REPORT)
    assert told["outlets"]["two"] == "works in part"
    assert told["paused"] == ["asleep"]
    assert [each["url"] for each in told["feeds"]][1:3] == ["https://two.example/a", "https://two.example/b"]
    gone = told["feeds"][2]
    assert (gone["state"], gone["expected_per_day"]) == ("to mend", 50)
    assert gone["troubles"] == [{"cause": "gone", "weight": "mend", "says": "the address is gone", "then": gone["troubles"][0]["then"]}]
    assert told["feeds"][0] | {"troubles": []} == {
        "outlet": "works", "url": "https://works.example/rss", "state": "works", "expected_per_day": None,
        "answered_by": "https://x.example/", "kind": None, "entries": 30, "dated": 30, "newest": "2026-11-23T09:00:00Z", "per_day": 40.0,
        "language": "en", "title": None, "troubles": [],
    }  # fmt: skip


def test_the_page_says_what_to_do_loads_nothing_and_shows_markup_as_text() -> None:
    page = source_report.as_html(REPORT, TEHRAN)
    tree = html.fromstring(page)
    text = " ".join(tree.text_content().split())
    assert "5 outlets with 6 addresses" in text
    assert "2026-11-23 15:30 (Asia/Tehran)" in text
    assert "0 of 2" in text
    assert "claimwire sources add https://gone.example/ --instead-of https://gone.example/rss" in text
    assert "Its <b>second</b> feed was never tested." in text
    assert "terms <i>bar</i> it" in text
    assert "claimwire sources resume asleep" in text
    assert tree.xpath("//script | //img | //link | //@src | //@onclick | //iframe") == []
    assert all(link.startswith("https://") for link in tree.xpath("//a/@href"))


def printed(report: Report, width: int = 160) -> str:
    console = Console(file=io.StringIO(), width=width, highlight=False)
    console.print(source_tables.report(report, TEHRAN))
    made = console.file
    assert isinstance(made, io.StringIO)
    return made.getvalue()


def test_the_terminal_says_the_same_in_short() -> None:
    told = printed(REPORT)
    assert "To mend" in told
    assert "the address is gone (2)" in told
    assert "claimwire sources pause away --why" in told
    assert "No source answers from: RU (2)" in told
    assert "2026-11-23 12:30 (3 h ago)" in told
    assert "40 (50)" not in told
    assert told.rstrip().endswith(summary(REPORT))


def test_of_many_with_one_cause_the_first_are_told_and_the_others_named() -> None:
    many = [rows(an_outlet(f"outlet-{number}"), Cause.GONE) for number in range(9)]
    told = printed(a_report(*many))
    assert told.count("→") == 1  # the same for all of them
    assert "the address is gone: outlet-0, outlet-1" in told
    different = [rows(an_outlet(f"outlet-{number}"), Cause.GONE) for number in range(9)]
    for number, (row,) in enumerate(different):
        different[number] = [replace(row, troubles=(replace(row.troubles[0], says=f"status {400 + number}"),))]
    told = printed(a_report(*different))
    assert "status 405" in told
    assert "and outlet-6, outlet-7, outlet-8" in told


def test_where_nobody_is_reached_the_trouble_is_the_machines_own() -> None:
    lost = [rows(an_outlet(f"outlet-{number}"), cause) for number, cause in enumerate([Cause.NAME, Cause.SLOW, Cause.CONNECTION])]
    assert "Not one source is reached" in printed(a_report(*lost))
    assert "Not one source is reached" in source_report.as_html(a_report(*lost), TEHRAN)
    assert hint(a_report(*lost, rows(an_outlet("works"), None))) is None
    assert hint(a_report(*lost[:2])) is None


def test_an_error_as_the_index_keeps_it_is_told_as_one_that_just_happened() -> None:
    outlet = an_outlet()
    kept: Trouble = of_error("rejected: status 403 (https://daily.example/rss)", outlet, outlet.feeds[0])
    assert (kept.cause, kept.says) == (Cause.REFUSED, "status 403")
    assert of_error("never heard of", outlet, outlet.feeds[0]).cause is Cause.UNKNOWN
    assert of_error("environment: CLAIMWIRE_SOURCE_DAILY: is not set", outlet, outlet.feeds[0]).cause is Cause.SETTING
