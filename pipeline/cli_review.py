"""`claimwire review`: a person's verdict on one statement, a walk through many, what the verdicts say, and them as annotated articles."""

import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from pipeline.model import Act
from pipeline.settings import Settings, read_settings
from pipeline.terminal import out, show

if TYPE_CHECKING:
    from pipeline.deciding import Office
    from pipeline.documents import Stored
    from pipeline.reviews import Review

BELOW = 0.7
KEYS = "[r]ight  wrong [a]ct  wrong [s]peaker  [n]ot a statement  [u]ndo the last  [Enter] skip  [q]uit"


def review_command(
    statement: Annotated[
        str | None, typer.Argument(help="A statement: its id, the beginning of it, or words of it. Without one: a walk through many.")
    ] = None,
    verdict: Annotated[str | None, typer.Argument(help="right, wrong-act, wrong-speaker, not-a-statement, or just wrong.")] = None,
    by: Annotated[str | None, typer.Option(help="Who says so.")] = None,
    why: Annotated[str | None, typer.Option(help="For what reason; people will read it.")] = None,
    act: Annotated[Act | None, typer.Option(help="The right act, of one that is wrong-act; in a walk: only of this act.")] = None,
    speaker: Annotated[str | None, typer.Option(help="The right speaker, of one that is wrong-speaker.")] = None,
    below: Annotated[float, typer.Option(min=0, max=1.01, help="Walk through those of which the reader is less sure than that.")] = BELOW,
    sample: Annotated[
        int | None, typer.Option(min=1, help="Walk through so many drawn at random instead: these say how many are right.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the draw: the same seed draws the same.")] = 1,
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only those first seen on that day or later.")] = None,
    export: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write the articles that are judged wholly, in the form of the annotation scheme."),
    ] = None,
    scores: Annotated[bool, typer.Option("--scores", help="Show how many are right, by what people have said.")] = False,
) -> None:
    """Judge statements: one, or many in a walk. What was told of a wrong one is corrected by the next alert run."""
    if export is not None:
        _export(export)
    elif scores:
        _scores()
    elif by is None:
        raise typer.BadParameter("who judges must be named", param_hint="--by")
    elif statement is None:
        _walk(by, _drawn(below, sample, seed, act, since), sampled=sample is not None)
    elif verdict is None or why is None:
        raise typer.BadParameter("one statement takes a verdict and --why", param_hint="VERDICT")
    else:
        _one(statement, verdict, by, why, act, speaker)


def _office() -> "tuple[Settings, Office]":
    from pipeline import alerting
    from pipeline.connection import connect

    settings = read_settings().alerter
    return settings, alerting.open_office(settings, connect(settings))


def _one(statement: str, verdict: str, by: str, why: str, act: Act | None, speaker: str | None) -> None:
    from pipeline import lookup, reviews, tables

    if verdict not in set(reviews.Verdict):
        raise typer.BadParameter(", ".join(reviews.Verdict), param_hint="VERDICT")
    settings, office = _office()
    stored = lookup.statement(statement, office.index)
    said = reviews.Review(verdict=reviews.Verdict(verdict), by=by, why=why, at=settings.clock(), act=act, speaker=speaker)
    done = reviews.review_statement(stored.id, said, office)
    show(tables.head(stored, settings.time_zone))
    out.print("\n" + "\n".join(done.outlook), markup=False)


# ------------------------------------------------------------------------------------------------ the walk
def _drawn(below: float, sample: int | None, seed: int, act: Act | None, since: datetime | None) -> "list[Stored]":
    from pipeline import reviewing
    from pipeline.connection import connect

    settings = read_settings().alerter
    index = connect(settings)
    index.refresh("statements")
    begin = since.replace(tzinfo=settings.time_zone) if since else None
    if sample is None:
        return list(reviewing.doubtful(index, below, act, begin))
    return reviewing.sample(index, sample, seed, act, begin)


def _walk(by: str, statements: "Sequence[Stored]", *, sampled: bool) -> None:
    """One statement after the other; the answers are lines of standard input, and its end ends the walk."""
    from pipeline import reviews

    settings, office = _office()
    judged: list[str] = []
    for place, stored in enumerate(statements, start=1):
        if stored.source.get("review"):
            _count_in(stored, office, sampled=sampled)
            continue
        _present(stored, f"{place} of {len(statements)}", settings)
        said = _answer(by, sampled, settings, judged, office)
        if said is None:
            break
        if said:
            reviews.review_statement(stored.id, said[0], office)
            judged.append(stored.id)
    out.print(f"{len(judged)} judged" if statements else "nothing is left to judge")


