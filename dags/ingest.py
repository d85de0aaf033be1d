"""collect ≫ enrich ≫ alert, every ten minutes. Tasks exchange names and counts; what they work on stands in Elasticsearch."""

from datetime import timedelta

from airflow.sdk import dag, task

Counts = dict[str, int]

# A store or a feed that does not answer may answer soon; ids are derived, so that a stage may run as often as it likes.
DEFAULTS = {"retries": 3, "retry_delay": timedelta(seconds=30), "execution_timeout": timedelta(minutes=30)}


@dag(
    schedule="*/10 * * * *",
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULTS,
    doc_md=__doc__,
    tags=["claimwire"],
)
def ingest() -> None:
    @task(pool="fetch")
    def plan() -> list[list[str]]:
        from pipeline import run, tasks

        return tasks.run_stage(run.plan)

    @task(pool="fetch")
    def collect(group: list[str]) -> Counts:
        from pipeline import run, tasks

        return tasks.run_stage(lambda settings: run.run_collect(settings, group, again=True))

    # What the other groups have collected is read even where one of them failed.
    @task(pool="enrich", trigger_rule="all_done")
    def enrich() -> Counts:
        from pipeline import run, tasks

        return tasks.run_stage(run.run_enrich)

    @task(pool="alert")
    def alert() -> Counts:
        from pipeline import run, tasks

        return tasks.run_stage(run.run_alert)

    collect.expand(group=plan()) >> enrich() >> alert()


ingest()
