"""Configuration files in layers: what is shipped, and over it what an installation adds in its overlay. Read once, typed at the border.

    config/NAME  ◄  overlay/NAME  ◄  config/topics/TOPIC/NAME  ◄  overlay/topics/TOPIC/NAME

Each that is there is laid over those before it (`merging` says how), so that what all topics share stands once, and an upgrade that
brings another config/ leaves the overlay as it is.
"""

import functools
import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast

import yaml
from pydantic import ValidationError

from pipeline.errors import ConfigError
from pipeline.merging import Data, Field, Misfit, fields_of, joined, laid_over, name_of
from pipeline.rules import Rules

Loaded = TypeVar("Loaded", bound=Rules)

TOPICS = "topics"
LANGUAGES = "languages"
# The files that there may be: for all topics, and for one.
SHARED = frozenset({"actors.yml", "agencies.yml", "alerts.yml", "chrome.yml", "claims.yml", "health.yml", "kibana.yml", "sources.yml"})
OF_TOPIC = SHARED | {"topic.yml"}
ACCEPTED = "accepted.json"  # in the overlay; `pipeline.overlay` keeps it
_READ = frozenset({".yml", ".yaml", ".json"})
_LANGUAGE = re.compile(r"[a-z]{2}\.yml")
_CLAIMS = re.compile(r"claims\.([a-z]{2})\.yml")


class _Strict(yaml.CSafeLoader):
    """YAML without its traps: a key that stands twice is an error. By libyaml, some ten times as fast as the loader in Python."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.MarkedYAMLError(problem=f"the key {key!r} stands twice", problem_mark=key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


def layers(name: str, config: Path, overlay: Path | None, topic: str | None) -> tuple[Path, ...]:
    """The files of this name that there are, the lowest first: of all topics, then of one, what is shipped before the overlay's."""
    folders = [config, overlay]
    if topic is not None:
        folders += [folder / TOPICS / topic for folder in (config, overlay) if folder]
    return tuple(file for folder in folders if folder and (file := folder / name).is_file())


def claims_file(language: str) -> str:
    """The name of the file with the words of `claims.yml` in a language without a parser."""
    return f"claims.{language}.yml"


def claim_languages(folder: Path) -> set[str]:
    """The languages of which a folder has such a file."""
    return {match[1] for file in folder.glob("claims.*.yml") if (match := _CLAIMS.fullmatch(file.name))}


def strangers(overlay: Path) -> list[Path]:
    """Files of an overlay that nothing reads, because they are not called or do not lie as those of config/."""
    found = (file.relative_to(overlay) for file in overlay.rglob("*") if file.suffix in _READ)
    return sorted(file for file in found if not any(part.startswith(".") for part in file.parts) and not _is_read(file.parts))


def _is_read(parts: tuple[str, ...]) -> bool:
    match parts:
        case (name,) | ("topics", _, name) if name in (SHARED if len(parts) == 1 else OF_TOPIC) or _CLAIMS.fullmatch(name):
            return True
        case ("languages", name) | ("topics", _, "languages", name):
            return _LANGUAGE.fullmatch(name) is not None
    return parts == (ACCEPTED,)


def read_yaml(file: Path, shape: type[Loaded]) -> Loaded:
    """One YAML file as a typed value. Raises ConfigError naming file, key and what is wrong."""
    return read_layers([file], shape)


def read_layers(files: Sequence[Path], shape: type[Loaded]) -> Loaded:
    """Several files as one typed value, each laid over those before it. Raises ConfigError naming the file to blame, and the key.

    The same content gives the same value, which is frozen: stages that run in one process read each file once.
    """
    return cast("Loaded", _typed(tuple((file, _bytes(file)) for file in files), shape))


@functools.lru_cache(maxsize=64)
def _typed(contents: tuple[tuple[Path, bytes], ...], shape: type[Rules]) -> Rules:
    files = [file for file, _ in contents]
    data = _over({}, ((file, _data(file, content)) for file, content in contents), shape)
    try:
        return shape.model_validate(data)
    except ValidationError as error:
        raise config_error(error, _blamed(error, files, shape), data, shape) from error


