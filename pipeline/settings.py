"""Reads environment variables, finds the YAML files of a topic by them, and hands on typed values. Nothing else reads either.

Every environment variable is a field of `Settings`, in capitals and with the prefix `CLAIMWIRE_`; the Elasticsearch
ones have the names that its own tools use. `CLAIMWIRE_NOW` sets the one clock.
"""

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AliasChoices, AwareDatetime, BeforeValidator, Field, FilePath, SecretStr, StringConstraints, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from pipeline.errors import ConfigError
from pipeline.layers import LANGUAGES, TOPICS, claim_languages, config_error, layers, strangers
from pipeline.model import Clock
from pipeline.rules import Id

PREFIX = "CLAIMWIRE_"
SECRET_PREFIXES = ("CLAIMWIRE_WEBHOOK", "CLAIMWIRE_CHANNEL_", "CLAIMWIRE_SOURCE_")
# All variables that hold secrets, or may: a proxy's address and the store's have passwords in them.
SECRET = (
    "ELASTICSEARCH_PASSWORD", "ELASTICSEARCH_API_KEY", "ELASTICSEARCH_ALERTER_PASSWORD", "ELASTICSEARCH_ALERTER_API_KEY",
    "ELASTICSEARCH_ERASER_PASSWORD", "ELASTICSEARCH_ERASER_API_KEY",
    "CLAIMWIRE_HEARTBEAT", *SECRET_PREFIXES,
)  # fmt: skip
TEST_PREFIX = "CLAIMWIRE_TEST_"  # read by the tests alone

Place = Annotated[str, StringConstraints(pattern=r"^[^\s/@]+:\d{1,5}$", to_lower=True)]

Days = Annotated[int | None, Field(ge=1), BeforeValidator(lambda value: None if value in ("", "none") else value)]


def _plain(name: str) -> AliasChoices:
    """The name of the environment variable, and the field's own name for those who build settings in Python."""
    return AliasChoices(name, name.lower())


def _behind_at(value: Any) -> Any:
    """`@FILE` as the file's path; anything else is not one."""
    if isinstance(value, str) and value.startswith("@"):
        return Path(value[1:])
    raise ValueError("neither a moment with a time zone (2022-12-18T09:00:00Z) nor @ and a file that holds one")


def _listed(value: Any) -> Any:
    """What stands between commas."""
    return tuple(filter(None, (part.strip() for part in value.split(",")))) if isinstance(value, str) else value


def _usual_topic(given: dict[str, Any]) -> str:
    """The first of several, else the only one that there is: of the shipped ones, so that one of an overlay's own changes nothing."""
    if given.get("topics"):
        return str(given["topics"][0])
    config = given.get("config") or shipped("config")
    known = topics_in(config) or topics_in(given.get("overlay") or _beside(config))
    if len(known) != 1:
        raise ConfigError(
            "must say which topic is meant", file="environment", key="CLAIMWIRE_TOPIC", remedy=f"There are: {', '.join(known)}"
        )
    return known[0]


def _moment_in(file: Path) -> datetime:
    try:
        return datetime.fromisoformat(file.read_text(encoding="ascii").strip()).astimezone(UTC)
    except (OSError, ValueError) as error:
        raise ConfigError(f"no moment to be read: {error}", file=file, key="CLAIMWIRE_NOW") from error


