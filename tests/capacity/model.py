"""The ingest DAG as a queueing model: cores, pools and waiting for outlets, in seconds (simpy).

A run of the DAG begins every ten minutes, or when the one before has ended. Its tasks are those of `dags/ingest.py`: a group of outlets
each collects in the pool `fetch`, then one reads, then one alerts. What a piece of work costs is measured (`costs`); whoever works holds
a core for so long, whoever waits for an outlet holds none.
"""

import random
from collections.abc import Generator
from dataclasses import dataclass, field
from statistics import quantiles
from typing import Any

import simpy

CYCLE = 600.0
# So much work at a time holds a core: finer changes nothing, and takes longer.
SLICE = 2.0

Event = Generator[Any, Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """Seconds of one core, but for `answer`, in which nobody works."""

    task: float  # a task of Airflow, whatever it does
    opening: float  # the reader's models, once a task
    feed: float  # asking one feed that shows what is known
    page: float  # a page that is not on topic, from its bytes to its end in the ledger
    article: float  # one that is, the same way
    reading: float  # an article: statements, places, documents
    alert: float  # a statement: its utterance, ledger, decision
    answer: float = 0.5  # until an outlet has answered


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What there is to be done."""

    outlets: int
    feeds: int
    pages_a_day: int
    on_topic: float  # share of the pages
    statements: float = 8.0  # an article


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Who does it."""

    cores: int
    fetch: int = 4  # slots of the pool
    groups: int = 4  # tasks of a run, CLAIMWIRE_HOST_GROUPS
    at_once: int = 16  # outlets that a task asks side by side
    host_delay: float = 1.0  # between two requests to one outlet

    def __str__(self) -> str:
        return f"{self.cores} cores, {self.fetch} fetchers, {self.groups} groups"


@dataclass(slots=True, kw_only=True)
class Day:
    """How it went."""

    runs: list[float] = field(default_factory=list)  # how long each run took
    latencies: list[float] = field(default_factory=list)  # from publication to the alert's end, of pages on topic
    busy: float = 0.0  # seconds of cores

    def share(self, shape: Shape, seconds: float) -> float:
        return self.busy / (shape.cores * seconds)

    def latency(self) -> tuple[float, float]:
        """Of half of them, and of 19 of 20."""
        cuts = quantiles(self.latencies, n=20, method="inclusive")
        return cuts[9], cuts[18]


class Machine:
    """One or more machines with so many cores, and the DAG on them."""

    def __init__(self, costs: Costs, load: Load, shape: Shape, seed: int = 1) -> None:
        self.costs, self.load, self.shape = costs, load, shape
        self.day = Day()
        self._dice = random.Random(seed)
        self._env = simpy.Environment()
        self._cores = simpy.Resource(self._env, shape.cores)
        self._fetch = simpy.Resource(self._env, shape.fetch)
        self._since = 0.0

    def run(self, seconds: float) -> Day:
        """So much time of a day on which everything comes evenly."""
        self._env.process(self._schedule())
        self._env.run(until=seconds)
        return self.day

    def once(self, pages: int) -> float:
        """One run over so many new pages; gives how long it takes."""
        self._env.run(self._env.process(self._dag(pages)))
        return self._env.now

    # -------------------------------------------------------------------------------------------- the DAG
    def _schedule(self) -> Event:
        while True:
            began = self._env.now
            pages = self._poisson(self.load.pages_a_day * (began - self._since) / 86_400)
            published = [self._since + self._dice.random() * (began - self._since) for _ in range(round(pages * self.load.on_topic))]
            self._since = began
            yield self._env.process(self._dag(pages))
            self.day.runs.append(self._env.now - began)
            self.day.latencies += [self._env.now - each for each in published]
            yield self._env.timeout(max(0.0, began + CYCLE - self._env.now))

    def _dag(self, pages: int) -> Event:
        yield from self._work(self.costs.task)  # plan
        yield self._env.all_of([self._env.process(self._collect(share)) for share in _shares(pages, self.shape.groups)])
        articles = round(pages * self.load.on_topic)
        yield from self._work(self.costs.task + (self.costs.opening if articles else 0) + articles * self.costs.reading)
        yield from self._work(self.costs.task + articles * self.load.statements * self.costs.alert)

    def _collect(self, pages: int) -> Event:
        """A task: outlets side by side; what an outlet shows is asked for one after the other, with pauses."""
        shape, load = self.shape, self.load
        with self._fetch.request() as slot:
            yield slot
            yield from self._work(self.costs.task)
            outlets = max(1, round(load.outlets / shape.groups))
            feeds = load.feeds / shape.groups
            lanes = _shares(outlets, min(shape.at_once, outlets))
            parser = simpy.Resource(self._env, 1)  # a task parses in one process
            yield self._env.all_of([
                self._env.process(self._lane(lane / outlets * feeds, lane / outlets * pages, lane, parser)) for lane in lanes
            ])  # fmt: skip

    def _lane(self, feeds: float, pages: float, outlets: int, parser: simpy.Resource) -> Event:
        """Outlets that one thread asks, one after the other."""
        costs = self.costs
        each = feeds * costs.feed + pages * ((1 - self.load.on_topic) * costs.page + self.load.on_topic * costs.article)
        requests = feeds + pages
        pauses = max(0.0, requests - outlets) * self.shape.host_delay
        parts = max(1, outlets)
        for _ in range(parts):
            yield self._env.timeout((requests * costs.answer + pauses) / parts)
            with parser.request() as turn:
                yield turn
                yield from self._work(each / parts)

    def _work(self, seconds: float) -> Event:
        """Holds a core, slice by slice, so that others get theirs."""
        while seconds > 1e-9:
            part = min(seconds, SLICE)
            with self._cores.request() as core:
                yield core
                yield self._env.timeout(part)
            self.day.busy += part
            seconds -= part

    def _poisson(self, mean: float) -> int:
        """How many come where so many are expected; as a normal number, which it nearly is."""
        return max(0, round(self._dice.gauss(mean, mean**0.5)))


def _shares(number: int, parts: int) -> list[int]:
    """So many parts of nearly the same size."""
    return [number * (at + 1) // parts - number * at // parts for at in range(parts)]
