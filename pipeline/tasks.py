"""How a DAG's task runs a stage. Airflow is imported when that happens: the package does without it."""

from collections.abc import Callable
from typing import TypeVar

from pipeline.errors import ConfigError
from pipeline.settings import Settings, read_settings

T = TypeVar("T")


def run_stage(stage: Callable[[Settings], T], topic: str) -> T:
    """Runs a stage for a topic with this process's settings; a wrong configuration stays wrong and is not tried again."""
    from airflow.sdk.exceptions import AirflowFailException  # noqa: PLC0415  # only a task has it

    try:
        return stage(read_settings(topic=topic))
    except ConfigError as error:
        raise AirflowFailException(str(error)) from error
