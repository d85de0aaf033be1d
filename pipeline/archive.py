"""The raw answers, as they came: WARC files on a folder or an object store, for running every stage again without asking again.

A record is safe on the disk before `write` returns, and lies in a compressed member of its own: one torn by a crash spoils no other.
What has to be erased is written over in its place, so that every other record stays where it is known to be.
"""

import contextlib
import io
import os
import re
import threading
import uuid
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from types import TracebackType
from typing import IO

import fsspec
from fsspec.implementations.local import LocalFileSystem
from isal import igzip
from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from pipeline import __version__
from pipeline.answers import Page
from pipeline.errors import ClaimwireError
from pipeline.model import Clock, Reference, Validators

# More than any page or feed is allowed to have; a member that unpacks to more was not written here.
MAX_RECORD = 64 * 2**20

_CHUNK = 65_536
_MEMBER = b"\x1f\x8b\x08"
_FILE = re.compile(r"\d{4}-\d{2}-\d{2}/[0-9a-f-]+\.warc\.gz")
# The body is stored decoded, so these would be untrue of it; readers of WARC know the prefix.
_TRANSPORT = frozenset({"content-encoding", "content-length", "transfer-encoding"})
_ORIGINAL = "x-archive-orig-"
_LINE_BREAKS = re.compile(r"[\r\n]+")
_ERASED = "metadata"  # the kind of record that stands where one was erased


class RecordLostError(ClaimwireError):
    """A record is not where it should be, or no longer whole: `reason` says which. `on_purpose`: it was erased, or its file was."""

    def __init__(self, reason: str, file: str, *, on_purpose: bool = False) -> None:
        super().__init__(f"{reason} ({file})")
        self.reason = reason
        self.file = file
        self.on_purpose = on_purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class Torn:
    """Bytes of a file that are not a whole record: what a crash left of one. `length` runs to the next whole member or the file's end."""

    file: str
    offset: int
    length: int


