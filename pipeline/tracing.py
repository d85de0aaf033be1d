"""`claimwire why`: looks up everything that is stored of a link or a sentence and puts it in the order in which it happened."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from zoneinfo import ZoneInfo

from rapidfuzz import fuzz

from pipeline import lookup, rehearsal, reviews, story
from pipeline.deciding import Office
from pipeline.documents import Stored, article_from, context_of
from pipeline.enrich import Reader, enrich
from pipeline.index import Kind
from pipeline.model import Article, Findings
from pipeline.outbox import Row
from pipeline.reads import attributed_in
from pipeline.spans import Attributed
from pipeline.story import Step, Story

# So alike, from 0 to 100, are words and a statement that is taken for meant.
ALIKE = 85

# What is suggested where nothing is found.
NEAR = 6
KINDS: tuple[Kind, ...] = ("articles", "entries")

# Statements with the same words that are named beside the one whose way is told.
OTHERS = 5


@dataclass(frozen=True)
class Desk:
    """All that tracing looks into; the reader is opened where it is needed."""

    office: Office
    outlets: Sequence[str]
    open_reader: Callable[[], Reader]
    zone: ZoneInfo

    @cached_property
    def reader(self) -> Reader:
        return self.open_reader()


def trace(given: str, desk: Desk) -> Story:
    """The way of an address, or of words: the statement that has them, else the article, else the link with such a title."""
    desk.office.index.refresh("articles", "entries", "statements", "alerts", "utterances")
    story_of = _of_address if lookup.is_address(given) else _of_words
    return story_of(given.strip(), desk) or Story(
        given=given, found=False, steps=(), end="Nothing of this was ever seen.", near=tuple(_near(given, desk))
    )


# ------------------------------------------------------------------------------------------------ addresses
def _of_address(address: str, desk: Desk) -> Story | None:
    index = desk.office.index
    entries = lookup.entries_of(address, desk.outlets, index)
    led_to = [entry.source["article_id"] for entry in entries if "article_id" in entry.source]
    articles = lookup.articles_of(address, desk.outlets, index) or list(index.get("articles", led_to).values())
    if articles:
        return _of_article(address, articles[0], entries, desk)
    return _of_entries(address, entries, desk) if entries else None


def _of_entries(given: str, entries: Sequence[Stored], desk: Desk) -> Story:
    last = entries[-1].source
    step = story.feed(entries, desk.zone)
    again = " It is tried again." if last["outcome"] == "unavailable" else ""
    return Story(given=given, found=True, steps=(step,), end=f"It ended at the feed: {last['outcome']}.{again}")


def _of_article(given: str, stored: Stored, entries: Sequence[Stored], desk: Desk) -> Story:
    steps = _to_reading(stored, entries, desk)
    query = {"bool": {"filter": {"term": {"article_id": stored.id}}, "must_not": {"term": {"removed_by": "reworded"}}}}
    found = list(desk.office.index.each("statements", query, sort=["ordinal"]))
    rows = {each.id: _rows(each, desk) for each in found}
    if found:
        told = tuple(story.line(each, rows[each.id]) for each in found)
        steps = (*steps, Step(name="statements", told=told, ids=tuple(each.id for each in found)))
    return Story(given=given, found=True, steps=steps, end=_article_end(stored, found, desk))


def _article_end(stored: Stored, found: Sequence[Stored], desk: Desk) -> str:
    if "digest" not in stored.source.get("read", {}):
        return "It waits to be read."
    if not found:
        return "It ended at the reading: nobody accuses, denies or admits anything in it."
    told = sum(any(reviews.is_told(row, each.id) for row in _rows(each, desk)) for each in found)
    return f"People were told of {told} of its {len(found)} statements. `claimwire why` with a sentence tells more of one."


def _to_reading(stored: Stored, entries: Sequence[Stored], desk: Desk) -> tuple[Step, ...]:
    index = desk.office.index
    led = lookup.leading_to(stored.id, index)
    links = {entry.id: entry for entry in (*led, *entries)}
    copied = stored.source.get("copy_of")
    origin = index.get("articles", [copied]).get(copied) if copied else None
    return (
        story.feed(list(links.values()), desk.zone),
        story.article(stored, origin, desk.zone),
        story.reading(stored, desk.reader.digest, desk.zone),
    )


# ------------------------------------------------------------------------------------------------ words
def _of_words(words: str, desk: Desk) -> Story | None:
    index = desk.office.index
    statements = lookup.by_id(words, index) or lookup.with_words(words, index)
    if statements:
        return _of_statement(words, _first_seen(statements), statements, desk)
    articles = lookup.with_words(words, index, "articles") or lookup.with_words(words, index, "articles", "title")
    if articles:
        return _of_sentence(words, _first_seen(articles), desk)
    entries = lookup.with_words(words, index, "entries", "title")
    if entries:
        return _of_entries(words, [_first_seen(entries)], desk)
    alike = _much_alike(words, desk)
    return _of_statement(words, alike[0], alike, desk) if alike else None


def _much_alike(words: str, desk: Desk) -> list[Stored]:
    """What somebody has copied with other quotation marks, or half a sentence more."""
    likest = lookup.near(words, desk.office.index, "statements", "text", share="75%")
    return [each for each in likest if fuzz.partial_ratio(lookup.folded(words), lookup.folded(each.source["text"])) >= ALIKE]


def _first_seen(found: Sequence[Stored]) -> Stored:
    """That which is there before what was taken away, the one seen first before the others."""
    return min(found, key=lambda stored: ("removed" in stored.source, str(stored.source["event"]["created"]), stored.id))


def _of_statement(given: str, stored: Stored, alike: Sequence[Stored], desk: Desk) -> Story:
    it, office = stored.source, desk.office
    article = office.index.get("articles", [it["article_id"]]).get(it["article_id"])
    before = _to_reading(article, (), desk) if article else ()
    rows = _rows(stored, desk)
    first = rehearsal.first_report(stored, office)
    counted = rehearsal.reports_of(it["utterance"], office) if "utterance" in it else None
    steps = (
        *before,
        story.statement(stored, desk.zone),
        story.utterance(stored, first, counted, desk.zone),
        story.decision(it, office.alerting.digest, desk.zone),
        story.messages(rows, stored.id, desk.zone),
    )
    others = tuple(lookup.named(each).strip() for each in alike if each.id != stored.id)[:OTHERS]
    return Story(given=given, found=True, steps=steps, end=story.ending(it, rows, stored.id), near=others)


def _rows(stored: Stored, desk: Desk) -> list[Row]:
    return [row for _, row in reviews.rows_of(stored.id, desk.office.index).values()]


def _of_sentence(given: str, stored: Stored, desk: Desk) -> Story:
    """An article has the words, and no statement of it does."""
    steps = _to_reading(stored, (), desk)
    if "digest" not in stored.source.get("read", {}):
        return Story(given=given, found=True, steps=steps, end="Its article waits to be read.")
    heard = Step(name="sentence", told=tuple(_heard(given, article_from(stored), desk.reader)))
    return Story(given=given, found=True, steps=(*steps, heard), end="It ended at the reading: no statement was found in it.")


def _heard(words: str, article: Article, reader: Reader) -> list[str]:
    """What today's reader makes of the words at their place."""
    findings = enrich(article.text, context_of(article), reader)
    if not findings.verdict.on_topic:
        return [f"Today's rules hold the article for off topic: {findings.verdict.reason}."]
    if article.language != "en":
        return [f"Nothing reads statements in {article.language!r} yet."]
    place = place_of(words, article.text)
    if place is None:
        return ["The words stand in the title, where only an act that the text does not have makes a statement."]
    return judged(widened(place, findings.sentences), article.text, findings, attributed_in(article.text, reader))


