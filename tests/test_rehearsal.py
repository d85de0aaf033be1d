"""Dry runs and explanations, over sample outlets that were replayed with the annotators' statements."""

import json
import os
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline import alerting, lookup, outbox, rehearsal, silences, silencing
from pipeline.connection import connect, read_mappings
from pipeline.deciding import Office
from pipeline.errors import NotFound
from pipeline.index import KINDS, Index
from pipeline.model import Act
from pipeline.settings import Settings, read_settings
from tests import replay
from tests.builders import NOON, a_statement, a_stored_statement
from tests.conftest import ROOT, URL
from tests.test_cli import claimwire

SHOWN = {"cpw-burns-pbs", "deccan-burns-alarm", "caspian-kanani-dismisses", "cpw-kirby-partnership"}
PLAIN = ROOT / "tests" / "data" / "alerts" / "plain.yml"
SINCE = datetime(2022, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Index, Settings]]:
    """An installation in which an agency's report, its copy and two denials were replayed, once for this module."""
    prefix, now = f"test-{uuid.uuid4().hex[:12]}", datetime(2022, 12, 20, tzinfo=UTC)
    state: Path = tmp_path_factory.mktemp("state")
    settings = read_settings(elasticsearch_url=os.environ[URL], index_prefix=prefix, state=state, now=now, alerts=PLAIN)
    index = connect(settings)
    index.set_up(read_mappings(settings))
    shown = [each for each in replay.publications() if each.gold_id in SHOWN]
    replay.replay(shown, index, settings, replay.annotated(shown))
    yield index, settings
    index.remove()


@pytest.fixture
def office(filled: tuple[Index, Settings]) -> Office:
    index, settings = filled
    return alerting.open_office(settings, index)


@pytest.fixture
def environment(filled: tuple[Index, Settings], monkeypatch: pytest.MonkeyPatch) -> None:
    """The same installation for commands."""
    _, settings = filled
    monkeypatch.setenv("ELASTICSEARCH_URL", settings.elasticsearch_url)
    monkeypatch.setenv("CLAIMWIRE_INDEX_PREFIX", settings.index_prefix)
    monkeypatch.setenv("CLAIMWIRE_STATE", str(settings.state))
    monkeypatch.setenv("CLAIMWIRE_NOW", "2022-12-20T00:00:00Z")
    monkeypatch.setenv("CLAIMWIRE_ALERTS", str(PLAIN))


def everything(index: Index) -> dict[str, list[tuple[str, int]]]:
    index.refresh()
    return {kind: sorted((stored.id, stored.seq_no) for stored in index.each(kind, {"match_all": {}})) for kind in KINDS}


def test_a_dry_run_groups_as_the_outbox_did_and_writes_nothing(office: Office) -> None:
    before = everything(office.index)
    played = rehearsal.rehearse(office, SINCE, None)
    assert everything(office.index) == before
    rows = [outbox.row_from(stored.id, stored.source) for stored in office.index.each("alerts", {"match_all": {}})]
    assert rows
    told = sorted(sorted(item.statement_id for item in each.message.items) for each in played.sent)
    assert told == sorted(sorted(entry.item.statement_id for entry in row.entries) for row in rows)
    assert played.cases == office.index.count("statements")
    assert played.undecided == 0


def test_a_dry_run_looks_back_a_week_or_as_far_as_it_is_told(office: Office) -> None:
    late = rehearsal.rehearse(replace(office, clock=lambda: datetime(2023, 6, 1, tzinfo=UTC)), None, None)
    assert (late.cases, late.sent) == (0, ())
    some = rehearsal.rehearse(office, datetime(2022, 12, 17, tzinfo=UTC), None)
    assert 0 < some.cases < rehearsal.rehearse(office, SINCE, None).cases


def test_one_rule_is_played_alone_and_as_if_enabled(office: Office) -> None:
    (rule,) = office.alerting.rules
    denials = rule.model_copy(update={"id": "denials", "enabled": False, "when": rule.when.model_copy(update={"act": (Act.DENIAL,)})})
    both = replace(office, alerting=office.alerting.model_copy(update={"rules": (rule, denials)}))
    played = rehearsal.rehearse(both, SINCE, "denials")
    assert {item.act for each in played.sent for item in each.message.items} == {Act.DENIAL}
    with pytest.raises(NotFound, match=r"no rule 'denial' in alerts\.yml; there are: new-accusation-or-denial, denials"):
        rehearsal.rehearse(both, SINCE, "denial")


def test_statements_without_a_decision_are_foreseen(index: Index, settings: Settings) -> None:
    first, second = a_stored_statement(), a_stored_statement(article_id="b" * 40)
    index.create("statements", [(first.id, dict(first.source)), ("b" * 40, dict(second.source))])
    office = replace(alerting.open_office(settings, index), clock=lambda: NOON)
    before = everything(index)
    played = rehearsal.rehearse(office, SINCE, None)
    assert everything(index) == before
    assert (played.undecided, played.outcomes) == (2, {"alerted": 1, "repeat": 1})


def test_what_an_edit_took_out_is_played_twice_and_what_was_never_there_not_at_all(
    plain_rules: Path, index: Index, settings: Settings
) -> None:
    decided = {"decision": {"digest": "x", "at": "2022-12-18T12:00:00Z"}, "triggers": ["new-utterance"], "novelty": "new"}
    gone = {"removed": "2022-12-18T15:00:00Z"}
    edited, wrong = (a_stored_statement(**decided, **gone, removed_by=by) for by in ("edit", "review"))
    index.create("statements", [("e" * 40, dict(edited.source)), ("f" * 40, dict(wrong.source))])
    played = rehearsal.rehearse(alerting.open_office(settings, index), SINCE, None)
    assert (played.cases, played.outcomes) == (2, {"alerted": 1, "no rule": 1})


