"""When a page says that it was published: in its data, in its markup, in what it shows, in its address."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import islice
from typing import Any

import dateparser
from htmldate import find_date
from lxml.html import HtmlElement

from pipeline.model import DateSource
from pipeline.structured import Structured

PUBLISHED = (
    "article:published_time", "og:article:published_time", "datepublished", "date.published", "parsely-pub-date", "sailthru.date",
    "dc.date.issued", "dcterms.created", "dcterms.date", "dc.date", "pubdate", "publishdate", "publish-date", "article.published", "date",
)  # fmt: skip
MODIFIED = ("article:modified_time", "og:updated_time", "datemodified", "dcterms.modified", "last-modified")
# Content systems write "none" as 1970 or as the year 1.
FIRST_YEAR = 1990
# A line that shows the date has few characters beside it.
MAX_LINE = 60
# Lines that look like one and are none; each costs a millisecond.
MAX_TRIES = 5

_MARKED = (
    './/*[@itemprop="datePublished"] | .//*[contains(concat(" ", @class, " "), " published ")]'
    " | .//article//header//time | .//time[@pubdate]"
)
_YEAR, _CLOCK = re.compile(r"\b(?:19|20)\d\d\b"), re.compile(r"\b\d{1,2}[:.]\d\d\b")
_ZONE = re.compile(r"\b(?:[A-Z]{2,5}|[+-]\d\d:?\d\d)\)?$")
# Each is the zone of two parts of the world; which one is meant a page does not say.
_TWO_ZONES = re.compile(r"\b(?:IST|CST|AST|PST|SST|ECT)\b(?=\)?$)")
_LABEL = re.compile(r"^[^\d:]{1,30}:\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """A date and where it came from; `exact` where the page says the time of day and its zone."""

    moment: datetime
    source: DateSource
    exact: bool


def published(tree: HtmlElement, page: Structured, language: str | None) -> Dated | None:
    """The date of publication. Data come first, because the system that has the facts writes them; then a line that is a date."""
    for said in _said(tree, page):
        if found := _read(said):
            return Dated(moment=found[0], source=DateSource.PAGE, exact=found[1])
    if (shown := _shown(tree, language)) is not None:
        return Dated(moment=shown, source=DateSource.PAGE, exact=True)
    return None


def modified(page: Structured) -> datetime | None:
    said = [page.article.get("dateModified"), *page.values(MODIFIED)]
    return next(filter(None, (read_date(each) for each in said if isinstance(each, str))), None)


def read_date(text: str) -> datetime | None:
    """A date in ISO 8601 or as e-mail writes it, in UTC; UTC is assumed where it names no zone. None for anything else."""
    found = _read(text)
    return found[0] if found else None


def _read(text: Any) -> tuple[datetime, bool] | None:
    """The date in UTC, and whether it has a time of day with a zone."""
    if not isinstance(text, str):
        return None
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(text.strip())
            exact = moment.tzinfo is not None
            moment = (moment if exact else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError, TypeError):
            continue
        return (moment, exact) if moment.year >= FIRST_YEAR else None
    return None


def _said(tree: HtmlElement, page: Structured) -> Iterator[Any]:
    """What data and markup say: JSON-LD, `<meta>`, microdata, `hentry`, a `<time>` in the article's head."""
    yield page.article.get("datePublished")
    yield from page.values(PUBLISHED)
    for each in tree.xpath(_MARKED):
        yield from filter(None, (each.get("datetime"), each.get("content"), each.get("title")))


def _shown(tree: HtmlElement, language: str | None) -> datetime | None:
    """The first short line with a date, a time of day and its zone."""
    for line in islice(filter(_may_be_dated, _short_lines(tree)), MAX_TRIES):
        moment = _parsed(_LABEL.sub("", line), language)
        if moment is not None and moment.tzinfo is not None and moment.year >= FIRST_YEAR:
            return moment.astimezone(UTC)
    return None


def _may_be_dated(line: str) -> bool:
    return bool(_YEAR.search(line) and _CLOCK.search(line) and _ZONE.search(line)) and not _TWO_ZONES.search(line)


def _short_lines(tree: HtmlElement) -> Iterable[str]:
    for each in tree.iter("div", "span", "p", "time", "font", "td", "li"):
        for text in (each.text, each.tail):
            if text and 10 < len(text) <= MAX_LINE * 2:
                line = " ".join(text.split())
                if len(line) <= MAX_LINE:
                    yield line


def _parsed(line: str, language: str | None) -> datetime | None:
    languages = [language] if language and language != "en" else []
    try:
        found: datetime | None = dateparser.parse(line, languages=["en", *languages], settings={"DATE_ORDER": "DMY"})
    except (ValueError, OverflowError):  # a language that it does not know
        return None
    return found


def guessed(tree: HtmlElement, url: str | None) -> Dated | None:
    """The day, out of the address or what the page shows. May take longer than the main text."""
    if url and (day := _read(find_date("<html><body></body></html>", extensive_search=False, url=url))):
        return Dated(moment=day[0], source=DateSource.ADDRESS, exact=False)
    for extensive in (False, True):  # the second searches the whole text, which takes up to a second
        if day := _read(find_date(tree, extensive_search=extensive, original_date=True)):
            return Dated(moment=day[0], source=DateSource.PAGE, exact=False)
    return None
