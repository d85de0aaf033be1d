"""Finds, among the stored articles, those that an article may be made of, and keeps the groups of copies right.

One request for a batch, among the articles of the weeks around it: its cost grows with what is published in that time, not with the
index (`make bench-copies`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from pipeline.copies import LEAST_PASSAGES, Fingerprint, carried, carrier, fingerprint
from pipeline.documents import CANDIDATE_FIELDS, Document, Stored, candidate_from, iso, place_document
from pipeline.index import Index
from pipeline.model import Article, CopyKind
from pipeline.origins import Agencies, Candidate, Match, Place, as_candidate, place

# What one article is compared with at most: so many that share a band, so many that share passages. The best come first.
CANDIDATES = 8

# How far apart in time the copies of one text are published. What is printed again after that is looked back on, not carried on.
WINDOW = timedelta(days=45)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """An article's place, and how its document and its statements tell of it."""

    place: Place
    document: Document
    mark: Callable[[Mapping[str, Any]], Document]


class Batch:
    """Articles that are placed one after the other, earliest first: each among all that are stored and those before it."""

    def __init__(self, articles: Sequence[Article], index: Index, agencies: Agencies) -> None:
        self._index = index
        self._agencies = agencies
        self._prints = {article.id: fingerprint(article.text) for article in articles}
        self._times = {article.id: article.published or article.first_seen for article in articles}
        self._stored = self._ask()
        self._placed: dict[str, Candidate] = {}
        self._moved: dict[str, str] = {}
        self._heads = self._ask_heads()

    def _ask(self) -> dict[str, list[Candidate]]:
        return {id_: [candidate_from(hit) for hit in hits] for id_, hits in find(self._prints, self._times, self._index).items()}

    def _ask_heads(self) -> dict[str, Candidate]:
        found = {candidate.id: candidate for candidates in self._stored.values() for candidate in candidates}
        missing = {candidate.origin for candidate in found.values()} - set(found)
        return found | {id_: candidate_from(stored) for id_, stored in self._index.get("articles", sorted(missing)).items()}

    def place(self, article: Article) -> Placed:
        """Where the article stands. Writes nothing."""
        agency = self._agencies.credited(article.text, article.authors)
        one = as_candidate(article, article.id, agency)
        found = place(one, self._candidates(article.id), self._heads | self._placed)
        self._placed[article.id] = replace(one, origin=found.origin)
        if found.displaces:
            self._moved[found.displaces.candidate.id] = article.id
        own = self._prints[article.id]
        head = (self._heads | self._placed)[found.origin]
        return Placed(
            place=found, document=place_document(found, own, self._times[article.id], agency), mark=_marker(article.id, found, head)
        )

    def _candidates(self, id_: str) -> list[Candidate]:
        """Those that the index has found, as they are by now, and those of this batch."""
        own = self._prints[id_]
        before = {each: candidate for each, candidate in self._placed.items() if each != id_ and own.meets(self._prints[each])}
        stored = {candidate.id: candidate for candidate in self._stored[id_]}
        return [replace(each, origin=self._moved.get(each.origin, each.origin)) for each in (stored | before).values()]

    def settle(self, article: Article, found: Place) -> None:
        """Makes the links of later articles follow, after the article itself has been written."""
        if found.displaces:
            self._take_over(article, found.displaces)
        lends = self._index.get("articles", [match.candidate.id for match in found.lends])
        for stored in lends.values():
            borrows = sorted({*stored.source.get("borrows", ()), article.id})
            self._index.change("articles", [(stored, {"borrows": borrows})])
            self._re_mark(stored.id, article, CopyKind.BORROWED)

    def _take_over(self, article: Article, displaced: Match) -> None:
        """The group of the origin so far becomes this article's."""
        old = displaced.candidate.id
        self._index.refresh("articles")
        for stored in self._index.each("articles", {"term": {"origin": old}}):
            if stored.id == article.id:
                continue
            kind = stored.source.get("copy", {}).get("kind", displaced.likeness.kind)
            self._index.change("articles", [(stored, {"copy_of": article.id, "origin": article.id, "copy": {"kind": kind}})])
            self._re_mark(stored.id, article, CopyKind(kind))

    def _re_mark(self, id_: str, origin: Article, kind: CopyKind) -> None:
        """Statements of the article that the origin has as well are the origin's."""
        carries = carrier(kind, origin.text)
        self._index.refresh("statements")
        changes = [
            (stored, {"copy_of": origin.id, "origin": origin.id})
            for stored in self._index.each("statements", {"term": {"article_id": id_}})
            if _of_the_title(stored.source, kind) or carries(stored.source["text"])
        ]
        self._index.change("statements", changes)


def find(prints: Mapping[str, Fingerprint], times: Mapping[str, datetime], index: Index) -> dict[str, list[Stored]]:
    """For each article the stored ones that are worth a comparison, in one request. `times`: when each was published, or first seen."""
    queries = [query for id_, own in prints.items() for query in _queries(id_, own, times[id_])]
    hits = index.ask("articles", queries, size=CANDIDATES, fields=CANDIDATE_FIELDS)
    pairs = zip(prints, hits[::2], hits[1::2], strict=True)
    return {id_: list({hit.id: hit for hit in (*by_bands, *by_passages)}.values()) for id_, by_bands, by_passages in pairs}


def _queries(id_: str, own: Fingerprint, at: datetime) -> tuple[Document, Document]:
    """By bands, and by passages."""
    near = {"range": {"fingerprint.at": {"gte": iso(at - WINDOW), "lte": iso(at + WINDOW)}}}
    around = {"filter": [near], "must_not": [{"ids": {"values": [id_]}}]}
    bands = [{"term": {"fingerprint.bands": band}} for band in own.bands]
    passages = [{"term": {"fingerprint.passages": passage}} for passage in own.passages]
    return (
        {"bool": {**around, "should": bands, **_at_least(1)}},
        {"bool": {**around, "should": passages, **_at_least(LEAST_PASSAGES)}},
    )


def _at_least(number: int) -> Document:
    return {"minimum_should_match": number}


def _marker(id_: str, found: Place, head: Candidate) -> Callable[[Mapping[str, Any]], Document]:
    """Says of a statement whose it is: the article's own, or one that it carries on from another."""
    by: list[tuple[str, Callable[[str], bool]]] = [(head.id, carrier(found.kind, head.text))] if found.kind else []
    by += [(match.candidate.origin, carrier(CopyKind.BORROWED, match.candidate.text)) for match in found.borrows]

    def mark(statement: Mapping[str, Any]) -> Document:
        whose = head.id if found.kind and _of_the_title(statement, found.kind) else carried(statement["text"], by)
        return {"copy_of": whose, "origin": whose or id_}

    return mark


def _of_the_title(statement: Mapping[str, Any], kind: CopyKind) -> bool:
    """A copy's headline says what its text says; it is a text of its own only in its words."""
    return statement["start"] < 0 and kind != CopyKind.BORROWED
