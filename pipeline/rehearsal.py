"""Gathers from the index what a simulation plays and what bears on one statement. Writes nothing."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice

from pipeline import grounds, reports, reviews, silencing, simulate
from pipeline.alert_rules import Alerting, ChannelRules
from pipeline.deciding import ORDER, UNDECIDED, Office, marks_of, places, read_silences
from pipeline.documents import Stored, iso, moment
from pipeline.errors import NotFound
from pipeline.grounds import Grounds
from pipeline.model import RemovedBy, Trigger
from pipeline.simulate import Case, Simulation, Terms

# How far back a simulation looks where nobody says since when.
WEEK = timedelta(days=7)

# Statements without a decision whose utterances are worked out; they are compared with one another.
FORESEEN = 1000

# A statement that better rules or a person took away should not have been there; reworded ones stand there in other words.
NEVER_THERE = [RemovedBy.RE_READ, RemovedBy.REVIEW, RemovedBy.REWORDED]


def only(rule_id: str | None, alerting: Alerting) -> Alerting:
    """The rules as if that one stood there alone and enabled. Raises NotFound."""
    if rule_id is None:
        return alerting
    found = [rule for rule in alerting.rules if rule.id == rule_id]
    if not found:
        raise NotFound(f"no rule {rule_id!r} in alerts.yml; there are: {', '.join(rule.id for rule in alerting.rules)}")
    return alerting.model_copy(update={"rules": (found[0].model_copy(update={"enabled": True}),)})


def closed_channels(office: Office) -> dict[str, str]:
    """Channels without an address, and the variable that would give them one."""
    return {each.id: _missing(each) for each in office.alerting.channels if each.id not in office.open_channels}


def _missing(channel: ChannelRules) -> str:
    return f"{channel.address_from} is not set" if channel.address_from else "is closed"


def rehearse(office: Office, since: datetime | None, rule_id: str | None) -> Simulation:
    """What today's rules, or one of them, would have sent of what was first seen since then; by default, of the last week."""
    now = office.clock()
    alerting = only(rule_id, office.alerting)
    terms = Terms(
        alerting=alerting,
        open_channels=office.open_channels,
        silences=list(silencing.every(office.index, now, over=True)),  # each holds at its time
        titles=office.titles,
        zone=office.zone,
        digest_hour=office.digest_hour,
    )
    return simulate.simulate([*_decided(office, since or now - WEEK), *_undecided(office, since or now - WEEK, now)], terms)


def _seen_since(since: datetime) -> dict[str, object]:
    return {"range": {"event.created": {"gte": iso(since)}}}


def _decided(office: Office, since: datetime) -> list[Case]:
    office.index.refresh("statements")
    query = {
        "bool": {
            "filter": [_seen_since(since), {"exists": {"field": "decision.digest"}}],
            "must_not": {"terms": {"removed_by": NEVER_THERE}},
        }
    }
    return [case for stored in office.index.each("statements", query, sort=ORDER) for case in _cases_of(stored)]


def _cases_of(stored: Stored) -> list[Case]:
    """The statement when it was decided on, and once more when an edit took it out."""
    it = stored.source
    at, gone = moment(it["decision"]["at"]), moment(it.get("removed"))
    there = replace(stored, source=grounds.before_removal(it))
    cases = [Case(stored=there, triggers=tuple(map(Trigger, it.get("triggers", ()))), at=at, decided=True)]
    if gone is not None and reports.is_fresh(it):
        cases.append(Case(stored=stored, triggers=(Trigger.EDIT_REMOVED,), at=gone, decided=True))
    return cases


def _undecided(office: Office, since: datetime, now: datetime) -> list[Case]:
    query = {"bool": {"filter": [_seen_since(since), UNDECIDED]}}
    waiting = list(islice(office.index.each("statements", query, sort=ORDER), FORESEEN))
    return [Case(stored=stored, triggers=_triggers(stored), at=now, decided=False) for stored in foresee(waiting, office)]


def foresee(waiting: list[Stored], office: Office) -> list[Stored]:
    """Statements nobody has decided on, as they would be marked if it were done now."""
    fields = {stored.id: fields for stored, fields in places(waiting, office.index)}
    placed = [replace(stored, source={**stored.source, **fields.get(stored.id, {})}) for stored in waiting]
    new = [stored for stored in placed if "triggers" not in stored.source]
    marks = {stored.id: fields for stored, fields in marks_of(new, office)}
    return [replace(stored, source={**stored.source, **marks.get(stored.id, {})}) for stored in placed]


def _triggers(stored: Stored) -> tuple[Trigger, ...]:
    return tuple(map(Trigger, stored.source.get("triggers", ())))


def grounds_of(stored: Stored, office: Office) -> Grounds:
    """All that bears on whether people are told of a statement."""
    now = office.clock()
    office.index.refresh("silences")
    foreseen = "novelty" not in stored.source and "removed" not in stored.source
    seen = foresee([stored], office)[0] if foreseen else stored
    return grounds.weigh(
        seen,
        _triggers(seen),
        foreseen=foreseen,
        first=first_report(seen, office),
        alerting=office.alerting,
        closed=closed_channels(office),
        silences=read_silences(office.index, now),
        rows=[row for _, row in reviews.rows_of(stored.id, office.index).values()],
        now=now,
    )


def first_report(stored: Stored, office: Office) -> Stored | None:
    """The report of a statement's utterance that was seen first, where that is another one."""
    utterance = stored.source.get("utterance", stored.id)
    return None if utterance == stored.id else office.index.get("statements", [utterance]).get(utterance)


def reports_of(utterance: str, office: Office) -> Mapping[str, object] | None:
    """What is counted of an utterance."""
    found = office.index.get("utterances", [utterance]).get(utterance)
    return found.source if found else None
