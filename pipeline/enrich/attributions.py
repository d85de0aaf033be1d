"""Reported speech: who is the source, which word says so, and what was said. Acts and topics do not matter here yet.

Works on spaCy's dependency parse with four frames of verbs (a clause or quotation; an object; an infinitive; a preposition),
nouns that take a that-clause, "according to", and "Name: words". Cues inside quotation marks belong to what is said and are
passed over. What is said takes in the whole of a quotation that it touches, and the quoted sentences that go on behind it.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from spacy.tokens import Doc, Span, Token

from pipeline.enrich.sentences import Quotation
from pipeline.model import Act
from pipeline.rules import LanguageRules

SUBJECTS = frozenset({"nsubj", "nsubjpass", "csubj"})
OBJECTS = frozenset({"dobj", "nsubjpass", "oprd", "attr"})
# Prepositions by which an object goes on: "accused X of …", "dismissed Y as …".
GOES_ON = frozenset({"of", "for", "as", "about", "over", "on", "in", "to", "with", "against", "that", "by", "from"})
VERBS = frozenset({"VERB", "AUX"})
NAMES = frozenset({"NOUN", "PROPN", "PRON"})
# What a noun says itself, and needs no verb for.
CLAUSAL = frozenset({"acl", "ccomp", "relcl"})
# Verbs behind which a gerund is the deed itself, not what is said.
ASPECTS = frozenset({"begin", "continue", "start", "stop", "keep", "go", "finish"})
QUOTES = frozenset({'"', "”", "’", "''", "»", "'"})


@dataclass(frozen=True, slots=True)
class Frames:
    """Verb lemmas, with their particle or preposition where they have one, by what they govern."""

    clause: frozenset[str]
    object: frozenset[str]
    infinitive: frozenset[str]
    preposition: frozenset[str]
    adjectives: frozenset[str]
    nouns: frozenset[str]
    according: frozenset[str]
    phrasal: frozenset[str]  # every verb of more than one word
    light: frozenset[str]
    negative: frozenset[str]
    wishes: frozenset[str]
    acts: frozenset[str]  # nouns that are acts, and need no that-clause
    lent: frozenset[str]  # nouns that are an act with a light verb: "issued a denial"
    alone: frozenset[str]  # nouns that tell an act with nothing but who made it: "a denial from Moscow"
    disputing: frozenset[str]  # those of accusations and denials: only somebody can do that
    performing: frozenset[str]  # verbs that perform an act whatever they govern


def compile_frames(words: LanguageRules) -> Frames:
    frames = words.frames
    whole = {*frames.clause, *frames.object, *frames.infinitive, *frames.preposition}
    return Frames(
        clause=frozenset(frames.clause),
        object=frozenset(frames.object),
        infinitive=frozenset(frames.infinitive),
        preposition=frozenset(frames.preposition),
        adjectives=frozenset(words.adjectives),
        nouns=frozenset(noun for nouns in words.nouns.values() for noun in nouns) | frozenset(words.neutral_nouns),
        according=frozenset(phrase.split()[0] for phrase in words.according_to),
        phrasal=frozenset(verb for verb in whole if " " in verb),
        light=frozenset(words.light_verbs),
        negative=frozenset(words.negative_verbs),
        wishes=frozenset(words.wishes) | {"call", "press", "require"},
        disputing=frozenset(verb for act in (Act.ACCUSATION, Act.DENIAL) for verb in (*words.acts[act].verbs, *words.acts[act].rejecting)),
        performing=frozenset(verb for block in words.acts.values() for verb in (*block.verbs, *block.rejecting)),
        lent=frozenset(words.lent_nouns),
        alone=frozenset(words.nouns[Act.DENIAL]),
        acts=frozenset(noun for act, nouns in words.nouns.items() for noun in nouns if act is not Act.ACCUSATION),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """One report of speech. Tokens are those of the document; `content` may be in several pieces and in several sentences."""

    lemma: str  # of the cue, with its particle or preposition
    cue: Token
    source: Token | None  # the head of the noun phrase that speaks
    content: tuple[Span, ...]
    sentence: int  # the number of the cue's sentence
    rule: str
    negated: bool
    nested: bool = False  # stands inside what another attribution of the sentence says
    outer: int | None = None  # that one's cue, as a token number
    inner: frozenset[int] = frozenset()  # tokens of the content that a nested attribution says


@dataclass(frozen=True, slots=True)
class _Page:
    """What finding needs to know of one text."""

    doc: Doc
    text: str  # the document's: it would put it together anew each time
    sentences: Sequence[Span]
    quoted: Mapping[int, Span]  # token number to the quotation, marks included, that it stands in
    left_open: frozenset[int]  # where a paragraph ends within a quotation
    frames: Frames


def attributions(doc: Doc, sentences: Sequence[Span], quotations: Sequence[Quotation], frames: Frames) -> list[Attribution]:
    """All attributions, in the order of their cues."""
    text = doc.text
    left_open = frozenset(quotation.end for quotation in quotations if text.startswith("\n", quotation.end))
    page = _Page(doc, text, sentences, quoted_tokens(doc, quotations), left_open, frames)
    found: list[Attribution] = []
    for number, sentence in enumerate(sentences):
        here: list[Attribution] = []
        for token in sentence:
            if token.i not in page.quoted:
                here += _at(token, number, sentence, page)
        found += _nest([_widened(each, page) for each in here if each.content], frames)
    return found


def quoted_tokens(doc: Doc, quotations: Sequence[Quotation]) -> dict[int, Span]:
    """Token number to the quotation that it stands in, its marks included. Scare quotes of one or two words do not count."""
    inside: dict[int, Span] = {}
    starts = [token.idx for token in doc]
    for quotation in quotations:
        first, last = bisect_left(starts, quotation.start), bisect_left(starts, quotation.end)
        if last - first > 2:
            whole = doc[max(0, first - 1) : min(len(doc), last + 1)]
            inside |= dict.fromkeys(range(first, last), whole)
    return inside


def _at(token: Token, number: int, sentence: Span, page: _Page) -> Iterator[Attribution]:
    """The attribution whose cue is this token, if it is one."""
    if token.lower_ in page.frames.according and token.i + 1 < len(page.doc) and page.doc[token.i + 1].lower_ == "to":
        yield from _by_preposition(token, number, sentence, page)
        return
    if token.lemma_.lower() in page.frames.clause and _clause(token) is None and (aside := _aside(token, sentence)) is not None:
        yield Attribution(
            lemma=token.lemma_.lower(),
            cue=token,
            source=aside.root if aside.root.pos_ in NAMES else next((part for part in reversed(aside) if part.pos_ in NAMES), None),
            content=_runs([other for other in sentence if not aside.start <= other.i <= max(token.i, aside.end - 1)]),
            sentence=number,
            rule="clause around the verb",
            negated=is_negated(token, page.frames) or is_open(token, sentence),
        )
        return
    if (
        token.lower_ in page.frames.adjectives
        and token.pos_ in {"ADJ", "VERB"}
        and token.dep_ in {"acomp", "ROOT", "conj", "ccomp", "advcl", "acl", "oprd"}
    ):
        yield from _by_adjective(token, number, page.frames)
    elif token.pos_ in VERBS and not _is_bystanding(token):
        for lemma in _lemmas(token, page.frames):
            content, rule = _governed(token, lemma, sentence, page)
            if content and rule == "verb with a clause" and _is_citing(token):
                token = token.head  # "wrote, citing officials, that …": what is cited is no clause
                lemma = token.lemma_.lower()  # noqa: PLW2901
            if content:
                yield Attribution(
                    lemma=lemma,
                    cue=token,
                    source=source_of(token),
                    content=content,
                    sentence=number,
                    rule=rule,
                    negated=is_negated(token, page.frames) or is_open(token, sentence),
                )
                return
    elif token.pos_ == "NOUN" and token.lemma_.lower() in page.frames.nouns:
        yield from _by_noun(token, number, page.frames)
    elif token.text == ":" and token.i not in (sentence.start, sentence.end - 1):
        yield from _by_colon(token, number, sentence)


def _is_citing(token: Token) -> bool:
    above = token.head
    return (
        token.lemma_ in {"cite", "quote"}
        and token.dep_ == "advcl"
        and above.pos_ in VERBS
        and any(child.dep_ in {"dobj"} for child in token.children)
    )


def _is_bystanding(token: Token) -> bool:
    """`Asked about drones, …`: a participle that tells what somebody else did to the speaker."""
    return token.tag_ == "VBN" and token.dep_ in {"advcl", "amod"} and not any(child.dep_ in {"aux", "auxpass"} for child in token.children)


def _lemmas(token: Token, frames: Frames) -> Iterator[str]:
    """The verb with its particle or preposition where that is known, then alone."""
    lemma = token.lemma_.lower()
    for child in token.children:
        if child.i > token.i and child.dep_ in {"prt", "prep", "advmod", "dobj", "acomp", "agent", "ccomp", "xcomp"}:
            with_child = f"{lemma} {child.lower_}"
            for further in token.children:
                if further.i > child.i and f"{with_child} {further.lower_}" in frames.phrasal:
                    yield f"{with_child} {further.lower_}"
            if with_child in frames.phrasal:
                yield with_child
    if lemma in frames.clause or lemma in frames.object or lemma in frames.infinitive or _lends(token, frames):
        yield lemma


def _lends(verb: Token, frames: Frames) -> bool:
    """`issued a denial`, `traded accusations`: a verb that lends its subject to the noun of an act."""
    return verb.lemma_.lower() in frames.light and any(
        child.dep_ == "dobj" and child.lemma_.lower() in frames.lent and not any(part.dep_ in CLAUSAL for part in child.children)
        for child in verb.children
    )


def _governed(token: Token, lemma: str, sentence: Span, page: _Page) -> tuple[tuple[Span, ...], str]:
    """What was said, as far as this sentence has it, and the frame that found it."""
    frames = page.frames
    if lemma in frames.clause and (clause := _clause(token)) is not None:
        return _pieces(clause, token), "verb with a clause"
    if lemma in frames.infinitive and (pieces := _infinitive(token)):
        return pieces, "verb with an infinitive"
    if lemma in frames.preposition and (pieces := _prepositional(token, lemma)):
        return pieces, "verb and preposition"
    if (lemma in frames.object or _lends(token, frames)) and (pieces := _object(token)):
        return pieces, "verb with an object"
    if lemma in frames.clause:
        quotation = _nearest_quotation(token, sentence, page)
        if quotation is not None:
            return (quotation,), "quotation beside the verb"
        if pieces := _around(token, sentence):
            return pieces, "clause around the verb"
        if pieces := _that_clause(token, sentence):
            return pieces, "verb with a clause"
    return (), ""


def _clause(token: Token) -> Token | None:
    """The clause that a verb governs: with a finite verb, or a gerund (`denied supplying …`)."""
    clauses = [
        child
        for child in token.children
        if child.dep_ == "ccomp" or (child.dep_ == "xcomp" and _is_gerund(child) and child.i > token.i and token.lemma_ not in ASPECTS)
    ]
    return next((child for child in clauses if len(list(child.subtree)) > 1 and not _is_condition(child)), None)


def _is_gerund(verb: Token) -> bool:
    """`watering`, `having watered`."""
    return verb.tag_ == "VBG" or any(child.dep_ == "aux" and child.tag_ == "VBG" for child in verb.children)


def _is_condition(clause: Token) -> bool:
    """`should new transfers come to light`: an inverted condition that the parse takes for what is said."""
    return clause.doc[clause.left_edge.i].lower_ in {"should", "were", "had"} and clause.doc[clause.left_edge.i].dep_ == "aux"


def _that_clause(token: Token, sentence: Span) -> tuple[Span, ...]:
    """`says the same day that …`: a clause behind a few words that the parse has hung on one of them."""
    for other in token.doc[token.i + 1 : min(sentence.end, token.i + 9)]:
        if other.lower_ == "that" and other.pos_ in {"SCONJ", "PRON"} and other.i + 2 < sentence.end:
            return (_trim(token.doc[other.i : sentence.end]),)
        if other.is_punct or other.pos_ in VERBS:
            break
    return ()


def _aside(token: Token, sentence: Span) -> Span | None:
    """`…, the White House alleged on Friday, …`: a verb in an aside with the name before it, whatever the parse made of them."""
    doc = token.doc
    if token.tag_ not in {"VBD", "VBZ", "VBN", "VBP"} or token.i <= sentence.start + 3:
        return None
    start = token.i - 1
    while (
        start > sentence.start and token.i - start < 12 and doc[start].pos_ in {"PROPN", "NOUN", "ADJ", "DET", "PART", "PRON", "NUM", "ADP"}
    ):
        start -= 1
    if doc[start].text not in {",", "”", '"'} or start <= sentence.start + 2 or token.i - start < 2:
        return None
    end = token.i + 1
    while end < sentence.end and end - token.i < 9 and doc[end].pos_ not in {"PUNCT", "VERB", "AUX", "SCONJ"}:
        end += 1
    return doc[start + 1 : token.i] if end >= sentence.end or doc[end].is_punct else None


def _infinitive(token: Token) -> tuple[Span, ...]:
    """`urged Iran to stop`: the object with the infinitive behind it."""
    verb = next((child for child in token.children if child.dep_ in {"xcomp", "ccomp"} and _is_infinitive(child)), None)
    if verb is None:
        return ()
    before = [
        child
        for child in token.children
        if child.i > token.i and (child.dep_ in {"dobj", "dative"} or child.lower_ in {"on", "upon", "for", "to"})
    ]
    start = min((child.left_edge.i for child in before), default=verb.left_edge.i)
    return (token.doc[min(start, verb.left_edge.i) : verb.right_edge.i + 1],)


def _is_infinitive(verb: Token) -> bool:
    return any(child.lower_ == "to" and child.dep_ == "aux" for child in verb.children) or verb.tag_ == "VB"


def _prepositional(token: Token, lemma: str) -> tuple[Span, ...]:
    preposition = lemma.rsplit(maxsplit=1)[-1]
    pieces = [child for child in token.children if child.lower_ == preposition and child.i > token.i]
    with_object = [child for child in pieces if any(part.dep_ in {"pobj", "pcomp"} for part in child.children)]
    if with_object:
        last = max(child.right_edge.i for child in token.children if child.i >= with_object[0].i and child.dep_ in {"prep", "xcomp", "prt"})
        return (token.doc[with_object[0].i + 1 : max(last, with_object[0].right_edge.i) + 1],)
    objects = [child for child in token.children if child.dep_ == "dobj" and child.i > token.i]
    return (_subtree(objects[0]),) if pieces and objects else ()


def _object(token: Token) -> tuple[Span, ...]:
    """From the object to the end of the phrases that go on from it."""
    objects = [child for child in token.children if child.dep_ in OBJECTS and child.lower_ not in {"that", "which", "who"}]
    if not objects:
        as_something = next((child for child in token.children if child.lower_ == "as" and child.i > token.i), None)
        return _antecedent(token) or ((token.doc[as_something.i : token.right_edge.i + 1],) if as_something is not None else ())
    pieces = [_subtree(child) for child in objects]
    behind = [child for child in token.children if child.i > token.i and child.dep_ in {"prep", "oprd", "xcomp", "acl"}]
    last = max(
        [child.right_edge.i for child in behind if child.lower_ in GOES_ON or child.dep_ in {"oprd", "xcomp"}], default=pieces[-1].end - 1
    )
    if pieces[-1].start > token.i:
        return (*pieces[:-1], token.doc[pieces[-1].start : max(last, pieces[-1].end - 1) + 1])
    return (*pieces, token.doc[token.i + 1 : last + 1]) if last > token.i else tuple(pieces)


def _antecedent(token: Token) -> tuple[Span, ...]:
    """`a claim that Tehran rejects`: the noun that a relative clause hangs on."""
    subject = next((child for child in token.children if child.dep_ == "nsubj"), None)
    if token.dep_ != "relcl" or subject is None or subject.tag_ in {"WDT", "WP"} or subject.lower_ in {"that", "which"}:
        return ()
    noun = token.head
    return (noun.doc[noun.left_edge.i : noun.i + 1],) if noun.pos_ in NAMES else ()


def _nearest_quotation(token: Token, sentence: Span, page: _Page) -> Span | None:
    """The quotation of the verb's own sentence, else the one that ends right before it in the same paragraph."""
    own = [page.quoted[other.i] for other in sentence if other.i in page.quoted]
    if own:
        return min(own, key=lambda span: min(abs(span.start - token.i), abs(span.end - token.i)))
    before = sentence.start - 1
    if token.dep_ == "ROOT" and before > 0 and "\n" not in page.doc[before].text and before - 1 in page.quoted:
        return page.quoted[before - 1]
    return None