class Archive:
    """Writes and reads below `base`, a folder or any address that fsspec knows. A context manager; threads may share it.

    On a local disk each process has one file a day, appended to and fsynced record by record. Elsewhere objects cannot be appended to:
    each record is an object of its own. No name of a file comes from an address or from anything else that a stranger has written.
    Values of headers beyond ASCII come back percent-encoded, as WARC has them.
    """

    def __init__(self, base: str, clock: Clock) -> None:
        self._files, self._base = fsspec.core.url_to_fs(base)
        self._local = isinstance(self._files, LocalFileSystem)
        self._clock = clock
        self._lock = threading.Lock()
        self._open: _LocalFile | None = None

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Closes the day's file; a later `write` begins another."""
        with self._lock:
            self._forget()

    def write(self, page: Page) -> Reference:
        """Stores an answer. When it returns, a local record has reached the disk. Raises OSError if there is no room or no right."""
        record_id, record = _packed_page(page)
        with self._lock:
            file, offset = self._append(record) if self._local else self._put(record)
        return Reference(file=file, offset=offset, length=len(record), record_id=record_id)

    def read(self, reference: Reference) -> Page:
        """The answer as it was written. Raises RecordLostError."""
        try:
            packed = self._files.cat_file(self._path(reference.file), reference.offset, reference.offset + reference.length)
        except FileNotFoundError as error:
            raise RecordLostError("no longer in the archive", reference.file, on_purpose=True) from error
        except (OSError, ValueError) as error:
            raise RecordLostError(f"unreadable: {type(error).__name__}", reference.file) from error
        member = _member(io.BytesIO(packed), 0)
        if member is None or member[1] != reference.length:
            raise RecordLostError("record is torn", reference.file)
        record_id, page = _unpacked(member[0])
        if record_id == reference.record_id and page is None:
            raise RecordLostError("no longer in the archive: it was erased", reference.file, on_purpose=True)
        if page is None or record_id != reference.record_id:
            raise RecordLostError("another record lies there", reference.file)
        return page

    def erase(self, reference: Reference) -> bool:
        """Writes over a record in its place, however much of it is left; False where there is no such file.

        The bytes belong to that record for ever, so that a process that appends to the file meanwhile is not disturbed, and what an
        erasure that was killed has left half done can be erased again. Raises OSError.
        """
        path, tombstone = self._path(reference.file), _tombstone(reference)
        try:
            if self._local:
                _overwrite(path, reference.offset, tombstone)
            else:  # an object is replaced as a whole
                whole = self._files.cat_file(path)
                end = reference.offset + reference.length
                self._files.pipe_file(path, whole[: reference.offset] + tombstone + whole[end:])
        except FileNotFoundError:
            return False
        return True

    def remove(self, file: str) -> None:
        """Deletes a whole file, and its day's folder with the last one. Raises OSError."""
        path = self._path(file)
        with contextlib.suppress(FileNotFoundError):
            self._files.rm_file(path)
        if self._local:
            with contextlib.suppress(OSError):  # others are in it
                os.rmdir(os.path.dirname(path))

    def files(self) -> list[str]:
        """The names of all files, oldest day first."""
        found = self._files.glob(f"{self._base}/*/*.warc.gz")
        return sorted("/".join(path.split("/")[-2:]) for path in found)

    def records(self, file: str) -> Iterator[tuple[Reference, Page] | Torn]:
        """All answers in a file, in order; what is torn is reported in its place and left behind."""
        with self._files.open(self._path(file), "rb") as stream:
            end = stream.seek(0, io.SEEK_END)
            offset = 0
            while offset < end:
                member = _member(stream, offset)
                if member is None:
                    following = _next_member(stream, offset + 1, end)
                    yield Torn(file=file, offset=offset, length=following - offset)
                    offset = following
                    continue
                record_id, page = _unpacked(member[0])
                if page is not None:
                    yield Reference(file=file, offset=offset, length=member[1], record_id=record_id), page
                offset += member[1]

    def _path(self, file: str) -> str:
        if not _FILE.fullmatch(file):
            raise RecordLostError("not a file of this archive", file)
        return f"{self._base}/{file}"

    def _new_file(self, day: date) -> str:
        return f"{day.isoformat()}/{uuid.uuid4()}.warc.gz"

    def _append(self, record: bytes) -> tuple[str, int]:
        day = self._clock().astimezone(UTC).date()
        if self._open is not None and not self._open.serves(day):
            self._forget()
        if self._open is None:
            file = self._new_file(day)
            self._open = _LocalFile(file, self._path(file), day)
        try:
            return self._open.file, self._open.append(record)
        except OSError:
            self._forget()  # half a record may lie at its end: the next one goes into another file
            raise

    def _put(self, record: bytes) -> tuple[str, int]:
        file = self._new_file(self._clock().astimezone(UTC).date())
        head = _packed_info(file)
        self._files.pipe_file(self._path(file), head + record)
        return file, len(head)

    def _forget(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None


class _LocalFile:
    """This process's file of one day. A forked child that inherits it begins its own."""

    def __init__(self, file: str, path: str, day: date) -> None:
        self.file = file
        self._day = day
        self._owner = os.getpid()
        folder = os.path.dirname(path)
        os.makedirs(folder, exist_ok=True)
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o644)
        self._size = 0
        self.append(_packed_info(file))
        for each in (folder, os.path.dirname(folder)):
            _sync_folder(each)  # a file whose name is not on the disk is lost with all that was fsynced

    def serves(self, day: date) -> bool:
        return self._day == day and self._owner == os.getpid()

    def append(self, data: bytes) -> int:
        """The offset at which the data lies, on the disk."""
        offset = self._size
        left = memoryview(data)
        while left:
            left = left[os.write(self._descriptor, left) :]
        os.fsync(self._descriptor)
        self._size += len(data)
        return offset

    def close(self) -> None:
        os.close(self._descriptor)


