import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.expr.language.functions.sample import Lambda, call, code_of, nested, spends
from tobiishi.expr.bindings import MISSING
from tobiishi.expr.language.values import Sequence

scalars = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from([0.5, 1.0, -0.0]) | st.text("ab", max_size=2)
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab"), inner))


def same(left: Any, right: Any) -> bool:
    """Deep equality as JSONata has it: true is not 1, but 1.0 is."""
    if isinstance(left, bool) or isinstance(right, bool) or left is None or right is None:
        return left is right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[name], right[name]) for name in left)
    return not isinstance(left, list | dict) and not isinstance(right, list | dict) and left == right


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("append", [[1], [2, 3]], [1, 2, 3]),
        ("append", [1, MISSING], 1),
        ("append", [MISSING, [1]], [1]),
        ("reverse", [[1, 2, 3]], [3, 2, 1]),
        ("sort", [[3, 1, 2.5]], [1, 2.5, 3]),
        ("sort", [["b", "a", ""]], ["", "a", "b"]),
        # By UTF-16 code units, as JavaScript compares.
        ("sort", [["\uffff", "\U0001f600"]], ["\U0001f600", "\uffff"]),
        ("sort", ["x"], ["x"]),
        ("zip", [[1, 2, 3], ["a", "b"]], [[1, "a"], [2, "b"]]),
        ("zip", [1, 2], [[1, 2]]),
        ("zip", [[1], MISSING], []),
        ("distinct", [[1, True, 1.0, "1", None, [1], [1.0], {"a": 1, "b": 2}, {"b": 2, "a": 1}]],
         [1, True, "1", None, [1], {"a": 1, "b": 2}]),
        ("distinct", ["x"], "x"),
    ],
)  # fmt: skip
def test_arrays(name, arguments, expected):
    result = call(name, *arguments)
    assert same(result, expected)
    assert not isinstance(result, Sequence)


@pytest.mark.parametrize("array", [[{}, {}], [1, "a"], [True, False], [1, math.nan], [None, None]])
def test_only_numbers_and_strings_have_an_order_of_their_own(array):
    assert code_of("sort", array) == "D3070"


def test_distinct_keeps_the_kind_of_its_array():
    assert isinstance(call("distinct", Sequence([1, 1])), Sequence)
    assert not isinstance(call("distinct", [1, 1]), Sequence)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers())))
def test_sorting_with_a_function_is_stable(pairs):
    items = [{"key": key, "place": place} for key, place in pairs]
    after = Lambda(lambda left, right: left["key"] > right["key"], 2)
    assert call("sort", items, after) == sorted(items, key=lambda item: item["key"])


@given(st.lists(st.integers(), max_size=30), st.randoms())
def test_an_order_without_sense_loses_nothing(items, coin):
    assert sorted(call("sort", items, Lambda(lambda *_: coin.random() < 0.5, 2))) == sorted(items)


@given(st.lists(st.integers() | st.floats(allow_nan=False, allow_infinity=False)))
def test_sort_orders_numbers(numbers):
    assert call("sort", numbers) == sorted(numbers)


@given(st.lists(st.text()))
def test_sort_orders_strings_by_code_units(texts):
    keys = [text.encode("utf-16-be", "surrogatepass") for text in call("sort", texts)]
    assert keys == sorted(keys)


@given(st.lists(values, min_size=2, max_size=6))
def test_distinct_agrees_with_deep_equality(items):
    found = call("distinct", items)
    assert all(any(same(item, other) for other in found) for item in items)
    assert not any(same(left, right) for index, left in enumerate(found) for right in found[:index])


def test_shuffle_keeps_the_items_and_repeats_itself():
    assert sorted(call("shuffle", list(range(50)))) == list(range(50))
    assert call("shuffle", list(range(50))) == call("shuffle", list(range(50))) != list(range(50))


def test_deep_values_are_told_apart():
    assert call("distinct", [nested(50_000), nested(50_000), nested(49_999)]) is not None
    assert len(call("distinct", [nested(3), nested(3), nested(2)])) == 2


def test_work_is_paid_for():
    assert spends("memory", "append", [1] * 600, [2] * 600, items=1000)
    assert spends("steps", "sort", list(range(2000)), steps=1000)
    assert spends("memory", "zip", *[[1] * 100] * 20, items=1000)
    assert spends("steps", "distinct", [[1] * 100] * 20, steps=1000)
