"""What a JSONata expression refers to: variables, and what Step Functions does not offer where the expression stands.

An expression of a definition has no context item: a bare name at its top (`phone`) can never mean anything, where
`$states.input.phone` would. `$states` has the fields that its place offers and no others. AWS refuses both when a
definition is created (`UNSUPPORTED_JSONATA_EXPRESSION`), and so the commonest mistake is found before a run meets it.

Inside a path after its first step, in filters, groups, sort terms and functions there is an item, so names are free.
"""

from collections.abc import Iterator
from typing import Any, Final

from tobiishi.expr.jsonata_engine import Program
from tobiishi.expr.jsonata_functions import FRAME

_SAME_ITEM: Final = (
    "arguments", "procedure", "expressions", "expression", "lhs", "rhs", "lhs_object", "rhs_object",
    "condition", "then", "_else",
)  # fmt: skip
"""Parts of a syntax tree's node that see the item that the node sees."""

_OWN_ITEM: Final = ("stages", "predicate", "expr", "group", "terms", "body", "pattern", "update", "delete")
"""Parts that see items of their own: what a path selected, what a function was given."""


def unsupported_references(program: Program, states_fields: frozenset[str]) -> list[str]:
    """Return AWS's message for each reference that cannot work, once. `states_fields` are the fields of `$states`."""
    found: dict[str, None] = {}
    waiting: list[tuple[Any, bool]] = [(program.tree, False)]
    while waiting:
        node, has_item = waiting.pop()
        if isinstance(node, (list, tuple)):
            waiting.extend((child, has_item) for child in reversed(node))
        elif node is not None and hasattr(node, "type"):
            message = _message(node, has_item, states_fields)
            if message:
                found[message] = None
            waiting.extend(reversed(list(_children(node, has_item))))
    return list(found)


def free_variables(program: Program) -> frozenset[str]:
    """Return the variables, without `$`, that an expression takes from the workflow.

    `$states` and the names of functions are none of them, nor is a name that the expression binds itself anywhere.
    """
    named: set[str] = set()
    bound = {"", "$", "states"}
    waiting: list[Any] = [program.tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, (list, tuple)):
            waiting.extend(node)
        elif node is not None and hasattr(node, "type"):
            if node.type == "variable":
                named.add(node.value)
            bound |= _bound_by(node)
            waiting.extend(child for child, _ in _children(node, has_item=True))
    return frozenset(named - bound - FRAME.bindings.keys())


def _bound_by(node: Any) -> set[str]:
    """Return the names that a node binds: by `:=`, as a function's parameters, by `@` and by `#`."""
    names = {getattr(node, "focus", None), getattr(node, "index", None)}
    if node.type == "bind":
        names.add(node.lhs.value)
    elif node.type == "lambda":
        names |= {parameter.value for parameter in node.arguments}
    return {name for name in names if isinstance(name, str)}


def _message(node: Any, has_item: bool, states_fields: frozenset[str]) -> str | None:
    if node.type == "variable" and node.value == "$":
        return "Reference to '$$' is not supported."
    if node.type != "path" or not node.steps:
        return None
    first = node.steps[0]
    if first.type == "name" and not has_item:
        return f"Reference to '{first.value}' at the top level is not supported."
    if first.type == "variable" and first.value == "states" and len(node.steps) > 1:
        second = node.steps[1]
        if second.type == "name" and second.value not in states_fields:
            return f"Field '$states.{second.value}' does not exist."
    return None


def _children(node: Any, has_item: bool) -> Iterator[tuple[Any, bool]]:
    if node.type == "path":
        for index, step in enumerate(node.steps or ()):
            yield step, has_item or index > 0
    for part in _SAME_ITEM:
        yield getattr(node, part, None), has_item
    for part in _OWN_ITEM:
        yield getattr(node, part, None), True
