"""Who is said to do what: the deeds inside what somebody says, with the sides of those who do them."""

from collections.abc import Sequence
from dataclasses import dataclass

from spacy.tokens import Span, Token

from pipeline.enrich.english import (
    BOTH,
    BY,
    NAMES,
    NEVER,
    NOUN_SUBJECTS,
    POSSIBLE,
    SUBJECTS,
    SUPPOSING_DEEDS,
    TOGETHER,
    VERBS,
    child_of,
    has_aux,
    has_mark,
    has_negation,
    has_no,
    has_word,
    opens_with_should,
    stands_for_noun,
    subtree,
)
from pipeline.enrich.named import PARTIES, Named
from pipeline.words import LanguageRules

# Doers that only the speaker's side can resolve.
SELF, OTHER = "@self", "@other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One deed: the word that tells it, and the sides of the doers (empty where they are not named)."""

    word: Token
    doers: tuple[str, ...]
    makers: tuple[str, ...]  # sides whose things are dealt with: "Iranian drones"
    topical: bool  # a word of the topic's subject is named with it
    negated: bool
    supposed: bool  # behind "if", "whether", "should"
    possible: bool  # "may send", "could receive"


def deeds_in(piece: Span, named: Named, words: LanguageRules, topical: frozenset[int]) -> list[Deed]:
    """The deeds told in a stretch of text, in order. `topical` are the characters where the topic's subject words begin."""
    found = []
    for token in piece:
        lemma = token.lemma_.lower()
        if token.pos_ == "VERB" and not _is_helper(token) and token.dep_ != "amod":
            deed = _deed(token, _verb_doers(token, named, piece, words), named, words, topical)
            if lemma in words.deeds or (deed.topical and lemma not in words.frames.reporting and lemma not in words.event_verbs):
                found.append(deed)
        elif token.pos_ == "NOUN" and lemma in words.deed_nouns and (doers := _noun_doers(token, named)):
            found.append(_deed(token, doers, named, words, topical))
    return found


def _is_helper(token: Token) -> bool:
    return token.dep_ in {"aux", "auxpass"}


def _deed(token: Token, doers: Sequence[str], named: Named, words: LanguageRules, topical: frozenset[int]) -> Deed:
    span = subtree(token)
    makers = [
        mention.side
        for mention in named.within(span.start_char, span.end_char)
        if mention.form == "demonym" and mention.side and mention.side not in doers
    ]
    return Deed(
        word=token,
        doers=tuple(dict.fromkeys(doers)),
        makers=tuple(dict.fromkeys(makers)),
        topical=any(other.idx in topical for other in own_words_of(token)),
        negated=is_denied(token, words),
        supposed=_supposed(token, words) or has_word(token, words.hedges),
        possible=any(has_aux(each, POSSIBLE) for each in (token, *_above(token))),
    )


def own_words_of(token: Token) -> list[Token]:
    """What hangs on a deed but for other clauses: what is named there is theirs."""
    found, waiting = [token], [child for child in token.children if child.dep_ not in {"advcl", "ccomp", "conj", "relcl", "parataxis"}]
    while waiting:
        part = waiting.pop()
        if part.dep_ not in {"relcl", "acl"}:
            found.append(part)
            waiting.extend(part.children)
    return found


def _above(token: Token) -> list[Token]:
    """The verbs that a verb completes: `may yet decide to send`."""
    found: list[Token] = []
    while token.dep_ in {"xcomp", "conj", "pcomp"} and token.head.i != token.i and len(found) < 3:
        token = token.head
        found.append(token)
    return found


def is_denied(token: Token, words: LanguageRules) -> bool:
    """By itself, by "no" at its subject or object, or by the verb above that it completes (`has not begun to send`)."""
    if has_negation(token):
        return True
    for child in token.children:
        if child.dep_ == "prep" and child.i < token.i and has_no(child):
            return True
        if child.dep_ in NOUN_SUBJECTS | {"dobj", "attr"} and any(part.lower_ in words.negations for part in (child, *child.children)):
            return True
    own_subject = token.dep_ == "conj" and child_of(token, SUBJECTS) is not None
    if token.dep_ in {"xcomp", "conj", "pcomp", "dobj"} and token.head.pos_ in VERBS and token.head.i != token.i and not own_subject:
        return has_negation(token.head, NEVER)
    return False


