"""What is remembered of what was forgotten: that an address or an outlet must not come in again, by whose wish, and why.

An address stands here as a hash alone. A `part` is the journal of an erasure: which articles, links and records it is about, so
that a run that was killed is finished by the next one.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pipeline.addresses import address_mark, outlet_mark, within
from pipeline.documents import Document, Stored, iso, known, reference_document
from pipeline.index import Index
from pipeline.model import Reference


class What(StrEnum):
    """Kinds of documents of the index `forgotten`."""

    ADDRESS = "address"
    OUTLET = "outlet"
    PART = "part"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Who wants something to be forgotten."""

    by: str
    why: str
    at: datetime

    def document(self) -> Document:
        return {"by": self.by, "why": self.why, "event": {"created": iso(self.at), "ingested": iso(self.at)}}


# ------------------------------------------------------------------------------------------------ asking
def among(addresses: Iterable[str], index: Index) -> set[str]:
    """Those of the addresses that are forgotten. Sees what was remembered a moment ago."""
    marks = {address: address_mark(address) for address in addresses}
    found = index.get("forgotten", sorted(set(marks.values())), fields=("what",))
    return {address for address, mark in marks.items() if mark in found}


def outlets_among(ids: Iterable[str], index: Index) -> set[str]:
    """Those of the outlets that are forgotten."""
    marks = {outlet_mark(id_): id_ for id_ in ids}
    return {marks[mark] for mark in index.get("forgotten", sorted(marks), fields=("what",))}


def at_domains(addresses: Iterable[str], index: Index) -> set[str]:
    """Those of the addresses that are at a domain of a forgotten outlet: for what is nobody's that is known."""
    domains = [domain for stored in _all(What.OUTLET, index) for domain in stored.source.get("domains", ())]
    return {address for address in addresses if within(address, domains)}


def knows_of(outlet_id: str, index: Index) -> bool:
    """Whether anything of an outlet was forgotten."""
    index.refresh("forgotten")
    return index.count("forgotten", {"term": {"outlet.id": outlet_id}}) > 0


def _all(what: What, index: Index) -> Iterable[Stored]:
    index.refresh("forgotten")
    return index.each("forgotten", {"term": {"what": what}})


# ------------------------------------------------------------------------------------------------ remembering
def remember_addresses(addresses: Iterable[str], case: str, outlet_id: str | None, wish: Wish, index: Index) -> None:
    """Keeps addresses out from here on; what was remembered before keeps its reason."""
    about = known({"what": What.ADDRESS, "case": case, "outlet": {"id": outlet_id}, **wish.document()})
    index.create("forgotten", [(mark, about) for mark in sorted({address_mark(address) for address in addresses})])


def remember_outlet(outlet_id: str, domains: Sequence[str], wish: Wish, index: Index) -> None:
    """Keeps an outlet out from here on, and what is nobody's at its domains."""
    mark = outlet_mark(outlet_id)
    about = {"what": What.OUTLET, "case": mark, "outlet": {"id": outlet_id}, "domains": sorted(domains), **wish.document()}
    index.create("forgotten", [(mark, known(about))])


def marks_of(case: str, index: Index) -> frozenset[str]:
    """The addresses of a case, as hashes."""
    index.refresh("forgotten")
    query = {"bool": {"filter": [{"term": {"case": case}}, {"term": {"what": What.ADDRESS}}]}}
    return frozenset(stored.id for stored in index.each("forgotten", query))


# ------------------------------------------------------------------------------------------------ the journal
@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What is erased in one go. `case` is what it belongs to, None where only time has passed."""

    case: str | None
    articles: Sequence[str] = ()
    links: Sequence[str] = ()
    records: Sequence[Reference] | None = None  # None: nobody has looked for them yet
    since: datetime | None = None  # before then nothing of it can be in the archive

    @property
    def id(self) -> str:
        about = (*sorted(self.articles), *sorted(self.links), *sorted(each.record_id for each in self.records or ()))
        return hashlib.sha256("\n".join(["part", self.case or "", *about]).encode()).hexdigest()[:40]


def open_part(it: Part, wish: Wish, index: Index) -> str:
    """Writes down what is to be erased before any of it is; returns the journal's id."""
    records = None if it.records is None else records_document(it.records)
    about = {"what": What.PART, "case": it.case, "articles": list(it.articles), "links": list(it.links), "records": records}
    if not index.create("forgotten", [(it.id, known(about | {"since": iso(it.since)} | wish.document()))])["created"]:
        write(it.id, {"done": None, "settled": None}, index)
    return it.id


def part(id_: str, index: Index) -> Stored:
    return index.get("forgotten", [id_])[id_]


def write(id_: str, fields: Document, index: Index) -> None:
    """Adds to a journal, or takes away from it what is None."""
    index.change_all("forgotten", [(part(id_, index), fields)])


def unfinished(index: Index) -> list[Stored]:
    """Parts that are not done, the first one first."""
    return _undone(What.PART, index)


def unfinished_outlets(index: Index) -> list[Stored]:
    """Outlets of which not all is erased."""
    return _undone(What.OUTLET, index)


def _undone(what: What, index: Index) -> list[Stored]:
    index.refresh("forgotten")
    query = {"bool": {"filter": [{"term": {"what": what}}], "must_not": [{"exists": {"field": "done"}}]}}
    return list(index.each("forgotten", query, sort=["event.created"]))


def unsettled(index: Index, before: datetime) -> list[Stored]:
    """Parts and outlets that were done before that time and have not been looked at again since: what was under way then is over."""
    index.refresh("forgotten")
    wanted = [{"terms": {"what": [What.PART, What.OUTLET]}}, {"range": {"done": {"lt": iso(before)}}}]
    return list(index.each("forgotten", {"bool": {"filter": wanted, "must_not": [{"exists": {"field": "settled"}}]}}))


def references(stored: Stored) -> list[Reference] | None:
    """The records of the archive that a part is about; None where nobody has looked for them yet."""
    found: Mapping[str, Sequence[Document]] | None = stored.source.get("records")
    return None if found is None else [Reference(**each) for each in found["all"]]


def records_document(found: Iterable[Reference]) -> Document:
    return {"all": [reference_document(each) for each in found]}
