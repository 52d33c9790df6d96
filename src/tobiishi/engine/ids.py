"""Execution ids: 63 bits that grow with time, so that the store appends."""

import secrets
from typing import Final
from uuid import UUID

from tobiishi.engine.clock import Clock

_LOW_BITS: Final = 20


def first_id(ms: int) -> int:
    """Return the smallest id that an execution begun at that time may have."""
    return max(0, ms) << _LOW_BITS


class Ids:
    """Milliseconds in the upper bits, a random start and a counter in the lower twenty."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0

    def name(self) -> str:
        """Return a name for an execution that its caller did not name: a UUID that grows with time (RFC 9562, v7)."""
        bits = (self._clock.now_ms() << 80) | secrets.randbits(76)
        versioned = (bits & ~(0xF << 76) & ~(0x3 << 62)) | (0x7 << 76) | (0x2 << 62)
        return str(UUID(int=versioned))

    def next(self) -> int:
        fresh = first_id(self._clock.now_ms()) | secrets.randbelow(1 << 16)
        self._last = max(self._last + 1, fresh)
        return self._last
