"""The ledger: one document per claim family and party, computed from the statements and never counted up.

A row is computed anew whenever a statement of it has come, changed or gone, so that no order of arrival, no crash and no second
scheduler can leave a row that differs from what the statements say. What a row costs depends on how often the party has changed
its position and has answered, and hardly on how many reports there are: Elasticsearch counts them.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pipeline import answering
from pipeline.actors import Actors
from pipeline.claim_rules import ClaimRules
from pipeline.claims import ANSWERS, Facts, Tally, affected_by, claim_document, claim_id
from pipeline.config_files import read_config
from pipeline.documents import Document, Stored, moment
from pipeline.errors import StoreUnavailable
from pipeline.index import Index
from pipeline.model import Act
from pipeline.settings import Settings
from pipeline.standing import Row, against, counted, fresh, history_of, own

__all__ = ["affected", "affected_by", "read", "read_facts", "rebuild", "renew"]

# Elasticsearch counts distinct values exactly up to so many, and estimates beyond.
EXACTLY = 3000

# How many accusers and accused a row names, those of most reports first.
NAMED = 100

# How often a row is computed again because somebody else has written it meanwhile.
TRIES = 5

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """What computing everything anew has found."""

    documents: int
    differed: int  # of them, those that were not as they should be
    deleted: int  # that no statement stands behind


def read_facts(settings: Settings) -> Facts:
    """What `claims.yml` and `actors.yml` say of families and sides."""
    families = read_config(settings, "claims.yml", ClaimRules).families
    states = read_config(settings, "actors.yml", Actors).states
    return Facts(
        titles={family.id: family.title for family in families},
        named={family.id: tuple(dict.fromkeys((*family.who, *family.to))) for family in families},
        replies=frozenset(family.id for family in families if family.reply),
        names={state.code: state.name for state in states if state.code},
        sides={state.name: state.code for state in states if state.code},
    )


def affected(index: Index, documents: Iterable[Mapping[str, Any]], facts: Facts) -> set[tuple[str, str]]:
    """The rows, (family, party), that these statements count in: their own, and those of accusations that they expressly answer."""
    found: set[tuple[str, str]] = set()
    answered: list[tuple[str, str]] = []
    for document in documents:
        found |= affected_by(document, facts.sides)
        side = document["speaker"].get("side")
        if side and document.get("answers") and document["act"] in ANSWERS:
            answered.append((document["answers"], side))
    accusations = index.get("statements", sorted({id_ for id_, _ in answered}))
    return found | {
        row for id_, side in answered if id_ in accusations for row in affected_by(accusations[id_].source, facts.sides) if row[1] == side
    }


def renew(index: Index, affected: Collection[tuple[str, str]], facts: Facts, now: datetime) -> set[tuple[str, str]]:
    """Computes these rows, (family, party), from the statements; a row without any is deleted.

    Returns the rows renewed: these, and those of accusations that have got or lost an answer by it.
    """
    index.refresh("statements")
    rows = set(affected)
    for pair in sorted(affected):
        rows |= answering.settle(_row(pair, facts), facts, index)
    index.refresh("statements")
    for pair in sorted(rows):
        _renew(pair, facts, now, index)
    return rows


def rebuild(index: Index, facts: Facts, now: datetime, progress: Progress) -> Rebuilt:
    """Computes every row, and every accusation's answer, whatever is written there."""
    index.refresh("statements", "claims")
    for done in answering.settle_all(facts, index):
        progress(f"answers: {done} accusations")
    index.refresh("statements")
    pairs = sorted(_pairs_of_statements(index, facts))
    stored = {(each.source["family"], each.source["party"]) for each in index.each("claims", {"match_all": {}})}
    outcomes: Counter[str] = Counter()
    for place, pair in enumerate([*pairs, *sorted(stored - set(pairs))], start=1):
        outcomes[_renew(pair, facts, now, index)] += 1
        progress(f"row {place} of {len(stored | set(pairs))}: {claim_id(*pair)}")
    deleted, same = outcomes.pop("deleted", 0), outcomes.pop("same", 0)
    outcomes.pop("absent", None)
    return Rebuilt(documents=outcomes.total() + same, differed=outcomes.total() + deleted, deleted=deleted)


