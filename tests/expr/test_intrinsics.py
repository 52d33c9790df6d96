import hashlib
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.expr.sample import bound
from tests.expr.test_jsonpath import JSON
from tobiishi.expr.bindings import EvaluationError
from tobiishi.expr.intrinsic_functions import INTRINSICS
from tobiishi.expr.intrinsics import compile_intrinsic
from tobiishi.expr.jsonpath import PathSyntaxError
from tobiishi.jsontext import decode


def value_of(call: str, data: Any = None, **given: Any) -> Any:
    return compile_intrinsic(call, "field.$").evaluate(bound(data, **given))


def test_there_are_eighteen():
    assert len(INTRINSICS) == 18


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("States.Array()", []),
        ("States.Array(1, -2.5, 'a', true, null, $.x)", [1, -2.5, "a", True, None, {"a": 1}]),
        ("States.ArrayPartition($.l, 2)", [[1, 2], [3]]),
        ("States.ArrayPartition($.l, 1.6)", [[1, 2], [3]]),
        ("States.ArrayContains($.l, 3)", True),
        ("States.ArrayContains($.l, '3')", False),
        ("States.ArrayContains(States.Array(1), true)", False),
        ("States.ArrayRange(1, 9, 2)", [1, 3, 5, 7, 9]),
        ("States.ArrayRange(0.6, 4.4, 1)", [1, 2, 3, 4]),
        ("States.ArrayRange(3, 0, -1)", [3, 2, 1, 0]),
        ("States.ArrayRange(3, 0, 1)", []),
        ("States.ArrayGetItem($.l, 1)", 2),
        ("States.ArrayLength($.l)", 3),
        ("States.ArrayUnique(States.Array(1, 'a', 1, true, 'a', null, null))", [1, "a", True, None]),
        ("States.Base64Encode('Tea for two')", "VGVhIGZvciB0d28="),
        ("States.Base64Decode('VGVhIGZvciB0d28=')", "Tea for two"),
        ("States.Hash('tea', 'SHA-1')", hashlib.sha1(b"tea").hexdigest()),
        ("States.Hash('tea', 'MD5')", hashlib.md5(b"tea").hexdigest()),
        ("States.Hash('tea', 'SHA-256')", hashlib.sha256(b"tea").hexdigest()),
        ("States.Hash('tea', 'SHA-384')", hashlib.sha384(b"tea").hexdigest()),
        ("States.Hash('tea', 'SHA-512')", hashlib.sha512(b"tea").hexdigest()),
        ("States.JsonMerge($.x, $.y, false)", {"a": {"z": 1}, "b": 2}),
        ("States.StringToJson('{\"a\": [1, null]}')", {"a": [1, None]}),
        ("States.StringToJson('')", None),
        ("States.StringToJson('  ')", None),
        ("States.JsonToString($.y)", '{"a":{"z":1},"b":2}'),
        ("States.MathAdd(2, -3)", -1),
        ("States.MathAdd(0.5, 0)", 1),
        ("States.MathAdd(-0.5, 0)", 0),
        ("States.MathAdd(-1.5, -1.51)", -3),
        ("States.StringSplit('a,b;;c', ',;')", ["a", "b", "c"]),
        ("States.StringSplit('a]b^c', ']^')", ["a", "b", "c"]),
        ("States.StringSplit('abc', '')", ["abc"]),
        ("States.Format('{} is {} of {}', 'one', 1, $.y)", "one is 1 of {a={z=1}, b=2}"),
        ("States.Format('{}{}{}', null, true, $.l)", "nulltrue[1, 2, 3]"),
        ("States.Format($.t, 'x')", "in: x"),
        (r"States.Format('\{\} and \'{}\' \\', 1)", r"{} and '1' " + "\\"),
        (" States.MathAdd( 1 ,2 ) ", 3),
        ("States.Format('{}', States.ArrayLength(States.Array($$.a, $v)))", "2"),
    ],
)
def test_each_function(call, expected):
    data = {"l": [1, 2, 3], "x": {"a": 1}, "y": {"a": {"z": 1}, "b": 2}, "t": "in: {}"}
    assert value_of(call, data, context={"a": 1}, variables={"v": 2}) == expected


def test_a_path_may_have_a_filter_with_commas_and_brackets():
    assert value_of("States.ArrayLength($[?(@.a in [1, 2])])", [{"a": 1}, {"a": 3}]) == 1