def _around(token: Token, sentence: Span) -> tuple[Span, ...]:
    """All of the sentence but the verb and its subject: `Moscow, he went on, was looking …`, `the plant, Kyiv says, …`."""
    if token.dep_ == "parataxis" or _is_parenthesis(token, sentence):
        own = {
            part.i
            for child in token.children
            if child.dep_ in SUBJECTS | {"prt", "neg", "aux", "npadvmod", "agent"}
            for part in child.subtree
        }
        own.add(token.i)
        return _runs([other for other in sentence if other.i not in own])
    return ()


def _is_parenthesis(token: Token, sentence: Span) -> bool:
    """Subject and verb stand between commas, or end the sentence behind one."""
    subject = next((child for child in token.children if child.dep_ in SUBJECTS), None)
    if subject is None:
        return False
    start, end = min(subject.left_edge.i, token.i), max(subject.right_edge.i, token.i)
    doc = token.doc
    behind = doc[end + 1 : sentence.end]
    aside = (
        len(behind) <= 1 or behind[0].text in {",", ".", "—", "–"} or all(other.is_punct or token.is_ancestor(other) for other in behind)
    )
    return start > sentence.start + 1 and doc[start - 1].text in {",", "—", "–", "”", '"'} and aside


def _pieces(clause: Token, cue: Token) -> tuple[Span, ...]:
    """A clause without the cue that stands inside it and what hangs on that alone."""
    inside = {part.i for part in clause.subtree}
    for verb in clause.conjuncts:
        if _goes_with_cue(verb):
            inside -= set(range(verb.left_edge.i, verb.right_edge.i + 1))
    own = {cue.i} | {
        part.i
        for child in cue.children
        if child.i != clause.i and child.i not in {other.i for other in clause.ancestors}
        for part in child.subtree
        if clause.left_edge.i < child.i < clause.right_edge.i
    }
    return _runs([clause.doc[number] for number in sorted(inside - own)])


