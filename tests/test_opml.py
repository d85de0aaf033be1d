from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from pipeline.opml import MAX_BYTES, MAX_FEEDS, NotOpml, Outline, read_opml, shared_feeds, write_opml
from pipeline.source_rules import Outlet

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)


def a_list(inner: str, head: str = "<?xml version='1.0' encoding='utf-8'?>") -> bytes:
    return f"{head}<opml version='2.0'><head><title>Mine</title></head><body>{inner}</body></opml>".encode()


def an_outline(feed: str = "https://daily.example/rss", **given: str) -> str:
    attributes = {"type": "rss", "text": "Daily", "xmlUrl": feed, **given}
    return "<outline " + " ".join(f'{name}="{value}"' for name, value in attributes.items()) + "/>"


def test_feeds_come_in_their_order_with_their_folders_and_sites() -> None:
    inner = (
        f"<outline text='Asia'><outline text='Iran'>{an_outline(htmlUrl='https://daily.example/', language='en-US')}</outline></outline>"
        f"{an_outline('feed:https://b.example/?a=1&amp;b=2', title='B', text='other')}"
        "<outline text='a note without a feed'/>"
        f"{an_outline('//c.example/rss')}"
    )
    assert read_opml(a_list(inner)) == (
        Outline(name="Daily", feed="https://daily.example/rss", site="https://daily.example/", language="en", folders=("Asia", "Iran")),
        Outline(name="B", feed="https://b.example/?a=1&b=2", site=None, language=None, folders=()),
        Outline(name="Daily", feed="https://c.example/rss", site=None, language=None, folders=()),
    )


@pytest.mark.parametrize(
    "body",
    [
        a_list(an_outline()).decode().encode("utf-16"),
        b"\xef\xbb\xbf" + a_list(an_outline()),
        a_list("<outline text='\u0420\u0411\u041a' xmlUrl='https://daily.example/rss'/>", "<?xml version='1.0' encoding='windows-1251'?>")
        .decode()
        .encode("cp1251"),
        a_list(an_outline(), ""),
        a_list(an_outline().replace("xmlUrl", "xmlurl").replace("<outline", "<OUTLINE")),
        a_list("<outline text='A & B' xmlUrl='https://x.example/a&b'/>" + an_outline()),  # an unescaped ampersand
        a_list(an_outline()).removesuffix(b"</body></opml>"),  # cut off
    ],
)
def test_lists_as_they_really_are_can_be_read(body: bytes) -> None:
    assert "https://daily.example/rss" in [outline.feed for outline in read_opml(body)]


def test_a_feed_that_stands_twice_is_one_and_a_feed_without_a_name_has_its_hosts() -> None:
    first, second = read_opml(a_list(an_outline(text="First") + an_outline(text="Second") + an_outline("https://x.example/rss", text="")))
    assert (first.name, second.name) == ("First", "x.example")


@pytest.mark.parametrize(
    "feed",
    ["javascript:alert(1)", "file:///etc/passwd", "ftp://x.example/rss", "https://", "https://user:key@x.example/rss", "rss.xml", "https://[bad",
     "https://x.example/a b", "https://x.example/" + "a" * 3000],
)  # fmt: skip
def test_what_is_no_web_address_is_no_feed(feed: str) -> None:
    assert [outline.feed for outline in read_opml(a_list(an_outline(feed) + an_outline()))] == ["https://daily.example/rss"]
    with pytest.raises(NotOpml, match="no outline"):
        read_opml(a_list(an_outline(feed)))


def test_markup_in_titles_is_text() -> None:
    title = "&lt;script&gt;alert(1)&lt;/script&gt;&lt;b&gt;Daily&lt;/b&gt; &amp;amp; more&#10;\u202eevil"
    (outline,) = read_opml(a_list(an_outline(text=title)))
    assert outline.name == "Daily & more evil"


