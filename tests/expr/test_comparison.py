import re
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.expr.sample import bound
from tests.expr.test_jsonpath import JSON
from tobiishi.expr.bindings import EvaluationError
from tobiishi.expr.comparison import OPERATORS, compile_comparison, compile_pattern
from tobiishi.expr.jsonpath import PathSyntaxError

NOON, NOON_IN_JAPAN = "2026-03-14T12:00:00Z", "2026-03-14T21:00:00+09:00"


def holds(operator: str, value: Any, operand: Any) -> bool:
    return compile_comparison(operator, "$.v", operand, "Variable")(bound({"v": value}))


def test_there_are_39_operators():
    assert len(OPERATORS) == 39
    assert all(operator.name == name for name, operator in OPERATORS.items())


@pytest.mark.parametrize(
    ("operator", "operand", "true", "false"),
    [
        ("BooleanEquals", True, [True], [False, 1, "true", None]),
        ("BooleanEquals", False, [False], [True, 0, None]),
        ("StringEquals", "b", ["b"], ["B", "", 1, None]),
        ("StringLessThan", "b", ["a", "", "B"], ["b", "c", 1, None]),
        ("StringLessThanEquals", "b", ["a", "b"], ["c", False]),
        ("StringGreaterThan", "b", ["c", "ba"], ["a", "b", []]),
        ("StringGreaterThanEquals", "b", ["b", "c"], ["a", {}]),
        ("NumericEquals", 1, [1, 1.0], [2, "1", True, None]),
        ("NumericLessThan", 1, [0, -1.5], [1, 2, False, "0"]),
        ("NumericLessThanEquals", 1.5, [1, 1.5], [2, None]),
        ("NumericGreaterThan", 1, [1.1, 2], [1, 0, True]),
        ("NumericGreaterThanEquals", 1, [1, 2], [0, "2"]),
        ("TimestampEquals", NOON, [NOON, NOON_IN_JAPAN, "2026-03-14T12:00:00.000Z"], ["2026-03-14T12:00:00", 1, None]),
        ("TimestampLessThan", NOON, ["2026-03-14T11:59:59.999Z"], [NOON, "2026", 0]),
        ("TimestampLessThanEquals", NOON, [NOON_IN_JAPAN], ["2026-03-14T12:00:01Z"]),
        ("TimestampGreaterThan", NOON, ["2026-03-14T12:00:00.000000001Z"], [NOON_IN_JAPAN]),
        ("TimestampGreaterThanEquals", NOON, [NOON_IN_JAPAN], ["2026-03-14T20:00:00+09:00"]),
        ("StringMatches", "log-*.txt", ["log-.txt", "log-a*b.txt"], ["log.txt", "xlog-.txt", 1]),
        ("IsNull", True, [None], [0, "", False]),
        ("IsString", True, ["", "a"], [1, None, []]),
        ("IsNumeric", True, [0, 1.5], ["1", True, None]),
        ("IsBoolean", True, [True, False], [0, "true"]),
        ("IsTimestamp", True, [NOON, NOON_IN_JAPAN], ["2026-03-14", "noon", 1]),
        ("IsPresent", True, [None, 0, ""], []),
        ("IsString", False, [1, None], ["a"]),
        ("IsPresent", False, [], [None, 1]),
    ],
)
def test_each_operator(operator, operand, true, false):
    assert [value for value in true + false if holds(operator, value, operand)] == true


@pytest.mark.parametrize("operator", [name for name in OPERATORS if name.endswith("Path")])
def test_each_path_variant_compares_with_another_value(operator):
    literal = operator.removesuffix("Path")
    kinds: dict[str, list[Any]] = {
        "S": ["a", "b"],
        "N": [1, 2],
        "T": [NOON, "2026-03-14T12:00:01Z"],
        "B": [True, False],
    }
    samples = kinds[operator[0]]
    for one in samples:
        for other in samples:
            test = compile_comparison(operator, "$.v", "$v.other", "Variable")
            assert test(bound({"v": one}, variables={"v": {"other": other}})) is holds(literal, one, other)
    assert not compile_comparison(operator, "$.v", "$.w", "Variable")(bound({"v": samples[0], "w": []}))


