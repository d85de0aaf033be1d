"""The sample outlets' server: it speaks HTTP as outlets do, and answers as they would have at a given time."""

import gzip
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import urllib3

from pipeline.errors import ConfigError
from pipeline.layers import read_yaml
from pipeline.samples import FOLDER, SampleSites
from pipeline.source_rules import Sources

FEEDS = {host: outlet["feed"] for host, outlet in json.loads((FOLDER / "index.json").read_text())["outlets"].items()}
ARTICLES = {
    url: facts.get("versions", [facts])
    for url, facts in json.loads((FOLDER / "index.json").read_text())["urls"].items()
    if facts["kind"] == "article"
}
THAMES = "http://thames-sentinel.example/world/2024/sep/10/uk-allies-cut-air-links-iran-missiles-russia"
THAMES_FEED = FEEDS["thames-sentinel.example"]
CASPIAN_FEED = FEEDS["caspian-courier.example"]
ITEM = re.compile(rb"<item[ >]|<entry>|<url>|\"url\":")


@pytest.fixture
def sites() -> Iterator[SampleSites]:
    with SampleSites() as running:
        yield running


@pytest.fixture
def web(sites: SampleSites) -> Iterator[urllib3.ProxyManager]:
    with urllib3.ProxyManager(sites.proxy, retries=False) as manager:
        yield manager


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def get(web: urllib3.ProxyManager, url: str, **headers: str) -> urllib3.BaseHTTPResponse:
    return web.request("GET", url, redirect=False, headers={name.replace("_", "-"): value for name, value in headers.items()})


def test_every_address_answers_when_all_is_out(web: urllib3.ProxyManager) -> None:
    assert {get(web, url).status for url in [*ARTICLES, *FEEDS.values()]} == {200}


def test_an_article_is_served_byte_for_byte_with_its_newest_version(web: urllib3.ProxyManager) -> None:
    for url, versions in ARTICLES.items():
        assert get(web, url).data == (FOLDER / versions[-1]["file"]).read_bytes()


def test_it_answers_by_host_header_too(sites: SampleSites) -> None:
    with urllib3.HTTPConnectionPool("127.0.0.1", sites.port) as pool:
        answer = pool.request("GET", "/rss", headers={"Host": "caspian-courier.example"})
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/rss+xml; charset=utf-8"


def test_a_second_request_with_validators_is_not_modified(web: urllib3.ProxyManager) -> None:
    first = get(web, CASPIAN_FEED)
    by_tag = get(web, CASPIAN_FEED, If_None_Match=first.headers["ETag"])
    by_date = get(web, CASPIAN_FEED, If_Modified_Since=first.headers["Last-Modified"])
    assert (by_tag.status, by_date.status, by_tag.data) == (304, 304, b"")


@pytest.mark.parametrize("header", ["yesterday", "Mon, 01 Jan 2001 00:00:00 GMT"])
def test_an_old_or_unreadable_date_gets_the_whole_answer(web: urllib3.ProxyManager, header: str) -> None:
    assert get(web, CASPIAN_FEED, If_Modified_Since=header).status == 200


def test_head_has_the_headers_and_no_body(web: urllib3.ProxyManager) -> None:
    answer = web.request("HEAD", CASPIAN_FEED)
    assert int(answer.headers["Content-Length"]) > 1000
    assert answer.data == b""


def test_gzip_is_used_where_it_is_accepted(web: urllib3.ProxyManager) -> None:
    answer = web.request("GET", CASPIAN_FEED, headers={"Accept-Encoding": "gzip"}, decode_content=False)
    assert gzip.decompress(answer.data) == get(web, CASPIAN_FEED).data


def test_www_leads_to_the_bare_host(web: urllib3.ProxyManager) -> None:
    answer = get(web, CASPIAN_FEED.replace("http://", "http://www."))
    assert (answer.status, answer.headers["Location"]) == (301, CASPIAN_FEED)


