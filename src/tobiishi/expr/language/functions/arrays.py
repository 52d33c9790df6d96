"""Arrays: $append, $reverse, $shuffle, $sort, $distinct and $zip; and how values are told apart.

Sorting with a function is a merge sort, from the top: the function is asked whether its first argument belongs after
its second, and equals keep their order. An order that makes no sense ends all the same.
"""

from collections.abc import Callable, Hashable
from typing import Any, Final

from tobiishi.expr.language.errors import JsonataError
from tobiishi.expr.language.evaluation import Evaluation
from tobiishi.expr.language.functions.builtin import Builtin, pay_for_items, pay_for_text, paying
from tobiishi.expr.language.functions.conversion import truth
from tobiishi.expr.language.values import UNDEFINED, Sequence, Value, is_function


def append(evaluation: Evaluation, first: Value = UNDEFINED, second: Value = UNDEFINED) -> Value:
    """Return two values as one array. If one is undefined, the other as it is."""
    if first is UNDEFINED:
        return second
    if second is UNDEFINED:
        return first
    left = first if isinstance(first, list) else [first]
    right = second if isinstance(second, list) else [second]
    pay_for_items(evaluation, len(left) + len(right))
    return [*left, *right]


def _reverse(evaluation: Evaluation, values: Value) -> Value:
    if values is UNDEFINED or len(values) <= 1:
        return values
    pay_for_items(evaluation, len(values))
    return values[::-1]


def _shuffle(evaluation: Evaluation, values: Value) -> Value:
    if values is UNDEFINED or len(values) <= 1:
        return values
    pay_for_items(evaluation, len(values))
    return evaluation.random.sample(values, len(values))


def _sort(evaluation: Evaluation, values: Value, comparator: Value = UNDEFINED) -> Value:
    if values is UNDEFINED or len(values) <= 1:
        return values
    pay_for_items(evaluation, len(values))
    if comparator is UNDEFINED:
        return _in_natural_order(values, evaluation)
    return merge_sort(values, lambda left, right: truth(comparator.call((left, right), evaluation), evaluation))


def _in_natural_order(values: list[Value], evaluation: Evaluation) -> list[Value]:
    kinds = set(map(type, values))
    evaluation.spend(len(values) * len(values).bit_length() >> 3)
    if kinds <= {int, float} and (float not in kinds or all(value == value for value in values)):  # noqa: PLR0124
        return sorted(values)
    if kinds == {str}:
        length = sum(map(len, values))
        evaluation.spend(length * len(values).bit_length() >> 10)
        if all(map(str.isascii, values)):
            return sorted(values)
        pay_for_text(evaluation, length)
        return sorted(values, key=text_order)
    message = (
        "The single argument form of the sort function can only be applied to an array of strings or an array of "
        "numbers.  Use the second argument to specify a comparison function"
    )
    raise JsonataError("D3070", message, value=values)


def text_order(text: str) -> bytes:
    """Return a key by which strings sort as JavaScript compares them, by UTF-16 code units."""
    return text.encode("utf-16-be", "surrogatepass")


def merge_sort(values: list[Value], belongs_after: Callable[[Value, Value], bool]) -> list[Value]:
    """Return the values in order. `belongs_after(left, right)` says that `left` must come after `right`."""
    if len(values) <= 1:
        return list(values)
    middle = len(values) // 2
    left = merge_sort(values[:middle], belongs_after)
    right = merge_sort(values[middle:], belongs_after)
    merged: list[Value] = []
    taken_left = taken_right = 0
    while taken_left < len(left) and taken_right < len(right):
        if belongs_after(left[taken_left], right[taken_right]):
            merged.append(right[taken_right])
            taken_right += 1
        else:
            merged.append(left[taken_left])
            taken_left += 1
    return merged + left[taken_left:] + right[taken_right:]


def identity(value: Value, evaluation: Evaluation) -> Hashable:
    """Return a key that values have in common if and only if they are deeply equal."""
    if isinstance(value, bool) or value is None:
        return repr(value)
    if isinstance(value, int | float):
        return value
    if isinstance(value, str):
        evaluation.spend(len(value) >> 6)
        return f'"{value}'
    if not isinstance(value, list | dict):
        return id(value), "function"
    return _deep_identity(value, evaluation)


def _deep_identity(value: Value, evaluation: Evaluation) -> str:
    """Write a value as text: keys in order, numbers exact, every string with its length before it."""
    parts: list[str] = []
    waiting: list[Any] = [value]
    closing = object()
    while waiting:
        evaluation.spend(3)
        item = waiting.pop()
        if item is closing:
            parts.append(")")
        elif isinstance(item, list):
            parts.append("[")
            waiting.append(closing)
            waiting += reversed(item)
        elif isinstance(item, dict):
            parts.append("{")
            waiting.append(closing)
            for name in sorted(item, reverse=True):
                waiting += (item[name], name)
        else:
            parts.append(_scalar_identity(item))
            evaluation.spend(len(parts[-1]) >> 4)
    text = "".join(parts)
    pay_for_text(evaluation, len(text))
    return text


def _scalar_identity(value: Value) -> str:
    if isinstance(value, str):
        return f"s{len(value)}:{value}"
    if is_function(value):
        return f"f{id(value)};"
    number = int(value) if isinstance(value, float) and value.is_integer() else value
    return f"{number!r};"


def _distinct(evaluation: Evaluation, values: Value = UNDEFINED) -> Value:
    if not isinstance(values, list) or len(values) <= 1:
        return values
    pay_for_items(evaluation, len(values))
    found: dict[Hashable, Value] = {}
    for value in values:
        found.setdefault(identity(value, evaluation), value)
    return Sequence(list(found.values())) if isinstance(values, Sequence) else list(found.values())


def _zip(evaluation: Evaluation, *arrays: Value) -> Value:
    if UNDEFINED in arrays:
        return []
    length = min(map(len, arrays), default=0)
    pay_for_items(evaluation, length * len(arrays))
    return [list(items) for items in zip(*(array[:length] for array in arrays), strict=True)]


FUNCTIONS: Final[tuple[Builtin, ...]] = (
    paying("append", "<xx:a>", append),
    paying("reverse", "<a:a>", _reverse),
    paying("shuffle", "<a:a>", _shuffle),
    paying("sort", "<af?:a>", _sort),
    paying("distinct", "<x:x>", _distinct),
    paying("zip", "<a+>", _zip),
)
