import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.expr.language.functions.sample import call, code_of, spends
from tobiishi.expr.bindings import MISSING


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("length", ["𝄞ab"], 3),
        ("substring", ["workflow", 4], "flow"),
        ("substring", ["workflow", -4, 2], "fl"),
        ("substring", ["workflow", -4.9], "flow"),
        ("substring", ["workflow", -99, 4], "work"),
        ("substring", ["workflow", 2, -1], ""),
        ("substring", ["workflow", 2, float("inf")], "rkflow"),
        ("substringBefore", ["a=b=c", "="], "a"),
        ("substringBefore", ["abc", "="], "abc"),
        ("substringBefore", ["abc", ""], ""),
        ("substringAfter", ["a=b=c", "="], "b=c"),
        ("substringAfter", ["abc", ""], "abc"),
        ("uppercase", ["straße"], "STRASSE"),
        ("lowercase", ["ÀB"], "àb"),
        ("trim", ["\n a \t b\r "], "a b"),
        ("trim", ["\u00a0a"], "\u00a0a"),
        ("pad", ["7", -3, "0"], "007"),
        ("pad", ["ab", 7, "xyz"], "abxyzxy"),
        ("pad", ["ab", 1], "ab"),
        ("join", [["a", "b"], MISSING], "ab"),
        ("join", ["a", "-"], "a"),
        ("split", ["a-b-c", "-"], ["a", "b", "c"]),
        ("split", ["a-b-c", "-", 2], ["a", "b"]),
        ("split", ["abc", "", 2.9], ["a", "b"]),
        ("split", ["abc", "-", 0], []),
    ],
)
def test_strings(name, arguments, expected):
    assert call(name, *arguments) == expected


@pytest.mark.parametrize("name", ["length", "uppercase", "lowercase", "trim", "join"])
def test_undefined_stays_undefined(name):
    assert call(name, MISSING) is MISSING


def test_a_negative_limit_is_refused():
    assert code_of("split", "a", ",", -1) == "D3020"


def test_what_would_be_too_long_is_not_made():
    assert spends("memory", "pad", "a", 10**9)
    assert spends("memory", "join", ["a" * 1000] * 1000, "-" * 1000, characters=10_000)
    assert spends("memory", "split", "a" * 5000, "", items=1000)
    assert spends("steps", "uppercase", "a" * 5000, steps=100)


@given(st.lists(st.text("abc", min_size=1), min_size=1))
def test_split_undoes_join(parts):
    assert call("split", call("join", parts, "-"), "-") == parts


@given(st.text(), st.integers(-20, 20), st.integers(0, 20))
def test_substring_is_a_part_no_longer_than_asked(text, start, length):
    part = call("substring", text, start, length)
    assert part in text
    assert len(part) <= length


@given(st.text(max_size=20), st.integers(-40, 40), st.text(max_size=3))
def test_pad_fills_to_the_width(text, width, filler):
    padded = call("pad", text, width, filler)
    assert len(padded) == max(len(text), abs(width))
    assert padded.startswith(text) if width >= 0 else padded.endswith(text)
