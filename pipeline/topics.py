"""`claimwire topic`: which topics there are, and the first files of another one, in the overlay where no upgrade touches them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import TypeAdapter, ValidationError

from pipeline.config_files import read_topic
from pipeline.errors import ConfigError
from pipeline.layers import TOPICS, merged
from pipeline.overlay import names
from pipeline.rules import Id
from pipeline.settings import Settings

SKELETON = "skeleton"
_ID = re.compile(r"^id: .*$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A topic: what it is about, whether this installation watches it, and where its files are: shipped, your own, or both."""

    id: str
    title: str
    watched: bool
    files: str


def listed(settings: Settings) -> list[Listed]:
    """All topics that have files. Raises ConfigError for one whose topic.yml cannot be read."""
    return [
        Listed(id=topic, title=read_topic(settings.of(topic)).title, watched=topic in settings.watched, files=_where(topic, settings))
        for topic in settings.topic_names
    ]


def _where(topic: str, settings: Settings) -> str:
    folders = {"shipped": settings.config_folder, "your own": settings.overlay_folder}
    return " and ".join(name for name, folder in folders.items() if folder and any((folder / TOPICS / topic).glob("*.yml")))


def begin(name: str, settings: Settings, like: str | None = None) -> list[Path]:
    """Writes the first files of a topic, from the commented skeleton or as another topic has them; returns them.

    Raises ConfigError for a name that cannot be one or is taken, and for a topic to be like that does not exist.
    """
    settings.own_folder.mkdir(parents=True, exist_ok=True)
    _refuse(name, settings)
    contents = dict(_of_topic(settings.of(like)) if like else _of_skeleton(settings))
    contents["topic.yml"] = _ID.sub(f"id: {name}", contents["topic.yml"], count=1)
    made = []
    for file_name, text in contents.items():
        file = settings.of(name).own_file(file_name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        made.append(file)
    return made


def _refuse(name: str, settings: Settings) -> None:
    try:
        TypeAdapter(Id).validate_python(name)
    except ValidationError as error:
        raise ConfigError(f"{name!r} cannot be a topic's name", remedy="Small letters, digits and hyphens: my-topic") from error
    folder = settings.of(name).own_file("topic.yml").parent
    if name in settings.topic_names or folder.exists():
        raise ConfigError("is there already", file=folder, remedy="Choose another name, or edit what is there")


def _of_skeleton(settings: Settings) -> Iterator[tuple[str, str]]:
    folder = settings.config_folder / SKELETON
    found = sorted(folder.glob("*.yml"))
    if not found:
        raise ConfigError("no skeleton there", file=folder, remedy="Begin from another topic: --like TOPIC")
    yield from ((file.name, file.read_text(encoding="utf-8")) for file in found)


def _of_topic(settings: Settings) -> Iterator[tuple[str, str]]:
    """The topic's own files as they stand; where your own lie over shipped ones, what both say together, and without comments."""
    settings.files("topic.yml")
    for name, shape in names(settings):
        files = [file for file in settings.files(name) if TOPICS in file.relative_to(_root(file, settings)).parts]
        if len(files) == 1:
            yield name, files[0].read_text(encoding="utf-8")
        elif files:
            yield name, yaml.safe_dump(merged(files, shape), allow_unicode=True, sort_keys=False, width=130)


def _root(file: Path, settings: Settings) -> Path:
    overlay = settings.overlay_folder
    return overlay if overlay and file.is_relative_to(overlay) else settings.config_folder
