"""Gathers what a brief tells, from the index."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from pipeline import evidence, health, ledger, losses, reviewing
from pipeline.brief import ACTS, Brief, Down, Line, Lost, Matrix, Moved, Open, Said, Told, owner_in_words
from pipeline.charts import Days
from pipeline.claims import UNSPOKEN, Facts, history_from
from pipeline.config_files import read_health, read_outlets, read_topic
from pipeline.connection import connect
from pipeline.documents import Document, Stored, iso, moment
from pipeline.evidence import Around
from pipeline.index import Index
from pipeline.measuring import measure
from pipeline.model import Act, Alignment, Intake, Novelty, Position
from pipeline.settings import Settings

# How much of what is new is looked at; how far back a claim's time line goes, and how many claims and entries there are at most.
NEWEST = 2_000
BACK = timedelta(days=365)
LINES, ENTRIES = 12, 40
# A chart of days shows at least so many; beyond the second number it shows weeks, beyond the third months.
LEAST_DAYS, MOST_DAYS, MOST_WEEKS = 14, 62, 400
UNKNOWN = "several or unnamed"

_GONE: Document = {"exists": {"field": "removed"}}
_BACKGROUND: Document = {"term": {"background": True}}


def gather(settings: Settings, since: datetime, until: datetime) -> Brief:
    """The brief of what was first seen from `since` on and before `until`. Who is silent or fails is told as it is now."""
    index = connect(settings)
    index.refresh()
    facts = ledger.read_facts(settings)
    new = _new(index, since, until)
    names = {outlet.id: outlet.name for outlet in read_outlets(settings)}
    asked, down = _sources(settings, index, names)
    links = losses.by_source(index, since, until)
    return Brief(
        topic=read_topic(settings).title,
        since=since,
        until=until,
        zone=settings.time_zone,
        new=tuple(_told(new, facts, settings, index)),
        moved=tuple(_moved(index, settings, since, until)),
        open=tuple(_open(index)),
        matrix=_matrix(index, facts, since, until),
        days=_days(index, settings, since, until),
        lines=tuple(_lines(new, facts, index, min(since, until - BACK), until)),
        sources=asked,
        down=tuple(down),
        links=sum(row.seen for row in links),
        lost=tuple(Lost(source=_outlet_of(row.name, names), seen=row.seen, outcomes=row.lost) for row in links if row.lost),
        judged=reviewing.measured(index).sampled,
    )


def _seen(since: datetime, until: datetime) -> Document:
    return {"range": {"event.created": {"gte": iso(since), "lt": iso(until)}}}


# ------------------------------------------------------------------------------------------------ what is new
def _new(index: Index, since: datetime, until: datetime) -> list[Stored]:
    """First reports of statements that are told as news; not what comes from archives, or from reading old articles again."""
    wanted: list[Document] = [_seen(since, until), {"term": {"novelty": Novelty.NEW}}, {"terms": {"act": list(ACTS)}}]
    old: Document = {"terms": {"intake": [Intake.BACKFILL, Intake.RE_READ]}}
    query = {"bool": {"filter": wanted, "must_not": [_GONE, _BACKGROUND, old]}}
    found = list(islice(index.each("statements", query, sort=["at", "article_id", "ordinal"]), NEWEST))
    return sorted(found, key=lambda stored: ACTS.index(stored.source["act"]))


def _told(new: Sequence[Stored], facts: Facts, settings: Settings, index: Index) -> Iterator[Told]:
    utterances = index.get("utterances", sorted({each.source["utterance"] for each in new}))
    ends = {id_ for each in new for id_ in (each.source.get("answers"), each.source.get("answered", {}).get("by")) if id_}
    replies = index.get("statements", sorted(ends))
    kibana = settings.kibana_link.replace("{topic}", settings.topic) if settings.kibana_link else None
    for each in new:
        it = each.source
        counted = utterances[it["utterance"]].source if it["utterance"] in utterances else {}
        answer = replies.get(it.get("answered", {}).get("by", ""))
        around = Around(
            titles=facts.titles,
            answers=replies.get(it.get("answers", "")),
            answered_by=[answer] if answer else [],
            reports=counted.get("reports", 1),
            outlets=counted.get("outlets", 1),
            origins=counted.get("origins", 1),
            kibana=kibana,
        )
        others = [other for other in (around.answers, answer) if other]
        owners = {other.source["outlet"]["name"]: _owner(other.source["outlet"]) for other in others}
        yield Told(item=evidence.item(each, (), around), ownership=it["outlet"].get("ownership"), owners=owners)


def _owner(outlet: Mapping[str, Any]) -> str:
    return owner_in_words(outlet.get("country"), outlet.get("ownership"), outlet.get("alignment", Alignment.UNKNOWN))


# ------------------------------------------------------------------------------------------------ the ledger
def _moved(index: Index, settings: Settings, since: datetime, until: datetime) -> Iterator[Moved]:
    """First seen in this time: parties that say otherwise than they said before, on all claims, oldest first."""
    found = []
    owners = {outlet.name: outlet.facts() for outlet in read_outlets(settings)}
    for row in ledger.read(index):
        before = Position.SILENT
        for event in history_from(row.source):
            if not {before, event.position} & UNSPOKEN and since <= event.seen < until:
                found.append(
                    Moved(
                        party=row.source["party_name"],
                        claim=row.source["title"],
                        before=before,
                        after=event.position,
                        at=event.at,
                        recalled=event.background,
                        speaker=event.speaker,
                        sentence=event.sentence,
                        outlet=event.outlet,
                        owner=_owner(asdict(owners[event.outlet]) | {"alignment": owners[event.outlet].alignment})
                        if event.outlet in owners
                        else _owner({}),
                        url=event.url,
                    )
                )
            before = event.position
    yield from sorted(found, key=lambda each: (each.at, each.claim, each.party))


def _open(index: Index) -> Iterator[Open]:
    """What waits for an answer now; what has waited for the shortest time first."""
    rows = [row.source for row in ledger.read(index) if row.source.get("unanswered")]
    rows.sort(key=lambda it: (str(it["family"]), str(it["party"])))
    for it in sorted(rows, key=lambda it: str(it["unanswered_since"]), reverse=True):
        since = moment(str(it["unanswered_since"]))
        yield Open(claim=it["title"], party=it["party_name"], number=it["unanswered"], since=since)


def _matrix(index: Index, facts: Facts, since: datetime, until: datetime) -> Matrix:
    """Reports of accusations that are told as news; the busiest accusers and accused first."""
    query = {"bool": {"filter": [_seen(since, until), {"term": {"act": Act.ACCUSATION}}], "must_not": [_GONE, _BACKGROUND]}}
    cells: Counter[tuple[str, str]] = Counter()
    for group in index.groups("statements", ["speaker.side", "targets"], query):
        side, target = group["key"]["speaker.side"], group["key"]["targets"]
        cells[facts.names.get(side, side), target] += group["doc_count"]
    nameless = {"bool": {"filter": [query], "must_not": [{"exists": {"field": "speaker.side"}}]}}
    for group in index.groups("statements", ["targets"], nameless):
        cells[UNKNOWN, group["key"]["targets"]] += group["doc_count"]
    accusers, accused = Counter[str](), Counter[str]()
    for (accuser, target), number in cells.items():
        accusers[accuser] += number
        accused[target] += number
    return Matrix(accusers=tuple(_busiest(accusers)), accused=tuple(_busiest(accused)), cells=dict(cells))


def _busiest(counts: Counter[str]) -> list[str]:
    return sorted(counts, key=lambda name: (-counts[name], name))


def _days(index: Index, settings: Settings, since: datetime, until: datetime) -> Days:
    """By the day on which it was said, or published; of a short time also the days before it."""
    begin = min(since, until - timedelta(days=LEAST_DAYS))
    step = "day" if until - begin <= timedelta(days=MOST_DAYS) else "week" if until - begin <= timedelta(days=MOST_WEEKS) else "month"
    said: Document = {"range": {"at": {"gte": iso(begin), "lt": iso(until)}}}
    query = {"bool": {"filter": [said, {"terms": {"act": list(ACTS)}}], "must_not": [_GONE, _BACKGROUND]}}
    bins = {"field": "at", "calendar_interval": step, "time_zone": settings.time_zone.key, "min_doc_count": 1, "format": "yyyy-MM-dd"}
    measures = {"days": {"date_histogram": bins, "aggs": {"acts": {"terms": {"field": "act"}}}}}
    return Days(
        step,
        {
            date.fromisoformat(bucket["key_as_string"]): {Act(each["key"]): each["doc_count"] for each in bucket["acts"]["buckets"]}
            for bucket in index.aggregate("statements", query, measures)["days"]["buckets"]
        },
    )


# ------------------------------------------------------------------------------------------------ time lines
def _lines(new: Sequence[Stored], facts: Facts, index: Index, since: datetime, until: datetime) -> Iterator[Line]:
    """Of the claims with most that is new: what was said of them since then, each statement once."""
    by_claim: dict[str, list[str]] = defaultdict(list)
    for each in new:
        for claim in each.source.get("claims", ()):
            by_claim[claim].append(each.id)
    fresh = {each.id for each in new}
    for claim in sorted(by_claim, key=lambda claim: (-len(by_claim[claim]), claim))[:LINES]:
        said: Document = {"range": {"at": {"gte": iso(since), "lt": iso(until)}}}
        wanted: list[Document] = [said, {"term": {"claims": claim}}, {"terms": {"act": list(ACTS)}}, {"term": {"novelty": Novelty.NEW}}]
        query = {"bool": {"filter": wanted, "must_not": [_GONE, _BACKGROUND]}}
        number = index.count("statements", query)
        found = sorted(index.latest("statements", query, by="at", size=ENTRIES), key=_in_order)
        entries = tuple(_said(each.source, facts, new=each.id in fresh) for each in found)
        yield Line(claim=facts.titles.get(claim, claim), said=entries, earlier=max(0, number - len(entries)))


def _in_order(stored: Stored) -> tuple[str, str, int]:
    it = stored.source
    return str(it["at"]), str(it["article_id"]), int(it["ordinal"])


def _said(it: Mapping[str, Any], facts: Facts, *, new: bool) -> Said:
    side = it["speaker"].get("side")
    return Said(
        at=moment(str(it["at"])),
        act=Act(it["act"]),
        speaker=it["speaker"]["name"],
        party=facts.names.get(side, side) if side else UNKNOWN,
        sentence=it["text"],
        language=it["language"],
        outlet=it["outlet"]["name"],
        owner=_owner(it["outlet"]),
        url=it["url"]["full"],
        new=new,
    )


# ------------------------------------------------------------------------------------------------ sources
def _outlet_of(source: str, names: Mapping[str, str]) -> str:
    """The outlet's name; a list of addresses and an outlet that is configured no more are called as the ledger calls them."""
    return names.get(source.rpartition("-")[0], source)


def _sources(settings: Settings, index: Index, names: Mapping[str, str]) -> tuple[int, Sequence[Down]]:
    """How many are asked, and those that do not answer or have been silent for longer than their history explains."""
    rules = read_health(settings)
    facts = measure(settings, index, rules)
    failing = [
        Down(outlet=names.get(each.outlet, each.outlet), why=f"did not answer {each.failures} times in a row", since=each.answered)
        for each in health.failing(facts, rules)
    ]
    silent = [
        Down(outlet=names.get(each.outlet, each.outlet), why=each.below or "has brought nothing new", since=each.news)
        for each in health.silent(facts, rules)
    ]
    return len(facts.sources), [*failing, *silent]