def test_grounds_show_the_condition_that_fails(office: Office) -> None:
    query = {"bool": {"filter": {"term": {"decision.outcome": "no rule"}}}}
    stored = next(iter(office.index.each("statements", query)))
    found = rehearsal.grounds_of(stored, office)
    (rule,) = found.rules
    assert [bar.holds for bar in found.bars] == [True] * 5
    assert [condition.name for condition in rule.conditions if not condition.holds] == ["act"]
    assert (found.today.outcome, found.rules_changed, found.rows) == ("no rule", False, ())


def test_grounds_of_a_copy_name_the_first_report(office: Office) -> None:
    query = {"bool": {"filter": {"term": {"decision.outcome": "copy"}}}}
    stored = next(iter(office.index.each("statements", query)))
    found = rehearsal.grounds_of(stored, office)
    assert "own words" in [bar.name for bar in found.bars if not bar.holds]
    assert found.first is not None
    assert found.first.source["outlet"]["name"] != stored.source["outlet"]["name"]


def test_grounds_tell_silences_that_hold_and_rules_that_have_changed(index: Index, settings: Settings) -> None:
    stored = a_stored_statement(decision={"digest": "older", "at": "2022-12-18T12:00:00Z"}, triggers=["new-utterance"], novelty="new")
    index.create("statements", [(stored.id, dict(stored.source))])
    for side in ("IR", "RU"):
        silencing.add(silences.make({"side": (side,)}, None, by="Ada", why="x", since=NOON, until=NOON + timedelta(hours=1)), index)
    office = replace(alerting.open_office(settings, index), clock=lambda: NOON)
    found = rehearsal.grounds_of(stored, office)
    assert [silence.when.side for silence in found.silences] == [("IR",)]
    assert (found.rules_changed, found.today.outcome) == (True, "suppressed")


def test_a_statement_is_found_by_id_beginning_and_words(office: Office) -> None:
    alerted = list(office.index.each("statements", {"term": {"decision.outcome": "alerted"}}))
    stored = next(each for each in alerted if len(lookup.with_words(each.source["text"], office.index)) == 1)
    for wanted in (stored.id, stored.id[:8], stored.source["text"], stored.source["text"].upper()):
        assert lookup.statement(wanted, office.index).id == stored.id
    with pytest.raises(NotFound, match="statements are meant by 'Iran'"):
        lookup.statement("Iran", office.index)
    with pytest.raises(NotFound, match="Nearest:"):
        lookup.statement("missiles of the elephants", office.index)
    with pytest.raises(NotFound, match="no statement has the id or the words 'abcdef'"):
        lookup.statement("abcdef", office.index)


def test_what_was_taken_away_is_not_meant_where_the_same_is_still_there(index: Index) -> None:
    there, gone = a_stored_statement(), a_stored_statement(a_statement(act=Act.CRITICISM), removed="2022-12-18T15:00:00Z")
    index.create("statements", [(there.id, dict(there.source)), (gone.id, dict(gone.source))])
    assert lookup.statement("rejected the report", index).id == there.id


@pytest.mark.usefixtures("environment")
def test_dry_run_and_explanation_from_the_command_line() -> None:
    dry = claimwire("alert", "--dry-run", "--since", "2022-12-01")
    assert dry.returncode == 0, dry.stderr
    assert "What would have been sent" in dry.stdout
    assert "CLAIMWIRE_WEBHOOK is not set" in dry.stdout
    told = json.loads(claimwire("alert", "--dry-run", "--since", "2022-12-01", "--json").stdout)
    assert f"log: {len(told['messages'])} messages with" in dry.stdout
    id_ = told["messages"][0]["statements"][0]["statement"]
    explained = claimwire("alert", "--explain", id_)
    assert explained.returncode == 0, explained.stderr
    for words in ("Before any rule", "Rule new-accusation-or-denial asks for it", "Decided 2022-12-", "alerted", "pending"):
        assert words in explained.stdout
    as_json = json.loads(claimwire("alert", "--explain", id_[:10], "--json").stdout)
    assert (as_json["statement"]["id"], as_json["rules"][0]["asks_for_it"]) == (id_, True)


@pytest.mark.usefixtures("environment")
def test_the_outbox_is_listed_newest_first() -> None:
    rows = [json.loads(line) for line in claimwire("alerts", "--json").stdout.splitlines()]
    assert [row["created"] for row in rows] == sorted((row["created"] for row in rows), reverse=True)
    assert len(claimwire("alerts", "--json", "--size", "1", "--status", "pending", "--channel", "log").stdout.splitlines()) == 1
    assert "independent origin" in claimwire("alerts").stdout
    assert claimwire("alerts", "--status", "sent").stdout == "the outbox has nothing of that kind\n"
    assert claimwire("alerts", "--status", "lost").returncode == 2


def test_options_that_do_not_go_together_are_wrong_usage() -> None:
    for options in (("--since", "2022-12-01"), ("--rule", "x"), ("--dry-run", "--explain", "x")):
        assert claimwire("alert", *options).returncode == 2
