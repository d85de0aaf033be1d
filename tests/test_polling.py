"""Sources over time, over HTTP and on a real node: when they are asked, what they lose, what is told of them."""

import pytest

from pipeline import run
from tests.newsstand import DAY, HOST, HOUR, MINUTE, NOW, Newsstand, a_feed, a_page, a_sitemap, a_story, an_item, stand
from tests.webpages import Answer

__all__ = ["stand"]
RSS = f"{HOST}/rss"
FILLED = {"feeds": [{"url": RSS}, {"url": f"{HOST}/sitemap.xml", "kind": "sitemap", "fills": True}]}


def show(stand: Newsstand, *numbers: int) -> None:
    """The feed has these stories, published on their minutes of the day, and all pages exist."""
    stand.pages[RSS] = a_feed(*(an_item(f"/{each}", NOW - 12 * HOUR + each * MINUTE) for each in numbers))
    stand.pages.update({f"{HOST}/{each}": a_story(each) for each in numbers})


# ---- when


def test_a_scheduler_asks_what_is_due_and_a_person_whatever_they_name(stand: Newsstand) -> None:
    show(stand, 1)
    stand.collect(NOW, again=True)
    assert stand.source()["interval"] == 600
    assert stand.collect(NOW + 5 * MINUTE, again=True) == {"not-due": 1}
    assert stand.collect(NOW + 5 * MINUTE)["feeds"] == 1
    assert stand.collect(NOW + 30 * MINUTE, again=True)["feeds"] == 1


def test_the_interval_grows_while_nothing_is_new_up_to_what_the_source_says(stand: Newsstand) -> None:
    stand.outlets({"feeds": [{"url": RSS, "every": "PT20M"}]})
    show(stand, 1, 2, 3, 4, 5)
    for hour in range(4):
        stand.collect(NOW + hour * HOUR)
    assert stand.source()["interval"] == 1200
    show(stand, 2, 3, 4, 5, 6)
    stand.collect(NOW + 5 * HOUR)
    assert stand.source()["interval"] == 800


def test_a_server_that_asks_for_patience_is_left_alone(stand: Newsstand) -> None:
    stand.pages[RSS] = Answer(status=503, headers={"Retry-After": "3600"})
    assert stand.collect(NOW)["failed-feeds"] == 1
    assert stand.collect(NOW + 30 * MINUTE, again=True) == {"not-due": 1}
    show(stand, 1)
    assert stand.collect(NOW + 61 * MINUTE, again=True)["saved"] == 1


# ---- overflow


def test_two_polls_without_overlap_are_told_and_what_lies_between_is_filled(stand: Newsstand, capsys: pytest.CaptureFixture[str]) -> None:
    stand.outlets(FILLED)
    show(stand, 1, 2)
    stand.collect(NOW)
    show(stand, 3, 4, 5, 6, 7, 8)
    stand.pages[RSS] = a_feed(an_item("/7", NOW + 50 * MINUTE), an_item("/8", NOW + 55 * MINUTE))
    times = {f"/{each}": NOW + (each * 5) * MINUTE for each in range(3, 9)} | {"/old": NOW - 3 * DAY, "/undated": None}
    stand.pages[f"{HOST}/sitemap.xml"] = a_sitemap(times)
    counts = stand.collect(NOW + HOUR)
    assert (counts["overflows"], counts["filled"], counts["saved"]) == (1, 4, 6)
    assert set(stand.ends()) == {f"/{each}" for each in range(1, 9)}
    assert {it["intake"] for it in stand.all("entries") if it["url"]["original"] in {f"{HOST}/{n}" for n in range(3, 9)}} == {"live"}
    source = stand.source()
    assert (source["overflows"], source["overflowed"], source["interval"]) == (1, "2023-07-17T13:00:00Z", 300)
    assert "gap" not in source
    assert "overflowed" in capsys.readouterr().out
    assert run.status(stand.at(NOW))["sources"] == {"answering": 2, "failing": 0, "silent": 0, "overflows": 1, "gaps to fill": 0}


def test_a_gap_stays_open_until_what_fills_it_answers(stand: Newsstand) -> None:
    stand.outlets(FILLED)
    show(stand, 1)
    stand.collect(NOW)
    show(stand, 3)
    stand.pages[f"{HOST}/2"] = a_story(2)
    assert stand.collect(NOW + HOUR)["overflows"] == 1
    gap = stand.source()["gap"]
    assert (gap["since"], gap["until"], gap["tries"]) == ("2023-07-17T10:00:00Z", "2023-07-17T13:00:00Z", 1)
    assert run.status(stand.at(NOW))["sources"]["gaps to fill"] == 1
    stand.pages[f"{HOST}/sitemap.xml"] = a_sitemap({"/2": NOW + 20 * MINUTE, "/later": NOW + 90 * MINUTE})
    assert stand.collect(NOW + 2 * HOUR)["filled"] == 1
    assert stand.ends() == {"/1": "saved", "/2": "saved", "/3": "saved"}
    assert "gap" not in stand.source()


