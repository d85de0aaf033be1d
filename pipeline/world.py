"""All that collecting and revisiting touch, and who visits pages for them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline import forgotten
from pipeline.archive import Archive
from pipeline.chrome import ChromeRules
from pipeline.extract import extract
from pipeline.fetch import NO_KEYS, Fetcher
from pipeline.habits import Learned, habits_of
from pipeline.index import Index
from pipeline.keys import keys_of
from pipeline.model import Clock, Extract
from pipeline.parsers import Parsers
from pipeline.rules import Topic
from pipeline.settings import Settings
from pipeline.source_rules import Outlet
from pipeline.topic import Matchers
from pipeline.visit import Visitor


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything outside, and what is known of it."""

    web: Fetcher
    parsers: Parsers
    archive: Archive
    index: Index
    topic: Topic
    matchers: Mapping[str, Matchers]
    chrome: ChromeRules
    settings: Settings
    clock: Clock
    extraction: str  # digest of what takes the text out of a page
    outlets: Sequence[Outlet] = field(default=())  # all of them, those that are paused too
    written: Clock | None = None  # when things are written, where that is not when they were seen
    extract: Callable[..., Extract] = extract  # who takes the text out of a page
    keep: Callable[[], None] = lambda: None  # called between two links, by who must know that the run still goes on


def visitor_of(outlet: Outlet | None, domains: Sequence[str], learned: Learned, world: World, archive: Archive | None) -> Visitor:
    """Who visits pages of an outlet, knowing its habits; of one that is no longer a source with nothing of its own.

    Raises ConfigError where the environment lacks a secret.
    """
    return Visitor(
        web=world.web,
        parsers=world.parsers,
        archive=archive,
        domains=domains,
        keys=keys_of(outlet, None, world.settings.secrets) if outlet else NO_KEYS,
        charset=outlet.charset if outlet else None,
        is_closed=outlet is not None and outlet.text == "feed",
        chrome=world.chrome,
        habits=habits_of(learned),
        seconds=world.settings.page_seconds,
        extract=world.extract,
        is_forgotten=lambda url: bool(forgotten.among([url], world.index)),
    )
