"""Which expressions cannot come to anything but plain JSON of a modest size, so that nobody has to look through it.

Theory of operation. A result has to be looked through for functions, and for parts that it holds too often. Most
expressions cannot make such a thing, and their results may be as large as an input: paths, objects and arrays of paths,
functions that choose among what they are given. This is decided once, from the tree. Where a part is evaluated for each
of many items, it may hold what belongs to its item and nothing else: the whole input in each of a thousand objects is
what must be noticed. Numbers that JSON does not have are noticed when they are calculated (`Evaluation.unusual`).
"""

from dataclasses import dataclass
from typing import Any, Final

from tobiishi.expr.language.functions import BUILTINS
from tobiishi.expr.language.tree import (
    Array,
    Binary,
    Bind,
    Block,
    Call,
    Condition,
    Filtered,
    Kept,
    Lambda,
    Literal,
    Name,
    Negative,
    Node,
    Object,
    Path,
    Sort,
    Variable,
    Wildcard,
    walk,
)

_CHOOSING: Final = frozenset({"filter", "sort", "distinct", "reverse", "single", "shuffle", "lookup"})
"""Functions whose result is their first argument or a part of it."""
_JOINING: Final = frozenset({"append", "merge"})
"""Functions whose result is made of their arguments."""
_SCALAR: Final = frozenset(
    {
        *("length", "substring", "substringBefore", "substringAfter", "uppercase", "lowercase", "trim"),
        *("contains", "base64encode", "base64decode", "count", "boolean", "not", "exists", "type"),
        *("now", "millis", "fromMillis", "toMillis", "formatNumber", "formatBase", "formatInteger", "hash", "uuid"),
        *("floor", "ceil", "round"),
    }
)
"""Functions whose result is a truth value, a finite number, or a text that is made and paid for."""
_TEXTS: Final = frozenset({"string", "pad", "join", "replace", "split", "keys"})
"""Functions whose result is a text or an array of texts, which may be those that they are given."""
_MOST_PARTS: Final = 100
"""Variables and paths of a plain expression: each may stand for a whole input."""
_LONGEST_LITERAL: Final = 100
"""Characters of a text that stands in each of many items."""


@dataclass(frozen=True, slots=True)
class _Reach:
    """What a part of an expression may hold: its item, and variables (None: any of the workflow's)."""

    item: bool
    names: frozenset[str] | None


_ONCE: Final = _Reach(item=True, names=None)
_FOR_EACH: Final = _Reach(item=True, names=frozenset())


def is_plain(tree: Node) -> bool:
    """Say whether an expression's value is plain JSON, of no more than a few times the size of what it was given."""
    parts = 0
    for node in walk(tree):
        parts += isinstance(node, Path | Variable)
        if isinstance(node, Bind) or parts > _MOST_PARTS:
            return False
    return _plain(tree, _ONCE)


def _plain(node: Node, reach: _Reach) -> bool:
    match node:
        case Literal():
            return _plain_literal(node.value, reach)
        case Variable():
            return _plain_variable(node, reach)
        case Path():
            return _plain_path(node, reach)
        case Filtered():
            return _plain(node.step.node, reach)
        case Kept():
            return _plain(node.subject, reach)
        case Object():
            return all(_plain(part, reach) for pair in node.pairs for part in pair)
        case Array():
            return all(_plain(item, reach) for item in node.items)
        case Condition():
            return _plain(node.then, reach) and (node.otherwise is None or _plain(node.otherwise, reach))
        case Block():
            return not node.expressions or _plain(node.expressions[-1], reach)
        case Binary():
            return _plain_binary(node, reach)
        case Call():
            return _plain_call(node, node.arguments, reach)
        case _:
            return isinstance(node, Negative)


def _plain_literal(value: Any, reach: _Reach) -> bool:
    if not isinstance(value, str):
        return True
    return (reach.names is None or len(value) <= _LONGEST_LITERAL) and (value.isascii() or value.isprintable())


def _plain_variable(node: Variable, reach: _Reach) -> bool:
    if node.name == "":
        return reach.item
    return node.name not in BUILTINS and (reach.names is None or node.name in reach.names)


def _plain_path(path: Path, reach: _Reach) -> bool:
    first, *others = path.steps
    if not (reach.item if isinstance(first.node, Name | Wildcard) else _plain(first.node, reach)):
        return False
    if not all(isinstance(step.node, Name | Wildcard | Sort) or _plain(step.node, _FOR_EACH) for step in others):
        return False
    return path.group is None or all(_plain(part, _FOR_EACH) for pair in path.group for part in pair)


def _plain_binary(node: Binary, reach: _Reach) -> bool:
    if node.operator == "~>":
        right = node.right if isinstance(node.right, Call) else Call(node.right, [])
        return _plain_call(right, [node.left, *right.arguments], reach)
    return node.operator not in {"?:", "??"} or (_plain(node.left, reach) and _plain(node.right, reach))


def _plain_call(node: Call, arguments: list[Node], reach: _Reach) -> bool:
    name = node.procedure.name if isinstance(node.procedure, Variable) else ""
    if node.partial or name not in BUILTINS:
        return False
    if name in _CHOOSING:
        return bool(arguments) and _plain(arguments[0], reach)
    if name in _JOINING or name in _TEXTS:
        return all(_plain(argument, reach) for argument in arguments)
    if name == "map" and isinstance(arguments[-1], Lambda):
        function = arguments[-1]
        return _plain(function.body, _Reach(item=False, names=frozenset(function.parameters[:2])))
    return name in _SCALAR
