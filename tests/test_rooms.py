"""Modules and functions have a size at which they can be read at once, and names that say what they are for."""

import ast
from pathlib import Path
from statistics import median

from tests.conftest import ROOT

MAX_MODULE, MAX_FUNCTION, MEDIAN_FUNCTION = 400, 60, 12  # lines
NAMELESS = {"utils", "util", "helpers", "common", "base", "misc", "manager"}

FILES = sorted((ROOT / "pipeline").rglob("*.py"))


def functions(file: Path) -> list[tuple[str, int]]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    found = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return [(f"{file.relative_to(ROOT)}: {each.name}", (each.end_lineno or each.lineno) - each.lineno + 1) for each in found]


def test_no_module_is_larger_than_can_be_overlooked() -> None:
    sizes = {str(file.relative_to(ROOT)): len(file.read_text(encoding="utf-8").splitlines()) for file in FILES}
    assert {name: lines for name, lines in sizes.items() if lines > MAX_MODULE} == {}, "look for the second idea in it"


def test_functions_are_small() -> None:
    sizes = dict(each for file in FILES for each in functions(file))
    assert {name: lines for name, lines in sizes.items() if lines > MAX_FUNCTION} == {}
    assert median(sizes.values()) <= MEDIAN_FUNCTION


def test_no_module_is_for_what_is_left_over() -> None:
    assert {file.stem for file in FILES} & NAMELESS == set()
