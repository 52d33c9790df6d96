"""The rate of state transitions: what is over an account's quota waits its turn, and nothing fails for it.

https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html (StateTransition). Express executions have no
such quota.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

from tobiishi.engine.clock import Clock
from tobiishi.interp.fold import Entry
from tobiishi.interp.run import TRANSITIONS_PER_STEP
from tobiishi.quotas import Bucket, Rate


class Pace:
    """Says how many states a step may enter, and keeps the runs that may enter none."""

    def __init__(self, rate: Rate | None, clock: Clock, go_on: Callable[[int], None]) -> None:
        """`go_on` lets a run take its next step."""
        self._bucket = None if rate is None else Bucket(rate, clock.now_ms())
        self._clock = clock
        self._go_on = go_on
        self._held: deque[int] = deque()
        self._wanted = asyncio.Event()

    def allowance(self) -> int:
        """Return how many states the next step may enter."""
        if self._bucket is None:
            return TRANSITIONS_PER_STEP
        return max(0, min(TRANSITIONS_PER_STEP, int(self._bucket.level(self._clock.now_ms()))))

    def spend(self, entries: Sequence[Entry]) -> None:
        """Count the states that a step has entered. An execution's first state is entered in any case."""
        if self._bucket is not None:
            entered = sum(entry.get("type", "").endswith("StateEntered") for entry in entries)
            self._bucket.spend(entered, self._clock.now_ms())

    def go_on(self, execution: int) -> None:
        """Let a run take its next step, as soon as it may."""
        if self.allowance() > 0 and not self._held:
            self._go_on(execution)
        else:
            self._held.append(execution)
            self._wanted.set()

    async def run(self) -> None:
        """Let those that wait go on, in the order they came, as the bucket fills."""
        while self._bucket is not None:
            await self._wanted.wait()
            now_ms = self._clock.now_ms()
            await self._clock.sleep_until(now_ms + self._bucket.wait_ms(now_ms))
            for _ in range(min(self.allowance(), len(self._held))):
                self._go_on(self._held.popleft())
            if not self._held:
                self._wanted.clear()
