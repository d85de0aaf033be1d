"""What an attribution does: by its cue, by the object that decides about it, and by what is said.

A verb that performs an act decides alone. One that leans to an act, or only reports, leaves it to what is said: its words
("baseless", "will respond"), and the deeds in it, whose meaning depends on who speaks: of another side, a deed is an accusation;
of the own side, a denial where negated and an admission where not.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from spacy.language import Language
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc, Span, Token
from spacy.vocab import Vocab

from pipeline.enrich.attributions import Attribution
from pipeline.enrich.authors import RULE as AUTHOR
from pipeline.enrich.deeds import OTHER, SELF, Deed, DeedWords, Named, compile_deeds, deeds_in, is_denied
from pipeline.model import Act
from pipeline.rules import LanguageRules


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """An act together with what it was recognised by."""

    act: Act
    cue: str
    rule: str
    doers: tuple[str, ...] = ()  # sides whose deed it is about, where a deed decided


@dataclass(frozen=True, slots=True)
class ActFinder:
    """A language's words for acts, compiled once per process."""

    verbs: Mapping[str, Act]
    rejecting: frozenset[str]
    leaning: Mapping[str, Act]
    nouns: Mapping[str, Act]
    light: frozenset[str]
    claim_nouns: frozenset[str]
    refusal_nouns: frozenset[str]
    partners: frozenset[str]
    measures: frozenset[str]  # what is done against a party: "the sanctions", "the step"
    naming: frozenset[str]  # verbs that give a thing another name: "described … as"
    evasive: frozenset[str]  # subjects and verbs of sentences that answer nothing: "I have not seen it"
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
        light=frozenset(words.light_verbs),
        claim_nouns=frozenset(words.claim_nouns),
        refusal_nouns=frozenset(words.refusal_nouns),
        partners=frozenset(words.partners),
        measures=frozenset(words.measure_nouns),
        naming=frozenset(words.naming_verbs),
        evasive=frozenset(words.evasive),
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

    def in_spans(self, spans: Iterable[Span], without: frozenset[int] = frozenset()) -> dict[Act, Span]:
        """The first words of each act inside the spans; `without` are tokens that somebody else says."""
        found: dict[Act, Span] = {}
        for span in spans:
            for start, end, act in self.places:
                if span.start <= start and end <= span.end and act not in found and start not in without:
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
            if act is Act.DENIAL and _describes(doc, start, end, finder):
                continue
            if act not in TAKEN_BACK or not _taken_back(doc, start, finder.negations):
                places.add((start, end, act))
    return Heard(sorted(places))


def _describes(doc: Doc, start: int, end: int, finder: "ActFinder") -> bool:
    """`false manifests`, `the country that invented it`: the word tells of a thing that is no claim."""
    head = doc[start:end].root
    if head.dep_ == "amod":
        return head.head.lemma_.lower() not in finder.claim_nouns
    return head.pos_ == "VERB" and head.dep_ == "relcl"


def _taken_back(doc: Doc, start: int, negations: frozenset[str]) -> bool:
    return any(doc[place].lower_ in negations for place in range(max(doc[start].sent.start, start - 3), start))


# How far back, in characters, the arms may have been named that a sentence is about: some two sentences.
NEAR = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Ear:
    """What judging one text needs beside the attribution."""

    named: Named
    heard: Heard
    armed: frozenset[int]
    camp: frozenset[str]
    finder: ActFinder
    armed_places: Sequence[int] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "armed_places", sorted(self.armed))

    def is_armed_near(self, span: Span) -> bool:
        """Whether a word of the topic's subject stands in the span or shortly before it."""
        place = bisect_left(self.armed_places, span.start_char - NEAR)
        return place < len(self.armed_places) and self.armed_places[place] < span.end_char


