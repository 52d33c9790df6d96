from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tobiishi.expr.timestamps import parse_timestamp


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T00:00Z", 0),
        ("1970-01-01t00:00:01z", 10**9),
        ("1970-01-01T09:00:00.5+09:00", 5 * 10**8),
        ("1969-12-31T23:00:00.000000001-01:00", 1),
        ("2024-02-29T00:00:00Z", 1_709_164_800 * 10**9),
    ],
)
def test_a_timestamp_is_a_point_in_time(text, nanoseconds):
    assert parse_timestamp(text) == nanoseconds


@pytest.mark.parametrize(
    "text",
    [
        *("", "2026-03-14", "2026-03-14T12:00:00", "2026-03-14 12:00:00Z", "14-03-2026T12:00:00Z"),
        *("2026-13-14T12:00:00Z", "2026-02-29T12:00:00Z", "2026-03-14T25:00:00Z", "2026-03-14T12:60:00Z"),
        *("2026-03-14T12:00:60Z", "2026-03-14T12:00:00+0900", "2026-03-14T12:00:00+19:00", "2026-03-14T12:00:00.Z"),
        *("2026-03-14T12:00:00.1234567890Z", "٢٠٢٦-03-14T12:00:00Z", " 2026-03-14T12:00:00Z", 20260314, None),
    ],
)
def test_everything_else_is_none(text):
    assert parse_timestamp(text) is None


@given(st.datetimes(timezones=st.just(UTC)))
def test_it_agrees_with_pythons_own(moment):
    expected = (moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()
    parsed = parse_timestamp(moment.isoformat())
    assert parsed is not None
    assert abs(parsed / 10**9 - expected) < 1e-3
