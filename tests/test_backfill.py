"""Articles out of archives, on a real node: as many as there are, each once, whatever befalls the run."""

import json
import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline import run
from pipeline.backfill import loading, running
from pipeline.backfill.inputs import inputs_of
from pipeline.backfill.loading import Progress, archive_id
from pipeline.cli import app
from pipeline.errors import StoreUnavailable
from pipeline.index import Index
from pipeline.lease import lease
from pipeline.settings import Settings
from tests.archived import Made, a_list, a_page, a_wacz, a_warc, garbled_pages, other_story, sample_stories
from tests.conftest import SITES
from tests.test_backfill_gate import is_on_topic

RNG = random.Random(3)
OTHERS = [a_page(RNG, other_story(RNG, ["quay", "tide", "gull"]), f"https://port.example/{at}", size=2_000) for at in range(40)]


def sample_pages() -> list[Made]:
    """The pages of the sample outlets under their own addresses, of each its first version."""
    known = {line["id"]: line for line in map(json.loads, (SITES / "meta.jsonl").read_text().splitlines())}
    files = {known[file.stem]["url"]: file for file in sorted(SITES.glob("*.html")) if file.stem in known}
    return [Made(url=url, body=file.read_bytes(), content_type="text/html", how=file.stem) for url, file in files.items()]


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """A folder with archives of all kinds: pages of the sample outlets among others."""
    pages = sample_pages()
    folder = tmp_path / "archives"
    folder.mkdir()
    RNG.shuffle(pages)
    third = len(pages) // 3
    (folder / "a.warc.gz").write_bytes(a_warc([*OTHERS[:20], *pages[:third], *OTHERS[20:]]))
    (folder / "b.jsonl").write_bytes(a_list(pages[third : 2 * third]))
    a_wacz(folder / "c.wacz", {"data.warc.gz": a_warc(pages[2 * third :])})
    return folder


def backfill(settings: Settings, folder: Path, **how: object) -> dict[str, int]:
    told: list[Progress] = []
    return dict(running.backfill(inputs_of(str(folder)), settings, told.append, **how))  # type: ignore[arg-type]  # its own


def articles(index: Index) -> dict[str, str]:
    index.refresh()
    return {stored.source["url"]["full"]: stored.source["text"] for stored in index.each("articles", {"match_all": {}})}


def everything(index: Index) -> dict[str, dict[str, dict[str, object]]]:
    """Articles and statements, without when they were written."""
    index.refresh()
    return {
        kind: {
            stored.id: {key: value for key, value in stored.source.items() if key not in {"event", "read", "archive", "versions"}}
            for stored in index.each(kind, {"match_all": {}})
        }
        for kind in ("articles", "statements")
    }


def test_the_articles_of_archives_are_those_of_the_web(sample_settings: Settings, index: Index, mixed: Path) -> None:
    counts = backfill(sample_settings, mixed)
    on_topic = {page.url for page in sample_pages() if is_on_topic(page)}
    assert counts["records"] >= counts["pages"] == len(sample_pages()) + len(OTHERS)
    assert counts["gated"] >= len(OTHERS)
    found = articles(index)
    assert len(found) == counts["saved"] == counts["articles"]
    entries = {stored.source["url"]["original"]: stored.source for stored in index.each("entries", {"match_all": {}})}
    assert {entries[url]["outcome"] for url in on_topic} <= {"saved", "known"}
    assert index.count("statements") == counts["statements"] > 100
    for stored in index.each("articles", {"match_all": {}}):
        assert stored.source["intake"] == "backfill"
        assert "read" in stored.source
    alerted = run.run_alert(sample_settings)
    assert index.count("alerts") == 0, alerted


def test_a_second_run_and_one_from_the_start_change_nothing(sample_settings: Settings, index: Index, mixed: Path) -> None:
    first = backfill(sample_settings, mixed)
    there = everything(index)
    assert backfill(sample_settings, mixed) == first
    again = backfill(sample_settings, mixed, again=True)
    assert again.get("saved", 0) == 0
    assert again["records"] == first["records"]
    assert everything(index) == there


