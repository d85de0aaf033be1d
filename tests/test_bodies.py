"""Texts that the markup does not show, and what a page is beside an article."""

import json
from datetime import UTC, datetime

import pytest

from pipeline.chrome import drop_chrome
from pipeline.errors import Rejected
from pipeline.extract import extract
from pipeline.maintext import link_texts, load
from pipeline.model import DateSource, Extract, Form, Outcome, TextSource
from tests.test_extract import CHROME, PARAGRAPHS, a_page, ld

TEXT = "\n\n".join(PARAGRAPHS)
MARKUP = "".join(f"<p>{each}</p>" for each in PARAGRAPHS)


def read(page: bytes, url: str = "http://outlet.example/2024/story-1") -> Extract:
    return extract(page, url=url, chrome=CHROME)


def island(body: object, **fields: object) -> dict[str, object]:
    return {"props": {"menu": [{"label": "World"}], "article": {"headline": "Ministry denies it", "body": body, **fields}}}


def rich(text: str) -> dict[str, object]:
    half = len(text) // 2
    runs = [{"nodeType": "text", "value": text[:half], "marks": []}, {"nodeType": "text", "value": text[half:], "marks": []}]
    return {"nodeType": "paragraph", "content": runs}


ISLANDS = {
    "blocks of markup": island([{"kind": "p", "html": f"<p>{each}</p>"} for each in PARAGRAPHS]),
    "blocks beside offers": island(
        [{"type": "text", "text": each} for each in PARAGRAPHS] + [{"type": "promo", "text": "Join 4,000 readers"}]
    ),
    "strings": island(PARAGRAPHS),
    "one string of markup": island(MARKUP),
    "one string of lines": island(TEXT),
    "rich text": island({"nodeType": "document", "content": [rich(each) for each in PARAGRAPHS]}),
    "elements with content": island([{"type": "text", "content": each, "_id": str(at)} for at, each in enumerate(PARAGRAPHS)]),
}


@pytest.mark.parametrize("form", ISLANDS)
@pytest.mark.parametrize("script", ['<script type="application/json">{}</script>', "<script>window.x = 1; window.state = {};</script>"])
def test_a_body_is_found_in_an_island_whatever_its_form(form: str, script: str) -> None:
    page = f"<html><head><title>O</title></head><body><div id=app></div>{script.replace('{}', json.dumps(ISLANDS[form]))}</body></html>"
    found = read(page.encode())
    assert (found.text, found.text_from, found.title) == (TEXT, TextSource.JSON_ISLAND, "Ministry denies it")


def test_an_island_says_who_wrote_it_and_when() -> None:
    data = island(PARAGRAPHS, authors=[{"name": "Ann Lee"}], publishedAt="2024-05-01T10:00:00+03:00", updatedAt="2024-05-02T10:00:00Z")
    found = read(f"<html><body><script type='application/json'>{json.dumps(data)}</script></body></html>".encode())
    assert found.authors == ("Ann Lee",)
    assert (found.published, found.modified) == (datetime(2024, 5, 1, 7, tzinfo=UTC), datetime(2024, 5, 2, 10, tzinfo=UTC))


def test_a_page_that_shows_its_text_is_not_read_from_its_data() -> None:
    related = json.dumps(island([f"Another story of {number} words that ends here, too, in a sentence." for number in range(6)]))
    found = read(a_page(head=f'<script type="application/json">{related}</script>', paragraphs=PARAGRAPHS * 3))
    assert found.text_from is TextSource.MARKUP
    assert "Another story" not in found.text


def test_what_json_ld_has_more_than_the_markup_is_the_text() -> None:
    found = read(a_page(head=ld(headline="Ministry denies it", articleBody=TEXT), paragraphs=PARAGRAPHS[:1]))
    assert (found.text, found.text_from) == (TEXT, TextSource.JSON_LD)


# --- what a page is


@pytest.mark.parametrize(
    ("title", "url", "form"),
    [
        ("Live: ministry denies it", "http://outlet.example/story-1", Form.LIVE_BLOG),
        ("Iran denies it – live updates", "http://outlet.example/story-1", Form.LIVE_BLOG),
        ("Ministry denies it", "http://outlet.example/world/live/2024/story-1", Form.LIVE_BLOG),
        ("Морской порт: онлайн", "http://outlet.example/story-1", Form.LIVE_BLOG),
        ("Morning briefing: ministry denies it", "http://outlet.example/story-1", Form.ROUND_UP),
        ("مرور روزنامه‌ها", "http://outlet.example/story-1", Form.ROUND_UP),
        ("Liverpool port denies it", "http://outlet.example/livestock-1", Form.ARTICLE),
        ("Minister's briefing on drones", "http://outlet.example/story-1", Form.ARTICLE),
    ],
)
def test_the_form_is_told_by_headline_and_address(title: str, url: str, form: Form) -> None:
    assert read(a_page(head=f"<title>{title}</title>"), url).form is form


def test_a_live_blog_says_so_in_its_data() -> None:
    head = '<script type="application/ld+json">{"@type": "LiveBlogPosting", "headline": "Ministry denies it"}</script>'
    assert read(a_page(head=head)).form is Form.LIVE_BLOG


@pytest.mark.parametrize("free", [False, "False", "false"])
def test_a_paywall_is_told_by_the_pages_data(free: object) -> None:
    found = read(a_page(head=ld(headline="Ministry denies it", isAccessibleForFree=free)))
    assert (found.paywalled, found.teaser) == (True, True)


