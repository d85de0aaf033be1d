"""How values become documents of the index and come back: the one place that knows both spellings.

Shapes are those of `config/index/*.json` (strict: a field that stands in only one of the two is an error, and a test
holds them together). Times are ISO 8601 in UTC; what is not known is left out.
"""

import hashlib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, overload

from pipeline.copies import Fingerprint
from pipeline.model import (
    Article,
    Context,
    DateSource,
    EntityKind,
    Extract,
    Findings,
    Form,
    Intake,
    OutletFacts,
    Reference,
    TextSource,
    Validators,
)
from pipeline.origins import Candidate, Place
from pipeline.versions import due_after

Document = dict[str, Any]

# Lucene refuses a term of more than 32,766 bytes and highlighting stops at a million characters.
MAX_TEXT = 900_000


# Languages with fields of their own, title_fa and text_fa, for their analyzer; that of `title` and `text` is English.
ANALYSED = frozenset({"ar", "fa", "ru"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A document as the index has it; the two numbers guard a change against somebody else's."""

    id: str
    source: Mapping[str, Any]
    seq_no: int
    primary_term: int


def iso(time: datetime | None) -> str | None:
    return None if time is None else time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def iso_of(seconds: float) -> str:
    """A moment that is counted in seconds since 1970."""
    return str(iso(datetime.fromtimestamp(seconds, UTC)))


@overload
def moment(text: str) -> datetime: ...
@overload
def moment(text: str | None) -> datetime | None: ...
def moment(text: str | None) -> datetime | None:
    """The time that a document's field holds; None where it holds none."""
    return None if text is None else datetime.fromisoformat(text)


def content_hash(title: str, text: str) -> str:
    """What tells one version of an article from another; white space and Unicode form do not."""
    folded = " ".join(unicodedata.normalize("NFC", f"{title}\n{text}").split())
    return hashlib.sha256(folded.encode()).hexdigest()[:40]


def known(document: Document) -> Document:
    """The document without what is not known; empty lists and objects are not known either."""
    cut = {key: known(value) if isinstance(value, dict) else value for key, value in document.items()}
    return {key: value for key, value in cut.items() if value not in (None, [], {})}


def facts_document(outlet: OutletFacts) -> Document:
    return {"id": outlet.id, "name": outlet.name, "country": outlet.country, "ownership": outlet.ownership, "tier": outlet.tier} | {
        "alignment": outlet.alignment
    }


def in_language(title: str, text: str, language: str) -> Document:
    """The same once more, for the analyzer of its language; nothing where `title` and `text` themselves have that."""
    return {f"title_{language}": title, f"text_{language}": text} if language in ANALYSED else {}


def article_document(article: Article, now: datetime) -> Document:
    """An article that nobody has read yet: `read` is absent."""
    version = content_hash(article.title, article.text)
    # An item of a feed was taken because its page is closed; that will be so tomorrow.
    due = None if article.text_from is TextSource.ITEM else due_after(article.first_seen, now)
    return known(
        {
            "url": {"full": article.url, "original": article.original_url, "domain": article.url.split("/")[2]},
            "outlet": facts_document(article.outlet),
            "title": article.title,
            "text": article.text[:MAX_TEXT],
            **in_language(article.title, article.text[:MAX_TEXT], article.language),
            "authors": list(article.authors),
            "language": article.language,
            "published": iso(article.published),
            "published_from": article.published_from,
            "text_from": article.text_from,
            "intake": article.intake,
            "paywalled": article.paywalled,
            "teaser": article.teaser,
            "form": article.form,
            "modified": iso(article.modified),
            "event": {"created": iso(article.first_seen), "ingested": iso(now)},
            "hours_until_seen": hours_until_seen(article),
            "content_hash": version,
            "versions": [version_document(version, article.first_seen, article.archive)],
            "extracted": {"digest": article.extracted_by},
            "revisit": revisit_document(due, None, article.validators),
            "topic": {"reason": article.topic_reason},
            "archive": reference_document(article.archive),
        }
    )


def hours_until_seen(article: Article) -> float | None:
    """From publication to first sight; not of what was there before anybody looked, nor of what is dated into the future."""
    if article.published is None or article.intake is not Intake.LIVE or article.published > article.first_seen:
        return None
    return round((article.first_seen - article.published).total_seconds() / 3600, 3)


def outlet_document(outlet_id: str, learned: Mapping[str, Sequence[str]], now: datetime) -> Document:
    """What has been learned of an outlet: which lines it prints again and again, as hashes."""
    return {"outlet": {"id": outlet_id}, "lines": {line: list(articles) for line, articles in learned.items()}, "updated": iso(now)}


def version_document(version: str, seen: datetime, archive: Reference, rest_by: Intake | None = None) -> Document:
    """One version of an article; its text is in the archive. That with the rest of an article has the `intake` of what brought it."""
    return known({"hash": version, "seen": iso(seen), "archive": reference_document(archive), "intake": rest_by})


def versions_of(it: Mapping[str, Any]) -> list[Document]:
    """An article's versions, oldest first; an article stored before there were any has the one that it was stored with."""
    found = it["versions"]
    archive = it["archive"]
    return list(found) if isinstance(found, list) else [{"hash": it["content_hash"], "seen": it["event"]["created"], "archive": archive}]


def text_document(title: str, told: Extract, language: str) -> Document:
    """What a page says when its text is taken again."""
    text = told.text[:MAX_TEXT]
    said = {"title": title, "text": text, **in_language(title, text, language)}
    return {**said, "modified": iso(told.modified), "content_hash": content_hash(title, told.text)}


def revisit_document(due: datetime | None, checked: datetime | None, validators: Validators) -> Document:
    """When an article is to be looked at again, and what its server wants to hear then."""
    return known({"due": iso(due), "checked": iso(checked), "etag": validators.etag, "last_modified": validators.last_modified})


def validators_from(it: Mapping[str, Any]) -> Validators:
    """Those of a feed's or a revisit's document."""
    return Validators(etag=it.get("etag"), last_modified=it.get("last_modified"))


def reference_document(reference: Reference) -> Document:
    return {"file": reference.file, "offset": reference.offset, "length": reference.length, "record_id": reference.record_id}


def article_from(stored: Stored) -> Article:
    it = stored.source
    first_seen = moment(it["event"]["created"])
    return Article(
        id=stored.id,
        url=it["url"]["full"],
        original_url=it["url"]["original"],
        outlet=outlet_from(it["outlet"]),
        title=it.get("title", ""),
        text=it["text"],
        text_from=TextSource(it.get("text_from", "markup")),
        authors=tuple(it.get("authors", ())),
        language=it["language"],
        published=moment(it.get("published")),
        published_from=DateSource(it["published_from"]),
        modified=moment(it.get("modified")),
        paywalled=it.get("paywalled", False),
        teaser=it.get("teaser", False),
        form=Form(it.get("form", "article")),
        first_seen=first_seen,
        intake=Intake(it.get("intake", "live")),
        topic_reason=it["topic"]["reason"],
        archive=Reference(**it["archive"]),
        validators=validators_from(it.get("revisit", {})),
        extracted_by=it.get("extracted", {}).get("digest", ""),
    )


def outlet_from(it: Mapping[str, Any]) -> OutletFacts:
    return OutletFacts(id=it["id"], name=it["name"], country=it.get("country"), ownership=it.get("ownership"), tier=it["tier"])


def context_of(article: Article) -> Context:
    return Context(
        outlet=article.outlet.name,
        outlet_country=article.outlet.country,
        title=article.title or None,
        author=article.authors[0] if article.authors else None,
        published=article.published,
        language=article.language,
    )


def reading_document(findings: Findings, digest: str, version: str, now: datetime) -> Document:
    """What reading an article adds to its document."""
    named = {kind.value: [entity.name for entity in findings.entities if entity.kind == kind] for kind in EntityKind}
    return named | {
        "claims": list(findings.claims),
        "acts": sorted({statement.act for statement in findings.statements}),
        "statement_count": len(findings.statements),
        "read": {"digest": digest, "at": iso(now), "version": version},
    }


def place_document(place: Place, fingerprint: Fingerprint, at: datetime, agency: str | None) -> Document:
    """What is known of where an article comes from; None takes away what an earlier reading has said."""
    return {
        "agency": agency,
        "borrows": [match.candidate.id for match in place.borrows] or None,
        "copy": {"kind": place.kind} if place.kind else None,
        "copy_of": place.copy_of,
        "fingerprint": {"at": iso(at), "bands": list(fingerprint.bands), "passages": list(fingerprint.passages)},
        "origin": place.origin,
    }


# What `candidate_from` needs of an article's document.
CANDIDATE_FIELDS = ("text", "origin", "outlet.name", "agency", "published", "event.created")


def candidate_from(stored: Stored) -> Candidate:
    it = stored.source
    seen = moment(it["event"]["created"])
    return Candidate(
        id=stored.id,
        text=it["text"],
        origin=it.get("origin", stored.id),
        outlet=it["outlet"]["name"],
        agency=it.get("agency"),
        published=moment(it.get("published")),
        seen=seen,
    )
