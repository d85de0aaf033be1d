"""Every link that was ever seen has exactly one outcome, and the numbers add up."""

import random
from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pipeline import losses, run
from pipeline.connection import connect
from pipeline.documents import iso
from pipeline.index import Index
from pipeline.model import Outcome
from pipeline.settings import Settings

START = datetime.fromisoformat("2024-03-30T18:00:00Z")


def test_sources_and_days_add_up_to_all_links(index: Index) -> None:
    dice = random.Random("links")
    links = [(str(number), dice.choice("abc"), dice.choice(list(Outcome)), START + timedelta(minutes=7 * number)) for number in range(700)]
    index.put(
        "entries",
        [
            (id_, {"source": source, "outlet": {"id": source}, "outcome": outcome, "event": {"created": iso(at)}})
            for id_, source, outcome, at in links
        ],
    )
    index.refresh("entries")
    sources = losses.by_source(index)
    assert {row.name: Counter(row.outcomes) for row in sources} == {
        source: Counter(outcome.value for _, each, outcome, _ in links if each == source) for source in "abc"
    }
    zone = ZoneInfo("Europe/Kyiv")  # whose clocks are put forward in these days
    days = losses.by_day(index, zone)
    assert {row.name: row.seen for row in days} == Counter(f"{at.astimezone(zone):%Y-%m-%d}" for *_, at in links)
    assert sum(row.seen for row in sources) == sum(row.seen for row in days) == 700
    late = losses.by_source(index, START + timedelta(minutes=7 * 600))
    assert sum(row.seen for row in late) == 100


def test_each_link_of_the_sample_outlets_has_one_outcome(sample_settings: Settings, index: Index) -> None:
    run.run_collect(sample_settings)
    index.refresh("entries", "articles")
    rows = losses.by_source(connect(sample_settings))
    shown = index.count("entries")
    assert shown > 30
    assert sum(row.seen for row in rows) == shown
    assert sum(row.outcomes.get("saved", 0) for row in rows) == index.count("articles")
    assert all(set(row.outcomes) <= set(Outcome) for row in rows)
    assert all(row.seen == sum(row.lost.values()) + sum(row.outcomes.get(name, 0) for name in losses.MEANT) for row in rows)
