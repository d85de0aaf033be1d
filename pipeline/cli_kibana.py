"""`claimwire kibana`: what is ready for analysts in Kibana, built and loaded."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from pipeline.settings import read_settings
from pipeline.terminal import err, escape, out

kibana_app = typer.Typer(no_args_is_help=True, help="Data views, saved searches, dashboards and rules in Kibana.")


@kibana_app.command("build")
def kibana_build(file: Annotated[Path | None, typer.Argument(help="A file to write; standard output where none is named.")] = None) -> None:
    """Make Kibana's saved objects of kibana.yml, for Stack Management, Saved objects, Import."""
    from pipeline import kibana_api

    body, _, _ = kibana_api.build(read_settings())
    if file is None:
        print(body, end="")
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(body, encoding="utf-8")
    err.print(f"{len(body.splitlines())} saved objects in {escape(str(file))}")


@kibana_app.command("import")
def kibana_import(
    url: Annotated[str | None, typer.Option(help="Kibana's address, with /s/SPACE for a space; else CLAIMWIRE_KIBANA_URL.")] = None,
) -> None:
    """Load everything into Kibana, in the place of what was loaded before; for each topic that is watched."""
    from pipeline import kibana_api

    settings = read_settings()
    for topic in settings.watched:
        for line in kibana_api.load(settings.of(topic), url or settings.kibana_url):
            out.print(f"loaded {escape(line)}")


@kibana_app.command("questions")
def kibana_questions() -> None:
    """List the questions of an analyst, and the panel that answers each."""
    from pipeline.config_files import read_kibana

    rules = read_kibana(read_settings())
    table = Table("question", "dashboard", "panel")
    for question, words in rules.questions.items():
        dashboard, _, panel = rules.answering(question)
        table.add_row(escape(words), escape(rules.dashboards[dashboard].title), escape(panel.title))
    out.print(table)