def acts_of(attribution: Attribution, side: str | None, ear: Ear) -> list[Judged]:
    """The acts of one attribution by a speaker of this side, the main one first."""
    if attribution.negated:
        return []
    if _is_hearsay(attribution, ear.finder):
        return [each for each in _by_content(attribution, side, ear) if each.act is Act.SANCTION]
    if (by_verb := _by_verb(attribution, ear.finder)) is not None:
        return [by_verb] if _holds(by_verb.act, attribution, ear) else []
    if attribution.lemma in ear.finder.rejecting:
        rejected = _rejected(attribution, ear)
        return [rejected] if rejected else []
    by_noun = _by_noun(attribution, ear.finder)
    if by_noun is not None:
        return [by_noun]
    if side in ear.camp and _is_belittled(attribution, ear):
        return [Judged(act=Act.DENIAL, cue=attribution.cue.text, rule="a claim is called something else")]
    if side in ear.camp and _is_renamed(attribution, ear) and _object_heads(attribution.cue) & ear.finder.measures:
        return [Judged(act=Act.CRITICISM, cue=attribution.cue.text, rule="a measure is called something else")]
    return _by_content(attribution, side, ear)


def _is_hearsay(attribution: Attribution, finder: ActFinder) -> bool:
    """Inside of what another says, only verbs that perform an act, and clauses, are statements of their own."""
    performs = attribution.lemma in finder.verbs or attribution.lemma in finder.rejecting
    return (
        attribution.nested
        and not performs
        and attribution.rule in {"verb with an object", "verb with an infinitive", "verb and preposition"}
    )


def _by_verb(attribution: Attribution, finder: ActFinder) -> Judged | None:
    act = finder.verbs.get(attribution.lemma)
    if act is None or attribution.rule in {"adjective", "noun with a clause", "noun alone"}:
        return None
    return Judged(act=act, cue=attribution.cue.text, rule=f"verb of {act}: {attribution.rule}")


def _holds(act: Act, attribution: Attribution, ear: Ear) -> bool:
    """Whether the verb has its act here: `denied a visa` and `admitted a student` have not."""
    if act is Act.DENIAL:
        return not _refuses(attribution, ear.finder)
    if act is Act.DEMAND and attribution.rule == "verb and preposition":
        heads = {token.lemma_.lower() for piece in attribution.content for token in piece}
        return (
            bool(heads & ear.finder.claim_nouns)
            or any(ear.named.sides(piece) for piece in attribution.content)
            or _is_armed(attribution, ear)
        )
    if act is Act.ACKNOWLEDGEMENT:
        return attribution.rule == "verb with a clause" or _is_armed(attribution, ear) or _tells_a_deed(attribution, ear)
    return True


def _is_armed(attribution: Attribution, ear: Ear) -> bool:
    """Whether what is said names a word of the topic's subject."""
    return any(token.idx in ear.armed for piece in attribution.content for token in piece)


def _tells_a_deed(attribution: Attribution, ear: Ear) -> bool:
    """`acknowledged a small shipment`: the noun of a deed, where arms were just named."""
    named = any(token.lemma_.lower() in ear.finder.deeds.nouns | {"number"} for piece in attribution.content for token in piece)
    return named and any(ear.is_armed_near(piece) for piece in attribution.content)


def _object_heads(cue: Token) -> set[str]:
    heads = [child for child in cue.children if child.dep_ in {"dobj", "nsubjpass"} and child.tag_ not in {"WDT", "WP"}]
    if cue.dep_ == "relcl":
        heads.append(cue.head)
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
        return Judged(act=Act.DENIAL, cue=attribution.cue.text, rule="a claim is rejected")
    return None


def _is_belittled(attribution: Attribution, ear: Ear) -> bool:
    """`described the account as an excuse`: what the accused calls a claim by another name, it does not take for true."""
    return _is_renamed(attribution, ear) and bool(_object_heads(attribution.cue) & ear.finder.claim_nouns)


def _is_renamed(attribution: Attribution, ear: Ear) -> bool:
    if attribution.lemma not in ear.finder.naming or attribution.rule != "verb with an object":
        return False
    return any(child.dep_ in {"oprd", "acomp"} or child.lower_ == "as" for child in attribution.cue.children if child.i > attribution.cue.i)


def _by_noun(attribution: Attribution, finder: ActFinder) -> Judged | None:
    """`levelled accusations at …`, `Kyiv's allegations that …`: the noun performs the act."""
    if attribution.rule == "noun with a clause":
        act = finder.nouns.get(attribution.lemma)
        return None if act is None else Judged(act=act, cue=attribution.cue.text, rule="noun with a clause")
    if attribution.rule == "noun alone":
        return Judged(act=finder.nouns[attribution.lemma], cue=attribution.cue.text, rule="noun alone")
    if attribution.rule != "verb with an object" or attribution.lemma not in finder.light:
        return None
    for head in (child for child in attribution.cue.children if child.dep_ == "dobj"):
        act = finder.nouns.get(head.lemma_.lower())
        if act is not None:
            return Judged(act=act, cue=f"{attribution.cue.text} {head.text}", rule="verb and noun of an act")
    return None


