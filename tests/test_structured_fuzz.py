"""Pages and texts that nobody wrote, made of the parts that pages and texts are made of: what holds of all of them.

The same examples in every run, so that a failure here is a failure anywhere; CLAIMWIRE_TEST_EXAMPLES asks for others, and for so many.
"""

import contextlib
import json
import os
import unicodedata
from datetime import UTC

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.enrich import Reader, enrich
from pipeline.errors import Rejected
from pipeline.extract import extract
from pipeline.model import Context
from pipeline.reading import open_reader
from pipeline.settings import read_settings
from tests.test_extract import CHROME, PARAGRAPHS

WANTED = os.environ.get("CLAIMWIRE_TEST_EXAMPLES")
bounded = settings(
    max_examples=int(WANTED or 200), derandomize=WANTED is None, deadline=None, database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)  # fmt: skip

ODD = st.sampled_from([
    "", " ", "\u200c", "\u202e", "\xad", "\ufeff", "&#0;", "&#xD800;", "&#xFFFF;", "&nbsp;", "]]>", "<!--", "\x00", "\x1b[31m", "<", "&",
    "🛩", "e\u0301", "ﷺ", "\u2028", "x" * 2_000, "%s", "{{ x }}", "\\", '"', "”", "“", "«", "'", "—", "…", "\t", "\n\n",
])  # fmt: skip

# ------------------------------------------------------------------------------------------------ pages
INLINE = ("b", "a", "span", "em", "q", "code", "script", "time", "unknown-tag", "math", "svg", "noscript")
BLOCK = (
    "p", "div", "article", "main", "section", "ul", "li", "blockquote", "table", "tr", "td", "h1", "h2", "figure", "aside", "nav", "form",
    "template", "iframe", "textarea", "pre", "header", "footer", "body", "html", "head",
)  # fmt: skip
ATTRIBUTES = st.dictionaries(
    st.sampled_from(["class", "id", "itemprop", "datetime", "href", "hidden", "lang", "style", "data-x", "rel", "property", "role"]),
    st.sampled_from(["articleBody", "paywall", "2024-09-09", "0000-99-99T99", "//[", "javascript:x", "comments", "", "fa", "x" * 500, "'"]),
    max_size=3,
)
WORDS = st.sampled_from(PARAGRAPHS) | ODD | st.text(max_size=30)


@st.composite
def elements(draw: st.DrawFn, inner: st.SearchStrategy[str]) -> str:
    tag = draw(st.sampled_from(INLINE + BLOCK))
    attributes = "".join(f' {name}="{value}"' for name, value in draw(ATTRIBUTES).items())
    content = "".join(draw(st.lists(inner, max_size=4)))
    end = draw(st.sampled_from([f"</{tag}>"] * 6 + ["", f"</{tag}", "</p>", "/>"]))
    return f"<{tag}{attributes}>{content}{end}"


TREES = st.recursive(WORDS, elements, max_leaves=25)
VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.sampled_from(["2024-09-09T10:00:00Z", "9999-12-31", "NewsArticle", "\ud800", *PARAGRAPHS]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([
                "@type", "@graph", "headline", "articleBody", "author", "name", "datePublished", "dateModified", "url", "mainEntityOfPage",
                "isAccessibleForFree", "publisher", "@id",
            ]),
            inner,
            max_size=6,
        )
    ),
    max_leaves=12,
)  # fmt: skip
METAS = st.lists(
    st.tuples(
        st.sampled_from([
            "og:title", "og:url", "article:published_time", "author", "description", "date", "og:site_name", "twitter:title", "robots",
        ]),
        st.sampled_from([
            "2024-09-09", "https://outlet.example/a", "//", "\u202e", "", "0", "https://other.example/", "By A. Writer", "x" * 3_000,
        ]),
    ),
    max_size=5,
)  # fmt: skip


@st.composite
def pages(draw: st.DrawFn) -> bytes:
    metas = "".join(f'<meta name="{name}" property="{name}" content="{content}">' for name, content in draw(METAS))
    data = f'<script type="application/ld+json">{json.dumps(draw(VALUES))}</script>' if draw(st.booleans()) else ""
    head = f"<head><title>{draw(WORDS)}</title>{metas}{data}</head>" if draw(st.booleans()) else metas + data
    body = "".join(draw(st.lists(TREES, max_size=6)))
    charset = draw(st.sampled_from(["utf-8", "utf-8", "utf-16", "cp1251", "cp1256"]))
    return f"<!doctype html><html>{head}<body>{body}</body></html>".encode(charset, "replace")


