"""What the types of all YAML files in `config/` have in common, and those of `topic.yml`. An unknown key is an error, not a shrug.

`pipeline.settings` reads the files; sources, alerts and languages have their types in `source_rules`, `alert_rules` and `words`.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=64)]
# ISO 3166 alpha-2, or one of the bodies that speak for several states. Quoted in YAML: a bare NO is a boolean.
Side = Annotated[str, StringConstraints(pattern=r"^([A-Z]{2}|EU|NATO|UN)$")]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]


class Rules(BaseModel):
    """What every block of YAML has in common: complete, unchangeable, nothing unknown in it."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TopicWords(Rules):
    """One language's words of a topic. A trailing `*` stands for any ending: `iran*`."""

    parties: dict[Name, tuple[Name, ...]]
    subject: tuple[Name, ...]
    related: tuple[Name, ...] = ()  # of the subject, and of much else


class Topic(Rules):
    """`topic.yml`: what an article must be about. It names all parties and the subject close together, often enough."""

    id: Id
    title: Name
    sides: Annotated[tuple[Side, ...], Field(min_length=1)]  # whose deeds the topic is about
    languages: dict[Language, TopicWords]
    least: Annotated[int, Field(ge=1)] = 4  # points an article needs; `pipeline.topic.judge` counts them
    lead: Annotated[int, Field(ge=1)] = 2  # how many paragraphs are the lead


Words = tuple[Name, ...]
# Words that are only looked up.
WordSet = frozenset[Name]
