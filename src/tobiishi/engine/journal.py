"""Group commit: whatever has been applied while one commit was being written goes into the next.

Theory of operation. There is no window and no batch size to tune: a lone commit is written at once, and under load the
batches grow by themselves. Nothing is announced before its batch is durable. When a commit fails, or nobody knows how
it ended, the journal reads: segments that are in the store count as committed; for the rest the engine drops the runs,
folds them again, and applies the same signals to them (`Ledger.refold`). Until that is settled nothing else is written.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from tobiishi.interp.effects import Effect
from tobiishi.interp.fold import Entry
from tobiishi.interp.signals import Signal
from tobiishi.store.contract import Commit, Lease, LeaseLostError, Store, StoreError

log = logging.getLogger("tobiishi.engine")

MAX_BATCH: Final = 500
"""Segments in one transaction."""
_FIRST_PAUSE_SECONDS: Final = 0.05
_LONGEST_PAUSE_SECONDS: Final = 5.0


@dataclass(slots=True)
class Write:
    """A segment on its way to the store, with what waits for it."""

    commit: Commit
    signal: Signal
    entries: list[Entry]
    effects: list[Effect]
    late: bool = False
    """The signal itself came too late; what was recorded is the run going on."""

    @property
    def execution(self) -> int:
        return self.commit.segment.execution


class Ledger(Protocol):
    """What the journal tells the engine."""

    def committed(self, write: Write) -> None:
        """The segment is durable: perform its effects."""

    def refused(self, write: Write) -> None:
        """An execution did not start, because its ARN is taken."""

    def refold(self, writes: Sequence[Write]) -> None:
        """These segments are not in the store, and never will be: drop their runs and hear their signals again."""

    def lost(self, error: BaseException) -> None:
        """Nothing can be written any more."""


class Journal:
    """The queue of segments to write, and the task that writes them."""

    def __init__(self, store: Store, lease: Callable[[], Lease], ledger: Ledger) -> None:
        self._store = store
        self._lease = lease
        self._ledger = ledger
        self._queue: deque[Write] = deque()
        self._wanted = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._limit = MAX_BATCH
        self._halted = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="journal")
        self._task.add_done_callback(self._ended)

    def add(self, write: Write) -> None:
        if self._halted:
            return
        self._queue.append(write)
        self._idle.clear()
        self._wanted.set()

    def __len__(self) -> int:
        """How many segments wait for a batch."""
        return len(self._queue)

    @property
    def idle(self) -> bool:
        return self._idle.is_set()

    async def settled(self) -> None:
        """Return when everything added so far is durable, or known not to be."""
        await self._idle.wait()

    def halt(self) -> None:
        """Write nothing more, and keep nobody waiting."""
        self._halted = True
        self._idle.set()
        if self._task is not None:
            self._task.cancel()

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._ledger.lost(error)

    async def _run(self) -> None:
        while True:
            await self._wanted.wait()
            await self._write(self._take())
            if not self._queue:
                self._wanted.clear()
                self._idle.set()

    def _take(self) -> list[Write]:
        return [self._queue.popleft() for _ in range(min(self._limit, len(self._queue)))]

    async def _write(self, batch: list[Write]) -> None:
        try:
            refused = await self._store.commit([write.commit for write in batch], self._lease())
        except LeaseLostError:
            raise
        except StoreError as error:
            log.warning("commit failed, reading back what became of it: %s", error)
            self._limit = 1  # a segment that the store never takes must not take others with it
            await self._settle(batch)
            return
        self._limit = min(MAX_BATCH, 2 * self._limit)
        if refused:
            self._queue = deque(write for write in self._queue if write.execution not in refused)
        for write in batch:
            if write.execution in refused:
                self._ledger.refused(write)
            else:
                self._ledger.committed(write)

    async def _settle(self, batch: list[Write]) -> None:
        """Find out by reading which segments of a batch are durable; let the rest be done again."""
        durable = await self._read_sequences({write.execution for write in batch})
        known = [write for write in batch if write.commit.segment.sequence <= durable[write.execution]]
        again = [write for write in batch if write.commit.segment.sequence > durable[write.execution]]
        undone = {write.execution for write in again}
        again += [write for write in self._queue if write.execution in undone]
        self._queue = deque(write for write in self._queue if write.execution not in undone)
        for write in known:
            self._ledger.committed(write)
        self._ledger.refold(again)

    async def _read_sequences(self, executions: set[int]) -> dict[int, int]:
        """Ask the store until it answers: nothing else may be written before this is known."""
        pause = _FIRST_PAUSE_SECONDS
        while True:
            await asyncio.sleep(pause)
            try:
                return {execution: await self._store.last_sequence(execution) for execution in executions}
            except StoreError as error:
                log.warning("the store does not answer, asking again: %s", error)
                pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