def _count_in(stored: "Stored", office: "Office", *, sampled: bool) -> None:
    """One that was judged before it was drawn counts among those that were."""
    if sampled and not stored.source["review"].get("sampled"):
        office.index.change_all("statements", [(stored, {"review": {**stored.source["review"], "sampled": True}})])


def _present(stored: "Stored", where: str, settings: Settings) -> None:
    from pipeline import tables
    from pipeline.wording import plain

    it = stored.source
    out.rule(where, style="dim")
    show(tables.head(stored, settings.time_zone))
    for name in ("before", "after"):
        if it.get(name):
            out.print(Text(f"{name}: {plain(it[name], 400)}", "dim"))
    if it.get("claims"):
        out.print(Text(f"claims: {', '.join(it['claims'])}", "dim"))
    out.print(Text(KEYS, "bold"))


def _answer(by: str, sampled: bool, settings: Settings, judged: list[str], office: "Office") -> "list[Review] | None":
    """One review, none to skip, None to end."""
    from pipeline import reviews

    def said(verdict: reviews.Verdict, why: str, act: Act | None = None, speaker: str | None = None) -> "list[Review]":
        return [reviews.Review(verdict=verdict, by=by, why=why, at=settings.clock(), act=act, speaker=speaker, sampled=sampled)]

    for key in _lines():
        match key.lower():
            case "r" | "right":
                return said(reviews.Verdict.RIGHT, "judged right")
            case "n":
                return said(reviews.Verdict.NOT_A_STATEMENT, "judged to be no statement")
            case "a":
                act = _chosen_act()
                return said(reviews.Verdict.WRONG_ACT, f"judged to be {act or 'another act'}", act=act)
            case "s":
                out.print("Whose is it? A name, or Enter where nobody knows")
                name = next(_lines(), "").strip() or None
                return said(
                    reviews.Verdict.WRONG_SPEAKER, f"judged to be {name}'s" if name else "judged to be another speaker's", speaker=name
                )
            case "u" if judged:
                reviews.withdraw(judged.pop(), office, settings.clock())
                out.print("the last verdict is taken back; it will be asked for again in the next walk")
            case "u":
                out.print("nothing was judged yet")
            case "":
                return []
            case "q":
                return None
            case _:
                out.print(Text(KEYS, "bold"))
    return None


def _chosen_act() -> Act | None:
    out.print("Which act is it? " + ", ".join(Act) + "; Enter where nobody knows")
    for line in _lines():
        if not line.strip():
            return None
        if found := [act for act in Act if act.startswith(line.strip().lower())]:
            return found[0]
        out.print("one of " + ", ".join(Act))
    return None


def _lines() -> Iterator[str]:
    while line := sys.stdin.readline():
        yield line.strip()


# ------------------------------------------------------------------------------------------------ what the verdicts say
def _scores() -> None:
    from pipeline import reviewing
    from pipeline.brief import Judged
    from pipeline.connection import connect

    found = reviewing.measured(connect(read_settings()))

    def row(name: str, it: Judged) -> tuple[str, ...]:
        return name, f"{it.number:,}", f"{it.share:.2f}", f"{it.low:.2f} to {it.high:.2f}"

    table = Table("judged", "statements", "right", "95 % interval")
    if found.sampled:
        table.add_row(*row("drawn at random", found.sampled), end_section=not found.by_act)
    for act, it in found.by_act.items():
        table.add_row(*row(f"  {act}", it))
    for low, it in found.by_confidence.items():
        table.add_row(*row(f"all, confidence from {low:.2f}", it))
    out.print(table if found.by_confidence else "nobody has judged anything yet: `claimwire review --sample 50 --by NAME`")


def _export(folder: Path) -> None:
    from pipeline import reviewing
    from pipeline.connection import connect
    from pipeline.reading import open_reader
    from pipeline.strangers import open_gazetteer

    settings = read_settings()
    done = reviewing.export(folder, connect(settings), open_reader(settings), open_gazetteer(settings))
    out.print(f"{done.articles} articles with {done.statements} statements in {folder}", markup=False)
    for reason, number in done.left_out.items():
        out.print(f"{number} left out: {reason}", markup=False)