def read(index: Index, family: str | None = None) -> list[Stored]:
    """The rows of a family or of all, in the order of families and parties."""
    index.refresh("claims")
    query = {"term": {"family": family}} if family else {"match_all": {}}
    return list(index.each("claims", query, sort=["family", "party"]))


def accusations_of(index: Index) -> dict[str, int]:
    """Accusations per family, as utterances, whoever makes them of whomever."""
    told = index.groups("statements", ["claims"], counted({"term": {"act": Act.ACCUSATION}}), {"utterances": _distinct("utterance")})
    return {group["key"]["claims"]: int(group["utterances"]["value"]) for group in told}


def _pairs_of_statements(index: Index, facts: Facts) -> set[tuple[str, str]]:
    said = counted({"terms": {"act": [Act.ACCUSATION, *ANSWERS]}})
    aimed = counted({"term": {"act": Act.ACCUSATION}})
    speakers = {
        (each["key"]["claims"], each["key"]["speaker.side"]) for each in index.groups("statements", ["claims", "speaker.side"], said)
    }
    targets = [(each["key"]["claims"], each["key"]["targets"]) for each in index.groups("statements", ["claims", "targets"], aimed)]
    return speakers | {(family, facts.sides[name]) for family, name in targets if name in facts.sides}


def _row(pair: tuple[str, str], facts: Facts) -> Row:
    family, party = pair
    return Row(family=family, party=party, targets=tuple(facts.targets(party)), reply=family in facts.replies)


def _renew(pair: tuple[str, str], facts: Facts, now: datetime, index: Index) -> str:
    """Computes and writes one row; `same`, `created`, `updated`, `deleted`, or `absent` where there is none and none should be."""
    id_ = claim_id(*pair)
    for _ in range(TRIES):
        stored = index.get("claims", [id_]).get(id_)
        tally = _tally(_row(pair, facts), facts, index)
        if tally is None:
            return next(iter(index.delete("claims", [id_]))) if stored else "absent"
        document = claim_document(*pair, history_of(_row(pair, facts), index), tally, facts, now)
        if stored and _said(stored.source) == _said(document):
            return "same"
        written = index.change("claims", [(stored, _instead(stored, document))]) if stored else index.create("claims", [(id_, document)])
        if not written["overtaken"] and not written["known"]:
            return next(iter(written))
        index.refresh("statements")
    raise StoreUnavailable(f"{id_} is written by somebody else again and again; try again")


def _said(document: Mapping[str, Any]) -> Document:
    return {key: value for key, value in document.items() if key != "event"}


def _instead(stored: Stored, document: Document) -> Document:
    return dict.fromkeys(stored.source, None) | document


def _tally(row: Row, facts: Facts, index: Index) -> Tally | None:
    """What the index counts of a row; None where no statement is there."""
    told = index.aggregate("statements", _either(row), _measures(row))
    if not told["reports"]["doc_count"]:
        return None
    asked, last = _time(told["asked"]["first"]), _time(told["answers"]["last"])
    first = answering.first_answer(row, asked, index) if asked else None
    open_ = answering.waiting(row, last, index)
    times = {name: _time(told[name]) for name in ("first_at", "last_at", "first_seen", "last_seen")}
    return Tally(
        **{name: told[name]["utterances"]["value"] for name in ("accused", "accusations", "denials", "acknowledgements")},
        reports=told["reports"]["doc_count"],
        outlets=told["outlets"]["value"],
        origins=_origins(row, told, index),
        alleged_by=tuple(sorted({*_keys(told["accused"]["sides"]), *_keys(told["accused"]["others"]["names"])})),
        alleges_against=tuple(sorted(facts.sides.get(name, name) for name in _keys(told["accusations"]["targets"]))),
        **{name: time for name, time in times.items() if time},  # type: ignore[arg-type]  # every statement has them
        unanswered=open_.number,
        unanswered_since=open_.since,
        hours_to_answer=_median(told["answered"]["hours"]),
        first_hours_to_answer=answering.hours_between(asked, first) if asked and first else None,
    )


