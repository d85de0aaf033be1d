"""The act of what is said: by its words, and by the deeds in it, whose meaning depends on who speaks.

Of another side, a deed is an accusation; of the own side, a denial where negated and an admission where not.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from spacy.tokens import Span, Token

from pipeline.enrich.assertions import asserted, promised
from pipeline.enrich.deeds import OTHER, SELF, Deed, deeds_in
from pipeline.enrich.english import ADDRESSED, ALL, BINDING, NOUN_SUBJECTS, UNDONE, child_of, has_aux, has_to, has_word, subtree
from pipeline.enrich.frames import Attribution, Frame
from pipeline.enrich.hearing import Ear, is_topical
from pipeline.enrich.judged import Judged, Reason, goes_beside, of_deed, of_words
from pipeline.model import Act


def by_content(attribution: Attribution, side: str | None, ear: Ear) -> list[Judged]:
    """What is said decides; a leaning verb has the last word."""
    spans = [*attribution.content, attribution.cue.doc[attribution.cue.i : attribution.cue.i + 1]]
    if attribution.frame is Frame.OBJECT:
        spans.append(attribution.cue.doc[attribution.cue.i : max(piece.end for piece in attribution.content)])
    words = ear.heard.in_spans(spans, attribution.inner)
    deeds = [
        _resolved(deed, side, ear.topic.parties)
        for piece in attribution.content
        for deed in deeds_in(piece, ear.named, ear.words, ear.topical)
        if (deed.word.i != attribution.cue.i or attribution.frame is Frame.AUTHOR) and deed.word.i not in attribution.inner
    ]
    leaning = ear.words.act_leaned_to.get(attribution.lemma)
    if (bidden := _bidden(attribution)) and (is_topical(attribution, ear) or any(ear.named.sides(piece) for piece in attribution.content)):
        return [bidden]
    found = list(_candidates(words, deeds, side, leaning, ear))
    if not found and (other := _otherwise(attribution, deeds, side, leaning, ear)) is not None:
        found = [other]
    return found[:1] + [more for more in found[1:] if _goes_beside(found[0], more, ear)]


def _otherwise(attribution: Attribution, deeds: Sequence[Deed], side: str | None, leaning: Act | None, ear: Ear) -> Judged | None:
    """What is left where neither a word nor a deed speaks for an act: the verb's leaning, a promise, a plain sentence."""
    disputed = next((deed for deed in deeds if _is_disputed(deed, ear)), None)
    if attribution.frame is Frame.AUTHOR and disputed is not None:
        return of_deed(Act.DENIAL, disputed)
    if leaning is not None and _leans(leaning, attribution, side, ear):
        return Judged(act=leaning, cue=attribution.cue.text, reason=Reason.LEANING_VERB)
    promise = promised(attribution, side, ear) if side is not None and side in ear.topic.parties else None
    return promise or asserted(attribution, side, ear)


def _bidden(attribution: Attribution) -> Judged | None:
    """`"Stop supplying Russia," she told …`: an imperative is a demand."""
    root = attribution.content[0].root
    if root.tag_ != "VB" or root.dep_ in {"xcomp", "pcomp"} or child_of(root, NOUN_SUBJECTS | {"aux", "mark"}) is not None:
        return None
    return Judged(act=Act.DEMAND, cue=root.text, reason=Reason.IMPERATIVE)


def _resolved(deed: Deed, side: str | None, parties: frozenset[str]) -> Deed:
    """Pronouns as sides: "we" is the speaker's; "it" and "they" are the speaker's where that is a party of the topic, else the parties'."""
    doers: list[str] = []
    for doer in deed.doers:
        if doer == SELF:
            doers += [side] if side else []
        elif doer == OTHER:
            doers += [side] if side in parties and side is not None else sorted(parties) if deed.topical else []
        else:
            doers.append(doer)
    return replace(deed, doers=tuple(dict.fromkeys(doers)))


