"""From attributions to statements: one act, one speaker, one run of sentences."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from spacy.tokens import Span, Token

from pipeline.enrich.acts import acts_of
from pipeline.enrich.answers import answered
from pipeline.enrich.authors import own_words
from pipeline.enrich.drafts import Draft, Ground
from pipeline.enrich.english import PRESENT, child_of
from pipeline.enrich.families import find_claims
from pipeline.enrich.frames import Attribution, Frame
from pipeline.enrich.judged import Judged
from pipeline.enrich.past import is_recalled
from pipeline.enrich.runs import in_runs, join, once, stretched, with_quotation
from pipeline.enrich.scene import Scene, mode
from pipeline.enrich.speakers import Memory, is_office, speakers_of, unknown
from pipeline.enrich.targets import aimed, targets
from pipeline.model import Act, Speaker, SpeakerKind


def statements(found: Sequence[Attribution], scene: Scene) -> tuple[Draft, ...]:
    """Every statement of the text, in the order of its sentences; runs are joined, answers are linked."""
    single: list[Draft] = []
    more: dict[int, str] = {}  # quoted sentences without an act of their own, and who says them
    voices = _voices(found, scene)
    if scene.author is not None:
        own = list(own_words(found, scene.sentences, scene.quotations))
        voices |= {each.cue.i: (scene.author,) for each in own}
        found = sorted([*found, *own], key=lambda each: each.sentence)
    for attribution in found:
        for speaker in voices[attribution.cue.i]:
            if not _is_bystander(speaker, attribution, scene):
                stated = _by_sentence(attribution, _for_state(speaker, attribution, voices), scene)
                single += stated
                if not stated and not attribution.nested:
                    more |= dict.fromkeys(_sentences_of(attribution, scene.sentences), speaker.name)
    joined = in_runs(_recalled(once(single, scene), scene), scene)
    return _tagged(aimed(answered([with_quotation(run, more, scene) for run in joined], scene), scene), scene)


def _recalled(single: Sequence[Draft], scene: Scene) -> list[Draft]:
    """What a speaker says next in a paragraph that recalls them is recalled too."""
    done: list[Draft] = []
    for statement in single:
        before = next((each for each in reversed(done) if each.speaker.name == statement.speaker.name), None)
        near = before is not None and 0 <= statement.sentences[0] - before.sentences[-1] <= 1
        same = before is not None and near and before.background and "\n" not in scene.text[before.end : statement.start]
        done.append(replace(statement, background=True) if same else statement)
    return done


def _voices(found: Sequence[Attribution], scene: Scene) -> dict[int, tuple[Speaker, ...]]:
    """Token number of each cue to those who speak, read from the first sentence to the last."""
    memory = Memory()
    voices: dict[int, tuple[Speaker, ...]] = {}
    seen = 0
    for attribution in found:
        while seen < attribution.sentence:
            memory.see(scene.sentences[seen], scene.cast.within(scene.sentences[seen]))
            seen += 1
        voices[attribution.cue.i] = _spoken(attribution, scene, memory)
        if attribution.cue.pos_ != "NOUN":
            for speaker in voices[attribution.cue.i]:
                memory.note(speaker)
    return voices


def _for_state(speaker: Speaker, attribution: Attribution, voices: Mapping[int, tuple[Speaker, ...]]) -> Speaker:
    """`Burns said Washington was worried`: a person who tells it of the own state, or of one with no other, speaks for that state."""
    outer = voices.get(attribution.outer, ()) if attribution.outer is not None else ()
    if speaker.kind in {SpeakerKind.PERSON, SpeakerKind.ANONYMOUS} or len(outer) != 1 or outer[0].kind is not SpeakerKind.PERSON:
        return speaker
    if outer[0].side not in {None, speaker.side} or speaker.side is None:
        return speaker
    return replace(outer[0], side=speaker.side)


def _tagged(found: Sequence[Draft], scene: Scene) -> tuple[Draft, ...]:
    """Claim tags of statements that point back: those of the accusation that is answered, else of the statement before."""
    tagged: list[Draft] = []
    for statement in found:
        claims = statement.claims
        if not claims:
            answered_one = found[statement.addressee_of] if statement.addressee_of is not None else None
            before = answered_one or next((each for each in reversed(tagged) if each.claims), None)
            spans = [scene.sentences[number] for number in statement.sentences]
            near = scene.cast.named.within(spans[0].start_char, spans[-1].end_char) if spans else []
            claims = find_claims(spans, near, scene.families, context=before.claims if before else ())
        tagged.append(replace(statement, claims=claims))
    return tuple(tagged)


def _spoken(attribution: Attribution, scene: Scene, memory: Memory) -> tuple[Speaker, ...]:
    if scene.author is not None and attribution.source is not None and attribution.source.lower_ in scene.words.pronouns.author:
        return (scene.author,)
    spoken = speakers_of(attribution.source, scene.cast, memory)
    if not spoken and attribution.source is not None and _is_somebody(attribution, attribution.source, scene):
        return (unknown(attribution.source),)
    if spoken or attribution.source is not None or attribution.cue.pos_ == "NOUN":
        return spoken
    # A passive without an agent has no speaker; a quotation or an aside without a subject goes on with the last one.
    passive = attribution.cue.tag_ == "VBN" or child_of(attribution.cue, ("nsubjpass", "auxpass")) is not None
    return () if passive or memory.last is None else (memory.last,)


def _is_somebody(attribution: Attribution, source: Token, scene: Scene) -> bool:
    """A source that is only described: whoever accuses or denies is somebody, and so is an office; a paper is not."""
    if source.pos_ != "NOUN" or source.lemma_.lower() in scene.words.documents | scene.words.media:
        return False
    return attribution.lemma in scene.words.disputing or is_office(source, scene.words)


def _by_sentence(attribution: Attribution, speaker: Speaker, scene: Scene) -> list[Draft]:
    """What is said, judged sentence by sentence; one without an act of its own goes on with the act before it."""
    made: list[Draft] = []
    for number in _sentences_of(attribution, scene.sentences):
        part = _part(attribution, number, scene.sentences)
        judged = acts_of(part, speaker.side, scene.ear) if part.content else []
        for each in judged:
            stated = _statement(part, speaker, each, scene)
            before = next((place for place, other in enumerate(made) if other.act == stated.act), None)
            if before is None:
                made.append(stated)
            else:
                made[before] = join(made[before], stated, scene)
        if judged:
            continue
        if made:
            made[-1] = stretched(made[-1], number, scene)
        elif number < attribution.sentence:
            made = []
    return made


def _part(attribution: Attribution, number: int, sentences: Sequence[Span]) -> Attribution:
    """The share of a sentence in what is said; the cue's own keeps the cue's act, the others are only words."""
    sentence = sentences[number]
    pieces = [
        piece.doc[max(piece.start, sentence.start) : min(piece.end, sentence.end)]
        for piece in attribution.content
        if _touch(sentence, piece)
    ]
    frame = attribution.frame if number == attribution.sentence else Frame.GOING_ON
    lemma = attribution.lemma if number == attribution.sentence else ""
    return replace(attribution, content=tuple(pieces), sentence=number, frame=frame, lemma=lemma)


def _is_bystander(speaker: Speaker, attribution: Attribution, scene: Scene) -> bool:
    """Unnamed experts speak for nobody; an outlet that is only the source of a report about somebody else's words neither."""
    if attribution.frame is Frame.ACCORDING_TO and speaker.kind is SpeakerKind.MEDIA and (attribution.inner or attribution.nested):
        return True
    return speaker.kind is SpeakerKind.ANONYMOUS and attribution.source is not None and attribution.source.lower_ in scene.words.bystanders