def _supposed(token: Token, words: LanguageRules) -> bool:
    """Not told as a fact: behind `if`, inside a wish, or bidden."""
    bare = token.dep_ in {"xcomp", "pcomp"} or (token.dep_ == "ccomp" and token.tag_ == "VB")
    above = token.head.head if token.dep_ == "pcomp" else token.head  # "barred from flying"
    if bare and above.lemma_.lower() in words.wishes:
        return True
    return any(has_mark(each, SUPPOSING_DEEDS) or opens_with_should(each) for each in (token, *list(token.ancestors)[:3]))


def _verb_doers(verb: Token, named: Named, piece: Span, words: LanguageRules, depth: int = 0) -> list[str]:
    """Sides of the subject, of a passive's agent, or of the subject of the verb above."""
    agent = child_of(verb, ("agent",))
    if agent is not None:
        return _sides(agent, named)
    subject = child_of(verb, SUBJECTS)
    if subject is not None and subject.dep_ != "nsubjpass":
        return _subject_sides(subject, verb, named, words) + _companions(verb, named, words)
    if subject is not None:
        return []
    head = verb.head
    if depth > 3 or head.i == verb.i or not piece.start - 12 <= head.i < piece.end + 12:
        return []
    if verb.dep_ == "acl" and head.pos_ in NAMES and verb.tag_ == "VBG":
        return _sides(head, named)
    above = next((each for each in verb.ancestors if each.pos_ in VERBS), None)
    if verb.dep_ == "pcomp" and above is not None:  # "accused Iran of sending": whoever is accused
        accused = child_of(above, ("dobj", "nsubjpass"))
        return (_sides(accused, named) if accused is not None else []) or _verb_doers(above, named, piece, words, depth + 1)
    if verb.dep_ == "xcomp" and (object_ := child_of(head, ("dobj",))) is not None:
        return _sides(object_, named) or _verb_doers(head, named, piece, words, depth + 1)
    if verb.dep_ in {"xcomp", "conj", "advcl", "ccomp"} and head.pos_ in VERBS:
        return _verb_doers(head, named, piece, words, depth + 1)
    goes_up = above is not None and verb.dep_ == "acl" and verb.tag_ != "VBN"
    return _verb_doers(above, named, piece, words, depth + 1) if goes_up and above is not None else []


def _subject_sides(subject: Token, verb: Token, named: Named, words: LanguageRules) -> list[str]:
    if subject.pos_ == "PRON" and subject.lower_ in words.pronouns.all:
        return [SELF] if subject.lower_ in words.pronouns.self else _named_before(subject, named) or [OTHER]
    if stands_for_noun(subject, verb):
        return _sides(verb.head, named, without=verb)
    if subject.lower_ in words.states and has_word(subject, BOTH):
        return [OTHER]  # "the two sides were weighing …"
    return _sides(subject, named)


def _named_before(pronoun: Token, named: Named) -> list[str]:
    """`Tehran was not telling the truth, that it had …`: the party named last before a pronoun in its sentence."""
    before = named.within(pronoun.sent.start_char, pronoun.idx)
    sides = [mention.side for mention in before if mention.kind in PARTIES and mention.side]
    return sides[-1:]


def _companions(verb: Token, named: Named, words: LanguageRules) -> list[str]:
    """`collaborate with Iran`: who does it with them."""
    if verb.lemma_.lower() not in words.companion_verbs:
        return []
    return [side for child in verb.children if child.lower_ in TOGETHER for side in _sides(child, named)]


def _noun_doers(noun: Token, named: Named) -> list[str]:
    """`Iran's supply of drones`, `Russian involvement`, `the partnership between Russia and Iran`, `the sale by Tehran`."""
    found: list[str] = []
    for child in noun.children:
        if child.dep_ in {"poss", "compound", "amod", "nmod"}:
            found += [mention.side for mention in named.at(child) if mention.side]
        elif child.dep_ == "prep" and child.lower_ in BY | TOGETHER:
            found += _sides(child, named)
    return found


def _sides(token: Token, named: Named, without: Token | None = None) -> list[str]:
    """Sides of the parties in a phrase, relative clauses left out."""
    cut = {part.i for child in token.subtree if child.dep_ in {"relcl", "advcl"} and child.i != token.i for part in child.subtree}
    if without is not None:
        cut |= {part.i for part in without.subtree}
    found = []
    for part in token.subtree:
        if part.i not in cut:
            found += [mention.side for mention in named.at(part) if mention.side]
    return list(dict.fromkeys(found))
