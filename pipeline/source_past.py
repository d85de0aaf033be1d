"""What the passes over the sources have brought so far, from the index: nobody is asked again. And where a report is kept."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from pipeline.config_files import read_topic
from pipeline.connection import connect
from pipeline.documents import Document, moment
from pipeline.index import Index
from pipeline.settings import Settings
from pipeline.source_file import all_outlets
from pipeline.source_looks import Look
from pipeline.source_report import Pages, Report, Row, as_html
from pipeline.source_rules import Feed, Outlet
from pipeline.source_state import source_id
from pipeline.source_troubles import of_error, of_look, of_pages


def report_of(settings: Settings) -> Report:
    """What is known of the topic's sources by now. Raises StoreUnavailable."""
    return past(settings.topic, all_outlets(settings), connect(settings), settings.clock(), read_topic(settings).languages)


def report_file(settings: Settings) -> Path:
    """Where the last report of the topic is kept."""
    return settings.state / f"sources-{settings.topic}.html"


def keep(report: Report, settings: Settings) -> Path:
    """Writes a report as a page, in the place of the one before; returns its file."""
    file = report_file(settings)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(as_html(report, settings.time_zone), encoding="utf-8")
    return file


def past(topic: str, outlets: Sequence[Outlet], index: Index, now: datetime, read: Collection[str]) -> Report:
    """The last poll of every feed, and how the links of each outlet have ended. `read` are the languages that there are words for."""
    index.refresh("sources", "entries")
    polls = {stored.id: dict(stored.source) for stored in index.each("sources", {"match_all": {}})}
    polled = [outlet for outlet in outlets if outlet.paused is None]
    rows = tuple(_row(outlet, feed, polls.get(source_id(outlet, feed)), read) for outlet in polled for feed in outlet.feeds)
    ended = _ended(index)
    pages = {
        outlet.id: Pages(ended=ended[outlet.id], troubles=of_pages(ended[outlet.id], outlet)) for outlet in polled if ended.get(outlet.id)
    }
    return Report(topic=topic, at=now, rows=rows, pages=pages, paused=tuple(outlet for outlet in outlets if outlet.paused is not None))


def _row(outlet: Outlet, feed: Feed, poll: Document | None, read: Collection[str]) -> Row:
    asked = moment((poll or {}).get("polled"))
    if poll is None or asked is None:
        return Row(outlet=outlet, feed=feed, look=None, troubles=())
    newest = moment(poll.get("newest"))
    seen = "entries" in poll
    look = Look(url="", kind=feed.kind, entries=poll["entries"], newest=newest, flaws=tuple(poll.get("flaws", ()))) if seen else None
    if "error" in poll:
        return Row(outlet=outlet, feed=feed, look=look, troubles=(of_error(poll["error"]["message"], outlet, feed),), asked=asked)
    return Row(outlet=outlet, feed=feed, look=look, troubles=of_look(look, outlet, feed, asked, read) if look else (), asked=asked)


def _ended(index: Index) -> Mapping[str, Mapping[str, int]]:
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for group in index.groups("entries", ["outlet.id", "outcome"], {"match_all": {}}):
        found[group["key"]["outlet.id"]][group["key"]["outcome"]] = group["doc_count"]
    return found
