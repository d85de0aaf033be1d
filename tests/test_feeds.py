"""The sample outlets' feeds, and what strangers may put into one."""

import contextlib
import functools
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.answers import Entry, FeedKind
from pipeline.charsets import decode
from pipeline.errors import Rejected
from pipeline.feeds import ParsedFeed, parse
from pipeline.model import Outcome
from pipeline.parsers import ParserFailed, Parsers
from pipeline.plaintext import one_line, paragraphs

SITES = Path(__file__).parent / "data" / "sites"
URL = "https://outlet.example/feeds/all.xml"
BOMB = b'<!DOCTYPE rss [<!ENTITY a "ha">' + b"".join(b'<!ENTITY %c "%s">' % (c + 1, b"&%c;" % c * 30) for c in range(97, 106)) + b"]>"


def read(body: bytes | str, content_type: str | None = None, kind: FeedKind | None = None, **more: Any) -> ParsedFeed:
    return parse(body.encode() if isinstance(body, str) else body, url=URL, content_type=content_type, kind=kind, **more)


def rss(items: str, head: str = '<?xml version="1.0"?>') -> str:
    return f'{head}<rss version="2.0"><channel><title>Outlet</title>{items}</channel></rss>'


def item(title: str = "Title", link: str = "https://outlet.example/a", more: str = "") -> str:
    return f"<item><title>{title}</title><link>{link}</link>{more}</item>"


def only(feed: ParsedFeed) -> Entry:
    [entry] = feed.entries
    return entry


# ---- the sample outlets


@functools.cache
def sample(file: str) -> ParsedFeed:
    addresses = json.loads((SITES / "index.json").read_text())["urls"]
    url, told = next((url, told) for url, known in addresses.items() for told in known.get("versions", [known]) if told.get("file") == file)
    charset = f"; charset={told['charset']}" if told["charset_in_header"] else ""
    return parse((SITES / file).read_bytes(), url=url, content_type=told["content_type"] + charset, kind=None)


SAMPLES = {
    "caspian.rss": 5,
    "nevsky.rss": 4,
    "potomac.atom": 2,
    "thames.v1.rss": 2,
    "thames.v2.rss": 2,
    "dnipro.json": 3,
    "gulf.rdf": 5,
    "carmel.rss": 3,
    "deccan.sitemap.xml": 3,
    "wire.rss": 6,
    "notebook.atom": 1,
}


@pytest.mark.parametrize("file", SAMPLES)
def test_every_sample_feed_is_read_whole(file: str) -> None:
    feed = sample(f"feeds/{file}")
    assert len(feed.entries) == SAMPLES[file]
    assert feed.dropped == 0
    assert feed.title
    known = json.loads((SITES / "index.json").read_text())["urls"]
    for entry in feed.entries:
        assert entry.title
        assert "<" not in entry.title + entry.summary
        assert "&#" not in entry.title + entry.summary
        assert entry.url is None or entry.url.startswith("http://")
    if file != "wire.rss":
        assert all(entry.url in known for entry in feed.entries)


def test_dates_of_the_samples_are_right() -> None:
    dated = {entry.url: entry.published for file in SAMPLES for entry in sample(f"feeds/{file}").entries}
    days = 0
    for path in SITES.glob("*.gold.json"):
        expected = json.loads(path.read_text())
        published = dated.get(expected.get("url"))
        if published is not None and expected.get("published"):
            days += 1
            assert abs((datetime.fromisoformat(expected["published"]).replace(tzinfo=UTC) - published).days) <= 1
    assert days > 15
    assert dated["http://caspian-courier.example/fa/news/1403/07/24/240871"] == datetime(2024, 10, 15, 7, 15, tzinfo=UTC)


