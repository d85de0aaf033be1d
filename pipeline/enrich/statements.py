"""From attributions to statements: one act, one speaker, one run of sentences."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from spacy.tokens import Span, Token

from pipeline.enrich.acts import Ear, Judged, acts_of
from pipeline.enrich.attributions import Attribution, Frames, owner_of
from pipeline.enrich.authors import own_words
from pipeline.enrich.deeds import PARTIES, own_words_of
from pipeline.enrich.families import Families, find_claims
from pipeline.enrich.past import Past, is_recalled
from pipeline.enrich.sentences import Quotation
from pipeline.enrich.speakers import Cast, Memory, is_office, speakers_of, unknown
from pipeline.model import Act, EntityKind, Mode, Speaker, SpeakerKind, Statement, Why
from pipeline.rules import LanguageRules


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One text, cut up and looked at: what every step from here on reads."""

    text: str
    sentences: Sequence[Span]
    quotations: Sequence[Quotation]
    cast: Cast
    words: LanguageRules
    frames: Frames
    ear: Ear
    past: Past
    names: Mapping[str, str]  # side to the state's canonical name
    families: Families
    author: Speaker | None  # of an opinion piece


def statements(found: Sequence[Attribution], scene: Scene) -> tuple[Statement, ...]:
    """Every statement of the text, in the order of its sentences; runs are joined, answers are linked."""
    single: list[Statement] = []
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
    runs = _runs(_recalled(_once(single, scene), scene), scene)
    return _tagged(_aimed(answered([_with_quotation(run, more, scene) for run in runs], scene), scene), scene)


def _with_quotation(run: Statement, more: Mapping[int, str], scene: Scene) -> Statement:
    """What is said indirectly and the quotation that follows in the paragraph are one statement."""
    number = run.sentences[-1] + 1
    while more.get(number) == run.speaker.name and _is_quoted(number, scene) and "\n" not in scene.text[run.end : _start(number, scene)]:
        run = _stretched(run, number, scene)
        number += 1
    return run


def _start(number: int, scene: Scene) -> int:
    return scene.sentences[number].start_char


def _is_quoted(number: int, scene: Scene) -> bool:
    return _mode(scene.sentences[number].start_char, scene.sentences[number].end_char, scene.quotations) is not Mode.INDIRECT


def _recalled(single: Sequence[Statement], scene: Scene) -> list[Statement]:
    """What a speaker says next in a paragraph that recalls them is recalled too."""
    done: list[Statement] = []
    for statement in single:
        before = next((each for each in reversed(done) if each.speaker.name == statement.speaker.name), None)
        near = before is not None and 0 <= statement.sentences[0] - before.sentences[-1] <= 1
        same = before is not None and near and before.background and "\n" not in scene.text[before.end : statement.start]
        done.append(replace(statement, background=True) if same else statement)
    return done


def _aimed(found: Sequence[Statement], scene: Scene) -> list[Statement]:
    """A threat, demand or reproach that names nobody is aimed at whom the article was about last.

    From outside, that is who was accused last; from a party of the topic, who accused it last.
    """
    done: list[Statement] = []
    for statement in found:
        unaimed = statement.act in {Act.ACCUSATION, Act.THREAT, Act.DEMAND, Act.CRITICISM, Act.SUPPORT} and not statement.targets
        done.append(replace(statement, targets=_last_opponents(statement, done, scene)) if unaimed else statement)
    return done


def _last_opponents(statement: Statement, before: Sequence[Statement], scene: Scene) -> tuple[str, ...]:
    for each in reversed(before):
        if each.speaker.side == statement.speaker.side and each.targets and each.act is not Act.ACKNOWLEDGEMENT:
            return each.targets
        if each.act is Act.ACCUSATION and each.speaker.side not in scene.ear.camp:
            if statement.speaker.side not in scene.ear.camp:
                return each.targets
            return _party_of(each.speaker, scene)
    return ()


def _party_of(speaker: Speaker, scene: Scene) -> tuple[str, ...]:
    """The state that a speaker stands for, each of several that spoke together; nobody where that is not told."""
    if speaker.side is not None:
        return (scene.names.get(speaker.side, speaker.name),)
    if speaker.kind is SpeakerKind.ANONYMOUS:
        return ()
    together = tuple(name for name in scene.names.values() if name in speaker.name)
    return together if len(together) > 1 else (speaker.name,)


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


