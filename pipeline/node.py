"""Builds, starts and stops the development node: a real Elasticsearch on loopback, without a container and without passwords.

    home/<version>-<digest>/   the built server, shared by every node started from this home
    data/                      one node: its documents, node.log, node.lock

Which node runs on a data folder is read from the system's list of processes, whose command lines name it. A pid file would be a second
truth: stale after a crash, missing where its writer was killed between start and note, pointing at a stranger once the number is given
out again; and a start time beside it moves with every step of the clock. What is built is described in `devnode/`; production runs the
official distribution.
"""

import errno
import fcntl
import hashlib
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import urllib3

from pipeline.errors import ConfigError, StoreUnavailable
from pipeline.java import find_jdk, find_program
from pipeline.settings import Settings, shipped

HOST = "127.0.0.1"
BUILD_SECONDS = 900  # 45 MB over a slow line; 5 to 10 s otherwise
START_SECONDS = 120  # 6 s on two idle cores
STOP_SECONDS = 30  # well under 1 s; a large flush may take longer
DYING_SECONDS = 5  # a killed node loses its command line a moment before its port, seen at each of three kill -9
LOG_TAIL = 15  # lines of a log that an error quotes

# Serial GC and the first compiler alone: 5.5 s to the first answer instead of 8.2 s, and 60 MB less. Long-running heavy queries would
# want the second compiler; this node is for development.
JVM = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:+ExitOnOutOfMemoryError", "--enable-native-access=ALL-UNNAMED")

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeStatus:
    """Whether the node of a data folder runs, and where. `url` is that of the running node, else the one it would have."""

    running: bool
    pid: int | None  # None where it does not run
    url: str
    version: str
    data: Path
    log: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A node's process, and what its command line says of it."""

    process: psutil.Process
    built: str  # the name of the built server's folder
    port: int

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def version(self) -> str:
        return self.built.rpartition("-")[0]


