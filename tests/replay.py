"""The sample outlets replayed in the order of publication, against the alerts that they should set off.

With the annotators' statements as input it measures what is new and what is told; with the reader's, the whole way. `make eval`
prints both, beside how well reports are put together to utterances.
"""

import json
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.table import Table

from pipeline import alerting, unread
from pipeline.addresses import article_id, normalise
from pipeline.config_files import read_agencies
from pipeline.connection import connect, read_mappings
from pipeline.deciding import Office, decide_all
from pipeline.documents import article_document, content_hash, text_document, version_document, versions_of
from pipeline.enrich import Reader
from pipeline.enrich.extent import is_partial, with_limits
from pipeline.index import Index
from pipeline.lease import lease
from pipeline.model import (
    Act,
    Article,
    DateSource,
    Findings,
    Form,
    Intake,
    Mode,
    OutletFacts,
    Reference,
    Speaker,
    SpeakerKind,
    Statement,
    TextSource,
    Validators,
    Verdict,
    Why,
)
from pipeline.node import Node
from pipeline.origins import Agencies
from pipeline.reading import open_reader
from pipeline.settings import Settings, read_settings
from pipeline.taking_back import take_back
from tests import score

ROOT = Path(__file__).parent.parent
SITES = ROOT / "tests" / "data" / "sites"

# A page that came as a teaser is stored with the text of its AMP variant, and is one article.
SAME_PAGE = {"potomac-alabuga"}

