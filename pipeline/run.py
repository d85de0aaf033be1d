"""Joins the stages: collect ≫ enrich ≫ alert. Only `dags/` and the command line import this.

Each stage asks the index what it has not done, does it, and writes it. There is no other hand-over: a crash, a retry and a
second scheduler are the same code path.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from pipeline import alerting, channels, collect, pruning, reprocess, revisit, runs, unread, watching
from pipeline.archive import Archive
from pipeline.config_files import extraction_digest, read_agencies, read_chrome, read_outlets, read_sources, read_topic, sources_files
from pipeline.connection import connect, read_mappings
from pipeline.errors import ConfigError, StoreUnavailable, Unavailable
from pipeline.fetch import web_of
from pipeline.health import Stage
from pipeline.index import KINDS, Index
from pipeline.keys import missing
from pipeline.lease import lease
from pipeline.model import Intake
from pipeline.moments import last_hour
from pipeline.origins import Agencies
from pipeline.parsers import Parsers
from pipeline.settings import Settings
from pipeline.shelf import Shelf, shelf_of
from pipeline.source_rules import Outlet
from pipeline.spooling import Collector, spool_of
from pipeline.topic import compile_topic
from pipeline.topical import extract_topical, ready
from pipeline.world import World

if TYPE_CHECKING:
    from pipeline.brief import Brief
    from pipeline.enrich import Reader

log = structlog.get_logger(__name__)

Progress = Callable[[str], None]
Counts = dict[str, int]

# Batches of fifty articles get their places in seconds.
PLACES_SECONDS = 600.0


def quiet(_: str) -> None:
    """Progress that nobody watches."""


def check(settings: Settings) -> list[str]:
    """Reads every configuration file of the topic; returns what was read, raises ConfigError for the first that is wrong."""
    topic, outlets, agencies = read_topic(settings), read_outlets(settings), read_agencies(settings)
    rules = alerting.read_rules(settings)
    mappings = read_mappings(settings)
    reader = _open_reader(settings)
    return [
        f"topic {topic.id}: {topic.title}; languages {', '.join(topic.languages)}",
        f"{len(outlets)} outlets with {sum(len(outlet.feeds) for outlet in outlets)} feeds",
        *(f"{outlet.id} needs {name}, which is not set" for outlet in outlets for name in missing(outlet, settings.secrets)),
        f"{len(agencies)} agencies",
        f"{len(rules.rules)} alert rules; open channels: {', '.join(sorted(channels.open_channels(rules.channels, settings)))}",
        f"{len(mappings)} index mappings",
        f"reader {reader.digest} on {reader.model}",
    ]


def set_up(settings: Settings) -> list[str]:
    """Makes the indices that are missing, of every topic that is watched; returns their names. Doing it twice changes nothing."""
    mappings = read_mappings(settings)
    return [name for topic in settings.watched for name in connect(settings.of(topic)).set_up(mappings)]


def plan(settings: Settings) -> list[list[str]]:
    """Outlet ids in at most `host_groups` groups; all feeds of one host are in one group, so that its pauses are kept."""
    from pipeline.addresses import host_group  # noqa: PLC0415  # keeps planning light

    groups: dict[int, list[str]] = {}
    for outlet in read_outlets(settings):
        groups.setdefault(host_group(outlet.domains[0], settings.host_groups), []).append(outlet.id)
    return [groups[number] for number in sorted(groups)]


def run_collect(
    settings: Settings, ids: Sequence[str] = (), progress: Progress = quiet, *, again: bool = False, due_only: bool = False
) -> Counts:
    """Polls the feeds of these outlets, or of all; with `due_only` those that are due. Counts links by outcome.

    Raises StoreUnavailable where Elasticsearch is away, after all have been polled: what came is kept until it is back.

    With `again`, as a scheduler has it, feeds are polled when they are due, and one that did not answer raises Unavailable once the
    others are done, so that it is tried again soon; after some failures in a row a feed counts as down and waits for the next poll.
    """
    outlets, taken = _chosen(read_outlets(settings), ids, settings), runs.Stopwatch()
    collector = Collector(spool=spool_of(settings))
    with world_of(settings) as world:
        counts = collect.collect(outlets, world, collector, progress, due_only=due_only or again)
        if collector.told:
            kept = f"{counts['spooled']} new links are kept on this disk and written when it is back"
            raise StoreUnavailable(f"{collector.told}. {kept}")
        runs.note(world.index, Stage.COLLECT, counts, taken, settings.clock())
    if again and counts["unanswered"]:
        raise Unavailable(f"{counts['unanswered']} feeds did not answer", ", ".join(ids))
    return dict(sorted(counts.items()))


def run_addresses(settings: Settings, file: Path, progress: Progress = quiet, *, backfill: bool = False) -> Counts:
    """Follows the addresses of a file, one a line. Counts them by outcome. Raises ConfigError where it cannot be read."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"not a list of addresses: {error}", file=file) from error
    with world_of(settings) as world:
        intake = Intake.BACKFILL if backfill else Intake.LIVE
        return dict(sorted(collect.collect_addresses(lines, world, progress, intake).items()))


