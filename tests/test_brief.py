"""The brief in words: what it tells, what it is called, and what hostile words become in it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from lxml import html

from pipeline.brief import Judged, Open, as_html, as_text, caveat, message_lines, name_of, span, summary, title
from pipeline.model import Act
from tests.briefs import SINCE, UNTIL, a_brief, a_hostile_brief, a_told
from tests.chromium import chromium, opened
from tests.messages import a_reply, an_item

DAY = timedelta(days=1)
SEVEN = SINCE + timedelta(hours=7)
MIDNIGHT_THERE = datetime(2022, 12, 16, 20, 30, tzinfo=UTC)


def links(page: str) -> list[str]:
    return [href for href in html.fromstring(page).xpath("//a/@href") if not href.startswith("#")]


# ------------------------------------------------------------------------------------------------ what it tells
def test_its_summary_counts_what_it_has() -> None:
    assert summary(a_brief()) == [
        "1 new accusation, 1 new denial, 1 new admission.",
        "1 change of position; 1 claim without an answer.",
        "40 links seen, 3 lost; 1 source of 10 silent or failing.",
    ]


@pytest.mark.parametrize(
    ("zone", "since", "until", "name", "words"),
    [
        ("UTC", SINCE, UNTIL, "brief-2022-12-17", "17 December 2022"),
        ("UTC", SINCE, UNTIL + timedelta(days=2), "brief-2022-12-17--2022-12-19", "17 December 2022 to 19 December 2022"),
        ("UTC", SEVEN, SEVEN + DAY, "brief-2022-12-17T0700--2022-12-18T0700", "17 Dec 2022, 07:00 to 18 Dec 2022, 07:00"),
        ("Asia/Tehran", MIDNIGHT_THERE, MIDNIGHT_THERE + DAY, "brief-2022-12-17", "17 December 2022"),
    ],
)  # fmt: skip
def test_its_name_is_its_time_on_the_readers_clocks(zone: str, since: datetime, until: datetime, name: str, words: str) -> None:
    brief = a_brief(zone=ZoneInfo(zone), since=since, until=until)
    assert (name_of(brief), span(brief)) == (name, words)
    assert title(brief).endswith(words)


def test_no_answer_stands_beside_the_sources_that_could_not_have_shown_one() -> None:
    assert "1 source of 10 cannot have shown one: Gulf Meridian" in caveat(a_brief())
    assert caveat(a_brief(down=())).startswith("All 10 sources answer")
    assert caveat(a_brief(sources=0, down=())) == "No source has been asked yet."
    for words in (as_html(a_brief()), as_text(a_brief())):
        assert "Russia pays Iran in gold" in words
        assert caveat(a_brief()) in words


def test_every_sentence_leads_to_its_page_and_says_outlet_ownership_and_time() -> None:
    item = an_item(answers=a_reply(), answered_by=(a_reply(url="https://wire.example/news/8"),))
    for words in (as_text(a_brief(new=(a_told(item),))), html.fromstring(as_html(a_brief(new=(a_told(item),)))).text_content()):
        assert "Tehran rejected the report on Monday." in words
        assert "The Outlet" in words
        assert "GB, state" in words
        assert "18 Dec 2022, 12:00" in words
        assert "The Wire (US, private), published 17 Dec 2022, 09:30" in " ".join(words.split())
        assert "Caspian Courier (IR, state)" in " ".join(words.split())
    assert {item.url, "https://wire.example/news/7", "https://wire.example/news/8"} <= set(links(as_html(a_brief(new=(a_told(item),)))))


def test_owners_are_told_apart_from_the_voice_that_an_outlet_has() -> None:
    told = as_text(a_brief(new=(a_told(an_item(alignment="state"), ownership="state-affiliated"), a_told(an_item(), ownership=None))))
    assert "(GB, state-affiliated, state)" in told
    assert "(GB, ownership unknown, independent)" in told


def test_what_nobody_says_is_told_as_nothing() -> None:
    empty = a_brief(new=(), moved=(), open=(), lines=(), down=(), lost=(), matrix=replace(a_brief().matrix, cells={}))
    empty = replace(empty, days=replace(empty.days, counts={}))
    page = html.fromstring(as_html(empty))
    assert page.xpath("count(//svg)") == 0
    assert page.text_content().count("None.") >= 5
    assert "==" not in as_text(empty)


def test_of_too_many_the_rest_is_counted() -> None:
    many = tuple(a_told(an_item(act=Act.ACCUSATION, line=f"line {number}")) for number in range(130))
    waiting = tuple(Open(claim=f"claim {number}", party="Russia", number=1, since=SINCE) for number in range(25))
    brief = a_brief(new=many, open=waiting)
    assert "and 30 more" in as_text(brief)
    assert "and 5 that have waited longer" in as_text(brief)
    assert len(html.fromstring(as_html(brief)).xpath("//article[contains(@class, 'accusation')]")) == 100
    assert len(message_lines(brief)) < 30


def test_what_people_have_judged_stands_at_the_end() -> None:
    judged = Judged(number=40, share=0.875, low=0.74, high=0.95)
    for words in (as_text(a_brief(judged=judged)), as_html(a_brief(judged=judged))):
        assert "Of 40 statements drawn at random and judged by people, 88% were right (74% to 95%)." in words
    assert "drawn at random" not in as_html(a_brief())


def test_charts_have_a_table_for_who_does_not_see_them() -> None:
    page = html.fromstring(as_html(a_brief()))
    assert all(svg.get("aria-hidden") == "true" for svg in page.xpath("//svg"))
    (table,) = page.xpath("//div[@class='reader']/table")
    assert [cell.text_content() for cell in table.xpath(".//tbody/tr[2]/*")] == ["2022-12-17", "1", "3", "1"]


def test_the_same_brief_has_the_same_bytes() -> None:
    assert as_html(a_brief()) == as_html(a_brief())
    ids = html.fromstring(as_html(a_brief())).xpath("//@id")
    assert len(ids) == len(set(ids))


# ------------------------------------------------------------------------------------------------ hostile words
def test_hostile_words_stay_words() -> None:
    page = as_html(a_hostile_brief())
    tree = html.fromstring(page)
    assert not tree.xpath("//script|//img|//iframe|//object|//link|//base|//form")
    assert not [name for each in tree.iter() if isinstance(each.tag, str) for name in each.attrib if name.startswith("on")]
    assert tree.xpath("count(//h1)") == 1
    assert "49" not in tree.xpath("string(//article[1])")
    assert "\u202e" not in page
    assert "\x00" not in page
    assert "x" * 3_000 not in page


def test_only_http_addresses_can_be_opened() -> None:
    """What says that it is another host is shown as the one that it is."""
    assert set(links(as_html(a_hostile_brief()))) == {"http://evil.example/"}
    assert not any(evil in as_text(a_hostile_brief()) for evil in ("\njavascript:", "\nfile:", "\ndata:"))


def test_a_page_asks_for_nothing_and_runs_nothing() -> None:
    page = as_html(a_hostile_brief())
    assert "default-src 'none'" in html.fromstring(page).xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    assert "url(http" not in page


def test_in_the_text_hostile_words_begin_no_line_of_their_own() -> None:
    lines = as_text(a_hostile_brief()).splitlines()
    assert not [line for line in lines if line.startswith(("Subject:", "Breaking", "== <", "javascript:"))]
    assert max(map(len, lines)) < 12_000


# ------------------------------------------------------------------------------------------------ in a browser
@pytest.mark.parametrize("brief", [a_brief(), a_hostile_brief()], ids=["news", "hostile"])
def test_chromium_shows_it_without_a_request_or_a_complaint(brief: object, tmp_path: Path) -> None:
    file = tmp_path / "brief.html"
    file.write_text(as_html(brief), encoding="utf-8")  # type: ignore[arg-type]  # it is a brief
    with chromium() as browser:
        for width in (390, 1280):
            it = opened(browser, file, width=width)
            assert (it.requests, it.complaints) == ([file.as_uri()], [])
            assert it.page.title().startswith("Iran–Russia")
            assert it.page.evaluate("document.documentElement.scrollWidth") <= width
            it.page.click("a[href='#lost']")
            assert it.page.evaluate("document.querySelector('#lost').getBoundingClientRect().top") < 900
            shown = it.page.evaluate("[...document.querySelectorAll('.wide, .narrow')].map(e => [e.className, e.offsetHeight > 0])")
            assert {tuple(each) for each in shown} == {("wide", width > 600), ("narrow", width < 600)}


def test_a_sentence_opens_its_page(tmp_path: Path) -> None:
    file = tmp_path / "brief.html"
    file.write_text(as_html(a_brief()), encoding="utf-8")
    with chromium() as browser:
        page = opened(browser, file, script=False).page
        with page.expect_request(lambda request: request.url.startswith("https:")) as asked:
            page.click("article.statement .from a")
        assert asked.value.url == "https://outlet.example/news/1"
        assert "referer" not in asked.value.headers


def test_right_to_left_sentences_stand_on_the_right(tmp_path: Path) -> None:
    file = tmp_path / "brief.html"
    persian = a_told(an_item(sentence="وی این ادعا را رد کرد.", language="fa"))
    file.write_text(as_html(a_brief(new=(persian,))), encoding="utf-8")
    with chromium() as browser:
        style = "e => [getComputedStyle(e).direction, getComputedStyle(e).textAlign]"
        quote = opened(browser, file).page.locator("blockquote").first.evaluate(style)
    assert quote == ["rtl", "start"]
