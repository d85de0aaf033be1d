"""What is forgotten is nowhere any more and does not come back: feeds and pages over HTTP, a real node, files on the disk."""

import gzip
import json
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline import forgetting, ledger, run
from pipeline.answers import Page
from pipeline.archive import Archive
from pipeline.cli import app
from pipeline.connection import connect
from pipeline.documents import Stored
from pipeline.errors import NotFound
from pipeline.forgotten import Wish
from pipeline.index import KINDS
from pipeline.model import Reference
from pipeline.reprocess import Scope, What
from pipeline.settings import read_settings
from tests.newsstand import HOST, HOUR, NOW, STORY, Newsstand, a_feed, a_page, a_story, an_item, stand
from tests.webpages import Answer

__all__ = ["stand"]

RSS = f"{HOST}/rss"
COPYIST = "http://copyist.example"
# In the headline, the text and the address, and in nothing else.
CANARY = "quokkafrost"
TEXT = [
    each.replace("Iran rejected", f"Iran’s {CANARY} envoy rejected").replace("Kyiv accused", f"Kyiv’s {CANARY} accused") for each in STORY
]
OTHER = (
    "Officials in Berlin gathered for a long evening of talks on the supply of Iranian drones to the Russian army.",
    "Ukraine’s president accused Iran on Tuesday of training Russian soldiers at a base in occupied Crimea.",
    "A spokesman for the Kremlin denied that Russia had ever bought Shahed drones from Iran for its war in Ukraine.",
)
PAGE = a_page(TEXT, f"Iran’s {CANARY} rejects report on drones")
PATH = f"/{CANARY}-1"
ADDRESS = HOST + PATH
RULES = """
channels:
  - {id: file, kind: atom}
rules:
  - {id: all, title: whatever is said, channels: [file]}
max_age: P3650D
"""


@pytest.fixture(autouse=True)
def _told_in_a_feed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "alerts.yml").write_text(RULES)
    monkeypatch.setenv("CLAIMWIRE_ALERTS", str(tmp_path / "alerts.yml"))


def publish(stand: Newsstand, *more: str) -> None:
    """The feed shows the article, another one, and whatever else there is."""
    canary = an_item(PATH, NOW - HOUR, f"{CANARY} rejects report")
    stand.pages |= {
        RSS: a_feed(canary, an_item("/2", NOW - HOUR), *more), ADDRESS: PAGE,
        f"{HOST}/2": a_page(OTHER, "Talks in Berlin on Iranian drones for Russia"),
        f"{HOST}/short": Answer(status=301, headers={"Location": ADDRESS}),
    }  # fmt: skip


def go(stand: Newsstand, hours: int = 0) -> dict[str, int]:
    """Collects, reads, alerts and, when the wait is over, sends; gives what collecting counted."""
    settings = stand.at(NOW + hours * HOUR)
    counts = run.run_collect(settings)
    run.run_enrich(settings)
    run.run_alert(settings)
    run.run_alert(stand.at(NOW + hours * HOUR + HOUR / 2))
    return counts


def forget(stand: Newsstand, wanted: str, hours: int = 2) -> dict[str, int]:
    settings = stand.at(NOW + hours * HOUR)
    wish = Wish(by="an editor", why="a court says so", at=settings.clock())
    return forgetting.forget(forgetting.plan(wanted, settings), wish, settings, lambda _: None)


def traces(stand: Newsstand, word: str = CANARY) -> list[str]:
    """Where the word stands: kinds of documents, files of the archive, feed files."""
    stand.index.refresh()
    found = [f"{kind} {it}" for kind in KINDS for it in stand.all(kind) if word in json.dumps(it, ensure_ascii=False)]
    settings = read_settings()
    found += [str(file) for file in Path(settings.archive_base).rglob("*.warc.gz") if word.encode() in gzip.decompress(file.read_bytes())]
    return found + [str(file) for file in (settings.state / "feeds").rglob("*.atom") if word in file.read_text(encoding="utf-8")]


def links(stand: Newsstand) -> dict[str, int]:
    return run.status(read_settings())["links"]


def test_nothing_of_a_forgotten_article_is_left_and_the_others_stay(stand: Newsstand) -> None:
    publish(stand)
    go(stand)
    assert {trace.split()[0].split("/")[-1].split("-")[0] for trace in traces(stand)} > {"articles", "statements", "entries", "alerts"}
    before = stand.all("statements")
    counts = forget(stand, ADDRESS)
    assert traces(stand) == []
    assert (counts["articles"], counts["links"], counts["records"]) == (1, 1, 1)
    assert counts["statements"] == sum(CANARY in it["url"]["full"] for it in before) > 0
    assert [it["url"]["full"] for it in stand.all("articles")] == [f"{HOST}/2"]
    assert {it["url"]["full"] for it in stand.all("statements")} == {f"{HOST}/2"}
    assert links(stand) == {"forgotten": 1, "saved": 1}
    (tombstone,) = [it for it in stand.all("entries") if it["outcome"] == "forgotten"]
    assert tombstone.keys() == {"source", "outlet", "event", "outcome", "attempts", "intake", "tried"}
    assert (read_settings().state / "feeds" / "iran-russia" / "file.atom").read_text(encoding="utf-8").count("<entry>") > 0


