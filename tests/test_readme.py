"""README and docs/ are checked against the code: commands, verbs, DAGs, variables and files that they name exist, and none is left out."""

import re
import tomllib
from importlib.metadata import metadata

from packaging.requirements import Requirement
from typer.main import get_command

from pipeline.alert_rules import ChannelKind
from pipeline.cli import app
from pipeline.config_files import read_alerting, read_kibana
from pipeline.model import Act
from pipeline.settings import PREFIX, TEST_PREFIX, Settings, read_settings
from tests.conftest import ROOT

PAGES = {
    file.relative_to(ROOT).as_posix(): file.read_text(encoding="utf-8")
    for file in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md")))
}
README, DOCS = PAGES["README.md"], "\n".join(PAGES.values())
MAX_README = 300  # lines: whoever wants to know what this is reads that page


def anchors(page: str) -> set[str]:
    """As the usual renderers make them of headings."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in re.findall(r"^#+ (.*)$", page, re.M)}


def verbs() -> set[str]:
    command = get_command(app)
    found = set()
    for name, verb in command.commands.items():  # type: ignore[attr-defined]  # a group
        inner = getattr(verb, "commands", None)
        found |= {f"{name} {each}" for each in inner} if inner else {name}
    return found


def test_every_verb_is_listed_and_every_listed_verb_exists() -> None:
    table = PAGES["docs/commands.md"].split("## claimwire")[1].split("## ")[0]
    listed = {
        re.sub(r" *(\[.*|[A-Z].*)$", "", part)
        for row in re.findall(r"^\| (`.*?`) \|", table, re.M)
        for part in re.findall(r"`([^`]+)`", row)
    } - {"claimwire …"}
    assert listed == verbs()


def test_every_verb_that_a_page_shows_exists() -> None:
    words = {name.split()[0] for name in verbs()}
    shown = set(re.findall(r"(?:`|bin/|exec \S+ )claimwire (?:--topic \S+ )?([a-z]+)", DOCS, re.M))
    assert shown <= words
    assert len(shown) > 15


def test_every_make_target_is_listed_and_every_listed_target_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.M))
    assert set(re.findall(r"`make ([a-z-]+)", PAGES["docs/commands.md"])) | {"run", "test"} == targets
    assert set(re.findall(r"(?:^|`)make ([a-z-]+)", DOCS, re.M)) <= targets


def first_column(page: str, above: str) -> set[str]:
    """What stands between backticks at the beginning of a table's rows; `above` is how its head begins."""
    rows = PAGES[page].split(f"\n| {above} |")[1].split("\n\n")[0]
    return set(re.findall(r"^\| `([^`]+)` \|", rows, re.M))


def test_the_scheme_tells_every_act() -> None:
    assert first_column("docs/scheme.md", "act") == {act.value for act in Act}


def test_every_kind_of_channel_is_told() -> None:
    assert first_column("docs/alerts.md", "kind of channel") == {kind.value for kind in ChannelKind}


def test_every_dag_is_named() -> None:
    for file in (ROOT / "dags").glob("*.py"):
        assert f"`{file.stem}`" in README


def test_links_lead_somewhere() -> None:
    for name, page in PAGES.items():
        for target in re.findall(r"\]\((?!https?:)([^)]+)\)", page):
            path, _, anchor = target.partition("#")
            file = (ROOT / name).parent / path if path else ROOT / name
            assert file.exists(), f"{name} links to {target}, which is not there"
            assert not anchor or anchor in anchors(file.read_text(encoding="utf-8")), f"{name} links to {target}; no such heading"


def test_every_page_is_linked_from_readme_and_readme_is_short() -> None:
    for name in PAGES.keys() - {"README.md"}:
        assert f"]({name}" in README, f"README does not lead to {name}"
    assert len(README.splitlines()) <= MAX_README


def test_variables_that_are_named_exist() -> None:
    known = {PREFIX + name.upper() for name in Settings.model_fields} | {name.upper() for name in Settings.model_fields}
    known |= {channel.address_from for channel in read_alerting(read_settings()).channels if channel.address_from}
    known |= {channel.key_from for channel in read_alerting(read_settings()).channels if channel.key_from}
    named = set(re.findall(r"`((?:CLAIMWIRE|ELASTICSEARCH)_[A-Z_]+)`", DOCS))
    assert {name for name in named if not name.startswith(TEST_PREFIX)} <= known


def test_files_that_are_named_exist() -> None:
    for path in re.findall(r"`((?:config|tests|dags|pipeline|deploy|docs)/[^` *]*)`", DOCS):
        assert (ROOT / path).exists(), path


def test_each_topic_file_is_explained() -> None:
    for file in (ROOT / "config" / "topics" / "iran-russia").glob("*.yml"):
        assert f"`{file.name}`" in README


def test_no_committed_file_names_a_package_registry() -> None:
    for file in (ROOT / "config" / "requirements").glob("*.txt"):
        assert "://" not in file.read_text(), file


def test_every_question_stands_with_the_panel_that_answers_it() -> None:
    rules = read_kibana(read_settings())
    for question, words in rules.questions.items():
        dashboard, _, panel = rules.answering(question)
        assert f"| {words} | {panel.title} | {rules.dashboards[dashboard].title} |" in PAGES["docs/kibana.md"]


def test_every_dependency_has_its_reason_and_its_licence() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = {Requirement(each).name for each in (*project["dependencies"], *project["optional-dependencies"]["airflow"])}
    rows = re.findall(r"^\| ([\w.-]+) \| (.*) \| (.*) \|$", PAGES["docs/dependencies.md"], re.M)[1:]
    assert {name for name, _, _ in rows} == needed, "docs/dependencies.md lists what pyproject.toml names"
    for name, why, licence in rows:
        told = metadata(name).get("License-Expression")
        assert len(why) > 3, f"say in docs/dependencies.md what {name} is for"
        assert told in {None, licence}, f"{name} is under {told}"