def merged(files: Sequence[Path], shape: type[Rules]) -> Data:
    """Several files as one, in the plain form that YAML has. Raises ConfigError for what is no YAML or fits not on the rest."""
    return _over({}, ((file, read_data(file)) for file in files), shape)


def _over(data: Data, contents: "Iterator[tuple[Path, Any]] | Sequence[tuple[Path, Any]]", shape: type[Rules]) -> Data:
    for file, content in contents:
        if not isinstance(content, dict):
            raise ConfigError("is no mapping of keys to values", file=file)
        try:
            data = laid_over(data, content, shape)
        except Misfit as misfit:
            raise ConfigError(misfit.problem, file=file, key=misfit.key, remedy=misfit.remedy) from misfit
    return data


def read_data(file: Path) -> Any:
    """What stands in a YAML file; an empty mapping where nothing does."""
    return _data(file, _bytes(file))


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ConfigError(error.strerror or str(error), file=file) from error


def _data(file: Path, content: bytes) -> Any:
    try:
        data = yaml.load(content.decode("utf-8"), Loader=_Strict)  # noqa: S506  # it is a SafeLoader
    except yaml.MarkedYAMLError as error:
        where = f"line {error.problem_mark.line + 1}" if error.problem_mark else None
        raise ConfigError(error.problem or "not YAML", file=file, key=where) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"not YAML: {error}", file=file) from error
    return {} if data is None else data


def _blamed(error: ValidationError, files: Sequence[Path], shape: type[Rules]) -> Path:
    """The file with which the trouble came: without it, and what is laid over it, there is none of that kind."""
    told = _trouble(error)
    blamed = files[-1]
    for number in range(len(files) - 1, 0, -1):
        try:
            shape.model_validate(merged(files[:number], shape))
        except ValidationError as earlier:
            if _trouble(earlier) != told:
                return blamed
            blamed = files[number - 1]
        else:
            return blamed
    return blamed


def _trouble(error: ValidationError) -> tuple[object, ...]:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    return first["type"], first["msg"], first["loc"][:1]


def config_error(error: ValidationError, file: Path | str, data: Any = None, shape: type[Rules] | None = None) -> ConfigError:
    """The first thing that is wrong, and where: blocks of a list are named as they name themselves."""
    first, *others = error.errors(include_url=False, include_context=False, include_input=False)
    more = f" (and {len(others)} more)" if others else ""
    field = Field(model=shape) if shape else Field()
    where = ""
    for part in first["loc"]:
        where = joined(where, _called(part, data, field))
        field = _inner(part, field)
        data = _part(data, part)
    return ConfigError(first["msg"] + more, file=file, key=where or None)


def _called(part: int | str, data: Any, field: Field) -> int | str:
    block = _part(data, part)
    return (name_of(block, field.blocks) or part) if field.blocks and isinstance(part, int) else part


def _inner(part: int | str, field: Field) -> Field:
    if field.model or field.blocks:
        model = field.model or field.blocks
        assert model is not None
        return Field(model=model) if field.blocks else fields_of(model).get(str(part), Field())
    return field.entries or Field()


def _part(data: Any, part: int | str) -> Any:
    if isinstance(data, Mapping):
        return data.get(part)
    return data[part] if isinstance(data, list) and isinstance(part, int) and part < len(data) else None


def digest(parts: Iterator[bytes]) -> str:
    """16 hexadecimal characters that change when any of the parts does."""
    total = hashlib.sha256()
    for part in parts:
        total.update(len(part).to_bytes(8, "big"))
        total.update(part)
    return total.hexdigest()[:16]


def as_bytes(data: Data) -> bytes:
    """What a digest is made of: the same for the same content, whichever files and comments it stands in."""
    return json.dumps(data, ensure_ascii=False, sort_keys=True, default=str).encode()
