"""What an address names: one archive, the archives of a folder, of a WACZ file or of a month's list, or a list of pages."""

import gzip
import io
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from enum import StrEnum
from math import ceil
from typing import Any

import aiohttp
import fsspec
from fsspec.core import url_to_fs

from pipeline.errors import ConfigError, Unavailable
from pipeline.redaction import Redaction

# A month of CC-NEWS has some hundred lines.
MAX_LIST = 50 * 2**20

_WARC = (".warc", ".warc.gz", ".warc.zst")
_PAGES = (".jsonl", ".jsonl.gz", ".jsonl.zst", ".ndjson", ".ndjson.gz", ".ndjson.zst")
_PATHS = (".paths", ".paths.gz")


class Kind(StrEnum):
    """What a file holds."""

    WARC = "warc"
    PAGES = "pages"  # a JSON object a line: url, html


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One archive. `address` is for fsspec; of a file inside another one, `zip://inner::outer`."""

    address: str
    kind: Kind

    @property
    def shown(self) -> str:
        """The address without a login or keys."""
        return Redaction().text(self.address)


def inputs_of(address: str) -> list[Input]:
    """The archives that an address names, in the order of their names, or of the list they stand in.

    Raises ConfigError for what is no archive, or not there; Unavailable where whoever keeps it does not answer.
    """
    name = address.split("?", 1)[0].lower()
    if "*" in address or not name.endswith((*_WARC, *_PAGES, *_PATHS, ".wacz")):
        return _in_folder(address)
    if name.endswith(_PATHS):
        return list(_listed(address))
    if name.endswith(".wacz"):
        return list(_in_wacz(address))
    size_of(address)
    return [Input(address=address, kind=_kind(name))]


def planned(addresses: Sequence[str], most: int) -> list[list[dict[str, str]]]:
    """The archives that these addresses name, as an `Input`'s fields, in at most so many groups of neighbours. Raises as `inputs_of`."""
    found = [asdict(each) for address in addresses for each in inputs_of(address)]
    size = max(1, ceil(len(found) / most))
    return [found[start : start + size] for start in range(0, len(found), size)]


def _kind(name: str) -> Kind:
    return Kind.WARC if name.lower().endswith(_WARC) else Kind.PAGES


def _in_folder(address: str) -> list[Input]:
    files, path = _reached(address)
    pattern = path if "*" in path else f"{path.rstrip('/')}/**"
    with troubles(address):
        names = [name for name in sorted(files.glob(pattern)) if name.lower().endswith((*_WARC, *_PAGES, ".wacz"))]
    if not names:
        what = "nothing fits it" if "*" in address else "neither an archive nor a folder with one"
        raise ConfigError(f"{Redaction().text(address)}: {what}", remedy=f"An archive ends in {', '.join((*_WARC, '.wacz', *_PAGES))}")
    found: list[Input] = []
    for name in names:
        whole = files.unstrip_protocol(name).removeprefix("file://")
        found += list(_in_wacz(whole)) if name.lower().endswith(".wacz") else [Input(address=whole, kind=_kind(name))]
    return found


def _in_wacz(address: str) -> Iterator[Input]:
    with troubles(address), fsspec.open(address, "rb") as stream:
        try:
            names = [each.filename for each in zipfile.ZipFile(stream).infolist()]
        except zipfile.BadZipFile as error:
            raise ConfigError(f"{Redaction().text(address)}: not a WACZ file: {error}") from error
    inside = sorted(name for name in names if name.startswith("archive/") and name.lower().endswith(_WARC))
    if not inside:
        raise ConfigError(f"{Redaction().text(address)}: no WARC file below archive/ in it")
    yield from (Input(address=f"zip://{name}::{address}", kind=Kind.WARC) for name in inside)


def _listed(address: str) -> Iterator[Input]:
    """A list of paths, one a line, as Common Crawl has one for each month: they begin where the list's own address has the same folder."""
    with troubles(address), fsspec.open(address, "rb") as stream:
        packed = stream.read(MAX_LIST)
    try:
        data = gzip.GzipFile(fileobj=io.BytesIO(packed)).read(MAX_LIST) if packed.startswith(b"\x1f\x8b") else packed
        lines = [line.strip() for line in data.decode("utf-8").splitlines()]
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise ConfigError(f"{Redaction().text(address)}: not a list of paths: {error}") from error
    for line in lines:
        if line and not line.startswith("#"):
            whole = line if "://" in line or line.startswith("/") else _base(address, line) + line
            yield Input(address=whole, kind=_kind(line))


def _base(address: str, line: str) -> str:
    """What stands before the first folder of a line in the list's address; else the list's own folder."""
    first = line.split("/", 1)[0]
    before, found, _ = address.partition(f"/{first}/")
    return f"{before}/" if found else address.rpartition("/")[0] + "/" * ("/" in address)


def size_of(address: str) -> int | None:
    """In bytes; None where whoever keeps it does not say. Raises as `inputs_of`."""
    files, path = _reached(address)
    with troubles(address):
        size = files.info(path).get("size")
    return None if size is None else int(size)


@contextmanager
def troubles(address: str) -> Iterator[None]:
    """What whoever keeps files says, as our errors."""
    shown = Redaction().text(address)
    try:
        yield
    except (FileNotFoundError, NotADirectoryError, PermissionError) as error:
        # fsspec says so as well where a web server does not answer.
        raise ConfigError(f"{shown}: {type(error).__name__}", remedy="Is it there, and may it be read?") from error
    except (OSError, TimeoutError, aiohttp.ClientError) as error:
        raise Unavailable(f"{type(error).__name__}: {Redaction().text(str(error))}", shown) from error


def _reached(address: str) -> tuple[Any, str]:
    try:
        files, path = url_to_fs(address)
    except (ValueError, ImportError) as error:
        raise ConfigError(
            f"{Redaction().text(address)}: {error}", remedy="An address that fsspec knows; s3:// needs `pip install s3fs`"
        ) from error
    return files, str(path)