def _chosen(outlets: Sequence[Outlet], ids: Sequence[str], settings: Settings) -> list[Outlet]:
    by_id = {outlet.id: outlet for outlet in outlets}
    strangers = sorted(set(ids) - set(by_id))
    if strangers:
        raise ConfigError(
            f"no outlet {', '.join(strangers)}",
            file=sources_files(settings)[-1],
            remedy=f"There are: {', '.join(sorted(by_id))}",
        )
    return [by_id[id_] for id_ in ids] if ids else list(outlets)


@contextmanager
def world_of(settings: Settings) -> Iterator[World]:
    topic = read_topic(settings)
    outlets = read_sources(settings).outlets
    web = web_of(settings, outlets)
    with (
        Parsers(workers=settings.parsers, prepare=(ready, (topic,))) as parsers,
        Archive(settings.archive_base, settings.clock) as archive,
    ):
        yield World(
            web=web,
            parsers=parsers,
            archive=archive,
            index=connect(settings),
            topic=topic,
            matchers=compile_topic(topic),
            chrome=read_chrome(settings),
            settings=settings,
            clock=settings.clock,
            extraction=extraction_digest(settings),
            outlets=outlets,
            extract=extract_topical,
        )


def run_revisit(settings: Settings, ids: Sequence[str] = (), progress: Progress = quiet) -> Counts:
    """Looks again at the articles that are due, of these outlets or of all. Counts how each look ended."""
    _chosen(read_outlets(settings), ids, settings)
    taken = runs.Stopwatch()
    with world_of(settings) as world:
        world.index.refresh("articles")
        counts = revisit.revisit(ids, world, progress)
        runs.note(world.index, Stage.REVISIT, counts, taken, settings.clock())
    return dict(sorted(counts.items()))


def run_enrich(settings: Settings, progress: Progress = quiet) -> Counts:
    """Reads every article that nobody has read, earliest publication first. Counts articles, statements and copies."""
    index, taken = connect(settings), runs.Stopwatch()
    index.refresh("articles")
    counts = unread.read_unread(desk_of(index, settings), progress)
    runs.note(index, Stage.ENRICH, counts, taken, settings.clock())
    return dict(sorted(counts.items()))


def desk_of(index: Index, settings: Settings) -> unread.Desk:
    return unread.Desk(
        index=index,
        reader=partial(_open_reader, settings),
        agencies=Agencies(read_agencies(settings)),
        clock=settings.clock,
        alone=partial(_alone, index),
    )


def _open_reader(settings: Settings) -> "Reader":
    from pipeline.reading import open_reader  # noqa: PLC0415  # spaCy takes a second, and is wanted only where there is something to read

    return open_reader(settings)


@contextmanager
def _alone(index: Index) -> Iterator[None]:
    """While articles get their places among the others."""
    with lease(index, "places of articles", wait=PLACES_SECONDS) as held:
        if held is None:
            raise StoreUnavailable(f"another run gives articles their places, and has not ended in {PLACES_SECONDS:g} s")
        yield


def run_reprocess(settings: Settings, scope: reprocess.Scope, progress: Progress = quiet) -> reprocess.Report:
    """Runs extraction or reading again on stored articles that today's code has not seen; a dry run only tells."""
    _chosen(read_outlets(settings), scope.outlets, settings)
    with world_of(settings) as world:
        world.index.refresh("articles")
        return reprocess.reprocess(scope, world, desk_of(world.index, settings), progress)


