"""Where an article comes from: the group of copies it belongs to, and which of the group was there first.

A group has one origin: the article of the agency that a copy names in its dateline or sign-off, else the earliest one.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from pipeline.copies import Likeness, compare
from pipeline.model import Article, CopyKind
from pipeline.source_rules import Agency

# "LONDON, Dec 16 (Reuters) -" opens a text, "– AFP" or "(With inputs from PTI)" ends it.
_DATELINE = 120
_LAST_LINE = 160

# Midnight in UTC stands for a day that began up to 14 hours before and ended up to 36 after.
_EARLIEST, _LATEST = timedelta(hours=-14), timedelta(hours=36)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A stored article that may have to do with the one at hand."""

    id: str
    text: str
    origin: str  # the origin of its group, itself where it is one
    outlet: str  # the outlet's name
    agency: str | None  # that it names; an agency's own articles name their own
    published: datetime | None
    seen: datetime  # first


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    candidate: Candidate
    likeness: Likeness


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an article stands among those that are there."""

    origin: str  # the article's own id where it copies none
    kind: CopyKind | None  # copy or rewrite; None for a text of its own
    borrows: tuple[Match, ...]  # earlier texts that it has passages of
    lends: tuple[Match, ...]  # later texts that have passages of it
    displaces: Match | None  # the origin so far of the group that it is now the origin of

    @property
    def copy_of(self) -> str | None:
        return self.origin if self.kind else None


class Agencies:
    """Who is meant by a sign-off."""

    def __init__(self, agencies: Iterable[Agency]) -> None:
        self._names: dict[str, str] = {sign: agency.name for agency in agencies for sign in agency.signs}
        signs = "|".join(re.escape(sign) for sign in sorted(self._names, key=len, reverse=True)) or r"(?!)"
        dashes = r"\s*[-–—:.]*\s*$"
        self._marked = re.compile(rf"[(/\[](?:[^()/\[\]\n]*[\s,])??({signs})[)/\]]")
        self._alone = re.compile(rf"(?:^|[-–—]\s*|\b(?:from|by|with|Source|Источник|منبع|المصدر):?\s+)({signs}){dashes}")

    def credited(self, text: str, authors: Sequence[str] = ()) -> str | None:
        """The agency that the text names as where it is from; one that it merely quotes is none."""
        bare = text.strip()
        first, last = bare[:_DATELINE].split("\n")[0], bare.rpartition("\n")[2]
        found = self._marked.search(first)
        if found is None and len(last) <= _LAST_LINE:
            found = self._marked.search(last) or self._alone.search(last)
        signed = [self._names[author] for author in authors if author in self._names]
        return self._names[found[1]] if found else signed[0] if signed else None


def as_candidate(article: Article, origin: str, agency: str | None) -> Candidate:
    return Candidate(
        id=article.id,
        text=article.text,
        origin=origin,
        outlet=article.outlet.name,
        agency=agency,
        published=article.published,
        seen=article.first_seen,
    )


def place(one: Candidate, others: Sequence[Candidate], origins: Mapping[str, Candidate]) -> Place:
    """Where an article stands; `origins` has the origins of the candidates' groups, by id.

    It joins the one group that it is most like, so that an article made of two others does not make these one.
    """
    matches = [Match(candidate=other, likeness=likeness) for other in others if (likeness := compare(one.text, other.text))]
    # Its own copies, where an article is read again, are no reason to make it one.
    taken = [match for match in matches if match.likeness.kind != CopyKind.BORROWED and match.candidate.origin != one.id]
    passages = [match for match in matches if match.likeness.kind == CopyKind.BORROWED]
    best = max(taken, key=lambda match: match.likeness.rank, default=None)
    head = origins.get(best.candidate.origin, best.candidate) if best else None
    first = best is None or head is None or _precedes(one, head, best.candidate)
    strangers = [match for match in passages if head is None or match.candidate.origin != head.id]
    return Place(
        origin=one.id if first or head is None else head.id,
        kind=None if first or best is None else best.likeness.kind,
        borrows=tuple(match for match in strangers if not _precedes(one, match.candidate)),
        lends=tuple(match for match in strangers if _precedes(one, match.candidate)),
        displaces=Match(candidate=head, likeness=best.likeness) if first and best and head else None,
    )


def _precedes(one: Candidate, other: Candidate, witness: Candidate | None = None) -> bool:
    """Whether the one was there before the other; what a text says of its agency counts before the clock."""
    if one.agency == other.outlet and one.outlet != other.outlet:
        return False
    if one.outlet != other.outlet and one.outlet in {other.agency, witness.agency if witness else None}:
        return True
    if _undecided(one, other):
        return (one.agency != one.outlet, one.seen, one.id) < (other.agency != other.outlet, other.seen, other.id)
    return (_since(one), one.id) < (_since(other), other.id)


def _since(one: Candidate) -> datetime:
    return one.published or one.seen


def _undecided(one: Candidate, other: Candidate) -> bool:
    """Whether a page told only the day, in whichever zone, and the other article came out about then."""
    return any(
        dated.published is not None and dated.published.time() == time.min and _EARLIEST <= _since(beside) - dated.published <= _LATEST
        for dated, beside in ((one, other), (other, one))
    )
