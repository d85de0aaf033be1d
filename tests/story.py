"""Two days of news as the alert stage meets them: what appears, changes and is taken away, round by round.

Forty-odd statements in a dozen articles: claims that several speak of, repeats in other outlets, copies, background, a first
pass, an edit, a review. Whoever plays a round twice has played it once.
"""

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pipeline import alerting
from pipeline.alert_rules import Alerting, AlertRule, ChannelKind, ChannelRules, Delivery, When
from pipeline.channels import Trouble
from pipeline.claims import Facts
from pipeline.deciding import Office
from pipeline.delivering import Post
from pipeline.documents import Document, iso
from pipeline.findings import statement_documents
from pipeline.index import Index
from pipeline.lease import lease
from pipeline.messages import Message
from pipeline.model import Act, Findings, Intake, Mode, RemovedBy, Speaker, SpeakerKind, Statement, Verdict, Why
from tests.builders import CAMEO, NOON, an_article

Send = Callable[[Message, ChannelRules], Trouble | None]

# Minutes after noon at which the alert stage runs; what waits when the last news is through gets its time.
ROUNDS = (0, 10, 80, 150, 240, 1500)

SPEAKERS = (
    Speaker(name="Iran", kind=SpeakerKind.COUNTRY, side="IR"),
    Speaker(name="Russia", kind=SpeakerKind.COUNTRY, side="RU"),
    Speaker(name="Ukraine", kind=SpeakerKind.COUNTRY, side="UA"),
    Speaker(name="United States", kind=SpeakerKind.COUNTRY, side="US"),
    Speaker(name="Dmytro Kuleba", kind=SpeakerKind.PERSON, affiliation="Ministry of Foreign Affairs of Ukraine", side="UA"),
)
CLAIMS = ("drones", "missiles", "training", "factory", "debts", "parts")
FACTS = Facts(
    titles={claim: f"the claim of {claim}" for claim in CLAIMS},
    named=dict.fromkeys(CLAIMS, ("IR", "RU")),
    replies=frozenset(),
    names={speaker.side: speaker.name for speaker in SPEAKERS[:4] if speaker.side},
    sides={speaker.name: speaker.side for speaker in SPEAKERS[:4] if speaker.side},
)
ACTS = (Act.ACCUSATION, Act.DENIAL, Act.ACCUSATION, Act.DEMAND)

