"""The production shape, read as text: versions agree, paths and variables exist, nothing is open and nothing has a default password.

`make compose-check` (tests/compose/) has it read by Docker Compose's own loader as well.
"""

import base64
import json
import re
import stat
import tomllib
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.compose_env import MARKED, fill, main, write_env
from pipeline.compose_users import USERS, give_users, write_passwords
from pipeline.config_files import read_roles
from pipeline.errors import ConfigError
from pipeline.node import server_version
from pipeline.roles import RoleName
from pipeline.settings import secret_values

ROOT = Path(__file__).parent.parent
COMPOSE = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
TEMPLATE = (ROOT / "config" / "compose.env").read_text(encoding="utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
PROJECT: dict[str, Any] = yaml.safe_load(COMPOSE)
SERVICES: dict[str, dict[str, Any]] = PROJECT["services"]
LASTING = {name: service for name, service in SERVICES.items() if service["restart"] != "no"}
OURS = {name: service for name, service in SERVICES.items() if "build" in service}

# ${NAME}, ${NAME:?why} and ${NAME:-default}; $$ is a dollar sign.
USED = {match[1]: match[2] for match in re.finditer(r"(?<!\$)\$\{(\w+)((?::?[?-])[^}]*)?\}", COMPOSE)}
ASSIGNED = dict(re.findall(r"^(\w+)=(.*)$", TEMPLATE, re.MULTILINE))
OPTIONAL = set(re.findall(r"^# (\w+)=$", TEMPLATE, re.MULTILINE))
GENERATED = {match[3] for match in MARKED.finditer(TEMPLATE)}
# Where tasks run: in the scheduler, or in workers beside it.
TASKS = {"airflow-scheduler", "airflow-worker"}
BOUND = {"./dags", "./config", "./overlay"}


def handed_on() -> set[str]:
    """Variables that a service gets under their own name, where .env has them."""
    environments = (service.get("environment", {}) for service in SERVICES.values())
    return {name for environment in environments for name, value in environment.items() if value is None}


def test_elasticsearch_is_one_version_everywhere() -> None:
    images = {name: SERVICES[name]["image"].rpartition(":")[2] for name in ("elasticsearch", "kibana")}
    assert set(images.values()) == {server_version(ROOT / "devnode")}
    assert version("elasticsearch").split(".")[:2] == images["elasticsearch"].split(".")[:2]


def test_the_image_has_the_airflow_that_the_project_pins() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pins = {
        pin
        for extra in project["optional-dependencies"].values()
        for pin in re.findall(r"apache-airflow(?:\[\w+\])?==([\d.]+)", " ".join(extra))
    }
    bases = re.findall(r"^FROM apache/airflow:slim-([\d.]+)-python([\d.]+) AS airflow$", DOCKERFILE, re.MULTILINE)
    assert [airflow for airflow, _ in bases] == list(pins)
    assert bases[0][1] == "3.11"
    assert {line for line in DOCKERFILE.splitlines() if line.startswith("FROM ")} == {
        f"FROM apache/airflow:slim-{bases[0][0]}-python3.11 AS airflow",
        "FROM airflow AS wheel",
        "FROM airflow",
    }


def test_what_the_image_copies_exists_and_is_let_through() -> None:
    sources = [source for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE) for source in line.split()[:-1]]
    sources = [source for source in sources if not source.startswith("--")]
    assert "config/requirements/runtime.txt" in sources
    let_through = {line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line.startswith("!")}
    for source in sources:
        assert (ROOT / source).exists(), source
        assert source.split("/")[0] in let_through


def test_the_image_can_install_what_it_needs() -> None:
    """The lock has hashes, and the driver for Postgres, which the slim image lacks."""
    lock = (ROOT / "config" / "requirements" / "runtime.txt").read_text(encoding="utf-8")
    pins = dict(re.findall(r"^([\w.-]+)==([^ \\]+)", lock, re.MULTILINE))
    assert {"apache-airflow", "apache-airflow-providers-postgres", "psycopg2-binary", "asyncpg", "elasticsearch"} <= pins.keys()
    assert lock.count("--hash=sha256:") >= len(pins)
    assert "index-url" not in lock


