"""Where names are looked up while an expression is evaluated.

A frame is a plain dictionary, because one is made for every call: names to values, and under the empty name, which no
variable has, the frame around it. What the caller gave is in the evaluation.
"""

from collections.abc import Callable
from typing import Any

from tobiishi.expr.language.evaluation import Evaluation
from tobiishi.expr.language.values import Value

Frame = dict[str, Any]
"""The names of one block, call or item."""

Closure = Callable[[Value, Frame, Evaluation], Value]
"""A compiled node: given the item `$`, the names and the evaluation, it returns the value."""


class Whole(list[Any]):
    """The input of an expression where that is an array: steps take it as one item, and `$` is what it holds."""

    __slots__ = ()
