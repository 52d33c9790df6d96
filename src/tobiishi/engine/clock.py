"""The engine's time. Everything that waits waits on a `Clock`, so that a test can turn it."""

import asyncio
import time
from typing import Final, Protocol

_LONGEST_SLEEP_SECONDS: Final = 1.0
"""A sleep is cut into pieces no longer than this, so that a change of the wall clock is noticed."""


class Clock(Protocol):
    def now_ms(self) -> int:
        """Milliseconds since the epoch."""

    async def sleep_until(self, due_ms: int) -> None:
        """Return when `now_ms() >= due_ms`."""


class SystemClock:
    """The machine's wall clock."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    async def sleep_until(self, due_ms: int) -> None:
        while (left_ms := due_ms - self.now_ms()) > 0:  # noqa: ASYNC110 - time passes by itself, nobody sets it
            await asyncio.sleep(min(left_ms / 1000, _LONGEST_SLEEP_SECONDS))
