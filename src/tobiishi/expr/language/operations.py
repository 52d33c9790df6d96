"""Closures of operators: evaluate both sides, then what `operators` say.

The commonest operands (two floats, two texts) take a quick way, and anything else the long one: `slow` is the operation
with all of JSONata's rules.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from tobiishi.expr.language.errors import JsonataError
from tobiishi.expr.language.evaluation import Evaluation
from tobiishi.expr.language.frames import Closure, Frame
from tobiishi.expr.language.operators import COMPARISONS, EXACT, OPERATIONS, Operation, joined
from tobiishi.expr.language.tree import Binary, Literal
from tobiishi.expr.language.values import Value

Three = TypeVar("Three", bound=Callable[[Any, Any, Evaluation], Value])


def located(function: Three, position: int) -> Three:
    """Return a closure or an operation whose errors have a position."""

    def evaluate(first: Any, second: Any, evaluation: Evaluation) -> Value:
        try:
            return function(first, second, evaluation)
        except JsonataError as error:
            if error.position is None:
                error.position = position
            raise

    return cast("Three", evaluate)


def operating(left: Closure, operation: Operation, right: Closure, position: int) -> Closure:
    def operate(item: Value, frame: Frame, evaluation: Evaluation) -> Value:
        first, second = left(item, frame, evaluation), right(item, frame, evaluation)
        try:
            return operation(first, second, evaluation)
        except JsonataError as error:
            error.position = position
            raise

    return operate


def quick_operation(node: Binary, left: Closure, right: Closure) -> Closure | None:
    """Return a quick way for the commonest operands of an operator; anything else goes the long way."""
    slow = located(OPERATIONS[node.operator], node.position)
    if node.operator in COMPARISONS:
        return _comparing(left, right, COMPARISONS[node.operator], slow)
    if node.operator in EXACT:
        return _calculating(left, right, EXACT[node.operator], slow)
    if node.operator == "=" and isinstance(node.right, Literal) and isinstance(node.right.value, str):
        return _equalling(left, node.right.value)
    return None


def _comparing(left: Closure, right: Closure, compare: Callable[[Any, Any], bool], slow: Operation) -> Closure:
    def operate(item: Value, frame: Frame, evaluation: Evaluation) -> Value:
        first, second = left(item, frame, evaluation), right(item, frame, evaluation)
        kind = type(first)
        if kind is type(second) and (kind is int or kind is float or kind is str):
            return compare(first, second)
        return slow(first, second, evaluation)

    return operate


def _calculating(left: Closure, right: Closure, calculate: Callable[[Any, Any], Any], slow: Operation) -> Closure:
    def operate(item: Value, frame: Frame, evaluation: Evaluation) -> Value:
        first, second = left(item, frame, evaluation), right(item, frame, evaluation)
        if type(first) is float and (type(second) is float or type(second) is int) and -1e15 < second < 1e15:
            result = calculate(first, second)
            if -1e15 < result < 1e15:
                return int(result) if result.is_integer() else result
        elif type(first) is int and type(second) is int:
            result = calculate(first, second)
            if -1e15 < result < 1e15:
                return result
        return slow(first, second, evaluation)

    return operate


def _equalling(left: Closure, text: str) -> Closure:
    def operate(item: Value, frame: Frame, evaluation: Evaluation) -> bool:
        value = left(item, frame, evaluation)
        return type(value) is str and value == text

    return operate


def chaining(first: Closure, chain: list[tuple[Operation, Closure, int]]) -> Closure:
    def operate(item: Value, frame: Frame, evaluation: Evaluation) -> Value:
        value = first(item, frame, evaluation)
        for operation, right, position in chain:
            operand = right(item, frame, evaluation)
            try:
                value = operation(value, operand, evaluation)
            except JsonataError as error:
                error.position = position
                raise
        return value

    return operate


def joining(parts: list[Closure]) -> Closure:
    return lambda item, frame, evaluation: joined([part(item, frame, evaluation) for part in parts], evaluation)
