"""Reported speech: who is the source, which word says so, and what was said. Acts and topics do not matter here yet.

Works on spaCy's dependency parse with four frames of verbs (a clause or quotation; an object; an infinitive; a preposition),
nouns that take a that-clause, "according to", and "Name: words". Cues inside quotation marks belong to what is said and are
passed over. What is said takes in the whole of a quotation that it touches, and the quoted sentences that go on behind it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from spacy.tokens import Doc, Span, Token

from pipeline.enrich.english import (
    ABOUT,
    CLAUSAL,
    FINITE,
    NAMES,
    SUBJECTS,
    VERBS,
    begins_with_that,
    child_of,
    has_that,
    is_infinitive,
    is_question_word,
    subtree,
)
from pipeline.enrich.frames import LESS_THAN_CLAUSE, Attribution, Frame, Page, quoted_tokens
from pipeline.enrich.governed import clause_of, governed, lends, stretches
from pipeline.enrich.sentences import Quotation
from pipeline.enrich.sources import is_negated, is_open, owner_of, source_of
from pipeline.model import Act
from pipeline.words import LanguageRules


def attributions(doc: Doc, sentences: Sequence[Span], quotations: Sequence[Quotation], words: LanguageRules) -> list[Attribution]:
    """All attributions, in the order of their cues."""
    text = doc.text
    left_open = frozenset(quotation.end for quotation in quotations if text.startswith("\n", quotation.end))
    page = Page(doc, text, sentences, quoted_tokens(doc, quotations), left_open, words)
    found: list[Attribution] = []
    for number, sentence in enumerate(sentences):
        here: list[Attribution] = []
        for token in sentence:
            if token.i not in page.quoted:
                here += _at(token, number, sentence, page)
        found += _nest([_widened(each, page) for each in here if each.content], words)
    return found


def _at(token: Token, number: int, sentence: Span, page: Page) -> Iterator[Attribution]:
    """The attribution whose cue is this token, if it is one."""
    if token.i + 1 < len(page.doc) and f"{token.lower_} {page.doc[token.i + 1].lower_}" in page.words.according_to:
        yield from _by_preposition(token, number, sentence, page)
        return
    if (aside := _aside(token, sentence, page.words)) is not None:
        yield _by_aside(token, aside, number, sentence, page)
    elif (
        token.lower_ in page.words.adjectives
        and token.pos_ in {"ADJ", "VERB"}
        and token.dep_ in {"acomp", "ROOT", "conj", "ccomp", "advcl", "acl", "oprd"}
    ):
        yield from _by_adjective(token, number, page.words)
    elif token.pos_ in VERBS and not _is_bystanding(token):
        yield from _by_verb(token, number, sentence, page)
    elif token.pos_ == "NOUN" and token.lemma_.lower() in page.words.telling_nouns:
        yield from _by_noun(token, number, page.words)
    elif token.text == ":" and token.i not in (sentence.start, sentence.end - 1):
        yield from _by_colon(token, number, sentence)


def _by_aside(token: Token, aside: Span, number: int, sentence: Span, page: Page) -> Attribution:
    """All of the sentence but the aside is what its name says."""
    return Attribution(
        lemma=token.lemma_.lower(),
        cue=token,
        source=aside.root if aside.root.pos_ in NAMES else next((part for part in reversed(aside) if part.pos_ in NAMES), None),
        content=stretches([other for other in sentence if not aside.start <= other.i <= max(token.i, aside.end - 1)]),
        sentence=number,
        frame=Frame.AROUND,
        negated=is_negated(token, page.words) or is_open(token, sentence),
    )


def _by_verb(token: Token, number: int, sentence: Span, page: Page) -> Iterator[Attribution]:
    """What a verb governs, with its particle or preposition where that is known."""
    for lemma in _lemmas(token, page.words):
        found = governed(token, lemma, sentence, page)
        if found is not None:
            content, frame = found
            # "Wrote, citing officials, that …": what is cited is no clause.
            cites = frame is Frame.CLAUSE and _is_citing(token, page.words)
            cue = token.head if cites else token
            yield Attribution(
                lemma=cue.lemma_.lower() if cites else lemma,
                cue=cue,
                source=source_of(cue, page.words),
                content=content,
                sentence=number,
                frame=frame,
                negated=is_negated(cue, page.words) or is_open(cue, sentence),
            )
            return


def _is_citing(token: Token, words: LanguageRules) -> bool:
    above = token.head
    return token.lemma_ in words.citing and token.dep_ == "advcl" and above.pos_ in VERBS and child_of(token, ("dobj",)) is not None


def _is_bystanding(token: Token) -> bool:
    """`Asked about drones, …`: a participle that tells what somebody else did to the speaker."""
    return token.tag_ == "VBN" and token.dep_ in {"advcl", "amod"} and not any(child.dep_ in {"aux", "auxpass"} for child in token.children)


def _lemmas(token: Token, words: LanguageRules) -> Iterator[str]:
    """The verb with its particle or preposition where that is known, then alone."""
    lemma = token.lemma_.lower()
    for child in token.children:
        if child.i > token.i and child.dep_ in {"prt", "prep", "advmod", "dobj", "acomp", "agent", "ccomp", "xcomp"}:
            with_child = f"{lemma} {child.lower_}"
            for further in token.children:
                if further.i > child.i and f"{with_child} {further.lower_}" in words.frames.phrasal:
                    yield f"{with_child} {further.lower_}"
            if with_child in words.frames.phrasal:
                yield with_child
    if lemma in words.frames.reporting or lemma in words.frames.infinitive or lends(token, words):
        yield lemma


def _aside(token: Token, sentence: Span, words: LanguageRules) -> Span | None:
    """`…, the White House alleged on Friday, …`: a verb in an aside with the name before it, whatever the parse made of them."""
    if token.lemma_.lower() not in words.frames.clause or clause_of(token, words) is not None:
        return None
    doc = token.doc
    if token.tag_ not in FINITE | {"VBN"} or token.i <= sentence.start + 3:
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


def _by_adjective(adjective: Token, number: int, words: LanguageRules) -> Iterator[Attribution]:
    """`is worried about …`, `was confident that …`: what the adjective governs, or it alone with its adverbs."""
    copula = adjective if adjective.pos_ == "VERB" or adjective.dep_ == "ROOT" else adjective.head
    subject = next((child for child in [*copula.children, *adjective.children] if child.dep_ in SUBJECTS), None)
    if subject is None or is_question_word(subject) or subject.tag_ == "EX":
        return
    governed = [child for child in adjective.children if child.i > adjective.i and child.dep_ in {"ccomp", "prep", "xcomp", "acl", "agent"}]
    content = tuple(subtree(child) for child in governed[:1]) or (adjective.doc[adjective.i : adjective.i + 1],)
    yield Attribution(
        lemma=adjective.lower_,
        cue=adjective,
        source=subject,
        content=content,
        sentence=number,
        frame=Frame.ADJECTIVE,
        negated=is_negated(copula, words) or is_negated(adjective, words) or is_open(copula, copula.sent),
    )


def _by_noun(noun: Token, number: int, words: LanguageRules) -> Iterator[Attribution]:
    """`the claim that …`; a noun of an act is enough with what it is about: `Kyiv's plea for …`, `the threat to retaliate`."""
    clauses = [child for child in noun.children if child.i > noun.i and child.dep_ in CLAUSAL]
    that = _of_the_verb(noun) or next((child for child in clauses if has_that(child)), None)
    owner = owner_of(noun, words)
    about = that
    if about is None and owner is not None and noun.lemma_.lower() in words.plain_nouns:
        about = next((child for child in noun.children if child.i > noun.i and _is_about(child, words)), None)
    alone = about is None and noun.lemma_.lower() in words.nouns[Act.DENIAL] and owner is not None and owner.i > noun.i
    if about is None and not alone:
        return
    yield Attribution(
        lemma=noun.lemma_.lower(),
        cue=noun,
        source=owner,
        content=(subtree(about if about is not None else noun),),
        sentence=number,
        frame=Frame.NOUN_ALONE if about is None else Frame.NOUN_WITH_CLAUSE,
        negated=False,
    )


def _of_the_verb(noun: Token) -> Token | None:
    """`denied Kyiv's accusation that …`: the noun's clause, which the parse has hung on the verb."""
    if noun.dep_ != "dobj":
        return None
    behind = (
        child for child in noun.head.children if child.i > noun.i and child.dep_ == "ccomp" and child.left_edge.i == noun.right_edge.i + 1
    )
    return next((child for child in behind if begins_with_that(child)), None)


