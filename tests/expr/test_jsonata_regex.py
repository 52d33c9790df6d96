from types import SimpleNamespace
from typing import Any

import pytest

from tobiishi.expr.jsonata_engine import JsonataSyntaxError, parse
from tobiishi.expr.jsonata_regex import Regexes


def compiled(pattern: str, *, case_insensitive: bool = False, multiline: bool = False) -> tuple[Any, bool]:
    regexes = Regexes()
    flags = SimpleNamespace(case_insensitive=case_insensitive, multiline=multiline)
    return regexes.compile(pattern, flags), regexes.linear


@pytest.mark.parametrize(
    ("pattern", "linear"), [("a+b", True), (r"\d{2}\/x", True), ("(?=a)", False), (r"(a)\1", False)]
)
def test_only_what_re2_cannot_do_backtracks(pattern, linear):
    assert compiled(pattern)[1] is linear
    assert parse(f"$contains('x', /{pattern}/)").linear is linear


@pytest.mark.parametrize("pattern", ["tea$", "(?=tea)tea$"])
def test_flags_mean_the_same_in_both(pattern):
    assert compiled(pattern)[0].search("TEA\nx") is None
    regex, _ = compiled(pattern, case_insensitive=True, multiline=True)
    assert regex.search("TEA\nx").group() == "TEA"


def test_a_function_that_replaces_sees_the_groups_without_the_whole():
    regex, _ = compiled("(a)(b)?")
    assert regex.sub(lambda found: f"{found.group()}:{found.group(0)}:{found.group(1)}", "ab") == "ab:a:b"
    assert regex.sub(r"<\g<1>>", "ab a", 1) == "<a> a"
    with pytest.raises(ValueError, match="invalid group reference 7"):
        regex.sub(r"\g<7>", "ab")


@pytest.mark.parametrize("pattern", ["(", "[", "*", "(?P<x"])
def test_what_is_no_regular_expression(pattern):
    with pytest.raises(JsonataSyntaxError):
        parse(f"$contains('x', /{pattern}/)")
