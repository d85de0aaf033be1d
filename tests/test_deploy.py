"""The manifests for Kubernetes, read as text: versions agree, variables exist, nothing has a password, nothing runs as root.

`make deploy-check` (tests/deploy/) reads them into the operator's and Kubernetes' own types as well.
"""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.compose_users import USERS
from pipeline.node import server_version
from pipeline.settings import Settings, shipped

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
FILES = sorted(DEPLOY.glob("*.yaml"))
ELASTICSEARCH, KIBANA = yaml.safe_load_all((DEPLOY / "elasticsearch.yaml").read_text(encoding="utf-8"))
SETUP: dict[str, Any] = yaml.safe_load((DEPLOY / "setup.yaml").read_text(encoding="utf-8"))
VALUES: dict[str, Any] = yaml.safe_load((DEPLOY / "airflow-values.yaml").read_text(encoding="utf-8"))
POD = SETUP["spec"]["template"]["spec"]
STEPS = [*POD["initContainers"], *POD["containers"]]


def test_versions_are_those_of_everything_else() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert {ELASTICSEARCH["spec"]["version"], KIBANA["spec"]["version"]} == {server_version(ROOT / "devnode")}
    assert project["optional-dependencies"]["airflow"] == [f"apache-airflow=={VALUES['airflowVersion']}"]


def test_the_image_can_run_tasks_as_pods() -> None:
    assert VALUES["executor"] == "KubernetesExecutor"
    lock = (ROOT / "config" / "requirements" / "runtime.txt").read_text(encoding="utf-8")
    assert re.search(r"^apache-airflow-providers-cncf-kubernetes==", lock, re.MULTILINE)
    assert "COPY dags /opt/airflow/dags" in (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert {step["image"] for step in STEPS} == {"claimwire:local"}


def known_variables() -> set[str]:
    names = {f"CLAIMWIRE_{name.upper()}" for name in Settings.model_fields} | {"ELASTIC_PASSWORD"}
    return names | {f"ELASTICSEARCH_{name.removeprefix('elasticsearch_').upper()}" for name in Settings.model_fields}


def test_every_variable_is_one_that_is_read() -> None:
    told = {each["name"] for each in VALUES["env"]} | {each["name"] for step in STEPS for each in step["env"]}
    assert told <= known_variables()
    used = {name for step in STEPS for name in re.findall(r"\$(\w+)", " ".join(step["command"]))}
    assert used <= {variable for pair in USERS.values() for variable in pair}


def test_what_several_workers_need_lies_on_no_disk_of_theirs() -> None:
    told = {each["name"]: each["value"] for each in VALUES["env"]}
    assert told["CLAIMWIRE_ARCHIVE"].startswith("s3://")
    assert told["CLAIMWIRE_SHARED"].startswith("s3://")


def test_losing_any_one_node_loses_no_data() -> None:
    sets = {each["name"]: each for each in ELASTICSEARCH["spec"]["nodeSets"]}
    assert sets["master"]["count"] == 3
    assert sets["master"]["config"]["node.roles"] == ["master"]
    assert sets["data"]["count"] >= 2, "a copy needs another node"
    for kind in (ROOT / "config" / "index").glob("*.json"):
        assert '"auto_expand_replicas": "0-1"' in kind.read_text(encoding="utf-8"), kind


def test_the_three_files_mean_the_same_cluster() -> None:
    name = ELASTICSEARCH["metadata"]["name"]
    address = f"https://{name}-es-http:9200"
    assert KIBANA["spec"]["elasticsearchRef"]["name"] == name
    for env in (VALUES["env"], *(step["env"] for step in STEPS)):
        assert {"name": "ELASTICSEARCH_URL", "value": address} in env
    certificates = {volume["secret"]["secretName"] for volume in (*VALUES["volumes"], *POD["volumes"]) if "secret" in volume}
    assert certificates == {f"{name}-es-http-certs-public"}
    assert yaml.safe_load(VALUES["extraEnvFrom"]) == STEPS[0]["envFrom"]


SECRET = re.compile(r"(?i)(password|passwd|token|secret|secret_?key|fernet_?key)$")


def walked(value: Any) -> Iterator[dict[str, Any]]:
    """Every mapping in it."""
    if isinstance(value, dict):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from walked(each)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_no_secret_stands_in_a_file_and_nobody_has_more_rights_than_needed(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    for each in walked(list(yaml.safe_load_all(text))):
        names = [*each, each.get("name", "")] if "value" in each else list(each)
        for name in names:
            told = each.get("value") if name == each.get("name") else each[name]
            assert not (SECRET.search(str(name)) and isinstance(told, str)), f"{name}: {told}"
    assert "privileged: true" not in text
    assert "hostPath" not in text


def test_setup_runs_as_nobody() -> None:
    assert POD["securityContext"]["runAsNonRoot"]
    for step in STEPS:
        assert step["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert step["securityContext"]["readOnlyRootFilesystem"]
        assert not step["securityContext"]["allowPrivilegeEscalation"]


def test_the_pools_are_where_the_chart_looks_for_them() -> None:
    (program,) = re.findall(r"\$\((python -c '[^']+')\)", VALUES["migrateDatabaseJob"]["command"][2])
    done = subprocess.run(
        ["bash", "-c", program.replace("python", sys.executable, 1)], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == str(shipped("config"))
    assert (shipped("config") / "airflow" / "pools.json").is_file()
