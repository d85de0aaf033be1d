"""Who is the source of a verb or a noun, and whether the verb holds: negated, asked, supposed."""

from collections.abc import Iterator

from spacy.tokens import Span, Token

from pipeline.enrich.english import (
    BY,
    FINITE,
    NAMES,
    NEITHER,
    OF,
    OR,
    SUBJECTS,
    SUPPOSING,
    UNSAID,
    VERBS,
    child_of,
    has_aux,
    has_mark,
    has_negation,
    has_word,
    is_cleft,
    is_yet_to,
    stands_for_noun,
)
from pipeline.enrich.frames import QUOTES
from pipeline.words import LanguageRules


def goes_with_cue(verb: Token) -> bool:
    """`denied that drones had left and accused Kyiv`: a bare finite verb behind a clause with an auxiliary goes with the verb above."""
    clause = verb.head
    if verb.dep_ != "conj" or clause.dep_ != "ccomp" or verb.tag_ not in FINITE or verb.tag_ != clause.head.tag_:
        return False
    bare = child_of(verb, SUBJECTS | {"aux", "auxpass"}) is None
    return bare and child_of(clause, ("aux", "auxpass")) is not None


def source_of(verb: Token, words: LanguageRules, depth: int = 0) -> Token | None:
    """Who does what the verb says: its subject, a passive's agent, or who governs the verb."""
    if goes_with_cue(verb):
        return source_of(verb.head.head, words, depth + 1)
    if child_of(verb, ("nsubjpass", "auxpass", "agent")) is not None:
        agent = child_of(verb, ("agent",))
        return None if agent is None else child_of(agent, ("pobj",))
    subject = child_of(verb, ("nsubj",)) or _mistaken(verb)
    if (behind := _inverted(verb, subject)) is not None:
        return behind
    if subject is not None and is_cleft(subject, verb):
        cleft = child_of(verb.head, ("attr",))
        return cleft if cleft is not None and cleft.i < verb.i else subject
    if subject is not None:
        return verb.head if stands_for_noun(subject, verb) and verb.dep_ == "relcl" else subject
    return _source_above(verb, words, depth) if depth < 5 else None


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
    if place >= len(doc) or doc[place].pos_ not in {"PROPN", "DET", "NOUN", "PRON", "ADJ"} or verb.tag_ not in FINITE:
        return None
    while place + 1 < len(doc) and doc[place].pos_ not in {"PRON"} and doc[place + 1].pos_ in {"PROPN", "NOUN", "ADJ"}:
        place += 1
    return doc[place] if doc[place].pos_ in NAMES else None


def _source_above(verb: Token, words: LanguageRules, depth: int) -> Token | None:
    head = verb.head
    if head.i == verb.i:
        return None
    if verb.dep_ == "acl" and head.pos_ == "NOUN" and (owner := next(_owners(head), None)) is not None:
        return owner  # "claims by the director accusing Iran of …"
    if verb.dep_ in {"acl", "relcl"} and head.pos_ in NAMES:
        # "Ukraine, citing …": the noun is the source; "the claim denied by …" has been read above.
        return head
    if verb.dep_ == "pcomp" and head.head.lemma_ in words.citing:
        return child_of(head.head, ("nsubjpass", "dobj"))  # "was quoted as saying"
    if verb.dep_ in {"conj", "xcomp", "advcl", "pcomp", "parataxis", "dep", "prep", "ccomp"}:
        while head.dep_ in {"prep", "mark"} and head.head.i != head.i:
            head = head.head
        return source_of(head, words, depth + 1) if head.pos_ in VERBS else head if head.pos_ in NAMES else None
    return None


def _owners(noun: Token) -> Iterator[Token]:
    for child in noun.children:
        if child.dep_ == "prep" and child.lower_ in BY:
            yield from (part for part in child.children if part.dep_ == "pobj")


def owner_of(noun: Token, words: LanguageRules) -> Token | None:
    """Whose claim it is: `Kyiv's allegations`, `the allegation by …`, `Western accusations`, `X issued a statement that …`."""
    for child in noun.children:
        if child.dep_ == "poss":
            return child
        if child.dep_ == "prep" and child.lower_ in OF:
            owner = child_of(child, ("pobj",))
            if owner is not None and owner.pos_ in {"PROPN", "PRON"}:
                return owner
            if owner is not None and child.lower_ in BY:
                return owner
    if noun.dep_ == "dobj" and (owner := next(_owners(noun.head), None)) is not None:
        return owner  # "drew a denial from the ministry"
    named = next((child for child in noun.children if child.dep_ in {"amod", "compound", "nmod"} and child.text[0].isupper()), None)
    if named is not None or noun.dep_ not in {"dobj", "attr"} or noun.head.lemma_.lower() not in words.light_verbs:
        return named
    return source_of(noun.head, words)


def is_negated(verb: Token, words: LanguageRules) -> bool:
    """`did not deny`, `neither confirmed nor denied`, `declined to confirm`, `has yet to admit`."""
    if has_negation(verb):
        return True
    if verb.dep_ == "conj" and verb.head.pos_ in VERBS:
        return has_word(verb.head, NEITHER) or (_by_or(verb) and child_of(verb.head, ("neg",)) is not None)
    if verb.dep_ not in {"xcomp", "pcomp"}:
        return False
    above = verb.head.head if verb.dep_ == "pcomp" else verb.head
    if verb.dep_ == "xcomp" and verb.tag_ == "VB" and above.lemma_.lower() in words.wishing:
        return True  # "called on Iran to admit": nobody has
    if above.lemma_.lower() in words.negative_verbs or child_of(above, ("neg",)) is not None:
        return True
    return is_yet_to(above, verb)


def is_open(verb: Token, sentence: Span) -> bool:
    """Nothing was said yet: a question, `if he denies`, `may deny`, `would confirm`."""
    if has_mark(verb, SUPPOSING) or has_aux(verb, UNSAID):
        return True
    last = sentence[-1] if not sentence[-1].is_space else sentence[-2]
    return last.text == "?"


def _by_or(verb: Token) -> bool:
    return any(child.dep_ == "cc" and child.lower_ in OR for child in verb.head.children)
