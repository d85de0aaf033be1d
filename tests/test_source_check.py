"""Every trouble that a source can have, from a server that has it."""

import atexit
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from typing import Any

import pytest

from pipeline.chrome import ChromeRules
from pipeline.fetch import Limits, Web
from pipeline.parsers import Parsers
from pipeline.rules import Topic
from pipeline.source_check import Desk, check
from pipeline.source_report import Report, State
from pipeline.source_rules import Outlet
from pipeline.source_troubles import Cause, Weight, trouble
from tests.test_fetch import Server, answer
from tests.webpages import Answer, webpages

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
URL = "http://daily.example/rss"
RSS = "application/rss+xml"
QUIET = Limits(host_delay=0.0)
WORDS = {"parties": {"X": ("harbourland",), "Y": ("inlandia",)}, "subject": ("drones",)}
TOPIC = Topic.model_validate({"id": "fish", "title": "Fish", "sides": ("XA",), "languages": {"en": WORDS, "fa": WORDS}})
# Its processes are started once for all tests that check sources, here and in other files.
PARSERS = Parsers(workers=2)


atexit.register(PARSERS.close)


def an_outlet(url: str = URL, **given: Any) -> Outlet:
    feed = {"url": url, **given.pop("feed", {})}
    made = {"id": "daily", "name": "Daily", "domains": ["daily.example"], "feeds": [feed, *given.pop("more", [])]}
    return Outlet.model_validate(made | given)


def an_item(
    title: str = "The ministry denied the report", *, link: str | None = "http://daily.example/news/1", hours: float | None = 2
) -> str:
    date = f"<pubDate>{format_datetime(NOW - timedelta(hours=hours))}</pubDate>" if hours is not None else ""
    return f"<item><title>{title}</title>{f'<link>{link}</link>' if link else ''}{date}</item>"


def a_feed(*items: str) -> Answer:
    body = f"<?xml version='1.0'?><rss version='2.0'><channel><title>Daily</title>{''.join(items)}</channel></rss>"
    return Answer(body=body.encode(), headers={"Content-Type": RSS})


@contextmanager
def a_desk(table: Mapping[str, Answer] | None = None, **given: Any) -> Iterator[Desk]:
    with webpages(table or {}) as pages:
        web = given.pop("web", None) or Web(user_agent="claimwire/1", clock=lambda: NOW, limits=QUIET, proxy=pages.proxy)
        desk = Desk(
            web=web,
            parsers=PARSERS,
            chrome=ChromeRules(),
            clock=lambda: NOW,
            topic=TOPIC,
            secrets={},
            feed_seconds=10.0,
            page_seconds=10.0,
        )
        yield replace(desk, **given)


def quiet(line: str) -> None:
    """Nobody looks on."""


def checked(outlet: Outlet, table: Mapping[str, Answer], **given: Any) -> Report:
    with a_desk(table, **given) as desk:
        return check("fish", [outlet], desk, quiet)


def troubles(report: Report) -> dict[Cause, str]:
    found: dict[Cause, str] = {}
    for each in (each for row in report.rows for each in row.troubles):
        found[each.cause] = "; ".join(filter(None, (found.get(each.cause), each.says)))
    return found


