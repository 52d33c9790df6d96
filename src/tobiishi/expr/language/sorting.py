"""Order-by: `path^(<a, >b)`."""

from collections.abc import Callable
from collections.abc import Sequence as Items
from functools import cmp_to_key
from typing import TYPE_CHECKING, Any

from tobiishi.expr.bindings import MISSING
from tobiishi.expr.language.errors import JsonataError, shown
from tobiishi.expr.language.evaluation import Evaluation
from tobiishi.expr.language.grouping import Located
from tobiishi.expr.language.tree import Sort
from tobiishi.expr.language.values import Value

if TYPE_CHECKING:
    from tobiishi.expr.language.compiler import Compiler

Ordering = Callable[[list[Located], Evaluation], list[int]]
"""Returns the places of items in their new order."""


def compile_sort(compiler: "Compiler", node: Sort) -> Ordering:
    """Return what puts items in order. Undefined terms come last, whichever way the term goes."""
    before = compiler.count
    terms = [(compiler.compile(term), -1 if descends else 1) for descends, term in node.terms]
    weight = compiler.count - before
    position = node.position
    first, sign = terms[0]

    def compare(left: list[Value], right: list[Value]) -> int:
        for mine, yours, (_, sign) in zip(left, right, terms, strict=True):
            result = _compared(mine, yours, sign, position)
            if result:
                return result
        return 0

    def order(items: list[Located], evaluation: Evaluation) -> list[int]:
        count = len(items)
        evaluation.spend(count * (weight + count.bit_length()))
        if len(terms) == 1:
            only = [first(*located, evaluation) for located in items]
            _pay_for_texts(only, evaluation)
            return _sorted_by(only, sign, position)
        keys = [[closure(*located, evaluation) for closure, _ in terms] for located in items]
        evaluation.spend(3 * count * count.bit_length())
        for values in zip(*keys, strict=True):
            _pay_for_texts(values, evaluation)
        by: Any = cmp_to_key(compare)
        return sorted(range(count), key=lambda place: by(keys[place]))

    return order


def _pay_for_texts(values: Items[Value], evaluation: Evaluation) -> None:
    """Pay for comparing the texts among values with one another, however long and however much alike they are."""
    length = sum(len(value) for value in values if type(value) is str)
    evaluation.spend(length * len(values).bit_length() >> 10)


def _sorted_by(keys: list[Value], sign: int, position: int) -> list[int]:
    """Return the places of keys in their order."""
    present = [place for place, key in enumerate(keys) if key is not MISSING]
    missing = [place for place, key in enumerate(keys) if key is MISSING]
    if len(present) > 1:
        kinds = {_kind(keys[place]) for place in present}
        if "" in kinds or len(kinds) > 1:
            for place in present[1:]:
                _compared(keys[present[0]], keys[place], sign, position)
    present.sort(key=keys.__getitem__, reverse=sign < 0)
    return present + missing


def _compared(mine: Value, yours: Value, sign: int, position: int) -> int:
    """Return below 0 if the first comes first, above 0 if the second does."""
    if mine is MISSING or yours is MISSING:
        return (mine is MISSING) - (yours is MISSING)
    first, second = _kind(mine), _kind(yours)
    if not first or not second:
        message = "The expressions within an order-by clause must evaluate to numeric or string values"
        raise JsonataError("T2008", message, position)
    if first != second:
        message = f"Type mismatch when comparing values {shown(mine)} and {shown(yours)} in order-by clause"
        raise JsonataError("T2007", message, position)
    return sign * (int(mine > yours) - int(mine < yours))


def _kind(value: Value) -> str:
    if type(value) is str:
        return "string"
    return "number" if type(value) is int or type(value) is float else ""
