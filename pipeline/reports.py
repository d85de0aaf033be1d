"""Finds, for statements nobody has decided on, the utterances that they report, and keeps the count of each utterance's reports.

Who could be meant is asked of the index, one request for a whole batch and a bounded number of answers each, so that it costs the
same with a million statements as with a thousand; who is meant decides `utterances`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from pipeline.documents import Document, Stored, iso, known, moment
from pipeline.index import Index
from pipeline.model import SpeakerKind
from pipeline.utterances import RECALLED, WINDOW, Known, Report, assign, report_from, words_of

# Reports of the likest wording that are looked at for each statement. On the sample outlets 8 find all that 40 do; each one more
# has to be fetched, read and compared, which is what grew with the index.
CANDIDATES = 10

# Words of a statement that are asked for, the longest: every one is looked up in the whole index, the short ones stand everywhere.
WORDS = 12

FIELDS = (
    "act", "article_id", "origin", "speaker", "targets", "claims", "text", "language", "at", "background", "utterance",
)  # fmt: skip

Counts = Mapping[str, tuple[int, int, int]]  # utterance to reports, outlets, independent origins


def read_report(stored: Stored) -> Report:
    at = moment(stored.source["at"])
    return report_from(stored.id, stored.source, at)


def utterances_of(batch: Sequence[Stored], index: Index) -> dict[str, str]:
    """Statement id to utterance id, for whole articles in the order in which they are to be counted as seen."""
    reports = {stored.id: read_report(stored) for stored in batch}
    settled = {stored.id: str(stored.source["utterance"]) for stored in batch if "utterance" in stored.source}
    asked = [report for id_, report in reports.items() if id_ not in settled]
    found = dict(zip((report.id for report in asked), _candidates(asked, index), strict=True))
    here: list[Known] = []  # of this batch: the index does not show them yet
    made: dict[str, str] = {}
    for _, group in groupby(batch, key=lambda stored: str(stored.source["article_id"])):
        article = [stored.id for stored in group]
        new = [reports[id_] for id_ in article if id_ not in settled]
        stored_ones = {each.report.id: each for report in new for each in found[report.id]}
        made |= assign(new, [*stored_ones.values(), *here]) | {id_: settled[id_] for id_ in article if id_ in settled}
        here += [Known(report=reports[id_], utterance=made[id_]) for id_ in article]
    return made


def _candidates(reports: Sequence[Report], index: Index) -> Iterator[list[Known]]:
    for hits in index.ask("statements", [candidates_query(report) for report in reports], size=CANDIDATES, fields=FIELDS):
        yield [Known(report=read_report(hit), utterance=hit.source["utterance"]) for hit in hits]


def candidates_query(report: Report) -> Document:
    """Reports of the same act by the same voice at about the same time, the likest wording and the same claims first."""
    voice: list[Document] = [{"term": {"speaker.name": report.speaker}}]
    if report.side:
        kinds = [SpeakerKind.COUNTRY, SpeakerKind.ORGANISATION]
        spoken_for: list[Document] = [{"term": {"speaker.side": report.side}}]
        if report.kind not in kinds:
            spoken_for.append({"terms": {"speaker.kind": kinds}})
        voice.append({"bool": {"filter": spoken_for}})
    back = RECALLED if report.background and report.kind is SpeakerKind.PERSON else WINDOW
    return {
        "bool": {
            "filter": [
                {"term": {"act": report.act}},
                {"exists": {"field": "utterance"}},
                {"range": {"at": {"gte": iso(report.at - back), "lte": iso(report.at + WINDOW)}}},
                {"bool": {"should": voice, "minimum_should_match": 1}},
            ],
            "must_not": [{"term": {"article_id": report.article}}, {"exists": {"field": "removed"}}],
            "should": [
                {"match": {"text": _telling(report.text)}},
                {"constant_score": {"filter": {"term": {"speaker.name": report.speaker}}, "boost": 5}},
                {"constant_score": {"filter": {"terms": {"claims": sorted(report.claims)}}, "boost": 5}},
            ],
        }
    }


def _telling(text: str) -> str:
    return " ".join(sorted(words_of(text), key=lambda word: (-len(word), word))[:WORDS])


def has_fresh_report(utterances: Iterable[str], index: Index) -> set[str]:
    """Those of which a fresh report is known: what comes now is a repeat."""
    return {id_ for id_, stored in index.get("utterances", sorted(set(utterances))).items() if stored.source["fresh"]}


def count_reports(utterances: Iterable[str], index: Index, now: datetime) -> Counts:
    """Counts the reports of these utterances anew, from the statements, and writes it down."""
    ids = sorted(set(utterances))
    query = {"bool": {"filter": [{"terms": {"utterance": ids}}], "must_not": [{"exists": {"field": "removed"}}]}}
    members: dict[str, list[Stored]] = {id_: [] for id_ in ids}
    for stored in index.each("statements", query, sort=["event.created", "at"]) if ids else ():
        members[stored.source["utterance"]].append(stored)
    first = index.get("statements", ids)
    documents = {id_: utterance_document(first[id_], reports, now) for id_, reports in members.items() if id_ in first}
    index.put("utterances", documents.items())
    return {id_: (document["reports"], document["outlets"], document["origins"]) for id_, document in documents.items()}


def utterance_document(first: Stored, reports: Sequence[Stored], now: datetime) -> Document:
    """One statement as the world made it: told of as its first-seen report has it, dated by the one published first."""
    it = first.source
    outlets = sorted({stored.source["outlet"]["id"] for stored in reports})
    times = sorted((stored.source["at"], stored.id) for stored in reports)
    copied = ("act", "speaker", "targets", "claims", "text", "language")
    published = next((stored.source for stored in reports if times and stored.id == times[0][1]), it)
    return known({key: it[key] for key in copied if key in it}) | {
        "at": published["at"],
        "last": times[-1][0] if times else it["at"],
        "event": {"created": it["event"]["created"], "ingested": iso(now)},
        "reports": len(reports),
        "outlets": len(outlets),
        "outlet_ids": outlets,
        "origins": len({_origin(stored.source) for stored in reports}),
        "first_published": {
            "statement_id": times[0][1] if times else first.id,
            "outlet": published["outlet"]["name"],
            "url": published["url"]["full"],
        },
        "fresh": any(is_fresh(stored.source) for stored in reports),
    }


def is_fresh(it: Mapping[str, Any]) -> bool:
    """Whether a report tells a statement as news, in words of its own."""
    return not it["background"] and "copy_of" not in it


def _origin(it: Mapping[str, Any]) -> str:
    return str(it.get("origin", it["article_id"]))