def _tagged(found: Sequence[Statement], scene: Scene) -> tuple[Statement, ...]:
    """Claim tags of statements that point back: those of the accusation that is answered, else of the statement before."""
    tagged: list[Statement] = []
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
    passive = attribution.cue.tag_ == "VBN" or any(child.dep_ in {"nsubjpass", "auxpass"} for child in attribution.cue.children)
    return () if passive or memory.last is None else (memory.last,)


def _is_somebody(attribution: Attribution, source: Token, scene: Scene) -> bool:
    """A source that is only described: whoever accuses or denies is somebody, and so is an office; a paper is not."""
    if source.pos_ != "NOUN" or source.lemma_.lower() in {*scene.words.documents, *scene.words.media}:
        return False
    return attribution.lemma in scene.frames.disputing or is_office(source)


def _by_sentence(attribution: Attribution, speaker: Speaker, scene: Scene) -> list[Statement]:
    """What is said, judged sentence by sentence; one without an act of its own goes on with the act before it."""
    made: list[Statement] = []
    for number in _sentences_of(attribution, scene.sentences):
        part = _part(attribution, number, scene.sentences)
        judged = acts_of(part, speaker.side, scene.ear) if part.content else []
        for each in judged:
            stated = _statement(part, speaker, each, scene)
            before = next((place for place, other in enumerate(made) if other.act == stated.act), None)
            if before is None:
                made.append(stated)
            else:
                made[before] = _join(made[before], stated, scene)
        if judged:
            continue
        if made:
            made[-1] = _stretched(made[-1], number, scene)
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
    rule = attribution.rule if number == attribution.sentence else "quotation goes on"
    lemma = attribution.lemma if number == attribution.sentence else ""
    return replace(attribution, content=tuple(pieces), sentence=number, rule=rule, lemma=lemma)


def _stretched(statement: Statement, number: int, scene: Scene) -> Statement:
    end = max(statement.end, scene.sentences[number].end_char)
    return replace(
        statement,
        sentences=tuple(range(statement.sentences[0], number + 1)),
        end=end,
        mode=_mode(statement.start, end, scene.quotations),
    )


def _is_bystander(speaker: Speaker, attribution: Attribution, scene: Scene) -> bool:
    """Unnamed experts speak for nobody; an outlet that is only the source of a report about somebody else's words neither."""
    if attribution.lemma == "according to" and speaker.kind is SpeakerKind.MEDIA and (attribution.inner or attribution.nested):
        return True
    return speaker.kind is SpeakerKind.ANONYMOUS and attribution.source is not None and attribution.source.lower_ in scene.words.bystanders


def _statement(attribution: Attribution, speaker: Speaker, judged: Judged, scene: Scene) -> Statement:
    numbers = (attribution.sentence,)
    start, end = scene.sentences[numbers[0]].start_char, scene.sentences[numbers[-1]].end_char
    return Statement(
        act=judged.act,
        speaker=speaker,
        targets=_targets(attribution, speaker, judged, scene),
        claims=find_claims(attribution.content, scene.cast.within(scene.sentences[attribution.sentence]), scene.families),
        sentences=numbers,
        start=start,
        end=end,
        mode=_mode(start, end, scene.quotations),
        background=is_recalled(attribution, scene.sentences[attribution.sentence], scene.past)
        or _is_position(attribution, speaker, judged.act),
        addressee_of=None,
        why=Why(cue=judged.cue, rule=judged.rule, negated=attribution.negated, confidence=0),  # weighed when all is known
    )