def _goes_with_cue(verb: Token) -> bool:
    """`denied that drones had left and accused Kyiv`: a bare finite verb behind a clause with an auxiliary goes with the verb above."""
    clause = verb.head
    if verb.dep_ != "conj" or clause.dep_ != "ccomp" or verb.tag_ not in {"VBD", "VBZ", "VBP"} or verb.tag_ != clause.head.tag_:
        return False
    bare = not any(child.dep_ in {*SUBJECTS, "aux", "auxpass"} for child in verb.children)
    return bare and any(child.dep_ in {"aux", "auxpass"} for child in clause.children)


def _runs(tokens: Sequence[Token]) -> tuple[Span, ...]:
    """Stretches of neighbouring tokens, without punctuation and white space at their ends; single words are left out."""
    stretches: list[tuple[int, int]] = []
    for token in tokens:
        if stretches and token.i == stretches[-1][1]:
            stretches[-1] = (stretches[-1][0], token.i + 1)
        else:
            stretches.append((token.i, token.i + 1))
    trimmed = [_trim(tokens[0].doc[start:end]) for start, end in stretches] if tokens else []
    return tuple(span for span in trimmed if len(span) > 1)


def _trim(span: Span) -> Span:
    start, end = span.start, span.end
    while start < end and (span.doc[start].is_space or span.doc[start].text in {",", ";", "—", "–", "-", "."}):
        start += 1
    while end > start and (span.doc[end - 1].is_space or span.doc[end - 1].text in {",", ";", "—", "–", "."}):
        end -= 1
    return span.doc[start:end]