def _leans(leaning: Act, attribution: Attribution, side: str | None, ear: Ear) -> bool:
    """A leaning verb is enough only in its own frame, and where the right party is spoken of."""
    sides = [each for piece in attribution.content for each in ear.named.sides(piece)]
    if leaning is Act.ACKNOWLEDGEMENT:
        return is_topical(attribution, ear) and (_own(tuple(sides), side, ear) or (side in ear.topic.parties and not sides))
    if leaning is Act.DEMAND:
        return attribution.frame is Frame.INFINITIVE and bool(sides)
    if leaning is Act.SUPPORT:
        return attribution.frame is Frame.INFINITIVE and any(each != side for each in sides)
    if leaning is Act.ACCUSATION and attribution.frame in {Frame.OBJECT, Frame.INFINITIVE}:
        return False
    if leaning is Act.CONCERN and is_topical(attribution, ear):
        return True
    if leaning is Act.ACCUSATION and not sides:
        return side not in ear.topic.parties and any(ear.is_topical_near(piece) for piece in attribution.content)
    return any(each != side for each in sides)


def _candidates(words: Mapping[Act, Span], deeds: Sequence[Deed], side: str | None, leaning: Act | None, ear: Ear) -> Iterator[Judged]:
    """Acts that what is said speaks for, the strongest first."""
    theirs = [
        deed
        for deed in deeds
        if _is_theirs(deed, side, ear) and not _is_bidden(deed.word) and (deed.word.pos_ != "NOUN" or leaning is Act.ACCUSATION)
    ]
    lie = Act.DENIAL in words and side not in ear.topic.parties and words[Act.DENIAL].root.lemma_.lower() in ear.words.lies
    ours = [deed for deed in deeds if _is_ours(deed, side, ear)]
    given = next((deed for deed in ours if _is_given(deed, leaning, ear)), None)
    if given is not None and (Act.DENIAL not in words or leaning is Act.ACKNOWLEDGEMENT or words[Act.DENIAL].start > given.word.i):
        yield of_deed(Act.ACKNOWLEDGEMENT, given)
    if Act.DENIAL in words and not lie and not (theirs and side is not None and side not in ear.topic.parties):
        yield of_words(Act.DENIAL, words)
    denied = next((deed for deed in ours if deed.negated and deed.topical), None)
    if denied is not None:
        yield of_deed(Act.DENIAL, denied)
    yield from (of_words(act, words) for act in (Act.SANCTION, Act.THREAT) if act in words)
    if theirs and _is_alleged(theirs[0], worried=leaning is Act.CONCERN or Act.CONCERN in words, ear=ear):
        yield _alleged(theirs, ear)
    elif lie:
        yield replace(of_words(Act.DENIAL, words), act=Act.ACCUSATION, reason=Reason.LIE)
    elif Act.ACCUSATION in words and _may_accuse(side, words[Act.ACCUSATION].sent, ear):
        yield of_words(Act.ACCUSATION, words)
    for act in (Act.CONCERN, Act.CRITICISM, Act.DEMAND, Act.SUPPORT):
        if act in words and (act is not Act.DEMAND or _is_asked(words[act], side, ear)):
            yield of_words(act, words)


def _may_accuse(side: str | None, sentence: Span, ear: Ear) -> bool:
    """Whether a speaker of this side would accuse with a word for it: from outside, or of a party it does not answer for."""
    return side not in ear.topic.parties or bool({*ear.named.sides(sentence)} & ear.topic.others(side))


def _is_alleged(deed: Deed, *, worried: bool, ear: Ear) -> bool:
    """Told as a fact; of what somebody only worries about, that takes the subject's words and a deed that the language knows."""
    sure = not deed.possible and deed.topical and deed.word.lemma_.lower() in ear.words.deeds
    return not deed.supposed and (sure or not worried)


def _alleged(theirs: Sequence[Deed], ear: Ear) -> Judged:
    """The first deed, by its doers, else by those whose things it is about, and by those who do another one together."""
    doers = theirs[0].doers or _parties(theirs[0], ear)
    together = [doer for deed in theirs if len(deed.doers) > 1 for doer in deed.doers]
    return of_deed(Act.ACCUSATION, replace(theirs[0], doers=tuple(dict.fromkeys([*doers, *together]))))


