"""Where a statement that is to be told belongs: with those of its claim, of a digest, of the first pass over its source."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from pipeline.alert_rules import AlertRule, Delivery
from pipeline.messages import MessageKind
from pipeline.model import Intake

# A first pass that goes on for longer is told in another message.
BASELINE = timedelta(days=1)


class Slot(BaseModel):
    """Where a statement belongs: the group whose row it joins, and what that row is like where it must be opened."""

    group: str
    kind: MessageKind
    due: datetime
    updates_until: datetime | None
    cooldown: timedelta


def slot(it: Mapping[str, Any], id_: str, rule: AlertRule, channel: str, now: datetime, zone: ZoneInfo, hour: int) -> Slot:
    """The place of a statement on a channel. A first pass makes one message per outlet, a digest one per hour or day, a claim one row."""
    if it.get("intake") == Intake.BASELINE:
        return Slot(
            group=f"baseline {channel} {it['outlet']['id']}",
            kind=MessageKind.BASELINE,
            due=now + rule.wait,
            updates_until=now + BASELINE,
            cooldown=rule.cooldown,
        )
    if rule.delivery is not Delivery.IMMEDIATE:
        end = next_slot(rule.delivery, now, zone, hour)
        return Slot(
            group=f"digest {channel} {rule.delivery} {end.isoformat()}",
            kind=MessageKind.DIGEST,
            due=end,
            updates_until=None,
            cooldown=timedelta(0),
        )
    claims = it.get("claims", ())
    return Slot(
        group=f"claim {channel} {claims[0] if claims else it.get('utterance', id_)}",
        kind=MessageKind.ALERT,
        due=now + rule.wait,
        updates_until=now + rule.updates,
        cooldown=rule.cooldown,
    )


def next_slot(delivery: Delivery, now: datetime, zone: ZoneInfo, hour: int) -> datetime:
    """The next full hour on the clocks of that zone, or the next day's or today's time when they show that hour; after now, in UTC."""
    now, local = now.astimezone(UTC), now.astimezone(zone)
    if delivery is Delivery.HOURLY:
        past = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
        return now - past + timedelta(hours=1)
    # An hour that clocks show twice counts where they show it first.
    today = local.replace(hour=hour, minute=0, second=0, microsecond=0, fold=0)
    if today.astimezone(UTC) > now:
        return today.astimezone(UTC)
    # Wall-clock arithmetic: a day of 23 or 25 hours is a day.
    return (today + timedelta(days=1)).astimezone(UTC)
