"""Files that any worker of an installation may need, by name: below a folder, or below any address that fsspec knows."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

import fsspec
from fsspec.implementations.local import LocalFileSystem

from pipeline.delivery import locked, sync_folder, write_whole
from pipeline.settings import Settings


class Shelf:
    """Whole files below `base`; processes, and where the address is one that others see, machines may share it.

    On a local disk a file is whole and has reached the disk when `write` returns; elsewhere an object is replaced as a whole.
    """

    def __init__(self, base: str) -> None:
        # What others have written a moment ago is to be seen.
        self._files, self._base = fsspec.core.url_to_fs(base.rstrip("/"), use_listings_cache=False)
        self._local = isinstance(self._files, LocalFileSystem)
        self.base = base.rstrip("/")

    def below(self, name: str) -> "Shelf":
        return Shelf(self.place(name))

    def place(self, name: str) -> str:
        """The name as an address."""
        return f"{self.base}/{name}"

    def read(self, name: str) -> bytes | None:
        """None where there is no such file. Raises OSError."""
        try:
            return bytes(self._files.cat_file(self._path(name)))
        except FileNotFoundError:
            return None

    def write(self, name: str, content: bytes, mode: int = 0o600) -> None:
        """The file has this content, or is as it was. `mode`: on a local disk. Raises OSError."""
        if self._local:
            self.folder(name.rpartition("/")[0])
            write_whole(Path(self._path(name)), content, mode)
        else:
            self._files.pipe_file(self._path(name), content)

    def folder(self, name: str) -> None:
        """Makes a local folder, which outlasts a crash; elsewhere there are none. Raises OSError."""
        if self._local:
            made = Path(self._path(name) if name else self._base)
            for each in reversed([made, *made.parents]):
                if not each.is_dir():
                    each.mkdir(exist_ok=True)
                    sync_folder(each.parent)

    def remove(self, name: str) -> None:
        """Takes away a file, or a folder with all that is in it; what is not there is none. Raises OSError."""
        with suppress(FileNotFoundError):
            self._files.rm(self._path(name), recursive=True)

    def names(self, pattern: str) -> list[str]:
        """The files and folders that fit, relative to the base, in order."""
        start = len(self._base.rstrip("/")) + 1
        return sorted(path.rstrip("/")[start:] for path in self._files.glob(self._path(pattern)))

    def bytes(self) -> int:
        """How much lies here, as far as that can be said while others write and take away."""
        found = self._files.walk(self._base, detail=True, on_error="omit")
        return sum(int(file["size"] or 0) for _, _, files in found for file in files.values())

    @contextmanager
    def alone(self, name: str) -> Iterator[None]:
        """One process and one thread of this machine at a time, for this file. Of several machines one writes, who holds a lease."""
        with locked(Path(self._path(name))) if self._local else nullcontext():
            yield

    def _path(self, name: str) -> str:
        return f"{self._base}/{name}"


def shelf_of(settings: Settings) -> Shelf:
    return Shelf(settings.shelf_base)