@pytest.mark.parametrize("operator", sorted(OPERATORS.keys() - {"IsPresent"}))
def test_a_path_that_leads_nowhere_is_an_error(operator):
    operand = {"path": "$.v", "string": "a", "number": 1, "boolean": True, "timestamp": NOON}[
        OPERATORS[operator].operand
    ]
    with pytest.raises(EvaluationError) as caught:
        compile_comparison(operator, "$.gone", operand, "Variable")(bound({"v": 1}))
    assert caught.value.error == "States.Runtime"
    assert caught.value.message == (
        "Invalid path '$.gone': The choice state's condition path references an invalid value."
    )


def test_the_operands_path_may_lead_nowhere_too():
    with pytest.raises(EvaluationError, match=re.escape("$.gone")):
        compile_comparison("NumericEqualsPath", "$.v", "$.gone", "Variable")(bound({"v": 1}))


def test_presence():
    assert compile_comparison("IsPresent", "$.gone", False, "Variable")(bound({}))
    assert not compile_comparison("IsPresent", "$.gone.deeper[0]", True, "Variable")(bound({}))


@pytest.mark.parametrize(
    ("operator", "good", "bad"),
    [
        ("StringEquals", "a", 1),
        ("NumericLessThan", 1.5, True),
        ("BooleanEquals", False, 0),
        ("TimestampEquals", NOON, "noon"),
        ("StringEqualsPath", "$.a", "a"),
        ("IsNull", True, None),
        ("StringMatches", "*", 1),
    ],
)
def test_what_operand_an_operator_accepts(operator, good, bad):
    assert OPERATORS[operator].accepts(good)
    assert not OPERATORS[operator].accepts(bad)


@pytest.mark.parametrize(
    ("pattern", "true", "false"),
    [
        ("", [""], ["a"]),
        ("*", ["", "anything\n"], []),
        ("a*b*c", ["abc", "a--b--c"], ["acb", "ab", "xabc"]),
        ("*a", ["a", "ba"], ["ab"]),
        ("aa*aa", ["aaaa", "aabaa"], ["aaa"]),
        (r"\*", ["*"], ["a", ""]),
        (r"a\\*", ["a\\", "a\\b"], ["a"]),
        ("a.c", ["a.c"], ["abc"]),
    ],
)
def test_patterns(pattern, true, false):
    matches = compile_pattern(pattern)
    assert [text for text in true + false if matches(text)] == true


@pytest.mark.parametrize("pattern", ["a\\", r"\a"])
def test_a_lone_backslash_is_refused(pattern):
    with pytest.raises(PathSyntaxError, match="backslash"):
        compile_comparison("StringMatches", "$.v", pattern, "Variable")


def test_patterns_take_linear_time():
    matches = compile_pattern("*a" * 50_000 + "b")
    started = time.perf_counter()
    assert not matches("a" * 200_000)
    assert time.perf_counter() - started < 2


@given(st.text(alphabet="ab*\\", max_size=8), st.text(alphabet="ab*\\", max_size=8))
def test_patterns_agree_with_regular_expressions(pattern, text):
    try:
        matches = compile_pattern(pattern)
    except PathSyntaxError:
        return
    parts = re.findall(r"\\.|.", pattern)
    regex = "".join(".*" if part == "*" else re.escape(part.removeprefix("\\") or part) for part in parts)
    assert matches(text) == (re.fullmatch(regex, text, re.DOTALL) is not None)


ORDERED = {"Numeric": st.integers() | st.floats(allow_nan=False), "String": st.text()}


@pytest.mark.parametrize("kind", ORDERED)
@given(st.data())
def test_exactly_one_of_less_equal_greater_holds(kind, data):
    one, other = data.draw(ORDERED[kind]), data.draw(ORDERED[kind])
    less, equal, greater = (holds(f"{kind}{order}", one, other) for order in ("LessThan", "Equals", "GreaterThan"))
    assert less + equal + greater == 1
    assert holds(f"{kind}LessThanEquals", one, other) == (less or equal)
    assert holds(f"{kind}GreaterThanEquals", one, other) == (greater or equal)


@given(JSON, st.sampled_from(sorted(OPERATORS)))
def test_no_value_is_an_error(value, operator):
    operand = {"path": "$.v", "string": "a", "number": 1, "boolean": True, "timestamp": NOON}[
        OPERATORS[operator].operand
    ]
    assert isinstance(holds(operator, value, operand), bool)
