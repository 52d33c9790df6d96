"""Functions that expressions make: lambdas, partial applications and compositions.

Theory of operation. A lambda's body is compiled so that a call in its last place comes back as a `TailCall` instead of
being made; the loop in `Lambda.call` makes it. So recursion in the last place takes no stack. Every call spends the
body's weight, which is how many nodes it has.
"""

from collections.abc import Sequence as Items
from dataclasses import dataclass
from typing import Any

from tobiishi.expr.bindings import MISSING
from tobiishi.expr.language.errors import BudgetSpentError, JsonataError
from tobiishi.expr.language.evaluation import Evaluation
from tobiishi.expr.language.frames import Closure, Frame, Whole
from tobiishi.expr.language.functions.builtin import Builtin
from tobiishi.expr.language.functions.signature import Signature
from tobiishi.expr.language.values import Sequence, Value, is_function, settle


@dataclass(slots=True, eq=False)
class TailCall:
    """A call that a lambda ends with, to be made by whoever called the lambda."""

    function: "Lambda"
    arguments: list[Value]
    context: Value


@dataclass(slots=True, eq=False)
class Code:
    """What all lambdas of one place in the text have in common."""

    parameters: tuple[str, ...]
    signature: Signature | None
    body: Closure
    weight: int


class Lambda:
    """A function of the expression, with the item and the names of where it was made."""

    __slots__ = ("arity", "code", "frame", "input")

    def __init__(self, code: Code, input: Value, frame: Frame) -> None:  # noqa: A002 - JSONata's word
        self.code = code
        self.input = input
        self.frame = frame
        self.arity = len(code.parameters)

    def frame_of(self, arguments: Items[Value]) -> Frame:
        """Return the frame of one call, which may have more or fewer arguments than there are parameters."""
        names = self.code.parameters
        if len(arguments) < self.arity:
            arguments = (*arguments, *(MISSING for _ in names[len(arguments) :]))
        if self.arity == 1:
            return {"": self.frame, names[0]: arguments[0]}
        if self.arity == 2:
            return {"": self.frame, names[0]: arguments[0], names[1]: arguments[1]}
        return {"": self.frame, **dict(zip(names, arguments, strict=False))}

    def call(self, arguments: Items[Value], evaluation: Evaluation, context: Value = MISSING) -> Value:
        """Return what the body comes to. `context` stands in for an argument that is left out."""
        function = self
        while True:
            code = function.code
            if code.signature is not None:
                arguments = code.signature.check(arguments, context, evaluation, "")
            evaluation.steps = steps = evaluation.steps + code.weight
            if steps > evaluation.limits.steps:
                raise BudgetSpentError("steps")
            value = code.body(function.input, function.frame_of(arguments), evaluation)
            if type(value) is not TailCall:
                return value
            function, arguments, context = value.function, value.arguments, value.context


@dataclass(slots=True, eq=False)
class Partial:
    """A function with some of its arguments given. `holes` are the places of the others."""

    function: Any
    arguments: list[Value]
    holes: tuple[int, ...]
    context: Value

    @property
    def arity(self) -> int:
        return len(self.holes)

    def call(self, arguments: Items[Value], evaluation: Evaluation) -> Value:
        """Return what the function makes of the arguments given before and now."""
        filled = list(self.arguments)
        for hole, argument in zip(self.holes, arguments, strict=False):
            filled[hole] = argument
        return invoke(self.function, filled, self.context, evaluation)


@dataclass(slots=True, eq=False)
class Composition:
    """`f ~> g`: what `second` makes of what `first` returns."""

    first: Any
    second: Any

    @property
    def arity(self) -> int:
        return 1

    def call(self, arguments: Items[Value], evaluation: Evaluation) -> Value:
        """Return what both functions make of the arguments."""
        value = invoke(self.first, list(arguments), MISSING, evaluation)
        return invoke(self.second, [value], MISSING, evaluation)


def invoke(function: Value, arguments: list[Value], context: Value, evaluation: Evaluation) -> Value:
    """Return what a function makes of arguments. Raises `JsonataError`, T1006 if it is none."""
    kind = type(function)
    if kind is Lambda:
        return function.call(arguments, evaluation, context)
    if kind is Builtin:
        item = context[0] if type(context) is Whole else context
        value = function.apply(arguments, item, evaluation)
    elif is_function(function):
        value = function.call(arguments, evaluation)
    else:
        raise JsonataError("T1006", "Attempted to invoke a non-function")
    return settled(value)


def settled(value: Value) -> Value:
    """Return what a function's value stands for."""
    if type(value) is Sequence and not value.stays:
        return settle(value)
    return value
