"""README is checked against the code: commands, verbs, DAGs, variables and files that it names exist, and none is left out."""

import re

from typer.main import get_command

from pipeline.cli import app
from pipeline.settings import PREFIX, TEST_PREFIX, Settings, read_alerting, read_kibana, read_settings
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def verbs() -> set[str]:
    command = get_command(app)
    found = set()
    for name, verb in command.commands.items():  # type: ignore[attr-defined]  # a group
        inner = getattr(verb, "commands", None)
        found |= {f"{name} {each}" for each in inner} if inner else {name}
    return found


def test_every_verb_is_listed_and_every_listed_verb_exists() -> None:
    table = README.split("## The command line")[1].split("## ")[0]
    listed = {
        re.sub(r" *(\[.*|[A-Z].*)$", "", part)
        for row in re.findall(r"^\| (`.*?`) \|", table, re.M)
        for part in re.findall(r"`([^`]+)`", row)
    } - {"claimwire …"}
    assert listed == verbs()


def test_every_make_target_is_listed_and_every_listed_target_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.M))
    assert set(re.findall(r"make ([a-z-]+)", README)) == targets


def test_every_dag_is_named() -> None:
    for file in (ROOT / "dags").glob("*.py"):
        assert f"`{file.stem}`" in README


def test_variables_that_readme_names_exist() -> None:
    known = {PREFIX + name.upper() for name in Settings.model_fields} | {name.upper() for name in Settings.model_fields}
    known |= {channel.address_from for channel in read_alerting(read_settings()).channels if channel.address_from}
    known |= {channel.key_from for channel in read_alerting(read_settings()).channels if channel.key_from}
    named = set(re.findall(r"`((?:CLAIMWIRE|ELASTICSEARCH)_[A-Z_]+)`", README))
    assert {name for name in named if not name.startswith(TEST_PREFIX)} <= known


def test_files_that_readme_names_exist() -> None:
    for path in re.findall(r"`((?:config|tests|dags|pipeline)/[^` *]*)`", README):
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
        assert f"| {words} | {panel.title} | {rules.dashboards[dashboard].title} |" in README
