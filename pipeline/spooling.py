"""Polls a source whether Elasticsearch is there or not: one run at a time; what was kept while it was away is written first, in order.

Away, a source is asked and its new pages are fetched as ever, and all answers are kept as they came. Back, the very poll runs again on
what was kept, at the time at which it was made: there is no second way in which an article comes about.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import structlog

from pipeline import quarantine, rhythm
from pipeline.answers import Entry, Keys, Page, Refusal
from pipeline.archive import RecordLostError
from pipeline.discovery import ask
from pipeline.documents import validators_from
from pipeline.errors import Rejected, StoreUnavailable, Unavailable
from pipeline.fetch import NO_KEYS, Fetcher
from pipeline.following import admit
from pipeline.lease import Lease, LeaseLost, lease
from pipeline.links import Link
from pipeline.model import Intake, Validators
from pipeline.parsers import ParserFailed
from pipeline.polling import FAILURES, fill_gaps, id_of, poll, poll_of, state_of
from pipeline.publishers import owner_of
from pipeline.settings import Settings
from pipeline.shelf import shelf_of
from pipeline.source_rules import Feed, Outlet
from pipeline.source_state import QUESTIONS, answered, failed, key_of, source_id, window_of
from pipeline.spool import Kept, Spool, Writing
from pipeline.world import World, visitor_of

log = structlog.get_logger(__name__)

# A page may take a minute and a half; who is killed on another machine holds its sources no longer than this.
LEASE_SECONDS = 600.0
# A store that was away is asked again after so long.
AWAY_SECONDS = 60.0


@dataclass(slots=True, kw_only=True)
class Collector:
    """What a run knows of the store: whether it is there, and what is kept until it is."""

    spool: Spool
    away_since: float | None = None  # monotonic
    told: str = field(default="")  # what it said
    stopping: threading.Event = field(default_factory=threading.Event)  # the run is being ended

    @property
    def is_away(self) -> bool:
        return self.away_since is not None and time.monotonic() - self.away_since < AWAY_SECONDS

    def collect(self, outlet: Outlet, feed: Feed, world: World, *, due_only: bool) -> Counter[str]:
        """One poll of a source, and what was kept of earlier ones. Counts as `polling.poll` does, and `not-due`, `busy` (another run
        is at it), `spooled` pages, `spool-full`."""
        if not self.is_away:
            try:
                return self._there(outlet, feed, world, due_only=due_only)
            except LeaseLost as error:
                log.warning("another run has taken over", reason=str(error))
                return Counter(busy=1)
            except StoreUnavailable as error:
                self._goes_away(error)
        if due_only and not rhythm.is_due(self.spool.state(source_id(outlet, feed)), world.clock()):
            return Counter({"not-due": 1})
        return _away(outlet, feed, world, self.spool)

    def begin(self, world: World) -> Counter[str]:
        """Before the first source: what Elasticsearch refused is written where it takes it now. Counts `taken` and `refused`."""
        self.spool.clean()
        known = {source_id(outlet, feed) for outlet in world.outlets for feed in outlet.feeds}
        for source in set(self.spool.sources()) - known:
            log.warning(
                "polls are kept of a source that is configured no more; they stay until it is, or until they are deleted", source=source
            )
        try:
            return quarantine.write_again(world.index, world.clock())
        except StoreUnavailable as error:
            self._goes_away(error)
            return Counter()

    def fill_gaps(self, outlet: Outlet, world: World) -> Counter[str]:
        """What fills gaps can be asked later as well."""
        if self.is_away:
            return Counter()
        try:
            return fill_gaps(outlet, world)
        except StoreUnavailable as error:
            self._goes_away(error)
            return Counter()

    def _keep(self, held: Lease) -> None:
        if self.stopping.is_set():
            raise LeaseLost("the run is being ended")
        held.keep()

    def _goes_away(self, error: StoreUnavailable) -> None:
        if not self.told:
            log.error("Elasticsearch is away; what is fetched is kept on this disk until it is back", reason=str(error))
        self.away_since, self.told = time.monotonic(), str(error)

    def _there(self, outlet: Outlet, feed: Feed, world: World, *, due_only: bool) -> Counter[str]:
        source = source_id(outlet, feed)
        kept = self.spool.waiting(source)
        if due_only and not kept and not rhythm.is_due(state_of(source, world), world.clock()):
            return Counter({"not-due": 1})
        with lease(world.index, f"source {source}", wait=0, seconds=LEASE_SECONDS) as held:
            if held is None:
                return Counter(busy=1)
            guarded = replace(world, keep=partial(self._keep, held))
            counts: Counter[str] = Counter()
            for each in kept:
                counts += _written(each, outlet, feed, guarded)
                self.spool.drop(each)
            if not due_only or rhythm.is_due(state_of(source, world), world.clock()):
                counts += poll(outlet, feed, guarded)
            self.spool.remember(source, state_of(source, world))
            return counts


def spool_of(settings: Settings) -> Spool:
    return Spool(shelf_of(settings).below(f"spool/{settings.topic}"), settings.spool_bytes, settings.clock)


def _written(kept: Kept, outlet: Outlet, feed: Feed, world: World) -> Counter[str]:
    """The poll that was kept, made again on what it brought."""
    then = replace(world, web=Replayed(kept, world.web), clock=lambda: kept.at, written=world.clock)
    counts = poll(outlet, feed, then)
    log.info("a poll that was kept is written", source=kept.source, at=kept.at.isoformat())
    return counts + Counter(drained=1)


def _away(outlet: Outlet, feed: Feed, world: World, spool: Spool) -> Counter[str]:
    """A poll without the index. What answers questions is left for later: it can be asked about any time."""
    source = source_id(outlet, feed)
    if feed.kind in QUESTIONS:
        return Counter({"not-due": 1})
    if spool.is_full:
        log.error("the spool is full: this source is not asked", source=source)
        return Counter({"spool-full": 1})
    before, now = spool.state(source), world.clock()
    writing = spool.begin(source)
    alone = replace(world, web=Recorder(world.web, writing))
    known = set(before.get("shown", []))
    try:
        is_known = (lambda entry: key_of(id_of(entry, outlet, world)) in known) if known else None
        told = ask(outlet, feed, validators_from(before), window_of(before, now), is_known, alone)
    except FAILURES as error:
        writing.drop()
        spool.remember(source, failed(outlet, feed, before, error, now, soon=False))
        return Counter({"feeds": 1, "failed-feeds": 1})
    shown = {id_of(entry, outlet, world): (entry, page) for entry, page in told.entries}
    new = [each for id_, each in shown.items() if key_of(id_) not in known]
    if new:
        _fetch(new if known else (), outlet, alone)
        writing.done()
    else:
        writing.drop()
    keys = None if told.unchanged else tuple(map(key_of, shown))
    spool.remember(source, answered(outlet, feed, before, poll_of(told, keys, len(new), False, now), None))
    return Counter({"feeds": 1, "not-modified": int(told.unchanged), "spooled": len(new)})


def _fetch(shown: Sequence[tuple[Entry, Page]], polled: Outlet, world: World) -> None:
    """Has the pages of new links fetched, as reading them would; what comes of it is seen when it is written."""
    for entry, page in shown:
        owner = owner_of(entry, polled, world.outlets)
        if owner is None:
            continue
        by = polled.domains if polled.aggregator else ()
        link = Link(id="", entry=entry, attempts=0, first_seen=world.clock(), intake=Intake.LIVE, outlet=owner, by=by, shown=page)
        try:
            # What must not be kept cannot be known now; it is when this is written.
            visitor = replace(visitor_of(owner, owner.domains, {}, world, None), is_forgotten=lambda _: False)
            visitor.visit(admit(link, owner), entry, page)
        except (*FAILURES, Rejected, Unavailable, ParserFailed) as error:
            log.info("a page did not come", reason=str(error))


class Recorder:
    """Fetches, and keeps what came. What did not answer is not kept: it is asked again when the rest is written."""

    def __init__(self, web: Fetcher, writing: Writing) -> None:
        self._web = web
        self._writing = writing

    def feed(self, url: str, validators: Validators | None = None, keys: Keys = NO_KEYS) -> Page | None:
        return self._kept(url, lambda: self._web.feed(url, validators, keys))

    def page(self, url: str, keys: Keys = NO_KEYS) -> Page:
        page = self._kept(url, lambda: self._web.page(url, keys))
        assert page is not None
        return page

    def again(self, url: str, validators: Validators, keys: Keys = NO_KEYS) -> Page | None:
        return self._kept(url, lambda: self._web.again(url, validators, keys))

    def _kept(self, url: str, fetch: Callable[[], Page | None]) -> Page | None:
        try:
            page = fetch()
        except Rejected as error:
            self._writing.add(url, None, Refusal(outcome=error.outcome, reason=error.reason), error.status)
            raise
        self._writing.add(url, page)
        return page


class Replayed:
    """Answers as the web did when a poll was kept; what was not asked then, or is torn, is fetched now."""

    def __init__(self, kept: Kept, web: Fetcher) -> None:
        self._poll = kept
        self._web = web
        self._exchanges = {each.asked: each for each in kept.exchanges}

    def feed(self, url: str, validators: Validators | None = None, keys: Keys = NO_KEYS) -> Page | None:
        return self._told(url, lambda: self._web.feed(url, validators, keys))

    def page(self, url: str, keys: Keys = NO_KEYS) -> Page:
        page = self._told(url, lambda: self._web.page(url, keys))
        return page if page is not None else self._web.page(url, keys)

    def again(self, url: str, validators: Validators, keys: Keys = NO_KEYS) -> Page | None:
        return self._told(url, lambda: self._web.again(url, validators, keys))

    def _told(self, url: str, fetch: Callable[[], Page | None]) -> Page | None:
        exchange = self._exchanges.get(url)
        if exchange is None:
            return fetch()
        if exchange.refusal is not None:
            raise Rejected(exchange.refusal.outcome, exchange.refusal.reason, url, exchange.status)
        if exchange.page is None:
            return None
        try:
            return self._poll.page(exchange.page)
        except RecordLostError as error:
            log.warning("what was kept is torn, and fetched again", url=url, reason=str(error))
            return fetch()
