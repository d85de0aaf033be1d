"""A party's history on a claim family, found by asking the index for the next statement that changes where the party stands.

One look costs as much as there are changes, however many reports there are: each question is for the earliest statement of the
kinds that would change the position at hand. An utterance counts once, by its earliest fresh report; that an old denial is
printed again after an admission takes nothing back.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pipeline.claims import ANSWERS, MOVING, UNSPOKEN, Deed, Event, Order, order, rank, step
from pipeline.documents import Document, Stored, iso, moment
from pipeline.index import Index
from pipeline.model import Act, Position

# How many reports are looked at together for one that is its utterance's first.
WINDOW = 10

# What an event's evidence is made of.
FIELDS = ("at", "act", "background", "event.created", "outlet.name", "partial", "speaker.name", "text", "url.full", "utterance")

# Of statements of one moment; unlike ids, the index can sort by these.
IN_ORDER = ("at", "article_id", "ordinal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One family × party, and how statements tell of it."""

    family: str
    party: str
    targets: tuple[str, ...]  # the party's names where it is accused
    reply: bool  # the family is only ever said in answer


def counted(*wanted: Document, without: Sequence[Document] = ()) -> Document:
    """Statements of which these things hold; those that are found no more, or not placed among the others yet, do not count."""
    return {"bool": {"filter": [{"exists": {"field": "utterance"}}, *wanted], "must_not": [{"exists": {"field": "removed"}}, *without]}}


def fresh(*wanted: Document, without: Sequence[Document] = ()) -> Document:
    """The same, of what is told as news."""
    return counted(*wanted, without=[*without, {"term": {"background": True}}])


def against(row: Row) -> Document:
    """What others accuse the party of."""
    aimed: list[Document] = [{"term": {"act": Act.ACCUSATION}}, {"term": {"claims": row.family}}, {"terms": {"targets": list(row.targets)}}]
    return {"bool": {"filter": aimed, "must_not": [{"term": {"speaker.side": row.party}}]}}


def own(row: Row, *acts: Act) -> Document:
    """What the party says itself; who accuses its own side does not speak for it."""
    said: list[Document] = [{"terms": {"act": list(acts)}}, {"term": {"claims": row.family}}, {"term": {"speaker.side": row.party}}]
    return {"bool": {"filter": said, "must_not": [{"bool": {"filter": [_is(Act.ACCUSATION), {"terms": {"targets": list(row.targets)}}]}}]}}


def answers_of(row: Row) -> Document:
    """The party's fresh answers: what an article recalls was said before it, nobody knows when."""
    return fresh(own(row, *ANSWERS))


def _is(act: Act) -> Document:
    return {"term": {"act": act}}


def _doing(row: Row, deed: Deed) -> Document:
    partial = {"term": {"partial": True}}
    match deed:
        case Deed.ACCUSED:
            return against(row)
        case Deed.ACCUSES:
            return own(row, Act.ACCUSATION)
        case Deed.DENIES:
            return own(row, Act.DENIAL)
        case Deed.CONCEDES_PARTLY:
            return {"bool": {"filter": [own(row, Act.ACKNOWLEDGEMENT), partial]}}
        case Deed.CONCEDES:
            return {"bool": {"filter": [own(row, Act.ACKNOWLEDGEMENT)], "must_not": [partial]}}


@dataclass(frozen=True, slots=True)
class Kind:
    """Statements that change a position all alike."""

    deed: Deed
    background: bool

    def query(self, row: Row, *wanted: Document, without: Sequence[Document] = ()) -> Document:
        if self.background:
            return counted(_doing(row, self.deed), {"term": {"background": True}}, *wanted, without=without)
        return fresh(_doing(row, self.deed), *wanted, without=without)

    @property
    def once(self) -> bool:
        """Whether a later report of the same utterance must be told from a new one."""
        return not self.background and self.deed is not Deed.ACCUSED


def history_of(row: Row, index: Index) -> list[Event]:
    """The party's moves, oldest first."""
    history: list[Event] = []
    while found := _next(row, history[-1] if history else None, index):
        history.append(found)
    return [_since_known(event, before, row, index) for before, event in _with_before(history)]


def _with_before(history: Sequence[Event]) -> Iterator[tuple[Position, Event]]:
    return zip((Position.SILENT, *(event.position for event in history)), history, strict=False)


def _next(row: Row, last: Event | None, index: Index) -> Event | None:
    """The next move after the last, None where there is none."""
    position = last.position if last else Position.SILENT
    kinds = [kind for kind in _KINDS if step(position, kind.deed, background=kind.background, reply=row.reply) is not position]
    queries = {kind: _after(last.order, kind) if last else [] for kind in kinds}
    found = _firsts(row, queries, index)
    if not found:
        return None
    kind, stored = min(found.items(), key=lambda each: order(_at(each[1]), each[0].deed, each[0].background))
    return _event(step(position, kind.deed, background=kind.background, reply=row.reply), kind, stored)


