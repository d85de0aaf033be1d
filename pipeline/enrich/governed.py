"""What a cue governs: the clause, object, infinitive or quotation that is said, as stretches of the text."""

from collections.abc import Sequence

from spacy.tokens import Span, Token

from pipeline.enrich.english import (
    ASKED,
    CLAUSAL,
    GOES_ON,
    NAMES,
    OBJECTS,
    RELATIVES,
    SUBJECTS,
    VERBS,
    as_behind,
    child_of,
    is_infinitive,
    is_inverted_condition,
    is_relative,
    is_that,
    subtree,
)
from pipeline.enrich.frames import Frame, Page
from pipeline.enrich.sources import goes_with_cue
from pipeline.words import LanguageRules


def lends(verb: Token, words: LanguageRules) -> bool:
    """`issued a denial`, `traded accusations`: a verb that lends its subject to the noun of an act."""
    return verb.lemma_.lower() in words.light_verbs and any(
        child.dep_ == "dobj" and child.lemma_.lower() in words.lent_nouns and not any(part.dep_ in CLAUSAL for part in child.children)
        for child in verb.children
    )


def governed(token: Token, lemma: str, sentence: Span, page: Page) -> tuple[tuple[Span, ...], Frame] | None:
    """What was said, as far as this sentence has it, and the frame that found it; None where the verb governs nothing."""
    frames = page.words.frames
    if lemma in frames.clause and (clause := clause_of(token, page.words)) is not None:
        pieces = _pieces(clause, token)
        return (pieces, Frame.CLAUSE) if pieces else None
    if lemma in frames.infinitive and (pieces := _infinitive(token)):
        return pieces, Frame.INFINITIVE
    if lemma in frames.preposition and (pieces := _prepositional(token, lemma)):
        return pieces, Frame.PREPOSITION
    if (lemma in frames.object or lends(token, page.words)) and (pieces := _object(token)):
        return pieces, Frame.OBJECT
    return _elsewhere(token, sentence, page) if lemma in frames.clause else None


def _elsewhere(token: Token, sentence: Span, page: Page) -> tuple[tuple[Span, ...], Frame] | None:
    """What a verb that takes a clause says though the parse has hung nothing on it."""
    quotation = _nearest_quotation(token, sentence, page)
    if quotation is not None:
        return (quotation,), Frame.BESIDE
    if pieces := _around(token, sentence):
        return pieces, Frame.AROUND
    if pieces := _that_clause(token, sentence):
        return pieces, Frame.CLAUSE
    return None


def clause_of(token: Token, words: LanguageRules) -> Token | None:
    """The clause that a verb governs: with a finite verb, or a gerund (`denied supplying …`)."""
    clauses = [
        child
        for child in token.children
        if child.dep_ == "ccomp"
        or (child.dep_ == "xcomp" and _is_gerund(child) and child.i > token.i and token.lemma_ not in words.aspects)
    ]
    return next((child for child in clauses if len(list(child.subtree)) > 1 and not is_inverted_condition(child)), None)


def _is_gerund(verb: Token) -> bool:
    """`watering`, `having watered`."""
    return verb.tag_ == "VBG" or any(child.dep_ == "aux" and child.tag_ == "VBG" for child in verb.children)


def _that_clause(token: Token, sentence: Span) -> tuple[Span, ...]:
    """`says the same day that …`: a clause behind a few words that the parse has hung on one of them."""
    for other in token.doc[token.i + 1 : min(sentence.end, token.i + 9)]:
        if is_that(other) and other.i + 2 < sentence.end:
            return (_trim(token.doc[other.i : sentence.end]),)
        if other.is_punct or other.pos_ in VERBS:
            break
    return ()


def _infinitive(token: Token) -> tuple[Span, ...]:
    """`urged Iran to stop`: the object with the infinitive behind it."""
    verb = next((child for child in token.children if child.dep_ in {"xcomp", "ccomp"} and is_infinitive(child)), None)
    if verb is None:
        return ()
    before = [child for child in token.children if child.i > token.i and (child.dep_ in {"dobj", "dative"} or child.lower_ in ASKED)]
    start = min((child.left_edge.i for child in before), default=verb.left_edge.i)
    return (token.doc[min(start, verb.left_edge.i) : verb.right_edge.i + 1],)


