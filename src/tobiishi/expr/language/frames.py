"""Where names are looked up while an expression is evaluated."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tobiishi.expr.language.evaluation import Evaluation
from tobiishi.expr.language.values import Value


@dataclass(frozen=True, slots=True)
class World:
    """What the whole expression was given: `$$`, and the variables of its caller."""

    input: Value
    variables: Mapping[str, Value]


class Frame(dict[str, Any]):
    """The names of one block, call or item, and the frame around it. Made by `within`."""

    __slots__ = ("parent", "world")
    parent: "Frame | None"
    world: World


class Whole(list[Any]):
    """The input of an expression where that is an array: steps take it as one item, and `$` is what it holds."""

    __slots__ = ()


Closure = Callable[[Value, Frame, Evaluation], Value]
"""A compiled node: given the item `$`, the names and the budget, it returns the value."""


def within(frame: Frame, names: Mapping[str, Value]) -> Frame:
    inner = Frame(names)
    inner.parent = frame
    inner.world = frame.world
    return inner


def outermost(world: World) -> Frame:
    frame = Frame()
    frame.parent = None
    frame.world = world
    return frame
