"""An execution's history a page at a time, in either order, whatever its length."""

from dataclasses import dataclass
from itertools import islice
from typing import Final, Protocol

import orjson

from tobiishi.engine.queries import Event, public
from tobiishi.store.contract import Segment

PAGE_BYTES: Final = 4 * 1024 * 1024
"""A page ends after the segment that brings it to this size, so that large payloads make short pages."""
_CHUNK: Final = 25
"""Segments read at once."""

Position = tuple[int, int]
"""A segment's sequence number, and how many of its events, in the order of reading, the pages before have had."""


class Segments(Protocol):
    """The part of a store that reading a history takes."""

    async def segments(self, execution: int, after: int = 0, limit: int = 1000) -> list[Segment]: ...

    async def segments_back(self, execution: int, before: int | None = None, limit: int = 1000) -> list[Segment]: ...


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Events without anything private, and where the next page begins: None after the last event that there is."""

    events: list[Event]
    next: Position | None


@dataclass(frozen=True, slots=True)
class History:
    """The history of one execution; `newest_first` turns it round."""

    store: Segments
    execution: int
    newest_first: bool = False

    async def page(self, limit: int, start: Position | None = None) -> HistoryPage:
        """Return at most `limit` events, from `start` on; None begins."""
        events: list[Event] = []
        size = 0
        sequence, skip = start or (None, 0)
        while chunk := await self._read(sequence):
            for segment in chunk:
                found = self._events(segment)
                room = limit - len(events) if size < PAGE_BYTES else 0
                events += islice(found, skip, skip + room)
                if len(found) > skip + room:
                    return HistoryPage(events, (segment.sequence, skip + room))
                size += len(segment.body)
                skip = 0
            sequence = chunk[-1].sequence + (-1 if self.newest_first else 1)
        return HistoryPage(events, None)

    async def _read(self, sequence: int | None) -> list[Segment]:
        """Return a few segments, beginning with that one."""
        if self.newest_first:
            return await self.store.segments_back(
                self.execution, None if sequence is None else sequence + 1, limit=_CHUNK
            )
        return await self.store.segments(self.execution, after=(sequence or 1) - 1, limit=_CHUNK)

    def _events(self, segment: Segment) -> list[Event]:
        events = [public(entry) for entry in orjson.loads(segment.body) if "_r" not in entry]
        return events[::-1] if self.newest_first else events
