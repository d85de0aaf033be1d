"""Each kind of source the whole way, over HTTP and on a real node: what it is asked, and what becomes of what it shows."""

import json
from datetime import datetime
from typing import Any

import pytest

from pipeline.gdelt import RECORDS
from tests.newsstand import DAY, HOST, HOUR, MINUTE, NOW, STORY, Newsstand, a_page, a_sitemap, a_story, stand
from tests.webpages import Answer

__all__ = ["stand"]
LIST = f"{HOST}/news"
CHANNEL = "http://t.me/s/outlet"
GDELT = "http://gdelt.example/doc"


def a_list(*paths: str) -> Answer:
    rows = "".join(f'<li><a href="{path}">Iran rejects report {path} on drones</a></li>' for path in paths)
    return Answer(f'<html><body><nav><a href="/">Home</a> <a href="/about">About us</a></nav><ul>{rows}</ul></body></html>'.encode())


def a_channel(*numbers: int, earlier: bool = False) -> Answer:
    """A page of a channel's public view, oldest first as it has them; each post is a story of its own."""
    posts = "".join(_post(number) for number in numbers)
    more = f'<a href="/s/outlet?before={numbers[0]}" class="tme_messages_more js-messages_more" data-before="{numbers[0]}"></a>'
    return Answer(f'<html><body><section class="tgme_channel_history">{more if earlier else ""}{posts}</section></body></html>'.encode())


def _post(number: int) -> str:
    text = "<br/><br/>".join(f"In post {number}, {each}" for each in STORY)
    date = (
        f'<a class="tgme_widget_message_date" href="https://t.me/outlet/{number}"><time datetime="{(NOW - HOUR).isoformat()}"></time></a>'
    )
    return (
        f'<div class="tgme_widget_message" data-post="outlet/{number}">'
        f'<div class="tgme_widget_message_text js-message_text">{text}</div><div class="tgme_widget_message_info">'
        f'<span class="tgme_widget_message_meta">{date}</span></div></div>'
    )


def an_index(children: dict[str, datetime]) -> Answer:
    rows = "".join(f"<sitemap><loc>{HOST}{path}</loc><lastmod>{at.isoformat()}</lastmod></sitemap>" for path, at in children.items())
    head = '<?xml version="1.0" encoding="UTF-8"?><sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
    return Answer(f"{head}{rows}</sitemapindex>".encode(), headers={"Content-Type": "application/xml"})


def records(numbers: range, seen: datetime, domain: str = "outlet.example") -> Answer:
    """An answer of GDELT, the latest first."""
    articles: list[dict[str, Any]] = [
        {
            "url": f"http://{domain}/{each}", "url_mobile": "", "title": "Iran rejects report on drones", "socialimage": "",
            "seendate": seen.strftime("%Y%m%dT%H%M%SZ"), "domain": domain, "language": "English", "sourcecountry": "Iran",
        }
        for each in numbers
    ]  # fmt: skip
    return Answer(json.dumps({"articles": articles}).encode(), headers={"Content-Type": "application/json"})


def test_of_a_list_page_the_links_that_fit_are_followed_once(stand: Newsstand) -> None:
    stand.outlets({"feeds": [{"url": LIST, "kind": "list", "links": "/news/*"}]})
    stand.pages |= {LIST: a_list("/news/2", "/news/1", "/video/7"), f"{HOST}/news/1": a_story(1), f"{HOST}/news/2": a_story(2)}
    assert stand.collect(NOW)["saved"] == 2
    stand.pages |= {LIST: a_list("/news/3", "/news/2", "/news/1"), f"{HOST}/news/3": a_story(3)}
    assert stand.collect(NOW + HOUR)["saved"] == 1
    assert stand.ends() == {"/news/1": "saved", "/news/2": "saved", "/news/3": "saved"}
    assert len(stand.asked(f"{HOST}/news/1")) == 1


