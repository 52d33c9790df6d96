"""Execution ids: 63 bits that grow with time, so that the store appends."""

import secrets

from tobiishi.engine.clock import Clock


class Ids:
    """Milliseconds in the upper bits, a random start and a counter in the lower twenty."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0

    def next(self) -> int:
        fresh = (self._clock.now_ms() << 20) | secrets.randbelow(1 << 16)
        self._last = max(self._last + 1, fresh)
        return self._last
