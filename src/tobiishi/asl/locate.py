"""From a problem's location back to the line and column in the user's file.

Locations are written as AWS writes them (`/States/P/Branches[0]/States/Y/Next`), with nothing escaped, and a state's
name may hold `/` and `[`. So a location is not split: at each object, every key that the rest begins with is tried.
"""

import json
import re
from collections.abc import Iterator
from typing import Final

import yaml

from tobiishi.asl.errors import InvalidDefinitionError
from tobiishi.asl.source import is_yaml
from tobiishi.asl.yaml_source import compose

_SPACE: Final = re.compile(r"[ \t\r\n]*")
_INDEX: Final = re.compile(r"\[(\d+)\]|/(\d+)(?=[/\[]|$)")
_DECODER: Final = json.JSONDecoder()


def locate(text: str, location: str, filename_hint: str | None = None) -> tuple[int, int] | None:
    """Return the line and column, counted from 1, of a location in a JSON or YAML text; None if it is not there.

    A field is placed at its name; an array's entry, and the whole, at their value.
    """
    location = "" if location == "/" else location
    if is_yaml(filename_hint):
        return _locate_yaml(text, location)
    try:
        offset = _find(text, _skip_space(text, 0), location)
    except (ValueError, IndexError, RecursionError):
        return None
    return None if offset is None else (text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset))


def _find(text: str, start: int, rest: str) -> int | None:
    """Return the offset of what `rest` leads to from the JSON value at `start`."""
    if not rest:
        return start
    if text[start] == "{":
        for key, key_start, value_start in _members(text, start):
            if _follows(rest, key):
                after = rest[len(key) + 1 :]
                found = _find(text, value_start, after) if after else key_start
                if found is not None:
                    return found
    elif text[start] == "[" and (match := _INDEX.match(rest)):
        wanted = int(match[1] or match[2])
        for index, value_start in enumerate(_entries(text, start)):
            if index == wanted:
                return _find(text, value_start, rest[match.end() :])
    return None


def _follows(rest: str, key: str) -> bool:
    return rest.startswith(f"/{key}") and rest[len(key) + 1 : len(key) + 2] in {"", "/", "["}


def _skip_space(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    assert match is not None
    return match.end()


def _after_value(text: str, start: int) -> int:
    """Skip a value, at the speed of the decoder in C."""
    return _skip_space(text, _DECODER.raw_decode(text, start)[1])


def _members(text: str, start: int) -> Iterator[tuple[str, int, int]]:
    """Yield an object's keys with the offsets of key and value."""
    position = _skip_space(text, start + 1)
    while text[position] == '"':
        key, end = _DECODER.raw_decode(text, position)
        value = _skip_space(text, _skip_space(text, end) + 1)
        yield key, position, value
        position = _after_value(text, value)
        if text[position] == ",":
            position = _skip_space(text, position + 1)


def _entries(text: str, start: int) -> Iterator[int]:
    """Yield the offsets of an array's entries."""
    position = _skip_space(text, start + 1)
    while text[position] != "]":
        yield position
        position = _after_value(text, position)
        if text[position] == ",":
            position = _skip_space(text, position + 1)


def _locate_yaml(text: str, location: str) -> tuple[int, int] | None:
    try:
        node = compose(text)
    except InvalidDefinitionError:
        return None
    found = None if node is None else _find_node(node, location)
    return None if found is None else (found.start_mark.line + 1, found.start_mark.column + 1)


def _find_node(node: yaml.Node, rest: str) -> yaml.Node | None:
    if not rest:
        return node
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and _follows(rest, key.value):
                after = rest[len(key.value) + 1 :]
                found = _find_node(value, after) if after else key
                if found is not None:
                    return found
    elif isinstance(node, yaml.SequenceNode) and (match := _INDEX.match(rest)):
        index = int(match[1] or match[2])
        return _find_node(node.value[index], rest[match.end() :]) if index < len(node.value) else None
    return None
