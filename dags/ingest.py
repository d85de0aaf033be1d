"""collect ≫ enrich ≫ alert of a topic, every ten minutes. Tasks exchange names and counts; what they work on stands in Elasticsearch."""

import os
from datetime import timedelta

from airflow.sdk import DAG, task

Counts = dict[str, int]

# Without the package, so that DAGs load lightly; what the names must be like is checked by the first task.
TOPICS = (os.environ.get("CLAIMWIRE_TOPICS") or os.environ["CLAIMWIRE_TOPIC"]).split(",")

# A store or a feed that does not answer may answer soon; ids are derived, so that a stage may run as often as it likes.
DEFAULTS = {"retries": 3, "retry_delay": timedelta(seconds=30), "execution_timeout": timedelta(minutes=30)}


@task(pool="fetch")
def plan(topic: str) -> list[list[str]]:
    from pipeline import run, tasks

    return tasks.run_stage(run.plan, topic)


@task(pool="fetch")
def collect(group: list[str], topic: str) -> Counts:
    from pipeline import run, tasks

    return tasks.run_stage(lambda settings: run.run_collect(settings, group, again=True), topic)


# What the other groups have collected is read even where one of them failed.
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
        f"ingest-{each}",
        schedule="*/10 * * * *",
        catchup=False,
        max_active_runs=1,
        default_args=DEFAULTS,
        doc_md=__doc__,
        tags=["claimwire", each],
    ):
        collect.partial(topic=each).expand(group=plan(each)) >> enrich(each) >> alert(each)