def _is_about(child: Token, words: LanguageRules) -> bool:
    """What a noun of an act governs beside its owner: an infinitive, or what it is about."""
    if child.dep_ == "acl":
        return is_infinitive(child)
    return (child.dep_ == "prep" and child.lower_ in ABOUT) or f"{child.head.lemma_} {child.lower_}" in words.nouns_about


def _by_preposition(token: Token, number: int, sentence: Span, page: Page) -> Iterator[Attribution]:
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
        content=stretches([other for other in sentence if other.i not in own]),
        sentence=number,
        frame=Frame.ACCORDING_TO,
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
            content=stretches(list(sentence.doc[colon.i + 1 : sentence.end])),
            sentence=number,
            frame=Frame.COLON,
            negated=False,
        )


def _nest(found: Sequence[Attribution], words: LanguageRules) -> list[Attribution]:
    """Marks what is said inside of what another says, so that each deed is told by one speaker only."""
    placed = []
    for each in found:
        outer = [other for other in found if other is not each and _holds(other, each.cue)]
        inner = [other for other in found if other not in outer and other is not each and _holds(each, other.cue) and _tells(other, words)]
        tokens = frozenset(token.i for other in inner for piece in other.content for token in piece) | {other.cue.i for other in inner}
        nearest = min((other.cue.i for other in outer), key=lambda place: abs(place - each.cue.i), default=None)
        placed.append(replace(each, nested=bool(outer), outer=nearest, inner=tokens))
    return placed


