"""What the types of all YAML files in `config/` have in common, and those of `topic.yml`. An unknown key is an error, not a shrug.

`pipeline.settings` reads the files; sources, alerts and languages have their types in `source_rules`, `alert_rules` and `words`.
"""

from functools import cached_property
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=64)]
# Of a state the two letters of ISO 3166; of a bloc, a company or whoever else is a party of its own, as many as it takes.
# Quoted in YAML: a bare NO is a boolean.
Side = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]{1,11}$")]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]


class Rules(BaseModel):
    """What every block of YAML has in common: complete, unchangeable, nothing unknown in it.

    `named_by` are the keys that tell a block of a list from the others, so that one file can add to another's; see `merging`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    named_by: ClassVar[tuple[str, ...]] = ()


class Chosen:
    """Marks what is one choice, such as a list of names that are no words: a later file's stands in the place of an earlier one's."""


Names = Annotated[tuple[Name, ...], Chosen()]


class TopicWords(Rules):
    """One language's words of a topic. A trailing `*` stands for any ending: `fish*`."""

    parties: dict[Name, tuple[Name, ...]]
    subject: tuple[Name, ...]
    related: tuple[Name, ...] = ()  # of the subject, and of much else
    # What may be written onto the front of any of these words, the article and conjunctions of Arabic; "" where nothing need be.
    written_on: tuple[str, ...] = ()


class Topic(Rules):
    """`topic.yml`: what an article must be about. It names all parties and the subject close together, often enough.

    `partners` are sides that stand together in it: each answers for what another of them does. Of two that do not, either may accuse the
    other.
    """

    id: Id
    title: Name
    sides: Annotated[tuple[Side, ...], Field(min_length=1)]  # whose deeds the topic is about
    partners: tuple[tuple[Side, ...], ...] = ()
    languages: dict[Language, TopicWords]
    least: Annotated[int, Field(ge=1)] = 4  # points an article needs; `pipeline.topic.judge` counts them
    lead: Annotated[int, Field(ge=1)] = 2  # how many paragraphs are the lead

    @cached_property
    def parties(self) -> frozenset[str]:
        return frozenset(self.sides)

    @cached_property
    def _together(self) -> dict[str, frozenset[str]]:
        return {side: frozenset(group) for group in self.partners for side in group}

    def own(self, side: str | None) -> frozenset[str]:
        """Whose deeds a speaker of this side answers for: its own and its partners'; nobody's where it is no party."""
        return self._together.get(side, frozenset({side})) if side in self.parties and side is not None else frozenset()

    def others(self, side: str | None) -> frozenset[str]:
        """Whose deeds a speaker of this side may accuse of: those of the parties that it does not answer for."""
        return self.parties - self.own(side)

    @model_validator(mode="after")
    def _partners_are_sides(self) -> "Topic":
        named = [side for group in self.partners for side in group]
        if strangers := sorted(set(named) - set(self.sides)):
            raise ValueError(f"partners that are no sides: {', '.join(strangers)}")
        if twice := sorted({side for side in named if named.count(side) > 1}):
            raise ValueError(f"partners of two groups: {', '.join(twice)}")
        return self


Words = tuple[Name, ...]
# Words that are only looked up.
WordSet = frozenset[Name]
