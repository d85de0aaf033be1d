"""Five secrets, planted where an installation has them, and a run in which everything that knows one fails as well: none comes out."""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from pipeline.index import KINDS
from tests.conftest import ROOT
from tests.faults import faulty
from tests.newsstand import HOST, HOUR, NOW, Newsstand, a_feed, a_story, an_item, stand
from tests.receivers import Inbox, webhook_receiver

__all__ = ["stand"]

SECRETS = {
    "source": "s0urce-k3y-canary",
    "proxy": "pr0xy-passw0rd-canary",
    "webhook": "w3bh00k-t0ken-canary",
    "mail": "sm7p-passw0rd-canary",
    "store": "el4stic-k3y-canary",
}
ALERTS = """
channels:
  - {id: webhook, kind: webhook, address_from: CLAIMWIRE_WEBHOOK}
  - {id: desk, kind: apprise, address_from: CLAIMWIRE_CHANNEL_DESK}
  - {id: feed, kind: atom}
rules:
  - {id: any, title: any, when: {trigger: [new-utterance], act: [denial]}, channels: [webhook, desk, feed], wait: PT0S, cooldown: PT0S}
"""
COMMANDS = (
    ["setup"], ["sources", "check"], ["collect"], ["enrich"], ["alert"], ["alerts", "--json"], ["channels", "test", "webhook"],
    ["channels", "test", "desk"], ["status"], ["health", "--metrics"], ["doctor"], ["why", f"{HOST}/1"],
)  # fmt: skip
AWAY = {"collect", "alert", "doctor"}


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with webhook_receiver() as inbox:
        yield inbox


@pytest.fixture
def planted(stand: Newsstand, inbox: Inbox, tmp_path: Path) -> dict[str, str]:
    """The environment of an installation with five secrets, an article to be told of, and a feed whose address has a login in it."""
    stand.outlets(
        {"feeds": [{"url": f"{HOST}/rss"}], "headers": {"authorization": "env:CLAIMWIRE_SOURCE_KEY"}},
        {"id": "other", "domains": ["other.example"], "feeds": [{"url": f"http://desk:{SECRETS['source']}@other.example/rss"}]},
    )
    stand.pages |= {f"{HOST}/rss": a_feed(an_item("/0", title="nothing")), f"{HOST}/1": a_story(1)}
    stand.collect()
    stand.pages[f"{HOST}/rss"] = a_feed(an_item("/1", NOW + HOUR))
    alerts = tmp_path / "alerts.yml"
    alerts.write_text(ALERTS)
    proxy = stand.web.proxy.removeprefix("http://")
    return os.environ | {
        "CLAIMWIRE_SOURCE_KEY": f"Bearer {SECRETS['source']}",
        "CLAIMWIRE_PROXY": f"http://desk:{SECRETS['proxy']}@{proxy}",
        "CLAIMWIRE_ALERTS": str(alerts),
        "CLAIMWIRE_WEBHOOK": f"http://{inbox.host}/hooks/{SECRETS['webhook']}",
        "CLAIMWIRE_PRIVATE_WEBHOOKS": inbox.host,
        "CLAIMWIRE_CHANNEL_DESK": f"mailto://desk:{SECRETS['mail']}@127.0.0.1:9?to=a@b.example",
        "ELASTICSEARCH_API_KEY": base64.b64encode(f"id:{SECRETS['store']}".encode()).decode(),
        "CLAIMWIRE_NOW": (NOW + HOUR).isoformat(),
    }


def ran(command: list[str], environ: dict[str, str]) -> str:
    done = subprocess.run([sys.executable, "-m", "pipeline", *command], env=environ, capture_output=True, text=True, check=False, cwd=ROOT)
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout + done.stderr


def spellings(secret: str) -> set[str]:
    shifted = {base64.b64encode(b" " * shift + secret.encode())[4 * bool(shift) : -4].decode() for shift in range(3)}
    return {secret, quote(secret, safe=""), base64.b64encode(secret.encode()).decode(), *shifted}


def leaks(texts: dict[str, str]) -> list[tuple[str, str]]:
    return [
        (name, where)
        for name, secret in SECRETS.items()
        for where, text in texts.items()
        if any(each in text for each in spellings(secret))
    ]


def written(stand: Newsstand, planted: dict[str, str]) -> dict[str, str]:
    """Everything that is kept: all documents, and all files of the state, records of the archive unpacked."""
    found = {kind: json.dumps(stand.all(kind)) for kind in KINDS}
    for file in Path(planted["CLAIMWIRE_STATE"]).rglob("*"):
        if file.is_file():
            data = (
                subprocess.run(["gzip", "-dc", file], capture_output=True, check=True).stdout if file.suffix == ".gz" else file.read_bytes()
            )
            found[file.name] = data.decode("utf-8", "replace")
    return found


def test_no_secret_comes_out_where_all_goes_well_or_where_all_fails(stand: Newsstand, planted: dict[str, str], inbox: Inbox) -> None:
    texts = {f"{' '.join(command)}": ran(command, planted) for command in COMMANDS}
    assert any(headers.get("Authorization") == f"Bearer {SECRETS['source']}" for headers in stand.web.headers)
    assert {it["outcome"] for it in stand.all("entries") if it["outlet"]["id"] == "outlet"} >= {"saved"}
    assert inbox.requests
    inbox.status = 500
    stand.pages.clear()
    with faulty(planted["ELASTICSEARCH_URL"]) as faults:
        shaken = planted | {"ELASTICSEARCH_URL": faults.url, "CLAIMWIRE_STORE_RETRIES": "0"}
        texts |= {f"{' '.join(command)}, failing": ran(command, shaken) for command in COMMANDS[2:5:2]}
        faults.down = True
        texts |= {f"{' '.join(command)}, away": ran(command, shaken) for command in COMMANDS if command[0] in AWAY}
        no_proxy = planted | {"CLAIMWIRE_PROXY": f"http://desk:{SECRETS['proxy']}@127.0.0.1:9"}
        texts |= {f"{' '.join(command)}, no proxy": ran(command, no_proxy) for command in COMMANDS[2:3]}
    found = leaks(texts | written(stand, planted) | {"bodies": str(inbox.bodies)})
    assert found == []
    assert leaks({"proof": planted["CLAIMWIRE_PROXY"]}) == [("proxy", "proof")]
