"""One pass of the watch: measures, tells alarms, writes metrics, and calls the heartbeat's address where all of that went well.

The book of alarms is one document of the index. It is written before anything is sent, guarded by its sequence number: of two
passes at once one finds that it was overtaken, and has told nobody.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from pipeline import alarms, channels, heartbeat, metrics, runs
from pipeline.alarms import Book, Bulletin
from pipeline.alert_rules import Alerting, ChannelRules
from pipeline.config_files import alerts_files, read_alerting, read_health
from pipeline.connection import connect
from pipeline.delivery import Trouble, write_whole
from pipeline.documents import Document, Stored, iso
from pipeline.errors import ConfigError, StoreUnavailable
from pipeline.health import Facts, Finding, HealthRules, Stage, examine
from pipeline.index import Index
from pipeline.lease import Lease, lease
from pipeline.measuring import measure
from pipeline.messages import Message, MessageKind
from pipeline.redaction import Redaction
from pipeline.settings import Settings, secret_values

log = structlog.get_logger(__name__)

# The book's document.
NOW = "now"

Send = Callable[[Message, ChannelRules], Trouble | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """All that telling needs."""

    index: Index
    alerting: Alerting
    rules: HealthRules
    open_channels: tuple[str, ...]
    send: Send
    clock: Callable[[], datetime]


def look(settings: Settings) -> tuple[Facts, tuple[Finding, ...], HealthRules]:
    """What is measured now and what is wrong with it, with no secret in it; nothing is written."""
    rules = read_health(settings)
    facts = measure(settings, connect(settings), rules)
    return facts, tuple(_told(finding) for finding in examine(facts, rules)), rules


def _told(finding: Finding) -> Finding:
    """What a feed's error says has its address in it, and that may have a key in it."""
    hide = Redaction(secret_values()).text
    return replace(finding, says=hide(finding.says), then=hide(finding.then))


def watch(settings: Settings) -> Counter[str]:
    """One pass. Counts `troubles`, `told` and `undelivered` messages, and whether a heartbeat was sent (`beats`).

    Raises StoreUnavailable and ConfigError, and what goes wrong in writing the metrics; then there is no heartbeat either.
    """
    index, taken = connect(settings), runs.Stopwatch()
    with lease(index, "watch", wait=0) as held:
        if held is None:
            return Counter(busy=1)
        facts, findings, rules = look(settings)
        counts = Counter({"troubles": len(findings)})
        counts.update(_tell(open_post(settings, index, rules), findings, held))
        write_metrics(settings, metrics.as_metrics(facts, findings, rules))
        if not counts["undelivered"]:
            counts.update(_beat(settings))
        runs.note(index, Stage.WATCH, counts, taken, settings.clock())
    return counts


def open_post(settings: Settings, index: Index, rules: HealthRules) -> Post:
    """Raises ConfigError where health.yml names a channel that alerts.yml has not."""
    alerting = read_alerting(settings)
    known = [channel.id for channel in alerting.channels]
    if strangers := [name for name in rules.channels if name not in known]:
        raise ConfigError(
            f"no channel {', '.join(strangers)} in {alerts_files(settings)[-1].name}",
            file=settings.files("health.yml")[-1],
            key="channels",
            remedy=f"There are: {', '.join(known)}",
        )
    opened = channels.open_channels(alerting.channels, settings)
    return Post(
        index=index,
        alerting=alerting,
        rules=rules,
        open_channels=tuple(name for name in known if name in opened and (not rules.channels or name in rules.channels)),
        send=lambda message, channel: channels.deliver(message.of_topic(settings.topic), channel, settings),
        clock=settings.clock,
    )


