"""`claimwire prune`: takes away what is older than the settings want it kept, and finishes what `claimwire forget` has begun.

Batch by batch; what a run does not manage, or was killed at, is left for the next one.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from pipeline import forgetting, forgotten
from pipeline.archive import Archive
from pipeline.connection import connect
from pipeline.documents import Document, iso
from pipeline.erasure import erase
from pipeline.forgotten import Part, Wish
from pipeline.index import Index, Kind, batches
from pipeline.model import Outcome
from pipeline.outbox import Status
from pipeline.settings import Settings
from pipeline.source_state import key_of

BATCH = 500
# Of one kind in one run; articles cost more, for what was made of them is made anew.
MOST, MOST_ARTICLES = 100_000, 5_000
# Articles of one journal.
TOGETHER = 100

Progress = Callable[[str], None]

ARTICLES = [Outcome.SAVED, Outcome.KNOWN]
DONE = [Status.SENT, Status.FAILED, Status.SUPPRESSED, Status.GATHERED]


def prune(settings: Settings, progress: Progress) -> Counter[str]:
    """Counts what is gone by kind. Raises StoreUnavailable."""
    index, now = connect(settings), settings.clock()
    index.refresh()
    counts = forgetting.finish(settings, progress)
    for name, step in STEPS.items():
        done = step(settings, index, now)
        progress(f"{name}: {done}")
        counts[name] += done
    return +counts


def _articles(settings: Settings, index: Index, now: datetime) -> int:
    """With their statements, and what is computed of these. Where it came from stays in the archive, whose time is another."""
    before = _before(settings.keep_articles_days, now)
    if before is None:
        return 0
    found = islice(index.each("articles", _older("event.created", before), sort=["event.created"]), MOST_ARTICLES)
    number = 0
    for batch in batches(found, TOGETHER):
        with forgetting.opened(settings) as tools:
            wish = Wish(by="prune", why="older than CLAIMWIRE_KEEP_ARTICLES_DAYS", at=now)
            id_ = forgotten.open_part(Part(case=None, articles=[stored.id for stored in batch]), wish, index)
            number += erase(forgotten.part(id_, index), tools)["articles"]
    return number


def _entries(settings: Settings, index: Index, now: datetime) -> int:
    """Links that no feed shows any more: one that is still shown would come back as new. Those of an article go after it."""
    before = _before(settings.keep_entries_days, now)
    if before is None:
        return 0
    shown = {key for stored in index.each("sources", {"match_all": {}}) for key in stored.source.get("shown", ())}
    old = [_older("event.created", before)]
    articles = _before(settings.keep_articles_days, now)
    led_to = {"terms": {"outcome": ARTICLES}}
    kept = {"bool": {"filter": [led_to], "must_not": [_older("event.created", articles)]}} if articles else led_to
    query = {"bool": {"filter": old, "must_not": [kept]}}
    return _delete("entries", (stored.id for stored in index.each("entries", query) if key_of(stored.id) not in shown), index)


def _alerts(settings: Settings, index: Index, now: datetime) -> int:
    before = _before(settings.keep_alerts_days, now)
    done: list[Document] = [{"terms": {"status": DONE}}, _older("event.created", before)] if before else []
    open_ = {"range": {"updates_until": {"gt": iso(now)}}}
    query = {"bool": {"filter": done, "must_not": [open_]}}
    return _delete("alerts", (stored.id for stored in index.each("alerts", query)), index) if before else 0


def _changes(settings: Settings, index: Index, now: datetime) -> int:
    return _old_ones("changes", "event.created", settings.keep_changes_days, index, now)


def _quarantine(settings: Settings, index: Index, now: datetime) -> int:
    return _old_ones("quarantine", "event.ingested", settings.keep_quarantine_days, index, now)


def _archive(settings: Settings, index: Index, now: datetime) -> int:
    """Whole files, by the day in their names. The day itself and the one before may still be written to."""
    before = _before(settings.keep_archive_days, now)
    if before is None:
        return 0
    with Archive(settings.archive_base, settings.clock) as archive:
        old = [file for file in archive.files() if file[:10] < before.date().isoformat()]
        for file in old:
            archive.remove(file)
    return len(old)


STEPS: dict[str, Callable[[Settings, Index, datetime], int]] = {
    "old articles": _articles,
    "old links": _entries,
    "old alerts": _alerts,
    "old changes": _changes,
    "old quarantine": _quarantine,
    "old archive files": _archive,
}


def _before(days: int | None, now: datetime) -> datetime | None:
    return None if days is None else now - timedelta(days=days)


def _older(field: str, than: datetime) -> Document:
    return {"range": {field: {"lt": iso(than)}}}


def _old_ones(kind: Kind, field: str, days: int | None, index: Index, now: datetime) -> int:
    before = _before(days, now)
    return _delete(kind, (stored.id for stored in index.each(kind, _older(field, before))), index) if before else 0


def _delete(kind: Kind, ids: Iterator[str], index: Index) -> int:
    return sum(index.delete(kind, page)["deleted"] for page in batches(islice(ids, MOST), BATCH))


def prune_logs(folder: Path, days: int | None, now: datetime) -> int:
    """Deletes files below a folder that nobody has written to for so many days, and folders that are empty by that."""
    if days is None or not folder.is_dir():
        return 0
    oldest, gone = (now - timedelta(days=days)).timestamp(), 0
    for path in sorted(folder.rglob("*"), reverse=True):  # what is in a folder before the folder
        try:
            if path.is_symlink() or path.lstat().st_mtime >= oldest:
                continue
            if path.is_dir():
                path.rmdir()
            else:
                path.unlink()
                gone += 1
        except OSError:  # a folder with something in it, or somebody else was quicker
            continue
    return gone
