"""The mentions of a text, to be asked who stands where in it."""

from bisect import bisect_left
from collections.abc import Sequence

from spacy.tokens import Span, Token

from pipeline.enrich.entities import Mention
from pipeline.model import EntityKind

PARTIES = frozenset({EntityKind.STATE, EntityKind.ORGANISATION, EntityKind.PERSON})


class Named:
    """The mentions of a text, to be asked which of them stand in a stretch of it."""

    def __init__(self, mentions: Sequence[Mention]) -> None:
        self.mentions = sorted(mentions, key=lambda mention: mention.start)
        self._starts = [mention.start for mention in self.mentions]

    def within(self, start: int, end: int) -> list[Mention]:
        """Mentions that lie wholly in `[start, end)`, in order."""
        first = bisect_left(self._starts, start)
        found = []
        for mention in self.mentions[first:]:
            if mention.start >= end:
                break
            if mention.end <= end:
                found.append(mention)
        return found

    def at(self, token: Token) -> list[Mention]:
        return [mention for mention in self.within_token(token) if mention.kind in PARTIES]

    def within_token(self, token: Token) -> list[Mention]:
        first = max(0, bisect_left(self._starts, token.idx + 1) - 1)
        return [mention for mention in self.mentions[first : first + 1] if mention.start <= token.idx < mention.end]

    def sides(self, span: Span) -> list[str]:
        """Sides of the parties named, each once, in their order; makers of things are named by their adjective."""
        found = [mention.side for mention in self.within(span.start_char, span.end_char) if mention.kind in PARTIES and mention.side]
        return list(dict.fromkeys(found))
