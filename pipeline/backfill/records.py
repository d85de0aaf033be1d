"""The pages of an archive, each with the place at which it begins: what a run that goes on is told to begin with.

A file is read as a stream, a record at a time; one record that cannot be read costs that record.
"""

import gzip
import io
import json
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import IO

import fsspec
import zstandard
from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from pipeline.answers import Page
from pipeline.backfill.inputs import Input, Kind, troubles
from pipeline.extract import MAX_BODY, MAX_PDF
from pipeline.model import Validators

# A block has headers before its page, and may be packed worse than not at all.
MAX_BLOCK = max(MAX_BODY, MAX_PDF) + 2**20
# A line of a list of pages: a page in JSON, every character of it escaped, is six times as long.
MAX_LINE = 6 * MAX_BLOCK
_WINDOW, _CHUNK = 2**20, 2**14
# How each kind of file begins a record: a member of gzip, a frame of zstd, plain text.
_GZIP, _ZSTD, _PLAIN = b"\x1f\x8b", b"\x28\xb5", b"WARC/1."
_BEGINNINGS = (_GZIP + b"\x08", _ZSTD + b"\x2f\xfd", _PLAIN)

_HTML = ("text/html", "application/xhtml+xml")
_PDF = "application/pdf"
_ALL = WarcRecordType.any_type


class Skipped(StrEnum):
    """Why there is no page in a record."""

    OTHER = "other-record"  # a request, or what a crawler says of itself
    REVISIT = "revisit"  # the page was the same as one that stands elsewhere
    STATUS = "other-status"  # not 200
    NO_PAGE = "other-content"  # a picture, a script
    TOO_LARGE = "too-large"
    TORN = "torn"  # the file is broken there
    UNREADABLE = "unreadable"  # no headers, no address, not JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What begins at a place: bytes from the beginning of the file, in a packed list of pages of what it unpacks to."""

    place: int
    page: Page | None
    skipped: Skipped | None = None


def records(source: Input, place: int = 0) -> Iterator[Found]:
    """What an archive holds from that place on. A page's `fetched_at` is when the archive says that it was.

    Raises ConfigError where there is no such file, Unavailable where whoever keeps it does not answer; both also on the way.
    """
    with troubles(source.address), fsspec.open(source.address, "rb") as stream:
        yield from _warc(stream, place) if source.kind is Kind.WARC else _pages(stream, place)


# ---- WARC


def has_other_digest(source: Input, place: int) -> bool:
    """Whether the record there is another than its digest says: computing it for each record would take a quarter of the time of reading.

    Raises as `records` does.
    """
    if source.kind is not Kind.WARC:
        return False
    with troubles(source.address), fsspec.open(source.address, "rb") as stream:
        stream.seek(place)
        record = next(iter(ArchiveIterator(_Offset(stream, place), record_types=_ALL, parse_http=False)))
        return "WARC-Block-Digest" in record.headers and not record.verify_block_digest()


def _warc(stream: IO[bytes], place: int) -> Iterator[Found]:
    end = stream.seek(0, io.SEEK_END)
    while place < end:
        stream.seek(place)
        last = -1
        try:
            for record in ArchiveIterator(_Offset(stream, place), record_types=_ALL, parse_http=False):
                last = place + record.stream_pos
                yield _found(record, last)
        except OSError as error:
            if not _is_flaw(error):
                raise
        else:
            rest = place if last < 0 else _end_of_record(stream, last, end)
            if rest < end:  # too little for FastWARC to call it a record
                yield Found(place=rest, page=None, skipped=Skipped.TORN)
            return
        # What could not be read is what follows the last one, or the last one itself: its beginning was there, and is counted.
        following = _next_record(stream, max(place, last) + 1, end)
        yield Found(place=max(place, last + 1), page=None, skipped=Skipped.TORN)
        place = following


def _end_of_record(stream: IO[bytes], place: int, end: int) -> int:
    """Where the record ends that begins there; `end` of a file that does not pack its records one by one."""
    stream.seek(place)
    head = stream.read(len(_PLAIN))
    stream.seek(place)
    if head == _PLAIN:
        length = 0
        while (line := stream.readline(MAX_LINE)).strip():
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" and value.strip().isdigit() else length
        return stream.tell() + length + len(b"\r\n\r\n")
    if not head.startswith((_GZIP, _ZSTD)):
        return end
    member = zlib.decompressobj(zlib.MAX_WBITS | 16) if head.startswith(_GZIP) else zstandard.ZstdDecompressor().decompressobj()
    while not member.eof and (chunk := stream.read(_CHUNK)):
        member.decompress(chunk)
    return stream.tell() - len(member.unused_data)


def _is_flaw(error: OSError) -> bool:
    """Whether the archive is broken, not whoever keeps it: FastWARC has no number for what it tells."""
    return error.errno is None and type(error) is OSError


class _Offset(io.RawIOBase):
    """A stream from a place on, as a stream of its own."""

    def __init__(self, stream: IO[bytes], place: int) -> None:
        self._stream = stream
        self._place = place

    def read(self, size: int = -1) -> bytes:
        return self._stream.read(size)

    def tell(self) -> int:
        return self._stream.tell() - self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._stream.seek(offset + self._place if whence == io.SEEK_SET else offset, whence) - self._place