class Node:
    """One development node. `settings` are further Elasticsearch settings, as `name=value`."""

    def __init__(self, home: Path, port: int, heap: str = "512m", *, data: Path | None = None, settings: Sequence[str] = ()) -> None:
        self.home = home.resolve()
        self.port = port
        self.heap = heap
        self.data = (data or home / "data").resolve()
        self.settings = tuple(settings)
        self.log = self.data / "node.log"
        self._source = shipped("devnode")

    @property
    def version(self) -> str:
        """Of the server that this node builds and starts."""
        return server_version(self._source)

    @property
    def built(self) -> Path:
        """Where the built server is, or will be. A change in `devnode/` makes it another place."""
        return self.home / f"{self.version}-{source_digest(self._source)}"

    def build(self, progress: Progress = lambda _: None) -> Path:
        """Build the server unless it is there, and say where. Raises ConfigError for a missing JDK or Maven, or a failed build."""
        if self.built.is_dir():
            return self.built
        with locked(self.home / "build.lock"):
            if not self.built.is_dir():
                progress(f"building Elasticsearch {self.version} from its published jars (45 MB, once)")
                self._build()
        return self.built

    def start(self, progress: Progress = lambda _: None) -> NodeStatus:
        """Build where needed, start, wait for the first answer. A node that already runs on this data is left as it is.

        The process outlives its caller. Raises ConfigError for a taken port, StoreUnavailable where it does not come up.
        """
        self.build(progress)
        with locked(self.data / "node.lock"):
            running = self._running()
            if running:
                self._wait(running.process, running.url)  # whoever started it may have been killed while waiting
            else:
                refuse_taken(self.port)
                progress(f"starting Elasticsearch {self.version} on {HOST}:{self.port}")
                self._start()
        return self.status()

    def stop(self) -> bool:
        """End the node of this data folder, by SIGTERM and at last by SIGKILL. False where none was running."""
        with locked(self.data / "node.lock"):
            running = self._running()
            if running:
                end(running.process)
        return running is not None

    def status(self) -> NodeStatus:
        running = self._running()
        return NodeStatus(
            running=running is not None,
            pid=running.process.pid if running else None,
            url=running.url if running else f"http://{HOST}:{self.port}",
            version=running.version if running else self.version,
            data=self.data,
            log=self.log,
        )

    def _build(self) -> None:
        """Build into a temporary folder and rename, so that a killed build leaves no half home."""
        jdk = find_jdk(os.environ)
        find_program("mvn", os.environ, "maven")
        bash = find_program("bash", os.environ, "bash")
        for rest in self.home.glob(".part-*"):
            shutil.rmtree(rest)
        part = Path(tempfile.mkdtemp(prefix=".part-", dir=self.home))
        log = self.home / "build.log"
        code = run_group([bash, self._source / "build.sh", part], log, {**os.environ, "JAVA_HOME": str(jdk.home)})
        if code != 0:
            raise ConfigError(f"the build failed:\n{tail(log)}\n", file=log, remedy="Maven fetches as your own ~/.m2/settings.xml says")
        part.rename(self.built)

    def _start(self) -> None:
        if self.log.exists():
            self.log.replace(self.log.with_suffix(".log.1"))
        process = psutil.Process(spawn(self._command(), self.log))
        try:
            self._wait(process, f"http://{HOST}:{self.port}")
        except BaseException:  # also Ctrl-C: no node that nobody asked for
            end(process)
            raise

    def _command(self) -> list[str]:
        lib = self.built / "lib"
        return [
            str(find_jdk(os.environ).java), f"-Xms{self.heap}", f"-Xmx{self.heap}", *JVM,
            f"-XX:ErrorFile={self.data}/jvm-crash.log", f"-Des.nativelibs.path={lib}/platform",
            "-cp", f"{lib}/*", "DevNode", str(self.built), str(self.port),
            self._mark, f"path.logs={self.data}/logs", f"path.repo={self.data}/snapshots", *self.settings,
        ]  # fmt: skip

    def _wait(self, process: psutil.Process, url: str) -> None:
        """Until the cluster answers that it can be worked with. Raises StoreUnavailable, quoting the log."""
        deadline = time.monotonic() + START_SECONDS
        with urllib3.PoolManager(retries=False, timeout=5) as pool:
            while time.monotonic() < deadline:
                if has_ended(process):
                    raise StoreUnavailable(f"the development node ended while starting; the end of {self.log}:\n{tail(self.log)}")
                if answers(pool, url):
                    return
                time.sleep(0.1)
        raise StoreUnavailable(f"the development node did not answer within {START_SECONDS} s; the end of {self.log}:\n{tail(self.log)}")

    @property
    def _mark(self) -> str:
        """The argument that tells this data folder's node from every other process."""
        return f"path.data={self.data}/documents"

    def _running(self) -> Running | None:
        """The node that runs on this data folder."""
        for process in psutil.process_iter():
            command = arguments(process)
            if self._mark in command and "DevNode" in command and not has_ended(process):
                built, port = command[command.index("DevNode") + 1 :][:2]
                return Running(process=process, built=Path(built).name, port=int(port))
        return None


def server_version(source: Path) -> str:
    """The version of Elasticsearch that devnode/pom.xml asks for."""
    pom = source / "pom.xml"
    match = re.search(r"<elasticsearch\.version>([^<]+)<", pom.read_text(encoding="utf-8"))
    if match is None:
        raise ConfigError("names no version", file=pom, key="elasticsearch.version")
    return match[1]


def source_digest(source: Path) -> str:
    """12 hexadecimal characters that change when anything changes that the build reads."""
    total = hashlib.sha256()
    for file in (source / "pom.xml", source / "build.sh", *sorted((source / "src").glob("*.java"))):
        total.update(f"{file.name} {file.stat().st_size}\n".encode())
        total.update(file.read_bytes())
    return total.hexdigest()[:12]


