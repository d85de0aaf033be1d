"""The door to pdfminer: a PDF file's paragraphs. To be run in a process that can be killed and has its memory bounded.

A file knows where letters stand, not what a paragraph is: that is guessed from the gaps between lines, which is right for statements and
letters in one column. What stands in the margins of pages, and again on most of them, is their furniture.
"""

import io
import logging
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pdfminer.converter import PDFPageAggregator
from pdfminer.layout import LAParams, LTPage, LTTextContainer
from pdfminer.pdfdocument import PDFDocument, PDFPasswordIncorrect
from pdfminer.pdfinterp import PDFPageInterpreter, PDFResourceManager
from pdfminer.pdfpage import PDFPage
from pdfminer.pdfparser import PDFParser
from pdfminer.utils import decode_text

from pipeline.errors import Rejected
from pipeline.model import Outcome
from pipeline.plaintext import one_line

# A report of a hundred pages is no statement; its beginning is where one would be.
MAX_PAGES = 60
# The part of a page's height that is margin, and the words of what stands there alone.
MARGIN, MARGIN_WORDS = 0.08, 10
MAX_TITLE = 200

_MAGIC = re.compile(rb"\s{0,1024}%PDF-")
_DIGITS = re.compile(r"\d+")
_HYPHEN = re.compile(r"(?<=[^\W\d_])[-\u00ad]\n(?=[^\W\d_])")
_ENDED = re.compile(r"[.!?…:;؟۔][\"'”’»)\]]*$")
_NO_TITLE = re.compile(
    r"microsoft (?:word|powerpoint)|^untitled|^\(?anonymous\)?$|^document\d*$|\.(?:docx?|rtf|odt|pdf|indd|dotx?)$", re.IGNORECASE
)
_DATE = re.compile(r"D:(\d{4})(\d\d)(\d\d)(\d\d)?(\d\d)?(\d\d)?(?:Z|([+-])(\d\d)'?(\d\d)?)?")

logging.getLogger("pdfminer").setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class PdfText:
    """Paragraphs; what the file says of itself, which is often its template's name and the day of its making."""

    lines: tuple[str, ...]
    title: str | None
    created: datetime | None


@dataclass(frozen=True, slots=True)
class _Box:
    text: str
    margin: bool


def is_pdf(body: bytes) -> bool:
    return _MAGIC.match(body[:1100]) is not None


def read_pdf(body: bytes, url: str) -> PdfText:
    """Raises Rejected (no-text) for a file that is locked, broken, or made of pictures."""
    try:
        document = PDFDocument(PDFParser(io.BytesIO(body)))
        pages = [_boxes(page) for page in _pages(document)]
        told = document.info[0] if document.info else {}
        title, created = _said(told.get("Title")), _said(told.get("CreationDate"))
    except PDFPasswordIncorrect as error:
        raise Rejected(Outcome.NO_TEXT, "a PDF file that is locked", url) from error
    except Exception as error:  # a broken file ends in anything from KeyError to struct.error
        raise Rejected(Outcome.NO_TEXT, f"a PDF file that cannot be read: {type(error).__name__}", url) from error
    lines = _joined(_without_furniture(pages))
    if not lines:
        raise Rejected(Outcome.NO_TEXT, "a PDF file without text: pictures of pages", url)
    return PdfText(lines=tuple(lines), title=_title(title, lines), created=_moment(created))


def _pages(document: PDFDocument) -> Iterator[LTPage]:
    resources = PDFResourceManager()
    device = PDFPageAggregator(resources, laparams=LAParams())
    interpreter = PDFPageInterpreter(resources, device)
    for number, page in enumerate(PDFPage.create_pages(document)):
        if number == MAX_PAGES:
            return
        interpreter.process_page(page)
        yield device.get_result()


def _boxes(page: LTPage) -> list[_Box]:
    low, high = page.y0 + page.height * MARGIN, page.y1 - page.height * MARGIN
    return [
        _Box(text, margin=box.y0 >= high or box.y1 <= low)
        for box in page
        if isinstance(box, LTTextContainer) and (text := _text(box.get_text()))
    ]


def _text(lines: str) -> str:
    return one_line(_HYPHEN.sub("", lines.strip()).replace("<", "‹"), len(lines) + 1)


def _without_furniture(pages: Sequence[Sequence[_Box]]) -> list[list[str]]:
    often = Counter(shape for page in pages for shape in {_shape(box) for box in page})
    return [[box.text for box in page if not _is_furniture(box, often[_shape(box)], len(pages))] for page in pages]


def _shape(box: _Box) -> str:
    return _DIGITS.sub("0", box.text)


def _is_furniture(box: _Box, times: int, pages: int) -> bool:
    small = len(box.text.split()) < MARGIN_WORDS
    return not any(map(str.isalpha, box.text)) or (small and (box.margin or (pages > 2 and times * 2 > pages)))


def _joined(pages: Sequence[Sequence[str]]) -> list[str]:
    """The paragraphs of all pages; one that a page's end has cut is whole again."""
    lines: list[str] = []
    for page in pages:
        for place, text in enumerate(page):
            if place == 0 and lines and not _ENDED.search(lines[-1]) and text[0].islower():
                lines[-1] = f"{lines[-1]} {text}"
            else:
                lines.append(text)
    return lines


def _said(value: object) -> str:
    return decode_text(value)[:1000] if isinstance(value, bytes) else ""


def _title(said: str, lines: Sequence[str]) -> str | None:
    title = one_line(said, MAX_TITLE)
    if len(title.split()) > 2 and not _NO_TITLE.search(title):
        return title
    return lines[0][:MAX_TITLE] if len(lines[0]) <= MAX_TITLE else None


def _moment(said: str) -> datetime | None:
    found = _DATE.match(said)
    if found is None:
        return None
    *parts, sign, hours, minutes = found.groups()
    zone = f"{sign}{hours}:{minutes or '00'}" if sign else "+00:00"
    year, month, day, hour, minute, second = (part or "00" for part in parts)
    try:
        return datetime.fromisoformat(f"{year}-{month}-{day}T{hour}:{minute}:{second}{zone}").astimezone(UTC)
    except (ValueError, OverflowError):
        return None
