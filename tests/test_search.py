"""Searching the sample outlets, as the annotators have read them, from the command line."""

import csv
import io
import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from click.testing import Result
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.cli_search import safe
from pipeline.connection import connect
from pipeline.moments import read_span
from pipeline.settings import Settings
from tests.replay import publications


@pytest.fixture
def desk_here(desk: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("ELASTICSEARCH_URL", desk.elasticsearch_url)
    monkeypatch.setenv("CLAIMWIRE_INDEX_PREFIX", desk.index_prefix)
    monkeypatch.setenv("CLAIMWIRE_SOURCES", str(desk.sources))
    monkeypatch.setenv("CLAIMWIRE_NOW", "2024-11-01T00:00:00Z")
    return desk


def search(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["search", *arguments], env={"COLUMNS": "240"})


def found(*arguments: str) -> list[dict[str, object]]:
    done = search(*arguments, "--json", "--all")
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


def gold() -> list[dict[str, object]]:
    last = {each.article.id: each for each in publications()}
    return [
        {**it, "at": each.article.published.isoformat() if each.article.published else ""}
        for each in last.values()
        for it in each.gold["statements"]
    ]


def test_fields_words_and_time_together(desk_here: Settings) -> None:
    hits = found("speaker:Kanaani act:denial", "--since", "2022-12", "--until", "2022-12", "--side", "IR")
    wanted = [it for it in gold() if it["speaker"] == "Nasser Kanaani" and it["act"] == "denial" and str(it["at"]).startswith("2022-12")]
    assert len(hits) == len(wanted) > 2
    assert found("speaker:Kanaani act:denial", "--since", "2023") == []


@pytest.mark.parametrize("name", ["Kanaani", "Kan'ani", "کنعانی", "Канани"])
def test_a_name_finds_the_person_in_every_script(desk_here: Settings, name: str) -> None:
    hits = found(name)
    assert {it["language"] for it in hits} >= {"en", "fa", "ru"}
    assert len(hits) == len(found("Kanaani"))
    assert {it["speaker"]["name"] for it in found(f"speaker:{name}")} == {"Nasser Kanaani"}  # type: ignore[index]


def test_options_may_be_given_several_times(desk_here: Settings) -> None:
    both = found("--act", "denial", "--act", "acknowledgement", "--side", "RU")
    assert {it["act"] for it in both} == {"denial", "acknowledgement"}
    assert len(both) == len([it for it in gold() if it["act"] in {"denial", "acknowledgement"} and it["side"] == "RU"])


def test_words_are_marked_and_the_best_come_first(desk_here: Settings) -> None:
    done = search('"limited number" drones')
    assert done.exit_code == 0
    hits = [json.loads(line) for line in search("drones Iran", "--json", "--size", "5").stdout.splitlines()]
    assert all("«" in it["highlight"][0] for it in hits[:1])
    newest = [json.loads(line)["at"] for line in search("drones", "--json", "--sort", "time").stdout.splitlines()]
    assert newest == sorted(newest, reverse=True)


def test_hits_are_counted_and_shown_with_their_page(desk_here: Settings) -> None:
    done = search("act:denial", "--size", "3", "--facets")
    told = " ".join(done.output.split())
    number = len([it for it in gold() if it["act"] == "denial"])
    assert f"3 of {number} hits" in told
    assert f"{number} denial" in told
    assert "http://" in told
    assert search("act:denial speaker:Nobody").stdout == "no hits\n"


def test_csv_is_what_a_spreadsheet_may_open(desk_here: Settings) -> None:
    rows = list(csv.DictReader(io.StringIO(search("act:acknowledgement", "--csv", "--all").stdout)))
    assert len(rows) == len([it for it in gold() if it["act"] == "acknowledgement"])
    assert {row["act"] for row in rows} == {"acknowledgement"}
    assert all(row["url.full"].startswith("http") for row in rows)
    assert [safe(cell) for cell in ("=1+1", "+7", "-x", "@a", "\tb", "plain", "")] == ["'=1+1", "'+7", "'-x", "'@a", "'\tb", "plain", ""]


def test_articles_are_found_by_their_words(desk_here: Settings) -> None:
    hits = found("--in", "articles", "Alabuga")
    assert {"potomac" in str(it["url"]) for it in hits} == {True, False}
    assert connect(desk_here).count("articles") > len(hits) > 1
    assert search("--in", "articles", "--side", "IR").exit_code == 2


def test_what_was_taken_away_is_left_out_unless_asked_for(desk_here: Settings) -> None:
    gone = connect(desk_here).count("statements", {"exists": {"field": "removed"}})
    assert gone
    assert len(found("--removed")) - len(found()) == gone


@pytest.mark.parametrize(
    "arguments",
    [["--in", "storks"], ["--sort", "size"], ["--json", "--csv"], ["--all"], ["--since", "soon"]],
)
def test_wrong_usage(desk_here: Settings, arguments: list[str]) -> None:
    assert search("drones", *arguments).exit_code == 2


def test_spans_of_time() -> None:
    now, zone = datetime(2024, 5, 5, tzinfo=UTC), ZoneInfo("UTC")
    told = {text: [f"{end:%Y-%m-%d}" for end in read_span(text, now, zone)] for text in ("2023", "2023-12", "2024-02", "2024-02-29", "7d")}
    assert told == {
        "2023": ["2023-01-01", "2024-01-01"],
        "2023-12": ["2023-12-01", "2024-01-01"],
        "2024-02": ["2024-02-01", "2024-03-01"],
        "2024-02-29": ["2024-02-29", "2024-03-01"],
        "7d": ["2024-04-28", "2024-05-05"],
    }
    for wrong in ("", "2023-13", "2023-02-30", "yesterday"):
        with pytest.raises(ValueError, match=r"."):
            read_span(wrong, now, zone)
