"""Where alerts go. A channel takes one alert and answers None, or why it could not be delivered.

`log` is always open; `webhook` is open where `CLAIMWIRE_WEBHOOK` names an address. A new channel is a function with the
common signature and its name in `CHANNELS`.
"""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

import apprise
import structlog

from pipeline.alerts import message
from pipeline.settings import Settings

# An alert's row of the outbox, its id, the settings → None, or the reason of the failure.
Channel = Callable[[Mapping[str, Any], str, Settings], str | None]


def log(alert: Mapping[str, Any], alert_id: str, settings: Settings) -> str | None:
    """A structured line on standard error."""
    structlog.get_logger("alert").info(alert["headline"], alert_id=alert_id, alert_rule=alert["rule"], **alert["evidence"])
    return None


def webhook(alert: Mapping[str, Any], alert_id: str, settings: Settings) -> str | None:
    """A JSON object by POST: title, message, the evidence, and the alert's id as `Idempotency-Key`."""
    assert settings.webhook is not None
    address = settings.webhook.get_secret_value()
    sender = apprise.Apprise()
    if not sender.add(_apprise_address(address, alert_id, alert)):
        return f"not an address that alerts can be posted to: {urlsplit(address).scheme}://{urlsplit(address).hostname}"
    result = sender.notify(title=alert["headline"], body=message(alert), body_format=apprise.NotifyFormat.TEXT)
    return None if result else f"the webhook at {urlsplit(address).hostname} did not take it"


def _apprise_address(address: str, alert_id: str, alert: Mapping[str, Any]) -> str:
    """`https://host/path` in Apprise's spelling: `jsons://host/path?+Header=…&:field=…`."""
    parts = urlsplit(address)
    scheme = {"http": "json", "https": "jsons"}.get(parts.scheme, parts.scheme)
    extras = {"+Idempotency-Key": alert_id, ":alert_id": alert_id, ":rule": alert["rule"]}
    extras |= {f":{key}": str(value) for key, value in alert["evidence"].items() if value not in (None, [], "")}
    query = "&".join(filter(None, [_own_query(parts.query), *(f"{quote(key, safe='+:')}={quote(value)}" for key, value in extras.items())]))
    return f"{scheme}://{parts.netloc}{parts.path or '/'}?{query}"


def _own_query(query: str) -> str:
    """Apprise takes a receiver's own parameters behind a minus sign."""
    return "&".join(f"-{part}" for part in query.split("&") if part)


CHANNELS: Mapping[str, Channel] = {"log": log, "webhook": webhook}


def open_channels(settings: Settings) -> frozenset[str]:
    return frozenset(name for name in CHANNELS if name != "webhook" or settings.webhook is not None)
