"""Silences: what nobody is told of for a while, who wants it so, and why. They end by themselves. Values in, values out."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from pipeline.alert_rules import Alerting, Silence, When
from pipeline.documents import Document, iso, known
from pipeline.errors import ConfigError
from pipeline.rule_check import Known, never

# So many characters tell silences apart and can still be typed.
ID = 8


def make(when: Mapping[str, Any], channel: str | None, *, by: str, why: str, since: datetime, until: datetime) -> Silence:
    """A silence from now on; its id derives from all that it says. Raises ConfigError for what cannot be asked for."""
    parts = (repr(sorted(when.items())), channel or "", by, why, since.isoformat(), until.isoformat())
    id_ = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:ID]
    try:
        return Silence(id=id_, when=When.model_validate(when), channel=channel, by=by, why=why, since=since, until=until)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        key, value = str(first["loc"][0]), first["input"]
        raise ConfigError(f"{first['msg']}, not {value!r}", file="silence", key=key) from None


def check(silence: Silence, alerting: Alerting, there: Known) -> None:
    """Raises ConfigError where no statement could ever be meant, as it is done for rules."""
    channels = sorted(channel.id for channel in alerting.channels)
    if silence.channel is not None and silence.channel not in channels:
        raise ConfigError(f"no channel {silence.channel!r}; there are: {', '.join(channels)}", file="silence", key="channel")
    for key, problem in never(silence.when, there):
        raise ConfigError(problem, file="silence", key=key)


def meant(silence: Silence) -> str:
    """What it is for, in words."""
    asked = silence.when.model_dump(mode="json", exclude_defaults=True)
    parts = [f"{name} {' or '.join(map(str, value)) if isinstance(value, list) else value}" for name, value in asked.items()]
    return ", ".join(parts) or "everything"


def state(silence: Silence, now: datetime) -> str:
    return "holds" if silence.holds(now) else "over" if silence.until <= now else "not yet"


def document(silence: Silence) -> Document:
    when = silence.when.model_dump(mode="json", exclude_defaults=True)
    it = {"channel": silence.channel, "by": silence.by, "why": silence.why, "since": iso(silence.since), "until": iso(silence.until)}
    return known(it) | {"when": when}
