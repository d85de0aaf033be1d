"""Connections to Elasticsearch, one per process and login, and the mappings of its indices."""

import functools
import json
import os
from typing import Any

from elasticsearch import Elasticsearch

from pipeline.errors import ConfigError
from pipeline.index import KINDS, LARGE, Index, Kind
from pipeline.settings import Settings


def client_of(settings: Settings) -> Elasticsearch:
    """A client by these settings, for the caller to close. Connects at the first call."""
    return _made(*_login(settings))


def connect(settings: Settings) -> Index:
    """The index of these settings' topic. Connects at the first call."""
    return Index(_shared(os.getpid(), *_login(settings)), f"{settings.index_prefix}-{settings.topic}", settings.store_retries)


Login = tuple[tuple[str, ...], str | None, tuple[str, str] | None, str | None]  # addresses, key, user and password, file of authorities


def _login(settings: Settings) -> Login:
    key, password = settings.elasticsearch_api_key, settings.elasticsearch_password
    basic = (settings.elasticsearch_username or "elastic", password.get_secret_value()) if password and not key else None
    secure = any(url.startswith("https://") for url in settings.store_urls)
    authorities = str(settings.elasticsearch_ca_certs) if settings.elasticsearch_ca_certs and secure else None
    return settings.store_urls, key.get_secret_value() if key else None, basic, authorities


def _made(urls: tuple[str, ...], key: str | None, basic: tuple[str, str] | None, authorities: str | None) -> Elasticsearch:
    given: dict[str, Any] = {"api_key": key, "basic_auth": basic, "ca_certs": authorities}
    # One try per node and call: the transport's own retries come at once and without a pause; ids make repeating safe one level up.
    others = len(urls) - 1
    return Elasticsearch(
        list(urls), request_timeout=30, max_retries=others, **{name: each for name, each in given.items() if each is not None}
    )


@functools.lru_cache(maxsize=8)
def _shared(process: int, *login: Any) -> Elasticsearch:
    """One client for all stages that run in a process, so that its connections are used again. A fork has its own."""
    return _made(*login)


def read_mappings(settings: Settings) -> dict[Kind, Any]:
    """The mapping files of `config/index/`, with as many shards as the settings want."""
    found: dict[Kind, Any] = {}
    for kind in KINDS:
        file = settings.config_folder / "index" / f"{kind}.json"
        try:
            found[kind] = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ConfigError(str(error), file=file) from error
        if kind in LARGE:
            found[kind]["settings"]["number_of_shards"] = settings.shards
    return found