def test_random_numbers_come_from_the_bindings():
    assert value_of("States.MathRandom(1, 1000)") == value_of("States.MathRandom(1, 1000)")
    assert value_of("States.UUID()") == value_of("States.UUID()")
    assert uuid.UUID(value_of("States.UUID()")).version == 4
    assert value_of("States.MathRandom(0, 10000, 5)") == value_of("States.MathRandom(0, 10000, 5)")
    assert value_of("States.MathRandom(0, 10000, 5)") != value_of("States.MathRandom(0, 10000, 6)")


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        ("States.ArrayPartition('a', 1)", "Argument 1 must be an array"),
        ("States.ArrayPartition(States.Array(), 0)", "The chunk size must be a positive integer"),
        ("States.ArrayRange(1, 2, 0)", "The increment must not be zero"),
        ("States.ArrayRange(0, 1000, 1)", "The array range cannot have more than 1000 items"),
        ("States.ArrayRange(0, -1000, -1)", "The array range cannot have more than 1000 items"),
        ("States.ArrayGetItem(States.Array(1), 1)", "The index 1 is outside an array of 1 items"),
        ("States.ArrayGetItem(States.Array(1), -1)", "The index -1 is outside an array of 1 items"),
        ("States.ArrayGetItem(States.Array(1), true)", "Argument 2 must be a number"),
        ("States.Base64Decode('%')", "The argument is not valid Base64 of UTF-8 text"),
        ("States.Base64Encode(1)", "Argument 1 must be a string"),
        ("States.Hash('a', 'CRC')", "The algorithm must be one of MD5, SHA-1, SHA-256, SHA-384, SHA-512"),
        ("States.MathRandom(2, 2)", "The start number must be less than the end number"),
        ("States.Format('{} {}', 1)", "There are fewer arguments than {} in the template"),
        ("States.Format('{}', 1, 2)", "There are more arguments than {} in the template"),
    ],
)
def test_what_a_function_refuses(call, reason):
    with pytest.raises(EvaluationError) as caught:
        value_of(call)
    assert caught.value.error == "States.IntrinsicFailure"
    assert caught.value.message == f"The function '{call}' had the following error: {reason}"


@pytest.mark.parametrize("call", ["States.Base64Encode($)", "States.Base64Decode($)", "States.Hash($, 'MD5')"])
def test_long_texts_are_refused(call):
    with pytest.raises(EvaluationError, match="longer than 10000 characters"):
        value_of(call, "a" * 10_001)


def test_a_huge_text_is_not_made():
    call = f"States.Format('{'{}' * 200}', {', '.join(['$'] * 200)})"
    with pytest.raises(EvaluationError, match="longer than 1048576 characters"):
        value_of(call, "x" * 10_000)


def test_a_deep_merge_is_not_supported():
    with pytest.raises(EvaluationError, match="shallow"):
        value_of("States.JsonMerge($, $, true)", {})


def test_text_that_is_no_json():
    with pytest.raises(EvaluationError, match="not valid JSON"):
        value_of("States.StringToJson('{')")


def test_a_missing_argument_names_its_path_and_the_input():
    with pytest.raises(EvaluationError) as caught:
        value_of("States.ArrayLength($.x)", {"a": 1})
    assert caught.value.error == "States.Runtime"
    assert caught.value.message == (
        "The function 'States.ArrayLength($.x)' had the following error: "
        "The JsonPath argument for the field '$.x' could not be found in the input '{\"a\":1}'"
    )


@pytest.mark.parametrize(
    "call",
    [
        *("", "States.Nope()", "States.UUID", "States.UUID(1)", "States.UUID() x", "states.UUID()", "Format('a')"),
        *("States.Format('a)", 'States.Format("a")', r"States.Format('\"')", r"States.Format('\n')", "States.Format()"),
        *("States.MathAdd(1)", "States.MathAdd(1,2,3)", "States.MathAdd(1 2)", "States.MathAdd(1,,2)"),
        *("States.MathAdd(01a, 2)", "States.Array($.)", "States.Array(nul)", "States.Array({})", "States.Array([1])"),
        "States.Array(" * 11 + ")" * 11,
        f"States.Array({','.join('1' * 251)})",
    ],
)
def test_what_is_no_call_is_refused(call):
    with pytest.raises(PathSyntaxError):
        compile_intrinsic(call, "field.$")


def test_ten_calls_may_nest():
    assert value_of("States.Array(" * 10 + ")" * 10) == [[[[[[[[[[]]]]]]]]]]


def test_variables_of_nested_calls():
    assert compile_intrinsic("States.Format('{}{}', $a.x, States.Array($b, $.c))", "f").variables == {"a", "b"}


@given(st.lists(JSON), st.integers(1, 20))
def test_partitions_join_to_the_whole(values, size):
    parts = value_of("States.ArrayPartition($.l, $.n)", {"l": values, "n": size})
    assert [item for part in parts for item in part] == values
    assert all(len(part) == size for part in parts[:-1])


@given(st.text(max_size=1000))
def test_base64_comes_back(text):
    assert value_of("States.Base64Decode(States.Base64Encode($))", text) == text


@given(JSON)
def test_json_text_comes_back(value):
    if value != "":
        assert value_of("States.StringToJson(States.JsonToString($))", value) == value


@given(st.dictionaries(st.text(), JSON), st.dictionaries(st.text(), JSON))
def test_the_second_object_wins_a_merge(first, second):
    merged = value_of("States.JsonMerge($[0], $[1], false)", [first, second])
    assert merged == {**first, **second}


@given(st.lists(st.integers() | st.text() | st.none()))
def test_unique_items_keep_their_first_place(values):
    unique = value_of("States.ArrayUnique($)", values)
    assert unique == list(dict.fromkeys(values))


@given(st.text(), st.text())
def test_format_of_one_slot(template, value):
    plain = "".join(character for character in template if character not in "\\{}")
    assert value_of("States.Format($.t, $.v)", {"t": plain + "{}", "v": value}) == plain + value


@given(st.integers(-(10**6), 10**6), st.integers(-(10**6), 10**6))
def test_a_random_number_is_in_its_range(one, other):
    low, high = min(one, other), max(one, other) + 1
    assert low <= value_of("States.MathRandom($[0], $[1])", [low, high]) < high


def test_decode_is_what_string_to_json_uses():
    assert value_of("States.StringToJson($)", "12345678901234567890123") == decode("12345678901234567890123")
