"""An installation's own files over the shipped ones: what they do, that they survive an upgrade, and what an upgrade wants looked at."""

import shutil
from pathlib import Path

import pytest
import yaml

from pipeline import overlay, run
from pipeline.actors import Actors
from pipeline.alerting import read_rules
from pipeline.config_files import extraction_digest, read_agencies, read_alerting, read_config, read_outlets, read_topic
from pipeline.errors import ConfigError
from pipeline.gazetteer import Gazetteer
from pipeline.model import Act
from pipeline.reading import open_reader
from pipeline.settings import Settings, read_settings
from tests.conftest import ROOT
from tests.test_cli import claimwire

TOPIC = "iran-russia"


class Own:
    """An overlay, and a copy of config/ that upgrades may change."""

    def __init__(self, folder: Path) -> None:
        self.config = folder / "config"
        self.folder = folder / "overlay"
        shutil.copytree(ROOT / "config", self.config)
        self.folder.mkdir()

    def write(self, name: str, text: str) -> None:
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def upgrade(self, name: str, old: str, new: str) -> None:
        file = self.config / name
        text = file.read_text(encoding="utf-8")
        assert text.count(old) == 1
        file.write_text(text.replace(old, new), encoding="utf-8")

    @property
    def settings(self) -> Settings:
        return read_settings()


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Own:
    made = Own(tmp_path)
    monkeypatch.setenv("CLAIMWIRE_CONFIG", str(made.config))
    monkeypatch.setenv("CLAIMWIRE_OVERLAY", str(made.folder))
    return made


SOURCES = """
remove: {outlets: [pravda-ru]}
outlets:
  - {id: rt, paused: {why: out of reach, since: 2026-11-23}}
  - id: my-paper
    name: My Paper
    domains: [my-paper.example]
    feeds: [{url: "https://my-paper.example/rss"}]
    signs: [MyP]
"""


def test_outlets_are_added_switched_off_and_taken_away(own: Own) -> None:
    before = {outlet.id for outlet in read_outlets(own.settings)}
    own.write(f"topics/{TOPIC}/sources.yml", SOURCES)
    assert {outlet.id for outlet in read_outlets(own.settings)} == before - {"rt", "pravda-ru"} | {"my-paper"}
    assert "MyP" in {sign for agency in read_agencies(own.settings) for sign in agency.signs}


def test_what_goes_for_all_topics_stands_beside_them(own: Own) -> None:
    own.write("alerts.yml", "channels: [{id: mine, kind: webhook, address_from: CLAIMWIRE_CHANNEL_MINE}]")
    own.write(f"topics/{TOPIC}/alerts.yml", "rules: [{id: first-admission, channels: [log, mine], delivery: daily}]")
    rules = {rule.id: rule for rule in read_rules(own.settings).rules}
    assert rules["first-admission"].channels == ("log", "mine")
    assert rules["first-admission"].when.act == (Act.ACKNOWLEDGEMENT,)
    assert list(rules)[-1] == "taken-out"


def test_digests_follow_the_overlay(own: Own) -> None:
    before = open_reader(own.settings).digest, extraction_digest(own.settings), read_alerting(own.settings).digest
    own.write(f"topics/{TOPIC}/actors.yml", "states: [{name: Iran, aliases: [Persia]}]")
    own.write("chrome.yml", "languages: {en: {labels: [read this first]}}")
    own.write(f"topics/{TOPIC}/alerts.yml", "max_age: P2D")
    moved = own.folder.with_name("moved")  # another folder is another installation to a process
    own.folder.rename(moved)
    settings = read_settings(overlay=moved)
    after = open_reader(settings).digest, extraction_digest(settings), read_alerting(settings).digest
    assert all(one != other for one, other in zip(before, after, strict=True))
    found = Gazetteer(read_config(settings, "actors.yml", Actors)).find("Persia")
    assert found is not None
    assert found.name == "Iran"


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        (
            f"topics/{TOPIC}/sources.yml",
            "outlets: [{id: rt, colour: red}]",
            r"overlay/topics/iran-russia/sources\.yml: outlets\.rt\.colour",
        ),
        (f"topics/{TOPIC}/sources.yml", "remove: {outlets: [moon]}", r"overlay/.*sources\.yml: remove\.outlets: 'moon' is not there"),
        (f"topics/{TOPIC}/claims.yml", "families: [{id: mine, title: Mine, deed: [sing]}]", r"overlay/.*claims\.yml: .*no deed 'sing'"),
        (
            f"topics/{TOPIC}/alerts.yml",
            "rules: [{id: mine, title: Mine, channels: [pigeon]}]",
            r"overlay/.*alerts\.yml: .*no channel 'pigeon'",
        ),
        ("languages/en.yml", "war: [fire]", r"overlay/languages/en\.yml: war"),
        (f"topics/{TOPIC}/source.yml", "outlets: []", r"overlay/topics/iran-russia/source\.yml: is no file that is read"),
        ("sources.yaml", "outlets: []", r"overlay/sources\.yaml: is no file that is read"),
        ("topic.yml", "least: 1", r"overlay/topic\.yml: is no file that is read"),
        ("index/articles.json", "{}", r"overlay/index/articles\.json: is no file that is read"),
    ],
)
def test_what_is_wrong_in_an_own_file_is_said_of_that_file(own: Own, name: str, text: str, told: str) -> None:
    own.write(name, text)
    with pytest.raises(ConfigError, match=told):
        run.check(own.settings)


