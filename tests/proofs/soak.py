"""Outlets publish, edit, delete and fail at random while the node restarts, requests fail and the pipeline is killed; by a seed.

In the end what is in the index is compared with what was really published.
"""

import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import IO, Any

from pipeline.addresses import article_id
from pipeline.connection import connect, read_mappings
from pipeline.index import Index
from pipeline.node import Node
from pipeline.settings import Settings
from pipeline.versions import REVISITS
from tests.conftest import ROOT, free_port
from tests.faults import Fault, Faults, faulty
from tests.newsstand import a_feed, a_page, an_item
from tests.receivers import Inbox, webhook_receiver
from tests.webpages import Answer, webpages

BEGIN = datetime(2023, 7, 17, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
OUTLETS = ("anchor", "beacon", "courier", "dispatch", "echo")
SHOWN = 15  # of a feed
# An article is edited as long as its feed shows it, and taken down when it has long been there, but is looked at once more.
OLD = 2 * SHOWN
# The client of the store opens so many when they are first needed, and keeps them.
CONNECTIONS = 10
CALM = (HOUR, HOUR, timedelta(hours=25), HOUR, timedelta(days=8), HOUR)


@dataclass
class Piece:
    """One article, as it was really published."""

    url: str
    outlet: str
    number: int
    at: datetime
    since: float  # when it appeared, of the real time
    version: int = 1
    deleted: bool = False
    indexed: float | None = None

    @property
    def title(self) -> str:
        return f"Iran rejects report {self.number} on drones" + (f", update {self.version}" if self.version > 1 else "")

    @property
    def mark(self) -> str:
        """Stands in this version alone."""
        return f"This is version {self.version} of dispatch {self.number} about the deliveries."

    def page(self) -> Answer:
        claims = (
            f"TEHRAN – Iran rejected on Monday report {self.number} that it has sent drones to Russia for use against Ukraine.",
            f"The foreign ministry spokesman said that claim {self.number} of Western governments about missiles was baseless.",
            f"Kyiv accused Iran in statement {self.number} of supplying Moscow with hundreds of Shahed drones since the summer.",
        )
        return a_page([*claims, self.mark], self.title)


@dataclass
class Press:
    """The outlets. `pages` is what they answer."""

    pages: dict[str, Any]
    dice: random.Random
    pieces: list[Piece] = field(default_factory=list)

    def hour(self, now: datetime) -> None:
        for outlet in OUTLETS:
            for _ in range(self.dice.choice((0, 0, 1, 1, 2))):
                self.publish(outlet, now)
        shown = [piece for outlet in OUTLETS for piece in self._shown(outlet)]
        for piece in self.dice.sample(shown, min(len(shown), 2)):
            if self.dice.random() < 0.4:
                piece.version += 1
        old = [piece for piece in self.pieces[:-OLD] if not piece.deleted and now - piece.at < REVISITS[-1]]
        if old and self.dice.random() < 0.3:
            self.dice.choice(old).deleted = True
        self.serve(fails=True)

    def serve(self, *, fails: bool) -> None:
        """Puts everything where it can be fetched; some of it does not answer."""
        for piece in self.pieces:
            away = fails and self.dice.random() < 0.03
            self.pages[piece.url] = Answer(status=410) if piece.deleted else Answer(status=503) if away else piece.page()
        for outlet in OUTLETS:
            items = [an_item(piece.url, piece.at, piece.title) for piece in self._shown(outlet)]
            away = fails and self.dice.random() < 0.15
            broken = Answer(b"<rss><channel><item><title>half", headers={"Content-Type": "text/xml"})
            self.pages[_feed(outlet)] = self.dice.choice((Answer(status=502), broken)) if away else a_feed(*items)

    def publish(self, outlet: str, now: datetime) -> None:
        number = len(self.pieces) + 1
        url = f"http://{outlet}.example/news/{number}"
        self.pieces.append(Piece(url=url, outlet=outlet, number=number, at=now, since=time.monotonic()))

    def _shown(self, outlet: str) -> list[Piece]:
        return [piece for piece in self.pieces if piece.outlet == outlet and not piece.deleted][-SHOWN:][::-1]


def _feed(outlet: str) -> str:
    return f"http://{outlet}.example/rss"


class Service:
    """The process that runs the pipeline, started anew when it was killed."""

    def __init__(self, env: Mapping[str, str], errors: IO[str]) -> None:
        self._env = dict(env)
        self._errors = errors
        self._process: subprocess.Popen[str] | None = None
        self.started = 0

    def order(self) -> subprocess.Popen[str]:
        """Begins a pass."""
        if self._process is None:
            command = [sys.executable, "-m", "tests.proofs.service"]
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=self._env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, text=True
            )
            self.started += 1
        assert self._process.stdin
        print("go", file=self._process.stdin, flush=True)
        return self._process

    def ended(self) -> dict[str, Any]:
        assert self._process
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, f"the service has died of itself: {Path(self._errors.name).read_text()[-2000:]}"
        return dict(json.loads(line))

    def kill(self) -> None:
        assert self._process
        self._process.kill()
        self.close()

    def close(self) -> None:
        if self._process is not None:
            assert self._process.stdin
            assert self._process.stdout
            with suppress(BrokenPipeError):
                self._process.stdin.close()
            self._process.wait(timeout=60)
            self._process.stdout.close()
            self._process = None


