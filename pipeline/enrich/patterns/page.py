"""One text with all that its tokens, names and words tell: what every pattern reads."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from spacy.tokens import Doc, Span, Token

from pipeline.enrich.deeds import Deed
from pipeline.enrich.entities import Mention
from pipeline.enrich.frames import quoted_tokens
from pipeline.enrich.named import PARTIES, Named
from pipeline.enrich.patterns.clauses import Clause, clauses
from pipeline.enrich.patterns.compiled import Entry, Hit, Patterns
from pipeline.enrich.patterns.phrases import Nouns, Phrase
from pipeline.enrich.scene import Scene
from pipeline.model import EntityKind
from pipeline.words import Grammar

# Words for people and papers that can be the source of what is said, by the keys of the language's file.
HOLDERS = ("roles", "officials", "anonymous")
SPEAKING = (*HOLDERS, "media", "documents", "states")
CLAIMS = ("claim_nouns", "nouns", "neutral_nouns")
PRONOUNS = ("person", "group", "self")
# How far back, in characters, the arms may have been named that a sentence is about: some two sentences.
NEAR = 300


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence: its phrases of the language's file, its clauses, its noun phrases."""

    number: int
    span: Span
    hits: Sequence[Hit]
    clauses: Sequence[Clause]
    phrases: Sequence[Phrase]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    doc: Doc
    words: Patterns
    scene: Scene
    lines: Sequence[Line]
    quoted: Mapping[int, Span]  # token to the quotation, marks included, that it stands in
    left_open: frozenset[int]  # where a paragraph ends within a quotation
    named: Mapping[int, Mention]  # token to the party that it names
    topical: Sequence[int]  # tokens that are words of the topic's subject, in order
    joins: frozenset[int]  # tokens of "and"
    entries: Mapping[int, frozenset[Entry]]  # token to what it is part of
    line_at: Sequence[int]  # token to the number of its line
    clause_at: Mapping[int, Clause]
    phrase_at: Mapping[int, Phrase]
    # What was asked before: the subject of each verb, the deed that each word tells.
    subjects: dict[tuple[int, bool], list[Phrase]] = field(default_factory=dict)
    deeds: dict[int, Deed | None] = field(default_factory=dict)

    @property
    def grammar(self) -> Grammar:
        return self.words.rules.grammar

    def has(self, place: int, *keys: str) -> bool:
        """Whether a token is part of a phrase that stands under one of these keys of the language's file."""
        return any(entry.key in keys for entry in self.entries.get(place, ()))

    def is_no_deed(self, place: int) -> bool:
        """Whether a verb stands in a phrase that makes something else of it, and in no longer one that is a deed."""
        hits = [hit for hit in self.line_of(place).hits if hit.head == place]
        other = max((hit.last - hit.first for hit in hits if hit.entry.key == "not_deeds"), default=-1)
        return other >= 0 and other >= max((hit.last - hit.first for hit in hits if hit.entry.key == "deeds"), default=-1)

    def is_head(self, place: int, key: str) -> bool:
        """Whether a token is what counts of a phrase that stands under this key."""
        return any(hit.head == place and hit.entry.key == key for hit in self.line_of(place).hits)

    def is_part(self, place: int, key: str) -> bool:
        """Whether a token is part of such a phrase, and another one counts: the noun of a verb in two words."""
        return any(hit.first <= place <= hit.last and hit.head != place and hit.entry.key == key for hit in self.line_of(place).hits)

    def line_of(self, place: int) -> Line:
        return self.lines[self.line_at[place]]

    def clause_of(self, place: int) -> Clause:
        return self.clause_at.get(place) or self.line_of(place).clauses[-1]

    def mentions(self, start: int, end: int) -> list[Mention]:
        """The parties named by tokens `start` to `end`, in their order."""
        return list(dict.fromkeys(self.named[place] for place in range(start, end) if place in self.named))

    def sides(self, start: int, end: int) -> list[str]:
        return list(dict.fromkeys(each.side for each in self.mentions(start, end) if each.side))

    def is_topical(self, start: int, end: int) -> bool:
        place = bisect_right(self.topical, start - 1)
        return place < len(self.topical) and self.topical[place] < end

    def is_topical_near(self, start: int, end: int) -> bool:
        """Whether a word of the topic's subject stands here or shortly before."""
        first = self.doc[start].idx - NEAR
        return any(self.doc[place].idx >= first for place in self.topical if place < end)

    def is_owner(self, mention: Mention, phrase: Phrase) -> bool:
        """Whether a name in a phrase only says whose: "Zelensky's adviser"."""
        places = [place for place in range(phrase.start, phrase.end) if self.named.get(place) is mention]
        if phrase.head in places or mention.kind is not EntityKind.PERSON:
            return phrase.head not in places
        if not self.grammar.subject_case:
            return False
        return not any(set(self.doc[place].morph.get("Case", [])) & phrase.cases for place in places)

    def token(self, place: int) -> Token:
        return self.doc[place]


