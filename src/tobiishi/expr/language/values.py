"""What an expression computes with: plain Python values, and what JSON has no word for.

JSON values are None, bool, int, float, str, list and dict, shared with the rest of the engine and never changed.
`MISSING` is JSONata's undefined. A `Sequence` is what a function such as `$map` collects: it stands for its one item
when it has one and for `MISSING` when it has none, unless it was told to stay an array. Whatever a node of the tree
comes to is settled: functions may return a `Sequence`, a call settles it.

Whole numbers are ints and others floats: whatever computes a number gives it through `number`.
"""

from collections.abc import Sequence as Items
from typing import TYPE_CHECKING, Any, Final, Protocol

from tobiishi.expr.bindings import MISSING

if TYPE_CHECKING:
    from tobiishi.expr.language.evaluation import Evaluation

Value = Any
"""A JSON value, `MISSING`, a `Sequence` or a `Function`."""

UNDEFINED: Final = MISSING


class Sequence(list[Any]):
    """Collected values. `stays` says that it remains an array even with one item."""

    __slots__ = ("stays",)

    def __init__(self, items: Items[Value] = (), *, stays: bool = False) -> None:
        super().__init__(items)
        self.stays = stays


class Constructed(list[Any]):
    """An array that the first or last step of a path constructed: a path takes it as one item, however long."""

    __slots__ = ()


class Function(Protocol):
    """Something that can be called: a lambda, a built-in function, a partial application, a regular expression.

    `arity` is the number of arguments that it takes; higher-order functions pass no more than that.
    """

    @property
    def arity(self) -> int: ...

    def call(self, arguments: Items[Value], evaluation: "Evaluation") -> Value:
        """Return what comes of it. Raises `JsonataError`; spends the evaluation's budget."""


def is_function(value: Value) -> bool:
    return hasattr(value, "call") and hasattr(value, "arity")


def settle(items: list[Value]) -> Value:
    """Return what collected items stand for: nothing, the one, or all of them."""
    if len(items) > 1:
        return items
    return items[0] if items else MISSING


def number(value: float) -> float:
    """Return a computed number as JSON has it: an int when it is whole and a float holds it exactly."""
    if type(value) is float and value.is_integer() and -(2.0**53) < value < 2.0**53:
        return int(value)
    return value
