"""What people are asked to judge, what they have judged, and that as annotated articles.

A walk needs no memory of its own: whatever has a verdict is not asked for again.
"""

import hashlib
import heapq
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.documents import Document, Stored, article_from, iso
from pipeline.enrich import Reader
from pipeline.gazetteer import Gazetteer
from pipeline.index import Index
from pipeline.judged import Scores, scores
from pipeline.model import Act, RemovedBy, SpeakerKind
from pipeline.reviews import Verdict
from pipeline.unread import read_article

_REVIEWED: Document = {"exists": {"field": "review.verdict"}}
_REMOVED: Document = {"exists": {"field": "removed"}}
ANCHOR_WORDS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What was written, and of articles that were not, why: how many by reason."""

    articles: int
    statements: int
    left_out: Mapping[str, int]


def doubtful(index: Index, below: float, act: Act | None = None, since: datetime | None = None) -> Iterator[Stored]:
    """Statements without a verdict of which the reader is less sure than that, the least sure first."""
    query = _frame(act, since)
    query["bool"]["filter"].append({"range": {"why.confidence": {"lt": below}}})
    query["bool"]["must_not"] += [_REVIEWED, _REMOVED]
    return index.each("statements", query, sort=["why.confidence"])


def sample(index: Index, number: int, seed: int, act: Act | None = None, since: datetime | None = None) -> list[Stored]:
    """So many statements by seed, each act with its share, whether they have a verdict or not; those that a review took away as well."""
    query = _frame(act, since)
    query["bool"]["must_not"].append({"bool": {"filter": [_REMOVED], "must_not": [{"term": {"removed_by": RemovedBy.REVIEW}}]}})
    drawn: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for stored in index.each("statements", query):
        drawn[stored.source["act"]].append((_lot(stored.id, seed), stored.id))
    whole = sum(map(len, drawn.values()))
    shares = _shares({act: len(lots) for act, lots in drawn.items()}, min(number, whole))
    chosen = [lot for act, lots in drawn.items() for lot in heapq.nsmallest(shares[act], lots)]
    found = index.get("statements", [id_ for _, id_ in sorted(chosen)])
    return [found[id_] for _, id_ in sorted(chosen) if id_ in found]


def _frame(act: Act | None, since: datetime | None) -> dict[str, Any]:
    wanted: list[Document] = [{"term": {"act": act}}] if act else []
    if since:
        wanted.append({"range": {"event.created": {"gte": iso(since)}}})
    return {"bool": {"filter": wanted, "must_not": []}}


def _lot(id_: str, seed: int) -> str:
    return hashlib.sha256(f"{seed} {id_}".encode()).hexdigest()


def _shares(sizes: Mapping[str, int], number: int) -> dict[str, int]:
    """By the largest remainders (Hamilton's method), so that they add up."""
    whole = sum(sizes.values())
    exact = {name: number * size / whole for name, size in sizes.items()}
    shares = {name: int(share) for name, share in exact.items()}
    for name in sorted(exact, key=lambda name: (shares[name] - exact[name], name))[: number - sum(shares.values())]:
        shares[name] += 1
    return shares


def measured(index: Index) -> Scores:
    """What all verdicts say."""
    index.refresh("statements")
    return scores([stored.source for stored in index.each("statements", _REVIEWED)])


# ------------------------------------------------------------------------------------------------ as annotated articles
def export(folder: Path, index: Index, reader: Reader, gazetteer: Gazetteer) -> Exported:
    """Writes each article that is judged wholly as text, sentences and annotation, in the form of the annotation scheme."""
    index.refresh("articles", "statements")
    ids = sorted({group["key"]["article_id"] for group in index.groups("statements", ["article_id"], _REVIEWED)})
    folder.mkdir(parents=True, exist_ok=True)
    left_out: Counter[str] = Counter()
    meta, statements = [], 0
    for id_, stored in sorted(index.get("articles", ids).items()):
        found = sorted(index.each("statements", {"term": {"article_id": id_}}), key=lambda each: int(each.source["ordinal"]))
        found = [each for each in found if each.source.get("removed_by") in {None, RemovedBy.REVIEW}]
        if reason := _unfinished(found):
            left_out[reason] += 1
            continue
        gold = _write(folder, stored, found, reader, gazetteer)
        statements += len(gold["statements"])
        meta.append({key: gold[key] for key in ("id", "url", "outlet", "title", "published", "language")})
    left_out["the article is not in the index any more"] += len(ids) - len(meta) - sum(left_out.values())
    lines = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in meta)
    (folder / "meta.jsonl").write_text(lines, encoding="utf-8")
    return Exported(articles=len(meta), statements=statements, left_out=+left_out)