def _by_content(attribution: Attribution, side: str | None, ear: Ear) -> list[Judged]:
    """What is said decides; a leaning verb has the last word."""
    spans = [*attribution.content, attribution.cue.doc[attribution.cue.i : attribution.cue.i + 1]]
    if attribution.rule == "verb with an object":
        spans.append(attribution.cue.doc[attribution.cue.i : max(piece.end for piece in attribution.content)])
    words = ear.heard.in_spans(spans, attribution.inner)
    deeds = [
        _resolved(deed, side, ear.camp)
        for piece in attribution.content
        for deed in deeds_in(piece, ear.named, ear.finder.deeds, ear.armed)
        if (deed.word.i != attribution.cue.i or attribution.rule == AUTHOR) and deed.word.i not in attribution.inner
    ]
    leaning = ear.finder.leaning.get(attribution.lemma)
    if (bidden := _bidden(attribution)) and (_is_armed(attribution, ear) or any(ear.named.sides(piece) for piece in attribution.content)):
        return [bidden]
    found = list(_candidates(words, deeds, side, leaning, ear))
    if attribution.rule == AUTHOR and not found and (denied := next((deed for deed in deeds if _is_disputed(deed, ear)), None)) is not None:
        found = [_deed(Act.DENIAL, denied)]
    if not found and leaning is not None and _leans(leaning, attribution, side, ear):
        found = [Judged(act=leaning, cue=attribution.cue.text, rule=f"verb that leans to {leaning}")]
    if not found and side in ear.camp and side is not None and (promised := _promised(attribution, side, ear)) is not None:
        found = [promised]
    if not found and (asserted := _asserted(attribution, side, ear)) is not None:
        found = [asserted]
    return found[:1] + [more for more in found[1:] if _goes_beside(found[0], more)]


def _asserted(attribution: Attribution, side: str | None, ear: Ear) -> Judged | None:
    """A plain sentence that no word gives away: what others state of the parties' arms accuses; what a party negates, it denies."""
    if attribution.rule not in ASSERTING:
        return None
    verb = _main_verb(attribution)
    if verb is None or any(child.dep_ == "aux" and child.lower_ in MODALS for child in verb.children):
        return None
    negated = is_denied(verb, ear.finder.deeds)
    if side in ear.camp:
        return Judged(act=Act.DENIAL, cue=verb.text, rule="negated by the accused") if negated and _concerns(verb, side, ear) else None
    parties = [each for piece in attribution.content for each in ear.named.sides(piece) if each in ear.camp]
    if negated or not parties or verb.lemma_.lower() in ear.finder.deeds.war | ear.finder.deeds.wishes or _is_judgement(verb):
        return None
    if not any(ear.is_armed_near(piece) for piece in attribution.content):
        return None
    return Judged(act=Act.ACCUSATION, cue=verb.text, rule="stated of a party", doers=tuple(_subjects(verb, ear)))


# Frames in which a whole sentence is said.
ASSERTING = frozenset({"verb with a clause", "quotation beside the verb", "clause around the verb", "according to", "quotation goes on"})
MODALS = frozenset({"will", "would", "may", "might", "could", "should", "can", "must", "shall", "'ll", "'d"})


def _promised(attribution: Attribution, side: str, ear: Ear) -> Judged | None:
    """`will help Iran to restore …`, `intend to go on meeting`: what a party will do for its partner is support."""
    verb = _main_verb(attribution, bare=True) if attribution.rule in ASSERTING else None
    if verb is None or is_denied(verb, ear.finder.deeds):
        return None
    coming = any(child.dep_ == "aux" and child.lower_ in FUTURE for child in verb.children) or verb.lemma_ in {"intend", "continue"}
    sides = {each for piece in attribution.content for each in ear.named.sides(piece)}
    partners = any(token.lemma_.lower() in ear.finder.partners for piece in attribution.content for token in piece)
    if not coming or sides - ear.camp or not (sides - {side} or partners):
        return None
    return Judged(act=Act.SUPPORT, cue=verb.text, rule="promised to a partner")


