"""A message to a web address: JSON by POST, signed after the Standard Webhooks specification where there is a key.

Only a public address is called, or one that `private_webhooks` names: the very one that was judged. Redirects are not followed.
The receiver can tell a second delivery of the same by `webhook-id` and `Idempotency-Key`, and a forged one by `webhook-signature`.
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
import time
from collections.abc import Collection
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import unquote

from urllib3.connectionpool import ConnectionPool
from urllib3.exceptions import HTTPError, LocationParseError, LocationValueError, MaxRetryError, ReadTimeoutError, ResponseError
from urllib3.response import BaseHTTPResponse
from urllib3.util import Retry, Timeout, Url, make_headers, parse_url

from pipeline import __version__, guard, pinned
from pipeline.alert_rules import ChannelRules
from pipeline.delivery import Trouble, host_of, silenced
from pipeline.errors import Rejected
from pipeline.messages import Message
from pipeline.render import as_json
from pipeline.settings import Settings

_LATER = frozenset({408, 429, *range(500, 600)})
REMEDY = ". Is it your own? CLAIMWIRE_PRIVATE_WEBHOOKS=host:port lets messages go there"


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a receiver is waited for, in seconds. The outbox tries again later, so all of it stays short."""

    connect: float = 5.0
    answer: float = 10.0
    retries: int = 2
    wait: float = 0.5  # the unit of waiting between two tries; jitter comes on top
    longest: float = 5.0  # who asks for more by Retry-After is left alone for now


PATIENCE = Patience()


class _Retry(Retry):
    """Retries on connections that fail or break off and on answers that are worth it; gives up where the receiver asks for more time
    than we have, or has already used it up."""

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> Self:
        asked = self.get_retry_after(response) if response is not None else None
        if _pool is not None and (isinstance(error, ReadTimeoutError) or (asked or 0.0) >= self.retry_after_max):
            raise MaxRetryError(_pool, url or "", error or ResponseError("asks for more time"))
        return super().increment(method, url, response, error, _pool, _stacktrace)


def post(message: Message, rules: ChannelRules, settings: Settings, patience: Patience = PATIENCE) -> Trouble | None:
    """Delivers to the address that the channel's variable holds; None where the receiver took it."""
    assert rules.address_from is not None
    address = settings.secrets[rules.address_from].get_secret_value()
    key = settings.secrets.get(rules.key_from) if rules.key_from else None
    body = json.dumps(as_json(message), ensure_ascii=False).encode()
    host = host_of(address)
    try:
        url = parse_url(address)
        headers = _headers(message.key, body, key.get_secret_value() if key else None, url)
        with silenced():
            status = _send(url, headers, body, settings.private_webhooks, patience)
    except Rejected as error:  # its own text repeats the address
        inner = error.reason in {guard.NOT_PUBLIC, guard.LOCAL}
        return Trouble(f"webhook at {host}: {error.reason}{REMEDY if inner else ''}", again=inner)
    except (LocationParseError, LocationValueError, UnicodeError):
        return Trouble(f"webhook at {host}: not an address that can be posted to", again=False)
    except HTTPError as error:
        return Trouble(f"webhook at {host}: {_what(error)}", again=True)
    if 200 <= status < 300:
        return None
    moved = ", and redirects are not followed" if 300 <= status < 400 else ""
    return Trouble(f"webhook at {host}: answered {status}{moved}", again=status in _LATER)


def _send(url: Url, headers: dict[str, str], body: bytes, private: Collection[str], patience: Patience) -> int:
    """The status of the answer. Raises Rejected and what urllib3 raises, its messages full of the address."""
    target = guard.read(url._replace(auth=None, fragment=None).url, ports=pinned.ANY_PORT, exempt=private)
    retry = _Retry(
        total=patience.retries,
        redirect=0,
        allowed_methods={"POST"},
        status_forcelist=_LATER,
        backoff_factor=patience.wait,
        backoff_jitter=patience.wait,
        backoff_max=patience.longest,
        raise_on_status=False,
        raise_on_redirect=False,
        retry_after_max=patience.longest,  # type: ignore[arg-type]  # any number of seconds
    )
    timeout = Timeout(connect=patience.connect, read=patience.answer)
    with pinned.pool(target, private=private, seconds=patience.connect, timeout=timeout, retries=retry) as pool:
        answer = pool.request("POST", target.path, body=body, headers=headers, redirect=False, preload_content=False)
        answer.close()  # what it says beside its status is of no interest
        return answer.status


def _headers(key: str, body: bytes, signing_key: str | None, url: Url) -> dict[str, str]:
    id_ = re.sub(r"[^\x21-\x7e]", "_", key)[:200]
    # The receiver compares it with its own clock, so this is the world's time whatever CLAIMWIRE_NOW says.
    stamp = str(int(time.time()))
    headers = {
        "Content-Type": "application/json",
        "User-Agent": f"claimwire/{__version__}",
        "Idempotency-Key": id_,
        "webhook-id": id_,
        "webhook-timestamp": stamp,
    }
    if url.auth:
        headers |= {name.title(): value for name, value in make_headers(basic_auth=unquote(url.auth)).items()}
    if signing_key:
        headers["webhook-signature"] = signature(signing_key, id_, stamp, body)
    return headers


def signature(key: str, id_: str, stamp: str, body: bytes) -> str:
    """`v1,` and the Base64 of HMAC-SHA256 over id, timestamp and body, by the bytes behind `whsec_` or the key as it stands."""
    made = hmac.new(_key_bytes(key), f"{id_}.{stamp}.".encode() + body, hashlib.sha256)
    return "v1," + base64.b64encode(made.digest()).decode()


def _key_bytes(key: str) -> bytes:
    encoded = key.removeprefix("whsec_")
    if encoded == key:
        return key.encode()
    try:
        return base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError):
        return key.encode()


def _what(error: HTTPError) -> str:
    """The kind of an error without its message, which holds the address."""
    cause = error.reason if isinstance(error, MaxRetryError) and error.reason else error
    return {"NewConnectionError": "nobody listens there", "NameResolutionError": "its name cannot be resolved",
            "ConnectTimeoutError": "no connection in time", "ReadTimeoutError": "no answer in time",
            "ProtocolError": "the connection broke off", "SSLError": "no trusted TLS connection"}.get(
        type(cause).__name__, type(cause).__name__)  # fmt: skip
