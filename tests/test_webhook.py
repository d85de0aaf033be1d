"""Messages to a web address, at real receivers."""

import base64
import json
import logging

import pytest
import standardwebhooks
from pydantic import SecretStr

from pipeline import guard, webhook
from pipeline.alert_rules import ChannelKind, ChannelRules
from pipeline.delivery import Trouble
from pipeline.errors import ConfigError
from pipeline.settings import Settings, read_settings
from pipeline.webhook import Patience
from tests.conftest import free_port
from tests.messages import a_message
from tests.receivers import CUT, HANG, Answer, webhook_receiver

QUICK = Patience(connect=1, answer=0.3, retries=2, wait=0.01, longest=2)
RULES = ChannelRules(id="desk", kind=ChannelKind.WEBHOOK, address_from="CLAIMWIRE_WEBHOOK", key_from="CLAIMWIRE_WEBHOOK_KEY")
SECRET = "hunter2-Zq9"


def post(url: str, **secrets: str) -> Trouble | None:
    given = {"CLAIMWIRE_WEBHOOK": SecretStr(url)} | {name: SecretStr(value) for name, value in secrets.items()}
    own = frozenset({guard.place_of(_without_user(url)) or ""})
    return webhook.post(a_message(), RULES, Settings(secrets=given).model_copy(update={"private_webhooks": own}), QUICK)


