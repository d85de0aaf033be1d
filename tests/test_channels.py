"""Which channels are open, and that each kind delivers."""

import pytest
from pydantic import SecretStr

from pipeline.alert_rules import ChannelKind, ChannelRules
from pipeline.atom import feed_file
from pipeline.channels import CHANNELS, Trouble, deliver, open_channels
from pipeline.settings import Settings
from tests.messages import a_message, an_item
from tests.receivers import webhook_receiver
from tests.test_cli import claimwire

LOG = ChannelRules(id="log", kind=ChannelKind.LOG)
FEED = ChannelRules(id="feed", kind=ChannelKind.ATOM)
DESK = ChannelRules(id="desk", kind=ChannelKind.APPRISE, address_from="CLAIMWIRE_CHANNEL_DESK")
HOOK = ChannelRules(id="hook", kind=ChannelKind.WEBHOOK, address_from="CLAIMWIRE_WEBHOOK", key_from="CLAIMWIRE_WEBHOOK_KEY")
EVERY = (LOG, FEED, DESK, HOOK)


def test_every_kind_has_its_channel() -> None:
    assert set(CHANNELS) == set(ChannelKind), "its function is missing in CHANNELS of pipeline/channels.py"
    assert {rules.kind for rules in EVERY} == set(ChannelKind), "it is not among those that are tried here"


def test_a_channel_is_open_where_its_address_is_set_or_needs_none() -> None:
    assert open_channels(EVERY, Settings()) == {"log", "feed"}
    assert open_channels(EVERY, Settings(secrets={"CLAIMWIRE_WEBHOOK": SecretStr("http://x/")})) == {"log", "feed", "hook"}


def test_a_channel_without_its_address_says_which_variable_is_missing() -> None:
    assert deliver(a_message(), DESK, Settings()) == Trouble("CLAIMWIRE_CHANNEL_DESK is not set", again=True)


@pytest.mark.parametrize("rules", EVERY, ids=lambda rules: rules.kind)
def test_each_kind_delivers(rules: ChannelRules, settings: Settings) -> None:
    with webhook_receiver() as inbox:
        secrets = {"CLAIMWIRE_WEBHOOK": SecretStr(inbox.url), "CLAIMWIRE_CHANNEL_DESK": SecretStr(f"json://{inbox.host}/")}
        assert deliver(a_message(), rules, settings.model_copy(update={"secrets": secrets, "private_webhooks": {inbox.host}})) is None
        assert len(inbox.requests) == (1 if rules.address_from else 0)


def test_the_log_channel_tells_the_message_in_one_line_without_controls(capsys: pytest.CaptureFixture[str]) -> None:
    message = a_message(an_item(sentence="Tehran\x1b[31m\nrejected it."), title="a\nb\x1b[0m")
    assert deliver(message, LOG, Settings()) is None
    told = "".join(capsys.readouterr())
    assert told.count("\n") == 1
    assert "a b [0m" in told
    assert "Tehran [31m rejected it." in told


def test_channels_are_listed_with_what_they_lack(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    told = claimwire("channels", "list")
    assert told.returncode == 0, told.stderr
    assert "closed: CLAIMWIRE_WEBHOOK is not set" in told.stdout
    monkeypatch.setenv("CLAIMWIRE_WEBHOOK", "http://127.0.0.1/hunter2")
    monkeypatch.setenv("CLAIMWIRE_CHANNEL_DESK", "json://127.0.0.1/hunter2")
    told = claimwire("channels", "list")
    assert "closed" not in told.stdout
    assert "hunter2" not in told.stdout


def test_a_channel_is_tested_by_hand(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with webhook_receiver() as inbox:
        inbox.opened(monkeypatch)
        told = claimwire("channels", "test", "webhook")
        assert (told.returncode, told.stdout) == (0, "webhook: delivered\n"), told.stderr
        inbox.status = 404
        told = claimwire("channels", "test", "webhook")
    assert told.returncode == 1
    assert told.stderr == "webhook: not delivered. webhook at 127.0.0.1: answered 404 (will not work later either)\n"
    assert [body["kind"] for _, body, _ in inbox.requests] == ["test", "test"]
    assert inbox.requests[0][1]["key"] != inbox.requests[1][1]["key"]


def test_testing_a_channel_that_is_closed_or_not_there_says_so(settings: Settings) -> None:
    told = claimwire("channels", "test", "webhook")
    assert (told.returncode, told.stderr) == (1, "webhook: not delivered. CLAIMWIRE_WEBHOOK is not set (may work later)\n")
    told = claimwire("channels", "test", "pigeon")
    assert told.returncode == 1
    assert "no channel 'pigeon'. There are: log, feed, webhook, desk" in told.stderr


def test_a_test_goes_to_the_log_too(settings: Settings) -> None:
    told = claimwire("channels", "test", "log")
    assert told.returncode == 0
    assert "claimwire: test of the channel log" in told.stderr
    assert not (settings.state / feed_file("log", settings)).exists()
