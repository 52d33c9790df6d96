"""What steps of a path select from values: by name, `*`, `**`, by index and by predicate.

Theory of operation. A step is applied to items one by one. What it gives for each is flattened by one level to become
the items of the next step: arrays are taken apart (a `Constructed` one is not), and what is undefined is left out. The
last step differs in one point: if it gave a single value that is an array of the data, that is the result as it is.
"""

import math
from collections.abc import Callable

from tobiishi.expr.bindings import MISSING
from tobiishi.expr.language.evaluation import Evaluation
from tobiishi.expr.language.frames import Closure, Frame, Whole
from tobiishi.expr.language.functions.conversion import truth
from tobiishi.expr.language.values import Constructed, Sequence, Value, settle

Finish = Callable[[list[Value]], Value]
"""What a collection stands for: `settle`, or `stay` for a path that has a `[]`."""

Select = Callable[[list[Value], Frame, Evaluation], list[Value]]
"""A predicate or an index: which of some items remain."""


def stay(items: list[Value]) -> Value:
    """Return collected items as an array, even if there is one only."""
    return Sequence(items, stays=True) if items else MISSING


def items_of(value: Value) -> list[Value]:
    """Return a value as the items that a step is applied to."""
    if value is MISSING:
        return []
    return value if isinstance(value, list) and type(value) is not Constructed else [value]


def field(value: Value, name: str, evaluation: Evaluation) -> Value:
    """Return what a name means for one item: of an array, all that its items have, taken together."""
    if type(value) is dict:
        return value.get(name, MISSING)
    if not isinstance(value, list):
        return MISSING
    evaluation.spend(len(value))
    found: list[Value] = []
    for item in value:
        part = item.get(name, MISSING) if type(item) is dict else field(item, name, evaluation)
        if isinstance(part, list):
            found.extend(part)
        elif part is not MISSING:
            found.append(part)
    return settle(found)


def expand(items: list[Value], name: str, evaluation: Evaluation) -> list[Value]:
    """Return what a name selects from items, flattened."""
    evaluation.spend(len(items))
    found: list[Value] = []
    for item in items:
        part = item.get(name, MISSING) if type(item) is dict else field(item, name, evaluation)
        if part is MISSING:
            continue
        if isinstance(part, list) and type(part) is not Constructed:
            found.extend(part)
        else:
            found.append(part)
    if len(found) > len(items):
        evaluation.spend(len(found))
        evaluation.grow(len(found))
    return found


def descend(value: Value, names: tuple[str, ...], evaluation: Evaluation) -> list[Value]:
    """Return what a chain of names selects from a value, flattened."""
    for index, name in enumerate(names):
        if type(value) is dict:
            value = value.get(name, MISSING)
        else:
            items = items_of(value)
            for further in names[index:]:
                items = expand(items, further, evaluation)
            return items
    return items_of(value)


def look_up(value: Value, names: tuple[str, ...], evaluation: Evaluation) -> Value:
    """Return what a path of nothing but names comes to."""
    for index, name in enumerate(names):
        if type(value) is dict:
            value = value.get(name, MISSING)
        elif isinstance(value, list):
            items = items_of(value)
            for further in names[index:-1]:
                items = expand(items, further, evaluation)
            evaluation.spend(len(items))
            return gathered([field(item, names[-1], evaluation) for item in items], settle, evaluation)
        else:
            return MISSING
    return value


def gathered(values: list[Value], finish: Finish, evaluation: Evaluation) -> Value:
    """Return what the last step of a path comes to, given what it gave for each item."""
    found = [value for value in values if value is not MISSING]
    if len(found) != 1:
        return finish(flattened(found, evaluation))
    value = found[0]
    if type(value) is Sequence:
        return finish(list(value))
    if not isinstance(value, list):
        return value if finish is settle else finish(found)
    return finish(found) if type(value) is Constructed and finish is not settle else value


def flattened(values: list[Value], evaluation: Evaluation) -> list[Value]:
    """Return values with arrays among them taken apart."""
    found: list[Value] = []
    for value in values:
        if isinstance(value, list) and type(value) is not Constructed:
            found.extend(value)
            evaluation.grow(len(found))
        else:
            found.append(value)
    evaluation.spend(len(found))
    return found


def wildcard(value: Value, evaluation: Evaluation) -> list[Value]:
    """Return everything that an object or an array holds, arrays in it taken apart completely."""
    if type(value) is Whole:
        value = value[0]
    if not isinstance(value, dict | list):
        return []
    found: list[Value] = []
    waiting = list(reversed(value.values() if isinstance(value, dict) else value))
    while waiting:
        part = waiting.pop()
        evaluation.spend()
        if isinstance(part, list):
            waiting.extend(reversed(part))
        else:
            found.append(part)
    return found


def descendants(value: Value, evaluation: Evaluation) -> list[Value]:
    """Return a value and everything below it, without the arrays themselves."""
    found: list[Value] = []
    waiting = [] if value is MISSING else [value]
    while waiting:
        part = waiting.pop()
        evaluation.spend()
        if isinstance(part, list):
            waiting.extend(reversed(part))
            continue
        found.append(part)
        if isinstance(part, dict):
            waiting.extend(reversed(part.values()))
    return found


def at(items: list[Value], index: float) -> Value:
    """Return the item at an index, from the end if that is negative."""
    place = math.floor(index)
    if place < 0:
        place += len(items)
    return items[place] if 0 <= place < len(items) else MISSING


def matching(predicate: Closure, weight: int) -> Select:
    """Return a filter by a predicate whose value is never a number."""

    def select(items: list[Value], frame: Frame, evaluation: Evaluation) -> list[Value]:
        evaluation.spend(len(items) * weight)
        return [item for item in items if predicate(item, frame, evaluation) is True]

    return select


def chosen(predicate: Closure, weight: int) -> Select:
    """Return a filter by anything: by position if it is a number or an array of numbers, otherwise by its truth."""

    def select(items: list[Value], frame: Frame, evaluation: Evaluation) -> list[Value]:
        evaluation.spend(len(items) * weight)
        size = len(items)
        return [
            item
            for place, item in enumerate(items)
            if is_chosen(predicate(item, frame, evaluation), place, size, evaluation)
        ]

    return select


def is_chosen(value: Value, place: int, size: int, evaluation: Evaluation) -> bool:
    """Say whether a predicate's value chooses the item at a place."""
    if value is True or value is False:
        return value
    if type(value) is int or type(value) is float:
        return _is_place(value, place, size)
    if isinstance(value, list) and value:
        evaluation.spend(len(value))
        if all(type(number) is int or type(number) is float for number in value):
            return any(_is_place(number, place, size) for number in value)
    return truth(value, evaluation)


def _is_place(number: float, place: int, size: int) -> bool:
    if isinstance(number, float) and not math.isfinite(number):
        return False
    index = math.floor(number)
    return place == (index + size if index < 0 else index)