class Settings(BaseSettings):
    """All that an installation may decide without touching a YAML file."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True, populate_by_name=True)

    elasticsearch_url: Annotated[str, Field(validation_alias=_plain("ELASTICSEARCH_URL"))] = ""  # several nodes with commas between them
    elasticsearch_username: Annotated[str | None, Field(validation_alias=_plain("ELASTICSEARCH_USERNAME"))] = None
    elasticsearch_password: Annotated[SecretStr | None, Field(validation_alias=_plain("ELASTICSEARCH_PASSWORD"))] = None
    elasticsearch_api_key: Annotated[SecretStr | None, Field(validation_alias=_plain("ELASTICSEARCH_API_KEY"))] = None
    elasticsearch_ca_certs: Annotated[FilePath | None, Field(validation_alias=_plain("ELASTICSEARCH_CA_CERTS"))] = (
        None  # of its own authority
    )
    # Another login for what decides and alerts, so that what collects can send nothing: by default the same.
    elasticsearch_alerter_username: Annotated[str | None, Field(validation_alias=_plain("ELASTICSEARCH_ALERTER_USERNAME"))] = None
    elasticsearch_alerter_password: Annotated[SecretStr | None, Field(validation_alias=_plain("ELASTICSEARCH_ALERTER_PASSWORD"))] = None
    elasticsearch_alerter_api_key: Annotated[SecretStr | None, Field(validation_alias=_plain("ELASTICSEARCH_ALERTER_API_KEY"))] = None
    # And one for what takes away: `forget` and `prune`.
    elasticsearch_eraser_username: Annotated[str | None, Field(validation_alias=_plain("ELASTICSEARCH_ERASER_USERNAME"))] = None
    elasticsearch_eraser_password: Annotated[SecretStr | None, Field(validation_alias=_plain("ELASTICSEARCH_ERASER_PASSWORD"))] = None
    elasticsearch_eraser_api_key: Annotated[SecretStr | None, Field(validation_alias=_plain("ELASTICSEARCH_ERASER_API_KEY"))] = None
    shards: Annotated[int, Field(ge=1, le=64)] = 1  # of each large index, when it is made
    index_prefix: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=60)] = "claimwire"

    config: Path | None = None  # a folder that stands in for the shipped config/
    overlay: Path | None = None  # a folder whose files are laid over those of config/; overlay/ beside config/ by default
    topics: Annotated[tuple[Id, ...], NoDecode, BeforeValidator(_listed)] = ()  # all that this installation watches, comma-separated
    topic: Annotated[Id, Field(default_factory=_usual_topic)]  # the one that a command is about
    alerts: Path | None = None  # a file that stands in for the topic's alerts.yml
    sources: Path | None = None  # a file that stands in for the topic's sources.yml
    state: Path = Path(".claimwire")
    # Folder or fsspec address of what any worker may need: kept polls, feed files, briefs. The state folder by default, for one machine.
    shared: str | None = None
    snapshots: str | None = None  # where Elasticsearch keeps backups: a folder of its own, under its path.repo
    archive: str | None = None  # folder or fsspec address of the WARC archive; the state folder's archive/ by default
    # Where set, this is the time: an ISO 8601 moment, or @ and a file that holds one and may change while processes run.
    now: AwareDatetime | Annotated[Path, BeforeValidator(_behind_at)] | None = None

    contact: str = "https://github.com/claimwire/claimwire"  # stands in the User-Agent: whom to complain to
    proxy: str | None = None  # a forward proxy for all fetching, http://host:port
    exempt: Annotated[frozenset[str], NoDecode] = frozenset()  # host:port, comma-separated, that may be fetched though not public
    # host:port, comma-separated, of webhooks of one's own that stand on an inner address; nothing is ever fetched there for it
    private_webhooks: Annotated[frozenset[Place], NoDecode, BeforeValidator(_listed)] = frozenset()
    host_delay: Annotated[float, Field(ge=0)] = 1.0  # seconds between two requests to one host
    gdelt_delay: Annotated[float, Field(ge=0)] = 6.0  # seconds before each request to GDELT, which refuses more than one in five
    host_groups: Annotated[int, Field(ge=1, le=1024)] = 4  # how many mapped collect tasks an ingest run has
    outlets_at_once: Annotated[int, Field(ge=1, le=256)] = 16  # that a collect task asks side by side; each host is asked by one alone
    parsers: Annotated[int, Field(ge=1, le=64)] = 1  # parser processes per task
    feed_seconds: Annotated[float, Field(gt=0)] = 10.0  # a feed that takes longer to parse is given up
    page_seconds: Annotated[float, Field(gt=0)] = 30.0  # likewise a page
    long_pause_days: Annotated[float, Field(gt=0)] = (
        7.0  # a feed not heard for so long, and all new by then, is met as if for the first time
    )
    store_retries: Annotated[int, Field(ge=0, le=10)] = (
        5  # how often what Elasticsearch is too busy for goes again: after 1, 2, 4 … seconds
    )
    spool_bytes: Annotated[int, Field(ge=0)] = 2**30  # how much is kept on this disk while Elasticsearch is away
    attempts: Annotated[int, Field(ge=1, le=100)] = 5  # how often a page that does not answer is tried in all
    language_model: str | None = None  # a spaCy model's package; by default the official small one, else its copy on the index

    # For how many days something is kept, by what it is; for ever where there is no number. `claimwire prune` takes the rest away.
    keep_archive_days: Days = None  # fetched pages
    keep_articles_days: Days = None  # articles and their statements, since first seen
    keep_entries_days: Days = 365  # links that did not end as an article, since first seen and while no feed shows them
    keep_alerts_days: Days = None  # rows of the outbox with which nothing is to be done any more
    keep_changes_days: Days = None
    keep_quarantine_days: Days = None
    keep_logs_days: Days = 30  # Airflow's logs of tasks

    time_zone: ZoneInfo = ZoneInfo("UTC")  # in which people are told times, and in which a day begins
    digest_hour: Annotated[int, Field(ge=0, le=23)] = 7  # of that zone: when daily digests are sent
    # Addresses and keys of channels and keys of sources, by the name of the variable that alerts.yml or sources.yml gives:
    # CLAIMWIRE_WEBHOOK…, CLAIMWIRE_CHANNEL_…, CLAIMWIRE_SOURCE_….
    secrets: Annotated[Mapping[str, SecretStr], NoDecode] = {}
    # What a message links to in Kibana; {topic}, {statement}, {article} and {claim} stand for ids.
    kibana_link: Annotated[str | None, Field(pattern=r"^https?://\S+$")] = None
    kibana_url: Annotated[str, Field(pattern=r"^https?://[^\s@]+$")] = "http://127.0.0.1:5601"  # where `claimwire kibana import` goes
    # An address that is called after each good pass of the DAG `watch`: who watches it hears when the watch itself has stopped.
    heartbeat: SecretStr | None = None
    metrics: Path | None = None  # a file for Prometheus, NAME.prom, written at the same passes; {topic} stands for the topic
    es_port: Annotated[int, Field(ge=1, le=65535)] = 9200  # of the development node
    airflow_port: Annotated[int, Field(ge=1, le=65535)] = 8080
    samples_port: Annotated[int, Field(ge=1, le=65535)] = 8099

    @property
    def store_urls(self) -> tuple[str, ...]:
        """The nodes that are asked, of one cluster."""
        return _listed(self.elasticsearch_url) or (f"http://127.0.0.1:{self.es_port}",)

    @property
    def archive_base(self) -> str:
        """What a topic has fetched lies in a folder of its own, so that it can be erased."""
        return f"{(self.archive or str(self.state / 'archive')).rstrip('/')}/{self.topic}"

    @property
    def shelf_base(self) -> str:
        """Where files lie that other workers may need."""
        return self.shared or str(self.state)

    @property
    def watched(self) -> tuple[str, ...]:
        """The topics of this installation."""
        return self.topics or (self.topic,)

    @property
    def metrics_file(self) -> Path | None:
        """None where none is wanted. Raises ConfigError where several topics would write one file."""
        if self.metrics is None:
            return None
        if len(self.watched) > 1 and "{topic}" not in self.metrics.name:
            raise ConfigError(
                "would hold only one of several topics", file="environment", key="CLAIMWIRE_METRICS", remedy="Put {topic} into its name"
            )
        return self.metrics.with_name(self.metrics.name.replace("{topic}", self.topic))

    @property
    def config_folder(self) -> Path:
        return self.config or shipped("config")

    @property
    def overlay_folder(self) -> Path | None:
        """None where there is none. Raises ConfigError where the one that is named does not exist."""
        if self.overlay and not self.overlay.is_dir():
            raise ConfigError("no such folder", file=self.overlay, key="CLAIMWIRE_OVERLAY")
        folder = self.overlay or _beside(self.config_folder)
        return folder if folder and folder.is_dir() else None

    @property
    def topic_names(self) -> list[str]:
        """All that have files, watched or not."""
        return sorted({*topics_in(self.config_folder), *topics_in(self.overlay_folder)})

    @property
    def own_folder(self) -> Path:
        """Where files of this installation's own go, there or not. Raises ConfigError where no place is named for them."""
        folder = self.overlay or _beside(self.config_folder)
        if folder is None:
            raise ConfigError("names no folder for files of your own", file="environment", key="CLAIMWIRE_OVERLAY")
        return folder

    def own_file(self, name: str) -> Path:
        """The same for a file of this topic."""
        return self.own_folder / TOPICS / self.topic / name

    @property
    def alerter(self) -> "Settings":
        """The same with the alerter's login, where it has one, and without the other's."""
        return self._as("alerter")

    @property
    def eraser(self) -> "Settings":
        """The same with the eraser's login."""
        return self._as("eraser")

    def _as(self, role: str) -> "Settings":
        login = {key: getattr(self, f"elasticsearch_{role}_{key}") for key in ("username", "password", "api_key")}
        if not login["password"] and not login["api_key"]:
            return self
        return self.model_copy(update={f"elasticsearch_{key}": value for key, value in login.items()})

    def of(self, topic: str) -> "Settings":
        """The same for another topic."""
        return self.model_copy(update={"topic": topic})

    def files(self, name: str) -> tuple[Path, ...]:
        """The layers of a configuration file, `agencies.yml` or `languages/en.yml` or `claims.yml`, the lowest first.

        Raises ConfigError where there is none.
        """
        if self.topic not in self.topic_names:
            there = ", ".join(self.topic_names) or "none"
            raise ConfigError(f"no topic {self.topic!r}", file=self.config_folder / TOPICS, remedy=f"CLAIMWIRE_TOPIC may be: {there}")
        if self.overlay_folder and (unread := strangers(self.overlay_folder)):
            raise ConfigError(
                "is no file that is read", file=self.overlay_folder / unread[0], remedy="It must be called as one of config/ is"
            )
        found = layers(name, self.config_folder, self.overlay_folder, self.topic)
        if not found:
            raise ConfigError("No such file", file=self.config_folder / TOPICS / self.topic / name)
        return found

    @property
    def _layered(self) -> list[Path]:
        """The folders that files of this topic may lie in."""
        folders = [folder for folder in (self.config_folder, self.overlay_folder) if folder]
        return folders + [folder / TOPICS / self.topic for folder in folders]

    @property
    def languages(self) -> list[str]:
        """Those with words in any layer, by their codes."""
        return sorted({file.stem for folder in self._layered for file in (folder / LANGUAGES).glob("*.yml")})

    @property
    def claim_languages(self) -> list[str]:
        """Those in which the topic's claims have words of their own."""
        return sorted(set().union(*map(claim_languages, self._layered)))

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


def _beside(config: Path) -> Path | None:
    """Where an overlay lies when nobody says where: never inside the installed package, which the next one replaces."""
    return None if config.parent == Path(__file__).parent else config.parent / "overlay"


def topics_in(folder: Path | None) -> list[str]:
    """The topics that a config/ or an overlay has files of."""
    return sorted({file.parent.name for file in (folder / TOPICS).glob("*/*.yml")}) if folder else []


def choose_topic(name: str) -> None:
    """From here on, in this process and in those that it starts, this topic is meant, and no other is watched."""
    os.environ[PREFIX + "TOPIC"] = os.environ[PREFIX + "TOPICS"] = name


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
        raise config_error(error, "environment") from None  # the original would print secrets


def secret_values() -> frozenset[str]:
    """What must stand in no log of this process: the values of its secret variables."""
    return frozenset(value for name, value in os.environ.items() if name.startswith(SECRET) and value)
