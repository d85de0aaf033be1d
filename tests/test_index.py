"""The store, on a real node."""

from collections import Counter

import pytest
from elasticsearch import Elasticsearch

from pipeline.connection import connect, read_mappings
from pipeline.documents import article_document
from pipeline.errors import ConfigError, DocumentsRefused, StoreUnavailable
from pipeline.index import KINDS, LARGE, Index
from pipeline.settings import Settings, read_settings
from tests.builders import NOON, an_article
from tests.conftest import free_port
from tests.finding import searched


def an_entry(title: str = "a title", outcome: str = "saved") -> dict[str, object]:
    return {"source": "a-1", "outlet": {"id": "a"}, "title": title, "outcome": outcome, "event": {"created": "2024-01-01T00:00:00Z"}}


def test_setting_up_twice_changes_nothing(index: Index, settings: Settings) -> None:
    assert index.set_up(read_mappings(settings)) == []
    assert index.missing() == []


def test_an_index_has_a_copy_as_soon_as_another_node_can_hold_it(index: Index, settings: Settings) -> None:
    with Elasticsearch(settings.store_urls[0]) as client:
        client.indices.put_settings(index=index.alias("articles"), settings={"auto_expand_replicas": False})
        index.set_up(read_mappings(settings))
        (found,) = client.indices.get_settings(index=index.alias("articles")).values()
    assert found["settings"]["index"]["auto_expand_replicas"] == "0-1"
    assert found["settings"]["index"]["number_of_replicas"] == "0", "one node alone cannot hold a copy"


def test_what_grows_has_the_shards_of_the_settings(settings: Settings) -> None:
    made = read_mappings(settings.model_copy(update={"shards": 3}))
    assert {kind for kind, body in made.items() if body["settings"]["number_of_shards"] == 3} == LARGE


def test_of_several_nodes_another_is_asked_where_one_does_not_answer(settings: Settings, index: Index) -> None:
    gone = f"http://127.0.0.1:{free_port()}"
    both = settings.model_copy(update={"elasticsearch_url": f"{gone}, {settings.store_urls[0]}"})
    assert both.store_urls == (gone, settings.store_urls[0])
    several = connect(both)
    for _ in range(4):
        assert several.count("articles") == 0
    with pytest.raises(StoreUnavailable):
        connect(settings.model_copy(update={"elasticsearch_url": gone})).count("articles")


def test_a_new_field_is_added_and_a_changed_type_is_a_clear_error(index: Index, settings: Settings) -> None:
    mappings = read_mappings(settings)
    mappings["entries"]["mappings"]["properties"]["mood"] = {"type": "keyword"}
    assert index.set_up(mappings) == []
    index.create("entries", [("1", an_entry() | {"mood": "calm"})])
    mappings["entries"]["mappings"]["properties"]["mood"] = {"type": "date"}
    with pytest.raises(ConfigError, match=r"entries\.json.*mood"):
        index.set_up(mappings)


def test_creating_twice_keeps_the_first(index: Index) -> None:
    assert index.create("entries", [("1", an_entry("first"))]) == Counter(created=1)
    assert index.create("entries", [("1", an_entry("second")), ("2", an_entry())]) == Counter(created=1, known=1)
    assert index.get("entries", ["1", "2", "3"])["1"].source["title"] == "first"


def test_a_change_that_somebody_else_overtook_is_not_made(index: Index) -> None:
    index.create("entries", [("1", an_entry("first"))])
    seen = index.get("entries", ["1"])["1"]
    assert index.change("entries", [(seen, {"title": "mine"})]) == Counter(updated=1)
    assert index.change("entries", [(seen, {"title": "late"})]) == Counter(overtaken=1)
    assert index.get("entries", ["1"])["1"].source["title"] == "mine"


def test_a_field_outside_the_mapping_is_refused_loudly(index: Index) -> None:
    with pytest.raises(DocumentsRefused, match="strict_dynamic_mapping_exception"):
        index.create("entries", [("1", an_entry() | {"mood": "calm"})])


def test_a_walk_sees_all_pages_in_order(index: Index) -> None:
    index.create("entries", ((str(number), an_entry(f"{number:03}", "saved" if number % 2 else "known")) for number in range(45)))
    index.refresh("entries")
    walked = [stored.id for stored in index.each("entries", {"term": {"outcome": "saved"}}, page=7)]
    assert sorted(map(int, walked)) == list(range(1, 45, 2))
    assert index.count("entries") == 45
    assert index.terms("entries", "outcome") == {"known": 23, "saved": 22}


def test_a_walk_that_is_left_early_closes_its_point_in_time(index: Index) -> None:
    index.create("entries", ((str(number), an_entry()) for number in range(5)))
    index.refresh("entries")
    walk = index.each("entries", {"match_all": {}}, page=2)
    next(walk)
    walk.close()  # type: ignore[attr-defined]  # a generator
    assert index.count("entries") == 5


