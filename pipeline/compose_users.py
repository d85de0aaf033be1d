"""The users of the compose stack, each with the password that .env gave it.

    python -m pipeline.compose_users elasticsearch    the pipeline's user, the analyst's, and Kibana's password
    python -m pipeline.compose_users airflow          the password file of Airflow's simple auth manager

Runs at every start; the second time changes nothing.
"""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from elasticsearch import Elasticsearch

from pipeline.errors import ConfigError

WRITER = "claimwire-writer"
READER = "claimwire-reader"


def roles(prefix: str) -> dict[str, dict[str, Any]]:
    """What the pipeline and an analyst may do: the pipeline's own indices and nothing else, and to read them in Kibana."""
    names = [f"{prefix}-*"]
    return {
        WRITER: {
            "cluster": ["monitor"],
            # `maintenance` is for refresh, without which a stage does not see what the one before it wrote.
            "indices": [{"names": names, "privileges": ["read", "write", "maintenance", "monitor", "view_index_metadata"]}],
        },
        READER: {
            "indices": [{"names": names, "privileges": ["read", "view_index_metadata"]}],
            "applications": [{"application": "kibana-.kibana", "privileges": ["read"], "resources": ["*"]}],
        },
    }


def give_users(client: Elasticsearch, environ: Mapping[str, str]) -> None:
    """Roles first, because a user without one may do nothing."""
    for name, role in roles(required(environ, "CLAIMWIRE_INDEX_PREFIX")).items():
        client.security.put_role(name=name, **role)
    writer = required(environ, "ELASTICSEARCH_USERNAME")
    client.security.put_user(username=writer, password=required(environ, "ELASTICSEARCH_PASSWORD"), roles=[WRITER])
    client.security.put_user(username="analyst", password=required(environ, "ANALYST_PASSWORD"), roles=[READER])
    client.security.change_password(username="kibana_system", password=required(environ, "KIBANA_SYSTEM_PASSWORD"))


def write_passwords(file: Path, environ: Mapping[str, str]) -> None:
    """The file that Airflow would else fill with passwords of its own, and print them into its log."""
    passwords = {name: required(environ, f"AIRFLOW_{name.upper()}_PASSWORD") for name in ("admin", "viewer")}
    part = file.with_suffix(".part")
    part.touch(mode=0o600)
    part.write_text(json.dumps(passwords) + "\n", encoding="utf-8")
    part.replace(file)


def required(environ: Mapping[str, str], name: str) -> str:
    if not environ.get(name):
        raise ConfigError("is not set", file="environment", key=name, remedy="It comes from .env, which `make env` writes")
    return environ[name]


def main(what: str, environ: Mapping[str, str]) -> None:
    match what:
        case "elasticsearch":
            login = ("elastic", required(environ, "ELASTIC_PASSWORD"))
            with Elasticsearch(required(environ, "ELASTICSEARCH_URL"), basic_auth=login, request_timeout=30, max_retries=5) as client:
                give_users(client, environ)
        case "airflow":
            write_passwords(Path(required(environ, "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE")), environ)
        case _:
            raise ConfigError(f"no users called {what!r}", remedy="There are: elasticsearch, airflow")


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]), os.environ)
