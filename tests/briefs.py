"""Briefs for tests: one of news as it is, one of what hostile outlets would like to be read."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from pipeline.brief import Brief, Down, Line, Lost, Matrix, Moved, Open, Said, Told
from pipeline.charts import Days
from pipeline.messages import Item
from pipeline.model import Act
from tests.messages import an_item

SINCE = datetime(2022, 12, 17, tzinfo=UTC)
UNTIL = SINCE + timedelta(days=1)

# What may stand in a headline, a sentence, a name.
HOSTILE = (
    "<script>document.title='taken'</script>",
    "<img src=https://evil.example/x onerror=alert(1)>",
    "</blockquote></article><h1>Breaking</h1>",
    '"><a href="javascript:alert(1)">read</a>',
    "{{ 7 * 7 }}{% include 'x' %}",
    "\u202edetcepxe\u2066 \x00\x07\r\nSubject: x",
    "&lt;b&gt; $\\frac{1}{2}$ <!-- --> ]]>",
    "x" * 30_000,
)
EVIL_LINKS = (
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "file:///etc/passwd",
    "http://user@good.example@evil.example/",
    "//evil.example",
)


def a_told(item: Item | None = None, ownership: str | None = "state") -> Told:
    return Told(item=item or an_item(), ownership=ownership, owners={"The Wire": "US, private"})


def a_said(text: str = "Iran denied it.", **more: object) -> Said:
    said = Said(
        at=SINCE + timedelta(hours=9), act=Act.DENIAL, speaker="Nasser Kanaani", party="Iran", sentence=text, language="en",
        outlet="Caspian Courier", owner="IR, state", url="https://caspian-courier.example/1", new=True,
    )  # fmt: skip
    return replace(said, **more)  # type: ignore[arg-type]  # of the fields' own types


def a_moved(**more: object) -> Moved:
    moved = Moved(
        party="Iran", claim="Iran supplies drones to Russia", before="denied", after="partly admitted", at=SINCE + timedelta(hours=10),
        recalled=False, speaker="Hossein Amir-Abdollahian", sentence="We gave a small number.", outlet="Caspian Courier",
        owner="IR, state", url="https://caspian-courier.example/2",
    )  # fmt: skip
    return replace(moved, **more)  # type: ignore[arg-type]


def a_brief(**more: object) -> Brief:
    brief = Brief(
        topic="Iran–Russia defence cooperation",
        since=SINCE,
        until=UNTIL,
        zone=ZoneInfo("UTC"),
        new=(
            a_told(an_item(act=Act.ACCUSATION, line="United States accuses Iran")),
            a_told(an_item(act=Act.DENIAL, line="Iran denies it")),
            a_told(an_item(act=Act.ACKNOWLEDGEMENT, line="Iran partly acknowledges it")),
        ),
        moved=(a_moved(),),
        open=(Open(claim="Russia pays Iran in gold", party="Russia", number=2, since=SINCE - timedelta(days=40)),),
        matrix=Matrix(
            accusers=("United States", "Ukraine"),
            accused=("Iran", "Russia"),
            cells={("United States", "Iran"): 4, ("Ukraine", "Russia"): 1},
        ),
        days=Days(
            "day",
            {
                date(2022, 12, 16): {Act.ACCUSATION: 2},
                date(2022, 12, 17): {Act.ACCUSATION: 1, Act.DENIAL: 3, Act.ACKNOWLEDGEMENT: 1},
            },
        ),
        lines=(
            Line(
                claim="Iran supplies drones to Russia",
                said=(a_said(), a_said("وی این ادعا را رد کرد.", language="fa", act=Act.ACCUSATION, party="Ukraine")),
                earlier=3,
            ),
        ),
        sources=10,
        down=(Down(outlet="Gulf Meridian", why="did not answer 6 times in a row", since=SINCE - timedelta(days=1)),),
        links=40,
        lost=(Lost(source="gulf-meridian-1", seen=12, outcomes={"unavailable": 2, "paywall": 1}),),
        judged=None,
    )
    return replace(brief, **more)  # type: ignore[arg-type]


def a_hostile_brief() -> Brief:
    """Every text that others write is an attack, every address one that must not be opened."""
    items = [
        an_item(
            line=text,
            sentence=text,
            title=text,
            outlet=text,
            speaker=text,
            claims=(text,),
            targets=(text,),
            url=EVIL_LINKS[number % len(EVIL_LINKS)],
            language=text[:9],
        )
        for number, text in enumerate(HOSTILE)
    ]
    said = tuple(
        a_said(text, speaker=text, party=text, outlet=text, owner=text, language=text, url=EVIL_LINKS[number % len(EVIL_LINKS)])
        for number, text in enumerate(HOSTILE)
    )
    text = HOSTILE[0]
    return a_brief(
        new=tuple(a_told(item, ownership=text) for item in items),
        moved=tuple(
            a_moved(party=text, claim=text, speaker=text, sentence=text, outlet=text, owner=text, url=EVIL_LINKS[0]) for text in HOSTILE
        ),
        lines=(Line(claim=text, said=said, earlier=0),),
        down=(Down(outlet=text, why=HOSTILE[1], since=None),),
        lost=(Lost(source=HOSTILE[2], seen=1, outcomes={"paywall": 1}),),
    )
