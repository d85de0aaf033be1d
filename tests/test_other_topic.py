"""Another topic, same tool: two states at odds over a river, with pages, actors, claims and rules of their own, from the feed to the
alert on a real node. Beside it, on the same feeds and in the same Elasticsearch, the shipped topic. No Python knows of either.
"""

import json
import os
import shutil
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import feedparser
import pytest

from pipeline import ledger, run
from pipeline.atom import feed_file
from pipeline.connection import connect
from pipeline.documents import Document, Stored
from pipeline.index import KINDS, Index
from pipeline.reading import open_reader
from pipeline.samples import SampleSites
from pipeline.settings import Settings, read_settings
from tests.conftest import ROOT, URL
from tests.finding import searched
from tests.receivers import Inbox, webhook_receiver
from tests.test_cli import claimwire

TOPIC = "sarn-dam"
FOLDER = ROOT / "tests" / "data" / "topics" / TOPIC
HOLDS_BACK, TAKES_MORE, BREACH = "torland-holds-back-the-sarn", "belmora-takes-more-than-its-share", "breach-of-the-convention"
WIRE, COURIER, POST = "valley-wire", "kestrin-courier", "port-alder-post"


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """The installation when all has been published, and what it told."""

    settings: Settings
    overlay: Path
    inbox: Inbox

    @property
    def first(self) -> Settings:
        """The shipped topic, in the same installation and with the same outlets."""
        return self.settings.of("iran-russia").model_copy(update={"sources": FOLDER / "sources.yml"})

    @property
    def index(self) -> Index:
        return connect(self.settings)

    def documents(self, kind: str, sort: Sequence[str] = ()) -> list[Document]:
        return [stored.source for stored in self.index.each(kind, {"match_all": {}}, sort=sort)]  # type: ignore[arg-type]  # a kind

    def articles(self, settings: Settings) -> dict[str, Stored]:
        """By the last part of their addresses."""
        found = connect(settings).each("articles", {"match_all": {}})
        return {stored.source["url"]["full"].rsplit("/", 1)[1]: stored for stored in found}


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """Both topics follow the three outlets: before they publish, up to the first denial, up to the admission, and once more."""
    folder = tmp_path_factory.mktemp("installation")
    shutil.copytree(FOLDER, folder / "overlay" / "topics" / TOPIC, ignore=shutil.ignore_patterns("pages"))
    with SampleSites(FOLDER / "pages") as sites, webhook_receiver() as inbox:
        settings = read_settings(
            elasticsearch_url=os.environ[URL], index_prefix=f"test-{uuid.uuid4().hex[:12]}", state=folder / "state",
            overlay=folder / "overlay", topics=(TOPIC, "iran-russia"), proxy=sites.proxy, host_delay=0,
            secrets={"CLAIMWIRE_WEBHOOK": inbox.url}, private_webhooks={inbox.host},
        )  # fmt: skip
        both = Played(settings=settings, overlay=folder / "overlay", inbox=inbox)
        run.set_up(settings)
        times = sites.publication_times()
        for moment in (times[0] - timedelta(days=1), times[2], times[-2], times[-1]):
            sites.now = moment
            for each in (both.settings, both.first):
                a_pass(each.model_copy(update={"now": moment}))
        for topic in settings.watched:
            connect(settings.of(topic)).refresh(*KINDS)
        yield both
        for topic in settings.watched:
            connect(settings.of(topic)).remove()


def a_pass(settings: Settings) -> None:
    run.run_collect(settings)
    run.run_enrich(settings)
    run.run_alert(settings)


def test_each_link_ends_where_the_topic_sends_it(played: Played) -> None:
    ends = {it["url"]["original"].rsplit("/", 1)[1]: it["outcome"] for it in played.documents("entries")}
    assert ends == {
        "belmora-torland-halden-dam-8812": "saved",
        "1204": "saved",
        "halden-claims-rejected": "saved",
        "1219": "saved",
        "torland-admits-gates-halden-8871": "saved",
        "draw-at-home": "off-topic",
        "tehran-moscow-drones-8840": "off-topic",
    }


def test_statements_have_the_speakers_sides_and_claims_of_this_topic(played: Played) -> None:
    found = {
        (it["act"], it["speaker"]["name"], it["speaker"].get("side"), tuple(it["claims"]))
        for it in played.documents("statements")
        if not it["background"]
    }
    assert {
        ("accusation", "Nora Lindqvist", "XB", (HOLDS_BACK,)),
        ("denial", "Torland", "XT", (HOLDS_BACK,)),
        ("denial", "Oskar Brandl", "XT", (HOLDS_BACK,)),
        # What the shipped topic has none of: either party accuses the other.
        ("accusation", "Ministry of Foreign Affairs of Torland", "XT", (TAKES_MORE, BREACH)),
        ("denial", "Nora Lindqvist", "XB", (TAKES_MORE,)),
        ("demand", "Nora Lindqvist", "XB", (HOLDS_BACK,)),
        ("acknowledgement", "Oskar Brandl", "XT", (HOLDS_BACK,)),
        ("accusation", "Belmora", "XB", (BREACH,)),
    } <= found
    assert {side for _, _, side, _ in found} <= {"XT", "XB", "EU"}


def test_names_of_the_topic_are_found_in_its_articles(played: Played) -> None:
    denies = played.articles(played.settings)["halden-claims-rejected"].source
    assert "Oskar Brandl" in denies["person"]
    assert "Halden dam" in denies["thing"]
    assert "Sarn Convention" in denies["document"]
    assert "Halden Water Authority" in denies["organisation"]