def _prepositional(token: Token, lemma: str) -> tuple[Span, ...]:
    preposition = lemma.rsplit(maxsplit=1)[-1]
    pieces = [child for child in token.children if child.lower_ == preposition and child.i > token.i]
    with_object = [child for child in pieces if any(part.dep_ in {"pobj", "pcomp"} for part in child.children)]
    if with_object:
        last = max(child.right_edge.i for child in token.children if child.i >= with_object[0].i and child.dep_ in {"prep", "xcomp", "prt"})
        return (token.doc[with_object[0].i + 1 : max(last, with_object[0].right_edge.i) + 1],)
    objects = [child for child in token.children if child.dep_ == "dobj" and child.i > token.i]
    return (subtree(objects[0]),) if pieces and objects else ()


def _object(token: Token) -> tuple[Span, ...]:
    """From the object to the end of the phrases that go on from it."""
    objects = [child for child in token.children if child.dep_ in OBJECTS and child.lower_ not in RELATIVES]
    if not objects:
        as_something = as_behind(token)
        return _antecedent(token) or ((token.doc[as_something.i : token.right_edge.i + 1],) if as_something is not None else ())
    pieces = [subtree(child) for child in objects]
    behind = [child for child in token.children if child.i > token.i and child.dep_ in {"prep", "oprd", "xcomp", "acl"}]
    last = max(
        [child.right_edge.i for child in behind if child.lower_ in GOES_ON or child.dep_ in {"oprd", "xcomp"}], default=pieces[-1].end - 1
    )
    if pieces[-1].start > token.i:
        return (*pieces[:-1], token.doc[pieces[-1].start : max(last, pieces[-1].end - 1) + 1])
    return (*pieces, token.doc[token.i + 1 : last + 1]) if last > token.i else tuple(pieces)


def _antecedent(token: Token) -> tuple[Span, ...]:
    """`a claim that Tehran rejects`: the noun that a relative clause hangs on."""
    subject = child_of(token, ("nsubj",))
    if token.dep_ != "relcl" or subject is None or is_relative(subject):
        return ()
    noun = token.head
    return (noun.doc[noun.left_edge.i : noun.i + 1],) if noun.pos_ in NAMES else ()


def _nearest_quotation(token: Token, sentence: Span, page: Page) -> Span | None:
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
        return stretches([other for other in sentence if other.i not in own])
    return ()


def _is_parenthesis(token: Token, sentence: Span) -> bool:
    """Subject and verb stand between commas, or end the sentence behind one."""
    subject = child_of(token, SUBJECTS)
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
        if goes_with_cue(verb):
            inside -= set(range(verb.left_edge.i, verb.right_edge.i + 1))
    own = {cue.i} | {
        part.i
        for child in cue.children
        if child.i != clause.i and child.i not in {other.i for other in clause.ancestors}
        for part in child.subtree
        if clause.left_edge.i < child.i < clause.right_edge.i
    }
    return stretches([clause.doc[number] for number in sorted(inside - own)])


def stretches(tokens: Sequence[Token]) -> tuple[Span, ...]:
    """Stretches of neighbouring tokens, without punctuation and white space at their ends; single words are left out."""
    found: list[tuple[int, int]] = []
    for token in tokens:
        if found and token.i == found[-1][1]:
            found[-1] = (found[-1][0], token.i + 1)
        else:
            found.append((token.i, token.i + 1))
    trimmed = [_trim(tokens[0].doc[start:end]) for start, end in found] if tokens else []
    return tuple(span for span in trimmed if len(span) > 1)


def _trim(span: Span) -> Span:
    start, end = span.start, span.end
    while start < end and (span.doc[start].is_space or span.doc[start].text in {",", ";", "—", "–", "-", "."}):
        start += 1
    while end > start and (span.doc[end - 1].is_space or span.doc[end - 1].text in {",", ";", "—", "–", "."}):
        end -= 1
    return span.doc[start:end]
