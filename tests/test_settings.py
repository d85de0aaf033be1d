import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.config_files import read_alerting, read_outlets, read_topic
from pipeline.errors import ConfigError
from pipeline.layers import read_yaml
from pipeline.rules import Topic
from pipeline.settings import Settings, read_settings
from pipeline.source_rules import Sources
from tests.conftest import ROOT


def test_defaults_need_no_environment() -> None:
    settings = read_settings()
    assert settings.store_urls[0] == "http://127.0.0.1:9200"
    assert settings.archive_base == ".claimwire/archive/iran-russia"
    assert read_topic(settings).id == "iran-russia"


def test_a_topic_has_an_archive_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAIMWIRE_ARCHIVE", "s3://bucket/claimwire/")
    monkeypatch.setenv("CLAIMWIRE_TOPIC", "fish")
    settings = read_settings()
    assert settings.archive_base == "s3://bucket/claimwire/fish"
    assert settings.of("dam").archive_base == "s3://bucket/claimwire/dam"


def test_several_topics_are_named_with_commas_and_the_first_is_that_of_a_command(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_settings().watched == ("iran-russia",)
    monkeypatch.setenv("CLAIMWIRE_TOPICS", "fish, dam,")
    settings = read_settings()
    assert (settings.watched, settings.topic) == (("fish", "dam"), "fish")
    monkeypatch.setenv("CLAIMWIRE_TOPIC", "dam")
    assert (read_settings().watched, read_settings().topic) == (("fish", "dam"), "dam")
    monkeypatch.setenv("CLAIMWIRE_TOPICS", "")
    assert read_settings().watched == ("dam",)


@pytest.mark.parametrize("name", ["../secrets", "Iran", "a/b", "-x", ""])
def test_a_topic_is_a_name_that_files_and_indices_may_have(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("CLAIMWIRE_TOPIC", name)
    with pytest.raises(ConfigError, match="topic"):
        read_settings()


def a_config(folder: Path, *topics: str) -> Path:
    for topic in topics:
        (folder / "topics" / topic).mkdir(parents=True)
        (folder / "topics" / topic / "topic.yml").write_text(
            f"{{id: {topic}, title: T, sides: [XA], languages: {{en: {{parties: {{X: [x]}}, subject: [s]}}}}}}"
        )
    return folder


def test_of_several_shipped_topics_one_must_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CLAIMWIRE_CONFIG", str(a_config(tmp_path / "config", "fish", "dam")))
    with pytest.raises(ConfigError, match=r"CLAIMWIRE_TOPIC.*dam, fish"):
        read_settings()


def test_a_topic_of_the_overlays_own_changes_nothing_for_others(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CLAIMWIRE_OVERLAY", str(a_config(tmp_path / "mine", "fish")))
    settings = read_settings()
    assert (settings.topic, settings.topic_names) == ("iran-russia", ["fish", "iran-russia"])
    assert read_topic(settings.of("fish")).title == "T"
    monkeypatch.setenv("CLAIMWIRE_CONFIG", str(tmp_path / "empty"))
    assert read_settings().topic == "fish"


def test_the_overlay_lies_beside_config_or_where_it_is_said_to(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CLAIMWIRE_OVERLAY")
    monkeypatch.setenv("CLAIMWIRE_CONFIG", str(a_config(tmp_path / "config", "fish")))
    assert read_settings().overlay_folder is None
    a_config(tmp_path / "overlay", "dam")
    assert read_settings().overlay_folder == tmp_path / "overlay"
    assert read_settings().own_file("sources.yml") == tmp_path / "overlay" / "topics" / "fish" / "sources.yml"
    monkeypatch.setenv("CLAIMWIRE_OVERLAY", str(tmp_path / "typo"))
    with pytest.raises(ConfigError, match=r"typo: CLAIMWIRE_OVERLAY: no such folder"):
        read_topic(read_settings())


def test_a_topic_says_its_own_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    overlay = a_config(tmp_path / "mine", "fish")
    (overlay / "topics" / "fish").rename(overlay / "topics" / "dam")
    monkeypatch.setenv("CLAIMWIRE_OVERLAY", str(overlay))
    with pytest.raises(ConfigError, match=r"topic\.yml: id: is 'fish' in the folder of 'dam'"):
        read_topic(read_settings().of("dam"))


def test_an_unknown_variable_is_named_with_those_that_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAIMWIRE_TOPC", "x")
    with pytest.raises(ConfigError, match=r"CLAIMWIRE_TOPC.*CLAIMWIRE_TOPIC"):
        read_settings()


def test_a_wrong_value_is_named_without_printing_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAIMWIRE_HOST_GROUPS", "hunter2")
    with pytest.raises(ConfigError, match="host_groups") as caught:
        read_settings()
    assert "hunter2" not in str(caught.value)


def test_now_is_a_moment_or_a_file_that_may_change(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CLAIMWIRE_NOW", "2022-12-18T12:30:00+03:30")
    assert read_settings().clock() == datetime(2022, 12, 18, 9, tzinfo=UTC)
    file = tmp_path / "now"
    file.write_text("2023-01-01T00:00:00+00:00")
    monkeypatch.setenv("CLAIMWIRE_NOW", f"@{file}")
    clock = read_settings().clock
    assert clock() == datetime(2023, 1, 1, tzinfo=UTC)
    file.write_text("2023-01-02T00:00:00Z\n")
    assert clock() == datetime(2023, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize("value", ["yesterday", "2022-12-18T09:00:00", ""])
def test_a_moment_without_a_zone_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("CLAIMWIRE_NOW", value)
    with pytest.raises(ConfigError, match="now"):
        read_settings()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("outlets: []\noutlets: []\n", "stands twice"),
        (
            "outlets: [{id: a, name: A, domains: [a.example], feeds: [{url: 'http://a.example/rss', color: red}]}]",
            r"outlets\.a\.feeds\..+\.color",
        ),
        ("outlets: [{id: a, name: A, domains: [a.example], country: NO, feeds: [{url: 'http://a.example/'}]}]", r"outlets\.a\.country"),
        ("outlets: [{id: a, name: A, domains: [a.example], feeds: [{url: 'ftp://a.example/'}]}]", r"outlets\.a\.feeds\..+\.url"),
        ("outlets: {", "line"),
        ("outlets: &a [*a]", r"outlets\.0"),
    ],
)
def test_a_wrong_file_is_named_with_its_key(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "sources.yml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=told) as caught:
        read_yaml(file, Sources)
    assert str(file) in str(caught.value)


def test_a_missing_file_and_a_missing_topic_say_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        read_yaml(tmp_path / "topic.yml", Topic)
    with pytest.raises(ConfigError, match="iran-russia"):
        read_topic(Settings(topic="moon"))


def test_the_shipped_files_are_right() -> None:
    settings = read_settings()
    assert len(read_outlets(settings)) >= 12
    rules = [rule.id for rule in read_alerting(settings).rules]
    assert rules == ["change-of-position", "first-admission", "new-accusation-or-denial", "taken-out"]


def test_every_shipped_configuration_file_goes_into_the_wheel() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    included = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    folders = {"airflow", "index", "languages", "skeleton", "topics"}
    assert {f"config/{file.name}" for file in (ROOT / "config").iterdir() if file.suffix == ".yml" or file.name in folders} <= set(included)
    assert all(target == f"pipeline/{source}" for source, target in included.items())


@pytest.mark.parametrize(("value", "days"), [("none", None), ("", None), ("30", 30)])
def test_a_number_of_days_may_be_none(monkeypatch: pytest.MonkeyPatch, value: str, days: int | None) -> None:
    assert read_settings().keep_entries_days == 365
    monkeypatch.setenv("CLAIMWIRE_KEEP_ENTRIES_DAYS", value)
    assert read_settings().keep_entries_days == days


@pytest.mark.parametrize("value", ["0", "-1", "ever"])
def test_a_number_of_days_is_one(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("CLAIMWIRE_KEEP_ARCHIVE_DAYS", value)
    with pytest.raises(ConfigError, match="keep_archive_days"):
        read_settings()
