"""Reading one article: what it is about, who is in it, who says what of whom. Text in, `Findings` out, nothing else touched.

English is read by a parse; every other language that has a file of words and an analyser by patterns over its tokens.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from spacy.language import Language
from spacy.tokens import Doc, Span

from pipeline.enrich.attributions import attributions
from pipeline.enrich.authors import author_of
from pipeline.enrich.confidence import sure
from pipeline.enrich.drafts import Draft
from pipeline.enrich.entities import Mention, entities, find_entities
from pipeline.enrich.extent import is_partial, with_limits
from pipeline.enrich.families import Families, find_claims
from pipeline.enrich.hearing import Ear, Phrases, compile_phrases, hear
from pipeline.enrich.named import Named
from pipeline.enrich.parsed import Parsed
from pipeline.enrich.parsing import Parser
from pipeline.enrich.past import compile_past
from pipeline.enrich.patterns import Patterns
from pipeline.enrich.patterns import told as told_by_patterns
from pipeline.enrich.scene import ClaimFinder, Scene
from pipeline.enrich.sentences import Quotation, dialogue, quotations, sentences
from pipeline.enrich.speakers import Cast
from pipeline.enrich.statements import Told, statements
from pipeline.enrich.told import told
from pipeline.gazetteer import Gazetteer
from pipeline.model import Act, Context, Findings, SpeakerKind, Statement, Verdict
from pipeline.rules import Topic
from pipeline.topic import Matchers, compile_topic, judge
from pipeline.words import PARSED, LanguageRules

# Acts by which a side turns against another's doings.
REPROACHES = frozenset({Act.ACCUSATION, Act.CRITICISM, Act.CONCERN, Act.THREAT, Act.SANCTION, Act.DEMAND})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Everything that reading needs beside the text, compiled once per process."""

    parser: Parser
    model: str
    topic: Topic
    matchers: Mapping[str, Matchers]
    gazetteer: Gazetteer
    words: LanguageRules
    phrases: Phrases
    names: Mapping[str, str]  # side to the state's canonical name
    families: Families
    patterns: Mapping[str, Patterns]  # language to how it is read; English is read by the parse
    claims: Mapping[str, ClaimFinder]  # language to how claim families are found in it
    digest: str  # of the rules: an article read by another digest was read by other rules

    @property
    def languages(self) -> frozenset[str]:
        return frozenset({PARSED, *self.patterns})

    @property
    def cameo(self) -> Mapping[str, str]:
        return {act.value: self.words.acts[act].cameo for act in Act}


def build_reader(
    *,
    nlp: Language,
    model: str,
    topic: Topic,
    gazetteer: Gazetteer,
    words: LanguageRules,
    names: Mapping[str, str],
    families: Families,
    patterns: Mapping[str, Patterns],
    claims: Mapping[str, ClaimFinder],
    digest: str,
) -> Reader:
    return Reader(
        parser=Parser(nlp, words.abbreviations),
        model=model,
        topic=topic,
        matchers=compile_topic(topic),
        gazetteer=gazetteer,
        words=words,
        phrases=compile_phrases(words, nlp),
        names=names,
        families=families,
        patterns=patterns,
        claims={PARSED: partial(find_claims, families=families), **claims},
        digest=digest,
    )


def enrich(text: str, context: Context, reader: Reader) -> Findings:
    """Reads one article. Off topic, or in a language without words, nothing but the verdict is made: the parse is what costs."""
    verdict = judge(context.title, text, context.language, reader.topic, reader.matchers)
    if not verdict.on_topic or context.language not in reader.languages:
        return Findings(verdict=verdict, entities=(), claims=(), statements=(), sentences=())
    return read_statements(text, context, reader, verdict)


def read_statements(text: str, context: Context, reader: Reader, verdict: Verdict) -> Findings:
    """The same for a text whose verdict is given, in one of the reader's languages."""
    doc, *title = _docs([text, *([context.title] if context.title else [])], context, reader)
    found, mentions = _read(doc, context, reader)
    titled = _of_title(title[0], found, context, reader) if title else []
    claims = tuple(sorted({claim for statement in (*titled, *found) for claim in statement.claims}))
    head = context.title or ""
    judged = tuple(
        _weighed(draft, title[0], head, context, reader) if draft.start < 0 else _weighed(draft, doc, text, context, reader)
        for draft in _with_title(titled, found)
    )
    return Findings(
        verdict=verdict,
        entities=entities(mentions),
        claims=claims,
        statements=with_limits(judged),
        sentences=tuple((sentence.start_char, sentence.end_char) for sentence in sentences(doc)),
    )


