"""How a DAG's task runs a stage. Airflow is imported when that happens: the package does without it."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import structlog

from pipeline import logs
from pipeline.errors import ConfigError
from pipeline.pruning import prune_logs as prune_logs_of
from pipeline.settings import Settings, read_settings, secret_values

T = TypeVar("T")

log = structlog.get_logger(__name__)


def run_stage(stage: Callable[[Settings], T], topic: str) -> T:
    """Runs a stage for a topic with this process's settings; a wrong configuration stays wrong and is not tried again.

    Whatever it logs has the topic, the run's id and the task's name.
    """
    from airflow.sdk import get_current_context  # noqa: PLC0415  # only a task has it
    from airflow.sdk.exceptions import AirflowFailException  # noqa: PLC0415

    logs.within_airflow(secret_values())
    context = get_current_context()
    with logs.bound(topic=topic, run=str(context["run_id"]), task=context["task"].task_id):
        try:
            ended = stage(read_settings(topic=topic))
        except ConfigError as error:
            raise AirflowFailException(str(error)) from error
        if isinstance(ended, dict):
            log.info("task ended", counts=ended)
    return ended


def prune_logs(settings: Settings) -> dict[str, int]:
    """Deletes Airflow's logs of tasks that are older than the settings want them kept; it would keep them for ever."""
    from airflow.configuration import conf  # noqa: PLC0415  # only a task has it

    folder = Path(conf.get("logging", "base_log_folder"))
    # By the real time: files have that of the disk, whatever CLAIMWIRE_NOW says.
    return {"log files": prune_logs_of(folder, settings.keep_logs_days, datetime.now(UTC))}
