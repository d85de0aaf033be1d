"""Airflow on this machine, for `make run`: scheduler, DAG processor and web server on loopback, with a home of their own.

Not `airflow standalone`: its log servers listen on every interface and a SIGTERM leaves ten orphans. The local executor
needs no log server, for the web server reads the files; and each process here leads a session that can be ended whole.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import urllib3

from pipeline.errors import ConfigError
from pipeline.node import refuse_taken

HOST = "127.0.0.1"
START_SECONDS = 180  # 30 to 62 s seen on two cores
STOP_SECONDS = 30
# On a busy machine an answer took longer than the ten seconds that one is waited for; a question may be asked again.
ASKED_AGAIN = urllib3.Retry(5, redirect=False)

COMPONENTS: Mapping[str, tuple[str, ...]] = {
    "scheduler": ("scheduler", "--skip-serve-logs"),
    "dag-processor": ("dag-processor",),
    "api-server": ("api-server",),
}


# Airflow's options: section, key, value.
Options = Mapping[str, Mapping[str, str]]


class LocalAirflow:
    """One Airflow, with SQLite and the local executor unless `options` have others. A context manager: leaving it ends every process."""

    def __init__(
        self, home: Path, dags: Path, port: int, environ: Mapping[str, str], python: str = sys.executable, options: Options | None = None
    ) -> None:
        self._home = home.absolute()
        self._port = port
        self._command_line = [python, "-m", "airflow"]
        self.environ = {**environ, **_airflow_environ(self._home, dags.absolute(), port, Path(python).parent, options or {})}
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._told: set[tuple[str, str]] = set()  # DAGs and runs
        self._http = urllib3.PoolManager(timeout=urllib3.Timeout(10), retries=False)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self._port}"

    @property
    def processes(self) -> list[int]:
        """The pids of what was started."""
        return [process.pid for process in self._processes.values()]

    def __enter__(self) -> "LocalAirflow":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def prepare(self, pools: Path) -> None:
        """Makes or migrates the database and the pools. Raises ConfigError quoting what Airflow said."""
        refuse_taken(self._port)
        (self._home / "logs").mkdir(parents=True, exist_ok=True)
        self._command("db", "migrate")
        self._command("pools", "import", str(pools.absolute()))

    def start(self, progress: Callable[[str], None]) -> None:
        """Starts the three processes and waits until all are healthy."""
        for name, arguments in COMPONENTS.items():
            with (self._home / f"{name}.log").open("ab") as output:
                self._processes[name] = subprocess.Popen(  # noqa: S603  # our own interpreter and fixed words
                    [*self._command_line, *arguments],
                    env=self.environ,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    stdin=subprocess.DEVNULL,
                    start_new_session=True,
                )
        self._wait_for_health(progress)

    def _wait_for_health(self, progress: Callable[[str], None]) -> None:
        """The address answers 200 even where the scheduler is down: what it says has to be read."""
        deadline = time.monotonic() + START_SECONDS
        told: dict[str, str] = {}
        while time.monotonic() < deadline:
            self._refuse_dead()
            states = self._health()
            if states != told:
                progress("Airflow: " + ", ".join(f"{name} {state}" for name, state in states.items()))
                told = states
            if states and all(state == "healthy" for state in states.values()):
                return
            time.sleep(1)
        raise ConfigError(f"Airflow was not healthy after {START_SECONDS} s: {told}", file=self._home, remedy="Its logs are there")

    def _health(self) -> dict[str, str]:
        try:
            answer = self._http.request("GET", f"{self.url}/api/v2/monitor/health")
        except urllib3.exceptions.HTTPError:
            return {}
        if answer.status != 200:
            return {}
        told = answer.json()
        return {name: str(told[name]["status"]) for name in ("metadatabase", "scheduler", "dag_processor")}

    def _refuse_dead(self) -> None:
        for name, process in self._processes.items():
            if process.poll() is not None:
                log = self._home / f"{name}.log"
                raise ConfigError(f"Airflow's {name} ended with code {process.returncode}: {_tail(log)}", file=log)

    def run(self, dag: str, seconds: float = 600) -> dict[str, Any]:
        """Triggers a DAG and waits for its end; returns the run with the `state` it ended in. Raises ConfigError when time is up."""
        return self.ended(dag, self.trigger(dag), seconds)

    def trigger(self, dag: str) -> str:
        """Starts a run; gives its id."""
        self._wait_for_dag(dag)
        run_id = f"replay__{datetime.now(UTC).isoformat()}"
        self._api("POST", f"/dags/{dag}/dagRuns", {"logical_date": None, "dag_run_id": run_id})
        return run_id

    def ended(self, dag: str, run_id: str, seconds: float = 600) -> dict[str, Any]:
        """Waits for the end of a run, and gives it as `run` does."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self._refuse_dead()
            state: dict[str, Any] = self._api("GET", f"/dags/{dag}/dagRuns/{run_id}")
            if state["state"] in {"success", "failed"}:
                return state
            time.sleep(0.3)
        raise ConfigError(f"the run {run_id} of {dag} did not end within {seconds:g} s", file=self._home, remedy="Its logs are there")

    def results(self, dag: str, run_id: str) -> dict[str, list[Any]]:
        """What the tasks of a run returned: task id to values, one per mapped task."""
        found: dict[str, list[Any]] = {}
        for task in self.tasks(dag, run_id):
            where = f"/dags/{dag}/dagRuns/{run_id}/taskInstances/{task['task_id']}/xcomEntries/return_value?map_index={task['map_index']}"
            found.setdefault(task["task_id"], []).append(_value(self._api("GET", where)["value"]))
        return found

    def tasks(self, dag: str, run_id: str) -> list[dict[str, Any]]:
        """The tasks of a run as they are now, mapped ones singly, in the API's words (`task_id`, `state`, `hostname`, `try_number` …)."""
        found: list[dict[str, Any]] = self._api("GET", f"/dags/{dag}/dagRuns/{run_id}/taskInstances?limit=100")["task_instances"]
        return found

    def unpause(self, dag: str) -> None:
        self._wait_for_dag(dag)
        self._api("PATCH", f"/dags/{dag}", {"is_paused": False})

    def news(self, dag: str) -> dict[str, list[Any]]:
        """What the tasks returned of all runs that have succeeded and that were not told yet: the scheduler starts some of its own."""
        found: dict[str, list[Any]] = {}
        runs = self._api("GET", f"/dags/{dag}/dagRuns?limit=100&order_by=-start_date&state=success")["dag_runs"]
        for run_id in [run["dag_run_id"] for run in runs if (dag, run["dag_run_id"]) not in self._told]:
            self._told.add((dag, run_id))
            for task, values in self.results(dag, run_id).items():
                found.setdefault(task, []).extend(values)
        return found

    def _wait_for_dag(self, dag: str) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            answer = self._http.request("GET", f"{self.url}/api/v2/dags/{dag}")
            if answer.status == 200:
                return
            if broken := self._api("GET", "/importErrors")["import_errors"]:
                raise ConfigError(broken[0]["stack_trace"].strip(), file=broken[0]["filename"])
            if time.monotonic() > deadline:
                raise ConfigError(f"Airflow has not found the DAG {dag}", file=self._home / "dag-processor.log")
            time.sleep(0.5)

    def _api(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        answer = self._http.request(method, f"{self.url}/api/v2{path}", json=body, retries=ASKED_AGAIN if method == "GET" else False)
        if answer.status >= 400:
            raise ConfigError(f"Airflow answers {answer.status} to {method} {path}: {answer.data[:300]!r}")
        return answer.json()

    def _command(self, *arguments: str) -> None:
        done = subprocess.run([*self._command_line, *arguments], env=self.environ, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise ConfigError(f"airflow {' '.join(arguments)} failed:\n{done.stdout[-1000:]}{done.stderr[-2000:]}")

    def stop(self) -> None:
        """Ends all processes: asks, waits, then makes sure of every child."""
        whole = [child for process in self._processes.values() for child in _family(process.pid)]
        for process in self._processes.values():
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for process in self._processes.values():
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        _, left = psutil.wait_procs(whole, timeout=3)
        for child in left:
            child.send_signal(signal.SIGKILL)
        psutil.wait_procs(left, timeout=5)
        self._processes.clear()


def _airflow_environ(home: Path, dags: Path, port: int, programs: Path, chosen: Options) -> dict[str, str]:
    """What differs from Airflow's defaults."""
    url = f"http://{HOST}:{port}"
    options: dict[str, dict[str, str]] = {
        "core": {
            "dags_folder": str(dags),
            "load_examples": "False",
            "executor": "LocalExecutor",
            "parallelism": "4",
            "dags_are_paused_at_creation": "False",
            "auth_manager": "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager",
            "simple_auth_manager_all_admins": "True",  # loopback only
            # The port alone does not move the address that tasks report to.
            "execution_api_server_url": f"{url}/execution/",
        },
        "api": {"host": HOST, "port": str(port), "workers": "1", "base_url": url},
        "dag_processor": {"refresh_interval": "10"},
        "scheduler": {"scheduler_heartbeat_sec": "2"},
    }
    for section, keys in chosen.items():
        options[section] = options.get(section, {}) | dict(keys)
    named = {f"AIRFLOW__{section.upper()}__{key.upper()}": value for section, keys in options.items() for key, value in keys.items()}
    return named | {"AIRFLOW_HOME": str(home), "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', '')}"}


def _family(pid: int) -> list[psutil.Process]:
    try:
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _tail(log: Path, lines: int = 15) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])


def _value(told: Any) -> Any:
    """A returned value, which the API gives as JSON or as text of JSON."""
    if isinstance(told, str):
        try:
            return json.loads(told)
        except ValueError:
            return told
    return told
