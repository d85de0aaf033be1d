"""The pipeline is killed at named points and at random moments; run again, it has lost nothing and done nothing twice."""

import random
import signal
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tests.proofs.player import END, POINTS
from tests.proofs.stage import Player, Scene, Stage, comparable

SIGNALS = (signal.SIGKILL, signal.SIGTERM)
# Of the replay: some of the outlets' articles are there at the first run, the others come after it.
BETWEEN = datetime(2023, 3, 1, tzinfo=UTC)
# As a task is ended, by the signal's number and 128; a fork that exits so has closed what was open.
TERMINATED = 128 + signal.SIGTERM


@dataclass(frozen=True, kw_only=True)
class Killed:
    """One kill, and what came of it after the next run."""

    where: str  # the point, or the last one that was passed before a random moment
    how: str
    scene: str
    lost: int  # documents that are missing, or are not as they would be
    doubled: int  # documents too many
    untold: int  # messages that did not come, or with other words
    told_twice: int  # messages that came twice under one key, on the channel that got most of them
    told_wrongly: int  # messages that should not have come, or two contents under one key
    differs: tuple[str, ...] = ()  # where the first documents that are not as they would be differ


@dataclass(frozen=True, kw_only=True)
class Act:
    """Where a run begins, and how all is after it when nothing happens to it."""

    name: str
    begin: Scene
    published: datetime | None
    expected: dict[str, dict[str, object]]
    told: dict[tuple[str, str], bytes]
    seconds: float


def acts(stage: Stage, player: Player) -> list[Act]:
    """The first run of an installation, and one that finds it as the first has left it and news in the feeds."""
    empty = stage.scene("empty")
    first = _act("first run", empty, BETWEEN, stage, player)
    later = stage.scene("later")
    return [first, _act("re-run", later, None, stage, player)]


def _act(name: str, begin: Scene, published: datetime | None, stage: Stage, player: Player) -> Act:
    stage.sites.now = published
    stage.set(begin)
    begun = datetime.now(UTC)
    assert player.play() == 0, f"an undisturbed {name} fails"
    seconds = (datetime.now(UTC) - begun).total_seconds()
    told = {key: bodies[0] for key, bodies in stage.told().items()}
    assert all(len(bodies) == 1 for bodies in stage.told().values()), "without kills everything is told once"
    return Act(name=name, begin=begin, published=published, expected=comparable(stage.documents()), told=told, seconds=seconds)


def at_points(stage: Stage, player: Player, cases: Iterable[tuple[str, signal.Signals, Act]]) -> Iterator[Killed]:
    for point, how, act in cases:
        stage.sites.now = act.published
        stage.set(act.begin)
        end = player.play(point=point, signal=int(how))
        assert end in (-how, TERMINATED), f"{point}: ended with {end} instead of {how.name}; passed {player.reached[-3:]}"
        assert f"{END}{point}" in player.reached
        assert player.play() == 0, f"after {how.name} at {point!r} the next run fails"
        yield _compared(point, how.name, act, stage)


def at_random(stage: Stage, player: Player, playing: Sequence[Act], kills: int, seed: int) -> Iterator[Killed]:
    """Kills at moments by seed. One that comes after the run's end does not count, and is made up for."""
    dice = random.Random(seed)
    done = 0
    while done < kills:
        act = dice.choice(playing)
        stage.sites.now = act.published
        stage.set(act.begin)
        if player.play(after=dice.uniform(0.05, act.seconds)) == 0:
            continue
        where = player.reached[-1] if player.reached else "before anything"
        assert player.play() == 0, f"after a kill behind {where!r} the next run fails"
        done += 1
        yield _compared(where, "SIGKILL", act, stage)


def two_at_once(stage: Stage, player: Player, playing: Sequence[Act], rounds: int) -> Iterator[Killed]:
    """Two runs that overlap, each having asked for the same lease before either goes on; then one that ends what is left."""
    for number in range(rounds):
        act = playing[number % len(playing)]
        stage.sites.now = act.published
        stage.set(act.begin)
        assert player.play_all(players=2) == [0, 0]
        met = sorted(line.split()[1] for line in player.reached if line.startswith("lease "))
        assert met == ["refused", "taken"], f"the runs have not met at one lease: {met}"
        assert player.play() == 0
        yield _in_any_order("two runs at once", act, stage)


