"""How well statements are found, against the gold files. Floors only go up; `-s` prints the table."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests import score
from tests.conftest import ROOT, SITES

# accusation + denial F1, and the share of right speakers among what was found
FLOORS = {"sites": {"f1": 0.61, "speaker": 0.95}, "seeds": {"f1": 0.80, "speaker": 0.97}}
# Five real articles that are not part of this repository: scored where their folder is named.
SEEDS = os.environ.get("CLAIMWIRE_TEST_SEEDS") or ROOT.parent / "shared" / "eval" / "seeds"


def texts(folder: Path) -> list[Path]:
    golds = [json.loads(file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*.gold.json"))]
    return [folder / f"{gold['id']}.txt" for gold in golds if gold["language"] == "en"]


def scored(folder: Path, tmp_path: Path) -> dict[str, Any]:
    """The scorer's result for what the command prints about every English text of a folder."""
    command = [sys.executable, "-m", "pipeline", "read", "--format", "jsonl", "--meta", folder / "meta.jsonl", *texts(folder)]
    told = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    predictions = tmp_path / "predictions.jsonl"
    predictions.write_text(told.stdout, encoding="utf-8")
    golds = {id_: gold for id_, gold in score.load_gold(str(folder)).items() if gold[0]["language"] == "en"}
    return score.evaluate(golds, score.load_predictions(str(predictions)))


@pytest.mark.parametrize("name", FLOORS)
def test_statements_are_found_as_well_as_before(name: str, tmp_path: Path) -> None:
    folder = SITES if name == "sites" else Path(SEEDS)
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there: the five real articles are not part of this repository")
    result = scored(folder, tmp_path)
    score.show(result, name)
    assert result["alert"]["f1"] >= FLOORS[name]["f1"]
    assert result["attributes"]["speaker"] >= FLOORS[name]["speaker"]
    assert result["topic"]["f1"] == 1.0


def test_the_scorer_is_right_about_itself() -> None:
    score.selftest()
