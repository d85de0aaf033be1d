"""A row of the outbox after something that it quotes was erased."""

from pipeline import outbox
from pipeline.outbox import Entry, Row, Status
from pipeline.unquoting import ERASED, Gone, last_told, unquoted
from tests.builders import NOON, a_row, a_stored_statement, an_item
from tests.messages import a_reply

GONE = Gone(articles=frozenset({"gone"}), statements=frozenset({"gone-1"}), utterances={})


def entry(name: str, revision: int, article: str = "stays", **more: object) -> Entry:
    item = an_item(a_stored_statement()).model_copy(update={"statement_id": name, "article_id": article, **more})
    return Entry(key=name, revision=revision, at=NOON, item=item)


def a_row_of(*entries: Entry, **more: object) -> Row:
    return a_row().model_copy(update={"entries": entries, **more})


def keys(row: Row | None) -> list[tuple[str, int]]:
    return [(each.key, each.revision) for each in row.entries] if row else []


def test_a_row_that_quotes_nothing_of_it_is_as_it_was() -> None:
    row = a_row_of(entry("a", 1), entry("b", 2))
    assert unquoted(row, GONE) == row


def test_a_row_with_nothing_else_is_none() -> None:
    assert unquoted(a_row_of(entry("a", 1, "gone"), entry("gone-1", 1)), GONE) is None


def test_what_stays_is_told_without_what_it_answered_and_under_its_utterance_of_today() -> None:
    replies = (a_reply(statement_id="gone-1"), a_reply(statement_id="kept"))
    row = a_row_of(entry("a", 1, answers=replies[0], answered_by=replies, utterance="gone-1"))
    after = unquoted(row, Gone(articles=GONE.articles, statements=GONE.statements, utterances={"a": "b"}))
    assert after is not None
    item = after.entries[0].item
    assert (item.answers, [each.statement_id for each in item.answered_by], item.utterance) == (None, ["kept"], "b")


def test_what_waits_behind_what_is_gone_is_next_and_can_be_told() -> None:
    row = a_row_of(entry("told", 1), entry("gone-1", 2), entry("later", 3), sent_revision=1, status=Status.SENDING, attempts=3)
    after = unquoted(row, GONE)
    assert after is not None
    assert (keys(after), after.status, after.attempts) == ([("told", 1), ("later", 2)], Status.PENDING, 0)
    assert [item.statement_id for item in outbox.message(after).items] == ["later"]


def test_where_nothing_waits_any_more_nothing_is_sent() -> None:
    told = unquoted(a_row_of(entry("told", 1), entry("gone-1", 2), sent_revision=1), GONE)
    assert told is not None
    assert (told.status, told.due) == (Status.SENT, None)
    assert last_told(told) == told.model_copy(update={"sent_revision": 0})
    assert ERASED not in told.reason


def test_a_message_of_which_nothing_is_left_is_not_told_again() -> None:
    row = unquoted(a_row_of(entry("told", 1), entry("gone-1", 2), sent_revision=2, status=Status.SENT), GONE)
    assert row is not None
    assert (row.status, last_told(row)) == (Status.SENT, None)
