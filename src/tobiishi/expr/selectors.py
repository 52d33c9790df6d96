"""The steps of a path as functions: from the nodes so far to the next ones.

A definite path goes from value to value and raises `KeyError`, `IndexError` or `TypeError` where it ends nowhere. An
indefinite one goes from list to list, drops what does not fit, and counts what it visits.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from operator import itemgetter
from typing import Any, Final

from tobiishi.expr.bindings import MISSING, Value
from tobiishi.expr.filters import Walk
from tobiishi.expr.path_syntax import (
    Call,
    Descend,
    Filter,
    Index,
    Indexes,
    Key,
    Keys,
    ParsedPath,
    Slice,
    Step,
    Wildcard,
)

Lookup = Callable[[Value], Value]
Selection = Callable[[Value, Walk], Value]
_Expand = Callable[[Value, Walk], Iterable[Value]]

ABSENT: Final = (KeyError, IndexError, TypeError)
"""What a `Lookup` raises where its path ends nowhere."""


def compile_lookup(steps: tuple[Step, ...]) -> Lookup:
    """Return the value of a definite path. The function raises one of `ABSENT` where there is none."""
    if len(steps) == 1 and isinstance(steps[0], Key):
        return itemgetter(steps[0].name)
    if all(isinstance(step, Key) for step in steps):
        return _by_keys(tuple(step.name for step in steps if isinstance(step, Key)))
    moves = tuple(map(_move, steps))

    def lookup(value: Value) -> Value:
        for move in moves:
            value = move(value)
        return value

    return lookup


def compile_selection(parsed: ParsedPath) -> Selection:
    """Return a path's value, `MISSING` where a definite one ends nowhere. Raises `TooManyNodesError`."""
    if parsed.definite:
        return _optional(compile_lookup(parsed.steps))
    steps = parsed.steps
    last = steps[-1]
    function = _FUNCTIONS[last.function] if isinstance(last, Call) else None
    expansions = tuple(_expand(step) for step in steps if not isinstance(step, Call))

    def select(root: Value, walk: Walk) -> Value:
        nodes = [root]
        for expand in expansions:
            nodes = _expand_all(expand, nodes, walk)
        return nodes if function is None else function(nodes)

    return select


def _optional(lookup: Lookup) -> Selection:
    def select(root: Value, _walk: Walk) -> Value:
        try:
            return lookup(root)
        except ABSENT:
            return MISSING

    return select


def _expand_all(expand: _Expand, nodes: list[Value], walk: Walk) -> list[Value]:
    found: list[Value] = []
    for node in nodes:
        before = len(found)
        found.extend(expand(node, walk))
        walk.spend(len(found) - before + 1)
    return found


def _by_keys(keys: tuple[str, ...]) -> Lookup:
    def lookup(value: Value) -> Value:
        for key in keys:
            value = value[key]
        return value

    return lookup


def _move(step: Step) -> Lookup:
    match step:
        case Key(name):
            return itemgetter(name)
        case Index(index):
            return lambda value: _item(value, index)
        case Keys(names):
            return lambda value: _merged(value, names)
        case Call(function):
            return _FUNCTIONS[function]
    raise AssertionError(step)


def _item(value: Value, index: int) -> Value:
    if not isinstance(value, list):
        raise TypeError
    return value[index]


def _merged(value: Value, names: tuple[str, ...]) -> dict[str, Value]:
    """Jayway's answer to several names at the end of a path: one object that has those that exist."""
    if not isinstance(value, dict):
        raise TypeError
    return {name: value[name] for name in names if name in value}


def _expand(step: Step) -> _Expand:
    match step:
        case Key(name):
            return lambda node, _walk: (node[name],) if isinstance(node, dict) and name in node else ()
        case Keys(names):
            return lambda node, _walk: [node[name] for name in names if name in node] if isinstance(node, dict) else ()
        case Index(index):
            return lambda node, _walk: _items(node, (index,))
        case Indexes(indexes):
            return lambda node, _walk: _items(node, indexes)
        case Slice(start, stop):
            return lambda node, _walk: node[start:stop] if isinstance(node, list) else ()
        case Wildcard():
            return lambda node, _walk: _children(node)
        case Filter(predicate):
            return lambda node, walk: [item for item in _candidates(node, walk) if predicate(item, walk)]
        case Descend(inner):
            return _descend(inner)
    raise AssertionError(step)


def _items(node: Value, indexes: tuple[int, ...]) -> list[Value]:
    if not isinstance(node, list):
        return []
    return [node[index] for index in indexes if -len(node) <= index < len(node)]


def _children(node: Value) -> Iterable[Value]:
    if isinstance(node, dict):
        return node.values()
    return node if isinstance(node, list) else ()


def _candidates(node: Value, walk: Walk) -> Iterable[Value]:
    """What a filter tests: the items of a list, or an object itself."""
    if isinstance(node, list):
        walk.spend(len(node))
        return node
    return (node,) if isinstance(node, dict) else ()


def _descend(inner: Step) -> _Expand:
    if isinstance(inner, Filter):
        predicate = inner.predicate
        return lambda root, walk: [node for node in _descendants(root, walk) if predicate(node, walk)]
    expand = _expand(inner)

    def expand_below(root: Value, walk: Walk) -> Iterator[Value]:
        for node in _descendants(root, walk):
            for found in expand(node, walk):
                walk.spend(1)
                yield found

    return expand_below


def _descendants(root: Value, walk: Walk) -> Iterator[Value]:
    """Yield a node and everything below it, parents first."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        walk.spend(1)
        yield node
        waiting.extend(reversed(list(_children(node))))


def _length(value: Value) -> int:
    if not isinstance(value, list | dict | str):
        raise TypeError
    return len(value)


def _numbers(value: Value) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError
    numbers = [item for item in value if isinstance(item, int | float) and not isinstance(item, bool)]
    if not numbers:
        raise IndexError
    return numbers


def _average(value: Value) -> float:
    numbers = _numbers(value)
    return math.fsum(numbers) / len(numbers)


def _deviation(value: Value) -> float:
    numbers = _numbers(value)
    mean = math.fsum(numbers) / len(numbers)
    return math.sqrt(math.fsum((number - mean) ** 2 for number in numbers) / len(numbers))


def _keys_of(value: Value) -> list[str]:
    if not isinstance(value, dict):
        raise TypeError
    return list(value)


_FUNCTIONS: Final[dict[str, Lookup]] = {
    "avg": _average,
    "first": lambda value: _item(value, 0),
    "keys": _keys_of,
    "last": lambda value: _item(value, -1),
    "length": _length,
    "max": lambda value: max(_numbers(value)),
    "min": lambda value: min(_numbers(value)),
    "stddev": _deviation,
    "sum": lambda value: sum(_numbers(value)),
}
