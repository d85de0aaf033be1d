"""What the readers of all kinds of sources have in common: an item's parts to an `Entry`, safe to store and to show."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit

from pipeline.answers import Entry, Refusal
from pipeline.model import Outcome
from pipeline.plaintext import one_line, paragraphs

MAX_TITLE = 500
MAX_SUMMARY = 5_000
# The store highlights at most a million characters of a field.
MAX_BODY = 900_000
# A quadratic entity of 90 KB makes a title of 8 MB; markup of that size is not read, its beginning is.
MAX_MARKUP = 2 * MAX_BODY
MAX_LINK = 2_000
MAX_FLAW = 200

_TAB_OR_NEWLINE = re.compile(r"[\t\r\n]")
_A_NUMBER = Refusal(outcome=Outcome.NO_TEXT, reason="the title is a number: a page of the printed paper")


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A sitemap that an index of sitemaps names."""

    url: str
    modified: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one kind's reader gives: None for an item that has neither a link nor a title."""

    items: list[Entry | None]
    title: str | None = None
    flaws: tuple[str, ...] = ()
    children: tuple[Child, ...] = ()
    earlier: str | None = None  # the address that shows what came before


def entry_of(
    *, url: str | None, title: str, published: datetime | None, summary: str | None, body: str | None, publisher: str | None = None
) -> Entry | None:
    """An entry of an item's parts; None where it has neither a link nor a title."""
    if url is None and not title:
        return None
    told = one_line((summary or "")[:MAX_MARKUP], MAX_SUMMARY)
    text = paragraphs((body or "")[:MAX_MARKUP], MAX_BODY) or None
    return Entry(
        url=url,
        title=title,
        published=published,
        summary=told,
        body=text,
        publisher=publisher,
        refusal=_A_NUMBER if title.isdigit() and not told and not text else None,
    )


def title_of(markup: object) -> str:
    return one_line(markup[:MAX_MARKUP], MAX_TITLE) if isinstance(markup, str) else ""


def link_of(link: object, base: str) -> str | None:
    """Absolute and http(s), without userinfo, or None."""
    if not isinstance(link, str) or not link.strip():
        return None
    try:
        parts = urlsplit(urljoin(base, _TAB_OR_NEWLINE.sub("", link).strip()))
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            return None
        address = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    except ValueError:
        return None
    return address if len(address) <= MAX_LINK and address.isprintable() else None


def instant(text: str) -> datetime | None:
    """A moment as ISO 8601 or RFC 5322 writes it; one without a zone is taken for UTC, as feedparser does."""
    text = text.strip()[:64]
    for read in _DATES:
        try:
            moment = read(text)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return None


_DATES: Iterable[Callable[[str], datetime]] = (datetime.fromisoformat, parsedate_to_datetime)