def mounts(service: dict[str, Any]) -> list[list[str]]:
    return [volume.split(":") for volume in service.get("volumes", [])]


def test_every_folder_that_is_mounted_exists_and_is_read_only() -> None:
    bound = [mount for service in SERVICES.values() for mount in mounts(service) if mount[0].startswith(".")]
    assert {mount[0] for mount in bound} == BOUND
    for source, target, mode in bound:
        assert (ROOT / source).is_dir()
        assert mode == "ro"
        assert target != "/opt/airflow/config", "Airflow would write its airflow.cfg there"


def test_every_volume_is_declared_and_used() -> None:
    named = {mount[0] for service in SERVICES.values() for mount in mounts(service)} - BOUND
    assert named == set(PROJECT["volumes"])


def test_our_volumes_belong_to_the_user_of_the_image() -> None:
    owned = set(re.search(r"install -d -o airflow \S+ \S+ \S+ \S+ (.+) \\", DOCKERFILE)[1].split())  # type: ignore[index]
    writable = {mount[1] for service in OURS.values() for mount in mounts(service) if mount[-1] != "ro"}
    assert writable == owned


def test_every_variable_is_documented_and_every_documented_one_is_used() -> None:
    assert USED.keys() == ASSIGNED.keys()
    assert handed_on() == OPTIONAL


def test_a_variable_without_a_value_stops_the_start() -> None:
    first_uses = {name: how for name, how in re.findall(r"(?<!\$)\$\{(\w+)([^}]*)\}", COMPOSE) if how}
    assert first_uses.keys() == ASSIGNED.keys()
    assert set(first_uses.values()) == {":?run make env first"}


def test_no_password_stands_in_a_file() -> None:
    secret = re.compile(r"PASSWORD|SECRET|KEY")
    assert {name for name in ASSIGNED if secret.search(name)} == GENERATED
    assert all(ASSIGNED[name] == "" for name in GENERATED)
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            if secret.search(name) and not name.endswith("_FILE"):
                # No value: handed on as .env has it.
                assert value is None or re.fullmatch(r"\$\{\w+(:\?[^}]*)?\}", value), name
    assert not re.search(r"changeme|elastic:elastic|airflow:airflow|admin:(?!admin,)", COMPOSE)


def test_every_port_is_published_on_loopback_alone() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


@pytest.mark.parametrize("name", LASTING)
def test_a_lasting_service_is_watched_and_comes_back(name: str) -> None:
    service = LASTING[name]
    assert service["restart"] == "unless-stopped"
    assert {"test", "interval", "timeout", "retries", "start_period"} <= service["healthcheck"].keys()


@pytest.mark.parametrize("name", SERVICES)
def test_no_service_may_gain_rights_or_eat_the_machine(name: str) -> None:
    service = SERVICES[name]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["cap_drop"] == ["ALL"]
    assert "mem_limit" in service
    assert not service.get("privileged", False)
    assert service.get("user", "") != "root"
    assert service["logging"]["options"]["max-size"]
    assert service.get("read_only", False) is (name not in {"elasticsearch", "kibana"}), "both write beside their data"


def test_a_service_waits_for_what_exists_until_it_is_done_or_healthy() -> None:
    for name, service in SERVICES.items():
        for needed, how in service.get("depends_on", {}).items():
            assert needed in SERVICES, name
            expected = "service_healthy" if needed in LASTING else "service_completed_successfully"
            assert how["condition"] == expected, (name, needed)


def test_every_airflow_service_signs_with_the_same_secrets() -> None:
    common = ("FERNET_KEY", "JWT_SECRET", "API__SECRET_KEY", "EXECUTION_API_SERVER_URL", "SQL_ALCHEMY_CONN")
    airflow = [service["environment"] for name, service in SERVICES.items() if name.startswith("airflow-")]
    assert len(airflow) == 6
    for end in common:
        values = {value for environment in airflow for name, value in environment.items() if name.endswith(end)}
        assert len(values) == 1, end
        assert sum(name.endswith(end) for environment in airflow for name in environment) == 6, end