def test_the_quirks_of_the_samples() -> None:
    wire = sample("feeds/wire.rss").entries
    assert wire[0].title == "CIA director says Moscow and Tehran building 'full-fledged' defence partnership"
    assert wire[1].url == "http://cpw-wire.example/2022/12/16/burns-iran-russia-interview-4471"
    assert wire[1].published is None
    assert wire[3].title == "DIARY - Political & General News Events"
    assert wire[4].url is None
    assert sample("feeds/notebook.atom").entries[0].url == "http://ridgeline-notebook.example/2022/12/the-drone-fairy-tale-again.html"
    assert sample("feeds/carmel.rss").entries[0].url == "http://carmel-post.example/news.asp?sec=4&id=97731"
    assert sample("feeds/carmel.rss").flaws
    russian = sample("feeds/nevsky.rss").entries[2]
    assert russian.title == "Лавров назвал бездоказательными обвинения Запада по беспилотникам"
    assert russian.body is not None
    assert russian.body.startswith("МОСКВА, 24 октября.")
    assert russian.body.count("\n\n") >= 2
    assert "\u200c" in sample("feeds/caspian.rss").entries[0].title  # Persian keeps its ZWNJ


# ---- what is a feed


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" \n\0",
        b"<!DOCTYPE html><html><body><form>Log in</form></body></html>",
        b"<!-- x --><HTML><item><title>t</title></item></HTML>",
        b"plain words",
        b"<xml/>",
        b"{}",
        b'{"version": "1", "items": []}',
        b'{"version": "https://jsonfeed.org/version/1.1"}',
        b'{"version": "https://jsonfeed.org/version/1.1", "items": ' + b"[" * 100_000,
        b"\x1f\x8b\x08\0\0\0",
        b"%PDF-1.7",
        b'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"></sitemapindex>',
        b"Invalid url",
        b"/etc/hostname",
        b"http://127.0.0.1:9/",
    ],
)
def test_what_is_no_feed_is_rejected(body: bytes) -> None:
    for kind in {None, *FeedKind} - {FeedKind.GDELT}:  # to which {} means: nothing was found
        with pytest.raises(Rejected) as caught:
            read(body, kind=kind)
        assert caught.value.outcome is Outcome.REJECTED
        assert caught.value.url == URL
        assert caught.value.reason


def test_a_feed_without_items_is_a_feed() -> None:
    assert read(rss("")) == ParsedFeed(entries=(), title="Outlet", dropped=0, flaws=())
    assert read('{"version": "https://jsonfeed.org/version/1", "items": []}').entries == ()
    assert read("<urlset/>").entries == ()


def test_a_broken_feed_is_read_as_far_as_it_goes() -> None:
    feed = read(rss(item("One & two&nbsp;three") + item("Next"))[:-30])
    assert [entry.title for entry in feed.entries] == ["One & two three", "Next"]
    assert feed.flaws


def test_sitemaps_are_told_by_any_name_of_their_namespaces() -> None:
    page = "<loc> https://outlet.example/a </loc><lastmod>2024-09-10</lastmod>"
    news = "<{0}news><{0}title>T</{0}title><{0}publication_date>2024-09-10T12:00:00+02:00</{0}publication_date></{0}news>"
    for opening, closing, prefix in (
        ("<urlset>", "</urlset>", ""),
        ('<?xml version="1.0"?><!-- x --><s:urlset xmlns:s="a" xmlns:n="b">', "</s:urlset>", "n:"),
        ("<urlset>", "</urlset>", "undeclared:"),
    ):
        tag = "s:" if "s:urlset" in opening else ""
        body = f"{opening}<{tag}url>{page}{news.format(prefix)}</{tag}url>{closing}"
        entry = only(read(body))
        assert entry == Entry(
            url="https://outlet.example/a", title="T", published=datetime(2024, 9, 10, 10, tzinfo=UTC), summary="", body=None
        )
    assert only(read(f"<urlset><url>{page}</url></urlset>")).published == datetime(2024, 9, 10, tzinfo=UTC)


def test_a_json_feed_with_wrong_types_keeps_what_is_right() -> None:
    items: list[Any] = [
        {"id": 1, "url": ["x"], "title": {"a": 1}},
        None,
        "text",
        {"id": "https://outlet.example/b", "title": "B", "date_published": "yesterday"},
        {"url": "/c", "date_published": "2024-09-10T12:00:00Z", "content_html": "<p>One</p>\n<p>Two</p>", "content_text": "no"},
        {"external_url": "https://other.example/d", "content_text": "One\ntwo", "date_modified": "2024-09-10T12:00:00-04:00"},
    ]
    feed = read(json.dumps({"version": "https://jsonfeed.org/version/1", "title": 7, "items": items}))
    assert [entry.url for entry in feed.entries] == ["https://outlet.example/b", "https://outlet.example/c", "https://other.example/d"]
    assert [entry.body for entry in feed.entries] == [None, "One\n\nTwo", "One\n\ntwo"]
    assert [entry.published and entry.published.hour for entry in feed.entries] == [None, 12, 16]
    assert feed.dropped == 3
    assert feed.title is None


