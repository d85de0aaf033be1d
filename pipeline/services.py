"""A message to mail and chat services, by Apprise: one address or several, each a target with a result of its own.

Apprise escapes for the formats that it knows (HTML for Telegram, Slack's three characters …); what it leaves to services that read
Markdown or mentions out of plain text is done here.
"""

import copy
import logging
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import apprise
from apprise import NotifyFormat
from apprise.manager_plugins import NotificationManager

from pipeline.alert_rules import ChannelRules
from pipeline.delivery import Trouble, hold_all, host_of, silenced
from pipeline.messages import Message
from pipeline.receipts import fingerprint, note, taken
from pipeline.render import as_html, as_text, fitted
from pipeline.settings import Settings
from pipeline.shelf import shelf_of
from pipeline.wording import Limits, plain

# Kinds of services are told apart by the first name of their safer protocol.
_SERVICES: Any = NotificationManager()  # type: ignore[no-untyped-call]  # Apprise's own list of kinds of addresses
_BY_SMTP = "mailtos"
_MAIL = frozenset({
    _BY_SMTP, "azure", "brevo", "groundmail", "mailersend", "mailgun", "postmark", "resend", "sendgrid", "sendpulse", "ses", "smtp2go",
    "sparkpost",
})  # fmt: skip
# They draw Markdown in what Apprise hands them as plain text.
_MARKDOWN = frozenset({"discord", "fluxers", "guilded", "mmosts", "nctalks", "revolt", "ryver", "zulip"})
MAX_TITLE = 200  # of a mail's subject, where the service itself takes more
MAX_PAGE = 90_000  # Gmail hides what comes after 102 kB
# In UTF-8 bytes, where Apprise has another figure: ntfy makes an attachment of what is longer.
_BYTES = {"ntfys": 4_000}
_SPARE = 40  # for what Apprise puts between title and body

