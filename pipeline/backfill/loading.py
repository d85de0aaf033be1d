"""One archive → articles, read, in the index; from where an earlier run has left it, and by one run at a time.

What was done is written down behind it, with the place of the first record that was not: a run that is killed does some of it again, which
changes nothing, for every document has the id that it had.
"""

import hashlib
import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import chain, pairwise

import structlog
from courlan import extract_domain

from pipeline import forgotten
from pipeline.addresses import entry_id
from pipeline.answers import Entry, Keys, Page
from pipeline.backfill.gate import Gate
from pipeline.backfill.inputs import Input, size_of
from pipeline.backfill.records import Found, Skipped, has_other_digest, records
from pipeline.documents import Document, iso, known
from pipeline.errors import Unavailable
from pipeline.fetch import NO_KEYS
from pipeline.following import ends_of
from pipeline.index import Index
from pipeline.lease import lease
from pipeline.links import Link
from pipeline.model import Intake, Outcome, Validators
from pipeline.publishers import UNKNOWN, Owners, host_of
from pipeline.source_rules import Feed, Outlet
from pipeline.topical import extract_near
from pipeline.unread import Desk, read_batch
from pipeline.world import World

log = structlog.get_logger(__name__)

# Stands for a source in the ledger, where a link came out of an archive.
BY_ARCHIVE = "archive"
# Pages that have passed the gate are followed together, and are in memory until then.
BATCH, BATCH_BYTES = 50, 50 * 2**20
# Links that are followed again where an archive has them: the web did not answer, or nobody wanted to ask it.
TRIED_IN_VAIN = frozenset({Outcome.UNAVAILABLE, Outcome.PAUSED, Outcome.UNKNOWN_OUTLET})
# How long a run that is killed on another machine keeps an archive; and between two notes of how far one is.
LEASE_SECONDS = 900.0
NOTE_SECONDS = 20.0
MAX_ID = 48

