"""Arrays to one number: $sum, $count, $max, $min and $average."""

import functools
import operator
from collections.abc import Callable
from typing import Final

from tobiishi.expr.language.errors import JsonataError
from tobiishi.expr.language.evaluation import Evaluation
from tobiishi.expr.language.functions.builtin import Builtin, pay_for_items, paying, plain
from tobiishi.expr.language.functions.conversion import whole
from tobiishi.expr.language.values import UNDEFINED, Value


def _total(numbers: list[float]) -> float:
    """Add from left to right, as doubles do; Python's own `sum` rounds otherwise since 3.12."""
    try:
        return functools.reduce(operator.add, numbers, 0)
    except OverflowError:
        raise JsonataError("D1001", "Number out of range", value=numbers) from None


def _sum(evaluation: Evaluation, numbers: Value) -> Value:
    if numbers is UNDEFINED:
        return UNDEFINED
    pay_for_items(evaluation, len(numbers))
    return whole(_total(numbers))


def _count(values: Value) -> Value:
    return 0 if values is UNDEFINED else len(values)


def _average(evaluation: Evaluation, numbers: Value) -> Value:
    if numbers is UNDEFINED or not numbers:
        return UNDEFINED
    pay_for_items(evaluation, len(numbers))
    return whole(whole(_total(numbers)) / len(numbers))


def _extreme(choose: Callable[[list[float]], float]) -> Callable[[Evaluation, Value], Value]:
    def extreme(evaluation: Evaluation, numbers: Value) -> Value:
        if numbers is UNDEFINED or not numbers:
            return UNDEFINED
        pay_for_items(evaluation, len(numbers))
        return choose(numbers)

    return extreme


FUNCTIONS: Final[tuple[Builtin, ...]] = (
    paying("sum", "<a<n>:n>", _sum),
    plain("count", "<a:n>", _count),
    paying("max", "<a<n>:n>", _extreme(max)),
    paying("min", "<a<n>:n>", _extreme(min)),
    paying("average", "<a<n>:n>", _average),
)