def open_page(doc: Doc, scene: Scene, words: Patterns, subject: Sequence[tuple[int, int]]) -> Page:
    """Looks at a text once; `subject` are the characters of the topic's subject words."""
    named = _tokens_of(doc, scene.named)
    hits = [words.hits(list(sentence)) for sentence in scene.sentences]
    entries: dict[int, set[Entry]] = defaultdict(set)
    for hit in (each for line in hits for each in line):
        for place in range(hit.first, hit.last + 1):
            entries[place].add(hit.entry)
    joins, holders = _standing_under(("joins",), entries), _standing_under(HOLDERS, entries)
    nouns = Nouns(doc, named, holders, _standing_under(CLAIMS, entries), words.rules.grammar)
    lines = []
    for number, sentence in enumerate(scene.sentences):
        cut = clauses(sentence, hits[number], named, joins, verb_final=words.rules.grammar.verb_final)
        lines.append(Line(number, sentence, hits[number], cut, [phrase for clause in cut for phrase in nouns.in_clause(clause)]))
    return Page(
        doc=doc,
        words=words,
        scene=scene,
        lines=lines,
        quoted=quoted_tokens(doc, scene.quotations),
        left_open=frozenset(quotation.end for quotation in scene.quotations if scene.text.startswith("\n", quotation.end)),
        named=named,
        topical=_topical(doc, subject),
        joins=joins,
        entries={place: frozenset(found) for place, found in entries.items()},
        line_at=_numbers(doc, scene.sentences),
        clause_at={place: clause for line in lines for clause in line.clauses for place in range(clause.start, clause.end)},
        phrase_at={place: phrase for line in lines for phrase in line.phrases for place in range(phrase.start, phrase.end)},
    )


def _standing_under(keys: Sequence[str], entries: Mapping[int, set[Entry]]) -> frozenset[int]:
    """The tokens of phrases under these keys of the language's file."""
    return frozenset(place for place, found in entries.items() if any(entry.key in keys for entry in found))


def _numbers(doc: Doc, sentences: Sequence[Span]) -> list[int]:
    """The number of each token's sentence; white space belongs to the one before it."""
    found = [0] * len(doc)
    for number, sentence in enumerate(sentences):
        end = sentences[number + 1].start if number + 1 < len(sentences) else len(doc)
        found[sentence.start : end] = [number] * (end - sentence.start)
    return found


def _tokens_of(doc: Doc, named: Named) -> dict[int, Mention]:
    """Token to the party that it names, or that a part of it names."""
    found: dict[int, Mention] = {}
    starts = [token.idx for token in doc]
    for mention in named.mentions:
        if mention.kind in PARTIES:
            place = max(0, bisect_right(starts, mention.start) - 1)
            while place < len(doc) and starts[place] < mention.end:
                found[place] = mention
                place += 1
    return found


def _topical(doc: Doc, subject: Sequence[tuple[int, int]]) -> list[int]:
    starts = [token.idx for token in doc]
    found: set[int] = set()
    for start, end in subject:
        found.update(range(max(0, bisect_right(starts, start) - 1), bisect_right(starts, end - 1)))
    return sorted(found)
