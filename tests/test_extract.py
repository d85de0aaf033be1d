"""Pages to articles: on the sample outlets' pages with their true texts, and on what hostile and broken pages do."""

import codecs
import contextlib
import gzip
import json
import re
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.charsets import decode as decode_bytes
from pipeline.chrome import ChromeRules, Phrases, drop_chrome
from pipeline.dates import read_date
from pipeline.errors import Rejected
from pipeline.extract import MAX_BODY, MAX_ELEMENTS, extract, extract_files, repair
from pipeline.language import language_of
from pipeline.layers import read_yaml
from pipeline.model import Extract, Form, Outcome, TextSource
from pipeline.parsers import Parsers
from pipeline.samples import FOLDER
from pipeline.settings import shipped

CHROME = read_yaml(shipped("config") / "chrome.yml", ChromeRules)
META = {meta["id"]: meta for meta in map(json.loads, (FOLDER / "meta.jsonl").read_text().splitlines())}
GOLD: dict[str, dict[str, Any]] = {name: json.loads((FOLDER / f"{name}.gold.json").read_text()) for name in META}

# Pages whose body stands only in a JSON island that a script fills in.
IN_AN_ISLAND = {"dnipro-alabuga-wings", "dnipro-experts-meeting", "dnipro-ru-podolyak"}
# The page is a teaser; the whole text is on its AMP page, which the teaser links.
TEASERS = {"potomac-alabuga": "potomac-alabuga-amp"}
# Pages that show a time without its zone: the day is right, the moment is the feed's.
DAY_ONLY = {"nevsky-ru-lavrov", "carmel-dhow-missiles", "carmel-kirby-jets", "carmel-know-how"}
READABLE = sorted(META)

PARAGRAPHS = [
    "The ministry in the capital said on Monday that it had sent no drones to either side of the war.",
    "A spokesman told reporters that the claims were baseless and that no document had been shown to anybody.",
    "Officials of three other governments said that they would raise the matter in the council next week.",
    "The company that is said to have built the aircraft did not answer questions about its exports.",
]


def a_page(*, head: str = "", body: str = "", lang: str = "en", paragraphs: list[str] | None = None) -> bytes:
    text = "".join(f"<p>{each}</p>" for each in (PARAGRAPHS if paragraphs is None else paragraphs))
    return f'<!doctype html><html lang="{lang}"><head>{head}</head><body><article>{body}{text}</article></body></html>'.encode()


def read(name: str) -> Extract:
    return extract((FOLDER / f"{name}.html").read_bytes(), url=META[name]["url"], chrome=CHROME)


def decode(body: bytes) -> str:
    return decode_bytes(body, None, html=True).text


def f1(found: str, true: str) -> float:
    """Agreement of the runs of four words, as the public benchmarks of text extraction score it."""
    one, other = (
        Counter(zip(*(words[at:] for at in range(4)), strict=False)) for words in (re.findall(r"\w+", each) for each in (found, true))
    )
    common = (one & other).total()
    return 2 * common / max(1, one.total() + other.total())


@pytest.mark.parametrize("name", READABLE)
def test_the_text_is_the_true_one(name: str) -> None:
    assert f1(read(name).text, (FOLDER / f"{name}.txt").read_text()) >= 0.99


@pytest.mark.parametrize("name", READABLE)
def test_the_page_is_read_as_it_describes_itself(name: str) -> None:
    found, expected = read(name), GOLD[name]["expected"]
    published = datetime.fromisoformat(expected["published"])
    assert found.title == expected["title"]
    assert "; ".join(found.authors) == (expected["author"] or "")
    assert found.language == expected["language"]
    assert (found.canonical_url or META[name]["url"]) == expected["canonical_url"]
    assert found.published is not None
    assert found.published == (published.replace(hour=0, minute=0) if name in DAY_ONLY else published)


def test_the_second_version_tells_when_it_was_changed() -> None:
    assert read("thames-fath360-v2").modified == datetime(2024, 9, 10, 21, 40, tzinfo=UTC)


