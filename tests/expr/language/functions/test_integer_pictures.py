import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.expr.language.functions.sample import call, code_of, code_or_nothing, spends
from tobiishi.expr.bindings import MISSING

READABLE = ["0", "#,##0", "##:##0", "0;o", "\u0660", "w", "W", "Ww", "w;o", "Ww;o"]


@pytest.mark.parametrize(
    ("number", "picture", "expected"),
    [
        (7, "000", "007"),
        (-7, "000", "-007"),
        (12.9, "0", "12"),
        (-12.1, "0", "-13"),
        (1234567, "#,##0", "1,234,567"),
        (1234567, "#,###,##0", "1,234,567"),
        (1234567, "#:###,##0", "1:234,567"),
        (123456789, "##,##,##0", "1234,56,789"),
        (12, "#,##0", "12"),
        (11, "0;o", "11th"),
        (112, "0;o", "112th"),
        (22, "0;o", "22nd"),
        (5, "0;c", "5"),
        (42, "#\u0660", "٤٢"),
        (1e21, "#,##0", "1,000,000,000,000,000,000,000"),
        (4, "I", "IV"),
        (3999, "i", "mmmcmxcix"),
        (0, "I", ""),
        (1, "A", "A"),
        (703, "a", "aaa"),
        (0, "w", "zero"),
        (21, "Ww", "Twenty-One"),
        (1001, "w", "one thousand and one"),
        (1100, "W", "ONE THOUSAND, ONE HUNDRED"),
        (10**24 * 2 + 5 * 10**12, "w", "two trillion and five trillion"),
        (40, "w;o", "fortieth"),
        (105, "Ww;o", "One Hundred and Fifth"),
    ],
)
def test_format(number, picture, expected):
    assert call("formatInteger", number, picture) == expected


@pytest.mark.parametrize(
    ("text", "picture", "expected"),
    [
        ("1,234", "#,##0", 1234),
        ("-12", "0", -12),
        ("22nd", "0;o", 22),
        ("٤٢", "#\u0660", 42),
        ("MCMXCIV", "I", 1994),
        ("", "i", 0),
        ("aaa", "a", 703),
        ("Nineteen Hundred and Ninety-Four", "w", 1994),
        ("two trillion, five trillion", "w", 2.000000000005e24),
        ("1" + "0" * 20, "0", 1e20),
    ],
)
def test_parse(text, picture, expected):
    assert call("parseInteger", text, picture) == expected


@pytest.mark.parametrize(
    ("name", "argument", "picture", "code"),
    [
        ("formatInteger", 1, "#", "D3130"),
        ("formatInteger", 1, "\u03b1", "D3130"),
        ("formatInteger", 1, "0\u0660", "D3131"),
        ("formatInteger", 1, MISSING, "T0410"),
        ("formatInteger", float("inf"), "0", "D1001"),
        ("formatInteger", 10**400, "w", "D1001"),
        ("parseInteger", "tea", "0", "D3030"),
        ("parseInteger", "tea", "w", "D3030"),
        ("parseInteger", "tea", "I", "D3030"),
        ("parseInteger", "1!", "a", "D3030"),
        ("parseInteger", "", "0", "D3030"),
        ("parseInteger", "9" * 500, "0", "D3030"),
        ("parseInteger", "one" + " trillion" * 50, "w", "D1001"),
        ("parseInteger", "z" * 500, "a", "D1001"),
        ("parseInteger", "1", MISSING, "T0410"),
    ],
)
def test_failures(name, argument, picture, code):
    assert code_of(name, argument, picture) == code


@given(st.integers(-(10**15), 10**15), st.sampled_from(READABLE))
def test_what_is_formatted_reads_back(number, picture):
    assert call("parseInteger", call("formatInteger", number, picture), picture) == number


@given(st.integers(1, 5000), st.sampled_from("IiAa"))
def test_numerals_and_letters_read_back(number, picture):
    assert call("parseInteger", call("formatInteger", number, picture), picture) == number


@given(st.text("0#,.;oIw\u0660a-", max_size=8), st.integers(-(10**6), 10**6))
def test_no_picture_does_harm(picture, number):
    assert code_or_nothing("formatInteger", number, picture) in {"", "D3130", "D3131"}


def test_numerals_too_long_are_not_made():
    assert spends("memory", "formatInteger", 1e12, "I")
    assert spends("memory", "formatInteger", 1, "0" * 2000, characters=1000)


@pytest.mark.parametrize("name", ["formatInteger", "parseInteger"])
def test_undefined_stays_undefined(name):
    assert call(name, MISSING, "0") is MISSING
