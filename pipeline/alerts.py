"""Which statements people are told of, and in which words. Decides only; sending is `channels`.

A statement gets one recorded decision per digest of the rules. An alert is one statement on one channel, whichever of the
rules asked for it first; its id is derived, so deciding twice writes the same document.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pipeline.documents import Document, Stored, iso, moment
from pipeline.rules import Alerting, AlertRule, When


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One message to one channel about one statement."""

    id: str  # also the idempotency key that a receiver sees
    rule: AlertRule
    channel: str
    statement: Stored
    suppressed: str | None  # why it is recorded but not sent


def decide(statement: Stored, alerting: Alerting, open_channels: frozenset[str], now: datetime) -> list[Alert]:
    """The alerts that a statement gives rise to: one per open channel, in the order of the rules."""
    alerts: dict[str, Alert] = {}
    for rule in alerting.rules:
        if rule.enabled and fits(rule.when, statement.source):
            for channel in rule.channels:
                if channel in open_channels and channel not in alerts:
                    alerts[channel] = Alert(
                        id=alert_id(statement.id, channel),
                        rule=rule,
                        channel=channel,
                        statement=statement,
                        suppressed=_too_old(statement.source, alerting, now),
                    )
    return list(alerts.values())


def fits(when: When, statement: Mapping[str, Any]) -> bool:
    """Whether a rule asks for the statement; what is only carried over from another article never is."""
    speaker = statement["speaker"]
    return (
        "copy_of" not in statement
        and (not when.act or statement["act"] in when.act)
        and (not when.speaker or speaker["name"] in when.speaker)
        and (not when.side or speaker.get("side") in when.side)
        and (not when.target or bool(set(when.target) & set(statement.get("targets", ()))))
        and when.background in (None, statement["background"])
        and statement["why"]["confidence"] >= when.confidence
    )


def _too_old(statement: Mapping[str, Any], alerting: Alerting, now: datetime) -> str | None:
    """Age is that of the first sight of the article; a publication date is the outlet's claim."""
    seen = moment(statement["event"]["created"])
    if alerting.max_age_hours is None or seen is None or now - seen <= timedelta(hours=alerting.max_age_hours):
        return None
    return f"first seen more than {alerting.max_age_hours:g} hours ago"


def alert_id(statement_id: str, channel: str) -> str:
    return hashlib.sha256(f"{statement_id}\n{channel}".encode()).hexdigest()[:40]


def alert_document(alert: Alert, now: datetime) -> Document:
    """The row of the outbox, written before anything is sent."""
    it = alert.statement.source
    copied = ("article_id", "act", "speaker", "targets", "claims", "outlet", "published")
    return {
        **{key: it[key] for key in copied if key in it},
        "url": {"full": it["url"]["full"]},
        "rule": alert.rule.id,
        "channel": alert.channel,
        "status": "suppressed" if alert.suppressed else "pending",
        "reason": alert.suppressed or f"rule {alert.rule.id}: {alert.rule.title}",
        "attempts": 0,
        "statement_id": alert.statement.id,
        "headline": headline(it),
        "evidence": evidence(it),
        "event": {"created": it["event"]["created"], "ingested": iso(now)},
    }


VERBS = {
    "accusation": "accuses",
    "denial": "denies",
    "acknowledgement": "acknowledges",
    "criticism": "criticises",
    "concern": "is worried",
    "threat": "threatens",
    "sanction": "sanctions",
    "demand": "demands",
    "support": "backs",
}


def headline(statement: Mapping[str, Any]) -> str:
    """One line that says it, in English whatever the article's language."""
    speaker = statement["speaker"]
    of = f" ({speaker['affiliation']})" if speaker.get("affiliation") and speaker["affiliation"] != speaker["name"] else ""
    towards = statement.get("targets", ())
    whom = f" what {_list(towards)} said" if statement["act"] == "denial" and towards else f" {_list(towards)}" if towards else ""
    return f"{speaker['name']}{of} {VERBS[statement['act']]}{whom} – {statement['outlet']['name']}"


def _list(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def evidence(statement: Mapping[str, Any]) -> Document:
    """All that a reader needs to judge the alert without opening anything."""
    return {
        "sentence": statement["text"],
        "act": statement["act"],
        "cameo": statement["cameo"],
        "speaker": statement["speaker"]["name"],
        "side": statement["speaker"].get("side"),
        "targets": list(statement.get("targets", ())),
        "mode": statement["mode"],
        "outlet": statement["outlet"]["name"],
        "outlet_country": statement["outlet"].get("country"),
        "article_title": statement.get("title"),
        "url": statement["url"]["full"],
        "published": statement.get("published"),
        "first_seen": statement["event"]["created"],
        "cue": statement["why"]["cue"],
        "rule": statement["why"]["rule"],
        "confidence": statement["why"]["confidence"],
    }


def message(alert: Mapping[str, Any]) -> str:
    """The body of an alert as plain text, from its row in the outbox."""
    it = alert["evidence"]
    lines = [
        f"“{it['sentence']}”" if it["mode"] == "indirect" else it["sentence"],
        "",
        f"Act: {it['act']} [{it['cameo']}], recognised by “{it['cue']}” ({it['rule']}, confidence {it['confidence']:.2f})",
        f"Speaker: {it['speaker']}" + (f", speaks for {it['side']}" if it["side"] else ""),
        *([f"About: {', '.join(it['targets'])}"] if it["targets"] else []),
        f"Outlet: {it['outlet']}" + (f" ({it['outlet_country']})" if it["outlet_country"] else ""),
        f"Published: {it['published'] or 'not said'}; first seen {it['first_seen']}",
        it["url"],
        f"Why you get this: {alert['reason']}",
    ]
    return "\n".join(lines)
