"""Hostile words become plain ones."""

import unicodedata
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.wording import MAX_URL, link, plain, tidied
from tests.messages import a_message, a_reply, an_item

HOSTILE = (
    "\r\n\t\v\f\x00\x1b\x85\u2028\u2029\u00ad\u061c\u200b\u200c\u200d\u200e\u202e\u2066\u2069\ufeff\ufffe\U000e0041"
    "\ud800\ue000\u0300a<&@*_ ن"
)
TEXTS = st.text() | st.text(alphabet=HOSTILE, max_size=200)


@given(TEXTS, st.integers(min_value=1, max_value=80))
def test_what_is_plain_is_one_visible_bounded_line(text: str, limit: int) -> None:
    made = plain(text, limit)
    assert len(made) <= limit
    assert made == made.strip()
    assert "  " not in made
    assert {unicodedata.category(char) for char in made} & {"Cc", "Co", "Cs", "Zl", "Zp"} == set()
    assert {char for char in made if unicodedata.category(char) == "Cf"} <= {"\u200c", "\u200d"}
    made.encode()


@given(TEXTS, st.integers(min_value=1, max_value=80))
def test_what_is_plain_stays_as_it_is(text: str, limit: int) -> None:
    made = plain(text, limit)
    assert plain(made, limit) == made


@given(st.text(alphabet=st.characters(categories=["L", "N", "P"]), max_size=60))
def test_ordinary_words_are_not_touched(text: str) -> None:
    assert plain(text, 60) == text


def test_a_line_break_in_a_title_cannot_begin_a_header() -> None:
    assert plain("Tehran\r\nBcc: everyone@evil.example", 100) == "Tehran Bcc: everyone@evil.example"


def test_overrides_isolates_and_zero_widths_are_gone_but_persian_keeps_its_joiners() -> None:
    assert plain("a\u202egnp.exe\u2066b\u200bc\ufeff", 100) == "agnp.exebc"
    assert plain("می\u200cخواهم", 100) == "می\u200cخواهم"
    assert plain("i\u200dn v\u200ci\u200cs\u200di", 100) == "in visi"


def test_ten_megabytes_are_cut_and_say_so() -> None:
    assert plain("x" * 10_000_000, 5) == "xxxx…"
    assert plain("\u200b" * 10_000_000, 5) == "…"
    assert plain("a" + "\u0301" * 10_000, 100) == "a" + "\u0301" * 4 + "…"


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "data:text/html,x", "//evil.example", "http://", "https://[::1", "http://a b/", "ftp://x.example/", "http://x.example:99999/",
     "https://x.example/" + "a" * MAX_URL, "file:///etc/passwd", "http://x\r\n.example/", ""],
)  # fmt: skip
def test_what_may_not_be_opened_is_no_link(url: str) -> None:
    assert link(url) == ""


def test_links_are_ascii_without_markup_and_name_the_true_host() -> None:
    assert link("https://user:pw@evil.example/a b?q=<x>&r=@all|y#*z*") == "https://evil.example/a%20b?q=%3Cx%3E&r=%40all%7Cy#%2Az%2A"
    assert link("https://خبر.example/تهران") == "https://xn--ngblk.example/%D8%AA%D9%87%D8%B1%D8%A7%D9%86"
    assert link("https://outlet.example/a%20b") == "https://outlet.example/a%20b"


@given(st.text() | st.from_regex(r"https?://[^\s/]{1,20}/.{0,40}", fullmatch=True))
def test_a_link_is_http_ascii_and_stays_as_it_is(url: str) -> None:
    made = link(url)
    if made:
        assert made.isascii()
        assert not set(made) & set(" \"'<>()|*`@\\\r\n")
        assert urlsplit(made).scheme in {"http", "https"}
        assert link(made) == made


def test_statements_beyond_the_limit_are_counted_and_lists_are_bounded() -> None:
    item = an_item(targets=("x",) * 1_000, answered_by=(a_reply(),) * 50, kibana="javascript:1", reasons=("\u200b", "new"))
    told = tidied(a_message(*[item] * 250, more=3))
    assert (len(told.items), told.more) == (200, 53)
    assert (len(told.items[0].targets), len(told.items[0].answered_by)) == (12, 8)
    assert (told.items[0].kibana, told.items[0].reasons) == (None, ("new",))
