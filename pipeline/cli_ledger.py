"""`claimwire ledger`: where each party stands on each claim, since when, and the sentences that moved it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from pipeline.settings import read_settings
from pipeline.terminal import AsJson, escape, out, progress_lines

if TYPE_CHECKING:
    from pipeline.claims import Facts
    from pipeline.documents import Document
    from pipeline.index import Index

SILENT = "silent"


def ledger_command(
    family: Annotated[str | None, typer.Argument(help="A claim family of claims.yml, by id; all where none is given.")] = None,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Compute every row anew from the statements, and say how many differed.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show where each party stands on each claim; of one claim also the sentences that moved it."""
    from pipeline import ledger
    from pipeline.connection import connect

    if family and rebuild:
        raise typer.BadParameter("computes all families anew, and goes with none", param_hint="--rebuild")
    settings = read_settings().alerter
    index, facts = connect(settings), ledger.read_facts(settings)
    if rebuild:
        with progress_lines(as_json) as progress:
            told = ledger.rebuild(index, facts, settings.clock(), progress)
        line = f"[bold]ledger[/bold]: {told.documents} rows; {told.differed} differed, {told.deleted} of them deleted"
        print(json.dumps(asdict(told))) if as_json else out.print(line)
    elif family is None:
        overview = families(index, facts)
        print(json.dumps(overview, ensure_ascii=False)) if as_json else out.print(_overview(overview, facts) if overview else "nothing yet")
    else:
        _show_family(family, index, facts, as_json)


def families(index: "Index", facts: "Facts") -> "list[Document]":
    """One entry per family that has statements: its parties' positions, what waits for an answer, the last move."""
    from pipeline import ledger

    accusations = ledger.accusations_of(index)
    rows = [stored.source for stored in ledger.read(index)]
    return [
        {
            "family": family,
            "title": facts.titles.get(family, family),
            "parties": {row["party"]: row["position"] for row in parties(list(of_family), family, facts)},
            "accusations": accusations.get(family, 0),
            "unanswered": {row["party"]: row["unanswered"] for row in of_family if row["unanswered"]},
            "last_move": max((row["since"] for row in of_family if "since" in row), default=None),
        }
        for family, of_family in ((key, list(group)) for key, group in groupby(rows, key=lambda row: str(row["family"])))
    ]


def parties(rows: Sequence[Mapping[str, Any]], family: str, facts: "Facts") -> list[Mapping[str, Any]]:
    """The rows of a family: the parties that its proposition names first, silent ones among them, then the others."""
    stored = {row["party"]: row for row in rows}
    named = facts.named.get(family, ())
    silent = {"position": SILENT, "counts": {}, "unanswered": 0}
    about = [stored.get(party) or {"party": party, "party_name": facts.names.get(party, party), **silent} for party in named]
    return [*about, *(row for row in rows if row["party"] not in named)]


def _overview(entries: "Sequence[Document]", facts: "Facts") -> Table:
    table = Table("claim", "where the parties stand", "accusations", "unanswered by", "last move", show_lines=True)
    for each in entries:
        stand = "\n".join(_stands(each["parties"], facts))
        waiting = "\n".join(f"{number}: {escape(facts.names.get(party, party))}" for party, number in each["unanswered"].items())
        table.add_row(
            f"{escape(each['title'])}\n[dim]{each['family']}[/dim]",
            stand,
            str(each["accusations"]),
            waiting or "–",
            _day(each["last_move"]),
        )
    return table


def _stands(positions: Mapping[str, str], facts: "Facts") -> Iterator[str]:
    """One line per position, in the order in which the parties take them."""
    for position in dict.fromkeys(positions.values()):
        names = [facts.names.get(party, party) for party, each in positions.items() if each == position]
        yield f"[bold]{position}[/bold]: {escape(', '.join(names))}"


def _show_family(family: str, index: "Index", facts: "Facts", as_json: bool) -> None:
    from pipeline import ledger

    stored = [row.source for row in ledger.read(index, family)]
    if not stored and family not in facts.titles:
        raise typer.BadParameter(f"no claim family {family!r}; there are: {', '.join(facts.titles)}", param_hint="FAMILY")
    rows = parties(stored, family, facts)
    title = facts.titles.get(family, family)
    if as_json:
        print(json.dumps({"family": family, "title": title, "parties": rows}, ensure_ascii=False))
        return
    out.print(f"[bold]{escape(title)}[/bold]  [dim]{family}[/dim]")
    out.print(_standing(rows, facts) if rows else "nobody has said anything yet")
    for line in _moves(rows):
        out.print(line)


def _standing(rows: Sequence[Mapping[str, Any]], facts: "Facts") -> Table:
    table = Table("party", "position", "since", "alleged by", "origins", "outlets", "unanswered", "hours to answer")
    for row in rows:
        counts = row["counts"]
        accusers = ", ".join(facts.names.get(each, each) for each in row.get("alleged_by", ()))
        numbers = (str(counts.get("origins", 0)), str(counts.get("outlets", 0)), _waiting(row), _hours(row))
        table.add_row(escape(row["party_name"]), row["position"], _day(row.get("since")), escape(accusers) or "–", *numbers)
    return table


def _waiting(row: Mapping[str, Any]) -> str:
    return f"{row['unanswered']} since {_day(row['unanswered_since'])}" if row["unanswered"] else "–"


def _hours(row: Mapping[str, Any]) -> str:
    return f"{row['hours_to_answer']:g}" if "hours_to_answer" in row else "–"


def _moves(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Every move of every party, oldest first, with the sentence that made it."""
    moves = [(event["at"], row["party_name"], before, event) for row in rows for before, event in _with_before(row.get("history", ()))]
    for at, party, before, event in sorted(moves, key=lambda each: (each[0], each[1])):
        recalled = ", as recalled by" if event["background"] else ","
        yield f"\n{_day(at)}  [bold]{escape(party)}[/bold]: {before} → [bold]{event['position']}[/bold]"
        yield f"  {escape(event['sentence'].strip())}"
        yield f"  [dim]{escape(event['speaker'])}{recalled} {escape(event['outlet'])}: {escape(event['url'])}[/dim]"


def _with_before(history: "Sequence[Document]") -> "Iterator[tuple[str, Document]]":
    return zip((SILENT, *(event["position"] for event in history)), history, strict=False)


def _day(time: str | None) -> str:
    return time[:10] if time else "–"
