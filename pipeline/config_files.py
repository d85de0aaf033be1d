"""The files of a configuration as typed values, an installation's own laid over the shipped ones."""

from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import TypeVar

from pipeline.alert_rules import Alerting
from pipeline.chrome import ChromeRules
from pipeline.dashboards import KibanaRules
from pipeline.errors import ConfigError
from pipeline.health import HealthRules
from pipeline.layers import as_bytes, digest, merged, read_layers
from pipeline.roles import Roles
from pipeline.rules import Rules, Topic
from pipeline.settings import Settings, shipped
from pipeline.source_rules import Agency, AgencyRules, Outlet, Sources

# The modules that take the text out of a page; a test holds the list to what `extract` imports.
EXTRACTION = (
    "bodies", "canonical", "charsets", "chrome", "dates", "extract", "habits", "language", "maintext", "metadata", "pdf",
    "plaintext", "structured", "walls",
)  # fmt: skip

Loaded = TypeVar("Loaded", bound=Rules)


def read_config(settings: Settings, name: str, shape: type[Loaded]) -> Loaded:
    """A file of `config/` with all that is laid over it, for the topic of these settings. Raises ConfigError."""
    return read_layers(settings.files(name), shape)


def config_bytes(settings: Settings, name: str, shape: type[Rules]) -> bytes:
    """The content of the same, for a digest."""
    return as_bytes(merged(settings.files(name), shape))


def read_topic(settings: Settings) -> Topic:
    topic = read_config(settings, "topic.yml", Topic)
    if topic.id != settings.topic:
        raise ConfigError(f"is {topic.id!r} in the folder of {settings.topic!r}", file=settings.files("topic.yml")[-1], key="id")
    return topic


def sources_files(settings: Settings) -> tuple[Path, ...]:
    """The layers of the topic's sources, or the file that CLAIMWIRE_SOURCES names."""
    return (settings.sources,) if settings.sources else settings.files("sources.yml")


def read_outlets(settings: Settings) -> tuple[Outlet, ...]:
    """The outlets of the topic that are not paused."""
    return tuple(outlet for outlet in read_sources(settings).outlets if outlet.paused is None)


def read_sources(settings: Settings) -> Sources:
    """All outlets, the paused ones too."""
    return read_layers(sources_files(settings), Sources)


def read_chrome(settings: Settings) -> ChromeRules:
    return read_config(settings, "chrome.yml", ChromeRules)


def read_agencies(settings: Settings) -> tuple[Agency, ...]:
    """The agencies of `agencies.yml`, and outlets that say how others sign for them."""
    signed = (Agency(name=outlet.name, signs=outlet.signs) for outlet in read_outlets(settings) if outlet.signs)
    return (*read_config(settings, "agencies.yml", AgencyRules).agencies, *signed)


def read_health(settings: Settings) -> HealthRules:
    return read_config(settings, "health.yml", HealthRules)


def read_kibana(settings: Settings) -> KibanaRules:
    return read_config(settings, "kibana.yml", KibanaRules)


def read_roles() -> Roles:
    """Those that come with the package: no configuration of an installation's own changes rights."""
    return read_layers([shipped("config") / "roles.yml"], Roles)


def alerts_files(settings: Settings) -> tuple[Path, ...]:
    """The layers of the topic's alert rules, or the file that CLAIMWIRE_ALERTS names."""
    return (settings.alerts,) if settings.alerts else settings.files("alerts.yml")


def read_alerting(settings: Settings) -> Alerting:
    return read_layers(alerts_files(settings), Alerting)


def extraction_digest(settings: Settings) -> str:
    """Changes with the code and the rules that take the text out of a page."""
    here = Path(__file__).parent
    code = ((here / f"{name}.py").read_bytes() for name in EXTRACTION)
    return digest(chain([version("trafilatura").encode(), config_bytes(settings, "chrome.yml", ChromeRules)], code))
