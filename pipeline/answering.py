"""Which accusations have been answered: kept on the accusation itself, where Kibana and the next look find it.

An accusation is answered by the first fresh denial or acknowledgement of one of the accused, at its own time or later, that is on one
of its families or that its article says is an answer to it. The first report of its utterance carries `answered`. What an article only
recalls waits for no answer and is none.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from pipeline.claims import ANSWERS, Facts, affected_by
from pipeline.documents import Document, Stored, iso, moment
from pipeline.errors import StoreUnavailable
from pipeline.index import Index, batches
from pipeline.model import Act, Novelty
from pipeline.standing import IN_ORDER, Row, against, answers_of, counted, fresh

# Accusations that are looked at together; each is one question of a request.
BATCH = 200

# How often a batch is done again because somebody else has changed one of its documents.
TRIES = 5

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A row's accusations that the party has not answered: how many utterances, and since when."""

    number: int
    since: datetime | None


def settle(row: Row, facts: Facts, index: Index) -> set[tuple[str, str]]:
    """Brings `answered` up to date on the accusations of a row. Returns the rows of those that have changed."""
    times = _times_of_answers(row, index)
    unanswered = _unanswered(row, times[-1], index) if times else ()
    unsettled = {*unanswered, *_misled(row, times, index), *linked(row, index)}
    return write(sorted(unsettled), facts, index)


def settle_all(facts: Facts, index: Index) -> Iterator[int]:
    """Does all accusations anew, whatever is written on them. Yields how many have been looked at."""
    answered = {"exists": {"field": "answered.by"}}
    can_wait = {"bool": {"must_not": [{"term": {"novelty": Novelty.REPEAT}}, {"term": {"background": True}}]}}
    either = {"bool": {"should": [answered, can_wait], "minimum_should_match": 1}}
    done = 0
    walk = index.each("statements", counted({"term": {"act": Act.ACCUSATION}}, either))
    for batch in batches((stored.id for stored in walk), BATCH):
        write(batch, facts, index)
        done += len(batch)
        yield done


def _times_of_answers(row: Row, index: Index) -> list[datetime]:
    return [_of_millis(group["key"]["at"]) for group in index.groups("statements", ["at"], answers_of(row))]


def _unanswered(row: Row, last: datetime, index: Index) -> Iterator[str]:
    """Accusations that have no answer written on them although there is one."""
    without: list[Document] = [{"exists": {"field": "answered.by"}}, {"term": {"novelty": Novelty.REPEAT}}]
    query = fresh(against(row), {"range": {"at": {"lte": iso(last)}}}, without=without)
    return (stored.id for stored in index.each("statements", query) if _carries(stored))


def _misled(row: Row, times: Sequence[datetime], index: Index) -> Iterator[str]:
    """Accusations whose written answer is none any more, or not the first."""
    earliest = {"first": {"min": {"field": "at"}}}
    of_row = counted(against(row), {"exists": {"field": "answered.by"}})
    for page in batches(index.groups("statements", ["answered.by"], of_row, earliest), 1000):
        used = {group["key"]["answered.by"]: _of_millis(group["first"]["value"]) for group in page}
        stored = index.get("statements", list(used), fields=("act", "at", "background", "removed", "utterance"))
        wrong = [id_ for id_, asked in used.items() if not _still_first(stored.get(id_), asked, times)]
        if wrong:
            for accusation in index.each("statements", counted(against(row), {"terms": {"answered.by": wrong}})):
                yield accusation.id


def _still_first(answer: Stored | None, asked: datetime, times: Sequence[datetime]) -> bool:
    if answer is None or not _is_answer(answer):
        return False
    place = bisect_left(times, asked)
    return place == len(times) or times[place] >= _millis(moment(answer.source["at"]))


def _is_answer(stored: Stored) -> bool:
    it = stored.source
    return it["act"] in ANSWERS and "removed" not in it and "utterance" in it and not it.get("background", False)


def linked(row: Row, index: Index) -> dict[str, datetime]:
    """Accusations of the row, by id, that the party answers expressly though on none of its families; with their times."""
    answers = {"exists": {"field": "answers"}}
    said = fresh(
        {"terms": {"act": list(ANSWERS)}}, {"term": {"speaker.side": row.party}}, answers, without=[{"term": {"claims": row.family}}]
    )
    found: dict[str, datetime] = {}
    for page in batches(index.groups("statements", ["answers"], said, {"last": {"max": {"field": "at"}}}), 1000):
        last = {group["key"]["answers"]: _of_millis(group["last"]["value"]) for group in page}
        hits = index.each("statements", fresh(against(row), {"ids": {"values": list(last)}}))
        times = {stored.id: moment(stored.source["at"]) for stored in hits if _carries(stored)}
        found |= {id_: asked for id_, asked in times.items() if last[id_] >= _millis(asked)}
    return found


