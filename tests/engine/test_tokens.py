import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tobiishi.engine.tokens import TaskToken, mint, read

SECRET = b"k" * 32
numbers = st.integers(min_value=0, max_value=(1 << 63) - 1)


@given(numbers, numbers, numbers)
def test_a_token_names_what_it_was_minted_for(execution: int, entered: int, attempt: int) -> None:
    token = TaskToken(execution, entered, attempt)
    assert read(SECRET, mint(SECRET, token)) == token


@given(numbers, st.binary(min_size=32, max_size=32).filter(lambda key: key != SECRET))
def test_another_key_reads_nothing(execution: int, key: bytes) -> None:
    assert read(key, mint(SECRET, TaskToken(execution, 1, 0))) is None


@pytest.mark.parametrize("text", ["", "x", "é", "AAAA", base64.urlsafe_b64encode(b"1.2.3.forged").decode()])
def test_nonsense_reads_as_nothing(text: str) -> None:
    assert read(SECRET, text) is None


@given(st.text(max_size=200))
def test_whatever_comes_is_read_without_an_error(text: str) -> None:
    assert read(SECRET, text) is None