_WORD_JOINER = "\u2060"  # shows nothing, breaks nothing, and is no part of any service's syntax
_URL = re.compile(r"(https?://[!-~]+)")
_MENTION = re.compile(r"[@<]|\](?=\()")
_MARKS = re.compile(r"([\\`*_~|\[\]()#])")
# What services and mail servers answered, in the lines that Apprise logs.
_CODES = re.compile(r"\berror=(\d{3})\b|\((\d{3}), b|was refused: (\d{3}) ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Seconds: for a connection, for an answer, and for one target in all."""

    connect: float = 5.0
    answer: float = 15.0  # of a mail server for each of its answers, the first included
    whole: float = 60.0


PATIENCE = Patience()


@dataclass(frozen=True, slots=True)
class _Target:
    """One receiver; `plugin` is Apprise's object, None where the address cannot be read. `name` holds no secret, `address` does."""

    name: str
    address: str
    plugin: Any


@dataclass(frozen=True, slots=True)
class _Failure:
    name: str
    again: bool


def notify(message: Message, rules: ChannelRules, settings: Settings, patience: Patience = PATIENCE) -> Trouble | None:
    """Delivers to each target of the channel that has not got this message yet; None where then all have it."""
    assert rules.address_from is not None
    file = f"delivered/{settings.topic}/{rules.id}.json"
    with silenced():
        targets = _targets(settings.secrets[rules.address_from].get_secret_value(), patience)
        return _deliver(message, targets, settings, file)


def _deliver(message: Message, targets: Sequence[_Target], settings: Settings, file: str) -> Trouble | None:
    if not targets:
        return Trouble("no address to send to", again=False)
    shelf = shelf_of(settings)
    have = taken(shelf, file, message.key)
    failures = []
    for target in targets:
        mark = fingerprint(target.address, message.key)
        if mark in have:
            continue
        failure = _send(message, target, settings)
        if failure:
            failures.append(failure)
        else:
            have |= {mark}
    with suppress(OSError):  # a disk that is full costs second copies; raising here would cost that for certain
        note(shelf, file, message.key, have if failures else frozenset())
    if not failures:
        return None
    some = f"{len(failures)} of {len(targets)} targets: " if len(targets) > 1 else ""
    again = len(failures) < len(targets) or any(failure.again for failure in failures)
    return Trouble(some + "; ".join(failure.name for failure in failures), again=again)


def addresses(text: str) -> list[str]:
    """The addresses in a variable, parted by white space or commas. A comma inside of one is its own."""
    return [part.strip(", \t\r\n") for part in re.split(r"[\s,]+(?=[A-Za-z0-9]{2,32}://)", text) if part.strip(", \t\r\n")]


def _targets(text: str, patience: Patience) -> list[_Target]:
    asset = apprise.AppriseAsset(
        app_id="claimwire",
        async_mode=False,
        http_redirects=False,
        service_timeout=patience.whole,
        allow_templates=False,
        image_url_mask="",
        image_url_logo="",  # Apprise's own pictures
    )
    made = [_Target(_read_as(each), each, _opened(each, asset, patience)) for each in addresses(text)]
    hold_all()  # a service's library may have been imported only now
    return [single for target in made for single in _singles(target)]


def _opened(address: str, asset: Any, patience: Patience) -> Any:
    """Apprise's object for an address, None where it knows none."""
    opened = None if re.search(r"\s", address) else apprise.Apprise.instantiate(address, asset=asset, suppress_exceptions=True)
    if opened is not None:
        # Apprise knows one limit for mail, which it calls the connection's.
        opened.socket_connect_timeout = patience.answer if kind_of(opened) == _BY_SMTP else patience.connect
        opened.socket_read_timeout = patience.answer
        opened.optional = False  # `optional=yes` would make each failure a success
    return opened


def _singles(target: _Target) -> Iterable[_Target]:
    """A mail to several people as one target for each, so that one who is refused does not bring the others a second copy."""
    if target.plugin is None:
        return [target]
    name = f"{target.plugin.service_name}{_host(target.plugin)}"
    if kind_of(target.plugin) != _BY_SMTP:
        return [_Target(name, target.address, target.plugin)]
    singles = []
    for person in target.plugin.targets:
        single = copy.copy(target.plugin)
        single.targets = [person]
        singles.append(_Target(name, f"{target.address}\n{person[1]}", single))
    return singles or [_Target(name, target.address, target.plugin)]


def kind_of(plugin: Any) -> str:
    """The kind of a service, whichever of its protocols the address names."""
    protocol = plugin.secure_protocol or plugin.protocol
    return str(protocol if isinstance(protocol, str) else protocol[0])


def _read_as(address: str) -> str:
    """The name of the service of an address that cannot be read, where it begins with one."""
    scheme = address.partition("://")[0].lower()
    return f"{scheme} address" if scheme in _SERVICES else "address"


def _host(plugin: Any) -> str:
    """` at …` where an address of this kind names a host; with the others a token stands in its place."""
    if not all("{host}" in template for template in plugin.templates):
        return ""
    return f" at {plugin.smtp_host if kind_of(plugin) == _BY_SMTP else host_of(f'//{plugin.host}')}"


def _send(message: Message, target: _Target, settings: Settings) -> _Failure | None:
    if target.plugin is None:
        return _Failure(f"{target.name}: not one that can be read", again=False)
    title, body, form = written(message, target.plugin, settings)
    if isinstance(getattr(target.plugin, "headers", None), dict):
        target.plugin.headers["X-Claimwire-Key"] = re.sub(r"[^\x21-\x7e]", "_", message.key)[:200]
    sender = apprise.Apprise(asset=target.plugin.asset)
    sender.add(target.plugin)
    # What a mail server answered is told at DEBUG alone.
    with silenced() as lines, apprise.LogCapture(level=logging.DEBUG):  # type: ignore[no-untyped-call]
        result = sender.notify(body=body, title=title, body_format=form)
    if result:
        return None
    codes = [int(next(filter(None, found))) for line in lines for found in _CODES.findall(line)]
    return _failure(target, result.status, codes)


def _failure(target: _Target, status: apprise.AppriseResultStatus, codes: Sequence[int]) -> _Failure:
    if status is apprise.AppriseResultStatus.TIMEOUT:
        return _Failure(f"{target.name}: no answer in time", again=True)
    if not codes:
        return _Failure(f"{target.name}: did not take it", again=True)
    refused = codes[-1] >= 500 if kind_of(target.plugin) == _BY_SMTP else 400 <= codes[-1] < 500
    return _Failure(f"{target.name}: answered {codes[-1]}", again=not refused or codes[-1] in {408, 425, 429})


def written(message: Message, plugin: Any, settings: Settings) -> tuple[str, str, NotifyFormat]:
    """Title, body and the format of both, as this service wants them and no longer than it takes."""
    kind = kind_of(plugin)
    if kind in _MAIL and plugin.resolve_format(NotifyFormat.HTML) == NotifyFormat.HTML:
        page = fitted(message, MAX_PAGE, lambda each, limits: as_html(each, settings.time_zone, limits))
        return plain(message.title, MAX_TITLE), page, NotifyFormat.HTML
    title = harmless(plain(message.title, min(plugin.title_maxlen or MAX_TITLE, MAX_TITLE)), kind)
    most = min(_BYTES.get(kind, plugin.body_maxlen), plugin.body_maxlen) - len(title) - _SPARE
    size = _bytes if kind in _BYTES else _units
    keyed = "" if isinstance(getattr(plugin, "headers", None), dict) else f"\n\nRef: {plain(message.key, 80)}"

    # On the way to markup Apprise loses lines on which nothing stands.
    empty = f"\n{_WORD_JOINER}\n" if plugin.resolve_format(NotifyFormat.TEXT) == NotifyFormat.HTML else "\n\n"

    def words(each: Message, limits: Limits) -> str:
        return harmless(as_text(each, settings.time_zone, limits, titled=False) + keyed, kind).replace("\n\n", empty)

    return title, cut(fitted(message, most, words, size), most, size), NotifyFormat.TEXT


def cut(text: str, most: int, size: Any) -> str:
    """The beginning of a text, for a service that takes less than one statement."""
    if size(text) <= most:
        return text
    while text and size(text) >= most:
        text = text[: max(0, len(text) - max(1, (size(text) - most) // 4))]
    return text.rstrip("\\").rstrip() + "…"


def _units(text: str) -> int:
    """UTF-16 units, in which services that name a limit count."""
    return len(text.encode("utf-16-le")) // 2


def _bytes(text: str) -> int:
    return len(text.encode())


def harmless(text: str, kind: str) -> str:
    """Text in which nothing calls a person, a channel or everyone, and no link hides behind other words. Addresses stay as they are."""
    if kind in _MAIL:
        return text
    parts = _URL.split(text)
    return "".join(part if place % 2 else _defused(part, kind) for place, part in enumerate(parts))


def _defused(text: str, kind: str) -> str:
    defused = _MENTION.sub(lambda match: match[0] + _WORD_JOINER, text)
    return _MARKS.sub(r"\\\1", defused) if kind in _MARKDOWN else defused
