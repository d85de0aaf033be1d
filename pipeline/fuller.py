"""The rest of an article of which only the beginning is there: another page shows it whole."""

from dataclasses import dataclass
from datetime import datetime

from pipeline.documents import Document, Stored, known, reference_document, text_document, version_document, versions_of
from pipeline.model import Extract, Intake, Reference
from pipeline.versions import is_same_story
from pipeline.visit import Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """What brings the rest, and why all of it is on topic."""

    visit: Visit
    topic_reason: str


def is_rest(told: Extract, stored: Stored) -> bool:
    """Whether a page tells what the stored beginning leaves out."""
    it = stored.source
    if told.teaser or not it.get("teaser"):
        return False
    return len(told.text) > len(it["text"]) and is_same_story(it.get("title", ""), it["text"], told.title or "", told.text)


def whole_document(stored: Stored, rest: Rest, archive: Reference, intake: Intake, extraction: str, now: datetime) -> Document:
    """What the article becomes: a new version that nobody has edited; its added statements are as what brought them. It waits to be read.

    `extraction` is the digest of the rules by which its text was taken.
    """
    it, told = stored.source, rest.visit.told
    text = text_document(told.title or it.get("title", ""), told, it["language"])
    return {
        **text,
        "authors": list(told.authors) or it.get("authors"),
        "text_from": told.text_from,
        "paywalled": told.paywalled,
        "teaser": False,
        "form": told.form,
        "versions": [*versions_of(it), version_document(text["content_hash"], now, archive, intake)],
        "archive": reference_document(archive),
        "extracted": {"digest": extraction},
        "topic": {"reason": rest.topic_reason},
        "read": known({"version": it.get("read", {}).get("version")}) or None,
    }
