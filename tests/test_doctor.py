"""The examination of an installation, on a real node and with what may be wrong with it."""

from pathlib import Path

from pydantic import SecretStr

from pipeline.doctor import Finding, Level, examine
from pipeline.index import Index
from pipeline.settings import Settings
from tests.conftest import free_port


def examined(settings: Settings) -> dict[str, Finding]:
    return {each.what: each for each in examine(settings)}


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
