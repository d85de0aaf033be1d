"""The whole pipeline, killed at each of its points and at random moments, on a real node: nothing lost, nothing twice."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.index import Index
from pipeline.samples import SampleSites
from tests.conftest import URL
from tests.proofs import kills
from tests.proofs.stage import Player, Stage
from tests.receivers import webhook_receiver

# Of the sample outlets one, so that a run takes a few seconds; `make prove` has all.
OUTLETS = ("caspian-courier",)
RANDOM_KILLS = 8
ROUNDS = 3


@pytest.fixture
def stage(index: Index, tmp_path: Path) -> Iterator[Stage]:
    with SampleSites() as sites, webhook_receiver() as one, webhook_receiver() as other:
        made = Stage(index=index, folder=tmp_path, channels={"webhook": one, "desk": other}, sites=sites, url=os.environ[URL])
        made.outlets(OUTLETS)
        yield made


def test_killed_anywhere_nothing_is_lost_and_nothing_is_there_twice(stage: Stage) -> None:
    with Player(stage) as player:
        playing = kills.acts(stage, player)
        assert all(act.told for act in playing)
        ended = list(kills.at_points(stage, player, kills.one_pass(playing)))
        ended += kills.at_random(stage, player, playing, RANDOM_KILLS, seed=1)
    assert len(ended) == len(kills.POINTS) + RANDOM_KILLS
    for each in ended:
        assert (each.lost, each.doubled, each.untold, each.told_wrongly) == (0, 0, 0, 0), each
        assert each.told_twice <= 1, each


def test_two_runs_at_once_do_what_one_does(stage: Stage) -> None:
    with Player(stage) as player:
        playing = kills.acts(stage, player)
        for each in kills.two_at_once(stage, player, playing, ROUNDS):
            assert (each.lost, each.doubled, each.untold, each.told_twice, each.told_wrongly) == (0, 0, 0, 0, 0), each
