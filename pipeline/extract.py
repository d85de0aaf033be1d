"""From a page's bytes to its article: text, headline, authors, dates, language, canonical address.

The markup is a stranger's: sizes are bounded before the costly steps, and what still takes too long must be killed from outside.
"""

import codecs
import gzip
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from charset_normalizer import from_bytes
from lxml.html import HtmlElement

from pipeline.chrome import ChromeRules, drop_chrome
from pipeline.errors import Rejected
from pipeline.language import language_of
from pipeline.maintext import load, main_lines
from pipeline.metadata import Claims, read_claims
from pipeline.model import Extract, Outcome

# 1 MB of paragraphs takes trafilatura 2 s, 10 MB from 20 s to minutes; the largest of 181 news pages has 1.5 MB.
MAX_BODY = 3_000_000
# 100,000 links take 39 s. trafilatura's own MAX_TREE_SIZE counts what it has extracted, after the time is spent.
MAX_ELEMENTS = 50_000
# Elasticsearch highlights up to 1,000,000 characters, and nobody writes an article of a tenth of that.
MAX_TEXT = 900_000
# "Please enable JavaScript to read this story." has seven words, the shortest flash of an agency more.
MIN_WORDS = 8

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
_BOMS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_DECLARED = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([a-z0-9_.:-]{2,40})""", re.IGNORECASE)
_REFERENCE = re.compile(r"&#(?:x([0-9a-f]+)|([0-9]+));?", re.IGNORECASE)
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_NO_RULES = ChromeRules()


def extract(
    body: bytes,
    *,
    url: str | None = None,
    domains: Sequence[str] = (),
    feed_title: str | None = None,
    chrome: ChromeRules = _NO_RULES,
) -> Extract:
    """The article of a page. Paragraphs are parted by an empty line.

    `domains` are the outlet's own (by default those of `url`): a canonical address elsewhere is not believed. `feed_title` is used where
    the page has none. Dates are in UTC; one without a time zone is taken as UTC, one without a time as midnight.
    Raises Rejected: no-text where no article is found, too-large where looking for one would take too long.
    """
    guard(body, url)
    html = repair(decode(body))
    tree = parse(html, url)
    claims = read_claims(tree, url=url, domains=domains, feed_title=feed_title)
    lines = drop_chrome(main_lines(tree, html), claims.title, chrome)
    return _whole(lines, claims, url)


def extract_files(
    paths: Iterable[Path], urls: Mapping[str, str] | None = None, chrome: ChromeRules = _NO_RULES
) -> Iterator[dict[str, str | list[str] | None]]:
    """One flat record per `.html` or `.html.gz` file, in their order; `urls` knows addresses by id, the file's name without its endings.

    A page without an article gives an empty text and nothing else.
    """
    for path in paths:
        name = path.name.removesuffix(".gz").removesuffix(".html")
        url = (urls or {}).get(name)
        try:
            found = extract(_read(path), url=url, chrome=chrome)
        except Rejected:
            found = None
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


def decode(body: bytes) -> str:
    """The bytes as text: by byte order mark, else as UTF-8 where that fits, else as declared in the page, else as guessed."""
    for mark, charset in _BOMS.items():
        if body.startswith(mark):
            return body[len(mark) :].decode(charset, "replace")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return _decode_declared(body) or _decode_guessed(body)


def _decode_declared(body: bytes) -> str | None:
    """None where nothing usable is declared. UTF-8 has been tried; a declaration that the bytes do not fit is not believed."""
    match = _DECLARED.search(body[:10_000])
    name = match[1].decode("ascii").lower() if match else ""
    if not name.startswith(("windows-", "cp12", "iso-8859", "koi8", "gb", "big5", "euc", "shift", "iso-2022", "tis")):
        return None
    try:
        return body.decode(name)
    except (LookupError, UnicodeDecodeError):
        return None


def _decode_guessed(body: bytes) -> str:
    best = from_bytes(body[:20_000]).best()
    return body.decode(best.encoding if best else "utf-8", "replace")


def repair(html: str) -> str:
    """Without what makes libxml2 give up: one `&#xFFFF;` empties the whole page, one NUL cuts it off."""
    return _NOT_XML.sub("", _REFERENCE.sub(_legal_reference, html))


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
    tree = load(html)
    if tree is None:
        raise _no_text("no markup", url)
    elements = int(tree.xpath("count(//*)"))
    if elements > MAX_ELEMENTS:
        raise Rejected(Outcome.TOO_LARGE, f"a page of {elements} elements", url or "")
    return tree


def _whole(lines: Sequence[str], claims: Claims, url: str | None) -> Extract:
    text = "\n\n".join(lines)
    if len(text) > MAX_TEXT:
        raise Rejected(Outcome.TOO_LARGE, f"a text of {len(text)} characters", url or "")
    if len(text.split()) < MIN_WORDS:
        raise _no_text("no article in the markup", url)
    return Extract(
        text=text,
        title=claims.title,
        authors=claims.authors,
        published=claims.published,
        modified=claims.modified,
        language=language_of(text, claims.language),
        canonical_url=claims.canonical_url,
    )


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


def _record(name: str, url: str | None, found: Extract | None) -> dict[str, str | list[str] | None]:
    return {
        "id": name,
        "url": url,
        "canonical_url": found.canonical_url if found else None,
        "title": found.title if found else None,
        "authors": list(found.authors) if found else None,
        "published": _iso(found.published) if found else None,
        "language": found.language if found else None,
        "text": found.text if found else "",
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None
