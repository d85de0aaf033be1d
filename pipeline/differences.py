"""What one state of a configuration file has more, less or otherwise than another, block by block. Values in, values out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import yaml

from pipeline.merging import REMOVE, Data, Field, fields_of, joined, name_of
from pipeline.rules import Rules

# A value that is longer is told by its beginning.
LONGEST = 200

_ABSENT = object()


class Kind(StrEnum):
    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One block that is not what it was: `outlets.an-id`, `deeds.give`, `max_age`. `lines` tell how, of one that has changed."""

    block: str
    kind: Kind
    lines: tuple[str, ...] = ()


def blocks(data: Mapping[str, Any], shape: type[Rules]) -> dict[str, Any]:
    """What a file says in the parts that people think of: each block of a list, each entry of a mapping, any other key as a whole."""
    found: dict[str, Any] = {}
    for key, value in data.items():
        found |= {joined(key, name): part for name, part in _parts(value, fields_of(shape).get(key, Field()))} or {key: value}
    return found


def _parts(value: Any, field: Field) -> Iterator[tuple[str, Any]]:
    if field.entries and isinstance(value, Mapping):
        yield from ((str(name), part) for name, part in value.items())
    if field.blocks and isinstance(value, list):
        yield from ((name_of(block, field.blocks) or "", block) for block in value)


def named(over: Mapping[str, Any], shape: type[Rules]) -> set[str]:
    """The blocks that a file speaks of, to change them or to take them away; word lists that it only adds to are none."""
    fields = fields_of(shape)
    plain = {key: value for key, value in over.items() if key != REMOVE and not fields.get(key, Field()).words}
    gone = {
        joined(key, name)
        for key, names in (over.get(REMOVE) or {}).items()
        for name in names
        if (field := fields.get(key)) and (field.blocks or field.entries)
    }
    return set(blocks(plain, shape)) | gone


def overrides(over: Mapping[str, Any], shape: type[Rules]) -> set[str]:
    """Those of them in which something takes the place of what lies below, or takes it away; blocks that are only added to are none."""
    fields = fields_of(shape)
    found = {block for block in named(over, shape) if block not in blocks(over, shape)}
    for key, value in over.items():
        field = fields.get(key, Field())
        parts = dict(_parts(value, field))
        inner = Field(model=field.blocks) if field.blocks else field.entries or Field()
        found |= {joined(key, name) for name, part in parts.items() if _replaces(part, inner)}
        if key != REMOVE and not parts and _replaces(value, field):
            found.add(key)
    return found


def _replaces(value: Any, field: Field) -> bool:
    """Whether anything in it is more than words and blocks that are added."""
    if field.words:
        return False
    if field.model and isinstance(value, Mapping):
        fields = fields_of(field.model)
        return any(key not in field.model.named_by and _replaces(part, fields.get(key, Field())) for key, part in value.items())
    if field.entries and isinstance(value, Mapping):
        return any(_replaces(part, field.entries) for part in value.values())
    if field.blocks and isinstance(value, list):
        return any(_replaces(part, Field(model=field.blocks)) for part in value)
    return True


def differences(before: Data, after: Data, shape: type[Rules]) -> list[Difference]:
    """Block by block, in the order of the later state, what is gone last."""
    old, new = blocks(before, shape), blocks(after, shape)
    found = []
    for block, value in new.items():
        if block not in old:
            found.append(Difference(block=block, kind=Kind.ADDED))
        elif old[block] != value:
            found.append(Difference(block=block, kind=Kind.CHANGED, lines=tuple(told(old[block], value))))
    return found + [Difference(block=block, kind=Kind.REMOVED) for block in old if block not in new]


def told(before: Any, after: Any, where: str = "") -> Iterator[str]:
    """How one value differs from another, in lines: `enabled: true → false`, `verbs: + hand, lend`."""
    if before == after:
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in dict.fromkeys([*before, *after]):
            yield from told(before.get(key, _ABSENT), after.get(key, _ABSENT), joined(where, key))
        return
    label = f"{where}: " if where else ""
    if isinstance(before, list) and isinstance(after, list):
        more, less = [each for each in after if each not in before], [each for each in before if each not in after]
        if more:
            yield f"{label}+ {', '.join(map(_plain, more))}"
        if less:
            yield f"{label}- {', '.join(map(_plain, less))}"
        if not more and not less:
            yield f"{label}in another order"
        return
    yield f"{label}{_plain(before)} → {_plain(after)}"


def _plain(value: Any) -> str:
    if value is _ABSENT:
        return "–"
    text = yaml.safe_dump([value], default_flow_style=True, allow_unicode=True, width=100_000).strip()[1:-1]
    return text if len(text) <= LONGEST else text[:LONGEST] + " …"