FUTURE = frozenset({"will", "shall", "'ll", "would"})


def _main_verb(attribution: Attribution, *, bare: bool = False) -> Token | None:
    """The finite verb of what is said; none in a fragment, a question, or an infinitive. `bare`: one behind a modal too."""
    root = max(attribution.content, key=len).root
    tags = {"VBD", "VBZ", "VBP", "VBN", "VBG"} | ({"VB"} if bare else set())
    if root.pos_ not in {"VERB", "AUX"} or root.tag_ not in tags or root.i in attribution.inner:
        return None
    if any(child.dep_ == "mark" and child.lower_ in {"if", "whether", "unless"} for child in root.children):
        return None
    last = root.sent[-1]
    return None if last.text in {"?", "”", '"'} and "?" in {last.text, last.nbor(-1).text} else root


def _subjects(verb: Token, ear: Ear) -> list[str]:
    subjects = [child for child in verb.children if child.dep_ in {"nsubj", "nsubjpass"}]
    spans = (child.doc[child.left_edge.i : child.right_edge.i + 1] for child in subjects)
    return [side for span in spans for side in ear.named.sides(span) if side in ear.camp]


def _concerns(verb: Token, side: str, ear: Ear) -> bool:
    """Whether a sentence is about the speaker's own side: it or its partner is the subject, or nobody is and arms are named."""
    subjects = [child for child in verb.children if child.dep_ in {"nsubj", "nsubjpass", "expl", "attr"}]
    if any(child.lower_ in ear.finder.evasive for child in subjects) or verb.lemma_.lower() in ear.finder.evasive or _has_nothing_to(verb):
        return False
    if any(child.lower_ in ear.finder.deeds.self | ear.finder.deeds.other for child in subjects) or _subjects(verb, ear):
        return True
    return ear.is_armed_near(verb.doc[verb.left_edge.i : verb.right_edge.i + 1])


def _is_judgement(verb: Token) -> bool:
    """`is dangerous`, `are partners`: an opinion, no deed."""
    return verb.lemma_ == "be" and any(child.dep_ in {"acomp", "attr"} for child in verb.children)


def _has_nothing_to(verb: Token) -> bool:
    """`had nothing to add`, `was not going to answer`: no claim is disputed."""
    objects = [child for child in verb.children if child.dep_ in {"dobj", "attr", "acomp"}]
    return (verb.lemma_ == "go" and any(child.dep_ == "xcomp" for child in verb.children)) or any(
        part.dep_ in {"acl", "relcl", "xcomp"} for child in objects for part in child.children
    )


def _bidden(attribution: Attribution) -> Judged | None:
    """`"Stop supplying Russia," she told …`: an imperative is a demand."""
    root = attribution.content[0].root
    if (
        root.tag_ != "VB"
        or root.dep_ in {"xcomp", "pcomp"}
        or any(child.dep_ in {"nsubj", "nsubjpass", "aux", "mark"} for child in root.children)
    ):
        return None
    return Judged(act=Act.DEMAND, cue=root.text, rule="imperative")


def _resolved(deed: Deed, side: str | None, camp: frozenset[str]) -> Deed:
    """Pronouns as sides: "we" is the speaker's; "it" and "they" are the speaker's where that is a party of the topic, else the parties'."""
    doers: list[str] = []
    for doer in deed.doers:
        if doer == SELF:
            doers += [side] if side else []
        elif doer == OTHER:
            doers += [side] if side in camp and side is not None else sorted(camp) if deed.armed else []
        else:
            doers.append(doer)
    return replace(deed, doers=tuple(dict.fromkeys(doers)))


