import re

import pytest

from tobiishi.expr.scanner import MAX_NESTING, PathSyntaxError, Scanner


def test_reading_moves_forward_only_when_it_finds_what_it_looks_for():
    scanner = Scanner("ab  12")
    assert scanner.accept("ab")
    assert not scanner.accept("ab")
    scanner.skip_space()
    assert scanner.match(re.compile("[a-z]+")) is None
    assert scanner.match(re.compile(r"\d+")) == "12"
    assert scanner.at_end
    assert scanner.peek() == ""


def test_failures_say_where_and_what():
    with pytest.raises(PathSyntaxError, match=r"expected 'b' at position 1 of 'ac', found 'c'"):
        Scanner("ac", 1).expect("b")
    with pytest.raises(PathSyntaxError, match="found the end"):
        Scanner("").fail("expected something")
    with pytest.raises(PathSyntaxError) as caught:
        Scanner("x" * 10_000).fail("no")
    assert len(str(caught.value)) < 300


def test_nesting_is_bounded():
    scanner = Scanner("")

    def deeper() -> None:
        with scanner.nested():
            deeper()

    with pytest.raises(PathSyntaxError, match=f"deeper than {MAX_NESTING} levels"):
        deeper()
