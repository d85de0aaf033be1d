"""What a cluster stands on, on this machine: PostgreSQL, Redis, three nodes of Elasticsearch, Celery's workers. Context managers all."""

import os
import pwd
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import which

import psutil
import urllib3

from pipeline.errors import ConfigError
from pipeline.node import Node
from tests.conftest import ROOT, free_port

HOST = "127.0.0.1"
START_SECONDS = 60.0
MASTER, DATA = "master", "data"


def program(name: str, package: str) -> str:
    """Where a program is. Raises ConfigError where it is not installed."""
    places = [*map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), os.environ.get("PATH", "")]
    found = which(name, path=os.pathsep.join(places))
    if found is None:
        raise ConfigError(f"{name} is not installed", remedy=f"On Debian: apt-get install {package}")
    return found


def end_all(process: subprocess.Popen[bytes], how: signal.Signals = signal.SIGTERM) -> None:
    """Ends a process and all that it has started."""
    if process.poll() is not None:
        return
    family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    if how is signal.SIGKILL:
        for each in reversed(family):
            each.send_signal(how)
    else:
        process.send_signal(how)
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    _, left = psutil.wait_procs(family, timeout=5)
    for each in left:
        each.kill()


@contextmanager
def started(
    command: Sequence[str], log: Path, environ: Mapping[str, str] | None = None, cwd: Path | None = None
) -> Iterator["subprocess.Popen[bytes]"]:
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, env=environ, cwd=cwd, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        yield process
    finally:
        end_all(process)


def wait_for(what: str, log: Path, is_there: Sequence[str]) -> None:
    """Asks a command until it ends well."""
    deadline = time.monotonic() + START_SECONDS
    while subprocess.run(is_there, capture_output=True, check=False).returncode:
        if time.monotonic() > deadline:
            raise ConfigError(f"{what} did not come up in {START_SECONDS:g} s", file=log)
        time.sleep(0.2)


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """An empty database; gives its address for SQLAlchemy. It refuses to run as root, and runs as the user of its package then."""
    folder.mkdir()
    user: list[str] = []
    if os.getuid() == 0:
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        user = [program("runuser", "util-linux"), "-u", "postgres", "--"]
    port, log = free_port(), folder.with_suffix(".log")
    made = [*user, program("initdb", "postgresql"), "-D", str(folder / "data"), "-A", "trust", "-U", "airflow", "--no-sync"]
    subprocess.run(made, cwd="/", check=True, capture_output=True)
    options = f"-h {HOST} -p {port} -k {folder} -c max_connections=200".split()
    with started([*user, program("postgres", "postgresql"), "-D", str(folder / "data"), *options], log, cwd=Path("/")):
        wait_for("PostgreSQL", log, [program("pg_isready", "postgresql"), "-h", HOST, "-p", str(port), "-U", "airflow"])
        subprocess.run([program("createdb", "postgresql"), "-h", HOST, "-p", str(port), "-U", "airflow", "airflow"], check=True)
        yield f"airflow@{HOST}:{port}/airflow"


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """A queue; gives its address."""
    folder.mkdir()
    port, log = free_port(), folder.with_suffix(".log")
    command = [program("redis-server", "redis-server"), "--bind", HOST, "--port", str(port), "--save", "", "--dir", str(folder)]
    with started(command, log):
        wait_for("Redis", log, [program("redis-cli", "redis-tools"), "-p", str(port), "ping"])
        yield f"redis://{HOST}:{port}/0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A dedicated master and two nodes with data, of which the stages know the latter."""

    nodes: Mapping[str, Node]

    @property
    def urls(self) -> str:
        return ",".join(node.status().url for name, node in self.nodes.items() if name != MASTER)

    def kill(self, name: str) -> None:
        pid = self.nodes[name].status().pid
        assert pid is not None, f"{name} does not run"
        psutil.Process(pid).kill()

    def health(self) -> tuple[str, int]:
        """The cluster's colour, and how many nodes it has."""
        told = urllib3.request("GET", f"{self.nodes[MASTER].status().url}/_cluster/health").json()
        return told["status"], told["number_of_nodes"]


@contextmanager
def elasticsearch(folder: Path) -> Iterator[Cluster]:
    ports = {name: (free_port(), free_port()) for name in (MASTER, f"{DATA}-1", f"{DATA}-2")}
    seeds = ",".join(f"{HOST}:{transport}" for _, transport in ports.values())
    nodes = {}
    with ExitStack() as stack:
        for name, (http, transport) in ports.items():
            settings = [
                f"node.name={name}",
                f"node.roles={name.partition('-')[0]}",
                f"transport.port={transport}",
                f"discovery.seed_hosts={seeds}",
            ]
            if name == MASTER:
                settings.append(f"cluster.initial_master_nodes={MASTER}")
            nodes[name] = Node(home=ROOT / ".claimwire" / "node", port=http, data=folder / name, settings=settings)
            nodes[name].build()
            nodes[name].start()
            stack.callback(nodes[name].stop)
        yield Cluster(nodes=nodes)


class Workers:
    """Celery's workers: each in a working directory and with a state folder of its own, as if on a machine of its own."""

    def __init__(self, folder: Path, python: str, environ: Mapping[str, str]) -> None:
        self._folder = folder
        self._python = python
        self._environ = environ
        self._stack = ExitStack()
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> "Workers":
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def start(self, name: str) -> None:
        own = self._folder / name
        own.mkdir()
        environ = {
            **self._environ,
            "CLUSTER_HOST": name,
            "CLAIMWIRE_STATE": str(own / "state"),
            "AIRFLOW_HOME": str(own / "airflow"),
            "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(own / "logs"),
        }
        command = [self._python, "-m", "airflow", "celery", "worker", "--celery-hostname", f"{name}@%h", "--skip-serve-logs"]
        self._running[name] = self._stack.enter_context(started(command, self._folder / f"{name}.log", environ, own))

    def kill(self, name: str) -> None:
        end_all(self._running[name], signal.SIGKILL)
