"""Lists of addresses, the whole way: each line ends in one outcome, whosever it is."""

from pathlib import Path

import pytest

from pipeline import run
from pipeline.errors import ConfigError
from tests.newsstand import HOST, HOUR, NOW, Newsstand, a_feed, a_story, an_item, stand

__all__ = ["stand"]


@pytest.fixture
def addresses(tmp_path: Path) -> Path:
    file = tmp_path / "addresses.txt"
    file.write_text(f"# from the archive\n{HOST}/1\n\n{HOST}/1\n  {HOST}/2  \nhttp://stranger.example/3\nIran denies\n", encoding="utf-8")
    return file


def test_each_address_of_a_list_ends_in_one_outcome_and_is_not_followed_again(stand: Newsstand, addresses: Path) -> None:
    stand.pages |= {f"{HOST}/1": a_story(1)}
    counts = run.run_addresses(stand.at(NOW), addresses)
    assert counts == {"addresses": 4, "saved": 1, "rejected": 2, "unknown-outlet": 1}
    assert set(stand.ends().values()) == {"saved", "rejected", "unknown-outlet"}
    assert [it["intake"] for it in stand.all("articles")] == ["live"]
    assert run.run_addresses(stand.at(NOW + HOUR), addresses) == {"addresses": 4, "seen-before": 4}
    assert len(stand.asked(f"{HOST}/1")) == 1


def test_a_back_fill_is_marked_and_a_paused_outlet_followed_by_hand(stand: Newsstand, addresses: Path) -> None:
    stand.outlets({"paused": {"why": "a wall", "since": "2023-01-01"}, "feeds": [{"url": f"{HOST}/rss"}]})
    stand.pages |= {f"{HOST}/1": a_story(1), f"{HOST}/2": a_story(2)}
    assert run.run_addresses(stand.at(NOW), addresses, backfill=True)["saved"] == 2
    assert {it["intake"] for it in stand.all("articles")} == {"backfill"}


def test_what_a_list_has_brought_a_feed_brings_no_more(stand: Newsstand, addresses: Path) -> None:
    stand.pages |= {f"{HOST}/1": a_story(1), f"{HOST}/2": a_story(2), f"{HOST}/rss": a_feed(an_item("/1"), an_item("/2"))}
    assert run.run_addresses(stand.at(NOW), addresses)["saved"] == 2
    assert "saved" not in stand.collect(NOW + HOUR)
    assert len(stand.all("articles")) == 2


def test_a_list_that_is_not_there_is_named(stand: Newsstand, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="not a list of addresses"):
        run.run_addresses(stand.at(NOW), tmp_path / "none.txt")
