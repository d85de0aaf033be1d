"""What has changed between two versions of an article: by sentence, and statement by statement."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from rapidfuzz import fuzz

from pipeline.copies import compare, words_of
from pipeline.model import ChangeKind

# How long after its first sight an article is looked at again.
REVISITS = (timedelta(hours=24), timedelta(days=7))

# Of two sentences, by letters: what is reworded keeps most of them, and sentences of one article on one matter have up to 55.
REWORDED = 62
# Of two titles, by words in any order.
SAME_TITLE = 60

_SENTENCE_END = re.compile(r"(?<=[.!?؟…])(?<![A-Z]\.)[\"”’»)]*\s+(?=[^\sa-z])|\n+")

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change(Generic[T]):
    """One thing that is otherwise now: `before` is None for what was added, `after` for what was removed."""

    kind: ChangeKind
    before: T | None
    after: T | None


def due_after(first_seen: datetime, now: datetime) -> datetime | None:
    """When an article is to be looked at next; None: no more."""
    return next((first_seen + age for age in REVISITS if first_seen + age > now), None)


def is_same_story(title: str, text: str, new_title: str, new_text: str) -> bool:
    """Whether what an address answers with now is a version of the article; the alternative is a notice, a front page, another article."""
    return compare(text, new_text) is not None or fuzz.token_set_ratio(title.casefold(), new_title.casefold()) >= SAME_TITLE


def sentence_changes(before: str, after: str) -> list[Change[str]]:
    """Sentences added, removed and reworded; one that only moved has not changed."""
    old, new = _sentences(before), _sentences(after)
    gone = [sentence for key, sentence in old if key not in dict(new)]
    come = [sentence for key, sentence in new if key not in dict(old)]
    return list(_paired(gone, come, fuzz.ratio))


def _sentences(text: str) -> list[tuple[tuple[str, ...], str]]:
    cut = (" ".join(piece.split()) for piece in _SENTENCE_END.split(text))
    return [(tuple(words_of(sentence)), sentence) for sentence in cut if words_of(sentence)]


def statement_changes(before: Mapping[str, Mapping[str, Any]], after: Mapping[str, Mapping[str, Any]]) -> list[Change[str]]:
    """The same for an article's statements, told by their ids: one is reworded where its act and speaker are the same."""

    def likeness(one: str, other: str) -> float:
        old, new = before[one], after[other]
        if (old["act"], old["speaker"]["name"]) != (new["act"], new["speaker"]["name"]):
            return 0.0
        return max(fuzz.ratio(old["text"], new["text"]), _part(old["text"], new["text"]))

    return list(_paired([id_ for id_ in before if id_ not in after], [id_ for id_ in after if id_ not in before], likeness))


def _part(one: str, other: str) -> float:
    """100 where a statement has only become a sentence longer or shorter."""
    return 100.0 if one in other or other in one else 0.0


def _paired(gone: Sequence[T], come: Sequence[T], likeness: Any) -> Iterator[Change[T]]:
    """Takes what went and what came for one reworded thing, the likest first; what is left over went or came."""
    scores = sorted(((likeness(one, other), -i, -j) for i, one in enumerate(gone) for j, other in enumerate(come)), reverse=True)
    taken: dict[int, int] = {}
    for score, i, j in scores:
        if score >= REWORDED and -i not in taken and -j not in taken.values():
            taken[-i] = -j
    for i, j in sorted(taken.items()):
        yield Change(kind=ChangeKind.REWORDED, before=gone[i], after=come[j])
    yield from (Change(kind=ChangeKind.REMOVED, before=each, after=None) for i, each in enumerate(gone) if i not in taken)
    yield from (Change(kind=ChangeKind.ADDED, before=None, after=each) for j, each in enumerate(come) if j not in set(taken.values()))


def counted(changes: Iterable[Change[T]]) -> dict[ChangeKind, int]:
    kinds = [change.kind for change in changes]
    return {kind: kinds.count(kind) for kind in ChangeKind if kind in kinds}