def _without_user(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"


def test_a_receiver_gets_the_whole_message_and_its_key() -> None:
    with webhook_receiver() as inbox:
        assert post(inbox.url) is None
    ((headers, body, path),) = inbox.requests
    assert (headers["Idempotency-Key"], headers["webhook-id"], headers["Content-Type"]) == ("key-1", "key-1", "application/json")
    assert "webhook-signature" not in headers
    assert body["items"][0]["sentence"] == "Tehran rejected the report on Monday."
    assert path == "/hooks/alerts?room=7"


@pytest.mark.parametrize("encoded", [True, False])
def test_the_signature_satisfies_the_specifications_own_verifier(encoded: bool) -> None:
    raw = b"a key of thirty-two bytes, nearly"
    key = "whsec_" + base64.b64encode(raw).decode() if encoded else raw.decode()
    with webhook_receiver() as inbox:
        assert post(inbox.url, CLAIMWIRE_WEBHOOK_KEY=key) is None
    headers, body, _ = inbox.requests[0]
    verifier = standardwebhooks.Webhook(key if encoded else raw)
    assert verifier.verify(inbox.bodies[0], headers) == body
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        verifier.verify(inbox.bodies[0].replace(b"Tehran", b"Moscow"), headers)


@pytest.mark.parametrize("first", [429, 408, 500, 503, CUT, Answer(429, {"Retry-After": "0"})])
def test_what_passes_is_tried_again_at_once_and_delivered_once(first: Answer | int) -> None:
    with webhook_receiver() as inbox:
        inbox.script = [first, 200]
        assert post(inbox.url) is None
    assert [headers["Idempotency-Key"] for headers, _, _ in inbox.requests] == ["key-1", "key-1"]


@pytest.mark.parametrize("status", [500, 503, 429])
def test_what_does_not_pass_is_left_to_the_outbox(status: int) -> None:
    with webhook_receiver() as inbox:
        inbox.status = status
        assert post(inbox.url) == Trouble(f"webhook at 127.0.0.1: answered {status}", again=True)
    assert len(inbox.requests) == 3


def test_who_asks_for_more_time_than_there_is_is_left_alone() -> None:
    with webhook_receiver() as inbox:
        inbox.script = [Answer(429, {"Retry-After": "3600"})]
        assert post(inbox.url) == Trouble("webhook at 127.0.0.1: answered 429", again=True)
    assert len(inbox.requests) == 1


@pytest.mark.parametrize("status", [400, 401, 404, 410, 413])
def test_a_refusal_is_final(status: int) -> None:
    with webhook_receiver() as inbox:
        inbox.status = status
        assert post(inbox.url) == Trouble(f"webhook at 127.0.0.1: answered {status}", again=False)
    assert len(inbox.requests) == 1


def test_a_redirect_is_not_followed() -> None:
    with webhook_receiver() as inbox, webhook_receiver() as elsewhere:
        inbox.script = [Answer(307, {"Location": elsewhere.url})]
        told = post(inbox.url)
        assert elsewhere.requests == []
    assert told == Trouble("webhook at 127.0.0.1: answered 307, and redirects are not followed", again=False)


def test_one_that_hangs_is_waited_for_once() -> None:
    with webhook_receiver() as inbox:
        inbox.script = [HANG]
        assert post(inbox.url) == Trouble("webhook at 127.0.0.1: no answer in time", again=True)
    assert len(inbox.requests) == 1


def test_nobody_listening_may_change() -> None:
    assert post(f"http://127.0.0.1:{free_port()}/") == Trouble("webhook at 127.0.0.1: nobody listens there", again=True)


def test_a_user_and_a_password_in_the_address_are_sent_as_such() -> None:
    with webhook_receiver() as inbox:
        assert post(inbox.url.replace("http://", f"http://desk:{SECRET}%21@")) is None
    assert inbox.requests[0][0]["Authorization"] == "Basic " + base64.b64encode(f"desk:{SECRET}!".encode()).decode()


@pytest.mark.parametrize(
    "url", [f"nosuch://receiver.example/{SECRET}", SECRET, f"http://[{SECRET}/", f"http:///{SECRET}", f"http://x:{SECRET}/"]
)
def test_an_impossible_address_is_a_failure_that_no_retry_mends(url: str) -> None:
    told = post(url)
    assert told is not None
    assert not told.again
    assert SECRET not in told.reason


@pytest.mark.parametrize("answer", [200, 400, 500, CUT, HANG, Answer(302, {"Location": f"/{SECRET}"}), None])
def test_no_secret_of_an_address_is_told(
    answer: Answer | int | None, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("urllib3").setLevel(logging.DEBUG)
    with webhook_receiver() as inbox:
        inbox.script = [answer] * 3 if answer is not None else []
        host = inbox.host if answer is not None else f"127.0.0.1:{free_port()}"
        told = post(f"http://{SECRET}:{SECRET}@{host}/{SECRET}?token={SECRET}#{SECRET}", CLAIMWIRE_WEBHOOK_KEY=SECRET)
    assert (told is None) is (answer == 200)
    assert SECRET not in "".join([str(told), caplog.text, *capsys.readouterr()])
    assert all(SECRET not in json.dumps(body) for _, body, _ in inbox.requests)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "0x7f000001", "[::ffff:127.0.0.1]"])
def test_an_inner_address_that_nobody_named_is_not_called(host: str) -> None:
    with webhook_receiver() as inbox:
        url = f"http://{host}:{inbox.host.rpartition(':')[2]}/{SECRET}"
        for named in (frozenset(), frozenset({"127.0.0.1:1"}), frozenset({"127.0.0.1"})):
            settings = Settings(secrets={"CLAIMWIRE_WEBHOOK": SecretStr(url)}).model_copy(update={"private_webhooks": named})
            told = webhook.post(a_message(), RULES, settings, QUICK)
            assert told is not None
            assert told.again  # until somebody names it
            assert "CLAIMWIRE_PRIVATE_WEBHOOKS" in told.reason
            assert SECRET not in told.reason
        assert inbox.requests == []


def test_the_setting_names_places_exactly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAIMWIRE_PRIVATE_WEBHOOKS", "Desk.internal:8080, 10.0.0.7:443")
    assert read_settings().private_webhooks == {"desk.internal:8080", "10.0.0.7:443"}
    for wrong in ("desk.internal", "http://desk.internal:8080", "user@desk.internal:80"):
        monkeypatch.setenv("CLAIMWIRE_PRIVATE_WEBHOOKS", wrong)
        with pytest.raises(ConfigError):
            read_settings()
