"""Files by name, on this disk or in a store of objects; what is kept while Elasticsearch is away lies there too."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import fsspec
import pytest

from pipeline.answers import Page
from pipeline.model import Validators
from pipeline.shelf import Shelf
from pipeline.spool import Spool

NOW = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.fixture(params=["disk", "file://", "objects"])
def base(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param != "objects":
        yield f"{'' if request.param == 'disk' else 'file://'}{tmp_path / 'shelf'}"
        return
    address = f"memory://shelf-{uuid.uuid4().hex}"
    yield address
    fsspec.filesystem("memory").store.clear()


def test_a_file_is_there_whole_under_its_name_until_it_is_taken_away(base: str) -> None:
    shelf = Shelf(base)
    assert shelf.read("a/one.txt") is None
    shelf.write("a/one.txt", b"1")
    shelf.write("a/one.txt", b"one")
    shelf.write("a/b/two.txt", b"two")
    assert Shelf(base).read("a/one.txt") == b"one"
    assert shelf.below("a").read("b/two.txt") == b"two"
    assert (shelf.names("a/*.txt"), shelf.names("*/*/*")) == (["a/one.txt"], ["a/b/two.txt"])
    assert shelf.bytes() == 6
    shelf.remove("a/b")
    shelf.remove("a/b")
    assert shelf.read("a/b/two.txt") is None
    assert shelf.bytes() == 3


def test_nothing_has_been_kept_on_a_shelf_that_is_not_there_yet(base: str) -> None:
    spool = Spool(Shelf(base), 100, lambda: NOW)
    spool.clean()
    assert (spool.state("a"), spool.sources(), spool.waiting("a"), spool.bytes, spool.summary()) == ({}, [], [], 0, (0, None))


def a_page(url: str) -> Page:
    return Page(url=url, asked=url, headers={"content-type": "text/html"}, body=b"words", fetched_at=NOW, validators=Validators())


def test_what_one_worker_has_kept_another_one_writes(base: str) -> None:
    one, other = (Spool(Shelf(base), 100, lambda: NOW) for _ in range(2))
    for number in range(2):
        writing = one.begin("source")
        writing.add("https://outlet.example/", a_page(f"https://outlet.example/{number}"))
        assert len(other.waiting("source")) == number, "what is not whole is read"
        writing.done()
    one.remember("source", {"shown": ["x"]})
    assert other.is_full
    assert (other.sources(), other.state("source"), other.summary()) == (["source"], {"shown": ["x"]}, (2, NOW))
    for number, poll in enumerate(other.waiting("source")):
        (exchange,) = poll.exchanges
        assert exchange.page is not None
        assert poll.page(exchange.page).url == f"https://outlet.example/{number}"
        other.drop(poll)
    assert (one.summary(), one.bytes) == ((0, None), 0)


def test_what_a_crash_left_half_kept_goes_after_hours_and_what_others_lay_there_stays(base: str) -> None:
    shelf = Shelf(base)
    spool = Spool(shelf, 100, lambda: NOW)
    for name in (f"{1_000_000_000:020}-a", "somebody's"):
        shelf.write(f"polls/source/{name}/2024-01-01/part.warc.gz", b"half")
    begun = spool.begin("source")
    begun.add("https://outlet.example/", a_page("https://outlet.example/1"))
    whole = spool.begin("source")
    whole.add("https://outlet.example/", a_page("https://outlet.example/2"))
    whole.done()
    spool.clean()
    there = {name.split("/")[2] for name in shelf.names("polls/source/*/*/*")}
    assert there == {"somebody's", begun.name.split("/")[2], whole.name.split("/")[2]}
