"""Sites on loopback: whatever is opened goes through their proxy, and so is counted."""

from datetime import UTC, datetime

import pytest

from pipeline.errors import Rejected
from pipeline.source_finder import MAX_TRIED, Site, find
from tests.test_source_check import HTML, a_desk, a_feed, an_item, quiet
from tests.webpages import Answer

HOME = "http://daily.example/"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
FEED = a_feed(an_item(), an_item("Another denial of the report", link="http://daily.example/news/2", hours=3))


def a_page(inner: str = "", head: str = "<title>Daily – home</title>") -> Answer:
    return Answer(body=f"<!doctype html><html><head>{head}</head><body>{inner}</body></html>".encode(), headers=HTML)


def linked(*urls: str) -> str:
    return "".join(f'<link rel="alternate" type="application/rss+xml" href="{url}">' for url in urls)


def found(table: dict[str, Answer], url: str = HOME) -> Site:
    with a_desk(table) as desk:
        return find(url, desk, quiet)


def test_feeds_that_a_site_names_are_tried_in_its_order_and_those_that_fail_are_told() -> None:
    site = found({HOME: a_page(head=linked("/gone", "/rss", "/empty", "/page")), "http://daily.example/rss": FEED,
                  "http://daily.example/empty": Answer(), "http://daily.example/page": a_page()})  # fmt: skip
    assert [feed.url for feed in site.feeds] == ["http://daily.example/rss"]
    assert dict(site.failed) == {
        "http://daily.example/gone": "status 404",
        "http://daily.example/empty": "empty body",
        "http://daily.example/page": "an HTML page, not a feed, “Daily – home”",
    }
    (feed,) = site.feeds
    assert (feed.look.entries, feed.look.title, feed.look.language) == (2, "Daily", "en")
    assert (site.domain, site.title) == ("daily.example", "")


def test_an_address_that_is_a_feed_needs_no_search() -> None:
    site = found({"http://feeds.daily.example/rss": FEED}, "http://feeds.daily.example/rss")
    assert [feed.url for feed in site.feeds] == ["http://feeds.daily.example/rss"]
    assert site.failed == ()


def test_a_page_about_feeds_is_looked_through() -> None:
    table = {
        HOME: a_page("<a href='/rss'>RSS</a>"),
        "http://daily.example/rss": a_page("<a href='/rss/iran.xml'>Iran</a> <a href='/rss/world.xml'>World</a>"),
        "http://daily.example/rss/iran.xml": FEED,
        "http://daily.example/rss/world.xml": FEED,
    }
    assert [feed.url for feed in found(table).feeds] == ["http://daily.example/rss/iran.xml", "http://daily.example/rss/world.xml"]


def test_where_nothing_is_named_it_is_looked_where_feeds_often_lie() -> None:
    assert [feed.url for feed in found({HOME: a_page(), "http://daily.example/atom.xml": FEED}).feeds] == ["http://daily.example/atom.xml"]


def test_sitemaps_of_news_are_the_last_resort() -> None:
    sitemap = b"""<urlset xmlns:news="n"><url><loc>http://daily.example/news/1</loc><news:news>
      <news:publication_date>2026-11-23T10:00:00Z</news:publication_date><news:title>Denied</news:title></news:news></url></urlset>"""
    table = {
        HOME: a_page(),
        "http://daily.example/robots.txt": Answer(body=b"Sitemap: http://daily.example/all.xml\nSitemap: http://daily.example/news.xml"),
        "http://daily.example/news.xml": Answer(body=sitemap, headers={"Content-Type": "application/xml"}),
    }
    site = found(table)
    assert [(feed.url, feed.look.entries) for feed in site.feeds] == [("http://daily.example/news.xml", 1)]


def test_a_site_without_any_tells_its_articles() -> None:
    links = "".join(f"<a href='/news/2026/story-{n}'>x</a>" for n in range(7))
    site = found({HOME: a_page(links)})
    assert site.feeds == ()
    assert len(site.articles) == 7
    assert site.title == "Daily – home"


def test_a_site_of_a_hundred_feeds_is_not_asked_for_all_of_them() -> None:
    paths = [f"/rss/{n}" for n in range(100)]
    table = {HOME: a_page(head=linked(*paths))} | {f"http://daily.example{path}": FEED for path in paths}
    assert len(found(table).feeds) == MAX_TRIED


def test_the_same_feed_by_two_addresses_is_one() -> None:
    table = {
        HOME: a_page(head=linked("/rss", "/old", "/rss/")),
        "http://daily.example/rss": FEED,
        "http://daily.example/old": Answer(status=301, headers={"Location": "/rss"}),
    }
    assert [feed.url for feed in found(table).feeds] == ["http://daily.example/rss"]


def test_robots_are_obeyed_and_an_address_that_answers_nothing_is_an_error() -> None:
    no = Answer(body=b"User-agent: *\nDisallow: /rss")
    site = found({HOME: a_page(head=linked("/rss")), "http://daily.example/robots.txt": no, "http://daily.example/rss": FEED})
    assert site.feeds == ()
    assert dict(site.failed)["http://daily.example/rss"] == "robots.txt says no"
    with pytest.raises(Rejected, match="status 404"):
        found({}, "http://nothing.example/")


def test_links_of_feeds_decide_what_the_site_is() -> None:
    feed = a_feed(*(an_item(link=f"http://www.daily.co.uk/{n}") for n in range(3)))
    assert found({"http://feeds.daily.co.uk/rss": feed}, "http://feeds.daily.co.uk/rss").domain == "daily.co.uk"
