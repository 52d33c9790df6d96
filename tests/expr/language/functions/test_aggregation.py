import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.expr.language.functions.sample import call, code_of, spends
from tobiishi.expr.bindings import MISSING


@pytest.mark.parametrize(
    ("name", "argument", "expected"),
    [
        ("sum", [1, 2.5, 0.5], 4),
        ("sum", [], 0),
        ("sum", 3, 3),
        # From left to right, each sum rounded as a double is.
        ("sum", [0.1] * 10, 0.9999999999999999),
        ("count", [1, None], 2),
        ("count", MISSING, 0),
        ("count", "a", 1),
        ("max", [1, 3, 2.5], 3),
        ("min", [1, 3, 0.5], 0.5),
        ("max", [], MISSING),
        ("average", [1, 2], 1.5),
        ("average", [2, 4], 3),
        ("average", [], MISSING),
        ("average", MISSING, MISSING),
    ],
)
def test_aggregation(name, argument, expected):
    result = call(name, argument)
    assert result == expected
    assert type(result) is type(expected)


def test_only_numbers_can_be_aggregated():
    assert code_of("sum", [1, "2"]) == "T0412"
    assert code_of("max", [True]) == "T0412"
    assert code_of("sum", [10**400, 0.5]) == "D1001"


def test_work_is_paid_for():
    assert spends("steps", "sum", [1] * 1000, steps=500)


@given(st.lists(st.integers(-(2**40), 2**40), min_size=1, max_size=50))
def test_whole_numbers_are_added_exactly(numbers):
    assert call("sum", numbers) == sum(numbers)
    assert call("min", numbers) <= call("average", numbers) <= call("max", numbers)
