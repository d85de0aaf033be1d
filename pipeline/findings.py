"""What was found in an article, as documents: its statements, what later versions change, and the line that `read` prints."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

from pipeline.addresses import statement_id
from pipeline.documents import Document, facts_document, in_language, iso, known
from pipeline.model import (
    Article,
    ChangeLevel,
    Entity,
    Findings,
    Statement,
)
from pipeline.versions import Change

# Of a neighbouring sentence, in characters: a message is no article.
MAX_NEIGHBOUR = 500


def said(statement: Statement, article: Article) -> str:
    """The words of a statement: of the text, or the title."""
    return article.title if statement.start < 0 else article.text[statement.start : statement.end]


def neighbours(statement: Statement, text: str, sentences: Sequence[tuple[int, int]]) -> Document:
    """The sentences around a statement's, cut to what fits into a message; a title has none."""
    if statement.start < 0:
        return {}
    before = [span for span in sentences if span[1] <= statement.start][-1:]
    after = [span for span in sentences if span[0] >= statement.end][:1]
    (b, a) = ("".join(text[start:end] for start, end in spans) for spans in (before, after))
    return {"before": b[-MAX_NEIGHBOUR:], "after": a[:MAX_NEIGHBOUR]}


def statement_documents(article: Article, findings: Findings, cameo: Mapping[str, str], now: datetime) -> dict[str, Document]:
    """Id to document. Ids hold as long as the sentence and the act do; two statements with both alike are told apart by a number."""
    ids = statement_ids(article, findings.statements)
    return {
        ids[place]: known(
            {
                "act": statement.act,
                "cameo": cameo[statement.act],
                "speaker": speaker_document(statement),
                "targets": list(statement.targets),
                "claims": list(statement.claims),
                "text": said(statement, article),
                **in_language(article.title, said(statement, article), article.language),
                **neighbours(statement, article.text, findings.sentences),
                "start": statement.start,
                "end": statement.end,
                "ordinal": place,
                "mode": statement.mode,
                "background": statement.background,
                "partial": statement.partial,
                "answers": None if statement.addressee_of is None else ids[statement.addressee_of],
                "why": {
                    "cue": statement.why.cue,
                    "rule": statement.why.rule,
                    "negated": statement.why.negated,
                    "confidence": round(statement.why.confidence, 4),
                },
                "article_id": article.id,
                "title": article.title,
                "url": {"full": article.url, "domain": article.url.split("/")[2]},
                "outlet": facts_document(article.outlet),
                "language": article.language,
                "published": iso(article.published),
                "at": iso(article.published or article.first_seen),
                "intake": article.intake,
                "event": {"created": iso(article.first_seen), "ingested": iso(now)},
            }
        )
        for place, statement in enumerate(findings.statements)
    }


def change_documents(
    changes: Sequence[Change[Document]], article: Article, level: ChangeLevel, versions: tuple[str, str], seen: datetime, now: datetime
) -> dict[str, Document]:
    """What the later of two versions has changed, id to document. Each end has `text`, a statement more."""
    about = {
        "article_id": article.id,
        "level": level,
        "version": {"before": versions[0], "after": versions[1]},
        "title": article.title,
        "url": {"full": article.url, "domain": article.url.split("/")[2]},
        "outlet": facts_document(article.outlet),
        "language": article.language,
        "published": iso(article.published),
        "event": {"created": iso(seen), "ingested": iso(now)},
    }
    return {_change_id(change, article.id, level, versions): known(about | _change_document(change)) for change in changes}


def _change_id(change: Change[Document], article_id: str, level: ChangeLevel, versions: tuple[str, str]) -> str:
    ends = ["" if end is None else end.get("id") or end["text"] for end in (change.before, change.after)]
    return hashlib.sha256("\n".join((article_id, *versions, level, *ends)).encode("utf-8", "surrogatepass")).hexdigest()[:40]


def _change_document(change: Change[Document]) -> Document:
    """Told of what there is now, and for what was removed of what there was."""
    before, after = change.before or {}, change.after or {}
    it = after or before
    return {
        "kind": change.kind,
        "text": it["text"],
        "before": before.get("text"),
        "statement": {"before": before.get("id"), "after": after.get("id")},
        **{key: it[key] for key in ("act", "speaker", "targets", "claims") if key in it},
    }


def speaker_document(statement: Statement) -> Document:
    speaker = statement.speaker
    return {"name": speaker.name, "kind": speaker.kind, "affiliation": speaker.affiliation, "side": speaker.side}


def statement_ids(article: Article, statements: Sequence[Statement]) -> list[str]:
    seen: dict[tuple[str, str], int] = {}
    ids = []
    for statement in statements:
        words = said(statement, article)
        ordinal = seen.get((statement.act, words), 0)
        seen[statement.act, words] = ordinal + 1
        ids.append(statement_id(article.id, statement.act, words, ordinal))
    return ids


def entity_json(entity: Entity) -> Document:
    return {"name": entity.name, "kind": entity.kind, "side": entity.side, "mentions": [list(span) for span in entity.mentions]}


def findings_json(findings: Findings, *, id: str, title: str | None, language: str, text: str, cameo: Mapping[str, str]) -> Document:  # noqa: A002  # the field's name
    """One line of `claimwire read --format jsonl`; offsets point into `text`."""
    return {
        "id": id,
        "title": title,
        "language": language,
        "text": text,
        "on_topic": findings.verdict.on_topic,
        "topic_reason": findings.verdict.reason,
        "claims": list(findings.claims),
        "entities": [entity_json(entity) for entity in findings.entities],
        "statements": [
            {
                "act": statement.act,
                "cameo": cameo[statement.act],
                "speaker": statement.speaker.name,
                "speaker_kind": statement.speaker.kind,
                "affiliation": statement.speaker.affiliation,
                "side": statement.speaker.side,
                "targets": list(statement.targets),
                "claims": list(statement.claims),
                "text": title or "" if statement.start < 0 else text[statement.start : statement.end],
                "start": statement.start,
                "end": statement.end,
                "mode": statement.mode,
                "background": statement.background,
                "addressee_of": statement.addressee_of,
                "cue": statement.why.cue,
                "confidence": statement.why.confidence,
            }
            for statement in findings.statements
        ],
    }
