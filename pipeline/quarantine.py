"""What fails again and again is set aside with its reason, so that it holds up nothing else; nothing is lost, and it can be tried again.

A document per thing that has failed: an article that cannot be read, or one that Elasticsearch refuses, which is kept here whole.
Until `TRIES` times it is tried at every run, after that no more until somebody says so.
"""

import traceback
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import structlog

from pipeline.documents import Document, Stored, iso, known
from pipeline.errors import DocumentsRefused, NotFound
from pipeline.index import Index
from pipeline.model import Outcome

log = structlog.get_logger(__name__)

TRIES = 3

# The end of a stack says where it happened; a recursion of thousands of frames says nothing more.
MAX_STACK = 20_000
MAX_MESSAGE = 1_000

READING = "read"
WRITING = "write"


def note(article: Stored, error: Exception, index: Index, now: datetime) -> None:
    """Counts a failure to read an article; with the last of its tries the article waits no longer."""
    before = index.get("quarantine", [article.id]).get(article.id)
    attempts = (before.source["attempts"] if before else 0) + 1
    is_last = attempts >= TRIES
    log.warning("article cannot be read", article=article.id, attempts=attempts, set_aside=is_last, error=repr(error)[:MAX_MESSAGE])
    index.put("quarantine", [(article.id, _document(article, error, attempts, before, now))])
    if is_last:
        index.change("articles", [(article, {"quarantined": iso(now)})])


def keep(refused: Mapping[str, Document], error: DocumentsRefused, index: Index, now: datetime) -> None:
    """Keeps articles that Elasticsearch refuses, by their ids, to be written later."""
    for id_, reason in error.reasons.items():
        log.error("Elasticsearch refuses an article", article=id_, reason=reason)
    before = index.get("quarantine", list(error.reasons))
    index.put("quarantine", ((id_, _kept(id_, refused[id_], reason, before.get(id_), now)) for id_, reason in error.reasons.items()))


def _kept(id_: str, article: Document, reason: str, before: Stored | None, now: datetime) -> Document:
    attempts = (before.source["attempts"] if before else 0) + 1
    return _row(WRITING, id_, article, attempts, before, now) | {
        "error": {"type": DocumentsRefused.__name__, "message": reason[:MAX_MESSAGE]},
        "document": article,
    }


def write_again(index: Index, now: datetime) -> Counter[str]:
    """Tries to write what was refused and is not set aside. Counts `taken` and `refused`."""
    index.refresh("quarantine")
    query = {"bool": {"filter": [{"term": {"stage": WRITING}}], "must_not": [{"exists": {"field": "set_aside"}}]}}
    kept = {stored.id: stored.source["document"] for stored in index.each("quarantine", query)}
    if not kept:
        return Counter()
    refused: set[str] = set()
    try:
        index.create("articles", kept.items())
    except DocumentsRefused as error:
        keep(kept, error, index, now)
        refused = set(error.reasons)
    taken = sorted(set(kept) - refused)
    index.refresh("entries")
    ended = {"bool": {"filter": [{"terms": {"article_id": taken}}, {"term": {"outcome": Outcome.QUARANTINED}}]}}
    saved = {"outcome": Outcome.SAVED, "reason": "Elasticsearch has taken it after all"}
    index.change("entries", [(entry, saved) for entry in index.each("entries", ended)])
    index.delete("quarantine", taken)
    return Counter(taken=len(taken), refused=len(refused))


def _document(article: Stored, error: Exception, attempts: int, before: Stored | None, now: datetime) -> Document:
    return _row(READING, article.id, article.source, attempts, before, now) | {
        "error": {
            "type": type(error).__name__,
            "message": str(error)[:MAX_MESSAGE],
            "stack_trace": "".join(traceback.format_exception(error))[-MAX_STACK:],
        }
    }


def _row(stage: str, id_: str, it: Mapping[str, Any], attempts: int, before: Stored | None, now: datetime) -> Document:
    return known(
        {
            "stage": stage,
            "article_id": id_,
            "url": {"full": it["url"]["full"]},
            "outlet": {"id": it["outlet"]["id"], "name": it["outlet"]["name"]},
            "title": it.get("title"),
            "attempts": attempts,
            "set_aside": iso(now) if attempts >= TRIES else None,
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
    refused = [each for each in chosen if each.source["stage"] == WRITING]
    index.change_all("quarantine", [(each, {"attempts": 0, "set_aside": None}) for each in refused])
    unread = [each.id for each in chosen if each.source["stage"] == READING]
    index.change_all("articles", [(stored, {"quarantined": None}) for stored in index.get("articles", unread).values()])
    return len(refused) + index.delete("quarantine", unread)["deleted"]


def drop(chosen: Sequence[Stored], index: Index) -> int:
    """Gives these up: what could not be read stays in the index unread, what was refused is gone. Gives how many there were."""
    return index.delete("quarantine", [each.id for each in chosen])["deleted"]
