"""Headers and cookies of the configuration, with what the environment adds to them, and the domains that they are for."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from pydantic import SecretStr

from pipeline.addresses import within
from pipeline.answers import Keys
from pipeline.errors import ConfigError
from pipeline.source_rules import REFERENCE, Feed, Outlet


def keys_of(outlet: Outlet, feed: Feed | None, secrets: Mapping[str, SecretStr]) -> Keys:
    """What is sent with requests for the outlet's pages, or for one of its feeds.

    A feed outside of the outlet's domains gets its own alone, at its own host. Raises ConfigError for a secret that is not there.
    """
    if feed is None:
        return Keys(headers=_headers([outlet.headers], [outlet.cookies], secrets), domains=outlet.domains)
    if within(feed.url, outlet.domains):
        return Keys(headers=_headers([outlet.headers, feed.headers], [outlet.cookies, feed.cookies], secrets), domains=outlet.domains)
    return Keys(headers=_headers([feed.headers], [feed.cookies], secrets), domains=(urlsplit(feed.url).hostname or "",))


def missing(outlet: Outlet, secrets: Mapping[str, SecretStr]) -> list[str]:
    """The variables that an outlet names and the environment has not."""
    given = [outlet.headers, outlet.cookies, *(each for feed in outlet.feeds for each in (feed.headers, feed.cookies))]
    named = {value.removeprefix(REFERENCE) for each in given for value in each.values() if value.startswith(REFERENCE)}
    return sorted(named - set(secrets))


def _headers(headers: list[Mapping[str, str]], cookies: list[Mapping[str, str]], secrets: Mapping[str, SecretStr]) -> dict[str, str]:
    found = {name.title(): _value(value, secrets) for each in headers for name, value in each.items()}
    jar = {name: _value(value, secrets) for each in cookies for name, value in each.items()}
    if wrong := sorted(name for name, value in jar.items() if ";" in name + value):
        raise ConfigError("a cookie's name and value hold no semicolon", key=f"cookies.{wrong[0]}")
    told = "; ".join(f"{name}={value}" for name, value in jar.items())
    return found | ({"Cookie": told} if told else {})


def _value(text: str, secrets: Mapping[str, SecretStr]) -> str:
    if not text.startswith(REFERENCE):
        return text
    name = text.removeprefix(REFERENCE)
    if name not in secrets:
        raise ConfigError("is not set", file="environment", key=name, remedy="A source of sources.yml needs it")
    return secrets[name].get_secret_value()
