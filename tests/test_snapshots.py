"""Backups on a real node: taken while it runs, put back after everything is gone."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from pipeline.connection import connect, read_mappings
from pipeline.errors import ConfigError, NotFound
from pipeline.index import KINDS, Index
from pipeline.node import Node
from pipeline.settings import Settings
from pipeline.snapshots import REPOSITORY, Snapshots, snapshots_of
from tests.conftest import ROOT, free_port


@pytest.fixture(scope="module")
def node() -> Iterator[Node]:
    """A node of its own: a snapshot's repository is one for the whole node."""
    data = Path(tempfile.mkdtemp(prefix="claimwire-snapshots-"))
    node = Node(home=ROOT / ".claimwire" / "node", port=free_port(), data=data)
    node.start()
    yield node
    node.stop()
    shutil.rmtree(data)


@pytest.fixture
def own(node: Node, settings: Settings) -> Iterator[Settings]:
    own = settings.model_copy(update={"elasticsearch_url": node.status().url, "snapshots": settings.index_prefix})
    connect(own).set_up(read_mappings(own))
    yield own
    connect(own).remove()  # first: what is still being restored ends with its indices
    with Elasticsearch(own.elasticsearch_url) as client:
        client.options(ignore_status=404).snapshot.delete_repository(name=REPOSITORY)


@pytest.fixture
def backups(own: Settings) -> Snapshots:
    return snapshots_of(own)


def quiet(_: str) -> None:
    pass


def an_entry(title: str) -> dict[str, object]:
    return {"source": "a-1", "outlet": {"id": "a"}, "title": title, "outcome": "saved", "event": {"created": "2024-01-01T00:00:00Z"}}


def titles(index: Index) -> list[str]:
    index.refresh("entries")
    return sorted(stored.source["title"] for stored in index.each("entries", {"match_all": {}}))


def test_what_was_deleted_is_back_as_it_was(own: Settings, backups: Snapshots) -> None:
    index = connect(own)
    index.create("entries", ((str(number), an_entry(f"before {number}")) for number in range(50)))
    taken = backups.take("first", quiet)
    assert (taken.state, len(taken.indices)) == ("SUCCESS", len(KINDS))
    index.create("entries", [("later", an_entry("later"))])
    backups.restore("first", instead=True, progress=quiet)
    assert titles(index) == sorted(f"before {number}" for number in range(50))
    assert index.missing() == []
    assert index.create("entries", [("1", an_entry("again")), ("new", an_entry("new"))]) == {"known": 1, "created": 1}


def test_nothing_that_is_there_is_overwritten_unasked(own: Settings, backups: Snapshots) -> None:
    index = connect(own)
    backups.take("careful", quiet)
    index.create("entries", [("later", an_entry("later"))])
    with pytest.raises(ConfigError, match=rf"{len(KINDS)} indices are there already.*--instead"):
        backups.restore("careful", instead=False, progress=quiet)
    assert titles(index) == ["later"]


def test_backups_are_listed_oldest_first_and_deleted_by_name(backups: Snapshots) -> None:
    assert backups.all() == []
    for name in ("b", "a"):
        backups.take(name, quiet)
    assert [each.name for each in backups.all()] == ["b", "a"]
    backups.delete("b")
    assert [each.name for each in backups.all()] == ["a"]


def test_a_name_is_taken_once_and_an_unknown_one_says_what_there_is(backups: Snapshots) -> None:
    backups.take("once", quiet)
    with pytest.raises(ConfigError, match="a snapshot 'once' already"):
        backups.take("once", quiet)
    with pytest.raises(ConfigError, match="cannot name a snapshot"):
        backups.take("Not A Name", quiet)
    with pytest.raises(NotFound, match="no snapshot 'other'; there are: once"):
        backups.restore("other", instead=False, progress=quiet)


def test_a_place_is_asked_for_and_one_that_elasticsearch_may_not_use_is_named(own: Settings) -> None:
    with pytest.raises(ConfigError, match="CLAIMWIRE_SNAPSHOTS: no place for snapshots"):
        snapshots_of(own.model_copy(update={"snapshots": None})).take("x", quiet)
    with pytest.raises(ConfigError, match=r"cannot keep snapshots in /proc.*path\.repo"):
        snapshots_of(own.model_copy(update={"snapshots": "/proc"})).take("x", quiet)
