"""What a brief gathers from a real node, against what the annotators of the sample outlets say."""

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner

from pipeline import briefing, ledger, run
from pipeline.brief import Brief, as_html, as_text
from pipeline.cli import app
from pipeline.connection import connect
from pipeline.errors import Unavailable
from pipeline.index import Index
from pipeline.model import Act
from pipeline.settings import Settings, read_settings
from pipeline.watching import watch
from tests.conftest import SITES
from tests.newsstand import HOST, HOUR, NOW, Newsstand, a_feed, a_story, an_item, stand
from tests.receivers import Answer, Inbox, webhook_receiver
from tests.replay import publications

__all__ = ["stand"]

FIRST, LAST = datetime(2022, 10, 1, tzinfo=UTC), datetime(2024, 11, 1, tzinfo=UTC)


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with webhook_receiver() as inbox:
        yield inbox


@pytest.fixture(scope="module")
def whole(desk: Settings) -> Brief:
    return briefing.gather(desk, FIRST, LAST)


def test_what_is_new_is_what_the_annotators_would_be_told(whole: Brief) -> None:
    """Two of theirs may be left out; a statement that an edit has added is new as well."""
    expected = json.loads((SITES / "expected_alerts.json").read_text())
    by_act = {act: [each for each in expected if each["act"] == act.value] for act in (Act.ACCUSATION, Act.DENIAL)}
    for act, wanted in by_act.items():
        needed = [each for each in wanted if not each.get("optional")]
        assert len(needed) <= len(whole.of(act)) <= len(wanted)
        assert {each["speaker"] for each in needed} <= {told.item.speaker for told in whole.of(act)} <= {each["speaker"] for each in wanted}


def test_each_sentence_stands_in_the_article_that_it_leads_to(whole: Brief) -> None:
    texts = {}
    for each in publications():
        texts.setdefault(each.article.url, "")
        texts[each.article.url] += f"{each.article.title}\n{each.article.text}\n"
    assert len(whole.new) > 60
    for told in whole.new:
        assert told.item.sentence in texts[told.item.url]
    for line in whole.lines:
        for said in line.said:
            assert said.sentence in texts[said.url]


def test_who_changed_position(whole: Brief) -> None:
    told = {(each.party, each.claim, each.before, each.after, each.at.date().isoformat()) for each in whole.moved}
    assert ("Iran", "Iran supplies drones to Russia", "denied", "partly admitted", "2022-11-05") in told
    assert all(each.before not in {"silent", "alleged"} for each in whole.moved)


def test_what_is_unanswered_is_what_the_ledger_says(whole: Brief, desk: Settings) -> None:
    rows = [row.source for row in ledger.read(connect(desk)) if row.source["unanswered"]]
    assert {(each.claim, each.party, each.number) for each in whole.open} == {
        (it["title"], it["party_name"], it["unanswered"]) for it in rows
    }
    assert [each.since for each in whole.open] == sorted((each.since for each in whole.open), reverse=True)


def test_the_matrix_counts_the_annotators_accusations(whole: Brief) -> None:
    last = {each.article.id: each.gold for each in publications()}
    fresh = [it for gold in last.values() for it in gold["statements"] if it["act"] == "accusation" and not it["background"]]
    from_us = [it for it in fresh if it["side"] == "US" and "Iran" in it["targets"]]
    nobody = [target for it in fresh if it["side"] is None for target in it["targets"]]
    assert whole.matrix.cells["United States", "Iran"] == len(from_us)
    assert sum(number for (accuser, _), number in whole.matrix.cells.items() if accuser == briefing.UNKNOWN) == len(nobody)
    assert sum(whole.matrix.cells.values()) == sum(len(it["targets"]) for it in fresh)


def test_days_add_up_to_what_was_said(whole: Brief) -> None:
    last = {each.article.id: each.gold for each in publications()}
    acts = {act.value for act in (Act.ACCUSATION, Act.DENIAL, Act.ACKNOWLEDGEMENT)}
    said = [it for gold in last.values() for it in gold["statements"] if it["act"] in acts and not it["background"]]
    assert whole.days.step == "month"
    assert sum(sum(counts.values()) for counts in whole.days.counts.values()) == len(said)


def test_a_day_has_that_days_news_alone(desk: Settings, whole: Brief) -> None:
    day = datetime(2022, 11, 5, tzinfo=UTC)
    brief = briefing.gather(desk, day, day + timedelta(days=1))
    assert {told.item.statement_id for told in brief.new} == {
        told.item.statement_id for told in whole.new if told.item.first_seen.date() == day.date()
    }
    assert len(brief.new) > 3
    assert brief.days.step == "day"
    assert [(each.party, each.after) for each in brief.moved] == [("Iran", "partly admitted")]
    line = next(each for each in brief.lines if each.claim == "Iran supplies drones to Russia")
    assert {said.new for said in line.said} == {True, False}, "what was said before stands beside what is new"


