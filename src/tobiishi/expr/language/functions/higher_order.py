"""Functions that take functions: $map, $filter, $single, $reduce, $each and $sift.

The function given is passed the item, and as many more of its index (or key) and the whole as it takes.
"""

import itertools
from typing import Any, Final

from tobiishi.expr.language.errors import JsonataError
from tobiishi.expr.language.evaluation import Evaluation
from tobiishi.expr.language.functions.builtin import Builtin, paying
from tobiishi.expr.language.functions.conversion import truth
from tobiishi.expr.language.functions.signature import mismatch
from tobiishi.expr.language.values import UNDEFINED, Sequence, Value


def _asked(function: Value, evaluation: Evaluation, item: Value, place: int | str, whole: Value) -> Value:
    """Call a function with as many arguments as it takes, one at least."""
    arity = function.arity
    if arity <= 1:
        return function.call((item,), evaluation)
    return function.call((item, place) if arity == 2 else (item, place, whole), evaluation)


def _answers(function: Value, evaluation: Evaluation, values: list[Value]) -> list[Value]:
    """Call a function for each item of an array."""
    arity, call = function.arity, function.call
    if arity <= 1:
        return [call((item,), evaluation) for item in values]
    if arity == 2:
        return [call(pair, evaluation) for pair in zip(values, range(len(values)), strict=True)]
    return [call((item, index, values), evaluation) for index, item in enumerate(values)]


def _map(evaluation: Evaluation, values: Value, function: Value) -> Value:
    if values is UNDEFINED:
        return UNDEFINED
    results = [result for result in _answers(function, evaluation, values) if result is not UNDEFINED]
    evaluation.grow(len(results))
    return Sequence(results)


def _filter(evaluation: Evaluation, values: Value, function: Value) -> Value:
    if values is UNDEFINED:
        return UNDEFINED
    answers = _answers(function, evaluation, values)
    return Sequence(
        [
            item
            for item, answer in zip(values, answers, strict=True)
            if answer is True or (answer is not False and truth(answer, evaluation))
        ]
    )


def _single(evaluation: Evaluation, values: Value, function: Value = UNDEFINED) -> Value:
    if values is UNDEFINED:
        return UNDEFINED
    found: Any = UNDEFINED
    for index, item in enumerate(values):
        if function is UNDEFINED or truth(_asked(function, evaluation, item, index, values), evaluation):
            if found is not UNDEFINED:
                message = "The $single() function expected exactly 1 matching result.  Instead it matched more."
                raise JsonataError("D3138", message, index=index)
            found = item
    if found is UNDEFINED:
        message = "The $single() function expected exactly 1 matching result.  Instead it matched 0."
        raise JsonataError("D3139", message)
    return found


def _reduce(evaluation: Evaluation, values: Value, function: Value, initial: Value = UNDEFINED) -> Value:
    if values is UNDEFINED:
        return UNDEFINED
    if function.arity < 2:
        message = "The second argument of reduce function must be a function with at least two arguments"
        raise JsonataError("D3050", message)
    result, first = initial, 0
    if initial is UNDEFINED and values:
        result, first = values[0], 1
    arity = min(function.arity, 4)
    if arity == 2:
        call = function.call
        for item in itertools.islice(values, first, None):
            result = call((result, item), evaluation)
        return result
    for index in range(first, len(values)):
        result = function.call((result, values[index], index, values)[:arity], evaluation)
    return result


def _each(evaluation: Evaluation, value: Value, function: Value) -> Value:
    if value is UNDEFINED:
        return UNDEFINED
    results = Sequence()
    for name, item in value.items():
        result = _asked(function, evaluation, item, name, value)
        if result is not UNDEFINED:
            results.append(result)
    return results


def _sift(evaluation: Evaluation, value: Value, function: Value = UNDEFINED) -> Value:
    if value is UNDEFINED:
        return UNDEFINED
    if function is UNDEFINED:
        raise mismatch("sift", 2, function)
    kept = {
        name: item for name, item in value.items() if truth(_asked(function, evaluation, item, name, value), evaluation)
    }
    return kept or UNDEFINED


FUNCTIONS: Final[tuple[Builtin, ...]] = (
    paying("map", "<af>", _map),
    paying("filter", "<af>", _filter),
    paying("single", "<af?>", _single),
    paying("reduce", "<afj?:j>", _reduce),
    paying("each", "<o-f:a>", _each),
    paying("sift", "<o-f?:o>", _sift),
)
