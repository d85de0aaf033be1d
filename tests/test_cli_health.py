"""`claimwire health` as people and machines read it."""

import json
import subprocess
import sys

from prometheus_client.parser import text_string_to_metric_families

from pipeline.index import Index
from pipeline.settings import Settings
from tests.conftest import ROOT


def claimwire(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "pipeline", "health", *arguments], capture_output=True, text=True, check=False, cwd=ROOT)


def test_a_healthy_installation_says_so_in_each_form(settings: Settings, index: Index) -> None:
    table, as_json, metrics = claimwire(), claimwire("--json"), claimwire("--metrics")
    assert [told.returncode for told in (table, as_json, metrics)] == [0, 0, 0], table.stderr
    assert "nothing is wrong" in table.stdout
    for words in ("last good run", "articles to be read", "published → seen", "0 sources are polled"):
        assert words in table.stdout
    assert json.loads(as_json.stdout)["troubles"] == []
    assert "claimwire_queue_waiting" in {sample.name for it in text_string_to_metric_families(metrics.stdout) for sample in it.samples}


def test_what_is_wrong_is_told_with_what_to_do_and_exit_code_1(settings: Settings, index: Index) -> None:
    run = {"stage": "enrich", "first": "2024-01-01T00:00:00Z", "last": "2024-01-02T00:00:00Z", "seconds": 3.5}
    index.put("runs", [("enrich", run)])
    told, as_json = claimwire(), claimwire("--json")
    assert (told.returncode, as_json.returncode) == (1, 1)
    assert "no-good-run" in told.stdout
    assert "enrich has not ended well for" in told.stdout
    assert "→ See in Airflow" in told.stdout
    document = json.loads(as_json.stdout)
    assert document["runs"]["enrich"]["seconds"] == 3.5
    assert {trouble["subject"] for trouble in document["troubles"]} == {"collect", "enrich", "alert", "revisit"}


def test_two_forms_at_once_are_refused(settings: Settings) -> None:
    assert claimwire("--json", "--metrics").returncode == 2
