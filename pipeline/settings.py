"""Reads environment variables and YAML files, once, and hands on typed values. Nothing else reads either.

Every environment variable is a field of `Settings`, in capitals and with the prefix `CLAIMWIRE_`; the Elasticsearch
ones have the names that its own tools use. `CLAIMWIRE_NOW` sets the one clock.
"""

import hashlib
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo

import yaml
from pydantic import AliasChoices, AwareDatetime, BaseModel, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from pipeline.alert_rules import Alerting
from pipeline.chrome import ChromeRules
from pipeline.errors import ConfigError
from pipeline.model import Clock
from pipeline.rules import Topic
from pipeline.source_rules import Agency, AgencyRules, Outlet, Sources

PREFIX = "CLAIMWIRE_"

# The modules that take the text out of a page; a test holds the list to what `extract` imports.
EXTRACTION = (
    "bodies", "canonical", "charsets", "chrome", "dates", "extract", "habits", "language", "maintext", "metadata", "plaintext",
    "structured", "walls",
)  # fmt: skip
SECRET_PREFIXES = ("CLAIMWIRE_WEBHOOK", "CLAIMWIRE_CHANNEL_")
TEST_PREFIX = "CLAIMWIRE_TEST_"  # read by the tests alone

Loaded = TypeVar("Loaded", bound=BaseModel)


def _plain(name: str) -> AliasChoices:
    """The name of the environment variable, and the field's own name for those who build settings in Python."""
    return AliasChoices(name, name.lower())


def _behind_at(value: Any) -> Any:
    """`@FILE` as the file's path; anything else is not one."""
    if isinstance(value, str) and value.startswith("@"):
        return Path(value[1:])
    raise ValueError("neither a moment with a time zone (2022-12-18T09:00:00Z) nor @ and a file that holds one")


def _moment_in(file: Path) -> datetime:
    try:
        return datetime.fromisoformat(file.read_text(encoding="ascii").strip()).astimezone(UTC)
    except (OSError, ValueError) as error:
        raise ConfigError(f"no moment to be read: {error}", file=file, key="CLAIMWIRE_NOW") from error


class Settings(BaseSettings):
    """All that an installation may decide without touching a YAML file."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True, populate_by_name=True)

    elasticsearch_url: Annotated[str, Field(validation_alias=_plain("ELASTICSEARCH_URL"))] = ""
    elasticsearch_username: Annotated[str | None, Field(validation_alias=_plain("ELASTICSEARCH_USERNAME"))] = None
    elasticsearch_password: Annotated[SecretStr | None, Field(validation_alias=_plain("ELASTICSEARCH_PASSWORD"))] = None
    elasticsearch_api_key: Annotated[SecretStr | None, Field(validation_alias=_plain("ELASTICSEARCH_API_KEY"))] = None
    index_prefix: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=60)] = "claimwire"

    topic: str = "iran-russia"
    config: Path | None = None  # a folder that stands in for the shipped config/
    alerts: Path | None = None  # a file that stands in for the topic's alerts.yml
    sources: Path | None = None  # a file that stands in for the topic's sources.yml
    state: Path = Path(".claimwire")
    snapshots: str | None = None  # where Elasticsearch keeps backups: a folder of its own, under its path.repo
    archive: str | None = None  # folder or fsspec address of the WARC archive; the state folder's archive/ by default
    # Where set, this is the time: an ISO 8601 moment, or @ and a file that holds one and may change while processes run.
    now: AwareDatetime | Annotated[Path, BeforeValidator(_behind_at)] | None = None

    contact: str = "https://github.com/claimwire/claimwire"  # stands in the User-Agent: whom to complain to
    proxy: str | None = None  # a forward proxy for all fetching, http://host:port
    exempt: Annotated[frozenset[str], NoDecode] = frozenset()  # host:port, comma-separated, that may be fetched though not public
    host_delay: Annotated[float, Field(ge=0)] = 1.0  # seconds between two requests to one host
    host_groups: Annotated[int, Field(ge=1, le=1024)] = 4  # how many mapped collect tasks an ingest run has
    parsers: Annotated[int, Field(ge=1, le=64)] = 1  # parser processes per task
    feed_seconds: Annotated[float, Field(gt=0)] = 10.0  # a feed that takes longer to parse is given up
    page_seconds: Annotated[float, Field(gt=0)] = 30.0  # likewise a page
    long_pause_days: Annotated[float, Field(gt=0)] = (
        7.0  # a feed not heard for so long, and all new by then, is met as if for the first time
    )
    attempts: Annotated[int, Field(ge=1, le=100)] = 5  # how often a page that does not answer is tried in all
    language_model: str | None = None  # a spaCy model's package; by default the official small one, else its copy on the index

    time_zone: ZoneInfo = ZoneInfo("UTC")  # in which people are told times, and in which a day begins
    digest_hour: Annotated[int, Field(ge=0, le=23)] = 7  # of that zone: when daily digests are sent
    # Addresses and keys of channels, by the name of the variable that alerts.yml gives: CLAIMWIRE_WEBHOOK…, CLAIMWIRE_CHANNEL_….
    secrets: Annotated[Mapping[str, SecretStr], NoDecode] = {}
    # What a message links to in Kibana; {statement}, {article} and {claim} stand for ids.
    kibana_link: Annotated[str | None, Field(pattern=r"^https?://\S+$")] = None
    es_port: Annotated[int, Field(ge=1, le=65535)] = 9200  # of the development node
    airflow_port: Annotated[int, Field(ge=1, le=65535)] = 8080
    samples_port: Annotated[int, Field(ge=1, le=65535)] = 8099

    @property
    def store_url(self) -> str:
        return self.elasticsearch_url or f"http://127.0.0.1:{self.es_port}"

    @property
    def archive_base(self) -> str:
        return self.archive or str(self.state / "archive")

    @property
    def config_folder(self) -> Path:
        return self.config or shipped("config")

    @property
    def topic_folder(self) -> Path:
        folder = self.config_folder / "topics" / self.topic
        if not folder.is_dir():
            known = sorted(path.name for path in (self.config_folder / "topics").glob("*/"))
            raise ConfigError(f"no topic {self.topic!r}", file=folder, remedy=f"CLAIMWIRE_TOPIC may be: {', '.join(known) or 'none there'}")
        return folder

    @property
    def clock(self) -> Clock:
        now = self.now
        if now is None:
            return lambda: datetime.now(UTC)
        if isinstance(now, Path):
            return lambda: _moment_in(now)
        fixed = now.astimezone(UTC)
        return lambda: fixed


def shipped(name: str) -> Path:
    """A folder that comes with the package: inside it when installed from a wheel, beside it in a checkout."""
    inside = Path(__file__).parent / name
    return inside if inside.is_dir() else Path(__file__).parent.parent / name


def read_settings(**given: Any) -> Settings:
    """The settings of this process. Raises ConfigError for a value that does not fit and for an unknown CLAIMWIRE_ variable."""
    known = {PREFIX + field.upper() for field in Settings.model_fields if not field.startswith("elasticsearch") and field != "secrets"}
    free = (TEST_PREFIX, *SECRET_PREFIXES)
    strangers = sorted(key for key in os.environ if key.startswith(PREFIX) and key not in known and not key.startswith(free))
    if strangers:
        raise ConfigError(f"unknown: {', '.join(strangers)}", file="environment", remedy=f"There are: {', '.join(sorted(known))}")
    given.setdefault("exempt", frozenset(filter(None, os.environ.get(PREFIX + "EXEMPT", "").split(","))))
    given.setdefault("secrets", {key: value for key, value in os.environ.items() if key.startswith(SECRET_PREFIXES) and value})
    try:
        return Settings(**given)
    except ValidationError as error:
        raise _config_error(error, "environment") from None  # the original would print secrets


class _Strict(yaml.SafeLoader):
    """YAML without its traps: a key that stands twice is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.MarkedYAMLError(problem=f"the key {key!r} stands twice", problem_mark=key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


def read_yaml(file: Path, shape: type[Loaded]) -> Loaded:
    """One YAML file as a typed value. Raises ConfigError naming file, key and what is wrong."""
    try:
        data = yaml.load(file.read_text(encoding="utf-8"), Loader=_Strict)  # noqa: S506  # it is a SafeLoader
    except OSError as error:
        raise ConfigError(error.strerror or str(error), file=file) from error
    except yaml.MarkedYAMLError as error:
        where = f"line {error.problem_mark.line + 1}" if error.problem_mark else None
        raise ConfigError(error.problem or "not YAML", file=file, key=where) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"not YAML: {error}", file=file) from error
    try:
        return shape.model_validate({} if data is None else data)
    except ValidationError as error:
        raise _config_error(error, file) from error


