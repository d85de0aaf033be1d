"""The development node: choosing a JDK, saying what is missing, and the real thing built, started, killed and stopped."""

import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
import urllib3

from pipeline import node as node_module
from pipeline.errors import ConfigError, StoreUnavailable
from pipeline.java import find_jdk, find_program
from pipeline.node import Node, source_digest
from pipeline.settings import shipped

HOME = Path(os.environ.get("CLAIMWIRE_TEST_NODE_HOME", Path(__file__).parent.parent / ".claimwire" / "node"))


def a_jdk(place: Path, name: str, version: str, *, compiler: bool = True, release: bool = True) -> Path:
    """A folder that looks like a JDK of that version; its `java` tells the version as the real one does."""
    home = place / name
    programs = home / "bin"
    programs.mkdir(parents=True)
    for program in ("java", "javac") if compiler else ("java",):
        (programs / program).write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n")
        (programs / program).chmod(0o755)
    if release:
        (home / "release").write_text(f'IMPLEMENTOR="Nobody"\nJAVA_VERSION="{version}"\nJAVA_VERSION_DATE="2026-01-01"\n')
    return home


def test_java_home_is_taken_where_it_is_new_enough(tmp_path: Path) -> None:
    mine = a_jdk(tmp_path / "mine", "jdk", "21.0.4")
    a_jdk(tmp_path / "system", "jdk-25", "25.0.3")
    assert find_jdk({"JAVA_HOME": str(mine)}, [tmp_path / "system"]).home == mine


def test_a_java_home_that_is_too_old_is_passed_over(tmp_path: Path) -> None:
    old = a_jdk(tmp_path / "mine", "jdk", "17.0.15")
    new = a_jdk(tmp_path / "system", "jdk-25", "25.0.3")
    found = find_jdk({"JAVA_HOME": str(old)}, [tmp_path / "system"])
    assert (found.home, found.version) == (new, 25)


def test_a_sibling_of_the_default_java_is_found_through_its_links(tmp_path: Path) -> None:
    old = a_jdk(tmp_path / "jvm", "java-17", "17.0.15")
    new = a_jdk(tmp_path / "jvm", "temurin", "25.0.3")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "java").symlink_to(old / "bin" / "java")
    assert find_jdk({"PATH": str(tmp_path / "bin")}, []).home == new


def test_of_several_jdks_the_one_nearest_to_the_tried_one_is_taken(tmp_path: Path) -> None:
    for version in ("21.0.4", "24.0.1", "29-ea"):
        a_jdk(tmp_path, f"jdk-{version}", version)
    assert find_jdk({}, [tmp_path]).version == 24


def test_a_jdk_without_a_release_file_is_asked(tmp_path: Path) -> None:
    home = a_jdk(tmp_path, "jdk", "22.0.1", release=False)
    assert find_jdk({}, [tmp_path]).home == home


@pytest.mark.parametrize(("version", "compiler"), [("1.8.0_402", True), ("17.0.15", True), ("25.0.3", False), ("whatever", True)])
def test_without_a_jdk_that_fits_the_error_says_what_to_type(tmp_path: Path, version: str, compiler: bool) -> None:
    a_jdk(tmp_path, "jdk", version, compiler=compiler)
    with pytest.raises(ConfigError, match=r"JAVA_HOME: no JDK of 21 or later.*apt-get install"):
        find_jdk({"PATH": "/nowhere"}, [tmp_path])


def test_the_error_names_the_jdks_that_are_too_old(tmp_path: Path) -> None:
    home = a_jdk(tmp_path, "jdk", "1.8.0_402")
    with pytest.raises(ConfigError, match=f"8 in {home}"):
        find_jdk({}, [tmp_path])


def test_without_maven_the_error_says_what_to_type(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"`mvn` is not on the PATH.*apt-get install maven"):
        find_program("mvn", {"PATH": str(tmp_path)}, "maven")


def test_a_build_without_maven_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(a_jdk(tmp_path, "jdk", "25.0.3")))
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    with pytest.raises(ConfigError, match="apt-get install maven"):
        Node(tmp_path / "home", 9200).build()
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["build.lock"]


def test_a_failed_build_quotes_its_log_and_leaves_no_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "mvn").write_text("#!/bin/sh\necho 'Could not resolve host' >&2\nexit 1\n")
    (programs / "mvn").chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(a_jdk(tmp_path, "jdk", "25.0.3")))
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    node = Node(tmp_path / "home", 9200)
    with pytest.raises(ConfigError, match="Could not resolve host"):
        node.build()
    assert not node.built.exists()


