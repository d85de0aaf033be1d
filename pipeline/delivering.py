"""The third stage's second half: sends what is due in the outbox, and takes back what was told and is gone.

A row is written down as being sent before it is, and as sent after: what was under way when a run was killed is sent again under
the same key. A channel that does not answer is left alone until the next run, so that the others are not kept waiting.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from pipeline import outbox
from pipeline.alert_rules import ChannelRules
from pipeline.channels import Trouble
from pipeline.documents import Stored, iso, known
from pipeline.index import Index
from pipeline.lease import Lease
from pipeline.messages import Message, MessageKind
from pipeline.model import Clock
from pipeline.outbox import Row, Status

log = structlog.get_logger(__name__)

HOUR = timedelta(hours=1)

Progress = Callable[[str], None]
Send = Callable[[Message, ChannelRules], Trouble | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """All that sending needs."""

    index: Index
    channels: Mapping[str, ChannelRules]
    send: Send
    give_up: timedelta
    clock: Clock
    at_once: int = 16  # channels; one that is slow keeps no other waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A row and the document that it was read from."""

    stored: Stored
    row: Row


def deliver_all(post: Post, lease: Lease, progress: Progress) -> Counter[str]:
    """Sends what is due, to all channels at once; to one the oldest first, also after it could not be sent.

    Counts messages `sent`, `undelivered` and `failed`.
    """
    counts: Counter[str] = Counter({"sent": 0})
    due: dict[str, list[Kept]] = defaultdict(list)
    for kept in _due(post):
        due[kept.row.channel].append(kept)
    with ThreadPoolExecutor(max_workers=post.at_once, thread_name_prefix="channel") as pool:
        running = [pool.submit(copy_context().run, _deliver, channel, rows, post, lease, progress) for channel, rows in due.items()]
    for each in running:
        counts.update(each.result())
    return counts


def _deliver(channel: str, rows: Sequence[Kept], post: Post, lease: Lease, progress: Progress) -> Counter[str]:
    """What is due to one channel, until it does not take it."""
    counts: Counter[str] = Counter()
    rules = post.channels.get(channel)
    if rules is None:
        return Counter(undelivered=len(_give_back(rows, post, f"no channel {channel!r} in alerts.yml any more")))
    for kept in _within_cap(rows, rules, post, lease):
        lease.renew()
        ended = _send(kept, rules, post, progress)
        counts[ended] += 1
        if ended == "undelivered":
            break
    return counts


def _due(post: Post) -> list[Kept]:
    post.index.refresh("alerts")
    waiting = {"terms": {"status": [Status.PENDING, Status.SENDING]}}
    query = {"bool": {"filter": [waiting, {"range": {"due": {"lte": iso(post.clock())}}}]}}
    return [_kept(stored) for stored in post.index.each("alerts", query, sort=["event.created", "due"])]


def _kept(stored: Stored) -> Kept:
    return Kept(stored=stored, row=outbox.row_from(stored.id, stored.source))


def _within_cap(rows: Sequence[Kept], rules: ChannelRules, post: Post, lease: Lease) -> Iterator[Kept]:
    """As many rows as the channel takes this hour; where there are more, the last place tells of all the others."""
    now = post.clock()
    query = {"bool": {"filter": [{"term": {"channel": rules.id}}, {"range": {"sent": {"gt": iso(now - HOUR)}}}]}}
    room = rules.cap - post.index.count("alerts", query)
    if len(rows) <= room:
        yield from rows
    elif room > 0:
        yield from rows[: room - 1]
        rest = rows[room - 1 :]
        yield from (kept for kept in rest if not outbox.may_be_gathered(kept.row))
        loose = [kept for kept in rest if outbox.may_be_gathered(kept.row)]
        if loose:
            lease.renew()
            yield _overflowed(loose, rules.id, post, now)


def _overflowed(rows: Sequence[Kept], channel: str, post: Post, now: datetime) -> Kept:
    row = outbox.overflow([kept.row for kept in rows], channel, now)
    post.index.create("alerts", [(row.id, known(outbox.row_document(row, rows[0].stored.source, now)))])
    _gather(row, post)
    return _kept(post.index.get("alerts", [row.id])[row.id])


def finish_overflows(post: Post) -> None:
    """Marks the rows that an overflow tells of, where a run was killed before it did: before anything joins them or they are sent.

    An overflow is sent only after that, so that those that were sent need no looking at.
    """
    post.index.refresh("alerts")
    unsent = {"terms": {"status": [Status.PENDING, Status.SENDING]}}
    query = {"bool": {"filter": [{"term": {"kind": MessageKind.OVERFLOW}}, unsent]}}
    for stored in post.index.each("alerts", query):
        _gather(outbox.row_from(stored.id, stored.source), post)


def _gather(row: Row, post: Post) -> None:
    now = post.clock()
    members = [_kept(stored) for stored in post.index.get("alerts", row.members).values()]
    after = [(kept, outbox.gathered(kept.row, row, now)) for kept in members]
    _write([(kept, done) for kept, done in after if done != kept.row], post)


def _send(kept: Kept, rules: ChannelRules, post: Post, progress: Progress) -> str:
    began = outbox.began(kept.row, post.clock())
    _write([(kept, began)], post)
    message = outbox.message(began)
    trouble = post.send(message, rules)
    ended = _write_down(began, trouble, post)
    items = [entry.item for entry in began.entries if entry.revision == began.revision]
    ids = {"alert": began.id, "statements": [item.statement_id for item in items], "articles": sorted({item.article_id for item in items})}
    if trouble:
        log.warning("alert not delivered", channel=rules.id, reason=trouble.reason, ended=ended, **ids)
    else:
        log.info("alert sent", step="sent", channel=rules.id, key=message.key, **ids)
    progress(f"{rules.id}: {message.title}" + (f" — {trouble.reason}" if trouble else ""))
    return ended


def _write_down(began: Row, trouble: Trouble | None, post: Post) -> str:
    """How a sending has ended, on the row as it is now: while a channel was slow, another run may have done this and more."""
    kept = _kept(post.index.get("alerts", [began.id])[began.id])
    row, now = kept.row, post.clock()
    if trouble is None:
        after = outbox.arrived(row, now)
    else:
        after = outbox.failed(row, trouble.reason, again=trouble.again, now=now, give_up=post.give_up)
    if row.status is Status.SENDING and row.revision == began.revision:
        _keep(kept, after, post)
    return "sent" if trouble is None else "failed" if after.status is Status.FAILED else "undelivered"


def _keep(kept: Kept, after: Row, post: Post) -> None:
    """Writes a row, and first what it leaves behind where it has failed."""
    left = outbox.successor(kept.row, post.clock()) if after.status is Status.FAILED else None
    if left:
        post.index.create("alerts", [(left.id, known(outbox.row_document(left, kept.stored.source, post.clock())))])
    _write([(kept, after)], post)


def _give_back(rows: Sequence[Kept], post: Post, why: str) -> Sequence[Kept]:
    now = post.clock()
    for kept in rows:
        _keep(kept, outbox.failed(kept.row, why, again=True, now=now, give_up=post.give_up), post)
    return rows


def _write(changes: Sequence[tuple[Kept, Row]], post: Post) -> None:
    post.index.change_all("alerts", [(kept.stored, outbox.changing(row)) for kept, row in changes])
