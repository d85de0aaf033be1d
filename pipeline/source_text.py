"""The text of a `sources.yml` with one thing changed: comments, order and layout of all the rest stay, character by character.

Where a thing stands is asked of the YAML parser, never guessed; what comes out is for the caller to read again and compare. No library
writes a file as its author has laid it out: ruamel.yaml keeps comments, but indents, wraps and quotes the whole file by one rule.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import yaml

HEAD = "# The topic's own sources, laid over the shipped ones: `claimwire config diff` says what they change.\noutlets:\n"
OUTLETS = "outlets"
# Keys whose values are lists of blocks, one a line.
_LISTS = frozenset({"feeds"})


class Unclear(ValueError):
    """The file is laid out in a way in which the change has no place; the message says in which."""


def with_outlets(text: str, blocks: Sequence[Mapping[str, Any]]) -> str:
    """The text with more outlets' blocks, behind the last. Raises Unclear."""
    outlets = _value(_root(text), OUTLETS)
    if outlets is None or (isinstance(outlets, yaml.ScalarNode) and not outlets.value):
        return _ended(text) + ("" if outlets is not None else f"{OUTLETS}:\n") + _listed(blocks, 2)
    if not isinstance(outlets, yaml.SequenceNode) or (outlets.flow_style and outlets.value):
        raise Unclear(f"`{OUTLETS}` is not a list with a line for each key")
    if outlets.flow_style:
        start, end = outlets.start_mark.index, outlets.end_mark.index
        return text[:start].rstrip(" ") + "\n" + _listed(blocks, 2).rstrip("\n") + text[end:]
    place = _line_end(text, _end(outlets))
    return _ended(text[:place]) + _listed(blocks, _dash(text, outlets.value[-1])) + text[place:]


def with_feed(text: str, id_: str, feed: Mapping[str, Any]) -> str:
    """The text with one more feed in the outlet's block. Raises Unclear."""
    outlet = _outlet(text, id_)
    feeds = _value(outlet, "feeds")
    if feeds is None:
        return with_key(text, id_, "feeds", [dict(feed)])
    if not isinstance(feeds, yaml.SequenceNode) or not feeds.value:
        raise Unclear("`feeds` is not a list")
    if feeds.flow_style:
        place = _end(feeds.value[-1])
        return f"{text[:place]}, {flow(dict(feed))}{text[place:]}"
    place = _line_end(text, _end(feeds))
    return f"{_ended(text[:place])}{' ' * _dash(text, feeds.value[-1])}- {flow(dict(feed))}\n{text[place:]}"


def without_feed(text: str, id_: str, url: str) -> str:
    """The text without a feed of the outlet's, which must have another. Raises Unclear."""
    feeds = _value(_outlet(text, id_), "feeds")
    if not isinstance(feeds, yaml.SequenceNode):
        raise Unclear("`feeds` is not a list")
    items = feeds.value
    place = next((place for place, item in enumerate(items) if _scalar(item, "url") == url), None)
    if place is None or len(items) < 2:
        raise Unclear(f"{url} does not stand among several `feeds` of {id_}")
    item = items[place]
    if not feeds.flow_style:
        start = _line_start(text, item.start_mark.index)
        _dash(text, item)
        return text[:start] + text[_line_end(text, _end(item)) :]
    if place > 0:
        return text[: _end(items[place - 1])] + text[_end(item) :]
    return text[: item.start_mark.index] + text[items[1].start_mark.index :]


def with_key(text: str, id_: str, key: str, value: Any) -> str:
    """The text with a key behind the outlet's id, in the place of what it said before. Raises Unclear."""
    text = without_key(text, id_, key)
    outlet = _outlet(text, id_)
    id_node = _value(outlet, "id")
    assert id_node is not None
    place = id_node.end_mark.index
    if outlet.flow_style:
        return f"{text[:place]}, {key}: {flow(value)}{text[place:]}"
    place = _line_end(text, place)
    return f"{_ended(text[:place])}{' ' * outlet.value[0][0].start_mark.column}{key}: {flow(value)}\n{text[place:]}"


