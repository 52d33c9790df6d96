"""Due times. The store keeps them all by due time; memory holds only the next minute, and heartbeats.

Heartbeats are not history: their deadlines live here alone, and restart in full after a crash.
"""

import asyncio
import heapq
import logging
from collections.abc import Callable
from typing import Final

from tobiishi.engine.clock import Clock
from tobiishi.store.contract import Store, StoreError, Timer

log = logging.getLogger("tobiishi.engine")

HORIZON_MS: Final = 60_000
"""How far ahead timers are held in memory."""
READ_AGAIN_SECONDS: Final = 1.0
"""How long to wait before a store that could not be read is asked again."""
_RELOAD_MS: Final = 30_000
_PAGE: Final = 1000
_SLACK: Final = 100
"""Cleared timers that may stay in memory until they are due."""


class Timers:
    """Fires each timer once it is due, by calling `fire`. A timer that was cleared in time does not fire."""

    def __init__(self, store: Store, clock: Clock, fire: Callable[[Timer], None]) -> None:
        self._store = store
        self._clock = clock
        self._fire = fire
        self._heap: list[tuple[int, int, int, str]] = []
        self._live: dict[tuple[int, int, str], int] = {}
        self._changed = asyncio.Event()
        self._loaded_until_ms = 0
        self._idle_until_ms = 0
        self._task: asyncio.Task[None] | None = None
        self.wanted: Callable[[int], bool] = lambda _: True
        """Says which executions' timers are this engine's, by id."""

    def start(self, ended: Callable[["asyncio.Task[None]"], None] | None = None) -> None:
        """Begin; `ended` hears if it should ever end."""
        self._task = asyncio.create_task(self._run(), name="timers")
        if ended is not None:
            self._task.add_done_callback(ended)

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def set(self, timer: Timer, *, stored: bool) -> None:
        """Hold a timer; one that is stored and due later than the horizon is left to the store."""
        if stored and timer.due_ms >= self._loaded_until_ms:
            return
        self._hold(timer)
        self._changed.set()

    def clear(self, execution: int, event: int, purpose: str) -> None:
        self._live.pop((execution, event, purpose), None)
        self._compact()

    def _compact(self) -> None:
        """Let go of what was cleared or set again, if that is most of it."""
        if len(self._heap) > 2 * len(self._live) + _SLACK:
            self._heap = [(due_ms, *key) for key, due_ms in self._live.items()]
            heapq.heapify(self._heap)

    @property
    def idle(self) -> bool:
        """Whether nothing is due, nothing is being read, and no timer has come that was not looked at."""
        return self._clock.now_ms() < self._idle_until_ms and not self._changed.is_set()

    def __len__(self) -> int:
        """How many timers memory holds, cleared ones included."""
        return len(self._heap)

    def _hold(self, timer: Timer) -> None:
        key = (timer.execution, timer.event, timer.purpose)
        if self._live.get(key) != timer.due_ms:
            self._live[key] = timer.due_ms
            heapq.heappush(self._heap, (timer.due_ms, *key))
            self._compact()  # a timer that is set again leaves its old entry behind

    async def _run(self) -> None:
        while True:
            await self._reload()
            self._fire_due()
            await self._wait()

    async def _reload(self) -> None:
        """Fetch what falls due within the horizon, if the last fetch is getting old."""
        now, loaded_until_ms = self._clock.now_ms(), self._loaded_until_ms
        if loaded_until_ms - now > HORIZON_MS - _RELOAD_MS:
            return
        self._loaded_until_ms = now + HORIZON_MS  # first: a timer that is set while the store reads must not be missed
        try:
            await self._fetch(loaded_until_ms, self._loaded_until_ms)
        except StoreError as error:
            log.warning("due timers cannot be read, trying again: %s", error)
            self._loaded_until_ms = loaded_until_ms
            await asyncio.sleep(READ_AGAIN_SECONDS)

    async def _fetch(self, from_ms: int, until_ms: int) -> None:
        """Hold what the store has between two moments, a page at a time.

        What is due before `from_ms` is held already, or has fired: that stays in the store until its effect is durable.
        """
        after, more = Timer(-1, -1, "", from_ms), True
        while more:
            timers = await self._store.due_timers(until_ms, _PAGE, after)
            for timer in timers:
                if self.wanted(timer.execution):
                    self._hold(timer)
            self._fire_due()
            more = len(timers) == _PAGE
            after = timers[-1] if more else after

    def _fire_due(self) -> None:
        now = self._clock.now_ms()
        while self._heap and self._heap[0][0] <= now:
            due_ms, execution, event, purpose = heapq.heappop(self._heap)
            if self._live.get((execution, event, purpose)) == due_ms:
                del self._live[execution, event, purpose]
                self._fire(Timer(execution, event, purpose, due_ms))

    async def _wait(self) -> None:
        """Sleep until the next timer, the next reload, or an earlier timer's arrival."""
        self._changed.clear()
        reload_ms = self._loaded_until_ms - HORIZON_MS + _RELOAD_MS
        due_ms = min(self._heap[0][0], reload_ms) if self._heap else reload_ms
        self._idle_until_ms = due_ms
        sleep = asyncio.ensure_future(self._clock.sleep_until(due_ms))
        change = asyncio.ensure_future(self._changed.wait())
        try:
            await asyncio.wait((sleep, change), return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleep.cancel()
            change.cancel()
            self._idle_until_ms = 0
