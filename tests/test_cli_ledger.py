"""`claimwire ledger` on the story that the sample outlets tell."""

import json

import pytest

from pipeline import ledger
from pipeline.index import Index
from pipeline.settings import Settings
from tests.ledgers import gold_story
from tests.test_cli import claimwire


@pytest.fixture
def story(index: Index, settings: Settings) -> Index:
    documents = gold_story()
    index.create("statements", documents.items())
    facts = ledger.read_facts(settings)
    ledger.renew(index, ledger.affected(index, documents.values(), facts), facts, settings.clock())
    return index


def run(*arguments: str) -> str:
    done = claimwire("ledger", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_ledger_tells_the_story(story: Index) -> None:
    told = json.loads(run("iran-drones-to-russia", "--json"))
    iran, russia, *others = told["parties"]
    assert [(event["position"], event["at"][:10]) for event in iran["history"]] == [
        ("denied", "2022-10-18"),
        ("partly admitted", "2022-11-05"),
    ]
    assert "a small number of drones" in iran["last_move"]["sentence"]
    assert (russia["party"], russia["position"]) == ("RU", "denied")
    assert {row["position"] for row in others} == {"alleges"}

    shown = run("iran-drones-to-russia")
    assert "Iran: denied → partly admitted" in shown
    assert iran["last_move"]["url"] in shown

    overview = {each["family"]: each for each in json.loads(run("--json"))}
    assert overview["iran-drones-to-russia"]["parties"]["IR"] == "partly admitted"
    assert overview["no-evidence-against-iran"]["parties"]["IR"] == "alleges"
    assert overview["iran-sides-with-russia"]["parties"]["RU"] == "silent"
    assert "Iran supplies drones to Russia" in run()

    assert json.loads(run("--rebuild", "--json")) == {"documents": len(ledger.read(story)), "differed": 0, "deleted": 0}


def test_a_family_of_which_nothing_is_known_shows_its_parties_silent(index: Index, settings: Settings) -> None:
    assert run("iran-glide-bombs-to-russia").count("silent") == 2
    assert run() == "nothing yet\n"


def test_an_unknown_family_is_wrong_usage(index: Index, settings: Settings) -> None:
    done = claimwire("ledger", "nope")
    assert done.returncode == 2
    assert "iran-drones-to-russia" in done.stderr
