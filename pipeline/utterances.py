"""Which reports tell of one and the same statement. Values in, values out; who is compared with whom is the caller's business.

A report is a statement as one article has it. Two reports share an utterance where the same speaker does the same act, and the
words say so: a shared quotation, a similar wording, a copied sentence; where a named person speaks twice of one claim within
days, less is enough, for outlets tell a briefing each in their own words. Two statements of one article are two utterances.

The thresholds were set on the sample outlets; `make eval` scores them there and on five real articles.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from rapidfuzz import fuzz

from pipeline.model import Act, SpeakerKind

# Days between two reports of one fresh statement: a weekly still tells on Sunday what was said on Wednesday.
WINDOW = timedelta(days=4)

# What somebody says of a claim a day and a half later is said anew, unless the words are the same.
SAME_DAY = timedelta(hours=36)

# So long after, a recalled statement of a person is taken for the one that is known.
RECALLED = timedelta(days=365)

# Likeness of wording, 0 to 100.
ALIKE = 72  # whoever of the speaker's side is named
NEARLY = 60  # the very same speaker
AKIN = 40  # the same person, on the same claim, on the same day

# Fewer words in quotation marks are a turn of phrase that anybody may use.
LEAST_QUOTED = 4

_WORD = re.compile(r"\w+")
_QUOTED = re.compile("[\"“”«„]([^\"“”«»„]+)[\"“”»]|(?<!\\w)[‘']([^‘’']+(?:[’'](?=\\w)[^‘’']+)*)[’'](?!\\w)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What of a statement tells whether it is another's report."""

    id: str
    article: str
    origin: str  # of the article: itself, or the one that it was copied from
    act: Act
    speaker: str
    kind: SpeakerKind
    side: str | None
    targets: frozenset[str]
    claims: frozenset[str]
    text: str
    language: str
    at: datetime  # published, or first seen
    background: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A report that has its utterance."""

    report: Report
    utterance: str


def report_from(id_: str, it: Mapping[str, Any], at: datetime) -> Report:
    """A statement's document, read for comparing."""
    speaker = it["speaker"]
    return Report(
        id=id_,
        article=it["article_id"],
        origin=it.get("origin", it["article_id"]),
        act=Act(it["act"]),
        speaker=speaker["name"],
        kind=SpeakerKind(speaker["kind"]),
        side=speaker.get("side"),
        targets=frozenset(it.get("targets", ())),
        claims=frozenset(it.get("claims", ())),
        text=it["text"],
        language=it["language"],
        at=at,
        background=it["background"],
    )


def assign(reports: Sequence[Report], known: Iterable[Known]) -> dict[str, str]:
    """The utterance of each report of one article, by report id; a report of something new is its own utterance.

    The likest pair goes first: of two statements of an article that could be one utterance, the other needs the very words.
    """
    pairs = sorted(
        ((likeness(report, other.report), report.id, other.utterance) for other in known for report in reports),
        key=lambda pair: (-pair[0], pair[1:]),
    )
    found: dict[str, str] = {}
    for score, report, utterance in pairs:
        if score > 0 and report not in found and (score >= ALIKE or utterance not in found.values()):
            found[report] = utterance
    return {report.id: found.get(report.id, report.id) for report in reports}


def likeness(one: Report, other: Report) -> float:
    """0 where they are no reports of the same; else the higher the surer, at most 200."""
    if one.article == other.article or one.act != other.act or not _may_be_one_voice(one, other) or not _may_be_one_time(one, other):
        return 0
    alike = _wording(one.text, other.text) if one.language == other.language else 0
    same = one.speaker == other.speaker
    if (same and _share_a_quotation(one, other)) or (one.origin == other.origin and alike >= NEARLY):
        return 100 + alike
    if alike >= (NEARLY if same and one.kind is not SpeakerKind.ANONYMOUS else ALIKE):
        return alike
    return _of_one_claim(one, other, alike)


def _of_one_claim(one: Report, other: Report, alike: float) -> float:
    """For those whose wording alone does not tell."""
    if one.speaker != other.speaker or one.kind is SpeakerKind.ANONYMOUS or not one.claims & other.claims:
        return 0
    if one.targets and other.targets and not one.targets & other.targets:
        return 0
    recalled = one.background or other.background
    if not recalled and abs(one.at - other.at) > SAME_DAY:
        return 0
    if one.language != other.language:
        return 30 + 20 * _overlap(one.claims, other.claims) if _is_person(one) or not recalled else 0
    return alike if _is_person(one) and alike >= AKIN else 0


def _may_be_one_time(one: Report, other: Report) -> bool:
    """Fresh reports come within days; a recalled statement may be old, but was made before it is recalled."""
    earlier, later = sorted((one, other), key=lambda report: report.at)
    return later.at - earlier.at <= (RECALLED if later.background and _is_person(later) else WINDOW)


def _may_be_one_voice(one: Report, other: Report) -> bool:
    """The same speaker, or a state or body and somebody who speaks for it."""
    if one.speaker == other.speaker:
        return one.side == other.side
    bodies = {SpeakerKind.COUNTRY, SpeakerKind.ORGANISATION}
    return one.side is not None and one.side == other.side and bool({one.kind, other.kind} & bodies)


def _is_person(report: Report) -> bool:
    return report.kind is SpeakerKind.PERSON


def _wording(one: str, other: str) -> float:
    return fuzz.token_set_ratio(_plain(one), _plain(other))


def _plain(text: str) -> str:
    """The words that carry weight: the short ones are much the same in every sentence."""
    return " ".join(word for word in _WORD.findall(text.casefold()) if len(word) > 3 or word.isdigit())


def words_of(text: str) -> set[str]:
    """The words by which a report is looked for."""
    return set(_WORD.findall(text.casefold()))


def _share_a_quotation(one: Report, other: Report) -> bool:
    mine, theirs = (quoted(report.text) for report in (one, other))
    return any(first in second or second in first for first in mine for second in theirs)


def quoted(text: str) -> list[str]:
    """What stands in quotation marks and is long enough to be known again, as plain words."""
    found = (" ".join(_WORD.findall((match[1] or match[2]).casefold())) for match in _QUOTED.finditer(text))
    return [words for words in found if len(words.split()) >= LEAST_QUOTED]


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other)
