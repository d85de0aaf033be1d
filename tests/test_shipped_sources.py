"""The topic's sources.yml, held to facts: whether the addresses answer, only `claimwire sources check` can say."""

from collections import Counter
from datetime import date
from urllib.parse import urlsplit

import pytest

from pipeline.addresses import within
from pipeline.answers import FeedKind
from pipeline.config_files import read_agencies, read_sources
from pipeline.settings import read_settings
from pipeline.source_rules import Outlet

OUTLETS = read_sources(read_settings(topic="iran-russia", overlay=None)).outlets
POLLED = [outlet for outlet in OUTLETS if outlet.paused is None]

# Asked on behalf of outlets: their links lead to the outlet's own domains.
AGGREGATORS = ("api.gdeltproject.org", "t.me")

# Somebody has tried these and found them dead, frozen, or a page instead of a feed. Much other code still asks for them.
DEAD = {
    "https://www.tehrantimes.com/rss/tp/698",
    "https://www.tehrantimes.com/rss/tp/702",
    "https://www.tasnimnews.com/en/rss",
    "https://www.farsnews.ir/rss",
    "https://www.farsnews.ir/en/rss",
    "https://en.isna.ir/rss/tp/13",
    "https://english.khamenei.ir/rss",
    "https://www.iranintl.com/en/rss",
    "https://kyivindependent.com/feed/",
    "https://kyivindependent.com/rss/",
    "http://rss.cnn.com/rss/cnn_world.rss",
    "https://apnews.com/index.rss",
    "http://feeds.reuters.com/reuters/worldNews",
    "https://www.rferl.org/api/zyqopjmxel",
    "https://www.rferl.org/api/zypppgmm-en",
    "https://understandingwar.org/rss.xml",
    "https://amwaj.media/rss",
    "https://www.iranwatch.org/rss",
    "https://isis-online.org/rss",
    "https://www.haaretz.com/srv/haaretz-main-feed.xml",
    "https://www.aa.com.tr/en/rss/default?cat=live",
    "https://www.state.gov/press-releases/feed/",
    "https://home.treasury.gov/rss/press-releases.xml",
    "https://www.consilium.europa.eu/en/rss/press-releases.aspx",
    "https://www.iaea.org/feeds/topnews",
    "https://www.nato.int/cps/en/natolive/news_rss",
    "https://mid.ru/en/rss.xml",
}


def ids(outlet: Outlet) -> str:
    return outlet.id


def test_there_are_more_than_eighty_outlets_and_they_have_names_of_their_own() -> None:
    assert len(POLLED) >= 100
    names = Counter(outlet.name.casefold() for outlet in OUTLETS)
    assert [name for name, count in names.items() if count > 1] == []


def test_no_address_is_asked_twice_and_no_dead_one_at_all() -> None:
    asked = Counter(feed.url.rstrip("/") for outlet in OUTLETS for feed in outlet.feeds if feed.kind is not FeedKind.GDELT)
    assert [url for url, count in asked.items() if count > 1] == []
    assert asked.keys() & {url.rstrip("/") for url in DEAD} == set()


@pytest.mark.parametrize("outlet", OUTLETS, ids=ids)
def test_an_outlet_says_who_speaks_and_what_is_known_of_its_addresses(outlet: Outlet) -> None:
    assert outlet.country
    assert outlet.ownership
    assert any(word in outlet.notes.lower() for word in ("seen answering", "listed", "untested", "gdelt is asked"))
    assert len(set(outlet.languages)) == len(outlet.languages)


@pytest.mark.parametrize("outlet", OUTLETS, ids=ids)
def test_an_outlets_domains_cover_its_feeds(outlet: Outlet) -> None:
    for feed in outlet.feeds:
        host = urlsplit(feed.url).hostname or ""
        assert within(feed.url, outlet.domains) or host in AGGREGATORS, feed.url
        assert not any(within(f"https://{domain}/", AGGREGATORS) for domain in outlet.domains)


def test_no_outlet_claims_what_another_one_publishes() -> None:
    domains = Counter(domain for outlet in OUTLETS for domain in outlet.domains)
    assert [domain for domain, count in domains.items() if count > 1] == []
    nested = {(one, other) for one in domains for other in domains if one != other and within(f"https://{one}/", [other])}
    assert nested == set()


def test_the_sides_are_all_heard() -> None:
    countries = Counter(outlet.country for outlet in POLLED)
    assert min(countries[side] for side in ("IR", "RU", "UA", "US", "GB")) >= 9
    assert {"IL", "SA", "TR", "CN", "IN", "QA", "EU", "UN", "NATO"} <= countries.keys()
    assert {"state", "state-affiliated", "public", "private", "exile", "ngo", "government", "intergovernmental"} == {
        outlet.ownership for outlet in POLLED
    }
    assert {"en", "fa", "ru", "ar"} == {language for outlet in POLLED for language in outlet.languages}


def test_news_agencies_are_known_by_the_names_of_their_outlets() -> None:
    """Otherwise a copy that is signed by one would not be laid to its own article."""
    agencies = {agency.name for agency in read_agencies(read_settings(topic="iran-russia"))}
    outlets = {outlet.name for outlet in OUTLETS}
    assert {"IRNA", "ISNA", "Tasnim News Agency", "Fars", "Mehr News Agency", "TASS", "RIA Novosti", "Interfax", "Ukrinform"} <= agencies
    assert {"Reuters", "Associated Press", "Xinhua", "Anadolu Agency", "IRNA", "ISNA", "Tasnim News Agency", "Fars"} <= outlets
    assert {"Mehr News Agency", "TASS", "RIA Novosti", "Interfax", "Ukrinform"} <= outlets


def test_who_is_paused_says_why() -> None:
    paused = {outlet.id: outlet.paused for outlet in OUTLETS if outlet.paused}
    assert set(paused) == {"associated-press"}
    assert all(each.since <= date(2026, 12, 31) and len(each.why) > 20 for each in paused.values())