def test_a_gap_that_nothing_fills_is_given_up_and_counted(stand: Newsstand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAIMWIRE_ATTEMPTS", "2")
    stand.outlets(FILLED)
    show(stand, 1)
    stand.collect(NOW)
    show(stand, 2)
    assert "unfilled" not in stand.collect(NOW + HOUR)
    assert stand.collect(NOW + 2 * HOUR)["unfilled"] == 1
    assert "gap" not in stand.source()


def test_an_outlet_with_nothing_to_fill_from_is_alarmed_all_the_same(stand: Newsstand) -> None:
    show(stand, 1)
    stand.collect(NOW)
    show(stand, 2)
    assert stand.collect(NOW + HOUR)["overflows"] == 1
    assert "gap" not in stand.source()


def test_what_fills_is_never_asked_otherwise(stand: Newsstand) -> None:
    stand.outlets(FILLED)
    show(stand, 1)
    stand.collect(NOW)
    show(stand, 1, 2)
    stand.collect(NOW + HOUR)
    assert stand.asked(f"{HOST}/sitemap.xml") == []


def test_after_a_long_pause_all_is_a_first_look_also_what_is_filled(stand: Newsstand) -> None:
    stand.outlets(FILLED)
    show(stand, 1)
    stand.collect(NOW)
    show(stand, 3)
    stand.pages[f"{HOST}/2"] = a_story(2)
    stand.pages[f"{HOST}/sitemap.xml"] = a_sitemap({"/2": NOW + 4 * DAY})
    counts = stand.collect(NOW + 9 * DAY)
    assert (counts["overflows"], counts["filled"]) == (1, 1)
    assert {it["intake"] for it in stand.all("entries")} == {"baseline"}


# ---- what is wrong with a source


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Answer(b"<!DOCTYPE html><html><head><script src=/app.js></script></head><body><div id=root></div></body></html>"), "an HTML page"),
        (Answer(b"Invalid url", headers={"Content-Type": "text/plain"}), "not a feed"),
        (Answer(b""), "empty body"),
        (a_feed(), "nothing in it, where 2 entries were"),
        (Answer(status=302, headers={"Location": "/gate"}), "in a circle"),
        (Answer(status=301, headers={"Location": RSS}), "redirect to itself"),
    ],
    ids=["shell", "invalid-url", "empty", "no-entries", "cookie-gate", "itself"],
)
def test_an_answer_that_is_no_feed_is_a_failure_and_not_a_quiet_day(stand: Newsstand, answer: Answer, why: str) -> None:
    show(stand, 1, 2)
    stand.collect(NOW)
    stand.pages[RSS] = answer
    stand.pages[f"{HOST}/gate"] = Answer(status=302, headers={"Location": RSS, "Set-Cookie": "gate=1"})
    assert stand.collect(NOW + HOUR)["failed-feeds"] == 1
    source = stand.source()
    assert why in source["error"]["message"]
    assert (source["failures"], source["entries"]) == (1, 2)
    show(stand, 1, 2)
    stand.collect(NOW + 2 * HOUR)
    assert "error" not in stand.source()


def test_robots_no_is_told_of_a_feed_and_of_a_page(stand: Newsstand) -> None:
    show(stand, 1)
    stand.pages[f"{HOST}/robots.txt"] = Answer(b"User-agent: *\nDisallow: /1\n")
    stand.collect(NOW)
    assert stand.ends() == {"/1": "robots"}
    stand.pages["http://closed.example/robots.txt"] = Answer(b"User-agent: *\nDisallow: /\n")
    stand.outlets({"id": "closed", "domains": ["closed.example"], "feeds": [{"url": "http://closed.example/rss"}]})
    stand.collect(NOW)
    assert "robots" in stand.source("http://closed.example/rss")["error"]["message"]


def test_a_feed_whose_newest_entry_is_old_is_silent(stand: Newsstand, capsys: pytest.CaptureFixture[str]) -> None:
    stand.pages[RSS] = a_feed(an_item("/1", NOW - 400 * DAY))
    assert stand.collect(NOW)["silent-feeds"] == 1
    assert stand.source()["silent"] == "nothing new since 12 June 2022"
    assert "fallen silent" in capsys.readouterr().out
    assert run.status(stand.at(NOW))["sources"]["silent"] == 1
    stand.pages[RSS] = a_feed(an_item("/2", NOW))
    assert "silent-feeds" not in stand.collect(NOW + HOUR)
    assert "silent" not in stand.source()


def test_a_feed_without_dates_falls_silent_by_what_was_seen(stand: Newsstand) -> None:
    stand.outlets({"feeds": [{"url": RSS, "volume": 5}]})
    stand.pages[RSS] = a_feed(an_item("/1"))
    assert "silent-feeds" not in stand.collect(NOW)
    assert "silent-feeds" not in stand.collect(NOW + DAY)
    assert stand.collect(NOW + 3 * DAY)["silent-feeds"] == 1


def test_far_less_than_is_expected_is_silent_too(stand: Newsstand) -> None:
    stand.outlets({"feeds": [{"url": RSS, "volume": 40}]})
    for days in range(9):
        stand.pages[RSS] = a_feed(an_item(f"/{days}", NOW + days * DAY), an_item("/always"))
        stand.collect(NOW + days * DAY)
    assert stand.source()["silent"] == "8 entries in a week, where 40 a day are expected"


def test_a_number_for_a_title_is_a_page_of_the_paper(stand: Newsstand) -> None:
    stand.pages[RSS] = a_feed(an_item("/news/15239", title="15239"), an_item("/news/2", title="2022"))
    stand.collect(NOW)
    assert stand.ends() == {"/news/15239": "no-text", "/news/2": "no-text"}
    assert stand.asked(f"{HOST}/news") == []


def test_an_entry_without_a_date_has_the_pages_or_none(stand: Newsstand) -> None:
    stand.pages[RSS] = a_feed(an_item("/1"))
    stand.pages[f"{HOST}/1"] = a_page()
    stand.collect(NOW)
    (article,) = stand.all("articles")
    assert "published" not in article
    assert article["published_from"] == "none"
