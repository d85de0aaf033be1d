"""The list of what is shipped: complete, valid by the format's own schema, and with no word of where packages were fetched."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.sbom import LOCKS, direct, main, read_lock, validate


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("sbom") / "new" / "sbom.cdx.json"
    main([str(file)])
    return file.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def document(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text)
    return found


@pytest.fixture(scope="module")
def components(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in document["components"]}


def pinned() -> dict[str, tuple[str, set[str]]]:
    """The lock, read anew and by other means."""
    blocks = re.split(r"\n(?=\S)", (LOCKS / "runtime.txt").read_text(encoding="utf-8"))
    heads = [re.match(r"([\w.-]+)==([^ \\;]+)", block) for block in blocks]
    assert all(heads)
    return {head[1]: (head[2], set(re.findall(r"sha256:(\w{64})", block))) for head, block in zip(heads, blocks, strict=True) if head}


def test_the_document_is_valid_and_a_broken_one_is_not(text: str) -> None:
    assert validate(text) is None
    assert validate(text.replace('"SHA-256"', '"SHA-NONE"', 1)) is not None


def test_every_pin_is_listed_with_its_version_and_all_its_hashes(components: dict[str, dict[str, Any]]) -> None:
    assert len(components) >= 180
    listed = {
        name: (each["version"], {hash_["content"] for files in each["externalReferences"] for hash_ in files["hashes"]})
        for name, each in components.items()
    }
    assert listed == pinned()
    assert all(each["purl"] == f"pkg:pypi/{name}@{each['version']}" for name, each in components.items())


def test_every_package_has_a_licence(components: dict[str, dict[str, Any]]) -> None:
    assert [name for name, each in components.items() if not each.get("licenses")] == []
    told = yaml.safe_load((LOCKS / "licences.yml").read_text(encoding="utf-8"))
    assert told.keys() <= components.keys(), "told of a package that is not shipped any more"


def test_the_project_itself_is_what_the_document_is_about(document: dict[str, Any]) -> None:
    project = document["metadata"]["component"]
    assert (project["name"], project["type"]) == ("claimwire", "application")
    assert project["licenses"][0]["license"]["id"] == "Apache-2.0"
    needed = next(each["dependsOn"] for each in document["dependencies"] if each["ref"] == project["bom-ref"])
    assert {ref.removeprefix("pkg:pypi/").partition("@")[0] for ref in needed} == direct()
    assert "lxml-html-clean" in direct(), "trafilatura's need, which old installers miss behind lxml's extra"


def test_what_a_package_needs_is_told(document: dict[str, Any]) -> None:
    needs = {each["ref"].partition("@")[0]: each.get("dependsOn", []) for each in document["dependencies"]}
    assert any(ref.startswith("pkg:pypi/lxml@") for ref in needs["pkg:pypi/trafilatura"])
    assert sum(map(len, needs.values())) >= 300


def test_no_registry_stands_in_it(text: str) -> None:
    assert "://" not in text.replace("http://cyclonedx.org/schema/", "")


def test_a_lock_without_hashes_is_read_as_such(tmp_path: Path) -> None:
    lock = tmp_path / "lock.txt"
    lock.write_text("A_b==1.0\nc==2 \\\n    --hash=sha256:" + "0" * 64 + "\n")
    assert read_lock(lock) == {"a-b": ("1.0", ()), "c": ("2", ("sha256:" + "0" * 64,))}