def _holds(outer: Attribution, cue: Token) -> bool:
    return any(piece.start <= cue.i < piece.end for piece in outer.content)


def _tells(nested: Attribution, words: LanguageRules) -> bool:
    """Whether a nested attribution is a statement of its own: it performs an act, or has a clause."""
    return nested.lemma in words.performing or nested.frame not in LESS_THAN_CLAUSE


def _widened(found: Attribution, page: Page) -> Attribution:
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
    if found.frame in {Frame.BESIDE, Frame.AROUND} or any(
        piece.start < span.end and span.start < piece.end for piece in pieces for span in more.values()
    ):
        pieces += [
            span
            for span in more.values()
            if not any(piece.start < span.end and span.start < piece.end for piece in pieces) and _speaks_alone(found, own, page)
        ]
        pieces += _going_on(found, page)
    return replace(found, content=tuple(sorted(pieces, key=lambda span: span.start)))


def _speaks_alone(found: Attribution, sentence: Span, page: Page) -> bool:
    """Whether every quotation of the sentence is this source's: no other verb outside of quotation marks governs one."""
    others = [
        token
        for token in sentence
        if token.i != found.cue.i
        and token.i not in page.quoted
        and token.lemma_.lower() in page.words.frames.clause
        and token.pos_ in VERBS
    ]
    return all(other.dep_ in {"conj", "advcl", "xcomp", "acl"} for other in others)


def _going_on(found: Attribution, page: Page) -> list[Span]:
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