@dataclass(frozen=True, kw_only=True)
class Soaked:
    """What was done, and what came of it."""

    seconds: float
    passes: int
    published: int
    edited: int
    deleted: int
    troubles: Mapping[str, int]
    lost: int  # articles that are missing, or not as they were published last
    doubled: int  # links with two articles, statements that stand twice in a text, keys with two contents
    unread: int
    untold: int
    worst_seconds: float  # from publication to the index
    memory_growth: float  # share, of the last process from its warm-up to its end
    files: tuple[int, int]  # open files, then and in the end
    differs: tuple[str, ...] = ()


@dataclass
class Ground:
    """Everything that the soak takes place on."""

    press: Press
    service: Service
    node: Node
    faults: Faults
    index: Index
    clock: Path
    inbox: Inbox
    now: datetime = BEGIN
    troubles: Counter[str] = field(default_factory=Counter)
    samples: list[tuple[int, int, int]] = field(default_factory=list)  # which process, bytes, files

    def tick(self, step: timedelta = HOUR) -> None:
        self.now += step
        self.clock.write_text(self.now.isoformat())

    def pass_by(self, within: Callable[[], None] = lambda: None) -> None:
        self.service.order()
        within()
        told = self.service.ended()
        self.samples.append((self.service.started, told["bytes"], told["files"]))
        self._see()

    def killed_pass(self, after: float) -> None:
        self.service.order()
        time.sleep(after)
        self.service.kill()
        self.troubles["kills"] += 1

    def _see(self) -> None:
        """Which articles have come into the index."""
        waiting = {article_id(piece.outlet, piece.url): piece for piece in self.press.pieces if piece.indexed is None}
        with suppress(Exception):  # the node may just be away
            for id_ in self.index.get("articles", list(waiting), ["title"]):
                waiting[id_].indexed = time.monotonic()


@contextmanager
def ground(folder: Path, seed: int) -> Iterator[Ground]:
    """A node of its own, outlets, a receiver, and the pipeline between them."""
    node = Node(home=ROOT / ".claimwire" / "node", port=free_port(), data=folder / "node")
    node.build()
    node.start()
    pages: dict[str, Any] = {}
    (folder / "overlay").mkdir()
    clock, sources = folder / "clock", folder / "sources.yml"
    clock.write_text(BEGIN.isoformat())
    outlets = [{"id": each, "name": each.title(), "domains": [f"{each}.example"], "feeds": [{"url": _feed(each)}]} for each in OUTLETS]
    sources.write_text(json.dumps({"outlets": outlets}))
    errors = folder / "errors.log"
    with webpages(pages) as web, webhook_receiver() as inbox, faulty(node.status().url) as faults, errors.open("w") as log:
        env = {
            "PATH": str(Path(sys.executable).parent),
            "ELASTICSEARCH_URL": faults.url,
            "CLAIMWIRE_STORE_RETRIES": "1",
            "CLAIMWIRE_STATE": str(folder / "state"),
            "CLAIMWIRE_OVERLAY": str(folder / "overlay"),
            "CLAIMWIRE_PROXY": web.proxy,
            "CLAIMWIRE_SOURCES": str(sources),
            "CLAIMWIRE_ALERTS": str(ROOT / "tests" / "data" / "alerts" / "soak.yml"),
            "CLAIMWIRE_NOW": f"@{clock}",
            "CLAIMWIRE_HOST_DELAY": "0",
            "CLAIMWIRE_ATTEMPTS": "50",
            "CLAIMWIRE_WEBHOOK": inbox.url,
            "CLAIMWIRE_PRIVATE_WEBHOOKS": inbox.host,
        }
        settings = Settings(elasticsearch_url=node.status().url)
        index = connect(settings)
        index.set_up(read_mappings(settings))
        service = Service(env, log)
        try:
            yield Ground(Press(pages, random.Random(seed)), service, node, faults, index, clock, inbox)
        finally:
            service.close()
            node.stop()


