"""Structured logs: one JSON object a line, with the ids that follow an article through all stages, and with no secret in it.

Lines that only say what became of one thing (a link ended, an article was read, a statement decided, an alert sent) have a `step`;
they are for machines, and a terminal does not show them. Ids have the same names everywhere: topic, run, source, outlet, link,
article, statement, alert.
"""

import logging
from collections.abc import Iterable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any, TextIO

import structlog
from structlog.typing import Processor

from pipeline.redaction import Redaction

Line = MutableMapping[str, Any]


def to_stream(stream: TextIO, secrets: Iterable[str]) -> None:
    """From here on this process logs to a stream: JSON, or lines for people where that is a terminal."""
    redaction = Redaction(secrets)
    common: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redaction,
    ]
    shown: list[Processor] = [_without_steps, structlog.dev.ConsoleRenderer()]
    lines: list[Processor] = [structlog.processors.JSONRenderer(ensure_ascii=False)]
    structlog.configure(processors=common + (shown if stream.isatty() else lines), logger_factory=structlog.PrintLoggerFactory(stream))
    _redact_libraries(redaction)


def _without_steps(logger: Any, method: str, line: Line) -> Line:
    if "step" in line:
        raise structlog.DropEvent
    return line


def within_airflow(secrets: Iterable[str]) -> None:
    """Airflow has set up structlog for its task: JSON lines in the task's log. What must not stand in them is taken out at the end.

    The list is changed in place: loggers that exist already hold it. A line for each request to the store is kept out: there are
    thousands in a run.
    """
    logging.getLogger("elastic_transport").setLevel(logging.WARNING)
    redaction = Redaction(secrets)
    processors = structlog.get_config()["processors"]
    kept = [each for each in processors if not isinstance(each, Redaction)]
    changed = [*kept[:-1], redaction, kept[-1]]
    if isinstance(processors, list):
        processors[:] = changed
    else:
        structlog.configure(processors=changed)
    _redact_libraries(redaction)


@contextmanager
def bound(**ids: str | None) -> Iterator[None]:
    """Every line that is logged in here has these ids; None is none."""
    with structlog.contextvars.bound_contextvars(**{name: id_ for name, id_ in ids.items() if id_ is not None}):
        yield


class _Redacting(logging.Filter):
    """The same for lines of libraries, which log by the standard library."""

    def __init__(self, redaction: Redaction) -> None:
        super().__init__()
        self._redaction = redaction

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.msg, str):  # Airflow's own have been through structlog
            record.msg, record.args = self._redaction.text(record.getMessage()), ()
        if record.exc_info and record.exc_text is None:
            record.exc_text = self._redaction.text(logging.Formatter().formatException(record.exc_info))
        return True


def _redact_libraries(redaction: Redaction) -> None:
    handlers = [*logging.getLogger().handlers, *([logging.lastResort] if logging.lastResort else [])]
    for handler in handlers:
        for old in [each for each in handler.filters if isinstance(each, _Redacting)]:
            handler.removeFilter(old)
        handler.addFilter(_Redacting(redaction))