def _statement(attribution: Attribution, speaker: Speaker, judged: Judged, scene: Scene) -> Draft:
    numbers = (attribution.sentence,)
    start, end = scene.sentences[numbers[0]].start_char, scene.sentences[numbers[-1]].end_char
    return Draft(
        act=judged.act,
        speaker=speaker,
        targets=targets(attribution, speaker, judged, scene),
        claims=find_claims(attribution.content, scene.cast.within(scene.sentences[attribution.sentence]), scene.families),
        sentences=numbers,
        start=start,
        end=end,
        mode=mode(start, end, scene.quotations),
        background=is_recalled(attribution, scene.sentences[attribution.sentence], scene.past)
        or _is_position(attribution, speaker, judged.act),
        addressee_of=None,
        why=Ground(
            cue=judged.cue, reason=judged.reason, rule=judged.reason.rule(judged.act, attribution.frame), negated=attribution.negated
        ),
    )


def _is_position(attribution: Attribution, speaker: Speaker, act: Act) -> bool:
    """`Tehran says it shipped none`: what a state or body says in the plain present, behind the opening, is where it stands."""
    body = speaker.kind in {SpeakerKind.COUNTRY, SpeakerKind.ORGANISATION}
    return (
        body and act in {Act.ACCUSATION, Act.DENIAL, Act.ACKNOWLEDGEMENT} and attribution.sentence > 1 and attribution.cue.tag_ in PRESENT
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
    return min(sentence.end, piece.end) - max(sentence.start, piece.start) >= min(2, len(piece))