def test_a_long_text_before_a_paywall_is_no_teaser() -> None:
    found = read(a_page(head=ld(headline="Ministry denies it", isAccessibleForFree=False), paragraphs=PARAGRAPHS * 5))
    assert (found.paywalled, found.teaser) == (True, False)


def test_an_article_about_consent_is_no_consent_wall() -> None:
    story = [
        f"{each} The cookies of its partners, it said, need the consent of users, whose personal data they are." for each in PARAGRAPHS * 3
    ]
    assert "cookies" in read(a_page(paragraphs=story)).text


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Страница не найдена", "Возможно, она была удалена или перенесена на другой адрес сайта, сообщает редакция."),
        ("404 – Page not found", "The page that you are looking for has moved or is no longer there, we are sorry to say."),
    ],
)
def test_a_page_that_says_it_is_not_there_is_none(title: str, text: str) -> None:
    with pytest.raises(Rejected) as caught:
        read(a_page(head=f"<title>{title}</title>", paragraphs=[text]))
    assert caught.value.outcome is Outcome.SOFT_404


# --- what it says of itself


@pytest.mark.parametrize(
    ("line", "moment"),
    [
        ("18 October 2022, 14:05 MSK", datetime(2022, 10, 18, 11, 5, tzinfo=UTC)),
        ("Published: 18 October 2022, 14:05 GMT", datetime(2022, 10, 18, 14, 5, tzinfo=UTC)),
        ("18 October 2022 at 2:20 PM EDT", datetime(2022, 10, 18, 18, 20, tzinfo=UTC)),
    ],
)
def test_a_date_that_is_only_shown_counts_with_its_zone(line: str, moment: datetime) -> None:
    found = read(a_page(body=f"<div>{line}</div>"), "http://outlet.example/story")
    assert (found.published, found.published_from, found.published_exact) == (moment, DateSource.PAGE, True)


def test_a_zone_that_two_countries_share_is_not_guessed() -> None:
    found = read(a_page(body="<div>18 October 2022, 14:05 IST</div>"), "http://outlet.example/story")
    assert not found.published_exact


def test_an_address_tells_the_day() -> None:
    found = read(a_page(), "http://outlet.example/2024/05/01/story")
    assert (found.published, found.published_from) == (datetime(2024, 5, 1, tzinfo=UTC), DateSource.ADDRESS)


def test_people_come_before_the_publisher() -> None:
    author = [{"@type": "Organization", "name": "The Outlet"}, {"@type": "Person", "name": "Ann Lee"}]
    assert read(a_page(head=ld(headline="Ministry denies it", author=author))).authors == ("Ann Lee",)
    assert read(a_page(head=ld(headline="Ministry denies it", author=author[:1]))).authors == ("The Outlet",)


def test_the_name_of_the_host_is_cut_from_the_title() -> None:
    page = a_page(head="<title>Ministry denies it - The Outlet</title>")
    assert read(page, "http://www.theoutlet.example/story-1").title == "Ministry denies it"
    assert read(page, "http://www.outlet.example/story-1").title == "Ministry denies it"


@pytest.mark.parametrize("charset", ["windows-1251", "windows-1256"])
def test_the_charset_of_the_header_is_used_where_the_page_names_none(charset: str) -> None:
    text = {
        "windows-1251": "Министерство заявило, что не поставляло оружие ни одной из сторон.",
        "windows-1256": "قالت الوزارة إنها لم ترسل أسلحة إلى أي من الطرفين.",
    }
    body = f"<html><body><p>{text[charset]}</p><p>{text[charset]} {text[charset]}</p></body></html>".encode(charset)
    assert text[charset] in extract(body, content_type=f"text/html; charset={charset}").text


# --- chrome


def test_a_line_that_is_a_link_is_the_headline_of_another_article() -> None:
    link = "<p><a href='/2'>Cabinet denies rift over talks with Moscow</a></p>"
    assert read(a_page(body=f"<p>{PARAGRAPHS[0]}</p>{link}", paragraphs=PARAGRAPHS[1:])).text == TEXT


def test_a_heading_that_links_to_itself_and_a_name_that_is_a_link_stay() -> None:
    lines = [PARAGRAPHS[0], "What the ministry said", "Ann Lee, London", PARAGRAPHS[1]]
    tree = load('<html><body><a href="#said">What the ministry said of it</a><a href="/lee">Ann Lee, London</a></body></html>')
    assert tree is not None
    assert drop_chrome(lines, [], CHROME, link_texts(tree)) == lines


@pytest.mark.parametrize("line", ["Published 18 November 2019", "5:45 AM PST 11/19/2019 by Ann Lee", "Обновлено 18.11.2019 14:05"])
def test_a_line_of_dates_is_no_text_at_either_end(line: str) -> None:
    assert read(a_page(paragraphs=[line, *PARAGRAPHS])).text == TEXT
    assert read(a_page(paragraphs=[*PARAGRAPHS, line])).text == TEXT


@pytest.mark.parametrize(
    "line",
    [
        "We did not sell a single drone, the minister wrote on Facebook.",
        "Published by the ministry on 18 November 2019, the letter denies it.",
        "Written by hand, the note of 1962 denies nothing.",
        "This report was rejected by Tehran.",
        "More from the stores of 2019 was sent, he said.",
    ],
)
def test_sentences_that_begin_or_end_like_chrome_stay(line: str) -> None:
    assert line in read(a_page(paragraphs=[PARAGRAPHS[0], line, *PARAGRAPHS[1:]])).text
