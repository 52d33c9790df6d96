import hashlib
import uuid
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.expr.sample import bound
from tobiishi.expr import jsonata
from tobiishi.expr.bindings import EvaluationError


def value_of(text: str, data: Any = None) -> Any:
    return jsonata.compile(text, "Output").evaluate(bound(data))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$partition([1, 2, 3], 2)", [[1, 2], [3]]),
        ("$partition([1], 5)", [[1]]),
        ("$range(0, 10, 3)", [0, 3, 6, 9]),
        ("$range(3, 1, -1)", [3, 2, 1]),
        ("$range(1, 9, 9)", 1),
        ("$range(0, 1, 0.5)", [0, 0.5, 1]),
        ("$hash('tea', 'SHA-256')", hashlib.sha256(b"tea").hexdigest()),
        ("'tea' ~> $hash('MD5')", hashlib.md5(b"tea").hexdigest()),
        ("$parse('[1, null, {\"a\": true}]')", [1, None, {"a": True}]),
        ("$parse('-0')", 0),
        ("$string({'é': 1.50, 'f': $sum, 'n': null})", '{"é":1.5,"f":"","n":null}'),
        ("$string(0.000001)", "0.000001"),
        ("$string(0.0000001)", "1e-7"),
        ("$string(0.1 + 0.2)", "0.3"),
        ("$string(100000000000000000000)", "100000000000000000000"),
        ("$string('e-0')", "e-0"),
        ("$string([1], true)", "[\n  1\n]"),
        ("$distinct([1, true, 1, 'a', {'x': 1}, {'x': 1}])", [1, True, "a", {"x": 1}]),
        ("true in [1]", False),
        ("$sort(['b', 'a'])", ["a", "b"]),
        ("$sort([{'k': 1, 'n': 'a'}, {'k': 0, 'n': 'b'}, {'k': 1, 'n': 'c'}], function($l, $r) { $l.k > $r.k }).n",
         ["b", "a", "c"]),
        ("$replace('68F', /(\\d+)F/, function($m) { $m.groups[0] & 'C' })", "68C"),
        ("$replace('abc', /b/, '[$0$1]')", "a[b]c"),
        ("$match('a1b22', /[0-9]+/).match", ["1", "22"]),
        ("$split('a, b,c', /,\\s*/)", ["a", "b", "c"]),
        ("$contains('TEA', /tea/i)", True),
        ("$contains('hello$world', /^hello\\$/)", True),
        ("7 % 2.5", 2),
    ],
)  # fmt: skip
def test_functions(text, expected):
    assert value_of(text) == expected


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("$hash('tea', 'CRC')", "D3137"),
        ("$parse('{')", "D3137"),
        ("$partition([1], 0)", "D3137"),
        ("$range(0, 1, 0)", "D3137"),
        ("$sort([{}, {}])", "D3070"),
        ("$power(10, 1000)", "D3061"),
        ("$toMillis('tea')", "D3110"),
        ("$string(1/0)", "D3001"),
        ("$string([1/0])", "D1001"),
        ("$number(null)", "T0410"),
    ],
)
def test_failures_have_jsonatas_codes(text, code):
    with pytest.raises(EvaluationError, match=f"evaluation. {code}: "):
        value_of(text)


def test_randomness_is_given():
    for text in ("$random()", "$uuid()", "$shuffle([1..50])", "$random(3)"):
        assert value_of(text) == value_of(text)
    assert value_of("$random(3)") != value_of("$random(4)")
    assert uuid.UUID(value_of("$uuid()")).version == 4
    assert sorted(value_of("$shuffle([1..50])")) == list(range(1, 51))
    assert value_of("$count($distinct([$uuid(), $uuid(), $uuid()]))") in {1, 3}


@given(st.lists(st.integers(), min_size=1), st.integers(1, 10))
@example([-(2**63) - 1], 1)
def test_partitions_join_to_the_whole(values, size):
    parts = value_of(f"$partition($states.input, {size})", values)
    assert [item for part in parts for item in part] == values


@given(st.lists(st.integers() | st.floats(allow_nan=False, allow_infinity=False), min_size=2))
def test_sort_orders(values):
    assert value_of("$sort($states.input)", values) == sorted(values)
