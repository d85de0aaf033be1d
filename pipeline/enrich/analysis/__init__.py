"""A text of a language that has no parser: its tokens with lemma, part of speech and morphology, and its sentences.

Each language has an analyser of its own behind one contract. What it gives is a spaCy `Doc` whose tokens are slices of the text:

- `is_sent_start`, by `sentences.split`;
- `lemma_` and `norm_` in small letters and in the language's one spelling (Russian е for ё, Persian ی and ک); `norm_` is the form as it
  stands. The words of `languages/*.yml` are looked up by both, after `normal` has given them the same spelling;
- `pos_`, a tag of Universal Dependencies: VERB, AUX, NOUN, PROPN, PRON, ADJ, ADV, ADP, DET, NUM, CCONJ, SCONJ, PART, PUNCT, SPACE, X;
- `morph`, features of Universal Dependencies as far as the form tells them: Case, Number, Gender, Person, Tense, Aspect, Mood, Voice,
  VerbForm, Polarity=Neg. A feature with several values (`Case=Acc,Nom`) is one that the form leaves open.

What is written onto a word and is a word of its own (Arabic conjunctions, prepositions, pronouns) is a token of its own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from spacy.tokens import Doc

from pipeline.enrich.analysis.arabic import Arabic, ArabicLexicon
from pipeline.enrich.analysis.persian import Persian, PersianLexicon
from pipeline.enrich.analysis.russian import Russian
from pipeline.rules import Rules

__all__ = ["ANALYSERS", "Analyser", "Making"]


class Analyser(Protocol):
    """What reading patterns needs of a language."""

    def parse(self, text: str) -> Doc:
        """The text's tokens; `doc.text` is the text."""
        ...

    def normal(self, words: str) -> str:
        """Words of the language's file in the spelling of `norm_` and `lemma_`, parted by single spaces as tokens are."""
        ...


@dataclass(frozen=True, slots=True)
class Making:
    """What makes an analyser: `make(abbreviations)`, or `make(abbreviations, lexicon)` where it has a file in `languages/lexicons/`."""

    make: Callable[..., Analyser]
    lexicon: type[Rules] | None = None


# Language to what makes its analyser.
ANALYSERS: Mapping[str, Making] = {"ar": Making(Arabic, ArabicLexicon), "fa": Making(Persian, PersianLexicon), "ru": Making(Russian)}
