"""The author's own voice: in an opinion piece, what no source is named for is what its author says."""

from collections.abc import Iterator, Sequence

from spacy.tokens import Doc, Span

from pipeline.enrich.frames import Attribution, Frame, quoted_tokens
from pipeline.enrich.sentences import Quotation
from pipeline.model import Context, Speaker, SpeakerKind
from pipeline.words import LanguageRules

# A reporter says "I" once, of how the news was come by; who argues says it again.
LEAST = 2


def author_of(doc: Doc, quotations: Sequence[Quotation], context: Context, words: LanguageRules) -> Speaker | None:
    """Who speaks outside of quotation marks in the first person; None where nobody does, as in news, or as often as not
    asks, as in an interview."""
    own = [token.i for token in doc if token.lower_ in words.pronouns.author]
    if len(own) < LEAST:
        return None
    quoted = quoted_tokens(doc, quotations)
    said = sum(place not in quoted for place in own)
    asked = sum(token.text == "?" and token.i not in quoted for token in doc)
    if said < LEAST or asked > said:
        return None
    return Speaker(name=context.author or context.outlet or "the author", kind=SpeakerKind.AUTHOR)


def own_words(found: Sequence[Attribution], sentences: Sequence[Span], quotations: Sequence[Quotation]) -> Iterator[Attribution]:
    """The sentences in which nobody is said to say anything, each as said by the author."""
    told = {each.sentence for each in found} | {number for each in found for number in _reached(each, sentences)}
    for number, sentence in enumerate(sentences):
        in_quotation = any(quotation.start <= sentence.start_char + 1 < quotation.end for quotation in quotations)
        if number not in told and not in_quotation and len(sentence) > 1:
            yield Attribution(
                lemma="",
                cue=sentence.root,
                source=None,
                content=(sentence,),
                sentence=number,
                frame=Frame.AUTHOR,
                negated=sentence[-1].text == "?",
            )


def _reached(attribution: Attribution, sentences: Sequence[Span]) -> Iterator[int]:
    for piece in attribution.content:
        for number in range(max(0, attribution.sentence - 1), len(sentences)):
            if sentences[number].start >= piece.end:
                break
            if sentences[number].end > piece.start:
                yield number
