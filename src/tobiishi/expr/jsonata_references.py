"""What a JSONata expression refers to: variables, and what Step Functions does not offer where the expression stands.

An expression of a definition has no context item: a bare name at its top (`phone`) can never mean anything, where
`$states.input.phone` would. `$states` has the fields that its place offers and no others. AWS refuses both when a
definition is created (`UNSUPPORTED_JSONATA_EXPRESSION`), and so the commonest mistake is found before a run meets it.

Inside a path after its first step, in filters, groups, sort terms and functions there is an item, so names are free.
"""

from collections.abc import Iterator
from typing import Final

from tobiishi.expr.language import Program
from tobiishi.expr.language.tree import Filtered, Grouped, Lambda, Name, Node, Path, Step, Transform, Variable, children

_NOT_FREE: Final = frozenset({"states", "eval"})
"""Names that no workflow binds: `$eval` is a function that Step Functions leaves out."""


def unsupported_references(program: Program, states_fields: frozenset[str]) -> list[str]:
    """Return AWS's message for each reference that cannot work, once. `states_fields` are the fields of `$states`."""
    found: dict[str, None] = {}
    waiting: list[tuple[Node, bool]] = [(program.tree, False)]
    while waiting:
        node, has_item = waiting.pop()
        message = _message(node, has_item, states_fields)
        if message:
            found[message] = None
        waiting.extend(reversed(list(_parts(node, has_item))))
    return list(found)


def free_variables(program: Program) -> frozenset[str]:
    """Return the variables, without `$`, that an expression takes from the workflow.

    `$states` and the names of functions are none of them, nor is a name that the expression binds itself anywhere.
    """
    return program.free_variables() - _NOT_FREE


def _message(node: Node, has_item: bool, states_fields: frozenset[str]) -> str | None:
    if isinstance(node, Variable) and node.name == "$":
        return "Reference to '$$' is not supported."
    if not isinstance(node, Path):
        return None
    first = node.steps[0].node
    if isinstance(first, Name) and not has_item:
        return f"Reference to '{first.value}' at the top level is not supported."
    if isinstance(first, Variable) and first.name == "states" and len(node.steps) > 1:
        second = node.steps[1].node
        if isinstance(second, Name) and second.value not in states_fields:
            return f"Field '$states.{second.value}' does not exist."
    return None


def _parts(node: Node, has_item: bool) -> Iterator[tuple[Node, bool]]:
    """Yield the nodes below a node, each with whether there is an item where it stands.

    There is one behind the first step of a path, in filters, groups and sort terms, and in functions.
    """
    match node:
        case Path():
            for index, step in enumerate(node.steps):
                yield from _parts_of_step(step, has_item or index > 0)
            yield from ((part, True) for pair in node.group or () for part in pair)
        case Filtered():
            yield from _parts_of_step(node.step, has_item)
        case Grouped():
            yield node.subject, has_item
            yield from ((part, True) for pair in node.pairs for part in pair)
        case Lambda() | Transform():
            yield from ((part, True) for part in children(node))
        case _:
            yield from ((part, has_item) for part in children(node))


def _parts_of_step(step: Step, has_item: bool) -> Iterator[tuple[Node, bool]]:
    yield step.node, has_item
    yield from ((stage, True) for stage in step.stages)
