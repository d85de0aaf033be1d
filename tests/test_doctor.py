"""The examination of an installation, on a real node and with what may be wrong with it."""

from pathlib import Path

import pytest
from packaging.requirements import Requirement
from pydantic import SecretStr

from pipeline.doctor import _unfit, _version, examine
from pipeline.examination import Finding, Level
from pipeline.index import Index
from pipeline.settings import Settings
from tests.conftest import free_port


def examined(settings: Settings) -> dict[str, Finding]:
    return {each.what: each for each in examine(settings, known)}


def known(host: str, port: int) -> list[str]:
    """A name service that knows every name, so that no test asks the real one."""
    return ["192.0.2.1"]


def test_what_works_is_good_and_what_is_only_for_development_is_a_warning(settings: Settings, index: Index) -> None:
    found = examined(settings.model_copy(update={"contact": "desk@example.org", "secrets": {"CLAIMWIRE_WEBHOOK": SecretStr("http://x")}}))
    assert {each.what: each.told for each in found.values() if each.level is Level.WRONG} == {}
    assert found["rights"].level is Level.WARNING
    assert found["rights"].told == "security is off"
    assert found["indices"].told == "all there, 0 articles"
    assert found["last poll"].told == "no feed has answered yet"
    assert found["channel webhook"].level is Level.GOOD
    assert found["channel desk"].told == "closed: CLAIMWIRE_CHANNEL_DESK is not set"
    assert found["heartbeat"].level is Level.WARNING
    assert all(each.remedy for each in found.values() if each.level is not Level.GOOD)


def test_a_poll_that_is_long_ago_is_told(settings: Settings, index: Index) -> None:
    index.put("sources", [("a", {"outlet": {"id": "a", "name": "A"}, "answered": "2022-12-18T12:00:00Z"})])
    index.refresh("sources")
    assert examined(settings)["last poll"].told == "no feed has answered since 2022-12-18T12:00"


def test_a_store_that_is_away_and_its_password_is_not_told(settings: Settings) -> None:
    away = settings.model_copy(update={"elasticsearch_url": f"http://elastic:hunter2@127.0.0.1:{free_port()}"})
    found = examined(away)["Elasticsearch"]
    assert found.level is Level.WRONG
    assert "hunter2" not in found.told + found.remedy


def test_indices_that_are_not_made_yet(settings: Settings) -> None:
    found = examined(settings)["indices"]
    assert (found.level, found.remedy) == (Level.WRONG, "`claimwire setup` makes them")


def test_a_wrong_file_is_told_once(settings: Settings, tmp_path: Path, index: Index) -> None:
    file = tmp_path / "alerts.yml"
    file.write_text("channels: []\nrules: []\nhorn: loud\n")
    found = examined(settings.model_copy(update={"alerts": file}))
    assert "horn" in found["configuration"].told
    assert not [what for what in found if what.startswith("channel")]


def test_a_clock_that_stands_is_told(settings: Settings, index: Index) -> None:
    stopped = settings.model_copy(update={"now": settings.clock().replace(year=2022)})
    assert examined(stopped)["clock"].remedy.startswith("Unset CLAIMWIRE_NOW")


def test_places_that_take_nothing_are_told(settings: Settings, index: Index) -> None:
    found = examined(settings.model_copy(update={"archive": "/proc/archive"}))
    assert found["archive"].level is Level.WRONG
    assert "/proc/archive/iran-russia cannot be written to" in found["archive"].told
    assert "shared files" not in found
    assert examined(settings.model_copy(update={"shared": "/proc/shared"}))["shared files"].level is Level.WRONG
    assert examined(settings.model_copy(update={"shared": "memory://shared"}))["shared files"].level is Level.GOOD


def test_all_that_is_to_be_examined_is(settings: Settings, index: Index, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """In the order in which it should be mended. Only what is added to this list may be added to it."""
    (tmp_path / ".env").touch(mode=0o600)
    monkeypatch.chdir(tmp_path)
    found = [each.what for each in examine(settings, known)]
    expected = [
        "Python", "expat", "packages", "Airflow", "configuration", "contact", "state", "archive", "archive's disk", "passwords",
        "spool", "clock",
        "outside", "Elasticsearch", "cluster", "its disks", "its clock", "rights", "indices", "last poll",
    ]  # fmt: skip
    assert [what for what in found if not what.startswith(("channel", "heartbeat"))] == expected


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o644])
def test_passwords_that_others_can_read_are_told(mode: int, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.touch()
    file.chmod(mode)
    monkeypatch.chdir(tmp_path)
    found = examined(settings)["passwords"]
    assert (found.level, found.remedy.partition(";")[0]) == (Level.WRONG, f"chmod 600 {file}")
    file.chmod(0o600)
    assert examined(settings)["passwords"].level is Level.GOOD


def test_a_package_of_another_version_is_told(settings: Settings) -> None:
    found = examined(settings)
    assert (found["packages"].level, found["Airflow"].level) == (Level.GOOD, Level.GOOD)
    assert _unfit(Requirement("rich>=999")) is not None
    assert str(_unfit(Requirement("rich>=999"))).endswith("needed is >=999")
    assert _unfit(Requirement("no-such-package")) == "no-such-package is not installed"


@pytest.mark.parametrize(("server", "level"), [("9.5.0", Level.GOOD), ("9.4.9", Level.WARNING), ("8.19.0", Level.WRONG)])
def test_a_server_of_another_version_is_told(server: str, level: Level, settings: Settings) -> None:
    assert _version(server, settings).level is level


def test_security_that_is_off_where_others_reach_it_is_wrong(settings: Settings, index: Index) -> None:
    """The node by another of this machine's names: as it would be seen from elsewhere."""
    found = examined(settings.model_copy(update={"elasticsearch_url": settings.store_urls[0].replace("127.0.0.1", "0.0.0.0")}))
    assert found["link"].level is Level.WARNING
    assert found["rights"].level is Level.WRONG
    assert found["rights"].remedy == "Turn on xpack.security.enabled"
