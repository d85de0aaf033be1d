"""Statements in words for people: one English line that says it, whatever the article's language, and its evidence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.documents import Stored, moment
from pipeline.messages import Item, Reply
from pipeline.model import SpeakerKind, Trigger

VERBS = {
    "accusation": ("accuses", "accuses"),
    "denial": ("denies", "denies what is said by"),
    "acknowledgement": ("acknowledges", "acknowledges towards"),
    "criticism": ("criticises", "criticises"),
    "concern": ("is worried", "is worried about"),
    "threat": ("threatens", "threatens"),
    "sanction": ("imposes sanctions", "imposes sanctions on"),
    "demand": ("makes demands", "makes demands of"),
    "support": ("gives backing", "backs"),
}

REASONS = {
    Trigger.NEW_UTTERANCE: "nobody has reported this statement before",
    Trigger.EDIT_ADDED: "a later version of the article has added it",
    Trigger.EDIT_REMOVED: "a later version of the article has taken it out",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What is known of a statement from elsewhere than its own document."""

    titles: Mapping[str, str]  # claim family to its title
    answers: Stored | None  # the accusation that it answers
    answered_by: Sequence[Stored]
    reports: int
    outlets: int
    origins: int
    kibana: str | None  # the address template


def line(it: Mapping[str, Any], titles: Mapping[str, str]) -> str:
    """Who does what to whom, and on which claim."""
    speaker = it["speaker"]
    of = f" ({speaker['affiliation']})" if speaker.get("affiliation") and speaker["affiliation"] != speaker["name"] else ""
    alone, towards = VERBS[it["act"]]
    targets = it.get("targets", ())
    does = f"{towards} {_list(targets)}" if targets else alone
    if speaker.get("kind") == SpeakerKind.ANONYMOUS or (speaker.get("kind") != SpeakerKind.ORGANISATION and " and " in speaker["name"]):
        does = _of_several(does)
    partly = "partly " if it.get("partial") else ""
    return f"{speaker['name']}{of} {partly}{does}" + _claim(it.get("claims", ()), titles)


def _of_several(does: str) -> str:
    """`anonymous officials accuse`."""
    verb, *rest = does.split(" ")
    return " ".join([{"is": "are", "denies": "deny"}.get(verb, verb.removesuffix("s")), *rest])


def _claim(claims: Sequence[str], titles: Mapping[str, str]) -> str:
    if not claims:
        return ""
    more = f" (and {len(claims) - 1} more)" if len(claims) > 1 else ""
    return f" – {titles.get(claims[0], claims[0])}{more}"


def _list(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def reasons(it: Mapping[str, Any], triggers: Sequence[Trigger], titles: Mapping[str, str]) -> tuple[str, ...]:
    """What is new about a statement, in words."""
    return tuple(REASONS[trigger] if trigger in REASONS else _moved(it["position"], titles) for trigger in triggers)


def _moved(position: Mapping[str, str], titles: Mapping[str, str]) -> str:
    on = titles.get(position["family"], position["family"])
    return f"{position['party_name']} moves from “{position['before']}” to “{position['after']}” on the claim “{on}”"


def item(stored: Stored, triggers: Sequence[Trigger], around: Around) -> Item:
    """A statement with its evidence."""
    it = stored.source
    speaker, outlet, why = it["speaker"], it["outlet"], it["why"]
    return Item(
        statement_id=stored.id,
        article_id=it["article_id"],
        utterance=it.get("utterance", stored.id),
        line=line(it, around.titles),
        act=it["act"],
        cameo=it["cameo"],
        speaker=speaker["name"],
        affiliation=speaker.get("affiliation"),
        side=speaker.get("side"),
        targets=tuple(it.get("targets", ())),
        claims=tuple(around.titles.get(claim, claim) for claim in it.get("claims", ())),
        sentence=it["text"],
        before=it.get("before", ""),
        after=it.get("after", ""),
        mode=it["mode"],
        language=it["language"],
        outlet=outlet["name"],
        country=outlet.get("country"),
        alignment=outlet.get("alignment", "unknown"),
        title=it.get("title", ""),
        url=it["url"]["full"],
        kibana=linked(around.kibana, stored),
        published=moment(it.get("published")),
        first_seen=it["event"]["created"],
        cue=why["cue"],
        found_by=why["rule"],
        confidence=why["confidence"],
        reasons=reasons(it, triggers, around.titles),
        answers=_reply(around.answers, around.titles) if around.answers else None,
        answered_by=tuple(_reply(each, around.titles) for each in around.answered_by),
        reports=around.reports,
        outlets=around.outlets,
        origins=around.origins,
    )


def _reply(stored: Stored, titles: Mapping[str, str]) -> Reply:
    it = stored.source
    return Reply(
        statement_id=stored.id,
        line=line(it, titles),
        sentence=it["text"],
        url=it["url"]["full"],
        published=moment(it.get("published")),
        outlet=it["outlet"]["name"],
    )


def linked(template: str | None, stored: Stored) -> str | None:
    """The address template with the ids filled in; they are hexadecimal or words of our own, nothing needs quoting."""
    if template is None:
        return None
    claims = stored.source.get("claims", ())
    values = {"statement": stored.id, "article": stored.source["article_id"], "claim": claims[0] if claims else ""}
    for name, value in values.items():
        template = template.replace(f"{{{name}}}", value)
    return template
