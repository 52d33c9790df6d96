"""Executions that have been open for as long as any may be: they end TIMED_OUT.

Ids grow with time, so those that began before a moment are found by an index, and none of them needs a timer.
https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html (maximum execution time: one year)
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from tobiishi.engine.clock import Clock
from tobiishi.engine.ids import first_id
from tobiishi.store.contract import Filter, Store, StoreError

log = logging.getLogger("tobiishi.engine")

LONGEST_PAUSE_SECONDS: Final = 3600
_PAGE: Final = 1000


class Overdue:
    """Looks every hour, or ten times in the time that executions have."""

    def __init__(self, store: Store, clock: Clock, seconds: int, end: Callable[[int], None]) -> None:
        """`end` ends an execution, by its id."""
        self._store = store
        self._clock = clock
        self._seconds = seconds
        self._end = end
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="overdue executions")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def look(self) -> None:
        """End what is overdue now."""
        before: int | None = first_id(self._clock.now_ms() - self._seconds * 1000)
        while before is not None:
            rows = await self._store.executions(Filter(status="RUNNING"), _PAGE, before)
            for row in rows:
                self._end(row.id)
            before = rows[-1].id if len(rows) == _PAGE else None

    async def _run(self) -> None:
        pause_ms = 1000 * max(1, min(self._seconds // 10, LONGEST_PAUSE_SECONDS))
        while True:
            try:
                await self.look()
            except StoreError as error:
                log.warning("overdue executions cannot be looked for, trying again later: %s", error)
            await self._clock.sleep_until(self._clock.now_ms() + pause_ms)