def test_tracking_parameters_do_not_matter_and_others_do(web: urllib3.ProxyManager) -> None:
    jets, know_how = "http://carmel-post.example/news.asp?sec=4&id=90217", "http://carmel-post.example/news.asp?sec=4&id=90644"
    assert get(web, jets + "&utm_source=rss&fbclid=1").data == get(web, jets).data != get(web, know_how).data


def test_what_is_not_there_is_said_so(web: urllib3.ProxyManager) -> None:
    assert get(web, "http://cpw-wire.example/diary/2022-12-17").status == 404
    assert get(web, "http://example.org/").status == 502


def test_requests_are_logged(sites: SampleSites, web: urllib3.ProxyManager) -> None:
    get(web, CASPIAN_FEED, User_Agent="reader")
    get(web, "http://caspian-courier.example/gone")
    assert [(each.method, each.url, each.status) for each in sites.requests] == [
        ("GET", CASPIAN_FEED, 200),
        ("GET", "http://caspian-courier.example/gone", 404),
    ]
    assert sites.requests[0].agent == "reader"
    assert len(get(web, "http://caspian-courier.example/__log").data.splitlines()) == 2


def test_an_article_is_not_there_before_its_time(sites: SampleSites, web: urllib3.ProxyManager) -> None:
    for url, versions in ARTICLES.items():
        out = sites._sites.addresses[url.removeprefix("http://")].versions[0].since
        sites.now = out - timedelta(seconds=1)
        assert get(web, url).status == 404
        sites.now = out
        assert get(web, url).data == (FOLDER / versions[0]["file"]).read_bytes()


def test_a_redirect_is_not_there_before_its_target(sites: SampleSites, web: urllib3.ProxyManager) -> None:
    statuses = []
    for now in ("2022-12-16T23:40:59Z", "2022-12-16T23:41:00Z"):
        sites.now = moment(now)
        statuses.append(get(web, "http://cpw-wire.example/r/4471").status)
    assert statuses == [404, 302]


def test_a_corrected_article_changes_at_its_time_and_so_does_the_feed(sites: SampleSites, web: urllib3.ProxyManager) -> None:
    sites.now = moment("2024-09-10T21:39:00Z")
    before, feed_before = get(web, THAMES), get(web, THAMES_FEED)
    sites.now = moment("2024-09-10T21:40:00Z")
    after, feed_after = get(web, THAMES), get(web, THAMES_FEED)
    assert before.data == (FOLDER / "thames-fath360.html").read_bytes()
    assert after.data == (FOLDER / "thames-fath360-v2.html").read_bytes()
    assert b"cut air links with Iran over" in feed_before.data
    assert b"Iran denies sending missiles" in feed_after.data
    assert get(web, THAMES_FEED, If_None_Match=feed_before.headers["ETag"]).status == 200


def count_of_items(body: bytes) -> int:
    return len(ITEM.findall(body))


@pytest.mark.parametrize("feed", FEEDS.values(), ids=FEEDS)
def test_a_feed_grows_by_whole_items_and_keeps_its_form(sites: SampleSites, web: urllib3.ProxyManager, feed: str) -> None:
    sites.now = moment("2020-01-01T00:00:00Z")
    counts, last = [count_of_items(get(web, feed).data)], b""
    for now in sites.publication_times():
        sites.now = now
        last = get(web, feed).data
        counts.append(count_of_items(last))
    sites.now = None
    assert counts[0] == 0
    assert counts == sorted(counts)
    assert last == get(web, feed).data


@pytest.mark.parametrize("feed", FEEDS.values(), ids=FEEDS)
def test_what_a_feed_still_shows_stands_in_the_whole_feed_unchanged(sites: SampleSites, web: urllib3.ProxyManager, feed: str) -> None:
    sites.now = moment("2024-09-10T18:00:00Z")
    whole = set(get(web, feed).data.splitlines())
    for now in sites.publication_times():
        sites.now = min(now, moment("2024-09-10T18:00:00Z"))
        shown = {line for line in get(web, feed).data.splitlines() if line.strip()}  # a JSON list without items keeps its indentation
        assert shown - whole <= {b"  }"}  # a JSON item that has become the last one loses its comma


