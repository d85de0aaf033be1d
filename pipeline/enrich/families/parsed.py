"""A sentence as its parse ties it together."""

from spacy.tokens import Token

from pipeline.claim_rules import Family
from pipeline.enrich.english import CLAUSAL, EXPLAINING, has_word
from pipeline.enrich.families import roles
from pipeline.enrich.families.looked import Roles
from pipeline.enrich.families.pieces import Done, Piece, Thing

_ARGUMENTS = frozenset({"nsubj", "nsubjpass", "dobj", "pobj"})


class Parsed(Piece):
    """A piece whose roles and pointers are read off the dependency parse."""

    def roles_of(self, thing: Thing) -> Roles:
        return roles.roles_of(self, thing)

    def roles_in(self, deed: Done) -> Roles:
        return roles.roles_in(self, deed)

    def roles_with(self, thing: Thing, deed: Done) -> Roles:
        return roles.roles_with(self, thing, roles.roles_in(self, deed))

    def is_of(self, family: Family, thing: Thing) -> bool:
        return roles.is_of(self, family, thing)

    def points_back(self) -> bool:
        """Whether it speaks of what was said before: "such claims", "this"."""
        return any(self._is_pointing_noun(token) or self._is_pointing_pronoun(token) for token in self.tokens)

    def _is_pointing_noun(self, token: Token) -> bool:
        pointers = self.families.rules.pointers
        marked = has_word(token, pointers.marks)
        return marked and token.lemma_.lower() in pointers.nouns and not _is_explained(token)

    def _is_pointing_pronoun(self, token: Token) -> bool:
        known = token.lower_ in self.families.rules.pointers.pronouns
        return known and token.pos_ in {"PRON", "DET"} and token.dep_ in _ARGUMENTS


def _is_explained(noun: Token) -> bool:
    """Whether a noun itself says what it is about: "the claim that …", "reports of deliveries"."""
    return any(child.dep_ in CLAUSAL or child.lower_ in EXPLAINING for child in noun.children)
