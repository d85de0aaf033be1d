"""Where the benches run: a node of its own, fresh indices for each turn, worlds whose web is a list of pages."""

import io
import itertools
import os
import socket
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import structlog

from pipeline import run
from pipeline.addresses import entry_id
from pipeline.answers import Entry, Keys, Page
from pipeline.backfill.loading import Archived, stranger_at
from pipeline.errors import Rejected
from pipeline.fetch import NO_KEYS
from pipeline.links import Link
from pipeline.model import Intake, Outcome, Validators
from pipeline.node import Node
from pipeline.settings import Settings
from pipeline.world import World
from tests.archived import Made

ROOT = Path(__file__).parents[2]
NOW = datetime(2024, 11, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bed:
    """A node, and a folder that is gone afterwards."""

    url: str
    folder: Path
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def fresh(self) -> Settings:
        """Settings of an installation of its own, with its indices."""
        number = next(self.numbers)
        settings = Settings(
            elasticsearch_url=self.url,
            index_prefix=f"bench-{number}",
            state=self.folder / str(number),
            alerts=ROOT / "tests" / "data" / "alerts" / "plain.yml",
            host_delay=0,
            es_port=9200,
        )
        run.set_up(settings)
        return settings


@contextmanager
def bed() -> Iterator[Bed]:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(io.StringIO()))  # what a service writes, it writes to a file
    with tempfile.TemporaryDirectory(prefix="claimwire-bench-") as name, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        os.environ["CLAIMWIRE_OVERLAY"] = str(Path(name) / "overlay")
        (Path(name) / "overlay").mkdir()
        node = Node(home=ROOT / ".claimwire" / "node", port=port, heap="1g", data=Path(name) / "node")
        node.build()
        node.start()
        try:
            yield Bed(url=node.status().url, folder=Path(name))
        finally:
            node.stop()


def page_of(made: Made) -> Page:
    return Page(
        url=made.url, asked=made.url, headers={"content-type": made.content_type}, body=made.body, fetched_at=NOW, validators=Validators()
    )


@contextmanager
def world_with(pages: Sequence[Made], settings: Settings) -> Iterator[World]:
    """All that collecting touches; the web is these pages, of outlets that are known."""
    with run.world_of(settings) as world:
        yield replace(world, web=Archived([page_of(made) for made in pages]))


def links_of(pages: Sequence[Made], world: World) -> list[Link]:
    outlets = {made.url: stranger_at(made.url, world) for made in pages}
    return [
        Link(
            id=entry_id(outlets[made.url].id, made.url),
            entry=Entry(url=made.url, title="", published=NOW, summary="", body=None),
            attempts=0,
            first_seen=NOW,
            intake=Intake.LIVE,
            outlet=outlets[made.url],
        )
        for made in pages
    ]


class Feeds:
    """A web that has feeds and nothing else."""

    def __init__(self, bodies: Mapping[str, bytes]) -> None:
        self._bodies = bodies

    def feed(self, url: str, validators: Validators | None = None, keys: Keys = NO_KEYS) -> Page:
        del validators, keys
        headers = {"content-type": "application/rss+xml; charset=utf-8"}
        return Page(url=url, asked=url, headers=headers, body=self._bodies[url], fetched_at=NOW, validators=Validators())

    def page(self, url: str, keys: Keys = NO_KEYS) -> Page:
        del keys
        raise Rejected(Outcome.REJECTED, "there is no page", url)

    def again(self, url: str, validators: Validators, keys: Keys = NO_KEYS) -> Page:
        del validators
        return self.page(url, keys)
