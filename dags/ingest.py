"""collect ≫ enrich ≫ alert, every ten minutes. Tasks exchange names and counts; what they work on stands in Elasticsearch."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from airflow.sdk import dag, task
from airflow.sdk.exceptions import AirflowFailException

Counts = dict[str, int]

# A store or a feed that does not answer may answer soon; ids are derived, so that a stage may run as often as it likes.
DEFAULTS = {"retries": 3, "retry_delay": timedelta(seconds=30), "execution_timeout": timedelta(minutes=30)}


def run_stage(stage: Callable[[Any, Any], Any]) -> Any:
    """Runs a stage with the pipeline and its settings; a wrong configuration stays wrong and is not tried again."""
    from pipeline import run
    from pipeline.errors import ConfigError
    from pipeline.settings import read_settings

    try:
        return stage(run, read_settings())
    except ConfigError as error:
        raise AirflowFailException(str(error)) from error


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
        groups: list[list[str]] = run_stage(lambda run, settings: run.plan(settings))
        return groups

    @task(pool="fetch")
    def collect(group: list[str]) -> Counts:
        counts: Counts = run_stage(lambda run, settings: run.run_collect(settings, group, again=True))
        return counts

    # What the other groups have collected is read even where one of them failed.
    @task(pool="enrich", trigger_rule="all_done")
    def enrich() -> Counts:
        counts: Counts = run_stage(lambda run, settings: run.run_enrich(settings))
        return counts

    @task(pool="alert")
    def alert() -> Counts:
        counts: Counts = run_stage(lambda run, settings: run.run_alert(settings))
        return counts

    collect.expand(group=plan()) >> enrich() >> alert()


ingest()