def test_notes_and_hidden_files_are_nobodys_business(own: Own) -> None:
    own.write("README.md", "mine")
    own.write(".git/config.yml", "x")
    assert read_topic(own.settings).id == TOPIC


def test_an_upgrade_leaves_own_files_in_force_and_tells_which_of_them_want_a_look(own: Own) -> None:
    own.write(f"topics/{TOPIC}/sources.yml", SOURCES)
    own.write(f"topics/{TOPIC}/actors.yml", "states: [{name: Iran, aliases: [Persia]}]")
    told = claimwire("config", "diff").stdout
    assert "~ outlets.rt\n      paused: – → " in told
    assert "+ outlets.my-paper" in told
    assert "- outlets.pravda-ru" in told
    assert "! outlets.rt  not accepted yet" in told
    assert "! states.Iran" not in told  # only added to
    assert "2 overridden blocks accepted" in claimwire("config", "diff", "--accept").stdout
    assert "!" not in claimwire("config", "diff").stdout

    own.upgrade(f"topics/{TOPIC}/sources.yml", '"https://www.rt.com/rss/"', '"https://www.rt.com/rss/news/"')
    told = claimwire("config", "diff").stdout
    assert "! outlets.rt  the shipped block has changed since you accepted it\n      feeds: + {url: 'https://www.rt.com/rss/news/'}" in told
    assert "! outlets.pravda-ru" not in told
    assert "1 overridden blocks have changed where they were shipped, 0 were never accepted" in claimwire("config", "check").stdout
    assert "rt" not in {outlet.id for outlet in read_outlets(own.settings)}

    assert "accepted" in claimwire("config", "diff", "--accept").stdout
    assert "!" not in claimwire("config", "diff").stdout


def test_a_block_that_is_shipped_no_more_is_told(own: Own) -> None:
    own.write("agencies.yml", "agencies: [{name: EFE, signs: [EFE, efe]}, {name: ANSA, remove: {signs: [ANSA]}, signs: [Ansa]}]")
    overlay.accept(own.settings)
    own.upgrade("agencies.yml", "  - {name: ANSA, signs: [ANSA]}\n", "")
    own.write("agencies.yml", "agencies: [{name: ANSA, signs: [Ansa], remove: {}}]")
    (file,) = overlay.own_files(own.settings)
    assert [(drift.block, drift.lines) for drift in file.drifts] == [("agencies.ANSA", ("is not shipped any more",))]


def test_checking_says_what_comes_from_where(own: Own) -> None:
    own.write(f"topics/{TOPIC}/sources.yml", SOURCES)
    told = claimwire("config", "check")
    assert told.returncode == 0, told.stderr
    shipped, mine = own.config / "topics" / TOPIC / "sources.yml", own.folder / "topics" / TOPIC / "sources.yml"
    assert f"sources.yml: {shipped} ◄ {mine} (1 added, 1 changed, 1 removed)" in told.stdout
    assert f"agencies.yml: {own.config / 'agencies.yml'}\n" in told.stdout


def test_what_is_shipped_already_is_told_as_idle(own: Own) -> None:
    own.write("agencies.yml", "agencies: [{name: EFE, signs: [EFE]}]")
    assert "= agencies.EFE  says what is shipped already" in claimwire("config", "diff").stdout


def test_without_own_files_there_is_no_difference(own: Own) -> None:
    assert "has nothing for iran-russia" in claimwire("config", "diff").stdout


def test_the_example_of_the_overlays_own_page_works(own: Own) -> None:
    page = (ROOT / "overlay" / "README.md").read_text(encoding="utf-8")
    example = page.split("```yaml\n")[1].split("```")[0]
    name = example.splitlines()[0].removeprefix("# ")
    own.write(name, example)
    (file,) = overlay.own_files(own.settings)
    assert {difference.kind for difference in file.differences} == {"added", "changed", "removed"}
    assert yaml.safe_load(example)
