"""Runs reading or extraction again on a topic's stored articles, with today's code and rules. Never by itself: trigger it, at first
with `dry_run`.

Each run does at most `limit` articles and gives what is left; triggered again, it goes on from there. It alerts nobody.
"""

import os
from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, Param, task

# As in `ingest`.
TOPICS = (os.environ.get("CLAIMWIRE_TOPICS") or os.environ["CLAIMWIRE_TOPIC"]).split(",")
DEFAULTS = {"retries": 3, "retry_delay": timedelta(seconds=30), "execution_timeout": timedelta(hours=2)}
PARAMS = {
    "what": Param("read", enum=["read", "extract"], description="read: the stored text; extract: the archived page, then its text"),
    "dry_run": Param(True, type="boolean", description="write nothing, count what would change"),
    "limit": Param(1000, type="integer", minimum=1),
    "outlets": Param([], type="array", items={"type": "string"}, description="outlet ids; all where none is given"),
}


@task(pool="enrich")
def again(topic: str, params: dict[str, Any] | None = None) -> dict[str, int]:
    from pipeline import run, tasks
    from pipeline.reprocess import Scope, What

    chosen = params or {}
    scope = Scope(what=What(chosen["what"]), dry_run=chosen["dry_run"], limit=chosen["limit"], outlets=chosen["outlets"])
    return dict(tasks.run_stage(lambda settings: run.run_reprocess(settings, scope), topic).counts)


for each in TOPICS:
    with DAG(
        f"reprocess-{each}",
        schedule=None,
        catchup=False,
        max_active_runs=1,
        default_args=DEFAULTS,
        doc_md=__doc__,
        tags=["claimwire", each],
        params=PARAMS,
    ):
        again(each)