def _is_position(attribution: Attribution, speaker: Speaker, act: Act) -> bool:
    """`Tehran says it shipped none`: what a state or body says in the plain present, behind the opening, is where it stands."""
    body = speaker.kind in {SpeakerKind.COUNTRY, SpeakerKind.ORGANISATION}
    return (
        body
        and act in {Act.ACCUSATION, Act.DENIAL, Act.ACKNOWLEDGEMENT}
        and attribution.sentence > 1
        and attribution.cue.tag_ in {"VBZ", "VBP"}
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


def _targets(attribution: Attribution, speaker: Speaker, judged: Judged, scene: Scene) -> tuple[str, ...]:
    """Whom it is aimed at, as names of states. A denial's are those whose accusation it answers."""
    if judged.act is Act.ACKNOWLEDGEMENT:
        return ()
    own = {speaker.name, scene.names.get(speaker.side or "", "")}
    if judged.act is Act.DENIAL:
        camp = {scene.names.get(side, side) for side in scene.ear.camp}
        named = [name for name in _accusers(attribution, scene) if name not in camp]
    elif judged.act is Act.ACCUSATION:
        named = _accused(attribution, judged, scene)
    else:
        named = [name for piece in attribution.content for name in _party_names(piece, scene) if name not in own]
        named = named[: 2 if judged.act in {Act.CRITICISM, Act.CONCERN} else 1]
    return tuple(name for name in dict.fromkeys(named) if name not in own)


def _party_names(span: Span, scene: Scene) -> list[str]:
    """Names of the states spoken of, in their order; a bloc without a code has its own name."""
    found = []
    for mention in scene.ear.named.within(span.start_char, span.end_char):
        if mention.kind in PARTIES:
            found.append(
                scene.names.get(mention.side or "", mention.side or "") or (mention.name if mention.kind is EntityKind.STATE else "")
            )
    return [name for name in dict.fromkeys(found) if name]


def _accused(attribution: Attribution, judged: Judged, scene: Scene) -> list[str]:
    """Those whose conduct it is: doers of the deed, the accused object; both parties where it is joint work."""
    camp = [scene.names.get(side, side) for side in sorted(scene.ear.camp)]
    objects = [child for child in attribution.cue.children if child.dep_ in {"dobj", "nsubjpass"}]
    named = [scene.names.get(side, side) for side in judged.doers]
    if judged.rule.startswith("verb of"):
        named = [name for child in objects for name in _party_names(child.doc[child.left_edge.i : child.right_edge.i + 1], scene)][:3]
    told = [name for piece in attribution.content for name in _party_names(piece, scene) if name in camp]
    joint = _is_joint(attribution, judged, scene)
    if judged.rule.startswith("a lie"):
        return told[:1]
    if not judged.rule.startswith("verb of") and (not named or joint):
        named = list(dict.fromkeys(named + told))
    return named or told


def _is_joint(attribution: Attribution, judged: Judged, scene: Scene) -> bool:
    """Whether what is alleged is done by both: the deed is, or what hangs on it."""
    words = scene.ear.finder.deeds.joint
    tokens = [token for piece in attribution.content for token in piece]
    deed = next((token for token in tokens if token.text == judged.cue), None)
    return any(token.lower_ in words or token.lemma_.lower() in words for token in (own_words_of(deed) if deed is not None else tokens))


def _accusers(attribution: Attribution, scene: Scene) -> list[str]:
    """Whose claims they are: `claims by the CIA chief`, `the Western allegations`, `American officials repeat …`."""
    found: list[str] = []
    for piece in attribution.content:
        for token in piece:
            if token.lemma_.lower() in scene.ear.finder.claim_nouns:
                made = [child for each in token.children if each.dep_ == "acl" for child in each.children if child.dep_ == "agent"]
                owners = [owner for owner in (owner_of(token, scene.frames), *made) if owner is not None]
                for owner in owners:
                    found += _party_names(owner.doc[owner.left_edge.i : owner.right_edge.i + 1], scene)
        subject = next((child for child in piece.root.children if child.dep_ in {"nsubj", "csubj"}), None)
        if subject is not None:
            found += _party_names(subject.doc[subject.left_edge.i : subject.right_edge.i + 1], scene)
    return found


def _mode(start: int, end: int, quotations: Sequence[Quotation]) -> Mode:
    quoted = sum(max(0, min(quotation.end, end) - max(quotation.start, start)) for quotation in quotations)
    if not quoted:
        return Mode.INDIRECT
    return Mode.DIRECT if quoted >= 0.6 * (end - start) else Mode.MIXED


def _once(single: Sequence[Statement], scene: Scene) -> list[Statement]:
    """One statement per speaker, act and sentence: that of the surest rule."""
    best: dict[tuple[Act, str, int], Statement] = {}
    for statement in single:
        key = (statement.act, statement.speaker.name, statement.sentences[0])
        if key not in best or _weight(statement, scene) > _weight(best[key], scene):
            best[key] = statement
    kept = [statement for statement in best.values() if not _is_spoken_for(statement, best.values())]
    return sorted(kept, key=lambda statement: statement.sentences)


def _weight(statement: Statement, scene: Scene) -> float:
    return scene.words.confidence.get(f"rule: {statement.why.rule}", 0.0)


def _is_spoken_for(statement: Statement, others: Iterable[Statement]) -> bool:
    """`Burns said Washington was concerned`: the state's act is the person's who tells it for that state."""
    if statement.speaker.kind is SpeakerKind.PERSON or statement.speaker.side is None:
        return False
    return any(
        other.speaker.kind is SpeakerKind.PERSON
        and (other.act, other.sentences[0], other.speaker.side) == (statement.act, statement.sentences[0], statement.speaker.side)
        for other in others
    )


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
    if first.background != second.background and first.speaker.name != second.speaker.name:
        return False
    gap = second.sentences[0] - first.sentences[-1]
    if gap <= 0:
        return True
    if gap > 1:
        return False
    if first.why.rule == "verb and noun of an act":  # "made similar accusations": what they are is told next
        return True
    same_paragraph = "\n" not in scene.text[first.end : second.start]
    quoted = Mode.DIRECT in {first.mode, second.mode} or second.mode is Mode.MIXED
    if first.act is Act.ACCUSATION and first.claims and second.claims and not set(first.claims) & set(second.claims):
        return quoted and (same_paragraph or second.mode is Mode.DIRECT)  # a new deed is alleged, unless it is quoted
    return same_paragraph or quoted or first.act in {Act.CONCERN, Act.SUPPORT, Act.DENIAL}


def _same(first: Speaker, second: Speaker) -> bool:
    """One speaker, or a body and then the person who speaks for it."""
    if first.name == second.name:
        return True
    if second.kind is not SpeakerKind.PERSON or first.kind is SpeakerKind.PERSON:
        return False
    body, person = first, second
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
        claims=tuple(family for family in scene.families.ids if family in first.claims or family in second.claims),
        mode=_mode(start, end, scene.quotations),
        background=first.background and second.background,
        why=first.why if _weight(first, scene) >= _weight(second, scene) else second.why,
    )