def sees(variable: str) -> set[str]:
    """The services that get the value of a variable of .env, under whichever name."""
    used = re.compile(rf"\$\{{{variable}[}}:]")
    by_value = {name for name, service in SERVICES.items() if used.search(json.dumps(service))}
    return by_value | {name for name, service in SERVICES.items() if service.get("environment", {}).get(variable, "") is None}


@pytest.mark.parametrize(
    ("secret", "services"),
    [
        ("ELASTIC_PASSWORD", {"elasticsearch", "users"}),
        ("ELASTICSEARCH_BOOTSTRAP_PASSWORD", {"users", "indices", "setup"}),
        ("ELASTICSEARCH_PASSWORD", {"users", *TASKS}),
        ("ELASTICSEARCH_ALERTER_PASSWORD", {"users", *TASKS}),
        ("ELASTICSEARCH_ERASER_PASSWORD", {"users", *TASKS}),
        ("ANALYST_PASSWORD", {"users"}),
        ("KIBANA_SYSTEM_PASSWORD", {"users", "kibana"}),
        ("KIBANA_ENCRYPTION_KEY", {"kibana"}),
        ("KIBANA_SESSION_KEY", {"kibana"}),
        ("AIRFLOW_ADMIN_PASSWORD", {"airflow-init"}),
        ("AIRFLOW_VIEWER_PASSWORD", {"airflow-init"}),
        ("CLAIMWIRE_WEBHOOK", TASKS),
        ("CLAIMWIRE_WEBHOOK_KEY", TASKS),
        ("CLAIMWIRE_CHANNEL_DESK", TASKS),
        ("CLAIMWIRE_HEARTBEAT", TASKS),
        ("REDIS_PASSWORD", {"redis", *(name for name in SERVICES if name.startswith("airflow-"))}),
        ("POSTGRES_PASSWORD", {"postgres", *(name for name in SERVICES if name.startswith("airflow-"))}),
    ],
)
def test_a_secret_is_seen_by_those_who_need_it_alone(secret: str, services: set[str]) -> None:
    assert sees(secret) == services


def test_each_elasticsearch_user_comes_with_a_generated_password() -> None:
    names = {user for user, _ in USERS.values()}
    assert len({ASSIGNED[name] for name in names}) == len(RoleName)
    assert "elastic" not in {ASSIGNED[name] for name in names}
    assert {password for _, password in USERS.values()} <= GENERATED


def test_indices_and_kibana_are_set_up_as_bootstrap_and_the_tasks_as_the_writer_and_the_alerter() -> None:
    def login(name: str, user: str = "ELASTICSEARCH_USERNAME") -> str:
        return re.sub(r"[${}]|:.*", "", SERVICES[name]["environment"][user])

    assert login("indices") == login("setup") == "ELASTICSEARCH_BOOTSTRAP_USERNAME"
    assert login("airflow-scheduler") == "ELASTICSEARCH_USERNAME"
    assert login("airflow-scheduler", "ELASTICSEARCH_ALERTER_USERNAME") == "ELASTICSEARCH_ALERTER_USERNAME"


def test_no_secret_of_the_tasks_stands_in_their_logs(monkeypatch: pytest.MonkeyPatch) -> None:
    """What `secret_values` gives is taken out of every line."""
    for name in SERVICES["airflow-scheduler"]["environment"]:
        if name.startswith(("ELASTICSEARCH_", "CLAIMWIRE_")) and re.search("PASSWORD|KEY|WEBHOOK$|CHANNEL|HEARTBEAT", name):
            monkeypatch.setenv(name, f"value-of-{name}")
            assert f"value-of-{name}" in secret_values(), name


