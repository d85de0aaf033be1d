"""Who is told of a trouble, and when."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from pipeline.alarms import MOST, Alarm, Book, message, sent, turned
from pipeline.health import Finding, Trouble

NOW = datetime(2024, 3, 15, 12, tzinfo=UTC)
PASS = timedelta(minutes=10)
DAY = timedelta(days=1)


def a_finding(subject: str = "paper-1", trouble: Trouble = Trouble.FAILING) -> Finding:
    return Finding(trouble=trouble, subject=subject, says=f"{subject} has failed", then="Mend it")


def after(book: Book, *findings: Finding, now: datetime = NOW, channels: tuple[str, ...] = ("log", "desk")) -> Book:
    return turned(book, findings, channels, now, again=DAY, calm=timedelta(minutes=20))


def delivered(book: Book) -> Book:
    for bulletin in book.bulletins:
        for channel in bulletin.waits_for:
            book = sent(book, bulletin.id, channel)
    return book


def told_over(findings_at: list[tuple[Finding, ...]]) -> list[tuple[int, str]]:
    """The number of each pass that tells something, and what, where every pass delivers."""
    book, told = Book(), []
    for number, findings in enumerate(findings_at):
        book = after(book, *findings, now=NOW + number * PASS)
        told += [(number, bulletin.title) for bulletin in book.bulletins]
        book = delivered(book)
    return told


def test_an_alarm_is_told_once_when_it_begins_and_once_when_it_is_over() -> None:
    bad = (a_finding(),)
    assert told_over([(), bad, bad, bad, (), (), (), ()]) == [
        (1, "claimwire alarm begins: paper-1 has failed"),
        (5, "claimwire alarm is over: paper-1 has failed"),
    ]


def test_what_comes_and_goes_is_one_alarm() -> None:
    bad = (a_finding(),)
    assert [number for number, _ in told_over([bad, (), bad, (), bad, (), (), ()])] == [0, 6]


def test_what_lasts_is_told_again_each_day() -> None:
    told = told_over([(a_finding(),)] * (3 * 144 + 1))
    assert [number for number, _ in told] == [0, 144, 288, 432]
    assert told[1][1] == "claimwire alarm lasts: paper-1 has failed"


def test_what_begins_at_once_is_one_message_and_what_begins_later_another() -> None:
    first, second = (a_finding("a"), a_finding("b")), (a_finding("a"), a_finding("b"), a_finding("c"))
    assert told_over([first, second]) == [(0, "claimwire alarms: 2 begin"), (1, "claimwire alarm begins: c has failed")]


def test_a_bulletin_stays_as_it_was_until_every_channel_has_it() -> None:
    book = after(Book(), a_finding())
    (bulletin,) = book.bulletins
    book = sent(book, bulletin.id, "log")
    later = after(book, a_finding(), now=NOW + PASS)
    assert later.bulletins == (bulletin.model_copy(update={"waits_for": ("desk",)}),)
    assert message(later.bulletins[0]) == message(bulletin)
    assert sent(later, bulletin.id, "desk").bulletins == ()


def test_the_next_begin_of_the_same_trouble_has_another_key() -> None:
    book = after(Book(), a_finding())
    over = after(delivered(book), now=NOW + 5 * PASS)
    again = after(delivered(over), a_finding(), now=NOW + 6 * PASS)
    keys = {each.bulletins[-1].id for each in (book, over, again)}
    assert len(keys) == 3


def test_without_a_channel_there_is_nothing_to_send_and_the_alarm_is_remembered() -> None:
    book = after(Book(), a_finding(), channels=())
    assert (len(book.alarms), book.bulletins) == (1, ())


def test_a_message_says_what_is_wrong_and_what_to_do_and_is_bounded() -> None:
    book = after(Book(), *(a_finding(f"s{number}") for number in range(MOST + 5)))
    told = message(book.bulletins[0])
    assert told.lines[0] == "NEW (feed-fails): s0 has failed. Mend it"
    assert told.lines[-1] == "and 5 more: `claimwire health` shows all"
    assert (told.key, len(told.lines)) == (told.id, MOST + 1)


def test_a_book_comes_back_as_it_went() -> None:
    book = after(Book(), a_finding())
    assert Book.model_validate(book.model_dump(mode="json")) == book


@given(st.lists(st.sets(st.sampled_from("abc")), max_size=40))
def test_whatever_comes_and_goes_alarms_begin_and_end_in_turn(passes: list[set[str]]) -> None:
    """Of each subject begin and end alternate, and at the end the book has exactly the alarms that have begun and not ended."""
    book, state = Book(), dict.fromkeys("abc", False)
    for number, subjects in enumerate(passes):
        book = after(book, *(a_finding(subject) for subject in sorted(subjects)), now=NOW + number * PASS)
        for line in (line for bulletin in book.bulletins for line in bulletin.lines):
            subject = line.split(": ", 1)[1][0]
            begins = line.startswith("NEW")
            assert state[subject] is not begins
            state[subject] = begins
        book = delivered(book)
    assert {alarm.subject for alarm in book.alarms} == {subject for subject, lasts in state.items() if lasts}
    assert all(isinstance(alarm, Alarm) for alarm in book.alarms)