def file_brief(settings: Settings, title: str, lines: Sequence[str], id_: str) -> int:
    """Puts a brief into the book, for the next pass to send to the channels that alerts.yml names; 0 where it has been put there before.

    Raises StoreUnavailable where a pass writes the book at the same time.
    """
    index, alerting = connect(settings), read_alerting(settings)
    opened = channels.open_channels(alerting.channels, settings)
    waits_for = tuple(name for name in alerting.brief if name in opened)
    index.refresh("alarms")
    stored, book = read_book(index)
    now = settings.clock()
    bulletin = Bulletin(
        id=id_, title=title, lines=tuple(lines), at=now, waits_for=waits_for, kind=MessageKind.BRIEF, why="brief in alerts.yml"
    )
    after = alarms.filed(book, bulletin)
    if after is book:
        return 0
    _put(index, stored, after, now)
    return len(waits_for)


def read_book(index: Index) -> tuple[Stored | None, Book]:
    """The book as it is, and its document; none before the first alarm."""
    stored = index.get("alarms", [NOW]).get(NOW)
    return stored, Book.model_validate(stored.source["book"]) if stored else Book()


def _tell(post: Post, findings: Sequence[Finding], held: Lease) -> Counter[str]:
    """Writes down what is to be told, then sends what no channel has got yet, the oldest first."""
    stored, book = read_book(post.index)
    after = alarms.turned(book, findings, post.open_channels, post.clock(), again=post.rules.again, calm=post.rules.calm)
    _write(post, stored, after)
    counts: Counter[str] = Counter()
    down: set[str] = set()
    for bulletin in after.bulletins:
        for channel in bulletin.waits_for:
            if channel not in down:
                held.renew()
                counts.update(ended := _deliver(bulletin, channel, post))
                down |= {channel} if ended["undelivered"] else set()
    return counts


def _deliver(bulletin: Bulletin, channel: str, post: Post) -> Counter[str]:
    """Sends one bulletin to one channel and writes down that it is there. One that cannot be sent is given up as alerts are."""
    rules = next((each for each in post.alerting.channels if each.id == channel), None)
    trouble = post.send(alarms.message(bulletin), rules) if rules else Trouble(f"no channel {channel!r} any more", again=False)
    if trouble is not None:
        given_up = rules is None or post.clock() - bulletin.at >= post.alerting.give_up
        log.warning("alarm not delivered", channel=channel, alarm=bulletin.id, reason=trouble.reason, given_up=given_up)
        if not given_up:
            return Counter(undelivered=1)
    stored, book = read_book(post.index)
    _write(post, stored, alarms.sent(book, bulletin.id, channel))
    return Counter(told=1) if trouble is None else Counter()


def _write(post: Post, stored: Stored | None, book: Book) -> None:
    """Raises StoreUnavailable where another pass has written it meanwhile."""
    _put(post.index, stored, book, post.clock())


def _put(index: Index, stored: Stored | None, book: Book, now: datetime) -> None:
    document: Document = {
        "book": book.model_dump(mode="json"),
        "lasting": sorted({alarm.trouble.value for alarm in book.alarms}),
        "unsent": len(book.bulletins),
        "event": {"ingested": iso(now)},
    }
    if stored is not None:
        index.change_all("alarms", [(stored, document)])
    elif not index.create("alarms", [(NOW, document)])["created"]:
        raise StoreUnavailable("another pass of the watch was quicker; try again")


def write_metrics(settings: Settings, text: str) -> None:
    """Puts the metrics where Prometheus' node exporter finds them, whole or not at all. Raises ConfigError where that cannot be done."""
    file = settings.metrics_file
    if file is None:
        return
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, Redaction(secret_values()).text(text).encode(), mode=0o644)
    except OSError as error:
        raise ConfigError(f"cannot be written: {error.strerror}", file=file, key="CLAIMWIRE_METRICS") from error


def _beat(settings: Settings) -> Counter[str]:
    if settings.heartbeat is None:
        return Counter()
    trouble = heartbeat.beat(settings)
    if trouble is not None:
        log.warning("heartbeat not sent", reason=trouble.reason)
    return Counter(beats=int(trouble is None))
