"""Writes the daily brief of a topic, at the hour of daily digests: what is new, who changed position, what is unanswered, what was lost.

A page and a text in the state folder; in short to the channels that alerts.yml names under `brief`.
"""

import os
from datetime import timedelta

from airflow.sdk import DAG, CronTriggerTimetable, task

# As in `ingest`: no package while loading, and every run may be repeated.
TOPICS = (os.environ.get("CLAIMWIRE_TOPICS") or os.environ["CLAIMWIRE_TOPIC"]).split(",")
HOUR = os.environ.get("CLAIMWIRE_DIGEST_HOUR") or "7"
ZONE = os.environ.get("CLAIMWIRE_TIME_ZONE") or "UTC"
DEFAULTS = {"retries": 3, "retry_delay": timedelta(minutes=2), "execution_timeout": timedelta(minutes=15)}


@task
def brief(topic: str) -> dict[str, int]:
    from pipeline import run, tasks

    return tasks.run_stage(run.run_brief, topic)


for each in TOPICS:
    with DAG(
        f"brief-{each}",
        schedule=CronTriggerTimetable(f"2 {HOUR} * * *", timezone=ZONE),
        catchup=False,
        max_active_runs=1,
        default_args=DEFAULTS,
        doc_md=__doc__,
        tags=["claimwire", each],
    ):
        brief(each)
