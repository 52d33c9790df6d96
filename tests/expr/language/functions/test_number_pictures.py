import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.expr.language.functions.sample import call, code_of, code_or_nothing, spends
from tobiishi.expr.bindings import MISSING


@pytest.mark.parametrize(
    ("number", "picture", "expected"),
    [
        (1234.5, "#,##0.00", "1,234.50"),
        (0.5, "#.##", ".5"),
        (0, "#.##", ".0"),
        (2.5, "0", "2"),
        (3.5, "0", "4"),
        (-1.5, "0.0", "-1.5"),
        (-1.5, "0.0;(0.0)", "(1.5)"),
        (1234567.891, "#,##0.###,#", "1,234,567.891"),
        (0.256, "0%", "26%"),
        (0.256, "0.0‰", "256.0‰"),
        (1234567, "9,99,99", "1,23,45,67"),
        (123456, "0.0e0", "1.2e5"),
        (0.00123, "00.0e00", "12.3e-04"),
        (math.inf, "0", "Infinity"),
        (-math.inf, "0", "-Infinity"),
        (math.nan, "0 EUR", "NaN"),
        (12, "EUR 0", "EUR 12"),
        (5e-324, "0." + "0" * 5, "0.00000"),
        (10**30, "#,##0", "1" + ",000" * 10),
    ],
)
def test_format_number(number, picture, expected):
    assert call("formatNumber", number, picture) == expected


def test_the_characters_may_be_others():
    options = {"decimal-separator": ",", "grouping-separator": ".", "minus-sign": "\u2212", "unknown": 1}
    assert call("formatNumber", -1234.5, "#.##0,00", options) == "\u22121.234,50"
    assert call("formatNumber", 12, "\u0660\u0660\u0660", {"zero-digit": "\u0660"}) == "\u0660\u0661\u0662"
    assert call("formatNumber", 0.14, "0pm", {"per-mille": "pm"}) == "140pm"
    assert code_of("formatNumber", 1, "0", {"zero-digit": 5}) == "T0410"
    assert code_of("formatNumber", 1, "0", {"zero-digit": ""}) == "T0410"


@pytest.mark.parametrize(
    ("picture", "code"),
    [
        ("0;0;0", "D3080"), ("0.0.0", "D3081"), ("0%%", "D3082"), ("0‰‰", "D3083"), ("0%‰", "D3084"), (".e0", "D3085"),
        ("0x0", "D3086"), ("text", "D3086"), ("", "D3086"), ("0,.0", "D3087"), ("0.,0", "D3087"), ("0,", "D3088"),
        ("0,,0", "D3089"), ("0#", "D3090"), ("0.#0", "D3091"), ("0e0%", "D3092"), ("0e,0", "D3093"), ("0e#", "D3093"),
    ],
)  # fmt: skip
def test_rules_of_pictures(picture, code):
    assert code_of("formatNumber", 20, picture) == code


@given(st.floats(-1e15, 1e15), st.integers(0, 8))
def test_what_is_formatted_is_near(number, places):
    text = call("formatNumber", number, "#0." + "0" * places if places else "#0")
    assert abs(Decimal(text) - Decimal(repr(number))) <= Decimal(5).scaleb(-places - 1)


@given(st.integers(-(10**15), 10**15))
def test_groups_have_three_digits(number):
    assert call("formatNumber", number, "#,##0") == f"{number:,}"


@given(st.text("0#.,e%‰;x-", max_size=8), st.floats())
def test_no_picture_does_harm(picture, number):
    assert code_or_nothing("formatNumber", number, picture)[:3] in {"", "D30"}


def test_bounds():
    assert call("formatNumber", MISSING, "0") is MISSING
    assert code_of("formatNumber", 1, MISSING) == "T0410"
    assert spends("memory", "formatNumber", 1, "0" * 5000, characters=1000)