_NOT_IN_IDS = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far an archive is. `place` and `size` are bytes of the file, or of what a packed list of pages unpacks to; no size where whoever
    keeps it does not tell."""

    address: str
    began: int  # where this run did
    place: int
    size: int | None
    counts: Counter[str]
    seconds: float  # of this run
    records: int  # in this run


@dataclass(frozen=True, slots=True, kw_only=True)
class Loader:
    """What loading an archive needs. `strangers`: outlets that are no sources are taken, too, by the names of their domains."""

    world: World
    desk: Desk
    gate: Gate
    owners: Owners
    strangers: bool = True
    progress: Callable[[Progress], None] = lambda _: None


def load(source: Input, loader: Loader, *, again: bool = False) -> Counter[str]:
    """Takes the articles out of one archive. Counts `records`, `pages`, `gated` (cannot be on topic), links by outcome, `articles` and
    `statements` read, what was skipped and why; over all runs that were at it. `busy` alone: another run is at it.

    `again` begins from the start. Raises as `records` does, and StoreUnavailable; a later run goes on.
    """
    index = loader.world.index
    id_ = archive_id(source)
    with lease(index, f"archive {id_}", wait=0, seconds=LEASE_SECONDS) as held:
        if held is None:
            return Counter(busy=1)
        before = {} if again else _before(id_, index)
        if before.get("done"):
            return Counter(before["counts"])
        guarded = replace(loader, world=replace(loader.world, keep=held.keep))
        return _load(source, id_, before, guarded)


def archive_id(source: Input) -> str:
    return hashlib.sha256(source.shown.encode()).hexdigest()[:40]


def _before(id_: str, index: Index) -> Document:
    stored = index.get("archives", [id_]).get(id_)
    return dict(stored.source) if stored else {}


def _load(source: Input, id_: str, before: Document, loader: Loader) -> Counter[str]:
    size = size_of(source.address)
    place = began = int(before.get("place", 0))
    counts: Counter[str] = Counter(before.get("counts", {}))
    noted = begun = time.monotonic()
    waiting = list[Page]()
    for done, (found, following) in enumerate(pairwise(chain[Found | None](records(source, place), (None,))), 1):
        assert found is not None
        loader.world.keep()
        counts["records"] += 1
        if (page := _wanted(found, source, counts, loader)) is not None:
            loader.world.parsers.start()  # they get ready while more is found for them
            waiting.append(page)
        place = following.place if following else (size or found.place + 1)
        if following is None or _is_enough(waiting) or time.monotonic() - noted > NOTE_SECONDS:
            counts += _followed(waiting, loader)
            waiting.clear()
            noted = time.monotonic()
            if following:
                _note(id_, source, place, size, counts, loader, before, is_done=False)
            loader.progress(
                Progress(address=source.shown, began=began, place=place, size=size, counts=counts, seconds=noted - begun, records=done)
            )
    _note(id_, source, place, size, counts, loader, before, is_done=True)
    return counts


def _is_enough(waiting: Sequence[Page]) -> bool:
    return len(waiting) >= BATCH or sum(len(page.body) for page in waiting) >= BATCH_BYTES


def _wanted(found: Found, source: Input, counts: Counter[str], loader: Loader) -> Page | None:
    """The page of a record, if it may be on topic."""
    page = found.page
    if page is None:
        counts[found.skipped or Skipped.UNREADABLE] += 1
        return None
    counts["pages"] += 1
    outlet = loader.owners.at(page.url)
    if outlet is None and not loader.strangers:
        counts["unlisted"] += 1
        return None
    if not loader.gate.admits(page.body, page.headers.get("content-type"), outlet.charset if outlet else None):
        counts["gated"] += 1
        return None
    if has_other_digest(source, found.place):  # who wrote it may have counted otherwise: it is no reason to lose an article
        counts["wrong-digest"] += 1
        log.warning("an archived page has not the digest that is told of it", url=page.url)
    return page


def _followed(pages: Sequence[Page], loader: Loader) -> Counter[str]:
    """Has these pages followed like any links, and the articles that come of it read. Of two of one address, the later one counts."""
    if not pages:
        return Counter()
    world, index = loader.world, loader.world.index
    shown = {link.id: (link, page) for page in pages for link in (_link(page, loader),)}
    known_ones = index.get("entries", list(shown), ["outcome"])
    seen = {id_ for id_, stored in known_ones.items() if stored.source["outcome"] not in TRIED_IN_VAIN}
    urls = {page.url for _, page in shown.values()}
    barred = forgotten.at_domains(urls, index)
    links = [link for id_, (link, page) in shown.items() if id_ not in seen and page.url not in barred]
    counts = Counter({"seen-before": len(seen), "twice": len(pages) - len(shown), "forgotten": len(barred)})
    archived = replace(world, web=Archived([page for _, page in shown.values()]), extract=extract_near)
    ended = list(ends_of(BY_ARCHIVE, links, archived))
    counts.update(each.outcome.value for each in ended)
    saved = [each.article_id for each in ended if each.article_id and (each.outcome is Outcome.SAVED or each.rest)]
    waiting = [stored for stored in index.get("articles", saved).values() if "digest" not in stored.source.get("read", {})]
    if waiting:
        counts.update(read_batch(waiting, loader.desk, lambda _: None))
    return +counts


def _link(page: Page, loader: Loader) -> Link:
    outlet = loader.owners.at(page.url) or stranger_at(page.url, loader.world)
    return Link(
        id=entry_id(outlet.id, page.url),
        entry=Entry(url=page.url, title="", published=None, summary="", body=None),
        attempts=0,
        first_seen=loader.world.clock(),
        intake=Intake.BACKFILL,
        outlet=outlet,
        by_hand=True,
    )


def stranger_at(url: str, world: World) -> Outlet:
    """Whoever publishes at a domain that is nobody's: nothing is known of it but that."""
    domain = extract_domain(url, fast=True) or host_of(url)
    id_ = _NOT_IN_IDS.sub("-", domain.lower()).strip("-")[:MAX_ID] or UNKNOWN
    if any(outlet.id == id_ for outlet in world.outlets):
        id_ = f"{id_}-{hashlib.sha256(domain.encode()).hexdigest()[:8]}"
    feed = Feed(url=f"https://{domain}/")
    return Outlet(id=id_, name=domain, domains=(domain,), languages=tuple(world.matchers), feeds=(feed,))


def _note(
    id_: str, source: Input, place: int, size: int | None, counts: Counter[str], loader: Loader, before: Document, *, is_done: bool
) -> None:
    now = iso(loader.world.clock())
    document = {
        "address": source.shown,
        "topic": loader.world.topic.id,
        "place": place,
        "size": size,
        "counts": dict(counts),
        "done": is_done,
        "event": {"created": before.get("event", {}).get("created", now), "ingested": now},
    }
    loader.world.index.put("archives", [(id_, known(document))])


class Archived:
    """The web, as far as it lies in an archive."""

    def __init__(self, pages: Sequence[Page]) -> None:
        self._pages = {page.url: page for page in pages}

    def feed(self, url: str, validators: Validators | None = None, keys: Keys = NO_KEYS) -> Page | None:
        del validators, keys
        return self.page(url)

    def page(self, url: str, keys: Keys = NO_KEYS) -> Page:
        del keys
        if url not in self._pages:
            raise Unavailable("not among the pages of the archive", url)
        return self._pages[url]

    def again(self, url: str, validators: Validators, keys: Keys = NO_KEYS) -> Page | None:
        del validators, keys
        return self.page(url)
