"""`claimwire search`: statements or articles by words, fields and time, in the terminal or as CSV and JSON."""

import csv
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from pipeline.moments import read_span, shown
from pipeline.settings import Settings, read_settings
from pipeline.terminal import AsJson, err, out, show

if TYPE_CHECKING:
    from pipeline.documents import Document, Stored
    from pipeline.index import Index, Kind

Some = list[str] | None
# Between these stand the words that were found; characters that no text of the index has.
MARKS = ("\ue000", "\ue001")
TOLD = ("«", "»")
FACETS = {"act": 9, "speaker.side": 8, "speaker.name": 8, "outlet.name": 8, "claims": 8, "language": 8}
# A statement is shown whole, of an article the words around the first that were found.
MARKED = {"statements": {"text*": 0}, "articles": {"text*": 1, "title*": 1}}
# A spreadsheet takes what begins so for a formula; OWASP, "CSV Injection".
FORMULA = ("=", "+", "-", "@", "\t", "\r")

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "statements": (
        "id", "at", "outlet.name", "outlet.country", "outlet.ownership", "outlet.alignment", "act", "speaker.name", "speaker.affiliation",
        "speaker.side", "targets", "claims", "text", "language", "background", "novelty", "why.confidence", "url.full",
    ),
    "articles": ("id", "published", "outlet.name", "outlet.country", "outlet.ownership", "title", "acts", "claims", "language", "url.full"),
}  # fmt: skip


def search_command(
    query: Annotated[
        str, typer.Argument(help='Words, "phrases", -without, any* ending, AND, OR, brackets, and field:value, as in speaker:Smith.')
    ] = "",
    in_: Annotated[str, typer.Option("--in", help="statements or articles.")] = "statements",
    since: Annotated[str | None, typer.Option(metavar="WHEN", help="From then on: 2022, 2022-12, 2022-12-18, 7d.")] = None,
    until: Annotated[str | None, typer.Option(metavar="WHEN", help="Up to then, the day, month or year included.")] = None,
    side: Annotated[
        Some, typer.Option(help="Who is spoken for, a code or a name: US, EU, Germany. Like those below it may be given several times.")
    ] = None,
    act: Annotated[Some, typer.Option(help="accusation, denial …")] = None,
    outlet: Annotated[Some, typer.Option(help="An outlet's id or name.")] = None,
    claim: Annotated[Some, typer.Option(help="A claim family's id or title.")] = None,
    language: Annotated[Some, typer.Option(help="en, fa, ru, ar.")] = None,
    sort: Annotated[str | None, typer.Option(help="time or relevance; relevance by default where there are words.")] = None,
    facets: Annotated[bool, typer.Option("--facets", help="Count the hits by act, side, speaker, outlet, claim and language.")] = False,
    size: Annotated[int, typer.Option(min=1, max=10_000, help="How many hits at most.")] = 20,
    everything: Annotated[bool, typer.Option("--all", help="With --csv or --json: all hits, however many.")] = False,
    removed: Annotated[bool, typer.Option("--removed", help="Statements that were taken away as well.")] = False,
    as_json: AsJson = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print comma-separated values, safe for spreadsheets.")] = False,
) -> None:
    """Search statements or articles. A name finds the person, however it is spelt and in whatever script."""
    from pipeline.connection import connect

    if in_ not in COLUMNS:
        raise typer.BadParameter("statements or articles", param_hint="--in")
    if sort not in {None, "time", "relevance"}:
        raise typer.BadParameter("time or relevance", param_hint="--sort")
    if as_json and as_csv:
        raise typer.BadParameter("goes not with --json", param_hint="--csv")
    if everything and not (as_json or as_csv):
        raise typer.BadParameter("goes with --csv or --json", param_hint="--all")
    settings = read_settings()
    chosen = {"side": side, "act": act, "outlet": outlet, "claim": claim, "language": language}
    body, has_words = _question(query, in_, chosen, _span(since, until, settings), settings, removed=removed)
    kind: Kind = "statements" if in_ == "statements" else "articles"
    index = connect(settings)
    index.refresh(kind)
    if everything:
        hits: Iterable[tuple[Stored, list[str]]] = ((stored, []) for stored in index.each(kind, body, sort=[_time_of(kind)]))
        total = 0
    else:
        by_time = _time_of(kind) if (sort or ("relevance" if has_words else "time")) == "time" else None
        total, hits = index.search(kind, body, size=size, by_time=by_time, marks=MARKS, fields=MARKED[in_])
    if as_csv:
        _print_csv(COLUMNS[in_], (stored for stored, _ in hits))
    elif as_json:
        _print_json(hits)
    else:
        _show(kind, list(hits), total, settings)
        if facets:
            _show_facets(kind, body, index)


