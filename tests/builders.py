"""Values for tests that show only what matters."""

from datetime import UTC, datetime
from typing import Any

from pipeline import evidence, outbox
from pipeline.documents import Stored
from pipeline.findings import statement_documents
from pipeline.messages import Item, MessageKind
from pipeline.model import (
    Act,
    Article,
    DateSource,
    Entity,
    EntityKind,
    Findings,
    Form,
    Intake,
    Mode,
    OutletFacts,
    Reference,
    Speaker,
    SpeakerKind,
    Statement,
    TextSource,
    Trigger,
    Validators,
    Verdict,
    Why,
)

NOON = datetime(2022, 12, 18, 12, tzinfo=UTC)
TEXT = "Tehran rejected the report on Monday.\n\nKyiv accused Iran of sending drones. Kyiv accused Iran of sending drones."
SENTENCES = ((0, 37), (39, 75), (76, 112))
CAMEO = {act.value: "112" for act in Act}


def an_article(**changes: Any) -> Article:
    values: dict[str, Any] = {
        "id": "a" * 40,
        "url": "https://outlet.example/news/1",
        "original_url": "https://outlet.example/news/1?utm_source=rss",
        "outlet": OutletFacts(id="outlet", name="The Outlet", country="GB", ownership="private", tier=2),
        "title": "Tehran rejects report",
        "text": TEXT,
        "text_from": TextSource.MARKUP,
        "authors": ("Jane Reporter",),
        "language": "en",
        "published": NOON,
        "published_from": DateSource.PAGE,
        "modified": None,
        "paywalled": False,
        "teaser": False,
        "form": Form.ARTICLE,
        "first_seen": NOON,
        "intake": Intake.LIVE,
        "topic_reason": "enough",
        "archive": Reference(file="day.warc.gz", offset=0, length=10, record_id="urn:uuid:1"),
        "validators": Validators(etag='"1"', last_modified="Sun, 18 Dec 2022 12:00:00 GMT"),
        "extracted_by": "digest",
    }
    return Article(**values | changes)


def a_statement(words: str = "Tehran rejected the report on Monday.", **changes: Any) -> Statement:
    start = TEXT.index(words)
    values: dict[str, Any] = {
        "act": Act.DENIAL,
        "speaker": Speaker(name="Iran", kind=SpeakerKind.COUNTRY, side="IR"),
        "targets": ("United States",),
        "claims": (),
        "sentences": (0,),
        "start": start,
        "end": start + len(words),
        "mode": Mode.INDIRECT,
        "background": False,
        "partial": False,
        "addressee_of": None,
        "why": Why(cue="rejected", rule="verb with an object", negated=False, confidence=0.9),
    }
    return Statement(**values | changes)


def findings(*statements: Statement) -> Findings:
    iran = Entity(name="Iran", kind=EntityKind.STATE, side="IR", mentions=((0, 6),))
    return Findings(
        verdict=Verdict(on_topic=True, reason="enough"), entities=(iran,), claims=(), statements=statements, sentences=SENTENCES
    )


def a_stored_statement(statement: Statement | None = None, **changes: Any) -> Stored:
    """A statement as the index would give it back; `changes` replace whole fields of the document."""
    documents = statement_documents(an_article(), findings(statement or a_statement()), CAMEO, NOON)
    ((id_, document),) = documents.items()
    return Stored(id=id_, source=document | changes, seq_no=0, primary_term=1)


def an_item(stored: Stored | None = None, **changes: Any) -> Item:
    """A statement as a message tells it."""
    around = evidence.Around(titles={"x": "Iran does x"}, answers=None, answered_by=(), reports=1, outlets=1, origins=1, kibana=None)
    return evidence.item(stored or a_stored_statement(), (Trigger.NEW_UTTERANCE,), around).model_copy(update=changes)


def a_row(stored: Stored | None = None, **changes: Any) -> outbox.Row:
    """A row of the outbox that waits to be sent."""
    item = an_item(stored)
    values: dict[str, Any] = {
        "id": "r" * 40,
        "group": "claim log x",
        "kind": MessageKind.ALERT,
        "channel": "log",
        "rule": "r",
        "reason": "rule r: t",
        "status": outbox.Status.PENDING,
        "entries": (outbox.Entry(key=item.statement_id, revision=1, at=NOON, item=item),),
        "created": NOON,
        "due": NOON,
        "updates_until": NOON,
    }
    return outbox.Row(**values | changes)