Read = Callable[[Article, Reader], Findings]


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """One text at its time: an article, or a later version of one."""

    gold_id: str
    gold: dict[str, Any]
    article: Article
    findings: Findings  # the annotators'


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One statement that an alert told of, or one that should have been told."""

    gold_id: str  # of the text that it was told from
    act: str
    text: str
    start: int


def publications(folder: Path = SITES) -> list[Publication]:
    """In the order in which they appear; of one day, an article before what copies it, and before its later version."""
    golds = {file.name.removesuffix(".gold.json"): json.loads(file.read_text()) for file in sorted(folder.glob("*.gold.json"))}
    meta = {line["id"]: line for line in map(json.loads, (folder / "meta.jsonl").read_text().splitlines())}
    wanted = {id_: gold for id_, gold in golds.items() if gold["on_topic"] and id_ not in SAME_PAGE}
    made = [_publication(id_, gold, meta[id_], folder) for id_, gold in wanted.items()]
    return sorted(made, key=lambda each: (each.article.first_seen, each.gold_id.endswith("-v2"), each.gold_id))


def _publication(id_: str, gold: dict[str, Any], meta: dict[str, Any], folder: Path) -> Publication:
    text = (folder / f"{id_}.txt").read_text()
    spans = [(sentence["start"], sentence["end"]) for sentence in json.loads((folder / f"{id_}.sents.json").read_text())]
    published = _moment(meta["published"])
    url = meta["url"] or f"https://{id_}.example/"
    outlet = OutletFacts(id=meta["outlet"] or id_, name=meta["outlet"] or id_, country=None, ownership=None, tier=3)
    later = timedelta(minutes=1) if id_.endswith("-v2") else timedelta(0)
    article = Article(
        id=article_id("sample", normalise(url)),
        url=url,
        original_url=url,
        outlet=outlet,
        title=meta["title"] or "",
        text=text,
        text_from=TextSource.MARKUP,
        authors=(),
        language=gold["language"],
        published=published,
        published_from=DateSource.PAGE,
        modified=None,
        paywalled=False,
        teaser=False,
        form=Form.ARTICLE,
        first_seen=published + later,
        intake=Intake.LIVE,
        topic_reason="annotated",
        archive=Reference(file="none", offset=0, length=0, record_id="none"),
        validators=Validators(),
        extracted_by="annotated",
    )
    statements = with_limits(tuple(_statement(each, text) for each in gold["statements"]))
    claims = tuple(sorted({claim for statement in statements for claim in statement.claims}))
    findings = Findings(
        verdict=Verdict(on_topic=True, reason="annotated"), entities=(), claims=claims, statements=statements, sentences=tuple(spans)
    )
    return Publication(gold_id=id_, gold=gold, article=article, findings=findings)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text if "T" in text else f"{text}T12:00:00+00:00")


def _statement(it: dict[str, Any], text: str) -> Statement:
    # The annotators do not say how far somebody concedes; English words do.
    limits = open_reader(read_settings()).words.partial
    return Statement(
        act=Act(it["act"]),
        speaker=Speaker(name=it["speaker"], kind=SpeakerKind(it["speaker_kind"]), affiliation=it.get("affiliation"), side=it["side"]),
        targets=tuple(it["targets"]),
        claims=tuple(it.get("claims") or ()),
        sentences=tuple(it["sentences"]),
        start=it["start"],
        end=it["end"],
        mode=Mode(it["mode"]),
        background=it["background"],
        partial=is_partial(Act(it["act"]), text[it["start"] : it["end"]] if it["start"] >= 0 else "", limits),
        addressee_of=it["addressee_of"],
        why=Why(cue="annotated", rule="annotated", negated=False, confidence=0.99),
    )


# ------------------------------------------------------------------------------------------------ the replay
def replay(shown: Sequence[Publication], index: Index, settings: Settings, read: Read) -> None:
    """Each text at its time: stored, read, and decided on before the next appears."""
    for each in shown:
        show(each, index, settings, read)


def show(each: Publication, index: Index, settings: Settings, read: Read) -> None:
    def clock() -> datetime:
        return each.article.first_seen

    desk = unread.Desk(
        index=index, reader=lambda: open_reader(settings), agencies=Agencies(read_agencies(settings)), clock=clock, read=read
    )
    _publish(each.article, index, clock())
    index.refresh("articles")
    unread.read_unread(desk, lambda _: None)
    decide(replace(alerting.open_office(settings, index), clock=clock))


def decide(office: Office) -> None:
    with lease(office.index, "alert") as held:
        assert held is not None
        take_back(office)
        decide_all(office, held, lambda _: None)


def _publish(article: Article, index: Index, now: datetime) -> None:
    stored = index.get("articles", [article.id]).get(article.id)
    if stored is None:
        index.create("articles", [(article.id, article_document(article, now))])
    else:
        version = content_hash(article.title, article.text)
        text = text_document(article.title, _Told(article.text), article.language)  # type: ignore[arg-type]  # what it reads of an extract
        seen = version_document(version, now, article.archive)
        waiting = {"version": stored.source["read"]["version"]}
        index.change("articles", [(stored, {**text, "versions": [*versions_of(stored.source), seen], "read": waiting})])


@dataclass(frozen=True, slots=True)
class _Told:
    text: str
    modified: None = None


def annotated(shown: Sequence[Publication]) -> Read:
    """Reads what the annotators have read."""
    by_text = {each.article.text: each.findings for each in shown}
    return lambda article, _: by_text[article.text]


def told(index: Index, shown: Sequence[Publication]) -> list[Told]:
    """Every statement that an alert tells of, by the text that it stands in."""
    index.refresh("alerts", "statements")
    ids = {
        id_ for row in index.each("alerts", {"bool": {"must_not": {"term": {"status": "suppressed"}}}}) for id_ in row.source["statements"]
    }
    found = index.get("statements", sorted(ids)).values()
    return [_told(stored.source, shown) for stored in found if stored.source["act"] in score.ALERT]


def _told(it: Any, shown: Sequence[Publication]) -> Told:
    versions = [each for each in shown if each.article.id == it["article_id"]]
    first = next(each for each in versions if it["text"] in f"{each.article.title}\n{each.article.text}")
    start = -1 if it["start"] < 0 else first.article.text.index(it["text"])  # of that version
    return Told(gold_id=first.gold_id, act=it["act"], text=it["text"], start=start)


# ------------------------------------------------------------------------------------------------ the score
@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    hits: int
    false: list[Told]
    missed: list[tuple[str, int]]

    @property
    def precision(self) -> float:
        return self.hits / (self.hits + len(self.false))

    @property
    def recall(self) -> float:
        return self.hits / (self.hits + len(self.missed))


def scored(found: Sequence[Told], shown: Sequence[Publication], expected_file: Path = SITES / "expected_alerts.json") -> Score:
    """Optional ones count neither way. A statement is the expected one where act and text are, or half of the words' place is."""
    by_id = {each.gold_id: each for each in shown}
    expected = [each for each in json.loads(expected_file.read_text()) if each["article"] in by_id]
    open_ = {(each["article"], each["statement"]): each.get("optional", False) for each in expected}
    hits, false = 0, []
    for one in found:
        place = next((place for place in open_ if place[0] == one.gold_id and _is(one, by_id[place[0]].gold["statements"][place[1]])), None)
        if place is None:
            false.append(one)
        elif not open_.pop(place):
            hits += 1
    return Score(hits=hits, false=false, missed=[place for place, optional in open_.items() if not optional])


def _is(one: Told, gold: dict[str, Any]) -> bool:
    if one.act != gold["act"]:
        return False
    if gold["start"] < 0 or one.start < 0:
        return bool(gold["start"] == one.start)
    end = one.start + len(one.text)
    overlap = min(end, gold["end"]) - max(one.start, gold["start"])
    return bool(2 * overlap >= min(len(one.text), gold["end"] - gold["start"]))


def same_as_pairs(shown: Sequence[Publication]) -> set[frozenset[tuple[str, int]]]:
    """Pairs of reports of one statement, as annotated, in different articles."""
    parent: dict[tuple[str, int], tuple[str, int]] = {}

    def root(place: tuple[str, int]) -> tuple[str, int]:
        while place in parent:
            place = parent[place]
        return place

    places = [(each.gold_id, number) for each in shown for number in range(len(each.gold["statements"]))]
    for each in shown:
        for number, it in enumerate(each.gold["statements"]):
            if it.get("same_as") and root(tuple(it["same_as"])) != (each.gold_id, number):
                parent[each.gold_id, number] = root((it["same_as"][0], it["same_as"][1]))
    articles = {each.gold_id: each.article.id for each in shown}
    return {
        frozenset((one, other))
        for one, other in combinations(places, 2)
        if articles[one[0]] != articles[other[0]] and root(one) == root(other)
    }


