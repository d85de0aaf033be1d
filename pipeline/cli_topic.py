"""`claimwire topic`: the topics of this installation, and beginning another one."""

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table

from pipeline.settings import read_settings
from pipeline.terminal import AsJson, escape, out

topic_app = typer.Typer(no_args_is_help=True, help="What is watched: the topics of this installation.")


@topic_app.command("list")
def topic_list(as_json: AsJson = False) -> None:
    """List the topics that have files, and which of them are watched."""
    from pipeline import topics

    found = topics.listed(read_settings())
    if as_json:
        print(json.dumps([asdict(each) for each in found], ensure_ascii=False))
        return
    table = Table("topic", "title", "watched", "files")
    for each in found:
        table.add_row(each.id, escape(each.title), "yes" if each.watched else "no", each.files)
    out.print(table)


@topic_app.command("init")
def topic_init(
    name: Annotated[str, typer.Argument(help="Its id: small letters, digits, hyphens.")],
    like: Annotated[str | None, typer.Option(metavar="TOPIC", help="Begin with the files of this topic instead of a skeleton.")] = None,
) -> None:
    """Write the first files of another topic: a small one that works and says in its comments what to put in."""
    from pipeline import run, topics

    settings = read_settings()
    for file in topics.begin(name, settings, like):
        out.print(escape(str(file)))
    run.check(settings.of(name))
    watched = ",".join([*settings.watched, name])
    out.print(
        f"\nPut your words in, then:\n"
        f"  claimwire --topic {name} config check\n"
        f"  claimwire --topic {name} setup\n"
        f"  claimwire --topic {name} run\n"
        f"CLAIMWIRE_TOPICS={watched} has it watched beside the others."
    )
