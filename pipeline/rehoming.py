"""What becomes of those that stay when an article is erased: copies of it get another origin, reports of its statements another first.

Done twice it is done once, so that a run that was killed can do it again.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from pipeline import ledger, reports
from pipeline.claims import Facts
from pipeline.documents import Document, Stored, article_from
from pipeline.index import Index, batches
from pipeline.kin import Batch
from pipeline.model import Novelty
from pipeline.origins import Agencies

# Articles that are placed together; their texts are in memory at once.
BATCH = 50
# Values that one query asks for; Elasticsearch takes 65,536.
MANY = 1_000


def utterances_of(statements: Iterable[Stored]) -> set[str]:
    return {str(stored.source["utterance"]) for stored in statements if "utterance" in stored.source}


def renew_ledger(statements: Iterable[Stored], facts: Facts, index: Index, now: datetime) -> None:
    """Computes the ledger's rows anew that these statements count in, or counted in before they were read otherwise."""
    documents = [stored.source for stored in statements]
    documents += [{**it, **it["superseded"]} for it in documents if "superseded" in it]
    ledger.renew(index, ledger.affected(index, documents, facts), facts, now)


# ------------------------------------------------------------------------------------------------ utterances
def heirs(utterances: Iterable[str], gone: frozenset[str], index: Index) -> dict[str, list[Stored]]:
    """Utterance to its reports that stay, first seen first, those that are found no more last."""
    members: dict[str, list[Stored]] = defaultdict(list)
    for ids in batches(sorted(set(utterances)), MANY):
        found = index.each("statements", {"terms": {"utterance": ids}}, sort=["event.created", "at", "article_id", "ordinal"])
        for stored in found:
            if stored.source["article_id"] not in gone:
                members[stored.source["utterance"]].append(stored)
    return {id_: sorted(each, key=lambda stored: "removed" in stored.source) for id_, each in members.items()}


def renamed(members: Mapping[str, Sequence[Stored]]) -> dict[str, str]:
    """Utterance to what it is called once its first report is gone: by the first that stays."""
    return {id_: id_ if any(stored.id == id_ for stored in group) else group[0].id for id_, group in members.items()}


def settle_utterances(utterances: Iterable[str], gone: frozenset[str], index: Index, now: datetime) -> list[Stored]:
    """Gives each utterance a first report that stays, and counts its reports anew; returns the reports that stay.

    An utterance that nobody reports any more is deleted.
    """
    wanted = set(utterances)
    index.refresh("statements")
    members = heirs(wanted, gone, index)
    names = renamed(members)
    index.change_all("statements", [change for id_, group in members.items() for change in _changes(names[id_], group)])
    index.refresh("statements")
    reports.count_reports(names.values(), index, now)
    index.delete("utterances", sorted(wanted - set(names.values())))
    return list(index.get("statements", [stored.id for group in members.values() for stored in group]).values())


def _changes(name: str, group: Sequence[Stored]) -> Iterator[tuple[Stored, Document]]:
    """The first fresh report is the news; what was decided on it stays decided."""
    there = [stored for stored in group if "removed" not in stored.source]
    is_told = any(stored.source.get("novelty") == Novelty.NEW for stored in there)
    news = (
        None if is_told else next((stored.id for stored in there if reports.is_fresh(stored.source) and "novelty" in stored.source), None)
    )
    for stored in group:
        fields: Document = {"utterance": name} if stored.source["utterance"] != name else {}
        if stored.id == news:
            fields["novelty"] = Novelty.NEW
        if fields:
            yield stored, fields


# ------------------------------------------------------------------------------------------------ copies
def orphans(articles: Sequence[str], index: Index) -> list[Stored]:
    """Articles that are made of these, or whose statements are, and are none of them."""
    index.refresh("articles", "statements")
    made = _either(articles, "origin", "copy_of", "borrows")
    found = {stored.id: stored for stored in index.each("articles", made)}
    said = {str(stored.source["article_id"]) for stored in index.each("statements", _either(articles, "origin", "copy_of"))} - set(found)
    found |= index.get("articles", sorted(said))
    return sorted((stored for id_, stored in found.items() if id_ not in articles), key=_age)


def _either(values: Sequence[str], *fields: str) -> Document:
    return {"bool": {"should": [{"terms": {field: list(values)}} for field in fields], "minimum_should_match": 1}}


def _age(stored: Stored) -> tuple[str, str]:
    return str(stored.source.get("published", stored.source["event"]["created"])), stored.id


def place_orphans(articles: Sequence[str], agencies: Agencies, index: Index) -> list[Stored]:
    """Finds out anew what the articles are made of that were made of these, which are deleted by now; returns their statements."""
    touched: list[Stored] = []
    for batch in batches(orphans(articles, index), BATCH):
        index.refresh("articles", "statements")
        read = [stored for stored in batch if "digest" in stored.source.get("read", {})]  # the others are placed when they are read
        places = Batch([article_from(stored) for stored in read], index, agencies)
        for before in read:
            article = article_from(before)
            placed = places.place(article)
            # As it is now: the one before it may have changed it.
            index.change_all("articles", [(index.get("articles", [article.id])[article.id], placed.document)])
            index.refresh("statements")
            statements = list(index.each("statements", {"term": {"article_id": article.id}}))
            index.change_all("statements", [(each, placed.mark(each.source)) for each in statements])
            places.settle(article, placed.place)
            touched += statements
    return list(index.get("statements", [stored.id for stored in touched]).values())