def _is_bidden(verb: Token) -> bool:
    """`must end`, `should stop`: not done yet."""
    return has_aux(verb, BINDING)


def _is_asked(span: Span, side: str | None, ear: Ear) -> bool:
    """`must` and `should` demand something only of a party that is named as their subject."""
    modal = span[0]
    if modal.dep_ != "aux":
        return True
    subject = child_of(modal.head, NOUN_SUBJECTS)
    if subject is None or has_word(subject, ALL):
        return False
    sides = ear.named.sides(subtree(subject))
    return any(each != side for each in sides) or (not sides and subject.lower_ in ADDRESSED)


def _is_given(deed: Deed, leaning: Act | None, ear: Ear) -> bool:
    """A deed of the own side that is told as done, or confirmed as being done."""
    if deed.negated or deed.supposed or deed.possible or not (deed.topical or _is_for_partner(deed, ear)):
        return False
    if has_to(deed.word):  # "to be used"
        return False
    lemma = deed.word.lemma_.lower()
    if leaning is Act.ACKNOWLEDGEMENT:
        return lemma in ear.words.deeds or lemma in ear.words.given
    if lemma in ear.words.event_verbs or lemma in ear.words.open_deeds:
        return bool(set(deed.makers) - set(deed.doers))
    return _is_past(deed.word) and lemma in ear.words.given


def _is_for_partner(deed: Deed, ear: Ear) -> bool:
    """`it sent Moscow a small number`: what was just named is meant."""
    clause = subtree(deed.word)
    doers, named = {*deed.doers}, {*ear.named.sides(clause)}
    return bool(named & ear.topic.parties - doers) and bool(doers & ear.topic.parties) and ear.is_topical_near(clause)


def _goes_beside(first: Judged, second: Judged, ear: Ear) -> bool:
    """Also a worry that follows what it is about."""
    worries = first.act is Act.ACCUSATION and second.act is Act.CONCERN and second.cue.lower().startswith(tuple(ear.words.worries))
    return worries or goes_beside(first, second)


def _own(doers: Sequence[str], side: str | None, ear: Ear) -> bool:
    """Whether it is the speaker's own side, or a partner that the topic's deeds are shared with."""
    return side is not None and bool(set(doers) & {side, *ear.topic.own(side)})


def _is_theirs(deed: Deed, side: str | None, ear: Ear) -> bool:
    """A deed of a party of the topic, told by somebody who does not answer for it; without a doer, one with a party's things."""
    others = ear.topic.others(side)
    if deed.negated or not others or set(deed.doers) & ear.topic.own(side):
        return False
    told = deed.topical or deed.word.lemma_.lower() in ear.words.deeds
    return bool(set(deed.doers) & others) or (not deed.doers and told and bool({*_parties(deed, ear)} & others))


def _is_disputed(deed: Deed, ear: Ear) -> bool:
    """A deed of a party that an author says was not done."""
    return deed.negated and deed.topical and (not deed.doers or bool(set(deed.doers) & ear.topic.parties))


def _is_ours(deed: Deed, side: str | None, ear: Ear) -> bool:
    """The same from the inside: of the own side or its partner; without a doer, one on the subject.

    Where there is another party that may have done it, without a doer only what was not done is the speaker's to say.
    """
    if deed.doers:
        return _own(deed.doers, side, ear)
    others = ear.topic.others(side)
    alone = not others or (deed.negated and not {*_parties(deed, ear)} & others)
    return deed.topical and side in ear.topic.parties and alone


def _parties(deed: Deed, ear: Ear) -> list[str]:
    """Parties of the topic whose things a deed without a doer is about, or who are named with it."""
    return [side for side in [*deed.makers, *ear.named.sides(subtree(deed.word))] if side in ear.topic.parties]


def _is_past(word: Token) -> bool:
    """Done, not planned: a past form, a perfect, or a past participle."""
    if word.tag_ in {"VBD", "VBN"}:
        return not has_word(word, UNDONE)
    return word.pos_ == "NOUN" or any(child.tag_ == "VBD" and child.dep_ == "aux" for child in word.children)