def _question(
    query: str, in_: str, chosen: Mapping[str, Some], span: tuple[datetime | None, datetime | None], settings: Settings, *, removed: bool
) -> "tuple[Document, bool]":
    from pipeline import queries
    from pipeline.documents import iso
    from pipeline.searching import names_of

    names = names_of(settings)
    fields = queries.STATEMENTS if in_ == "statements" else queries.ARTICLES
    asked = queries.asked(query, names, fields)
    wanted: list[Document] = []
    for name, values in chosen.items():
        if values and queries.Field(name) not in fields:
            raise typer.BadParameter(f"articles have no {name}", param_hint=f"--{name}")
        if values:
            each = [queries.term(queries.Field(name), value, names, fields) for value in values]
            wanted.append({"bool": {"should": each, "minimum_should_match": 1}})
    ends = {key: iso(end) for key, end in zip(("gte", "lt"), span, strict=True) if end}
    if ends:
        wanted.append({"range": {_time_of(in_): ends}})
    gone: list[Document] = [] if removed else [{"exists": {"field": "removed"}}]
    return {"bool": {"must": [asked.query], "filter": wanted, "must_not": gone}}, asked.has_words


def _time_of(in_: str) -> str:
    return "at" if in_ == "statements" else "published"


def _span(since: str | None, until: str | None, settings: Settings) -> tuple[datetime | None, datetime | None]:
    now, zone = settings.clock(), settings.time_zone
    try:
        return (read_span(since, now, zone)[0] if since else None, read_span(until, now, zone)[1] if until else None)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--since, --until") from error


# ------------------------------------------------------------------------------------------------ for machines
def _print_csv(columns: Sequence[str], hits: "Iterable[Stored]") -> None:
    writer = csv.writer(sys.stdout)
    writer.writerow(columns)
    for stored in hits:
        writer.writerow([safe(stored.id if column == "id" else _cell(stored.source, column)) for column in columns])


def _cell(document: Mapping[str, Any], column: str) -> str:
    value: Any = document
    for part in column.split("."):
        value = value.get(part, {}) if isinstance(value, Mapping) else {}
    if isinstance(value, list):
        return "; ".join(map(str, value))
    return "" if value == {} else str(value).lower() if isinstance(value, bool) else str(value)


def safe(cell: str) -> str:
    """A cell that no spreadsheet computes."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _print_json(hits: "Iterable[tuple[Stored, list[str]]]") -> None:
    for stored, fragments in hits:
        told = [fragment.replace(MARKS[0], TOLD[0]).replace(MARKS[1], TOLD[1]) for fragment in fragments]
        print(json.dumps({"id": stored.id, "highlight": told, **stored.source}, ensure_ascii=False))


# ------------------------------------------------------------------------------------------------ for people
def _show(kind: str, hits: "Sequence[tuple[Stored, list[str]]]", total: int, settings: Settings) -> None:
    if not hits:
        out.print("no hits")
        return
    table = Table(expand=True)
    table.add_column("said" if kind == "statements" else "published", no_wrap=True)
    table.add_column("outlet", ratio=2)
    table.add_column("who" if kind == "statements" else "acts", ratio=3)
    table.add_column("words and page", ratio=8)
    for stored, fragments in hits:
        table.add_row(*_row(kind, stored, fragments, settings))
    show(table)
    err.print(f"{len(hits):,} of {total:,} hits" if total > len(hits) else f"{total:,} hits" if total > 1 else "1 hit", style="dim")


def _row(kind: str, stored: "Stored", fragments: list[str], settings: Settings) -> Iterator[Text]:
    from pipeline.documents import moment
    from pipeline.wording import link, plain

    it = stored.source
    yield Text(shown(moment(it.get(_time_of(kind))), settings.time_zone)[:10])
    yield Text(plain(it["outlet"]["name"], 60))
    if kind == "statements":
        speaker = it["speaker"]
        side = f" ({speaker['side']})" if speaker.get("side") else ""
        about = f" → {', '.join(it['targets'])}" if it.get("targets") else ""
        yield Text.assemble((it["act"], "bold"), " ", plain(f"{speaker['name']}{side}{about}", 200))
        whole = it["text"]
    else:
        yield Text(", ".join(it.get("acts", ())))
        whole = it.get("title", "")
    found = fragments[0] if fragments else whole
    address = link(it["url"]["full"]) or "no address that can be opened"
    yield Text.assemble(*_marked(found), ("\n" + address, "dim"), (f"\n{stored.id[:10]}", "dim"), overflow="fold")


def _marked(fragment: str) -> Iterator[tuple[str, str]]:
    """Its parts with their styles: the words that were found are bold and yellow."""
    from pipeline.wording import plain

    for place, part in enumerate(fragment.replace(MARKS[1], MARKS[0]).split(MARKS[0])):
        told = plain(part, 600)
        before, after = " " if part[:1].isspace() else "", " " if part[-1:].isspace() and told else ""
        yield f"{before}{told}{after}", "bold yellow" if place % 2 else ""


def _show_facets(kind: "Kind", body: "Document", index: "Index") -> None:
    fields = FACETS if kind == "statements" else {"acts": 9, "outlet.name": 8, "claims": 8, "language": 8}
    table = Table(*fields, title="Hits by", title_justify="left", expand=True)
    found = [index.terms(kind, field, body, size) for field, size in fields.items()]
    columns = [[f"{number:,} {value}" for value, number in each.items()] for each in found]
    for place in range(max(map(len, columns), default=0)):
        table.add_row(*(Text(next(islice(column, place, None), "")) for column in columns))
    show(table)