def test_two_processes_do_what_one_does(
    sample_settings: Settings, index: Index, mixed: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    backfill(sample_settings, mixed)
    there = everything(index)
    index.remove()
    run.set_up(sample_settings)
    backfill(sample_settings, mixed, processes=2)
    assert everything(index)["articles"].keys() == there["articles"].keys()
    assert everything(index)["statements"].keys() == there["statements"].keys()


def test_the_order_of_archives_does_not_matter(sample_settings: Settings, index: Index, mixed: Path) -> None:
    backfill(sample_settings, mixed)
    there = everything(index)
    index.remove()
    run.set_up(sample_settings)
    for file in sorted(mixed.iterdir(), reverse=True):
        backfill(sample_settings, file)
    assert everything(index)["articles"].keys() == there["articles"].keys()
    assert {it["text"] for it in everything(index)["articles"].values()} == {it["text"] for it in there["articles"].values()}
    assert everything(index)["statements"].keys() == there["statements"].keys()


@pytest.mark.parametrize("seed", range(3))
def test_a_run_that_is_broken_off_anywhere_goes_on(
    sample_settings: Settings, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    rng = random.Random(seed)
    pages = [*list(garbled_pages(seed, 30, sample_stories(), size=2_000)), *OTHERS]
    rng.shuffle(pages)
    file = tmp_path / "news.warc.gz"
    file.write_bytes(a_warc(pages))
    monkeypatch.setattr(loading, "BATCH", 4)
    whole, left = loading._followed, rng.randint(0, 3)

    def breaks(pages: Sequence[Made], loader: loading.Loader) -> object:
        nonlocal left
        left -= 1
        if left < 0:
            done = whole(pages, loader) if rng.random() < 0.5 else None  # before what it did is noted, or before it did it
            raise StoreUnavailable(f"broken off, {done}")
        return whole(pages, loader)

    monkeypatch.setattr(loading, "_followed", breaks)
    with pytest.raises(StoreUnavailable, match="broken off"):
        backfill(sample_settings, file)
    monkeypatch.setattr(loading, "_followed", whole)
    counts = backfill(sample_settings, file)
    assert counts["records"] == len(pages) + 1  # each counted once, whatever was done twice
    broken = everything(index)
    index.remove()
    run.set_up(sample_settings)
    backfill(sample_settings, file)
    assert everything(index) == broken


def test_outlets_that_are_no_sources_are_taken_by_their_domains_or_left_out(
    sample_settings: Settings, index: Index, tmp_path: Path
) -> None:
    url = "https://www.evening.stranger-gazette.co.uk/1"
    pages = (a_page(random.Random(1), story, url) for story in sample_stories() if story.language == "en")
    file = tmp_path / "news.warc.gz"
    file.write_bytes(a_warc([next(filter(is_on_topic, pages))]))
    assert backfill(sample_settings, file, strangers=False) == {"records": 2, "other-record": 1, "pages": 1, "unlisted": 1}
    assert backfill(sample_settings, file, again=True)["saved"] == 1
    (outlet,) = (stored.source["outlet"] for stored in index.each("articles", {"match_all": {}}))
    assert (outlet["id"], outlet["name"]) == ("stranger-gazette-co-uk", "stranger-gazette.co.uk")
    assert "ownership" not in outlet


def test_an_archive_that_another_run_is_at_is_left_to_it(sample_settings: Settings, index: Index, mixed: Path) -> None:
    source = inputs_of(str(mixed / "a.warc.gz"))[0]
    with lease(index, f"archive {archive_id(source)}"):
        assert backfill(sample_settings, mixed / "a.warc.gz") == {"busy": 1}
    assert backfill(sample_settings, mixed / "a.warc.gz")["records"] > 0


def test_what_was_forgotten_does_not_come_in_by_an_archive(sample_settings: Settings, index: Index, mixed: Path) -> None:
    from pipeline import forgotten  # noqa: PLC0415  # what the test is about

    page = next(page for page in sample_pages() if is_on_topic(page))
    wish = forgotten.Wish(by="a reader", why="a court's order", at=sample_settings.clock())
    forgotten.remember_addresses([page.url], "case", None, wish, index)
    counts = backfill(sample_settings, mixed)
    assert counts["forgotten"] == 1
    assert page.url not in articles(index)


def test_one_archive_that_breaks_off_costs_itself(sample_settings: Settings, index: Index, mixed: Path) -> None:
    torn = (mixed / "a.warc.gz").read_bytes()
    (mixed / "a.warc.gz").write_bytes(torn[: len(torn) // 2])
    sources = [*inputs_of(str(mixed))]
    counts = running.backfill([replace(sources[0], address=str(mixed / "gone.warc.gz")), *sources], sample_settings, lambda _: None)
    assert counts["failed"] == 1
    assert counts["torn"] == 1
    assert counts["saved"] > 5


def test_the_command_shows_how_far_it_is(sample_settings: Settings, index: Index, mixed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del sample_settings
    shown = CliRunner().invoke(app, ["backfill", str(mixed / "a.warc.gz"), str(mixed / "b.jsonl")])
    assert shown.exit_code == 0, shown.output
    assert "2 archives" in shown.stderr
    assert "a.warc.gz: 100%," in shown.stderr
    assert " records, " in shown.stderr
    assert "saved" in shown.stdout
    told = CliRunner().invoke(app, ["backfill", str(mixed / "a.warc.gz"), "--json"])
    assert json.loads(told.stdout)["counts"]["records"] > 40
    missing = CliRunner().invoke(app, ["backfill", str(mixed / "nowhere.warc.gz")])
    assert missing.exit_code == 1


def test_two_runs_on_one_archive_at_once_do_it_once(sample_settings: Settings, index: Index, mixed: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda _: backfill(sample_settings, mixed / "a.warc.gz"), range(2)))
    assert {"busy": 1} in both or both[0] == both[1]  # the second came while the first was at it, or when it was done
    assert 0 < len(articles(index)) == both[0].get("saved", both[1].get("saved"))