def place_of(words: str, text: str) -> tuple[int, int] | None:
    """Where words stand in a text, whatever stands between them."""
    found = re.search(r"\W+".join(map(re.escape, re.findall(r"\w+", words))), text, re.IGNORECASE)
    return found.span() if found else None


def widened(place: tuple[int, int], sentences: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """The whole sentences that a place touches."""
    touched = [span for span in sentences if span[0] < place[1] and place[0] < span[1]] or [place]
    return touched[0][0], touched[-1][1]


def judged(place: tuple[int, int], text: str, findings: Findings, speech: Sequence[Attributed]) -> list[str]:
    """Which statements reach into a place; where none does, who is said to say something there."""
    start, end = place
    here = [each for each in findings.statements if each.start < end and start < each.end]
    if here:
        found = ", ".join(f"{each.act} by {each.speaker.name} (“{each.why.cue}”)" for each in here)
        return [f"Today's rules find a statement in it: {found}. `claimwire reprocess` reads the article anew."]
    said = [each for each in speech if any(first < end and start < last for first, last in (*each.cue, *each.content))]
    if not said:
        return ["Nobody is said to say it: the reader finds no speaker with a verb or noun of saying, so there is no act to judge."]
    return [_reported(each, text) for each in said] + [
        "What is said neither accuses nor denies nor admits, nor is any other act judged in it."
    ]


def _reported(each: Attributed, text: str) -> str:
    source, cue, content = (" … ".join(" ".join(text[a:b].split()) for a, b in spans) for spans in (each.source, each.cue, each.content))
    return f"Reported speech by {source or 'nobody who is named'}, cue “{cue}”: “{story.cut(content)}”"


# ------------------------------------------------------------------------------------------------ nothing
def _near(given: str, desk: Desk) -> list[str]:
    """What comes nearest: statements, then titles of articles and links."""
    words = " ".join(re.findall(r"[^\W\d_]{3,}", given.rsplit("://", 1)[-1])) if lookup.is_address(given) else given
    index = desk.office.index
    found = [lookup.in_words(each) for each in lookup.near(words, index, "statements", "text", share="30%")]
    for kind in KINDS:
        found += [f"“{each.source['title']}”" for each in lookup.near(words, index, kind, "title", share="30%")]
    return list(dict.fromkeys(found))[:NEAR]
