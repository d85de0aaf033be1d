"""The file that `claimwire sources` writes: the topic's own sources.yml in the overlay, or the one that CLAIMWIRE_SOURCES names.

What is shipped is never touched. A change is written only if the file then says what it said before and the change, and if all layers
together are still valid; a reader never sees half of it.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pipeline.errors import ConfigError
from pipeline.layers import config_error, layers, merged, read_data
from pipeline.merging import Data, laid_over
from pipeline.settings import Settings
from pipeline.source_rules import Outlet, Sources
from pipeline.source_text import HEAD, Unclear, with_feed, with_key, with_outlets, without_feed, without_key, without_outlet

NAME = "sources.yml"
# Of a feed that is replaced: what holds for its successor, too.
_KEPT = {"volume", "every", "headers", "cookies"}

# A text and what it says, both before or both after a change.
State = tuple[str, Data]


def own_file(settings: Settings) -> Path:
    """Where changes go. Raises ConfigError where no place is named for them."""
    return settings.sources or settings.own_file(NAME)


def all_outlets(settings: Settings) -> tuple[Outlet, ...]:
    """Every outlet of the topic, paused ones too."""
    return _valid(_merged(_files(settings)), own_file(settings)).outlets


def add_outlets(settings: Settings, blocks: Sequence[Mapping[str, Any]]) -> Path:
    """Writes new outlets' blocks, their keys in the order given; returns the file. Raises ConfigError where an id is taken."""
    known = {each.id for each in all_outlets(settings)}
    taken = [block["id"] for block in blocks if block["id"] in known]
    if taken:
        raise ConfigError(f"an outlet {taken[0]!r} is there already", file=own_file(settings), remedy="Choose another with --id")
    return _change(settings, lambda text, data: (with_outlets(text, blocks), _with(data, *map(dict, blocks))))


def add_feeds(settings: Settings, id_: str, feeds: Sequence[Mapping[str, Any]]) -> Path:
    """Writes more feeds of an outlet that is there; returns the file."""
    _named(settings, id_)
    return _change(settings, lambda text, data: _with_feeds(text, data, id_, feeds))


def replace_feed(settings: Settings, outlet: Outlet, old: str, feeds: Sequence[Mapping[str, Any]]) -> Path:
    """Writes feeds in the place of one that the outlet has; what was said of its pace and its headers is said of the first of them."""
    kept = next(feed.model_dump(mode="json", include=_KEPT, exclude_defaults=True) for feed in outlet.feeds if feed.url == old)
    fresh = [{**feeds[0], **kept}, *feeds[1:]]

    def change(text: str, data: Data) -> State:
        text, data = _with_feeds(text, data, outlet.id, fresh)
        block = _block(data, outlet.id)
        assert block is not None
        if any(feed.get("url") == old for feed in block["feeds"]):
            block["feeds"] = [feed for feed in block["feeds"] if feed.get("url") != old]
            return without_feed(text, outlet.id, old), data
        removed = block.get("remove") or {}
        block["remove"] = {**removed, "feeds": [*removed.get("feeds", ()), old]}
        return with_key(text, outlet.id, "remove", block["remove"]), data

    return _change(settings, change)


def _with_feeds(text: str, data: Data, id_: str, feeds: Sequence[Mapping[str, Any]]) -> State:
    block = _block(data, id_)
    if block is None:
        added = {"id": id_, "feeds": [dict(feed) for feed in feeds]}
        return with_outlets(text, [added]), _with(data, added)
    for feed in feeds:
        text = with_feed(text, id_, feed)
        block["feeds"] = [*(block.get("feeds") or ()), dict(feed)]
    return text, data


