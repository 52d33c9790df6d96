"""Text and value of one document, and the limit in bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tobiishi.expr.bindings import EvaluationError
from tobiishi.interp.payload import MAX_BYTES, Payload


@pytest.mark.parametrize(("character", "size"), [("x", 1), ("é", 2), ("日", 3), ("😀", 4)])
def test_the_limit_is_in_bytes(character: str, size: int) -> None:
    text = character * ((MAX_BYTES - 2) // size)
    assert not Payload.of(text).exceeds(MAX_BYTES)
    assert Payload.of(text + character * 3).exceeds(MAX_BYTES)


@given(st.text(max_size=50), st.integers(0, 3))
def test_the_limit_never_guesses(text: str, spare: int) -> None:
    filled = text + "x" * (MAX_BYTES - 2 - spare - len(text.encode()))
    payload = Payload(f'"{filled}"')
    assert payload.exceeds(MAX_BYTES) == (len(payload.text.encode()) > MAX_BYTES)


def test_a_text_is_decoded_when_somebody_looks() -> None:
    payload = Payload('{"a":[1,null]}')
    assert payload.value == {"a": [1, None]}
    assert payload.value is payload.value


def test_null_is_a_value_like_any_other() -> None:
    assert Payload("null").value is None
    assert Payload.of(None).text == "null"


def test_payloads_are_equal_by_their_text() -> None:
    assert Payload("1") == Payload.of(1)
    assert Payload("1") != Payload("1.0")
    assert Payload("1") != "1"
    assert len({Payload("1"), Payload.of(1)}) == 1


def test_what_json_cannot_say() -> None:
    with pytest.raises(EvaluationError) as caught:
        Payload.of("\ud800")
    assert caught.value.error == "States.Runtime"
