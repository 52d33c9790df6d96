"""Objects, and any value: $keys, $lookup, $spread, $merge, $type, $error, $assert and $clone.

Arrays within arrays are gone through with a stack of iterators: they may be nested deeper than Python's own.
"""

from collections.abc import Iterator
from typing import Any, Final

from tobiishi.expr.language.errors import JsonataError
from tobiishi.expr.language.evaluation import Evaluation
from tobiishi.expr.language.functions.builtin import Builtin, pay_for_items, paying, plain
from tobiishi.expr.language.functions.signature import letter_of
from tobiishi.expr.language.values import UNDEFINED, Sequence, Value

_TYPES: Final = {
    "a": "array",
    "b": "boolean",
    "f": "function",
    "l": "null",
    "n": "number",
    "o": "object",
    "s": "string",
}


def _flat(value: Value, evaluation: Evaluation) -> Iterator[Any]:
    """Go through what arrays hold, at any depth; a value that is no array is alone."""
    if not isinstance(value, list):
        yield value
        return
    waiting = [iter(value)]
    while waiting:
        for item in waiting[-1]:
            evaluation.spend()
            if isinstance(item, list):
                waiting.append(iter(item))
                break
            yield item
        else:
            waiting.pop()


def _keys(evaluation: Evaluation, value: Value = UNDEFINED) -> Value:
    found: dict[str, None] = {}
    for item in _flat(value, evaluation):
        if isinstance(item, dict):
            pay_for_items(evaluation, len(item))
            found.update(dict.fromkeys(item))
    return Sequence(list(found))


def _lookup(evaluation: Evaluation, value: Value = UNDEFINED, key: Value = UNDEFINED) -> Value:
    if isinstance(value, dict):
        return value.get(key, UNDEFINED)
    if not isinstance(value, list):
        return UNDEFINED
    found = Sequence()
    for item in _flat(value, evaluation):
        part = item.get(key, UNDEFINED) if isinstance(item, dict) else UNDEFINED
        if isinstance(part, list):
            pay_for_items(evaluation, len(found) + len(part))
            found.extend(part)
        elif part is not UNDEFINED:
            found.append(part)
    return found


def _spread(evaluation: Evaluation, value: Value = UNDEFINED) -> Value:
    if not isinstance(value, list | dict):
        return value
    found = Sequence()
    for item in _flat(value, evaluation):
        if isinstance(item, dict):
            pay_for_items(evaluation, 2 * len(item))
            found.extend({name: part} for name, part in item.items())
        else:
            found.append(item)
    return list(found) if isinstance(value, list) and found else found


def _merge(evaluation: Evaluation, objects: Value) -> Value:
    if objects is UNDEFINED:
        return UNDEFINED
    merged: dict[str, Value] = {}
    for part in objects:
        pay_for_items(evaluation, len(part) + 1)
        merged.update(part)
    return merged


def _type(value: Value) -> Value:
    return UNDEFINED if value is UNDEFINED else _TYPES[letter_of(value)]


def _error(message: Value = UNDEFINED) -> Value:
    raise JsonataError("D3137", "$error() function evaluated" if message is UNDEFINED else message)


def _assert(condition: Value, message: Value = UNDEFINED) -> Value:
    if condition is not True:
        raise JsonataError("D3141", "$assert() statement failed" if message is UNDEFINED else message)
    return UNDEFINED


def _clone(value: Value) -> Value:
    # Values never change, so a copy could not be told from it.
    return value


FUNCTIONS: Final[tuple[Builtin, ...]] = (
    paying("keys", "<x-:a<s>>", _keys),
    paying("lookup", "<x-s:x>", _lookup),
    paying("spread", "<x-:a<o>>", _spread),
    paying("merge", "<a<o>:o>", _merge),
    plain("type", "<x:s>", _type),
    plain("error", "<s?:x>", _error),
    plain("assert", "<bs?:x>", _assert),
    plain("clone", "<(oa)-:o>", _clone),
)
