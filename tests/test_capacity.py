"""The queueing model against what can be reckoned by hand."""

import pytest

from tests.capacity.model import CYCLE, Costs, Load, Machine, Shape

COSTS = Costs(task=1.0, opening=4.0, feed=0.01, page=0.02, article=0.05, reading=0.1, alert=0.01, answer=0.0)
LOAD = Load(outlets=10, feeds=20, pages_a_day=14_400, on_topic=0.1, statements=8.0)
ONE_CORE = Shape(cores=1, fetch=1, groups=1, at_once=1, host_delay=0.0)
PAGES = 100
# plan, collect, enrich, alert; the feeds, the pages, the reader, its articles and their statements
BY_HAND = 4 * 1.0 + 20 * 0.01 + 90 * 0.02 + 10 * 0.05 + 4.0 + 10 * 0.1 + 10 * 8 * 0.01


def test_one_core_takes_the_sum_of_all_work() -> None:
    assert Machine(COSTS, LOAD, ONE_CORE).once(PAGES) == pytest.approx(BY_HAND)


def test_pauses_are_waited_for_and_hold_no_core() -> None:
    machine = Machine(COSTS, LOAD, Shape(cores=1, fetch=1, groups=1, at_once=1, host_delay=1.0))
    assert machine.once(PAGES) == pytest.approx(BY_HAND + (20 + PAGES - 10) * 1.0)
    assert machine.day.busy == pytest.approx(BY_HAND)


def test_more_cores_shorten_a_run_down_to_what_only_one_does() -> None:
    runs = [Machine(COSTS, LOAD, Shape(cores=cores, fetch=8, groups=8, at_once=4, host_delay=0.0)).once(PAGES) for cores in (1, 2, 4, 64)]
    assert runs == sorted(runs, reverse=True)
    alone = 3 * 1.0 + 4.0 + 10 * 0.1 + 80 * 0.01  # plan, enrich and alert run on one core each
    assert runs[-1] > alone
    assert runs[0] == pytest.approx(BY_HAND + 7 * 1.0)  # the same work, and seven tasks more


def test_a_load_that_is_too_much_shows() -> None:
    light = Machine(COSTS, LOAD, ONE_CORE).run(6 * CYCLE)
    assert max(light.runs) < CYCLE
    heavy = Machine(COSTS, Load(outlets=10, feeds=20, pages_a_day=5_000_000, on_topic=0.1), ONE_CORE).run(60 * CYCLE)
    assert max(heavy.runs) > CYCLE
    assert light.share(ONE_CORE, 6 * CYCLE) < heavy.share(ONE_CORE, 60 * CYCLE) <= 1.001


def test_latency_is_that_of_articles_that_wait_for_the_next_run() -> None:
    half, most = Machine(COSTS, LOAD, ONE_CORE).run(20 * CYCLE).latency()
    run = Machine(COSTS, LOAD, ONE_CORE).once(PAGES)
    assert CYCLE / 2 < half < CYCLE / 2 + 2 * run + 60
    assert half < most < CYCLE + 2 * run
