"""What fails again and again is set aside with its reason, so that it holds up nothing else; nothing is lost, and it can be tried again.

A document per thing that has failed. Until `TRIES` times it is tried at every run, after that no more until somebody says so.
"""

import traceback
from collections.abc import Sequence
from datetime import datetime

import structlog

from pipeline.documents import Document, Stored, iso, known
from pipeline.errors import NotFound
from pipeline.index import Index

log = structlog.get_logger(__name__)

TRIES = 3

# The end of a stack says where it happened; a recursion of thousands of frames says nothing more.
MAX_STACK = 20_000
MAX_MESSAGE = 1_000

READING = "read"


def note(article: Stored, error: Exception, index: Index, now: datetime) -> None:
    """Counts a failure to read an article; with the last of its tries the article waits no longer."""
    before = index.get("quarantine", [article.id]).get(article.id)
    attempts = (before.source["attempts"] if before else 0) + 1
    is_last = attempts >= TRIES
    log.warning("article cannot be read", article=article.id, attempts=attempts, set_aside=is_last, error=repr(error)[:MAX_MESSAGE])
    index.put("quarantine", [(article.id, _document(article, error, attempts, before, now))])
    if is_last:
        index.change("articles", [(article, {"quarantined": iso(now)})])


def _document(article: Stored, error: Exception, attempts: int, before: Stored | None, now: datetime) -> Document:
    it = article.source
    return known(
        {
            "stage": READING,
            "article_id": article.id,
            "url": {"full": it["url"]["full"]},
            "outlet": {"id": it["outlet"]["id"], "name": it["outlet"]["name"]},
            "title": it.get("title"),
            "attempts": attempts,
            "set_aside": iso(now) if attempts >= TRIES else None,
            "error": {
                "type": type(error).__name__,
                "message": str(error)[:MAX_MESSAGE],
                "stack_trace": "".join(traceback.format_exception(error))[-MAX_STACK:],
            },
            "event": {"created": before.source["event"]["created"] if before else iso(now), "ingested": iso(now)},
        }
    )


def forget(articles: Sequence[str], index: Index) -> None:
    """What has been read after all."""
    index.delete("quarantine", list(index.get("quarantine", articles)))


def listed(index: Index) -> list[Stored]:
    """Everything that has failed, the first failure first; `set_aside` is missing where it is still tried."""
    index.refresh("quarantine")
    return list(index.each("quarantine", {"match_all": {}}, sort=["event.created"]))


def one(beginning: str, index: Index) -> Stored:
    """By its id or the beginning of it. Raises NotFound."""
    found = [each for each in listed(index) if each.id.startswith(beginning)]
    if len(found) != 1:
        raise NotFound(f"{len(found) or 'nothing'} in quarantine begins with {beginning!r}; `claimwire quarantine list` shows all")
    return found[0]


def retry(chosen: Sequence[Stored], index: Index) -> int:
    """Lets these be tried again, three times at most. Gives how many there were."""
    ids = [each.source["article_id"] for each in chosen]
    index.change_all("articles", [(stored, {"quarantined": None}) for stored in index.get("articles", ids).values()])
    return index.delete("quarantine", [each.id for each in chosen])["deleted"]


def drop(chosen: Sequence[Stored], index: Index) -> int:
    """Gives these up: they stay in the index unread, and are listed no more. Gives how many there were."""
    return index.delete("quarantine", [each.id for each in chosen])["deleted"]
