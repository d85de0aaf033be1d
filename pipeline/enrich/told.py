"""What an English text has others say, sentence by sentence: from attributions to drafts of statements."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from spacy.tokens import Span, Token

from pipeline.enrich.acts import acts_of
from pipeline.enrich.authors import own_words
from pipeline.enrich.drafts import Draft, Ground
from pipeline.enrich.english import PRESENT, child_of
from pipeline.enrich.frames import Attribution, Frame
from pipeline.enrich.judged import Judged
from pipeline.enrich.parsed import Parsed
from pipeline.enrich.past import is_recalled
from pipeline.enrich.runs import join, stretched
from pipeline.enrich.scene import mode
from pipeline.enrich.speakers import Memory, is_office, speakers_of, unknown
from pipeline.enrich.statements import Told
from pipeline.enrich.targets import targets
from pipeline.model import Act, Speaker, SpeakerKind


def told(found: Sequence[Attribution], parsed: Parsed) -> Told:
    """The statements of single sentences, and who says the quoted sentences that make none."""
    scene = parsed.scene
    single: list[Draft] = []
    more: dict[int, str] = {}
    voices = _voices(found, parsed)
    if parsed.author is not None:
        own = list(own_words(found, scene.sentences, scene.quotations))
        voices |= {each.cue.i: (parsed.author,) for each in own}
        found = sorted([*found, *own], key=lambda each: each.sentence)
    for attribution in found:
        for speaker in voices[attribution.cue.i]:
            if not _is_bystander(speaker, attribution, parsed):
                stated = _by_sentence(attribution, _for_state(speaker, attribution, voices), parsed)
                single += stated
                if not stated and not attribution.nested:
                    more |= dict.fromkeys(_sentences_of(attribution, scene.sentences), speaker.name)
    return Told(single, more)


def _voices(found: Sequence[Attribution], parsed: Parsed) -> dict[int, tuple[Speaker, ...]]:
    """Token number of each cue to those who speak, read from the first sentence to the last."""
    memory = Memory()
    voices: dict[int, tuple[Speaker, ...]] = {}
    seen = 0
    for attribution in found:
        while seen < attribution.sentence:
            memory.see(parsed.scene.sentences[seen], parsed.cast.within(parsed.scene.sentences[seen]))
            seen += 1
        voices[attribution.cue.i] = _spoken(attribution, parsed, memory)
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


def _spoken(attribution: Attribution, parsed: Parsed, memory: Memory) -> tuple[Speaker, ...]:
    if parsed.author is not None and attribution.source is not None and attribution.source.lower_ in parsed.words.pronouns.author:
        return (parsed.author,)
    spoken = speakers_of(attribution.source, parsed.cast, memory)
    if not spoken and attribution.source is not None and _is_somebody(attribution, attribution.source, parsed):
        return (unknown(attribution.source),)
    if spoken or attribution.source is not None or attribution.cue.pos_ == "NOUN":
        return spoken
    # A passive without an agent has no speaker; a quotation or an aside without a subject goes on with the last one.
    passive = attribution.cue.tag_ == "VBN" or child_of(attribution.cue, ("nsubjpass", "auxpass")) is not None
    return () if passive or memory.last is None else (memory.last,)


def _is_somebody(attribution: Attribution, source: Token, parsed: Parsed) -> bool:
    """A source that is only described: whoever accuses or denies is somebody, and so is an office; a paper is not."""
    if source.pos_ != "NOUN" or source.lemma_.lower() in parsed.words.documents | parsed.words.media:
        return False
    return attribution.lemma in parsed.words.disputing or is_office(source, parsed.words)


def _by_sentence(attribution: Attribution, speaker: Speaker, parsed: Parsed) -> list[Draft]:
    """What is said, judged sentence by sentence; one without an act of its own goes on with the act before it."""
    made: list[Draft] = []
    for number in _sentences_of(attribution, parsed.scene.sentences):
        part = _part(attribution, number, parsed.scene.sentences)
        judged = acts_of(part, speaker.side, parsed.ear) if part.content else []
        for each in judged:
            stated = _statement(part, speaker, each, parsed)
            before = next((place for place, other in enumerate(made) if other.act == stated.act), None)
            if before is None:
                made.append(stated)
            else:
                made[before] = join(made[before], stated, parsed.scene)
        if judged:
            continue
        if made:
            made[-1] = stretched(made[-1], number, parsed.scene)
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


def _is_bystander(speaker: Speaker, attribution: Attribution, parsed: Parsed) -> bool:
    """Unnamed experts speak for nobody; an outlet that is only the source of a report about somebody else's words neither."""
    if attribution.frame is Frame.ACCORDING_TO and speaker.kind is SpeakerKind.MEDIA and (attribution.inner or attribution.nested):
        return True
    return speaker.kind is SpeakerKind.ANONYMOUS and attribution.source is not None and attribution.source.lower_ in parsed.words.bystanders


def _statement(attribution: Attribution, speaker: Speaker, judged: Judged, parsed: Parsed) -> Draft:
    numbers = (attribution.sentence,)
    start, end = parsed.scene.sentences[numbers[0]].start_char, parsed.scene.sentences[numbers[-1]].end_char
    return Draft(
        act=judged.act,
        speaker=speaker,
        targets=targets(attribution, speaker, judged, parsed),
        claims=parsed.scene.claims(attribution.content, parsed.cast.within(parsed.scene.sentences[attribution.sentence])),
        sentences=numbers,
        start=start,
        end=end,
        mode=mode(start, end, parsed.scene.quotations),
        background=is_recalled(attribution, parsed.scene.sentences[attribution.sentence], parsed.past)
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
