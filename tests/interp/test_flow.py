"""Numbers as fields take them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tobiishi.expr.bindings import EvaluationError
from tobiishi.interp.flow import shown, whole_number, within_limit
from tobiishi.interp.payload import MAX_BYTES, Payload


@pytest.mark.parametrize(
    ("value", "number"),
    [(0, 0), (-3, -3), (3.0, 3), (-0.0, 0), ("12", 12), ("-1", -1), (2**63 - 1, 2**63 - 1)],
)
def test_whole_numbers(value: Any, number: int) -> None:
    assert whole_number(value) == number


@pytest.mark.parametrize(
    "value",
    [1.5, True, None, [], {}, "", "-", "1.0", "1e3", " 1", "+1", "²", "\u0661", "9" * 99, 2**63, -(2**63), 1e300],
)
def test_what_is_no_whole_number(value: Any) -> None:
    assert whole_number(value) is None


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(_json)
def test_any_value_is_a_number_or_not(value: Any) -> None:
    number = whole_number(value)
    assert number is None or abs(number) < 1 << 63


@pytest.mark.parametrize(
    ("value", "text"), [("a b", "a b"), ({}, "{}"), (1.5, "1.5"), (None, "null"), (["é"], '["é"]')]
)
def test_values_in_messages(value: Any, text: str) -> None:
    assert shown(value) == text


def test_a_payload_over_the_limit_names_the_state() -> None:
    payload = Payload.of("x" * MAX_BYTES)
    with pytest.raises(EvaluationError, match="The state/task 'S' returned") as caught:
        within_limit(payload, "S", MAX_BYTES)
    assert caught.value.error == "States.DataLimitExceeded"