def test_what_is_forgotten_is_never_fetched_again_by_whatever_way(stand: Newsstand, tmp_path: Path) -> None:
    publish(stand)
    go(stand)
    forget(stand, ADDRESS + "?utm_source=x#top")
    asked = len(stand.asked(ADDRESS))
    stand.pages[RSS] = a_feed(*(an_item(path, NOW) for path in (f"{PATH}?utm_medium=rss", "/2", f"{PATH}/")))
    assert "saved" not in go(stand, 3)
    addresses = tmp_path / "addresses.txt"
    addresses.write_text(f"{ADDRESS}\nhttps://www.outlet.example{PATH}\n")
    run.run_addresses(stand.at(NOW + 4 * HOUR), addresses, backfill=True)
    run.run_revisit(stand.at(NOW + timedelta(days=8)))
    assert len(stand.asked(ADDRESS)) == asked
    assert traces(stand) == []


def test_an_address_may_be_kept_out_before_it_was_ever_seen(stand: Newsstand) -> None:
    stand.index.refresh()
    assert forget(stand, ADDRESS) == {}
    publish(stand)
    assert go(stand, 3)["forgotten"] == 1
    assert stand.asked(ADDRESS) == []
    assert links(stand) == {"forgotten": 1, "saved": 1}
    assert traces(stand) == []


def test_a_redirect_that_nobody_knew_and_a_page_that_says_what_it_is_are_not_kept(stand: Newsstand) -> None:
    publish(stand)
    go(stand)
    forget(stand, ADDRESS)
    canonical = PAGE.body.replace(b"</head>", f'<link rel="canonical" href="{ADDRESS}"></head>'.encode())
    stand.pages |= {RSS: a_feed(an_item("/short", NOW), an_item("/print", NOW), an_item("/2", NOW)), f"{HOST}/print": Answer(canonical)}
    go(stand, 3)
    assert links(stand) == {"forgotten": 3, "saved": 1}
    assert traces(stand) == []


def test_an_article_is_found_by_an_address_that_only_led_to_it(stand: Newsstand) -> None:
    publish(stand)
    stand.pages[RSS] = a_feed(an_item("/short", NOW), an_item("/2", NOW))
    go(stand)
    assert forget(stand, f"{HOST}/short")["articles"] == 1
    publish(stand)
    assert go(stand, 3)["forgotten"] == 1
    assert traces(stand) == []


def test_an_outlet_is_forgotten_with_all_that_it_ever_sent(stand: Newsstand) -> None:
    stand.outlets(
        {"feeds": [{"url": RSS}]}, {"id": "copyist", "name": "C", "domains": ["copyist.example"], "feeds": [{"url": f"{COPYIST}/rss"}]}
    )
    publish(stand, an_item("/gone", NOW))
    stand.pages |= {f"{COPYIST}/rss": a_feed(an_item(f"{COPYIST}/5", NOW)), f"{COPYIST}/5": a_story(5)}
    go(stand)
    counts = forget(stand, "outlet")
    assert (counts["articles"], counts["links"]) == (2, 3)
    assert traces(stand) == []
    assert traces(stand, "Berlin") == []
    assert {it["outlet"]["id"] for it in stand.all("articles")} == {"copyist"}
    asked = len(stand.asked(f"{HOST}/2"))
    stand.pages[RSS] = a_feed(an_item("/2", NOW), an_item("/3", NOW))
    stand.pages[f"{HOST}/3"] = PAGE
    counts = go(stand, 3)
    assert (counts["forgotten"], len(stand.asked(f"{HOST}/2")), stand.asked(f"{HOST}/3")) == (1, asked, [])
    assert traces(stand) == []
    assert sum(links(stand).values()) == len(stand.all("entries")) == 5


