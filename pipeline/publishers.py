"""Whose an address is: for what comes without an outlet, from aggregators and lists of addresses."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from pipeline.addresses import within
from pipeline.answers import Entry
from pipeline.source_rules import Outlet

# Stands for the outlet of an address that is nobody's.
UNKNOWN = "unknown"


def outlet_at(url: str, outlets: Sequence[Outlet]) -> Outlet | None:
    """The outlet whose domain is the most exact for the address, the first of several; never an aggregator."""
    fitting = [
        (len(domain), -place)
        for place, outlet in enumerate(outlets)
        if not outlet.aggregator
        for domain in outlet.domains
        if within(url, (domain,))
    ]
    return outlets[-max(fitting)[1]] if fitting else None


class Owners:
    """The same for many addresses: a look into a table for each."""

    def __init__(self, outlets: Sequence[Outlet]) -> None:
        self._domains: dict[str, Outlet] = {}
        for outlet in outlets:
            for domain in () if outlet.aggregator else outlet.domains:
                self._domains.setdefault(host_of(f"//{domain}").removeprefix("www."), outlet)

    def at(self, url: str) -> Outlet | None:
        """As `outlet_at`."""
        parts = host_of(url).split(".")
        return next(filter(None, (self._domains.get(".".join(parts[place:])) for place in range(len(parts)))), None)


def owner_of(entry: Entry, polled: Outlet, outlets: Sequence[Outlet]) -> Outlet | None:
    """Whose an entry of a source is: of an aggregator's, what the entry says itself, for its links may all be the aggregator's own."""
    if not polled.aggregator:
        return polled
    named = entry.publisher or entry.url
    return outlet_at(named, outlets) if named else None


def host_of(url: str | None) -> str:
    try:
        return urlsplit(url or "").hostname or "no host"
    except ValueError:
        return "no host"
