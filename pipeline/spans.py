"""Where in a text an attribution stands: source, cue and what is said, each as offsets of its characters.

Spans come in the order of the text, do not overlap within one part, and have no white space at their ends.
"""

from dataclasses import dataclass

from spacy.tokens import Doc, Span, Token

from pipeline.enrich.frames import Attribution

Spans = tuple[tuple[int, int], ...]

# Clauses that hang on a noun and say more about it; the name is over where one begins.
CLAUSES = frozenset({"relcl", "ccomp", "advcl", "parataxis"})
EDGES = frozenset({",", ";", ":", ".", "—", "–", "-", "“", "”", '"', "''", "``"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Attributed:
    """One attribution as spans of its text; no source where nobody is named."""

    source: Spans
    cue: Spans
    content: Spans


def attributed(attribution: Attribution) -> Attributed:
    """The spans of one attribution."""
    source = () if attribution.source is None else _trimmed(_phrase(attribution.source, attribution.cue))
    content = [span for piece in attribution.content for span in _trimmed(piece)]
    return Attributed(source=source, cue=_of_tokens(_cue(attribution)), content=_apart(content))


def _phrase(head: Token, cue: Token) -> Span:
    """The noun phrase of a source, titles and appositions with it; neither the cue nor a clause that says more about the source."""
    start, end = _start(head, cue), _end(head, cue)[0]
    while end - 1 > head.i and (head.doc[end - 1].text in EDGES or head.doc[end - 1].is_space):
        end -= 1
    while start < head.i and (head.doc[start].text in EDGES or head.doc[start].is_space):
        start += 1
    return head.doc[start:end]


def _start(head: Token, cue: Token) -> int:
    start = head.i
    for child in reversed(list(head.lefts)):
        if _is_within(cue, child):
            break
        start = min(start, child.left_edge.i)
    return start


def _end(head: Token, cue: Token) -> tuple[int, bool]:
    """The token behind the phrase, and whether nothing of it was cut off."""
    end = head.i + 1
    for child in head.rights:
        if child.dep_ in CLAUSES or _is_within(cue, child) or (child.dep_ == "acl" and _behind_comma(child)):
            return end, False
        last, whole = _end(child, cue)
        end = max(end, last)
        if not whole:
            return end, False
    return end, True


def _is_within(token: Token, head: Token) -> bool:
    return token.i == head.i or head.is_ancestor(token)


def _behind_comma(clause: Token) -> bool:
    first = clause.left_edge.i
    return first > 0 and clause.doc[first - 1].text in {",", "—", "–"}


def _cue(attribution: Attribution) -> list[Token]:
    """The verb, noun or adjective, with the further words of its lemma where they stand."""
    cue = attribution.cue
    found = [cue]
    for word in attribution.lemma.split()[1:]:
        behind = (child for child in cue.children if child.i > found[-1].i)
        near = (token for token in cue.doc[found[-1].i + 1 : cue.sent.end])
        found += next(([token] for token in (*behind, *near) if token.lower_ == word), [])
    return found


def _of_tokens(tokens: list[Token]) -> Spans:
    """Neighbouring tokens as one span."""
    doc: Doc = tokens[0].doc
    runs: list[list[int]] = []
    for place in sorted(token.i for token in tokens):
        if runs and runs[-1][1] == place:
            runs[-1][1] = place + 1
        else:
            runs.append([place, place + 1])
    return tuple(span for first, last in runs for span in _trimmed(doc[first:last]))


def _trimmed(piece: Span) -> Spans:
    text = piece.text
    start = piece.start_char + len(text) - len(text.lstrip())
    end = piece.end_char - (len(text) - len(text.rstrip()))
    return ((start, end),) if start < end else ()


def _apart(spans: list[tuple[int, int]]) -> Spans:
    """Spans in the order of the text; those that overlap as one."""
    done: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if done and start < done[-1][1]:
            done[-1] = (done[-1][0], max(end, done[-1][1]))
        else:
            done.append((start, end))
    return tuple(done)
