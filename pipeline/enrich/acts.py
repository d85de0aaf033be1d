"""What an attribution does: by its cue, by the object that decides about it, and by what is said.

A verb that performs an act decides alone. One that leans to an act, or only reports, leaves it to what is said: its words
("baseless", "will respond"), and the deeds in it, whose meaning depends on who speaks: of another side, a deed is an accusation;
of the own side, a denial where negated and an admission where not.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from spacy.language import Language
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc, Span, Token
from spacy.vocab import Vocab

from pipeline.enrich.attributions import Attribution
from pipeline.enrich.deeds import Deed, DeedWords, Named, compile_deeds, deeds_in
from pipeline.model import Act
from pipeline.rules import LanguageRules

# How sure a rule is before it has been calibrated.
BY_VERB, BY_OBJECT, BY_NOUN, BY_DEED, BY_WORDS, BY_LEANING = 0.95, 0.9, 0.8, 0.75, 0.7, 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """An act together with what it was recognised by."""

    act: Act
    cue: str
    rule: str
    confidence: float
    doers: tuple[str, ...] = ()  # sides whose deed it is about, where a deed decided


@dataclass(frozen=True, slots=True)
class ActFinder:
    """A language's words for acts, compiled once per process."""

    verbs: Mapping[str, Act]
    rejecting: frozenset[str]
    leaning: Mapping[str, Act]
    nouns: Mapping[str, Act]
    claim_nouns: frozenset[str]
    refusal_nouns: frozenset[str]
    negations: frozenset[str]
    deeds: DeedWords
    by_lemma: PhraseMatcher
    by_form: PhraseMatcher


def compile_acts(words: LanguageRules, nlp: Language) -> ActFinder:
    by_lemma, by_form = PhraseMatcher(nlp.vocab, attr="LEMMA"), PhraseMatcher(nlp.vocab, attr="LOWER")
    for act, block in words.acts.items():
        if block.said:
            by_lemma.add(act.value, [_as_lemmas(phrase, nlp.vocab) for phrase in block.said])
            by_form.add(act.value, [nlp.make_doc(phrase) for phrase in block.said])
    return ActFinder(
        verbs={verb: act for act, block in words.acts.items() for verb in block.verbs},
        rejecting=frozenset(words.acts[Act.DENIAL].rejecting),
        leaning={verb: act for act, block in words.acts.items() for verb in block.leaning},
        nouns={noun: act for act, nouns in words.nouns.items() for noun in nouns},
        claim_nouns=frozenset(words.claim_nouns),
        refusal_nouns=frozenset(words.refusal_nouns),
        negations=frozenset(words.negations),
        deeds=compile_deeds(words),
        by_lemma=by_lemma,
        by_form=by_form,
    )


def _as_lemmas(phrase: str, vocab: Vocab) -> Doc:
    words = phrase.split()
    return Doc(vocab, words=words, lemmas=words)


@dataclass(frozen=True, slots=True)
class Heard:
    """Where in a text words of acts stand: act to (first token, behind the last token), in order."""

    places: Sequence[tuple[int, int, Act]]

    def in_spans(self, spans: Iterable[Span]) -> dict[Act, Span]:
        """The first words of each act inside the spans."""
        found: dict[Act, Span] = {}
        for span in spans:
            for start, end, act in self.places:
                if span.start <= start and end <= span.end and act not in found:
                    found[act] = span.doc[start:end]
        return found


# Words that lose their act behind a negation; "no evidence" and its like carry their own.
TAKEN_BACK = frozenset({Act.CONCERN, Act.THREAT, Act.CRITICISM, Act.SANCTION, Act.ACCUSATION, Act.SUPPORT, Act.DEMAND})


def hear(doc: Doc, finder: ActFinder) -> Heard:
    """All words of acts in a text. A negation up to three words before takes most of them back."""
    places = set()
    for matcher in (finder.by_lemma, finder.by_form):
        for key, start, end in matcher(doc):
            act = Act(doc.vocab.strings[key])
            if act not in TAKEN_BACK or not _taken_back(doc, start, finder.negations):
                places.add((start, end, act))
    return Heard(sorted(places))


def _taken_back(doc: Doc, start: int, negations: frozenset[str]) -> bool:
    return any(doc[place].lower_ in negations for place in range(max(doc[start].sent.start, start - 3), start))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ear:
    """What judging one text needs beside the attribution."""

    named: Named
    heard: Heard
    armed: frozenset[int]
    camp: frozenset[str]
    finder: ActFinder