# ---- charsets


RUSSIAN = "Захарова опровергла обвинения Запада в поставках ракет; в Москве их назвали бездоказательными"


@pytest.mark.parametrize(
    ("said", "header", "real", "flawed"),
    [
        ("utf-8", None, "utf-8", False),
        ("windows-1251", "text/xml", "cp1251", False),
        ("koi8-r", "text/html; charset=ISO-8859-1", "koi8-r", False),
        ("utf-8", "application/xml; charset=windows-1251", "cp1251", False),
        ("utf-8", "text/xml; charset=utf-8", "cp1251", True),
        ("windows-1251", None, "utf-8", True),
        ("iso-8859-1", None, "utf-8", False),
        ("utf-16", None, "utf-16", False),
        ("utf-16", None, "utf-16-le", False),
        ("punycode", None, "utf-8", True),
        ("undefined", "text/xml; charset=unicode_escape", "cp1251", True),
        ("utf-8", "text/xml; charset=\xff\x00;;;=", "utf-8", True),
    ],
)
def test_letters_survive_whatever_is_said_of_them(said: str, header: str | None, real: str, flawed: bool) -> None:
    body = rss(item(RUSSIAN), head=f'<?xml version="1.0" encoding="{said}"?>')
    feed = read(body.encode(real), header)
    assert only(feed).title == RUSSIAN
    assert bool(feed.flaws) is flawed


def test_one_broken_byte_does_not_make_a_text_another_charset() -> None:
    assert "опровергла" in decode(rss(item(RUSSIAN + "|")).encode().replace(b"|", b"\xff"), None).text


@given(st.binary(max_size=200), st.none() | st.text(max_size=40).map("text/xml; charset=".__add__))
def test_any_bytes_are_decoded(body: bytes, content_type: str | None) -> None:
    assert isinstance(decode(body, content_type).text, str)


# ---- links, dates, texts


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("/a?b=1&amp;c=2", "https://outlet.example/a?b=1&c=2"),
        ("a", "https://outlet.example/feeds/a"),
        ("//other.example/a", "https://other.example/a"),
        (" https://outlet.example/\n\ta ", "https://outlet.example/a"),
        ("https://user:hunter2@outlet.example/a", "https://outlet.example/a"),
        ("javascript:alert(1)", None),
        ("file:///etc/passwd", None),
        ("ftp://outlet.example/a", None),
        ("mailto:a@outlet.example", None),
        ("https://[broken/", None),
        ("https://outlet.example/" + "a" * 3_000, None),
        ("", None),
    ],
)
def test_links_are_absolute_http_or_none(link: str, url: str | None) -> None:
    for body in (
        rss(item(link=link)),
        f"<urlset><url><loc>{link}</loc><title>T</title></url></urlset>",
        json.dumps({"version": "https://jsonfeed.org/version/1", "items": [{"title": "T", "url": link.replace("&amp;", "&")}]}),
    ):
        assert only(read(body)).url == url


def test_relative_links_follow_the_base_that_the_feed_names() -> None:
    atom = '<feed xmlns="http://www.w3.org/2005/Atom" xml:base="{}"><entry><title>T</title><link href="a"/></entry></feed>'
    assert only(read(atom.format("/blog/"))).url == "https://outlet.example/blog/a"
    assert only(read(atom.format("http://other.example/b/"))).url == "http://other.example/b/a"


def test_a_guid_is_a_link_only_if_it_is_an_address() -> None:
    assert only(read(rss("<item><title>T</title><guid>https://outlet.example/a</guid></item>"))).url == "https://outlet.example/a"
    assert only(read(rss("<item><title>T</title><guid>cp-97731</guid></item>"))).url is None
    assert only(read(rss("<item><title>T</title><link>/a</link><guid>cp-97731</guid></item>"))).url == "https://outlet.example/a"
    assert only(read(rss('<item><title>T</title><guid isPermaLink="false">https://outlet.example/a</guid></item>'))).url is None


