"""What a killed run leaves behind, and what is decided together: the cases that a kill at random seldom meets."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

from pipeline import deciding
from pipeline.alert_rules import ChannelRules
from pipeline.channels import Trouble
from pipeline.deciding import decide_all, whole_articles
from pipeline.delivering import deliver_all, finish_overflows
from pipeline.documents import Stored
from pipeline.index import Index
from pipeline.lease import lease
from pipeline.messages import Message
from pipeline.model import Novelty, RemovedBy
from pipeline.taking_back import take_back
from tests import story
from tests.builders import NOON, a_stored_statement
from tests.story import PIECES, an_office, documents


def sink(_: Message, __: ChannelRules) -> Trouble | None:
    """A channel that takes everything."""


def decide(index: Index, minutes: int = 0) -> None:
    with lease(index, "alert", wait=0) as held:
        assert held
        decide_all(an_office(index, NOON + timedelta(minutes=minutes)), held, lambda _: None)


def rows(index: Index, **terms: str) -> list[Stored]:
    index.refresh("alerts")
    return list(index.each("alerts", {"bool": {"filter": [{"term": {key: value}} for key, value in terms.items()]}}))


def taken_away(index: Index, ids: list[str], by: RemovedBy) -> None:
    changes: dict[str, Any] = {"removed": NOON.isoformat(), "removed_by": by}
    assert index.change("statements", [(stored, changes) for stored in index.get("statements", ids).values()])["updated"] == len(ids)


def test_a_batch_holds_whole_articles() -> None:
    statements = [a_stored_statement(article_id=article) for article in "aaabbcdddd"]
    made = ["".join(stored.source["article_id"] for stored in batch) for batch in whole_articles(statements, 4)]
    assert made == ["aaabb", "cdddd"]


def test_what_a_killed_run_has_marked_is_known_before_a_repeat_of_it_is_judged(index: Index) -> None:
    first, repeat = documents(PIECES[0]), documents(PIECES[4])
    index.create("statements", first.items())
    index.refresh("statements")
    deciding.place(list(index.get("statements", list(first)).values()), an_office(index, NOON))
    for document in repeat.values():  # found later, and of an article that was seen before
        document["event"]["created"] = (NOON - timedelta(hours=1)).isoformat()
    index.create("statements", repeat.items())
    decide(index)
    assert index.get("statements", [next(iter(repeat))])[next(iter(repeat))].source["novelty"] == Novelty.REPEAT


def test_what_stands_in_the_outbox_is_not_put_down_again_in_another_digest_or_behind_another_row(index: Index) -> None:
    index.create("statements", documents(PIECES[0]).items())
    decide(index)
    before = rows(index)
    undecided = [(stored, {"decision": None}) for stored in index.get("statements", list(documents(PIECES[0]))).values()]
    index.change("statements", undecided)
    decide(index, minutes=24 * 60)
    assert [(row.id, row.source["statements"]) for row in rows(index)] == [(row.id, row.source["statements"]) for row in before]


def test_two_statements_of_one_row_are_both_taken_out_of_it(index: Index) -> None:
    ids = list(documents(PIECES[0]))
    index.create("statements", documents(PIECES[0]).items())
    decide(index)
    taken_away(index, ids[:2], RemovedBy.RE_READ)
    take_back(an_office(index, NOON))
    (digest,) = rows(index, channel="hourly")
    assert [entry["key"] for entry in digest.source["entries"]] == ids[2:]


def test_what_an_edit_takes_out_is_told_though_nobody_else_has_reported_it(index: Index) -> None:
    ids = list(documents(PIECES[0]))
    index.create("statements", documents(PIECES[0]).items())
    decide(index)
    taken_away(index, ids[1:2], RemovedBy.EDIT)
    take_back(an_office(index, NOON + timedelta(hours=2)))
    keys = [entry["key"] for row in rows(index, channel="hourly") for entry in row.source["entries"]]
    assert f"{ids[1]} removed" in keys


def test_an_overflow_that_a_killed_run_has_only_written_takes_its_rows_before_anything_joins_them(index: Index) -> None:
    class Killed(Exception):
        """As good as a signal: what was written stays, nothing comes after it."""

    class KilledIndex(Index):
        def change(self, kind: Any, changes: Any) -> Any:
            listed = list(changes)
            if any(fields.get("status") == "gathered" for _, fields in listed):
                raise Killed
            return super().change(kind, listed)

    for number in range(3):
        index.create("statements", documents(PIECES[number]).items())
    decide(index)
    late = NOON + timedelta(minutes=6)
    with lease(index, "alert", wait=0) as held:
        assert held
        with suppress(Killed):
            deliver_all(story.a_post(KilledIndex(index._client, index.prefix), late, sink), held, lambda _: None)
        (overflow,) = rows(index, kind="overflow")
        members = index.get("alerts", overflow.source["members"])
        assert {member.source["status"] for member in members.values()} == {"pending"}
        finish_overflows(story.a_post(index, late, sink))
    assert {row.source["status"] for row in index.get("alerts", list(members)).values()} == {"gathered"}


def test_what_a_row_has_told_is_corrected_also_where_its_later_statements_were_gathered(index: Index) -> None:
    ids = list(documents(PIECES[0]))
    index.create("statements", documents(PIECES[0]).items())
    decide(index)
    with lease(index, "alert", wait=0) as held:
        assert held
        deliver_all(story.a_post(index, NOON + timedelta(minutes=6), sink), held, lambda _: None)
    (row,) = rows(index, channel="now", statements=ids[1])
    index.change("alerts", [(row, {"status": "gathered"})])
    taken_away(index, [ids[1]], RemovedBy.RE_READ)
    take_back(an_office(index, NOON + timedelta(minutes=7)))
    assert [made.source["statements"] for made in rows(index, channel="now", kind="correction")] == [[ids[1]]]


def test_a_run_that_was_away_while_another_one_sent_does_not_undo_what_that_has_written(index: Index) -> None:
    index.create("statements", documents(PIECES[3]).items())
    decide(index)
    late = NOON + timedelta(hours=2)

    def slow(message: Message, _: ChannelRules) -> Trouble | None:
        """While this channel thinks, somebody else sends the row and puts down more in it."""
        (row,) = index.get("alerts", [message.id]).values()
        assert row.source["status"] == "sending"
        changes = {"status": "pending", "sent_revision": 1, "headline": "what the other wrote"}
        assert index.change("alerts", [(row, changes)])["updated"] == 1

    with lease(index, "alert", wait=0) as held:
        assert held
        deliver_all(story.a_post(index, late, slow), held, lambda _: None)
    assert [row.source["headline"] for row in rows(index, kind="baseline")] == ["what the other wrote"] * 2