def acts_of(attribution: Attribution, side: str | None, ear: Ear) -> list[Judged]:
    """The acts of one attribution by a speaker of this side, the main one first."""
    if attribution.negated:
        return []
    if (by_verb := _by_verb(attribution, ear.finder)) is not None:
        return [] if by_verb.act is Act.DENIAL and _refuses(attribution, ear.finder) else [by_verb]
    if attribution.lemma in ear.finder.rejecting:
        rejected = _rejected(attribution, ear)
        return [rejected] if rejected else []
    by_noun = _by_noun(attribution, ear.finder)
    if by_noun is not None:
        return [by_noun]
    return _by_content(attribution, side, ear)


def _by_verb(attribution: Attribution, finder: ActFinder) -> Judged | None:
    act = finder.verbs.get(attribution.lemma)
    if act is None or attribution.rule in {"adjective", "noun with a clause"}:
        return None
    return Judged(act=act, cue=attribution.cue.text, rule=f"verb of {act}: {attribution.rule}", confidence=BY_VERB)


def _object_heads(cue: Token) -> set[str]:
    heads = [child for child in cue.children if child.dep_ in {"dobj", "nsubjpass"}]
    return {part.lemma_.lower() for head in heads for part in (head, *head.conjuncts)}


def _refuses(attribution: Attribution, finder: ActFinder) -> bool:
    """`was denied entry`, `denied him a visa`: something is refused, no claim is disputed."""
    heads = _object_heads(attribution.cue) | {
        child.lemma_.lower() for child in attribution.cue.children if child.dep_ in {"dative", "oprd"}
    }
    return bool(heads & finder.refusal_nouns) and not heads & finder.claim_nouns


def _rejected(attribution: Attribution, ear: Ear) -> Judged | None:
    """A rejection is a denial where a claim is rejected, or something is rejected as baseless."""
    heads = _object_heads(attribution.cue)
    words = ear.heard.in_spans(attribution.content)
    if heads & ear.finder.claim_nouns or Act.DENIAL in words or attribution.rule == "verb with a clause":
        return Judged(act=Act.DENIAL, cue=attribution.cue.text, rule="a claim is rejected", confidence=BY_OBJECT)
    return None


def _by_noun(attribution: Attribution, finder: ActFinder) -> Judged | None:
    """`levelled accusations at …`, `Kyiv's allegations that …`: the noun performs the act."""
    if attribution.rule == "noun with a clause":
        act = finder.nouns.get(attribution.lemma)
        return None if act is None else Judged(act=act, cue=attribution.cue.text, rule="noun with a clause", confidence=BY_NOUN)
    if attribution.rule != "verb with an object" or attribution.lemma in finder.leaning:
        return None
    for head in (child for child in attribution.cue.children if child.dep_ == "dobj"):
        act = finder.nouns.get(head.lemma_.lower())
        if act is not None:
            return Judged(act=act, cue=f"{attribution.cue.text} {head.text}", rule="verb and noun of an act", confidence=BY_NOUN)
    return None


def _by_content(attribution: Attribution, side: str | None, ear: Ear) -> list[Judged]:
    """What is said decides; a leaning verb has the last word."""
    spans = [*attribution.content, attribution.cue.doc[attribution.cue.i : attribution.cue.i + 1]]
    if attribution.rule == "verb with an object":
        spans.append(attribution.cue.doc[attribution.cue.i : max(piece.end for piece in attribution.content)])
    words = ear.heard.in_spans(spans)
    deeds = [
        deed
        for piece in attribution.content
        for deed in deeds_in(piece, ear.named, ear.finder.deeds, ear.armed)
        if deed.word.i != attribution.cue.i
    ]
    leaning = ear.finder.leaning.get(attribution.lemma)
    found = list(_candidates(words, deeds, side, leaning, ear))
    if (
        not found
        and leaning is not None
        and (attribution.rule != "verb with an infinitive" or leaning is not Act.ACCUSATION)
        and _concerns(attribution, side, leaning, ear)
    ):
        found = [Judged(act=leaning, cue=attribution.cue.text, rule=f"verb that leans to {leaning}", confidence=BY_LEANING)]
    return found[:1] + [more for more in found[1:] if _goes_beside(found[0], more)]