def _either(row: Row) -> Document:
    """All that counts in a row: what the party says, and what others accuse it of."""
    return counted({"bool": {"should": [own(row, Act.ACCUSATION, *ANSWERS), against(row)], "minimum_should_match": 1}})


def _measures(row: Row) -> dict[str, Any]:
    def of(query: Document, **more: Any) -> dict[str, Any]:
        return {"filter": query, "aggs": {"utterances": _distinct("utterance")} | more}

    unmarked = {"bool": {"must_not": {"exists": {"field": "origin"}}}}
    nameless = {"bool": {"must_not": {"exists": {"field": "speaker.side"}}}}
    answered = {"bool": {"filter": [against(row), {"term": {"answered.party": row.party}}, {"term": {"answered.claims": row.family}}]}}
    # HDR, unlike the other way to count percentiles, gives the same for the same values in any order; three digits of it are right.
    median = {"percentiles": {"field": "answered.hours", "percents": [50], "hdr": {"number_of_significant_value_digits": 3}}}
    return {
        "reports": {"filter": {"match_all": {}}},
        "outlets": _distinct("outlet.id"),
        "origins": _distinct("origin"),
        "unmarked": {"filter": unmarked},
        "accused": of(against(row), sides=_names("speaker.side"), others={"filter": nameless, "aggs": {"names": _names("speaker.name")}}),
        "accusations": of(own(row, Act.ACCUSATION), targets=_names("targets")),
        "denials": of(own(row, Act.DENIAL)),
        "acknowledgements": of(own(row, Act.ACKNOWLEDGEMENT)),
        "asked": {"filter": fresh(against(row)), "aggs": {"first": {"min": {"field": "at"}}}},
        "answers": {"filter": fresh(own(row, *ANSWERS)), "aggs": {"last": {"max": {"field": "at"}}}},
        "answered": {"filter": answered, "aggs": {"hours": median}},
        "first_at": {"min": {"field": "at"}},
        "last_at": {"max": {"field": "at"}},
        "first_seen": {"min": {"field": "event.created"}},
        "last_seen": {"max": {"field": "event.created"}},
    }


def _origins(row: Row, told: Mapping[str, Any], index: Index) -> int:
    """Independent origins; an article that names none is its own, and may be another's as well."""
    number = int(told["origins"]["value"])
    if not told["unmarked"]["doc_count"]:
        return number
    unmarked = {"bool": {"filter": [_either(row)], "must_not": {"exists": {"field": "origin"}}}}
    page: list[str] = []
    for group in index.groups("statements", ["article_id"], unmarked):
        page.append(group["key"]["article_id"])
        if len(page) == 1000:
            number += _unnamed(row, page, index)
            page = []
    return number + _unnamed(row, page, index)


def _unnamed(row: Row, articles: Sequence[str], index: Index) -> int:
    """How many of these articles no statement names as its origin."""
    named = {"bool": {"filter": [_either(row), {"terms": {"origin": list(articles)}}]}}
    return len(articles) - (index.distinct("statements", "origin", named) if articles else 0)


def _distinct(field: str) -> dict[str, Any]:
    return {"cardinality": {"field": field, "precision_threshold": EXACTLY}}


def _names(field: str) -> dict[str, Any]:
    return {"terms": {"field": field, "size": NAMED}}


def _keys(terms: Mapping[str, Any]) -> list[str]:
    return [bucket["key"] for bucket in terms["buckets"]]


def _median(percentiles: Mapping[str, Any]) -> float | None:
    value = percentiles["values"]["50.0"]
    return None if value is None else round(value, 2)


def _time(measure: Mapping[str, Any]) -> datetime | None:
    return moment(measure.get("value_as_string"))
