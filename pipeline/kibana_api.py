"""Kibana over HTTP: loads saved objects, a connector and alerting rules. Doing it again replaces what is there."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import urllib3
from urllib3.exceptions import HTTPError
from urllib3.util import Retry, Timeout, make_headers

from pipeline import kibana
from pipeline.actors import Actors
from pipeline.claim_rules import ClaimRules
from pipeline.config_files import read_config, read_kibana, read_topic
from pipeline.connection import read_mappings
from pipeline.dashboards import KibanaRules
from pipeline.errors import ConfigError, StoreUnavailable
from pipeline.kibana import Place
from pipeline.settings import Settings

SECONDS = Timeout(connect=5.0, read=60.0)
Json = dict[str, Any]


def place_of(settings: Settings) -> Place:
    """What the saved objects of these settings' topic are about."""
    claims = read_config(settings, "claims.yml", ClaimRules)
    actors = read_config(settings, "actors.yml", Actors)
    return Place(
        prefix=f"{settings.index_prefix}-{settings.topic}",
        topic=read_topic(settings).title,
        fields={kind: kibana.fields_of(body["mappings"]) for kind, body in read_mappings(settings).items()},
        claims={family.id: family.title for family in claims.families},
        parties={state.code: state.name for state in actors.states if state.code},
    )


def build(settings: Settings) -> tuple[str, KibanaRules, Place]:
    """The saved objects as Kibana imports them, and what they were made of. Raises ConfigError for a field that no index has."""
    rules, place = read_kibana(settings), place_of(settings)
    if strangers := [f"{where}: {field}" for where, field in rules.fields if field not in place.fields[where]]:
        raise ConfigError(f"no such field: {', '.join(strangers)}", file=settings.files("kibana.yml")[-1])
    return kibana.as_ndjson(kibana.saved_objects(rules, place)), rules, place


def load(settings: Settings, url: str) -> list[str]:
    """Imports all of it. Returns what was loaded, in words. Raises StoreUnavailable with what Kibana says against it."""
    body, rules, place = build(settings)
    with _door(settings, url) as door:
        answer = door.import_(body)
        told = [f"{answer['successCount']} saved objects of {place.topic}"]
        id_, connector = kibana.connector(place)
        door.put("actions/connector", id_, connector, fixed=("connector_type_id",))
        for id_, rule in kibana.alerting_rules(rules, place):
            door.put("alerting/rule", id_, rule, fixed=("rule_type_id", "consumer", "enabled"))
            told.append(f"rule “{rule['name']}”")
    return told


class _Door:
    """One Kibana, one login."""

    def __init__(self, pool: urllib3.PoolManager, base: str, headers: dict[str, str]) -> None:
        self._pool = pool
        self._base = base.rstrip("/")
        self._headers = {"kbn-xsrf": "claimwire", **headers}

    def import_(self, ndjson: str) -> Json:
        """Kibana answers 200 also where it has imported nothing: what counts is `success`."""
        fields = {"file": ("claimwire.ndjson", ndjson.encode(), "application/ndjson")}
        answer: Json = self._ask("POST", "saved_objects/_import?overwrite=true", fields=fields)
        if not answer.get("success"):
            raise StoreUnavailable(f"Kibana did not import everything: {'; '.join(_refused(answer)) or answer}")
        return answer

    def put(self, what: str, id_: str, body: Json, fixed: tuple[str, ...]) -> None:
        """Creates it, or changes what is there; `fixed` are keys that a change may not have."""
        if self._ask("POST", f"{what}/{id_}", body=body, conflict=True) is None:
            self._ask("PUT", f"{what}/{id_}", body={key: value for key, value in body.items() if key not in fixed})

    def _ask(self, method: str, path: str, *, body: Json | None = None, conflict: bool = False, **more: Any) -> Any:
        """The answer; None for 409 where a conflict may be."""
        try:
            answer = self._pool.request(method, f"{self._base}/api/{path}", json=body, headers=self._headers, redirect=False, **more)
        except HTTPError as error:
            raise StoreUnavailable(
                f"Kibana at {self._base} does not answer ({type(error).__name__}); is it up, and is CLAIMWIRE_KIBANA_URL right?"
            ) from error
        if conflict and answer.status == 409:
            return None
        if answer.status in {401, 403}:
            raise ConfigError(
                f"Kibana at {self._base} does not let this login in ({answer.status}): {_says(answer.data)}",
                file="environment",
                key="ELASTICSEARCH_USERNAME",
                remedy="It takes a login with all rights in Kibana, such as that of the role bootstrap",
            )
        if not 200 <= answer.status < 300:
            raise StoreUnavailable(f"Kibana at {self._base} answered {answer.status} to {path}: {_says(answer.data)}")
        return _json(answer.data)


@contextmanager
def _door(settings: Settings, url: str) -> Iterator[_Door]:
    retries = Retry(total=3, status=0, other=0, read=0, redirect=False, backoff_factor=0.5)
    certificates = {"ca_certs": str(settings.elasticsearch_ca_certs)} if settings.elasticsearch_ca_certs else {}
    with urllib3.PoolManager(timeout=SECONDS, retries=retries, **certificates) as pool:  # type: ignore[arg-type]  # of the connections
        yield _Door(pool, url, _login(settings))


def _login(settings: Settings) -> dict[str, str]:
    """Kibana takes the logins of Elasticsearch."""
    if settings.elasticsearch_api_key:
        return {"authorization": f"ApiKey {settings.elasticsearch_api_key.get_secret_value()}"}
    if settings.elasticsearch_username and settings.elasticsearch_password:
        return dict(make_headers(basic_auth=f"{settings.elasticsearch_username}:{settings.elasticsearch_password.get_secret_value()}"))
    return {}


def _refused(answer: Json) -> Iterator[str]:
    for each in answer.get("errors", ()):
        error = each.get("error", {})
        missing = ", ".join(f"{it['type']} {it['id']}" for it in error.get("references", ()))
        yield f"{each.get('type')} {each.get('id')}: {error.get('type')}" + (f" ({missing})" if missing else "")


def _says(data: bytes) -> str:
    said = _json(data)
    return str(said.get("message", ""))[:500] if isinstance(said, dict) else ""


def _json(data: bytes) -> Any:
    try:
        return json.loads(data or b"{}")
    except ValueError:
        return {"message": data[:200].decode("utf-8", "replace")}
