"""GDELT DOC 2.0, which indexes the world's news pages every quarter of an hour: questions to it, and its answers to entries.

What is known of it: at most 250 records an answer, three months back, one request in five seconds from one address. A query is in
English whatever the language of the pages, which are searched by their translations; it has no wildcards; terms of fewer than four
letters, quoted ones of fewer than five characters, an OR outside of brackets and a bracket around a single term are refused, and so is
what is longer than some 250 characters. A refusal is a sentence under status 200. The same sentences come when it is busy.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from pipeline.answers import Entry, Window
from pipeline.entries import Reading, entry_of, link_of, title_of
from pipeline.errors import Rejected, Unavailable
from pipeline.model import Outcome
from pipeline.plaintext import one_line
from pipeline.rules import Topic

RECORDS = 250
REACH = timedelta(days=90)
# "Timespan is too short" is the answer to anything under an hour.
SHORTEST = timedelta(hours=2)
# It was reached with 257 characters and with 288, and never with fewer than this.
MAX_QUERY = 240
# Of a party's names: enough to meet it, and room for the other and for the subject.
MAX_PARTY = 60

_PLAIN = re.compile(r"[^\W\d_]{4,}")
_PHRASE = re.compile(r"[\w .-]{5,}")
_BUSY = re.compile(r"limit requests|too many requests|too short or too long", re.IGNORECASE)
_BAD_ESCAPE = re.compile(r'\\(?!["\\/bfnrt]|u[0-9a-fA-F]{4})')
_TOKENISED = re.compile(r" ([,.:;?!%)\]])")
_LANGUAGES = {
    "ar": "arabic", "de": "german", "en": "english", "es": "spanish", "fa": "persian", "fr": "french", "he": "hebrew", "it": "italian",
    "ja": "japanese", "ko": "korean", "pl": "polish", "pt": "portuguese", "ru": "russian", "tr": "turkish", "uk": "ukrainian",
    "zh": "chinese",
}  # fmt: skip


def question(topic: Topic, languages: Sequence[str], domains: Sequence[str]) -> str:
    """All parties and the subject, in pages of these languages; with domains, all that these outlets say of the parties.

    An outlet's own pages are few: there the subject is left to the topic's judge, who has all its words.
    """
    words = topic.languages.get("en") or next(iter(topic.languages.values()))
    parts = [_any_of(_terms(names), MAX_PARTY) for names in words.parties.values()]
    tail = [_any_of([f"domainis:{_bare(domain)}" for domain in domains], 120) if domains else _spoken(languages)]
    room = MAX_QUERY - len(" ".join([*parts, *tail])) - 1
    subject = [] if domains else [_any_of(_terms(words.subject), room)]
    return " ".join(part for part in [*parts, *subject, *tail] if part)


def address(base: str, query: str, window: Window) -> str:
    """Where the newest of a window's pages are told."""
    since = max(min(window.since, window.until - SHORTEST), window.until - REACH)
    asked = {
        "query": query, "mode": "artlist", "format": "json", "maxrecords": str(RECORDS), "sort": "datedesc",
        "startdatetime": _stamp(since), "enddatetime": _stamp(window.until),
    }  # fmt: skip
    return f"{base}?{urlencode(asked)}"


def read_answer(text: str, url: str) -> Reading:
    """An answer's entries, and where to ask for what came before. When GDELT saw a page is not when it was published: that stays open.

    Raises Unavailable where it is busy, Rejected where it does not take the question.
    """
    said = one_line(text, 200)
    if not text.lstrip().startswith("{"):
        if _BUSY.search(said):
            raise Unavailable(f"GDELT says: {said}", url)
        raise Rejected(Outcome.REJECTED, f"GDELT says: {said}", url)
    try:
        # Titles hold newlines, tabs, and backslashes that escape nothing.
        data = json.loads(_BAD_ESCAPE.sub(r"\\\\", text), strict=False)
    except (ValueError, RecursionError) as error:
        raise Rejected(Outcome.REJECTED, f"not JSON: {type(error).__name__}", url) from error
    found = data.get("articles", [])
    if not isinstance(found, list):
        raise Rejected(Outcome.REJECTED, "JSON, but not an answer of GDELT", url)
    articles = [each for each in found if isinstance(each, dict)]
    return Reading(items=[_entry(each, url) for each in articles], title="GDELT", earlier=_earlier(articles, url))


def _entry(article: Mapping[str, Any], url: str) -> Entry | None:
    title = _TOKENISED.sub(r"\1", title_of(article.get("title")))
    return entry_of(url=link_of(article.get("url"), url), title=title, published=None, summary=None, body=None)


def _earlier(articles: Sequence[Mapping[str, Any]], url: str) -> str | None:
    """The same question up to the earliest that was told, where an answer is full."""
    times = [moment for each in articles if (moment := _moment(str(each.get("seendate", ""))))]
    if len(articles) < RECORDS or not times:
        return None
    parts = urlsplit(url)
    asked = dict(parse_qsl(parts.query))
    until = _stamp(min(times))
    if not asked.get("startdatetime", "") < until < asked.get("enddatetime", ""):
        return None
    return parts._replace(query=urlencode({**asked, "enddatetime": until})).geturl()


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%d%H%M%S")


def _moment(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None


def _terms(names: Iterable[str]) -> list[str]:
    """Words that it takes. `drone*` is asked as drone and drones: without wildcards, its commonest ending has to do."""
    terms: list[str] = []
    for name in names:
        plain = name.removesuffix("*").strip().lower()
        if _PLAIN.fullmatch(plain):
            terms += [plain, f"{plain}s"] if name.endswith("*") and not plain.endswith("s") else [plain]
        elif _PHRASE.fullmatch(plain):
            terms.append(f'"{plain}"')
    return list(dict.fromkeys(terms))


def _any_of(terms: Sequence[str], room: int) -> str:
    """As many of the terms as there is room for, the first of them first."""
    kept: list[str] = []
    for term in terms:
        if len(" OR ".join([*kept, term])) + 2 <= room:
            kept.append(term)
    return f"({' OR '.join(kept)})" if len(kept) > 1 else "".join(kept)


def _spoken(languages: Sequence[str]) -> str:
    names = [_LANGUAGES[each] for each in languages if each in _LANGUAGES]
    return _any_of([f"sourcelang:{name}" for name in names], 90) if len(names) == len(languages) else ""


def _bare(domain: str) -> str:
    return domain.strip().lower().removeprefix("www.")
