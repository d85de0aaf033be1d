"""From attributions to statements: one act, one speaker, one run of sentences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from spacy.tokens import Span

from pipeline.enrich.acts import ActFinder, Judged, acts_of, states_in
from pipeline.enrich.attributions import Attribution
from pipeline.enrich.entities import Mention
from pipeline.enrich.sentences import Quotation
from pipeline.enrich.speakers import Cast, Memory, speakers_of
from pipeline.model import Act, Mode, Speaker, Statement, Why
from pipeline.rules import LanguageRules


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One text, cut up and looked at: what every step from here on reads."""

    text: str
    sentences: Sequence[Span]
    quotations: Sequence[Quotation]
    mentions: Sequence[Mention]
    cast: Cast
    words: LanguageRules
    finder: ActFinder
    camp: frozenset[str]
    names: Mapping[str, str]  # side to the state's canonical name


def statements(found: Sequence[Attribution], scene: Scene) -> tuple[Statement, ...]:
    """Every statement of the text, in the order of its sentences; runs are joined, answers are linked."""
    memory = Memory()
    single: list[Statement] = []
    for attribution in found:
        spoken = speakers_of(attribution.source, scene.cast, memory)
        if not spoken and attribution.source is None and memory.last and attribution.cue.pos_ != "NOUN":
            spoken = (memory.last,)
        for speaker in spoken:
            for judged in acts_of(attribution, speaker.side, scene.mentions, scene.finder, scene.camp):
                single.append(_statement(attribution, speaker, judged, scene))
        for speaker in spoken:
            memory.note(speaker)
    return _answers(_runs(_once(single), scene))


def _statement(attribution: Attribution, speaker: Speaker, judged: Judged, scene: Scene) -> Statement:
    sentence = scene.sentences[attribution.sentence]
    return Statement(
        act=judged.act,
        speaker=speaker,
        targets=_targets(attribution, speaker, judged, scene),
        claims=(),
        sentences=(attribution.sentence,),
        start=sentence.start_char,
        end=sentence.end_char,
        mode=_mode(sentence, scene.quotations),
        background=_is_background(attribution, sentence, scene.words),
        addressee_of=None,
        why=Why(cue=judged.cue, rule=judged.rule, negated=judged.negated, confidence=judged.confidence),
    )


def _targets(attribution: Attribution, speaker: Speaker, judged: Judged, scene: Scene) -> tuple[str, ...]:
    sides = states_in(attribution.content, scene.mentions)
    if judged.act in {Act.DENIAL, Act.ACKNOWLEDGEMENT}:
        sides = [side for side in sides if side not in scene.camp]
    return tuple(scene.names.get(side, side) for side in sides if side != speaker.side)


def _mode(sentence: Span, quotations: Sequence[Quotation]) -> Mode:
    quoted = sum(max(0, min(q.end, sentence.end_char) - max(q.start, sentence.start_char)) for q in quotations)
    if not quoted:
        return Mode.INDIRECT
    return Mode.DIRECT if quoted >= 0.6 * (sentence.end_char - sentence.start_char) else Mode.MIXED


def _is_background(attribution: Attribution, sentence: Span, words: LanguageRules) -> bool:
    """What the text marks as said earlier: a perfect tense, an adverb, a time phrase."""
    verb = attribution.cue
    perfect = any(child.dep_ == "aux" and child.lemma_ == "have" for child in verb.children)
    adverb = any(child.lower_ in words.background.adverbs for child in verb.children)
    lower = sentence.text.lower()
    return perfect or adverb or any(phrase in lower for phrase in words.background.phrases)


def _once(single: Sequence[Statement]) -> list[Statement]:
    """One statement per speaker, act and sentence: the surest."""
    best: dict[tuple[Act, str, tuple[int, ...]], Statement] = {}
    for statement in single:
        key = (statement.act, statement.speaker.name, statement.sentences)
        if key not in best or statement.why.confidence > best[key].why.confidence:
            best[key] = statement
    return sorted(best.values(), key=lambda statement: statement.sentences)


def _runs(single: Sequence[Statement], scene: Scene) -> list[Statement]:
    """Adjacent sentences of one speaker's act are one statement."""
    joined: list[Statement] = []
    for statement in single:
        before = next((place for place, other in enumerate(joined) if _goes_on(other, statement)), None)
        if before is None:
            joined.append(statement)
        else:
            joined[before] = _join(joined[before], statement, scene)
    return joined


def _goes_on(first: Statement, second: Statement) -> bool:
    return first.act == second.act and first.speaker == second.speaker and second.sentences[0] - first.sentences[-1] == 1


def _join(first: Statement, second: Statement, scene: Scene) -> Statement:
    start, end = first.start, second.end
    span = scene.sentences[first.sentences[0]].doc.char_span(start, end)
    return replace(
        first,
        sentences=(*first.sentences, *second.sentences),
        end=end,
        targets=tuple(dict.fromkeys(first.targets + second.targets)),
        mode=first.mode if first.mode == second.mode or span is None else Mode.MIXED,
        background=first.background and second.background,
    )


def _answers(found: Sequence[Statement]) -> tuple[Statement, ...]:
    """A denial answers the nearest earlier accusation by somebody of another side whose targets it speaks for."""
    linked = []
    for place, statement in enumerate(found):
        answered = None
        if statement.act == Act.DENIAL:
            earlier = [i for i in range(place) if found[i].act == Act.ACCUSATION and found[i].speaker.side != statement.speaker.side]
            answered = earlier[-1] if earlier else None
        linked.append(replace(statement, addressee_of=answered))
    return tuple(linked)
