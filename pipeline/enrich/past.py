"""Background or news: whether a text recalls a statement as made earlier."""

import re
from dataclasses import dataclass
from datetime import date

from spacy.tokens import Span, Token

from pipeline.enrich.english import PRESENT, VERBS, child_of, has_mark, has_word, is_perfect
from pipeline.enrich.frames import Attribution
from pipeline.words import LanguageRules

YEAR = re.compile(r"\b((?:19|20)\d\d)\b")
# A statement this many days older than the article is not what it reports.
DAYS = 4


@dataclass(frozen=True, slots=True)
class Past:
    """A language's words for what was earlier, and the article's own day."""

    words: LanguageRules
    phrases: re.Pattern[str]
    dated: re.Pattern[str]
    on: date | None


def compile_past(words: LanguageRules, on: date | None) -> Past:
    phrases = "|".join(re.escape(phrase) for phrase in sorted(words.background.phrases))
    months = "|".join(words.background.months)
    return Past(
        words=words,
        phrases=re.compile(rf"(?<!\w)(?:{phrases})(?!\w)", re.IGNORECASE),
        dated=re.compile(rf"\b(?:(\d{{1,2}}) )?({months})(?: (\d{{1,2}}))?(?!\w)", re.IGNORECASE),
        on=on,
    )


def is_recalled(attribution: Attribution, sentence: Span, past: Past) -> bool:
    """By the verb's tense, an adverb at it, or a time that the sentence names."""
    verb = _finite(attribution.cue)
    if _is_old(_around(attribution, sentence), past) or _is_mentioned(attribution.cue, past):
        return True
    if attribution.sentence <= 1 and not has_word(verb, past.words.background.adverbs):
        return False
    return is_perfect(verb) or has_word(verb, past.words.background.adverbs) or _is_standing(verb, attribution.lemma, past)


def _around(attribution: Attribution, sentence: Span) -> str:
    """The sentence without what is said in it: a time in there is the deed's, not the statement's."""
    told = {token.i for piece in attribution.content for token in piece}
    return "".join(token.text_with_ws for token in sentence if token.i not in told)


def _is_mentioned(cue: Token, past: Past) -> bool:
    """Only because somebody now answers it, or behind `after`: `dismissed claims by X accusing …`, `the remark came after X said …`."""
    for above in cue.ancestors:
        if above.lemma_.lower() in past.words.denying and cue.dep_ != "conj":
            return cue.pos_ == "NOUN" or cue.dep_ in {"acl", "relcl"} or above.i < cue.i
    return any(has_mark(each, past.words.background.marks) for each in (cue, *cue.ancestors))


def _finite(cue: Token) -> Token:
    """The verb whose tense counts: of a participle or an adjective, the one above."""
    verb = cue
    while (
        verb.dep_ in {"advcl", "xcomp", "conj", "acomp", "acl"}
        and verb.tag_ in {"VBG", "VB", "JJ", "VBN"}
        and verb.head.i != verb.i
        and verb.head.pos_ in VERBS
    ):
        if child_of(verb, ("aux",)) is not None:
            break
        verb = verb.head
    return verb


def _is_standing(verb: Token, lemma: str, past: Past) -> bool:
    return lemma in past.words.disputing and verb.tag_ in PRESENT


def _is_old(text: str, past: Past) -> bool:
    """A phrase such as `last month`, or a day or month well before the article's own."""
    if past.phrases.search(text):
        return True
    if past.on is None:
        return False
    if any(int(found.group(1)) < past.on.year for found in YEAR.finditer(text)):
        return True
    return any(_days_before(found, past) > DAYS for found in past.dated.finditer(text) if found.group(2)[0].isupper())


def _days_before(found: re.Match[str], past: Past) -> int:
    """How long before the article's day a named day was; of a month alone, its last day counts. 0 where that is no date."""
    assert past.on is not None
    month = past.words.background.months.index(found.group(2).lower()) + 1
    day = int(found.group(1) or found.group(3) or 0)
    if not day and (month == past.on.month or found.group(2).lower() in past.words.background.no_months):
        return 0
    year = past.on.year if (month, day) <= (past.on.month, past.on.day) else past.on.year - 1
    try:
        then = date(year, month, day or 28)
    except ValueError:
        return 0
    return (past.on - then).days
