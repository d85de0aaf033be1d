"""Log lines: JSON, with the ids that follow one article through all stages, and no secret."""

import io
import json
import logging
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import structlog

from pipeline import logs, run
from pipeline.index import Index
from pipeline.settings import Settings


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = structlog.get_config()
    yield
    structlog.configure(**before)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_one_json_object_with_time_level_event_and_what_is_bound() -> None:
    stream = io.StringIO()
    logs.to_stream(stream, ["hunter2"])
    with logs.bound(topic="fish", run="r1", article=None):
        structlog.get_logger("x").warning("feed failed\nагентство", error="http://u:pw@x.example/?key=k1 said hunter2")
    structlog.get_logger("x").info("later")
    first, second = lines(stream)
    assert {key: first[key] for key in ("level", "event", "topic", "run", "error")} == {
        "level": "warning",
        "event": "feed failed\nагентство",
        "topic": "fish",
        "run": "r1",
        "error": "http://***@x.example/?key=*** said ***",
    }
    assert datetime.fromisoformat(first["timestamp"]).utcoffset().total_seconds() == 0  # type: ignore[union-attr]
    assert "article" not in first
    assert "topic" not in second


def test_tracebacks_hold_no_secret() -> None:
    stream = io.StringIO()
    logs.to_stream(stream, ["hunter2"])
    try:
        raise ValueError("the password hunter2 is wrong")
    except ValueError:
        structlog.get_logger("x").exception("bug")
    (line,) = lines(stream)
    assert "ValueError: the password *** is wrong" in line["exception"]
    assert "hunter2" not in stream.getvalue()


def test_a_terminal_shows_lines_for_people_and_no_steps() -> None:
    stream = Terminal()
    logs.to_stream(stream, ["hunter2"])
    structlog.get_logger("x").info("article read", step="read", article="a1")
    structlog.get_logger("x").warning("feed failed", error="hunter2")
    assert "article read" not in stream.getvalue()
    assert "feed failed" in stream.getvalue()
    assert "hunter2" not in stream.getvalue()


def test_lines_of_libraries_pass_the_same_filter() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logging.getLogger().addHandler(handler)
    try:
        logs.to_stream(io.StringIO(), ["hunter2"])
        logging.getLogger("elastic_transport").warning("GET http://elastic:%s@x/ with %s", "pw", "hunter2")
    finally:
        logging.getLogger().removeHandler(handler)
    assert stream.getvalue() == "GET http://***@x/ with ***\n"


def test_in_a_task_the_filter_stands_before_what_writes_the_line_and_only_once() -> None:
    written: list[dict[str, Any]] = []

    def write(logger: Any, method: str, event: Any) -> str:
        written.append(event)
        raise structlog.DropEvent

    structlog.configure(processors=[structlog.contextvars.merge_contextvars, write])
    early = structlog.get_logger("early").bind()  # as Airflow's own are there before ours
    logs.within_airflow(["hunter2"])
    logs.within_airflow(["hunter2", "second-secret"])
    early.info("hunter2 second-secret")
    assert [event["event"] for event in written] == ["*** ***"]
    assert len(structlog.get_config()["processors"]) == 3


def test_one_article_can_be_followed_from_its_link_to_its_alert(known_settings: Settings, index: Index) -> None:
    stream = io.StringIO()
    logs.to_stream(stream, [])
    run.run_collect(known_settings, ["thames-sentinel"])
    run.run_enrich(known_settings)
    run.run_alert(known_settings)
    told = lines(stream)
    sent = next(line for line in told if line.get("step") == "sent")
    (article,) = sent["articles"][:1]
    trail = {line["step"]: line for line in told if line.get("article") == article and "step" in line}
    assert list(trail) == ["link", "read", "decided"]
    assert trail["link"]["outcome"] == "saved"
    assert {trail["link"]["outlet"], trail["read"]["outlet"], trail["decided"]["outlet"]} == {"thames-sentinel"}
    decided = {line["statement"] for line in told if line.get("step") == "decided"}
    assert set(sent["statements"]) <= decided