def test_a_channels_posts_are_the_articles_back_to_what_is_known(stand: Newsstand) -> None:
    stand.outlets({"feeds": [{"url": CHANNEL, "kind": "telegram"}]})
    stand.pages[CHANNEL] = a_channel(1, 2)
    assert stand.collect(NOW)["saved"] == 2
    stand.pages[CHANNEL] = a_channel(5, 6, earlier=True)
    stand.pages[f"{CHANNEL}?before=5"] = a_channel(3, 4, earlier=True)
    stand.pages[f"{CHANNEL}?before=3"] = a_channel(1, 2, earlier=True)
    assert stand.collect(NOW + HOUR)["saved"] == 4
    assert {it["text_from"] for it in stand.all("articles")} == {"post"}
    assert not [url for url in stand.web.asked if "/outlet/" in url]


def test_of_an_index_the_newest_files_are_read_and_one_that_fails_is_told(stand: Newsstand) -> None:
    stand.outlets({"feeds": [{"url": f"{HOST}/index.xml", "kind": "sitemap"}]})
    stand.pages |= {
        f"{HOST}/index.xml": an_index({"/july.xml": NOW - HOUR, "/gone.xml": NOW - HOUR, "/2019.xml": NOW - 1400 * DAY}),
        f"{HOST}/july.xml": a_sitemap({"/1": NOW - HOUR}),
        f"{HOST}/1": a_story(1),
    }
    assert stand.collect(NOW)["saved"] == 1
    assert stand.asked(f"{HOST}/2019.xml") == []
    assert len(stand.asked(f"{HOST}/gone.xml")) >= 1


def test_gdelt_is_turned_back_until_an_answer_is_not_full(stand: Newsstand) -> None:
    stand.outlets(
        {"feeds": [{"url": f"{HOST}/rss"}]},
        {"id": "gdelt", "name": "GDELT", "domains": ["gdelt.example"], "aggregator": True, "feeds": [{"url": GDELT, "kind": "gdelt"}]},
    )
    full, rest = records(range(RECORDS), NOW - HOUR), records(range(RECORDS, RECORDS + 3), NOW - 2 * HOUR)
    stand.pages |= {f"{GDELT}*": [full, rest], f"{HOST}/*": Answer(status=410)}
    assert stand.collect(NOW, ids=["gdelt"])["rejected"] == RECORDS + 3
    first, second = stand.asked(GDELT)
    assert "enddatetime=20230717120000" in first
    assert "enddatetime=20230717110000" in second


@pytest.mark.parametrize(("domain", "outcome"), [("outlet.example", "saved"), ("stranger.example", "unknown-outlet")])
def test_what_an_aggregator_shows_is_the_outlets_or_nobodys(stand: Newsstand, domain: str, outcome: str) -> None:
    stand.outlets(
        {"feeds": [{"url": f"{HOST}/rss"}]},
        {"id": "gdelt", "name": "GDELT", "domains": ["gdelt.example"], "aggregator": True, "feeds": [{"url": GDELT, "kind": "gdelt"}]},
    )
    stand.pages |= {f"{GDELT}*": records(range(1, 2), NOW - HOUR, domain), f"http://{domain}/1": a_story(1)}
    assert stand.collect(NOW, ids=["gdelt"])[outcome] == 1
    assert [it["outlet"]["id"] for it in stand.all("articles")] == (["outlet"] if outcome == "saved" else [])


def test_a_search_is_asked_for_the_parties_in_the_outlets_languages(stand: Newsstand) -> None:
    stand.outlets({"languages": ["en", "ru"], "feeds": [{"url": f"{HOST}/find?q={{query}}", "kind": "search", "links": "/news/*"}]})
    stand.pages |= {f"{HOST}/find?q=*": a_list("/news/1"), f"{HOST}/news/1": a_story(1)}
    assert stand.collect(NOW)["saved"] == 1
    english, russian = stand.asked(f"{HOST}/find?q=")
    assert english.lower().endswith("iran%20russia")
    assert "%D0" in russian


def test_a_page_that_is_gone_and_a_list_without_links_are_told_apart(stand: Newsstand) -> None:
    stand.outlets({"feeds": [{"url": LIST, "kind": "list", "links": "/news/*"}]})
    stand.pages |= {LIST: a_list("/news/1"), f"{HOST}/news/1": Answer(status=404)}
    assert stand.collect(NOW)["rejected"] == 1
    stand.pages[LIST] = a_page(["We have moved."])
    assert stand.collect(NOW + HOUR)["failed-feeds"] == 1
    assert stand.collect(NOW + 2 * HOUR + MINUTE)["failed-feeds"] == 1
