"""Thousands of damaged feeds, by a fixed seed, through the parser in its killable children: each has an outcome, none escapes."""

import os
from collections import Counter
from collections.abc import Iterator
from itertools import islice

import pytest

from pipeline.errors import Rejected, Unavailable
from pipeline.parsers import ParserFailed, Parsers
from tests.mutants import SEEDS, Mutant, mutant, outcome, outcomes

# As many as a minute of one core is good for; CLAIMWIRE_TEST_MUTANTS asks for more.
MUTANTS = int(os.environ.get("CLAIMWIRE_TEST_MUTANTS", "5000"))
# So many share a child. One that holds it up costs the others nothing but another try, one by one.
BATCH = 250
BATCH_SECONDS, FEED_SECONDS = 20.0, 3.0


@pytest.fixture
def parsers() -> Iterator[Parsers]:
    with Parsers() as parsers:
        yield parsers


def one_by_one(seed: int, parsers: Parsers) -> str:
    """As the pipeline does it: what cannot be parsed in time is an outcome of its own."""
    try:
        return parsers.call(outcome, mutant(seed), seconds=FEED_SECONDS)
    except ParserFailed as error:
        return "killed" if error.reason.startswith(("timed out", "ran out of memory", "crashed")) else f"escaped: {error.reason}"


def test_the_seeds_themselves_are_read_whole() -> None:
    kinds = [outcome(Mutant(0, body, content_type, kind, links)) for body, content_type, kind, links in SEEDS]
    assert kinds == ["entries"] * 7 + ["nothing"] + ["entries"] * 4  # an index of sitemaps has children instead


def test_a_mutant_is_the_same_whenever_it_is_made() -> None:
    assert [mutant(seed) for seed in range(50)] == [mutant(seed) for seed in range(50)]


def test_every_mutant_has_an_outcome_and_none_escapes(parsers: Parsers) -> None:
    ended: dict[int, str] = {}
    numbers = iter(range(MUTANTS))
    while batch := list(islice(numbers, BATCH)):
        try:
            ended |= dict(zip(batch, parsers.call(outcomes, batch, seconds=BATCH_SECONDS), strict=True))
        except (ParserFailed, Rejected, Unavailable):
            ended |= {seed: one_by_one(seed, parsers) for seed in batch}
    counts = Counter(word.partition(":")[0] for word in ended.values())
    assert {seed: word for seed, word in ended.items() if word.startswith(("escaped", "unclean"))} == {}
    assert counts.total() == MUTANTS
    assert set(counts) <= {"entries", "nothing", "rejected", "unavailable", "killed"}
    assert counts["killed"] <= MUTANTS // 500
    assert counts["entries"] > MUTANTS // 4  # damaged is not lost
    assert counts["rejected"] > MUTANTS // 20
