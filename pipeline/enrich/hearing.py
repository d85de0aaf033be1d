"""What judging acts needs of a language and of a text: its words for acts, where they stand, where the topic's subject is named."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from spacy.language import Language
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc, Span
from spacy.vocab import Vocab

from pipeline.enrich.frames import Attribution
from pipeline.enrich.named import Named
from pipeline.model import Act
from pipeline.rules import Topic
from pipeline.words import LanguageRules

# Words that lose their act behind a negation; "no evidence" and its like carry their own.
TAKEN_BACK = frozenset({Act.CONCERN, Act.THREAT, Act.CRITICISM, Act.SANCTION, Act.ACCUSATION, Act.SUPPORT, Act.DEMAND})
# How far back, in characters, the subject may have been named that a sentence is about: some two sentences.
NEAR = 300


@dataclass(frozen=True, slots=True)
class Phrases:
    """A language's words by which what is said performs an act, compiled once per process."""

    by_lemma: PhraseMatcher
    by_form: PhraseMatcher


def compile_phrases(words: LanguageRules, nlp: Language) -> Phrases:
    by_lemma, by_form = PhraseMatcher(nlp.vocab, attr="LEMMA"), PhraseMatcher(nlp.vocab, attr="LOWER")
    for act, block in words.acts.items():
        if block.said:
            by_lemma.add(act.value, [_as_lemmas(phrase, nlp.vocab) for phrase in block.said])
            by_form.add(act.value, [nlp.make_doc(phrase) for phrase in block.said])
    return Phrases(by_lemma, by_form)


def _as_lemmas(phrase: str, vocab: Vocab) -> Doc:
    words = phrase.split()
    return Doc(vocab, words=words, lemmas=words)


@dataclass(frozen=True, slots=True)
class Heard:
    """Where in a text words of acts stand: act to (first token, behind the last token), in order."""

    places: Sequence[tuple[int, int, Act]]

    def in_spans(self, spans: Iterable[Span], without: frozenset[int] = frozenset()) -> dict[Act, Span]:
        """The first words of each act inside the spans; `without` are tokens that somebody else says."""
        found: dict[Act, Span] = {}
        for span in spans:
            for start, end, act in self.places:
                if span.start <= start and end <= span.end and act not in found and start not in without:
                    found[act] = span.doc[start:end]
        return found


def hear(doc: Doc, phrases: Phrases, words: LanguageRules) -> Heard:
    """All words of acts in a text. A negation up to three words before takes most of them back."""
    places = set()
    for matcher in (phrases.by_lemma, phrases.by_form):
        for key, start, end in matcher(doc):
            act = Act(doc.vocab.strings[key])
            if act is Act.DENIAL and _describes(doc, start, end, words):
                continue
            if act not in TAKEN_BACK or not _taken_back(doc, start, words.negations):
                places.add((start, end, act))
    return Heard(sorted(places))


def _describes(doc: Doc, start: int, end: int, words: LanguageRules) -> bool:
    """`false manifests`, `the country that invented it`: the word tells of a thing that is no claim."""
    head = doc[start:end].root
    if head.dep_ == "amod":
        return head.head.lemma_.lower() not in words.claim_nouns
    return head.pos_ == "VERB" and head.dep_ == "relcl"


def _taken_back(doc: Doc, start: int, negations: frozenset[str]) -> bool:
    return any(doc[place].lower_ in negations for place in range(max(doc[start].sent.start, start - 3), start))


@dataclass(frozen=True, kw_only=True)
class Ear:
    """What judging one text needs beside the attribution."""

    named: Named
    heard: Heard
    topical: frozenset[int]  # where words of the topic's subject begin
    topic: Topic
    words: LanguageRules

    @cached_property
    def topical_places(self) -> Sequence[int]:
        return sorted(self.topical)

    def is_topical_near(self, span: Span) -> bool:
        """Whether a word of the topic's subject stands in the span or shortly before it."""
        place = bisect_left(self.topical_places, span.start_char - NEAR)
        return place < len(self.topical_places) and self.topical_places[place] < span.end_char


def is_topical(attribution: Attribution, ear: Ear) -> bool:
    """Whether what is said names a word of the topic's subject."""
    return any(token.idx in ear.topical for piece in attribution.content for token in piece)
