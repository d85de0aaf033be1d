"""Finds what somebody means: a statement by its id, the beginning of it, or words; links and articles by any form of their address."""

import re
from collections.abc import Sequence

from pipeline.addresses import article_id, entry_id, normalise
from pipeline.documents import Document, Stored
from pipeline.errors import NotFound
from pipeline.index import Index, Kind

# Ids are 40 hexadecimal characters; a beginning that is shorter could be a word.
_ID = re.compile(r"[0-9a-f]{6,40}")
_ADDRESS = re.compile(r"(https?://|www\.)\S+|[\w-]+(\.[\w-]+)+/\S*", re.IGNORECASE)

# Of an id, enough for people to tell statements apart.
SHORT = 10

# Things that are named where more than one is meant.
MOST = 6

WHOLE = ("*",)


def is_address(text: str) -> bool:
    return _ADDRESS.fullmatch(text.strip()) is not None


def folded(text: str) -> str:
    """Text as it compares here: words and figures."""
    return " ".join(re.findall(r"\w+", text.casefold()))


def statement(wanted: str, index: Index) -> Stored:
    """The one statement that is meant. Raises NotFound where there is none or more than one, and names what comes near."""
    index.refresh("statements")
    found = by_id(wanted, index) or with_words(wanted, index)
    present = [each for each in found if "removed" not in each.source]
    if len(found) == 1 or len(present) == 1:
        return (present if len(present) == 1 else found)[0]
    if not found:
        raise NotFound("\n".join([f"no statement has the id or the words {wanted!r}", *_near(wanted, index)]))
    several = f"{len(found) if len(found) <= MOST else f'more than {MOST}'} statements are meant by {wanted!r}"
    raise NotFound("\n".join([f"{several}; say more, or the beginning of an id:", *map(named, found[:MOST])]))


def by_id(wanted: str, index: Index) -> list[Stored]:
    """Statements by id or the beginning of one."""
    if not _ID.fullmatch(wanted):
        return []
    exact = index.get("statements", [wanted])
    return list((exact or index.get("statements", list(index.beginning("statements", wanted))[: MOST + 1])).values())


def with_words(words: str, index: Index, kind: Kind = "statements", field: str = "text") -> list[Stored]:
    """What has these words one after the other; only what has nothing else where there is that."""
    if not folded(words):
        return []
    (hits,) = index.ask(kind, [{"match_phrase": {field: words}}], size=10 * MOST, fields=WHOLE)
    # The index compares stems and skips small words; what people mean is what stands there.
    literal = [hit for hit in hits if folded(words) in folded(str(hit.source.get(field, "")))] or hits
    return [hit for hit in literal if folded(words) == folded(str(hit.source.get(field, "")))] or literal


def near(words: str, index: Index, kind: Kind, field: str, *, share: str = "60%", size: int = 3) -> list[Stored]:
    """What has that share of these words, the likest first."""
    query: Document = {"match": {field: {"query": words, "minimum_should_match": share}}}
    return index.ask(kind, [query], size=size, fields=WHOLE)[0]


def _near(words: str, index: Index) -> list[str]:
    found = near(words, index, "statements", "text", share="1")
    return ["Nearest:", *map(named, found)] if found else []


def named(stored: Stored) -> str:
    """A statement in one line, with the beginning of its id."""
    return f"  {stored.id[:SHORT]}  {in_words(stored)}"


def in_words(stored: Stored) -> str:
    """A statement in one line."""
    it = stored.source
    gone = " (taken away)" if "removed" in it else ""
    return f"{it['act']} by {it['speaker']['name']}, {it['outlet']['name']} {it['at'][:10]}{gone}: {_cut(it['text'])}"


def _cut(text: str, most: int = 100) -> str:
    words = " ".join(text.split())
    return words if len(words) <= most else words[: most - 1].rstrip() + "…"


# ------------------------------------------------------------------------------------------------ addresses
def entries_of(address: str, outlets: Sequence[str], index: Index) -> list[Stored]:
    """Links that feeds have shown and that lead where this address leads, first seen first.

    Their ids are made of outlet and normalised address, so that tracking parameters do not matter; an outlet that stands in
    sources.yml no more is found by the address as its feed gave it.
    """
    index.refresh("entries")
    found = index.get("entries", [entry_id(outlet, address) for outlet in outlets])
    exact = index.each("entries", {"term": {"url.original": address}})
    return _by_age(found | {stored.id: stored for stored in exact})


def articles_of(address: str, outlets: Sequence[str], index: Index) -> list[Stored]:
    """Articles that are called so, or were found there."""
    index.refresh("articles")
    found = index.get("articles", [article_id(outlet, address) for outlet in outlets])
    forms = [{"terms": {field: [address, f"https://{normalise(address)}"]}} for field in ("url.full", "url.original")]
    named_so = index.each("articles", {"bool": {"should": forms, "minimum_should_match": 1}})
    return _by_age(found | {stored.id: stored for stored in named_so})


def leading_to(article: str, index: Index) -> list[Stored]:
    """The links that led to an article, first seen first."""
    return _by_age({stored.id: stored for stored in index.each("entries", {"term": {"article_id": article}})})


def _by_age(found: dict[str, Stored]) -> list[Stored]:
    return sorted(found.values(), key=lambda stored: (str(stored.source["event"]["created"]), stored.id))