def soak(folder: Path, seconds: float, seed: int, progress: Callable[[str], None] = lambda _: None) -> Soaked:
    """For so long, of which the last third is without kills, so that memory can be compared."""
    begun = time.monotonic()
    with ground(folder, seed) as here:
        dice = random.Random(f"troubles {seed}")
        here.press.hour(here.now)
        here.press.serve(fails=False)
        here.pass_by()  # all that is there at first is no news
        passes = 1
        while (gone := time.monotonic() - begun) < seconds:
            here.tick()
            here.press.hour(here.now)
            _trouble(here, dice, kills=gone < seconds * 0.6)
            passes += 1
            progress(f"{gone:4.0f} s: {passes} passes, {len(here.press.pieces)} articles, {dict(here.troubles)}")
        here.faults.down, here.faults.planned = False, []
        for step in CALM:
            here.tick(step)
            here.press.serve(fails=False)
            here.pass_by()
        return compared(here, time.monotonic() - begun, passes + len(CALM))


def _trouble(here: Ground, dice: random.Random, *, kills: bool) -> None:
    """One pass, with something that happens to it or nothing."""
    chance = dice.random()
    here.faults.down, here.faults.planned, here.faults.kind = False, [], ""
    if chance < 0.15 and kills:
        here.killed_pass(dice.uniform(0.1, 6))
    elif chance < 0.35:
        fault = dice.choice([each for each in Fault if each is not Fault.ITEM_REFUSED])
        here.faults.planned = [fault] * dice.choice((1, 3))
        here.troubles["bulk faults"] += 1
        here.pass_by()
    elif chance < 0.45:
        here.faults.down = True
        here.troubles["passes without the node"] += 1
        here.pass_by()
    elif chance < 0.52:
        here.troubles["restarts of the node"] += 1
        here.pass_by(lambda: _restarted(here.node))
    else:
        here.pass_by()


def _restarted(node: Node) -> None:
    time.sleep(0.5)
    node.stop()
    node.start()


def compared(here: Ground, seconds: float, passes: int) -> Soaked:
    here.index.refresh()
    pieces = here.press.pieces
    articles = {each.id: dict(each.source) for each in here.index.each("articles", {"match_all": {}})}
    wrong = [f"{piece.url}: {why}" for piece in pieces if (why := _wrong(piece, articles.get(article_id(piece.outlet, piece.url))))]
    entries = Counter(each.source["url"]["original"] for each in here.index.each("entries", {"match_all": {}}))
    statements = [dict(each.source) | {"id": each.id} for each in here.index.each("statements", {"match_all": {}})]
    places = Counter((it["article_id"], it["act"], it["text"]) for it in statements if "removed" not in it)
    contents: dict[str, set[bytes]] = {}
    told: set[str] = set()
    for (headers, body, _), raw in zip(here.inbox.requests, here.inbox.bodies, strict=True):
        key = headers["Idempotency-Key"]
        told |= {item["statement_id"] for item in body["items"]}
        contents.setdefault(key, set()).add(raw)
    alerted = {it["id"] for it in statements if it.get("decision", {}).get("outcome") == "alerted"}
    last = [(size, files) for process, size, files in here.samples if process == here.service.started]
    early, late = last[2:5] or last, last[-3:]
    doubled = sum(number - 1 for number in entries.values()) + sum(number - 1 for number in places.values())
    return Soaked(
        seconds=seconds,
        passes=passes,
        published=len(pieces),
        edited=sum(piece.version - 1 for piece in pieces),
        deleted=sum(piece.deleted for piece in pieces),
        troubles=dict(here.troubles),
        lost=len(wrong),
        doubled=doubled
        + len(articles)
        - len({it["url"]["original"] for it in articles.values()})
        + sum(len(each) > 1 for each in contents.values()),
        unread=sum("read" not in it for it in articles.values()),
        untold=len(alerted - told),
        worst_seconds=max((piece.indexed - piece.since for piece in pieces if piece.indexed), default=0.0),
        memory_growth=median(size for size, _ in late) / median(size for size, _ in early) - 1,
        files=(early[0][1], late[-1][1]),
        differs=tuple(wrong[:5]),
    )


def _wrong(piece: Piece, it: Mapping[str, Any] | None) -> str | None:
    if it is None:
        return "is missing"
    if piece.deleted:
        return None if "deleted" in it else "was taken down, and is not marked"
    if piece.mark not in it["text"]:
        return f"is not version {piece.version}"
    return None