def _subtree(token: Token) -> Span:
    return token.doc[token.left_edge.i : token.right_edge.i + 1]


def _by_adjective(adjective: Token, number: int, frames: Frames) -> Iterator[Attribution]:
    """`is worried about …`, `was confident that …`: what the adjective governs, or it alone with its adverbs."""
    copula = adjective if adjective.pos_ == "VERB" or adjective.dep_ == "ROOT" else adjective.head
    subject = next((child for child in [*copula.children, *adjective.children] if child.dep_ in SUBJECTS), None)
    if subject is None or subject.tag_ in {"WDT", "WP", "EX"}:
        return
    governed = [child for child in adjective.children if child.i > adjective.i and child.dep_ in {"ccomp", "prep", "xcomp", "acl", "agent"}]
    content = tuple(_subtree(child) for child in governed[:1]) or (adjective.doc[adjective.i : adjective.i + 1],)
    yield Attribution(
        lemma=adjective.lower_,
        cue=adjective,
        source=subject,
        content=content,
        sentence=number,
        rule="adjective",
        negated=is_negated(copula, frames) or is_negated(adjective, frames) or is_open(copula, copula.sent),
    )


def _by_noun(noun: Token, number: int, frames: Frames) -> Iterator[Attribution]:
    """`the claim that …`; a noun of an act is enough with what it is about: `Kyiv's plea for …`, `the threat to retaliate`."""
    clauses = [child for child in noun.children if child.i > noun.i and child.dep_ in {"acl", "ccomp", "relcl"}]
    that = _of_the_verb(noun) or next((child for child in clauses if _has_that(child)), None)
    owner = owner_of(noun, frames)
    about = that
    if about is None and owner is not None and noun.lemma_.lower() in frames.acts:
        about = next((child for child in noun.children if child.i > noun.i and _is_about(child)), None)
    alone = about is None and noun.lemma_.lower() in frames.alone and owner is not None and owner.i > noun.i
    if about is None and not alone:
        return
    yield Attribution(
        lemma=noun.lemma_.lower(),
        cue=noun,
        source=owner,
        content=(_subtree(about if about is not None else noun),),
        sentence=number,
        rule="noun alone" if about is None else "noun with a clause",
        negated=False,
    )


