"""Addresses as keys, and the ids that derive from them."""

import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.addresses import article_id, entry_id, host_group, normalise, statement_id, within

URLS = st.one_of(
    st.text(),
    st.from_regex(
        r"(https?://)?(www\.)?[a-z]{1,4}(\.[a-z]{2,3}|:80|:8080)?(/[ -~а-я]{0,12}){0,3}(\?[ -~]{0,12})?(#[ -~]{0,3})?", fullmatch=True
    ),
)
HEX = re.compile(r"[0-9a-f]{40}")


@pytest.mark.parametrize(
    "same",
    [
        "https://outlet.example/a/story-1",
        "http://www.outlet.example/a/story-1/",
        "HTTP://OUTLET.example:80/a//story-1#comments",
        "https://outlet.example:443/a/story-1?utm_source=rss&fbclid=x&maca=en-rss",
        "  https://user:secret@outlet.example/a/story-1\n",
        "https://outlet.example./a/story-1?",
    ],
)
def test_one_article_has_one_key(same: str) -> None:
    assert normalise(same) == "outlet.example/a/story-1"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://carmel-post.example/news.asp?sec=4&id=90217", "http://carmel-post.example/news.asp?sec=4&id=90644"),
        ("http://outlet.example/view?1001", "http://outlet.example/view?1002"),
        ("http://outlet.example/show?cid=1", "http://outlet.example/show?cid=2"),
        ("http://outlet.example/show?gallery=1", "http://outlet.example/show"),
        ("http://outlet.example/Story", "http://outlet.example/story"),
        ("http://outlet.example:8080/a", "http://outlet.example/a"),
        ("http://gate.example/https://outlet.example/1", "http://gate.example/https://outlet.example/2"),
    ],
)
def test_two_articles_have_two_keys(one: str, other: str) -> None:
    assert normalise(one) != normalise(other)


def test_the_order_of_parameters_and_the_form_of_escapes_do_not_matter() -> None:
    assert normalise("http://o.example/n?sec=4&amp;id=9") == normalise("http://o.example/n?id=9&sec=4")
    assert normalise("http://o.example/%d1%81") == normalise("http://o.example/с")


@pytest.mark.parametrize("strange", ["", "http://[", "http://o.example:port/", "not an address", "mailto:desk@o.example"])
def test_what_cannot_be_read_still_has_a_key(strange: str) -> None:
    assert normalise(normalise(strange)) == normalise(strange)


@given(URLS)
def test_normalising_twice_is_once(url: str) -> None:
    assert normalise(normalise(url)) == normalise(url)


@pytest.mark.parametrize(
    ("url", "is_within"),
    [
        ("https://www.outlet.example/a", True),
        ("https://en.outlet.example:8443/a", True),
        ("https://notoutlet.example/a", False),
        ("https://outlet.example.evil.example/a", False),
        ("https://outlet.example@evil.example/a", False),
        ("/a", False),
        ("http://[", False),
    ],
)
def test_an_address_is_within_a_domain_or_not(url: str, is_within: bool) -> None:
    assert within(url, ["www.outlet.example", ""]) is is_within


def test_ids_are_forty_hexadecimal_characters() -> None:
    ids = [article_id("o", "http://o.example/a"), entry_id("o", "http://o.example/a"), statement_id("x", "denial", "No.", 0)]
    assert all(HEX.fullmatch(each) for each in ids)
    assert len(set(ids)) == 3


def test_an_article_is_named_within_its_outlet() -> None:
    assert article_id("one", "http://o.example/a") == article_id("one", "https://www.o.example/a/?utm_medium=x")
    assert article_id("one", "http://o.example/a") != article_id("other", "http://o.example/a")


def test_an_entry_without_a_link_is_named_by_its_title() -> None:
    assert entry_id("o", "Kremlin:  “no evidence”") == entry_id("o", 'KREMLIN: "no evidence"')
    assert entry_id("o", "https://o.example/a") == entry_id("o", "http://www.o.example/a")


def test_a_statements_name_outlives_cosmetic_changes() -> None:
    name = statement_id("article", "denial", "“We sent\u00a0no drones,” he said.", 0)
    assert name == statement_id("article", "denial", '"We sent no  drones," He said.', 0)
    assert name != statement_id("article", "denial", "“We sent no drones,” he said.", 1)
    assert name != statement_id("article", "accusation", "“We sent no drones,” he said.", 0)
    assert name != statement_id("article", "denial", "“We sent drones,” he said.", 0)


@given(st.text())
def test_any_text_has_an_id(text: str) -> None:
    assert HEX.fullmatch(statement_id("article", "denial", text, 0))
    assert HEX.fullmatch(entry_id("outlet", text))


def test_a_host_stays_in_its_group_in_every_process() -> None:
    hosts = [f"outlet-{number}.example" for number in range(40)]
    code = f"from pipeline.addresses import host_group\nprint([host_group(host, 4) for host in {hosts!r}])"
    elsewhere = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert elsewhere.strip() == str([host_group(host, 4) for host in hosts])
    assert {host_group(host, 4) for host in hosts} == {0, 1, 2, 3}
    assert host_group("WWW.outlet-1.example", 4) == host_group("outlet-1.example", 4)
