"""Who the source of a report is: a name, an office, a pronoun, a state spoken of by its capital, somebody unnamed."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from spacy.tokens import Token

from pipeline.enrich.entities import Mention
from pipeline.model import Context, EntityKind, Speaker, SpeakerKind
from pipeline.rules import LanguageRules

KINDS = {
    EntityKind.PERSON: SpeakerKind.PERSON,
    EntityKind.ORGANISATION: SpeakerKind.ORGANISATION,
    EntityKind.STATE: SpeakerKind.COUNTRY,
}
# What belongs to a name: titles before it, an apposition behind, "of" and "to" with what they govern.
PARTS = frozenset({"compound", "amod", "poss", "appos", "nmod", "flat", "det", "nummod", "case", "punct", "prep"})
BODIES = frozenset({"of", "for", "at", "to", "in", "with"})


@dataclass(slots=True)
class Memory:
    """Who spoke last, as pronouns and "the minister" want to know it."""

    person: Speaker | None = None
    group: Speaker | None = None
    last: Speaker | None = None

    def note(self, speaker: Speaker) -> None:
        self.last = speaker
        if speaker.kind == SpeakerKind.PERSON:
            self.person = speaker
        elif speaker.kind != SpeakerKind.ANONYMOUS:
            self.group = speaker


@dataclass(frozen=True, slots=True)
class Cast:
    """All that names can be looked up in: the text's mentions, its context, the language's words."""

    mentions: Sequence[Mention]
    context: Context
    words: LanguageRules
    anonymous: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "anonymous", frozenset(self.words.anonymous))


def speakers_of(source: Token | None, cast: Cast, memory: Memory) -> tuple[Speaker, ...]:
    """The one or two who speak, canonical; empty where nobody can be made out."""
    if source is None:
        return ()
    heads = [source, *(child for child in source.conjuncts if child.i > source.i and child.pos_ in {"NOUN", "PROPN", "PRON"})]
    found = [speaker for head in heads if (speaker := _speaker(head, cast, memory)) is not None]
    return tuple(dict.fromkeys(found)) if len(found) <= 2 else tuple(found[:1])


def _speaker(head: Token, cast: Cast, memory: Memory) -> Speaker | None:
    lower = head.lower_
    if lower in cast.words.pronouns.person:
        return memory.person or memory.last
    if lower in cast.words.pronouns.group:
        return memory.last if lower in {"i", "we"} else memory.group or memory.last
    inside = [mention for mention in cast.mentions if _belongs(mention, head)]
    people = [mention for mention in inside if mention.kind == EntityKind.PERSON]
    if people:
        return speaker_from(min(people, key=lambda mention: abs(mention.start - head.idx)))
    if head.lemma_.lower() in cast.anonymous or lower in cast.anonymous:
        return _unnamed(head, inside)
    named = [mention for mention in inside if mention.kind in KINDS and mention.start <= head.idx < mention.end]
    if named:
        return speaker_from(named[0])
    if memory.person and head.pos_ == "NOUN" and any(child.dep_ in {"det", "poss"} for child in head.children) and _is_office(head):
        return memory.person
    bodies = [mention for mention in inside if mention.kind == EntityKind.ORGANISATION]
    if bodies:
        return speaker_from(bodies[0])
    states = [mention for mention in inside if mention.kind == EntityKind.STATE]
    return speaker_from(states[0]) if states else None


def _is_office(head: Token) -> bool:
    """A word for somebody who holds an office: most end in -man, -er, -or, -ian, -ist …; a body does not."""
    return head.lemma_.lower().endswith(
        ("man", "woman", "person", "er", "or", "ist", "chief", "head", "diplomat", "envoy", "president", "aide")
    )


def _belongs(mention: Mention, head: Token) -> bool:
    """Whether the mention is the head itself, or a title, an apposition, or the body that the head belongs to."""
    token = next((part for part in head.doc if mention.start <= part.idx < mention.end), None)
    if token is None:
        return False
    steps = 0
    while token.i != head.i and steps < 8:
        if token.dep_ == "pobj" and token.head.lower_ not in BODIES and not mention.start <= head.idx < mention.end:
            return False
        if token.dep_ not in PARTS | {"pobj"} or token.head.i == token.i:
            return mention.start <= head.idx < mention.end
        token = token.head
        steps += 1
    return token.i == head.i


def _unnamed(head: Token, inside: Sequence[Mention]) -> Speaker:
    """`Iranian officials` are the state (as `Tehran` is); one official, or officials of nowhere, are anonymous."""
    state = next((mention for mention in inside if mention.side is not None), None)
    if state is not None and head.tag_ in {"NNS", "NNPS"} and state.kind == EntityKind.STATE:
        return speaker_from(state)
    return Speaker(name="anonymous officials", kind=SpeakerKind.ANONYMOUS, affiliation=None, side=state.side if state else None)


def speaker_from(mention: Mention) -> Speaker:
    return Speaker(
        name=mention.name, kind=KINDS.get(mention.kind, SpeakerKind.ORGANISATION), affiliation=mention.affiliation, side=mention.side
    )
