"""What tests share: one real Elasticsearch node for the session, an own index prefix per test, settings that touch nothing else."""

import fcntl
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline import run
from pipeline.connection import connect, read_mappings
from pipeline.index import Index
from pipeline.node import Node
from pipeline.samples import SampleSites
from pipeline.settings import Settings, read_settings
from tests.indices import Shelf

ROOT = Path(__file__).parent.parent
SITES = ROOT / "tests" / "data" / "sites"
MEMORY = "/dev/shm"
MEMORY_BYTES = 4 << 30  # 0.3 GB are used; a node whose disk is nearly full takes nothing
URL = "CLAIMWIRE_TEST_ELASTICSEARCH"  # told by the session's first process to its workers
SHARED = "CLAIMWIRE_TEST_SHARED"  # likewise: a folder of the session's own

# Where processes are killed whose last request may still be on its way: nobody else gets their indices.
WITH_KILLS = {"test_kill", "test_kills", "test_soak", "test_spooling", "test_sinks", "test_secrets", "test_erasure", "test_backfill"}

# Airflow reads its environment at its first import, wherever that is.
os.environ["AIRFLOW_HOME"] = tempfile.mkdtemp(prefix="claimwire-airflow-")
os.environ["AIRFLOW__CORE__DAGS_FOLDER"] = str(ROOT / "dags")
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
# Who develops here may have an overlay; what is tested is what is shipped.
os.environ["CLAIMWIRE_OVERLAY"] = tempfile.mkdtemp(prefix="claimwire-overlay-")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def pytest_configure(config: pytest.Config) -> None:
    """Starts the node once, in the process that the others are workers of."""
    if hasattr(config, "workerinput") or config.option.collectonly or URL in os.environ:
        return
    os.environ[SHARED] = tempfile.mkdtemp(prefix="claimwire-shared-")
    given = os.environ.get("ELASTICSEARCH_URL")
    if given:
        os.environ[URL] = given
        return
    data = Path(tempfile.mkdtemp(prefix="claimwire-node-", dir=_memory()))
    node = Node(home=ROOT / ".claimwire" / "node", port=free_port(), data=data)
    node.build(lambda line: print(line, flush=True))
    node.start()
    config.stash[NODE], config.stash[DATA] = node, data
    os.environ[URL] = node.status().url


def _memory() -> str | None:
    """Where there is enough of it: each change of an index waits for the disk, which nearly doubles the time of all tests."""
    there = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > MEMORY_BYTES
    return MEMORY if there else None


NODE = pytest.StashKey[Node]()
DATA = pytest.StashKey[Path]()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Nothing stays behind: no process, no folder."""
    if not hasattr(config, "workerinput") and SHARED in os.environ:
        shutil.rmtree(os.environ.pop(SHARED))
    if NODE in config.stash:
        config.stash[NODE].stop()
        shutil.rmtree(config.stash[DATA])
    if os.environ["AIRFLOW_HOME"].startswith(f"{tempfile.gettempdir()}/claimwire-airflow-"):
        shutil.rmtree(os.environ["AIRFLOW_HOME"], ignore_errors=True)
    shutil.rmtree(os.environ["CLAIMWIRE_OVERLAY"], ignore_errors=True)


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable of the machine decides a test."""
    for key in list(os.environ):
        if key.startswith(("CLAIMWIRE_", "ELASTICSEARCH_")) and not key.startswith("CLAIMWIRE_TEST_") and key != "CLAIMWIRE_OVERLAY":
            monkeypatch.delenv(key)


@pytest.fixture(scope="session")
def shelf() -> Iterator[Shelf]:
    made = Shelf(os.environ[URL])
    yield made
    made.clear()


@pytest.fixture
def settings(request: pytest.FixtureRequest, shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of an installation of its own: state in a temporary folder, an index prefix that nobody else has."""
    monkeypatch.setenv("ELASTICSEARCH_URL", os.environ[URL])
    monkeypatch.setenv("CLAIMWIRE_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("CLAIMWIRE_INDEX_PREFIX", shelf.take(has_indices="index" in request.fixturenames))
    monkeypatch.setenv("CLAIMWIRE_HOST_DELAY", "0")
    return read_settings()


@pytest.fixture
def index(request: pytest.FixtureRequest, shelf: Shelf, settings: Settings) -> Iterator[Index]:
    """The indices of these settings, with nothing in them."""
    made = connect(settings)
    if settings.index_prefix not in shelf:
        made.set_up(read_mappings(settings))
        shelf.put(settings.index_prefix)
    yield made
    if request.path.stem in WITH_KILLS or not shelf.put_back(settings.index_prefix):
        made.remove()


@pytest.fixture(scope="session")
def desk() -> Settings:
    """An installation that has the sample outlets as the annotators have read them, in the order of publication. To be read only.

    It takes a minute, so that the workers of a session share one.
    """
    from tests.replay import annotated, publications, replay  # noqa: PLC0415  # it needs what stands above

    folder = Path(os.environ[SHARED])
    made = Settings(
        elasticsearch_url=os.environ[URL],
        state=folder / "state",
        index_prefix=folder.name.replace("_", "-").lower(),
        sources=SITES / "sources.yml",
        alerts=SITES / "alerts.yml",
        now=datetime(2024, 11, 1, tzinfo=UTC),
    )
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "made").exists():
            run.set_up(made)
            shown = publications()
            replay(shown, connect(made), made, annotated(shown))
            connect(made).refresh()
            (folder / "made").touch()
    return made


@pytest.fixture(scope="session")
def sites() -> Iterator[SampleSites]:
    with SampleSites() as server:
        yield server


@pytest.fixture
def plain_rules(monkeypatch: pytest.MonkeyPatch) -> Path:
    """One rule, one open channel, wherever settings are read from here on; given as a file."""
    file = ROOT / "tests" / "data" / "alerts" / "plain.yml"
    monkeypatch.setenv("CLAIMWIRE_ALERTS", str(file))
    return file


@pytest.fixture
def sample_settings(settings: Settings, index: Index, sites: SampleSites, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The same, with the sample outlets as sources, all of them published."""
    sites.now = None
    monkeypatch.setenv("CLAIMWIRE_PROXY", sites.proxy)
    monkeypatch.setenv("CLAIMWIRE_SOURCES", str(SITES / "sources.yml"))
    monkeypatch.setenv("CLAIMWIRE_ALERTS", str(SITES / "alerts.yml"))
    monkeypatch.setenv("CLAIMWIRE_NOW", "2024-11-01T00:00:00Z")
    return read_settings()


@pytest.fixture
def known_settings(sample_settings: Settings, sites: SampleSites) -> Settings:
    """The same, after a first pass over the feeds while there was nothing in them: what comes now is new."""
    sites.now = datetime(2022, 1, 1, tzinfo=UTC)
    run.run_collect(sample_settings)
    sites.now = None
    return sample_settings
