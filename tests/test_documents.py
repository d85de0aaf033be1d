"""Values, mappings and documents hold together."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from pipeline import origins, outbox, reports
from pipeline.connection import read_mappings
from pipeline.copies import Likeness, fingerprint
from pipeline.documents import (
    ANALYSED,
    Stored,
    article_document,
    article_from,
    content_hash,
    in_language,
    known,
    place_document,
    reading_document,
    version_document,
    versions_of,
)
from pipeline.findings import change_documents, statement_documents
from pipeline.index import Index
from pipeline.model import Act, ChangeKind, ChangeLevel, CopyKind, Intake
from pipeline.settings import read_settings
from pipeline.versions import Change
from tests.builders import CAMEO, NOON, TEXT, a_row, a_statement, a_stored_statement, an_article, findings


def fields(properties: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for name, body in properties.items():
        yield from fields(body["properties"], f"{prefix}{name}.") if "properties" in body else [prefix + name]


def leaves(document: Mapping[str, Any], mapped: set[str], prefix: str = "") -> Iterator[str]:
    for name, value in document.items():
        path = prefix + name
        for each in value if isinstance(value, list) and value else [value]:
            yield from leaves(each, mapped, path + ".") if isinstance(each, dict) and path not in mapped else [path]


def mapped(kind: str) -> set[str]:
    return set(fields(read_mappings(read_settings())[kind]["mappings"]["properties"]))  # type: ignore[index]  # a literal


def test_an_article_comes_back_as_it_went() -> None:
    article = an_article()
    stored = Stored(id=article.id, source=article_document(article, NOON), seq_no=0, primary_term=1)
    assert article_from(stored) == article


def test_an_article_that_tells_little_comes_back_as_it_went() -> None:
    article = an_article(published=None, authors=(), modified=None)
    document = article_document(article, NOON)
    assert "published" not in document
    assert article_from(Stored(id=article.id, source=document, seq_no=0, primary_term=1)) == article


def test_documents_have_the_fields_of_their_mapping() -> None:
    in_other_languages = {name for language in ANALYSED for name in in_language("t", "t", language)}
    article, statement = an_article(modified=NOON), a_statement(claims=("x",))
    other = origins.as_candidate(an_article(id="b" * 40), "b" * 40, None)
    match = origins.Match(candidate=other, likeness=Likeness(kind=CopyKind.BORROWED, share=0.3))
    place = origins.Place(origin=other.id, kind=CopyKind.COPY, borrows=(match,), lends=(), displaces=None)
    placed = place_document(place, fingerprint(article.text), NOON, "Reuters")
    written = (
        article_document(article, NOON)
        | reading_document(findings(statement), "digest", "version", NOON)
        | placed
        | {"deleted": "x", "quarantined": "x"}
    )
    written["versions"] = [version_document("x", NOON, article.archive, Intake.LIVE)]
    written["revisit"] |= {"checked": "x", "failures": 1, "note": "x"}
    fields = mapped("articles")
    assert set(leaves(written, fields)) | in_other_languages == fields

    affiliated = replace(statement, speaker=replace(statement.speaker, affiliation="Ministry"), addressee_of=0)
    (document,) = statement_documents(article, findings(affiliated), CAMEO, NOON).values()
    later = {"decision": {"digest": "x", "at": "x", "alerts": 0, "outcome": "x", "reasons": ["x"]}, "copy_of": "x", "origin": "x"}
    later |= {
        "utterance": "x",
        "novelty": "new",
        "triggers": ["x"],
        "position": dict.fromkeys(("family", "party", "party_name", "before", "after"), "x"),
    }
    later |= {
        "removed": "x",
        "removed_by": "x",
        "corrected": "x",
        "edited": True,
        "answered": dict.fromkeys(("by", "claims", "party", "at", "hours"), "x"),
    }
    later |= {
        "unsettled": True,
        "superseded": {},
        "review": dict.fromkeys(("verdict", "by", "why", "at", "act", "speaker", "sampled"), "x"),
    }
    fields = mapped("statements")
    assert set(leaves(document | later, fields)) | in_other_languages == fields

    changed = Change(kind=ChangeKind.REWORDED, before={"id": "1", "text": "x"}, after={"id": "2", **document})
    (change,) = change_documents([changed], article, ChangeLevel.STATEMENT, ("1", "2"), NOON, NOON).values()
    assert set(leaves(change, mapped("changes"))) == mapped("changes")

    stored = a_stored_statement(replace(affiliated, addressee_of=None), utterance="x")
    row = outbox.row_document(a_row(stored), stored.source, NOON)
    assert set(leaves(row, mapped("alerts"))) == mapped("alerts")
    utterance = reports.utterance_document(stored, [stored], NOON)
    assert set(leaves(utterance, mapped("utterances"))) == mapped("utterances")


def test_the_node_takes_what_is_written(index: Index) -> None:
    article = an_article()
    index.create("articles", [(article.id, article_document(article, NOON))])
    index.create("statements", statement_documents(article, findings(a_statement()), CAMEO, NOON).items())
    assert article_from(index.get("articles", [article.id])[article.id]) == article


def test_a_statement_keeps_its_id_when_its_speaker_is_corrected_or_text_is_inserted_before() -> None:
    (first,) = statement_documents(an_article(), findings(a_statement()), CAMEO, NOON)
    corrected = a_statement(speaker=replace(a_statement().speaker, name="Somebody else"))
    assert list(statement_documents(an_article(), findings(corrected), CAMEO, NOON)) == [first]
    moved = an_article(text="A new paragraph.\n\n" + TEXT)
    later = a_statement(start=18, end=18 + len("Tehran rejected the report on Monday."))
    assert list(statement_documents(moved, findings(later), CAMEO, NOON)) == [first]


def test_two_statements_with_one_sentence_and_act_are_told_apart() -> None:
    both = (a_statement(), a_statement(speaker=replace(a_statement().speaker, name="Russia", side="RU")))
    documents = statement_documents(an_article(), findings(*both), CAMEO, NOON)
    assert [document["speaker"]["name"] for document in documents.values()] == ["Iran", "Russia"]
    assert len(documents) == 2


def test_an_answer_points_to_the_accusation_s_id() -> None:
    accusation = a_statement("Kyiv accused Iran of sending drones.", act=Act.ACCUSATION, targets=("Iran",))
    documents = statement_documents(an_article(), findings(accusation, a_statement(addressee_of=0)), CAMEO, NOON)
    first, second = documents
    assert documents[second]["answers"] == first


def test_a_version_is_told_by_its_words_alone() -> None:
    assert content_hash("Title", "one  two\n") == content_hash("Title", "one two")
    assert content_hash("Title", "one two") != content_hash("Title", "one three")


def test_what_is_not_known_is_left_out_and_what_is_zero_stays() -> None:
    assert known({"a": None, "b": [], "c": {"d": None}, "e": 0, "f": False, "g": ""}) == {"e": 0, "f": False, "g": ""}


def test_an_article_stored_before_there_were_versions_has_one() -> None:
    old = article_document(an_article(), NOON) | {"versions": {"hash": ["x"], "seen": ["2022-12-18T12:00:00Z"]}}
    assert versions_of(old) == versions_of(article_document(an_article(), NOON))
