"""Real receivers on loopback."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default as mail_policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from tests.conftest import free_port


@dataclass(frozen=True)
class Answer:
    """How a receiver answers one request: a status with headers, or not at all."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    cut: bool = False  # closes the connection instead
    hang: bool = False  # says nothing until the test is over


CUT = Answer(cut=True)
HANG = Answer(hang=True)


class Inbox:
    """What a receiver got: headers, JSON body and path of each request, the bodies as they came. It answers as `script` says, one
    request after the other, and with `status` once that is used up."""

    def __init__(self) -> None:
        self.status = 200
        self.script: list[Answer | int] = []
        self.requests: list[tuple[dict[str, str], Any, str]] = []
        self.bodies: list[bytes] = []
        self.url = ""
        self.host = ""
        self.over = threading.Event()

    def opened(self, monkeypatch: pytest.MonkeyPatch, path: str | None = None) -> None:
        """It is the webhook of settings that are read from here on, under its own path or that one."""
        monkeypatch.setenv("CLAIMWIRE_WEBHOOK", self.url if path is None else f"http://{self.host}{path}")
        monkeypatch.setenv("CLAIMWIRE_PRIVATE_WEBHOOKS", self.host)

    def answer(self) -> Answer:
        given = self.script.pop(0) if self.script else self.status
        return given if isinstance(given, Answer) else Answer(given)


@contextmanager
def webhook_receiver() -> Iterator[Inbox]:
    inbox = Inbox()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            body = self.rfile.read(length)
            if len(body) < length:  # who sent it was killed meanwhile: half a message is none
                self.close_connection = True
                return
            inbox.bodies.append(body)
            inbox.requests.append((dict(self.headers), _json(body), self.path))
            self._answer(inbox.answer())

        def do_GET(self) -> None:
            inbox.requests.append((dict(self.headers), None, self.path))
            self._answer(inbox.answer())

        do_PUT = do_POST  # noqa: N815  # the names are the libraries' own

        def _answer(self, answer: Answer) -> None:
            if answer.hang:
                inbox.over.wait(30)
            if answer.hang or answer.cut:
                self.close_connection = True
                return
            self.send_response(answer.status)
            for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *_: Any) -> None:
            """The tests read `inbox`."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    inbox.host = f"127.0.0.1:{server.server_address[1]}"
    inbox.url = f"http://{inbox.host}/hooks/alerts?room=7"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield inbox
    finally:
        inbox.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


class Mailbox:
    """What a mail server took: recipients and message of each delivery. It refuses the addresses in `refused` with 550."""

    def __init__(self) -> None:
        self.mails: list[tuple[tuple[str, ...], EmailMessage]] = []
        self.refused: set[str] = set()
        self.host = ""

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if address in self.refused:
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        mail = BytesParser(policy=mail_policy).parsebytes(envelope.content)
        assert isinstance(mail, EmailMessage)
        self.mails.append((tuple(envelope.rcpt_tos), mail))
        return "250 OK"


@contextmanager
def mail_receiver() -> Iterator[Mailbox]:
    mailbox = Mailbox()
    controller = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    mailbox.host = f"127.0.0.1:{controller.port}"
    try:
        yield mailbox
    finally:
        controller.stop()
