"""Searching as the command does, for tests that look at documents."""

from pipeline.documents import Stored
from pipeline.index import Index, Kind
from pipeline.queries import ARTICLES, STATEMENTS, asked
from pipeline.searching import names_of
from pipeline.settings import Settings


def searched(kind: Kind, words: str, index: Index, settings: Settings) -> list[tuple[Stored, list[str]]]:
    """The best twenty hits of a kind, each with its fragments."""
    query = asked(words, names_of(settings), STATEMENTS if kind == "statements" else ARTICLES).query
    return index.search(kind, query, size=20, by_time=None, marks=("«", "»"), fields={"text*": 1, "title*": 1})[1]
