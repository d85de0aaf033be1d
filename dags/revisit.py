"""Looks at articles again, every hour at those that are due; reads what has changed, and alerts on what was added."""

from datetime import timedelta

from airflow.sdk import dag, task

Counts = dict[str, int]

# As in `ingest`: every stage may run as often as it likes.
DEFAULTS = {"retries": 3, "retry_delay": timedelta(seconds=30), "execution_timeout": timedelta(minutes=60)}


@dag(
    schedule="35 * * * *",
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULTS,
    doc_md=__doc__,
    tags=["claimwire"],
)
def revisit() -> None:
    @task(pool="fetch")
    def look() -> Counts:
        from pipeline import run, tasks

        return tasks.run_stage(run.run_revisit)

    @task(pool="enrich", trigger_rule="all_done")
    def enrich() -> Counts:
        from pipeline import run, tasks

        return tasks.run_stage(run.run_enrich)

    @task(pool="alert")
    def alert() -> Counts:
        from pipeline import run, tasks

        return tasks.run_stage(run.run_alert)

    look() >> enrich() >> alert()


revisit()