def without_key(text: str, id_: str, key: str) -> str:
    """The text without a key of the outlet's; as it is where there is none. Raises Unclear."""
    outlet = _outlet(text, id_)
    pair = next(((name, value) for name, value in outlet.value if name.value == key), None)
    if pair is None:
        return text
    start, end = pair[0].start_mark.index, _end(pair[1])
    if not outlet.flow_style:
        if _line_start(text, start) != start - pair[0].start_mark.column or text[_line_start(text, start) : start].strip():
            raise Unclear(f"`{key}` is the first key of its block")
        return text[: _line_start(text, start)] + text[_line_end(text, end) :]
    before, after = text[:start].rstrip(), text[end:].lstrip()
    if after.startswith(","):
        return text[:start] + after[1:].lstrip()
    return before.removesuffix(",") + text[end:]


def without_outlet(text: str, id_: str) -> str:
    """The text without an outlet's block. Raises Unclear."""
    outlets, outlet = _value(_root(text), OUTLETS), _outlet(text, id_)
    if not isinstance(outlets, yaml.SequenceNode) or outlets.flow_style:
        raise Unclear(f"`{OUTLETS}` is not a list with a line for each key")
    start, end = _line_start(text, outlet.start_mark.index), _line_end(text, _end(outlet))
    rest = text[:start] + text[end:]
    if len(outlets.value) > 1:
        return rest
    key = next(name for name, _ in _root(text).value if name.value == OUTLETS)
    colon = text.index(":", key.end_mark.index) + 1
    return text[:colon] + " []" + text[colon:start] + text[end:]


def flow(value: Any) -> str:
    """A value on one line, as YAML has it."""
    written: str = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, sort_keys=False, width=10**9)
    return written.removesuffix("...\n").strip(" \n")


def _listed(blocks: Iterable[Mapping[str, Any]], indent: int) -> str:
    written = []
    for block in blocks:
        lines = [line for key, value in block.items() for line in _key_lines(key, value)]
        written += [f"{' ' * indent}{'- ' if place == 0 else '  '}{line}\n" for place, line in enumerate(lines)]
    return "".join(written)


def _key_lines(key: str, value: Any) -> Iterable[str]:
    if key in _LISTS:
        return [f"{key}:", *(f"  - {flow(each)}" for each in value)]
    return [f"{key}: {flow(value)}"]


def _root(text: str) -> yaml.MappingNode:
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if root is None:
        return yaml.MappingNode("tag:yaml.org,2002:map", [])
    if not isinstance(root, yaml.MappingNode) or root.flow_style:
        raise Unclear("the file is not a mapping with a line for each key")
    return root


def _value(mapping: yaml.MappingNode, key: str) -> yaml.Node | None:
    return next((value for name, value in mapping.value if name.value == key), None)


def _scalar(node: yaml.Node, key: str) -> str | None:
    value = _value(node, key) if isinstance(node, yaml.MappingNode) else None
    return str(value.value) if isinstance(value, yaml.ScalarNode) else None


def _outlet(text: str, id_: str) -> yaml.MappingNode:
    outlets = _value(_root(text), OUTLETS)
    for each in outlets.value if isinstance(outlets, yaml.SequenceNode) else ():
        if isinstance(each, yaml.MappingNode) and _scalar(each, "id") == id_:
            return each
    raise Unclear(f"no block of {id_!r}")


def _end(node: yaml.Node) -> int:
    """Behind a node's last character: blocks and lists of lines themselves end where the next thing begins, comments included."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(last[1] if isinstance(node, yaml.MappingNode) else last)
    if isinstance(node, yaml.ScalarNode) and node.style in {"|", ">"}:
        # Its end is behind the empty lines that follow it.
        written = str(node.start_mark.buffer)[node.start_mark.pointer : node.end_mark.pointer]
        return int(node.start_mark.index) + len(written.rstrip("\n "))
    return int(node.end_mark.index)


def _dash(text: str, node: yaml.Node) -> int:
    """The column of the dash before an item."""
    start = _line_start(text, node.start_mark.index)
    before = text[start : node.start_mark.index]
    if before.strip() != "-":
        raise Unclear("a list's item does not stand on the line of its dash")
    return before.index("-")


def _line_start(text: str, place: int) -> int:
    return text.rfind("\n", 0, place) + 1


def _line_end(text: str, place: int) -> int:
    """Behind the line break of the line in which `place` is."""
    end = text.find("\n", place)
    return len(text) if end < 0 else end + 1


def _ended(text: str) -> str:
    return text if not text or text.endswith("\n") else text + "\n"
