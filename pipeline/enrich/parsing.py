"""Texts through the language model: tokens, our own sentences within them, tags, parse, lemmas."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from spacy.language import Language
from spacy.pipeline import AttributeRuler
from spacy.tokens import Doc, MorphAnalysis, Token

from pipeline.enrich.sentences import split, tokens
from pipeline.words import Abbreviations

# Word form, tag, label of the parse.
Key = tuple[int, int, int]
# Tag, coarse part of speech, morphology and lemma as the ruler leaves them.
Row = tuple[int, int, MorphAnalysis, int]
Pattern = list[dict[int | str, Any]]


class Parser:
    """A language model of spaCy with its attribute ruler as a table.

    The ruler of English knows some 180 patterns and tries each at each token, which is a fifth of the time of the whole parse.
    All but a few are about one token, by its form, tag and label: what they make of one triple is asked once.
    """

    def __init__(self, nlp: Language, abbreviations: Abbreviations) -> None:
        self.nlp = nlp
        self.abbreviations = abbreviations
        self._steps = [_Table(step) if isinstance(step, AttributeRuler) else step for _, step in nlp.pipeline]

    def parse(self, texts: Sequence[str]) -> list[Doc]:
        """The texts' documents, in their order; together they take less time than one by one."""
        docs = [split(tokens(text, self.nlp), self.abbreviations) for text in texts]
        for step in self._steps:
            docs = list(step.pipe(docs, batch_size=len(docs))) if hasattr(step, "pipe") else [step(doc) for doc in docs]
        return docs

    def one(self, text: str) -> Doc:
        return self.parse([text])[0]


class _Table:
    """Does what an attribute ruler does. Its patterns of several tokens come after those of one."""

    def __init__(self, ruler: AttributeRuler) -> None:
        self.single = AttributeRuler(ruler.vocab, name="single")
        self.several = AttributeRuler(ruler.vocab, name="several")
        self.rows: dict[Key, Row] = {}
        for pattern, attributes, index in _rules(ruler):
            (self.single if len(pattern) == 1 else self.several).add([pattern], attributes, index)
        self.forms, self.like = _named(self.single, "LOWER")
        self.labels, _ = _named(self.single, "DEP")

    def __call__(self, doc: Doc) -> Doc:
        for token in doc:
            form = token.lower_
            told = form in self.forms or token.is_space or self.like.search(form) is not None
            key = (token.lower if told else 0, token.tag, token.dep if token.dep_ in self.labels else 0)
            row = self.rows.get(key)
            if row is None:
                row = self.rows[key] = self._row(token)
            token.tag, token.pos, token.morph, lemma = row
            if lemma:
                token.lemma = lemma
        return self.several(doc)

    def _row(self, token: Token) -> Row:
        alone = self.single(Doc(token.vocab, words=[token.text], tags=[token.tag_], deps=[token.dep_], heads=[0]))[0]
        return alone.tag, alone.pos, alone.morph, alone.lemma


def _named(ruler: AttributeRuler, attribute: str) -> tuple[frozenset[str], re.Pattern[str]]:
    """The values of an attribute that patterns name, and what is like those that they describe; NOT_IN names values too."""
    values: set[str] = set()
    like = []
    for wanted in _wanted(ruler, attribute):
        if isinstance(wanted, str):
            values.add(wanted)
        else:
            values.update(wanted.get("IN", ()), wanted.get("NOT_IN", ()))
            like += [f"(?:{wanted['REGEX']})"] if "REGEX" in wanted else []
    return frozenset(values), re.compile("|".join(like) or "(?!)")


def _wanted(ruler: AttributeRuler, attribute: str) -> Iterator[str | Mapping[str, Any]]:
    for pattern, _, _ in _rules(ruler):
        yield from (token[attribute] for token in pattern if attribute in token)


def _rules(ruler: AttributeRuler) -> Iterator[tuple[Pattern, dict[Any, Any], int]]:
    """Each pattern, what it sets, and at which of its tokens."""
    rule: Any
    for rule in ruler.patterns:
        yield from ((pattern, rule["attrs"], rule["index"]) for pattern in rule["patterns"])
