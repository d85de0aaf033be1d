"""Beginning a topic and listing them; what is begun works at once."""

from pathlib import Path

import pytest
import yaml

from pipeline import run, topics
from pipeline.config_files import read_alerting, read_outlets, read_topic
from pipeline.errors import ConfigError
from pipeline.settings import read_settings
from tests.conftest import ROOT
from tests.test_cli import claimwire


@pytest.fixture
def overlay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where own files shall go; not there yet."""
    folder = tmp_path / "mine" / "overlay"
    monkeypatch.setenv("CLAIMWIRE_OVERLAY", str(folder))
    return folder


def test_what_is_begun_is_right_commented_and_read_at_once(overlay: Path) -> None:
    told = claimwire("topic", "init", "fish")
    assert told.returncode == 0, told.stderr
    files = {file.name: file for file in (overlay / "topics" / "fish").iterdir()}
    assert set(files) == {"topic.yml", "sources.yml", "actors.yml", "claims.yml", "alerts.yml"}
    assert all(f"{file}\n" in told.stdout for file in files.values())
    assert all("#" in file.read_text() for file in files.values())
    assert read_topic(read_settings(topic="fish")).id == "fish"
    assert "topic fish" in claimwire("--topic", "fish", "config", "check").stdout
    read = claimwire("--topic", "fish", "read", "-", given="Northland accused Southland on Tuesday of taking twice its quota of cod.\n")
    assert "accusation" in read.stdout


def test_the_skeletons_alert_rules_are_those_that_are_shipped(overlay: Path) -> None:
    topics.begin("fish", read_settings())
    assert read_alerting(read_settings(topic="fish")) == read_alerting(read_settings())


def test_a_topic_may_begin_as_another_one_is(overlay: Path) -> None:
    topics.begin("second", read_settings(), like="iran-russia")
    first, second = read_settings(), read_settings(topic="second")
    assert read_outlets(second) == read_outlets(first)
    assert read_topic(second).model_dump(exclude={"id"}) == read_topic(first).model_dump(exclude={"id"})
    assert "# What an article must be about." in (overlay / "topics" / "second" / "topic.yml").read_text()
    run.check(second)


def test_what_lies_over_a_topic_goes_into_one_like_it(overlay: Path) -> None:
    mine = overlay / "topics" / "iran-russia" / "sources.yml"
    mine.parent.mkdir(parents=True)
    mine.write_text("remove: {outlets: [rt]}\noutlets: [{id: irna, tier: 3}]")
    topics.begin("second", read_settings(), like="iran-russia")
    assert read_outlets(read_settings(topic="second")) == read_outlets(read_settings())
    assert "rt" not in {outlet["id"] for outlet in yaml.safe_load((overlay / "topics" / "second" / "sources.yml").read_text())["outlets"]}


@pytest.mark.parametrize("name", ["Fish", "a b", "../x", "-x", "", "x" * 65])
def test_a_name_that_cannot_be_one_is_refused(overlay: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="cannot be a topic's name"):
        topics.begin(name, read_settings())


def test_what_is_there_is_not_written_over(overlay: Path) -> None:
    topics.begin("fish", read_settings())
    for name in ("fish", "iran-russia"):
        with pytest.raises(ConfigError, match="is there already"):
            topics.begin(name, read_settings())
    with pytest.raises(ConfigError, match=r"no topic 'moon'"):
        topics.begin("other", read_settings(), like="moon")
    assert not (overlay / "topics" / "other").exists()


def test_the_list_says_what_is_watched_and_whose_files_they_are(overlay: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    topics.begin("fish", read_settings())
    mine = overlay / "topics" / "iran-russia" / "alerts.yml"
    mine.parent.mkdir(parents=True)
    mine.write_text("max_age: P2D")
    monkeypatch.setenv("CLAIMWIRE_TOPICS", "fish")
    told = [(each.id, each.watched, each.files) for each in topics.listed(read_settings())]
    assert told == [("fish", True, "your own"), ("iran-russia", False, "shipped and your own")]
    assert "Northland" in claimwire("topic", "list").stdout
    assert '"watched": true' in claimwire("topic", "list", "--json").stdout


def test_an_installed_package_needs_a_folder_named_for_own_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLAIMWIRE_OVERLAY")
    monkeypatch.setenv("CLAIMWIRE_CONFIG", str(ROOT / "pipeline" / "config"))
    monkeypatch.setenv("CLAIMWIRE_TOPIC", "iran-russia")
    with pytest.raises(ConfigError, match="CLAIMWIRE_OVERLAY"):
        topics.begin("fish", read_settings())
