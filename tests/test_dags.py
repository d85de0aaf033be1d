"""The DAGs, in a real Airflow: they load lightly, name their pools, and do the whole way on a real node."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag

from pipeline import run
from pipeline.index import Index
from pipeline.samples import SampleSites
from pipeline.settings import Settings, read_settings
from tests.archived import a_warc, garbled_pages, sample_stories
from tests.conftest import ROOT
from tests.receivers import webhook_receiver

DAGS = ROOT / "dags"


TOPICS = ("iran-russia", "fish")


@pytest.fixture(scope="module", autouse=True)
def _watched() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLAIMWIRE_TOPICS", ",".join(TOPICS))
        yield


@pytest.fixture(autouse=True)
def _topics(monkeypatch: pytest.MonkeyPatch) -> None:
    """A task's process loads its DAG again."""
    monkeypatch.setenv("CLAIMWIRE_TOPICS", ",".join(TOPICS))


@pytest.fixture(scope="module")
def bag() -> DagBag:
    return DagBag(dag_folder=str(DAGS))


@pytest.fixture(scope="module")
def _database() -> None:
    from airflow.utils.db import initdb  # noqa: PLC0415  # once, and only for the tests that need it

    initdb()


def test_dags_load_without_an_error(bag: DagBag) -> None:
    assert bag.import_errors == {}
    assert set(bag.dags) == {f"{file.stem}-{topic}" for file in DAGS.glob("*.py") for topic in TOPICS}


def test_a_dag_is_tagged_with_its_topic(bag: DagBag) -> None:
    for name, dag in bag.dags.items():
        topic = next(topic for topic in TOPICS if name.endswith(f"-{topic}"))
        assert dag.tags == {"claimwire", topic}


def test_without_a_list_the_one_topic_has_dags_and_without_either_loading_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLAIMWIRE_TOPICS")
    monkeypatch.setenv("CLAIMWIRE_TOPIC", "dam")
    assert {name.partition("-")[2] for name in DagBag(dag_folder=str(DAGS)).dags} == {"dam"}
    monkeypatch.delenv("CLAIMWIRE_TOPIC")
    errors = DagBag(dag_folder=str(DAGS)).import_errors
    assert len(errors) == len(list(DAGS.glob("*.py")))
    assert all("CLAIMWIRE_TOPIC" in told for told in errors.values())