def test_a_feed_shows_only_what_is_out(sites: SampleSites, web: urllib3.ProxyManager) -> None:
    sites.now = moment("2022-12-20T00:00:00Z")
    rdf, data = get(web, FEEDS["gulf-meridian.example"]).data, json.loads(get(web, FEEDS["dnipro-observer.example"]).data)
    assert rdf.count(b"<rdf:li ") == rdf.count(b"<item ") == 3
    assert [item["id"] for item in data["items"]] == ["dnipro-experts-meeting"]
    assert data["title"] == "Dnipro Observer"


def test_items_without_an_article_come_with_the_feeds_first_one(sites: SampleSites, web: urllib3.ProxyManager) -> None:
    shown = []
    for now in ("2022-12-09T19:00:00Z", "2022-12-09T19:05:00Z", "2022-12-16T23:41:00Z", "2022-12-17T02:15:00Z"):
        sites.now = moment(now)
        shown.append(count_of_items(get(web, FEEDS["cpw-wire.example"]).data))
    # a story, the diary and the headline without a link; two entries of the next story; the other outlet's article
    assert shown == [0, 3, 5, 6]


def test_validators_follow_the_bytes(sites: SampleSites, web: urllib3.ProxyManager) -> None:
    sites.now = moment("2022-11-06T00:00:00Z")
    early = get(web, CASPIAN_FEED)
    sites.now = moment("2022-12-01T00:00:00Z")
    same = get(web, CASPIAN_FEED, If_None_Match=early.headers["ETag"])
    sites.now = moment("2022-12-18T08:52:00Z")
    later = get(web, CASPIAN_FEED, If_None_Match=early.headers["ETag"])
    assert early.headers["Last-Modified"] == "Sat, 05 Nov 2022 10:25:00 GMT"
    assert (same.status, later.status) == (304, 200)
    assert later.headers["Last-Modified"] == "Sun, 18 Dec 2022 08:52:00 GMT"


def test_front_pages_and_robots_files_are_always_there(sites: SampleSites, web: urllib3.ProxyManager) -> None:
    sites.now = moment("2020-01-01T00:00:00Z")
    assert get(web, "http://cpw-wire.example/robots.txt").status == 200
    assert get(web, "http://cpw-wire.example/").data.count(b"<li>") == 0


def test_another_process_may_set_the_time(sites: SampleSites, web: urllib3.ProxyManager) -> None:
    assert get(web, "http://cpw-wire.example/__now?at=2022-12-18T12:00:00Z").data == b"2022-12-18T12:00:00+00:00\n"
    assert sites.now == datetime(2022, 12, 18, 12, tzinfo=UTC)
    assert get(web, "http://cpw-wire.example/__now?at=2022-12-18T12:00:00+03:30").status == 200
    assert sites.now == datetime(2022, 12, 18, 8, 30, tzinfo=UTC)
    assert get(web, "http://cpw-wire.example/__now?at=tomorrow").status == 400
    assert get(web, "http://cpw-wire.example/__now?at=").data == b"\n"
    assert sites.now is None


def test_a_time_without_a_zone_is_refused(sites: SampleSites) -> None:
    with pytest.raises(ValueError, match="zone"):
        sites.now = datetime(2022, 12, 18)


def test_publication_times_are_distinct_and_in_order(sites: SampleSites) -> None:
    times = sites.publication_times()
    assert times == sorted(set(times))
    assert (times[0], times[-1]) == (moment("2022-10-18T11:05:00Z"), moment("2024-10-15T07:15:00Z"))
    assert moment("2024-09-10T21:40:00Z") in times


def test_a_missing_folder_is_said_with_its_remedy(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="checkout"):
        SampleSites(tmp_path)


def test_the_configuration_names_every_outlet_and_its_feed() -> None:
    outlets = read_yaml(FOLDER / "sources.yml", Sources).outlets
    assert {outlet.domains[0]: outlet.feeds[0].url for outlet in outlets} == FEEDS
    assert [outlet.id for outlet in outlets] == [host.split(".")[0] for host in FEEDS]
