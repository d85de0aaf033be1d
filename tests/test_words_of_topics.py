"""No word of any topic stands in Python: behaviour is code, and what it is about is YAML.

Looked for are the words by which a topic knows its parties and its subject, the names of its sides, people, bodies and things, its
claim families and outlets: in every identifier and every string of `pipeline/` and `dags/`. Docstrings and comments may give
examples from a topic: a rule of grammar is shown by a sentence of the news that it was found in, and no behaviour hangs on it.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT

TOPICS = [*(ROOT / "config" / "topics").iterdir(), *(ROOT / "tests" / "data" / "topics").iterdir(), ROOT / "config" / "skeleton"]
FILES = sorted([*(ROOT / "pipeline").rglob("*.py"), *(ROOT / "dags").glob("*.py")])

# What is said in Python with another meaning: the skeleton's NAME, the cast of an article (CAST is an institute), a language.
COMMON = {"name", "cast", "russian"}


def read(file: Path) -> dict:  # type: ignore[type-arg]  # whatever YAML has
    return yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader) or {}


def words_of(topic: Path) -> Iterator[str]:
    """The topic's words, as they stand in its files; a trailing `*` stands for any ending."""
    about, actors, claims = read(topic / "topic.yml"), read(topic / "actors.yml"), read(topic / "claims.yml")
    yield from (about["id"], about["title"])
    for words in about["languages"].values():
        yield from words["subject"]
        yield from (word for names in words["parties"].values() for word in names)
    yield from (person["name"].rpartition(" ")[2] for person in actors.get("people", ()))
    for key in ("people", "organisations", "things", "documents"):
        yield from (name for block in actors.get(key, ()) for name in (block["name"], *block.get("aliases", ()), *block.get("surname", ())))
    yield from (
        name for state in actors.get("states", ()) for name in (state["name"], *state.get("demonyms", ()), *state.get("capitals", ()))
    )
    yield from (family["id"] for family in claims["families"])
    yield from (outlet[key] for outlet in read(topic / "sources.yml")["outlets"] for key in ("id", "name"))


def strings_and_names(file: Path) -> Iterator[tuple[int, str]]:
    """Every identifier and every string that is no docstring, with its line."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {id(node.body[0].value) for node in ast.walk(tree) if isinstance(node, documented) and _has_docstring(node)}
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        for name in ("id", "attr", "name", "arg", "module"):
            if isinstance(value := getattr(node, name, None), str):
                yield line, value.replace("_", " ")
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield line, node.value


def _has_docstring(node: ast.AST) -> bool:
    return ast.get_docstring(node, clean=False) is not None  # type: ignore[arg-type]  # one of those that may have one


def patterns() -> re.Pattern[str]:
    """Whole words of four letters and more; of several words, all of them in a row."""
    found = set()
    for topic in TOPICS:
        for word in words_of(topic):
            plain = word.removesuffix("*").casefold()
            if len(plain) >= 4 and plain not in COMMON:
                found.add(re.escape(plain) + (r"\w*" if word.endswith("*") else ""))
    return re.compile(rf"(?<!\w)(?:{'|'.join(sorted(found))})(?!\w)")


PATTERN = patterns()


def test_there_are_words_to_look_for() -> None:
    for text in ("shahed", "weapons", "missiles", "iran-russia", "Northland", "halden", "drone strike", "Kanaani"):
        assert PATTERN.search(text.casefold()), text
    assert not PATTERN.search("a statement by a speaker of another side")


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_python_knows_no_topic(file: Path) -> None:
    found = [(line, match.group()) for line, text in strings_and_names(file) if (match := PATTERN.search(text.casefold()))]
    assert found == []