def test_copies_of_it_stay_and_come_from_elsewhere(stand: Newsstand) -> None:
    copyists = [
        {"id": name, "name": name, "domains": [f"{name}.example"], "feeds": [{"url": f"http://{name}.example/rss"}]} for name in ("b", "c")
    ]
    stand.outlets({"feeds": [{"url": RSS}]}, *copyists)
    plain = a_page(STORY)
    stand.pages |= {RSS: a_feed(an_item(PATH, NOW - 3 * HOUR)), ADDRESS: plain}
    for hours, name in enumerate(("b", "c"), start=1):
        stand.pages[f"http://{name}.example/rss"] = a_feed(an_item(f"http://{name}.example/1", NOW - hours * HOUR))
        stand.pages[f"http://{name}.example/1"] = plain
    go(stand)
    plan = forgetting.plan(ADDRESS, stand.at(NOW + HOUR))
    assert sorted(plan.copies) == ["b: http://b.example/1", "c: http://c.example/1"]
    assert sorted(forgetting.plan("http://b.example/1", read_settings()).copies) == [f"O: {ADDRESS}", "c: http://c.example/1"]
    forget(stand, ADDRESS)
    assert traces(stand) == []
    articles = {it["outlet"]["id"]: it for it in stand.all("articles")}
    (first,) = [stored.id for stored in stand.index.each("articles", {"term": {"outlet.id": "c"}})]
    assert articles["b"]["copy_of"] == articles["b"]["origin"] == articles["c"]["origin"] == first
    assert "copy_of" not in articles["c"]
    statements = stand.all("statements")
    assert {it["origin"] for it in statements} == {first}
    assert {("copy_of" in it, it["outlet"]["id"]) for it in statements} == {(True, "b"), (False, "c")}
    heads = {it["utterance"] for it in statements}
    assert heads == {stored.id for stored in stand.index.each("utterances", {"match_all": {}})}
    assert heads <= {stored.id for stored in stand.index.each("statements", {"match_all": {}})}
    assert {it["reports"] for it in stand.all("utterances")} == {2}
    assert sum(it["novelty"] == "new" for it in statements) == len(heads)
    settings = read_settings()
    rebuilt = ledger.rebuild(connect(settings), ledger.read_facts(settings), settings.clock(), lambda _: None)
    assert rebuilt.documents > 0
    assert rebuilt.differed == 0


def test_the_command_shows_what_it_would_do_and_does_it_only_when_told_so(stand: Newsstand, tmp_path: Path) -> None:
    publish(stand)
    go(stand)
    stand.at(NOW + HOUR)
    shown = CliRunner().invoke(app, ["forget", ADDRESS])
    assert shown.exit_code == 1
    assert "statements" in shown.output
    assert traces(stand)
    assert CliRunner().invoke(app, ["forget", ADDRESS, "--yes"]).exit_code == 2
    done = CliRunner().invoke(app, ["forget", ADDRESS, "--yes", "--by", "an editor", "--why", "a court says so"])
    assert done.exit_code == 0, done.output
    assert "erased" in done.output
    assert traces(stand) == []
    remembered = stand.all("forgotten")
    assert {(it["by"], it["why"]) for it in remembered} == {("an editor", "a court says so")}
    again = CliRunner().invoke(app, ["forget", ADDRESS, "--yes", "--by", "somebody", "--why", "again", "--json"])
    assert again.exit_code == 0
    assert json.loads(again.stdout.splitlines()[-1])["topics"][0]["erased"].get("articles", 0) == 0
    with pytest.raises(NotFound, match="neither an address nor an outlet"):
        forgetting.plan("nobody", read_settings())


def test_a_feed_that_is_kept_for_its_texts_is_not_kept_where_it_shows_what_is_forgotten(stand: Newsstand) -> None:
    stand.outlets({"text": "feed", "feeds": [{"url": RSS}]})
    body = "<content:encoded>&lt;p&gt;" + "&lt;/p&gt;&lt;p&gt;".join(TEXT) + "&lt;/p&gt;</content:encoded>"
    plain = body.replace(CANARY, "usual").replace("drones", "rifles and drones")
    stand.pages[RSS] = a_feed(an_item(PATH, NOW, more=body), an_item("/22", NOW, more=plain))
    assert go(stand)["saved"] == 2
    assert forget(stand, ADDRESS)["records"] == 1
    assert traces(stand) == []
    stand.pages[RSS] = a_feed(an_item(PATH, NOW, more=body), an_item("/33", NOW, more=plain.replace("envoy", "minister")))
    assert go(stand, 3)["saved"] == 1
    assert traces(stand) == []
    read_again = run.run_reprocess(read_settings(), Scope(what=What.EXTRACT, dry_run=True, limit=9))
    assert read_again.counts["articles"] == 0  # it is today's extraction
    assert len(stand.all("articles")) == 2


def test_what_was_under_way_when_it_was_forgotten_is_erased_in_the_night(stand: Newsstand) -> None:
    publish(stand)
    go(stand)
    (article,) = [stored for stored in stand.index.each("articles", {"match_all": {}}) if CANARY in stored.source["url"]["full"]]
    statements = [(each.id, dict(each.source)) for each in stand.index.each("statements", {"term": {"article_id": article.id}})]
    page = archived(article)
    forget(stand, ADDRESS)
    with Archive(read_settings().archive_base, read_settings().clock) as archive:
        archive.write(page)
    stand.index.create("articles", [(article.id, dict(article.source))])
    stand.index.create("statements", statements)
    assert traces(stand)
    assert run.run_prune(stand.at(NOW + 3 * HOUR)) == {}
    assert run.run_prune(stand.at(NOW + 12 * HOUR))["articles"] == 1
    assert traces(stand) == []
    assert run.run_prune(stand.at(NOW + 24 * HOUR)) == {}


def archived(article: Stored) -> Page:
    with Archive(read_settings().archive_base, read_settings().clock) as archive:
        return archive.read(Reference(**article.source["archive"]))
