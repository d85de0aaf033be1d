"""Messages for tests, which show only what matters."""

from datetime import UTC, datetime
from typing import Any

from pipeline.messages import Item, Message, MessageKind, Reply
from pipeline.model import Act, Mode

NOON = datetime(2022, 12, 18, 12, tzinfo=UTC)


def a_reply(**changes: Any) -> Reply:
    values: dict[str, Any] = {
        "statement_id": "s-accusation",
        "line": "United States accuses Iran of arming Russia",
        "sentence": "Iran has supplied hundreds of drones, the White House said.",
        "url": "https://wire.example/news/7",
        "published": datetime(2022, 12, 17, 9, 30, tzinfo=UTC),
        "outlet": "The Wire",
    }
    return Reply(**values | changes)


def an_item(**changes: Any) -> Item:
    values: dict[str, Any] = {
        "statement_id": "s1",
        "article_id": "a1",
        "utterance": "u1",
        "line": "Iran denies what United States said",
        "act": Act.DENIAL,
        "cameo": "112",
        "speaker": "Nasser Kanaani",
        "affiliation": "Iranian Foreign Ministry",
        "side": "IR",
        "targets": ("United States",),
        "claims": ("Iran supplies drones to Russia",),
        "sentence": "Tehran rejected the report on Monday.",
        "before": "The report had been published on Sunday.",
        "after": "Kyiv did not comment.",
        "mode": Mode.INDIRECT,
        "language": "en",
        "outlet": "The Outlet",
        "country": "GB",
        "alignment": "independent",
        "title": "Tehran rejects report",
        "url": "https://outlet.example/news/1",
        "kibana": None,
        "published": NOON,
        "first_seen": datetime(2022, 12, 18, 12, 5, tzinfo=UTC),
        "cue": "rejected",
        "found_by": "verb with an object",
        "confidence": 0.9,
        "reasons": ("nobody had said this before",),
        "answers": None,
        "answered_by": (),
        "reports": 1,
        "outlets": 1,
        "origins": 1,
    }
    return Item(**values | changes)


def a_message(*items: Item, **changes: Any) -> Message:
    values: dict[str, Any] = {
        "id": "row-1",
        "key": "key-1",
        "kind": MessageKind.ALERT,
        "title": "Iran denies what United States said – The Outlet",
        "items": items or (an_item(),),
        "why": "a new accusation or denial on the topic",
        "at": datetime(2022, 12, 18, 12, 6, tzinfo=UTC),
    }
    return Message(**values | changes)
