"""The rules of the ledger: where a party stands on a claim, and what a statement does to that.

The ledger has one document per claim family and party. A party is a side: a state, or a body that speaks for several (ISO 3166
alpha-2, EU, NATO, UN). Three acts move positions: accusations, denials, acknowledgements. Nothing here reads or writes.

Order: statements count in the order of the time they were published. Those of one moment (one article's, or all that tell only
the day) count in an order of their own, `order`, for a hash of their words would be none.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from pipeline.documents import Document, Stored, iso, known, moment
from pipeline.model import Act, Position, Trigger

ANSWERS = (Act.DENIAL, Act.ACKNOWLEDGEMENT)
MOVING = (Act.ACCUSATION, *ANSWERS)

# The positions that a party has not taken by itself.
UNSPOKEN = frozenset({Position.SILENT, Position.ALLEGED})


class Deed(StrEnum):
    """What a statement does with a party's position on a claim."""

    ACCUSED = "accused"  # another accuses the party
    DENIES = "denies"
    ACCUSES = "accuses"  # the party accuses others
    CONCEDES_PARTLY = "concedes in part"
    CONCEDES = "concedes"


# Of one moment, the strongest concession counts last: nobody takes back what was said in the same breath.
_RANK = {deed: place for place, deed in enumerate(Deed)}

_SILENT, _ALLEGED, _ALLEGES = Position.SILENT, Position.ALLEGED, Position.ALLEGES
_DENIED, _PARTLY, _ADMITTED, _WITHDRAWN = Position.DENIED, Position.PARTLY_ADMITTED, Position.ADMITTED, Position.WITHDRAWN

# From a position, by a deed, to a position; where nothing stands the party stays where it is.
TRANSITIONS: Mapping[Position, Mapping[Deed, Position]] = {
    _SILENT: {
        Deed.ACCUSED: _ALLEGED,
        Deed.DENIES: _DENIED,
        Deed.ACCUSES: _ALLEGES,
        Deed.CONCEDES_PARTLY: _PARTLY,
        Deed.CONCEDES: _ADMITTED,
    },
    _ALLEGED: {Deed.DENIES: _DENIED, Deed.ACCUSES: _ALLEGES, Deed.CONCEDES_PARTLY: _PARTLY, Deed.CONCEDES: _ADMITTED},
    _ALLEGES: {Deed.DENIES: _WITHDRAWN, Deed.CONCEDES_PARTLY: _PARTLY, Deed.CONCEDES: _ADMITTED},
    _DENIED: {Deed.CONCEDES_PARTLY: _PARTLY, Deed.CONCEDES: _ADMITTED},
    # What it denies now is the rest.
    _PARTLY: {Deed.CONCEDES: _ADMITTED},
    # A smaller concession takes nothing back.
    _ADMITTED: {Deed.DENIES: _WITHDRAWN},
    _WITHDRAWN: {Deed.CONCEDES_PARTLY: _PARTLY, Deed.CONCEDES: _ADMITTED},
}

# Of a family that is only ever said in answer ("there is no evidence"), a denial is how it is alleged, unless the party is accused of it.
REPLIES: Mapping[Position, Mapping[Deed, Position]] = {
    **TRANSITIONS,
    _SILENT: {**TRANSITIONS[_SILENT], Deed.DENIES: _ALLEGES},
    _ALLEGES: {deed: to for deed, to in TRANSITIONS[_ALLEGES].items() if deed is not Deed.DENIES},
}


def step(position: Position, deed: Deed, *, background: bool = False, reply: bool = False) -> Position:
    """Where a party stands after a deed. What an article only recalls may be the first that is known of it, and changes nothing else."""
    if background and position not in UNSPOKEN:
        return position
    return (REPLIES if reply else TRANSITIONS)[position].get(deed, position)


def own_deed(act: str, partial: bool) -> Deed | None:
    """What a party does by its own statement; None for the acts that move nothing."""
    if act == Act.ACKNOWLEDGEMENT:
        return Deed.CONCEDES_PARTLY if partial else Deed.CONCEDES
    return {Act.ACCUSATION.value: Deed.ACCUSES, Act.DENIAL.value: Deed.DENIES}.get(act)


def rank(deed: Deed, background: bool) -> tuple[int, int]:
    """The place among deeds of one moment: what is recalled comes first, and of that the latest word, the strongest."""
    return (0, -_RANK[deed]) if background else (1, _RANK[deed])


Order = tuple[datetime, tuple[int, int]]


def order(at: datetime, deed: Deed, background: bool) -> Order:
    """Sorts statements as they count; the index keeps times to the millisecond."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000), rank(deed, background)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the topic's lists say, as far as the ledger needs it."""

    titles: Mapping[str, str]  # of families, by id
    named: Mapping[str, tuple[str, ...]]  # by family: the sides that its proposition is about
    replies: frozenset[str]  # families that are only ever said in answer to something
    names: Mapping[str, str]  # of sides
    sides: Mapping[str, str]  # by the name that a target has

    def targets(self, party: str) -> list[str]:
        """The names under which a party is a target."""
        return sorted(name for name, side in self.sides.items() if side == party)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A party's move to a position, and the statement that made it."""

    position: Position
    deed: Deed
    at: datetime
    seen: datetime  # when the statement was first seen
    known: datetime  # since when it has been known that the party no longer stands where it stood: by this statement, or a later one
    statement_id: str
    background: bool
    speaker: str
    sentence: str
    outlet: str
    url: str

    @property
    def order(self) -> Order:
        return order(self.at, self.deed, self.background)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """What the rules need of a statement."""

    id: str
    at: datetime
    seen: datetime
    act: str
    partial: bool
    background: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What a statement changes about its speaker's party."""

    trigger: Trigger
    before: Position
    after: Position


