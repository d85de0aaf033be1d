"""From attributions to statements: one act, one speaker, one run of sentences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from spacy.tokens import Span

from pipeline.enrich.acts import Ear, Judged, acts_of
from pipeline.enrich.attributions import Attribution
from pipeline.enrich.past import Past, is_recalled
from pipeline.enrich.sentences import Quotation
from pipeline.enrich.speakers import Cast, Memory, speakers_of
from pipeline.model import Act, Mode, Speaker, SpeakerKind, Statement, Why
from pipeline.rules import LanguageRules


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One text, cut up and looked at: what every step from here on reads."""

    text: str
    sentences: Sequence[Span]
    quotations: Sequence[Quotation]
    cast: Cast
    words: LanguageRules
    ear: Ear
    past: Past
    names: Mapping[str, str]  # side to the state's canonical name


def statements(found: Sequence[Attribution], scene: Scene) -> tuple[Statement, ...]:
    """Every statement of the text, in the order of its sentences; runs are joined, answers are linked."""
    memory = Memory()
    single: list[Statement] = []
    seen = 0
    for attribution in found:
        while seen < attribution.sentence:
            memory.see(scene.sentences[seen], scene.cast.mentions)
            seen += 1
        spoken = _spoken(attribution, scene.cast, memory)
        for speaker in spoken:
            single += [_statement(attribution, speaker, judged, scene) for judged in acts_of(attribution, speaker.side, scene.ear)]
        for speaker in spoken:
            memory.note(speaker)
    return answered(_runs(_once(single), scene), scene)


def _spoken(attribution: Attribution, cast: Cast, memory: Memory) -> tuple[Speaker, ...]:
    spoken = speakers_of(attribution.source, cast, memory)
    if spoken or attribution.source is not None or attribution.cue.pos_ == "NOUN":
        return spoken
    # A passive without an agent has no speaker; a quotation or an aside without a subject goes on with the last one.
    passive = attribution.cue.tag_ == "VBN" or any(child.dep_ in {"nsubjpass", "auxpass"} for child in attribution.cue.children)
    return () if passive or memory.last is None else (memory.last,)


def _statement(attribution: Attribution, speaker: Speaker, judged: Judged, scene: Scene) -> Statement:
    numbers = _sentences_of(attribution, scene.sentences)
    start, end = scene.sentences[numbers[0]].start_char, scene.sentences[numbers[-1]].end_char
    return Statement(
        act=judged.act,
        speaker=speaker,
        targets=_targets(attribution, speaker, judged, scene),
        claims=(),
        sentences=numbers,
        start=start,
        end=end,
        mode=_mode(start, end, scene.quotations),
        background=is_recalled(attribution, scene.sentences[attribution.sentence], scene.past),
        addressee_of=None,
        why=Why(cue=judged.cue, rule=judged.rule, negated=attribution.negated, confidence=judged.confidence),
    )


def _sentences_of(attribution: Attribution, sentences: Sequence[Span]) -> tuple[int, ...]:
    """The cue's sentence and those that what is said reaches into, without a gap."""
    numbers = [attribution.sentence]
    for piece in attribution.content:
        numbers += [
            number
            for number in range(max(0, attribution.sentence - 12), min(len(sentences), attribution.sentence + 13))
            if _touch(sentences[number], piece)
        ]
    return tuple(range(min(numbers), max(numbers) + 1))


def _touch(sentence: Span, piece: Span) -> bool:
    return min(sentence.end, piece.end) - max(sentence.start, piece.start) > 1


def _targets(attribution: Attribution, speaker: Speaker, judged: Judged, scene: Scene) -> tuple[str, ...]:
    """Whom it is aimed at, as names of states. A denial's are those whose accusation it answers, and come with that."""
    camp = scene.ear.camp
    named = [side for piece in attribution.content for side in scene.ear.named.sides(piece)]
    if judged.act in {Act.ACKNOWLEDGEMENT}:
        sides: list[str] = []
    elif judged.act is Act.DENIAL:
        sides = [side for side in _accusers(attribution, scene) if side not in camp]
    elif judged.act is Act.ACCUSATION:
        sides = list(judged.doers) or _accused(attribution, scene) or [side for side in named if side in camp]
    else:
        sides = [side for side in named if side != speaker.side][:2]
    return tuple(scene.names.get(side, side) for side in dict.fromkeys(sides) if side != speaker.side)


def _accused(attribution: Attribution, scene: Scene) -> list[str]:
    """`accused X of …`: the object."""
    objects = [child for child in attribution.cue.children if child.dep_ in {"dobj", "nsubjpass"}]
    return [side for child in objects for side in scene.ear.named.sides(child.doc[child.left_edge.i : child.right_edge.i + 1])]