@pytest.mark.parametrize(
    ("date", "moment"),
    [
        ("Tue, 10 Sep 2024 12:00:00 +0330", datetime(2024, 9, 10, 8, 30, tzinfo=UTC)),
        ("2024-09-10T12:00:00Z", datetime(2024, 9, 10, 12, tzinfo=UTC)),
        ("Sat, 17 Dec 2022", datetime(2022, 12, 17, tzinfo=UTC)),
        ("Tue, 10 Sep 2099 12:00:00 GMT", datetime(2099, 9, 10, 12, tzinfo=UTC)),
        ("2026-13-45", None),
        ("2024-09-10 12:00:00", datetime(2024, 9, 10, 12, tzinfo=UTC)),
        ("2024-09-10T12:00:00.5-05:00", datetime(2024, 9, 10, 17, 0, 0, 500_000, tzinfo=UTC)),
        ("yesterday", None),
        ("", None),
        ("Tue, 10 Sep 99999999999 12:00:00 GMT", None),
    ],
)
def test_dates_are_utc_or_none(date: str, moment: datetime | None) -> None:
    assert only(read(rss(item(more=f"<pubDate>{date}</pubDate>")))).published == moment


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("AT&amp;amp;T &amp;#39;denies&amp;#39; it", "AT&T 'denies' it"),
        ("&amp;lt;b&amp;gt;DIARY&amp;lt;/b&amp;gt; news", "DIARY news"),
        ("<![CDATA[<b>Iran</b> &amp;amp; Russia]]>", "Iran & Russia"),
        ("5 &lt; 6 and 7 &gt; 3", "5 < 6 and 7 > 3"),
        ("One&#10;two\n three", "One two three"),
        ("<![CDATA[<p>One</p><p>Two<br>three</p>]]>", "One Two three"),
        ("<![CDATA[<script>alert(1)</script>News<style>a{}</style>]]>", "News"),
        ("&#x202E;evil&#x2066; \u200b\ufeffne\u200cws\u200d&#7;", "evil ne\u200cws\u200d"),
        ("a&#xD800;b&#0;c&#xFFFF;d&#" + "9" * 5_000 + ";e&#1114112;f&#00000000065;", "abcdefA"),
        ("x" * 600, "x" * 500),
    ],
)
def test_titles_are_plain_text_on_one_line(markup: str, text: str) -> None:
    assert only(read(rss(item(markup)))).title == text


@given(st.text(st.sampled_from('<>&;"/!-abp#x39 \n\t\x00\x1b\u202e\u200c'), max_size=60))
def test_no_text_keeps_markup_or_control_characters(markup: str) -> None:
    line, text = one_line(markup, 50), paragraphs(markup, 50)
    assert len(line) <= 50
    assert not set(line + text.replace("\n", "")) & set("\n\t\x00\x1b\x1e\u202e")
    assert "<script" not in line
    assert one_line(line, 50) == " ".join(one_line(line, 50).split())


def test_full_text_goes_into_the_body_and_teasers_do_not() -> None:
    content = '<content:encoded xmlns:content="http://purl.org/rss/1.0/modules/content/">{}</content:encoded>'
    full = "<![CDATA[<p>First\nparagraph</p> <div>Second<br/>third</div><script>no()</script>]]>"
    assert only(read(rss(item(more=content.format(full))))).body == "First paragraph\n\nSecond\n\nthird"
    assert only(read(rss(item(more=f'<y:full-text xmlns:y="urn:y">{full}</y:full-text>')))).body == "First paragraph\n\nSecond\n\nthird"
    teaser = only(read(rss(item(more="<description>A &lt;b&gt;teaser&lt;/b&gt;</description>"))))
    assert (teaser.summary, teaser.body) == ("A teaser", None)
    content = '<content type="xhtml"><div><p>x</p><p>y</p></div></content>'
    atom = f'<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>T</title><link href="/a"/>{content}</entry></feed>'
    assert only(read(atom)).body == "x\n\ny"


# ---- limits


