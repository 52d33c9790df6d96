import time
from typing import Any

import pytest

from tobiishi.expr.bindings import EvaluationError
from tobiishi.expr.payload_size import check_size, exceeds
from tobiishi.jsontext import encode


@pytest.mark.parametrize("value", [None, "x" * 50, [1, 2, 3], {"key": ["a", {"b": None}]}])
def test_the_estimate_is_near_the_text(value):
    size = len(encode(value))
    assert not exceeds(value, 2 * size + 10)
    assert exceeds(value, size // 4 - 1)


def test_a_value_that_holds_itself_many_times_is_not_walked_to_the_end():
    value: list[Any] = ["x"]
    for _ in range(100):
        value = [value, value]
    started = time.perf_counter()
    with pytest.raises(EvaluationError, match="'Parameters'"):
        check_size(value, "Parameters")
    assert time.perf_counter() - started < 5
