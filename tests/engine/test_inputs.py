"""What may be an input, and AWS's words for what may not."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tobiishi.engine.errors import InvalidInputError
from tobiishi.engine.inputs import check_input, json_fault

VALUES = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Invalid execution input."),
        ("x" * 300, f"Unrecognized token '{'x' * 256}...': was expecting {VALUES}"),
        (" \n", "Invalid execution input."),
        ("word and more", f"Unrecognized token 'word': was expecting {VALUES}"),
        ('{"a": nul}', f"Unrecognized token 'nul': was expecting {VALUES}"),
        ("{'a': 1}", "Unexpected character (''' (code 39)): was expecting double-quote to start field name"),
        ('{"a" 1}', "Unexpected character ('1' (code 49)): was expecting a colon to separate field name and value"),
        ('{"a": [1 2]}', "Unexpected character ('2' (code 50)): was expecting comma to separate Array entries"),
        ('{"]": [1] 2}', "Unexpected character ('2' (code 50)): was expecting comma to separate Object entries"),
        ('{"\\"[": 1 "b"}', "Unexpected character ('\"' (code 34)): was expecting comma to separate Object entries"),
        ("[,]", f"Unexpected character (',' (code 44)): expected a valid value {VALUES}"),
        ('{"a": [1', "Unexpected end-of-input"),
        ('{"a":', "Unexpected end-of-input"),
    ],
)
def test_what_is_no_json_is_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        check_input(text, 1000)
    assert str(caught.value) == f"Invalid State Machine Execution Input: '{words}'"


@pytest.mark.parametrize("text", ["2", '"text"', "null", "{}", " [1, 2.5] ", '{"a": 123456789012345678901234567890}'])
def test_any_json_value_is_an_input(text: str) -> None:
    check_input(text, 1000)


def test_the_limit_is_in_bytes() -> None:
    check_input('"éé"', 6)
    with pytest.raises(InvalidInputError, match="more than 5 bytes"):
        check_input('"éé"', 5)


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"a":' * 100_000, "[" * 300 + "]" * 300, '"\ud800"', "NaN", "[Infinity]"]
)
def test_hostile_inputs_are_refused_in_one_line(text: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        check_input(text, 1_000_000)
    assert "\n" not in str(caught.value)


@given(st.text('{}[]":,.-+eE0123456789tfn\\u \tabc', max_size=60))
def test_a_fault_is_found_in_what_is_no_json_alone(text: str) -> None:
    try:
        json.loads(text)
    except ValueError:
        json_fault(text)  # says something, or that it has no words for it; never anything else
    else:
        assert json_fault(text) is None