@pytest.mark.parametrize("name", READABLE)
def test_where_the_text_was_found_is_told(name: str) -> None:
    assert read(name).text_from is (TextSource.JSON_ISLAND if name in IN_AN_ISLAND else TextSource.MARKUP)


@pytest.mark.parametrize(("teaser", "whole"), TEASERS.items())
def test_a_teaser_is_known_as_one_and_names_the_page_with_the_whole_text(teaser: str, whole: str) -> None:
    found = read(teaser)
    assert (found.teaser, found.paywalled) == (True, True)
    assert found.amp_url == META[whole]["url"]
    assert not read(whole).teaser


@pytest.mark.parametrize("name", sorted(META.keys() - TEASERS.keys()))
def test_nothing_else_is_taken_for_a_teaser_a_live_blog_or_a_round_up(name: str) -> None:
    found = read(name)
    assert (found.teaser, found.form) == (False, Form.ARTICLE)


# --- bytes


@pytest.mark.parametrize("body", [b"", b"  \n", b"%PDF-1.7 x", b"\x89PNG\r\n", b"\xff\xd8\xff\xe0", b"PK\x03\x04x", b"GIF89a", b'{"a": 1}'])
def test_what_is_no_page_is_rejected_at_once(body: bytes) -> None:
    with pytest.raises(Rejected) as caught:
        extract(body, url="http://o.example/a")
    assert caught.value.outcome is Outcome.NO_TEXT


def test_a_page_of_the_greatest_size_is_read_and_one_byte_more_is_not() -> None:
    page = a_page()
    padded = page + b" " * (MAX_BODY - len(page))
    assert extract(padded).text
    with pytest.raises(Rejected) as caught:
        extract(padded + b" ")
    assert caught.value.outcome is Outcome.TOO_LARGE


def test_a_page_of_too_many_elements_is_refused_in_a_moment() -> None:
    started = time.monotonic()
    with pytest.raises(Rejected) as caught:
        extract(b"<html><body>" + b"<a href=/x>x</a>" * (MAX_ELEMENTS + 1) + b"</body></html>")
    assert caught.value.outcome is Outcome.TOO_LARGE
    assert time.monotonic() - started < 5


