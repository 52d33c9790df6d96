"""A tree as text again: `parse(text_of(tree))` is the same tree.

No parentheses are added: those of the text are `Block` nodes, and a tree that was parsed needs no others.
"""

import json
import re
from collections.abc import Callable, Iterable
from typing import Any, Final

from tobiishi.expr.language.tree import (
    Array,
    Binary,
    Bind,
    Block,
    Call,
    Condition,
    Descendants,
    Filter,
    Filtered,
    Focused,
    Grouped,
    Index,
    Kept,
    Lambda,
    Literal,
    Name,
    Negative,
    Node,
    Object,
    Pairs,
    Parent,
    Path,
    Placeholder,
    Regex,
    Sort,
    Step,
    Transform,
    Variable,
    Wildcard,
)

_PLAIN_NAME: Final = re.compile(r"(?!(?:and|or|in|true|false|null)$)[A-Za-z_]\w*", re.ASCII)


def text_of(node: Node) -> str:
    """Return an expression for a tree that the parser made."""
    return _WRITERS[type(node)](node)


def _listed(nodes: Iterable[Node], separator: str = ", ") -> str:
    return separator.join(map(text_of, nodes))


def _name(node: Name) -> str:
    if _PLAIN_NAME.fullmatch(node.value):
        return node.value
    return json.dumps(node.value) if "`" in node.value else f"`{node.value}`"


def _array(node: Array) -> str:
    return f"[{_listed(node.items)}]"


def _pairs(pairs: Pairs) -> str:
    return "{" + ", ".join(f"{text_of(key)}: {text_of(value)}" for key, value in pairs) + "}"


def _binary(node: Binary) -> str:
    """Chains of operators lean to the left and may be long."""
    parts: list[str] = []
    left: Node = node
    while isinstance(left, Binary):
        parts.append(f" {left.operator} {text_of(left.right)}")
        left = left.left
    return text_of(left) + "".join(reversed(parts))


def _condition(node: Condition) -> str:
    otherwise = "" if node.otherwise is None else f" : {text_of(node.otherwise)}"
    return f"{text_of(node.test)} ? {text_of(node.then)}{otherwise}"


def _lambda(node: Lambda) -> str:
    parameters = ", ".join(f"${name}" for name in node.parameters)
    return f"function({parameters}){node.signature or ''}{{{text_of(node.body)}}}"


def _transform(node: Transform) -> str:
    delete = "" if node.delete is None else f", {text_of(node.delete)}"
    return f"|{text_of(node.pattern)}|{text_of(node.update)}{delete}|"


def _sort(node: Sort) -> str:
    return "^(" + ", ".join(f"{'>' if descends else ''}{text_of(term)}" for descends, term in node.terms) + ")"


def _step(step: Step) -> str:
    focus = "" if step.focus is None else f"@${step.focus}"
    index = "" if step.index is None else f"#${step.index}"
    stages = "".join(map(text_of, step.stages))
    return f"{text_of(step.node)}{focus}{index}{stages}{'[]' if step.keep else ''}"


def _path(node: Path) -> str:
    first, *others = node.steps
    steps = "".join(_step(step) if isinstance(step.node, Sort) else f".{_step(step)}" for step in others)
    return _step(first) + steps + ("" if node.group is None else _pairs(node.group))


_WRITERS: Final[dict[type[Node], Callable[[Any], str]]] = {
    Literal: lambda node: json.dumps(node.value),
    Regex: lambda node: f"/{node.pattern}/{node.flags}",
    Name: _name,
    Wildcard: lambda _: "*",
    Descendants: lambda _: "**",
    Parent: lambda _: "%",
    Variable: lambda node: f"${node.name}",
    Array: _array,
    Object: lambda node: _pairs(node.pairs),
    Negative: lambda node: f"-{text_of(node.operand)}",
    Binary: _binary,
    Condition: _condition,
    Block: lambda node: f"({_listed(node.expressions, '; ')})",
    Bind: lambda node: f"${node.name} := {text_of(node.value)}",
    Lambda: _lambda,
    Placeholder: lambda _: "?",
    Call: lambda node: f"{text_of(node.procedure)}({_listed(node.arguments)})",
    Transform: _transform,
    Sort: _sort,
    Filter: lambda node: f"[{text_of(node.expression)}]",
    Index: lambda node: f"#${node.name}",
    Path: _path,
    Filtered: lambda node: _step(node.step),
    Grouped: lambda node: text_of(node.subject) + _pairs(node.pairs),
    Kept: lambda node: f"{text_of(node.subject)}[]",
    Focused: lambda node: f"{text_of(node.subject)}@${node.name}",
}
