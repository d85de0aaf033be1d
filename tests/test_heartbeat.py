"""The address that is called as long as all is well, on a real receiver."""

import dataclasses

import pytest
from pydantic import SecretStr

from pipeline.heartbeat import LIMITS, beat
from pipeline.settings import Settings
from tests.conftest import free_port
from tests.receivers import CUT, HANG, Answer, webhook_receiver


def calling(settings: Settings, address: str) -> Settings:
    return settings.model_copy(update={"heartbeat": SecretStr(address)})


def test_without_an_address_nobody_is_called(settings: Settings) -> None:
    assert beat(settings) is None


@pytest.mark.parametrize("status", [200, 202, 204])
def test_the_address_is_called_wherever_it_is_and_robots_are_not_asked(settings: Settings, status: int) -> None:
    with webhook_receiver() as inbox:
        inbox.status = status
        assert beat(calling(settings, f"http://{inbox.host}/ping/s3cret-{{topic}}?a=b\n")) is None
    ((headers, _, path),) = inbox.requests
    assert path == "/ping/s3cret-iran-russia?a=b"
    assert headers["User-Agent"].startswith("claimwire/")


@pytest.mark.parametrize("answer", [404, 500, CUT, Answer(302, {"Location": "http://127.0.0.1:9/internal"})])
def test_a_call_that_fails_is_told_by_its_host_alone(settings: Settings, answer: Answer | int) -> None:
    with webhook_receiver() as inbox:
        inbox.script = [answer]
        trouble = beat(calling(settings, f"http://{inbox.host}/ping/s3cret"))
    assert trouble is not None
    assert trouble.reason.startswith("heartbeat at 127.0.0.1: ")
    assert "s3cret" not in trouble.reason


def test_nobody_there_and_no_answer_in_time(settings: Settings) -> None:
    nobody = beat(calling(settings, f"http://127.0.0.1:{free_port()}/s3cret"))
    with webhook_receiver() as inbox:
        inbox.script = [HANG]
        hanging = beat(calling(settings, f"http://{inbox.host}/s3cret"), dataclasses.replace(LIMITS, seconds=0.3, idle_seconds=0.3))
    for trouble in (nobody, hanging):
        assert trouble is not None
        assert trouble.again
        assert "s3cret" not in trouble.reason


@pytest.mark.parametrize("address", ["not an address s3cret", "ftp://x.example/s3cret", "http://[::s3cret/"])
def test_what_cannot_be_called_is_told_without_repeating_it(settings: Settings, address: str) -> None:
    trouble = beat(calling(settings, address))
    assert trouble is not None
    assert "s3cret" not in trouble.reason
