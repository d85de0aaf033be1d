"""`claimwire quarantine`: what could not be done, why, and what shall become of it."""

import json
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from pipeline.settings import read_settings
from pipeline.terminal import AsJson, escape, out

if TYPE_CHECKING:
    from pipeline.documents import Stored

quarantine_app = typer.Typer(
    no_args_is_help=True, help="Articles that could not be read or written, set aside so that they hold up nothing else."
)

Ids = Annotated[list[str] | None, typer.Argument(help="Ids, or the beginnings of them.")]
All = Annotated[bool, typer.Option("--all", help="Everything that is set aside.")]

# Of an id, enough to tell one from another.
SHORT = 10


@quarantine_app.command("list")
def quarantine_list(as_json: AsJson = False) -> None:
    """Show everything that has failed, the first failure first."""
    from pipeline import quarantine
    from pipeline.connection import connect

    found = quarantine.listed(connect(read_settings()))
    if as_json:
        for each in found:
            print(json.dumps({"id": each.id, **each.source}, ensure_ascii=False))
        return
    table = Table("id", "since", "tries", "outlet", "title", "why", expand=True)
    for each in found:
        it = each.source
        tries = f"{it['attempts']}, set aside" if "set_aside" in it else str(it["attempts"])
        why = f"{it['error']['type']}: {it['error']['message']}"
        table.add_row(
            each.id[:SHORT],
            it["event"]["created"][:16],
            tries,
            *(escape(part) for part in (it["outlet"]["name"], it.get("title", "–"), why)),
        )
    out.print(table if found else "nothing has failed")


@quarantine_app.command("show")
def quarantine_show(id_: Annotated[str, typer.Argument(metavar="ID", help="Its id, or the beginning of it.")]) -> None:
    """Show one with its whole stack."""
    from pipeline import quarantine
    from pipeline.connection import connect

    it = quarantine.one(id_, connect(read_settings())).source
    out.print(f"[bold]{escape(it.get('title', '–'))}[/bold]\n{escape(it['outlet']['name'])}  {escape(it['url']['full'])}")
    out.print(f"failed {it['attempts']} times since {it['event']['created'][:16]} UTC, last {it['event']['ingested'][:16]} UTC\n")
    out.print(escape(it["error"].get("stack_trace") or it["error"]["message"]))


@quarantine_app.command("retry")
def quarantine_retry(ids: Ids = None, all_: All = False) -> None:
    """Have them tried again at the next run, after whatever was wrong has been mended."""
    from pipeline import quarantine
    from pipeline.connection import connect

    index = connect(read_settings())
    out.print(f"{quarantine.retry(_chosen(ids, all_), index)} to be tried again")


@quarantine_app.command("drop")
def quarantine_drop(ids: Ids = None, all_: All = False) -> None:
    """Give them up: what could not be read stays in the index unread, what Elasticsearch refuses is gone."""
    from pipeline import quarantine
    from pipeline.connection import connect

    index = connect(read_settings())
    out.print(f"{quarantine.drop(_chosen(ids, all_), index)} given up")


def _chosen(ids: list[str] | None, all_: bool) -> "list[Stored]":
    from pipeline import quarantine
    from pipeline.connection import connect

    if bool(ids) is all_:
        raise typer.BadParameter("ids, or --all", param_hint="ID")
    index = connect(read_settings())
    return quarantine.listed(index) if all_ else [quarantine.one(id_, index) for id_ in ids or ()]