ALERTING = Alerting(
    channels=(
        ChannelRules(id="now", kind=ChannelKind.LOG, cap=3),
        ChannelRules(id="hourly", kind=ChannelKind.LOG),
        ChannelRules(id="closed", kind=ChannelKind.LOG),
    ),
    rules=(
        AlertRule(id="disabled", title="nobody asks for it", channels=("now",), enabled=False),
        AlertRule(id="both", title="a charge or its denial", when=When(act=(Act.ACCUSATION, Act.DENIAL)), channels=("now", "closed")),
        AlertRule(id="all", title="whatever is said", channels=("hourly",), delivery=Delivery.HOURLY),
    ),
    give_up=timedelta(days=7),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One article of the story, made of the numbers of what is said in it."""

    number: int
    round: int
    said: tuple[int, ...]
    intake: Intake = Intake.LIVE
    background: bool = False
    copy_of: int | None = None


PIECES = (
    Piece(number=0, round=0, said=(0, 1, 2, 3)),
    Piece(number=1, round=0, said=(4, 5, 6, 7)),
    Piece(number=2, round=0, said=(8, 9, 10, 11)),
    Piece(number=3, round=0, said=(12, 13), intake=Intake.BASELINE),
    Piece(number=4, round=1, said=(0, 14, 15)),
    Piece(number=5, round=1, said=(4, 5, 6, 7), copy_of=1),
    Piece(number=6, round=1, said=(16, 17), background=True),
    Piece(number=7, round=2, said=(18, 19, 20, 8)),
    Piece(number=8, round=2, said=(16, 21)),
    Piece(number=9, round=3, said=(22, 23, 18)),
    Piece(number=10, round=3, said=(24, 25, 26, 27)),
    Piece(number=11, round=4, said=(28, 24, 29)),
)

# Round, article, which of its statements, who takes it away.
REMOVALS = (
    (2, 0, 1, RemovedBy.EDIT),
    (2, 1, 0, RemovedBy.REVIEW),
    (3, 2, 1, RemovedBy.REVIEW),
    (3, 2, 2, RemovedBy.RE_READ),
    (4, 7, 0, RemovedBy.RE_READ),
)


def moment_of(round_: int) -> datetime:
    return NOON + timedelta(minutes=ROUNDS[round_])


def words(number: int) -> str:
    """A sentence with a quotation that no other has."""
    dice = random.Random(f"said {number}")
    made = ("".join(dice.choices("abcdefghijklmnopqrstuvwxyz", k=dice.randint(5, 10))) for _ in range(9))
    return f"“{' '.join(made)}” was what they said"


def documents(piece: Piece) -> dict[str, Document]:
    """The statements of an article, as reading it would store them."""
    sentences = [f"{words(number)}, outlet {piece.number} reports." for number in piece.said]
    text = " ".join(sentences)
    places = [(text.index(each), text.index(each) + len(each)) for each in sentences]
    article = an_article(
        id=f"{piece.number:040x}", url=f"https://outlet{piece.number}.example/news", text=text, title=f"News {piece.number}",
        intake=piece.intake, published=moment_of(piece.round), first_seen=moment_of(piece.round),
    )  # fmt: skip
    statements = tuple(
        _statement(number, place, (start, end), piece.background)
        for place, (number, (start, end)) in enumerate(zip(piece.said, places, strict=True))
    )
    found = Findings(
        verdict=Verdict(on_topic=True, reason="made up"), entities=(), claims=(), statements=statements, sentences=tuple(places)
    )
    copied = {} if piece.copy_of is None else {"copy_of": f"{piece.copy_of:040x}", "origin": f"{piece.copy_of:040x}"}
    return {id_: document | copied for id_, document in statement_documents(article, found, CAMEO, moment_of(piece.round)).items()}


def _statement(number: int, sentence: int, span: tuple[int, int], background: bool) -> Statement:
    return Statement(
        act=ACTS[number % len(ACTS)],
        speaker=SPEAKERS[number % len(SPEAKERS)],
        targets=("Iran",),
        claims=(CLAIMS[number % len(CLAIMS)],) if number % 7 else (),
        sentences=(sentence,),
        start=span[0],
        end=span[1],
        mode=Mode.DIRECT,
        background=background,
        partial=False,
        addressee_of=None,
        why=Why(cue="said", rule="made up", negated=False, confidence=0.9),
    )


def happen(round_: int, index: Index) -> None:
    """What has happened since the round before."""
    for piece in PIECES:
        if piece.round == round_:
            index.create("statements", documents(piece).items())
    for when, article, place, by in REMOVALS:
        if when == round_:
            id_ = list(documents(PIECES[article]))[place]
            (stored,) = index.get("statements", [id_]).values()
            if "removed" not in stored.source:
                index.change("statements", [(stored, _removal(by, moment_of(round_)))])


def _removal(by: RemovedBy, at: datetime) -> Document:
    review = {"verdict": "wrong", "by": "Ann", "why": "she never said it", "at": iso(at)} if by is RemovedBy.REVIEW else None
    return {"removed": iso(at), "removed_by": by, "review": review}


# ------------------------------------------------------------------------------------------------ the stage
def an_office(index: Index, now: datetime, alerts: Alerting = ALERTING) -> Office:
    return Office(
        index=index,
        alerting=alerts,
        open_channels=frozenset(channel.id for channel in alerts.channels) - {"closed"},
        titles=FACTS.titles,
        move=alerting.moves(index, FACTS),
        renew=alerting.renewal(index, FACTS),
        zone=ZoneInfo("UTC"),
        digest_hour=7,
        kibana=None,
        clock=lambda: now,
    )


def a_post(index: Index, now: datetime, send: Send, alerts: Alerting = ALERTING) -> Post:
    return Post(
        index=index,
        channels={channel.id: channel for channel in alerts.channels},
        send=send,
        give_up=alerts.give_up,
        clock=lambda: now,
        at_once=1,
    )


def run(index: Index, now: datetime, send: Send, alerts: Alerting = ALERTING) -> bool:
    """The alert stage once; False where another run keeps the lease."""
    with lease(index, "alert") as held:
        if held is None:
            return False
        alerting.work(an_office(index, now, alerts), a_post(index, now, send, alerts), held, lambda _: None)
    return True


# ------------------------------------------------------------------------------------------------ what people get
@dataclass(frozen=True, slots=True, order=True)
class News:
    """One thing that somebody is told."""

    channel: str
    kind: str  # correction, or told
    statement: str
    why: tuple[str, ...]


def news(channel: str, body: Mapping[str, Any]) -> Iterator[News]:
    """All that a message tells."""
    kind = "correction" if body["kind"] == "correction" else "told"
    for it in body["items"]:
        yield News(channel, kind, it["statement_id"], tuple(it["reasons"]))
