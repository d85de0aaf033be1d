"""Alerts as days of news: what is published, and what people then get."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline import ledger
from pipeline.index import Index
from pipeline.model import Act, Intake
from pipeline.settings import Settings
from tests.newsroom import ACCUSES, ADMITS, DAY, DENIES, FILLER, HOUR, Newsroom, told_again
from tests.receivers import Inbox, webhook_receiver

RULES = """
channels:
  - {id: webhook, kind: webhook, address_from: CLAIMWIRE_WEBHOOK}
  - {id: feed, kind: atom}
rules:
  - {id: positions, title: positions, when: {trigger: [position-change]}, channels: [webhook], wait: PT0S, cooldown: PT0S}
  - id: news
    title: a new accusation or denial
    when: {trigger: [new-utterance, edit-added, edit-removed], act: [accusation, denial], confidence: 0.5}
    channels: [webhook]
    wait: PT5M
    cooldown: PT0S
max_age: P7D
"""


@pytest.fixture
def inbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Inbox]:
    with webhook_receiver() as receiver:
        receiver.opened(monkeypatch)
        yield receiver


@pytest.fixture
def news(index: Index, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Newsroom:
    rules = tmp_path / "alerts.yml"
    rules.write_text(RULES)
    monkeypatch.setenv("CLAIMWIRE_ALERTS", str(rules))
    return Newsroom(index, settings, lambda now: monkeypatch.setenv("CLAIMWIRE_NOW", now.isoformat()))


def bodies(inbox: Inbox) -> list[dict[str, Any]]:
    return [body for _, body, _ in inbox.requests]


def sentences(body: dict[str, Any]) -> list[str]:
    return [item["sentence"] for item in body["items"]]


def until(news: Newsroom, now: datetime) -> None:
    """The stages run, and once more when what they made is due."""
    news.run(now)
    news.run(now + timedelta(minutes=5))


def test_a_first_accusation_is_told_after_its_wait(news: Newsroom, inbox: Inbox) -> None:
    news.publish(1, DAY, FILLER, ACCUSES)
    news.run(DAY)
    assert bodies(inbox) == []
    news.run(DAY + timedelta(minutes=5))
    (body,) = bodies(inbox)
    assert (body["kind"], sentences(body)) == ("alert", [ACCUSES.text])
    (item,) = body["items"]
    assert item["before"] == FILLER.text
    assert item["line"].startswith("White House accuses Iran – Iran supplies drones to Russia")


def test_a_wire_story_in_nine_outlets_is_one_alert_whose_count_grows(news: Newsroom, inbox: Inbox) -> None:
    for number in range(1, 10):
        news.publish(number, DAY + number * HOUR / 10, FILLER, ACCUSES, outlet=f"Outlet {number}")
        news.run(DAY + number * HOUR / 10)
    until(news, DAY + 2 * HOUR)
    assert len(bodies(inbox)) == 1
    (row,) = news.rows()
    assert (row.source["reports"], row.source["outlets"], row.source["origins"]) == (9, 9, 1)


def test_the_same_statement_in_other_words_is_a_report_more(news: Newsroom, inbox: Inbox) -> None:
    news.publish(1, DAY, FILLER, ACCUSES)
    until(news, DAY)
    other = told_again(ACCUSES, "Iran has shipped hundreds of drones to Russia, the White House said on Tuesday in an accusation.")
    news.publish(2, DAY + 3 * HOUR, other, outlet="Another")
    until(news, DAY + 3 * HOUR)
    assert len(bodies(inbox)) == 1
    (row,) = news.rows()
    assert (row.source["reports"], row.source["origins"]) == (2, 2)


def test_a_denial_the_next_morning_names_what_it_answers(news: Newsroom, inbox: Inbox) -> None:
    news.publish(1, DAY, FILLER, ACCUSES)
    until(news, DAY)
    news.publish(2, DAY + 20 * HOUR, DENIES)
    until(news, DAY + 20 * HOUR)
    _, denial = bodies(inbox)
    (item,) = denial["items"]
    assert item["answers"]["sentence"] == ACCUSES.text


def test_a_limited_number_before_the_war_is_a_change_of_position(news: Newsroom, inbox: Inbox) -> None:
    news.publish(1, DAY, ACCUSES, replace(DENIES, answers=0))
    until(news, DAY)
    news.publish(2, DAY + 18 * 24 * HOUR, ADMITS)
    until(news, DAY + 18 * 24 * HOUR)
    last = bodies(inbox)[-1]
    assert sentences(last) == [ADMITS.text]
    (item,) = last["items"]
    assert any("Iran moves from “denied” to “partly admitted”" in reason for reason in item["reasons"])


def test_a_back_fill_of_an_archive_tells_nobody_and_is_counted(news: Newsroom, inbox: Inbox) -> None:
    news.publish(1, DAY, ACCUSES, DENIES, intake=Intake.BACKFILL, seen=DAY + 700 * 24 * HOUR)
    until(news, DAY + 700 * 24 * HOUR)
    assert bodies(inbox) == []
    assert news.rows() == []
    assert {stored.source["decision"]["outcome"] for stored in news.statements()} == {"backfill"}
    assert all("utterance" in stored.source for stored in news.statements())


def test_what_was_published_long_before_it_was_seen_is_recorded_and_not_sent(news: Newsroom, inbox: Inbox) -> None:
    news.publish(1, DAY, ACCUSES, seen=DAY + 8 * 24 * HOUR)
    until(news, DAY + 8 * 24 * HOUR)
    (row,) = news.rows()
    assert (row.source["status"], "8.0 days" in row.source["reason"], bodies(inbox)) == ("suppressed", True, [])


def test_what_waits_for_a_decision_for_long_is_told_all_the_same(news: Newsroom, inbox: Inbox) -> None:
    news.publish(1, DAY, ACCUSES)
    until(news, DAY + 30 * 24 * HOUR)
    assert len(bodies(inbox)) == 1


def test_a_first_pass_makes_one_message_for_each_outlet(news: Newsroom, inbox: Inbox) -> None:
    news.publish(1, DAY, ACCUSES, outlet="New Source", intake=Intake.BASELINE)
    news.publish(2, DAY + HOUR, DENIES, outlet="New Source", intake=Intake.BASELINE)
    until(news, DAY + 2 * HOUR)
    (body,) = bodies(inbox)
    assert (body["kind"], len(body["items"])) == ("baseline", 2)
    assert "New Source" in body["title"]


def test_a_sentence_that_an_edit_adds_is_told_and_one_that_it_takes_out(news: Newsroom, inbox: Inbox) -> None:
    news.publish(1, DAY, FILLER, ACCUSES)
    until(news, DAY)
    news.publish(1, DAY, FILLER, ACCUSES, DENIES, seen=DAY + 5 * HOUR)
    until(news, DAY + 5 * HOUR)
    added = bodies(inbox)[-1]
    assert sentences(added) == [DENIES.text]
    assert "a later version of the article has added it" in added["items"][0]["reasons"]
    news.publish(1, DAY, FILLER, DENIES, seen=DAY + 9 * HOUR)
    until(news, DAY + 9 * HOUR)
    gone = bodies(inbox)[-1]
    assert sentences(gone) == [ACCUSES.text]
    assert gone["items"][0]["reasons"] == ["a later version of the article has taken it out"]
    assert len(bodies(inbox)) == 3


def test_statements_of_one_claim_go_together_and_later_ones_update_the_alert(news: Newsroom, inbox: Inbox) -> None:
    news.publish(1, DAY, ACCUSES)
    news.run(DAY)
    news.publish(2, DAY + timedelta(minutes=2), DENIES)
    until(news, DAY + timedelta(minutes=2))
    news.run(DAY + timedelta(minutes=8))
    (first,) = bodies(inbox)
    assert sentences(first) == [ACCUSES.text, DENIES.text]
    kuleba = told_again(replace(ACCUSES, speaker="Ukraine", side="UA"), "Ukraine said it had shot down a dozen Iranian drones overnight.")
    news.publish(3, DAY + HOUR, kuleba)
    until(news, DAY + HOUR)
    _, update = bodies(inbox)
    assert (update["kind"], sentences(update), update["id"]) == ("update", [kuleba.text], first["id"])
    assert len({headers["Idempotency-Key"] for headers, _, _ in inbox.requests}) == 2


def test_what_is_recalled_or_unsure_is_not_told(news: Newsroom, inbox: Inbox) -> None:
    news.publish(1, DAY, replace(ACCUSES, background=True), replace(DENIES, confidence=0.4))
    until(news, DAY)
    assert bodies(inbox) == []
    assert {stored.source["decision"]["outcome"] for stored in news.statements()} == {"background", "no rule"}


def test_a_statement_that_a_re_read_does_not_find_is_corrected_where_it_was_told(news: Newsroom, inbox: Inbox, index: Index) -> None:
    news.publish(1, DAY, ACCUSES)
    until(news, DAY)
    (stored,) = news.statements()
    index.change("statements", [(stored, {"removed": (DAY + HOUR).isoformat(), "removed_by": "re-read"})])
    until(news, DAY + HOUR)
    until(news, DAY + 2 * HOUR)
    _, correction = bodies(inbox)
    assert (correction["kind"], sentences(correction)) == ("correction", [ACCUSES.text])
    assert "better rules" in correction["note"]


def test_a_statement_that_is_read_otherwise_moves_the_ledger(news: Newsroom, inbox: Inbox, index: Index) -> None:
    news.publish(1, DAY, DENIES)
    until(news, DAY)
    assert [row.source["party"] for row in ledger.read(index)] == ["IR"]
    other = replace(DENIES, speaker="Ministry of Foreign Affairs of Russia", side="RU")
    news.publish(1, DAY, other, FILLER, seen=DAY + HOUR)
    until(news, DAY + HOUR)
    assert [row.source["party"] for row in ledger.read(index)] == ["RU"]
    assert len(bodies(inbox)) == 1


def test_every_statement_has_one_decision_and_a_second_run_changes_nothing(news: Newsroom, inbox: Inbox) -> None:
    news.publish(1, DAY, ACCUSES, DENIES)
    until(news, DAY)
    before = [dict(stored.source) for stored in (*news.statements(), *news.rows())]
    until(news, DAY + HOUR)
    assert [dict(stored.source) for stored in (*news.statements(), *news.rows())] == before
    assert {stored.source["act"] for stored in news.statements()} == {Act.ACCUSATION, Act.DENIAL}


BRIEFING = {
    "en": "Iranian foreign ministry spokesman Nasser Kanaani said on Tuesday that Iran had supplied no drones to Russia.",
    "ru": "Официальный представитель МИД Ирана Насер Канани заявил во вторник, что Иран не поставлял России беспилотники.",
    "fa": "ناصر کنعانی، سخنگوی وزارت امور خارجه، روز سه‌شنبه گفت ایران به روسیه پهپاد نداده است.",
    "ar": "قال المتحدث باسم وزارة الخارجية الإيرانية ناصر كنعاني، الثلاثاء، إن إيران لم تزود روسيا بطائرات مسيرة.",
}
KYIV = "Президент Украины Владимир Зеленский заявил в среду, что Иран поставил России сотни беспилотников."


def test_what_four_languages_tell_of_one_briefing_is_one_statement(news: Newsroom, inbox: Inbox) -> None:
    for number, (language, text) in enumerate(BRIEFING.items(), 1):
        news.print(number, DAY + number * HOUR, text, language, f"Outlet {language}")
        until(news, DAY + number * HOUR)
    told = [stored.source for stored in news.statements()]
    assert [(each["act"], each["speaker"]["name"]) for each in told] == [("denial", "Nasser Kanaani")] * len(BRIEFING)
    assert len({each["utterance"] for each in told}) == 1
    (row,) = news.rows()
    assert (row.source["reports"], row.source["outlets"], row.source["origins"]) == (4, 4, 4)
    news.print(9, DAY + 26 * HOUR, KYIV, "ru", "Outlet ru")
    until(news, DAY + 26 * HOUR)
    assert [body["items"][0]["sentence"] for body in bodies(inbox)] == [BRIEFING["en"], KYIV]