ENTITIES = (
    "<!DOCTYPE opml ["
    + "<!ENTITY a 'ha'>"
    + "".join(f"<!ENTITY {b} '{f'&{a};' * 10}'>" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (a_list(an_outline(text="&i;"), f"<?xml version='1.0'?>{ENTITIES}]>"), "document type"),
        (a_list(an_outline(), "<!DOCTYPE opml SYSTEM 'file:///etc/passwd'>"), "document type"),
        (a_list(an_outline(), "<!doctype opml [<!ENTITY x SYSTEM 'http://169.254.169.254/'>]>"), "document type"),
        (b"x" * (10 * 2**20), "bytes are more than"),
        (a_list("".join(an_outline(f"https://x.example/{n}") for n in range(MAX_FEEDS + 1))), "too many to read at once"),
        (b"", "not XML"),
        (b"just words", "not XML|not OPML"),
        (b"<rss><channel/></rss>", "not OPML"),
        (b"<!DOCTYPE html><html><body>a page</body></html>", "document type"),
        (b"\x00\x01\x02\xff", "not XML|not OPML"),
    ],
)
def test_a_hostile_or_a_wrong_file_is_refused_in_words(body: bytes, says: str) -> None:
    with pytest.raises(NotOpml, match=says):
        read_opml(body)


def test_a_deep_or_a_wide_list_is_read_or_refused_but_does_not_hold_anybody_up() -> None:
    deep = "<outline text='x'>" * 5000 + an_outline() + "</outline>" * 5000
    with suppress(NotOpml):
        read_opml(a_list(deep))
    with pytest.raises(NotOpml, match="50,000 outlines"):
        read_opml(a_list("<outline/>" * (MAX_BYTES // 11) + an_outline()))


@given(st.binary(max_size=300), st.text(max_size=100))
def test_whatever_a_file_holds_it_is_a_list_or_it_is_not(body: bytes, text: str) -> None:
    for each in (body, a_list(text), a_list(f'<outline xmlUrl="{text}"/>')):
        with suppress(NotOpml):
            assert all(outline.feed.startswith(("http://", "https://")) for outline in read_opml(each))


def an_outlet(id_: str, country: str | None, *feeds: dict[str, str], **given: object) -> Outlet:
    return Outlet.model_validate(
        {"id": id_, "name": id_.title(), "domains": [f"{id_}.example"], "country": country, "feeds": feeds} | given
    )


OUTLETS = [
    an_outlet("daily", "IR", {"url": "https://daily.example/a"}, {"url": "https://www.daily.example/b", "kind": "json"}, ownership="state"),
    an_outlet("list", "RU", {"url": "https://list.example/news", "kind": "list", "links": "/news/*"}),
    an_outlet("wire", None, {"url": "https://wire.example/?x=1&y=<2>"}, languages=["en", "fa"], name='W & "wire" <b>'),
]


def test_what_is_written_can_be_read_and_has_what_other_readers_want() -> None:
    written = write_opml(OUTLETS, title="claimwire: fish", at=AT)
    assert [(outline.feed, outline.folders) for outline in read_opml(written)] == [
        ("https://daily.example/a", ("IR",)),
        ("https://www.daily.example/b", ("IR",)),
        ("https://wire.example/?x=1&y=<2>", ("elsewhere",)),
    ]
    root = etree.fromstring(written)
    assert (root.tag, root.get("version"), root.findtext("head/title")) == ("opml", "2.0", "claimwire: fish")
    assert root.findtext("head/dateCreated") == "Mon, 23 Nov 2026 12:00:00 GMT"
    first = root.find(".//outline[@xmlUrl='https://daily.example/a']")
    assert first is not None
    assert dict(first.attrib) == {
        "type": "rss", "text": "Daily – daily.example/a", "title": "Daily – daily.example/a", "xmlUrl": "https://daily.example/a",
        "htmlUrl": "https://daily.example/", "language": "en", "category": "/IR,/state",
    }  # fmt: skip
    assert shared_feeds(OUTLETS) == (3, 1)
