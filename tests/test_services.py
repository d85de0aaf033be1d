"""Messages to mail and chat services: real receivers on loopback, and the services' own addresses turned to them."""

import json
import logging
import socket
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

import apprise
import pytest
from apprise.plugins.discord import NotifyDiscord
from apprise.plugins.slack import NotifySlack
from apprise.plugins.telegram import NotifyTelegram
from hypothesis import given
from hypothesis import strategies as st
from lxml import html
from pydantic import SecretStr

from pipeline import services
from pipeline.alert_rules import ChannelKind, ChannelRules
from pipeline.delivery import Trouble
from pipeline.messages import Message
from pipeline.services import Patience, addresses, harmless
from pipeline.settings import Settings
from tests.conftest import free_port
from tests.messages import a_message, an_item
from tests.receivers import CUT, HANG, Answer, mail_receiver, webhook_receiver

QUICK = Patience(connect=1, answer=1, whole=5)
RULES = ChannelRules(id="desk", kind=ChannelKind.APPRISE, address_from="CLAIMWIRE_CHANNEL_DESK")
SECRET = "hunter2Zq9hunter2Zq9hunt"
HOSTILE = "@everyone <!channel> <@U123> <users/all> <b>bold</b> *stars* _low_ `tick` [read](https://evil.example/a_b) &amp;"


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


def send(state: Path, addresses: str, message: Message | None = None, patience: Patience = QUICK) -> Trouble | None:
    settings = Settings(state=state, secrets={"CLAIMWIRE_CHANNEL_DESK": SecretStr(addresses)}, time_zone=ZoneInfo("Europe/London"))
    return services.notify(message or a_message(), RULES, settings, patience)


def parts_of(mail: EmailMessage) -> tuple[str, str]:
    assert mail.get_content_type() == "multipart/alternative"
    text, page = mail.iter_parts()
    assert isinstance(text, EmailMessage)
    assert isinstance(page, EmailMessage)
    assert (text.get_content_type(), page.get_content_type()) == ("text/plain", "text/html")
    return text.get_content(), page.get_content()


def test_a_mail_is_a_page_with_a_text_beside_it_and_carries_the_key(state: Path) -> None:
    with mail_receiver() as mailbox:
        assert send(state, f"mailto://{mailbox.host}?from=wire@desk.example&to=a@desk.example") is None
    ((recipients, mail),) = mailbox.mails
    assert recipients == ("a@desk.example",)
    assert mail["Subject"] == "Iran denies what United States said – The Outlet"
    assert mail["X-Claimwire-Key"] == "key-1"
    text, page = parts_of(mail)
    for words in (text, html.fromstring(page).text_content()):
        for part in ("Tehran rejected the report on Monday.", "https://outlet.example/news/1", "18 Dec 2022, 12:05 (Europe/London)"):
            assert part in words


def test_a_headline_cannot_add_a_header_or_markup_to_a_mail(state: Path) -> None:
    message = a_message(an_item(sentence=HOSTILE), title=f"a\r\nBcc: x@evil.example\r\n\r\n{HOSTILE}")
    with mail_receiver() as mailbox:
        assert send(state, f"mailto://{mailbox.host}?from=wire@desk.example&to=a@desk.example", message) is None
    ((recipients, mail),) = mailbox.mails
    assert recipients == ("a@desk.example",)
    assert mail["Bcc"] is None
    assert mail["Subject"] == f"a Bcc: x@evil.example {HOSTILE}"
    page = html.fromstring(parts_of(mail)[1])
    assert not page.xpath("//div//b[text()='bold']")
    assert [each.get("href") for each in page.iter("a")] == ["https://outlet.example/news/1"]


def test_a_reader_may_ask_for_mail_without_a_page(state: Path) -> None:
    with mail_receiver() as mailbox:
        assert send(state, f"mailto://{mailbox.host}?from=wire@desk.example&to=a@desk.example&format=text") is None
    assert mailbox.mails[0][1].get_content_type() == "text/plain"
    assert "> Tehran rejected the report on Monday." in mailbox.mails[0][1].get_content()


def test_one_who_is_refused_does_not_bring_the_others_a_second_copy(state: Path) -> None:
    with mail_receiver() as mailbox:
        mailbox.refused = {"gone@desk.example"}
        address = f"mailto://{mailbox.host}?from=wire@desk.example&to=gone@desk.example,a@desk.example"
        assert send(state, address) == Trouble("1 of 2 targets: E-Mail at 127.0.0.1: answered 550", again=True)
        assert [recipients for recipients, _ in mailbox.mails] == [("a@desk.example",)]
        mailbox.refused = set()
        assert send(state, address) is None
        assert [recipients for recipients, _ in mailbox.mails] == [("a@desk.example",), ("gone@desk.example",)]
        assert send(state, address) is None  # asked for again, so it is sent again
    assert len(mailbox.mails) == 4


