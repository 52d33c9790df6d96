import datetime as dt

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.expr.language.functions.sample import NOW, call, code_of, code_or_nothing, evaluation, spends
from tobiishi.expr.bindings import MISSING
from tobiishi.expr.language.functions.moments import milliseconds, moment

HOUR = 3_600_000
FURTHEST = 8_640_000_000_000_000
times = st.integers(milliseconds(1), milliseconds(9999))
PICTURES = [
    "[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001][Z]",
    "[Y0001][M01][D01][H01][m01][s01].[f001]",
    "[FNn], the [Dwo] of [MNn] [Yw], [h]:[m]:[s].[f001] [PN]",
    "[D]/[Mi]/[Yi] [H]:[m01]:[s01].[f001] [z]",
    "[Y] [d] [H] [m] [s] [f001]",
    "[[[D1o] [MNn,3-3] [Y,4-4]]] [H#1]-[m]-[s]-[f001] [Z01:01t]",
]


@pytest.mark.parametrize(
    ("millis", "arguments", "expected"),
    [
        (0, [], "1970-01-01T00:00:00.000Z"),
        (1.9, [], "1970-01-01T00:00:00.001Z"),
        (0, [MISSING, "-0530"], "1969-12-31T18:30:00.000-05:30"),
        (0, ["[H01]:[m01] [z]", "+0200"], "02:00 GMT+02:00"),
        (0, ["[Z0]", "+0530"], "+5:30"),
        (0, ["[Z0001]", "-0530"], "-0530"),
        (0, ["[Z0t]|[Z01:01t]"], "Z|Z"),
        (0, ["[FNn] [F1] [d] [W] [X] [w] [x] [xNn] [P] [PN] [C] [E]"], "Thursday 4 1 1 1970 1 1 January am AM ISO ISO"),
        (HOUR * 12, ["[h]:[m] [P]"], "12:00 pm"),
        (1e12, ["[Y,2]/[M1,2]/[D,2-2]"], "01/09/09"),
        (1e12, ["[ Y ]-[YI]-[MA]"], "2001-MMI-I"),
        (1e12, ["[[x]]"], "[x]"),
        (1e12, ["[MNn,*-3]"], "Sep"),
        (-62135596800001, ["[Y]-[M]-[D]"], "0-12-31"),
        (milliseconds(12345, 6, 7), ["[Y]-[M]-[D]"], "12345-6-7"),
        (milliseconds(-44, 3, 15), ["[Y]-[M]-[D] [FNn]"], "-44-3-15 Thursday"),
    ],
)
def test_from_millis(millis, arguments, expected):
    assert call("fromMillis", millis, *arguments) == expected


def test_now_does_not_move():
    assert call("millis") == NOW
    assert call("now") == "2020-09-13T12:26:40.123Z"
    assert call("now", "[H]:[m]", "+0100") == "13:26"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1970", 0),
        ("1970-02", 31 * 24 * HOUR),
        ("2024-02-29", 1709164800000),
        ("1970-01-01T00:00:00.0019Z", 1),
        ("1970-01-01T24:00:00Z", 24 * HOUR),
        ("1970-01-01T01:00:00+01:00", 0),
        ("1970-01-01T01:00:00+0100", 0),
        ("0001-01-01T00:00:00Z", -62135596800000),
    ],
)
def test_to_millis_of_iso_8601(text, expected):
    assert call("toMillis", text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "tea", "2023-02-29", "2023-13-01", "2023-00-01", "2023-01-00", "2023-01-32", "2023-01-01 10:00:00",
     "2023-01-01T25:00:00Z",
     "2023-01-01T24:00:01Z", "2023-01-01T10:60:00Z", "\u0662\u0660", "2023-01-01T00:00:00." + "0" * 200],
)  # fmt: skip
def test_what_is_no_iso_8601(text):
    assert code_of("toMillis", text) == "D3110"


