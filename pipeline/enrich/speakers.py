"""Who the source of a report is: a name, an office, a pronoun, a state spoken of by its capital, somebody unnamed."""

from collections.abc import Sequence
from dataclasses import dataclass

from spacy.tokens import Span, Token

from pipeline.enrich.english import BELONGING, BOTH, HIS, ITS, NAMES, NOUN_SUBJECTS, OF, THE, THEIR, child_of, has_word, objects_of
from pipeline.enrich.entities import Mention
from pipeline.enrich.named import Named
from pipeline.model import Context, EntityKind, Speaker, SpeakerKind
from pipeline.words import LanguageRules

KINDS = {
    EntityKind.PERSON: SpeakerKind.PERSON,
    EntityKind.ORGANISATION: SpeakerKind.ORGANISATION,
    EntityKind.STATE: SpeakerKind.COUNTRY,
}
# What belongs to a name: titles before it, an apposition behind, "of" and "to" with what they govern.
PARTS = frozenset({"compound", "amod", "poss", "appos", "nmod", "flat", "det", "nummod", "case", "punct", "prep"})
# How far back, in characters, "both countries" may look for the two.
NEAR = 2_000


@dataclass(slots=True)
class Memory:
    """Who spoke last, as pronouns and "the minister" want to know it."""

    person: Speaker | None = None
    group: Speaker | None = None
    last: Speaker | None = None
    unnamed: str | None = None  # the side of the officials without a name
    media: Speaker | None = None  # the outlet named last, for "the newspaper"

    def note(self, speaker: Speaker) -> None:
        self.last = speaker
        if speaker.kind == SpeakerKind.ANONYMOUS:
            self.unnamed = speaker.side or self.unnamed
        if speaker.kind == SpeakerKind.PERSON:
            self.person = speaker
        elif speaker.kind != SpeakerKind.ANONYMOUS:
            self.group = speaker

    def see(self, sentence: Span, mentions: Sequence[Mention]) -> None:
        """A person who is a sentence's subject is who "he" and "the minister" of the next are, whether they spoke or not."""
        subject = child_of(sentence.root, NOUN_SUBJECTS)
        outlets = [each for each in mentions if each.body == "media"]
        if outlets:
            self.media = speaker_from(outlets[-1])
        if subject is not None:
            at_subject = [each for each in mentions if each.kind == EntityKind.PERSON and each.start <= subject.idx < each.end]
            if at_subject:
                self.person = speaker_from(at_subject[0])


@dataclass(frozen=True, slots=True)
class Cast:
    """All that names can be looked up in: the text's mentions, its context, the language's words."""

    named: Named
    context: Context
    words: LanguageRules

    def within(self, sentence: Span) -> list[Mention]:
        return self.named.within(sentence.start_char, sentence.end_char)


def speakers_of(source: Token | None, cast: Cast, memory: Memory) -> tuple[Speaker, ...]:
    """Who speaks, canonical: one, two of one clause, or three and more as one body; empty where nobody can be made out."""
    if source is None:
        return ()
    if both := _both(source, cast):
        return tuple(both)
    heads = [
        source,
        *(child for child in source.conjuncts if child.i > source.i and child.pos_ in NAMES and child.lower_ not in cast.words.states),
    ]
    found = list(dict.fromkeys(speaker for head in heads if (speaker := _speaker(head, cast, memory)) is not None))
    found = [speaker for speaker in found if speaker.kind == found[0].kind]  # "according to Ashtiani, Iran and Russia have …"
    several = any(speaker.kind is SpeakerKind.COUNTRY and speaker.side is None for speaker in found)  # "the United States and the E3"
    return tuple(found) if len(found) < 2 or (len(found) == 2 and not several) else (together(found),)


def together(speakers: Sequence[Speaker]) -> Speaker:
    """Three and more make one statement; it has a side only where they share one."""
    names = [speaker.name for speaker in speakers]
    sides = {speaker.side for speaker in speakers}
    return Speaker(name=f"{', '.join(names[:-1])} and {names[-1]}", kind=speakers[0].kind, side=sides.pop() if len(sides) == 1 else None)


def _speaker(head: Token, cast: Cast, memory: Memory) -> Speaker | None:
    """By a pronoun, a name, an outlet, a paper, a body; "the officials", "the bloc", "the minister" by who was spoken of; a stranger."""
    if _is_pronoun(head, cast):
        return _meant(head, cast, memory)
    inside = [mention for mention in cast.within(head.sent) if _belongs(mention, head)]
    people = [mention for mention in inside if mention.kind == EntityKind.PERSON and not _owns(mention, head)]
    if people:
        return speaker_from(min(people, key=lambda mention: abs(mention.start - head.idx)))
    if head.lower_ in cast.words.media and (outlet := _outlet(head, inside, memory)) is not None:
        return outlet
    # Nouns of acts are papers too: "a denial by the mission had called …".
    if head.lower_ in cast.words.documents or head.lower_ in cast.words.act_of_noun:
        return _writer(head, inside, cast, memory)
    at_head = [mention for mention in inside if mention.kind in KINDS and mention.start <= head.idx < mention.end]
    if at_head:
        return _named_behind(head, cast) or speaker_from(at_head[0])
    if head.lemma_.lower() in cast.words.anonymous or head.lower_ in cast.words.anonymous:
        return _named_before(head, inside, memory) or _official(head, inside, cast, memory)
    return _spoken_of(head, inside, cast, memory) or _described(head, inside, cast)