def every_case(playing: Sequence[Act]) -> list[tuple[str, signal.Signals, Act]]:
    return [(point, how, act) for act in playing for how in SIGNALS for point in POINTS]


def one_pass(playing: Sequence[Act]) -> list[tuple[str, signal.Signals, Act]]:
    """Every point once, signals and runs by turns."""
    return [(point, SIGNALS[number % 2], playing[number // 2 % 2]) for number, point in enumerate(POINTS)]


def _compared(where: str, how: str, act: Act, stage: Stage) -> Killed:
    found, told = comparable(stage.documents()), stage.told()
    expected = {(kind, id_): document for kind, documents in act.expected.items() for id_, document in documents.items()}
    there = {(kind, id_): document for kind, documents in found.items() for id_, document in documents.items()}
    wrong = [key for key, document in expected.items() if there.get(key) != document]
    return Killed(
        differs=tuple(f"{kind} {id_}: {_difference(expected[kind, id_], there.get((kind, id_)))}" for kind, id_ in wrong[:3]),
        where=where,
        how=how,
        scene=act.name,
        lost=len(wrong),
        doubled=len(there.keys() - expected.keys()),
        untold=sum(key not in told or told[key][0] != body for key, body in act.told.items()),
        told_twice=max(sum(len(bodies) - 1 for (to, _), bodies in told.items() if to == channel) for channel in stage.channels),
        told_wrongly=len(told.keys() - act.told.keys()) + sum(len(set(bodies)) > 1 for bodies in told.values()),
    )


# What there is whatever came first; of the rest, as of which report of an utterance is told, the order decides.
ORDERLESS = ("articles", "entries", "sources", "statements")


def _in_any_order(where: str, act: Act, stage: Stage) -> Killed:
    """Of two runs one may decide on what is there while the other still fetches: which report of an utterance is the first to be seen, and
    what is told in one message, then differs. Nothing may be missing or there twice, and nothing told twice or not at all."""
    found, told = comparable(stage.documents()), stage.told()
    lost = [(kind, id_) for kind in ORDERLESS for id_ in act.expected[kind].keys() - found[kind].keys()]
    doubled = [(kind, id_) for kind in ORDERLESS for id_ in found[kind].keys() - act.expected[kind].keys()]
    outcomes = [id_ for id_, entry in act.expected["entries"].items() if found["entries"].get(id_, {}).get("outcome") != entry["outcome"]]
    statements: dict[str, Any] = found["statements"]
    due = {id_ for id_, it in statements.items() if it.get("decision", {}).get("outcome") == "alerted"}
    announced = Counter(it["utterance"] for id_, it in statements.items() if "new-utterance" in it.get("triggers", ()))
    rows: dict[str, Any] = {id_: row for id_, row in found["alerts"].items() if row["status"] != "suppressed"}
    untold = wrongly = 0
    for channel in stage.channels:
        in_rows = Counter(each for row in rows.values() if row["channel"] == channel for each in row["statements"])
        untold += len(due - in_rows.keys()) + sum(row["status"] != "sent" for row in rows.values() if row["channel"] == channel)
        wrongly += len(in_rows.keys() - due) + sum(number - 1 for number in in_rows.values())
    return Killed(
        where=where,
        how="-",
        scene=act.name,
        lost=len(lost) + len(outcomes),
        doubled=len(doubled) + sum(number - 1 for number in announced.values()),
        untold=untold,
        told_twice=sum(len(bodies) - 1 for bodies in told.values()),
        told_wrongly=wrongly + sum(len(set(bodies)) > 1 for bodies in told.values()),
        differs=tuple(map(str, (*lost, *doubled, *outcomes)))[:3],
    )


def _difference(one: object, other: object) -> str:
    if not isinstance(one, dict) or not isinstance(other, dict):
        return f"{one!r} is {other!r}"[:300]
    return "; ".join(
        f"{key}: {_difference(one.get(key), other.get(key))}" for key in sorted({*one, *other}) if one.get(key) != other.get(key)
    )
