"""Why somebody is told of a statement or is not: all that bears on it, side by side. Values in, values out."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from pipeline import alerts
from pipeline.alert_rules import Alerting, AlertRule, Silence
from pipeline.alerts import OLD, Condition, Decision
from pipeline.documents import Document, Stored, iso
from pipeline.model import Intake, Trigger
from pipeline.outbox import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleGrounds:
    """One rule beside a statement."""

    rule: AlertRule
    conditions: tuple[Condition, ...]

    @property
    def asks_for_it(self) -> bool:
        return all(condition.holds for condition in self.conditions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """All that bears on whether people are told of a statement."""

    stored: Stored
    triggers: tuple[Trigger, ...]
    foreseen: bool  # nobody has decided on it yet: what it is was worked out now, and is not written
    bars: tuple[Condition, ...]
    first: Stored | None  # of a repeat: the report of its utterance that was seen first
    rules: tuple[RuleGrounds, ...]
    silences: tuple[Silence, ...]  # those that hold now and are for it
    closed: Mapping[str, str]  # channels without an address, and what would have to be set
    today: Decision  # by today's rules
    rules_changed: bool  # since it was decided on
    rows: tuple[Row, ...]


def before_removal(it: Mapping[str, Any]) -> Mapping[str, Any]:
    """A statement as it was when it was decided on; one that was taken away before that stays so."""
    return {key: value for key, value in it.items() if key not in {"removed", "removed_by"}} if "decision" in it else it


def weigh(
    stored: Stored,
    triggers: Sequence[Trigger],
    *,
    foreseen: bool,
    first: Stored | None,
    alerting: Alerting,
    closed: Mapping[str, str],
    silences: Sequence[Silence],
    rows: Sequence[Row],
    now: datetime,
) -> Grounds:
    it = before_removal(stored.source)
    open_channels = frozenset(channel.id for channel in alerting.channels) - set(closed)
    fired = frozenset(triggers)
    return Grounds(
        stored=stored,
        triggers=tuple(triggers),
        foreseen=foreseen,
        bars=tuple(bars(stored.source, fired)),
        first=first,
        rules=tuple(RuleGrounds(rule=rule, conditions=tuple(alerts.conditions(rule, it, fired))) for rule in alerting.rules),
        silences=tuple(silence for silence in silences if silence.holds(now) and alerts.is_meant(silence.when, it)),
        closed=closed,
        today=alerts.decide(it, fired, alerting, open_channels, silences, now),
        rules_changed=it.get("decision", {}).get("digest") not in (None, alerting.digest),
        rows=tuple(rows),
    )


def bars(it: Mapping[str, Any], triggers: frozenset[Trigger]) -> list[Condition]:
    """What is asked before any rule; each holds where the statement passes it."""
    intake = it.get("intake", Intake.LIVE)
    known = "background" if it["background"] else "copy" if "copy_of" in it else "known already" if not triggers else ", ".join(triggers)
    return [
        Condition(name="there", wanted="not taken away", found=_gone(it), holds="removed" not in it),
        Condition(name="intake", wanted="live or a first pass", found=str(intake), holds=intake not in OLD),
        Condition(name="news", wanted="not recalled", found="recalled" if it["background"] else "news", holds=not it["background"]),
        Condition(name="own words", wanted="not a copy", found="copy" if "copy_of" in it else "its own", holds="copy_of" not in it),
        Condition(name="new", wanted="something new about it", found=known, holds=bool(triggers)),
    ]


REMOVED_BY = {
    "edit": "by a later version of the article",
    "reworded": "stands there in other words, as a statement of its own",
    "re-read": "by better rules: it was never there",
    "review": "by a review",
}


def _gone(it: Mapping[str, Any]) -> str:
    if "removed" not in it:
        return "there"
    return f"taken away {it['removed'][:16].replace('T', ' ')} {REMOVED_BY.get(it.get('removed_by', ''), '')}".rstrip()


def as_json(it: Grounds) -> Document:
    """One object for a machine."""
    return {
        "statement": {"id": it.stored.id, **it.stored.source},
        "triggers": list(it.triggers),
        "foreseen": it.foreseen,
        "bars": [asdict(bar) for bar in it.bars],
        "first_report": it.first
        and {"id": it.first.id, "outlet": it.first.source["outlet"]["name"], "url": it.first.source["url"]["full"]},
        "rules": [
            {
                "id": each.rule.id,
                "channels": list(each.rule.channels),
                "asks_for_it": each.asks_for_it,
                "conditions": [asdict(condition) for condition in each.conditions],
            }
            for each in it.rules
        ],
        "closed_channels": dict(it.closed),
        "silences": [silence.model_dump(mode="json") for silence in it.silences],
        "today": {"outcome": it.today.outcome, "reasons": list(it.today.reasons)},
        "rules_changed": it.rules_changed,
        "outbox": [row_json(row) for row in it.rows],
    }


def row_json(row: Row) -> Document:
    """What of a row tells how far it is."""
    return {
        "id": row.id,
        "kind": row.kind,
        "channel": row.channel,
        "rule": row.rule,
        "status": row.status,
        "reason": row.reason,
        "tries": row.attempts,
        "trouble": row.trouble,
        "statements": [entry.item.statement_id for entry in row.entries],
        "headline": row.entries[0].item.line,
        "origins": max(entry.item.origins for entry in row.entries),
        "created": iso(row.created),
        "due": iso(row.due),
        "tried": iso(row.tried),
        "sent": iso(row.sent),
    }
