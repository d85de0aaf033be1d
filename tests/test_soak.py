"""Minutes of publishing, editing, deleting, failing, restarting and killing: in the end the index has what was published, once."""

import os
from pathlib import Path

from tests.proofs.outage import outage
from tests.proofs.soak import CONNECTIONS, soak

# `make soak` takes twenty minutes.
SECONDS = float(os.environ.get("CLAIMWIRE_TEST_SOAK", "120"))
# `make prove`: a minute and ten minutes, in which 500 articles arrive.
AWAY_SECONDS, ARTICLES = 10.0, 25


def test_after_minutes_of_trouble_the_index_has_what_was_published_and_everybody_was_told(tmp_path: Path) -> None:
    ended = soak(tmp_path, SECONDS, seed=1, progress=print)
    print(ended)
    assert (ended.lost, ended.doubled, ended.unread, ended.untold) == (0, 0, 0, 0), ended
    assert min(ended.troubles.get(each, 0) for each in ("kills", "bulk faults", "passes without the node", "restarts of the node")) > 0
    assert ended.files[1] <= ended.files[0] + CONNECTIONS
    assert ended.published > 20


def test_what_arrives_while_the_node_is_away_is_there_once_when_it_is_back(tmp_path: Path) -> None:
    ended = outage(tmp_path, AWAY_SECONDS, ARTICLES, progress=print)
    print(ended)
    assert ended.arrived > ARTICLES
    assert (ended.lost, ended.doubled) == (0, 0), ended
