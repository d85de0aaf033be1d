"""What became of a link or a sentence, told step by step in words for somebody who has never seen this program. Values in, values out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from zoneinfo import ZoneInfo

from pipeline.documents import Document, Stored, moment, versions_of
from pipeline.moments import shown
from pipeline.outbox import Row, Status

# Of a sentence that only has to be recognised.
SHORT = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One station on the way: its name, what happened there, and the documents that say so."""

    name: str
    told: tuple[str, ...]
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """The stations that were reached, and in a sentence where the way ended. Not `found`: what comes near, instead."""

    given: str
    found: bool
    steps: tuple[Step, ...]
    end: str
    near: tuple[str, ...] = ()


def as_json(story: Story) -> Document:
    return asdict(story)


def cut(text: str, most: int = SHORT) -> str:
    words = " ".join(text.split())
    return words if len(words) <= most else words[: most - 1].rstrip() + "…"


# ------------------------------------------------------------------------------------------------ feed
INTAKES = {
    "baseline": "at the first look at this source, so that it counts as what was there before",
    "backfill": "from an archive, so that nobody is told of it",
}


def feed(entries: Sequence[Stored], zone: ZoneInfo) -> Step:
    """The links that lead there; none where an article came in without a feed."""
    if not entries:
        return Step(name="feed", told=("No feed that is remembered has shown it.",))
    return Step(
        name="feed", told=tuple(line for each in entries for line in _link(each.source, zone)), ids=tuple(each.id for each in entries)
    )


def _link(it: Mapping[str, Any], zone: ZoneInfo) -> Iterator[str]:
    intake = INTAKES.get(it.get("intake", ""))
    seen = shown(moment(it["event"]["created"]), zone)
    shown_by = "A list of addresses" if it["source"] == "urls" else f"The feed of {it['outlet']['id']}"
    yield f"{shown_by} first showed it on {seen}" + (f", {intake}." if intake else ".")
    address = it.get("url", {}).get("original")
    if address:
        yield f"Link: {address}"
    tries = f" after {it['attempts']} tries" if it.get("attempts", 1) > 1 else ""
    unknown = "erased, because somebody wanted it to be" if it["outcome"] == "forgotten" else "no reason is known"
    yield f"Outcome{tries}: {it['outcome']} ({it.get('reason', unknown)})."


# ------------------------------------------------------------------------------------------------ article
def article(stored: Stored, origin: Stored | None, zone: ZoneInfo) -> Step:
    """What is kept of it; `origin` is what it is a copy of."""
    it = stored.source
    published = shown(moment(it.get("published")), zone)
    lines = [f"“{it.get('title', '')}”, {it['outlet']['name']}, published {published}, in {it['language']}: {it['url']['full']}"]
    lines.append(f"On topic: {it['topic']['reason']}.")
    if "copy_of" in it:
        kind = it.get("copy", {}).get("kind", "copy")
        told = f"{origin.source['outlet']['name']}: {origin.source['url']['full']}" if origin else it["copy_of"]
        lines.append(f"It is a {kind} of an article of {told}")
    versions = versions_of(it)
    if len(versions) > 1:
        lines.append(f"It was seen in {len(versions)} versions, the last on {shown(moment(versions[-1]['seen']), zone)}.")
    if "deleted" in it:
        lines.append(f"Its outlet has taken it down; noticed on {shown(moment(it['deleted']), zone)}.")
    return Step(name="article", told=tuple(lines), ids=(stored.id,))


def reading(stored: Stored, today: str, zone: ZoneInfo) -> Step:
    """Whether it was read; `today` is the digest of today's rules."""
    read = stored.source.get("read", {})
    if "digest" not in read:
        waits = "A newer version waits to be read" if read else "It waits to be read"
        return Step(name="reading", told=(f"{waits} (`claimwire enrich` does it).",))
    rules = "today's rules" if read["digest"] == today else f"older rules ({read['digest']}; `claimwire reprocess` reads it anew)"
    number = stored.source.get("statement_count", 0)
    statements = "no statement" if number == 0 else "1 statement" if number == 1 else f"{number} statements"
    return Step(name="reading", told=(f"Read on {shown(moment(read['at']), zone)} by {rules}: {statements}.",))


# ------------------------------------------------------------------------------------------------ statement
def statement(stored: Stored, zone: ZoneInfo) -> Step:
    it = stored.source
    why = it["why"]
    background = "The article recalls it as background." if it["background"] else "The article tells it as news."
    lines = [f"{who(it)}: “{cut(it['text'], 300)}”"]
    lines.append(f"Found by “{why['cue']}” ({why['rule']}), confidence {why['confidence']:.2f}. {background}")
    if "removed" in it:
        lines.append(
            f"It was taken away on {shown(moment(it['removed']), zone)}: {GONE.get(it.get('removed_by', ''), 'nobody knows why')}."
        )
    if "review" in it:
        review = it["review"]
        lines.append(f"{review['by']} says that it is {review['verdict']}: {review['why']}")
    return Step(name="statement", told=tuple(lines), ids=(stored.id,))


