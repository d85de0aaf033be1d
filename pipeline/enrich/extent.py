"""Whether an acknowledgement concedes the whole or only a part: "a small number", "before the war", "none since"."""

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import lru_cache

from pipeline.model import Act, Statement


def is_partial(act: Act, text: str, phrases: Collection[str]) -> bool:
    """Whether the words of an acknowledgement limit it; `phrases` are in small letters, a space is any white space."""
    return act is Act.ACKNOWLEDGEMENT and _any_of(frozenset(phrases)).search(text.lower()) is not None


def with_limits(statements: Sequence[Statement]) -> tuple[Statement, ...]:
    """The statements of one article, those acknowledgements partial that something else in the article limits.

    A denial by the same speaker in the same sentence denies the rest. And where one sentence limits what a side concedes, another on
    the same claim that only names it ("the part about drones was right") concedes no more.
    """
    return tuple(replace(each, partial=True) if _is_limited(each, statements) else each for each in statements)


def _is_limited(statement: Statement, others: Sequence[Statement]) -> bool:
    return statement.act is Act.ACKNOWLEDGEMENT and any(_denies_rest(each, statement) or _limits(each, statement) for each in others)


def _denies_rest(other: Statement, statement: Statement) -> bool:
    together = (other.start, other.end) == (statement.start, statement.end) or bool(set(other.sentences) & set(statement.sentences))
    return other.act is Act.DENIAL and other.speaker.name == statement.speaker.name and together


def _limits(other: Statement, statement: Statement) -> bool:
    if other.act is not Act.ACKNOWLEDGEMENT or not other.partial or other.background != statement.background:
        return False
    same = other.speaker.name == statement.speaker.name or (other.speaker.side is not None and other.speaker.side == statement.speaker.side)
    return same and bool(set(other.claims) & set(statement.claims))


@lru_cache(maxsize=16)
def _any_of(phrases: frozenset[str]) -> re.Pattern[str]:
    words = (r"\s+".join(re.escape(word) for word in phrase.split()) for phrase in sorted(phrases, key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)")
