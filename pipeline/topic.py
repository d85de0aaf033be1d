"""Whether an article is about the topic, before anything dear is done with it: words alone, no parse."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pipeline.model import Verdict
from pipeline.rules import Topic, TopicWords


@dataclass(frozen=True, slots=True)
class Matchers:
    """One language's words as compiled alternations; each is linear in the length of the text."""

    parties: Mapping[str, re.Pattern[str]]
    subject: re.Pattern[str]


def compile_topic(topic: Topic) -> dict[str, Matchers]:
    """Language to matchers, to be made once per process."""
    return {language: _compile(words) for language, words in topic.languages.items()}


def _compile(words: TopicWords) -> Matchers:
    return Matchers({party: _any_of(names) for party, names in words.parties.items()}, _any_of(words.subject))


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    longest_first = sorted(words, key=len, reverse=True)
    alternatives = "|".join(re.escape(word.removesuffix("*")) + (r"\w*" if word.endswith("*") else "") for word in longest_first)
    return re.compile(rf"(?<!\w)(?:{alternatives})(?!\w)", re.IGNORECASE)


def judge(title: str | None, text: str, language: str, topic: Topic, matchers: Mapping[str, Matchers]) -> Verdict:
    """Counts the places that name all parties and the subject together; `topic.yml` says what each place is worth.

    A language without words is never on topic; the caller tells it apart by `language in matchers`.
    """
    if language not in matchers:
        return Verdict(on_topic=False, reason=f"no topic words for language {language!r}")
    words = matchers[language]
    paragraphs = [paragraph for paragraph in text.split("\n") if paragraph.strip()]
    points = 2 * _names_all(title or "", words)
    hits = [place for place, paragraph in enumerate(paragraphs) if _names_all(paragraph, words)]
    points += sum(2 if place < topic.lead else 1 for place in hits)
    in_title = " and the title" if title and _names_all(title, words) else ""
    named = f"{', '.join(words.parties)} and the subject"
    reason = f"{len(hits)} of {len(paragraphs)} paragraphs{in_title} name {named}: {points} of {topic.least} points"
    return Verdict(on_topic=points >= topic.least, reason=reason)


def _names_all(passage: str, words: Matchers) -> bool:
    return bool(words.subject.search(passage)) and all(party.search(passage) for party in words.parties.values())
