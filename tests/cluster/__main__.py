"""The sample outlets through the DAGs on a cluster, half way a worker and a node of it are killed: `make test-cluster PYTHON=…`.

PostgreSQL and Redis for Airflow, CeleryExecutor with two workers that share no folder but archive and shared files by their addresses,
a dedicated master and two data nodes of Elasticsearch. What the indices hold at the end must be what one process writes that is not
disturbed; every article's page must be there to be read.
"""

import argparse
import io
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from rich.console import Console

from pipeline import run
from pipeline.airflow_local import LocalAirflow
from pipeline.archive import Archive
from pipeline.connection import connect
from pipeline.demo import steps
from pipeline.documents import Document
from pipeline.index import KINDS
from pipeline.model import Reference
from pipeline.samples import FOLDER, SampleSites
from pipeline.settings import Settings, read_settings, shipped
from tests.cluster.services import Cluster, Workers, elasticsearch, postgres, redis
from tests.conftest import ROOT, free_port
from tests.proofs.stage import Documents, comparable

TOPIC = "iran-russia"
INGEST = f"ingest-{TOPIC}"
ALONE, MANY = "alone", "many"
WORKERS = ("one", "two")
# A killed worker's task is noticed after so long, then tried again.
HEARTBEAT_SECONDS = 20
RUN_SECONDS = 400

console = Console(highlight=False)
began = time.monotonic()


def say(line: str) -> None:
    console.print(f"[dim]{time.monotonic() - began:6.1f} s[/dim]  {line}")


class Installation:
    """Indices of their own, an archive and shared files by their addresses, the outlets' clock."""

    def __init__(self, name: str, folder: Path, cluster: Cluster, sites: SampleSites) -> None:
        self._sites = sites
        self._clock = folder / f"{name}.now"
        self.environ = {
            "ELASTICSEARCH_URL": cluster.urls,
            "CLAIMWIRE_INDEX_PREFIX": name,
            "CLAIMWIRE_TOPIC": TOPIC,
            "CLAIMWIRE_TOPICS": TOPIC,
            "CLAIMWIRE_STATE": str(folder / name),
            "CLAIMWIRE_ARCHIVE": f"file://{folder}/{name}-archive",
            "CLAIMWIRE_SHARED": f"file://{folder}/{name}-shared",
            "CLAIMWIRE_PROXY": sites.proxy,
            "CLAIMWIRE_SOURCES": str(FOLDER / "sources.yml"),
            "CLAIMWIRE_ALERTS": str(FOLDER / "alerts.yml"),
            "CLAIMWIRE_NOW": f"@{self._clock}",
            "CLAIMWIRE_HOST_DELAY": "0",
            "CLAIMWIRE_HOST_GROUPS": "4",
        }

    @property
    def settings(self) -> Settings:
        os.environ.update(self.environ)
        return read_settings()

    def move(self, now: datetime) -> None:
        self._sites.now = now
        whole = self._clock.with_suffix(".new")
        whole.write_text(now.isoformat(), encoding="ascii")
        whole.replace(self._clock)

    def documents(self) -> Documents:
        index = connect(self.settings)
        index.refresh()
        return {kind: {each.id: dict(each.source) for each in index.each(kind, {"match_all": {}})} for kind in KINDS}


def in_one_process(here: Installation, moments: list[datetime]) -> Documents:
    """What the stages write, one after the other."""
    here.move(moments[0])
    settings = here.settings
    run.set_up(settings)
    for moment in moments:
        here.move(moment)
        for group in run.plan(settings):
            run.run_collect(settings, group, again=True)
        run.run_enrich(settings)
        run.run_alert(settings)
    return here.documents()


def options(database: str, broker: str) -> dict[str, dict[str, str]]:
    return {
        "core": {
            "executor": "CeleryExecutor",
            "parallelism": "8",
            "dags_are_paused_at_creation": "True",
            "hostname_callable": "tests.cluster.names.hostname",
            "fernet_key": "",
        },
        "database": {"sql_alchemy_conn": f"postgresql+psycopg2://{database}"},
        "celery": {
            "broker_url": broker,
            "result_backend": f"db+postgresql://{database}",
            "worker_concurrency": "2",
            "worker_prefetch_multiplier": "1",
        },
        "scheduler": {
            "scheduler_heartbeat_sec": "2",
            "task_instance_heartbeat_timeout": str(HEARTBEAT_SECONDS),
            "task_instance_heartbeat_timeout_detection_interval": "5",
            "task_queued_timeout": "60",
            "task_queued_timeout_check_interval": "10",
        },
        "api_auth": {"jwt_secret": "a secret of one test and one machine", "jwt_leeway": "60"},
        "api": {"secret_key": "a secret of one test and one machine"},
    }


@contextmanager
def airflow_on(folder: Path, here: Installation, database: str, broker: str, python: str) -> Iterator[tuple[LocalAirflow, Workers]]:
    environ = {**os.environ, **here.environ, "PYTHONPATH": str(ROOT)}
    made = LocalAirflow(folder / "airflow", ROOT / "dags", free_port(), environ, python, options(database, broker))
    with made, Workers(folder, python, made.environ) as workers:
        made.prepare(shipped("config") / "airflow" / "pools.json")
        made.start(say)
        for name in WORKERS:
            workers.start(name)
        made.unpause(INGEST)
        yield made, workers