def _config_error(error: ValidationError, file: Path | str) -> ConfigError:
    first, *others = error.errors(include_url=False, include_context=False, include_input=False)
    more = f" (and {len(others)} more)" if others else ""
    return ConfigError(first["msg"] + more, file=file, key=".".join(str(part) for part in first["loc"]) or None)


def digest(parts: Iterator[bytes]) -> str:
    """16 hexadecimal characters that change when any of the parts does."""
    total = hashlib.sha256()
    for part in parts:
        total.update(len(part).to_bytes(8, "big"))
        total.update(part)
    return total.hexdigest()[:16]


def extraction_digest(settings: Settings) -> str:
    """Changes with the code and the rules that take the text out of a page."""
    here = Path(__file__).parent
    code = [here / f"{name}.py" for name in EXTRACTION]
    return digest(chain([version("trafilatura").encode()], (file.read_bytes() for file in [*code, settings.config_folder / "chrome.yml"])))


def read_topic(settings: Settings) -> Topic:
    return read_yaml(settings.topic_folder / "topic.yml", Topic)


def read_outlets(settings: Settings) -> tuple[Outlet, ...]:
    """The enabled outlets of the topic, or of the file that CLAIMWIRE_SOURCES names."""
    sources = read_yaml(settings.sources or settings.topic_folder / "sources.yml", Sources)
    return tuple(outlet for outlet in sources.outlets if outlet.enabled)


def read_chrome(settings: Settings) -> ChromeRules:
    return read_yaml(settings.config_folder / "chrome.yml", ChromeRules)


def read_agencies(settings: Settings) -> tuple[Agency, ...]:
    """The agencies of `agencies.yml`, and outlets that say how others sign for them."""
    signed = (Agency(name=outlet.name, signs=outlet.signs) for outlet in read_outlets(settings) if outlet.signs)
    return (*read_yaml(settings.config_folder / "agencies.yml", AgencyRules).agencies, *signed)


def alerts_file(settings: Settings) -> Path:
    return settings.alerts or settings.topic_folder / "alerts.yml"


def read_alerting(settings: Settings) -> Alerting:
    return read_yaml(alerts_file(settings), Alerting)
