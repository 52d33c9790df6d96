"""Operators on values that have been evaluated, with JSONata's rules about types.

Theory of operation. Each binary operator is a function of two values and the evaluation. Undefined operands make an
undefined result, but operands of a wrong type are errors first. Arithmetic is that of doubles: whole results are
ints as long as a float would be exact, and so nothing is lost.
"""

import math
import operator
from collections.abc import Callable
from typing import Any, Final

from tobiishi.expr.bindings import MISSING
from tobiishi.expr.language.errors import JsonataError, shown
from tobiishi.expr.language.evaluation import Evaluation
from tobiishi.expr.language.functions.conversion import to_text
from tobiishi.expr.language.values import Value, number

Operation = Callable[[Value, Value, Evaluation], Value]

_EXACT: Final = 2**53
_NUMBERS: Final = (int, float)
_LONG: Final = 1024
"""Characters that are compared in a step's time."""
_MOST_RANGE: Final = 10_000_000


def _operand(value: Value, side: str, symbol: str) -> float:
    """Return a number as a double. Raises `JsonataError` T2001 or T2002, and D1001 for infinity."""
    kind = type(value)
    if kind is int:
        try:
            return float(value)
        except OverflowError:
            raise JsonataError("D1001", f"Number out of range: {value}") from None
    if kind is float and not math.isnan(value):
        if math.isinf(value):
            raise JsonataError("D1001", "Number out of range: null", value=value)
        return float(value)
    code = "T2001" if side == "left" else "T2002"
    raise JsonataError(code, f"The {side} side of the {shown(symbol)} operator must evaluate to a number", value=value)


def _arithmetic(
    symbol: str, exact: Callable[[Any, Any], Any] | None, rounded: Callable[[float, float], float]
) -> Operation:
    """Return an operation. `exact` is for two ints, as long as what comes of it is no more than a double can tell."""

    def operate(left: Value, right: Value, evaluation: Evaluation) -> Value:
        if exact is not None and type(left) in _NUMBERS and type(right) in _NUMBERS:
            try:
                result = exact(left, right)
            except OverflowError:
                result = math.inf
            if -_EXACT < result < _EXACT:
                return result if type(result) is int or not result.is_integer() else int(result)
        first = MISSING if left is MISSING else _operand(left, "left", symbol)
        second = MISSING if right is MISSING else _operand(right, "right", symbol)
        if first is MISSING or second is MISSING:
            return MISSING
        result = rounded(first, second)
        if not math.isfinite(result):
            evaluation.unusual = True
        return number(result)

    return operate


def _divide(left: float, right: float) -> float:
    if right != 0:
        return left / right
    return math.nan if left == 0 else math.copysign(math.inf, left)


def _remainder(left: float, right: float) -> float:
    return math.fmod(left, right) if right != 0 else math.nan


def negative(value: Value) -> Value:
    """Return the negative of a number. Raises `JsonataError` D1002."""
    if value is MISSING:
        return MISSING
    if type(value) not in _NUMBERS:
        raise JsonataError("D1002", f"Cannot negate a non-numeric value: {shown(value)}", value=value)
    return number(-value)


def _comparison(symbol: str, compare: Callable[[Any, Any], bool]) -> Operation:
    def operate(left: Value, right: Value, evaluation: Evaluation) -> Value:
        first, second = type(left), type(right)
        if first in _NUMBERS and second in _NUMBERS:
            return compare(left, right)
        if first is str and second is str:
            pay_for_comparison(left, right, evaluation)
            return compare(left, right)
        if not (_is_comparable(left) and _is_comparable(right)):
            what = f"The expressions either side of operator {shown(symbol)}"
            raise JsonataError("T2010", f"{what} must evaluate to numeric or string values")
        if left is MISSING or right is MISSING:
            return MISSING
        message = f"The values {shown(left)} and {shown(right)} either side of operator {shown(symbol)}"
        raise JsonataError("T2009", f"{message} must be of the same data type")

    return operate


