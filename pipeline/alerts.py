"""Which statements people are told of, by which rule, and why not the others. Decides only: the outbox and sending are elsewhere.

A statement gets one decision. What makes it worth telling are its triggers: a new utterance, a party's first position on a claim
or another one, a sentence that an edit adds or takes out. Repeats, copies, background and what comes from an archive have none.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pipeline.alert_rules import Alerting, AlertRule, Silence, When
from pipeline.documents import Document, iso, moment
from pipeline.model import Intake, Novelty, Trigger


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One thing that a rule asks for, beside what there is."""

    name: str
    wanted: str
    found: str
    holds: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One statement for one channel, by the first rule that asks for it there."""

    rule: AlertRule
    channel: str
    suppressed: str | None  # why it is recorded but not sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What becomes of a statement, in a word and in words."""

    outcome: str  # alerted, suppressed, no rule, or what it is instead of news
    reasons: tuple[str, ...]
    wishes: tuple[Wish, ...]

    def document(self, digest: str, now: datetime) -> Document:
        return {
            "digest": digest,
            "at": iso(now),
            "alerts": sum(wish.suppressed is None for wish in self.wishes),
            "outcome": self.outcome,
            "reasons": list(self.reasons),
        }


def decide(
    it: Mapping[str, Any],
    triggers: Iterable[Trigger],
    alerting: Alerting,
    open_channels: frozenset[str],
    silences: Sequence[Silence],
    now: datetime,
) -> Decision:
    """What becomes of a statement's document. At most one wish per open channel, in the order of the rules."""
    fired = frozenset(triggers)
    bar = barred(it, fired)
    if bar:
        return Decision(outcome=bar[0], reasons=(bar[1],), wishes=())
    wishes: dict[str, Wish] = {}
    reasons = []
    for rule in alerting.rules:
        failed = [condition for condition in conditions(rule, it, fired) if not condition.holds]
        reasons.append(f"rule {rule.id}: {_not(failed) if failed else 'asks for it'}")
        for channel in () if failed else rule.channels:
            if channel not in open_channels:
                reasons.append(f"channel {channel}: has no address")
            elif channel not in wishes:
                wishes[channel] = Wish(rule=rule, channel=channel, suppressed=_held_back(it, channel, alerting, silences, now))
    reasons += [f"channel {wish.channel}: {wish.suppressed}" for wish in wishes.values() if wish.suppressed]
    sent = any(wish.suppressed is None for wish in wishes.values())
    outcome = "alerted" if sent else "suppressed" if wishes else "no rule"
    return Decision(outcome=outcome, reasons=tuple(reasons), wishes=tuple(wishes.values()))


def _not(failed: Sequence[Condition]) -> str:
    return "; ".join(f"{condition.name} is {condition.found}, not {condition.wanted}" for condition in failed)


OLD = {
    Intake.BACKFILL: "it comes from an archive",
    Intake.RE_READ: "it was found when an article was read again by better rules",
}


def barred(it: Mapping[str, Any], triggers: frozenset[Trigger]) -> tuple[str, str] | None:
    """Why no rule is asked at all, in a word and in words; None where they are."""
    if "removed" in it and Trigger.EDIT_REMOVED not in triggers:
        return "removed", "it was taken away before anybody decided on it"
    if it.get("intake") in OLD:
        return str(it["intake"]), OLD[Intake(it["intake"])]
    if it["background"]:
        return "background", "the article recalls it; it is not what is new"
    if "copy_of" in it:
        return "copy", f"its article is a copy of {it['copy_of']}"
    if not triggers:
        return "repeat", f"a report of a statement that is known: {it.get('utterance', '')}"
    return None


def conditions(rule: AlertRule, it: Mapping[str, Any], triggers: frozenset[Trigger]) -> list[Condition]:
    """Everything that a rule asks for, in the order of its fields."""
    when, speaker, outlet = rule.when, it["speaker"], it["outlet"]
    asked = [Condition(name="rule", wanted="enabled", found="disabled", holds=False)] if not rule.enabled else []
    lists: list[tuple[str, Sequence[str], Iterable[str]]] = [
        ("trigger", when.trigger, sorted(triggers)),
        ("act", when.act, [it["act"]]),
        ("speaker", when.speaker, [speaker["name"]]),
        ("side", when.side, [speaker.get("side") or "none"]),
        ("target", when.target, it.get("targets", ())),
        ("family", when.family, it.get("claims", ())),
        ("alignment", when.alignment, [outlet.get("alignment", "unknown")]),
        ("country", when.country, [outlet.get("country") or "unknown"]),
        ("outlet", when.outlet, [outlet["id"]]),
    ]
    for name, wanted, found in lists:
        if wanted:
            there = list(found)
            holds = bool(set(wanted) & set(there))
            asked.append(Condition(name=name, wanted=" or ".join(wanted), found=", ".join(there) or "none", holds=holds))
    sure = it["why"]["confidence"]
    asked.append(Condition(name="confidence", wanted=f"at least {when.confidence:.2f}", found=f"{sure:.2f}", holds=sure >= when.confidence))
    return asked


def _held_back(it: Mapping[str, Any], channel: str, alerting: Alerting, silences: Sequence[Silence], now: datetime) -> str | None:
    """Why a statement that a rule asks for is not sent."""
    old = too_old(it, alerting.max_age)
    if old:
        return old
    for silence in silences:
        if silence.holds(now) and (silence.channel in (None, channel)) and is_meant(silence.when, it):
            return f"silenced by {silence.by} until {iso(silence.until)}: {silence.why}"
    return None


def is_meant(when: When, it: Mapping[str, Any]) -> bool:
    """Whether a silence is for the statement; its triggers don't matter."""
    return all(condition.holds for condition in conditions(_ANY.model_copy(update={"when": when}), it, frozenset(when.trigger)))


_ANY = AlertRule(id="any", title="any", channels=("any",))


def too_old(it: Mapping[str, Any], max_age: timedelta | None) -> str | None:
    """Age is that of the article at first sight; how long it then waited for a decision does not matter."""
    published, seen = moment(it.get("published")), moment(it["event"]["created"])
    if max_age is None or published is None or seen is None or seen - published <= max_age:
        return None
    return f"published {_days(seen - published)} before it was first seen, more than {_days(max_age)}"


def _days(time: timedelta) -> str:
    return f"{time / timedelta(days=1):.1f} days"


def novelty(it: Mapping[str, Any], told_before: bool) -> Novelty:
    """What a statement adds; `told_before`: its utterance has had a fresh report. A copy only repeats, whatever it adds."""
    if it["background"]:
        return Novelty.BACKGROUND
    return Novelty.REPEAT if told_before or "copy_of" in it else Novelty.NEW