def test_removing_takes_only_its_own_prefix(index: Index, settings: Settings) -> None:
    other = connect(settings.model_copy(update={"index_prefix": settings.index_prefix + "-other"}))
    other.set_up(read_mappings(settings))
    try:
        index.remove()
        assert index.missing()
        assert other.missing() == []
    finally:
        other.remove()


def test_a_node_that_is_away_is_a_clear_error(settings: Settings) -> None:
    away = connect(settings.model_copy(update={"elasticsearch_url": f"http://127.0.0.1:{free_port()}"}))
    with pytest.raises(StoreUnavailable, match="does not answer"):
        away.version()
    with pytest.raises(StoreUnavailable):
        away.create("entries", [("1", an_entry())])


def test_an_index_that_was_not_set_up_says_what_to_type(settings: Settings) -> None:
    with pytest.raises(ConfigError, match="claimwire setup"):
        connect(settings).count("entries")


def test_ids_are_found_by_their_beginning_and_the_latest_come_first(index: Index) -> None:
    days = {"abc1": "2024-01-01T00:00:00Z", "abc2": "2024-01-03T00:00:00Z", "b": "2024-01-02T00:00:00Z"}
    index.create("entries", [(id_, an_entry() | {"event": {"created": day}}) for id_, day in days.items()])
    index.refresh("entries")
    assert sorted(index.beginning("entries", "abc")) == ["abc1", "abc2"]
    assert [hit.id for hit in index.latest("entries", {"match_all": {}}, by="event.created", size=2)] == ["abc2", "b"]


def test_a_change_that_must_not_be_lost_raises_where_somebody_else_was_quicker(index: Index) -> None:
    index.create("entries", [("1", an_entry())])
    read = index.get("entries", ["1"])["1"]
    index.change_all("entries", [(read, {"title": "theirs"})])
    with pytest.raises(StoreUnavailable, match="1 of 1 entries were changed by somebody else"):
        index.change_all("entries", [(read, {"title": "ours"})])
    assert index.get("entries", ["1"])["1"].source["title"] == "theirs"


SAID = {
    "ru": ("Песков отверг обвинения", "Россия не получала иранских беспилотников, заявил пресс-секретарь."),
    "fa": ("کنعانی ادعاها را رد کرد", "سخنگوی وزارت خارجه گفت ایران پهپادهایی به روسیه نداده است."),
    "ar": ("كنعاني ينفي الاتهامات", "قال المتحدث إن إيران لم تسلم روسيا طائرات مسيّرة."),
    "en": ("Kanaani rejects the claims", "Iran's spokesman said no drones had been delivered."),
}


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("беспилотник", "ru"),  # its stem
        ("обвинение", "ru"),  # of the title
        ("پهپاد", "fa"),
        ("كنعاني", "fa"),  # Arabic letters for Persian ones
        ("اتهام", "ar"),
        ("الطائرات المسيرة", "ar"),  # the article, and no diacritics
        ("drone delivers", "en"),
    ],
)
def test_words_are_found_in_their_languages_other_forms(words: str, found: str, index: Index) -> None:
    articles = [
        (language * 20, article_document(an_article(language=language, title=title, text=text), NOON))
        for language, (title, text) in SAID.items()
    ]
    index.create("articles", articles)
    index.refresh("articles")
    hits = {stored.source["language"]: fragments for stored, fragments in searched("articles", words, index, read_settings())}
    assert found in hits
    assert all("«" in fragment for fragment in hits[found])


def test_what_is_found_is_shown_in_the_text(index: Index) -> None:
    title, text = SAID["ru"]
    index.create("articles", [("1", article_document(an_article(language="ru", title=title, text=text), NOON))])
    index.refresh("articles")
    ((_, (fragment,)),) = searched("articles", "получать беспилотник", index, read_settings())
    assert "«получала» иранских «беспилотников»" in fragment


def test_a_topic_has_indices_of_its_own_and_removing_it_leaves_those_of_another(settings: Settings, index: Index) -> None:
    longer = connect(settings.of(f"{settings.topic}-articles"))  # its name goes on where an index of the first ends
    assert index.alias("articles") == f"{settings.index_prefix}-{settings.topic}-articles"
    try:
        longer.set_up(read_mappings(settings))
        longer.create("leases", [("mine", {})])
        index.remove()
        longer.refresh()
        assert longer.count("leases") == 1
        assert index.missing() == [index.alias(kind) for kind in KINDS]
    finally:
        longer.remove()
    assert longer.missing() == [longer.alias(kind) for kind in KINDS]
