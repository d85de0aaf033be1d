"""The types of `alerts.yml`: which statements people are told of, how soon, and by which channels."""

import hashlib
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from pipeline.model import Act, Alignment, Trigger
from pipeline.rules import Id, Name, Names, Rules, Side


class When(Rules):
    """What a statement must be for a rule to fire; an empty list asks nothing."""

    trigger: tuple[Trigger, ...] = ()
    act: tuple[Act, ...] = ()
    speaker: Names = ()
    side: tuple[Side, ...] = ()  # of the speaker
    target: Names = ()
    family: tuple[Id, ...] = ()  # claim families
    alignment: tuple[Alignment, ...] = ()  # of the outlet
    country: tuple[Side, ...] = ()  # of the outlet
    outlet: tuple[Id, ...] = ()
    confidence: Annotated[float, Field(ge=0, le=1)] = 0.0  # at least


class Silence(Rules):
    """What nobody is told of for a while. It stands in the index: who it is for, who wants it, why, and until when."""

    id: str
    when: When
    channel: Id | None = None  # None: all
    by: Name
    why: Name
    since: AwareDatetime
    until: AwareDatetime

    def holds(self, now: datetime) -> bool:
        return self.since <= now < self.until


class Delivery(StrEnum):
    IMMEDIATE = "immediate"
    HOURLY = "hourly"
    DAILY = "daily"


# An ISO 8601 duration (PT10M, P7D) or days (7d).
Duration = Annotated[timedelta, Field(ge=timedelta(0))]


class AlertRule(Rules):
    named_by: ClassVar[tuple[str, ...]] = ("id",)

    id: Id
    title: Name
    when: When = When()
    channels: Annotated[tuple[Id, ...], Field(min_length=1)]
    delivery: Delivery = Delivery.IMMEDIATE
    wait: Duration = timedelta(minutes=5)  # what comes so soon after an alert's first statement goes with it
    updates: Duration = timedelta(hours=6)  # for so long more statements of a claim update its alert, later ones make a new one
    cooldown: Duration = timedelta(minutes=30)  # between two messages of one alert
    enabled: bool = True


class ChannelKind(StrEnum):
    LOG = "log"
    WEBHOOK = "webhook"
    APPRISE = "apprise"
    ATOM = "atom"


class ChannelRules(Rules):
    """One way to people. Addresses hold secrets: they stand in the environment, here stands the variable's name."""

    named_by: ClassVar[tuple[str, ...]] = ("id",)

    id: Id
    kind: ChannelKind
    address_from: Annotated[str, StringConstraints(pattern=r"^CLAIMWIRE_(WEBHOOK|CHANNEL_[A-Z0-9_]+)$")] | None = None
    key_from: Annotated[str, StringConstraints(pattern=r"^CLAIMWIRE_(WEBHOOK|CHANNEL)_[A-Z0-9_]+$")] | None = (
        None  # a webhook's signing key
    )
    cap: Annotated[int, Field(ge=1)] = 30  # messages an hour; what comes after is told in one, "and N more"

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> "ChannelRules":
        addressed = self.kind in {ChannelKind.WEBHOOK, ChannelKind.APPRISE}
        if addressed is (self.address_from is None):
            raise ValueError(f"a channel of kind {self.kind} {'needs' if addressed else 'has no'} address_from")
        if self.key_from and self.kind is not ChannelKind.WEBHOOK:
            raise ValueError(f"a channel of kind {self.kind} signs nothing: no key_from")
        return self


class Alerting(Rules):
    """`alerts.yml`: which statements people are told of, and where."""

    channels: tuple[ChannelRules, ...]
    rules: tuple[AlertRule, ...]
    max_age: Duration | None = None  # what was published longer ago when it was first seen is not told; null: all is
    brief: tuple[Id, ...] = ()  # channels that get the daily brief in short
    give_up: Duration = timedelta(days=3)  # after so long a message that cannot be delivered has failed

    @property
    def digest(self) -> str:
        """16 hexadecimal characters that change when any rule does."""
        return hashlib.sha256(self.model_dump_json(exclude={"brief"}).encode()).hexdigest()[:16]

    @model_validator(mode="after")
    def _ids_are_unique(self) -> "Alerting":
        for what, ids in (("rules", [rule.id for rule in self.rules]), ("channels", [channel.id for channel in self.channels])):
            if len(set(ids)) < len(ids):
                raise ValueError(f"two {what} have the same id")
        return self
