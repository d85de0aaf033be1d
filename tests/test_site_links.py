import pytest

from pipeline.site_links import articles_on, domain_of, feeds_named, guesses, pattern_of, sitemaps_named

URL = "https://www.daily.example/en/"
HTML = "text/html; charset=utf-8"


def named(html: str) -> tuple[str, ...]:
    return feeds_named(html.encode(), url=URL, content_type=HTML)


def test_feeds_that_the_head_names_come_in_its_order_without_those_of_comments() -> None:
    head = """<html><head>
      <link rel="alternate" type="application/rss+xml" title="Daily" href="/rss">
      <link rel="alternate" type="application/rss+xml" title="Comments" href="/comments/feed">
      <link rel="alternate" type="application/atom+xml" href="https://feeds.daily.example/atom">
      <link rel="alternate" type="application/feed+json" href="//cdn.example/feed.json">
      <link rel="alternate" hreflang="fa" href="/fa/">
      <link rel="alternate" type="application/json+oembed" href="/oembed?url=x">
      </head><body><a href="/rss/politics">Politics</a></body></html>"""
    assert named(head) == ("https://www.daily.example/rss", "https://feeds.daily.example/atom", "http://cdn.example/feed.json")


def test_without_them_links_that_look_like_feeds_are_taken() -> None:
    page = "<html><body><a href='/rss/all.xml'>all</a><a href='/about'>about</a><a href='/feed'>feed</a></body></html>"
    assert named(page) == ("https://www.daily.example/rss/all.xml", "https://www.daily.example/feed")


@pytest.mark.parametrize("page", ["", "no markup", "<html><body></body></html>", "\x00\x01"])
def test_a_page_without_feeds_names_none(page: str) -> None:
    assert named(page) == ()


def test_only_sitemaps_of_news_are_of_use() -> None:
    robots = b"""User-agent: *
Disallow: /private
Sitemap: https://www.daily.example/sitemap.xml
sitemap: /sitemap_news.xml  # the latest
Sitemap: https://www.daily.example/latest-articles.xml
"""
    assert sitemaps_named(robots, url="https://www.daily.example/") == (
        "https://www.daily.example/sitemap_news.xml",
        "https://www.daily.example/latest-articles.xml",
    )


def test_where_feeds_often_lie() -> None:
    assert guesses(URL)[:2] == ("https://www.daily.example/feed/", "https://www.daily.example/rss")


PAGE = "<html><body>" + "".join(
    f"<a href='/news/2026/11/{n}/minister-denies-{n}'>x</a><a href='https://other.example/news/2026/{n}/x'>y</a>" for n in range(6)
) + "<a href='/about'>about</a><a href='/tag/iran'>tag</a><a href='/opinion/2026/why-it-matters'>o</a></body></html>"  # fmt: skip


def test_links_of_articles_are_told_from_menus_and_from_other_sites() -> None:
    found = articles_on(PAGE.encode(), url="https://www.daily.example/", content_type=HTML)
    assert [link for link in found if "/news/" in link] == [
        f"https://www.daily.example/news/2026/11/{n}/minister-denies-{n}" for n in range(6)
    ]
    assert not any("other.example" in link or link.endswith("/about") for link in found)
    assert pattern_of(found) == "/news/*"


def test_too_few_links_have_no_pattern() -> None:
    assert pattern_of([f"https://daily.example/news/{n}" for n in range(4)]) is None
    assert pattern_of([]) is None


@pytest.mark.parametrize(
    ("url", "links", "domain"),
    [
        ("https://www.daily.example/rss", [], "daily.example"),
        ("https://en.daily.example/rss", ["https://en.daily.example/1"], "en.daily.example"),
        ("https://feeds.daily.co.uk/rss", ["https://www.daily.co.uk/1", "https://www.daily.co.uk/2"], "daily.co.uk"),
        ("https://feeds.daily.example/rss", ["https://elsewhere.example/1"], "feeds.daily.example"),
        ("https://gov.uk/x.atom", ["https://www.gov.uk/1"], "gov.uk"),
    ],
)
def test_what_a_sites_addresses_lie_under(url: str, links: list[str], domain: str) -> None:
    assert domain_of(url, links) == domain