def test_a_copy_is_found_by_the_sign_of_the_topics_own_agency(played: Played) -> None:
    articles = played.articles(played.settings)
    copy, original = articles["1204"].source, articles["belmora-torland-halden-dam-8812"]
    assert copy["copy"]["kind"] == "copy"
    assert copy["origin"] == original.id
    assert copy["agency"] == "Valley Wire"


def test_the_ledger_says_who_stands_where_and_who_moved(played: Played) -> None:
    rows = {(row.source["family"], row.source["party"]): row.source for row in ledger.read(played.index)}
    assert rows[HOLDS_BACK, "XT"]["position"] == "admitted"
    assert [event["position"] for event in rows[HOLDS_BACK, "XT"]["history"]] == ["alleged", "denied", "admitted"]
    assert rows[HOLDS_BACK, "XB"]["position"] == "alleges"
    assert rows[TAKES_MORE, "XB"]["position"] == "denied"
    assert rows[TAKES_MORE, "XT"]["position"] == "alleges"
    assert {party for _, party in rows} <= {"XT", "XB"}


def test_people_are_told_by_this_topics_rules(played: Played) -> None:
    told = [body for _, body, _ in played.inbox.requests if body["topic"] == TOPIC]
    moves = [body for body in told if "rule torland-moves" in body["why"]]
    assert [item["act"] for body in moves for item in body["items"]] == ["acknowledgement"]
    assert "Torland moves from “denied” to “admitted”" in " ".join(
        reason for body in moves for item in body["items"] for reason in item["reasons"]
    )
    acts = {item["act"] for body in told for item in body["items"]}
    assert acts == {"accusation", "denial", "acknowledgement"}
    assert all(headers["Idempotency-Key"].startswith(f"{body['topic']}-") for headers, body, _ in played.inbox.requests)


def test_statements_are_found_by_their_words(played: Played) -> None:
    hits = searched("statements", '"gates of the Halden dam"', played.index, played.settings)
    assert {stored.source["act"] for stored, _ in hits} == {"demand", "acknowledgement"}
    assert all("gates of the Halden dam" in stored.source["text"] for stored, _ in hits)
    assert all("«" in " ".join(fragments) for _, fragments in hits)


def test_nothing_of_one_topic_is_in_the_other(played: Played) -> None:
    mine, theirs = played.index, connect(played.first)
    assert set(played.articles(played.settings)) == {
        "belmora-torland-halden-dam-8812", "1204", "halden-claims-rejected", "1219", "torland-admits-gates-halden-8871",
    }  # fmt: skip
    assert set(played.articles(played.first)) == {"tehran-moscow-drones-8840"}
    assert {stored.source["speaker"].get("side") for stored in theirs.each("statements", {"match_all": {}})} <= {"IR", "UA"}
    assert theirs.count("statements") > 0
    assert {stored.source["family"] for stored in theirs.each("claims", {"match_all": {}})} <= set(ledger.read_facts(played.first).titles)
    assert not searched("statements", "gates", theirs, played.first)
    assert theirs.count("entries") == mine.count("entries") == 7
    assert [theirs.alias(kind) for kind in KINDS] != [mine.alias(kind) for kind in KINDS]


def test_what_each_topic_has_fetched_told_and_published_lies_apart(played: Played) -> None:
    for settings, number in ((played.settings, 5), (played.first, 1)):
        archived = {stored.source["archive"]["file"] for stored in connect(settings).each("articles", {"match_all": {}})}
        assert archived
        assert all((Path(settings.archive_base) / file).is_file() for file in archived)
        assert connect(settings).count("articles") == number
        feed = feedparser.parse((settings.state / feed_file("feed", settings)).read_bytes())
        assert settings.topic in feed.feed.id
        assert all(settings.topic in entry.id for entry in feed.entries)
    assert Path(played.settings.archive_base).parent == Path(played.first.archive_base).parent


def test_erasing_one_topic_leaves_the_other(played: Played) -> None:
    third = played.settings.model_copy(update={"index_prefix": played.settings.index_prefix + "-again"})
    run.set_up(third)
    connect(third.of("iran-russia")).remove()
    assert connect(third).missing() == []
    connect(third).remove()


def test_commands_are_about_the_topic_that_is_named(played: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ELASTICSEARCH_URL", played.settings.elasticsearch_url)
    monkeypatch.setenv("CLAIMWIRE_INDEX_PREFIX", played.settings.index_prefix)
    monkeypatch.setenv("CLAIMWIRE_STATE", str(played.settings.state))
    monkeypatch.setenv("CLAIMWIRE_OVERLAY", str(played.overlay))
    told = claimwire("--topic", TOPIC, "ledger", HOLDS_BACK).stdout
    assert "Torland holds back the water of the Sarn" in told
    assert "denied → admitted" in told
    assert json.loads(claimwire("--topic", TOPIC, "status", "--json").stdout)["documents"]["articles"] == 5
    assert json.loads(claimwire("status", "--json").stdout)["documents"]["articles"] == 1
    assert claimwire("--topic", TOPIC, "search", "gates").stdout.count("gates") > 1
    assert "no hits" in claimwire("search", "gates").stdout


def test_the_reader_of_one_topic_is_not_that_of_the_other(played: Played) -> None:
    mine, theirs = open_reader(played.settings), open_reader(played.first)
    assert mine.digest != theirs.digest
    assert (mine.topic.id, theirs.topic.id) == (TOPIC, "iran-russia")