def write(ids: Sequence[str], facts: Facts, index: Index) -> set[tuple[str, str]]:
    """Finds the answers of these accusations and writes what has changed; returns the rows of those that have."""
    changed: set[tuple[str, str]] = set()
    for batch in batches(ids, BATCH):
        for _ in range(TRIES):
            stored = index.get("statements", batch)
            found = first_answers([each for each in stored.values() if _waits(each)], facts, index)
            news = [
                (each, {"answered": found.get(each.id)}) for each in stored.values() if each.source.get("answered") != found.get(each.id)
            ]
            counts = index.change("statements", news)
            changed = changed.union(*(affected_by(each.source, facts.sides) for each, _ in news))
            if not counts["overtaken"]:
                break
        else:
            raise StoreUnavailable("accusations are changed by somebody else again and again; try again")
    return changed


def _carries(stored: Stored) -> bool:
    return stored.id == stored.source.get("utterance")


def _waits(stored: Stored) -> bool:
    it = stored.source
    return _carries(stored) and it["act"] == Act.ACCUSATION and "removed" not in it and not it.get("background", False)


def first_answers(accusations: Sequence[Stored], facts: Facts, index: Index) -> dict[str, Document]:
    """The `answered` of those accusations that have an answer, by id; one request for all."""
    asked = [(each, query) for each in accusations if (query := _answers_to(each, facts))]
    hits = index.ask("statements", [query for _, query in asked], size=1, fields=("at", "claims", "speaker.side"), sort=IN_ORDER)
    return {each.id: _answered(each.source, first) for (each, _), found in zip(asked, hits, strict=True) for first in found}


def _answers_to(accusation: Stored, facts: Facts) -> Document | None:
    it = accusation.source
    accused = {facts.sides[name] for name in it.get("targets", ()) if name in facts.sides} - {it["speaker"].get("side")}
    if not accused or not it.get("claims"):
        return None
    either = [{"terms": {"claims": it["claims"]}}, {"term": {"answers": accusation.id}}]
    return fresh(
        {"terms": {"act": list(ANSWERS)}},
        {"terms": {"speaker.side": sorted(accused)}},
        {"range": {"at": {"gte": it["at"]}}},
        {"bool": {"should": either, "minimum_should_match": 1}},
    )


def _answered(accusation: Mapping[str, Any], answer: Stored) -> Document:
    """`claims`: the families that are answered; an express answer that is about none of them is one to all."""
    told = answer.source
    shared = [family for family in accusation["claims"] if family in told.get("claims", ())]
    return {
        "by": answer.id,
        "party": told["speaker"]["side"],
        "claims": shared or list(accusation["claims"]),
        "at": told["at"],
        "hours": hours_between(moment(accusation["at"]), moment(told["at"])),
    }


def hours_between(earlier: datetime, later: datetime) -> float:
    return round(max(0.0, (later - earlier).total_seconds() / 3600), 2)


def waiting(row: Row, last_answer: datetime | None, index: Index) -> Waiting:
    """What the party has not answered: fresh accusations after its last answer, but for reports of those that are older."""
    later = [{"range": {"at": {"gt": iso(last_answer)}}}] if last_answer else []
    expressly = linked(row, index)
    number, since = 0, None
    groups = index.groups("statements", ["utterance"], fresh(against(row), *later), {"first": {"min": {"field": "at"}}})
    for page in batches(groups, 1000):
        firsts = {group["key"]["utterance"]: _of_millis(group["first"]["value"]) for group in page}
        open_ = set(firsts) - set(expressly) - _told_before(row, list(firsts), last_answer, index)
        number += len(open_)
        since = min([firsts[id_] for id_ in open_] + ([since] if since else []), default=None)
    return Waiting(number=number, since=since)


def _told_before(row: Row, utterances: Sequence[str], time: datetime | None, index: Index) -> set[str]:
    if time is None:
        return set()
    query = fresh(against(row), {"terms": {"utterance": list(utterances)}}, {"range": {"at": {"lte": iso(time)}}})
    return set(index.terms("statements", "utterance", query, size=len(utterances)))


def first_answer(row: Row, asked: datetime, index: Index) -> datetime | None:
    """When the party first answered after that."""
    later = {"range": {"at": {"gte": iso(asked)}}}
    ((*hits,),) = index.ask("statements", [{"bool": {"filter": [answers_of(row), later]}}], size=1, fields=("at",), sort=IN_ORDER)
    return moment(hits[0].source["at"]) if hits else None


def _of_millis(value: float) -> datetime:
    return datetime.fromtimestamp(value / 1000, tz=UTC)


def _millis(time: datetime) -> datetime:
    return time.replace(microsecond=time.microsecond // 1000 * 1000)