def _leans(leaning: Act, attribution: Attribution, side: str | None, ear: Ear) -> bool:
    """A leaning verb is enough only in its own frame, and where the right party is spoken of."""
    sides = [each for piece in attribution.content for each in ear.named.sides(piece)]
    if leaning is Act.ACKNOWLEDGEMENT:
        return _is_armed(attribution, ear) and (_own(tuple(sides), side, ear.camp) or (side in ear.camp and not sides))
    if leaning is Act.DEMAND:
        return attribution.rule == "verb with an infinitive" and bool(sides)
    if leaning is Act.SUPPORT:
        return attribution.rule == "verb with an infinitive" and any(each != side for each in sides)
    if leaning is Act.ACCUSATION and attribution.rule in {"verb with an object", "verb with an infinitive"}:
        return False
    if leaning is Act.CONCERN and _is_armed(attribution, ear):
        return True
    if leaning is Act.ACCUSATION and not sides:
        return side not in ear.camp and any(ear.is_armed_near(piece) for piece in attribution.content)
    return any(each != side for each in sides)


def _candidates(words: Mapping[Act, Span], deeds: Sequence[Deed], side: str | None, leaning: Act | None, ear: Ear) -> Iterable[Judged]:
    """Acts that what is said speaks for, the strongest first."""
    told = [
        deed
        for deed in deeds
        if _is_theirs(deed, side, ear) and not _is_bidden(deed.word) and (deed.word.pos_ != "NOUN" or leaning is Act.ACCUSATION)
    ]
    theirs = next(iter(told), None)
    ours = [deed for deed in deeds if _is_ours(deed, side, ear)]
    denied = next((deed for deed in ours if deed.negated and deed.armed), None)
    given = next((deed for deed in ours if _is_given(deed, leaning, ear)), None)
    lie = Act.DENIAL in words and side not in ear.camp and _is_lie(words[Act.DENIAL])
    if given is not None and (Act.DENIAL not in words or leaning is Act.ACKNOWLEDGEMENT or words[Act.DENIAL].start > given.word.i):
        yield _deed(Act.ACKNOWLEDGEMENT, given)
    if Act.DENIAL in words and not lie and not (theirs is not None and side is not None and side not in ear.camp):
        yield _word(Act.DENIAL, words)
    if denied is not None:
        yield _deed(Act.DENIAL, denied)
    if Act.SANCTION in words:
        yield _word(Act.SANCTION, words)
    if Act.THREAT in words:
        yield _word(Act.THREAT, words)
    worried = leaning is Act.CONCERN or Act.CONCERN in words
    known = theirs is not None and theirs.word.lemma_.lower() in ear.finder.deeds.verbs
    if theirs is not None and not theirs.supposed and not (worried and (theirs.possible or not theirs.armed or not known)):
        if not theirs.doers:
            theirs = replace(theirs, doers=tuple(dict.fromkeys(_parties(theirs, ear))))
        together = [doer for deed in told if len(deed.doers) > 1 for doer in deed.doers]
        yield _deed(Act.ACCUSATION, replace(theirs, doers=tuple(dict.fromkeys([*theirs.doers, *together]))))
    elif lie:
        yield replace(_word(Act.DENIAL, words), act=Act.ACCUSATION, rule="a lie of another side")
    elif Act.ACCUSATION in words and side not in ear.camp:
        yield _word(Act.ACCUSATION, words)
    for act in (Act.CONCERN, Act.CRITICISM, Act.DEMAND, Act.SUPPORT):
        if act in words and (act is not Act.DEMAND or _is_asked(words[act], side, ear)):
            yield _word(act, words)


def _is_bidden(verb: Token) -> bool:
    """`must end`, `should stop`: not done yet."""
    return any(child.dep_ == "aux" and child.lower_ in {"must", "should", "ought"} for child in verb.children)


def _is_asked(span: Span, side: str | None, ear: Ear) -> bool:
    """`must` and `should` demand something only of a party that is named as their subject."""
    modal = span[0]
    if modal.dep_ != "aux":
        return True
    subject = next((child for child in modal.head.children if child.dep_ in {"nsubj", "nsubjpass"}), None)
    if subject is None or any(child.lower_ == "all" for child in subject.children):
        return False
    sides = ear.named.sides(subject.doc[subject.left_edge.i : subject.right_edge.i + 1])
    return any(each != side for each in sides) or (not sides and subject.lower_ in {"they", "you", "it"})


def _is_lie(span: Span) -> bool:
    """Words by which one calls another a liar, or tells of the other's denial; from the accuser's side they are no denial."""
    return span.root.lemma_.lower() in {"lie", "lying"}