def refuse_taken(port: int) -> None:
    """Raises ConfigError where something else listens on the port, naming it where the system tells."""
    deadline = time.monotonic() + DYING_SECONDS
    while (refusal := _try_port(port)) is not None:
        owner = _listening_on(port)
        if owner or refusal.errno != errno.EADDRINUSE or time.monotonic() > deadline:
            what = f"port {port} is taken{owner}" if refusal.errno == errno.EADDRINUSE else f"port {port}: {refusal.strerror}"
            raise ConfigError(what, key="CLAIMWIRE_ES_PORT", remedy="Set it to a free port, or end what listens there") from refusal
        time.sleep(0.1)


def _try_port(port: int) -> OSError | None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does: a connection that lingers is no obstacle
        try:
            probe.bind((HOST, port))
        except OSError as error:
            return error
    return None


def _listening_on(port: int) -> str:
    """Who listens there, as the end of a sentence; empty where the system does not tell, or of somebody who is dying."""
    try:
        listening = (c for c in psutil.net_connections("tcp") if c.status == psutil.CONN_LISTEN and c.laddr and c.laddr.port == port)
        pid = next((c.pid for c in listening if c.pid and arguments(psutil.Process(c.pid))), None)
        return f" by {psutil.Process(pid).name()} (process {pid})" if pid else ""
    except psutil.Error:  # macOS tells nobody but root
        return ""


def spawn(command: list[str], log: Path) -> int:
    """Start a process that outlives this one, its output in the log.

    Not by subprocess, which warns of children that nobody waits for. SIGTERM gets back its meaning: a JVM leaves it ignored where it
    finds it ignored.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(log), flags, 0o600),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    return os.posix_spawn(command[0], command, os.environ, file_actions=actions, setsid=True, setsigmask=(), setsigdef=(signal.SIGTERM,))


def arguments(process: psutil.Process) -> list[str]:
    """Its command line; empty where it has ended or is not ours to look at."""
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def has_ended(process: psutil.Process) -> bool:
    """Whether it has; a child of ours that has ended is taken leave of."""
    try:
        if process.status() != psutil.STATUS_ZOMBIE:
            return False
        with suppress(ChildProcessError):
            os.waitpid(process.pid, os.WNOHANG)
    except psutil.NoSuchProcess:
        pass
    return True


def end(process: psutil.Process) -> None:
    """SIGTERM, time to close, then SIGKILL, to this process alone: psutil refuses once another has its number."""
    with suppress(psutil.NoSuchProcess):
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except psutil.TimeoutExpired:
            process.kill()
            process.wait(STOP_SECONDS)


def answers(pool: urllib3.PoolManager, url: str) -> bool:
    """Whether the cluster says that it can be worked with: all primary shards are there."""
    try:
        return pool.request("GET", f"{url}/_cluster/health?wait_for_status=yellow&timeout=2s").status == 200
    except urllib3.exceptions.HTTPError:
        return False


def run_group(command: Sequence[str | Path], log: Path, environ: dict[str, str]) -> int:
    """Run a command and all that it starts, its output in the log; nothing of it stays behind, also after Ctrl-C."""
    with log.open("w") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, env=environ, process_group=0)  # noqa: S603
        try:
            return process.wait(BUILD_SECONDS)
        except subprocess.TimeoutExpired:
            output.write(f"given up after {BUILD_SECONDS} s\n")
            return -1
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Hold a lock on the file, waiting for whoever has it; the system takes it back from a killed process."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def tail(log: Path, lines: int = LOG_TAIL) -> str:
    """The last lines of a log, each cut to a bearable length."""
    return "\n".join(line[:300] for line in log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])


def node_of(settings: Settings) -> Node:
    """The development node of these settings: built and kept in the state folder."""
    return Node(home=settings.state / "node", port=settings.es_port, data=settings.state / "elasticsearch")