def _of_the_verb(noun: Token) -> Token | None:
    """`denied Kyiv's accusation that …`: the noun's clause, which the parse has hung on the verb."""
    if noun.dep_ != "dobj":
        return None
    behind = (
        child for child in noun.head.children if child.i > noun.i and child.dep_ == "ccomp" and child.left_edge.i == noun.right_edge.i + 1
    )
    return next((child for child in behind if child.doc[child.left_edge.i].lower_ == "that"), None)


def _is_about(child: Token) -> bool:
    """What a noun of an act governs beside its owner: an infinitive, or `of`, `for`, `about`, `over`, `against`."""
    if child.dep_ == "acl":
        return _is_infinitive(child)
    return (child.dep_ == "prep" and child.lower_ in {"for", "about", "over", "against", "on"}) or (
        child.lower_ == "of" and child.head.lemma_ in {"warning", "accusation", "denial"}
    )


def _has_that(clause: Token) -> bool:
    """Introduced by `that` as a conjunction; a relative `that` is the clause's subject or object."""
    first = clause.doc[clause.left_edge.i]
    has_subject = any(child.dep_ in SUBJECTS and child.lower_ != "that" for child in clause.children)
    return any(child.lower_ == "that" and child.dep_ == "mark" for child in clause.children) or (
        first.lower_ == "that" and has_subject and first.dep_ not in {"dobj", "pobj"}
    )