def spoken_from(stored: Stored) -> Spoken:
    it = stored.source
    return Spoken(
        id=stored.id,
        at=moment(it["at"]),
        seen=moment(it["event"]["created"]),
        act=it["act"],
        partial=it.get("partial", False),
        background=it.get("background", False),
    )


def history_before(history: Sequence[Event], spoken: Spoken) -> list[Event]:
    """The moves that come before a statement; its own is none of them."""
    deed = own_deed(spoken.act, spoken.partial)
    if deed is None:
        return []
    place = order(spoken.at, deed, spoken.background)
    return [event for event in history if event.statement_id != spoken.id and event.order <= place]


def move(history: Sequence[Event], spoken: Spoken, *, reply: bool = False) -> Move | None:
    """What a statement changes about the position of its speaker's party on one family; `history` is the party's there.

    The answer is the same before and after the ledger has taken the statement in. None for a statement that came late: when it
    was first seen, a later word of the party was known already.
    """
    deed = own_deed(spoken.act, spoken.partial)
    if deed is None or spoken.background:
        return None
    earlier = history_before(history, spoken)
    before = earlier[-1].position if earlier else Position.SILENT
    after = step(before, deed, reply=reply)
    if after is before or _is_late(history, spoken, len(earlier)):
        return None
    return Move(trigger=Trigger.FIRST_POSITION if before in UNSPOKEN else Trigger.POSITION_CHANGE, before=before, after=after)


def _is_late(history: Sequence[Event], spoken: Spoken, earlier: int) -> bool:
    own = [event for event in history if event.statement_id == spoken.id]
    later = [event for event in history if event.statement_id != spoken.id][earlier:]
    overtaken = any(event.known <= spoken.seen for event in later if event.position not in UNSPOKEN)
    return overtaken or any(event.known < spoken.seen for event in own)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What is counted of a family's statements by and about one party. Utterances, where nothing else is said."""

    accused: int  # accusations against the party
    accusations: int  # by the party
    denials: int
    acknowledgements: int
    reports: int
    outlets: int
    origins: int  # independent ones
    alleged_by: tuple[str, ...]  # sides; names of speakers who have none
    alleges_against: tuple[str, ...]
    first_at: datetime
    last_at: datetime
    first_seen: datetime
    last_seen: datetime
    unanswered: int
    unanswered_since: datetime | None
    hours_to_answer: float | None
    first_hours_to_answer: float | None


def claim_id(family: str, party: str) -> str:
    return f"{family}:{party}"


def claim_document(family: str, party: str, history: Sequence[Event], tally: Tally, facts: Facts, now: datetime) -> Document:
    """A row of the ledger. `now` is the time of writing, and all that two writers may say differently."""
    last = history[-1] if history else None
    before = history[-2].position if len(history) > 1 else Position.SILENT
    return known(
        {
            "family": family,
            "title": facts.titles.get(family, family),
            "party": party,
            "party_name": facts.names.get(party, party),
            "position": last.position if last else Position.SILENT,
            "since": iso(last.at) if last else None,
            "moves": len(history),
            "history": [event_document(event) for event in history],
            "last_move": {"before": before, **event_document(last)} if last else None,
            "alleged_by": list(tally.alleged_by),
            "alleges_against": list(tally.alleges_against),
            "counts": {
                name: getattr(tally, name)
                for name in ("accused", "accusations", "denials", "acknowledgements", "reports", "outlets", "origins")
            },
            "first": {"at": iso(tally.first_at), "seen": iso(tally.first_seen)},
            "last": {"at": iso(tally.last_at), "seen": iso(tally.last_seen)},
            "unanswered": tally.unanswered,
            "unanswered_since": iso(tally.unanswered_since),
            "hours_to_answer": tally.hours_to_answer,
            "first_hours_to_answer": tally.first_hours_to_answer,
            "event": {"ingested": iso(now)},
        }
    )


def event_document(event: Event) -> Document:
    return {
        "position": event.position,
        "deed": event.deed,
        "at": iso(event.at),
        "seen": iso(event.seen),
        "known": iso(event.known),
        "statement_id": event.statement_id,
        "background": event.background,
        "speaker": event.speaker,
        "sentence": event.sentence,
        "outlet": event.outlet,
        "url": event.url,
    }


def history_from(document: Mapping[str, Any]) -> list[Event]:
    """The moves of a row of the ledger, oldest first."""
    return [event_from(event) for event in document.get("history", ())]


def event_from(it: Mapping[str, Any]) -> Event:
    return Event(
        position=Position(it["position"]),
        deed=Deed(it["deed"]),
        at=moment(it["at"]),
        seen=moment(it["seen"]),
        known=moment(it["known"]),
        **{key: it[key] for key in ("statement_id", "background", "speaker", "sentence", "outlet", "url")},
    )


def affected_by(statement: Mapping[str, Any], sides: Mapping[str, str]) -> set[tuple[str, str]]:
    """The rows, (family, party), that a statement's document counts in. `sides`: by the name that a target has."""
    if statement["act"] not in MOVING:
        return set()
    return {(family, party) for family in statement.get("claims", ()) for party in parties_of(statement, sides)}


def parties_of(statement: Mapping[str, Any], sides: Mapping[str, str]) -> Collection[str]:
    """The speaker's side, and of an accusation those of its targets.

    Who accuses its own side speaks neither for it nor against it.
    """
    own = statement["speaker"].get("side")
    if statement["act"] != Act.ACCUSATION:
        return {own} if own else set()
    aimed = {sides[name] for name in statement.get("targets", ()) if name in sides}
    return (aimed - {own}) | ({own} - aimed if own else set())
