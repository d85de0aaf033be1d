"""`claimwire actors`: whom a name means, and who speaks often without standing in `actors.yml`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import yaml

from pipeline.actors import Actors
from pipeline.config_files import read_config
from pipeline.gazetteer import Gazetteer
from pipeline.index import Index
from pipeline.model import SpeakerKind
from pipeline.settings import Settings

# Whoever speaks under a name of its own; states and the nameless come from word lists.
NAMED = (SpeakerKind.PERSON, SpeakerKind.ORGANISATION, SpeakerKind.MEDIA)
# How many names one look takes in: those that every list has come first and are many.
MANY = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranger:
    """Somebody who speaks and is in no list; side and affiliation are those that most of the statements have."""

    name: str
    statements: int
    kind: SpeakerKind
    side: str | None
    affiliation: str | None
    notes: tuple[str, ...]  # what the lists know of the name nevertheless: whose surname it is


def open_gazetteer(settings: Settings) -> Gazetteer:
    """The topic's names, without the language model."""
    return Gazetteer(read_config(settings, "actors.yml", Actors))


def strangers(index: Index, gazetteer: Gazetteer, *, least: int = 1, size: int = 50) -> list[Stranger]:
    """Speakers of at least so many statements whom the lists do not know, the most frequent first."""
    index.refresh("statements")
    told = index.terms("statements", "speaker.name", {"terms": {"speaker.kind": list(NAMED)}}, size=MANY)
    unknown = [(name, count) for name, count in told.items() if count >= least and not _is_listed(name, gazetteer)]
    return [_stranger(name, count, index, gazetteer) for name, count in unknown[:size]]


def _is_listed(name: str, gazetteer: Gazetteer) -> bool:
    return name in gazetteer.lexicon.actors or gazetteer.find(name) is not None


def _stranger(name: str, count: int, index: Index, gazetteer: Gazetteer) -> Stranger:
    def usual(field: str) -> str | None:
        return next(iter(index.terms("statements", f"speaker.{field}", {"term": {"speaker.name": name}}, size=1)), None)

    return Stranger(
        name=name,
        statements=count,
        kind=SpeakerKind(usual("kind") or SpeakerKind.PERSON),
        side=usual("side"),
        affiliation=usual("affiliation"),
        notes=tuple(line.strip() for line in gazetteer.explain(name)[1:]),
    )


def yaml_of(found: Sequence[Stranger]) -> str:
    """Blocks for `actors.yml`, each under the key that it belongs to. What is not known is a comment."""
    people = [each for each in found if each.kind is SpeakerKind.PERSON]
    bodies = [each for each in found if each.kind is not SpeakerKind.PERSON]
    lines = [line for key, group in (("people", people), ("organisations", bodies)) if group for line in (f"{key}:", *_blocks(group))]
    return "\n".join(lines)


def _blocks(group: Sequence[Stranger]) -> Iterator[str]:
    for each in group:
        yield f"  # {each.statements} statement{'' if each.statements == 1 else 's'}" + "".join(f"; {note}" for note in each.notes)
        yield f"  - name: {_scalar(each.name)}"
        yield from _person(each) if each.kind is SpeakerKind.PERSON else _body(each)


def _person(each: Stranger) -> Iterator[str]:
    yield f'    side: "{each.side}"' if each.side else '    # side: "" # for whom they speak'
    of = f", of: {_scalar(each.affiliation)}" if each.affiliation else ""
    yield f'    # offices: [{{title: minister{of}, from: "2024-01"}}] # a title of `titles`; no `to` is still in office'


def _body(each: Stranger) -> Iterator[str]:
    if each.kind is SpeakerKind.MEDIA:
        yield "    kind: media"
        yield '    # country: ""'
        return
    yield "    kind: group # or ministry, agency, council, parliament, mission, armed forces, company, institute …"
    yield f'    side: "{each.side}"' if each.side else '    # side: "" # for whom it speaks'


def _scalar(name: str) -> str:
    """A name as YAML wants it, in quotation marks only where it needs them."""
    return yaml.safe_dump([name], allow_unicode=True, width=10_000, default_flow_style=True).strip()[1:-1]