def test_elasticsearch_and_airflow_let_nobody_in_without_a_password() -> None:
    assert SERVICES["elasticsearch"]["environment"]["xpack.security.enabled"] == "true"
    assert not any("anonymous" in name for name in SERVICES["elasticsearch"]["environment"])
    for name, service in SERVICES.items():
        if name.startswith("airflow-"):
            given = service["environment"]
            assert given["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS"] == "False"
            assert given["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"] == "/opt/airflow/auth/passwords.json"
            assert not any("_AIRFLOW_WWW_USER" in variable for variable in given)


def test_the_archive_is_where_the_tasks_are_alone() -> None:
    for volume in ("archive", "state"):
        assert {name for name, service in SERVICES.items() if volume in {mount[0] for mount in mounts(service)}} == TASKS


def test_no_service_shares_the_machines_namespaces_or_devices() -> None:
    for name, service in SERVICES.items():
        assert not {"network_mode", "pid", "ipc", "devices", "cap_add", "userns_mode", "volumes_from"} & service.keys(), name
        assert not any(mount[0].startswith(("/", "~")) for mount in mounts(service)), name


def test_the_image_has_no_secret_and_no_root() -> None:
    assert not re.search(r"^(ARG|ENV)\b", DOCKERFILE, re.MULTILINE)
    assert re.findall(r"^USER (\w+)$", DOCKERFILE, re.MULTILINE)[-1] == "airflow"
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in ignored
    assert ignored.index("**/.env*") > max(place for place, line in enumerate(ignored) if line.startswith("!")), "the last word counts"
    assert not any("args" in service["build"] for service in OURS.values() if isinstance(service["build"], dict))


def test_only_what_needs_the_web_passwords_sees_them() -> None:
    assert {name for name, service in SERVICES.items() if ["airflow-auth", "/opt/airflow/auth"] in mounts(service)} == {
        "airflow-init",
        "airflow-apiserver",
    }


def test_every_pool_is_one_that_airflow_can_import() -> None:
    pools = json.loads((ROOT / "config" / "airflow" / "pools.json").read_text(encoding="utf-8"))
    assert pools.keys() == {"fetch", "enrich", "alert", "backfill"}
    for pool in pools.values():
        assert pool.keys() == {"slots", "description", "include_deferred"}
        assert pool["slots"] > 0