@given(pages())
@bounded
def test_a_page_of_any_build_gives_clean_text_or_a_rejection(page: bytes) -> None:
    with contextlib.suppress(Rejected):
        found = extract(page, url="https://outlet.example/news/1", chrome=CHROME)
        assert found.text.strip()
        assert not [each for each in found.text + (found.title or "") if unicodedata.category(each) == "Cc" and each not in "\t\n"]
        assert "\n" not in (found.title or "")
        assert found.published is None or found.published.tzinfo is UTC
        assert found.canonical_url is None or found.canonical_url.startswith(("http://outlet.example/", "https://outlet.example/"))
        assert extract(page, url="https://outlet.example/news/1", chrome=CHROME) == found
        found.text.encode()


# ------------------------------------------------------------------------------------------------ texts
PARTS = {
    "en": (
        ["Iran", "Tehran", "The Kremlin", "Sergei Lavrov", "The spokesman", "He", "the Foreign Ministry", "Kyiv", "Officials", "A report"],
        [
            "denied",
            "rejected",
            "accused",
            "said",
            "has not admitted",
            "called baseless",
            "alleged that",
            "according to",
            "was denied",
            "told",
        ],
        [
            "supplying drones to Russia",
            "the claims",
            "that it had sent no missiles",
            "“a lie”",
            "the allegation",
            "entry",
            "of helping Moscow",
        ],
    ),
    "ru": (
        ["Иран", "Москва", "Песков", "МИД", "Он", "Киев", "По словам Захаровой,", "Источник"],
        ["опроверг", "заявил, что", "обвинил", "не признал", "назвал", "отверг", "сообщил:", "отрицает"],
        ["поставки дронов", "«ложью»", "Россию в поставках", "обвинения Запада", "Тегеран не передавал ракет", "это"],
    ),
    "fa": (
        ["ایران", "کنعانی", "سخنگوی وزارت خارجه", "مسکو", "وی", "کی‌یف"],
        ["تکذیب کرد", "گفت:", "متهم کرد", "رد کرد", "اعلام کرد که"],
        ["ارسال پهپاد به روسیه را", "«دروغ است»", "این اتهام را", "روسیه را به", "هیچ موشکی"],
    ),
    "ar": (
        ["إيران", "موسكو", "المتحدث باسم الخارجية", "وقال", "كييف", "وزير الخارجية"],
        ["نفت", "اتهمت", "قال إن", "رفض", "أكد أن", "لم تعترف"],
        ["إرسال مسيرات إلى روسيا", "«كذب»", "هذه الاتهامات", "طهران بتزويد", "بها"],
    ),
}


@st.composite
def texts(draw: st.DrawFn, language: str) -> str:
    parts = [st.sampled_from(each) for each in PARTS[language]]
    glue = st.sampled_from([" ", " ", " ", ", ", ' "', '" ', " – ", " (", ") ", ": ", "\n", ""])
    stop = st.sampled_from([". ", ". ", "? ", ".\n\n", '." ', "”. ", "; ", "", "…\n\n"])
    run = st.lists(st.one_of(*parts, *parts, ODD), min_size=1, max_size=7)
    sentences = draw(st.lists(st.tuples(run, stop), min_size=1, max_size=6))
    return "".join("".join(word + draw(glue) for word in words) + end for words, end in sentences)


@pytest.fixture(scope="module")
def reader() -> Reader:
    return open_reader(read_settings())


@pytest.mark.parametrize("language", PARTS)
def test_any_text_is_read_and_its_spans_are_its_own(language: str, reader: Reader) -> None:
    @given(texts(language))
    @bounded
    def holds(text: str) -> None:
        found = enrich(text, Context(language=language, title=text[:80]), reader)
        assert all(0 <= start < end <= len(text) for start, end in found.sentences)
        assert list(found.sentences) == sorted(found.sentences)
        for entity in found.entities:
            assert all(text[start:end].strip() for start, end in entity.mentions)
        for statement in found.statements:
            assert statement.speaker.name.strip()
            assert 0 <= statement.why.confidence <= 1
            assert all(0 <= each < len(found.sentences) for each in statement.sentences)
            if statement.sentences:
                assert text[statement.start : statement.end].strip()
                assert statement.start >= found.sentences[statement.sentences[0]][0]
            else:
                assert (statement.start, statement.end) == (-1, -1)
            assert statement.addressee_of is None or 0 <= statement.addressee_of < len(found.statements)
        assert enrich(text, Context(language=language, title=text[:80]), reader) == found

    holds()