def _is_collecting(task: dict[str, Any]) -> bool:
    return (task["task_id"], task["state"], task["hostname"]) == ("collect", "running", WORKERS[0])


def killed_half_way(airflow: LocalAirflow, workers: Workers, cluster: Cluster) -> dict[str, Any]:
    """A run in which a worker is killed while it has a task, and a node with data; gives how it ended."""
    run_id = airflow.trigger(INGEST)
    deadline = time.monotonic() + RUN_SECONDS
    while not any(_is_collecting(each) for each in airflow.tasks(INGEST, run_id)):
        assert time.monotonic() < deadline, f"the worker {WORKERS[0]} has got no task"
        time.sleep(0.1)
    workers.kill(WORKERS[0])
    cluster.kill("data-2")
    say(f"killed the worker {WORKERS[0]} in a task, and a node of Elasticsearch: {cluster.health()}")
    ended = airflow.ended(INGEST, run_id, RUN_SECONDS)
    again = [f"{each['task_id']}[{each['map_index']}]" for each in airflow.tasks(INGEST, run_id) if each["try_number"] > 1]
    say(f"tried again: {', '.join(again) or 'nothing'}")
    assert again, "the worker was killed between two tasks; nothing was tried again"
    return ended


def on_the_cluster(here: Installation, moments: list[datetime], cluster: Cluster, made: tuple[LocalAirflow, Workers]) -> Documents:
    airflow, workers = made
    hosts: set[str] = set()
    for number, moment in enumerate(moments):
        here.move(moment)
        is_half_way = number == len(moments) // 2
        ended = killed_half_way(airflow, workers, cluster) if is_half_way else airflow.run(INGEST, RUN_SECONDS)
        hosts |= {each["hostname"] for each in airflow.tasks(INGEST, ended["dag_run_id"])}
        say(f"up to {moment:%d %B %Y}: {ended['state']}")
        assert ended["state"] == "success", ended
    assert hosts >= set(WORKERS), f"tasks ran on {hosts} alone"
    return here.documents()


def differences(one: Documents, other: Documents) -> list[str]:
    """Where the second differs from the first."""
    expected, found = comparable(one), comparable(other)
    told = []
    for kind, documents in expected.items():
        told += [f"{kind} {id_} is missing" for id_ in documents.keys() - found[kind].keys()]
        told += [f"{kind} {id_} is too much" for id_ in found[kind].keys() - documents.keys()]
        for id_ in documents.keys() & found[kind].keys():
            if documents[id_] != found[kind][id_]:
                fields = [
                    f"{key}: {documents[id_].get(key)!r} is {found[kind][id_].get(key)!r}"
                    for key in documents[id_].keys() | found[kind][id_].keys()
                    if documents[id_].get(key) != found[kind][id_].get(key)
                ]
                told.append(f"{kind} {id_}: {'; '.join(fields)}"[:500])
    return sorted(told)


def unreadable(here: Installation, articles: dict[str, Document]) -> list[str]:
    """The articles whose page the archive does not give back."""
    archive = Archive(here.settings.archive_base, here.settings.clock)
    wrong = []
    for id_, it in articles.items():
        if not archive.read(Reference(**it["archive"])).body:
            wrong.append(id_)
    return wrong


def main() -> None:
    parser = argparse.ArgumentParser(description="The DAGs on a cluster, with kills, against one process.")
    parser.add_argument("--python", required=True, help="an interpreter with the packages of the image: config/requirements/runtime.txt")
    given = parser.parse_args()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(io.StringIO()))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="claimwire-cluster-")))
        folder.chmod(0o755)  # PostgreSQL runs as another user
        (folder / "overlay").mkdir()
        os.environ["CLAIMWIRE_OVERLAY"] = str(folder / "overlay")
        sites = stack.enter_context(SampleSites())
        moments = [min(sites.publication_times()) - timedelta(days=1), *steps(sites.publication_times())]
        cluster = stack.enter_context(elasticsearch(folder))
        say(f"Elasticsearch: {cluster.health()}")
        expected = in_one_process(Installation(ALONE, folder, cluster, sites), moments)
        say("one process: " + ", ".join(f"{len(expected[kind])} {kind}" for kind in ("articles", "statements", "alerts")))
        here = Installation(MANY, folder, cluster, sites)
        here.move(moments[0])
        run.set_up(here.settings)
        database, broker = stack.enter_context(postgres(folder / "postgres")), stack.enter_context(redis(folder / "redis"))
        say("PostgreSQL and Redis answer")
        made = stack.enter_context(airflow_on(folder, here, database, broker, str(Path(given.python).absolute())))
        found = on_the_cluster(here, moments, cluster, made)
        say(
            "the cluster: "
            + ", ".join(f"{len(found[kind])} {kind}" for kind in ("articles", "statements", "alerts"))
            + f"; {cluster.health()}"
        )
        wrong = differences(expected, found) + [f"no page of {id_}" for id_ in unreadable(here, dict(found["articles"]))]
        for line in wrong:
            console.print(line, style="red")
        say(f"{len(wrong)} differences" if wrong else "the same in every document, every page readable")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
