"""Days of news made by hand: articles whose statements are given, read and decided on by the real stages on a real node."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from pipeline import alerting, unread
from pipeline.config_files import read_agencies
from pipeline.documents import Stored, article_document, content_hash, text_document, version_document, versions_of
from pipeline.index import Index
from pipeline.model import Act, Article, Findings, Intake, Mode, OutletFacts, Speaker, SpeakerKind, Statement, Verdict, Why
from pipeline.origins import Agencies
from pipeline.reading import open_reader
from pipeline.settings import Settings, read_settings
from tests.builders import an_article


@dataclass(frozen=True, slots=True, kw_only=True)
class Says:
    """A sentence of an article, and the statement that it makes; no act, no statement."""

    text: str
    act: Act | None = None
    speaker: str = "Iran"
    kind: SpeakerKind = SpeakerKind.COUNTRY
    side: str | None = "IR"
    targets: tuple[str, ...] = ()
    claims: tuple[str, ...] = ("iran-drones-to-russia",)
    background: bool = False
    partial: bool = False
    answers: int | None = None  # which of the article's statements
    confidence: float = 0.9


class Newsroom:
    """Publishes, revises, and runs the stages at a time."""

    def __init__(self, index: Index, settings: Settings, set_now: Callable[[datetime], None]) -> None:
        self.index = index
        self._settings = settings
        self._set_now = set_now
        self._findings: dict[str, Findings] = {}

    def publish(
        self, number: int, at: datetime, *said: Says, outlet: str = "The Outlet", intake: Intake = Intake.LIVE, seen: datetime | None = None
    ) -> Article:
        """An article, seen when it is published unless said otherwise. The same number again is a later version."""
        text = "\n\n".join(each.text for each in said)
        id_ = f"{number:040d}"
        article = an_article(
            id=id_,
            url=f"https://outlet.example/{number}",
            outlet=OutletFacts(id=outlet.lower().replace(" ", "-"), name=outlet, country="GB", ownership="private", tier=2),
            title=f"Article {number}",
            text=text,
            published=at,
            first_seen=seen or at,
            intake=intake,
        )
        self._findings[text] = findings_of(said)
        self._store(article, seen or at)
        return article

    def print(self, number: int, at: datetime, text: str, language: str, outlet: str) -> Article:
        """An article without given statements: what it says is read from its text, as the stage does."""
        facts = OutletFacts(id=outlet.lower().replace(" ", "-"), name=outlet, country="GB", ownership="private", tier=2)
        article = an_article(
            id=f"{number:040d}", url=f"https://outlet.example/{number}", outlet=facts, title="", text=text, language=language,
            published=at, first_seen=at,
        )  # fmt: skip
        self._store(article, at)
        return article

    def _store(self, article: Article, now: datetime) -> None:
        stored = self.index.get("articles", [article.id]).get(article.id)
        if stored is None:
            self.index.create("articles", [(article.id, article_document(article, now))])
            return
        seen = version_document(content_hash(article.title, article.text), now, article.archive)
        text = text_document(article.title, _Text(article.text), article.language)  # type: ignore[arg-type]  # all that is read of an extract
        waiting = {"version": stored.source["read"]["version"]}
        self.index.change("articles", [(stored, {**text, "versions": [*versions_of(stored.source), seen], "read": waiting})])

    def run(self, now: datetime) -> dict[str, int]:
        """Reads what waits, decides and delivers, at that time."""
        self._set_now(now)
        settings = read_settings()
        desk = unread.Desk(
            index=self.index,
            reader=lambda: open_reader(settings),
            agencies=Agencies(read_agencies(settings)),
            clock=lambda: now,
            read=lambda article, reader: self._findings.get(article.text) or unread.read_article(article, reader),
        )
        self.index.refresh("articles")
        unread.read_unread(desk, lambda _: None)
        return dict(alerting.alert(settings, lambda _: None))

    def rows(self, **terms: Any) -> list[Stored]:
        """The outbox, oldest first."""
        self.index.refresh("alerts")
        query = {"bool": {"filter": [{"term": {name: value}} for name, value in terms.items()]}}
        return list(self.index.each("alerts", query, sort=["event.created"]))

    def statements(self) -> list[Stored]:
        self.index.refresh("statements")
        return list(self.index.each("statements", {"match_all": {}}, sort=["event.created", "ordinal"]))


@dataclass(frozen=True, slots=True)
class _Text:
    text: str
    modified: None = None


def findings_of(said: Sequence[Says]) -> Findings:
    statements = []
    spans = []
    start = 0
    for number, each in enumerate(said):
        spans.append((start, start + len(each.text)))
        if each.act is not None:
            statements.append(_statement(each, number, spans[-1]))
        start += len(each.text) + 2
    return Findings(
        verdict=Verdict(on_topic=True, reason="by hand"), entities=(), claims=(), statements=tuple(statements), sentences=tuple(spans)
    )


def _statement(each: Says, number: int, span: tuple[int, int]) -> Statement:
    assert each.act is not None
    return Statement(
        act=each.act,
        speaker=Speaker(name=each.speaker, kind=each.kind, side=each.side),
        targets=each.targets,
        claims=each.claims,
        sentences=(number,),
        start=span[0],
        end=span[1],
        mode=Mode.INDIRECT,
        background=each.background,
        partial=each.partial,
        addressee_of=each.answers,
        why=Why(cue="by hand", rule="by hand", negated=False, confidence=each.confidence),
    )


DAY = datetime.fromisoformat("2022-10-18T09:00:00+00:00")
HOUR = timedelta(hours=1)

ACCUSES = Says(
    text="The White House accused Iran on Tuesday of shipping hundreds of drones to Russia.",
    act=Act.ACCUSATION,
    speaker="White House",
    kind=SpeakerKind.ORGANISATION,
    side="US",
    targets=("Iran",),
)
DENIES = Says(
    text="Iran's foreign ministry called the accusation of drone deliveries baseless.",
    act=Act.DENIAL,
    speaker="Ministry of Foreign Affairs of Iran",
    kind=SpeakerKind.ORGANISATION,
    targets=("United States",),
)
ADMITS = Says(
    text="The foreign minister said a limited number of drones had been delivered before the war.",
    act=Act.ACKNOWLEDGEMENT,
    speaker="Hossein Amir-Abdollahian",
    kind=SpeakerKind.PERSON,
    partial=True,
)
FILLER = Says(text="Officials in several capitals met to discuss the matter over the weekend, and more talks are planned.")


def told_again(said: Says, text: str) -> Says:
    """The same statement in other words."""
    return replace(said, text=text)
