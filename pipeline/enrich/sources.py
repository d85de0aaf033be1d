"""Who is the source of a verb or a noun, and whether the verb holds: negated, asked, supposed."""

from collections.abc import Iterator

from spacy.tokens import Span, Token

from pipeline.enrich.frames import NAMES, QUOTES, SUBJECTS, VERBS
from pipeline.rules import LanguageRules


def goes_with_cue(verb: Token) -> bool:
    """`denied that drones had left and accused Kyiv`: a bare finite verb behind a clause with an auxiliary goes with the verb above."""
    clause = verb.head
    if verb.dep_ != "conj" or clause.dep_ != "ccomp" or verb.tag_ not in {"VBD", "VBZ", "VBP"} or verb.tag_ != clause.head.tag_:
        return False
    bare = not any(child.dep_ in {*SUBJECTS, "aux", "auxpass"} for child in verb.children)
    return bare and any(child.dep_ in {"aux", "auxpass"} for child in clause.children)


def source_of(verb: Token, depth: int = 0) -> Token | None:
    """Who does what the verb says: its subject, a passive's agent, or who governs the verb."""
    if goes_with_cue(verb):
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


def owner_of(noun: Token, words: LanguageRules) -> Token | None:
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
    if named is not None or noun.dep_ not in {"dobj", "attr"} or noun.head.lemma_.lower() not in words.light_verbs:
        return named
    return source_of(noun.head)


def is_negated(verb: Token, words: LanguageRules) -> bool:
    """`did not deny`, `neither confirmed nor denied`, `declined to confirm`, `has yet to admit`."""
    if any(child.dep_ == "neg" or child.lower_ in {"neither", "nor", "never"} for child in verb.children):
        return True
    if verb.dep_ == "conj" and verb.head.pos_ in VERBS:
        return any(child.lower_ == "neither" or (child.dep_ == "neg" and _by_or(verb)) for child in verb.head.children)
    if verb.dep_ not in {"xcomp", "pcomp"}:
        return False
    above = verb.head.head if verb.dep_ == "pcomp" else verb.head
    if verb.dep_ == "xcomp" and verb.tag_ == "VB" and above.lemma_.lower() in words.wishing:
        return True  # "called on Iran to admit": nobody has
    if above.lemma_.lower() in words.negative_verbs or any(child.dep_ == "neg" for child in above.children):
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
