"""Loading into Kibana, against a server that answers as Kibana does."""

import json
from collections.abc import Iterator
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

import pytest
from typer.testing import CliRunner

from pipeline import kibana_api
from pipeline.cli import app
from pipeline.errors import ConfigError, StoreUnavailable
from pipeline.index import Index
from pipeline.settings import read_settings
from tests.receivers import CUT, Answer, Inbox, webhook_receiver

GOOD = Answer(body=b'{"success": true, "successCount": 22}')
RULES = 2


@pytest.fixture
def kibana(monkeypatch: pytest.MonkeyPatch) -> Iterator[Inbox]:
    with webhook_receiver() as inbox:
        monkeypatch.setenv("CLAIMWIRE_KIBANA_URL", f"http://{inbox.host}")
        monkeypatch.setenv("ELASTICSEARCH_USERNAME", "chief")
        monkeypatch.setenv("ELASTICSEARCH_PASSWORD", "open sesame")
        yield inbox


def load(kibana: Inbox) -> list[str]:
    return kibana_api.load(read_settings(), f"http://{kibana.host}")


def asked(kibana: Inbox) -> list[str]:
    return [path for _, _, path in kibana.requests]


def test_everything_is_imported_by_a_login_that_elasticsearch_knows(kibana: Inbox) -> None:
    kibana.script = [GOOD]
    told = load(kibana)
    assert told[0] == "22 saved objects of Iran–Russia defence cooperation"
    assert len(told) == 1 + RULES
    headers, _, path = kibana.requests[0]
    assert path == "/api/saved_objects/_import?overwrite=true"
    assert headers["kbn-xsrf"]
    assert {name.lower(): value for name, value in headers.items()}["authorization"].startswith("Basic ")
    form = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + headers["Content-Type"].encode() + b"\r\n\r\n" + kibana.bodies[0])
    (part,) = form.iter_parts()  # type: ignore[attr-defined]  # it is multipart
    assert part.get_filename() == "claimwire.ndjson"
    lines = part.get_payload(decode=True).decode().splitlines()
    assert len([json.loads(line) for line in lines]) == 22


def test_rules_write_into_our_index_by_a_connector_of_the_free_licence(kibana: Inbox) -> None:
    kibana.script = [GOOD]
    load(kibana)
    (connector,) = [body for _, body, path in kibana.requests if "/connector/" in path]
    assert (connector["connector_type_id"], connector["config"]["index"]) == (".index", "claimwire-iran-russia-kibana")
    (connector_id,) = [path.rpartition("/")[2] for path in asked(kibana) if "/connector/" in path]
    rules: list[dict[str, Any]] = [body for _, body, path in kibana.requests if "/alerting/rule/" in path]
    assert len(rules) == RULES
    for rule in rules:
        assert rule["params"]["timeField"] == "event.ingested"
        assert json.loads(rule["params"]["esQuery"])["query"]["query_string"]["query"]
        assert [action["id"] for action in rule["actions"]] == [connector_id]


def test_what_rules_write_fits_into_the_index(kibana: Inbox, index: Index) -> None:
    """As Kibana fills it in."""
    kibana.script = [GOOD]
    load(kibana)
    rule = next(body for _, body, path in kibana.requests if "/alerting/rule/" in path)
    (document,) = rule["actions"][0]["params"]["documents"]
    filled = json.dumps(document)
    for name, value in {
        "context.date": "2024-05-01T10:00:00.000Z", "date": "2024-05-01T10:00:01.000Z", "context.value": "3",
        "context.message": "3 documents", "context.link": "http://kibana.example/app/discover",
    }.items():  # fmt: skip
        filled = filled.replace("{{" + name + "}}", value)
    assert "{{" not in filled
    assert index.create("kibana", [("one", json.loads(filled))])["created"] == 1


def test_the_queries_of_rules_run_on_the_node(kibana: Inbox, index: Index) -> None:
    kibana.script = [GOOD]
    load(kibana)
    for rule in (body for _, body, path in kibana.requests if "/alerting/rule/" in path):
        kind = rule["params"]["index"][0].rpartition("-")[2]
        assert index.count(kind, json.loads(rule["params"]["esQuery"])["query"]) == 0


def test_loading_again_changes_what_is_there(kibana: Inbox) -> None:
    taken = Answer(status=409, body=b'{"message": "conflict"}')
    kibana.script = [GOOD, taken, 200, taken, 200, taken, 200]
    load(kibana)
    bodies = [(path, body) for _, body, path in kibana.requests[1:]]
    for (first, created), (second, changed) in zip(bodies[::2], bodies[1::2], strict=True):
        assert first == second
        assert changed.keys() < created.keys()
        assert not changed.keys() & {"rule_type_id", "connector_type_id", "consumer", "enabled"}


def test_an_import_that_says_200_and_has_imported_nothing_is_an_error(kibana: Inbox) -> None:
    refused = {
        "success": False,
        "successCount": 0,
        "errors": [
            {
                "type": "dashboard",
                "id": "claims",
                "error": {"type": "missing_references", "references": [{"type": "index-pattern", "id": "gone"}]},
            }
        ],
    }
    kibana.script = [Answer(body=json.dumps(refused).encode())]
    with pytest.raises(StoreUnavailable, match=r"dashboard claims: missing_references \(index-pattern gone\)"):
        load(kibana)


@pytest.mark.parametrize("status", [401, 403])
def test_a_login_without_rights_is_told_what_it_takes(kibana: Inbox, status: int) -> None:
    kibana.status = status
    with pytest.raises(ConfigError, match="all rights in Kibana"):
        load(kibana)


def test_what_kibana_says_against_it_is_told(kibana: Inbox) -> None:
    kibana.script = [Answer(status=500, body=b'{"message": "belongs to a more recent version of Kibana"}')]
    with pytest.raises(StoreUnavailable, match=r"500 to saved_objects.*more recent version"):
        load(kibana)


def test_a_kibana_that_is_not_there_is_one_line(kibana: Inbox) -> None:
    kibana.script = [CUT] * 5
    done = CliRunner().invoke(app, ["kibana", "import"])
    assert isinstance(done.exception, StoreUnavailable)
    assert "CLAIMWIRE_KIBANA_URL" in str(done.exception)


def test_the_command_loads_into_the_space_that_is_named(kibana: Inbox) -> None:
    kibana.script = [GOOD]
    done = CliRunner().invoke(app, ["kibana", "import", "--url", f"http://{kibana.host}/s/desk/"])
    assert done.exit_code == 0, done.output
    assert "loaded 22 saved objects" in done.output
    assert all(path.startswith("/s/desk/api/") for path in asked(kibana))


def test_the_questions_are_listed_with_their_panels() -> None:
    done = CliRunner().invoke(app, ["kibana", "questions"], env={"COLUMNS": "200"})
    assert done.exit_code == 0
    assert "Who accuses whom?" in done.output
