"""Bytes of a feed or a page to text, whatever its server and its first lines say about them."""

import codecs
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE, BOM_UTF32_LE
from dataclasses import dataclass
from email.message import Message

from charset_normalizer import from_bytes

# What the web uses (the WHATWG's list, and UTF-32). Python knows more, and some of them are traps: `punycode` takes a minute for a
# megabyte, `undefined` raises, `unicode_escape` and `idna` are not charsets at all.
_ALLOWED = frozenset(codecs.lookup(name).name for name in (
    "utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "ascii", "iso-8859-1", "iso-8859-2", "iso-8859-3",
    "iso-8859-4", "iso-8859-5", "iso-8859-6", "iso-8859-7", "iso-8859-8", "iso-8859-9", "iso-8859-10", "iso-8859-11", "iso-8859-13",
    "iso-8859-14", "iso-8859-15", "iso-8859-16", "cp866", "koi8-r", "koi8-u", "mac-roman", "mac-cyrillic", "cp874", "cp1250", "cp1251",
    "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "gb2312", "gbk", "gb18030", "big5", "big5-hkscs", "euc-jp",
    "iso-2022-jp", "shift_jis", "cp932", "euc-kr", "cp949",
))  # fmt: skip
# Labels that mean more than Python takes them for: what publishers call by these names is the larger charset that contains it.
_WIDER = {"ascii": "cp1252", "iso8859-1": "cp1252", "iso8859-9": "cp1254", "iso8859-11": "cp874", "gb2312": "gb18030", "gbk": "gb18030"}
_WIDER |= {"shift_jis": "cp932", "euc_kr": "cp949"}
# Servers add these to text/* unasked; a document that names something else knows better.
_DEFAULTS = frozenset({"cp1252"})

_BOMS = (
    (BOM_UTF8, "utf-8"),
    (BOM_UTF32_LE, "utf-32-le"),
    (BOM_UTF32_BE, "utf-32-be"),
    (BOM_UTF16_LE, "utf-16-le"),
    (BOM_UTF16_BE, "utf-16-be"),
)
_PATTERNS = (
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
    (b"{\0", "utf-16-le"),
    (b"\0{", "utf-16-be"),
)
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?\sencoding\s*=\s*["']\s*([A-Za-z0-9._:-]{1,40})\s*["']""")
_DECLARED_IN_HTML = re.compile(rb"""<meta[^>]{0,200}?charset\s{0,9}=\s{0,9}["']?\s{0,9}([a-z0-9_.:-]{2,40})""", re.IGNORECASE)
_FOREIGN = re.compile(rb"[^<>]{0,200}[\x80-\xff][^<>]{0,200}")
# Enough to tell a language by, and quick: the guess is made of a sample, the text then of the whole.
_SAMPLE = 100_000


@dataclass(frozen=True, slots=True)
class Decoded:
    text: str
    flaw: str | None  # what was said and proved wrong


def decode(body: bytes, content_type: str | None, *, html: bool = False, charset: str | None = None) -> Decoded:
    """The text of a feed, or of an HTML page; never raises. Marks of order, then UTF-8 where it fits, then what was said, then a guess.

    `charset` stands in for what header and document say, where that is known to be wrong.
    """
    certain = next((each for each in _BOMS if body.startswith(each[0])), None)
    if certain is not None:
        return Decoded(body[len(certain[0]) :].decode(certain[1], "replace"), None)
    wide = next((name for pattern, name in _PATTERNS if body.startswith(pattern)), None)
    if wide is not None:
        return Decoded(body.decode(wide, "replace"), None)
    labels = [charset] if charset else _labels(body, content_type, html=html)
    unknown = next((f"unknown charset {label!r}" for label in labels if codec_of(label) is None), None)
    said = [codec for codec in map(codec_of, labels) if codec is not None]
    # A text with letters beyond ASCII is UTF-8 by accident once in a lifetime; told to be something else it often is.
    if not body.isascii() and (text := _strictly(body, "utf-8")) is not None:
        wrong = [codec for codec in said if codec not in {"utf-8", *_DEFAULTS}]
        return Decoded(text, f"says {wrong[0]}, is utf-8" if wrong else unknown)
    for codec in sorted(said, key=lambda each: each in _DEFAULTS):
        if (text := _strictly(body, codec)) is not None:
            return Decoded(text, unknown)
    if body.isascii():
        return Decoded(body.decode("ascii"), unknown)
    return _guessed(body, said[0] if said else "utf-8")


def _labels(body: bytes, content_type: str | None, *, html: bool) -> list[str]:
    """Header first (RFC 7303), then the document's own declaration."""
    message = Message()
    message["content-type"] = " ".join((content_type or "").split())
    header = message.get_param("charset")
    declared = _DECLARED.match(body[:1_000].lstrip()) or (_DECLARED_IN_HTML.search(body[:10_000]) if html else None)
    found = [header if isinstance(header, str) else "", declared[1].decode("ascii") if declared else ""]
    return [label.strip().lower() for label in found if label.strip()]


def codec_of(label: str) -> str | None:
    """Python's name of a charset that the web uses; None for any other."""
    try:
        name = codecs.lookup(label[:40]).name
    except (LookupError, ValueError):
        return None
    return _WIDER.get(name, name) if name in _ALLOWED else None


def _strictly(body: bytes, codec: str) -> str | None:
    try:
        return body.decode(codec)
    except UnicodeError:
        return None


def _guessed(body: bytes, said: str) -> Decoded:
    text = body.decode("utf-8", "replace")
    broken = text.count("\N{REPLACEMENT CHARACTER}")
    if sum(not character.isascii() for character in text) > 10 * broken:
        return Decoded(text, f"{broken} broken bytes in utf-8")
    # The passages beyond ASCII alone: among much English and markup, some Cyrillic is taken for Baltic.
    sample = b" ".join(_FOREIGN.findall(body[:_SAMPLE]))
    best = from_bytes(sample, cp_isolation=sorted(_ALLOWED)).best()
    codec = _WIDER.get(best.encoding, best.encoding) if best else said
    return Decoded(body.decode(codec, "replace"), f"not {said}, read as {codec}")