# In sentences: how far back a denial answers whom it follows, and how far the opening of an article reaches.
SHORTLY, OPENING = 3, 4


def answered(found: Sequence[Statement], scene: Scene) -> tuple[Statement, ...]:
    """Links each denial to the accusation that it answers, where one stands near enough or is named by its side."""
    linked = []
    for statement in found:
        which = _answers(statement, found) if statement.act is Act.DENIAL else None
        targets = statement.targets
        if which is not None and not targets:
            targets = _party_of(found[which].speaker, scene)
        linked.append(replace(statement, addressee_of=which, targets=targets))
    return tuple(linked)


def _answers(denial: Statement, found: Sequence[Statement]) -> int | None:
    """Which accusation a denial answers: one of its own sentence, else for a recalled one that of the sentence before; for news the first
    of the same family, the one shortly before, or the one that the article opens with."""
    others = [
        (index, other)
        for index, other in enumerate(found)
        if other.act is Act.ACCUSATION and other.speaker.side != denial.speaker.side and other.speaker.name != denial.speaker.name
    ]
    together = [index for index, other in others if set(other.sentences) & set(denial.sentences)]
    before = [(denial.sentences[0] - other.sentences[-1], index) for index, other in others if other.sentences[-1] < denial.sentences[0]]
    if together:
        return together[0]
    if denial.background:
        return max((index for gap, index in before if gap == 1), default=None)
    last = denial.sentences[0] + SHORTLY
    family = [
        index for index, other in others if set(other.claims) & set(denial.claims) and not other.background and other.sentences[0] <= last
    ]
    shortly = [choice for choice in before if choice[0] <= SHORTLY]
    opening = sorted((other.background, index) for index, other in others if other.sentences[0] <= OPENING)
    return next(iter([*family[:1], *(index for _, index in sorted(shortly)[:1]), *(index for _, index in opening[:1])]), None)
