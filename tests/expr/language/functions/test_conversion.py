import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.expr.language.functions.sample import call, code_of, doubled, evaluation, nested, spends
from tobiishi.expr.bindings import MISSING
from tobiishi.expr.language.functions import BUILTINS
from tobiishi.expr.language.functions.conversion import number_text, truth, whole

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("as it is", "as it is"),
        (1.0, "1"),
        (0.1 + 0.2, "0.3"),
        (22 / 7, "3.14285714285714"),
        (1e20, "100000000000000000000"),
        (123456789012345678901.0, "123456789012345680000"),
        (1e21, "1e+21"),
        (1e-6, "0.000001"),
        (1.5e-7, "1.5e-7"),
        (-0.0, "0"),
        (9007199254740993, "9007199254740993"),
        (10**22, "1e+22"),
        (True, "true"),
        (None, "null"),
        (BUILTINS["sum"], ""),
        ({"é": 1.5, "f": BUILTINS["sum"], "n": [None, {}, []]}, '{"é":1.5,"f":"","n":[null,{},[]]}'),
        (['"\\\n\x01\u2028', "\ud800"], '["\\"\\\\\\n\\u0001\u2028","\\ud800"]'),
    ],
)
def test_string(value, expected):
    assert call("string", value) == expected


def test_string_over_many_lines():
    assert (
        call("string", {"a": [1, {}, []], "b": "{,}"}, True)
        == '{\n  "a": [\n    1,\n    {},\n    []\n  ],\n  "b": "{,}"\n}'
    )
    assert call("string", "{}", True) == "{}"


def test_numbers_beyond_all_numbers_have_no_text():
    assert code_of("string", math.inf) == "D3001"
    assert code_of("string", [math.nan]) == "D1001"
    assert code_of("string", 10**400) == "D1001"


@given(json_values)
def test_string_is_json(value):
    text = call("string", [value])
    assert json.loads(text) == [value]
    assert text == json.dumps([value], ensure_ascii=False, separators=(",", ":"))
    assert json.loads(call("string", [value], True)) == [value]
    assert call("string", [value], True) == json.dumps([value], ensure_ascii=False, indent=2)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_the_text_of_a_number_reads_back(number):
    assert float(number_text(number)) == number
    assert call("number", number_text(number)) == number


@pytest.mark.parametrize(
    ("value", "expected"),
    [("12", 12), ("-0.50", -0.5), ("1e3", 1000), ("007", 7), ("0x1F", 31), ("0b101", 5), ("0o17", 15), (True, 1)],
)
def test_number(value, expected):
    result = call("number", value)
    assert result == expected
    assert type(result) is type(expected)


@pytest.mark.parametrize("text", ["", " 1", "1/2", "1.", ".5", "1e999", "٣", "0x", "NaN", "0x" + "f" * 300])
def test_what_is_no_number(text):
    assert code_of("number", text) == "D3030"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", False), ("0", True), (0, False), (0.5, True), (None, False), ({}, False), ({"a": 0}, True), ([], False),
        ([0, [0, []]], False), ([0, [0, [1]]], True), (BUILTINS["sum"], False), (math.nan, False),
    ],
)  # fmt: skip
def test_boolean(value, expected):
    assert call("boolean", value) is expected
    assert call("not", value) is not expected


def test_undefined_is_neither_true_nor_false():
    assert call("boolean", MISSING) is MISSING
    assert call("not", MISSING) is MISSING
    assert call("exists", MISSING) is False
    assert call("exists", None) is True
    assert not truth(MISSING, evaluation())


def test_infinity_is_out_of_range():
    assert code_of("boolean", math.inf) == "D1001"


def test_whole_numbers_are_integers():
    assert type(whole(2.0)) is int
    assert type(whole(2.0**60)) is float
    assert whole(2**60) == 2.0**60


def test_values_nested_deeper_than_pythons_stack():
    deep = nested(100_000)
    assert call("string", deep) == "[" * 100_000 + "1" + "]" * 100_000
    assert call("boolean", deep) is True


def test_a_value_that_holds_itself_many_times_is_too_long():
    assert spends("steps", "string", doubled([1], 60), steps=100_000)
    assert spends("steps", "boolean", doubled([0], 60), steps=100_000)
    assert spends("memory", "string", ["a" * 600] * 2, characters=1000)
    assert spends("memory", "string", nested(100), True, characters=1000)
