"""The one-command demonstration, but for what takes minutes (that is tried by `ONCE=1 make run` itself)."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from pipeline import run
from pipeline.airflow_local import LocalAirflow
from pipeline.demo import STEPS, steps, tell_sources
from pipeline.errors import ConfigError
from pipeline.index import Index
from pipeline.samples import SampleSites
from pipeline.settings import Settings
from pipeline.source_past import report_file
from tests.conftest import ROOT, free_port


def test_the_replay_stops_at_publication_times_in_order_and_ends_with_the_last(sites: SampleSites) -> None:
    times = sites.publication_times()
    stops = steps(times)
    assert stops == sorted(stops)
    assert len(stops) == STEPS
    assert stops[-1] == max(times)
    assert set(stops) <= set(times)


def test_few_times_are_each_a_stop() -> None:
    times = [datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=day) for day in (2, 0, 1)]
    assert steps(times) == sorted(times)


def test_live_sources_are_told_with_what_to_do_about_them(
    sample_settings: Settings, index: Index, capsys: pytest.CaptureFixture[str]
) -> None:
    run.run_collect(sample_settings, ["thames-sentinel"])
    tell_sources(sample_settings)
    told = " ".join(capsys.readouterr().out.split())
    assert "Sources of iran-russia: 10 outlets" in told
    assert "stale: thames-sentinel" in told
    assert report_file(sample_settings).read_text().startswith("<!doctype html>")


def test_a_taken_port_is_named_with_its_setting(tmp_path: Path, sites: SampleSites) -> None:
    airflow = LocalAirflow(tmp_path, ROOT / "dags", sites.port, {})
    with pytest.raises(ConfigError, match=str(sites.port)):
        airflow.prepare(ROOT / "config" / "airflow" / "pools.json")


def test_airflow_listens_on_loopback_alone_and_leaves_nothing_behind(tmp_path: Path) -> None:
    port = free_port()
    told: list[str] = []
    with LocalAirflow(tmp_path, ROOT / "dags", port, {"PATH": "/usr/bin:/bin"}) as airflow:
        airflow.prepare(ROOT / "config" / "airflow" / "pools.json")
        airflow.start(told.append)
        family = [
            child for process in airflow.processes for child in [psutil.Process(process), *psutil.Process(process).children(recursive=True)]
        ]
        listening = [each.laddr for child in family for each in child.net_connections("inet") if each.status == psutil.CONN_LISTEN]
    assert "scheduler healthy" in told[-1]
    assert port in {address.port for address in listening}
    assert {address.ip for address in listening} == {"127.0.0.1"}
    assert psutil.wait_procs(family, timeout=5)[1] == []