HTML = {"Content-Type": "text/html"}
ANSWERS = [
    (Answer(body=b"<!doctype html><title>Just a  moment...</title>"), Cause.HTML, "instead of a feed, titled “Just a moment...”"),
    (Answer(body=b"<html><body>no title"), Cause.HTML, "an HTML page instead of a feed"),
    (Answer(body=b"Invalid url", headers={"Content-Type": RSS}), Cause.NOT_A_FEED, "it begins “Invalid url”"),
    (Answer(body=b'{"error": "no such feed"}'), Cause.NOT_A_FEED, "JSON, but not a JSON Feed"),
    (Answer(body=b" \n"), Cause.EMPTY, "empty body"),
    (a_feed(), Cause.NO_ENTRIES, "answers, but has no entries"),
    (Answer(status=404), Cause.GONE, "status 404"),
    (Answer(status=410), Cause.GONE, "status 410"),
    (Answer(status=403), Cause.REFUSED, "status 403"),
    (Answer(status=451), Cause.REFUSED, "status 451"),
    (Answer(status=429), Cause.OVERASKED, "status 429"),
    (Answer(status=503), Cause.SERVER, "status 503"),
    (Answer(status=302, headers={"Location": URL}), Cause.REDIRECTS, "redirect to itself"),
    (Answer(status=302), Cause.REDIRECTS, "status 302 without Location"),
    (Answer(status=301, headers={"Location": "http://127.0.0.1/"}), Cause.FORBIDDEN, "address is not public"),
    (Answer(body=b"x" * (11 * 2**20), headers={"Content-Type": RSS}), Cause.TOO_LARGE, "more than 10485760 bytes"),
    (a_feed(an_item(hours=412 * 24)), Cause.STALE, "stale: the newest entry is 412 days old"),
    (a_feed(an_item(hours=-48)), Cause.AHEAD, "the newest entry is dated 25 November 2026"),
    (a_feed(an_item(hours=None)), Cause.NO_DATES, "no entry has a date"),
    (a_feed(an_item(link=None)), Cause.NO_LINKS, "none of 1 entries has a link"),
    (a_feed(an_item(link="http://other.example/1"), an_item()), None, ""),
    (a_feed(an_item(link="http://a.other.example/1")), Cause.OFF_SITE, "1 of 1 links lead to a.other.example"),
    (a_feed(an_item("Министерство опровергло сообщения о поставках")), Cause.OTHER_LANGUAGE, "in 'ru', the outlet publishes in en"),
    (a_feed(an_item() + "<item><title>cut"), Cause.FLAWED, "not well-formed"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "cause", "says"), ANSWERS, ids=[f"{each[1]}-{place}" for place, each in enumerate(ANSWERS)])
def test_what_is_wrong_with_an_answer_is_said_in_words(given: Answer, cause: Cause | None, says: str) -> None:
    report = checked(an_outlet(), {URL: given})
    found = troubles(report)
    assert set(found) == ({cause} if cause else set())
    if cause:
        assert says in found[cause]


def test_a_way_of_redirects_without_an_end_is_told() -> None:
    table = {f"http://daily.example/{n}": Answer(status=302, headers={"Location": f"/{n + 1}"}) for n in range(9)}
    assert troubles(checked(an_outlet("http://daily.example/0"), table)) == {Cause.REDIRECTS: "more than 5 redirects"}


def test_robots_no_is_told_with_what_can_be_done_and_nothing_is_asked() -> None:
    table = {"http://daily.example/robots.txt": Answer(body=b"User-agent: *\nDisallow: /rss"), URL: a_feed(an_item())}
    with webpages(table) as pages, a_desk(table) as desk:
        web = Web(user_agent="claimwire/1", clock=lambda: NOW, limits=QUIET, proxy=pages.proxy)
        report = check("fish", [an_outlet()], replace(desk, web=web), quiet)
        assert pages.asked == ["http://daily.example/robots.txt"]
    ((trouble,),) = [row.troubles for row in report.rows]
    assert (trouble.cause, trouble.weight) == (Cause.ROBOTS, Weight.MEND)
    assert "claimwire sources pause daily --why" in trouble.then
    assert report.outlets == {"daily": State.MEND}


def test_a_robots_txt_that_cannot_be_read_is_no_no() -> None:
    report = checked(an_outlet(), {"http://daily.example/robots.txt": Answer(status=503), URL: a_feed(an_item())})
    assert troubles(report) == {Cause.ROBOTS_UNREAD: "robots.txt: status 503"}
    assert report.outlets == {"daily": State.AWAY}


def nowhere(host: str, port: int) -> list[str]:
    raise socket.gaierror("no such host")


def a_web(exempt: str, **given: Any) -> Web:
    return Web(user_agent="claimwire/1", clock=lambda: NOW, limits=given.pop("limits", QUIET), exempt={exempt}, **given)


