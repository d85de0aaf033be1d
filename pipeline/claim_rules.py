"""`claims.yml`: what the propositions of a topic are made of, and whether that fits together."""

from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar

from pydantic import Field, model_validator

from pipeline.rules import Id, Name, Names, Rules, Side, Words, WordSet


class Deed(Rules):
    """What can be done: lemmas of verbs and nouns whose doer gives, and of those whose doer receives.

    `here`: whoever's country it is done in takes part in it; `mutual`: each of the doers gives and receives.
    """

    verbs: Words = ()
    nouns: Words = ()
    receiving_verbs: Words = ()
    receiving_nouns: Words = ()
    here: bool = False
    mutual: bool = False


class Object(Rules):
    """What a deed is done with: words, kinds of things, canonical names of things and documents.

    `people`: whoever they belong to gets what is done, and does not give it.
    """

    words: Words = ()
    kinds: Words = ()
    names: Words = ()
    people: bool = False


class Family(Rules):
    """One proposition: `who` does a `deed` with an `object`, `to` whom.

    `alone`: deeds that need no object. `of`: whose the objects are, where that is told. `unless`: objects that rule the family out.
    `under`: the family that this is a case of, and that is not named beside it. `presumed`: it is meant where neither side is told.
    `reply`: it is only ever said in answer to something, and never what a later statement points back to.
    """

    named_by: ClassVar[tuple[str, ...]] = ("id",)

    id: Id
    title: Name
    under: Id | None = None
    who: tuple[Side, ...] = ()
    deed: Names = ()
    alone: Names = ()
    object: Names = ()
    of: tuple[Side, ...] = ()
    unless: Names = ()
    to: tuple[Side, ...] = ()
    presumed: bool = False
    reply: bool = False
    phrases: Words = ()


class Pointers(Rules):
    """Words by which a statement means what was said before it: nouns with one of the `marks` before them ("such claims"), pronouns;
    `objects` stand for the things that it was said of."""

    nouns: WordSet
    marks: WordSet
    pronouns: WordSet
    objects: WordSet


class ClaimRules(Rules):
    """`claims.yml`: the propositions of a topic, and the words that they are found by."""

    deeds: dict[Name, Deed]
    objects: dict[Name, Object]
    not_objects: Words = ()  # longer words that a word for an object is only part of
    members: Words = ()  # "equipment, including helicopters": what stands behind shares in what is done with what stands before
    measures: Words = ()  # "hundreds of helicopters": what is counted is meant
    in_return: Words = ()  # "in return for grain": what stands behind goes the other way
    families: Annotated[tuple[Family, ...], Field(min_length=1)]
    pointers: Pointers

    def in_words(self, words: "ClaimWords") -> "ClaimRules":
        """The same propositions, found by the words of another language."""
        return self.model_copy(
            update={
                "deeds": {name: deed.model_copy(update=_spoken(words.deeds.get(name))) for name, deed in self.deeds.items()},
                "objects": {name: thing.model_copy(update={"words": words.objects.get(name, ())}) for name, thing in self.objects.items()},
                "not_objects": words.not_objects,
                "members": (),
                "measures": (),
                "in_return": (),
                "families": tuple(each.model_copy(update={"phrases": words.phrases.get(each.id, ())}) for each in self.families),
                "pointers": words.pointers,
            }
        )

    @model_validator(mode="after")
    def _fits_together(self) -> "ClaimRules":
        problems = [*_twice(self), *_strangers(self), *_idle(self), *_circles(self)]
        if problems:
            raise ValueError("; ".join(problems))
        return self


class SpokenDeed(Rules):
    """The words for a deed in one language."""

    verbs: Words = ()
    nouns: Words = ()
    receiving_verbs: Words = ()
    receiving_nouns: Words = ()


class ClaimWords(Rules):
    """`claims.LANGUAGE.yml`: the words of `claims.yml` in a language without a parser, under the same names."""

    deeds: dict[Name, SpokenDeed]
    given_to: Words = ()  # deeds whose object receives: "arm Russia", "تزويد روسيا"
    objects: dict[Name, Words]
    not_objects: Words = ()
    phrases: dict[Id, Words]
    pointers: Pointers

    def strangers(self, rules: ClaimRules) -> list[str]:
        """Names that `claims.yml` does not have."""
        known = {*rules.deeds, *rules.objects, *(family.id for family in rules.families)}
        return sorted({*self.deeds, *self.objects, *self.phrases} - known)


def _spoken(words: SpokenDeed | None) -> dict[str, object]:
    return (words or SpokenDeed()).model_dump()


def _twice(rules: ClaimRules) -> Iterator[str]:
    ids = [family.id for family in rules.families]
    yield from (f"{each}: stands twice" for each in sorted({each for each in ids if ids.count(each) > 1}))


def _strangers(rules: ClaimRules) -> Iterator[str]:
    ids = {family.id for family in rules.families}
    for family in rules.families:
        yield from (f"{family.id}: no deed {each!r}" for each in (*family.deed, *family.alone) if each not in rules.deeds)
        yield from (f"{family.id}: no object {each!r}" for each in (*family.object, *family.unless) if each not in rules.objects)
        if family.under and family.under not in ids:
            yield f"{family.id}: no family {family.under!r}"
        if not (family.deed or family.object or family.phrases):
            yield f"{family.id}: nothing to find it by"


def _idle(rules: ClaimRules) -> Iterator[str]:
    deeds = {each for family in rules.families for each in (*family.deed, *family.alone)}
    objects = {each for family in rules.families for each in (*family.object, *family.unless)}
    yield from (f"deed {each!r}: of no family" for each in rules.deeds if each not in deeds)
    yield from (f"object {each!r}: of no family" for each in rules.objects if each not in objects)


def _circles(rules: ClaimRules) -> Iterator[str]:
    above = {family.id: family.under for family in rules.families}
    yield from (f"{start}: stands under itself" for start in above if start in above_of(start, above))


def above_of(family: str, above: Mapping[str, str | None]) -> list[str]:
    """The families that this one is a case of, nearest first."""
    found: list[str] = []
    at = above.get(family)
    while at is not None and at not in found:
        found.append(at)
        at = above.get(at)
    return found
