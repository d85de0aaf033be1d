"""The loss ledger: what has become of every link that a feed ever showed, per source and per day. The numbers add up."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from pipeline.documents import Document, iso
from pipeline.index import Index
from pipeline.model import Outcome

# What should end so: an article, another link to one, something else than the topic, what was erased on purpose.
MEANT = frozenset({Outcome.SAVED, Outcome.KNOWN, Outcome.OFF_TOPIC, Outcome.FORGOTTEN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The links of one source, or of one day on which they were first seen, by outcome."""

    name: str
    outcomes: Mapping[str, int]

    @property
    def seen(self) -> int:
        return sum(self.outcomes.values())

    @property
    def lost(self) -> dict[str, int]:
        """Outcomes that nobody wanted, most frequent first; `unavailable` may still be mended by another try."""
        return {name: count for name, count in sorted(self.outcomes.items(), key=lambda each: (-each[1], each[0])) if name not in MEANT}

    def document(self) -> Document:
        return {"name": self.name, "seen": self.seen, **self.outcomes}


def by_source(index: Index, since: datetime | None = None, until: datetime | None = None) -> list[Row]:
    """Of links first seen in that time, in the order of sources."""
    outcomes: dict[str, dict[str, int]] = defaultdict(dict)
    for group in index.groups("entries", ["source", "outcome"], _since(since, until)):
        outcomes[group["key"]["source"]][group["key"]["outcome"]] = group["doc_count"]
    return [Row(name=source, outcomes=found) for source, found in outcomes.items()]


def by_day(index: Index, zone: ZoneInfo, since: datetime | None = None) -> list[Row]:
    """Days of that zone on which a link was first seen, the first one first."""
    day = {"field": "event.created", "calendar_interval": "day", "time_zone": zone.key}
    days = {
        "date_histogram": day | {"min_doc_count": 1, "format": "yyyy-MM-dd"},
        "aggs": {"outcomes": {"terms": {"field": "outcome", "size": len(Outcome)}}},
    }
    buckets = index.aggregate("entries", _since(since), {"days": days})["days"]["buckets"]
    return [
        Row(name=bucket["key_as_string"], outcomes={each["key"]: each["doc_count"] for each in bucket["outcomes"]["buckets"]})
        for bucket in buckets
    ]


def _since(since: datetime | None, until: datetime | None = None) -> Document:
    ends = {name: iso(end) for name, end in (("gte", since), ("lt", until)) if end}
    return {"range": {"event.created": ends}} if ends else {"match_all": {}}