def _is_given(deed: Deed, leaning: Act | None, ear: Ear) -> bool:
    """A deed of the own side that is told as done, or confirmed as being done."""
    if deed.negated or deed.supposed or deed.possible or not (deed.armed or _is_for_partner(deed, ear)):
        return False
    if any(child.dep_ == "aux" and child.lower_ == "to" for child in deed.word.children):  # "to be used"
        return False
    lemma = deed.word.lemma_.lower()
    if leaning is Act.ACKNOWLEDGEMENT:
        return lemma in ear.finder.deeds.verbs or lemma in ear.finder.deeds.given
    if lemma in ear.finder.deeds.war or lemma == "use":  # own arms, used in the open, are nothing to admit
        return bool(set(deed.makers) - set(deed.doers))
    return _is_past(deed.word) and lemma in ear.finder.deeds.given


def _is_for_partner(deed: Deed, ear: Ear) -> bool:
    """`it sent Moscow a small number`: what was just named is meant."""
    clause = _clause_of(deed.word)
    return bool({*ear.named.sides(clause)} & ear.camp - {*deed.doers}) and bool({*deed.doers} & ear.camp) and ear.is_armed_near(clause)


def _clause_of(word: Token) -> Span:
    return word.doc[word.left_edge.i : word.right_edge.i + 1]


def _goes_beside(first: Judged, second: Judged) -> bool:
    """Two acts in one sentence: a small shipment admitted and more denied; an accusation with a threat."""
    return (first.act, second.act) in {
        (Act.ACKNOWLEDGEMENT, Act.DENIAL),
        (Act.DENIAL, Act.SUPPORT),
        (Act.ACCUSATION, Act.THREAT),
        (Act.THREAT, Act.ACCUSATION),
        (Act.SANCTION, Act.ACCUSATION),
    } or (
        first.act is Act.ACCUSATION
        and second.act is Act.CONCERN
        and second.cue.lower().startswith(("concern", "worri", "troubl", "alarmed", "fear"))
    )


def _word(act: Act, words: Mapping[Act, Span]) -> Judged:
    return Judged(act=act, cue=words[act].text, rule=f"words of {act}")


def _deed(act: Act, deed: Deed) -> Judged:
    return Judged(act=act, cue=deed.word.text, rule=f"deed: {act}", doers=deed.doers)


def _own(doers: Sequence[str], side: str | None, camp: frozenset[str]) -> bool:
    """Whether it is the speaker's own side, or the partner that the topic's deeds are shared with."""
    return side is not None and (side in doers or (side in camp and bool(set(doers) & camp)))


def _is_theirs(deed: Deed, side: str | None, ear: Ear) -> bool:
    """A deed of a party of the topic, told by somebody of another side; without a doer, one with a party's arms."""
    if deed.negated or side in ear.camp:
        return False
    told = deed.armed or deed.word.lemma_.lower() in ear.finder.deeds.verbs
    return bool(set(deed.doers) & ear.camp) or (not deed.doers and told and bool(_parties(deed, ear)))


def _is_disputed(deed: Deed, ear: Ear) -> bool:
    """A deed of a party that an author says was not done."""
    return deed.negated and deed.armed and (not deed.doers or bool(set(deed.doers) & ear.camp))


def _is_ours(deed: Deed, side: str | None, ear: Ear) -> bool:
    """The same from the inside: of the own side or its partner; without a doer, one with arms."""
    return _own(deed.doers, side, ear.camp) or (not deed.doers and deed.armed and side in ear.camp)


def _parties(deed: Deed, ear: Ear) -> list[str]:
    """Parties of the topic whose things a deed without a doer is about, or who are named with it."""
    span = deed.word.doc[deed.word.left_edge.i : deed.word.right_edge.i + 1]
    return [side for side in [*deed.makers, *ear.named.sides(span)] if side in ear.camp]


def _is_past(word: Token) -> bool:
    """Done, not planned: a past form, a perfect, or a past participle."""
    if word.tag_ in {"VBD", "VBN"}:
        return not any(child.lower_ in {"will", "would", "may", "might", "could"} for child in word.children)
    return word.pos_ == "NOUN" or any(child.tag_ == "VBD" and child.dep_ == "aux" for child in word.children)