def test_the_generated_env_has_every_variable_and_no_secret_twice(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    assert main([str(file)]) == 0
    values = dict(re.findall(r"^(\w+)=(.*)$", file.read_text(encoding="utf-8"), re.MULTILINE))
    assert values.keys() == USED.keys()
    assert all(values.values())
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    secrets = [values[name] for name in GENERATED]
    assert len(set(secrets)) == len(secrets)
    assert min(map(len, secrets)) >= 43, "Kibana wants 32 characters or more"
    assert len(base64.urlsafe_b64decode(values["AIRFLOW_FERNET_KEY"])) == 32
    assert all(re.fullmatch(r"[\w=-]+", secret) for secret in secrets), "safe in a URL and in a shell"


def test_two_envs_share_no_secret() -> None:
    one, two = (dict(re.findall(r"^(\w+)=(.*)$", fill(TEMPLATE), re.MULTILINE)) for _ in range(2))
    assert all(one[name] != two[name] for name in GENERATED)


def test_an_env_that_is_there_stays_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / ".env"
    file.write_text("ELASTIC_PASSWORD=in-use\n")
    with pytest.raises(ConfigError, match=r"stays as it is.*down --volumes"):
        write_env(file, TEMPLATE)
    assert main([str(file)]) == 1
    assert "stays as it is" in capsys.readouterr().err
    assert file.read_text() == "ELASTIC_PASSWORD=in-use\n"


class FakeSecurity:
    """Stands for `client.security`, which the development node does not have; keeps what it was asked."""

    def __init__(self) -> None:
        self.security = self
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def __getattr__(self, name: str) -> Any:
        return lambda **given: self.asked.append((name, given))


def environ_of_users() -> dict[str, str]:
    given = SERVICES["users"]["environment"]
    return {name: f"value-of-{name}" for name in given} | {"CLAIMWIRE_INDEX_PREFIX": "claimwire"}


def test_each_user_gets_its_role_and_its_password_from_the_environment() -> None:
    client = FakeSecurity()
    give_users(client, read_roles(), environ_of_users())  # type: ignore[arg-type]  # the fake
    assert [name for name, _ in client.asked] == ["put_role"] * 5 + ["put_user"] * 5 + ["change_password"]
    given = {asked["username"]: (asked["password"], asked.get("roles")) for _, asked in client.asked[5:]}
    assert given == {
        "value-of-ELASTICSEARCH_BOOTSTRAP_USERNAME": ("value-of-ELASTICSEARCH_BOOTSTRAP_PASSWORD", ["claimwire-bootstrap"]),
        "value-of-ELASTICSEARCH_USERNAME": ("value-of-ELASTICSEARCH_PASSWORD", ["claimwire-writer"]),
        "value-of-ELASTICSEARCH_ALERTER_USERNAME": ("value-of-ELASTICSEARCH_ALERTER_PASSWORD", ["claimwire-alerter"]),
        "value-of-ELASTICSEARCH_ERASER_USERNAME": ("value-of-ELASTICSEARCH_ERASER_PASSWORD", ["claimwire-eraser"]),
        "value-of-ANALYST_USERNAME": ("value-of-ANALYST_PASSWORD", ["claimwire-analyst"]),
        "kibana_system": ("value-of-KIBANA_SYSTEM_PASSWORD", None),
    }
    assert [asked["name"] for _, asked in client.asked[:5]] == [f"claimwire-{name}" for name in RoleName]


def test_nothing_is_made_where_a_password_is_missing_or_two_roles_have_one_user() -> None:
    client = FakeSecurity()
    with pytest.raises(ConfigError, match="ANALYST_PASSWORD"):
        give_users(client, read_roles(), {**environ_of_users(), "ANALYST_PASSWORD": ""})  # type: ignore[arg-type]  # the fake
    same = {"ELASTICSEARCH_USERNAME": "one", "ELASTICSEARCH_ALERTER_USERNAME": "one"}
    with pytest.raises(ConfigError, match="two roles have one user"):
        give_users(client, read_roles(), environ_of_users() | same)  # type: ignore[arg-type]  # the fake
    assert client.asked == []


def test_airflows_passwords_are_for_its_eyes_alone(tmp_path: Path) -> None:
    file = tmp_path / "passwords.json"
    file.write_text("{}")
    write_passwords(file, {"AIRFLOW_ADMIN_PASSWORD": "one", "AIRFLOW_VIEWER_PASSWORD": "two"})
    assert json.loads(file.read_text()) == {"admin": "one", "viewer": "two"}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with pytest.raises(ConfigError, match="AIRFLOW_VIEWER_PASSWORD"):
        write_passwords(file, {"AIRFLOW_ADMIN_PASSWORD": "one"})


def test_workers_beside_the_scheduler_are_started_where_they_are_asked_for_alone() -> None:
    asked_for = {name for name, service in SERVICES.items() if service.get("profiles")}
    assert asked_for == {"redis", "airflow-worker"}
    assert all(SERVICES[name]["profiles"] == ["scale"] for name in asked_for)
    assert not any(asked_for & set(service.get("depends_on", ())) for name, service in SERVICES.items() if name not in asked_for)
    scheduler, worker = SERVICES["airflow-scheduler"], SERVICES["airflow-worker"]
    assert sorted(mounts(worker)) == sorted(mounts(scheduler)), "a task finds another place than the scheduler's"
    assert scheduler["environment"].items() <= worker["environment"].items()
    assert ASSIGNED["AIRFLOW_EXECUTOR"] == "LocalExecutor"
    assert re.search(r"^apache-airflow-providers-celery==", (ROOT / "config/requirements/runtime.txt").read_text(), re.MULTILINE)