def test_a_change_in_the_sources_is_another_build(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    for name in ("pom.xml", "build.sh", "src/DevNode.java"):
        (tmp_path / name).write_text("one")
    before = source_digest(tmp_path)
    (tmp_path / "README.md").write_text("is not built")
    assert source_digest(tmp_path) == before
    (tmp_path / "src" / "DevNode.java").write_text("two")
    assert source_digest(tmp_path) != before


def test_the_digest_reads_all_that_the_build_reads() -> None:
    source = shipped("devnode")
    assert {path.suffix for path in source.rglob("*") if path.is_file()} == {".xml", ".sh", ".java", ".md"}
    assert (source / "build.sh").stat().st_mode & stat.S_IXUSR


def test_a_process_that_is_not_the_node_of_this_data_is_left_alone(tmp_path: Path) -> None:
    stranger = subprocess.Popen(["sh", "-c", "sleep 60", "DevNode", "/9.5.3-x", "9200", f"path.data={tmp_path}/other/documents"])
    try:
        node = Node(tmp_path / "home", 9200)
        assert node.stop() is False
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def built() -> Path:
    """The built server, shared with `make run` and every other test; some ten seconds where it is not there yet."""
    Node(HOME, 9200).build()
    return HOME


@pytest.fixture
def node(built: Path, tmp_path: Path) -> Iterator[Node]:
    one = Node(built, free_port(), data=tmp_path / "data")
    yield one
    one.stop()


def request(method: str, url: str, body: object = None) -> urllib3.BaseHTTPResponse:
    with urllib3.PoolManager(retries=False) as pool:
        return pool.request(method, url, json=body)


def test_the_node_listens_on_loopback_alone_and_keeps_its_data_through_a_kill(node: Node) -> None:
    first = node.start()
    assert first.running
    assert first.pid is not None

    listening = {c.laddr for c in psutil.Process(first.pid).net_connections("inet") if c.status == psutil.CONN_LISTEN}
    assert len(listening) == 2, "HTTP and transport"
    assert {address.ip.removeprefix("::ffff:") for address in listening} == {"127.0.0.1"}
    assert node.port in {address.port for address in listening}

    assert request("GET", first.url).json()["version"]["number"] == first.version
    assert request("PUT", f"{first.url}/things/_doc/1", {"text": "kept"}).status == 201

    os.kill(first.pid, signal.SIGKILL)
    while node.status().running:
        time.sleep(0.05)
    second = node.start()
    assert second.pid != first.pid
    assert request("GET", f"{second.url}/things/_doc/1").json()["_source"] == {"text": "kept"}

    assert node.stop() is True
    assert not psutil.pid_exists(second.pid or 0)
    assert node.status().running is False
    assert node.stop() is False


def test_two_starts_at_once_share_one_node(node: Node) -> None:
    other = Node(node.home, free_port(), data=node.data)
    with ThreadPoolExecutor(2) as both:
        one, two = both.map(lambda each: each.start(), (node, other))
    assert one == two
    with pytest.raises(ConfigError, match=rf"CLAIMWIRE_ES_PORT: port \d+ is taken by java \(process {one.pid}\)"):
        Node(node.home, int(one.url.rpartition(":")[2]), data=node.data.parent / "elsewhere").start()


def test_the_node_outlives_the_process_that_started_it(node: Node) -> None:
    code = (
        "import sys; from pathlib import Path; from pipeline.node import Node; "
        "Node(Path(sys.argv[1]), int(sys.argv[2]), data=Path(sys.argv[3])).start()"
    )
    start = [sys.executable, "-c", code, str(node.home), str(node.port), str(node.data)]
    subprocess.run(start, check=True, cwd=Path(__file__).parent.parent)
    assert node.status().running
    assert request("GET", node.status().url).status == 200


def test_a_node_that_cannot_start_quotes_its_log(built: Path, tmp_path: Path) -> None:
    node = Node(built, free_port(), data=tmp_path, settings=("no.such.setting=1",))
    with pytest.raises(StoreUnavailable, match=r"unknown setting \[no\.such\.setting\]"):
        node.start()
    assert node.status().running is False


def test_a_node_that_is_too_slow_is_ended(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node_module, "START_SECONDS", 0.5)
    node = Node(built, free_port(), data=tmp_path)
    with pytest.raises(StoreUnavailable, match="did not answer"):
        node.start()
    assert node.status().running is False


def test_builds_at_once_build_once(tmp_path: Path) -> None:
    said: list[str] = []
    homes: list[Path] = []
    builders = [threading.Thread(target=lambda: homes.append(Node(tmp_path, 9200).build(said.append))) for _ in range(2)]
    for builder in builders:
        builder.start()
    for builder in builders:
        builder.join()
    assert len(said) == 1
    assert len(set(homes)) == 1
    assert not list(tmp_path.glob(".part-*"))