@pytest.mark.parametrize(
    ("text", "picture", "expected"),
    [
        ("7 March 2021", "[D] [MNn] [Y]", milliseconds(2021, 3, 7)),
        ("MAR 7th, 2021", "[MN,*-3] [D1o], [Y]", milliseconds(2021, 3, 7)),
        ("twelfth day of 2021", "[dwo] day of [Y]", milliseconds(2021, 1, 12)),
        ("20210307", "[Y0001][M01][D01]", milliseconds(2021, 3, 7)),
        ("2021-14-32", "[Y]-[M]-[D]", milliseconds(2022, 3, 4)),
        ("12:30 am", "[h]:[m] [P]", milliseconds(2020, 9, 13) + HOUR // 2),
        ("10:30 GMT-5", "[H]:[m] [z01]", milliseconds(2020, 9, 13) + 31 * HOUR // 2),
        ("10:30 Z", "[H]:[m] [Z01:01t]", milliseconds(2020, 9, 13) + 21 * HOUR // 2),
        ("3.25", "[s].[f]", milliseconds(2020, 9, 13) + (12 * 60 + 26) * 60_000 + 3250),
        ("no date", "[Y]", MISSING),
        ("text", "text", MISSING),
        ("\ud800 1970", "\ud801 [Y]", 0),
    ],
)
def test_to_millis_with_a_picture(text, picture, expected):
    assert call("toMillis", text, picture) == expected


@pytest.mark.parametrize(
    ("name", "arguments", "code"),
    [
        ("fromMillis", [0, "[q]"], "D3132"),
        ("fromMillis", [0, "[]"], "D3132"),
        ("fromMillis", [0, "[YN]"], "D3133"),
        ("fromMillis", [0, "[Z010101]"], "D3134"),
        ("fromMillis", [0, "[Y"], "D3135"),
        ("fromMillis", [0, "[Y0\u0660]"], "D3131"),
        ("fromMillis", [0, MISSING, "noon"], "D3137"),
        ("fromMillis", [1e16], "D1001"),
        ("toMillis", ["2021-5", "[Y]-[D]"], "D3136"),
        ("toMillis", ["2021-5-1", "[X]-[W]-[F1]"], "D3136"),
        ("toMillis", ["2021 12:30 pm", "[Y] [H]:[m] [P]"], "D3136"),
        ("toMillis", ["x", "[YN]"], "D3133"),
        ("toMillis", ["9" * 30, "[Y]"], "D1001"),
        ("toMillis", ["999999", "[Y]"], "D1001"),
        ("toMillis", ["x", "[Yw]" * 3000], "D3137"),
    ],
)
def test_failures(name, arguments, code):
    assert code_of(name, *arguments) == code


@given(times)
def test_the_default_is_iso_8601(millis):
    text = call("fromMillis", millis)
    assert dt.datetime.fromisoformat(text) == dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(milliseconds=millis)
    assert call("toMillis", text) == millis


@given(times, st.sampled_from(PICTURES), st.integers(-14 * 4, 14 * 4))
def test_what_is_formatted_reads_back(millis, picture, quarters):
    sign = "-" if quarters < 0 else "+"
    offset = (
        f"{sign}{abs(quarters) // 4:02}{abs(quarters) % 4 * 15:02}" if "[Z" in picture or "[z" in picture else "0000"
    )
    local = millis + quarters * HOUR // 4
    assume(milliseconds(1) <= local <= milliseconds(9999))
    text = call("fromMillis", millis, picture, offset)
    assert call("toMillis", text, picture) == millis


@given(st.integers(-FURTHEST, FURTHEST))
def test_days_far_from_ours(millis):
    at = moment(millis, 0)
    assert milliseconds(at.year, at.date.month, at.date.day, at.of_day) == millis
    assert call("toMillis", call("fromMillis", millis, "[Y]|[M]|[D]"), "[Y]|[M]|[D]") in {millis - at.of_day, MISSING}


@given(st.text("[]YMDdFWXwxHhmsfZzPCE01#NnoIwa,*-", max_size=12), times)
def test_no_picture_does_harm(picture, millis):
    for name, argument in (("fromMillis", millis), ("toMillis", "2020 10")):
        assert code_or_nothing(name, argument, picture)[:3] in {"", "D31", "D10"}


def test_bounds():
    assert call("fromMillis", MISSING) is MISSING
    assert call("toMillis", MISSING, "[Y]") is MISSING
    assert spends("steps", "fromMillis", 0, "x" * 100, steps=1000)
    assert spends("memory", "fromMillis", 0, "[Y,9999]", characters=1000)
    assert call("now", within=evaluation(steps=5000))