def pay_for_comparison(left: str, right: str, evaluation: Evaluation) -> None:
    """Pay for comparing two texts: they may be alike for a quarter of a million characters."""
    if len(left) > _LONG and len(right) > _LONG:
        evaluation.spend(min(len(left), len(right)) // _LONG)


def _is_comparable(value: Value) -> bool:
    return value is MISSING or type(value) is str or type(value) in _NUMBERS


def same(left: Value, right: Value, evaluation: Evaluation) -> bool:
    """Say whether two values are equal: numbers by value, arrays and objects by what is in them."""
    kind, other = type(left), type(right)
    if kind is str:
        if other is str:
            pay_for_comparison(left, right, evaluation)
        return bool(left == right)
    if kind is bool or left is None:
        return kind is other and bool(left == right)
    if kind in _NUMBERS:
        return other in _NUMBERS and bool(left == right)
    if isinstance(left, list):
        if not isinstance(right, list) or len(left) != len(right):
            return False
        evaluation.spend(3 * len(left))
        return all(same(mine, yours, evaluation) for mine, yours in zip(left, right, strict=True))
    if kind is dict:
        if other is not dict or len(left) != len(right):
            return False
        evaluation.spend(3 * len(left))
        return all(key in right and same(value, right[key], evaluation) for key, value in left.items())
    return left is right


def _equal(left: Value, right: Value, evaluation: Evaluation) -> bool:
    if left is MISSING or right is MISSING:
        return False
    return same(left, right, evaluation)


def _unequal(left: Value, right: Value, evaluation: Evaluation) -> bool:
    if left is MISSING or right is MISSING:
        return False
    return not same(left, right, evaluation)


def _includes(left: Value, right: Value, evaluation: Evaluation) -> bool:
    if left is MISSING or right is MISSING:
        return False
    if not isinstance(right, list):
        return same(left, right, evaluation)
    evaluation.spend(2 * len(right))
    return any(same(left, item, evaluation) for item in right)


def joined(values: list[Value], evaluation: Evaluation) -> str:
    """Return the texts of values, one behind the other; nothing for what is undefined."""
    texts = [value if type(value) is str else _text(value, evaluation) for value in values]
    length = sum(map(len, texts))
    evaluation.lengthen(length)
    evaluation.spend(length >> 6)
    return "".join(texts)


def _text(value: Value, evaluation: Evaluation) -> str:
    return "" if value is MISSING else to_text(value, evaluation)


def _concatenate(left: Value, right: Value, evaluation: Evaluation) -> str:
    return joined([left, right], evaluation)


def _range(left: Value, right: Value, evaluation: Evaluation) -> Value:
    for value, code, side in ((left, "T2003", "left"), (right, "T2004", "right")):
        if value is not MISSING and not (type(value) is int or (type(value) is float and value.is_integer())):
            message = f"The {side} side of the range operator (..) must evaluate to an integer"
            raise JsonataError(code, message, value=value)
    if left is MISSING or right is MISSING or left > right:
        return MISSING
    first, last = int(left), int(right)
    size = last - first + 1
    if size > _MOST_RANGE:
        message = "The size of the sequence allocated by the range operator (..) must not exceed 1e6."
        raise JsonataError("D2014", f"{message}  Attempted to allocate {size}.", value=size)
    evaluation.grow(size)
    evaluation.spend(size)
    return list(range(first, last + 1))


EXACT: Final[dict[str, Callable[[Any, Any], Any]]] = {"+": operator.add, "-": operator.sub, "*": operator.mul}
"""Python's own operators, for numbers whose result is one that a double holds exactly."""

COMPARISONS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}

OPERATIONS: Final[dict[str, Operation]] = {
    "+": _arithmetic("+", operator.add, operator.add),
    "-": _arithmetic("-", operator.sub, operator.sub),
    "*": _arithmetic("*", operator.mul, operator.mul),
    "/": _arithmetic("/", None, _divide),
    "%": _arithmetic("%", None, _remainder),
    "<": _comparison("<", operator.lt),
    "<=": _comparison("<=", operator.le),
    ">": _comparison(">", operator.gt),
    ">=": _comparison(">=", operator.ge),
    "=": _equal,
    "!=": _unequal,
    "in": _includes,
    "&": _concatenate,
    "..": _range,
}

BOOLEAN: Final = ("<", "<=", ">", ">=", "=", "!=", "in", "and", "or")
"""Operators whose results are true, false or undefined, and never a number."""

__all__ = ["BOOLEAN", "COMPARISONS", "EXACT", "OPERATIONS", "joined", "negative", "same"]
