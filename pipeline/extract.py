"""From a page's or a PDF file's bytes to its article: text, headline, authors, dates, language, canonical address.

The markup is a stranger's: sizes are bounded before the costly steps, and what still takes too long must be killed from outside.
"""

import gzip
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from lxml.html import HtmlElement

from pipeline import charsets
from pipeline.bodies import MAX_TEXT, Body, from_feed, fullest
from pipeline.canonical import amp_variant
from pipeline.chrome import ChromeRules, drop_chrome
from pipeline.dates import Dated, guessed
from pipeline.errors import Rejected
from pipeline.habits import hashes, without
from pipeline.language import language_of
from pipeline.maintext import MIN_WORDS, link_texts, load, main_lines, strip_furniture
from pipeline.metadata import Claims, read_claims
from pipeline.model import DateSource, Extract, Form, Outcome, TextSource
from pipeline.pdf import is_pdf, read_pdf
from pipeline.structured import Structured, read_structured
from pipeline.walls import form_of, instead_of_an_article, is_paywalled, is_teaser

# 1 MB of paragraphs takes trafilatura 2 s, 10 MB from 20 s to minutes; the largest of 181 news pages has 1.5 MB.
MAX_BODY = 3_000_000
# Most of a PDF file is its typefaces.
MAX_PDF = 10_000_000
# 100,000 links take 39 s. trafilatura's own MAX_TREE_SIZE counts what it has extracted, after the time is spent.
MAX_ELEMENTS = 50_000
# libxml2 compares each attribute of a tag with each other: 200,000 of them take minutes, these three seconds.
MAX_ATTRIBUTES = 15_000
# A feed's full text is the last resort where the page has a beginning, too: so many times its words.
MORE_IN_FEED = 1.5

_NOT_A_PAGE = {
    b"%PDF-": "a PDF file",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"RIFF": "a picture or a film",
    b"PK\x03\x04": "a ZIP file",
    b"\x1f\x8b": "a compressed file",
    b"\xd0\xcf\x11\xe0": "an office document",
    b"{\\rtf": "an office document",
    b"ID3": "a sound file",
    b"\x00\x00\x00": "a film",
}
_LONG_TAG = re.compile(r"<[a-z][^<>]{30000,}", re.IGNORECASE)
_REFERENCE = re.compile(r"&#(?:x([0-9a-f]+)|([0-9]+));?", re.IGNORECASE)
_NO_RULES = ChromeRules()

