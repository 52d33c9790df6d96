"""What goes into one PutLogEvents."""

import pytest

from tests.logs.conftest import group_arn
from tobiishi.logs.batches import (
    EVENT_OVERHEAD,
    MAX_BATCH_BYTES,
    MAX_BATCH_EVENTS,
    MAX_BATCH_MS,
    MAX_EVENT_BYTES,
    Backlog,
    Record,
)
from tobiishi.logs.configuration import LogGroup
from tobiishi.logs.streams import Stream

ONE, OTHER = (Stream(LogGroup(group_arn("g")), name) for name in ("one", "other"))


@pytest.fixture
def backlog():
    return Backlog(100 * 1_048_576)


def test_streams_take_turns(backlog):
    for at in range(MAX_BATCH_EVENTS + 1):
        assert backlog.add(ONE, Record(at, b"x"))
    assert backlog.add(OTHER, Record(0, b"y"))
    turns = []
    while backlog:
        stream = backlog.longest_waiting()
        turns.append((stream.name, len(backlog.take(stream))))
    assert turns == [("one", MAX_BATCH_EVENTS), ("other", 1), ("one", 1)]
    assert backlog.size == 0


def test_a_request_holds_a_mebibyte_with_what_each_record_costs(backlog):
    text = b"x" * (MAX_EVENT_BYTES - EVENT_OVERHEAD)
    for at in range(5):
        assert backlog.add(ONE, Record(at, text))
    assert MAX_BATCH_BYTES // MAX_EVENT_BYTES == 4
    assert [len(backlog.take(ONE)), len(backlog.take(ONE))] == [4, 1]


def test_a_request_is_ordered_by_time_and_spans_less_than_a_day(backlog):
    for at in (5, 3, 4, 3 + MAX_BATCH_MS):
        assert backlog.add(ONE, Record(at, b"x"))
    assert [record.timestamp_ms for record in backlog.take(ONE)] == [3, 4, 5]
    assert [record.timestamp_ms for record in backlog.take(ONE)] == [3 + MAX_BATCH_MS]


def test_what_does_not_fit_is_not_taken():
    backlog = Backlog(2 * (1 + EVENT_OVERHEAD))
    assert [backlog.add(ONE, Record(0, b"x")) for _ in range(3)] == [True, True, False]
    backlog.take(ONE)
    assert backlog.add(ONE, Record(0, b"x"))


def test_no_log_event_is_larger_than_cloudwatch_takes(backlog):
    assert not backlog.add(ONE, Record(0, b"x" * (MAX_EVENT_BYTES - EVENT_OVERHEAD + 1)))


def test_a_stream_without_records_has_none_to_take(backlog):
    assert backlog.take(ONE) == []
