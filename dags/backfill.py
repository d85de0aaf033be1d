"""Articles of years past, out of web archives: trigger it with their addresses, a month's list of them for one. An archive is a task.

Broken off, each goes on where it was. It alerts nobody; what it finds is read by the same task.
"""

import os
from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, Param, task

Counts = dict[str, int]

# As in `ingest`.
TOPICS = (os.environ.get("CLAIMWIRE_TOPICS") or os.environ["CLAIMWIRE_TOPIC"]).split(",")
# An archive of a gigabyte takes minutes; one that lies far away, longer.
DEFAULTS = {"retries": 3, "retry_delay": timedelta(minutes=1), "execution_timeout": timedelta(hours=6)}
PARAMS = {
    "addresses": Param(
        [], type="array", items={"type": "string"}, description="WARC, WACZ, .jsonl, folders, patterns, lists of paths (.paths.gz)"
    ),
    "listed": Param(False, type="boolean", description="only pages of outlets that are in sources.yml"),
    "again": Param(False, type="boolean", description="from the start, also what was done to its end"),
}
# Airflow maps a task at most so often; of more archives, several are a task.
TASKS = 1000


@task(pool="backfill")
def plan(topic: str, params: dict[str, Any] | None = None) -> list[list[dict[str, str]]]:
    from pipeline import tasks
    from pipeline.backfill.inputs import planned

    return tasks.run_stage(lambda _: planned((params or {})["addresses"], TASKS), topic)


@task(pool="backfill")
def load(sources: list[dict[str, str]], topic: str, params: dict[str, Any] | None = None) -> Counts:
    from pipeline import tasks
    from pipeline.backfill.inputs import Input, Kind
    from pipeline.backfill.running import backfill_whole

    chosen = params or {}
    archives = [Input(address=source["address"], kind=Kind(source["kind"])) for source in sources]
    return tasks.run_stage(
        lambda settings: backfill_whole(archives, settings, strangers=not chosen["listed"], again=chosen["again"]), topic
    )


for each in TOPICS:
    with DAG(
        f"backfill-{each}",
        schedule=None,
        catchup=False,
        max_active_runs=1,
        default_args=DEFAULTS,
        doc_md=__doc__,
        tags=["claimwire", each],
        params=PARAMS,
    ):
        load.partial(topic=each).expand(sources=plan(each))
