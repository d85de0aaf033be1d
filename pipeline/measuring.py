"""Measures an installation: reads the facts that `health` judges from the index, by counting and by samples, never document by document."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

from pipeline import runs
from pipeline.config_files import read_outlets
from pipeline.deciding import UNDECIDED
from pipeline.documents import Document, Stored, iso, moment
from pipeline.health import Facts, HealthRules, Latency, Queue, Source, Step, Waiting, quantile
from pipeline.index import Index, batches
from pipeline.model import Intake
from pipeline.outbox import Status
from pipeline.settings import Settings
from pipeline.source_state import source_id
from pipeline.spooling import spool_of
from pipeline.unread import UNREAD

# Latencies are those of the newest so many of the last day. A difference of two fields cannot be aggregated without scripts, which
# are switched off in many places.
SAMPLE, DAY = 1_000, timedelta(days=1)
# Sources that are aggregated in one request: each has at most 720 hours in a month, and a request may have 65,536 buckets.
SOURCES = 50
MOST_SOURCES = 5_000

_UNSENT = {"terms": {"status": [Status.PENDING, Status.SENDING]}}


def measure(settings: Settings, index: Index, rules: HealthRules) -> Facts:
    """The facts of now. Raises StoreUnavailable, and ConfigError where the topic's sources cannot be read."""
    index.refresh()
    now = settings.clock()
    lately, first = _quarantined(index, now - rules.quarantine.within)
    return Facts(
        topic=settings.topic,
        at=now,
        sources=tuple(_sources(settings, index, now - rules.silence.history, now)),
        queues={
            Queue.ARTICLES: _articles(index),
            Queue.STATEMENTS: _statements(index),
            Queue.MESSAGES: _messages(index, now),
            Queue.SPOOL: _spool(settings),
        },
        latencies=_latencies(index, now - DAY),
        quarantined=index.count("quarantine", {"exists": {"field": "set_aside"}}),
        quarantined_lately=lately,
        quarantined_since=first,
        runs=runs.last_good(index),
        links=index.terms("entries", "outcome"),
    )


# ------------------------------------------------------------------------------------------------ sources
def _sources(settings: Settings, index: Index, since: datetime, now: datetime) -> Iterator[Source]:
    """Those that are configured, not paused and polled; what is only asked to fill gaps has no rhythm of its own."""
    outlets = {source_id(outlet, feed): outlet.id for outlet in read_outlets(settings) for feed in outlet.feeds if not feed.fills}
    fields = ["failures", "error.message", "answered", "polled", "news", "silent"]
    (found,) = index.ask("sources", [{"match_all": {}}], size=MOST_SOURCES, fields=fields)
    known = {stored.id: stored.source for stored in found if stored.id in outlets}
    brought = _brought(index, sorted(known), since, now)
    for id_, it in sorted(known.items()):
        yield Source(
            id=id_,
            outlet=outlets[id_],
            failures=int(it.get("failures", 0)),
            error=it.get("error", {}).get("message", ""),
            answered=moment(it.get("answered")),
            polled=moment(it.get("polled")),
            news=moment(it.get("news")),
            brought=brought.get(id_, ()),
            below=it.get("silent", ""),
        )


def _brought(index: Index, ids: Sequence[str], since: datetime, now: datetime) -> dict[str, tuple[datetime, ...]]:
    """The hours in which each source brought a new link."""
    found: dict[str, tuple[datetime, ...]] = {}
    within = {"range": {"event.created": {"gte": iso(since), "lte": iso(now)}}}
    hours = {"date_histogram": {"field": "event.created", "fixed_interval": "1h", "min_doc_count": 1}}
    for some in batches(ids, SOURCES):
        query = {"bool": {"filter": [within, {"terms": {"source": some}}]}}
        measures = {"sources": {"terms": {"field": "source", "size": len(some)}, "aggs": {"hours": hours}}}
        for bucket in index.aggregate("entries", query, measures)["sources"]["buckets"]:
            found[bucket["key"]] = tuple(datetime.fromtimestamp(hour["key"] / 1000, UTC) for hour in bucket["hours"]["buckets"])
    return found


# ------------------------------------------------------------------------------------------------ queues
def _articles(index: Index) -> Waiting:
    """A new version has waited since its article was last looked at, a new article since it came."""
    anew = {"exists": {"field": "read.version"}}
    first = _waiting(index, "articles", {"bool": {"filter": [UNREAD], "must_not": [anew]}}, "event.ingested")
    again = _waiting(index, "articles", {"bool": {"filter": [UNREAD, anew]}}, "revisit.checked")
    return _joined(first, again)