_KINDS = tuple(Kind(deed, background) for deed in Deed for background in (True, False))


def _after(place: Order, kind: Kind) -> list[Document]:
    """Later than that; of the same moment only what counts later there."""
    at, among = place
    return [{"range": {"at": {"gt" if rank(kind.deed, kind.background) < among else "gte": iso(at)}}}]


def _firsts(row: Row, queries: Mapping[Kind, list[Document]], index: Index) -> dict[Kind, Stored]:
    """Of each kind the earliest statement that is its utterance's first report."""

    def is_first(stored: Stored, first: Stored) -> bool:
        return stored.id == first.id

    return _search(row, queries, IN_ORDER, is_first, index)


def _search(
    row: Row,
    wanted: Mapping[Kind, Sequence[Document]],
    sort: Sequence[str],
    fits: Callable[[Stored, Stored], bool],
    index: Index,
) -> dict[Kind, Stored]:
    """Of each kind the first hit, in the order of `sort`, that `fits`, given its utterance's first report."""
    found: dict[Kind, Stored] = {}
    passed: dict[Kind, set[str]] = {kind: set() for kind in wanted}
    while waiting := list(passed):
        queries = [kind.query(row, *wanted[kind], without=_other_than(passed[kind])) for kind in waiting]
        hits = dict(zip(waiting, index.ask("statements", queries, size=WINDOW, fields=FIELDS, sort=sort), strict=True))
        told = {hit.source["utterance"] for kind in waiting if kind.once for hit in hits[kind]}
        first = first_reports(row, sorted(told), index)
        for kind in waiting:
            good = [hit for hit in hits[kind] if not kind.once or _fits(hit, first.get(hit.source["utterance"]), fits)]
            if good:
                found[kind] = good[0]
            if good or len(hits[kind]) < WINDOW:
                del passed[kind]
            else:
                passed[kind] |= {hit.source["utterance"] for hit in hits[kind]}
    return found


def _fits(hit: Stored, first: Stored | None, fits: Callable[[Stored, Stored], bool]) -> bool:
    return first is not None and fits(hit, first)


def _other_than(utterances: set[str]) -> list[Document]:
    return [{"terms": {"utterance": sorted(utterances)}}] if utterances else []


def first_reports(row: Row, utterances: Sequence[str], index: Index) -> dict[str, Stored]:
    """The earliest fresh report of each of the party's utterances; of one moment, one that tells of limits to a concession."""
    if not utterances:
        return {}
    earliest = [{"at": "asc"}, {"partial": {"order": "desc", "missing": "_last"}}, {"article_id": "asc"}, {"ordinal": "asc"}]
    top = {"top_hits": {"size": 1, "sort": earliest, "_source": ["at"], "seq_no_primary_term": True}}
    measures = {"each": {"terms": {"field": "utterance", "size": len(utterances)}, "aggs": {"first": top}}}
    query = fresh(own(row, *MOVING), {"terms": {"utterance": list(utterances)}})
    return {
        bucket["key"]: Stored(id=hit["_id"], source=hit["_source"], seq_no=hit["_seq_no"], primary_term=hit["_primary_term"])
        for bucket in index.aggregate("statements", query, measures)["each"]["buckets"]
        for hit in bucket["first"]["hits"]["hits"]
    }


def _since_known(event: Event, before: Position, row: Row, index: Index) -> Event:
    """The event with the time since when it has been known that the party does not stand where it stood before."""
    if event.position in UNSPOKEN:
        return event
    changing = [deed for deed in Deed if deed is not Deed.ACCUSED and step(before, deed, reply=row.reply) is not before]
    seen_before = {"range": {"event.created": {"lt": iso(event.seen)}}}
    later = {"range": {"at": {"gte": iso(event.at)}}}

    def speaks_later(_: Stored, first: Stored) -> bool:
        return _at(first) >= event.at

    questions = {Kind(deed, False): [seen_before, later] for deed in changing}
    found = _search(row, questions, ("event.created", *IN_ORDER), speaks_later, index)
    return replace(event, known=min([event.seen, *(_seen(stored) for stored in found.values())]))


def _event(position: Position, kind: Kind, stored: Stored) -> Event:
    it = stored.source
    return Event(
        position=position,
        deed=kind.deed,
        at=_at(stored),
        seen=_seen(stored),
        known=_seen(stored),
        statement_id=stored.id,
        background=kind.background,
        speaker=it["speaker"]["name"],
        sentence=it["text"],
        outlet=it["outlet"]["name"],
        url=it["url"]["full"],
    )


def _at(stored: Stored) -> datetime:
    at: datetime = moment(stored.source["at"])
    return at


def _seen(stored: Stored) -> datetime:
    created: datetime = moment(stored.source["event"]["created"])
    return created