def test_what_is_wrong_with_the_way_to_a_host_is_told_apart() -> None:
    silent = socket.socket()  # holds its port and answers nobody
    silent.bind(("127.0.0.1", 0))
    port = silent.getsockname()[1]
    tls, plain = Server(tls=True), Server()
    plain.routes["/robots.txt"] = lambda request: request.connection.shutdown(socket.SHUT_RDWR)
    slow = Limits(host_delay=0.0, seconds=0.5, idle_seconds=0.5)
    hanging = socket.create_server(("127.0.0.1", 0))
    hangs = f"127.0.0.1:{hanging.getsockname()[1]}"
    ways: list[tuple[str, Web, Cause]] = [
        (f"http://127.0.0.1:{port}/rss", a_web(f"127.0.0.1:{port}"), Cause.CONNECTION),
        (f"{plain.url}/rss", a_web(plain.place), Cause.CONNECTION),
        (f"https://{tls.place}/rss", a_web(tls.place), Cause.CERTIFICATE),
        ("https://nowhere.example/rss", a_web("", resolver=nowhere), Cause.NAME),
        (f"http://{hangs}/rss", a_web(hangs, limits=slow), Cause.SLOW),
        (f"{plain.url}/rss", a_web(""), Cause.FORBIDDEN),
        ("https://daily.example/rss", Web(user_agent="c", clock=lambda: NOW, limits=QUIET, proxy=plain.url), Cause.PROXY),
    ]
    try:
        for url, web, cause in ways:
            found = troubles(checked(an_outlet(url), {}, web=web))
            assert set(found) == {cause}, (url, found)
            assert "robots" not in found[cause]
    finally:
        silent.close()
        hanging.close()
        tls.close()
        plain.close()


def test_a_feed_that_holds_its_parser_is_given_up() -> None:
    long = a_feed(*[an_item()] * 500)
    report = checked(an_outlet(), {URL: long}, feed_seconds=0.001)
    assert troubles(report) == {Cause.UNREADABLE: "timed out after 0.001 s"}


@pytest.mark.parametrize(
    ("volume", "hours", "cause"),
    [
        (40, [1, 2, 3, 30, 40], Cause.QUIET),
        (5, [1, 2, 3, 30, 40], None),
        (40, [100, 110], Cause.STALE),  # four days without a word from somebody who says forty a day
        (0.15, [24 * 60], None),
        (0.15, [24 * 70], Cause.STALE),
        (None, [24 * 29], None),
    ],
)
def test_what_is_expected_of_a_feed_is_held_against_what_it_brings(volume: float | None, hours: list[float], cause: Cause | None) -> None:
    items = [an_item(link=f"http://daily.example/{hour}", hours=hour) for hour in hours]
    found = troubles(checked(an_outlet(feed={"volume": volume}), {URL: a_feed(*items)}))
    assert set(found) == ({cause} if cause else set())


def test_a_pinned_entry_does_not_make_a_busy_feed_quiet() -> None:
    items = [an_item(link=f"http://daily.example/{n}", hours=n / 2) for n in range(1, 30)] + [an_item(hours=24 * 200)]
    report = checked(an_outlet(feed={"volume": 48}), {URL: a_feed(*items)})
    assert troubles(report) == {}
    (row,) = report.rows
    assert row.look is not None
    assert row.look.per_day == pytest.approx(48, rel=0.2)


def test_a_language_that_nothing_reads_yet_is_worth_a_note_and_mends_nothing() -> None:
    outlet = an_outlet(languages=["en", "ru"])
    report = checked(outlet, {URL: a_feed(an_item("Министерство опровергло сообщения о поставках ракет"))})
    assert troubles(report) == {Cause.UNREAD_LANGUAGE: "nothing reads 'ru' yet"}
    assert report.flawless


