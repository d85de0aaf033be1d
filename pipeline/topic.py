"""Whether an article is about the topic, before anything dear is done with it: words alone, no parse."""

import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from itertools import pairwise

from pipeline.model import Verdict
from pipeline.rules import Topic, TopicWords

# Vowel signs and the long stroke, which may stand behind any Arabic letter.
VOWEL_SIGNS = "\u064b-\u065f\u0670\u0640"
_AS_TYPED = {letter: group for group in ("[یيى]", "[کك]", "[اأإآ]", "[ةه]", "[ؤئء]") for letter in group[1:-1]} | {"\u200c": "[\u200c ]?"}
_AS_TYPED |= {digit: f"[{digit}{other}{index}]" for index, (digit, other) in enumerate(zip("۰۱۲۳۴۵۶۷۸۹", "٠١٢٣٤٥٦٧٨٩", strict=True))}


class Matchers:
    """One language's words as alternations, compiled when they are first asked for; each is linear in the length of the text."""

    def __init__(self, words: TopicWords) -> None:
        self._words = words

    @cached_property
    def parties(self) -> Mapping[str, re.Pattern[str]]:
        return {party: _any_of(names, self._words.written_on) for party, names in self._words.parties.items()}

    @cached_property
    def subject(self) -> re.Pattern[str]:
        return _any_of(self._words.subject, self._words.written_on)

    @cached_property
    def related(self) -> re.Pattern[str]:
        return _any_of(self._words.related, self._words.written_on)

    def prepare(self) -> None:
        """Compiles them now: before a fork, whose every child would."""
        _ = self.parties, self.subject, self.related


def compile_topic(topic: Topic) -> dict[str, Matchers]:
    """Language to matchers, to be made once per process."""
    return {language: Matchers(words) for language, words in topic.languages.items()}


def _any_of(words: Iterable[str], written_on: Iterable[str] = ()) -> re.Pattern[str]:
    longest_first = sorted(words, key=len, reverse=True)
    if not longest_first:
        return re.compile("(?!)")
    any_ending = rf"[\w{VOWEL_SIGNS}]*"
    alternatives = "|".join(
        _typed(re.escape(word.removesuffix("*"))) + (any_ending if word.endswith("*") else "") for word in longest_first
    )
    front = "|".join(_typed(re.escape(each)) for each in written_on)
    return re.compile(rf"(?<!\w)(?:{front})(?:{alternatives})(?!\w)", re.IGNORECASE)


def _typed(pattern: str) -> str:
    """Persian is typed with Arabic letters too, and its joiner is a space where it is not missing altogether; Arabic with vowel signs and
    hamza or without."""
    return "".join(_AS_TYPED.get(letter, letter) + (f"[{VOWEL_SIGNS}]*" if "\u0621" <= letter <= "\u06d3" else "") for letter in pattern)


def typed_as(letter: str) -> str:
    """A letter and those that it is typed as."""
    others = _AS_TYPED.get(letter, "[]")
    return letter if others.endswith("?") else "".join(dict.fromkeys(letter + others[1:-1]))


def judge(title: str | None, text: str, language: str, topic: Topic, matchers: Mapping[str, Matchers]) -> Verdict:
    """Counts the places that name all parties and the subject together.

    A paragraph counts 2 points, one of the lead 4, the title 4; a title that names all parties alone 2; 1 each: two neighbouring
    paragraphs that do it only together, and a paragraph that names all parties and something related.

    A language without words is never on topic; the caller tells it apart by `language in matchers`.
    """
    if language not in matchers:
        return Verdict(on_topic=False, reason=f"no topic words for language {language!r}")
    words = matchers[language]
    paragraphs = [paragraph for paragraph in text.split("\n") if paragraph.strip()]
    hits = [_names_all(paragraph, words) for paragraph in paragraphs]
    lead = sum(hits[: topic.lead])
    near = sum(
        _names_all(f"{first}\n{second}", words)
        for place, (first, second) in enumerate(pairwise(paragraphs))
        if not hits[place] and not hits[place + 1]
    )
    near += sum(
        words.related.search(paragraph) is not None and _names_parties(paragraph, words)
        for paragraph, hit in zip(paragraphs, hits, strict=True)
        if not hit
    )
    points = 2 * (sum(hits) + lead) + near + _points_of(title or "", words)
    named = f"{', '.join(words.parties)} and the subject"
    reason = f"{sum(hits)} of {len(paragraphs)} paragraphs name {named}, {near} nearly: {points} of {topic.least} points"
    return Verdict(on_topic=points >= topic.least, reason=reason)


def _points_of(title: str, words: Matchers) -> int:
    if not _names_parties(title, words):
        return 0
    return 4 if words.subject.search(title) else 2


def _names_all(passage: str, words: Matchers) -> bool:
    return bool(words.subject.search(passage)) and _names_parties(passage, words)


def _names_parties(passage: str, words: Matchers) -> bool:
    return all(party.search(passage) for party in words.parties.values())