def _owns(mention: Mention, head: Token) -> bool:
    """`Zelensky's adviser` is not Zelensky."""
    return any(child.dep_ == "poss" and mention.start <= child.idx < mention.end for child in head.children)


def _is_pronoun(head: Token, cast: Cast) -> bool:
    return head.lower_ in cast.words.pronouns.all


def _meant(pronoun: Token, cast: Cast, memory: Memory) -> Speaker | None:
    if pronoun.lower_ in cast.words.pronouns.person:
        return _subject_before(pronoun, cast) or memory.person or memory.last
    if pronoun.lower_ in cast.words.pronouns.self:
        return memory.last
    return _subject_before(pronoun, cast, frozenset({EntityKind.STATE, EntityKind.ORGANISATION})) or memory.group or memory.last


def _outlet(head: Token, inside: Sequence[Mention], memory: Memory) -> Speaker | None:
    """`Israeli media`; `the newspaper` is the outlet named last."""
    if inside:
        return Speaker(name=head.doc[head.left_edge.i : head.i + 1].text, kind=SpeakerKind.MEDIA)
    return memory.media if has_word(head, ITS) else None


def _writer(head: Token, inside: Sequence[Mention], cast: Cast, memory: Memory) -> Speaker | None:
    """Whose paper it is: `a letter from the ministry`, `the ministry's statement`, else who spoke last."""
    if (owner := next(objects_of(head, OF), None)) is not None:
        return _speaker(owner, cast, memory)
    if not inside and (title := _title(head)):  # "the Kama Desk report"
        return Speaker(name=title, kind=SpeakerKind.MEDIA)
    return speaker_from(inside[0]) if inside else memory.last


def _title(head: Token) -> str:
    """The name in front of a noun."""
    return " ".join(child.text for child in head.lefts if child.dep_ == "compound" and child.pos_ == "PROPN")


def _official(head: Token, inside: Sequence[Mention], cast: Cast, memory: Memory) -> Speaker:
    its = any(child.dep_ == "poss" and child.lower_ in cast.words.pronouns.group for child in head.children)
    return memory.group if its and memory.group else _unnamed(head, inside, cast, memory)


def _spoken_of(head: Token, inside: Sequence[Mention], cast: Cast, memory: Memory) -> Speaker | None:
    """`the bloc`, `their governments`; `the minister`, `his spokesman`."""
    if head.lower_ in cast.words.states and not inside and memory.group is not None and has_word(head, THEIR):
        return memory.group
    return memory.person if head.pos_ == "NOUN" and has_word(head, HIS) and is_office(head, cast.words) else None


def _described(head: Token, inside: Sequence[Mention], cast: Cast) -> Speaker | None:
    """A stranger, by name or in an apposition; else the body that is named."""
    appositive = next((child for child in head.children if child.dep_ == "appos" and child.pos_ == "PROPN"), None)
    bodies = [mention for mention in inside if mention.kind == EntityKind.ORGANISATION]
    bodies += [mention for mention in inside if mention.kind == EntityKind.STATE]
    if appositive is not None and head.pos_ == "NOUN" and (named := _stranger(appositive, bodies, cast)) is not None:
        return named
    if bodies and head.pos_ != "PROPN":
        return speaker_from(bodies[0])
    return _stranger(head, bodies, cast) if head.pos_ == "PROPN" else None


def _named_behind(head: Token, cast: Cast) -> Speaker | None:
    """`Foreign Ministry (MFA) Spokesperson Esmaeil Baghaei`: a name that ends the phrase whose first words were taken for it."""
    for mention in cast.within(head.sent):
        if mention.kind == EntityKind.PERSON and mention.start > head.idx:
            between = [token for token in head.doc[head.i + 1 : head.sent.end] if token.idx < mention.start]
            joined = all(token.pos_ in {"PROPN", "NOUN", "ADJ"} or token.text in {"(", ")"} for token in between)
            return speaker_from(mention) if joined and between else None
    return None


