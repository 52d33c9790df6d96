"""Timestamps that a Wait waits for."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tobiishi.interp.timestamps import parse_timestamp


@pytest.mark.parametrize(
    ("text", "epoch_ms"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T09:00:00+09:00", 0),
        ("1970-01-01T00:00Z", 0),
        ("1970-01-01T00:00:01.5Z", 1_500),
        ("1970-01-01T00:00:00.123456789Z", 123),
        ("1969-12-31T23:59:59.999Z", -1),
        ("9999-12-31T23:59:59Z", 253_402_300_799_000),
    ],
)
def test_timestamps(text: str, epoch_ms: int) -> None:
    assert parse_timestamp(text) == epoch_ms


@pytest.mark.parametrize(
    "value",
    [
        *("", "tomorrow", "1970-01-01", "1970-01-01T00:00:00", "1970-01-01 00:00:00Z", "1970-13-01T00:00:00Z"),
        *("1970-02-30T00:00:00Z", "1970-01-01T25:00:00Z", "1970-01-01T00:00:60Z", "1970-01-01T00:00:00+99:00"),
        *("1970-01-01T00:00:00z", "١٩٧٠-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00Z", "1970-01-01T00:00:00Z\n"),
        *(0, None, True, [], {}),
    ],
)
def test_what_is_no_timestamp(value: Any) -> None:
    assert parse_timestamp(value) is None


@given(st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29), timezones=st.just(UTC)))  # noqa: DTZ001 - Hypothesis's way
def test_what_python_writes_is_read(moment: datetime) -> None:
    assert parse_timestamp(moment.isoformat()) == round(moment.timestamp() * 1000)


@given(st.text())
def test_any_text_is_a_timestamp_or_not(text: str) -> None:
    assert parse_timestamp(text) is None or "T" in text