Record = dict[str, str | list[str] | bool | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """All words that a page's article can be made of."""

    pieces: tuple[str, ...]  # between any two tags, in the order of the page
    told: tuple[str, ...]  # plain text, or markup inside it: headlines, bodies in JSON-LD
    scripts: tuple[str, ...]  # sources of the page's other JSON


def extract(
    body: bytes,
    *,
    url: str | None = None,
    domains: Sequence[str] = (),
    content_type: str | None = None,
    feed_title: str | None = None,
    feed_body: str | None = None,
    charset: str | None = None,
    chrome: ChromeRules = _NO_RULES,
    habits: frozenset[str] = frozenset(),
    can_be: Callable[[Words], bool] | None = None,
    is_wanted: Callable[[str | None, str, str | None], bool] | None = None,
) -> Extract:
    """The article of a page, or of a PDF file. Paragraphs are parted by an empty line.

    `domains` are the outlet's own (by default those of `url`): a canonical address elsewhere is not believed. `feed_title` and
    `feed_body` are used where the page has none, or only a teaser. `charset` is what is known better than the page says.
    `habits` are hashes of lines that the outlet prints again and again. `can_be` says of all words of a page whether they can be an
    article that is wanted; where not, no main text is looked for. `is_wanted` says of a title, a text and its language whether it is worth
    a long look for its date.
    A PDF file is read in any case.
    Dates are in UTC; one without a time zone is taken as UTC, one without a time as midnight.
    Raises Rejected: off-topic where `can_be` says so, no-text where no article is found, paywall, consent-wall or soft-404 where something
    else is, too-large where looking for one would take too long.
    """
    if is_pdf(body):
        return _of_pdf(body, url, feed_title, chrome, habits)
    guard(body, url)
    html = repair(charsets.decode(body, content_type, html=True, charset=charset).text)
    tree, page = _opened(html, url)
    claims = read_claims(tree, page, url=url, domains=domains, feed_title=feed_title)
    if can_be is not None and not can_be(_words(tree, claims, page)):
        raise Rejected(Outcome.OFF_TOPIC, "not all that it is about is named in the page", url or "")
    links = link_texts(tree)
    found = main_lines(tree, html)
    if wall := instead_of_an_article(claims.title, found, chrome):
        raise Rejected(*wall, url or "")
    own = without(found, habits)
    told = fullest(_cleaned(Body(lines=tuple(own), source=TextSource.MARKUP, article={}), claims, chrome, links), page)
    if told.article:
        page = replace(page, article={**told.article, **page.article})
        claims = _with_island(claims, read_claims(tree, page, url=url, domains=domains, feed_title=feed_title))
    if told.source is not TextSource.MARKUP:
        told = _cleaned(told, claims, chrome)
    paywalled = is_paywalled(page, found, chrome)
    teaser = is_teaser(page, told.lines, paywalled=paywalled)
    if feed_body and (teaser or told.words < MIN_WORDS) and len(feed_body.split()) > MORE_IN_FEED * told.words:
        told, teaser = _cleaned(from_feed(feed_body), claims, chrome), False
    if told.words < MIN_WORDS and paywalled:
        raise Rejected(Outcome.PAYWALL, "nothing stands before the wall", url or "")
    if told.words < MIN_WORDS:
        raise _no_text("no article in the page", url)
    form = form_of(page, claims.title, url, chrome)
    whole = _whole(told, claims, url, paywalled=paywalled, teaser=teaser, form=form, lines=hashes(found))
    if claims.published is None and (is_wanted is None or is_wanted(whole.title, whole.text, whole.language)):
        return _dated(whole, guessed(_without_furniture(html, url), url))
    return whole


def _opened(html: str, url: str | None) -> tuple[HtmlElement, Structured]:
    """The page's tree without its furniture, and what its scripts and head tell. Raises Rejected."""
    tree = parse(html, url)
    page = read_structured(tree)
    strip_furniture(tree)
    if (shown := len(tree.text_content())) > MAX_TEXT:
        raise Rejected(Outcome.TOO_LARGE, f"a page of {shown} characters", url or "")
    return tree, page


def extract_item(
    text: str,
    *,
    title: str,
    source: TextSource,
    url: str | None = None,
    teaser: bool = False,
    chrome: ChromeRules = _NO_RULES,
    habits: frozenset[str] = frozenset(),
) -> Extract:
    """The article that its source tells without a page: a post, an item of a feed.

    Raises Rejected (no-text) where nothing is left of it.
    """
    claims = _told(title, None)
    if source is TextSource.POST:
        claims = replace(claims, titles=frozenset())  # its first line is called its title, and is a part of the text
    lines = tuple(text.split("\n\n"))
    body = _cleaned(Body(lines=tuple(without(lines, habits)), source=source, article={}), claims, chrome)
    if not body.lines:
        raise _no_text("nothing but what the outlet prints everywhere", url)
    return _whole(body, claims, url, paywalled=False, teaser=teaser, form=Form.ARTICLE, lines=hashes(lines))


def _of_pdf(body: bytes, url: str | None, title: str | None, chrome: ChromeRules, habits: frozenset[str]) -> Extract:
    if len(body) > MAX_PDF:
        raise Rejected(Outcome.TOO_LARGE, f"a PDF file of {len(body)} bytes", url or "")
    told = read_pdf(body, url or "")
    claims = _told(title or told.title, told.created)
    found = _cleaned(Body(lines=tuple(without(told.lines, habits)), source=TextSource.PDF, article={}), claims, chrome)
    if found.words < MIN_WORDS:
        raise _no_text("no article in the PDF file", url)
    return _whole(found, claims, url, paywalled=False, teaser=False, form=Form.ARTICLE, lines=hashes(told.lines))


def _told(title: str | None, published: datetime | None) -> Claims:
    """What is said of an article that is no page."""
    dated = Dated(moment=published, source=DateSource.PAGE, exact=False) if published else None
    titles = frozenset([title] if title else [])
    return Claims(title=title, titles=titles, authors=(), published=dated, modified=None, canonical_url=None, amp_url=None, language=None)


def amp_address(body: bytes, *, url: str, domains: Sequence[str] = ()) -> str | None:
    """Where the AMP variant of a page without an article lies."""
    try:
        guard(body, url)
        tree = parse(repair(charsets.decode(body, None, html=True).text), url)
    except Rejected:
        return None
    return amp_variant(tree, url, domains)


def extract_files(paths: Iterable[Path], urls: Mapping[str, str] | None = None, chrome: ChromeRules = _NO_RULES) -> Iterator[Record]:
    """One flat record per `.html` or `.html.gz` file, in their order; `urls` knows addresses by id, the file's name without its endings.

    A page without an article gives an empty text, an outcome and its reason.
    """
    for path in paths:
        name = path.name.removesuffix(".gz").removesuffix(".html")
        url = (urls or {}).get(name)
        try:
            found = extract(_read(path), url=url, chrome=chrome)
        except Rejected as error:
            yield _nothing(name, url, error)
        else:
            yield _record(name, url, found)


# --- steps, in the order they run


def guard(body: bytes, url: str | None) -> None:
    """Refuses what cannot be a page, by its first bytes, whatever its header said."""
    head = body[:64].lstrip()
    if not head:
        raise _no_text("an empty answer", url)
    if len(body) > MAX_BODY:
        raise Rejected(Outcome.TOO_LARGE, f"a page of {len(body)} bytes", url or "")
    kind = next((name for magic, name in _NOT_A_PAGE.items() if body.startswith(magic)), None)
    if kind or head.startswith((b"{", b"[")):
        raise _no_text(kind or "JSON, not a page", url)


def repair(html: str) -> str:
    """Without what makes libxml2 give up: one `&#xFFFF;` empties the whole page."""
    return _REFERENCE.sub(_legal_reference, html)


def _legal_reference(match: re.Match[str]) -> str:
    digits = (match[1] or match[2]).lstrip("0") or "0"
    if len(digits) > 7:  # past the last code point; int() refuses some thousand digits altogether
        return ""
    code = int(digits, 16 if match[1] else 10)
    if 0x80 <= code <= 0x9F:  # what was meant is windows-1252, as in every browser
        return bytes([code]).decode("cp1252", "ignore")
    legal = code in {9, 10, 13} or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF
    return match[0] if legal else ""


def parse(html: str, url: str | None) -> HtmlElement:
    attributes = max((len(tag[0].split()) for tag in _LONG_TAG.finditer(html)), default=0)
    if attributes > MAX_ATTRIBUTES:
        raise Rejected(Outcome.TOO_LARGE, f"a tag of {attributes} attributes", url or "")
    tree = load(html)
    if tree is None:
        raise _no_text("no markup", url)
    elements = int(tree.xpath("count(//*)"))
    if elements > MAX_ELEMENTS:
        raise Rejected(Outcome.TOO_LARGE, f"a page of {elements} elements", url or "")
    return tree


def _words(tree: HtmlElement, claims: Claims, page: Structured) -> Words:
    told = (*claims.titles, page.article.get("headline"), page.article.get("articleBody"))
    return Words(pieces=tuple(tree.itertext()), told=tuple(each for each in told if isinstance(each, str)), scripts=page.islands)


def _cleaned(body: Body, claims: Claims, chrome: ChromeRules, links: frozenset[str] = frozenset()) -> Body:
    return replace(body, lines=tuple(drop_chrome(body.lines, claims.titles, chrome, links)))


def _with_island(before: Claims, now: Claims) -> Claims:
    """What an island says of its article, but the addresses that the markup has named."""
    return replace(now, canonical_url=before.canonical_url or now.canonical_url, amp_url=before.amp_url)


def _whole(body: Body, claims: Claims, url: str | None, *, paywalled: bool, teaser: bool, form: Form, lines: tuple[str, ...]) -> Extract:
    text = "\n\n".join(body.lines)
    if len(text) > MAX_TEXT:
        raise Rejected(Outcome.TOO_LARGE, f"a text of {len(text)} characters", url or "")
    dated = claims.published
    return Extract(
        text=text,
        text_from=body.source,
        title=claims.title,
        authors=claims.authors,
        published=dated.moment if dated else None,
        published_from=dated.source if dated else DateSource.NONE,
        published_exact=dated.exact if dated else False,
        modified=claims.modified,
        language=language_of(text, claims.language),
        canonical_url=claims.canonical_url,
        amp_url=claims.amp_url,
        paywalled=paywalled,
        teaser=teaser,
        form=form,
        lines=lines,
    )


def _without_furniture(html: str, url: str | None) -> HtmlElement:
    """The tree once more: looking for the main text has changed it."""
    tree = parse(html, url)
    strip_furniture(tree)
    return tree


def _dated(told: Extract, found: Dated | None) -> Extract:
    if found is None:
        return told
    return replace(told, published=found.moment, published_from=found.source, published_exact=found.exact)


def _no_text(reason: str, url: str | None) -> Rejected:
    return Rejected(Outcome.NO_TEXT, reason, url or "")


# --- files


def _read(path: Path) -> bytes:
    """One byte more than is allowed, so that a compressed file cannot fill the memory and a large one is known as such."""
    if path.suffix != ".gz":
        with path.open("rb") as plain:
            return plain.read(MAX_BODY + 1)
    with gzip.open(path) as packed:
        return packed.read(MAX_BODY + 1)


def _record(name: str, url: str | None, found: Extract) -> Record:
    return {
        "id": name,
        "url": url,
        "outcome": None,
        "reason": None,
        "canonical_url": found.canonical_url,
        "title": found.title,
        "authors": list(found.authors),
        "published": _iso(found.published),
        "published_from": found.published_from,
        "modified": _iso(found.modified),
        "language": found.language,
        "text_from": found.text_from,
        "paywalled": found.paywalled,
        "teaser": found.teaser,
        "form": found.form,
        "text": found.text,
    }


def _nothing(name: str, url: str | None, error: Rejected) -> Record:
    """The same keys for a page without an article, and why it has none."""
    found = ("canonical_url", "title", "authors", "published", "published_from", "modified", "language", "text_from")
    keys = (*found, "paywalled", "teaser", "form")
    return {"id": name, "url": url, "outcome": error.outcome, "reason": error.reason, **dict.fromkeys(keys), "text": ""}


def _iso(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None