def _concerns(attribution: Attribution, side: str | None, leaning: Act, ear: Ear) -> bool:
    """A leaning verb is enough only where another party, or for an admission the own one, is spoken of."""
    sides = [each for piece in attribution.content for each in ear.named.sides(piece)]
    if leaning is Act.ACKNOWLEDGEMENT:
        return _own(tuple(sides), side, ear.camp)
    return any(each != side for each in sides)


def _candidates(words: Mapping[Act, Span], deeds: Sequence[Deed], side: str | None, leaning: Act | None, ear: Ear) -> Iterable[Judged]:
    """Acts that what is said speaks for, the strongest first."""
    theirs = next((deed for deed in deeds if _is_theirs(deed, side, ear.camp)), None)
    ours = [deed for deed in deeds if _own(deed.doers, side, ear.camp)]
    denied = next((deed for deed in ours if deed.negated), None)
    given = next(
        (
            deed
            for deed in ours
            if not deed.negated and not deed.supposed and _is_past(deed.word) and deed.word.lemma_.lower() in ear.finder.deeds.given
        ),
        None,
    )
    lies = Act.ACCUSATION in words and theirs is None and side not in ear.camp
    if given is not None and given.armed:
        yield _deed(Act.ACKNOWLEDGEMENT, given)
    if Act.DENIAL in words and not (
        side not in ear.camp and side is not None and theirs is not None and not _rejects_claims(words[Act.DENIAL])
    ):
        yield _word(Act.DENIAL, words)
    if denied is not None:
        yield _deed(Act.DENIAL, denied)
    if Act.SANCTION in words:
        yield _word(Act.SANCTION, words)
    if Act.THREAT in words:
        yield _word(Act.THREAT, words)
    concern = leaning is Act.CONCERN or Act.CONCERN in words
    if theirs is not None and not (concern and (theirs.supposed or not theirs.armed)):
        yield _deed(Act.ACCUSATION, theirs)
    elif lies:
        yield _word(Act.ACCUSATION, words)
    for act in (Act.CONCERN, Act.CRITICISM, Act.DEMAND, Act.SUPPORT):
        if act in words:
            yield _word(act, words)


def _rejects_claims(span: Span) -> bool:
    """Whether words of denial are a judgement on a claim; "deny" inside what an accuser says is the other side's."""
    return span.root.lemma_.lower() not in {"deny", "denial"}


def _goes_beside(first: Judged, second: Judged) -> bool:
    """Two acts in one sentence: a small shipment admitted and more denied; an accusation with a threat."""
    pair = (first.act, second.act)
    return pair in {
        (Act.ACKNOWLEDGEMENT, Act.DENIAL),
        (Act.ACCUSATION, Act.THREAT),
        (Act.THREAT, Act.ACCUSATION),
        (Act.SANCTION, Act.ACCUSATION),
    }


def _word(act: Act, words: Mapping[Act, Span]) -> Judged:
    return Judged(act=act, cue=words[act].text, rule=f"words of {act}", confidence=BY_WORDS)


def _deed(act: Act, deed: Deed) -> Judged:
    return Judged(act=act, cue=deed.word.text, rule=f"deed: {act}", confidence=BY_DEED, doers=deed.doers or deed.makers)


def _own(doers: Sequence[str], side: str | None, camp: frozenset[str]) -> bool:
    """Whether it is the speaker's own side, or the partner that the topic's deeds are shared with."""
    return side is not None and (side in doers or (side in camp and bool(set(doers) & camp)))


def _is_theirs(deed: Deed, side: str | None, camp: frozenset[str]) -> bool:
    """A deed of a party of the topic, told by somebody of another side; or of anybody else, told by a party of the topic."""
    if deed.negated:
        return False
    if side in camp:
        return False
    return bool(set(deed.doers) & camp) or (not deed.doers and deed.armed and bool(set(deed.makers) & camp))


def _is_past(word: Token) -> bool:
    """Done, not planned: a past form, a perfect, or a past participle."""
    if word.tag_ in {"VBD", "VBN"}:
        return not any(child.lower_ in {"will", "would", "may", "might", "could"} for child in word.children)
    if word.pos_ == "NOUN":
        return True
    return any(child.tag_ == "VBD" and child.dep_ == "aux" for child in word.children)
