"""Whether one text is made of another: fingerprints to find likely ones among all, and the comparison of two texts.

A fingerprint is a list of terms, so that an inverted index finds texts that share some: MinHash bands for whole texts,
winnowed runs of words for passages. It only proposes; `compare` looks at both texts and decides.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rensa import RMinHash

from pipeline.model import CopyKind
from pipeline.spelling import fold

# Changing any of these changes every fingerprint: what is stored is then found by `claimwire reprocess --read` alone.
SEED = 20221218
BANDS, ROWS = 32, 4  # two texts that share 6 of 10 shingles meet in a band 99 times of 100
SHINGLE = 3
PASSAGE, WINDOW = 4, 6  # any run of 9 words that two texts share is in both fingerprints
MAX_PASSAGES = 300  # of the longest texts the smallest hashes, which are the same ones in each

# Fewer shared passages than that are turns of phrase, which any two articles on one event share.
LEAST_PASSAGES = 3

# Measured on the sample outlets, in four languages: of pairs that are no copies the nearest has a share of 0.39 and a
# spread of 0.38, both the one that borrows passages; the rewrite has a spread of 0.71, the edited version a share of 0.86.
COPY_SHARE = 0.7
REWRITE_SPREAD = 0.55
# A teaser is two fifths of its article; a notice that a long page repeats whole beside much else makes no copy of it.
LEAST_RATIO = 0.25
LEAST_OWN = 20
# A sentence's worth, word by word, outside quotation marks: two reporters may well quote one speech.
BORROWED_WORDS = 25
BORROWED_RUN = 8
SENTENCE_SHARE = 0.2  # of a sentence's pairs of words, for it to be a rewording of something in the other text
CARRIED_SHARE = 0.5  # of a statement's shingles, for it to be the other text's

_WORD = re.compile(r"\w+(?:['’]\w+)*")
_UNSEEN = str.maketrans("", "", "\u200c\u200d\u200e\u200f\u00ad")
_QUOTED = re.compile(r"[“„][^“”„]{1,1000}[”“]|«[^«»]{1,1000}»|\"[^\"]{1,1000}\"")
_SENTENCE_END = re.compile(r"(?<=[.!?؟।])\s+|\n+")
# WASHINGTON, Dec 16 (CPW) - …; ТЕГЕРАН, 16 декабря. /ТАСС/. …
_DATELINE = re.compile(r"^[^\n]{0,60}?(?:\([^()\n]{2,40}\)|/[^/\n]{2,40}/\.?)\s*[-–—:.]?\s+|^[^\n\W\d_][^\n]{0,40}?\s[–—]\s")

Words = Sequence[str]
Shingle = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """What a text is found by: terms that another text shares if the two have much, or a passage, in common."""

    bands: tuple[str, ...]
    passages: tuple[str, ...]

    def meets(self, other: "Fingerprint") -> bool:
        """Whether a comparison is worth it; the index asks the same of what it has stored."""
        return not set(self.bands).isdisjoint(other.bands) or len(set(self.passages) & set(other.passages)) >= LEAST_PASSAGES


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """What two texts have to do with each other; `share` of the shorter one's shingles stands in the longer one."""

    kind: CopyKind
    share: float

    @property
    def rank(self) -> tuple[bool, float]:
        """The better match is the greater one."""
        return self.kind != CopyKind.BORROWED, self.share


def words_of(text: str) -> list[str]:
    """The words as they compare: without case, marks, invisible characters; digits stay, they are what a correction changes."""
    return [fold(word) for word in _WORD.findall(text.translate(_UNSEEN))]


def without_dateline(text: str) -> str:
    return _DATELINE.sub("", text.lstrip(), count=1)


def fingerprint(text: str) -> Fingerprint:
    """The terms of a text; the same in every process and on every day."""
    words = words_of(without_dateline(text))
    return Fingerprint(bands=_bands(words), passages=_passages(words))


def _bands(words: Words) -> tuple[str, ...]:
    shingles = {" ".join(shingle) for shingle in _shingles(words, SHINGLE)}
    if not shingles:
        return ()
    sketch = RMinHash(num_perm=BANDS * ROWS, seed=SEED)
    sketch.update(sorted(shingles))
    rows = sketch.digest()
    return tuple(_term(f"{band} {rows[band * ROWS : (band + 1) * ROWS]}") for band in range(BANDS))


