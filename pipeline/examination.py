"""What an examination of an installation finds: how bad it is, what was seen, and what to do."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    GOOD = "good"
    WARNING = "warning"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one examination found; `remedy` is what to do."""

    what: str
    level: Level
    told: str
    remedy: str = ""


def good(what: str, told: str) -> Finding:
    return Finding(what=what, level=Level.GOOD, told=told)


def warning(what: str, told: str, remedy: str) -> Finding:
    return Finding(what=what, level=Level.WARNING, told=told, remedy=remedy)


def wrong(what: str, told: str, remedy: str) -> Finding:
    return Finding(what=what, level=Level.WRONG, told=told, remedy=remedy)
