"""`claimwire forget` and `claimwire prune`: what must not be kept, and what has been kept for long enough."""

import json
from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from pipeline.settings import Settings, read_settings
from pipeline.terminal import AsJson, err, escape, out, progress_lines

if TYPE_CHECKING:
    from pipeline.forgetting import Plan

COPIES = 20  # that are named


def forget_command(
    wanted: Annotated[str, typer.Argument(metavar="URL|OUTLET", help="An address of an article in any form, or an outlet's id.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do it. Without it nothing is changed.")] = False,
    by: Annotated[str | None, typer.Option(help="Who wants it; is remembered.")] = None,
    why: Annotated[str | None, typer.Option(help="Why; is remembered. Do not quote the article here.")] = None,
    as_json: AsJson = False,
) -> None:
    """Erase an article, or all of an outlet, wherever it is kept, and never fetch it again."""
    from pipeline import forgetting
    from pipeline.errors import NotFound

    settings = read_settings().eraser
    if yes and not (by and why):
        raise typer.BadParameter("needs both --by and --why", param_hint="--yes")
    plans, unknown = [], []
    for topic in settings.watched:
        try:
            plans.append(forgetting.plan(wanted, settings.of(topic)))
        except NotFound as error:
            unknown.append(error)
    if not plans:
        raise unknown[0]
    if not as_json:
        for plan in plans:
            _show(plan)
    if not yes:
        if as_json:
            print(json.dumps({"done": False, "topics": [_document(plan) for plan in plans]}, ensure_ascii=False))
        else:
            err.print("Nothing was changed. With --yes --by NAME --why TEXT it is erased.")
        raise typer.Exit(1)
    _do(plans, str(by), str(why), settings, as_json)


def _do(plans: "list[Plan]", by: str, why: str, settings: Settings, as_json: bool) -> None:
    from pipeline import forgetting
    from pipeline.forgotten import Wish

    done = {}
    for plan in plans:
        with progress_lines(as_json) as progress:
            wish = Wish(by=by, why=why, at=settings.clock())
            done[plan.topic] = forgetting.forget(plan, wish, settings.of(plan.topic), progress)
    if as_json:
        print(json.dumps({"done": True, "topics": [_document(plan) | {"erased": done[plan.topic]} for plan in plans]}, ensure_ascii=False))
        return
    for topic, counts in done.items():
        out.print(f"[bold]{topic}[/bold]: erased {_told(counts) or 'nothing'}; it is not fetched again")
    out.print("Not in reach: what channels have sent, snapshots and backups made before now, and logs.", style="dim")


def _told(counts: "Counter[str]") -> str:
    return ", ".join(f"{number} {what}" for what, number in counts.items())


def _document(plan: "Plan") -> dict[str, object]:
    return {"topic": plan.topic, "found": plan.counts, "copies": plan.copies, "kept out": plan.remembered}


def _show(plan: "Plan") -> None:
    target = plan.target
    what = f"outlet {target.outlet} ({', '.join(target.domains)})" if target.is_outlet else "the article"
    table = Table("what", "number", title=escape(f"{plan.topic}: all of {what}"), title_justify="left")
    for name, number in plan.counts.items():
        table.add_row(name, str(number))
    out.print(table if plan.counts else f"{plan.topic}: nothing is stored of {escape(what)}")
    if plan.remembered:
        out.print("It is kept out already.")
    if target.is_outlet:
        told = f"`claimwire sources pause {target.outlet}`, or taking its block out of sources.yml"
        out.print(f"Its feeds are still asked, and every link ends as `forgotten`. {told}, spares them that.")
    if plan.copies:
        out.print(f"\nCopies elsewhere, which stay ({len(plan.copies)}):")
        for line in plan.copies[:COPIES]:
            out.print(f"  {escape(line)}")


def prune_command(as_json: AsJson = False) -> None:
    """Take away what is older than CLAIMWIRE_KEEP_…_DAYS wants it, and finish what `forget` has begun. A DAG does it every night."""
    from pipeline import pruning

    settings, done = read_settings().eraser, {}
    for topic in settings.watched:
        with progress_lines(as_json) as progress:
            done[topic] = pruning.prune(settings.of(topic), progress)
    if as_json:
        print(json.dumps({"stage": "prune", "counts": done}))
        return
    for topic, counts in done.items():
        out.print(f"[bold]{topic}[/bold]: {_told(counts) or 'nothing to do'}")