def utterance_pairs(index: Index, shown: Sequence[Publication]) -> set[frozenset[tuple[str, int]]]:
    """The same as they were put together; of what the reader has found, as far as annotators have found it too."""
    index.refresh("statements")
    groups: dict[str, set[tuple[str, int]]] = {}
    for stored in index.each("statements", {"bool": {"must_not": {"exists": {"field": "removed"}}}}):
        place = _place(stored.source, [each for each in shown if each.article.id == stored.source["article_id"]])
        if place is not None:
            groups.setdefault(stored.source["utterance"], set()).add(place)
    ids = {each.gold_id: each.article.id for each in shown}
    return {
        frozenset((one, other))
        for group in groups.values()
        for one, other in combinations(sorted(group), 2)
        if ids[one[0]] != ids[other[0]]
    }


def _place(it: Any, versions: Sequence[Publication]) -> tuple[str, int] | None:
    """Which annotated statement it is, of the latest version that has its words."""
    for each in reversed(versions):
        if it["text"] in f"{each.article.title}\n{each.article.text}":
            one = _told(it, [each])
            there = [(number, gold) for number, gold in enumerate(each.gold["statements"]) if _is(one, gold)]
            there.sort(key=lambda pair: not score.same_speaker(it["speaker"]["name"], pair[1]))
            return (each.gold_id, there[0][0]) if there else None
    return None


# ------------------------------------------------------------------------------------------------ the table
def measured(folder: Path, index: Index, settings: Settings, *, by_reader: bool) -> tuple[Score | None, tuple[int, int, int]]:
    """Alerts, where a folder says which are expected, and pairs of reports: right, made, wanted. The index must be empty."""
    shown = [each for each in publications(folder) if not by_reader or each.article.language == "en"]
    replay(shown, index, settings, unread.read_article if by_reader else annotated(shown))
    made, wanted = utterance_pairs(index, shown), same_as_pairs(shown)
    expected = (folder / "expected_alerts.json").is_file()
    return scored(told(index, shown), shown) if expected else None, (len(made & wanted), len(made), len(wanted))


def table(folders: Mapping[str, Path], settings: Settings) -> Table:
    """Each set twice: with the annotators' statements, and with the reader's."""
    made = Table("", title="alerts, and reports put together to utterances (pairs)", title_justify="left")
    for head in ("alerts: P", "R", "right/false/missed", "pairs: P", "R", "right/made/wanted"):
        made.add_column(head, justify="right")
    for name, folder in folders.items():
        for by_reader in (False, True):
            prefix = f"eval-{name}-{'read' if by_reader else 'annotated'}"
            index = connect(settings.model_copy(update={"index_prefix": prefix}))
            index.remove()
            index.set_up(read_mappings(settings))
            alerts, pairs = measured(folder, index, settings, by_reader=by_reader)
            index.remove()
            made.add_row(f"{name}, {'as the reader reads it' if by_reader else 'as annotated'}", *_cells(alerts), *_shares(*pairs))
    return made


def _cells(alerts: Score | None) -> tuple[str, str, str]:
    if alerts is None:
        return ("–", "–", "")
    return (f"{alerts.precision:.3f}", f"{alerts.recall:.3f}", f"{alerts.hits}/{len(alerts.false)}/{len(alerts.missed)}")


def _shares(right: int, made: int, wanted: int) -> tuple[str, str, str]:
    return (f"{right / made:.3f}" if made else "–", f"{right / wanted:.3f}" if wanted else "–", f"{right}/{made}/{wanted}")


@contextmanager
def own_node() -> Iterator[str]:
    """The address of a node that is there for this alone."""
    with TemporaryDirectory(prefix="claimwire-eval-") as data, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
        probe.close()
        node = Node(home=ROOT / ".claimwire" / "node", port=port, data=Path(data))
        node.build(print)
        node.start()
        try:
            yield node.status().url
        finally:
            node.stop()


def listed(found: Score, shown: Sequence[Publication]) -> Iterator[str]:
    """What went wrong, line by line."""
    by_id = {each.gold_id: each for each in shown}
    for one in found.false:
        yield f"false   {one.gold_id}: {one.act}: {' '.join(one.text.split())[:150]}"
    for article, number in found.missed:
        it = by_id[article].gold["statements"][number]
        words = by_id[article].article.text[it["start"] : it["end"]] if it["start"] >= 0 else by_id[article].article.title
        yield f"missed  {article} {number}: {it['act']} by {it['speaker']}: {' '.join(words.split())[:150]}"
