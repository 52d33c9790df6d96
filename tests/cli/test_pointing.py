import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tobiishi.cli.pointing import pointed


@pytest.mark.parametrize(
    ("text", "position", "expected"),
    [
        ("a + b", 2, "  a + b\n    ^"),
        ("a + ", 4, "  a +\n     ^"),
        ("", 0, "  \n  ^"),
        ("a", 99, "  a\n   ^"),
        ("日本 + b", 3, "  日本 + b\n       ^"),
        ("a\tb\x1bc", 4, "  a b\\x1bc\n         ^"),
        ("a +\r\n  (b", 7, "  line 2: (b\n          ^"),
        ("(\n\n", 3, "  (\n   ^"),
        ("a + b", None, "  a + b"),
        ("a\nb", None, "  a b"),
    ],
)
def test_a_caret_stands_under_the_place(text, position, expected):
    assert pointed(text, position) == expected


def test_long_lines_are_cut_on_both_sides():
    shown, caret = pointed("x" * 500 + "!" + "y" * 500, 500).splitlines()
    assert shown == f"  …{'x' * 60}!{'y' * 39}…"
    assert shown[caret.index("^")] == "!"


@given(st.text(), st.integers(0, 50))
def test_the_caret_is_never_far_off(text, position):
    shown, caret = pointed(text, position).split("\n")
    assert caret.strip(" ") == "^"
    assert cell_len(caret) <= cell_len(shown) + 2
