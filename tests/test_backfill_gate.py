"""The gate in front of the archives' pages: it loses nothing that is on topic, and lets little in that is not."""

import random
from collections import Counter
from pathlib import Path

import pytest

from pipeline.backfill.gate import Gate
from pipeline.config_files import read_chrome, read_topic
from pipeline.errors import Rejected
from pipeline.extract import extract
from pipeline.model import Outcome
from pipeline.rules import Topic
from pipeline.settings import read_settings
from pipeline.topic import compile_topic, judge
from pipeline.topical import Topical
from tests.archived import CHARSETS, GARBLINGS, Made, a_page, garbled_pages, other_story, sample_stories, topic_words
from tests.conftest import SITES

TOPIC = read_topic(read_settings())
CHROME = read_chrome(read_settings())
MATCHERS = compile_topic(TOPIC)
GATE, TOPICAL = Gate(TOPIC), Topical(TOPIC)
STORIES = sample_stories()


def is_on_topic(page: Made, topic: Topic = TOPIC) -> bool:
    """What the whole way says."""
    try:
        told = extract(page.body, url=page.url, content_type=page.content_type, chrome=CHROME)
    except Rejected:
        return False
    matchers = compile_topic(topic) if topic is not TOPIC else MATCHERS
    return told.language in matchers and judge(told.title, told.text, told.language, topic, matchers).on_topic


def is_lost(page: Made, gate: Gate = GATE, topical: Topical = TOPICAL) -> str | None:
    """By whom a page is lost."""
    if not gate.admits(page.body, page.content_type):
        return "gate"
    try:
        extract(page.body, url=page.url, content_type=page.content_type, chrome=CHROME, can_be=topical.can_be)
    except Rejected as error:
        return "topical" if error.outcome is Outcome.OFF_TOPIC else None
    return None


@pytest.mark.parametrize("seed", range(4))
def test_of_two_thousand_pages_in_any_charset_and_state_none_is_lost(seed: int) -> None:
    on_topic = [page for page in garbled_pages(seed, 500, STORIES) if is_on_topic(page)]
    assert len(on_topic) > 350
    assert {page.how: lost for page in on_topic if (lost := is_lost(page))} == {}


def test_each_charset_and_each_garbling_is_among_them() -> None:
    """Or the test above would prove little."""
    met = Counter(part for seed in range(4) for page in garbled_pages(seed, 500, STORIES) for part in page.how.split(", "))
    wanted = {*GARBLINGS, *CHARSETS, *(charset for each in CHARSETS.values() for charset in each), "markup", "json-ld", "island"}
    assert min(met[part] for part in wanted) >= 10


@pytest.mark.parametrize("file", sorted(SITES.glob("*.html")), ids=lambda file: file.stem)
def test_no_page_of_the_sample_outlets_is_lost(file: Path) -> None:
    page = Made(url=f"https://outlet.example/{file.stem}", body=file.read_bytes(), content_type="text/html", how="")
    assert not is_on_topic(page) or is_lost(page) is None


def test_pages_of_other_news_are_kept_out() -> None:
    """Also where menus and stories have the words of the subject, or name one of the parties."""
    rng = random.Random(5)
    words = ["report", "minister", "harbour", "season", "match", "price", *topic_words()]
    menus = (("Home", "World", "Weapons"), ("Iran", "World", "Army"), ("Russia", "Missiles", "Sport"))
    pages = [a_page(rng, other_story(rng, words), f"https://other.example/{at}", menu=rng.choice(menus)) for at in range(60)]
    assert not any(GATE.admits(page.body, page.content_type) for page in pages)


def test_parties_that_only_menus_name_are_kept_out_before_the_main_text_is_looked_for() -> None:
    rng = random.Random(6)
    page = a_page(rng, other_story(rng, ["harbour", "missile", "price"]), "https://other.example/")
    body = page.body.replace(b"<main>", b"<nav><a href='/iran'>Iran</a> <a href='/russia'>Russia</a></nav><main>")
    page = Made(url=page.url, body=body, content_type=page.content_type, how="")
    assert GATE.admits(page.body, page.content_type)
    with pytest.raises(Rejected) as raised:
        extract(page.body, url=page.url, content_type=page.content_type, can_be=TOPICAL.can_be)
    assert raised.value.outcome is Outcome.OFF_TOPIC


def test_what_is_packed_passes() -> None:
    assert GATE.admits(b"%PDF-1.7\nx", "application/pdf")


def test_a_topic_whose_title_alone_is_enough_does_not_ask_for_its_subject() -> None:
    topic = TOPIC.model_copy(update={"least": 2})
    rng = random.Random(7)
    story = other_story(rng, ["harbour", "ferry", "village"])
    page = a_page(rng, story, "https://other.example/")
    titled = Made(url=page.url, body=page.body.replace(b"<title>", b"<title>Iran and Russia: "), content_type=page.content_type, how="")
    titled = Made(url=page.url, body=titled.body.replace(b"<h1>", b"<h1>Iran and Russia: "), content_type=page.content_type, how="")
    assert is_on_topic(titled, topic)
    assert is_lost(titled, Gate(topic), Topical(topic)) is None
    assert is_lost(titled) == "topical"


@pytest.mark.parametrize(
    ("markup", "admitted"),
    [
        ("Iran and Russia", True),
        ('<script>{"a": "\\nIran\\u2019s", "b": "\\u003eRussia"}</script>', True),
        ("&nbspIran &#160Russia", True),
        ("pro-Iran, anti-Russia", True),
        ("I&shy;ran R<wbr>ussia", True),
        ("Iranians Russians", True),
        ("iVBORw0KGgoIRANsUhEUg RussiaX9", False),
        ("mirando tirana prussia", False),
        ("/img/iran1.png Russia2", False),
        ("و&#1575;یران برای‌روسیه", True),
    ],
)
def test_a_name_is_one_where_it_stands_as_a_word(markup: str, admitted: bool) -> None:
    assert GATE.admits(f"<html><body><p>{markup}</p></body></html>".encode(), "text/html") is admitted
