"""A language's words, compiled once per process: what each phrase of its file is to the reader, found over a text's lemmas and forms."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from pydantic import BaseModel
from spacy.tokens import Doc, Token

from pipeline.enrich.analysis import Analyser
from pipeline.enrich.lexicon import ALTERNATIVE, GAP, Lexicon, normalised
from pipeline.model import Act
from pipeline.words import PatternRules

Block = TypeVar("Block", bound=BaseModel)

# Keys of the file that hold no phrases.
_NOT_PHRASES = frozenset({"abbreviations", "features", "standing", "subject", "months"})
# Keys of verbs and of nouns. Where both have one form (Arabic رفض: "he rejected", "rejection"), the analyser has told which it is.
_OF_VERBS = frozenset({
    "verbs", "passive", "rejecting", "leaning", "reports", "beside", "naming", "deeds", "given", "open_deeds", "event_verbs",
    "companion_verbs", "negative_verbs",
})  # fmt: skip
_OF_NOUNS = frozenset({"nouns", "neutral_nouns", "claim_nouns", "deed_nouns", "roles", "officials", "media", "documents"})
_NO_VERBS = frozenset({"NOUN", "PROPN", "ADP"})
# Of a phrase's words the one that counts as the whole, in this order of parts of speech.
_HEADS = ("VERB", "AUX", "NOUN", "PROPN", "ADJ")


class Entry(NamedTuple):
    """What a phrase is: the key of the file that it stands under, with the act where that is one's."""

    key: str
    act: Act | None = None
    verbal: bool = False  # whether it begins with a verb


class Hit(NamedTuple):
    """A phrase of the file in a text: the tokens from `first` to `last`, and the one that counts as the whole."""

    first: int
    last: int
    head: int
    entry: Entry


@dataclass(frozen=True, slots=True)
class Patterns:
    """One language: its file, its analyser, and its phrases."""

    rules: PatternRules
    analyser: Analyser
    lexicon: Lexicon[Entry]
    months: tuple[str, ...]
    recalling: tuple[frozenset[tuple[str, str]], ...]  # features of a verb, all of one set
    standing: tuple[frozenset[tuple[str, str]], ...]

    def hits(self, tokens: list[Token]) -> list[Hit]:
        """All phrases of the file in the words of a sentence; the auxiliary of a future may stand within a verb of two words."""
        words = [token for token in tokens if not (token.is_punct or token.is_space)]
        without = [token for token in words if not (token.pos_ == "AUX" and "Fut" in token.morph.get("Tense", []))]
        return sorted({*self._hits(words), *(self._hits(without) if len(without) < len(words) else ())})

    def _hits(self, words: list[Token]) -> Iterator[Hit]:
        forms = [frozenset({token.norm_, token.lemma_}) for token in words]
        for match in self.lexicon.matches(forms):
            found = words[match.first : match.last + 1]
            if _is_of_its_kind(found, match.value):
                yield Hit(found[0].i, found[-1].i, _head(found).i, match.value)

    def plain(self, doc: Doc, start: int, end: int) -> str:
        """The characters `[start, end)` as phrases are looked for in them: by lemmas, then by forms."""
        span = doc.char_span(start, end, alignment_mode="expand")
        tokens = list(span) if span is not None else []
        return " ".join(token.lemma_ for token in tokens) + "\n" + " ".join(token.norm_ for token in tokens)


def compile_patterns(rules: PatternRules, analyser: Analyser) -> Patterns:
    rules = rules.model_copy(update={"grammar": spelt(rules.grammar, analyser), "partial": tuple(map(analyser.normal, rules.partial))})
    return Patterns(
        rules=rules,
        analyser=analyser,
        lexicon=Lexicon((normalised(phrase, analyser.normal), _told(phrase, entry, analyser)) for phrase, entry in _phrases(rules)),
        months=tuple(analyser.normal(month) for month in rules.background.months),
        recalling=_features(rules.background.features),
        standing=_features(rules.background.standing),
    )


def spelt(block: Block, analyser: Analyser) -> Block:
    """A block of words in the analyser's spelling; only sets, of which the words are compared one by one."""
    sets = {key: frozenset(map(analyser.normal, value)) for key, value in block if isinstance(value, frozenset)}
    return block.model_copy(update=sets)


def _phrases(block: BaseModel, act: Act | None = None) -> Iterator[tuple[str, Entry]]:
    for key, value in block:
        if isinstance(value, BaseModel) and key not in _NOT_PHRASES:
            yield from _phrases(value)
        elif isinstance(value, dict):
            for of, words in value.items():
                yield from _phrases(words, Act(of))
        elif isinstance(value, tuple | frozenset) and key not in _NOT_PHRASES:
            yield from ((phrase, Entry(key, act)) for phrase in value)


def _told(phrase: str, entry: Entry, analyser: Analyser) -> Entry:
    if entry.key not in _OF_VERBS:
        return entry
    plain = " ".join(word.split(ALTERNATIVE)[0] for word in phrase.split() if word != GAP)
    return entry._replace(verbal=analyser.parse(plain)[0].pos_ in {"VERB", "AUX"})


def _features(wanted: tuple[str, ...]) -> tuple[frozenset[tuple[str, str]], ...]:
    return tuple(frozenset((name, value) for name, _, value in (each.partition("=") for each in one.split("|"))) for one in wanted)


def _is_of_its_kind(words: list[Token], entry: Entry) -> bool:
    """Of a verb, one of the words is a verb where it begins with one; a noun alone is no verb, nor a verb alone a noun."""
    if entry.key in _OF_VERBS and len(words) == 1:
        return words[0].pos_ not in _NO_VERBS
    if entry.key in _OF_VERBS:
        return not entry.verbal or any(word.pos_ in {"VERB", "AUX"} for word in words)
    verb = words[0].pos_ == "VERB" and not words[0].morph.get("Case", [])  # a participle may be a noun
    return not (entry.key in _OF_NOUNS and len(words) == 1 and verb)


def _head(words: list[Token]) -> Token:
    for pos in _HEADS:
        found = next((word for word in words if word.pos_ == pos), None)
        if found is not None:
            return found
    return words[0]


def has_features(token: Token, wanted: frozenset[tuple[str, str]]) -> bool:
    return all(value in token.morph.get(name, []) for name, value in wanted)
