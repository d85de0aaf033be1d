"""The silences of the index: adds them, lists them, ends them early."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from pipeline.alert_rules import Silence
from pipeline.documents import iso
from pipeline.errors import NotFound
from pipeline.index import Index
from pipeline.silences import document


def add(silence: Silence, index: Index) -> None:
    index.create("silences", [(silence.id, document(silence))])


def every(index: Index, now: datetime, *, over: bool = False) -> Iterator[Silence]:
    """Those that are not over, or all; those that end first come first."""
    index.refresh("silences")
    query = {"match_all": {}} if over else {"range": {"until": {"gt": iso(now)}}}
    for stored in index.each("silences", query, sort=["until"]):
        yield Silence.model_validate({"id": stored.id, **stored.source})


def end(beginning: str, index: Index, now: datetime) -> Silence:
    """Ends the silence with that id, or that beginning of one, now. Raises NotFound."""
    found = [each for each in every(index, now, over=True) if each.id.startswith(beginning)]
    if len(found) != 1:
        raise NotFound(f"{_number(found)} {beginning!r}. `claimwire silence list --all` shows them all")
    silence = found[0]
    if silence.until <= now:
        raise NotFound(f"silence {silence.id} is over since {iso(silence.until)}")
    stored = index.get("silences", [silence.id])[silence.id]
    index.change_all("silences", [(stored, {"until": iso(now)})])
    return silence


def _number(found: Sequence[Silence]) -> str:
    return f"{len(found)} silences begin with" if found else "no silence has the id"
