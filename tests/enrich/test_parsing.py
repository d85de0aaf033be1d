"""The table in the place of spaCy's attribute ruler, against the ruler itself."""

from collections.abc import Iterator

from spacy.tokens import Doc, Token

from pipeline.enrich import Reader
from pipeline.enrich.sentences import split, tokens
from tests.conftest import SITES
from tests.enrich.conftest import cases

# What the patterns of several tokens are for, and spaces of every kind.
ODD = "It ain't so. Y'all gonna go, they gotta; let's see. C'mon, nothin' doin'!\n\n\tThere's a 3.5% rise.  I've got   it, you'd said."


def as_spacy(text: str, reader: Reader) -> Doc:
    doc = split(tokens(text, reader.parser.nlp), reader.words.abbreviations)
    for _, step in reader.parser.nlp.pipeline:
        doc = step(doc)
    return doc


def seen(token: Token) -> tuple[str, str, str, str, str, str, int]:
    return token.text, token.tag_, token.pos_, token.lemma_, token.dep_, str(token.morph), token.head.i


def texts() -> Iterator[str]:
    yield ODD
    yield from (path.read_text(encoding="utf-8") for path in sorted(SITES.glob("*.txt")))
    yield "\n\n".join(case["text"] for case in cases("statements/*"))


def test_tags_forms_and_lemmas_are_those_of_the_model(reader: Reader) -> None:
    for text in texts():
        assert [seen(token) for token in reader.parser.one(text)] == [seen(token) for token in as_spacy(text, reader)]


def test_two_texts_together_are_read_as_each_alone(reader: Reader) -> None:
    first, second = "Tehran denied it.", "Moscow said on Monday that it had bought no drones from Iran."

    assert [[seen(token) for token in doc] for doc in reader.parser.parse([first, second])] == [
        [seen(token) for token in reader.parser.one(text)] for text in (first, second)
    ]