def test_refusals_of_all_are_final_and_troubles_are_not(state: Path) -> None:
    with mail_receiver() as mailbox:
        mailbox.refused = {"a@desk.example"}
        told = send(state, f"mailto://{mailbox.host}?from=wire@desk.example&to=a@desk.example")
    assert told == Trouble("E-Mail at 127.0.0.1: answered 550", again=False)
    told = send(state, f"mailto://127.0.0.1:{free_port()}?from=wire@desk.example&to=a@desk.example")
    assert told == Trouble("E-Mail at 127.0.0.1: did not take it", again=True)


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        (400, Trouble("JSON at 127.0.0.1: answered 400", again=False)),
        (429, Trouble("JSON at 127.0.0.1: answered 429", again=True)),
        (500, Trouble("JSON at 127.0.0.1: answered 500", again=True)),
        (CUT, Trouble("JSON at 127.0.0.1: did not take it", again=True)),
        (HANG, Trouble("JSON at 127.0.0.1: did not take it", again=True)),
    ],
)
def test_what_a_service_answers_is_told(state: Path, answer: Answer | int, trouble: Trouble) -> None:
    with webhook_receiver() as inbox:
        inbox.script = [answer]
        assert send(state, f"json://{inbox.host}/") == trouble
    assert len(inbox.requests) == 1


def test_a_redirect_is_not_followed(state: Path) -> None:
    with webhook_receiver() as inbox, webhook_receiver() as elsewhere:
        inbox.script = [Answer(307, {"Location": elsewhere.url})]
        assert send(state, f"json://{inbox.host}/") is not None
        assert elsewhere.requests == []


def test_several_addresses_are_several_targets_each_with_its_own_result(state: Path) -> None:
    with webhook_receiver() as first, webhook_receiver() as second:
        first.status = 404
        both = f"json://{first.host}/one, json://{second.host}/two?optional=yes\n"
        assert send(state, both) == Trouble("1 of 2 targets: JSON at 127.0.0.1: answered 404", again=True)
        first.status = 200
        assert send(state, both) is None
    assert [len(inbox.requests) for inbox in (first, second)] == [2, 1]


def test_an_optional_target_that_fails_has_failed(state: Path) -> None:
    with webhook_receiver() as inbox:
        inbox.status = 500
        assert send(state, f"json://{inbox.host}/?optional=yes") == Trouble("JSON at 127.0.0.1: answered 500", again=True)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (SECRET, "address"),
        (f"nosuch://{SECRET}", "address"),
        (f"slack://{SECRET}", "slack address"),
        (f"json://x/ {SECRET}", "json address"),
    ],
)
def test_an_address_that_cannot_be_read_is_a_failure(state: Path, text: str, name: str) -> None:
    assert send(state, text) == Trouble(f"{name}: not one that can be read", again=False)


def test_no_address_at_all_is_a_failure(state: Path) -> None:
    assert send(state, " , ") == Trouble("no address to send to", again=False)


def test_commas_within_an_address_are_its_own() -> None:
    text = " mailto://x.example?to=a@x.example,b@x.example,\n json://y.example/ ntfy://topic "
    assert addresses(text) == ["mailto://x.example?to=a@x.example,b@x.example", "json://y.example/", "ntfy://topic"]


def test_chats_get_text_in_which_nothing_calls_anybody(state: Path) -> None:
    message = a_message(an_item(sentence=HOSTILE, title=HOSTILE, line=HOSTILE), title=HOSTILE)
    with webhook_receiver() as inbox:
        for address in (f"json://{inbox.host}/", f"ntfy://{inbox.host}/topic", f"mmost://{inbox.host}/{SECRET}", f"form://{inbox.host}/"):
            assert send(state, address, message) is None
    for body in inbox.bodies:
        told = body.decode()
        assert "@everyone" not in told
        assert "<!channel>" not in told
        assert "<b>" not in told
        assert "](http" not in told
    assert "\\*stars\\*" in inbox.requests[2][1]["text"]
    assert "https://outlet.example/news/1" in inbox.requests[2][1]["text"]


