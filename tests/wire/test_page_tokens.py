"""Page tokens: what they carry, and everything that makes them worthless."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tobiishi.wire.contract import ApiError
from tobiishi.wire.page_tokens import LIFETIME_SECONDS, MAX_CHARACTERS, PageTokens

POSITIONS = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)


class Clock:
    """Seconds that a test sets."""

    now = 1_700_000_000.5

    def __call__(self) -> float:
        return self.now


def tokens(clock: Clock | None = None, secret: bytes = b"secret") -> PageTokens:
    return PageTokens(secret, clock or Clock())


def refused(reader: PageTokens, *args: str) -> None:
    with pytest.raises(ApiError) as caught:
        reader.read(*args)
    assert (caught.value.code, caught.value.message) == ("InvalidToken", "Invalid Token: 'Invalid token'")


@given(POSITIONS, st.text(max_size=20), st.text(max_size=20))
def test_a_token_gives_its_position_back(position, list_name, scope):
    token = tokens().mint(list_name, scope, position)
    assert len(token) <= MAX_CHARACTERS
    assert tokens().read(list_name, scope, token) == position


def test_a_token_is_good_for_a_day():
    clock = Clock()
    pages = tokens(clock)
    token = pages.mint("ListExecutions", "arn", 7)
    clock.now += LIFETIME_SECONDS - 1
    assert pages.read("ListExecutions", "arn", token) == 7
    clock.now += 1
    refused(pages, "ListExecutions", "arn", token)


def test_a_token_belongs_to_its_list_its_filters_and_its_store():
    token = tokens().mint("ListExecutions", "arn|FAILED", 7)
    refused(tokens(), "ListStateMachines", "arn|FAILED", token)
    refused(tokens(), "ListExecutions", "arn|RUNNING", token)
    refused(tokens(secret=b"another"), "ListExecutions", "arn|FAILED", token)


def test_list_and_filters_cannot_borrow_from_one_another():
    refused(tokens(), "a", "bc", tokens().mint("ab", "c", 7))


def test_any_changed_character_is_refused():
    token = tokens().mint("ListExecutions", "arn", {"after": "é"})
    for place in range(len(token)):
        for other in "A_= \n":
            if token[place] != other:
                refused(tokens(), "ListExecutions", "arn", token[:place] + other + token[place + 1 :])


@given(st.text())
def test_anything_else_is_refused(text):
    refused(tokens(), "ListExecutions", "arn", text)


def test_a_position_that_could_not_come_back_is_not_minted():
    with pytest.raises(ValueError, match="too long"):
        tokens().mint("ListExecutions", "arn", "x" * 800)
