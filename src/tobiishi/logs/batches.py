"""Records that wait for CloudWatch Logs, and how much of them goes into one PutLogEvents.

Limits: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
"""

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import Final

from tobiishi.logs.streams import Stream

EVENT_OVERHEAD: Final = 26
"""Bytes that each record counts besides its text."""
MAX_EVENT_BYTES: Final = 256 * 1024
MAX_BATCH_BYTES: Final = 1_048_576
MAX_BATCH_EVENTS: Final = 10_000
MAX_BATCH_MS: Final = 24 * 3_600_000
"""Milliseconds between the first and the last record of one request."""


@dataclass(frozen=True, slots=True)
class Record:
    """One log event. `text` is UTF-8."""

    timestamp_ms: int
    text: bytes

    @property
    def size(self) -> int:
        return len(self.text) + EVENT_OVERHEAD


@dataclass(slots=True)
class Backlog:
    """What waits, stream by stream, in no more than `limit` bytes."""

    limit: int
    size: int = 0
    _streams: OrderedDict[Stream, deque[Record]] = field(default_factory=OrderedDict)

    def __bool__(self) -> bool:
        return bool(self._streams)

    def add(self, stream: Stream, record: Record) -> bool:
        """Keep a record; False if there is no room for it."""
        if record.size > MAX_EVENT_BYTES or self.size + record.size > self.limit:
            return False
        self._streams.setdefault(stream, deque()).append(record)
        self.size += record.size
        return True

    def longest_waiting(self) -> Stream:
        """Return the stream whose turn it is; there must be one."""
        return next(iter(self._streams))

    def take(self, stream: Stream) -> list[Record]:
        """Take one request's worth from a stream, ordered by time; the rest waits its turn again."""
        waiting = self._streams.pop(stream, None)
        if waiting is None:
            return []
        batch = [waiting.popleft()]
        size, low, high = batch[0].size, batch[0].timestamp_ms, batch[0].timestamp_ms
        while waiting and len(batch) < MAX_BATCH_EVENTS:
            record = waiting[0]
            low, high = min(low, record.timestamp_ms), max(high, record.timestamp_ms)
            if size + record.size > MAX_BATCH_BYTES or high - low >= MAX_BATCH_MS:
                break
            size += record.size
            batch.append(waiting.popleft())
        if waiting:
            self._streams[stream] = waiting
        self.size -= size
        return sorted(batch, key=lambda record: record.timestamp_ms)
