"""CloudFormation templates, as far as it takes to see whether they make state machines.

A template is read in full, JSON or YAML with CloudFormation's short forms (`!Ref`), but nothing of it is resolved.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import yaml

from tobiishi import jsontext
from tobiishi.asl.errors import InvalidDefinitionError
from tobiishi.asl.yaml_source import compose

_OURS: Final = re.compile(r"AWS::StepFunctions::\w+|AWS::Serverless::StateMachine")


@dataclass(frozen=True, slots=True)
class Seen:
    """What a template says: the resource types of ours that it has, and where templates within it are."""

    types: frozenset[str]
    urls: tuple[str, ...]


def look_into(template: str, depth: int = 3) -> Seen:
    """Return what a template, and templates written inside it, have. What is no template is searched as text."""
    if depth == 0:
        return _found_in_text(template)
    try:
        pairs = list(_pairs(template))
    except (InvalidDefinitionError, jsontext.JsonError):
        return _found_in_text(template)
    types = frozenset(value for name, value in pairs if name == "Type" and _OURS.fullmatch(value))
    urls = tuple(value for name, value in pairs if name in {"TemplateURL", "TemplateUrl"})
    inside = [look_into(value, depth - 1) for name, value in pairs if name == "TemplateBody"]
    return Seen(types.union(*(seen.types for seen in inside)), sum((seen.urls for seen in inside), urls))


def _found_in_text(text: str) -> Seen:
    return Seen(frozenset(_OURS.findall(text)), ())


def _pairs(template: str) -> Iterator[tuple[str, str]]:
    """Yield every member of every mapping whose value is text."""
    if template.lstrip().startswith("{"):
        try:
            return _pairs_of_json(jsontext.decode(template))
        except jsontext.JsonError:
            pass  # a YAML document may begin with a brace too
    return _pairs_of_nodes(compose(template))


def _pairs_of_json(value: Any) -> Iterator[tuple[str, str]]:
    stack = [value]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            yield from ((name, inner) for name, inner in value.items() if isinstance(inner, str))
            stack.extend(value.values())
        elif isinstance(value, list):
            stack.extend(value)


def _pairs_of_nodes(root: yaml.Node | None) -> Iterator[tuple[str, str]]:
    """Go through nodes; one that aliases share is seen once."""
    stack = [] if root is None else [root]
    seen: set[int] = set()
    while stack:
        node = stack.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            for name, value in node.value:
                if isinstance(name, yaml.ScalarNode) and isinstance(value, yaml.ScalarNode):
                    yield name.value, value.value
                stack += [name, value]
        elif isinstance(node, yaml.SequenceNode):
            stack += node.value