HEAD = b"<html><body>"
STORY = "".join(f"<p>{each}</p>" for each in PARAGRAPHS).encode()
# Each would hang, or take minutes, without the guard that it is for. Bounds are for hangs, not for speed.
HOSTILE = {
    "nested-blocks": HEAD + b"<div>" * 100_000 + STORY,
    "nested-marks": HEAD + STORY + b"<b>" * 49_000,
    "nested-tables": HEAD + b"<table><tr><td>" * 10_000 + STORY,
    "one-line": HEAD + b"<p>" + b"word " * 1_000_000,
    "one-line-within-the-cap": HEAD + b"<p>" + b"word " * 580_000,
    "attributes": b"<html><body " + b" ".join(b"a%d=b" % number for number in range(200_000)) + b">" + STORY,
    "paragraphs": HEAD + b"<p>A sentence of nine words stands in here.</p>" * 49_000,
    "links": HEAD + STORY + b"".join(b"<li><a href=/x>A linked headline number %d</a></li>" % number for number in range(15_000)),
    "dates": HEAD + STORY + b"<div>18 October 2022, 14:05 MSX</div>" * 20_000,
    "brackets": HEAD + b"<script type='application/json'>" + b"[" * 1_000_000 + b"]" * 1_000_000 + b"</script>",
    "assignments": HEAD + b"<script>" + b"a={" * 700_000 + b"</script>" + STORY,
    "open-tags": HEAD + STORY + b"<" * 2_900_000,
    "ampersands": HEAD + STORY + b"&#" * 1_400_000,
    "separators": b"<html><head><title>" + b"a - " * 100_000 + b"</title></head><body><h1>x</h1>" + STORY,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_page_gives_its_story_or_a_rejection_in_bounded_time(name: str) -> None:
    assert read_in_a_child(HOSTILE[name]) in {Outcome.NO_TEXT, Outcome.TOO_LARGE, "its story"}


def read_in_a_child(body: bytes) -> str:
    """As a page is read when it is collected: within 30 seconds and 1 GB. Raises ParserFailed."""
    with Parsers(memory_bytes=2**30) as parsers:
        try:
            found = parsers.call(extract, body, url="http://o.example/a-1", chrome=CHROME, seconds=30)
        except Rejected as refusal:
            return refusal.outcome
    return "its story" if PARAGRAPHS[0] in found.text else found.text[:100]


def test_control_characters_and_overrides_of_direction_are_no_text() -> None:
    body = STORY.replace(b"The ministry", "\u202eThe\x00 \x01ministry\u202c".encode())
    assert extract(HEAD + body).text == "\n\n".join(PARAGRAPHS)


@pytest.mark.parametrize("charset", ["windows-1251", "koi8-r", "utf-16", "utf-8", "utf-8-sig"])
def test_the_charset_is_found_in_the_page(charset: str) -> None:
    russian = "Россия и Иран уже дали исчерпывающие ответы на вопросы о беспилотниках, заявил в понедельник министр."
    page = f'<html><head><meta charset="{charset}"></head><body><p>{russian}</p><p>{russian[:60]}</p></body></html>'
    assert russian in decode(page.encode(charset))


def test_a_lying_charset_is_not_believed() -> None:
    assert "é" in decode('<meta charset="windows-1251"><p>café</p>'.encode())


def test_a_byte_order_mark_is_not_text() -> None:
    assert decode(codecs.BOM_UTF8 + b"x") == "x"


@pytest.mark.parametrize("reference", ["&#xFFFF;", "&#0;", "&#xD800;", "&#99999999;", "&#" + "9" * 5000 + ";", "\x00", "\x0b"])
def test_one_illegal_character_does_not_cost_the_page(reference: str) -> None:
    found = extract(a_page(body=f"<p>{reference}</p>"))
    assert found.text == "\n\n".join(PARAGRAPHS)


def test_references_to_windows_characters_mean_what_browsers_show() -> None:
    assert repair("it&#146;s &#x96; &#8217;") == "it’s – &#8217;"


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_bytes_give_an_article_or_a_rejection(body: bytes) -> None:
    with contextlib.suppress(Rejected):
        assert extract(b"<html><body>" + body).text


# --- text


def test_reading_twice_gives_the_same() -> None:
    first = [read(name) for name in READABLE[:6]]
    assert [[read(name) for name in READABLE[:6]] for _ in range(4)] == [first] * 4


def test_persian_keeps_its_zero_width_non_joiners() -> None:
    assert read("caspian-fa-kanani").text == (FOLDER / "caspian-fa-kanani.txt").read_text().strip()
    by_reference = a_page(
        lang="fa", paragraphs=["شرکت&zwnj;های ایرانی گفتند که هیچ پهپادی به روسیه نداده&#8204;اند و این ادعا بی&#x200c;اساس است."] * 3
    )
    assert "شرکت\u200cهای" in extract(by_reference).text


def test_comments_of_readers_are_not_text() -> None:
    page = a_page().replace(
        b"</article>", b"</article><section id=comments><h3>Comments</h3><p>They lie, as they always do, I say.</p></section>"
    )
    assert "They lie" not in extract(page).text


def test_the_headline_is_not_repeated_at_the_head_of_the_text() -> None:
    lines = ["Iran ‘denies’ report", "Standfirst of the story", "A paragraph."]
    assert drop_chrome(lines, ["Iran 'denies' report"], CHROME) == lines[1:]


@pytest.mark.parametrize(
    "line",
    [
        "Read also: What is the Fath-360 and why does Moscow want it?",
        "ALSO READ | Centre denies delay in fighter deal",
        "Reporting by Ann Lee; Editing by Bo Roe",
        "(Reporting by Ann Lee)",
        "214 Comments",
        "What matters in national security, in your inbox every weekday. Sign up",
        "ЧИТАЙТЕ ТАКЖЕ",
        "اقرأ أيضاً",
        "— — —",
    ],
)
def test_a_line_of_chrome_is_dropped(line: str) -> None:
    assert drop_chrome([PARAGRAPHS[0], line, PARAGRAPHS[1]], [], CHROME) == PARAGRAPHS[:2]


@pytest.mark.parametrize(
    "line",
    [
        "Read out in the council, the letter denied every claim.",
        "The source said that the source: of the leak was known.",
        "Trending towards war, the two states deny it.",
        "Sign up to the treaty, " + "he urged the other states of the region again and again, " * 4,
    ],
)
def test_a_line_of_prose_is_kept(line: str) -> None:
    assert drop_chrome([PARAGRAPHS[0], line, PARAGRAPHS[1]], [], CHROME) == [PARAGRAPHS[0], line, PARAGRAPHS[1]]


def test_links_below_the_article_go_with_their_heading() -> None:
    links = ["Most read", "Minister denies misleading the house", "Ten recipes for courgettes"]
    assert drop_chrome([*PARAGRAPHS, *links], [], CHROME) == PARAGRAPHS


def test_such_a_heading_between_paragraphs_takes_nothing_with_it() -> None:
    assert drop_chrome([PARAGRAPHS[0], "Related", *PARAGRAPHS[1:]], [], CHROME) == PARAGRAPHS


def test_a_pull_quote_counts_once_and_a_repeated_question_stays() -> None:
    quote, question = "it had sent no drones to either side of the war", "And what would you say to them if you met them?"
    assert drop_chrome([PARAGRAPHS[0], quote], [], CHROME) == PARAGRAPHS[:1]
    assert drop_chrome([question, "Nothing.", question], [], CHROME) == [question, "Nothing.", question]


def test_chrome_takes_time_in_proportion_to_the_page() -> None:
    rules = ChromeRules(languages={"en": Phrases(starts=("a" * 50,), ends=("a" * 50,), whole=("a",))})
    started = time.monotonic()
    drop_chrome(["a" * 5000] * 2000, ["a" * 500], rules, frozenset({"a" * 200}))
    assert time.monotonic() - started < 5


def test_a_page_laid_out_by_tables_gives_its_story_alone() -> None:
    story = "".join(f"<p>{each}" for each in PARAGRAPHS)
    menu = "<table><tr><td>HEADLINES<br>Police deny claims<br>Rain in the north</td></tr></table>"
    box = "<table><tr><td><b>RELATED</b> <a href=/1>Cabinet denies rift over talks</a></td></tr></table>"
    cells = f"<td>{menu}</td><td><font>{story}{box}<p>The end of the story was told on Friday.</font></td>"
    found = extract(f"<html><body><table><tr>{cells}</tr></table></body></html>".encode()).text
    assert PARAGRAPHS[0] in found
    assert "Cabinet denies" not in found
    assert "|" not in found


def test_a_table_of_figures_stays() -> None:
    table = "<table><tr><th>Month</th><th>Drones</th></tr><tr><td>May</td><td>300</td></tr></table>"
    assert "300" in extract(a_page(paragraphs=[*PARAGRAPHS, table])).text


# --- metadata


def ld(**fields: object) -> str:
    return f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle", **fields})}</script>'


def test_structured_data_comes_before_what_is_shown() -> None:
    head = ld(headline="Ministry denies it", author=[{"name": "Ann Lee"}, {"name": "Bo Roe"}], datePublished="2024-05-01T10:00:00+03:00")
    found = extract(a_page(head=head + "<title>It did not do it - The Outlet</title>", body="<h1>It did not do it</h1>"))
    assert (found.title, found.authors) == ("Ministry denies it", ("Ann Lee", "Bo Roe"))
    assert found.published == datetime(2024, 5, 1, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    "data",
    [
        '{"@graph": [{"@type": "WebSite"}, {"@type": ["NewsArticle"], "headline": "Ministry denies it"}]}',
        '[{"@type": "BreadcrumbList"}, {"@type": "ReportageNewsArticle", "headline": "Ministry\ndenies it"}]',
        '<!-- {"@type": "Article", "headline": "Ministry &amp;#100;enies it"}; -->',
    ],
)
def test_json_ld_is_read_in_the_forms_it_comes_in(data: str) -> None:
    assert extract(a_page(head=f"<script type='application/ld+json'>{data}</script>")).title == "Ministry denies it"


@pytest.mark.parametrize(
    "data", ["{", "[" * 100_000, "null", '{"@type": "NewsArticle", "headline": 7, "author": [[]], "datePublished": {}}', '"x"']
)
def test_broken_structured_data_cost_nothing_but_themselves(data: str) -> None:
    head = f"<script type='application/ld+json'>{data}</script><meta property='og:title' content='Ministry denies it'>"
    assert extract(a_page(head=head)).title == "Ministry denies it"


@pytest.mark.parametrize(
    ("title", "shown", "expected"),
    [
        ("Kremlin denies it – Peskov :: THE LEDGER", "Kremlin denies it – Peskov", "Kremlin denies it – Peskov"),
        ("The Post - Kremlin denies it", "Kremlin denies it", "Kremlin denies it"),
        ("Kremlin denies it | World | The Post", "Kremlin denies it", "Kremlin denies it"),
        ("Explained | Who denies what", "Explained | Who denies what", "Explained | Who denies what"),
        ("Kremlin denies it | The Outlet", "Another headline", "Kremlin denies it"),
        ("Iran: we deny it", "Another headline", "Iran: we deny it"),
    ],
)
def test_the_outlets_name_is_cut_from_the_title(title: str, shown: str, expected: str) -> None:
    head = f"<title>{title}</title><meta property='og:site_name' content='The Outlet'>"
    assert extract(a_page(head=head, body=f"<div>{shown}</div>")).title == expected


def test_the_feeds_title_serves_where_the_page_has_none() -> None:
    assert extract(a_page(), feed_title="Ministry &amp; denial").title == "Ministry & denial"


@pytest.mark.parametrize(
    ("author", "expected"),
    [
        ("By Ann Lee and Bo Roe", ("Ann Lee", "Bo Roe")),
        ("Ann Lee, Diplomatic correspondent", ("Ann Lee",)),
        ("Foreign staff and agencies", ("Foreign staff and agencies",)),
        ("https://facebook.example/outlet", ()),
    ],
)
def test_authors_are_names(author: str, expected: tuple[str, ...]) -> None:
    assert extract(a_page(head=f'<meta name="author" content="{author}">')).authors == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-05-01T10:00:00+0330", datetime(2024, 5, 1, 6, 30, tzinfo=UTC)),
        ("2024-05-01T10:00:00.123Z", datetime(2024, 5, 1, 10, 0, 0, 123000, tzinfo=UTC)),
        ("2024-05-01 10:00:00", datetime(2024, 5, 1, 10, tzinfo=UTC)),
        ("2024-05-01", datetime(2024, 5, 1, tzinfo=UTC)),
        ("Wed, 01 May 2024 10:00:00 +0200", datetime(2024, 5, 1, 8, tzinfo=UTC)),
        ("2026-13-45", None),
        ("0001-01-01T00:00:00Z", None),
        ("1970-01-01T00:00:00Z", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_a_date_is_read_or_is_none(text: str, expected: datetime | None) -> None:
    assert read_date(text) == expected


@given(st.text(max_size=40))
def test_no_date_raises(text: str) -> None:
    found = read_date(text)
    assert found is None or found.tzinfo is UTC


@pytest.mark.parametrize(
    ("claim", "believed"),
    [
        ("https://www.outlet.example/2024/story-1", "https://www.outlet.example/2024/story-1"),
        ("/2024/story-1", "http://outlet.example/2024/story-1"),
        ("https://other.example/2024/story-1", None),
        ("https://outlet.example.evil.example/story-1", None),
        ("http://outlet.example/", None),
        ("http://outlet.example", None),
        ("http://outlet.example/amp/2024", None),
        ("http://outlet.example/world", None),
        ("http://outlet.example/news.asp", None),
        ("javascript:alert(1)", None),
        ("http://[", None),
    ],
)
def test_a_canonical_address_is_believed_only_within_the_outlet(claim: str, believed: str | None) -> None:
    page = a_page(head=f'<link rel="canonical" href="{claim}">')
    assert extract(page, url="http://outlet.example/amp/2024/story-1?x=1").canonical_url == believed


def test_the_outlets_other_domains_are_its_own() -> None:
    page = a_page(head='<link rel="canonical" href="https://outlet.co.example/2024/story-1">')
    assert extract(page, url="http://outlet.example/a-1").canonical_url is None
    assert extract(page, url="http://outlet.example/a-1", domains=["outlet.example", "outlet.co.example"]).canonical_url is not None


# --- language


@pytest.mark.parametrize("name", sorted(META))
@pytest.mark.parametrize("claimed", [None, "en", "fa-IR", "zh"])
def test_letters_and_small_words_tell_the_language(name: str, claimed: str | None) -> None:
    assert language_of((FOLDER / f"{name}.txt").read_text(), claimed) == GOLD[name]["expected"]["language"]


@pytest.mark.parametrize(
    ("text", "claimed", "expected"),
    [
        ("Міністерство заявило, що її країна не має до цього стосунку.", None, "uk"),
        ("Das Ministerium sagte, dass die Berichte nicht mit der Wahrheit übereinstimmen und das sei nicht neu.", "en", "de"),
        ("Ministeriet afviste beretningerne om levering af droner.", "da", "da"),
        ("דובר המשרד הכחיש את הטענות על אספקת הכלים.", "en", "he"),
        ("Xyz qwv bnm", None, None),
        ("12345", "en-GB", "en"),
        ("", None, None),
    ],
)
def test_a_claim_holds_unless_the_letters_speak_against_it(text: str, claimed: str | None, expected: str | None) -> None:
    assert language_of(text, claimed) == expected


# --- files


def test_files_become_flat_records(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_bytes(
        a_page(head=ld(headline="Ministry denies it", datePublished="2024-05-01T10:00:00Z", author="Ann Lee"))
    )
    (tmp_path / "b.html.gz").write_bytes(gzip.compress(a_page(paragraphs=[])))
    (tmp_path / "c.html").write_bytes(b"")
    first, *empty = extract_files([tmp_path / name for name in ("a.html", "b.html.gz", "c.html")], {"a": "http://o.example/a-1"}, CHROME)
    assert first == {
        "id": "a",
        "url": "http://o.example/a-1",
        "outcome": None,
        "reason": None,
        "canonical_url": None,
        "title": "Ministry denies it",
        "authors": ["Ann Lee"],
        "published": "2024-05-01T10:00:00Z",
        "published_from": "page",
        "modified": None,
        "language": "en",
        "text_from": "markup",
        "paywalled": False,
        "teaser": False,
        "form": "article",
        "text": "\n\n".join(PARAGRAPHS),
    }
    nothing = {**dict.fromkeys(first), "outcome": "no-text", "text": ""}
    assert empty == [
        {**nothing, "id": "b", "reason": "no article in the page"},
        {**nothing, "id": "c", "reason": "an empty answer"},
    ]


def test_a_compressed_file_cannot_fill_the_memory(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.html.gz"
    bomb.write_bytes(gzip.compress(b" " * 200_000_000, compresslevel=9))
    assert next(extract_files([bomb]))["text"] == ""