def _passages(words: Words) -> tuple[str, ...]:
    """Of each `WINDOW` runs of words that begin side by side the one with the smallest hash (winnowing), each once."""
    hashes = [_term(" ".join(words[at : at + PASSAGE])) for at in range(len(words) - PASSAGE + 1)]
    chosen = {min(hashes[at : at + WINDOW]) for at in range(max(1, len(hashes) - WINDOW + 1))} if hashes else set()
    return tuple(sorted(chosen)[:MAX_PASSAGES])


def _term(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()


def _shingles(words: Words, length: int) -> set[Shingle]:
    return {tuple(words[at : at + length]) for at in range(len(words) - length + 1)}


@dataclass(frozen=True, slots=True)
class _Read:
    """A text taken apart once, for all comparisons with it."""

    words: tuple[str, ...]
    own: tuple[str, ...]  # outside quotation marks
    sentences: tuple[frozenset[Shingle], ...]  # each one's pairs of words, outside quotation marks


@lru_cache(maxsize=256)
def _read(text: str) -> _Read:
    bare = without_dateline(text)
    own = _QUOTED.sub(" ", bare)
    pairs = (frozenset(_shingles(words_of(sentence), 2)) for sentence in _SENTENCE_END.split(own))
    return _Read(tuple(words_of(bare)), tuple(words_of(own)), tuple(each for each in pairs if len(each) >= 3))


def compare(one: str, other: str) -> Likeness | None:
    """What two texts have to do with each other, None: nothing. Which of them was first is not asked; the order does not count."""
    short, long = sorted((_read(one), _read(other)), key=lambda it: len(it.words))
    share = _share(_shingles(short.words, SHINGLE), _shingles(long.words, SHINGLE))
    of_a_length = len(short.words) >= LEAST_RATIO * len(long.words)
    if of_a_length and share >= COPY_SHARE and _narrated(short, long):
        return Likeness(kind=CopyKind.COPY, share=share)
    if of_a_length and (_spread(short, long) + _spread(long, short)) / 2 >= REWRITE_SPREAD:
        return Likeness(kind=CopyKind.REWRITE, share=share)
    if _verbatim(short.own, long.own) >= BORROWED_WORDS:
        return Likeness(kind=CopyKind.BORROWED, share=share)
    return None


def _narrated(short: _Read, long: _Read) -> bool:
    """Whether what the reporter says is shared, not only what both quote; an interview has nothing else."""
    own = _shingles(short.own, SHINGLE)
    return len(own) < LEAST_OWN or _share(own, _shingles(long.words, SHINGLE)) >= COPY_SHARE


def carrier(kind: CopyKind, text: str) -> Callable[[str], bool]:
    """For a text that another one is related to in this way: whether it carries a statement's words, too."""
    words = words_of(text)
    length, least = (2, SENTENCE_SHARE) if kind == CopyKind.REWRITE else (SHINGLE, CARRIED_SHARE)
    there = _shingles(words, length)
    return lambda said: _share(_shingles(words_of(said), length), there) >= least


def carried(said: str, by: Iterable[tuple[str, Callable[[str], bool]]]) -> str | None:
    """The first of these texts, by id, that carries the words."""
    return next((id_ for id_, carries in by if carries(said)), None)


def _share(part: set[Shingle] | frozenset[Shingle], whole: set[Shingle] | frozenset[Shingle]) -> float:
    return len(part & whole) / len(part) if part else 0.0


def _spread(one: _Read, other: _Read) -> float:
    """In how many of its sentences a text shares words with the other: a rewrite does throughout, a borrower in places."""
    there = _shingles(other.words, 2)
    touched = sum(_share(pairs, there) >= SENTENCE_SHARE for pairs in one.sentences)
    return touched / len(one.sentences) if one.sentences else 0.0


def _verbatim(one: Words, other: Words) -> int:
    """How many words of a text stand in runs of at least `BORROWED_RUN` words that the other has, too."""
    there = _shingles(other, BORROWED_RUN)
    covered: set[int] = set()
    for at in range(len(one) - BORROWED_RUN + 1):
        if tuple(one[at : at + BORROWED_RUN]) in there:
            covered.update(range(at, at + BORROWED_RUN))
    return len(covered)
