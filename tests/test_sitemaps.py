"""Indexes of sitemaps: which of the files that they name have what is new."""

from datetime import UTC, datetime

from pipeline.answers import FeedKind
from pipeline.feeds import ParsedFeed, parse

URL = "https://outlet.example/sitemap.xml"


def index(*children: str) -> ParsedFeed:
    rows = "".join(f"<sitemap>{each}</sitemap>" for each in children)
    body = f'<?xml version="1.0"?><sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</sitemapindex>'
    return parse(body.encode(), url=URL, content_type="text/xml", kind=None)


def names(feed: ParsedFeed) -> list[str]:
    return [child.url.rpartition("/")[2] for child in feed.children]


def test_the_sitemaps_changed_last_come_first() -> None:
    found = index(
        "<loc>/sitemap/2026-10.xml</loc><lastmod>2026-11-01T00:00:00Z</lastmod>",
        "<loc>/sitemap/2026-11.xml</loc><lastmod>2026-11-23T07:00:00+02:00</lastmod>",
        "<loc>/sitemap/pages.xml</loc>",
        "<loc>ftp://elsewhere/x.xml</loc>",
    )
    assert names(found) == ["2026-11.xml", "2026-10.xml", "pages.xml"]
    assert found.children[0].modified == datetime(2026, 11, 23, 5, tzinfo=UTC)
    assert found.entries == ()


def test_without_dates_the_news_come_first_and_then_the_highest_numbers() -> None:
    found = index(
        *(f"<loc>/{name}</loc>" for name in ("post-sitemap2.xml", "post-sitemap11.xml", "sitemap_news.xml", "sitemap-2026-1.xml"))
    )
    assert names(found) == ["sitemap_news.xml", "sitemap-2026-1.xml", "post-sitemap11.xml", "post-sitemap2.xml"]


def test_an_index_is_found_out_and_may_be_said() -> None:
    body = b"<sitemapindex><sitemap><loc>https://outlet.example/a.xml</loc></sitemap></sitemapindex>"
    for kind in (None, FeedKind.SITEMAP):
        assert names(parse(body, url=URL, content_type=None, kind=kind)) == ["a.xml"]