def test_days_begin_on_the_readers_clocks(desk: Settings) -> None:
    there = desk.model_copy(update={"time_zone": ZoneInfo("Asia/Tehran")})
    brief = briefing.gather(there, datetime(2022, 11, 4, 20, 30, tzinfo=UTC), datetime(2022, 11, 5, 20, 30, tzinfo=UTC))
    assert "5 November 2022" in as_html(brief)
    assert "5 Nov 2022, 13:55" in as_text(brief)


# ------------------------------------------------------------------------------------------------ sources, files, sending
def test_lost_links_and_sources_that_are_down_stand_in_it(stand: Newsstand) -> None:
    stand.pages |= {f"{HOST}/rss": a_feed(an_item("/1"), an_item("/2", title="Iran rejects report 2")), f"{HOST}/1": a_story(1)}
    stand.collect(NOW)
    stand.pages[f"{HOST}/rss"] = Answer(status=503)
    for number in range(1, 8):
        with suppress(Unavailable):
            stand.collect(NOW + number * HOUR)
    brief = briefing.gather(stand.at(NOW + 8 * HOUR), NOW - HOUR, NOW + 8 * HOUR)
    assert (brief.sources, brief.links, brief.lost_number) == (1, 2, 1)
    (lost,) = brief.lost
    assert (lost.seen, dict(lost.outcomes)) == (2, {"rejected": 1})
    (down,) = brief.down
    assert down.why == "did not answer 7 times in a row"
    assert "did not answer 7 times in a row" in as_text(brief)
    assert "1 rejected" in as_text(brief)
    assert briefing.gather(stand.at(NOW + 8 * HOUR), NOW + HOUR, NOW + 8 * HOUR).links == 0


def test_the_command_writes_a_page_and_a_text(desk: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ELASTICSEARCH_URL", desk.elasticsearch_url)
    monkeypatch.setenv("CLAIMWIRE_INDEX_PREFIX", desk.index_prefix)
    monkeypatch.setenv("CLAIMWIRE_NOW", "2022-11-06T08:00:00Z")
    monkeypatch.setenv("CLAIMWIRE_STATE", str(tmp_path / "state"))
    done = CliRunner().invoke(app, ["brief", "--day", "2022-11-05"], env={"COLUMNS": "300"})
    assert done.exit_code == 0, done.output
    page, text = (tmp_path / "state" / "briefs" / "iran-russia" / f"brief-2022-11-05.{ending}" for ending in ("html", "txt"))
    assert str(page) in done.output
    assert "5 November 2022" in page.read_text()
    assert "5 November 2022" in text.read_text()
    elsewhere = CliRunner().invoke(app, ["brief", "--since", "36h", "--out", str(tmp_path / "there")])
    assert elsewhere.exit_code == 0, elsewhere.output
    assert sorted(file.name for file in (tmp_path / "there").iterdir()) == [
        "brief-2022-11-04T2000--2022-11-06T0800.html", "brief-2022-11-04T2000--2022-11-06T0800.txt",
    ]  # fmt: skip
    printed = CliRunner().invoke(app, ["brief", "--day", "2022-11-05", "--text"])
    assert printed.stdout == text.read_text()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--day", "2022-11-05", "--since", "2d"], "neither with --since"),
        (["--since", "yesterday"], "neither so long ago"),
        (["--since", "2022-11-05", "--until", "2022-11-04"], "ends before it begins"),
    ],
)
def test_a_time_that_is_none_is_wrong_usage(options: list[str], says: str) -> None:
    done = CliRunner().invoke(app, ["brief", *options], env={"COLUMNS": "200"})
    assert done.exit_code == 2
    assert says in done.output


def test_the_daily_brief_is_sent_once_in_short(
    index: Index, settings: Settings, inbox: Inbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the watch, again where the receiver was down, and not anew where the same day is told again."""
    inbox.opened(monkeypatch)
    rules = tmp_path / "alerts.yml"
    channel = "{id: webhook, kind: webhook, address_from: CLAIMWIRE_WEBHOOK}"
    rule = "{id: any, title: anything, when: {trigger: [new-utterance]}, channels: [webhook]}"
    rules.write_text(f"channels: [{channel}]\nrules: [{rule}]\nbrief: [webhook]\n")
    monkeypatch.setenv("CLAIMWIRE_ALERTS", str(rules))
    monkeypatch.setenv("CLAIMWIRE_NOW", "2022-11-06T08:00:00Z")
    here = read_settings()
    assert run.run_brief(here)["filed"] == 1
    assert run.run_brief(here)["filed"] == 0
    inbox.script = [400]
    watch(here)
    inbox.requests.clear()
    watch(here)
    watch(here)
    briefs = [body for _, body, _ in inbox.requests if body["kind"] == "brief"]
    (told,) = briefs
    assert told["title"] == "Iran–Russia defence cooperation: 5 Nov 2022, 07:00 to 6 Nov 2022, 07:00"
    assert told["lines"][0] == "0 new accusations, 0 new denials, 0 new admissions."
    assert (here.state / "briefs" / "iran-russia" / "brief-2022-11-05T0700--2022-11-06T0700.html").exists()
