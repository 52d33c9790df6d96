import hashlib
import math
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.expr.language.functions.sample import call, code_of, evaluation, spends
from tobiishi.expr.bindings import MISSING
from tobiishi.expr.language.functions import BUILTINS


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("partition", [[1, 2, 3], 2], [[1, 2], [3]]),
        ("partition", [[1], 10**20], [[1]]),
        ("range", [0, 10, 3], [0, 3, 6, 9]),
        ("range", [3, 1, -1], [3, 2, 1]),
        ("range", [3, 1, 1], []),
        ("range", [0, 1, 0.5], [0, 0.5, 1]),
        ("hash", ["tea", "SHA-256"], hashlib.sha256(b"tea").hexdigest()),
        ("parse", ['[1, null, {"a": true}]'], [1, None, {"a": True}]),
        ("random", [3], 0.23796462709189137),
        ("random", [3.0], 0.23796462709189137),
    ],
)
def test_step_functions(name, arguments, expected):
    assert call(name, *arguments) == expected


@pytest.mark.parametrize(
    ("name", "arguments", "code"),
    [
        ("partition", [[1], 0], "D3137"),
        ("partition", [[1], math.nan], "D3137"),
        ("range", [0, 1, 0], "D3137"),
        ("range", [0, math.inf, 1], "D1001"),
        ("hash", ["tea", "CRC"], "D3137"),
        ("parse", ["{"], "D3137"),
        ("parse", ["NaN"], "D3137"),
    ],
)
def test_failures(name, arguments, code):
    assert code_of(name, *arguments) == code


def test_randomness_is_the_evaluations():
    one = evaluation()
    assert [call("random", within=one), call("uuid", within=one)] != [
        call("random", within=one),
        call("uuid", within=one),
    ]
    assert call("random") == call("random")
    assert call("uuid") == call("uuid")
    assert uuid.UUID(call("uuid")).version == 4


def test_there_is_no_eval():
    assert "eval" not in BUILTINS


@given(st.lists(st.integers()), st.integers(1, 10))
def test_partitions_join_to_the_whole(values, size):
    assert [item for part in call("partition", values, size) for item in part] == values


def test_bounds():
    assert call("parse", MISSING) is MISSING
    assert spends("memory", "range", 0, 10**9, 1)
    assert spends("memory", "partition", [1] * 2000, 1, items=1000)
    assert spends("steps", "parse", "[" + "1," * 5000 + "1]", steps=1000)