def _found(record: WarcRecord, place: int) -> Found:
    if not record.headers.get("Content-Length"):  # every one has it
        return _none(place, Skipped.TORN)
    if record.record_type == WarcRecordType.revisit:
        return _none(place, Skipped.REVISIT)
    if record.record_type not in (WarcRecordType.response, WarcRecordType.resource):
        return _none(place, Skipped.OTHER)
    declared = record.content_length
    if declared > MAX_BLOCK:
        return _none(place, Skipped.TOO_LARGE)
    record.freeze()
    if record.content_length < declared:
        return _none(place, Skipped.TORN)
    try:
        record.parse_http(auto_decode="all")
    except OSError:
        return _none(place, Skipped.UNREADABLE)
    if record.record_type == WarcRecordType.response and (record.http_headers is None or record.http_headers.status_code != 200):
        return _none(place, Skipped.STATUS)
    kind = (record.http_headers or record.headers).get("Content-Type") or ""
    if kind and not kind.lower().startswith((*_HTML, _PDF)):
        return _none(place, Skipped.NO_PAGE)
    url = (record.headers.get("WARC-Target-URI") or "").strip("<> ")
    try:
        body = record.reader.read(MAX_BLOCK + 1)
    except OSError:
        return _none(place, Skipped.UNREADABLE)
    if len(body) > (MAX_PDF if kind.lower().startswith(_PDF) else MAX_BODY):
        return _none(place, Skipped.TOO_LARGE)
    if not url.startswith(("http://", "https://")):
        return _none(place, Skipped.UNREADABLE)
    return Found(place=place, page=_page(url, kind, body, record.headers.get("WARC-Date")))


def _none(place: int, why: Skipped) -> Found:
    return Found(place=place, page=None, skipped=why)


def _next_record(stream: IO[bytes], place: int, end: int) -> int:
    """Where the next record begins that can be read, or the end."""
    while place < end:
        stream.seek(place)
        window = stream.read(_WINDOW)
        found = min((at for mark in _BEGINNINGS if (at := window.find(mark)) >= 0), default=-1)
        if found < 0:
            place += max(len(window) - max(map(len, _BEGINNINGS)) + 1, 1)  # a mark may lie across two windows
        elif _begins(stream, place + found):
            return place + found
        else:
            place += found + 1
    return end


def _begins(stream: IO[bytes], place: int) -> bool:
    stream.seek(place)
    try:
        record = next(iter(ArchiveIterator(_Offset(stream, place), record_types=_ALL, parse_http=False)), None)
    except OSError as error:
        if not _is_flaw(error):
            raise
        return False
    return record is not None and record.stream_pos == 0


# ---- lists of pages


def _pages(stream: IO[bytes], place: int) -> Iterator[Found]:
    """A JSON object a line: `url` and `html`; `fetched_at` (ISO 8601) and `content_type` where they are known."""
    try:
        text = _unpacked(stream)
        text.seek(place)
        while line := text.readline(MAX_LINE):
            yield _of_line(line, place)
            place += len(line)
            while line and not line.endswith(b"\n"):  # the rest of one that is too long
                line = text.readline(MAX_LINE)
                place += len(line)
    except (zlib.error, zstandard.ZstdError, EOFError, gzip.BadGzipFile):  # what is packed behind that place is lost
        yield _none(place, Skipped.TORN)


def _unpacked(stream: IO[bytes]) -> IO[bytes] | gzip.GzipFile:
    start = stream.read(2)
    stream.seek(0)
    if start == _GZIP:
        return gzip.GzipFile(fileobj=stream)
    if start == _ZSTD:
        return io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(stream, read_across_frames=True))
    return stream


def _of_line(line: bytes, place: int) -> Found:
    if len(line) >= MAX_LINE:
        return _none(place, Skipped.TOO_LARGE)
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        return _none(place, Skipped.UNREADABLE)
    url, html = (told.get("url"), told.get("html")) if isinstance(told, dict) else (None, None)
    if not isinstance(url, str) or not isinstance(html, str) or not url.startswith(("http://", "https://")):
        return _none(place, Skipped.UNREADABLE)
    body = html.encode("utf-8", "ignore")
    if len(body) > MAX_BODY:
        return _none(place, Skipped.TOO_LARGE)
    kind, at = told.get("content_type"), told.get("fetched_at")
    # Whatever the page has said of its charset, it is a string now.
    kind = kind.partition(";")[0] if isinstance(kind, str) else "text/html"
    return Found(place=place, page=_page(url, f"{kind}; charset=utf-8", body, at if isinstance(at, str) else None))


def _page(url: str, kind: str, body: bytes, at: str | None) -> Page:
    headers = {"content-type": kind} if kind else {}
    return Page(url=url, asked=url, headers=headers, body=body, fetched_at=_moment(at), validators=Validators())


def _moment(text: str | None) -> datetime:
    with suppress(ValueError):
        found = datetime.fromisoformat(text or "")
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    return datetime.fromtimestamp(0, UTC)
