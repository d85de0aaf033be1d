"""What indices hold after years, made up: as many articles, links, statements and alerts as one likes, at the same rate a day."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from pipeline import outbox
from pipeline.copies import BANDS, Fingerprint
from pipeline.documents import Document, article_document, iso
from pipeline.index import Index
from tests.bench_novelty import Stock, fill
from tests.builders import a_row, a_stored_statement, an_article

# So many articles a day as a lively topic has.
A_DAY = 500
BEGAN = datetime(2021, 1, 1, tzinfo=UTC)
# What an article of 350 words is found by; three of a few hundred stock sentences stand in each.
PASSAGES, STOCK_SENTENCES, OF_A_SENTENCE = 100, 300, 5


def time_of(size: int) -> timedelta:
    """How long it takes until so many have come."""
    return timedelta(days=size / A_DAY)


def moment(number: int) -> datetime:
    return BEGAN + time_of(number)


def prints_of(number: int) -> Fingerprint:
    """The terms of a made-up article: the same for the same number."""
    dice = random.Random(number)
    own = dice.randbytes(6 * (BANDS + PASSAGES)).hex()
    terms = [own[at : at + 12] for at in range(0, len(own), 12)]
    stock = [f"{sentence:06d}{part:06d}" for sentence in dice.sample(range(STOCK_SENTENCES), 3) for part in range(OF_A_SENTENCE)]
    return Fingerprint(bands=tuple(terms[:BANDS]), passages=(*terms[BANDS:], *stock))


def id_of(number: int) -> str:
    return f"{number:040d}"


def articles(size: int) -> Iterator[tuple[str, Document]]:
    """Articles that have been read, the last ones as of now."""
    model = article_document(an_article(), BEGAN)
    for number in range(size):
        own, at = prints_of(number), iso(moment(number))
        yield (
            id_of(number),
            {
                **model,
                "title": f"Tehran rejects report {number}",
                "published": at,
                "event": {"created": at, "ingested": at},
                "fingerprint": {"at": at, "bands": list(own.bands), "passages": list(own.passages)},
                "origin": id_of(number),
                "read": {"digest": "d", "at": at},
            },
        )


def entries(size: int) -> Iterator[tuple[str, Document]]:
    """Links that have ended."""
    for number in range(size):
        at = iso(moment(number))
        yield (
            id_of(number),
            {
                "source": f"https://outlet-{number % 40}.example/rss",
                "outlet": {"id": f"outlet-{number % 40}"},
                "url": {"original": f"https://outlet-{number % 40}.example/{number}"},
                "title": f"Tehran rejects report {number}",
                "outcome": "saved" if number % 20 == 0 else "off-topic",
                "attempts": 1,
                "intake": "live",
                "event": {"created": at, "ingested": at},
            },
        )


def alerts(size: int) -> Iterator[tuple[str, Document]]:
    """Messages that were sent."""
    about = a_stored_statement()
    model = outbox.row_document(a_row(about), about.source, BEGAN)
    for number in range(size):
        at = iso(moment(number))
        told = {"status": "sent", "sent": at, "due": None, "sent_revision": 1, "event": {"created": at, "ingested": at}}
        whose = {"group": f"claim log {number}", "statements": [id_of(number)], "utterances": [id_of(number)]}
        yield f"row-{number:036d}", {key: value for key, value in {**model, **told, **whose}.items() if value is not None}


def stock(index: Index, size: int) -> Stock:
    """Writes so many documents of each kind; gives how the statements were made."""
    index.create("articles", articles(size))
    index.create("entries", entries(size))
    index.create("alerts", alerts(size))
    made = Stock(size, time_of(size))
    fill(index, made)
    index.refresh()
    return made
