"""Links and where they end, as the ledger of links has them: a line each in the index `entries`."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog

from pipeline.answers import Entry, Page
from pipeline.documents import Document, Stored, iso, known, moment
from pipeline.errors import DocumentsRefused
from pipeline.fuller import Rest
from pipeline.index import Index
from pipeline.model import Article, Intake, Outcome
from pipeline.publishers import UNKNOWN
from pipeline.source_rules import Outlet
from pipeline.world import World

log = structlog.get_logger(__name__)

# What of an entry's line no stranger has written.
OWN = ("source", "outlet", "event", "outcome", "article_id", "attempts", "intake", "told", "tried")
# What is kept of a link to what was forgotten: nothing that says what it was.
UNTELLING = ("source", "outlet", "event", "outcome", "attempts", "intake", "tried")


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An entry of a source together with what the ledger knows of it."""

    id: str
    entry: Entry
    attempts: int
    first_seen: datetime
    intake: Intake
    outlet: Outlet | None  # None: nobody's that is known
    by: tuple[str, ...] = ()  # domains of an aggregator that showed it, by which it may lead to the outlet
    shown: Page | None = None  # the page that showed it, where it was shown just now
    by_hand: bool = False  # somebody asked for this very address


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """Where a link has ended, and the article where it is one."""

    link: Link
    outcome: Outcome
    reason: str
    article_id: str | None = None
    article: Article | None = None
    rest: Rest | None = None  # of an article that is there, and of which only the beginning is
    read_id: str | None = None  # what the page would be called as an article, and hashes of its short lines: also if it is not kept
    lines: tuple[str, ...] = ()


def outlet_of(link: Link) -> str:
    return link.outlet.id if link.outlet else UNKNOWN


def told_of(entry: Entry) -> str:
    """Changes with anything that a feed says of an article."""
    parts = (entry.title, iso(entry.published) or "", entry.summary, entry.body or "")
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def entry_document(ended: Ended, source: str, now: datetime) -> Document:
    whole = _whole_document(ended, source, now)
    return {key: whole[key] for key in UNTELLING if key in whole} if ended.outcome is Outcome.FORGOTTEN else whole


def _whole_document(ended: Ended, source: str, now: datetime) -> Document:
    link, entry = ended.link, ended.link.entry
    return known(
        {
            "source": source,
            "outlet": {"id": outlet_of(link)},
            "url": {"original": entry.url},
            "title": entry.title,
            "published": iso(entry.published),
            "event": {"created": iso(link.first_seen), "ingested": iso(now)},
            "outcome": ended.outcome,
            "reason": ended.reason,
            "article_id": ended.article_id,
            "attempts": link.attempts + 1,
            "intake": link.intake,
            "told": told_of(entry),
            "edited": entry.edited or None,
            "tried": iso(now),
        }
    )


def pending(source: str, polled: Outlet | None, world: World) -> dict[str, Link]:
    """Links of earlier polls that did not answer and may still be tried; a feed forgets, the ledger does not."""
    query = {
        "bool": {
            "filter": [
                {"term": {"source": source}},
                {"term": {"outcome": Outcome.UNAVAILABLE}},
                {"range": {"attempts": {"lt": world.settings.attempts}}},
            ]
        }
    }
    return {stored.id: _link_from(stored, polled, world) for stored in world.index.each("entries", query)}


def _link_from(stored: Stored, polled: Outlet | None, world: World) -> Link:
    it = stored.source
    entry = Entry(url=it["url"]["original"], title=it.get("title", ""), published=moment(it.get("published")), summary="", body=None)
    owner = next((outlet for outlet in world.outlets if outlet.id == it["outlet"]["id"]), polled)
    return Link(
        id=stored.id,
        entry=entry,
        attempts=it["attempts"],
        first_seen=moment(it["event"]["created"]),
        intake=Intake(it.get("intake", "live")),
        outlet=owner,
        by=polled.domains if polled and polled.aggregator else (),
        by_hand=polled is None,
    )


def note(documents: Mapping[str, Document], index: Index) -> None:
    """Writes the ledger's lines; of one that Elasticsearch refuses, what is of our own making, so that no link is without its line."""
    try:
        index.put("entries", documents.items())
    except DocumentsRefused as error:
        for id_, reason in error.reasons.items():
            log.error("Elasticsearch refuses a line of the ledger", link=id_, reason=reason)
        index.put("entries", ((id_, {key: documents[id_][key] for key in OWN if key in documents[id_]}) for id_ in error.reasons))