def _unfinished(found: Sequence[Stored]) -> str | None:
    """Why an article is no complete annotation."""
    for each in found:
        review = each.source.get("review")
        if not review:
            return "a statement has no verdict yet"
        if review["verdict"] == Verdict.WRONG_ACT and "act" not in review:
            return "a wrong act, and nobody says which is right"
        if review["verdict"] == Verdict.WRONG_SPEAKER and "speaker" not in review:
            return "a wrong speaker, and nobody says who it is"
    return None


def _write(folder: Path, stored: Stored, found: Sequence[Stored], reader: Reader, gazetteer: Gazetteer) -> dict[str, Any]:
    article = article_from(stored)
    spans = read_article(article, reader).sentences
    true = [each for each in found if each.source["review"]["verdict"] not in {Verdict.NOT_A_STATEMENT, Verdict.WRONG}]
    places = {each.id: place for place, each in enumerate(true)}
    gold = {
        "id": article.id,
        "url": article.url,
        "outlet": article.outlet.name,
        "title": article.title,
        "published": iso(article.published),
        "language": article.language,
        "on_topic": True,
        "duplicate_of": stored.source.get("copy_of"),
        "statements": [_annotated(each.source, spans, places, gazetteer) for each in true],
    }
    sentences = [{"i": place, "start": start, "end": end, "text": article.text[start:end]} for place, (start, end) in enumerate(spans)]
    for name, content in ((".gold.json", gold), (".sents.json", sentences)):
        (folder / f"{article.id}{name}").write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    (folder / f"{article.id}.txt").write_text(article.text, encoding="utf-8")
    return gold


def _annotated(it: Mapping[str, Any], spans: Sequence[tuple[int, int]], places: Mapping[str, int], gazetteer: Gazetteer) -> dict[str, Any]:
    title = it["start"] < 0
    sentences = [-1] if title else [place for place, (start, end) in enumerate(spans) if start < it["end"] and end > it["start"]]
    return {
        "act": it["review"].get("act", it["act"]),
        **_speaker(it, gazetteer),
        "targets": list(it.get("targets", ())),
        "claims": list(it.get("claims", ())),
        "anchor": " ".join(it["text"].split()[:ANCHOR_WORDS]),
        "sentences": sentences,
        "mode": it["mode"],
        "background": it["background"],
        "addressee_of": places.get(it.get("answers", "")),
        "start": it["start"],
        "end": it["end"],
    }


def _speaker(it: Mapping[str, Any], gazetteer: Gazetteer) -> dict[str, Any]:
    named = it["review"].get("speaker")
    if named is None:
        speaker = it["speaker"]
        return {
            "speaker": speaker["name"],
            "speaker_kind": speaker["kind"],
            "affiliation": speaker.get("affiliation"),
            "side": speaker.get("side"),
        }
    found = gazetteer.find(named)
    kinds = {"person": SpeakerKind.PERSON, "organisation": SpeakerKind.ORGANISATION, "state": SpeakerKind.COUNTRY}
    return {
        "speaker": found.name if found else named,
        "speaker_kind": kinds.get(found.kind.value if found else "", SpeakerKind.PERSON),
        "affiliation": found.affiliation if found else None,
        "side": found.side if found else None,
    }
