"""Looks at a topic's articles again, every hour at those that are due; reads what has changed, and alerts on what was added."""

import os
from datetime import timedelta

from airflow.sdk import DAG, task

Counts = dict[str, int]

# As in `ingest`: no package while loading, and every stage may run as often as it likes.
TOPICS = (os.environ.get("CLAIMWIRE_TOPICS") or os.environ["CLAIMWIRE_TOPIC"]).split(",")
DEFAULTS = {"retries": 3, "retry_delay": timedelta(seconds=30), "execution_timeout": timedelta(minutes=60)}


@task(pool="fetch")
def look(topic: str) -> Counts:
    from pipeline import run, tasks

    return tasks.run_stage(run.run_revisit, topic)


@task(pool="enrich", trigger_rule="all_done")
def enrich(topic: str) -> Counts:
    from pipeline import run, tasks

    return tasks.run_stage(run.run_enrich, topic)


@task(pool="alert")
def alert(topic: str) -> Counts:
    from pipeline import run, tasks

    return tasks.run_stage(run.run_alert, topic)


for each in TOPICS:
    with DAG(
        f"revisit-{each}",
        schedule="35 * * * *",
        catchup=False,
        max_active_runs=1,
        default_args=DEFAULTS,
        doc_md=__doc__,
        tags=["claimwire", each],
    ):
        look(each) >> enrich(each) >> alert(each)
