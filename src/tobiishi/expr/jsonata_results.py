"""What an expression comes to, as the engine has it: plain JSON of a bounded size.

A value may hold the same part many times, so that a small expression makes a value whose text is enormous. Weights of
parts are remembered, and so the whole is seen without walking it. Values are returned as they are unless something
in them has to change: numbers that JSON has no word for become AWS's words, halves of characters become whole.
"""

import math
from typing import Any, Final

from tobiishi.expr.bindings import MISSING, Value
from tobiishi.expr.language.errors import BudgetSpentError
from tobiishi.expr.language.evaluation import Evaluation
from tobiishi.expr.language.lexer import joined_surrogates

_LONGEST_EXACT: Final = 2**53


class UnsupportedResultError(Exception):
    """An expression's value is not JSON: it is or has a function."""


def given_out(value: Value, most_bytes: int, evaluation: Evaluation) -> Value:
    """Return a result as plain JSON; `MISSING` remains.

    Raises `UnsupportedResultError`, and `BudgetSpentError` if its text had more than about `most_bytes`, or looking
    through it took more steps than are left.
    """
    if not isinstance(value, list | dict):
        return taken(value)
    reader = _Reader(most_bytes, evaluation)
    try:
        reader.weigh(value)
        if reader.changes:
            return _changed(value)
    except RecursionError:
        raise BudgetSpentError("depth") from None
    return value if type(value) is list or type(value) is dict else list(value)


def taken(value: Value) -> Value:
    """Return a result as plain JSON, if an array or an object cannot have anything else in it."""
    if type(value) is dict or type(value) is list:
        return value
    return list(value) if isinstance(value, list) else _scalar(value)


class _Reader:
    """Weighs values and notices what has to change in them."""

    def __init__(self, most_bytes: int, evaluation: Evaluation) -> None:
        self.most_bytes = most_bytes
        self.evaluation = evaluation
        self.changes = False
        self._weights: dict[int, int] = {}

    def weigh(self, value: Any) -> int:
        """Return about how many bytes the JSON text of an array or an object has."""
        known = self._weights.get(id(value))
        if known is not None:
            return known
        self.evaluation.spend(1 + len(value))
        total = 2 + len(value)
        if isinstance(value, dict):
            total += sum(map(len, value)) + 3 * len(value)
            if not self.changes and not all(map(str.isascii, value)):
                self.changes = any(map(_is_broken, value))
            parts = value.values()
        else:
            parts = value
        for part in parts:
            if isinstance(part, str):
                total += len(part) + 2
                if not part.isascii() and not self.changes:
                    self.changes = _is_broken(part)
            elif isinstance(part, list | dict):
                total += self.weigh(part)
            else:
                total += 4
                if part is not None and type(part) is not bool:
                    self._notice(part)
            if total > self.most_bytes:
                raise BudgetSpentError("memory")
        self._weights[id(value)] = total
        return total

    def _notice(self, part: Any) -> None:
        if not isinstance(part, int | float):
            raise UnsupportedResultError
        if type(part) is float or abs(part) >= _LONGEST_EXACT:
            changed = _number(part)
            self.changes = self.changes or type(changed) is not type(part)


def _changed(value: Value) -> Value:
    if isinstance(value, dict):
        return {_scalar(name): _changed(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_changed(part) for part in value]
    return _scalar(value)


def _scalar(value: Value) -> Value:
    if isinstance(value, str):
        return _whole(value) if not value.isascii() and _is_broken(value) else value
    if value is None or value is MISSING or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return _number(value)
    raise UnsupportedResultError


def _is_broken(text: str) -> bool:
    """Say whether a text has halves of characters, which JSON text cannot have."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def _whole(text: str) -> str:
    return joined_surrogates(text).encode("utf-8", "replace").decode()


def _number(value: float) -> Value:
    """Return a number as AWS prints it: those beyond all numbers as words. Calculated whole ones have no fraction.

    An integer that no float equals came from the input: it keeps its digits, however many.
    """
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**64 else _as_float(value)
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def _as_float(value: int) -> float:
    try:
        return float(value) if float(value) == value else value
    except OverflowError:
        return value
