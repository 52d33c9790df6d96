from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.expr.language.functions.sample import evaluation
from tobiishi.expr.bindings import MISSING
from tobiishi.expr.language.errors import JsonataError
from tobiishi.expr.language.functions import BUILTINS
from tobiishi.expr.language.functions.signature import letter_of, parse_signature


def checked(signature: str, *arguments: Any, context: Any = MISSING) -> list[Any]:
    return list(parse_signature(signature).check(arguments, context, evaluation(), "f"))


@pytest.mark.parametrize(
    ("signature", "arguments", "context", "expected"),
    [
        ("<n:n>", [1], MISSING, [1]),
        ("<nn?:n>", [1], MISSING, [1, MISSING]),
        ("<s-:s>", [], "here", ["here"]),
        ("<s-s:s>", ["x"], "here", ["here", "x"]),
        ("<n+s-:x>", [1, 2], "here", [1, 2, "here"]),
        ("<a:n>", ["x"], MISSING, [["x"]]),
        ("<a:n>", [MISSING], MISSING, [MISSING]),
        ("<a<s>s?:s>", [["x"], "-"], MISSING, [["x"], "-"]),
        ("<a<n>+:a>", [[1], 2], MISSING, [[1], [2]]),
        ("<(sn)-:n>", [5], MISSING, [5]),
        ("<x-b?:s>", [], 5, [5, MISSING]),
        ("<u:s>", [None], MISSING, [None]),
        ("<f<n:n>:f<n:n>>", [BUILTINS["abs"]], MISSING, [BUILTINS["abs"]]),
        # An optional parameter that matches nothing lets the next argument through.
        ("<s?n+:a>", [1, 2, 3], MISSING, [1, 2, 3, MISSING]),
    ],
)
def test_arguments_as_functions_take_them(signature, arguments, context, expected):
    assert checked(signature, *arguments, context=context) == expected


@pytest.mark.parametrize(
    ("signature", "arguments", "context", "code", "message"),
    [
        ("<n:n>", ["1"], MISSING, "T0410", 'Argument 1 of function "f" does not match function signature'),
        ("<n:n>", [True], MISSING, "T0410", "Argument 1 "),
        ("<nn:n>", [1, 2, 3], MISSING, "T0410", "Argument 3 "),
        ("<n:n>", [], MISSING, "T0410", "Argument 1 "),
        ("<f:x>", [MISSING], MISSING, "T0410", "Argument 1 "),
        ("<s-:n>", [], 5, "T0411", 'Context value is not a compatible type with argument 1 of function "f"'),
        ("<a<n>:n>", [[1, "2"]], MISSING, "T0412", 'Argument 1 of function "f" must be an array of "numbers"'),
        ("<a<n>:n>", ["2"], MISSING, "T0412", "Argument 1 "),
        ("<a<s>:n>", [[True]], MISSING, "T0412", 'array of "strings"'),
    ],
)
def test_arguments_that_do_not_fit(signature, arguments, context, code, message):
    with pytest.raises(JsonataError, match=message) as raised:
        checked(signature, *arguments, context=context)
    assert raised.value.code == code


@pytest.mark.parametrize(
    ("signature", "code"),
    [("<n<n>>", "S0401"), ("<<n>>", "S0401"), ("<(sa<n>)>", "S0402"), (f"<{'n' * 256}>", "S0402")],
)
def test_what_is_no_signature(signature, code):
    with pytest.raises(JsonataError) as raised:
        parse_signature(signature)
    assert raised.value.code == code


def test_a_hostile_signature_takes_no_time():
    """A backtracking engine would try every way to share the numbers out."""
    with pytest.raises(JsonataError):
        checked(f"<{'n+' * 40}s:n>", *range(200))


@given(st.lists(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3), max_size=5))
def test_anything_goes_where_anything_may(arguments):
    assert checked(f"<{'x?' * len(arguments)}:x>", *arguments) == arguments
    assert all(letter_of(argument) in "lbns" for argument in arguments)


def test_plans_are_kept_within_bounds():
    signature = parse_signature("<x?x?x?x?:x>")
    values: list[Any] = [None, True, 1, "s", [], {}, MISSING]
    for first in values:
        for second in values:
            for third in values:
                assert list(signature.check([first, second, third], MISSING, evaluation()))[:3] == [
                    first,
                    second,
                    third,
                ]
    assert len(signature._plans) <= 64
