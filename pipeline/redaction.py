"""The one filter that everything passes which leaves for a log, a metric or an alarm: what must not be read there is taken out.

Secrets are known by their values (those of the settings) and by where they stand: before the @ of an address, behind `Authorization`,
in a query under a name that keys have.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, unquote, urlsplit

HIDDEN = "***"

# Shorter values stand in other words; nobody should have such a secret.
_SHORTEST = 4
# A part of a secret address counts as a secret of its own from that length on: `hooks` is none, a token is.
_SHORTEST_PART = 8

_NAMES = r"(?:api[_-]?key|apikey|access[_-]?key|[a-z_]*token|[a-z_]*secret|passw(?:or)?d|pwd|sig(?:nature)?|auth|key|sid|session(?:id)?)"
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?<=://)[^/\s\"'<>@]+@"), f"{HIDDEN}@"),
    (re.compile(rf"([?&;]{_NAMES}=)[^&;\s\"'<>#]+", re.IGNORECASE), rf"\1{HIDDEN}"),
    (
        re.compile(
            r"((?:proxy-)?authorization|(?:set-)?cookie|x-api-key|api[_-]?key|passw(?:or)?d)(\\?[\"']?\s*[:=]\s*\\?[\"']?)"
            r"(?:(?:basic|bearer|apikey|token)\s+)?[^\s\"',;&}\\]+",
            re.IGNORECASE,
        ),
        rf"\1\2{HIDDEN}",
    ),
    (re.compile(r"\b(basic|bearer|apikey)\s+[A-Za-z0-9+/=._~-]{8,}", re.IGNORECASE), rf"\1 {HIDDEN}"),
)
_SECRET_NAME = re.compile(rf"^(?:(?:proxy[-_])?authorization|(?:set[-_])?cookie|x[-_]api[-_]key|{_NAMES[3:-1]})$", re.IGNORECASE)
# Names of ours that are no secrets: an idempotency key, a place in a configuration file.
_OPEN_NAMES = frozenset({"key"})


class Redaction:
    """Takes secrets out of texts, and out of values with texts in them. `secrets` are the values of secret settings."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        found = {part for secret in secrets for part in _parts(secret)}
        spelled = {spelling for part in found for spelling in (part, quote(part, safe=""), quote(part), unquote(part))}
        known = sorted(filter(None, spelled), key=len, reverse=True)  # the longest first: one may be part of another
        self._known = re.compile("|".join(map(re.escape, known))) if known else None

    def text(self, text: str) -> str:
        """The same with every secret hidden. Twice is once."""
        hidden = self._known.sub(HIDDEN, text) if self._known else text
        for pattern, instead in _RULES:
            hidden = pattern.sub(instead, hidden)
        return hidden

    def value(self, value: Any) -> Any:
        """A text, or whatever has texts in it: mappings, lists, tuples. Under a name that keys have, all is hidden."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.value(name): HIDDEN if _is_secret(name) and each else self.value(each) for name, each in value.items()}
        if isinstance(value, (list, tuple)):
            return type(value)(map(self.value, value)) if type(value) in (list, tuple) else [self.value(each) for each in value]
        return value if value is None or isinstance(value, (bool, int, float)) else self.text(str(value))

    def __call__(self, logger: Any, method: str, event: Any) -> Any:
        """As a processor of structlog."""
        return self.value(event)


def _is_secret(name: Any) -> bool:
    return isinstance(name, str) and name not in _OPEN_NAMES and _SECRET_NAME.match(name) is not None


def _parts(secret: str) -> Iterable[str]:
    """What of a setting must not be told: the whole; of addresses, parted by white space or commas, whatever tokens stand in."""
    if len(secret) >= _SHORTEST:
        yield secret
    for address in re.split(r"[\s,]+", secret):
        if "://" not in address:
            continue
        yield address
        try:
            parts = urlsplit(address)
        except ValueError:
            continue
        place = parts.netloc.rpartition("@")[2]
        named = None if "." in place else place  # chat services have tokens where others have a host
        told = (named, parts.username, parts.password, parts.path.strip("/"), parts.query, *parts.path.split("/"))
        yield from (part for part in told if part and len(part) >= _SHORTEST_PART)
        yield from (each for pair in parts.query.split("&") if len(each := pair.partition("=")[2]) >= _SHORTEST_PART)
        if parts.password and len(parts.password) >= _SHORTEST:
            yield parts.password