def _by_preposition(token: Token, number: int, sentence: Span, page: _Page) -> Iterator[Attribution]:
    """`according to X, …`: the rest of the sentence is what X says."""
    to = page.doc[token.i + 1]
    source = next((child for child in [*to.children, *token.children] if child.dep_ == "pobj" and child.i > to.i), None)
    if source is None:
        return
    own = set(range(token.i, source.right_edge.i + 1))
    yield Attribution(
        lemma="according to",
        cue=token,
        source=source,
        content=_runs([other for other in sentence if other.i not in own]),
        sentence=number,
        rule="according to",
        negated=False,
    )


def _by_colon(colon: Token, number: int, sentence: Span) -> Iterator[Attribution]:
    """`Iran: no drones went to Russia`, as headlines and minutes have it: a short name, then what it says."""
    before = sentence.doc[sentence.start : colon.i]
    if (
        len(before) <= 4
        and all(token.pos_ in {"PROPN", "ADJ", "DET", "NOUN", "PART"} or token.is_punct for token in before)
        and any(token.pos_ == "PROPN" for token in before)
    ):
        yield Attribution(
            lemma=":",
            cue=colon,
            source=before.root,
            content=_runs(list(sentence.doc[colon.i + 1 : sentence.end])),
            sentence=number,
            rule="name and colon",
            negated=False,
        )


def _nest(found: Sequence[Attribution], frames: Frames) -> list[Attribution]:
    """Marks what is said inside of what another says, so that each deed is told by one speaker only."""
    placed = []
    for each in found:
        outer = [other for other in found if other is not each and _holds(other, each.cue)]
        inner = [other for other in found if other not in outer and other is not each and _holds(each, other.cue) and _tells(other, frames)]
        tokens = frozenset(token.i for other in inner for piece in other.content for token in piece) | {other.cue.i for other in inner}
        nearest = min((other.cue.i for other in outer), key=lambda place: abs(place - each.cue.i), default=None)
        placed.append(replace(each, nested=bool(outer), outer=nearest, inner=tokens))
    return placed


def _holds(outer: Attribution, cue: Token) -> bool:
    return any(piece.start <= cue.i < piece.end for piece in outer.content)


def _tells(nested: Attribution, frames: Frames) -> bool:
    """Whether a nested attribution is a statement of its own: it performs an act, or has a clause."""
    return nested.lemma in frames.performing or nested.rule not in {
        "verb with an object",
        "verb with an infinitive",
        "verb and preposition",
    }


