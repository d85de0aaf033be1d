"""What a site's pages say of its feeds: addresses that its head and its links name, sitemaps of robots.txt, links that are articles.

Pure: trafilatura's and courlan's finders on text that is here already. Both also have finders that open connections of their own; those
are not for us.
"""

import re
from collections import Counter
from collections.abc import Sequence
from urllib.parse import urljoin, urlsplit

from courlan import extract_domain, extract_links
from trafilatura.feeds import FeedParameters, determine_feed
from trafilatura.sitemaps import extract_robots_sitemaps

from pipeline.addresses import within
from pipeline.charsets import decode

# Where feeds lie when no page names them, the most frequent first.
GUESSES = ("/feed/", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml")
MAX_LINKS = 60
# Fewer links than these under one folder are a menu.
FEW_ARTICLES = 5

_NEWS = re.compile(r"news|latest|article", re.IGNORECASE)
# Feeds of comments and of pictures have no articles.
_OTHERS = re.compile(r"comment|/video|podcast|oembed|wp-json|/photo", re.IGNORECASE)


def feeds_named(body: bytes, *, url: str, content_type: str | None) -> tuple[str, ...]:
    """Addresses that a page calls its feeds, in its order; none of comments."""
    html = decode(body, content_type, html=True).text
    parts = urlsplit(url)
    base = f"{parts.scheme}://{parts.netloc}"
    # Relative addresses are joined to the root there, which is wrong for few sites, and for those the guesses remain.
    named = determine_feed(html, FeedParameters(base, parts.hostname or "", url))
    return tuple(each for each in dict.fromkeys(named) if not _OTHERS.search(each))[:MAX_LINKS]


def sitemaps_named(body: bytes, *, url: str) -> tuple[str, ...]:
    """The sitemaps of news that a robots.txt names; others hold every page that there ever was."""
    named = extract_robots_sitemaps(body.decode("utf-8", "replace"), url)
    return tuple(each for each in dict.fromkeys(named) if _NEWS.search(urlsplit(each).path))[:MAX_LINKS]


def guesses(url: str) -> tuple[str, ...]:
    """Where feeds of a site often lie."""
    return tuple(urljoin(url, path) for path in GUESSES)


def articles_on(body: bytes, *, url: str, content_type: str | None) -> tuple[str, ...]:
    """Links of a page that look like articles of the same site, in alphabetical order."""
    html = decode(body, content_type, html=True).text
    found = extract_links(html, url=url, external_bool=False, strict=True)
    return tuple(sorted(link for link in found if urlsplit(link).path.strip("/").count("/") >= 1))


def pattern_of(articles: Sequence[str]) -> str | None:
    """What the most of these addresses have in common, as `links` of a list writes it: `/news/*`; None where they are too few."""
    folders = Counter(urlsplit(link).path.split("/")[1] for link in articles)
    folder, count = next(iter(folders.most_common(1)), ("", 0))
    return f"/{folder}/*" if folder and count >= FEW_ARTICLES else None


def domain_of(url: str, links: Sequence[str] = ()) -> str:
    """What a site's addresses lie under: its host, or the domain above it where most links are at other hosts of that."""
    host = re.sub(r"^www\d?\.", "", (urlsplit(url).hostname or "").lower())
    whole = extract_domain(url, fast=True) or host
    elsewhere = sum(not within(link, [host]) and within(link, [whole]) for link in links)
    return whole if elsewhere * 2 > len(links) and "." in whole else host