def _named_before(head: Token, inside: Sequence[Mention], memory: Memory) -> Speaker | None:
    """`the diplomat`, `the Kremlin official`: one person, known to the reader: who spoke last, if nothing says that it is another."""
    last = memory.last
    if last is None or last.kind is not SpeakerKind.PERSON or head.tag_ not in {"NN", "NNP"}:
        return None
    known = any(child.dep_ == "det" and child.lower_ in THE for child in head.children)
    told_apart = any(child.dep_ in {"relcl", "acl", "prep"} for child in head.children)
    sides = {mention.side for mention in inside if mention.side}
    return last if known and not told_apart and sides <= {last.side} else None


def _stranger(head: Token, bodies: Sequence[Mention], cast: Cast) -> Speaker | None:
    """A name in no list: of two words and more a person, with the side of the body named beside it."""
    first = head.i
    while first > 0 and head.doc[first - 1].pos_ == "PROPN" and head.doc[first - 1].dep_ in {"compound", "nmod"}:
        first -= 1
    body = bodies[0] if bodies else None
    if any(each.start <= head.idx < each.end for each in cast.within(head.sent)):
        return None
    if first == head.i:
        return speaker_from(body) if body else None
    if has_word(head, cast.words.media):  # "the independent outlet Kama Desk"
        return Speaker(name=_title(head.doc[head.i]) + " " + head.text, kind=SpeakerKind.MEDIA)
    named = [each for each in bodies if each.start < head.idx + len(head) and head.doc[first].idx < each.end]
    if named or head.i - first > 3:
        return speaker_from(named[0]) if named else None
    return Speaker(
        name=head.doc[first : head.i + 1].text,
        kind=SpeakerKind.PERSON,
        affiliation=body.name if body and body.kind == EntityKind.ORGANISATION else None,
        side=body.side if body else None,
    )


def is_office(head: Token, words: LanguageRules) -> bool:
    """A word for somebody who holds an office; a body does not."""
    return head.lemma_.lower().endswith(tuple(words.office_endings))


def _belongs(mention: Mention, head: Token) -> bool:
    """Whether the mention is the head itself, or a title, an apposition, or the body that the head belongs to."""
    token = next((part for part in head.sent if mention.start <= part.idx < mention.end), None)
    if token is None:
        return False
    steps = 0
    while token.i != head.i and steps < 8:
        if token.dep_ == "pobj" and token.head.lower_ not in BELONGING and not mention.start <= head.idx < mention.end:
            return False
        if token.dep_ not in PARTS | {"pobj"} or token.head.i == token.i:
            return mention.start <= head.idx < mention.end
        token = token.head
        steps += 1
    return token.i == head.i


def _subject_before(pronoun: Token, cast: Cast, kinds: frozenset[EntityKind] = frozenset({EntityKind.PERSON})) -> Speaker | None:
    """Somebody who is a subject earlier in the pronoun's own sentence: `Gantz has refused …, though he has condemned …`."""
    for token in reversed(pronoun.doc[pronoun.sent.start : pronoun.i]):
        if token.dep_ in NOUN_SUBJECTS:
            named = next((each for each in cast.within(token.sent) if each.kind in kinds and each.start <= token.idx < each.end), None)
            if named is not None:
                return speaker_from(named)
    return None


def _both(head: Token, cast: Cast) -> list[Speaker]:
    """`both countries`, `the two sides`: the two states named last before."""
    if head.lower_ not in cast.words.states or not has_word(head, BOTH):
        return []
    near = cast.named.within(max(0, head.idx - NEAR), head.idx)
    before = [each for each in near if each.kind == EntityKind.STATE and each.side]
    sides = list(dict.fromkeys(each.side for each in reversed(before)))[:2]
    return [speaker_from(next(each for each in before if each.side == side)) for side in reversed(sides)]


def _unnamed(head: Token, inside: Sequence[Mention], cast: Cast, memory: Memory) -> Speaker:
    """`Iranian officials` are the state (as `Tehran` is), `Kremlin officials` the Kremlin; one, or officials of nowhere, are anonymous."""
    state = next((mention for mention in inside if mention.side is not None), None)
    if state is not None and head.tag_ in {"NNS", "NNPS"} and state.kind in {EntityKind.STATE, EntityKind.ORGANISATION}:
        return speaker_from(state)
    side = state.side if state else memory.unnamed if head.lower_ not in cast.words.people else None
    return Speaker(name="anonymous officials", kind=SpeakerKind.ANONYMOUS, affiliation=None, side=side)


def unknown(head: Token) -> Speaker:
    """`a Kremlin-affiliated milblogger`: somebody who is only described, by that description."""
    words = [part.text_with_ws for part in head.doc[head.left_edge.i : head.i + 1]]
    return Speaker(name="".join(words).strip(), kind=SpeakerKind.ANONYMOUS, side=None)


def speaker_from(mention: Mention) -> Speaker:
    kind = SpeakerKind.MEDIA if mention.body == "media" else KINDS.get(mention.kind, SpeakerKind.ORGANISATION)
    return Speaker(name=mention.name, kind=kind, affiliation=mention.affiliation, side=mention.side)