def _widened(found: Attribution, page: _Page) -> Attribution:
    """Content takes in every quotation that it touches, and quoted sentences that go on behind it in the paragraph."""
    pieces = list(found.content)
    for place, piece in enumerate(pieces):
        touched = [page.quoted[token.i] for token in piece if token.i in page.quoted]
        if touched:
            start, end = min(piece.start, *(span.start for span in touched)), max(piece.end, *(span.end for span in touched))
            if not start <= found.cue.i < end:
                pieces[place] = page.doc[start:end]
    own = page.sentences[found.sentence]
    more = {(span.start, span.end): span for token in own if (span := page.quoted.get(token.i)) is not None}
    if found.rule in {"quotation beside the verb", "clause around the verb"} or any(
        piece.start < span.end and span.start < piece.end for piece in pieces for span in more.values()
    ):
        pieces += [
            span
            for span in more.values()
            if not any(piece.start < span.end and span.start < piece.end for piece in pieces) and _speaks_alone(found, own, page)
        ]
        pieces += _going_on(found, page)
    return replace(found, content=tuple(sorted(pieces, key=lambda span: span.start)))


def _speaks_alone(found: Attribution, sentence: Span, page: _Page) -> bool:
    """Whether every quotation of the sentence is this source's: no other verb outside of quotation marks governs one."""
    others = [
        token
        for token in sentence
        if token.i != found.cue.i and token.i not in page.quoted and token.lemma_.lower() in page.frames.clause and token.pos_ in VERBS
    ]
    return all(other.dep_ in {"conj", "advcl", "xcomp", "acl"} for other in others)


def _going_on(found: Attribution, page: _Page) -> list[Span]:
    """Sentences behind the cue's that are quoted from their first word to their last, in the same paragraph, or in the next where the
    quotation is left open at the end of one.
    """
    more = []
    for number, sentence in enumerate(page.sentences[found.sentence + 1 : found.sentence + 12], found.sentence):
        before = page.sentences[number].end_char
        gap = page.text.find("\n", before, sentence.start_char)
        if gap >= 0 and gap not in page.left_open:
            break
        words = [token for token in sentence if not token.is_punct and not token.is_space]
        if not words or not all(token.i in page.quoted for token in words):
            break
        more.append(page.doc[sentence.start : sentence.end])
    return more


def source_of(verb: Token, depth: int = 0) -> Token | None:
    """Who does what the verb says: its subject, a passive's agent, or who governs the verb."""
    if _goes_with_cue(verb):
        return source_of(verb.head.head, depth + 1)
    if any(child.dep_ in {"nsubjpass", "auxpass", "agent"} for child in verb.children):
        agent = next((child for child in verb.children if child.dep_ == "agent"), None)
        return None if agent is None else next((child for child in agent.children if child.dep_ == "pobj"), None)
    subject = next((child for child in verb.children if child.dep_ == "nsubj"), None) or _mistaken(verb)
    if (behind := _inverted(verb, subject)) is not None:
        return behind
    if subject is not None and subject.lower_ in {"that", "who"} and verb.head.lemma_ == "be" and verb.i != verb.head.i:
        cleft = next((child for child in verb.head.children if child.dep_ == "attr"), None)  # "it was Kyiv that accused …"
        return cleft if cleft is not None and cleft.i < verb.i else subject
    if subject is not None:
        relative = subject.tag_ in {"WDT", "WP"} or (subject.lower_ == "that" and verb.dep_ == "relcl")
        return verb.head if relative and verb.dep_ == "relcl" else subject
    return _source_above(verb, depth) if depth < 5 else None


def _mistaken(verb: Token) -> Token | None:
    """`Kyiv slams Tehran`, `In a post on X, minister Gharibabadi dismissed …`: the name before a finite verb that the parse gave no
    subject."""
    if verb.tag_ not in {"VBZ", "VBD", "VBP"} or verb.dep_ != "ROOT" or verb.i == verb.sent.start:
        return None
    before = verb.nbor(-1)
    while before.i > verb.sent.start and before.pos_ == "ADV":
        before = before.nbor(-1)
    return before if before.pos_ in {"PROPN", "ADJ", "NOUN"} and before.text[0].isupper() else None


def _inverted(verb: Token, subject: Token | None) -> Token | None:
    """`"…," said Zelensky, "…"`: the name behind a verb that a quotation mark precedes, whatever the parse took for its subject."""
    doc = verb.doc
    if verb.i == 0 or doc[verb.i - 1].text not in QUOTES or (subject is not None and subject.i > verb.i):
        return None
    place = verb.i + 1
    if place >= len(doc) or doc[place].pos_ not in {"PROPN", "DET", "NOUN", "PRON", "ADJ"} or verb.tag_ not in {"VBD", "VBZ", "VBP"}:
        return None
    while place + 1 < len(doc) and doc[place].pos_ not in {"PRON"} and doc[place + 1].pos_ in {"PROPN", "NOUN", "ADJ"}:
        place += 1
    return doc[place] if doc[place].pos_ in NAMES else None


