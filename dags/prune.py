"""Takes away, every night, what of a topic is older than CLAIMWIRE_KEEP_…_DAYS wants it, and Airflow's own old logs.

Also goes on with a `claimwire forget` that was killed, and looks again after what was erased lately.
"""

import os
from datetime import timedelta

from airflow.sdk import DAG, task

# As in `ingest`: no package while loading, and every run may be repeated.
TOPICS = (os.environ.get("CLAIMWIRE_TOPICS") or os.environ["CLAIMWIRE_TOPIC"]).split(",")
DEFAULTS = {"retries": 3, "retry_delay": timedelta(minutes=5), "execution_timeout": timedelta(minutes=60)}


@task
def prune(topic: str) -> dict[str, int]:
    from pipeline import run, tasks

    return tasks.run_stage(run.run_prune, topic)


@task
def logs(topic: str) -> dict[str, int]:
    from pipeline import tasks

    return tasks.run_stage(tasks.prune_logs, topic)


for each in TOPICS:
    with DAG(
        f"prune-{each}",
        # Between two runs of the others, when little is published.
        schedule="22 3 * * *",
        catchup=False,
        max_active_runs=1,
        default_args=DEFAULTS,
        doc_md=__doc__,
        tags=["claimwire", each],
    ):
        prune(each)
        logs(each)
