"""What the operators of a host ask of crawlers: robots.txt (RFC 9309), read once a day for each origin and process.

No file (4xx) allows everything. A server that fails to say (5xx, no connection) allows nothing for now: that is Unavailable, not a no.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from protego import Protego

from pipeline.errors import Rejected, Unavailable
from pipeline.guard import Target
from pipeline.model import Outcome
from pipeline.wire import Deadline

# A host that was down a moment ago is not asked again for each of its pages.
FAILURE_SECONDS = 300.0

# Reads robots.txt of the target's origin within the deadline: its text, "" where there is none. Raises Unavailable.
Read = Callable[[Target, Deadline], str]


@dataclass(slots=True)
class _Origin:
    lock: threading.Lock = field(default_factory=threading.Lock)
    rules: Protego | None = None
    failure: str = ""
    retry_after: float | None = None  # seconds, where the server named them
    expires: float = 0.0  # monotonic


class Robots:
    """Asks and remembers. `agent` is the product token that rules are looked up by, `max_delay` in seconds bounds Crawl-delay."""

    def __init__(self, read: Read, *, agent: str, cache_seconds: float, max_delay: float) -> None:
        self._read = read
        self._agent = agent
        self._cache_seconds = cache_seconds
        self._max_delay = max_delay
        self._origins: dict[str, _Origin] = {}
        self._lock = threading.Lock()

    def delay(self, target: Target, deadline: Deadline) -> float:
        """Seconds that the host wants between two requests, 0 if it does not say. Rejected (ROBOTS) if it does not want this one."""
        rules = self._rules(target, deadline)
        if not rules.can_fetch(target.url, self._agent):
            raise Rejected(Outcome.ROBOTS, "robots.txt says no", target.url)
        return min(float(rules.crawl_delay(self._agent) or 0.0), self._max_delay)

    def _rules(self, target: Target, deadline: Deadline) -> Protego:
        with self._lock:
            origin = self._origins.setdefault(target.origin, _Origin())
        if not origin.lock.acquire(timeout=max(deadline.left(), 0.0)):
            raise Unavailable("robots.txt not read in time", target.url)
        try:
            if time.monotonic() >= origin.expires:
                self._renew(origin, target, deadline)
            if origin.rules is None:
                raise Unavailable(f"robots.txt: {origin.failure}", target.url, origin.retry_after)
            return origin.rules
        finally:
            origin.lock.release()

    def _renew(self, origin: _Origin, target: Target, deadline: Deadline) -> None:
        origin.rules = None
        try:
            text = self._read(target, deadline)
        except Unavailable as error:
            origin.failure, origin.retry_after = error.reason, error.retry_after
            origin.expires = time.monotonic() + max(error.retry_after or 0.0, FAILURE_SECONDS)
            return
        origin.rules = Protego.parse(text)
        origin.expires = time.monotonic() + self._cache_seconds
