"""The users of an installation, each with the password that the environment gives it: .env of compose, or a secret of Kubernetes.

    python -m pipeline.compose_users elasticsearch    the roles of config/roles.yml, a user for each, and Kibana's password
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

from pipeline.config_files import read_roles
from pipeline.errors import ConfigError
from pipeline.roles import RoleName, Roles, role_body, role_name
from pipeline.store_errors import translated

# Who has which role: the variables with name and password of the user.
USERS: Mapping[RoleName, tuple[str, str]] = {
    RoleName.BOOTSTRAP: ("ELASTICSEARCH_BOOTSTRAP_USERNAME", "ELASTICSEARCH_BOOTSTRAP_PASSWORD"),
    RoleName.WRITER: ("ELASTICSEARCH_USERNAME", "ELASTICSEARCH_PASSWORD"),
    RoleName.ALERTER: ("ELASTICSEARCH_ALERTER_USERNAME", "ELASTICSEARCH_ALERTER_PASSWORD"),
    RoleName.ERASER: ("ELASTICSEARCH_ERASER_USERNAME", "ELASTICSEARCH_ERASER_PASSWORD"),
    RoleName.ANALYST: ("ANALYST_USERNAME", "ANALYST_PASSWORD"),
}


def give_users(client: Elasticsearch, roles: Roles, environ: Mapping[str, str]) -> None:
    """Roles first, because a user without one may do nothing. Raises ConfigError before anything is made where a variable is missing."""
    prefix = required(environ, "CLAIMWIRE_INDEX_PREFIX")
    logins = {role: (required(environ, user), required(environ, password)) for role, (user, password) in USERS.items()}
    if len({user for user, _ in logins.values()}) < len(logins):
        raise ConfigError("two roles have one user", file="environment", key=", ".join(user for user, _ in USERS.values()))
    with translated():
        for name in RoleName:
            client.security.put_role(name=role_name(prefix, name), **role_body(roles.named(name), prefix))
        for name, (user, password) in logins.items():
            client.security.put_user(username=user, password=password, roles=[role_name(prefix, name)])
        if kibana := environ.get("KIBANA_SYSTEM_PASSWORD"):  # an operator gives Kibana a user of its own
            client.security.change_password(username="kibana_system", password=kibana)


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
            own: dict[str, Any] = {"ca_certs": authorities} if (authorities := environ.get("ELASTICSEARCH_CA_CERTS")) else {}
            url = required(environ, "ELASTICSEARCH_URL")
            with Elasticsearch(url, basic_auth=login, request_timeout=30, max_retries=5, **own) as client:
                give_users(client, read_roles(), environ)
        case "airflow":
            write_passwords(Path(required(environ, "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE")), environ)
        case _:
            raise ConfigError(f"no users called {what!r}", remedy="There are: elasticsearch, airflow")


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]), os.environ)
