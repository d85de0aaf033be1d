"""The first stage: polls what is due, fills what was missed, follows every link to its end; or follows a list of addresses."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

from pipeline import logs
from pipeline.addresses import entry_id
from pipeline.answers import Entry, Refusal
from pipeline.entries import MAX_TITLE
from pipeline.following import follow
from pipeline.links import Link, pending
from pipeline.model import Intake, Outcome
from pipeline.publishers import UNKNOWN, outlet_at
from pipeline.source_rules import Outlet
from pipeline.source_state import source_id
from pipeline.spooling import Collector
from pipeline.world import World

# Stands for a source in the ledger, where a link came by a list of addresses.
BY_LIST = "urls"

Progress = Callable[[str], None]

_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)
_UNTOLD = {"feeds", "unanswered"}


def collect(outlets: Sequence[Outlet], world: World, collector: Collector, progress: Progress, *, due_only: bool = False) -> Counter[str]:
    """Polls the feeds of the outlets, all or those that are due; outlets side by side. Counts links by outcome, and what happened to feeds.

    `feeds`, `not-due`, `not-modified`, `failed-feeds`, `silent-feeds`, `overflows`, `filled`, `busy`; `spooled` are links that are kept
    until Elasticsearch is back. A feed that fails is counted, its error kept in `sources`, and the others go on; `unanswered` are those
    worth another try soon.
    """
    total = collector.begin(world)
    pool = ThreadPoolExecutor(max_workers=world.settings.outlets_at_once, thread_name_prefix="outlet")
    try:
        running = [pool.submit(copy_context().run, _outlet, outlet, world, collector, progress, due_only) for outlet in outlets]
        for each in running:
            total.update(each.result())
    except BaseException:
        collector.stopping.set()  # a task that is ended does not wait for what is under way, only for the links it is at
        raise
    finally:
        pool.shutdown(cancel_futures=True)
    return +total


def _outlet(outlet: Outlet, world: World, collector: Collector, progress: Progress, due_only: bool) -> Counter[str]:
    """All feeds of an outlet, one after the other."""
    total: Counter[str] = Counter()
    polled = False
    for feed in (each for each in outlet.feeds if not each.fills):
        with logs.bound(outlet=outlet.id, source=source_id(outlet, feed)):
            counts = collector.collect(outlet, feed, world, due_only=due_only)
        total.update(counts)
        if counts["feeds"] or not counts["not-due"]:
            polled = True
            progress(_line(outlet, counts))
    if polled and (counts := collector.fill_gaps(outlet, world)):
        total.update(counts)
        progress(f"{_line(outlet, counts)} (a gap was filled)")
    return total


def _line(outlet: Outlet, counts: Counter[str]) -> str:
    told = ", ".join(f"{count} {name}" for name, count in sorted(counts.items()) if count and name not in _UNTOLD)
    return f"{outlet.name}: {told or 'nothing'}"


def collect_addresses(lines: Iterable[str], world: World, progress: Progress, intake: Intake = Intake.LIVE) -> Counter[str]:
    """Follows the addresses of a list, one a line; blank lines and those that begin with # are none.

    Each is the outlet's whose domain it is at; what is nobody's, and what is no address, is an outcome too. Counts `addresses`,
    `seen-before`, and links by outcome. Raises StoreUnavailable.
    """
    texts = [text for line in lines if (text := line.strip()) and not text.startswith("#")]
    found = {link.id: link for link in (_link(text, intake, world) for text in texts)}
    again = pending(BY_LIST, None, world)
    seen = world.index.get("entries", list(found))
    new = [link for id_, link in found.items() if id_ not in seen]
    counts = Counter({"addresses": len(found), "seen-before": len(seen)})
    counts.update(follow(BY_LIST, [*again.values(), *new], world))
    progress(", ".join(f"{count} {name}" for name, count in sorted(counts.items()) if count) or "no addresses")
    return +counts


def _link(text: str, intake: Intake, world: World) -> Link:
    url = text if _ADDRESS.fullmatch(text) else None
    outlet = outlet_at(url, world.outlets) if url else None
    refusal = None if url else Refusal(outcome=Outcome.REJECTED, reason="not an address of the web")
    return Link(
        id=entry_id(outlet.id if outlet else UNKNOWN, text),
        entry=Entry(url=url, title="" if url else text[:MAX_TITLE], published=None, summary="", body=None, refusal=refusal),
        attempts=0,
        first_seen=world.clock(),
        intake=intake,
        outlet=outlet,
        by_hand=True,
    )