def test_loading_dags_does_not_import_the_pipeline() -> None:
    code = (
        "import sys; from airflow.dag_processing.dagbag import DagBag; "
        f"bag = DagBag(dag_folder={str(DAGS)!r}); "
        "print(len(bag.dags), [m for m in sys.modules if m.startswith(('pipeline', 'spacy', 'trafilatura'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT / "dags")
    assert done.stdout.splitlines()[-1] == f"{len(TOPICS) * len(list(DAGS.glob('*.py')))} []"


def test_every_pool_exists(bag: DagBag) -> None:
    pools = set(json.loads((ROOT / "config" / "airflow" / "pools.json").read_text()))
    used = {task.pool for dag in bag.dags.values() for task in dag.tasks}
    assert used <= pools | {"default_pool"}


def test_collecting_is_mapped_by_group_and_every_task_may_be_tried_again(bag: DagBag) -> None:
    ingest = bag.dags["ingest-iran-russia"]
    assert ingest.task_dict["collect"].is_mapped
    assert ingest.max_active_runs == 1
    assert ingest.catchup is False
    assert all(task.retries == 3 for task in ingest.tasks)
    assert ingest.task_dict["enrich"].trigger_rule == "all_done"


def test_every_task_may_be_tried_again_and_no_dag_overtakes_itself(bag: DagBag) -> None:
    for dag in bag.dags.values():
        assert (dag.max_active_runs, dag.catchup) == (1, False)
        assert all(task.retries == 3 for task in dag.tasks)


@pytest.mark.usefixtures("_database")
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")  # Airflow's own
def test_a_run_collects_reads_and_alerts(bag: DagBag, sample_settings: Settings, index: Index) -> None:
    dag: Any = bag.dags["ingest-iran-russia"]
    ended = dag.test()
    assert ended.state == "success"
    index.refresh()
    assert index.count("articles") == 24
    assert index.count("statements") > 60
    assert index.terms("alerts", "status").keys() == {"sent"}


@pytest.mark.usefixtures("_database")
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")  # Airflow's own
def test_a_revisit_reads_what_has_changed(
    bag: DagBag, sample_settings: Settings, index: Index, sites: SampleSites, monkeypatch: pytest.MonkeyPatch
) -> None:
    sites.now = datetime(2024, 9, 10, 18, tzinfo=UTC)
    monkeypatch.setenv("CLAIMWIRE_NOW", sites.now.isoformat())
    run.run_collect(read_settings(), ["thames-sentinel"])
    run.run_enrich(read_settings())
    sites.now += timedelta(hours=25)
    monkeypatch.setenv("CLAIMWIRE_NOW", sites.now.isoformat())
    dag: Any = bag.dags["revisit-iran-russia"]
    assert dag.test().state == "success"
    index.refresh()
    assert index.count("changes", {"term": {"level": "statement"}}) > 0
    assert index.count("articles", {"exists": {"field": "read.digest"}}) == 2
    sites.now = None


@pytest.mark.usefixtures("_database")
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")  # Airflow's own
def test_reprocessing_is_dry_unless_asked_otherwise(bag: DagBag, sample_settings: Settings, index: Index) -> None:
    run.run_collect(sample_settings, ["potomac-dispatch"])
    run.run_enrich(sample_settings)
    index.refresh()
    (one,) = index.each("articles", {"match_all": {}})
    index.change("articles", [(one, {"read": one.source["read"] | {"digest": "older"}})])
    dag: Any = bag.dags["reprocess-iran-russia"]
    assert dag.schedule is None
    assert dag.test().state == "success"
    assert index.get("articles", [one.id])[one.id].source["read"]["digest"] == "older"
    assert dag.test(run_conf={"dry_run": False}).state == "success"
    assert index.get("articles", [one.id])[one.id].source["read"]["digest"] != "older"


def test_the_watch_waits_for_no_slot_of_what_it_watches(bag: DagBag) -> None:
    dag = bag.dags["watch-iran-russia"]
    assert {task.pool for task in dag.tasks} == {"default_pool"}


@pytest.mark.usefixtures("_database")
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")  # Airflow's own
def test_the_watch_tells_alarms_writes_metrics_and_beats_and_its_log_holds_no_secret(
    bag: DagBag,
    sample_settings: Settings,
    index: Index,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    stopped = {"stage": "enrich", "first": "2024-10-01T00:00:00Z", "last": "2024-10-31T00:00:00Z", "seconds": 1.0}
    index.put("runs", [("enrich", stopped)])
    with webhook_receiver() as alarms, webhook_receiver() as beats:
        alarms.script = [404]  # its trouble is logged; what is withheld until it has worked is the heartbeat
        alarms.opened(monkeypatch, "/hooks/s3cr3t-t0ken")
        monkeypatch.setenv("CLAIMWIRE_HEARTBEAT", f"http://{beats.host}/s3cr3t-t0ken")
        monkeypatch.setenv("CLAIMWIRE_METRICS", str(tmp_path / "{topic}.prom"))
        monkeypatch.setenv("CLAIMWIRE_ALERTS", str(ROOT / "config" / "topics" / "iran-russia" / "alerts.yml"))
        dag: Any = bag.dags["watch-iran-russia"]
        assert [dag.test().state for _ in range(2)] == ["success", "success"]
    told = "".join(capfd.readouterr())
    assert len(beats.requests) == 1
    assert [body["title"] for _, body, _ in alarms.requests] == ["claimwire alarms: 4 begin"] * 2
    assert "claimwire_troubles" in (tmp_path / "iran-russia.prom").read_text()
    assert "alarm not delivered" in told
    assert "task ended" in told
    assert "s3cr3t-t0ken" not in told


@pytest.mark.usefixtures("_database")
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")  # Airflow's own
def test_every_night_old_links_and_old_logs_go(bag: DagBag, sample_settings: Settings, index: Index) -> None:
    old = {"source": "feed", "outlet": {"id": "x"}, "outcome": "off-topic", "attempts": 1, "event": {"created": "2020-01-01T00:00:00Z"}}
    index.put("entries", [("0" * 40, old)])
    log = Path(os.environ["AIRFLOW_HOME"]) / "logs" / "dag_id=ingest" / "attempt=1.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("long ago")
    os.utime(log, (0, 0))
    dag: Any = bag.dags["prune-iran-russia"]
    assert dag.schedule == "22 3 * * *"
    assert dag.test().state == "success"
    index.refresh()
    assert index.count("entries") == 0
    assert not log.exists()


@pytest.mark.usefixtures("_database")
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")  # Airflow's own
def test_a_back_fill_is_a_task_for_each_archive(bag: DagBag, sample_settings: Settings, index: Index, tmp_path: Path) -> None:
    stories = sample_stories()
    for number in (1, 2):
        pages = list(garbled_pages(number, 6, stories, size=1_000))
        (tmp_path / f"{number}.warc.gz").write_bytes(a_warc(pages))
    dag: Any = bag.dags["backfill-iran-russia"]
    ended = dag.test(run_conf={"addresses": [str(tmp_path)]})
    assert ended.state == "success"
    assert sorted(each.map_index for each in ended.get_task_instances() if each.task_id == "load") == [0, 1]
    index.refresh()
    assert index.count("archives", {"term": {"done": True}}) == 2
    assert index.count("articles", {"term": {"intake": "backfill"}}) > 3
    assert index.count("alerts") == 0
