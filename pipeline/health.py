"""What is wrong with an installation: measured facts in, findings out, each with what to do about it.

`measuring` reads the facts from the index, `alarms` decides who is told of which finding when. The limits are those of `health.yml`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from math import ceil
from typing import Annotated, TypeVar

from pydantic import Field

from pipeline.alert_rules import Duration
from pipeline.moments import lasting
from pipeline.rules import Id, Rules


class Trouble(StrEnum):
    """What can be wrong."""

    STOPPED = "no-good-run"
    WAITING = "queue-too-old"
    SLOW = "too-slow"
    FAILING = "feed-fails"
    SILENT = "source-silent"
    QUARANTINED = "quarantine-grows"


class Stage(StrEnum):
    """What runs by itself."""

    COLLECT = "collect"
    ENRICH = "enrich"
    ALERT = "alert"
    REVISIT = "revisit"
    WATCH = "watch"


class Queue(StrEnum):
    """What waits between two stages."""

    ARTICLES = "articles"
    STATEMENTS = "statements"
    MESSAGES = "messages"
    SPOOL = "spool"


class Step(StrEnum):
    """From where to where a delay is measured."""

    SEEN = "published-to-seen"
    INDEXED = "seen-to-indexed"
    READ = "indexed-to-read"
    DECIDED = "read-to-decided"
    ALERTED = "seen-to-alerted"


# ------------------------------------------------------------------------------------------------ the limits
Share = Annotated[float, Field(gt=0, le=1)]
Number = Annotated[int, Field(ge=1)]


class SilenceRules(Rules):
    """When a source has been quiet for too long, by the pauses of its own history."""

    history: Duration
    gaps: Number
    share: Share
    times: Annotated[float, Field(ge=1)]
    spared: Annotated[int, Field(ge=0)]
    least: Duration


class LatencyRules(Rules):
    least: Number
    limits: dict[Step, Duration]


class QuarantineRules(Rules):
    within: Duration
    most: Annotated[int, Field(ge=0)]


class HealthRules(Rules):
    """`health.yml`."""

    channels: tuple[Id, ...] = ()
    again: Duration
    calm: Duration
    silence: SilenceRules
    failing: Number
    queues: dict[Queue, Duration]
    latencies: LatencyRules
    quarantine: QuarantineRules
    runs: dict[Stage, Duration]


# ------------------------------------------------------------------------------------------------ the facts
@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One feed that is polled. Times are None for what has never been."""

    id: str
    outlet: str  # its id
    failures: int = 0  # in a row
    error: str = ""
    answered: datetime | None = None
    polled: datetime | None = None
    news: datetime | None = None  # when it last had something new, by what it says itself
    brought: tuple[datetime, ...] = ()  # the hours in which something new came, by their beginnings, first the earliest
    below: str = ""  # why it counts as silent by the volume that is expected of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How many wait in a queue, and since when the oldest does; None where nothing waits."""

    number: int = 0
    oldest: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """How long something took: for half of the samples and for 19 of 20 at most."""

    samples: int
    p50: timedelta
    p95: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A stage's good runs: when the first and the last of them ended, and how long the last took."""

    first: datetime
    last: datetime
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that was measured, at one moment. What is missing in a mapping has never been."""

    topic: str
    at: datetime
    sources: tuple[Source, ...] = ()
    queues: Mapping[Queue, Waiting] = field(default_factory=dict)
    latencies: Mapping[Step, Latency] = field(default_factory=dict)
    quarantined: int = 0  # set aside in all
    quarantined_lately: int = 0  # within the time of the rules
    quarantined_since: datetime | None = None  # the first of those
    runs: Mapping[Stage, Run] = field(default_factory=dict)
    links: Mapping[str, int] = field(default_factory=dict)  # by outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that is wrong: with what, since when (None: not known), and what to do."""

    trouble: Trouble
    subject: str
    says: str
    then: str
    since: datetime | None = None


# ------------------------------------------------------------------------------------------------ the rules
# Of so many sources that all fail, none is to blame.
FEW = 3

Value = TypeVar("Value", int, float, timedelta)


def examine(facts: Facts, rules: HealthRules) -> tuple[Finding, ...]:
    """All that is wrong, in the order in which it should be mended."""
    found = (_runs(facts, rules), _queues(facts, rules), _latencies(facts, rules), _sources(facts, rules), _quarantine(facts, rules))
    return tuple(finding for part in found for finding in part)


def quantile(values: Sequence[Value], share: float) -> Value:
    """The smallest value that at least this share of them does not exceed. There must be one."""
    return sorted(values)[max(ceil(share * len(values)) - 1, 0)]


def _runs(facts: Facts, rules: HealthRules) -> Iterator[Finding]:
    begun = min((run.first for run in facts.runs.values()), default=None)
    for stage, limit in rules.runs.items():
        run = facts.runs.get(stage)
        since = run.last if run else begun
        if since is None or facts.at - since <= limit:
            continue
        says = f"{stage} has not ended well for {lasting(facts.at - since)}" if run else f"{stage} has never ended well"
        yield Finding(
            trouble=Trouble.STOPPED,
            subject=stage,
            says=says,
            since=since,
            then=f"See in Airflow whether its DAG is paused or fails; {_ASK}",
        )