def test_an_address_that_has_moved_still_works_and_says_where_to() -> None:
    new = "https://daily.example/feed"
    table = {URL: Answer(status=301, headers={"Location": "http://daily.example/feed"}), "http://daily.example/feed": a_feed(an_item())}
    report = checked(an_outlet(), table)
    assert troubles(report) == {Cause.MOVED: f"answers from {new.replace('https', 'http')}"}
    assert report.outlets == {"daily": State.WORKS}


def test_feeds_are_told_in_the_order_of_the_configuration_and_paused_outlets_are_not_asked() -> None:
    outlets = [
        an_outlet(id="a", more=[{"url": "http://b.example/rss"}]),
        an_outlet("http://c.example/rss", id="c", paused={"why": "x", "since": "2026-01-01"}),
        an_outlet("http://daily.example/2", id="d"),
    ]
    lines: list[str] = []
    table = {URL: a_feed(an_item()), "http://daily.example/2": a_feed(an_item())}
    with webpages(table) as pages, a_desk(table) as desk:
        web = Web(user_agent="claimwire/1", clock=lambda: NOW, limits=QUIET, proxy=pages.proxy)
        report = check("fish", outlets, replace(desk, web=web), lines.append)
        assert "http://c.example/rss" not in pages.asked
    assert [row.feed.url for row in report.rows] == [URL, "http://b.example/rss", "http://daily.example/2"]
    assert report.outlets == {"a": State.PART, "d": State.WORKS}
    assert [outlet.id for outlet in report.paused] == ["c"]
    assert sorted(line.split()[0] for line in lines) == ["1/3", "2/3", "3/3"]


def test_requests_to_one_host_keep_their_distance_whatever_else_is_asked() -> None:
    server = Server()
    for path in ("/a", "/b", "/c"):
        server.routes[path] = answer(200, a_feed(an_item()).body, Content_Type=RSS)
    outlet = an_outlet(f"{server.url}/a", more=[{"url": f"{server.url}/b"}, {"url": f"{server.url}/c"}])
    try:
        with a_desk(web=a_web(server.place, limits=Limits(host_delay=0.2))) as desk:
            check("fish", [outlet], desk, quiet)
        starts = [start for start, path, _ in server.requests]
        assert [path for _, path, _ in server.requests] == ["/robots.txt", "/a", "/b", "/c"]
        assert all(later - earlier >= 0.19 for earlier, later in pairwise(starts))
    finally:
        server.close()


ARTICLE = "<html><head><title>Ministry denies</title></head><body><article><h1>Ministry denies</h1>" + "".join(
    f"<p>The ministry denied on Monday, for the {n}th time, that it had sent anything to anyone, its spokesman said in the capital.</p>"
    for n in range(12)
)


@pytest.mark.parametrize(
    ("page", "tried", "cause"),
    [
        (Answer(body=ARTICLE.encode()), "words, markup", None),
        (Answer(status=403), "rejected: status 403", Cause.PAGES_REFUSED),
        (Answer(status=503), "unavailable: status 503", Cause.PAGES_AWAY),
        (Answer(body=b"<html><body><div id=app></div>"), "no-text", Cause.PAGES_EMPTY),
    ],
)
def test_one_page_of_each_outlet_is_tried_where_that_is_asked(page: Answer, tried: str, cause: Cause | None) -> None:
    old = an_item(link="http://daily.example/old", hours=50)
    table = {URL: a_feed(old, an_item(link="http://daily.example/newest")), "http://daily.example/newest": page}
    with a_desk(table) as desk:
        report = check("fish", [an_outlet()], desk, quiet, pages=True)
    assert tried in report.pages["daily"].tried
    assert "http://daily.example/newest" in report.pages["daily"].tried
    assert [trouble.cause for trouble in report.pages["daily"].troubles] == ([cause] if cause else [])
    assert report.outlets == {"daily": State.PART if cause else State.WORKS}


def test_every_cause_has_a_next_step_that_names_the_source() -> None:
    for cause in Cause:
        told = trouble(cause, "says", an_outlet(), URL)
        assert told.then.endswith(".")
        assert "{" not in told.then
        assert told.then[0].isupper() or told.then.startswith("`claimwire")
