"""Looks after a topic's pipeline every ten minutes: silent sources, failing feeds, delays, queues, runs that do not come.

Raises and clears alarms through the channels of alerts.yml, writes metrics, and calls the heartbeat's address where all went well.
"""

import os
from datetime import timedelta

from airflow.sdk import DAG, task

# As in `ingest`: no package while loading, and every pass may run as often as it likes.
TOPICS = (os.environ.get("CLAIMWIRE_TOPICS") or os.environ["CLAIMWIRE_TOPIC"]).split(",")
DEFAULTS = {"retries": 3, "retry_delay": timedelta(seconds=30), "execution_timeout": timedelta(minutes=5)}


# In none of the stages' pools: it has to run when these are stuck.
@task
def look_after(topic: str) -> dict[str, int]:
    from pipeline import run, tasks

    return tasks.run_stage(run.run_watch, topic)


for each in TOPICS:
    with DAG(
        f"watch-{each}",
        # Between two runs of `ingest`.
        schedule="5-59/10 * * * *",
        catchup=False,
        max_active_runs=1,
        default_args=DEFAULTS,
        doc_md=__doc__,
        tags=["claimwire", each],
    ):
        look_after(each)