def _docs(texts: Sequence[str], context: Context, reader: Reader) -> list[Doc]:
    patterns = reader.patterns.get(context.language)
    return [patterns.analyser.parse(text) for text in texts] if patterns else reader.parser.parse(texts)


def _weighed(draft: Draft, doc: Doc, text: str, context: Context, reader: Reader) -> Statement:
    """The statement, with what can be told only when its run is whole. `text` is the document's, which spaCy would put together anew."""
    start, end = (0, len(text)) if draft.start < 0 else (draft.start, draft.end)
    patterns = reader.patterns.get(context.language)
    words = patterns.plain(doc, start, end) if patterns else text[start:end]
    phrases = patterns.rules.partial if patterns else reader.words.partial
    return draft.stated(
        confidence=sure(draft, _accused(draft, reader.topic), reader.words.confidence), partial=is_partial(draft.act, words, phrases)
    )


def _accused(draft: Draft, topic: Topic) -> tuple[str, ...]:
    """The sides that a statement is weighed against as parties: one that reproaches another party speaks as any other side does."""
    own = topic.own(draft.speaker.side)
    return () if draft.act in REPROACHES and own and own < topic.parties else topic.sides


def _of_title(title: Doc, found: Sequence[Draft], context: Context, reader: Reader) -> list[Draft]:
    """What the title states and the body does not: the same act by the same side counts as the same."""
    made = {(statement.act, statement.speaker.side) for statement in found}
    stated, _ = _read(title, replace(context, title=None), reader)
    own = [
        statement
        for statement in stated
        if (statement.act, statement.speaker.side) not in made and statement.speaker.kind is not SpeakerKind.ANONYMOUS
    ]
    return [replace(statement, sentences=(), start=-1, end=-1, background=False, addressee_of=None) for statement in own]


def _with_title(titled: Sequence[Draft], found: Sequence[Draft]) -> tuple[Draft, ...]:
    shift = len(titled)
    moved = [
        statement if statement.addressee_of is None else replace(statement, addressee_of=statement.addressee_of + shift)
        for statement in found
    ]
    return (*titled, *moved)


def _read(doc: Doc, context: Context, reader: Reader) -> tuple[tuple[Draft, ...], tuple[Mention, ...]]:
    text = doc.text
    on = context.published.date() if context.published else None
    mentions = find_entities(doc, reader.gazetteer, on, context.outlet_country)
    scene = Scene(
        text=text,
        sentences=sentences(doc),
        quotations=_quotations(text, context, reader),
        named=Named(mentions),
        topic=reader.topic,
        names=reader.names,
        families=reader.families.ids,
        claims=reader.claims.get(context.language, _no_claims),
        weights=reader.words.confidence,
    )
    return statements(_told(doc, context, scene, reader), scene), mentions


def _no_claims(spans: Sequence[Span], mentions: Sequence[Mention], *, context: Sequence[str] = ()) -> tuple[str, ...]:
    """In a language that the topic has no words for."""
    return ()


def _quotations(text: str, context: Context, reader: Reader) -> tuple[Quotation, ...]:
    """Between quotation marks; where a language sets speech between dashes, there too."""
    patterns = reader.patterns.get(context.language)
    dashed = dialogue(text) if patterns and patterns.rules.dashes else ()
    return tuple(sorted((*quotations(text), *dashed), key=lambda quotation: quotation.start))


def _told(doc: Doc, context: Context, scene: Scene, reader: Reader) -> Told:
    words = reader.words
    subject = reader.matchers[context.language].subject
    on = context.published.date() if context.published else None
    if (patterns := reader.patterns.get(context.language)) is not None:
        return told_by_patterns(doc, scene, patterns, [found.span() for found in subject.finditer(scene.text)], on)
    parsed = Parsed(
        scene=scene,
        cast=Cast(scene.named, context, words),
        words=words,
        ear=Ear(
            named=scene.named,
            heard=hear(doc, reader.phrases, words),
            topical=frozenset(found.start() for found in subject.finditer(scene.text)),
            topic=reader.topic,
            words=words,
        ),
        past=compile_past(words, on),
        author=author_of(doc, scene.quotations, context, words),
    )
    return told(attributions(doc, scene.sentences, scene.quotations, words), parsed)
