"""The second stage: reads the articles that wait, earliest publication first, and finds out which of them are copies.

Order of writing, so that a crash only repeats work: the statements, the article that counts as read with it, and then the
links of articles that turn out to come after it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from pipeline.documents import Document, Stored, article_from, context_of, known, reading_document, statement_documents
from pipeline.enrich import Reader, enrich
from pipeline.index import Index
from pipeline.kin import Batch, Placed
from pipeline.model import Article, Clock
from pipeline.origins import Agencies

# Articles of a batch are in memory at once, and looked for in the index by one request.
BATCH = 50

UNREAD = {"bool": {"must_not": {"exists": {"field": "read.digest"}}}}

Progress = Callable[[str], None]
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """All that reading needs."""

    index: Index
    reader: Callable[[], Reader]  # opened when there is something to read
    agencies: Agencies
    clock: Clock


def read_unread(desk: Desk, progress: Progress) -> Counter[str]:
    """Reads every article that nobody has read. Counts articles, statements, copies."""
    counts: Counter[str] = Counter({"articles": 0, "statements": 0})
    waiting = desk.index.each("articles", UNREAD, sort=["published"], page=BATCH)
    for batch in _batches(waiting, BATCH):
        articles = [article_from(stored) for stored in batch]
        desk.index.refresh("articles")
        places = Batch(articles, desk.index, desk.agencies)
        for stored, article in zip(batch, articles, strict=True):
            counts.update(_read(stored, article, places, desk))
            progress(f"{article.outlet.name}: {article.title}")
    return counts


def _batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    walk = iter(items)
    while batch := list(islice(walk, size)):
        yield batch


def _read(stored: Stored, article: Article, places: Batch, desk: Desk) -> Counter[str]:
    reader, now = desk.reader(), desk.clock()
    findings = enrich(article.text, context_of(article), reader)
    placed = places.place(article)
    documents = marked(statement_documents(article, findings, reader.cameo, now), placed)
    written = desk.index.create("statements", documents.items())
    desk.index.change("articles", [(stored, reading_document(findings, reader.digest, now) | placed.document)])
    places.settle(article, placed.place)
    counts = Counter(articles=1, statements=written["created"])
    counts.update(
        {"copies": 1} if placed.place.kind or placed.place.displaces else {},
        **({"statements-known": written["known"]} if written["known"] else {}),
    )
    return counts


def marked(documents: Mapping[str, Document], placed: Placed) -> dict[str, Document]:
    """The statements with whose they are."""
    return {id_: known(document | placed.mark(document)) for id_, document in documents.items()}
