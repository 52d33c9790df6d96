"""Calls built-in functions as expressions do, with a budget that a test may set."""

import random
from typing import Any

import pytest

from tobiishi.expr.bindings import MISSING
from tobiishi.expr.language.errors import BudgetSpentError, JsonataError
from tobiishi.expr.language.evaluation import Evaluation, Limits
from tobiishi.expr.language.functions import BUILTINS

NOW = 1_600_000_000_123


def evaluation(**limits: Any) -> Evaluation:
    return Evaluation(NOW, lambda: random.Random(7), Limits(**limits))


def call(name: str, *arguments: Any, context: Any = MISSING, within: Evaluation | None = None) -> Any:
    return BUILTINS[name].apply(arguments, context, within or evaluation())


def code_of(name: str, *arguments: Any, context: Any = MISSING) -> str:
    with pytest.raises(JsonataError) as raised:
        call(name, *arguments, context=context)
    return raised.value.code


def code_or_nothing(name: str, *arguments: Any) -> str:
    """Return the code of the error that a call ends in, nothing if it succeeds."""
    try:
        call(name, *arguments)
    except JsonataError as error:
        return error.code
    return ""


def nested(levels: int) -> Any:
    """Return an array of one array of one, and so on."""
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


def doubled(value: Any, times: int) -> Any:
    """Return an array that holds the value two to the power of `times` times."""
    for _ in range(times):
        value = [value, value]
    return value


def spends(resource: str, name: str, *arguments: Any, **limits: int) -> bool:
    """Whether a call is stopped for lack of a resource."""
    with pytest.raises(BudgetSpentError) as raised:
        call(name, *arguments, within=evaluation(**limits))
    return raised.value.resource == resource


class Lambda:
    """A function of the test's own."""

    def __init__(self, body: Any, arity: int = 1) -> None:
        self.body = body
        self.arity = arity

    def call(self, arguments: Any, evaluation: Evaluation) -> Any:
        evaluation.spend()
        return self.body(*arguments)
