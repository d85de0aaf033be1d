"""An article that cannot be read holds up nothing else, and is not lost."""

from collections.abc import Callable
from datetime import timedelta
from types import MappingProxyType

import pytest

from pipeline import quarantine, unread
from pipeline.documents import article_document
from pipeline.errors import NotFound
from pipeline.index import Index
from pipeline.model import Article, Findings
from pipeline.origins import Agencies
from tests.builders import NOON, an_article, findings

GOOD, BAD = "a" * 40, "b" * 40


@pytest.fixture
def stored(index: Index) -> None:
    texts = {GOOD: "Tehran rejected the report on Monday. Nobody else had seen it.", BAD: "What stands here nobody can read."}
    index.create("articles", [(id_, article_document(an_article(id=id_, text=text), NOON)) for id_, text in texts.items()])


def desk(index: Index, read: Callable[[Article], Findings], after: int = 0) -> unread.Desk:
    return unread.Desk(
        index=index,
        reader=AReader,
        read=lambda article, _: read(article),
        agencies=Agencies(()),
        clock=lambda: NOON + timedelta(hours=after),
    )


class AReader:
    digest = "digest"
    cameo = MappingProxyType({"denial": "016"})


def fails_on_one(article: Article) -> Findings:
    if article.id == BAD:
        raise RecursionError("maximum depth")
    return findings()


def well(_: Article) -> Findings:
    return findings()


def run(index: Index, read: Callable[[Article], Findings], after: int = 0) -> dict[str, int]:
    index.refresh("articles")
    return dict(+unread.read_unread(desk(index, read, after), lambda _: None))


def test_what_fails_three_times_is_set_aside_and_the_others_are_read(index: Index, stored: None) -> None:
    assert run(index, fails_on_one) == {"articles": 1, "failed": 1}
    assert run(index, fails_on_one, 1) == {"failed": 1}
    assert "set_aside" not in quarantine.listed(index)[0].source
    assert run(index, fails_on_one, 2) == {"failed": 1}
    assert run(index, fails_on_one, 3) == {}
    (kept,) = quarantine.listed(index)
    assert (kept.source["attempts"], kept.source["set_aside"][:13], kept.source["event"]["created"][:13]) == (
        3,
        "2022-12-18T14",
        "2022-12-18T12",
    )
    assert kept.source["error"]["type"] == "RecursionError"
    assert "fails_on_one" in kept.source["error"]["stack_trace"]


def test_what_is_read_after_all_is_listed_no_more(index: Index, stored: None) -> None:
    run(index, fails_on_one)
    assert len(quarantine.listed(index)) == 1
    assert run(index, well, 1) == {"articles": 1}
    assert quarantine.listed(index) == []


def test_what_was_set_aside_is_tried_again_when_somebody_says_so(index: Index, stored: None) -> None:
    for hour in range(4):
        run(index, fails_on_one, hour)
    assert quarantine.retry([quarantine.one("bbbb", index)], index) == 1
    assert run(index, well, 5) == {"articles": 1}
    assert quarantine.listed(index) == []


def test_what_is_given_up_stays_unread_and_is_not_tried(index: Index, stored: None) -> None:
    for hour in range(4):
        run(index, fails_on_one, hour)
    assert quarantine.drop(quarantine.listed(index), index) == 1
    assert quarantine.listed(index) == []
    assert run(index, well, 5) == {}


def test_an_unknown_id_says_where_to_look(index: Index) -> None:
    with pytest.raises(NotFound, match="claimwire quarantine list"):
        quarantine.one("cccc", index)