_ASK = "`claimwire doctor` examines the installation"
_QUEUED = {
    Queue.ARTICLES: (
        "articles wait to be read",
        "See the task `enrich` in Airflow; `claimwire enrich` reads them now and says what is wrong",
    ),
    Queue.STATEMENTS: (
        "statements wait to be decided on",
        "See the task `alert` in Airflow; `claimwire alert` decides now and says what is wrong",
    ),
    Queue.SPOOL: (
        "polls are kept on this disk, for Elasticsearch was away",
        "They are written at the next poll of each source; see the task `collect` in Airflow",
    ),
    Queue.MESSAGES: (
        "messages are due and not sent",
        "`claimwire alerts` says what each channel answered; `claimwire channels test CHANNEL` tries one",
    ),
}


def _queues(facts: Facts, rules: HealthRules) -> Iterator[Finding]:
    for queue, limit in rules.queues.items():
        waiting = facts.queues.get(queue, Waiting())
        if waiting.oldest is None or facts.at - waiting.oldest <= limit:
            continue
        what, then = _QUEUED[queue]
        says = f"{waiting.number:,} {what}, the oldest for {lasting(facts.at - waiting.oldest)}"
        yield Finding(trouble=Trouble.WAITING, subject=queue, says=says, then=then, since=waiting.oldest)


def _latencies(facts: Facts, rules: HealthRules) -> Iterator[Finding]:
    for step, limit in rules.latencies.limits.items():
        latency = facts.latencies.get(step)
        if latency is None or latency.samples < rules.latencies.least or latency.p95 <= limit:
            continue
        says = f"{step.replace('-', ' ')}: one in twenty takes longer than {lasting(latency.p95)}, where {lasting(limit)} is the limit"
        then = "See in Airflow which tasks wait for a slot or take long; more parsers, slots or processors help"
        yield Finding(trouble=Trouble.SLOW, subject=step, says=says, then=then)


def _quarantine(facts: Facts, rules: HealthRules) -> Iterator[Finding]:
    if facts.quarantined_lately > rules.quarantine.most:
        yield Finding(
            trouble=Trouble.QUARANTINED,
            subject="articles",
            says=f"{facts.quarantined_lately} articles were set aside within {lasting(rules.quarantine.within)}: they cannot be read",
            then="`claimwire quarantine list` says why; after mending, `claimwire quarantine retry --all`",
            since=facts.quarantined_since,
        )


# ------------------------------------------------------------------------------------------------ sources
def failing(facts: Facts, rules: HealthRules) -> tuple[Source, ...]:
    return tuple(source for source in facts.sources if source.failures >= rules.failing)


def silent(facts: Facts, rules: HealthRules) -> tuple[Source, ...]:
    """Those that answer and bring nothing; what does not answer is no silence."""
    return tuple(source for source in facts.sources if not source.failures and _silence(source, rules.silence))


def _sources(facts: Facts, rules: HealthRules) -> Iterator[Finding]:
    down = failing(facts, rules)
    if len(down) >= FEW and len(down) == len(facts.sources):
        yield _all_fail(down)
    else:
        yield from (_fails(source) for source in down)
    for source in silent(facts, rules):
        says = f"{source.id} {_silence(source, rules.silence)}"
        then = f"Has the feed moved, or is it left alone? `claimwire sources check {source.outlet}` asks it and looks for others"
        yield Finding(trouble=Trouble.SILENT, subject=source.id, says=says, then=then, since=_last(source))


def _fails(source: Source) -> Finding:
    then = f"`claimwire sources check {source.outlet}` asks it now and says what to do; `claimwire sources pause` leaves an outlet out"
    says = f"{source.id} has failed {source.failures} times in a row: {source.error or 'no reason was kept'}"
    return Finding(trouble=Trouble.FAILING, subject=source.id, says=says, then=then, since=source.answered)


def _all_fail(down: Sequence[Source]) -> Finding:
    answered = [source.answered for source in down if source.answered]
    return Finding(
        trouble=Trouble.FAILING,
        subject="all",
        says=f"not one of {len(down)} sources answers; the last said: {down[-1].error}",
        then="The trouble is this machine's: has it a way out, by name (DNS) and on ports 80 and 443? CLAIMWIRE_PROXY names a proxy",
        since=max(answered, default=None),
    )


def _silence(source: Source, rules: SilenceRules) -> str:
    """Why a source is too quiet; nothing where it is not. Its quiet ends with its last answer: what is not asked cannot tell."""
    last, limit = _last(source), silent_after(source.brought, rules)
    if source.answered is not None and last is not None and limit is not None and source.answered - last > limit:
        return f"has brought nothing new for {lasting(source.answered - last)}, where {lasting(limit)} is long for it"
    return f"is silent: {source.below}" if source.below else ""


def _last(source: Source) -> datetime | None:
    """A feed whose links another feed of the outlet shows first brings nothing, and is alive."""
    return max((time for time in (*source.brought[-1:], source.news) if time), default=None)


def silent_after(brought: Sequence[datetime], rules: SilenceRules) -> timedelta | None:
    """How long a source with this history may bring nothing; None where its history is too short to tell.

    So many times its usual longest pause (a quantile, which a few odd pauses do not move), and never less than it has already
    been quiet without anything being wrong: nights, weekends, holidays.
    """
    pauses = sorted(later - earlier for earlier, later in pairwise(brought))
    if len(pauses) < max(rules.gaps, rules.spared + 1):
        return None
    return max(quantile(pauses, rules.share) * rules.times, pauses[-1 - rules.spared], rules.least)
