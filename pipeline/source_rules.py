"""The types of `sources.yml` and `agencies.yml`: whose news are read, and what is known of them."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints, model_validator

from pipeline.model import FeedKind, OutletFacts
from pipeline.rules import Id, Language, Name, Rules, Side

HttpUrl = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/?#]+", max_length=2000)]
Ownership = Literal["state", "state-affiliated", "public", "private", "exile", "ngo", "government"]


class Feed(Rules):
    """One address to poll. `kind` is found out from the answer where it is not given."""

    named_by: ClassVar[tuple[str, ...]] = ("url",)

    url: HttpUrl
    kind: FeedKind | None = None
    headers: dict[str, str] = Field(default_factory=dict)


class Outlet(Rules):
    """One publisher and all that is known of it; an outlet's quirk is a line here, never Python."""

    named_by: ClassVar[tuple[str, ...]] = ("id",)

    id: Id
    name: Name
    domains: Annotated[tuple[Name, ...], Field(min_length=1)]
    country: Side | None = None
    ownership: Ownership | None = None
    tier: Annotated[int, Field(ge=1, le=4)] = 3
    languages: tuple[Language, ...] = ("en",)
    feeds: Annotated[tuple[Feed, ...], Field(min_length=1)]
    signs: tuple[Name, ...] = ()  # of an agency that is not in agencies.yml: how others sign what they take from it
    enabled: bool = True
    notes: str = ""

    def facts(self) -> OutletFacts:
        return OutletFacts(id=self.id, name=self.name, country=self.country, ownership=self.ownership, tier=self.tier)


class Sources(Rules):
    """`sources.yml`: the outlets of a topic."""

    outlets: tuple[Outlet, ...]

    @model_validator(mode="after")
    def _ids_are_unique(self) -> "Sources":
        ids = [outlet.id for outlet in self.outlets]
        twice = sorted({each for each in ids if ids.count(each) > 1})
        if twice:
            raise ValueError(f"outlet ids stand twice: {', '.join(twice)}")
        return self


class Agency(Rules):
    """A news agency and how others sign what they take from it."""

    named_by: ClassVar[tuple[str, ...]] = ("name",)

    name: Name  # the outlet's, where it is one of the sources
    signs: Annotated[tuple[Name, ...], Field(min_length=1)]


class AgencyRules(Rules):
    """`agencies.yml`."""

    agencies: tuple[Agency, ...]
