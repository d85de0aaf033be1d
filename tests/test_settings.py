from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.errors import ConfigError
from pipeline.rules import Topic
from pipeline.settings import Settings, read_alerting, read_outlets, read_settings, read_topic, read_yaml
from pipeline.source_rules import Sources


def test_defaults_need_no_environment() -> None:
    settings = read_settings()
    assert settings.store_url == "http://127.0.0.1:9200"
    assert settings.archive_base == ".claimwire/archive"
    assert read_topic(settings).id == "iran-russia"


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
            r"outlets\.0\.feeds\.0\.color",
        ),
        ("outlets: [{id: a, name: A, domains: [a.example], country: NO, feeds: [{url: 'http://a.example/'}]}]", r"outlets\.0\.country"),
        ("outlets: [{id: a, name: A, domains: [a.example], feeds: [{url: 'ftp://a.example/'}]}]", r"outlets\.0\.feeds\.0\.url"),
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