def pause(settings: Settings, id_: str, why: str) -> Path:
    """Writes that an outlet is not polled, and why; returns the file. Raises ConfigError for an unknown outlet."""
    _named(settings, id_)
    paused = {"why": why, "since": settings.clock().astimezone(settings.time_zone).date()}

    def change(text: str, data: Data) -> State:
        block = _block(data, id_)
        if block is None:
            return with_outlets(text, [{"id": id_, "paused": paused}]), _with(data, {"id": id_, "paused": paused})
        block["paused"] = paused
        return with_key(text, id_, "paused", paused), data

    return _change(settings, change)


def resume(settings: Settings, id_: str) -> Path:
    """Writes that an outlet is polled again; returns the file. Raises ConfigError for one that is unknown or not paused."""
    if _named(settings, id_).paused is None:
        raise ConfigError(f"{id_} is not paused", file=own_file(settings), remedy="`claimwire sources list` says which are")
    below = _merged(_files(settings)[:-1])
    shipped_so = (_block(below, id_) or {}).get("paused") is not None

    def change(text: str, data: Data) -> State:
        block = _block(data, id_)
        if block is None:
            return with_outlets(text, [{"id": id_, "paused": None}]), _with(data, {"id": id_, "paused": None})
        if shipped_so:
            block["paused"] = None
            return with_key(text, id_, "paused", None), data
        del block["paused"]
        if set(block) == {"id"}:
            data["outlets"] = [each for each in data["outlets"] if each is not block]
            return without_outlet(text, id_), data
        return without_key(text, id_, "paused"), data

    return _change(settings, change)


def _named(settings: Settings, id_: str) -> Outlet:
    outlets = {outlet.id: outlet for outlet in all_outlets(settings)}
    if id_ not in outlets:
        raise ConfigError(f"no outlet {id_!r}", file=own_file(settings), remedy=f"There are: {', '.join(sorted(outlets))}")
    return outlets[id_]


def _change(settings: Settings, change: Callable[[str, Data], State]) -> Path:
    file = own_file(settings)
    try:
        text = file.read_text(encoding="utf-8") if file.exists() else HEAD
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot be read: {error}", file=file) from error
    before = read_data(file) if file.exists() else {"outlets": None}
    try:
        after, wanted = change(text, deepcopy(before))
    except Unclear as error:
        raise ConfigError(f"cannot be changed from here: {error}", file=file, remedy="Write it there by hand") from error
    _write(file, after, wanted, [each for each in _files(settings) if each != file])
    return file


def _write(file: Path, text: str, wanted: Data, below: list[Path]) -> None:
    """Puts the text in the file's place in one step, if it says what is wanted."""
    fresh = file.with_name(f".{file.name}.new")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_text(text, encoding="utf-8")
        if file.exists():
            fresh.chmod(file.stat().st_mode & 0o7777)
        if read_data(fresh) != wanted:
            raise ConfigError("is laid out in a way that cannot be changed from here", file=file, remedy="Write it there by hand")
        _valid(laid_over(_merged(below), wanted, Sources), file)
        os.replace(fresh, file)
    except OSError as error:
        raise ConfigError(f"cannot be written: {error.strerror or error}", file=file) from error
    finally:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)


def _files(settings: Settings) -> list[Path]:
    """The layers, the own one last; that one and even all may be missing."""
    if settings.sources:
        return [settings.sources]
    own = own_file(settings)
    return [*(each for each in layers(NAME, settings.config_folder, settings.overlay_folder, settings.topic) if each != own), own]


def _merged(files: list[Path]) -> Data:
    return merged([file for file in files if file.exists()], Sources)


def _valid(data: Data, file: Path) -> Sources:
    try:
        return Sources.model_validate({"outlets": [], **{key: value for key, value in data.items() if value is not None}})
    except ValidationError as error:
        raise config_error(error, file, data, Sources) from error


def _block(data: Data, id_: str) -> dict[str, Any] | None:
    return next((each for each in data.get("outlets") or () if isinstance(each, dict) and each.get("id") == id_), None)


def _with(data: Data, *outlets: dict[str, Any]) -> Data:
    return data | {"outlets": [*(data.get("outlets") or ()), *outlets]}
