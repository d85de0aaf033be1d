"""The command as a user or a script meets it."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline import __version__
from pipeline.index import Index
from pipeline.settings import Settings
from tests.conftest import ROOT, SITES, free_port


def claimwire(*arguments: str | Path, given: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pipeline", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        input=given,
        env={**os.environ, "COLUMNS": "200"},
    )


def test_help_lists_every_verb() -> None:
    told = claimwire("--help")
    assert told.returncode == 0
    for verb in (
        "setup",
        "collect",
        "enrich",
        "alert",
        "run",
        "read",
        "extract",
        "search",
        "status",
        "alerts",
        "why",
        "review",
        "silence",
        "actors",
        "node",
        "config",
    ):
        assert f" {verb} " in told.stdout
    assert claimwire("--version").stdout == f"claimwire {__version__}\n"


def test_wrong_usage_and_wrong_settings_have_codes_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    assert claimwire("nonsense").returncode == 2
    assert claimwire("read", "x.txt", "--format", "xml").returncode == 2
    assert claimwire("read", "x.txt", "--explain", "--attributions").returncode == 2
    assert claimwire("actors", "find", "Kanaani", "--on", "yesterday").returncode == 2
    monkeypatch.setenv("CLAIMWIRE_TOPC", "x")
    told = claimwire("config", "check")
    assert told.returncode == 1
    assert told.stderr.startswith("claimwire: environment: unknown: CLAIMWIRE_TOPC")
    assert "Traceback" not in told.stderr


def test_elasticsearch_away_is_one_line_and_code_1(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ELASTICSEARCH_URL", f"http://127.0.0.1:{free_port()}")
    for verb in ("setup", "status", "enrich", "alert"):
        told = claimwire(verb)
        assert told.returncode == 1
        assert "Elasticsearch does not answer" in told.stderr
        assert "Traceback" not in told.stderr


def test_reading_a_text_prints_a_line_that_points_into_it() -> None:
    told = claimwire("read", "--format", "jsonl", "--meta", SITES / "meta.jsonl", SITES / "cpw-kirby-partnership.txt")
    assert told.returncode == 0, told.stderr
    (line,) = map(json.loads, told.stdout.splitlines())
    assert line["id"] == "cpw-kirby-partnership"
    assert line["title"].startswith("Russia offers Iran")
    assert line["text"] == (SITES / "cpw-kirby-partnership.txt").read_text()
    assert line["on_topic"] is True
    assert set(line) == {"id", "title", "language", "text", "on_topic", "topic_reason", "claims", "entities", "statements"}
    for statement in line["statements"]:
        assert set(statement) == {
            "act", "cameo", "speaker", "speaker_kind", "affiliation", "side", "targets", "claims", "text", "start", "end", "mode",
            "background", "addressee_of", "cue", "confidence",
        }  # fmt: skip
        assert statement["start"] == -1 or statement["text"] == line["text"][statement["start"] : statement["end"]]
    for entity in line["entities"]:
        assert all(0 <= start < end <= len(line["text"]) for start, end in entity["mentions"])


def test_reading_standard_input_and_a_page() -> None:
    text = (
        "Tehran denied on Monday that Iran had sent drones to Russia.\n\nMoscow rejected the claim that Iran arms Russia with missiles.\n"
    )
    told = claimwire("read", "--format", "jsonl", "-", given=text)
    assert told.returncode == 0, told.stderr
    assert {it["act"] for it in json.loads(told.stdout)["statements"]} == {"denial"}
    told = claimwire("read", SITES / "thames-2231-council.html")
    assert told.returncode == 0, told.stderr
    assert "Britain says Iranian drones breach UN resolution" in told.stdout
    assert "accusation" in told.stdout


def test_attributions_point_into_the_file_in_its_order_on_topic_or_not(tmp_path: Path) -> None:
    empty = tmp_path / "empty.txt"
    empty.write_text("")
    files = [SITES / "gulf-friendly-draw.txt", empty, SITES / "cpw-kirby-partnership.txt"]
    told = claimwire("read", "--attributions", "--format", "jsonl", *files)
    assert told.returncode == 0, told.stderr
    lines = [json.loads(line) for line in told.stdout.splitlines()]
    assert list(dict.fromkeys(line["doc"] for line in lines)) == ["gulf-friendly-draw", "cpw-kirby-partnership"]
    for line in lines:
        text = (SITES / f"{line['doc']}.txt").read_text()
        assert set(line) == {"doc", "source", "cue", "content"}
        assert line["cue"]
        assert line["content"]
        for spans in (line["source"], line["cue"], line["content"]):
            assert spans == sorted(spans)
            for start, end in spans:
                assert 0 <= start < end <= len(text)
                assert text[start:end] == text[start:end].strip()
    off_topic = [line for line in lines if line["doc"] == "gulf-friendly-draw"]
    assert [line["cue"][0][0] for line in off_topic] == sorted(line["cue"][0][0] for line in off_topic)


def test_attributions_are_a_table_for_people() -> None:
    told = claimwire("read", "--attributions", "-", given="Kirby said that the talks had ended.\n")
    assert told.returncode == 0, told.stderr
    assert "Kirby" in told.stdout
    assert "that the talks had ended" in told.stdout
    assert "nobody says anything" in claimwire("read", "--attributions", "-", given="").stdout


def test_an_explained_text_is_whole_and_readable_without_colour() -> None:
    told = claimwire("read", "--explain", "--meta", SITES / "meta.jsonl", SITES / "thames-2231-council.txt")
    assert told.returncode == 0, told.stderr
    assert "\x1b" not in told.stdout
    assert max(map(len, told.stdout.splitlines())) <= 100
    words = re.sub(r"\[[\d,]+[›…] | [‹…][\d,]+\]", "", " ".join(told.stdout.split()))
    for paragraph in (SITES / "thames-2231-council.txt").read_text().split("\n"):
        assert " ".join(paragraph.split()) in words
    assert "ACCUSATION United Kingdom (GB) → Iran" in words
    assert "answers [1]" in words
    assert re.search(r"by “broke” \(.+?\), confidence 0\.\d\d", words)


def test_a_text_off_topic_is_explained_too() -> None:
    told = claimwire("read", "--explain", SITES / "gulf-friendly-draw.txt")
    assert told.returncode == 0, told.stderr
    assert "off topic" in told.stdout
    assert "no statements" in told.stdout


def test_a_name_is_looked_up_with_its_reasons() -> None:
    told = claimwire("actors", "find", "Kan'ani", "--on", "2022-12-18")
    assert told.returncode == 0, told.stderr
    assert "Nasser Kanaani, person, side IR" in told.stdout
    nobody = claimwire("actors", "find", "Barnaby Featherstonehaugh")
    assert nobody.returncode == 1
    assert "nobody" in nobody.stdout
    assert "Traceback" not in nobody.stderr


def test_a_file_that_is_not_there_is_named() -> None:
    told = claimwire("read", "no-such-file.txt")
    assert (told.returncode, "no-such-file.txt: No such file" in told.stderr) == (1, True)


def test_extracting_pages_prints_their_text_and_metadata(tmp_path: Path) -> None:
    urls = tmp_path / "urls.json"
    urls.write_text(json.dumps({"deccan-burns-alarm": {"url": "http://deccan-standard.example/world/x/article118204.html"}}))
    told = claimwire("extract", "--urls", urls, SITES / "deccan-burns-alarm.html", SITES / "dnipro-alabuga-wings.html")
    assert told.returncode == 0, told.stderr
    first, second = map(json.loads, told.stdout.splitlines())
    assert {"id", "url", "canonical_url", "title", "authors", "published", "language", "text", "text_from", "outcome"} <= set(first)
    assert first["id"] == "deccan-burns-alarm"
    assert first["title"] == "US spy chief flags 'dangerous' Iran-Russia defence embrace"
    assert first["published"] == "2022-12-17T02:15:00Z"
    assert (second["text_from"], second["text"][:6]) == ("json-island", "KYIV —")


def test_stages_can_be_run_and_searched_from_the_command_line(sample_settings: Settings, index: Index) -> None:
    told = claimwire("run", "--json", "thames-sentinel")
    assert told.returncode == 0, told.stderr
    stages = [json.loads(line) for line in told.stdout.splitlines()]
    assert [stage["stage"] for stage in stages] == ["collect", "enrich", "alert"]
    assert stages[0]["counts"]["saved"] == 2
    index.refresh()
    hits = [json.loads(line) for line in claimwire("search", "missiles", "--json").stdout.splitlines()]
    assert hits
    assert all("missile" in hit["text"].lower() or "missile" in hit["title"].lower() for hit in hits)
    assert "Thames Sentinel" in claimwire("search", "--in", "articles", "2231").stdout
    counts = json.loads(claimwire("status", "--json").stdout)
    assert counts["documents"]["articles"] == 2
    assert "articles" in claimwire("status").stdout


def test_checking_the_configuration_says_what_was_read() -> None:
    told = claimwire("config", "check")
    assert told.returncode == 0, told.stderr
    assert "topic iran-russia" in told.stdout
    assert "en_core_web_sm" in told.stdout