def run_alert(settings: Settings, progress: Progress = quiet) -> Counts:
    """Decides on every statement without a decision, then sends what is due. Counts statements, alerts, messages."""
    settings, taken = settings.alerter, runs.Stopwatch()
    counts = alerting.alert(settings, progress)
    if not counts["busy"]:  # the run that keeps the lease may hang
        runs.note(connect(settings), Stage.ALERT, counts, taken, settings.clock())
    return dict(sorted(counts.items()))


def run_watch(settings: Settings) -> Counts:
    """Measures, tells alarms, writes metrics, calls the heartbeat's address. Counts troubles and messages."""
    return dict(sorted(watching.watch(settings.alerter).items()))


def run_prune(settings: Settings, progress: Progress = quiet) -> Counts:
    """Takes away what is older than the settings want it kept. Counts it by kind."""
    return dict(sorted(pruning.prune(settings.eraser, progress).items()))


def write_brief(settings: Settings, since: datetime, until: datetime, folder: Path | None = None) -> list[str]:
    """Writes the brief of that time as a page and as text, whole or not at all; the same time has the same files. Gives their places."""
    from pipeline import briefing  # noqa: PLC0415  # so do charts

    told = briefing.gather(settings, since, until)
    return _written(told, Shelf(str(folder)) if folder else _briefs(settings))


def _briefs(settings: Settings) -> Shelf:
    return shelf_of(settings).below(f"briefs/{settings.topic}")


def _written(told: "Brief", shelf: Shelf) -> list[str]:
    from pipeline import brief  # noqa: PLC0415

    files = {f"{brief.name_of(told)}.html": brief.as_html(told), f"{brief.name_of(told)}.txt": brief.as_text(told)}
    for name, words in files.items():
        shelf.write(name, words.encode(), mode=0o644)
    return [shelf.place(name) for name in files]


def run_brief(settings: Settings, progress: Progress = quiet) -> Counts:
    """The daily brief: of the day that ended at the last `digest_hour`. Writes it, and has it sent in short where alerts.yml says so.

    What is sent goes by the DAG `watch`, with alarms: once to each channel, again where a channel was down.
    """
    from pipeline import brief, briefing  # noqa: PLC0415

    settings = settings.alerter
    until = last_hour(settings.clock(), settings.digest_hour, settings.time_zone)
    told = briefing.gather(settings, until - timedelta(days=1), until)
    page, _ = _written(told, _briefs(settings))
    progress(f"brief in {page}")
    filed = watching.file_brief(settings, brief.title(told), brief.message_lines(told), f"{settings.topic}-{brief.name_of(told)}")
    return {"new": len(told.new), "moved": len(told.moved), "open": len(told.open), "lost": told.lost_number, "filed": filed}


def _sources(index: Index) -> Counts:
    """How the sources are: those that answered, fail, are silent, have a gap to be filled; how often any has overflowed."""
    overflows = index.aggregate("sources", {"match_all": {}}, {"sum": {"sum": {"field": "overflows"}}})["sum"]["value"]
    return {
        "answering": index.count("sources", {"term": {"failures": 0}}),
        "failing": index.count("sources", {"range": {"failures": {"gt": 0}}}),
        "silent": index.count("sources", {"exists": {"field": "silent"}}),
        "overflows": int(overflows),
        "gaps to fill": index.count("sources", {"exists": {"field": "gap.since"}}),
    }


def status(settings: Settings) -> dict[str, Counts]:
    """What is in the index: documents per kind, how the sources are, links by outcome, copies by kind, changes, statements, alerts."""
    index = connect(settings)
    index.refresh()
    return {
        "documents": {kind: index.count(kind) for kind in KINDS},
        "sources": _sources(index),
        "links": index.terms("entries", "outcome"),
        "copies": index.terms("articles", "copy.kind") | {"independent origins": index.distinct("articles", "origin")},
        "versions": index.terms("changes", "kind", {"term": {"level": "statement"}})
        | {"deleted articles": index.count("articles", {"exists": {"field": "deleted"}})},
        "statements": index.terms("statements", "act", {"bool": {"must_not": {"exists": {"field": "removed"}}}}),
        "alerts": index.terms("alerts", "status"),
    }