GONE = {
    "edit": "a later version of the article does not have it",
    "reworded": "the article says it in other words now",
    "re-read": "better rules do not find it",
    "review": "a person says that it is wrong",
}


def who(it: Mapping[str, Any]) -> str:
    """Act and speaker, and whom it is about."""
    targets = f", about {' and '.join(it['targets'])}" if it.get("targets") else ""
    act = it["act"][0].upper() + it["act"][1:]
    return f"{act} by {it['speaker']['name']}{targets}"


def utterance(stored: Stored, first: Stored | None, counted: Mapping[str, Any] | None, zone: ZoneInfo) -> Step:
    """Whether it is new; `first` is the report of the same that was seen before, `counted` what is counted of all reports."""
    it = stored.source
    if "novelty" not in it:
        return Step(name="utterance", told=("Nobody has looked yet whether it is new (`claimwire alert` does it).",))
    lines = []
    if first is not None:
        seen = shown(moment(first.source["event"]["created"]), zone)
        lines.append(f"A report of what {first.source['outlet']['name']} told first, seen {seen}: {first.source['url']['full']}")
    elif it["novelty"] == "background":
        lines.append("Nobody had reported it before, but it is told as background.")
    elif "copy_of" in it:
        lines.append("Its article is a copy, which adds nothing.")
    else:
        lines.append("New: nobody had reported it before.")
    if counted and counted["reports"] > 1:
        independent = "all of one origin" if counted["origins"] == 1 else f"of {counted['origins']} independent origins"
        lines.append(f"By now {counted['reports']} reports, {independent}; outlets: {counted['outlets']}.")
    return Step(name="utterance", told=tuple(lines), ids=(it["utterance"],))


def decision(it: Mapping[str, Any], digest: str, zone: ZoneInfo) -> Step:
    """What was decided; `digest` is that of today's alert rules."""
    made = it.get("decision")
    if not made:
        gone = "removed" in it
        return Step(
            name="decision", told=("Nobody will decide on it." if gone else "Nobody has decided on it yet (`claimwire alert` does it).",)
        )
    lines = [
        f"Decided on {shown(moment(made['at']), zone)}: {made['outcome']}.",
        *(f"{reason[0].upper()}{reason[1:]}." for reason in made.get("reasons", ())),
    ]
    if made.get("digest") != digest:
        lines.append("The alert rules have changed since; `claimwire alert --explain` shows what today's would do.")
    return Step(name="decision", told=tuple(lines))


def messages(rows: Sequence[Row], id_: str, zone: ZoneInfo) -> Step:
    if not rows:
        return Step(name="outbox", told=("No message has it.",))
    return Step(name="outbox", told=tuple(_row(row, id_, zone) for row in rows), ids=tuple(row.id for row in rows))


def _row(row: Row, id_: str, zone: ZoneInfo) -> str:
    others = len(row.entries) - 1
    more = f" with {others} other{'s' if others > 1 else ''}" if others else ""
    head = f"{row.channel}: {row.kind}{more}, {row.status}"
    told = any(entry.item.statement_id == id_ for entry in row.told)
    if row.status is Status.SUPPRESSED:
        return f"{head}: {row.reason}"
    tries = "1 try" if row.attempts == 1 else f"{row.attempts} tries"
    trouble = f"; {tries}, the last: {row.trouble}" if row.trouble else ""
    when = f" on {shown(row.sent, zone)}" if told and row.sent else f", due {shown(row.due, zone)}" if row.due else ""
    return head + when + trouble


def ending(it: Mapping[str, Any], rows: Sequence[Row], id_: str) -> str:
    """Where a statement's way ended, in a sentence."""
    told = [row.channel for row in rows if any(entry.item.statement_id == id_ for entry in row.told) and row.kind != "correction"]
    if told:
        back = ", and were corrected" if any(row.kind == "correction" and row.told for row in rows) else ""
        return f"People were told on {' and '.join(sorted(set(told)))}{back}."
    waiting = sorted({row.channel for row in rows if row.status in {Status.PENDING, Status.SENDING} and row.kind != "correction"})
    if waiting:
        return f"It waits to be sent on {' and '.join(waiting)}."
    if any(row.status is Status.FAILED for row in rows):
        return "It ended in the outbox: it could not be delivered."
    made = it.get("decision", {})
    if not made:
        return "It was taken away before anybody decided on it." if "removed" in it else "It waits for the next alert run."
    return f"Nobody was told: {ENDS.get(made['outcome'], made['outcome'])}."


ENDS = {
    "no rule": "no alert rule asks for it",
    "repeat": "the same had been reported before",
    "copy": "its article is a copy of another",
    "background": "the article recalls it as background",
    "suppressed": "it was held back",
    "backfill": "it comes from an archive",
    "re-read": "it was found only when an old article was read again",
    "removed": "it was taken away before that",
}


def line(stored: Stored, rows: Sequence[Row]) -> str:
    """A statement of many, with its end."""
    return f"{who(stored.source)}: “{cut(stored.source['text'])}” – {ending(stored.source, rows, stored.id)}"
