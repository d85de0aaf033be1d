"""Indices of an earlier version, moved to this version's mappings on a real node."""

import copy
import os
from collections import Counter
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from pipeline.connection import read_mappings
from pipeline.documents import article_document
from pipeline.errors import ConfigError, StoreUnavailable
from pipeline.index import Index, Kind
from pipeline.settings import Settings
from pipeline.upgrade import Upgrade
from tests.builders import NOON, an_article
from tests.conftest import URL

Mappings = dict[Kind, Any]


def quiet(_: str) -> None:
    pass


@pytest.fixture
def client() -> Elasticsearch:
    return Elasticsearch(os.environ[URL])


@pytest.fixture
def now(settings: Settings) -> Mappings:
    return read_mappings(settings)


@pytest.fixture
def before(now: Mappings) -> Mappings:
    """As it might have been a version ago: other types, and a field fewer."""
    mappings = copy.deepcopy(now)
    fields = mappings["articles"]["mappings"]["properties"]
    fields["language"] = {"type": "text"}
    del fields["title_fa"]
    del mappings["entries"]["mappings"]["properties"]["title"]
    return mappings


@pytest.fixture
def index(settings: Settings, before: Mappings, client: Elasticsearch) -> Any:
    index = Index(client, settings.index_prefix)
    index.set_up(before)
    yield index
    index.remove()


def articles(number: int) -> list[tuple[str, Any]]:
    return [(f"{place:040x}", article_document(an_article(id=f"{place:040x}", title=f"No {place}"), NOON)) for place in range(number)]


def stored(index: Index) -> dict[str, Any]:
    index.refresh("articles")
    return {each.id: each.source for each in index.each("articles", {"match_all": {}})}


def test_what_has_changed_its_type_is_copied_and_the_rest_only_gets_its_new_fields(
    index: Index, client: Elasticsearch, now: Mappings
) -> None:
    index.create("articles", articles(1234))
    wanted = stored(index)
    upgrade = Upgrade(client, index, now)
    assert upgrade.needed() == ["articles"]
    lines: list[str] = []
    moved = upgrade.move("articles", lines.append)
    assert (moved.old[-6:], moved.new[-6:], moved.documents) == ("000001", "000002", 1234)
    assert lines == ["articles: 1234 of 1234"]
    assert stored(index) == wanted
    assert index.terms("articles", "language") == {"en": 1234}
    assert index.create("articles", articles(1235)) == Counter(known=1234, created=1)
    assert index.create("entries", [("1", {"title": "new", "event": {"created": "2024-01-01T00:00:00Z"}})]) == Counter(created=1)
    assert upgrade.needed() == []


def test_the_old_index_stays_until_it_is_dropped(index: Index, client: Elasticsearch, now: Mappings) -> None:
    upgrade = Upgrade(client, index, now)
    old = upgrade.move("articles", quiet).old
    assert upgrade.left() == [old]
    upgrade.drop([old])
    assert upgrade.left() == []
    assert stored(index) == {}


def test_a_copy_that_was_broken_off_goes_on(index: Index, client: Elasticsearch, now: Mappings) -> None:
    index.create("articles", articles(30))
    wanted = stored(index)

    def break_off(_: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Upgrade(client, index, now).move("articles", break_off)
    with pytest.raises(StoreUnavailable, match=r"takes no writes|did not take"):
        index.create("articles", articles(31))
    again = Upgrade(client, index, now)
    assert again.needed() == ["articles"]
    assert again.move("articles", quiet).documents == 30
    assert stored(index) == wanted
    assert index.create("articles", articles(31)) == Counter(known=30, created=1)


def test_documents_that_do_not_fit_are_named_and_nothing_is_changed(index: Index, client: Elasticsearch, now: Mappings) -> None:
    index.create("articles", articles(12))
    wanted = stored(index)
    now["articles"]["mappings"]["properties"]["title"] = {"type": "date"}
    with pytest.raises(ConfigError, match=r"articles\.json: 12 documents do not fit.*and 7 more.*Nothing was changed"):
        Upgrade(client, index, now).move("articles", quiet)
    assert stored(index) == wanted
    assert index.create("articles", articles(13)) == Counter(known=12, created=1)


def test_before_there_is_anything_it_says_what_to_do_first(settings: Settings, client: Elasticsearch, now: Mappings) -> None:
    with pytest.raises(ConfigError, match="claimwire setup"):
        Upgrade(client, Index(client, settings.index_prefix), now).needed()
