"""What the reader knows of English grammar: the labels of its parse, its closed classes of words, small questions about both.

The words by which people accuse and deny are vocabulary, and stand in `config/languages/`. Those here are grammar: a class has a few
members and gets no new ones, and who asks for it is a rule of English syntax (a modal makes a wish of a report, `by` names a doer).
Another language has other rules, not other words for the same: it gets a module of its own that answers the same questions.
"""

from collections.abc import Collection, Iterator

from spacy.tokens import Span, Token

# Labels, parts of speech, tags

NOUN_SUBJECTS = frozenset({"nsubj", "nsubjpass"})
SUBJECTS = NOUN_SUBJECTS | {"csubj"}
OBJECTS = frozenset({"dobj", "nsubjpass", "oprd", "attr"})
# What a noun says itself, and needs no verb for.
CLAUSAL = frozenset({"acl", "ccomp", "relcl"})
VERBS = frozenset({"VERB", "AUX"})
NAMES = frozenset({"NOUN", "PROPN", "PRON"})
PRESENT = frozenset({"VBZ", "VBP"})
FINITE = PRESENT | {"VBD"}
_RELATIVE_TAGS = frozenset({"WDT", "WP"})

# Modals

# What is not said to be so, what is said to come, what is only asked for.
POSSIBLE = frozenset({"may", "might", "could", "would", "can"})
COMING = frozenset({"will", "shall", "'ll", "would"})
BINDING = frozenset({"must", "should", "ought"})
MODALS = POSSIBLE | COMING | {"should", "must", "'d"}
# "He may deny": nothing was said yet. Of "I must say" and "he'd said" that is not so.
UNSAID = MODALS - {"must", "shall", "'d"}
# "Will have sent", "could have sent": not done, for all that the participle says.
UNDONE = POSSIBLE - {"can"} | {"will"}

# Conjunctions, negations

SUPPOSING = frozenset({"if", "whether", "unless"})
# "Should it send them, …".
SUPPOSING_DEEDS = SUPPOSING | {"should"}
NEITHER = frozenset({"neither"})
NEVER = NEITHER | {"never"}
NEGATIVES = NEVER | {"nor"}
OR = frozenset({"or", "nor"})

# Prepositions

# Whose words they are: "a claim by", "a letter from", "the denial of".
AGENT = frozenset({"by"})
FROM = frozenset({"from"})
PART_OF = frozenset({"of"})
BY = AGENT | FROM
OF = BY | PART_OF
TOGETHER = frozenset({"with", "between", "among"})
FOR = frozenset({"for"})
TOWARDS = FOR | {"to", "into"}
PLACES = frozenset({"in", "on", "at"})
# What a noun is about.
ABOUT = frozenset({"for", "about", "over", "against", "on"})
EXPLAINING = frozenset({"of", "about", "over", "on"})
# Whom an infinitive is asked of: "called on Iran to …".
ASKED = frozenset({"on", "upon", "for", "to"})
# By which an object goes on: "accused X of …", "dismissed Y as …".
GOES_ON = frozenset({"of", "for", "as", "about", "over", "on", "in", "to", "with", "against", "that", "by", "from"})
# Between an office and what it belongs to.
BELONGING = frozenset({"of", "for", "at", "to", "in", "with"})

# Determiners, pronouns

# With a noun for states, the two that were named last.
BOTH = frozenset({"both", "two"})
# By which "the newspaper", "their governments", "his spokesman" mean somebody who was named before.
THE = frozenset({"the"})
ITS = THE | {"its"}
THEIR = THE | {"their"}
HIS = THE | {"his", "her"}
DEFINITE = ITS | THEIR
# Of whom something is demanded: "they must stop".
ADDRESSED = frozenset({"they", "you", "it"})
ALL = frozenset({"all"})
RELATIVES = frozenset({"that", "which", "who"})
# "It was Kyiv that accused …".
_CLEFT = RELATIVES - {"which"}


def subtree(token: Token) -> Span:
    """A word with all that hangs on it, from the first of these to the last."""
    return token.doc[token.left_edge.i : token.right_edge.i + 1]


def child_of(token: Token, labels: Collection[str]) -> Token | None:
    """The first child with one of these labels."""
    return next((child for child in token.children if child.dep_ in labels), None)