def _accusers(attribution: Attribution, scene: Scene) -> list[str]:
    """Whose claims they are: `claims by the CIA chief`, `the Western allegations`, `American officials … baseless`."""
    found: list[str] = []
    for piece in attribution.content:
        for mention in scene.ear.named.within(piece.start_char, piece.end_char):
            if mention.side and mention.side not in scene.ear.camp and mention.side not in found:
                found.append(mention.side)
    return found[:1] if len(found) == 1 else []


def _mode(start: int, end: int, quotations: Sequence[Quotation]) -> Mode:
    quoted = sum(max(0, min(quotation.end, end) - max(quotation.start, start)) for quotation in quotations)
    if not quoted:
        return Mode.INDIRECT
    return Mode.DIRECT if quoted >= 0.6 * (end - start) else Mode.MIXED


def _once(single: Sequence[Statement]) -> list[Statement]:
    """One statement per speaker, act and sentence: the surest."""
    best: dict[tuple[Act, str, int], Statement] = {}
    for statement in single:
        key = (statement.act, statement.speaker.name, statement.sentences[0])
        if key not in best or statement.why.confidence > best[key].why.confidence:
            best[key] = statement
    return sorted(best.values(), key=lambda statement: statement.sentences)


def _runs(single: Sequence[Statement], scene: Scene) -> list[Statement]:
    """Adjacent sentences of one speaker's act are one statement."""
    joined: list[Statement] = []
    for statement in single:
        before = next((place for place, other in enumerate(joined) if _goes_on(other, statement, scene)), None)
        if before is None:
            joined.append(statement)
        else:
            joined[before] = _join(joined[before], statement, scene)
    return joined


def _goes_on(first: Statement, second: Statement, scene: Scene) -> bool:
    """The next sentence, or one that the first reaches into; an accusation in a new paragraph is a new one unless it is quoted."""
    if first.act != second.act or not _same(first.speaker, second.speaker):
        return False
    gap = second.sentences[0] - first.sentences[-1]
    if gap <= 0:
        return True
    if gap > 1:
        return False
    same_paragraph = "\n" not in scene.text[first.end : second.start]
    quoted = Mode.DIRECT in {first.mode, second.mode} or second.mode is Mode.MIXED
    return same_paragraph or quoted or first.act in {Act.CONCERN, Act.SUPPORT, Act.DENIAL}


def _same(first: Speaker, second: Speaker) -> bool:
    """One speaker, or a body and the person who speaks for it."""
    if first.name == second.name:
        return True
    if SpeakerKind.PERSON not in {first.kind, second.kind} or first.kind == second.kind:
        return False
    person, body = (first, second) if first.kind is SpeakerKind.PERSON else (second, first)
    return body.name == person.affiliation or (body.kind is SpeakerKind.COUNTRY and body.side == person.side and body.side is not None)


def _join(first: Statement, second: Statement, scene: Scene) -> Statement:
    start, end = min(first.start, second.start), max(first.end, second.end)
    speaker = (
        second.speaker if second.speaker.kind is SpeakerKind.PERSON and first.speaker.kind is not SpeakerKind.PERSON else first.speaker
    )
    return replace(
        first,
        speaker=speaker,
        sentences=tuple(range(first.sentences[0], max(first.sentences[-1], second.sentences[-1]) + 1)),
        start=start,
        end=end,
        targets=tuple(dict.fromkeys(first.targets + second.targets)),
        mode=_mode(start, end, scene.quotations),
        background=first.background and second.background,
        why=first.why if first.why.confidence >= second.why.confidence else second.why,
    )


def answered(found: Sequence[Statement], scene: Scene) -> tuple[Statement, ...]:
    """Links each denial to the accusation that it answers, where one stands near enough or is named by its side."""
    linked = []
    for place, statement in enumerate(found):
        which = _answers(place, statement, found) if statement.act is Act.DENIAL else None
        targets = statement.targets
        if which is not None and not targets:
            accuser = found[which].speaker
            name = scene.names.get(accuser.side or "", accuser.name)
            targets = (name,) if accuser.kind is not SpeakerKind.ANONYMOUS or accuser.side else ()
        linked.append(replace(statement, addressee_of=which, targets=targets))
    return tuple(linked)


def _answers(place: int, denial: Statement, found: Sequence[Statement]) -> int | None:
    """The nearest accusation of another side that is about the denier's side or its partner."""
    choices = [
        (abs(other.sentences[-1] - denial.sentences[0]) + (0 if index < place else 1), index)
        for index, other in enumerate(found)
        if other.act is Act.ACCUSATION and other.speaker.side != denial.speaker.side and other.speaker.name != denial.speaker.name
    ]
    near = [choice for choice in choices if choice[0] <= 3]
    return min(near)[1] if near else None