def test_of_too_many_entries_the_newest_are_kept_and_the_rest_counted() -> None:
    def dated(day: int) -> str:
        return item(f"day {day}", more=f"<pubDate>{day:02} Sep 2024 00:00:00 GMT</pubDate>")

    oldest_first = read(rss("".join(dated(day) for day in range(1, 11))), limit=3)
    assert [entry.title for entry in oldest_first.entries] == ["day 8", "day 9", "day 10"]
    assert oldest_first.dropped == 7
    assert oldest_first.flaws
    undated = read(rss(item("a") + dated(9) + item("b") + item("c")), limit=2)
    assert [entry.title for entry in undated.entries] == ["a", "day 9"]
    assert len(read(rss(item() * 1_001)).entries) == 1_000


def test_entries_with_neither_link_nor_title_are_dropped_and_counted() -> None:
    feed = read(rss("<item><description>x</description></item>" + item() + "<item/>"))
    assert len(feed.entries) == 1
    assert feed.dropped == 2


def test_a_quadratic_entity_ends_at_the_limits() -> None:
    head = f'<!DOCTYPE rss [\n<!ENTITY a "{"x" * 45_000}">\n]>'
    body = rss(item("&a;" * 100, more="<description>" + "&a;" * 100 + "</description>"), head=head)
    entry = only(read(body))
    assert len(entry.title) <= 500
    assert len(entry.summary) <= 5_000


def test_no_entity_leads_out_of_the_feed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hunter2")
    head = f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{secret}"><!ENTITY % p SYSTEM "file://{secret}">%p;]>'
    for body in (
        rss(item("a&e;b"), head=head),
        f"{head}<urlset><url><loc>https://outlet.example/</loc><title>a&e;b</title></url></urlset>",
    ):
        try:
            found = str(read(body))
        except Rejected as error:
            found = str(error)
        assert "hunter2" not in found


HOSTILE = {
    "billion laughs": BOMB + rss(item("&j;"), head="").encode(),
    "billion laughs in a sitemap": BOMB + b"<urlset><url><loc>https://outlet.example/</loc><title>&j;</title></url></urlset>",
    "newlines": b"<!-- x -->" + b"\n" * 80_000 + rss(item(), head="").encode(),
    "dots": rss(item(more="<author>" + "a." * 40_000 + "</author>")).encode(),
    "attributes": rss(item(more="<b " + " ".join(f"a{n}=''" for n in range(100_000)) + "/>")).encode(),
    "nesting": b"<rss>" + b"<a>" * 100_000,
    "punycode": b'<?xml version="1.0" encoding="punycode"?>' + b"-a9b8c7" * 100_000,
    "doctypes": b"<!DOCTYPE " * 20_000,
}


def test_hostile_feeds_end_in_time_and_harm_nobody() -> None:
    with Parsers() as parsers:
        for body in HOSTILE.values():
            try:
                feed = parsers.call(parse, body, url=URL, content_type="text/xml", kind=None, seconds=1.5)
                assert len(feed.entries) <= 1
            except (Rejected, ParserFailed):
                pass
        assert len(parsers.call(parse, rss(item()).encode(), url=URL, content_type=None, kind=None, seconds=5).entries) == 1
        with pytest.raises(Rejected, match="HTML page"):
            parsers.call(parse, b"<html></html>", url=URL, content_type=None, kind=None, seconds=5)


def test_many_comments_before_the_root_cost_no_time() -> None:
    """Each way of taking two comments for one was tried: twice as long with every comment."""
    for body in ("<!-- -->" * 5_000 + rss(item()), "<!-- -->" * 5_000 + "<?x ?>" * 5_000 + "<y/>"):
        with contextlib.suppress(Rejected), Parsers() as parsers:
            parsers.call(parse, body.encode(), url=URL, content_type=None, kind=None, seconds=5)


@settings(max_examples=100, deadline=None)
@given(
    st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=9), lambda each: st.lists(each, max_size=4), max_leaves=8),
    st.data(),
)
def test_any_json_is_read_or_rejected(value: Any, data: st.DataObject) -> None:
    keys = ["id", "url", "external_url", "title", "summary", "content_html", "content_text", "date_published"]
    items = data.draw(st.lists(st.dictionaries(st.sampled_from(keys), st.just(value) | st.text(max_size=20))))
    assert len(read(json.dumps({"version": "https://jsonfeed.org/version/1", "items": items})).entries) <= len(items)
    with contextlib.suppress(Rejected):
        read(json.dumps(value))