def objects_of(token: Token, prepositions: Collection[str]) -> Iterator[Token]:
    """What these prepositions of a word govern."""
    return (part for child in token.children if child.lower_ in prepositions for part in child.children if part.dep_ == "pobj")


def has_word(token: Token, words: Collection[str]) -> bool:
    """Whether one of these words hangs on it."""
    return any(child.lower_ in words for child in token.children)


def has_aux(verb: Token, modals: Collection[str]) -> bool:
    return any(child.dep_ == "aux" and child.lower_ in modals for child in verb.children)


def has_mark(verb: Token, conjunctions: Collection[str]) -> bool:
    return any(child.dep_ == "mark" and child.lower_ in conjunctions for child in verb.children)


def has_negation(verb: Token, negatives: Collection[str] = NEGATIVES) -> bool:
    """By `not` or one of the negatives."""
    return any(child.dep_ == "neg" or child.lower_ in negatives for child in verb.children)


def has_no(token: Token) -> bool:
    """Whether `no` stands in what hangs on it: "at no time"."""
    return any(part.lower_ == "no" for part in token.subtree)


def has_to(verb: Token) -> bool:
    return has_aux(verb, ("to",))


def is_infinitive(verb: Token) -> bool:
    return has_to(verb) or verb.tag_ == "VB"


def is_perfect(verb: Token) -> bool:
    return any(child.dep_ == "aux" and child.lemma_.lower() == "have" for child in verb.children)


def is_yet_to(above: Token, verb: Token) -> bool:
    """`has yet to admit`."""
    return above.lemma_ == "have" and (has_word(above, ("yet",)) or has_word(verb, ("yet",)))


def is_going_to(verb: Token) -> bool:
    """`was not going to answer`."""
    return verb.lemma_ == "go" and child_of(verb, ("xcomp",)) is not None


def is_being(verb: Token) -> bool:
    return verb.lemma_ == "be"


def is_how(verb: Token) -> bool:
    """`how to use it`."""
    return any(child.lower_ == "how" and child.dep_ == "advmod" for child in verb.children)


def is_inverted_condition(clause: Token) -> bool:
    """`should new transfers come to light`: a condition that the parse takes for what is said."""
    first = clause.doc[clause.left_edge.i]
    return first.lower_ in {"should", "were", "had"} and first.dep_ == "aux"


def opens_with_should(verb: Token) -> bool:
    """Whether this is the `should` that a sentence begins with."""
    return verb.i == verb.sent.start and verb.lower_ == "should"


def is_relative(subject: Token) -> bool:
    """A pronoun that a relative clause begins with."""
    return subject.tag_ in _RELATIVE_TAGS or subject.lower_ in RELATIVES


def stands_for_noun(subject: Token, verb: Token) -> bool:
    """Whether the subject is a pronoun for the noun that the verb's clause hangs on."""
    return subject.tag_ in _RELATIVE_TAGS or (subject.lower_ == "that" and verb.dep_ == "relcl")


def is_question_word(subject: Token) -> bool:
    return subject.tag_ in _RELATIVE_TAGS


def is_cleft(subject: Token, verb: Token) -> bool:
    """`it was Kyiv that accused …`."""
    return subject.lower_ in _CLEFT and is_being(verb.head) and verb.i != verb.head.i


def begins_with_that(clause: Token) -> bool:
    return clause.doc[clause.left_edge.i].lower_ == "that"


def has_that(clause: Token) -> bool:
    """Introduced by `that` as a conjunction; a relative `that` is the clause's subject or object."""
    if has_mark(clause, ("that",)):
        return True
    has_subject = any(child.dep_ in SUBJECTS and child.lower_ != "that" for child in clause.children)
    return begins_with_that(clause) and has_subject and clause.doc[clause.left_edge.i].dep_ not in {"dobj", "pobj"}


def is_that(word: Token) -> bool:
    """`that` as it begins a clause."""
    return word.lower_ == "that" and word.pos_ in {"SCONJ", "PRON"}


def as_behind(verb: Token) -> Token | None:
    """The `as` behind a verb: "described the account as …"."""
    return next((child for child in verb.children if child.lower_ == "as" and child.i > verb.i), None)