def _overwrite(path: str, offset: int, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        left = memoryview(data)
        while left:
            written = os.pwrite(descriptor, left, offset)
            left, offset = left[written:], offset + written
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_folder(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# ---- pages as records


def _packed_info(file: str) -> bytes:
    buffer = io.BytesIO()
    writer = WARCWriter(buffer, gzip=True)
    writer.write_record(
        writer.create_warcinfo_record(file.rpartition("/")[2], {"software": f"claimwire/{__version__}", "format": "WARC File Format 1.0"})
    )
    return buffer.getvalue()


def _packed_page(page: Page) -> tuple[str, bytes]:
    buffer = io.BytesIO()
    writer = WARCWriter(buffer, gzip=False)
    http_headers = StatusAndHeaders("200 OK", [_stored_header(*pair) for pair in page.headers.items()], protocol="HTTP/1.1")
    known = {
        "WARC-Date": page.fetched_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "X-Claimwire-Fetched": page.fetched_at.isoformat(),  # WARC 1.0 knows no parts of a second
        "X-Claimwire-Asked": page.asked,
        "X-Claimwire-ETag": page.validators.etag,
        "X-Claimwire-Last-Modified": page.validators.last_modified,
    }
    record = writer.create_warc_record(
        page.url,
        "response",
        payload=io.BytesIO(page.body),
        length=len(page.body),
        http_headers=http_headers,
        warc_headers_dict={name: _line(value) for name, value in known.items() if value is not None},
    )
    writer.write_record(record)
    return record.rec_headers.get_header("WARC-Record-ID"), _packed(buffer.getvalue())


def _packed(record: bytes) -> bytes:
    """A member of gzip, an eighth larger than zlib packs it, in an eighth of the time."""
    packed: bytes = igzip.compress(record)
    return packed


def _tombstone(reference: Reference) -> bytes:
    """A compressed record of the same length and the same id that says nothing; it is padded by a comment in the member's head."""
    lines = ("WARC/1.0", f"WARC-Type: {_ERASED}", f"WARC-Record-ID: {reference.record_id}", "WARC-Date: 1970-01-01T00:00:00Z")
    record = "\r\n".join((*lines, "Content-Length: 0", "", "", "", "")).encode()
    body = zlib.compress(record, 9, wbits=-zlib.MAX_WBITS)
    end = zlib.crc32(record).to_bytes(4, "little") + len(record).to_bytes(4, "little")
    head = _MEMBER + b"\x10" + bytes(5) + b"\xff"  # a comment follows, which a zero ends; no time, no system
    spare = reference.length - len(head) - 1 - len(body) - len(end)
    return head + b" " * spare + b"\0" + body + end if spare >= 0 else bytes(reference.length)


def _stored_header(name: str, value: str) -> tuple[str, str]:
    return (_ORIGINAL + name if name in _TRANSPORT else name), _line(value)


def _line(value: str) -> str:
    return _LINE_BREAKS.sub(" ", value)


def _unpacked(record_bytes: bytes) -> tuple[str, Page | None]:
    """The record's id, and its page if it is a response."""
    try:
        record = next(iter(ArchiveIterator(io.BytesIO(record_bytes))))
        record_id = record.rec_headers.get_header("WARC-Record-ID") or ""
        if record.rec_type != "response":
            return record_id, None
        return record_id, _page(record.rec_headers, record.http_headers, record.content_stream().read())
    except (StopIteration, ArchiveLoadFailed, KeyError, ValueError):
        return "", None  # a member, but no record of ours


def _page(known: Mapping[str, str], http_headers: StatusAndHeaders, body: bytes) -> Page:
    return Page(
        url=known.get("WARC-Target-URI", ""),
        asked=known.get("X-Claimwire-Asked", ""),
        headers={name.removeprefix(_ORIGINAL): value for name, value in http_headers.headers},
        body=body,
        fetched_at=datetime.fromisoformat(known.get("X-Claimwire-Fetched") or known["WARC-Date"]),
        validators=Validators(etag=known.get("X-Claimwire-ETag"), last_modified=known.get("X-Claimwire-Last-Modified")),
    )


# ---- compressed members


def _member(stream: IO[bytes], offset: int) -> tuple[bytes, int] | None:
    """The unpacked member that begins there and its packed length; None if there is no whole one."""
    stream.seek(offset)
    unpacker = zlib.decompressobj(zlib.MAX_WBITS + 16)
    data = bytearray()
    with contextlib.suppress(zlib.error):
        while not unpacker.eof:
            piece = unpacker.unconsumed_tail or stream.read(_CHUNK)
            if not piece or len(data) > MAX_RECORD:
                return None
            data += unpacker.decompress(piece, _CHUNK)
        return bytes(data), stream.tell() - offset - len(unpacker.unused_data)
    return None


def _next_member(stream: IO[bytes], offset: int, end: int) -> int:
    """Where the next whole member begins, or the end."""
    while offset < end:
        stream.seek(offset)
        window = stream.read(_CHUNK)
        found = window.find(_MEMBER)
        if found < 0:
            offset += max(len(window) - len(_MEMBER) + 1, 1)  # the mark may lie across two windows
        elif _member(stream, offset + found) is not None:
            return offset + found
        else:
            offset += found + 1
    return end