def _source_above(verb: Token, depth: int) -> Token | None:
    head = verb.head
    if head.i == verb.i:
        return None
    if verb.dep_ == "acl" and head.pos_ == "NOUN" and (owner := next(_owners(head), None)) is not None:
        return owner  # "claims by the director accusing Iran of …"
    if verb.dep_ in {"acl", "relcl"} and head.pos_ in NAMES:
        # "Ukraine, citing …": the noun is the source; "the claim denied by …" has been read above.
        return head
    if verb.dep_ == "pcomp" and head.head.lemma_ in {"quote", "cite"}:
        return next((child for child in head.head.children if child.dep_ in {"nsubjpass", "dobj"}), None)  # "was quoted as saying"
    if verb.dep_ in {"conj", "xcomp", "advcl", "pcomp", "parataxis", "dep", "prep", "ccomp"}:
        while head.dep_ in {"prep", "mark"} and head.head.i != head.i:
            head = head.head
        return source_of(head, depth + 1) if head.pos_ in VERBS else head if head.pos_ in NAMES else None
    return None


def _owners(noun: Token) -> Iterator[Token]:
    for child in noun.children:
        if child.dep_ == "prep" and child.lower_ in {"by", "from"}:
            yield from (part for part in child.children if part.dep_ == "pobj")


def owner_of(noun: Token, frames: Frames) -> Token | None:
    """Whose claim it is: `Kyiv's allegations`, `the allegation by …`, `Western accusations`, `X issued a statement that …`."""
    for child in noun.children:
        if child.dep_ == "poss":
            return child
        if child.dep_ == "prep" and child.lower_ in {"by", "of", "from"}:
            owner = next((part for part in child.children if part.dep_ == "pobj"), None)
            if owner is not None and owner.pos_ in {"PROPN", "PRON"}:
                return owner
            if owner is not None and child.lower_ != "of":
                return owner
    if noun.dep_ == "dobj" and (owner := next(_owners(noun.head), None)) is not None:
        return owner  # "drew a denial from the ministry"
    named = next((child for child in noun.children if child.dep_ in {"amod", "compound", "nmod"} and child.text[0].isupper()), None)
    if named is not None or noun.dep_ not in {"dobj", "attr"} or noun.head.lemma_.lower() not in frames.light:
        return named
    return source_of(noun.head)


def is_negated(verb: Token, frames: Frames) -> bool:
    """`did not deny`, `neither confirmed nor denied`, `declined to confirm`, `has yet to admit`."""
    if any(child.dep_ == "neg" or child.lower_ in {"neither", "nor", "never"} for child in verb.children):
        return True
    if verb.dep_ == "conj" and verb.head.pos_ in VERBS:
        return any(child.lower_ == "neither" or (child.dep_ == "neg" and _by_or(verb)) for child in verb.head.children)
    if verb.dep_ not in {"xcomp", "pcomp"}:
        return False
    above = verb.head.head if verb.dep_ == "pcomp" else verb.head
    if verb.dep_ == "xcomp" and verb.tag_ == "VB" and above.lemma_.lower() in frames.wishes:
        return True  # "called on Iran to admit": nobody has
    if above.lemma_.lower() in frames.negative or any(child.dep_ == "neg" for child in above.children):
        return True
    return above.lemma_ == "have" and any(child.lower_ == "yet" for child in (*above.children, *verb.children))


def is_open(verb: Token, sentence: Span) -> bool:
    """Nothing was said yet: a question, `if he denies`, `may deny`, `would confirm`."""
    if any(child.dep_ == "mark" and child.lower_ in {"if", "whether", "unless"} for child in verb.children):
        return True
    if any(
        child.dep_ == "aux" and child.lower_ in {"may", "might", "could", "would", "should", "can", "will", "'ll"}
        for child in verb.children
    ):
        return True
    last = sentence[-1] if not sentence[-1].is_space else sentence[-2]
    return last.text == "?"


def _by_or(verb: Token) -> bool:
    return any(child.dep_ == "cc" and child.lower_ in {"or", "nor"} for child in verb.head.children)
