"""YAML to JSON values, for definitions that people write by hand.

Only what JSON can say is read: YAML 1.2's core schema, so `no` and `12:30` and `2024-01-01` stay text, and a tag such
as `!Sub` is refused. Anchors and merge keys work, but what they expand to is counted before it is built: a few
lines of aliases cannot become a gigabyte.
"""

import re
from typing import TYPE_CHECKING, Any, Final

import yaml

from tobiishi.asl.errors import INVALID_JSON, TOO_DEEP, InvalidDefinitionError
from tobiishi.asl.source import MAX_BYTES
from tobiishi.expr.bindings import Value
from tobiishi.jsontext import MAX_DEPTH
from tobiishi.problem import Problem

EXPANDED_MAX: Final = 2 * MAX_BYTES
"""Nodes and characters that a document may expand to; as JSON it must fit into the limit of a definition anyway."""

if TYPE_CHECKING:
    _SafeLoader = yaml.SafeLoader
else:  # libyaml's parser is thirty times as fast; PyYAML may have been built without it
    _SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_SafeLoader):
    """A safe loader that resolves the core schema only."""

    yaml_implicit_resolvers: dict[str, list[Any]] = {}  # noqa: RUF012 - the base class has it so


for _tag, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", [*"~nN", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", [*"tTfF"]),
    ("int", r"[-+]?(0|[1-9][0-9]*)", [*"-+0123456789"]),
    ("float", r"[-+]?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?", [*"-+0123456789"]),
    ("merge", r"<<", ["<"]),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_pattern})\Z"), _first)


def read_yaml(text: str) -> Value:
    """Return the value of a YAML document. Raises `InvalidDefinitionError` with the line and column of a mistake."""
    node = compose(text)
    if node is None:
        return None
    if _expanded_size(node) > EXPANDED_MAX:
        raise _invalid("The YAML document is too large when its aliases are written out", node)
    problems = _duplicate_keys(node)
    if problems:
        raise InvalidDefinitionError(problems)
    loader = _Loader("")
    try:
        return loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        raise _marked(error) from None
    except ValueError as error:  # a number that Python refuses, of more than 4,300 digits
        raise _invalid(str(error), node) from None
    finally:
        loader.dispose()


def compose(text: str) -> yaml.Node | None:
    """Return the document's nodes, which know their lines and columns. Raises `InvalidDefinitionError`."""
    try:
        loader = _Loader(text)
        try:
            _check_depth(text)
            node: yaml.Node | None = loader.get_single_node()
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        raise _marked(error) from None
    except yaml.YAMLError as error:
        raise InvalidDefinitionError([Problem(INVALID_JSON, "/", str(error))]) from None
    return node


def _check_depth(text: str) -> None:
    """Refuse deep nesting from the stream of events, before anything recurses into it."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                message = f"The definition is nested deeper than {MAX_DEPTH} levels"
                raise InvalidDefinitionError([Problem(TOO_DEEP, "/", message)])
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _children(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [child for pair in node.value for child in pair]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _expanded_size(root: yaml.Node) -> int:
    """Return the nodes and characters of a document with every alias written out. Refuses one that holds itself."""
    sizes: dict[int, int] = {}
    open_nodes: set[int] = set()
    stack = [(root, False)]
    while stack:
        node, done = stack.pop()
        if done:
            open_nodes.discard(id(node))
            own = len(node.value) if isinstance(node, yaml.ScalarNode) else 0
            sizes[id(node)] = 1 + own + sum(sizes[id(child)] for child in _children(node))
        elif id(node) in open_nodes:
            raise _invalid("The YAML document contains itself", node)
        elif id(node) not in sizes:
            open_nodes.add(id(node))
            stack.append((node, True))
            stack.extend((child, False) for child in _children(node))
    return sizes[id(root)]


def _duplicate_keys(root: yaml.Node) -> list[Problem]:
    problems: list[Problem] = []
    seen_nodes: set[int] = set()
    stack = [root]
    while stack:
        node = stack.pop()
        if id(node) in seen_nodes:
            continue
        seen_nodes.add(id(node))
        stack.extend(_children(node))
        if isinstance(node, yaml.MappingNode):
            problems.extend(_check_keys(node))
    return problems


def _check_keys(node: yaml.MappingNode) -> list[Problem]:
    """Report keys that come twice, and make every key a string: `404:` is a name here, not a number."""
    problems: list[Problem] = []
    seen: set[str] = set()
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            problems.append(_problem("A key must be a string", key))
            continue
        if key.value in seen:
            problems.append(_problem(f"Duplicate field '{key.value}'", key))
        seen.add(key.value)
        if key.tag != "tag:yaml.org,2002:merge":
            key.tag = "tag:yaml.org,2002:str"
    return problems


def _problem(message: str, node: yaml.Node) -> Problem:
    mark = node.start_mark
    return Problem(INVALID_JSON, f"line {mark.line + 1}, column {mark.column + 1}", message)


def _invalid(message: str, node: yaml.Node) -> InvalidDefinitionError:
    return InvalidDefinitionError([_problem(message, node)])


def _marked(error: yaml.MarkedYAMLError) -> InvalidDefinitionError:
    mark = error.problem_mark or error.context_mark
    location = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "/"
    return InvalidDefinitionError([Problem(INVALID_JSON, location, error.problem or error.context or "not YAML")])
