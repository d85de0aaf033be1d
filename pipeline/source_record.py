"""A page as it came, beside what extraction makes of it today: kept, it tells when a later version reads the outlet otherwise.

ID.html   the bytes of the answer
ID.json   what `claimwire extract ID.html` says of it, but the text
ID.txt    the text
"""

import json
from codecs import BOM_UTF8
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.addresses import article_id
from pipeline.answers import Page
from pipeline.charsets import decode
from pipeline.chrome import ChromeRules
from pipeline.errors import ConfigError
from pipeline.extract import extract_files

# Children that read pages import this module, and have little memory.
if TYPE_CHECKING:
    from pipeline.source_check import Desk


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A page's file and what was made of it."""

    file: Path
    record: dict[str, Any]

    @property
    def words(self) -> int:
        return len(str(self.record["text"]).split())


def record(address: str, outlet: str, folder: Path, desk: "Desk") -> Recorded:
    """Fetches a page and writes the three files. Raises Rejected, Unavailable, ConfigError where the folder cannot be written."""
    page = desk.web.page(address)
    name = f"{outlet}-{article_id(outlet, page.url)[:8]}"
    file = folder / f"{name}.html"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file.write_bytes(by_itself(page))
        made = desk.parsers.call(read_again, file, page.url, desk.chrome, seconds=desk.page_seconds)
        file.with_suffix(".txt").write_text(made["text"], encoding="utf-8")
        told = {key: value for key, value in made.items() if key != "text"}
        file.with_suffix(".json").write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"cannot be written: {error.strerror or error}", file=folder, remedy="Choose another with --record") from error
    return Recorded(file=file, record=made)


def by_itself(page: Page) -> bytes:
    """The answer's bytes, in UTF-8 where only its header tells their charset: a file has no header."""
    text = decode(page.body, page.headers.get("content-type"), html=True).text
    return page.body if decode(page.body, None, html=True).text == text else BOM_UTF8 + text.encode("utf-8", "replace")


def read_again(file: Path, url: str, chrome: ChromeRules) -> dict[str, Any]:
    """What extraction makes of a recorded page now."""
    return dict(next(extract_files([file], {file.stem: url}, chrome)))


def differences(folder: Path, desk: "Desk") -> Iterator[tuple[Path, tuple[str, ...]]]:
    """Each recorded page of a folder, and what is read of it otherwise than then. Raises ConfigError for a folder without any."""
    files = [file for file in sorted(folder.glob("*.html")) if file.with_suffix(".json").is_file()]
    if not files:
        raise ConfigError("has no recorded page", file=folder, remedy="`claimwire sources add URL --record FOLDER` records one")
    for file in files:
        then = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
        then["text"] = file.with_suffix(".txt").read_text(encoding="utf-8")
        now = desk.parsers.call(read_again, file, then["url"], desk.chrome, seconds=desk.page_seconds)
        yield file, tuple(_told(key, then.get(key), now.get(key)) for key in now if now.get(key) != then.get(key))


def _told(key: str, then: Any, now: Any) -> str:
    if key == "text":
        return f"text: {len(str(then).split())} words → {len(str(now).split())} words"
    return f"{key}: {then} → {now}"