def test_telegram_slack_and_discord_are_posted_what_they_show_as_plain_text(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    message = a_message(an_item(sentence=HOSTILE), title=HOSTILE)
    with webhook_receiver() as inbox:
        inbox.script = [Answer(200, body=json.dumps({"ok": True, "result": {"message_id": 1}}).encode()), Answer(200, body=b"ok"), 204]
        monkeypatch.setattr(NotifyTelegram, "notify_url", f"http://{inbox.host}/bot")
        monkeypatch.setattr(NotifySlack, "webhook_url", f"http://{inbox.host}/services")
        monkeypatch.setattr(NotifyDiscord, "notify_url", f"http://{inbox.host}/api/webhooks")
        assert send(state, "tgram://123456789:AAbbccddeeffgghhiijjkkllmmnnooppqqr/-1001", message) is None
        assert send(state, "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ", message) is None
        assert send(state, "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js", message) is None
    telegram, slack, discord = (body for _, body, _ in inbox.requests)
    assert telegram["parse_mode"] == "HTML"
    assert "\r\n\u2060\r\nWhy you get this" in telegram["text"]
    assert "&lt;\u2060b&gt;bold" in telegram["text"]
    assert "<b>bold" not in telegram["text"]
    (attachment,) = slack["attachments"]
    for told in (attachment["title"], attachment["text"]):
        assert "<" not in told
        assert "@everyone" not in told
    assert slack["mrkdwn"] is False
    assert "@everyone" not in discord["content"]
    assert "\\*stars\\*" in discord["content"]
    assert "\\[read\\]" in discord["content"]
    assert "https://outlet.example/news/1" in discord["content"]


LONG = [
    ("mmost://{host}/" + SECRET, "text", 4_000),
    ("ntfy://{host}/topic", "message", 4_000),
    ("tgram://123456789:AAbbccddeeffgghhiijjkkllmmnnooppqqr/-1001", "text", 4_096),
    ("discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js", "content", 2_000),
]


@pytest.mark.parametrize(("address", "field", "limit"), LONG, ids=[address.partition(":")[0] for address, _, _ in LONG])
def test_a_long_message_is_cut_at_a_statement_within_the_services_limit(
    state: Path, address: str, field: str, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = a_message(*[an_item(sentence="تهران @این_گزارش <را> رد کرد. " * 6, claims=("x_y",))] * 60, title="x" * 500)
    with webhook_receiver() as inbox:
        inbox.script = [Answer(200, body=json.dumps({"ok": True, "result": {"message_id": 1}}).encode())]
        monkeypatch.setattr(NotifyTelegram, "notify_url", f"http://{inbox.host}/bot")
        monkeypatch.setattr(NotifyDiscord, "notify_url", f"http://{inbox.host}/api/webhooks")
        assert send(state, address.format(host=inbox.host), message) is None
    ((_, body, _),) = inbox.requests
    told = html.fromstring(body[field]).text_content() if field == "text" else body[field]
    assert (len(told.encode()) if field == "message" else len(told)) <= limit
    kept = told.count("DENIAL")
    assert kept >= 1
    assert f"and {60 - kept} more" in told


def test_the_key_goes_where_the_service_has_room_for_it(state: Path) -> None:
    with webhook_receiver() as inbox:
        assert send(state, f"json://{inbox.host}/ mmost://{inbox.host}/{SECRET}") is None
    (headers, machine, _), (_, chat, _) = inbox.requests
    assert headers["X-Claimwire-Key"] == "key-1"
    assert "Ref:" not in machine["message"]
    assert chat["text"].endswith("\nRef: key-1")
    assert not state.exists()  # nothing to remember where all have got it


def test_a_service_that_takes_less_than_a_statement_gets_its_beginning() -> None:
    plugin = apprise.Apprise.instantiate("json://127.0.0.1/")
    plugin.body_maxlen, plugin.title_maxlen = 160, 0
    title, body, _ = services.written(a_message(title="t"), plugin, Settings())
    assert len(title) + len(body) <= 160
    assert body.startswith("DENIAL: Iran denies what United States said")
    assert body.endswith("…")


@given(st.text(alphabet="@<>]([)*_`|\\ ahttps://x.example", max_size=60))
def test_nothing_harmful_survives(text: str) -> None:
    for kind in ("jsons", "discord"):
        told = harmless(text, kind)
        plain = told if "http" not in text else ""
        assert not any(each in plain for each in ("@e", "<!", "<@", "](", "<h"))


@pytest.mark.parametrize("kind", ["json", "mmost", "ntfy", "mailto", "tgram", "nosuch", "json refused", "json hang", "json cut"])
def test_no_secret_of_an_address_is_told(
    state: Path, kind: str, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(1)
    for name in ("apprise", "urllib3", "requests"):
        monkeypatch.setattr(logging.getLogger(name), "level", 1)
    monkeypatch.setattr(logging.getLogger("mail.log"), "disabled", True)  # the receiver's own
    with webhook_receiver() as inbox, mail_receiver() as mailbox:
        monkeypatch.setattr(NotifyTelegram, "notify_url", f"http://{inbox.host}/bot")
        inbox.script = {"json refused": [400], "json hang": [HANG], "json cut": [CUT], "tgram": [404]}.get(kind, [])
        address = {
            "mailto": f"mailto://{SECRET}:{SECRET}@{mailbox.host}?from=a@x.example&to={SECRET}@x.example",
            "tgram": f"tgram://123456789:{SECRET}{SECRET[:11]}/-1001",
            "nosuch": f"nosuch://{SECRET}:{SECRET}@x/{SECRET}",
        }.get(kind, f"{kind.partition(' ')[0]}://{SECRET}:{SECRET}@{inbox.host}/{SECRET}?-token={SECRET}&+X-Token={SECRET}")
        told = send(state, address)
    assert (told is None) is (kind in {"json", "mmost", "ntfy"})
    files = b"".join(file.read_bytes() for file in state.rglob("*") if file.is_file())
    said = "".join([str(told), caplog.text, *capsys.readouterr(), files.decode()])
    assert SECRET.lower() not in said.lower()


def test_a_mail_server_that_says_nothing_is_not_waited_for_long(state: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        told = send(state, f"mailto://127.0.0.1:{silent.getsockname()[1]}?from=a@x.example&to=b@x.example", patience=Patience(answer=0.2))
    assert told == Trouble("E-Mail at 127.0.0.1: did not take it", again=True)
