"""What an outlet prints under article after article: learned from its own pages, kept as hashes of short lines, never as text.

A line is a habit once it has stood in several articles of its outlet. Only lines are learned that can be missed: short ones that are
no sentences, and the last one, where notices stand. A sentence of background that an outlet repeats is content.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pipeline.chrome import is_sentence, letters

# In so many articles a line has to stand. Three of a kind may be a series; the fourth is a habit.
ENOUGH = 4
LABEL_WORDS, NOTICE_WORDS = 20, 35
# Lines that are remembered for an outlet; the oldest that are no habit yet go first.
MAX_LINES = 3_000

Learned = Mapping[str, Sequence[str]]  # a line's hash: articles that have it, by the beginning of their ids, up to ENOUGH


def line_hash(line: str) -> str:
    return hashlib.sha256(letters(line).encode()).hexdigest()[:12]


def hashes(lines: Sequence[str]) -> tuple[str, ...]:
    """Of the lines of one text that may be habits."""
    return tuple(dict.fromkeys(line_hash(line) for at, line in enumerate(lines) if _may_be_one(line, len(lines) - at)))


def _may_be_one(line: str, from_end: int) -> bool:
    words = len(line.split())
    return words <= NOTICE_WORDS if from_end == 1 else words <= LABEL_WORDS and not is_sentence(line)


def without(lines: Sequence[str], habits: frozenset[str]) -> list[str]:
    if not habits:
        return list(lines)
    return [line for at, line in enumerate(lines) if not (_may_be_one(line, len(lines) - at) and line_hash(line) in habits)]


def habits_of(learned: Learned) -> frozenset[str]:
    return frozenset(line for line, articles in learned.items() if len(articles) >= ENOUGH)


def learn(learned: Learned, articles: Iterable[tuple[str, Sequence[str]]]) -> dict[str, list[str]]:
    """What is known after some more articles, each its id and the hashes of its lines. Learning an article twice is learning it once."""
    known = {line: list(seen) for line, seen in learned.items()}
    for id_, lines in articles:
        for line in lines:
            seen = known.pop(line, [])  # the newest come last
            known[line] = seen if id_[:8] in seen or len(seen) >= ENOUGH else [*seen, id_[:8]]
    spare = max(0, len(known) - MAX_LINES)
    forgotten = set([line for line, seen in known.items() if len(seen) < ENOUGH][:spare])
    return {line: seen for line, seen in known.items() if line not in forgotten}


def learned_from(document: Mapping[str, Any]) -> Learned:
    return dict(document.get("lines", {}))
