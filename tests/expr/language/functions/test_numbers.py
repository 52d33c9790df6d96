import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.expr.language.functions.sample import call, code_of
from tobiishi.expr.bindings import MISSING


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("abs", [-2.5], 2.5),
        ("floor", [-2.5], -3),
        ("ceil", [-2.5], -2),
        ("ceil", [-0.5], 0),
        ("floor", [2**70], 2**70),
        ("round", [2.5], 2),
        ("round", [-3.5], -4),
        ("round", [4.525, 2], 4.52),
        ("round", [1.005, 2], 1),
        ("round", [12350, -2], 12400),
        ("round", [1.5, 10**9], 1.5),
        ("round", [1.5, -(10**9)], 0),
        ("sqrt", [16], 4),
        ("power", [2, 10], 1024),
        ("power", [4, 0.5], 2),
        ("formatBase", [255, 16], "ff"),
        ("formatBase", [-255.5, 2], "-100000000"),
        ("formatBase", [1e21], "1e+21"),
        ("formatBase", [0, 36], "0"),
    ],
)
def test_numbers(name, arguments, expected):
    result = call(name, *arguments)
    assert result == expected
    assert type(result) is type(expected)


@pytest.mark.parametrize(
    ("name", "arguments", "code"),
    [
        ("sqrt", [-1], "D3060"),
        ("power", [10, 400], "D3061"),
        ("power", [-8, 0.5], "D3061"),
        ("power", [0, -1], "D3061"),
        ("sqrt", [10**400], "D1001"),
        ("formatBase", [1, 1], "D3100"),
        ("formatBase", [1, 37], "D3100"),
        ("formatBase", [math.inf, 2], "D1001"),
    ],
)
def test_numbers_that_cannot_be(name, arguments, code):
    assert code_of(name, *arguments) == code


@pytest.mark.parametrize("name", ["abs", "floor", "ceil", "round", "sqrt", "formatBase"])
def test_undefined_stays_undefined(name):
    assert call(name, MISSING) is MISSING


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floor_and_ceil_enclose(number):
    assert call("floor", number) <= number <= call("ceil", number)
    assert call("ceil", number) - call("floor", number) in {0, 1}


@given(st.integers(-(2**53), 2**53), st.integers(2, 36))
def test_a_base_can_be_read_back(number, base):
    assert int(call("formatBase", number, base), base) == number
