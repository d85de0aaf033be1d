"""One YAML file laid over another of the same type: what is added, what is replaced, what is taken away. Values in, values out.

Blocks go together by what names them (an outlet's id, a person's name, a feed's address), key by key; lists of words are united; any
other list and any single value of the later file stands in the place of the earlier one's. The key `remove`, in any mapping, names
what goes before anything is added: a key of the mapping, and its blocks, words or entries that are not wanted.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from pipeline.rules import Chosen, Name, Rules

REMOVE = "remove"

Data = dict[str, Any]


class Misfit(ValueError):
    """What the later file says cannot be laid over the earlier one; `key` says where, `remedy` what could be."""

    def __init__(self, key: str, problem: str, remedy: str | None = None) -> None:
        super().__init__(problem)
        self.key = key
        self.problem = problem
        self.remedy = remedy


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """What a key may hold, as far as laying one file over another depends on it; nothing of these is a single value or a choice."""

    model: type[Rules] | None = None  # a mapping with keys of its own
    entries: "Field | None" = None  # a mapping of names to values of one type
    blocks: type[Rules] | None = None  # a list of mappings, each with what names it
    words: bool = False  # a list that is united

    @property
    def holds_many(self) -> bool:
        return bool(self.model or self.entries or self.blocks or self.words)


@cache
def fields_of(shape: type[Rules]) -> Mapping[str, Field]:
    """The keys of a type as they stand in YAML."""
    return {info.alias or name: _field_of(info) for name, info in shape.model_fields.items()}


def _field_of(info: FieldInfo) -> Field:
    return Field() if any(isinstance(each, Chosen) for each in info.metadata) else _field(info.annotation)


def _field(annotation: Any) -> Field:
    annotation = _plain(annotation)
    if _is_model(annotation):
        return Field(model=annotation)
    match get_origin(annotation), get_args(annotation):
        case origin, (_, value) if origin is dict:
            return Field(entries=_field(value))
        case origin, (element, *_) if origin in {tuple, frozenset}:
            return Field(blocks=element if _is_model(element) and element.named_by else None, words=element == Name)
    return Field()


def _plain(annotation: Any) -> Any:
    """Without what says only that it may be absent, or what it must fulfil."""
    if get_origin(annotation) is Annotated and annotation != Name:
        return _plain(get_args(annotation)[0])
    if get_origin(annotation) in {Union, UnionType}:
        kept = [each for each in get_args(annotation) if each is not NoneType]
        return _plain(kept[0]) if len(kept) == 1 else annotation
    return annotation


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Rules)


def joined(where: str, key: object) -> str:
    return f"{where}.{key}" if where else str(key)


def laid_over(base: Mapping[str, Any], over: Mapping[str, Any], shape: type[Rules], where: str = "") -> Data:
    """`base` with `over` on it, both as YAML has them. Whether the whole fits the type is for the caller to check. Raises Misfit."""
    fields = fields_of(shape)
    merged = _without(base, over.get(REMOVE), fields, where)
    for key, value in over.items():
        if key == REMOVE:
            continue
        field, place = fields.get(key, Field()), joined(where, key)
        if field.blocks and isinstance(value, list):
            _refuse_twice(value, field.blocks, place)
        merged[key] = _together(merged[key], value, field, place) if key in merged else value
    return merged


def _together(base: Any, over: Any, field: Field, where: str) -> Any:
    """The two as one; the later one where either has not the form that the type wants, for the check of the whole to find."""
    if over is None and field.holds_many:  # a key with nothing behind it
        return base
    if isinstance(base, Mapping) and isinstance(over, Mapping):
        if field.model:
            return laid_over(base, over, field.model, where)
        if field.entries:
            known = {name: _together(base[name], over[name], field.entries, joined(where, name)) for name in over if name in base}
            return {**base, **over, **known}
    if isinstance(base, list) and isinstance(over, list):
        if field.blocks:
            return _blocks_together(base, over, field.blocks, where)
        if field.words:
            return [*base, *(word for word in over if word not in base)]
    return over


def _blocks_together(base: Sequence[Any], over: Sequence[Any], shape: type[Rules], where: str) -> list[Any]:
    merged = list(base)
    places = {name_of(block, shape): place for place, block in enumerate(base)}
    for block in over:
        name = name_of(block, shape)
        if name is None or name not in places:
            merged.append(block)
        else:
            merged[places[name]] = laid_over(merged[places[name]], block, shape, joined(where, name))
    return merged


def name_of(block: Any, shape: type[Rules]) -> str | None:
    """What tells a block from the others of its list: one value, or several with slashes between them; None where it has none."""
    values = [block.get(key) for key in shape.named_by] if isinstance(block, Mapping) else []
    return "/".join("" if value is None else str(value) for value in values) if any(value is not None for value in values) else None


def _refuse_twice(blocks: Sequence[Any], shape: type[Rules], where: str) -> None:
    names = [name_of(block, shape) for block in blocks]
    for name in names:
        if name is not None and names.count(name) > 1:
            raise Misfit(joined(where, name), "stands twice in this file")


def _without(base: Mapping[str, Any], remove: Any, fields: Mapping[str, Field], where: str) -> Data:
    """What is left when that has gone which `remove` names. Raises Misfit for what is not there."""
    kept = dict(base)
    for key, unwanted in _wishes(remove, joined(where, REMOVE)):
        place, blocks = joined(joined(where, REMOVE), key), fields.get(key, Field()).blocks
        for each in unwanted:
            kept[key] = _without_one(kept.get(key), str(each), blocks, place)
    return kept


def _wishes(remove: Any, where: str) -> Iterator[tuple[str, list[Any]]]:
    if remove is None:
        return
    if not isinstance(remove, Mapping) or not all(isinstance(unwanted, list) for unwanted in remove.values()):
        raise Misfit(where, "says of no key what is not wanted there", "Write it as `remove: {outlets: [an-id]}`")
    yield from remove.items()


def _without_one(value: Any, unwanted: str, blocks: type[Rules] | None, where: str) -> Any:
    names = names_in(value, blocks)
    if unwanted not in names:
        there = ", ".join(names[:20]) + (" …" if len(names) > 20 else "")
        raise Misfit(where, f"{unwanted!r} is not there to be taken away", f"There are: {there}" if names else None)
    if isinstance(value, Mapping):
        return {name: entry for name, entry in value.items() if str(name) != unwanted}
    return [each for each, name in zip(value, names, strict=True) if name != unwanted]


def names_in(value: Any, blocks: type[Rules] | None) -> list[str]:
    """What may be named of a value: the entries of a mapping, the blocks of a list by what tells them apart, its words."""
    if isinstance(value, Mapping):
        return [str(name) for name in value]
    if not isinstance(value, list):
        return []
    return [(name_of(each, blocks) or "") if blocks else str(each) for each in value]