def _statements(index: Index) -> Waiting:
    return _waiting(index, "statements", UNDECIDED, "event.ingested")


def _messages(index: Index, now: datetime) -> Waiting:
    """After each try a message is due later; it has waited since it first failed."""
    failed = {"exists": {"field": "failing_since"}}
    due = {"range": {"due": {"lte": iso(now)}}}
    first = _waiting(index, "alerts", {"bool": {"filter": [_UNSENT, due], "must_not": [failed]}}, "due")
    again = _waiting(index, "alerts", {"bool": {"filter": [_UNSENT, failed]}}, "failing_since")
    return _joined(first, again)


def _spool(settings: Settings) -> Waiting:
    """What this machine keeps; other machines have their own."""
    number, oldest = spool_of(settings).summary()
    return Waiting(number=number, oldest=oldest)


def _waiting(index: Index, kind: Any, query: Mapping[str, Any], field: str) -> Waiting:
    measures = {"number": {"filter": {"match_all": {}}, "aggs": {"oldest": {"min": {"field": field}}}}}
    found = index.aggregate(kind, query, measures)["number"]
    return Waiting(number=found["doc_count"], oldest=_time(found["oldest"]["value"]))


def _joined(one: Waiting, other: Waiting) -> Waiting:
    oldest = min((time for time in (one.oldest, other.oldest) if time), default=None)
    return Waiting(number=one.number + other.number, oldest=oldest)


def _time(milliseconds: float | None) -> datetime | None:
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)


def _quarantined(index: Index, since: datetime) -> tuple[int, datetime | None]:
    """How many were set aside since then, and when the first of them was."""
    found = _waiting(index, "quarantine", {"range": {"set_aside": {"gte": iso(since)}}}, "set_aside")
    return found.number, found.oldest


# ------------------------------------------------------------------------------------------------ latencies
def _latencies(index: Index, since: datetime) -> dict[Step, Latency]:
    """Of what came in live; a back-fill and a first pass are as late as they are."""
    live: Document = {"term": {"intake": Intake.LIVE}}
    articles = _newest(index, "articles", [live], "event.ingested", since, ["published", "event", "read.at"])
    statements = _newest(index, "statements", [live], "decision.at", since, ["event.ingested", "decision.at"])
    # Of later messages of a row `sent` is not when its first statement was told.
    first: list[Document] = [{"term": {"kind": "alert"}}, {"term": {"sent_revision": 1}}]
    alerts = _newest(index, "alerts", first, "sent", since, ["sent", "entries.item.first_seen"])
    told = {
        Step.SEEN: [(it["published"], it["event"]["created"]) for it in articles if _has_time(it)],
        Step.INDEXED: [(it["event"]["created"], it["event"]["ingested"]) for it in articles],
        Step.READ: [(it["event"]["ingested"], it["read"]["at"]) for it in articles if "at" in it.get("read", {})],
        Step.DECIDED: [(it["event"]["ingested"], it["decision"]["at"]) for it in statements],
        Step.ALERTED: [(it["entries"][0]["item"]["first_seen"], it["sent"]) for it in alerts],
    }
    return {step: _latency(pairs) for step, pairs in told.items() if pairs}


def _newest(index: Index, kind: Any, asked: Iterable[Document], by: str, since: datetime, fields: Sequence[str]) -> list[Mapping[str, Any]]:
    query = {"bool": {"filter": [*asked, {"range": {by: {"gte": iso(since)}}}]}}
    found: list[Stored] = index.latest(kind, query, by=by, size=SAMPLE, fields=fields)
    return [stored.source for stored in found]


def _has_time(it: Mapping[str, Any]) -> bool:
    """A page that tells only its day is at midnight."""
    published = moment(it.get("published"))
    return published is not None and published.time() != time.min


def _latency(pairs: Sequence[tuple[str, str]]) -> Latency:
    """Clocks of outlets may be fast: nothing is seen before it is there."""
    spans = [max(moment(end) - moment(begin), timedelta(0)) for begin, end in pairs]
    return Latency(samples=len(spans), p50=quantile(spans, 0.5), p95=quantile(spans, 0.95))
