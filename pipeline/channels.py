"""Where messages go. A channel takes one message and answers None, or the trouble it had; what a receiver does never raises.

A new kind of channel is a member of `ChannelKind`, a function with the common signature and its line in `CHANNELS`.
"""

from collections.abc import Callable, Iterable, Mapping

import structlog

from pipeline import atom, services, webhook
from pipeline.alert_rules import ChannelKind, ChannelRules
from pipeline.delivery import Trouble
from pipeline.messages import Message
from pipeline.settings import Settings
from pipeline.wording import SHORT, tidied

__all__ = ["CHANNELS", "Channel", "Trouble", "deliver", "missing", "open_channels"]

Channel = Callable[[Message, ChannelRules, Settings], Trouble | None]

_TOLD = {"statement_id", "act", "speaker", "side", "outlet", "sentence", "url", "published", "first_seen", "confidence"}


def log(message: Message, rules: ChannelRules, settings: Settings) -> Trouble | None:
    """A structured line on standard error."""
    told = tidied(message, SHORT)
    statements = [item.model_dump(mode="json", include=_TOLD) for item in told.items]
    structlog.get_logger("alert").info(
        told.title, topic=told.topic, channel=rules.id, message_id=told.id, key=told.key, kind=told.kind.value, why=told.why,
        note=told.note, lines=list(told.lines), statements=statements, more=told.more,
    )  # fmt: skip
    return None


CHANNELS: Mapping[ChannelKind, Channel] = {
    ChannelKind.LOG: log,
    ChannelKind.WEBHOOK: webhook.post,
    ChannelKind.APPRISE: services.notify,
    ChannelKind.ATOM: atom.publish,
}


def deliver(message: Message, rules: ChannelRules, settings: Settings) -> Trouble | None:
    """Sends the message now; None where it has arrived. Sent again, it has the same key."""
    unset = missing(rules, settings)
    return Trouble(f"{unset} is not set", again=True) if unset else CHANNELS[rules.kind](message, rules, settings)


def missing(rules: ChannelRules, settings: Settings) -> str | None:
    """The variable that should hold the channel's address and does not; None where the channel is open."""
    return rules.address_from if rules.address_from and rules.address_from not in settings.secrets else None


def open_channels(channels: Iterable[ChannelRules], settings: Settings) -> frozenset[str]:
    """The ids of the channels that can deliver: those with an address that is set, and those that need none."""
    return frozenset(rules.id for rules in channels if missing(rules, settings) is None)
